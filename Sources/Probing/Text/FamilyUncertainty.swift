internal import GSL
public import Resampling

/// Intervals for what is claimed of a family of measurements, and for its margin over a rival, by the bootstrap over
/// sentences.
///
/// The interval of the best cell of many must allow for its having been chosen: the best observed value lies above the
/// best true one on average. Its lower end is therefore the largest of lower bounds that hold for all cells at once: each
/// cell's value less q standard errors, where q is the quantile of the largest studentised deviation of any cell in the
/// bootstrap replicates (the max-T of Westfall & Young 1993 turned into bounds; Romano & Wolf 2005, Econometrica 73). Its
/// upper end is the largest of the cells' own upper bounds: the truly best cell's covers it, whichever that is. The
/// interval of the worst cell is the mirror image. A single cell's, and a selection's given what was selected, is BCa
/// (Efron 1987).
///
/// A cell whose bootstrap does not vary scores the same in every sentence, such as 1 in all. Sentences unlike those may still
/// be a share e of all that `clopperPearson` bounds: of values in a...b, the cell's may then be (1 - e) value + e a, or
/// + e b.
public struct FamilyUncertainty: Sendable {
  private let cells: [SentenceSums]
  private let statistic: FamilyStatistic
  private let range: ClosedRange<Double>
  private let replicates: Int
  private let key: StreamKey
  private let jobs: Int

  /// - Parameters:
  ///   - range: what a score can be.
  ///   - replicates: how many bootstrap replicates are drawn.
  /// - Precondition: there is a cell; all have the same sentences.
  public init(
    cells: [SentenceSums], statistic: FamilyStatistic, range: ClosedRange<Double> = 0...1,
    replicates: Int = Uncertainty.replicates, key: StreamKey, jobs: Int
  ) {
    precondition(!cells.isEmpty, "a family without cells")
    self.cells = cells
    self.statistic = statistic
    self.range = range
    self.replicates = replicates
    self.key = key.appending("bootstrap")
    self.jobs = jobs
  }

  /// What the interval is of: the cells, or the one quotient that a selection makes of them.
  private var members: [SentenceSums] {
    if case .selected = statistic.kind { return [statistic.reduced(cells)] }
    return cells
  }

  /// The 95 % interval of the family's value.
  /// - Throws: `CancellationError`.
  public func scoreInterval() async throws -> ClosedRange<Double> {
    interval(try await draws(of: members), range: range)
  }

  /// The 95 % interval of every cell by itself, for tables and heat maps; nothing allows for their number.
  /// - Throws: `CancellationError`.
  public func cellIntervals() async throws -> [ClosedRange<Double>] {
    let draws = try await draws(of: cells)
    return draws.estimates.indices.map { pointwise(draws, cell: $0, range: range) }
  }

  /// The 95 % interval of the family's value less the mean over a rival's worlds.
  ///
  /// Each world is reduced to one quotient of sums by the claim's own statistic on all its data, and a selection is made
  /// anew: for `any` that is the rival's best cell, which by its choice favours the rival. For `each` it is the rival's worst,
  /// as the claim said of the rival would have it; a rival with a single cell, such as the best offset, is what it is.
  /// Margins of all cells over that mean are then bounded as scores are, paired by sentence. Where there are several worlds
  /// they are drawn anew too.
  /// - Parameters:
  ///   - worlds: the rival's cells in each; not as many as the claim's, if it has its own.
  ///   - areAll: whether these are all the worlds there are, so that their mean is not in doubt.
  /// - Precondition: there is a world, and each has a cell.
  /// - Throws: `CancellationError`.
  public func marginInterval(
    over worlds: [[SentenceSums]], areAll: Bool = false
  ) async throws -> ClosedRange<Double> {
    precondition(!worlds.isEmpty, "no rival")
    let own = members
    let rivals = worlds.map(reducedWorld)
    let all = try await draws(of: own + rivals)
    let width = range.upperBound - range.lowerBound
    return interval(
      all.margins(
        over: own.count..<own.count + rivals.count, redrawing: !areAll, key: key.appending("worlds")),
      range: -width...width)
  }

  /// A world as one quotient. A world with a single cell needs no choice.
  private func reducedWorld(_ world: [SentenceSums]) -> SentenceSums {
    world.count == 1 ? world[0] : statistic.reduced(world)
  }

  // MARK: Draws

  /// The values of some cells: on the data, in bootstrap replicates, and with one observation left out.
  private struct Draws: Sendable {
    var estimates: [Double]
    /// By cell and replicate. NaN where no item was drawn.
    var replicates: [[Double]]
    /// By cell and independent sample: with one observation left out.
    var jackknife: [[[Double]]]
    /// How many sentences have items of the cell.
    var sentences: [Int]

    /// The first cells less the mean of the worlds.
    func margins(over worlds: Range<Int>, redrawing: Bool, key: StreamKey) -> Draws {
      let count = Double(worlds.count)
      let mean = estimates[worlds].reduce(0, +) / count
      let redraws = redrawing && worlds.count > 1
      let bootstrap = UnitBootstrap(units: worlds.count)
      var counts = [Int32](repeating: 1, count: worlds.count)
      let means = (replicates.first ?? []).indices.map { replicate in
        if redraws { bootstrap.counts(into: &counts, key: key, replicate: replicate) }
        var sum = 0.0
        for (k, world) in worlds.enumerated() where counts[k] > 0 {
          sum += Double(counts[k]) * replicates[world][replicate]
        }
        return sum / count
      }
      let left = jackknife[0][0].indices.map { sentence in
        var sum = 0.0
        for world in worlds { sum += jackknife[world][0][sentence] }
        return sum / count
      }
      let own = 0..<worlds.lowerBound
      return Draws(
        estimates: own.map { estimates[$0] - mean },
        replicates: own.map { cell in zip(replicates[cell], means).map { $0 - $1 } },
        jackknife: own.map { cell in
          var samples = [zip(jackknife[cell][0], left).map { $0 - $1 }]
          if redraws {
            samples.append(
              worlds.map { estimates[cell] - (mean * count - estimates[$0]) / (count - 1) })
          }
          return samples
        },
        sentences: own.map { sentences[$0] })
    }

    /// The same of the negated values.
    var negated: Draws {
      Draws(
        estimates: estimates.map { -$0 }, replicates: replicates.map { $0.map { -$0 } },
        jackknife: jackknife.map { $0.map { $0.map { -$0 } } }, sentences: sentences)
    }
  }

  private func draws(of cells: [SentenceSums]) async throws -> Draws {
    let sentences = cells[0].sums.count
    precondition(cells.allSatisfy { $0.sums.count == sentences }, "cells of different sentences")
    let count = cells.count
    // Sentences by (sums of all cells, distinct weights): cells of one set of relations share theirs.
    var distinct: [[Double]] = []
    let weightOf = cells.map { cell in
      if let place = distinct.lastIndex(of: cell.weights) { return place }
      distinct.append(cell.weights)
      return distinct.count - 1
    }
    var sums = Matrix<Double>(rows: sentences, columns: count + distinct.count)
    for (cell, own) in cells.enumerated() {
      for sentence in 0..<sentences { sums[sentence, cell] = own.sums[sentence] }
    }
    for (place, weights) in distinct.enumerated() {
      for sentence in 0..<sentences { sums[sentence, count + place] = weights[sentence] }
    }
    let table = sums
    let bootstrap = UnitBootstrap(units: sentences)
    let chunk = 125
    let (total, key) = (replicates, key)
    let drawn = try await mapConcurrently((total + chunk - 1) / chunk, jobs: jobs) { index -> [[Double]] in
      let range = index * chunk..<min((index + 1) * chunk, total)
      var weights = Matrix<Double>(rows: range.count, columns: sentences)
      var counts: [Int32] = []
      for (row, replicate) in range.enumerated() {
        bootstrap.counts(into: &counts, key: key, replicate: replicate)
        for sentence in 0..<sentences { weights[row, sentence] = Double(counts[sentence]) }
      }
      let products = weights.multiplied(by: table)
      return (0..<count).map { cell in
        range.indices.map {
          products[$0 - range.lowerBound, cell] / products[$0 - range.lowerBound, count + weightOf[cell]]
        }
      }
    }
    let jackknife = try await mapConcurrently(count, jobs: jobs) { cell -> [[Double]] in
      let sum = cells[cell].sums.reduce(0, +)
      let weight = cells[cell].weights.reduce(0, +)
      return [(0..<sentences).map { (sum - cells[cell].sums[$0]) / (weight - cells[cell].weights[$0]) }]
    }
    return Draws(
      estimates: cells.map(\.score), replicates: (0..<count).map { cell in drawn.flatMap { $0[cell] } },
      jackknife: jackknife, sentences: cells.map { $0.weights.reduce(0) { $0 + ($1 > 0 ? 1 : 0) } })
  }

  // MARK: Bounds

  private func interval(_ draws: Draws, range: ClosedRange<Double>) -> ClosedRange<Double> {
    let wantsLargest: Bool
    switch statistic.kind {
    case .one, .selected: return pointwise(draws, cell: 0, range: range)
    case .any: wantsLargest = statistic.sign == 1
    case .each: wantsLargest = statistic.sign == -1
    }
    if wantsLargest { return largest(draws, range: range) }
    let mirrored = largest(draws.negated, range: -range.upperBound ... -range.lowerBound)
    return -mirrored.upperBound ... -mirrored.lowerBound
  }

  /// The interval of the largest of all cells' values.
  private func largest(_ draws: Draws, range: ClosedRange<Double>) -> ClosedRange<Double> {
    let cells = draws.estimates.indices
    let errors = cells.map { standardError(draws.replicates[$0]) }
    let varying = cells.filter { errors[$0] > 1e-9 }
    let deviations = (0..<replicates).map { replicate in
      var most = -Double.infinity
      for cell in varying {
        let deviation = (draws.replicates[cell][replicate] - draws.estimates[cell]) / errors[cell]
        if deviation > most { most = deviation }
      }
      return most
    }.filter(\.isFinite).sorted()
    let q = deviations.isEmpty ? 0 : quantile(deviations, 0.975)
    var (low, high) = (-Double.infinity, -Double.infinity)
    for cell in cells {
      if errors[cell] > 1e-9 {
        low = max(low, draws.estimates[cell] - q * errors[cell])
        high = max(high, pointwise(draws, cell: cell, range: range).upperBound)
      } else {
        // All cells' bounds are to hold at once, so each has its part of the error.
        let tail = 0.025 / Double(cells.count)
        low = max(low, bounds(draws, cell: cell, range: range, tail: tail).lowerBound)
        high = max(high, bounds(draws, cell: cell, range: range, tail: 0.025).upperBound)
      }
    }
    low = max(low, range.lowerBound)
    return low...max(low, high)
  }

  /// The interval of one cell by itself.
  private func pointwise(_ draws: Draws, cell: Int, range: ClosedRange<Double>) -> ClosedRange<Double> {
    if standardError(draws.replicates[cell]) > 1e-9 {
      return bcaInterval(
        estimate: draws.estimates[cell], replicates: draws.replicates[cell], jackknife: draws.jackknife[cell])
    }
    return bounds(draws, cell: cell, range: range, tail: 0.025)
  }

  /// The bounds of a cell that scores the same in every sentence.
  private func bounds(
    _ draws: Draws, cell: Int, range: ClosedRange<Double>, tail: Double
  ) -> ClosedRange<Double> {
    let trials = draws.sentences[cell]
    let other = 1 - clopperPearson(successes: trials, trials: trials, confidence: 1 - 2 * tail).lowerBound
    let value = draws.estimates[cell]
    let low = (1 - other) * value + other * range.lowerBound
    return low...max(low, (1 - other) * value + other * range.upperBound)
  }

  private func standardError(_ replicates: [Double]) -> Double {
    let values = replicates.filter(\.isFinite)
    guard values.count > 1 else { return 0 }
    let mean = values.reduce(0, +) / Double(values.count)
    return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)).squareRoot()
  }
}
