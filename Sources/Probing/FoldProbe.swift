internal import GSL
package import Hypotheses
internal import Resampling

/// A probe with everything that one representation and one fold decide: what is left to vary is the targets, of many
/// worlds at once.
///
/// Ridge has a faster path of its own (`RidgeEngine`), which it leaves where targets are residuals (`RidgeFold`).
protocol FoldProbe: Sendable {
  /// Fits every world to the training items' targets, and predicts the test items.
  ///
  /// Worlds must not influence each other: a world's predictions are the same, up to rounding, whatever others are fitted
  /// beside it, and the same bits for the same block of worlds.
  /// - Parameter wantsTrainingFit: whether the fit of the training items is asked for.
  func fit(_ targets: FoldTargets, wantsTrainingFit: Bool) -> FoldFit
}

/// A probe that can predict in single precision, sooner and less exactly: for worlds that do not come near the observed
/// score.
protocol FastFoldProbe: FoldProbe {
  /// - Returns: predictions as in `FoldFit`, and by world whether they cannot be relied upon.
  func fitFast(_ targets: FoldTargets) -> (predictions: Matrix<Double>, isDoubtful: [Bool])
}

/// The training items' targets in some worlds.
struct FoldTargets: Sendable {
  /// Training items (in the order of the fold's training rows) by worlds x coded columns: world w's columns stand side
  /// by side, from `w * width` on.
  let values: Matrix<Double>
  let worlds: Int
  /// Coded columns per world.
  let width: Int
  /// Whether the columns code classes: one 0/1 column for two classes, else one per class.
  let areClasses: Bool

  /// The targets of one world: training items by coded columns.
  func world(_ index: Int) -> Matrix<Double> {
    var columns: [Double] = []
    columns.reserveCapacity(values.rows * width)
    for row in 0..<values.rows {
      let start = row * values.columns + index * width
      columns.append(contentsOf: values.elements[start..<start + width])
    }
    return Matrix(rows: values.rows, columns: width, elements: columns)
  }
}

/// What a fold's probe made of some worlds.
struct FoldFit: Sendable {
  /// Test items by worlds x coded columns.
  var predictions: Matrix<Double>
  /// Training items by worlds x coded columns; `nil` where it was not asked for.
  var trainingFit: Matrix<Double>?
  /// What was chosen inside the training fold (a number of components, passes over the data), by world; empty where the
  /// probe chooses nothing.
  var choices: [Double] = []
}

/// The rows of one fold, for probes to prepare themselves from.
struct FoldRows: Sendable {
  let training: Matrix<Double>
  let test: Matrix<Double>
  /// For probes that draw random numbers; the same in every world, so that a score is a function of the targets alone.
  let key: StreamKey

  /// - Parameters:
  ///   - ordered: items by dimensions, rows in the split's order.
  ///   - testRange: the rows of the test fold.
  ///   - scale: whether features are divided by the training rows' standard deviation (n - 1 makes no difference to it).
  /// - Postcondition: columns are centred by the training rows' means; those that are constant in training are all 0.
  init(_ ordered: Matrix<Double>, _ testRange: Range<Int>, centred: Bool, scale: FeatureScale, key: StreamKey)
    throws(LinearAlgebraError)
  {
    guard ordered.elements.allSatisfy(\.isFinite) else { throw .notFinite }
    self.key = key
    if centred {
      (training, test) = RidgeFactor.rows(of: ordered, testRange: testRange, standardized: scale == .standard)
    } else {
      training = ordered.gathering(
        rows: Array(0..<testRange.lowerBound) + Array(testRange.upperBound..<ordered.rows))
      test = ordered.gathering(rows: Array(testRange))
    }
  }
}

/// What stands for a probe where nothing has been trained on: the first block of an online code. What it predicts is not
/// looked at.
struct UntrainedFold: FastFoldProbe {
  let items: Int

  func fit(_ targets: FoldTargets, wantsTrainingFit: Bool) -> FoldFit {
    FoldFit(
      predictions: Matrix(rows: items, columns: targets.worlds * targets.width),
      trainingFit: wantsTrainingFit ? Matrix(rows: 0, columns: targets.worlds * targets.width) : nil)
  }

  func fitFast(_ targets: FoldTargets) -> (predictions: Matrix<Double>, isDoubtful: [Bool]) {
    (
      fit(targets, wantsTrainingFit: false).predictions, [Bool](repeating: false, count: targets.worlds)
    )
  }
}

extension Probe {
  /// Fits what depends on the representation and the fold alone.
  /// - Parameters:
  ///   - ordered: items by dimensions, rows in the split's order.
  ///   - fold: the fold that is tested.
  func foldProbe(_ ordered: Matrix<Double>, _ split: Split, _ fold: Int, key: StreamKey)
    throws(LinearAlgebraError) -> any FoldProbe
  {
    let testRange = split.range(fold)
    guard split.hasTraining(fold) else { return UntrainedFold(items: testRange.count) }
    // What comes after an online block is not known yet.
    let known = split.isOnline ? ordered.gathering(rows: Array(0..<testRange.upperBound)) : ordered
    let units = split.trainingUnits(fold)
    return switch self {
    case .ridge(let probe): try RidgeFold(probe, known, testRange, units: units)
    case .pls(let probe): try PLSFold(probe, known, testRange, units: units, key: key)
    case .ffnn(let probe): try FFNNFold(probe, known, testRange, units: units, key: key)
    case .knn(let probe): try LinearFold(probe, known, testRange, key: key)
    case .labelPropagation(let probe): try LinearFold(probe, known, testRange, key: key)
    case .logistic(let probe): try LogisticFold(probe, known, testRange, key: key)
    }
  }

  /// How many coded target columns are fitted in one block. A constant per probe, so that results do not depend on the
  /// number of jobs.
  package var columnsPerBlock: Int {
    switch self {
    case .ridge, .knn, .labelPropagation: 256
    case .pls: 64
    case .ffnn: 32
    case .logistic: 128
    }
  }
}
