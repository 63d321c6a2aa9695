internal import GSL

/// The mean over items of Spearman's correlation of prediction and truth over the item's target columns.
///
/// Items whose targets are all equal do not count; constant predictions know nothing and score 0.
enum SpearmanPerItem {
  static func itemScores(_ predictions: [Double], _ targets: Targets, _ split: Split) -> ItemScores {
    let rows = Matrix(positions: targets.count, predictions: predictions)
    var loss = [Double](repeating: 0, count: targets.count)
    var base = loss
    for (position, item) in split.order.enumerated() {
      let truth = midranks(targets.coded.row(item))
      guard let correlation = correlation(midranks(rows.row(position)), truth) else { continue }
      loss[item] = 1 - correlation
      base[item] = 1
    }
    return .ratio(loss: loss, base: base)
  }

  /// Ranks from 1 up; equal values share the mean of their ranks.
  private static func midranks(_ values: ArraySlice<Double>) -> [Double] {
    let order = values.indices.sorted { values[$0] < values[$1] }
    var ranks = [Double](repeating: 0, count: values.count)
    var start = 0
    while start < order.count {
      var end = start + 1
      while end < order.count && values[order[end]] == values[order[start]] { end += 1 }
      for place in start..<end { ranks[order[place] - values.startIndex] = Double(start + end + 1) / 2 }
      start = end
    }
    return ranks
  }

  /// Pearson's correlation of ranks; `nil` where `truth` is constant.
  private static func correlation(_ prediction: [Double], _ truth: [Double]) -> Double? {
    let mean = Double(truth.count + 1) / 2
    var (cross, a, b) = (0.0, 0.0, 0.0)
    for (x, y) in zip(prediction, truth) {
      cross += (x - mean) * (y - mean)
      a += (x - mean) * (x - mean)
      b += (y - mean) * (y - mean)
    }
    guard b > 0 else { return nil }
    return a > 0 ? cross / (a * b).squareRoot() : 0
  }
}
