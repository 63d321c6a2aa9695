internal import GSL
internal import Glibc
internal import Hypotheses
internal import Resampling

/// Multinomial logistic regression on one fold, fitted for all worlds of a block at once.
///
/// The penalty is invariant under rotations of the features, so the rows stand in the basis of the training rows' right
/// singular vectors: never more coordinates than training items. Predictions are the probabilities of the coded
/// classes. Where a class does not occur in a world's training fold its probability is 0; where but one does, its
/// probability is 1; where two of more do, they are fitted as two classes are (as scikit-learn would).
struct LogisticFold: FastFoldProbe {
  private let exact: LogisticSolver<Double>
  private let fast: LogisticSolver<Float>
  /// Rows by coordinates with the intercept's 1, padded as the solver's.
  private let training: Matrix<Double>
  private let test: Matrix<Double>
  private let fastTest: Matrix<Float>

  init(_ probe: Logistic, _ ordered: Matrix<Double>, _ testRange: Range<Int>, key: StreamKey)
    throws(LinearAlgebraError)
  {
    guard ordered.elements.allSatisfy(\.isFinite) else { throw .notFinite }
    let factor = try RidgeFactor(x: ordered, testRange: testRange, standardized: probe.scale == .standard)
    // coefficients(0) is the inverse of the singular values.
    let singular = factor.coefficients(0).map { 1 / $0 }
    let rows = factor.basis.scalingColumns(by: singular)
    exact = LogisticSolver(rows: rows, singular: singular, penalty: probe.penalty)
    fast = LogisticSolver(rows: rows, singular: singular, penalty: probe.penalty)
    training = Self.withIntercept(rows, exact.coordinates)
    test = Self.withIntercept(factor.test, exact.coordinates)
    fastTest = test.converted(to: Float.self)
  }

  private static func withIntercept(_ rows: Matrix<Double>, _ coordinates: Int) -> Matrix<Double> {
    var result = Matrix<Double>(rows: rows.rows, columns: coordinates)
    for row in 0..<rows.rows {
      for (column, value) in rows.row(row).enumerated() { result[row, column] = value }
      result[row, rows.columns] = 1
    }
    return result
  }

  func fit(_ targets: FoldTargets, wantsTrainingFit: Bool) -> FoldFit {
    let labels = targets.values.transposed
    let fit = exact.fit(
      labels, worlds: targets.worlds, width: targets.width, tolerance: 1e-10, limit: 20_000)
    var result = FoldFit(predictions: probabilities(test, fit, labels, targets.width))
    if wantsTrainingFit { result.trainingFit = probabilities(training, fit, labels, targets.width) }
    return result
  }

  func fitFast(_ targets: FoldTargets) -> (predictions: Matrix<Double>, isDoubtful: [Bool]) {
    let labels = targets.values.transposed
    let fit = fast.fit(labels, worlds: targets.worlds, width: targets.width, tolerance: 1e-4, limit: 100)
    return (probabilities(fastTest, fit, labels, targets.width), fit.converged.map { !$0 })
  }

  /// Rows by worlds x coded columns.
  private func probabilities<Scalar: LogisticScalar>(
    _ rows: Matrix<Scalar>, _ fit: LogisticSolver<Scalar>.Fit, _ labels: Matrix<Double>, _ width: Int
  ) -> Matrix<Double> {
    let predictors = rows.multiplied(by: fit.coefficients, transposeOther: true).converted(to: Double.self)
    var result = predictors
    let columns = predictors.columns
    for (world, classes) in fit.classes.enumerated() {
      let first = world * width
      for row in 0..<rows.rows {
        let place = row * columns + first
        if width == 1 {
          result.elements[place] =
            classes.isEmpty ? labels[first, 0] : 1 / (1 + exp(-predictors.elements[place]))
          continue
        }
        let largest = classes.reduce(-Double.infinity) { max($0, predictors.elements[place + $1]) }
        for k in 0..<width { result.elements[place + k] = 0 }
        var total = 0.0
        for k in classes {
          let value = classes.count == 1 ? 1 : exp(predictors.elements[place + k] - largest)
          result.elements[place + k] = value
          total += value
        }
        for k in classes { result.elements[place + k] /= total }
      }
    }
    return result
  }
}
