internal import GSL
internal import Hypotheses

extension F1 {
  func itemScores(
    _ predictions: [Double], _ targets: Targets, _ split: Split, _ trainingFits: [[Double]]
  ) -> ItemScores {
    let (items, width) = (targets.count, targets.coded.columns)
    // F1 = 1 - (false positives + false negatives) / (2 true positives + both).
    var loss = Matrix<Double>(rows: items, columns: width)
    var base = loss
    for fold in 0..<split.count {
      let thresholds = thresholds(targets, split, fold, trainingFits)
      for position in split.range(fold) {
        let item = split.order[position]
        for column in 0..<width {
          let isGold = targets.coded[item, column] > 0
          let isPredicted = predictions[column * items + position] > thresholds[column]
          loss[item, column] = isGold != isPredicted ? 1 : 0
          base[item, column] = (isGold ? 1 : 0) + (isPredicted ? 1 : 0)
        }
      }
    }
    switch average {
    case .micro: return .ratio(loss: loss.rowSums, base: base.rowSums)
    case .macro: return .columns(loss: loss, base: base)
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
    precondition(fit.count == training.count * width, "the fit of every training item")
    let columns = (0..<width).map { column in
      training.indices.map {
        (fit[column * training.count + $0], targets.coded[training[$0], column] > 0)
      }
    }
    switch average {
    case .micro:
      return [Double](repeating: Self.bestThreshold(columns.flatMap { $0 }), count: width)
    case .macro: return columns.map { Self.bestThreshold($0) }
    }
  }

  /// The threshold with the largest F1, halfway between two fitted values; of equally good ones the highest. Infinite
  /// where nothing is gold.
  static func bestThreshold(_ cells: [(value: Double, isGold: Bool)]) -> Double {
    let sorted = cells.sorted { $0.value > $1.value }
    let gold = Double(sorted.count { $0.isGold })
    var (threshold, best, hits) = (Double.infinity, 0.0, 0.0)
    for (place, cell) in sorted.enumerated() {
      if cell.isGold { hits += 1 }
      let next = place + 1 < sorted.count ? sorted[place + 1].value : -.infinity
      guard next < cell.value else { continue }
      let score = 2 * hits / (Double(place + 1) + gold)
      if score > best {
        best = score
        threshold = next.isFinite ? (cell.value + next) / 2 : -.infinity
      }
    }
    return threshold
  }
}
