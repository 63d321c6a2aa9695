internal import GSL

/// The part of a ridge fit that depends on the representation alone: the training items U and the test items P of one
/// fold in coordinates in which, for any targets Y, the prediction for the test items is
/// `mean(Y) + P diag(coefficients) U'Y` and the fit of the training items `mean(Y) + U diag(shrinkage) U'Y`.
struct RidgeFactor: Sendable {
  /// Training items by rank; every column is orthogonal to the constant vector.
  let basis: Matrix<Double>
  /// Test items by rank.
  let test: Matrix<Double>
  /// Test items whose features, as far as they vary in training, equal those of an earlier test item.
  let twins: [Twin]
  private let coordinates: Coordinates

  struct Twin: Sendable {
    /// Positions within the test fold.
    var copy: Int
    var original: Int
  }

  private enum Coordinates: Sendable {
    /// U s V' is the training matrix, U has orthonormal columns, and P holds the test rows in the basis V: good for any
    /// penalty.
    case principal(singular: [Double])
    /// Training and test rows, each times the transposed inverse of L, where L L' = X'X + penalty: good for one
    /// penalty, and had for a tenth of an eigen-decomposition's price.
    case whitened
  }

  /// How many coordinates there are.
  var rank: Int { basis.columns }

  /// Factors one fold.
  /// - Parameters:
  ///   - x: items by dimensions, rows in the split's order.
  ///   - testRange: the rows of the test fold; all others are training rows.
  ///   - penalty: the only penalty that will be asked for, if there is but one.
  /// - Throws: `LinearAlgebraError` where the matrix holds values that are not finite.
  init(
    x: Matrix<Double>, testRange: Range<Int>, standardized: Bool, penalty: Double? = nil
  ) throws(LinearAlgebraError) {
    let (train, test) = Self.rows(of: x, testRange: testRange, standardized: standardized)
    let (m, d) = (train.rows, train.columns)
    twins = Self.twins(test)
    // The smaller of the two Gram matrices has the same non-zero eigenvalues.
    let isPrimal = d <= m
    let gram = train.gram(ofRows: !isPrimal)

    if let penalty, isPrimal, let factor = Self.cholesky(gram, penalty: penalty) {
      basis = factor.whitened(train)
      self.test = factor.whitened(test)
      coordinates = .whitened
      return
    }

    let eigen = try SymmetricEigen(gram)
    let largest = eigen.values.last ?? 0
    let cutoff = largest * Double(max(m, d)) * Double.ulpOfOne
    let kept = eigen.values.indices.filter { eigen.values[$0] > max(cutoff, 0) && eigen.values[$0] > 0 }
    let singular = kept.map { eigen.values[$0].squareRoot() }
    let vectors = eigen.vectors.gathering(rows: kept)
    if isPrimal {
      basis = train.multiplied(by: vectors, transposeOther: true).scalingColumns(by: singular.map { 1 / $0 })
      self.test = test.multiplied(by: vectors, transposeOther: true)
    } else {
      basis = vectors.transposed
      self.test = test.multiplied(by: train, transposeOther: true).multiplied(by: basis)
        .scalingColumns(by: singular.map { 1 / $0 })
    }
    coordinates = .principal(singular: singular)
  }

  /// The training and the test rows, centred by the training rows' means, and scaled by their deviations if asked to.
  static func rows(
    of x: Matrix<Double>, testRange: Range<Int>, standardized: Bool
  ) -> (train: Matrix<Double>, test: Matrix<Double>) {
    let d = x.columns
    var train = x.gathering(rows: Array(0..<testRange.lowerBound) + Array(testRange.upperBound..<x.rows))
    var test = x.gathering(rows: Array(testRange))
    let m = train.rows
    // Column means and scales of the training rows, in two passes for accuracy.
    var means = [Double](repeating: 0, count: d)
    var scales = means
    train.eachRow { row in for j in 0..<d { means[j] += row[j] } }
    for j in 0..<d { means[j] /= Double(m) }
    train.eachRow { row in
      for j in 0..<d {
        row[j] -= means[j]
        scales[j] += row[j] * row[j]
      }
    }
    for j in 0..<d {
      let deviation = (scales[j] / Double(m)).squareRoot()
      // A column that only the rounding of its mean makes vary is constant: it carries nothing, and dividing by its
      // deviation would turn rounding into a feature. The sum of m equal numbers is off by less than m ulps.
      let isConstant = deviation <= Double(max(m, 10)) * Double.ulpOfOne * abs(means[j])
      scales[j] = isConstant ? 0 : (standardized ? 1 / deviation : 1)
    }
    train.eachRow { row in for j in 0..<d { row[j] *= scales[j] } }
    test.eachRow { row in for j in 0..<d { row[j] = (row[j] - means[j]) * scales[j] } }
    return (train, test)
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

  /// The Cholesky factor of gram + penalty, unless the penalty is so small beside the eigenvalues that the sum's
  /// condition number might exceed 10^7: then rounding would be felt in the ninth digit.
  private static func cholesky(_ gram: Matrix<Double>, penalty: Double) -> Cholesky? {
    var sum = gram
    var trace = 0.0
    for j in 0..<gram.rows {
      trace += gram[j, j]
      sum[j, j] += penalty
    }
    guard penalty > 0, trace <= 1e7 * penalty else { return nil }
    return try? Cholesky(sum)
  }

  /// How much of each coordinate survives the penalty in the fit of the training items: s^2 / (s^2 + penalty).
  func shrinkage(_ penalty: Double) -> [Double] {
    switch coordinates {
    case .principal(let singular): singular.map { $0 * $0 / ($0 * $0 + penalty) }
    case .whitened: [Double](repeating: 1, count: rank)
    }
  }

  /// How much the penalty leaves of each coordinate in the residuals: 1 - shrinkage, without cancellation.
  func remainder(_ penalty: Double) -> [Double] {
    switch coordinates {
    case .principal(let singular): singular.map { penalty / ($0 * $0 + penalty) }
    case .whitened: [Double](repeating: 0, count: rank)
    }
  }

  /// The remainders divided by their largest, which stay defined as the penalty goes to 0.
  func relativeRemainder(_ penalty: Double) -> [Double] {
    switch coordinates {
    case .principal(let singular):
      let least = singular.reduce(.infinity) { min($0, $1 * $1) } + penalty
      return singular.map { least / ($0 * $0 + penalty) }
    case .whitened: return remainder(penalty)
    }
  }

  /// The penalty, or 1e-9 of the largest eigenvalue of the training rows' Gram matrix, if that is more. Below it, what the
  /// fit leaves in its own directions is lost in rounding once whole units are left out.
  func distinguishable(_ penalty: Double) -> Double {
    switch coordinates {
    case .principal(let singular): singular.reduce(penalty) { max($0, 1e-9 * $1 * $1) }
    case .whitened: penalty
    }
  }

  /// From U'Y to the coefficients of the test items: s / (s^2 + penalty).
  func coefficients(_ penalty: Double) -> [Double] {
    switch coordinates {
    case .principal(let singular): singular.map { $0 / ($0 * $0 + penalty) }
    case .whitened: [Double](repeating: 1, count: rank)
    }
  }
}

extension Matrix<Double> {
  /// Column j multiplied by `factors[j]`.
  func scalingColumns(by factors: [Double]) -> Matrix {
    var result = self
    result.eachRow { row in for j in row.indices { row[j] *= factors[j] } }
    return result
  }

  /// Calls `body` for one row after the other.
  fileprivate mutating func eachRow(_ body: (UnsafeMutableBufferPointer<Double>) -> Void) {
    let columns = columns
    elements.withUnsafeMutableBufferPointer { all in
      for row in 0..<rows {
        body(UnsafeMutableBufferPointer(rebasing: all[row * columns..<(row + 1) * columns]))
      }
    }
  }
}
