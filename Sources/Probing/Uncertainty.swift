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
///
/// Near an end of a bounded scale the bootstrap knows of no unit unlike those that it has, and its interval shrinks to a point. No
/// bound of a score is therefore nearer than Wilson's (1927, JASA 22, 209) for as many independent units as the score is worth
/// (`EdgeUnits`); what a bound lacks of that is added, squared, to the margins that the score enters.
public struct Uncertainty: Sendable {
  /// How many bootstrap replicates are drawn.
  public static let replicates = 2_000

  let observed: Reading
  /// The unit of every item, numbered from 0 without gaps.
  private let unitOf: [Int]
  private let units: Int
  let key: StreamKey
  private let jobs: Int

  /// What scores can be; `nil` where they have no two ends.
  let range: ClosedRange<Double>?

  /// - Parameters:
  ///   - units: one id per item.
  ///   - range: what the scores of the sides can be. Only an end that is finite is allowed for.
  /// - Precondition: a comparison has bounds.
  public init(
    observed: Reading, units: [Int], range: ClosedRange<Double> = -Double.infinity...Double.infinity,
    key: StreamKey, jobs: Int
  ) {
    self.range = (range.upperBound - range.lowerBound).isFinite ? range : nil
    precondition(
      observed.combination != .difference || !observed.bounds.isEmpty, "a comparison without bounds")
    self.observed = observed
    (unitOf, self.units) = numbered(units)
    self.key = key.appending("bootstrap")
    self.jobs = jobs
  }

  /// The uncertainty of a single score.
  public init(
    observed: ScoredWorld, units: [Int], range: ClosedRange<Double> = -Double.infinity...Double.infinity,
    key: StreamKey, jobs: Int
  ) {
    self.init(observed: Reading(observed), units: units, range: range, key: key, jobs: jobs)
  }

  /// The 95 % interval of what is claimed.
  public func scoreInterval() async throws -> ClosedRange<Double> {
    try await scoreIntervals(confidences: [0.95])[0]
  }

  /// The same at several confidences, from the same draws: 90 % is what two one-sided tests at .05 ask for.
  public func scoreIntervals(confidences: [Double]) async throws -> [ClosedRange<Double>] {
    if observed.combination.takesLargest != nil { return try await familyIntervals(confidences: confidences) }
    let sides = observed.sides.map { Reading($0) }
    let draws = try await draws(of: [observed] + (observed.combination == .difference ? sides : []))
    return confidences.map { confidence in
      let plain = draws.interval(of: 0, confidence: confidence)
      return plain.widened(about: draws.all[0], by: lack(draws, of: observed, at: 0, confidence: confidence))
    }
  }

  /// The bootstrap's standard error of what is claimed; of a family, that of the member that decides.
  public func scoreError() async throws -> Double {
    let draws = try await draws(
      of: [observed.combination.takesLargest == nil ? observed : Reading(observed.sides[observed.deciding])])
    return standardError(ofReplicates: draws.replicates.map { $0[0] })
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
    try await margins(over: rivals, areAll: areAll, confidences: [0.95]).intervals[0]
  }

  /// What a claim is better by than a rival, and than the better of the rival and of the floor.
  public struct Margins: Sendable {
    /// Of the claim less the rivals' mean, by confidence.
    public var intervals: [ClosedRange<Double>]
    /// The bootstrap's standard error of that margin.
    public var error: Double
    /// The claim less the better of the rivals' mean and of the floor, its 95 % interval and its standard error; `nil` where no
    /// floor is given.
    public var held: (value: Double, interval: ClosedRange<Double>, error: Double)?
  }

  /// Margins at several confidences, from the same draws: 90 % is what two one-sided tests at .05 ask for.
  /// - Parameters:
  ///   - floor: what is scored without a representation. Which is better, it or the rivals' mean, is decided in every draw
  ///     anew. Of a family, one side per member.
  ///   - prefersLarge: whether a larger score is a better one.
  public func margins(
    over rivals: [Reading], floor: Reading? = nil, prefersLarge: Bool = true, areAll: Bool = false,
    confidences: [Double]
  ) async throws -> Margins {
    precondition(!rivals.isEmpty, "no rival")
    if observed.combination.takesLargest != nil {
      return try await familyMargins(
        over: rivals, floor: floor, prefersLarge: prefersLarge, areAll: areAll, confidences: confidences)
    }
    let isOne = observed.combination != .difference
    // After the claim, its sides, the rivals' worlds and the floor.
    let sides = isOne ? [] : observed.sides.map { Reading($0) }
    let first = 1 + sides.count
    let draws = try await draws(of: [observed] + sides + rivals + (floor.map { [$0] } ?? []))
    let count = Double(rivals.count)
    let worlds = first..<first + rivals.count
    let worldDraw = UnitBootstrap(units: rivals.count)
    let worldKey = key.appending("worlds")
    let means = draws.replicates.enumerated().map { replicate, scores -> Double in
      if areAll { return scores[worlds].reduce(0, +) / count }
      let counts = worldDraw.counts(worldKey, replicate: replicate)
      var sum = 0.0
      for world in rivals.indices { sum += Double(counts[world]) * scores[first + world] }
      return sum / count
    }
    let (sum, mean) = (
      draws.all[worlds].reduce(0, +), draws.all[worlds].reduce(0, +) / count
    )
    func interval(
      confidence: Double, over better: (_ mean: Double, _ scores: [Double]) -> Double
    ) -> (value: Double, interval: ClosedRange<Double>, error: Double) {
      let estimate = draws.all[0] - better(mean, draws.all)
      let replicates = zip(draws.replicates, means).map { $0[0] - better($1, $0) }
      var samples = [
        draws.jackknife.map { $0[0] - better($0[worlds].reduce(0, +) / count, $0) }
      ]
      if rivals.count > 1 && !areAll {
        samples.append(
          draws.all[worlds].map { draws.all[0] - better((sum - $0) / (count - 1), draws.all) })
      }
      let plain = bcaInterval(
        estimate: estimate, replicates: replicates, jackknife: samples, confidence: confidence)
      var lack = lack(draws, of: observed, at: 0, confidence: confidence)
      if isOne {
        let other = edgeLack(
          rivals[0].sides[0], estimate: mean,
          interval: bcaInterval(
            estimate: mean, replicates: means,
            jackknife: [draws.jackknife.map { $0[worlds].reduce(0, +) / count }], confidence: confidence),
          error: standardError(ofReplicates: means), confidence: confidence)
        lack = Lack(below: lack.below + other.above, above: lack.above + other.below)
      }
      return (
        estimate, plain.widened(about: estimate, by: lack), standardError(ofReplicates: replicates)
      )
    }
    let held = floor.map { _ in
      interval(confidence: 0.95) { mean, scores in
        prefersLarge ? max(mean, scores[worlds.upperBound]) : min(mean, scores[worlds.upperBound])
      }
    }
    let plain = confidences.map { interval(confidence: $0) { mean, _ in mean } }
    return Margins(intervals: plain.map(\.interval), error: plain.first?.error ?? 0, held: held)
  }

  /// What an interval lacks: the squares that its distances from the estimate fall short by.
  struct Lack: Sendable {
    var below = 0.0
    var above = 0.0
  }

  /// What the interval of a reading lacks. Of a comparison, both sides' lacks, as their scores are normalised.
  /// - Parameter place: of the reading in the draws; those of its sides follow where there are two.
  private func lack(_ draws: Draws, of reading: Reading, at place: Int, confidence: Double) -> Lack {
    func own(_ side: ScoredWorld, _ place: Int) -> Lack {
      edgeLack(
        side, estimate: draws.all[place], interval: draws.interval(of: place, confidence: confidence),
        error: standardError(ofReplicates: draws.replicates.map { $0[place] }), confidence: confidence)
    }
    guard range != nil else { return Lack() }
    guard reading.combination == .difference else { return own(reading.sides[0], place) }
    let lacks = reading.sides.enumerated().map { side, world -> Lack in
      let bounds = reading.bounds[min(side, reading.bounds.count - 1)]
      let span = bounds.ceiling.score() - bounds.floor.score()
      let own = own(world, place + 1 + side)
      let scaled = Lack(below: own.below / (span * span), above: own.above / (span * span))
      // Where less is better, normalising turns a score round.
      return span >= 0 ? scaled : Lack(below: scaled.above, above: scaled.below)
    }
    return Lack(below: lacks[0].below + lacks[1].above, above: lacks[0].above + lacks[1].below)
  }

  /// - Parameters:
  ///   - interval: of the score, by the bootstrap.
  ///   - error: the bootstrap's standard error.
  private func edgeLack(
    _ world: ScoredWorld, estimate: Double, interval: ClosedRange<Double>, error: Double, confidence: Double
  ) -> Lack {
    guard let range, estimate.isFinite else { return Lack() }
    let width = range.upperBound - range.lowerBound
    let share = min(max((estimate - range.lowerBound) / width, 0), 1)
    let atLeast = world.edgeUnits(unitOf: unitOf, units: units)
    let variance = (error / width) * (error / width)
    let worth = variance > 1e-18 ? max(share * (1 - share) / variance, atLeast) : atLeast
    guard worth > 0 else { return Lack() }
    let bounds = wilson(share: share, trials: worth, confidence: confidence)
    func short(_ wanted: Double, _ have: Double) -> Double {
      max(0, wanted * wanted - max(0, have) * max(0, have))
    }
    return Lack(
      below: short((share - bounds.lowerBound) * width, estimate - interval.lowerBound),
      above: short((bounds.upperBound - share) * width, interval.upperBound - estimate))
  }

  /// Values of some readings, all under the same weights.
  struct Draws: Sendable {
    /// Every item once: by reading.
    var all: [Double]
    /// Bootstrap replicate by reading.
    var replicates: [[Double]]
    /// Left-out unit by reading.
    var jackknife: [[Double]]

    /// The BCa interval of one reading.
    func interval(of place: Int, confidence: Double) -> ClosedRange<Double> {
      bcaInterval(
        estimate: all[place], replicates: replicates.map { $0[place] },
        jackknife: [jackknife.map { $0[place] }], confidence: confidence)
    }
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

extension ClosedRange<Double> {
  /// The interval with its distances from an estimate made larger, each by what its square lacks.
  fileprivate func widened(about estimate: Double, by lack: Uncertainty.Lack) -> ClosedRange {
    func far(_ distance: Double, _ lack: Double) -> Double {
      lack > 0 ? (Swift.max(0, distance) * Swift.max(0, distance) + lack).squareRoot() : distance
    }
    let low = estimate - far(estimate - lowerBound, lack.below)
    return low...Swift.max(low, estimate + far(upperBound - estimate, lack.above))
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
