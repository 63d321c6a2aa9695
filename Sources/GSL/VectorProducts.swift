internal import CGSL

extension Matrix<Double> {
  /// y = alpha op(self) x + beta y, where op transposes if asked to.
  /// - Precondition: `x` and `y` hold as many elements as op(self) has columns and rows.
  public func multiply(
    _ x: UnsafePointer<Double>, transposed: Bool = false, alpha: Double = 1, beta: Double = 0,
    into y: UnsafeMutablePointer<Double>
  ) {
    guard rows > 0, columns > 0 else {
      for i in 0..<(transposed ? columns : rows) { y[i] *= beta }
      return
    }
    BLAS.prepare()
    cblas_dgemv(
      CblasRowMajor, transposed ? CblasTrans : CblasNoTrans, Int32(rows), Int32(columns), alpha, elements,
      Int32(columns), x, 1, beta, y, 1)
  }

  /// y = A x, for the symmetric matrix A of which only the values on and below the diagonal are read.
  /// - Precondition: A is square; `x` and `y` hold as many elements as it has rows.
  public func multiplySymmetric(_ x: UnsafePointer<Double>, into y: UnsafeMutablePointer<Double>) {
    precondition(rows == columns, "not square")
    guard rows > 0 else { return }
    BLAS.prepare()
    cblas_dsymv(CblasRowMajor, CblasLower, Int32(rows), 1, elements, Int32(rows), x, 1, 0, y, 1)
  }

  /// Adds alpha (x y' + y x') to a symmetric matrix: on and below the diagonal.
  /// - Precondition: the matrix is square; `x` and `y` hold as many elements as it has rows.
  public mutating func addSymmetric(
    _ alpha: Double, _ x: UnsafePointer<Double>, _ y: UnsafePointer<Double>
  ) {
    precondition(rows == columns, "not square")
    guard rows > 0 else { return }
    BLAS.prepare()
    cblas_dsyr2(CblasRowMajor, CblasLower, Int32(rows), alpha, x, 1, y, 1, &elements, Int32(rows))
  }

  /// self += alpha op(a) op(b), where op transposes if asked to.
  /// - Precondition: the shapes agree.
  public mutating func add(
    _ alpha: Double, _ a: Matrix, _ b: Matrix, transposeA: Bool = false, transposeB: Bool = false
  ) {
    let (m, k) = transposeA ? (a.columns, a.rows) : (a.rows, a.columns)
    let (inner, n) = transposeB ? (b.columns, b.rows) : (b.rows, b.columns)
    precondition(k == inner && m == rows && n == columns, "shapes differ")
    guard m > 0, n > 0, k > 0 else { return }
    a.elements.withUnsafeBufferPointer { left in
      b.elements.withUnsafeBufferPointer { right in
        elements.withUnsafeMutableBufferPointer { sum in
          Double.gemm(
            transposeA: transposeA, transposeB: transposeB, m: m, n: n, k: k, alpha: alpha,
            a: left.baseAddress!, lda: a.columns, b: right.baseAddress!, ldb: b.columns, beta: 1,
            c: sum.baseAddress!, ldc: n)
        }
      }
    }
  }
}
