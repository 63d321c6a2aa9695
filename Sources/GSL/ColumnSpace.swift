internal import CGSL

/// The space that a matrix's columns span, by singular values (LAPACK's `dgesdd`).
public struct ColumnSpace: Sendable {
  /// Descending; as many as the smaller side of the matrix has.
  public let singularValues: [Double]
  /// How many singular values exceed the tolerance.
  public let rank: Int
  /// Rows by rank: orthonormal columns that span the space.
  public let basis: Matrix<Double>

  /// - Parameter tolerance: singular values that are at most this times the largest count as zero.
  /// - Throws: `notFinite` where the matrix holds values that are not finite, `noConvergence` where LAPACK gives up.
  public init(_ matrix: Matrix<Double>, tolerance: Double) throws(LinearAlgebraError) {
    guard matrix.elements.allSatisfy(\.isFinite) else { throw .notFinite }
    let count = min(matrix.rows, matrix.columns)
    guard count > 0 else {
      singularValues = []
      rank = 0
      basis = Matrix(rows: matrix.rows, columns: 0)
      return
    }
    BLAS.prepare()
    // Row-major A is column-major A': its right singular vectors are A's left ones, and stand in memory as the
    // row-major matrix whose columns they are.
    var a = matrix.elements
    var (m, n, k) = (Int32(matrix.columns), Int32(matrix.rows), Int32(count))
    var values = [Double](repeating: 0, count: count)
    var u = [Double](repeating: 0, count: matrix.columns * count)
    var vt = [Double](repeating: 0, count: matrix.rows * count)
    var integers = [Int32](repeating: 0, count: 8 * count)
    var size = 0.0
    var query: Int32 = -1
    var info: Int32 = 0
    dgesdd_("S", &m, &n, &a, &m, &values, &u, &m, &vt, &k, &size, &query, &integers, &info)
    var length = Int32(size)
    var work = [Double](repeating: 0, count: Int(length))
    dgesdd_("S", &m, &n, &a, &m, &values, &u, &m, &vt, &k, &work, &length, &integers, &info)
    guard info == 0 else { throw .noConvergence }
    singularValues = values
    let threshold = tolerance * values[0]
    let rank = values.prefix { $0 > threshold }.count
    self.rank = rank
    var basis: [Double] = []
    basis.reserveCapacity(matrix.rows * rank)
    for row in 0..<matrix.rows { basis.append(contentsOf: vt[row * count..<row * count + rank]) }
    self.basis = Matrix(rows: matrix.rows, columns: rank, elements: basis)
  }
}
