internal import CGSL

/// The element types that BLAS multiplies.
public protocol BLASScalar: BinaryFloatingPoint, Sendable, SIMDScalar, Codable {
  /// c = alpha op(a) op(b) + beta c, row-major, on raw buffers. The caller has checked the shapes.
  static func gemm(
    transposeA: Bool, transposeB: Bool, m: Int, n: Int, k: Int, alpha: Self, a: UnsafePointer<Self>, lda: Int,
    b: UnsafePointer<Self>, ldb: Int, beta: Self, c: UnsafeMutablePointer<Self>, ldc: Int)
}

extension Double: BLASScalar {
  public static func gemm(
    transposeA: Bool, transposeB: Bool, m: Int, n: Int, k: Int, alpha: Double, a: UnsafePointer<Double>,
    lda: Int,
    b: UnsafePointer<Double>, ldb: Int, beta: Double, c: UnsafeMutablePointer<Double>, ldc: Int
  ) {
    BLAS.prepare()
    cblas_dgemm(
      CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans, Int32(m),
      Int32(n), Int32(k), alpha, a, Int32(lda), b, Int32(ldb), beta, c, Int32(ldc))
  }
}

extension Float: BLASScalar {
  public static func gemm(
    transposeA: Bool, transposeB: Bool, m: Int, n: Int, k: Int, alpha: Float, a: UnsafePointer<Float>,
    lda: Int,
    b: UnsafePointer<Float>, ldb: Int, beta: Float, c: UnsafeMutablePointer<Float>, ldc: Int
  ) {
    BLAS.prepare()
    cblas_sgemm(
      CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans, Int32(m),
      Int32(n), Int32(k), alpha, a, Int32(lda), b, Int32(ldb), beta, c, Int32(ldc))
  }
}

/// A dense matrix that owns its elements, in row-major order.
// What loops over elements is inlinable: other modules would call it unspecialised, a hundred times slower.
public struct Matrix<Scalar: BLASScalar>: Sendable, Hashable {
  public let rows: Int
  public let columns: Int
  /// `rows * columns` elements; element (i, j) stands at `i * columns + j`.
  public var elements: [Scalar]

  /// A matrix of the given elements.
  /// - Precondition: `elements.count == rows * columns`.
  @inlinable
  public init(rows: Int, columns: Int, elements: [Scalar]) {
    precondition(
      rows >= 0 && columns >= 0 && elements.count == rows * columns, "elements do not fill the shape")
    self.rows = rows
    self.columns = columns
    self.elements = elements
  }

  /// A matrix that repeats one value.
  @inlinable
  public init(rows: Int, columns: Int, repeating value: Scalar = 0) {
    self.init(rows: rows, columns: columns, elements: Array(repeating: value, count: rows * columns))
  }

  @inlinable
  public subscript(row: Int, column: Int) -> Scalar {
    get { elements[row * columns + column] }
    set { elements[row * columns + column] = newValue }
  }

  /// The elements of one row.
  @inlinable
  public func row(_ index: Int) -> ArraySlice<Scalar> {
    elements[index * columns..<(index + 1) * columns]
  }

  /// The elements of one column.
  @inlinable
  public func column(_ index: Int) -> [Scalar] {
    (0..<rows).map { elements[$0 * columns + index] }
  }

  /// The matrix whose row i is row `indices[i]` of this one.
  @inlinable
  public func gathering(rows indices: [Int]) -> Matrix {
    var gathered: [Scalar] = []
    gathered.reserveCapacity(indices.count * columns)
    for index in indices { gathered.append(contentsOf: row(index)) }
    return Matrix(rows: indices.count, columns: columns, elements: gathered)
  }

  /// The transpose.
  @inlinable
  public var transposed: Matrix {
    var transposed = [Scalar](repeating: 0, count: elements.count)
    for i in 0..<rows { for j in 0..<columns { transposed[j * rows + i] = elements[i * columns + j] } }
    return Matrix(rows: columns, columns: rows, elements: transposed)
  }

  /// The same values in another precision, each rounded to nearest.
  @inlinable
  public func converted<Other: BLASScalar>(to type: Other.Type) -> Matrix<Other> {
    if let same = self as? Matrix<Other> { return same }
    return Matrix<Other>(rows: rows, columns: columns, elements: elements.map { Other($0) })
  }

  /// op(self) op(other) by BLAS, where op transposes if asked to.
  /// - Precondition: the inner dimensions agree.
  public func multiplied(
    by other: Matrix, transposeSelf: Bool = false, transposeOther: Bool = false
  ) -> Matrix {
    let (m, k) = transposeSelf ? (columns, rows) : (rows, columns)
    let (inner, n) = transposeOther ? (other.columns, other.rows) : (other.rows, other.columns)
    precondition(k == inner, "inner dimensions differ: \(k) and \(inner)")
    var result = Matrix(rows: m, columns: n)
    guard m > 0, n > 0, k > 0 else { return result }
    elements.withUnsafeBufferPointer { a in
      other.elements.withUnsafeBufferPointer { b in
        result.elements.withUnsafeMutableBufferPointer { c in
          Scalar.gemm(
            transposeA: transposeSelf, transposeB: transposeOther, m: m, n: n, k: k, alpha: 1,
            a: a.baseAddress!, lda: columns, b: b.baseAddress!, ldb: other.columns, beta: 0,
            c: c.baseAddress!,
            ldc: n)
        }
      }
    }
    return result
  }
}
