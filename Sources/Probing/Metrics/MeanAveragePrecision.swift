internal import GSL

/// The mean over items of the average precision of their gold features: of the precision at the rank of each gold
/// feature, features taken by descending prediction. Ties go to the column that stands first; items without gold
/// features do not count.
enum MeanAveragePrecision {
  static func itemScores(_ predictions: [Double], _ targets: Targets, _ split: Split) -> ItemScores {
    let rows = Matrix(positions: targets.count, predictions: predictions)
    var loss = [Double](repeating: 0, count: targets.count)
    var base = loss
    for (position, item) in split.order.enumerated() {
      let truth = targets.coded.row(item)
      let gold = truth.indices.filter { truth[$0] > 0 }.map { $0 - truth.startIndex }
      guard !gold.isEmpty else { continue }
      let row = rows.row(position)
      let ranks = gold.map { place in rank(of: place, in: row) }.sorted()
      let average =
        ranks.enumerated().reduce(0.0) { $0 + Double($1.offset + 1) / Double($1.element) }
        / Double(gold.count)
      loss[item] = 1 - average
      base[item] = 1
    }
    return .ratio(loss: loss, base: base)
  }

  /// From 1 up.
  private static func rank(of place: Int, in values: ArraySlice<Double>) -> Int {
    let own = values[values.startIndex + place]
    var rank = 1
    for (other, value) in values.enumerated() where value > own || (value == own && other < place) {
      rank += 1
    }
    return rank
  }
}
