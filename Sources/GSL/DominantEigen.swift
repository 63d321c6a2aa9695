internal import CGSL

/// The largest eigenvalue of a symmetric positive semidefinite operator and its unit eigenvector, by Lanczos iteration with
/// full reorthogonalisation (Parlett 1998, *The Symmetric Eigenvalue Problem*, chapter 13).
public struct DominantEigen: Sendable {
  public let value: Double
  /// Of length 1; all 0 where the operator is 0.
  public let vector: [Double]
  /// About the eigenvector of the second largest eigenvalue: where to start when this eigenvector has been taken out of
  /// the operator. Equal to `vector` where there is no second.
  public let next: [Double]
  /// How many products it took.
  public let products: Int

  /// - Parameters:
  ///   - dimension: how many rows the operator has.
  ///   - start: a guess, of any length but 0; the result does not depend on it but for rounding and speed.
  ///   - multiply: overwrites its second argument with the operator's product with the first.
  /// - Throws: `notFinite` where a product is not finite, `noConvergence` where LAPACK gives up.
  /// - Postcondition: |A v - value v| is a few ulps of `value`, so that the vector's error is about that, divided by the
  ///   relative distance of the second largest eigenvalue.
  public init(
    dimension: Int, start: [Double]? = nil,
    multiply: (UnsafePointer<Double>, UnsafeMutablePointer<Double>) -> Void
  ) throws(LinearAlgebraError) {
    precondition(start == nil || start!.count == dimension, "the guess has another dimension")
    let n = dimension
    BLAS.prepare()
    // A little of a vector without structure: a guess may be orthogonal to the eigenvector that is sought.
    var first = Self.unstructured(n)
    if let start, let scale = Self.inverseNorm(start) {
      for i in 0..<n { first[i] = scale * start[i] + 1e-3 * first[i] }
    }
    guard n > 0, let scale = Self.inverseNorm(first) else {
      (value, vector, next, products) = (0, first, first, 0)
      return
    }
    var basis = first.map { $0 * scale }
    var product = [Double](repeating: 0, count: n)
    var (diagonal, beside): ([Double], [Double]) = ([], [])
    while true {
      let size = diagonal.count + 1
      basis.withUnsafeBufferPointer { multiply($0.baseAddress! + (size - 1) * n, &product) }
      // Twice is enough (Parlett 1998, section 6.9).
      var projections = [Double](repeating: 0, count: size)
      var alpha = 0.0
      for _ in 0..<2 {
        cblas_dgemv(
          CblasRowMajor, CblasNoTrans, Int32(size), Int32(n), 1, basis, Int32(n), product, 1, 0, &projections,
          1)
        cblas_dgemv(
          CblasRowMajor, CblasTrans, Int32(size), Int32(n), -1, basis, Int32(n), projections, 1, 1, &product,
          1)
        alpha += projections[size - 1]
      }
      diagonal.append(alpha)
      let beta = cblas_dnrm2(Int32(n), product, 1)
      guard alpha.isFinite, beta.isFinite else { throw .notFinite }
      let largest = diagonal.reduce(0) { max($0, abs($1)) }
      let isExhausted = size == n || beta <= 1e-15 * largest
      if isExhausted || size % 4 == 0 {
        let (values, vectors) = try Self.top(diagonal, beside)
        let top = vectors.suffix(size)
        if isExhausted || beta * abs(top.last!) <= 2e-15 * values.last! {
          value = max(values.last!, 0)
          vector = Self.combination(basis, top, n)
          next = values.count > 1 ? Self.combination(basis, vectors.prefix(size), n) : vector
          products = size
          return
        }
      }
      beside.append(beta)
      basis.reserveCapacity((size + 4) * n)
      for i in 0..<n { basis.append(product[i] / beta) }
    }
  }

  /// The same for a matrix, of which only the values on and below the diagonal are read.
  public init(_ matrix: Matrix<Double>, start: [Double]? = nil) throws(LinearAlgebraError) {
    guard matrix.rows == matrix.columns else {
      throw .notSquare(rows: matrix.rows, columns: matrix.columns)
    }
    guard matrix.elements.allSatisfy(\.isFinite) else { throw .notFinite }
    try self.init(dimension: matrix.rows, start: start) { matrix.multiplySymmetric($0, into: $1) }
  }

  /// The two largest eigenvalues of a tridiagonal matrix, ascending, and their eigenvectors one after the other (one of each
  /// where it has but one row).
  private static func top(
    _ diagonal: [Double], _ beside: [Double]
  ) throws(LinearAlgebraError) -> ([Double], [Double]) {
    var n = Int32(diagonal.count)
    guard n > 1 else { return (diagonal, [1]) }
    var (d, e) = (diagonal, beside + [0])
    var (low, high) = (n - 1, n)
    var (unused, tolerance) = (0.0, 2 * Double.leastNormalMagnitude)
    var found: Int32 = 0
    var info: Int32 = 0
    var w = [Double](repeating: 0, count: diagonal.count)
    var z = [Double](repeating: 0, count: 2 * diagonal.count)
    var work = [Double](repeating: 0, count: 5 * diagonal.count)
    var integers = [Int32](repeating: 0, count: 5 * diagonal.count)
    var failed = [Int32](repeating: 0, count: diagonal.count)
    dstevx_(
      "V", "I", &n, &d, &e, &unused, &unused, &low, &high, &tolerance, &found, &w, &z, &n, &work, &integers,
      &failed, &info)
    guard info == 0, found == 2 else { throw .noConvergence }
    return (Array(w.prefix(2)), z)
  }

  /// The unit vector along the sum of some rows, each times its weight.
  private static func combination(_ rows: [Double], _ weights: ArraySlice<Double>, _ n: Int) -> [Double] {
    var sum = [Double](repeating: 0, count: n)
    cblas_dgemv(
      CblasRowMajor, CblasTrans, Int32(weights.count), Int32(n), 1, rows, Int32(n), Array(weights), 1, 0,
      &sum, 1)
    guard let scale = inverseNorm(sum) else { return sum }
    return sum.map { $0 * scale }
  }

  private static func inverseNorm(_ vector: [Double]) -> Double? {
    let norm = cblas_dnrm2(Int32(vector.count), vector, 1)
    return norm > 0 && norm.isFinite ? 1 / norm : nil
  }

  /// A unit vector of pseudo-random elements, always the same.
  private static func unstructured(_ n: Int) -> [Double] {
    var state: UInt64 = 0x9E37_79B9_7F4A_7C15
    var vector = (0..<n).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(Int64(bitPattern: state) >> 11) * 0x1p-52
    }
    if let scale = inverseNorm(vector) { for i in 0..<n { vector[i] *= scale } }
    return vector
  }
}
