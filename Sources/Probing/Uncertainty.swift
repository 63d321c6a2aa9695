internal import GSL
public import Resampling

/// Bootstrap intervals over the unit of independence, for what is claimed (a score, or a difference of two normalised
/// ones) and for its margin over rivals.
///
/// The out-of-fold predictions stay as they are; what is drawn anew is which units are tested. All scores that enter, floors
/// and ceilings among them, are weighted by the same draws, so differences and margins have paired intervals. Where
/// rivals are random worlds of their own, the worlds are drawn anew too, so that their spread enters. Intervals are BCa
/// (Efron 1987), with the acceleration of several independent samples where there are worlds. Those of the best or worst of a
/// family are those of `FamilyDraws`.
public struct Uncertainty: Sendable {
  /// How many bootstrap replicates are drawn.
  public static let replicates = 2_000

  let observed: Reading
  /// The unit of every item, numbered from 0 without gaps.
  private let unitOf: [Int]
  private let units: Int
  let key: StreamKey
  private let jobs: Int

  /// Whether scores are shares, which lie between 0 and 1.
  let areShares: Bool

  /// - Parameters:
  ///   - units: one id per item.
  ///   - areShares: whether scores lie between 0 and 1; the intervals of families then allow for the end of the range.
  /// - Precondition: a comparison has bounds.
  public init(observed: Reading, units: [Int], areShares: Bool = false, key: StreamKey, jobs: Int) {
    self.areShares = areShares
    precondition(
      observed.combination != .difference || !observed.bounds.isEmpty, "a comparison without bounds")
    self.observed = observed
    var numbers: [Int: Int] = [:]
    unitOf = units.map { unit in
      if let number = numbers[unit] { return number }
      numbers[unit] = numbers.count
      return numbers.count - 1
    }
    self.units = numbers.count
    self.key = key.appending("bootstrap")
    self.jobs = jobs
  }

  /// The uncertainty of a single score.
  public init(observed: ScoredWorld, units: [Int], key: StreamKey, jobs: Int) {
    self.init(observed: Reading(observed), units: units, key: key, jobs: jobs)
  }

  /// The 95 % interval of what is claimed.
  public func scoreInterval() async throws -> ClosedRange<Double> {
    try await scoreIntervals(confidences: [0.95])[0]
  }

  /// The same at several confidences, from the same draws: 90 % is what two one-sided tests at .05 ask for.
  public func scoreIntervals(confidences: [Double]) async throws -> [ClosedRange<Double>] {
    if observed.combination.takesLargest != nil { return try await familyIntervals(confidences: confidences) }
    let draws = try await draws(of: [observed])
    return confidences.map {
      bcaInterval(
        estimate: draws.all[0], replicates: draws.replicates.map { $0[0] },
        jackknife: [draws.jackknife.map { $0[0] }], confidence: $0)
    }
  }

  /// The same against scores of single measurements.
  public func marginInterval(
    over rivals: [ScoredWorld], areAll: Bool = false
  ) async throws -> ClosedRange<Double> {
    try await marginInterval(over: rivals.map { Reading($0) }, areAll: areAll)
  }

  /// The 95 % interval of what is claimed less the rivals' mean, from the rivals' predictions for the same items.
  /// - Parameter areAll: whether these are all the worlds there are, so that their mean is not in doubt.
  /// - Precondition: `rivals` is not empty.
  public func marginInterval(
    over rivals: [Reading], areAll: Bool = false
  ) async throws -> ClosedRange<Double> {
    try await marginIntervals(over: rivals, areAll: areAll, confidences: [0.95])[0]
  }

  /// The same at several confidences, from the same draws: 90 % is what two one-sided tests at .05 ask for.
  public func marginIntervals(
    over rivals: [Reading], areAll: Bool = false, confidences: [Double]
  ) async throws -> [ClosedRange<Double>] {
    precondition(!rivals.isEmpty, "no rival")
    if observed.combination.takesLargest != nil {
      return try await familyMargins(over: rivals, areAll: areAll, confidences: confidences)
    }
    let draws = try await draws(of: [observed] + rivals)
    let count = Double(rivals.count)
    func margin(_ scores: [Double]) -> Double { scores[0] - scores.dropFirst().reduce(0, +) / count }
    let worldDraw = UnitBootstrap(units: rivals.count)
    let worldKey = key.appending("worlds")
    let replicates = draws.replicates.enumerated().map { replicate, scores -> Double in
      if areAll { return margin(scores) }
      let counts = worldDraw.counts(worldKey, replicate: replicate)
      var sum = 0.0
      for world in rivals.indices { sum += Double(counts[world]) * scores[1 + world] }
      return scores[0] - sum / count
    }
    var samples = [draws.jackknife.map(margin)]
    if rivals.count > 1 && !areAll {
      let sum = draws.all.dropFirst().reduce(0, +)
      samples.append(draws.all.dropFirst().map { draws.all[0] - (sum - $0) / (count - 1) })
    }
    return confidences.map {
      bcaInterval(estimate: margin(draws.all), replicates: replicates, jackknife: samples, confidence: $0)
    }
  }

  /// Values of some readings, all under the same weights.
  struct Draws: Sendable {
    /// Every item once: by reading.
    var all: [Double]
    /// Bootstrap replicate by reading.
    var replicates: [[Double]]
    /// Left-out unit by reading.
    var jackknife: [[Double]]
  }

  func draws(of readings: [Reading]) async throws -> Draws {
    let table = Readings(readings, unitOf: unitOf, units: units)
    let bootstrap = UnitBootstrap(units: units)
    let chunk = 125
    let chunks = (Self.replicates + chunk - 1) / chunk
    let drawn = try await mapConcurrently(chunks, jobs: jobs) { index -> [[Double]] in
      let range = index * chunk..<min((index + 1) * chunk, Self.replicates)
      return table.values(range.map { bootstrap.counts(key, replicate: $0) })
    }
    let parts = (units + chunk - 1) / chunk
    let left = try await mapConcurrently(parts, jobs: jobs) { index -> [[Double]] in
      (index * chunk..<min((index + 1) * chunk, units)).map { table.leavingOut($0) }
    }
    return Draws(
      all: readings.map { $0.value(bounds: observed.bounds) }, replicates: drawn.flatMap { $0 },
      jackknife: left.flatMap { $0 })
  }
}

/// Readings whose values are wanted under many weightings of the units. Every scored world stands in it once; the bounds
/// that a reading lacks are the first reading's.
private struct Readings: Sendable {
  /// Where a reading's worlds stand.
  private struct Places: Sendable {
    var sides: [Int]
    var combination: Reading.Combination
    var bounds: [(floor: Int, ceiling: Int)]
  }

  private let worlds: [ScoredWorld]
  private let places: [Places]
  private let unitOf: [Int]
  private let sums: UnitSums?
  private let columns: ColumnSums?

  init(_ readings: [Reading], unitOf: [Int], units: Int) {
    var worlds: [ScoredWorld] = []
    func add(_ world: ScoredWorld) -> Int {
      worlds.append(world)
      return worlds.count - 1
    }
    var places: [Places] = []
    for reading in readings {
      places.append(
        Places(
          sides: reading.sides.map(add), combination: reading.combination,
          bounds: reading.bounds.isEmpty
            ? places.first?.bounds ?? [] : reading.bounds.map { (add($0.floor), add($0.ceiling)) }))
    }
    self.worlds = worlds
    self.places = places
    self.unitOf = unitOf
    sums = UnitSums(worlds, unitOf: unitOf, units: units)
    columns = sums == nil ? ColumnSums(worlds, unitOf: unitOf, units: units) : nil
  }

  /// By weighting and reading.
  /// - Parameter counts: how often every unit is drawn.
  func values(_ counts: [[Int32]]) -> [[Double]] {
    if let sums { return sums.scores(counts).map(values) }
    if let columns { return columns.scores(counts).map(values) }
    return counts.map { counts in
      let weights = unitOf.map { Double(counts[$0]) }
      return values(worlds.map { $0.score(weights: weights) })
    }
  }

  func leavingOut(_ unit: Int) -> [Double] {
    if let sums { return values(sums.leavingOut(unit)) }
    if let columns { return values(columns.leavingOut(unit)) }
    let weights = unitOf.map { $0 == unit ? 0.0 : 1.0 }
    return values(worlds.map { $0.score(weights: weights) })
  }

  private func values(_ scores: [Double]) -> [Double] {
    places.map { places in
      Reading.value(
        places.sides.map { scores[$0] }, places.combination,
        bounds: places.bounds.map { (scores[$0.floor], scores[$0.ceiling]) })
    }
  }
}

/// Losses and bases of metrics that are ratios of sums, summed over each unit, so that a reweighted score is one matrix
/// product.
private struct UnitSums: Sendable {
  /// Units by (loss and base of every repetition of every world).
  private let sums: Matrix<Double>
  /// For every world, the first column of its first repetition.
  private let starts: [Int]
  /// For every world, how many repetitions it has.
  private let repeats: [Int]
  /// For every world, whether a score is 1 - loss / base, or else loss / base.
  private let isComplement: [Bool]
  private let totals: [Double]

  /// `nil` where a metric is not a ratio of sums.
  init?(_ scored: [ScoredWorld], unitOf: [Int], units: Int) {
    repeats = scored.map(\.repeats.count)
    starts = repeats.reduce(into: [0]) { $0.append($0.last! + 2 * $1) }
    isComplement = scored.map { world in
      if case .average = world.repeats[0] { false } else { true }
    }
    var sums = Matrix<Double>(rows: units, columns: starts.last!)
    for (world, scores) in scored.enumerated() {
      for (repetition, items) in scores.repeats.enumerated() {
        let (loss, base): ([Double], [Double])
        switch items {
        case .ratio(let own, let total), .average(let own, let total): (loss, base) = (own, total)
        default: return nil
        }
        let column = starts[world] + 2 * repetition
        for item in loss.indices {
          sums[unitOf[item], column] += loss[item]
          sums[unitOf[item], column + 1] += base[item]
        }
      }
    }
    self.sums = sums
    totals = (0..<sums.columns).map { sums.column($0).reduce(0, +) }
  }

  func scores(_ counts: [[Int32]]) -> [[Double]] {
    let weights = Matrix(
      rows: counts.count, columns: sums.rows, elements: counts.flatMap { $0.map { Double($0) } })
    let products = weights.multiplied(by: sums)
    return (0..<counts.count).map { score(Array(products.row($0))) }
  }

  func leavingOut(_ unit: Int) -> [Double] {
    score(zip(totals, sums.row(unit)).map { $0 - $1 })
  }

  private func score(_ sums: [Double]) -> [Double] {
    repeats.indices.map { world in
      var score = 0.0
      for repetition in 0..<repeats[world] {
        let column = starts[world] + 2 * repetition
        let ratio = sums[column + 1] > 0 ? sums[column] / sums[column + 1] : (isComplement[world] ? 1 : 0)
        score += isComplement[world] ? 1 - ratio : ratio
      }
      return score / Double(repeats[world])
    }
  }
}
