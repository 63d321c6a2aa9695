internal import GSL
internal import Hypotheses
internal import Probing
internal import Resampling

/// One side of what is claimed: a measurement with its data, measured.
struct Side: Sendable {
  let bound: BoundMeasurement
  let prepared: PreparedProbe
  let evaluation: Evaluation
  let bounds: Reading.Bounds
  let floor: Double
  let ceiling: Double

  init(_ bound: BoundMeasurement, _ prepared: PreparedProbe) {
    self.bound = bound
    self.prepared = prepared
    evaluation = prepared.evaluate(bound.targets)
    bounds = bound.instrument.bounds(bound.targets)
    floor = bounds.floor.score()
    ceiling = bounds.ceiling.score()
  }

  var name: String { bound.declaration.name }
  var score: Double { evaluation.score }
  var metric: Metric { bound.declaration.metric }

  /// The score and its bounds, as evidence.
  var evidence: SideEvidence {
    SideEvidence(
      name: name, metric: metric.keyword, score: score, floor: floor, ceiling: ceiling,
      residualized: bound.declaration.residualized)
  }
}

/// What is claimed: the score of one measurement, or the difference of two measurements' normalised scores.
struct Statistic: Sendable {
  /// The keyword of differences, where single scores have their metric's.
  static let difference = "normalized_difference"

  /// The name of the measurement or of the comparison.
  let name: String
  /// One, or the two of a comparison: the one that is claimed to be better first.
  let sides: [Side]
  let observed: Reading
  let value: Double
  let uncertainty: Uncertainty
  /// The stream of its intervals.
  let key: StreamKey

  init(_ name: String, _ sides: [Side], key: StreamKey, jobs: Int) {
    self.name = name
    self.sides = sides
    let worlds = sides.map(\.evaluation.world)
    if sides.count == 2 {
      let sharesBounds = Self.shareBounds(sides, sides.map(\.bound.targets))
      observed = Reading(
        worlds[0], over: worlds[1], bounds: sharesBounds ? [sides[0].bounds] : sides.map(\.bounds))
    } else {
      observed = Reading(worlds[0])
    }
    value = observed.value()
    self.key = key.appending(name)
    uncertainty = Uncertainty(
      observed: observed, units: sides[0].bound.units, key: self.key, jobs: jobs)
  }

  var isComparison: Bool { sides.count == 2 }
  var metric: String { isComparison ? Self.difference : sides[0].metric.keyword }
  /// 1 where a larger value is better, else -1.
  var sign: Double { isComparison || sides[0].metric.isBetterWhenLarger ? 1 : -1 }
  /// What is claimed by saying nothing: the floor of a score, no difference for a comparison.
  var floor: Double { isComparison ? 0 : sides[0].floor }
  /// The most that can be reached: by a comparison, with one side at its ceiling and the other at its floor.
  var ceiling: Double { isComparison ? 1 : sides[0].ceiling }
  var items: Int { sides[0].bound.keys.count }
  var units: [Int] { sides[0].bound.units }
  /// How many worlds of a rival enter a paired interval item by item.
  var pairedWorlds: Int {
    sides.map { $0.metric.pairedWorlds(cells: $0.bound.targets.coded.elements.count) }.min()!
  }

  /// A number per item, equal for two items exactly when all their targets, on all sides, are equal.
  var identities: [Int] { sides.map(\.bound).identities }

  /// What some worlds, one per side, say of the claim.
  /// - Parameter targets: every side's targets there; `nil` where they are the real ones.
  func reading(_ worlds: [ScoredWorld], targets: [Targets]? = nil) -> Reading {
    guard isComparison else { return Reading(worlds[0]) }
    guard let targets else { return Reading(worlds[0], over: worlds[1], bounds: []) }
    let kinds = Self.shareBounds(sides, targets) ? Array(sides.prefix(1)) : sides
    return Reading(
      worlds[0], over: worlds[1],
      bounds: zip(kinds, targets).map { $0.bound.instrument.bounds($1) })
  }

  /// The value that a world's reading has.
  func value(_ reading: Reading) -> Double { reading.value(bounds: observed.bounds) }

  func p(_ values: [Double], exact: Bool = false) -> PValue {
    pValue(observed: sign * value, null: values.map { sign * $0 }, exact: exact)
  }

  /// The p of worlds that are drawn until it is decided.
  func sequentialP(_ values: [Double]) -> PValue {
    let p = self.p(values)
    return sequentialPValue(exceedances: p.exceedances, replicates: p.replicates)
  }

  /// What p may be where few replicates reach the claim; `nil` where p is exact, where they are enough, and where no tail
  /// fits them.
  func tail(_ values: [Double], of p: PValue) -> TailEvidence? {
    guard !p.isExact,
      let tail = try? TailApproximation(observed: sign * value, null: values.map { sign * $0 })
    else { return nil }
    return TailEvidence(value: tail.value, isConstrained: tail.fit.isConstrained)
  }

  /// Whether floor and ceiling are the same on both sides: they depend on metric, folds and targets alone.
  private static func shareBounds(_ sides: [Side], _ targets: [Targets]) -> Bool {
    sides[0].metric == sides[1].metric && targets[0] == targets[1]
      && sides[0].bound.instrument.splits == sides[1].bound.instrument.splits
      && sides[0].bound.instrument.residuals?.targets == sides[1].bound.instrument.residuals?.targets
  }
}

extension Instrument {
  /// Floor and ceiling of some targets.
  func bounds(_ targets: Targets) -> Reading.Bounds {
    Reading.Bounds(floor: floor(targets), ceiling: ceiling(targets))
  }
}

extension [BoundMeasurement] {
  /// A number per item, equal for two items exactly when all their targets, of every measurement, are equal.
  var identities: [Int] {
    let each = map(\.targets.identities)
    guard each.count > 1 else { return each[0] }
    var known: [[Int]: Int] = [:]
    return each[0].indices.map { item in
      let identity = each.map { $0[item] }
      let number = known[identity] ?? known.count
      known[identity] = number
      return number
    }
  }
}
