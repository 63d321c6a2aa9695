internal import GSL
public import Resampling

/// Intervals for what is claimed of a family of measurements, and for its margin over a rival, by the bootstrap over
/// sentences.
///
/// The best and the worst of many cells are bounded as `FamilyDraws` says, with standard errors that are no smaller than
/// `lackingVariances` makes them: as many independent items as the bootstrap makes the sentences worth, but no fewer than Kish's
/// (sum of weights)^2 / sum of squared weights. A single cell's interval is BCa (Efron 1987).
///
/// A single cell whose bootstrap does not vary scores the same in every sentence, such as 1 in all. Sentences unlike those may
/// still be a share e of all that `clopperPearson` bounds: of values in a...b, the cell's may then be (1 - e) value + e a, or
/// + e b.
///
/// A selection's interval is that of the cells selected. Cells that do well by luck are chosen for all folds where they do
/// well, so that the folds' errors add up; where cells are equally good, bounds that take the choice as given are too
/// narrow. The choice is therefore made again in bootstrap replicates, in which places keep their folds and draw from all
/// sentences, and cells differ by as much as their true values are estimated to. The BCa interval is stretched about the
/// score by as much as the deviation from the chosen cells' values is larger there than without choice; the same deviation
/// of a margin stretches a margin's.
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
    let draws = try await draws(of: members)
    return try await interval(draws, scores: draws, rivals: [], range: range)
  }

  /// The 95 % interval of every cell by itself, for tables and heat maps; nothing allows for their number.
  /// - Throws: `CancellationError`.
  public func cellIntervals() async throws -> [ClosedRange<Double>] {
    let draws = try await draws(of: cells)
    return cells.indices.map { pointwise(draws, cell: $0, of: cells, range: range) }
  }

  /// The 95 % interval of the family's value less the mean over a rival's worlds.
  ///
  /// For `each`, every cell is held against its own in each world, and the margin is the worst of these; a world with a single
  /// cell, such as the best offset, is what it is for all. Otherwise each world is reduced to one quotient of sums by the
  /// claim's own statistic on all its data, and a selection is made anew: for `any` that is the rival's best cell, which by its
  /// choice favours the rival. Margins of all cells are then bounded as scores are, paired by sentence. Where there are several
  /// worlds they are drawn anew too.
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
    let isCellwise = holdsCells(worlds.map(\.count))
    let rivals = isCellwise ? worlds.flatMap { $0 } : worlds.map(reducedWorld)
    let all = try await draws(of: own + rivals)
    let width = range.upperBound - range.lowerBound
    let margins = all.margins(
      of: own.count, over: worlds.count, redrawing: !areAll, key: key.appending("worlds")
    ) { world, cell in own.count + (isCellwise ? world * own.count + cell : world) }
    return try await interval(margins, scores: all, rivals: rivals, range: -width...width)
  }

  /// What the family's value is more than the mean over a rival's worlds, as `marginInterval` has it.
  /// - Parameter worlds: the scores of the rival's cells in each, or what the claim makes of them where that is no score of a
  ///   single cell.
  public func margin(over worlds: [[Double]]) -> Double {
    familyMargin(
      of: cells.map(\.score), over: worlds, isMemberwise: holdsCells(worlds.map(\.count)),
      deciding: { statistic.value(of: $0) })
  }

  /// Whether every cell is held against its own in worlds with so many cells.
  private func holdsCells(_ counts: [Int]) -> Bool {
    statistic.kind == .each && counts.allSatisfy { $0 == cells.count }
  }

  /// A world as one quotient. A world with a single cell needs no choice.
  private func reducedWorld(_ world: [SentenceSums]) -> SentenceSums {
    world.count == 1 ? world[0] : statistic.reduced(world)
  }

  // MARK: Draws

  private func draws(of cells: [SentenceSums]) async throws -> FamilyDraws {
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
    return FamilyDraws(
      estimates: cells.map(\.score), replicates: (0..<count).map { cell in drawn.flatMap { $0[cell] } },
      jackknife: jackknife)
  }

  // MARK: Bounds

  /// - Parameter scores: the draws of the cells' scores, of which `draws` may be margins over the rivals' mean.
  private func interval(
    _ draws: FamilyDraws, scores: FamilyDraws, rivals: [SentenceSums], range: ClosedRange<Double>
  ) async throws -> ClosedRange<Double> {
    let wantsLargest: Bool
    switch statistic.kind {
    case .one: return pointwise(draws, cell: 0, of: members, range: range)
    case .selected(let foldOf):
      let given = pointwise(draws, cell: 0, of: members, range: range)
      let stretch = try await stretch(foldOf, rivals)
      let estimate = draws.estimates[0]
      let low = max(range.lowerBound, estimate - stretch * max(0, estimate - given.lowerBound))
      return low...max(low, min(range.upperBound, estimate + stretch * max(0, given.upperBound - estimate)))
    case .any: wantsLargest = statistic.sign == 1
    case .each: wantsLargest = statistic.sign == -1
    }
    return draws.interval(
      ofLargest: wantsLargest, within: range, lacking: { lacking(scores, q: $0) },
      pointwise: { pointwise($0, cell: $1, of: cells, range: $2) })
  }

  /// What variances of the cells' scores lack beside those that Wilson's bounds imply.
  private func lacking(_ scores: FamilyDraws, q: Double) -> [(below: Double, above: Double)] {
    let width = range.upperBound - range.lowerBound
    let shares = cells.indices.map {
      min(1, max(0, (scores.estimates[$0] - range.lowerBound) / width))
    }
    let variances = cells.indices.map { cell in
      let error = standardError(ofReplicates: scores.replicates[cell]) / width
      return error * error
    }
    // Kish's number of sentences.
    let sizes = cells.map { cell in
      let sum = cell.weights.reduce(0, +)
      return sum > 0 ? sum * sum / cell.weights.reduce(0) { $0 + $1 * $1 } : 0
    }
    return lackingVariances(shares: shares, variances: variances, sizes: sizes, q: q).map {
      ($0.below * width * width, $0.above * width * width)
    }
  }

  /// How much further a selection's score, less the rivals' mean, is from the values of the cells that it chose where the
  /// choice is made anew than where it is given; at least 1.
  private func stretch(_ foldOf: [Int], _ rivals: [SentenceSums]) async throws -> Double {
    let folds = (foldOf.max() ?? -1) + 1
    let sentences = foldOf.count
    let key = key.appending("selection")
    let chosen = statistic.selection(of: cells).cells
    let (cells, statistic, replicates) = (cells, statistic, replicates)
    // The sums of cells and rivals, then their weights.
    let all = cells + rivals
    var table = Matrix<Double>(rows: sentences, columns: 2 * all.count)
    for (column, own) in all.enumerated() {
      for sentence in 0..<sentences {
        table[sentence, column] = own.sums[sentence]
        table[sentence, all.count + column] = own.weights[sentence]
      }
    }
    let (fixed, truth) = (table, all.map(\.score))
    let drift = shrinkage(try await draws(of: cells))
    let chunk = 25
    let deviations = try await mapConcurrently((replicates + chunk - 1) / chunk, jobs: jobs) {
      index -> [(given: Double, anew: Double)] in
      let range = index * chunk..<min((index + 1) * chunk, replicates)
      var counts = Matrix<Double>(rows: range.count * folds, columns: sentences)
      for (row, replicate) in range.enumerated() {
        var stream = RandomStream(key, replicate: replicate)
        for place in 0..<sentences { counts[row * folds + foldOf[place], stream.below(sentences)] += 1 }
      }
      let products = counts.multiplied(by: fixed)
      return range.indices.map { replicate in
        let first = (replicate - range.lowerBound) * folds
        var sums = Matrix<Double>(rows: cells.count, columns: folds)
        var weights = sums
        for fold in 0..<folds {
          for cell in cells.indices {
            sums[cell, fold] = products[first + fold, cell]
            weights[cell, fold] = products[first + fold, all.count + cell]
          }
        }
        var rival = 0.0
        for column in cells.count..<all.count {
          let sum = (0..<folds).reduce(0) { $0 + products[first + $1, column] }
          let weight = (0..<folds).reduce(0) { $0 + products[first + $1, all.count + column] }
          rival += (sum / weight - truth[column]) / Double(rivals.count)
        }
        func deviation(_ chosen: [Int]) -> Double {
          var (sum, weight) = (0.0, 0.0)
          for (fold, cell) in chosen.enumerated() {
            sum += sums[cell, fold] - truth[cell] * weights[cell, fold]
            weight += weights[cell, fold]
          }
          return sum / weight - rival
        }
        var shifted = sums
        for cell in cells.indices {
          for fold in 0..<folds { shifted[cell, fold] += drift[cell] * weights[cell, fold] }
        }
        return (deviation(chosen), deviation(statistic.chosenCells(sums: shifted, weights: weights)))
      }
    }.flatMap { $0 }
    let ratio =
      standardError(ofReplicates: deviations.map(\.anew))
      / standardError(ofReplicates: deviations.map(\.given))
    return ratio.isFinite ? max(1, ratio) : 1
  }

  /// How far each cell's value is moved towards the mean of all, so that they differ by as much as the true values are
  /// estimated to: observed values differ by chance as well, and a choice between cells that differ less than they seem to
  /// is less certain.
  private func shrinkage(_ draws: FamilyDraws) -> [Double] {
    func variance(_ values: [Double]) -> Double {
      let error = standardError(ofReplicates: values)
      return error * error
    }
    let byChance = (0..<replicates).map { replicate in
      variance(draws.estimates.indices.map { draws.replicates[$0][replicate] - draws.estimates[$0] })
    }
    let observed = variance(draws.estimates)
    let chance = byChance.reduce(0, +) / Double(byChance.count)
    let kept = observed > chance ? (1 - chance / observed).squareRoot() : 0
    let mean = draws.estimates.reduce(0, +) / Double(draws.estimates.count)
    return draws.estimates.map { (kept - 1) * ($0 - mean) }
  }

  /// The interval of one cell by itself.
  /// - Parameter cells: those that the draws are of.
  private func pointwise(
    _ draws: FamilyDraws, cell: Int, of cells: [SentenceSums], range: ClosedRange<Double>
  ) -> ClosedRange<Double> {
    if standardError(ofReplicates: draws.replicates[cell]) > 1e-9 {
      return bcaInterval(
        estimate: draws.estimates[cell], replicates: draws.replicates[cell], jackknife: draws.jackknife[cell])
    }
    // It scores the same in every sentence.
    let trials = cells[cell].weights.count { $0 > 0 }
    let other = 1 - clopperPearson(successes: trials, trials: trials).lowerBound
    let value = draws.estimates[cell]
    let low = (1 - other) * value + other * range.lowerBound
    return low...max(low, (1 - other) * value + other * range.upperBound)
  }
}
