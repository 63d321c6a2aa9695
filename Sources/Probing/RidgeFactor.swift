internal import GSL

/// The part of a ridge fit that depends on the representation alone: for one fold, the training matrix X (centred, and
/// scaled if asked to) as U s V', and the test rows in the basis V.
///
/// For any penalty and any targets Y, the prediction for the test items is
/// `mean(Y) + (T V) diag(s / (s^2 + penalty)) U'Y`.
struct RidgeFactor: Sendable {
  /// Training items by rank, orthonormal columns, each orthogonal to the constant vector.
  let basis: Matrix<Double>
  /// Test items by rank: T V.
  let test: Matrix<Double>
  /// The singular values s, all positive.
  let singular: [Double]
  /// Test items whose features, as far as they vary in training, equal those of an earlier test item.
  let twins: [Twin]

  struct Twin: Sendable {
    /// Positions within the test fold.
    var copy: Int
    var original: Int
  }

  /// Factors one fold.
  /// - Parameters:
  ///   - x: items by dimensions, rows in the split's order.
  ///   - testRange: the rows of the test fold; all others are training rows.
  /// - Throws: `LinearAlgebraError` where the matrix holds values that are not finite.
  init(x: Matrix<Double>, testRange: Range<Int>, standardized: Bool) throws(LinearAlgebraError) {
    let d = x.columns
    let trainRows = Array(0..<testRange.lowerBound) + Array(testRange.upperBound..<x.rows)
    var train = x.gathering(rows: trainRows)
    var test = x.gathering(rows: Array(testRange))
    let m = train.rows

    // Column means and scales of the training rows, in two passes for accuracy.
    var means = [Double](repeating: 0, count: d)
    for i in 0..<m { for j in 0..<d { means[j] += train.elements[i * d + j] } }
    for j in 0..<d { means[j] /= Double(m) }
    var scales = [Double](repeating: 0, count: d)
    for i in 0..<m {
      for j in 0..<d {
        let deviation = train.elements[i * d + j] - means[j]
        train.elements[i * d + j] = deviation
        scales[j] += deviation * deviation
      }
    }
    for j in 0..<d {
      let deviation = (scales[j] / Double(m)).squareRoot()
      // A column that only the rounding of its mean makes vary is constant: it carries nothing, and dividing by its
      // deviation would turn rounding into a feature. The sum of m equal numbers is off by less than m ulps.
      let isConstant = deviation <= Double(max(m, 10)) * Double.ulpOfOne * abs(means[j])
      scales[j] = isConstant ? 0 : (standardized ? 1 / deviation : 1)
    }
    for i in 0..<m { for j in 0..<d { train.elements[i * d + j] *= scales[j] } }
    for i in 0..<test.rows {
      for j in 0..<d { test.elements[i * d + j] = (test.elements[i * d + j] - means[j]) * scales[j] }
    }

    twins = Self.twins(test)

    // The smaller of the two Gram matrices has the same non-zero eigenvalues.
    let isPrimal = d <= m
    let gram =
      isPrimal ? train.multiplied(by: train, transposeSelf: true) : train.multiplied(by: train, transposeOther: true)
    let eigen = try SymmetricEigen(gram)
    let largest = eigen.values.last ?? 0
    let cutoff = largest * Double(max(m, d)) * Double.ulpOfOne
    let kept = eigen.values.indices.filter { eigen.values[$0] > max(cutoff, 0) && eigen.values[$0] > 0 }
    singular = kept.map { eigen.values[$0].squareRoot() }
    let vectors = eigen.vectors.gathering(rows: kept)
    if isPrimal {
      basis = train.multiplied(by: vectors, transposeOther: true).scalingColumns(by: singular.map { 1 / $0 })
      self.test = test.multiplied(by: vectors, transposeOther: true)
    } else {
      basis = vectors.transposed
      self.test = test.multiplied(by: train, transposeOther: true).multiplied(by: basis)
        .scalingColumns(by: singular.map { 1 / $0 })
    }
  }

  private static func twins(_ test: Matrix<Double>) -> [Twin] {
    guard test.columns > 0 else { return [] }
    var twins: [Twin] = []
    // Rows that start alike are few where rows differ, so hardly any are compared in full.
    var startingWith: [Double: [Int]] = [:]
    for row in 0..<test.rows {
      let originals = startingWith[test[row, 0], default: []]
      if let original = originals.first(where: { test.row($0) == test.row(row) }) {
        twins.append(Twin(copy: row, original: original))
      } else {
        startingWith[test[row, 0]] = originals + [row]
      }
    }
    return twins
  }

  /// s^2 / (s^2 + penalty): how much of each direction survives the penalty in the fit of the training items.
  func shrinkage(_ penalty: Double) -> [Double] {
    singular.map { $0 * $0 / ($0 * $0 + penalty) }
  }

  /// s / (s^2 + penalty): from U'Y to the coefficients in the basis V.
  func coefficients(_ penalty: Double) -> [Double] {
    singular.map { $0 / ($0 * $0 + penalty) }
  }
}

extension Matrix {
  /// Column j multiplied by `factors[j]`.
  func scalingColumns(by factors: [Scalar]) -> Matrix {
    var result = self
    for i in 0..<rows { for j in 0..<columns { result.elements[i * columns + j] *= factors[j] } }
    return result
  }
}
