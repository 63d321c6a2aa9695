internal import GSL

/// The mean over items of Spearman's correlation of prediction and truth over the item's target columns: Pearson's
/// correlation of midranks.
///
/// Items whose targets are all equal do not count; constant predictions know nothing and score 0.
enum SpearmanPerItem {
  static func itemScores(_ predictions: [Double], _ targets: Targets, _ split: Split) -> ItemScores {
    let (items, width) = (targets.count, targets.coded.columns)
    let rows = Matrix(positions: items, predictions: predictions)
    var loss = [Double](repeating: 0, count: items)
    var base = loss
    for (position, item) in split.order.enumerated() {
      let truth = Midranks(targets.coded.row(item))
      guard truth.squares > 0 else { continue }
      let prediction = Midranks(rows.row(position))
      var correlation = 0.0
      if prediction.squares > 0 {
        // Centred ranks sum to 0, so the commonest truth (mostly: the features that an item has not) needs no ranking of
        // its predictions.
        let common = truth.centred(truth.commonest)
        var cross = 0.0
        for column in 0..<width {
          let value = targets.coded[item, column]
          guard value != truth.commonest else { continue }
          cross += (truth.centred(value) - common) * prediction.centred(rows[position, column])
        }
        correlation = cross / (truth.squares * prediction.squares).squareRoot()
      }
      loss[item] = 1 - correlation
      base[item] = 1
    }
    return .ratio(loss: loss, base: base)
  }
}

/// The midranks of some values: equal ones share the mean of their ranks.
private struct Midranks {
  private let sorted: [Double]
  /// The sum of the squared centred ranks; 0 where all values are equal.
  let squares: Double
  let commonest: Double

  init(_ values: ArraySlice<Double>) {
    sorted = values.sorted()
    let count = Double(sorted.count)
    // n(n² - 1)/12 without ties; every run of t equal values takes t(t² - 1)/12 off.
    var (twelfths, longest, start) = (count * (count * count - 1), 0, 0)
    var commonest = sorted.first ?? 0
    while start < sorted.count {
      var end = start + 1
      while end < sorted.count, sorted[end] == sorted[start] { end += 1 }
      if end - start > 1 {
        let run = Double(end - start)
        twelfths -= run * (run * run - 1)
      }
      if end - start > longest {
        longest = end - start
        commonest = sorted[start]
      }
      start = end
    }
    squares = twelfths / 12
    self.commonest = commonest
  }

  /// The rank of one of the values, less the mean rank.
  func centred(_ value: Double) -> Double {
    let below = bound { $0 < value }
    let through = bound { $0 <= value }
    return Double(below + through + 1) / 2 - Double(sorted.count + 1) / 2
  }

  /// How many values satisfy a condition that holds for the smaller ones.
  private func bound(_ holds: (Double) -> Bool) -> Int {
    var (low, high) = (0, sorted.count)
    while low < high {
      let middle = (low + high) / 2
      if holds(sorted[middle]) { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
