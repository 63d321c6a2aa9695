internal import GSL
public import Resampling

/// Bootstrap intervals over the unit of independence, for a score and for its margin over rivals.
///
/// The out-of-fold predictions stay as they are; what is drawn anew is which units are tested. Score and rivals are
/// weighted by the same draws, so a margin's interval is paired. Where rivals are random worlds of their own, the worlds
/// are drawn anew too, so that their spread enters. Intervals are BCa (Efron 1987), with the acceleration of several
/// independent samples where there are worlds.
public struct Uncertainty: Sendable {
  /// How many bootstrap replicates are drawn.
  public static let replicates = 2_000

  private let observed: ScoredWorld
  /// The unit of every item, numbered from 0 without gaps.
  private let unitOf: [Int]
  private let units: Int
  private let key: StreamKey
  private let jobs: Int

  /// - Parameter units: one id per item.
  public init(observed: ScoredWorld, units: [Int], key: StreamKey, jobs: Int) {
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

  /// The 95 % interval of the score.
  public func scoreInterval() async throws -> ClosedRange<Double> {
    let draws = try await draws(of: [observed])
    return bcaInterval(
      estimate: draws.all[0], replicates: draws.replicates.map { $0[0] },
      jackknife: [draws.jackknife.map { $0[0] }])
  }

  /// The 95 % interval of the score less the rivals' mean score, from the rivals' predictions for the same items.
  /// - Parameter areAll: whether these are all the worlds there are, so that their mean is not in doubt.
  /// - Precondition: `rivals` is not empty.
  public func marginInterval(
    over rivals: [ScoredWorld], areAll: Bool = false
  ) async throws -> ClosedRange<Double> {
    precondition(!rivals.isEmpty, "no rival")
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
    return bcaInterval(estimate: margin(draws.all), replicates: replicates, jackknife: samples)
  }

  /// Scores of some worlds, all under the same weights.
  private struct Draws: Sendable {
    /// Every item once: by world.
    var all: [Double]
    /// Bootstrap replicate by world.
    var replicates: [[Double]]
    /// Left-out unit by world.
    var jackknife: [[Double]]
  }

  private func draws(of worlds: [ScoredWorld]) async throws -> Draws {
    let all = worlds.map { $0.score() }
    let bootstrap = UnitBootstrap(units: units)
    let table = UnitSums(worlds, unitOf: unitOf, units: units)
    let columns = table == nil ? ColumnSums(worlds, unitOf: unitOf, units: units) : nil
    let chunk = 125
    let chunks = (Self.replicates + chunk - 1) / chunk
    let drawn = try await mapConcurrently(chunks, jobs: jobs) { index -> [[Double]] in
      let range = index * chunk..<min((index + 1) * chunk, Self.replicates)
      let counts = range.map { bootstrap.counts(key, replicate: $0) }
      if let table { return table.scores(counts) }
      if let columns { return columns.scores(counts) }
      return counts.map { counts in
        let weights = unitOf.map { Double(counts[$0]) }
        return worlds.map { $0.score(weights: weights) }
      }
    }
    let parts = (units + chunk - 1) / chunk
    let left = try await mapConcurrently(parts, jobs: jobs) { index -> [[Double]] in
      let range = index * chunk..<min((index + 1) * chunk, units)
      if let table { return range.map { table.leavingOut($0) } }
      if let columns { return range.map { columns.leavingOut($0) } }
      return range.map { unit in
        let weights = unitOf.map { $0 == unit ? 0.0 : 1.0 }
        return worlds.map { $0.score(weights: weights) }
      }
    }
    return Draws(all: all, replicates: drawn.flatMap { $0 }, jackknife: left.flatMap { $0 })
  }
}

/// Losses and bases of metrics that are ratios of sums, summed over each unit, so that a reweighted score is one matrix
/// product.
private struct UnitSums: Sendable {
  /// Units by (loss and base of every repetition of every world).
  let sums: Matrix<Double>
  let worlds: Int
  let repeats: Int
  /// Whether a score is 1 - loss / base, or else loss / base.
  let isComplement: Bool
  let totals: [Double]

  /// `nil` where the metric is not a ratio of sums.
  init?(_ scored: [ScoredWorld], unitOf: [Int], units: Int) {
    worlds = scored.count
    repeats = scored[0].repeats.count
    if case .average = scored[0].repeats[0] { isComplement = false } else { isComplement = true }
    var sums = Matrix<Double>(rows: units, columns: 2 * worlds * repeats)
    for (world, scores) in scored.enumerated() {
      for (repetition, items) in scores.repeats.enumerated() {
        let (loss, base): ([Double], [Double])
        switch items {
        case .ratio(let own, let total), .average(let own, let total): (loss, base) = (own, total)
        default: return nil
        }
        let column = 2 * (world * repeats + repetition)
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
    (0..<worlds).map { world in
      var score = 0.0
      for repetition in 0..<repeats {
        let column = 2 * (world * repeats + repetition)
        let ratio = sums[column + 1] > 0 ? sums[column] / sums[column + 1] : (isComplement ? 1 : 0)
        score += isComplement ? 1 - ratio : ratio
      }
      return score / Double(repeats)
    }
  }
}
