internal import CGSL

/// The factorisation A = L Q of a matrix with no more rows than columns, by Householder reflections (LAPACK's `dgeqrf` and
/// `dorgqr` on the transpose). It is backward stable for any rank.
public struct RowFactor: Sendable {
  /// L: lower triangular, rows by rows.
  public let lower: Matrix<Double>
  /// Q: rows by columns; its rows are orthonormal.
  public let basis: Matrix<Double>

  /// - Precondition: `matrix` has no more rows than columns.
  /// - Throws: `LinearAlgebraError` where it holds values that are not finite.
  public init(_ matrix: Matrix<Double>) throws(LinearAlgebraError) {
    precondition(matrix.rows <= matrix.columns, "more rows than columns")
    guard matrix.elements.allSatisfy(\.isFinite) else { throw .notFinite }
    guard matrix.rows > 0 else {
      lower = Matrix(rows: 0, columns: 0)
      basis = matrix
      return
    }
    BLAS.prepare()
    // Row-major A is column-major A', whose factorisation is Q' L': an upper triangle in columns is a lower one in rows.
    var a = matrix.elements
    var m = Int32(matrix.columns)
    var n = Int32(matrix.rows)
    var info: Int32 = 0
    var tau = [Double](repeating: 0, count: matrix.rows)
    var size = 0.0
    var query: Int32 = -1
    dgeqrf_(&m, &n, &a, &m, &tau, &size, &query, &info)
    var length = Int32(size)
    var work = [Double](repeating: 0, count: Int(length))
    dgeqrf_(&m, &n, &a, &m, &tau, &work, &length, &info)
    precondition(info == 0, "dgeqrf rejected its argument \(-info)")
    var lower = Matrix<Double>(rows: matrix.rows, columns: matrix.rows)
    for row in 0..<matrix.rows {
      for column in 0...row { lower[row, column] = a[row * matrix.columns + column] }
    }
    self.lower = lower
    dorgqr_(&m, &n, &n, &a, &m, &tau, &size, &query, &info)
    length = Int32(size)
    work = [Double](repeating: 0, count: Int(length))
    dorgqr_(&m, &n, &n, &a, &m, &tau, &work, &length, &info)
    precondition(info == 0, "dorgqr rejected its argument \(-info)")
    basis = Matrix(rows: matrix.rows, columns: matrix.columns, elements: a)
  }
}
