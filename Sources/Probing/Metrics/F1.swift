internal import GSL
package import Hypotheses

extension F1 {
  func itemScores(
    _ predictions: [Double], _ targets: Targets, _ split: Split, _ trainingFits: [[Double]]
  ) -> ItemScores {
    let (items, width) = (targets.count, targets.coded.columns)
    let rows = Matrix(positions: items, predictions: predictions)
    // F1 = 1 - (false positives + false negatives) / (2 true positives + both).
    var loss = Matrix<Double>(rows: items, columns: width)
    var base = loss
    for fold in 0..<split.count {
      let thresholds = thresholds(targets, split, fold, trainingFits)
      for position in split.range(fold) {
        let item = split.order[position]
        for column in 0..<width {
          let isGold = targets.coded[item, column] > 0
          let isPredicted = rows[position, column] > thresholds[column]
          loss[item, column] = isGold != isPredicted ? 1 : 0
          base[item, column] = (isGold ? 1 : 0) + (isPredicted ? 1 : 0)
        }
      }
    }
    return scores(loss, base)
  }

  /// What an answer scores that takes some columns for every item and the others for none.
  func taking(_ isTaken: [Bool], _ targets: Targets) -> ItemScores {
    var loss = Matrix<Double>(rows: targets.count, columns: isTaken.count)
    var base = loss
    for item in 0..<targets.count {
      for (column, isTaken) in isTaken.enumerated() {
        let isGold = targets.coded[item, column] > 0
        loss[item, column] = isGold != isTaken ? 1 : 0
        base[item, column] = (isGold ? 1 : 0) + (isTaken ? 1 : 0)
      }
    }
    return scores(loss, base)
  }

  /// The columns that an answer which is the same for all items takes to score best: for the mean over columns every column
  /// (each then has 2p / (1 + p), where p is the share of items that have it); pooled, the most popular ones.
  func bestColumns(of targets: Targets) -> [Bool] {
    let gold = (0..<targets.coded.columns).map { column in
      Double((0..<targets.count).count { targets.coded[$0, column] > 0 })
    }
    guard average == .micro else { return gold.map { $0 > 0 } }
    let all = gold.reduce(0, +)
    var (best, least, hits, cells) = (0.0, Double.infinity, 0.0, 0.0)
    // Equally popular columns are taken together.
    for count in Set(gold).sorted(by: >) where count > 0 {
      let columns = Double(gold.count { $0 == count })
      hits += columns * count
      cells += columns * Double(targets.count)
      let score = 2 * hits / (cells + all)
      if score > best { (best, least) = (score, count) }
    }
    return gold.map { $0 >= least }
  }

  private func scores(_ loss: Matrix<Double>, _ base: Matrix<Double>) -> ItemScores {
    switch average {
    case .micro: .ratio(loss: loss.rowSums, base: base.rowSums)
    case .macro: .columns(loss: loss, base: base)
    }
  }

  /// What a prediction of each column must exceed in one fold.
  private func thresholds(
    _ targets: Targets, _ split: Split, _ fold: Int, _ trainingFits: [[Double]]
  ) -> [Double] {
    let width = targets.coded.columns
    if case .fixed(let threshold) = threshold { return [Double](repeating: threshold, count: width) }
    let test = split.range(fold)
    // Where all items are in one fold, they are the training items (the score of the training fit).
    let training =
      split.count == 1
      ? split.order : split.order.indices.filter { !test.contains($0) }.map { split.order[$0] }
    let fit = trainingFits[fold]
    let count = training.count
    precondition(fit.count == count * width, "the fit of every training item")
    var isGold = [Bool](repeating: false, count: fit.count)
    for (place, item) in training.enumerated() {
      for column in 0..<width { isGold[column * count + place] = targets.coded[item, column] > 0 }
    }
    switch average {
    case .micro:
      return [Double](repeating: Self.bestThreshold(fit[...], isGold[...]), count: width)
    case .macro:
      return (0..<width).map {
        let own = $0 * count..<($0 + 1) * count
        return Self.bestThreshold(fit[own], isGold[own])
      }
    }
  }

  /// The threshold with the largest F1, halfway between two fitted values; of equally good ones the highest. Infinite
  /// where nothing is gold, negatively where it is best to take everything.
  package static func bestThreshold(_ values: ArraySlice<Double>, _ isGold: ArraySlice<Bool>) -> Double {
    // F1 only grows where a gold cell is let in, so the distinct gold values are the candidates. Cells are millions, gold
    // ones thousands: only these are sorted.
    var candidates: [Double] = []
    for index in values.indices where isGold[index] { candidates.append(values[index]) }
    guard !candidates.isEmpty else { return .infinity }
    let gold = Double(candidates.count)
    candidates.sort(by: >)
    var hits: [Double] = []
    var distinct: [Double] = []
    for (place, value) in candidates.enumerated() {
      if distinct.last == value {
        hits[hits.count - 1] = Double(place + 1)
      } else {
        distinct.append(value)
        hits.append(Double(place + 1))
      }
    }
    // False positives that come in with each candidate.
    var others = [Double](repeating: 0, count: distinct.count)
    let least = leastPromising(values, isGold, gold, from: distinct[distinct.count - 1], to: distinct[0])
    for index in values.indices where !isGold[index] && values[index] >= least {
      var (low, high) = (0, distinct.count - 1)
      while low < high {
        let middle = (low + high) / 2
        if distinct[middle] <= values[index] { high = middle } else { low = middle + 1 }
      }
      others[low] += 1
    }
    var (best, chosen, wrong) = (0.0, 0, 0.0)
    for place in distinct.indices where distinct[place] >= least {
      wrong += others[place]
      let score = 2 * hits[place] / (hits[place] + wrong + gold)
      if score > best { (best, chosen) = (score, place) }
    }
    let value = distinct[chosen]
    var next = -Double.infinity
    for other in values where other < value && other > next { next = other }
    let middle = next + (value - next) / 2
    return next.isFinite ? (middle < value ? middle : next) : next
  }
  /// A value below which no threshold can have the largest F1.
  ///
  /// With P cells taken and G gold ones, F1 is at most 2G / (P + G). Cells are counted in equal bins from the top; where that
  /// bound falls below what an upper bin reaches, the rest need not be looked at.
  private static func leastPromising(
    _ values: ArraySlice<Double>, _ isGold: ArraySlice<Bool>, _ gold: Double, from least: Double,
    to greatest: Double
  ) -> Double {
    let bins = 1_024
    let width = (greatest - least) / Double(bins)
    guard values.count > 10_000, width > 0, width.isFinite else { return least }
    var all = [Double](repeating: 0, count: bins + 1)
    var hits = all
    // The smallest value of every bin, so that what is returned divides the cells exactly as they were counted.
    var smallest = [Double](repeating: .infinity, count: bins + 1)
    values.withUnsafeBufferPointer { values in
      isGold.withUnsafeBufferPointer { isGold in
        for index in 0..<values.count where values[index] >= least {
          let bin = min(Int(min((values[index] - least) / width, Double(bins))), bins)
          all[bin] += 1
          if isGold[index] { hits[bin] += 1 }
          if values[index] < smallest[bin] { smallest[bin] = values[index] }
        }
      }
    }
    var (best, taken, found, bound) = (0.0, 0.0, 0.0, least)
    for bin in stride(from: bins, through: 0, by: -1) {
      taken += all[bin]
      found += hits[bin]
      best = max(best, 2 * found / (taken + gold))
      if smallest[bin].isFinite { bound = smallest[bin] }
      if 2 * gold / (taken + gold) < best * (1 - 1e-12) { return bound }
    }
    return least
  }
}
