internal import CGSL

/// Why a factorisation failed.
public enum LinearAlgebraError: Error, Sendable, Hashable {
  case notSquare(rows: Int, columns: Int)
  case notFinite
  /// The leading minor of this order is not positive.
  case notPositiveDefinite(order: Int)
  case noConvergence
}

extension Matrix<Double> {
  /// The inner products of the columns (A'A), or of the rows (A A'): on and below the diagonal, with zeros above.
  public func gram(ofRows: Bool = false) -> Matrix<Double> {
    let (n, k) = ofRows ? (rows, columns) : (columns, rows)
    var result = Matrix(rows: n, columns: n)
    guard n > 0, k > 0 else { return result }
    BLAS.prepare()
    cblas_dsyrk(
      CblasRowMajor, CblasLower, ofRows ? CblasNoTrans : CblasTrans, Int32(n), Int32(k), 1, elements,
      Int32(columns), 0, &result.elements, Int32(n))
    return result
  }
}

/// Eigenvalues in ascending order and orthonormal eigenvectors of a symmetric matrix.
public struct SymmetricEigen: Sendable {
  /// Ascending.
  public let values: [Double]
  /// Row k is the unit eigenvector that belongs to `values[k]`.
  public let vectors: Matrix<Double>

  /// Decomposes a symmetric matrix by LAPACK's divide and conquer (`dsyevd`). Only the values on and below the
  /// diagonal are read.
  /// - Postcondition: A = sum over k of values[k] v_k v_k', up to rounding.
  public init(_ matrix: Matrix<Double>) throws(LinearAlgebraError) {
    guard matrix.rows == matrix.columns else {
      throw .notSquare(rows: matrix.rows, columns: matrix.columns)
    }
    guard matrix.elements.allSatisfy(\.isFinite) else { throw .notFinite }
    BLAS.prepare()
    var a = matrix.elements
    var w = [Double](repeating: 0, count: matrix.rows)
    guard matrix.rows > 0 else {
      values = []
      vectors = matrix
      return
    }
    var n = Int32(matrix.rows)
    var info: Int32 = 0
    // Row-major lower is column-major upper; eigenvectors come back as columns, so as rows of the row-major view.
    var workSize = -1.0
    var integerSize: Int32 = -1
    var query: Int32 = -1
    var integerQuery: Int32 = -1
    dsyevd_("V", "U", &n, &a, &n, &w, &workSize, &query, &integerSize, &integerQuery, &info)
    var lwork = Int32(workSize)
    var liwork = integerSize
    var work = [Double](repeating: 0, count: Int(lwork))
    var iwork = [Int32](repeating: 0, count: Int(liwork))
    dsyevd_("V", "U", &n, &a, &n, &w, &work, &lwork, &iwork, &liwork, &info)
    guard info == 0 else { throw .noConvergence }
    values = w
    vectors = Matrix(rows: matrix.rows, columns: matrix.rows, elements: a)
  }
}

/// The factorisation A = L L' of a symmetric positive definite matrix.
public struct Cholesky: Sendable {
  /// L in the lower triangle, row-major; what stands above the diagonal means nothing.
  private let factor: Matrix<Double>

  /// Only the values on and below the diagonal are read.
  public init(_ matrix: Matrix<Double>) throws(LinearAlgebraError) {
    guard matrix.rows == matrix.columns else {
      throw .notSquare(rows: matrix.rows, columns: matrix.columns)
    }
    guard matrix.elements.allSatisfy(\.isFinite) else { throw .notFinite }
    BLAS.prepare()
    var a = matrix.elements
    var n = Int32(matrix.rows)
    var info: Int32 = 0
    if n > 0 { dpotrf_("U", &n, &a, &n, &info) }
    guard info == 0 else { throw .notPositiveDefinite(order: Int(info)) }
    factor = Matrix(rows: matrix.rows, columns: matrix.rows, elements: a)
  }

  /// The rows times the transposed inverse of L: where A = X'X + penalty, the rows of X become coordinates in which
  /// the ridge fit is their plain inner product.
  /// - Precondition: `rows` has as many columns as A.
  public func whitened(_ rows: consuming Matrix<Double>) -> Matrix<Double> {
    precondition(rows.columns == factor.rows, "rows of \(rows.columns) elements, not \(factor.rows)")
    guard rows.rows > 0, rows.columns > 0 else { return rows }
    let (m, d) = (Int32(rows.rows), Int32(rows.columns))
    cblas_dtrsm(
      CblasRowMajor, CblasRight, CblasLower, CblasTrans, CblasNonUnit, m, d, 1, factor.elements, d,
      &rows.elements, d)
    return rows
  }

  /// The X with A X = `right`.
  /// - Precondition: `right` has as many rows as A.
  public func solve(_ right: Matrix<Double>) -> Matrix<Double> {
    precondition(right.rows == factor.rows, "right-hand side has \(right.rows) rows, not \(factor.rows)")
    guard right.rows > 0, right.columns > 0 else { return right }
    // LAPACK wants columns; row-major rows of the transpose are these.
    var b = right.transposed.elements
    var a = factor.elements
    var n = Int32(factor.rows)
    var count = Int32(right.columns)
    var info: Int32 = 0
    dpotrs_("U", &n, &count, &a, &n, &b, &n, &info)
    precondition(info == 0, "dpotrs rejected its argument \(-info)")
    return Matrix(rows: right.columns, columns: right.rows, elements: b).transposed
  }
}
