internal import Foundation
package import GSL
internal import Hypotheses
package import Probing
package import Resampling
internal import Rivals

// Checks of the instrument itself. Each has been wrong in published code: control configurations that silently ran the
// real task, workers that drew identical shuffles, twins that still held the trained weights.
extension Gate {
  static let alignment = "items_aligned_by_key"
  static let floor = "mean_predictor_at_floor"
  static let plantedSignal = "planted_signal_found"
  static let permutedNearFloor = "permuted_labels_near_floor"
  static let twinsDiffer = "untrained_twins_differ"
  static let seedsDiffer = "untrained_seeds_differ"
  static let dimensions = "dimensions_carry_information"
  static let duplicates = "no_duplicate_items_across_folds"
  static let controlsDiffer = "control_labels_differ"
  static let replicatesDistinct = "replicates_distinct"
  static let nullStable = "null_distribution_stable"

  /// The checks of one instrument on one representation: all that need neither units nor rivals.
  /// - Parameters:
  ///   - floor: the score of the mean predictor.
  ///   - ceiling: the best score on these folds.
  package static func ofInstrument(
    _ prepared: PreparedProbe, _ representation: Matrix<Double>, _ targets: Targets, floor: Double,
    ceiling: Double, key: StreamKey
  ) throws(LinearAlgebraError) -> [Gate] {
    let instrument = prepared.instrument
    let gates: [Gate?] = [
      meanPredictorAtFloor(instrument, targets, floor: floor),
      dimensionsInform(representation),
      permutedNearFloor(prepared, targets, floor: floor, ceiling: ceiling, key: key),
      try plantedSignalFound(instrument, representation, targets, key: key),
      try rotationLeavesScore(instrument, representation, targets, key: key),
    ]
    return gates.compactMap(\.self)
  }

  /// The mean predictor must score what a predictor that knows nothing scores, by a count that does not use the metric's
  /// own code (`FloorCount.swift`). `nil` where there is no such count.
  package static func meanPredictorAtFloor(_ instrument: Instrument, _ targets: Targets, floor: Double)
    -> Gate?
  {
    guard let expected = FloorCount(instrument, targets) else { return nil }
    return Gate(
      name: Gate.floor,
      passed: abs(floor - expected.score) <= expected.tolerance * max(1, abs(expected.score)),
      detail: "the mean predictor scores \(Wording.number(floor)), expected \(Wording.number(expected.score))"
    )
  }

  /// Freely permuted labels must not be predicted: each fold's predictions may fit its own test items' labels no better than
  /// the same labels exchanged among those items.
  ///
  /// A probe that never sees the test items' labels cannot tell the two apart, whatever its habits and whatever the metric:
  /// given the training labels, every order of the fold's own is equally likely, so that the difference of the two
  /// scores is symmetric about 0. The gate fails where the sum of the differences, over permutations and folds, exceeds
  /// 6 times the root of the sum of their squares. By Hoeffding's inequality that happens with a probability of at most
  /// exp(-18), 2 in 100 million, where differences are independent; folds share training labels, and 6 leaves room for that.
  ///
  /// Where every fold has one test item there is nothing to exchange within it. Labels are then exchanged among all items,
  /// which costs a sound probe nothing (an item's own label is missing from its training labels), and the gate fails
  /// where the mean lies more than half way from the exchanged labels' to the ceiling.
  /// - Parameter predictions: the out-of-fold predictions of some targets; the probe's own.
  package static func permutedNearFloor(
    _ prepared: PreparedProbe, _ targets: Targets, floor: Double, ceiling: Double, key: StreamKey,
    predictions: ((Targets) -> [[Double]])? = nil
  ) -> Gate {
    let instrument = prepared.instrument
    let scheme = PermutationScheme.free(count: targets.count)
    let key = key.appending("permuted once")
    let folds = instrument.splits.reduce(0) { $0 + $1.count }
    let areSingle = instrument.splits.allSatisfy { $0.count == targets.count }
    let count = instrument.probe.isSlow ? 5 : 20
    // A difference for every fold: enough of them to reach the limit, of which a tie counts as none.
    let worlds = areSingle ? count : max(count, (80 + folds - 1) / folds)
    var (sum, squares, own, exchanged) = (0.0, 0.0, 0.0, 0.0)
    let sign: Double = instrument.metric.isBetterWhenLarger ? 1 : -1
    var measure = ""
    var ceiling = ceiling
    for world in 0..<worlds {
      let permuted = targets.rearranged(by: scheme.permutation(key, replicate: world))
      let found = instrument.agreement(
        predictions?(permuted) ?? prepared.predictions(permuted), permuted,
        key: key.appending("\(world)"), withinFolds: !areSingle)
      if found.metric != instrument.metric { (measure, ceiling) = (" by \(found.metric.keyword)", 1) }
      own += found.own / Double(worlds)
      exchanged += found.exchanged / Double(worlds)
      for difference in found.differences {
        sum += sign * difference
        squares += difference * difference
      }
    }
    let passed =
      areSingle
      ? sign * (own - exchanged) <= 0.5 * max(sign * (ceiling - exchanged), 0)
      : sum <= 6 * squares.squareRoot()
    return Gate(
      name: Gate.permutedNearFloor, passed: passed,
      detail:
        "freely permuted labels score \(Wording.number(own)) on average\(measure), and \(Wording.number(exchanged)) exchanged \(areSingle ? "among the items" : "within test folds"); the floor is \(Wording.number(floor))"
    )
  }

  /// No twin may hold the trained model's activations, at the precision of the one that was stored more coarsely: the trained model saved
  /// in half precision is the trained model.
  package static func twinsDiffer(_ twins: [Matrix<Double>], from real: Matrix<Double>) -> Gate {
    let own = StoredPrecision(of: real)
    let shares = twins.map { twin -> Double in
      let step = min(own, StoredPrecision(of: twin)).step
      let equal = real.elements.indices.count { agree(twin.elements[$0], real.elements[$0], step: step) }
      return Double(equal) / Double(max(real.elements.count, 1))
    }
    let worst = shares.max() ?? 0
    return Gate(
      name: Gate.twinsDiffer, passed: worst < 0.5,
      detail: "\(Wording.percent(worst)) of the closest twin's activations equal the trained model's")
  }

  /// Twins that are counted as draws of their own must differ from each other.
  static func seedsDiffer(_ distinct: Int, of count: Int) -> Gate {
    Gate(
      name: Gate.seedsDiffer, passed: distinct == count,
      detail: "\(distinct) of \(count) untrained twins differ from each other")
  }

  /// At least one dimension must vary; constant and duplicated ones are counted.
  static func dimensionsInform(_ representation: Matrix<Double>) -> Gate {
    let columns = (0..<representation.columns).map { representation.column($0) }
    let constant = columns.count { values in values.allSatisfy { $0 == values[0] } }
    let distinct = Set(columns).count
    // Their squares overflow, and the probe would take them for constant.
    let huge = columns.count { values in values.contains { abs($0) > 1e150 } }
    return Gate(
      name: Gate.dimensions, passed: constant < representation.columns && huge == 0,
      detail:
        "\(constant) of \(representation.columns) dimensions are constant, \(representation.columns - distinct) repeat another"
        + (huge == 0 ? "" : ", \(huge) hold numbers beyond 1e150")
    )
  }

  /// A control task that gives every item its own target is the task itself.
  static func controlsDiffer(_ targets: Targets, sources: [[Int32]]) -> Gate {
    let identities = targets.identities
    let agreement = sources.map { source in
      Double(source.indices.count { identities[Int(source[$0])] == identities[$0] })
        / Double(max(identities.count, 1))
    }
    let worst = agreement.max() ?? 0
    return Gate(
      name: Gate.controlsDiffer, passed: worst < 1,
      detail: "control targets equal the task's for at most \(Wording.percent(worst)) of the items")
  }

  /// Replicates that repeat each other make a p-value look more certain than it is.
  package static func replicatesDistinct(
    _ scheme: PermutationScheme, _ targets: Targets, source: (Int) -> [Int32], replicates: Int
  ) -> Gate {
    let checked = min(replicates, 1_000)
    let possible = scheme.logDistinctArrangements(of: targets.identities)
    let distinct = Set((0..<checked).map { source($0) }).count
    return replicatesDistinct(
      distinct, of: checked, possible: possible,
      detail: "\(distinct) of the first \(checked) rearrangements differ")
  }

  /// - Parameters:
  ///   - distinct: how many of `checked` worlds differ in what is moved, whatever they score.
  ///   - possible: the logarithm of the number of arrangements that there are.
  static func replicatesDistinct(_ distinct: Int, of checked: Int, possible: Double, detail: String) -> Gate {
    // Below this many arrangements, replicates coincide by chance (the birthday problem).
    let mayCoincide = possible < 2 * log(Double(checked)) + 14
    return Gate(name: Gate.replicatesDistinct, passed: distinct == checked || mayCoincide, detail: detail)
  }

  /// The first and the second half of a null distribution must look alike (two-sample Kolmogorov-Smirnov).
  package static func nullStable(_ scores: [Double]) -> Gate {
    let half = scores.count / 2
    let p = KolmogorovSmirnov(Array(scores[..<half]), Array(scores[half...])).probability
    return Gate(
      name: Gate.nullStable, passed: p >= 1e-6,
      detail: "the two halves of the null distribution differ with p = \(Wording.number(p))")
  }
}

extension Probe {
  /// Whether a world costs a training of its own, so that checks make do with few.
  var isSlow: Bool {
    switch self {
    case .ridge, .knn, .labelPropagation: false
    case .pls, .ffnn, .logistic: true
    }
  }
}

extension Matrix<Double> {
  /// Every column with mean 0 and variance 1 (constant columns: all 0).
  func standardizingColumns() -> Matrix {
    var result = self
    for j in 0..<columns {
      let values = column(j)
      let mean = values.reduce(0, +) / Double(rows)
      let deviation = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(rows)).squareRoot()
      let scale = deviation > 10 * Double.ulpOfOne * abs(mean) ? 1 / deviation : 0
      for i in 0..<rows { result[i, j] = (values[i] - mean) * scale }
    }
    return result
  }
}
