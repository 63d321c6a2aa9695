internal import GSL
internal import Hypotheses
internal import Probing
internal import Resampling

/// One side of what is claimed, or a member of the family that is: a measurement with its data, measured.
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

  var name: String { bound.label }
  var score: Double { evaluation.score }
  var metric: Metric { bound.declaration.metric }

  /// The score and its bounds, as evidence.
  var evidence: SideEvidence {
    SideEvidence(
      name: name, metric: metric.keyword, score: score, floor: floor, ceiling: ceiling,
      residualized: bound.declaration.residualized)
  }
}

/// What is claimed: the score of one measurement, the difference of two measurements' normalised scores, or the best or worst
/// score of a family.
struct Statistic: Sendable {
  /// What is made of the sides.
  enum Kind: Sendable, Hashable {
    case one
    case difference
    /// The best member, held against the best of every world.
    case any
    /// The worst member; each is held against its own in every world.
    case each
  }
  /// The keyword of differences, where single scores have their metric's.
  static let difference = "normalized_difference"

  /// The name of the measurement or of the comparison.
  let name: String
  let kind: Kind
  /// One, the two of a comparison (the one that is claimed to be better first), or the members of a family.
  let sides: [Side]
  let observed: Reading
  let value: Double
  let uncertainty: Uncertainty
  /// The stream of its intervals.
  let key: StreamKey

  init(_ name: String, _ kind: Kind, _ sides: [Side], key: StreamKey, jobs: Int) {
    self.name = name
    self.kind = kind
    self.sides = sides
    let worlds = sides.map(\.evaluation.world)
    switch kind {
    case .one: observed = Reading(worlds[0])
    case .difference:
      let sharesBounds = Self.shareBounds(sides, sides.map(\.bound.targets))
      observed = Reading(
        worlds[0], over: worlds[1], bounds: sharesBounds ? [sides[0].bounds] : sides.map(\.bounds))
    case .any, .each: observed = Reading(family: worlds, Self.combination(kind, sides))
    }
    value = observed.value()
    self.key = key.appending(name)
    uncertainty = Uncertainty(
      observed: observed, units: sides[0].bound.units,
      range: sides[0].metric.range.orNone(unless: sides.last!.metric.range), key: self.key, jobs: jobs)
  }

  /// What the value can be.
  var range: ClosedRange<Double> {
    isComparison ? -Double.infinity...Double.infinity : sides[0].metric.range
  }

  var isComparison: Bool { kind == .difference }
  var isFamily: Bool { kind == .any || kind == .each }
  /// The place of the side that decides: of a family the best, or the worst.
  var deciding: Int { isFamily ? observed.deciding : 0 }
  var metric: String { isComparison ? Self.difference : sides[0].metric.keyword }
  /// 1 where a larger value is better, else -1.
  var sign: Double { isComparison || sides[0].metric.isBetterWhenLarger ? 1 : -1 }
  /// What is claimed by saying nothing: the floor of a score, no difference for a comparison.
  var floor: Double { isComparison ? 0 : sides[deciding].floor }
  /// The most that can be reached: by a comparison, with one side at its ceiling and the other at its floor.
  var ceiling: Double { isComparison ? 1 : sides[deciding].ceiling }
  var items: Int { sides[0].bound.keys.count }
  var units: [Int] { sides[0].bound.units }
  /// The places of sides that read the same representation by the same probe on the same folds, so that it is made ready for all of
  /// them once: members of a family that differ in their targets.
  var readers: [[Int]] {
    var readers: [[Int]] = []
    for (place, side) in sides.enumerated() {
      if isFamily, let known = readers.firstIndex(where: { sides[$0[0]].bound.readsTheSame(as: side.bound) })
      {
        readers[known].append(place)
      } else {
        readers.append([place])
      }
    }
    return readers
  }
  /// How many worlds of a rival enter a paired interval item by item.
  var pairedWorlds: Int {
    sides.map { $0.metric.pairedWorlds(cells: $0.bound.targets.coded.elements.count) }.min()!
  }

  /// A number per item, equal for two items exactly when all their targets, on all sides, are equal.
  var identities: [Int] { sides.map(\.bound).identities }

  /// What some worlds, one per side, say of the claim.
  /// - Parameter targets: every side's targets there; `nil` where they are the real ones.
  func reading(_ worlds: [ScoredWorld], targets: [Targets]? = nil) -> Reading {
    guard isComparison else {
      return isFamily ? Reading(family: worlds, Self.combination(kind, sides)) : Reading(worlds[0])
    }
    guard let targets else { return Reading(worlds[0], over: worlds[1], bounds: []) }
    let kinds = Self.shareBounds(sides, targets) ? Array(sides.prefix(1)) : sides
    return Reading(
      worlds[0], over: worlds[1],
      bounds: zip(kinds, targets).map { $0.bound.instrument.bounds($1) })
  }

  /// What some rearrangements of the targets say, the same on every side.
  func readings(_ sources: [[Int32]]) -> [Reading] {
    let sides = sides.map { $0.prepared.worlds($0.bound.targets, sources: sources) }
    return sources.indices.map { place in
      reading(
        sides.map { $0[place] },
        targets: isComparison
          ? self.sides.map { $0.bound.targets.rearranged(by: sources[place]) } : nil)
    }
  }

  /// The floors of the sides: what is scored without a representation.
  var floorReading: Reading { reading(sides.map(\.bounds.floor)) }

  private static func combination(_ kind: Kind, _ sides: [Side]) -> Reading.Combination {
    let prefersLarge = sides[0].metric.isBetterWhenLarger
    return kind == .any ? .best(largest: prefersLarge) : .worst(largest: !prefersLarge)
  }

  /// The value of a family whose members have some scores.
  func value(of members: [Double]) -> Double {
    observed.combination.takesLargest == true ? members.max()! : members.min()!
  }

  /// The value that a world's reading has, with every item counted `weights[item]` times.
  func value(_ reading: Reading, weights: [Double]? = nil) -> Double {
    reading.value(bounds: observed.bounds, weights: weights)
  }

  /// The p of the claim. Of a claim about each member of a family it is the largest of the members' own, an
  /// intersection-union test that needs no correction (Berger 1982); of one about any, that of the best among the best of
  /// every world (Westfall & Young 1993).
  func p(_ scored: Scored, exact: Bool = false) -> PValue {
    guard kind == .each else {
      return pValue(observed: sign * value, null: scored.values.map { sign * $0 }, exact: exact)
    }
    return sides.indices.map { member in
      pValue(
        observed: sign * sides[member].score, null: scored.members.map { sign * $0[member] }, exact: exact)
    }.max { $0.value < $1.value }!
  }

  /// The p of every member of a family, adjusted by the step-down max-T.
  func adjusted(_ scored: Scored, exact: Bool) -> [Double] {
    MaxT(
      observed: sides.map { sign * $0.score },
      null: Matrix(
        rows: scored.members.count, columns: sides.count,
        elements: scored.members.flatMap { $0.map { sign * $0 } }),
      exact: exact
    ).stepDown.map(\.value)
  }

  /// What the claim is better by than the mean of a rival's worlds.
  func margin(over scored: Scored) -> Double {
    isFamily
      ? sign * uncertainty.familyMargin(over: scored.members)
      : sign * (value - scored.values.reduce(0, +) / Double(scored.values.count))
  }

  /// Whether the floor is better than the mean of a rival's worlds. Of a family, whether that is so for the member that decides.
  func floorIsBetter(than scored: Scored) -> Bool {
    let count = Double(scored.values.count)
    let mean =
      kind == .each
      ? scored.members.reduce(0) { $0 + $1[deciding] } / count : scored.values.reduce(0, +) / count
    return sign * (floor - mean) > 1e-9 * max(1, abs(floor))
  }

  /// What p may be where few replicates reach the claim; `nil` where p is exact, where they are enough, and where no tail
  /// fits them.
  func tail(_ values: [Double], of p: PValue) -> TailEvidence? {
    // The p of a claim about each is no tail of one distribution.
    guard !p.isExact, kind != .each else { return nil }
    return TailEvidence(observed: value, null: values, sign: sign)
  }

  /// Whether floor and ceiling are the same on both sides: they depend on metric, folds and targets alone.
  private static func shareBounds(_ sides: [Side], _ targets: [Targets]) -> Bool {
    sides[0].metric == sides[1].metric && targets[0] == targets[1]
      && sides[0].bound.instrument.splits == sides[1].bound.instrument.splits
      && sides[0].bound.instrument.residuals?.targets == sides[1].bound.instrument.residuals?.targets
  }
}

extension ClosedRange<Double> {
  /// The range that both are, or, where they differ, one without ends.
  fileprivate func orNone(unless other: ClosedRange) -> ClosedRange {
    self == other ? self : -Double.infinity...Double.infinity
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
