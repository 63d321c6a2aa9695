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

  /// The item's own targets, rearranged, are written into a copy of the activations along random directions, as strong as
  /// all dimensions together; the probe must recover at least half of what can be recovered.
  ///
  /// Where there are more columns than the items could teach or the dimensions hold (a quarter of the dimensions, a tenth
  /// of the items), their first principal components are written instead, and what can be recovered is what so many
  /// components reach (by `r2`, where they reach next to nothing in the claimed metric). Of a probe that is slow to fit, one division into folds is tried.
  package static func plantedSignalFound(
    _ instrument: Instrument, _ representation: Matrix<Double>, _ targets: Targets, key: StreamKey
  ) throws(LinearAlgebraError) -> Gate {
    let key = key.appending("planted signal")
    let instrument =
      instrument.probe.isSlow ? instrument.onFirstSplit : instrument
    let scheme = PermutationScheme.free(count: targets.count)
    let rearranged = targets.rearranged(by: scheme.permutation(key, replicate: 0))
    var stream = RandomStream(key, replicate: 1)
    let d = representation.columns
    var planted = representation.standardizingColumns()
    let limit = max(1, min(d / 4, targets.count / 10))
    let columns = rearranged.coded.columns
    let signals: Matrix<Double>
    if columns <= limit {
      signals = rearranged.coded
    } else {
      let centred = rearranged.coded.centringColumns()
      signals = centred.multiplied(by: try centred.principalAxes(limit), transposeOther: true)
    }
    let components = max(1, min(signals.columns, limit))
    for column in 0..<signals.columns {
      let values = signals.column(column)
      let mean = values.reduce(0, +) / Double(values.count)
      let deviation =
        (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)).squareRoot()
      guard deviation > 0 else { continue }
      var direction = (0..<d).map { _ in stream.normal() }
      let norm = direction.reduce(0) { $0 + $1 * $1 }.squareRoot()
      direction = direction.map { $0 / norm * Double(d).squareRoot() * 3 }
      for item in values.indices {
        let z = (values[item] - mean) / deviation
        for j in 0..<d { planted.elements[item * d + j] += z * direction[j] }
      }
    }
    func reached(_ instrument: Instrument) throws(LinearAlgebraError) -> (floor: Double, ceiling: Double) {
      let floor = instrument.floor(rearranged).score()
      let ceiling =
        columns <= limit
        ? instrument.ceiling(rearranged) : try instrument.rankCeiling(rearranged, components: components)
      return (floor, ceiling.score())
    }
    var judged = instrument
    var (floor, ceiling) = try reached(instrument)
    var sign: Double = instrument.metric.isBetterWhenLarger ? 1 : -1
    let span = abs(instrument.ceiling(rearranged).score() - floor)
    if columns > limit && sign * (ceiling - floor) <= 0.05 * span {
      // So few components do not show in this metric, such as the macro F1 of rare features: they show in the variance.
      judged = instrument.with(metric: .r2)
      (floor, ceiling) = try reached(judged)
      sign = 1
    }
    let score = try judged.prepare(planted).worlds(rearranged, sources: [rearranged.identity])[0].score()
    let share = sign * (ceiling - floor) > 0 ? (score - floor) / (ceiling - floor) : 0
    let reach =
      (columns <= limit ? "ceiling" : "what \(components) components of the targets reach")
      + (judged.metric == instrument.metric ? "" : " by r2")
    return Gate(
      name: Gate.plantedSignal, passed: share >= 0.5,
      detail:
        "a signal written into the activations scores \(Wording.number(score)), \(Wording.percent(share)) of the way from floor to \(reach)"
    )
  }

  /// Labels permuted freely must not score better than the floor, on average over 20 permutations (5 where the probe is
  /// slow to fit).
  package static func permutedNearFloor(
    _ prepared: PreparedProbe, _ targets: Targets, floor: Double, ceiling: Double, key: StreamKey
  ) -> Gate {
    let scheme = PermutationScheme.free(count: targets.count)
    let key = key.appending("permuted once")
    let count = prepared.instrument.probe.isSlow ? 5 : 20
    let scores = prepared.worlds(targets, sources: (0..<count).map { scheme.permutation(key, replicate: $0) })
      .map { $0.score() }
    let mean = scores.reduce(0, +) / Double(count)
    let deviation =
      (scores.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count - 1)).squareRoot()
    // Small data scatter widely about the floor; what must not be is a mean on its better side.
    let sign: Double = prepared.instrument.metric.isBetterWhenLarger ? 1 : -1
    let slack = 0.1 * max(sign * (ceiling - floor), 0) + 4 * deviation / Double(count).squareRoot()
    return Gate(
      name: Gate.permutedNearFloor, passed: sign * (mean - floor) <= slack,
      detail:
        "freely permuted labels score \(Wording.number(mean)) on average, the floor is \(Wording.number(floor))"
    )
  }

  /// No twin may hold the trained model's activations.
  static func twinsDiffer(_ twins: [Matrix<Double>], from real: Matrix<Double>) -> Gate {
    let shares = twins.map { twin -> Double in
      var equal = 0
      for index in real.elements.indices where twin.elements[index] == real.elements[index] { equal += 1 }
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

  /// Identical rows in different folds let a probe look the answer up. A few may be chance (two keys of one word); one in
  /// a hundred is a leak.
  static func noDuplicatesAcrossFolds(_ instrument: Instrument, _ representation: Matrix<Double>) -> Gate {
    let foldOf = instrument.splits[0].foldOf
    var firstFold: [ArraySlice<Double>: Int] = [:]
    var leaks = 0
    for item in 0..<representation.rows {
      let row = representation.row(item)
      if let first = firstFold[row] {
        if first != foldOf[item] { leaks += 1 }
      } else {
        firstFold[row] = foldOf[item]
      }
    }
    return Gate(
      name: Gate.duplicates, passed: Double(leaks) <= 0.01 * Double(representation.rows),
      detail: "\(leaks) of \(representation.rows) items have an identical copy in another fold")
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
  static func replicatesDistinct(
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
  static func nullStable(_ scores: [Double]) -> Gate {
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

extension Targets {
  /// The rearrangement that changes nothing.
  fileprivate var identity: [Int32] { (0..<Int32(count)).map { $0 } }
}

extension Matrix<Double> {
  /// Every column with mean 0.
  fileprivate func centringColumns() -> Matrix {
    var means = [Double](repeating: 0, count: columns)
    for i in 0..<rows { for j in 0..<columns { means[j] += self[i, j] / Double(rows) } }
    var result = self
    for i in 0..<rows { for j in 0..<columns { result[i, j] -= means[j] } }
    return result
  }

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
