/// Spearman's rank correlation of prediction and truth, within each test fold: Pearson's correlation of midranks.
/// Folds are averaged by size.
enum Spearman {
  static func score(_ fold: RankedFold, _ weights: [Double]?) -> (score: Double, size: Double)? {
    let items = fold.byPrediction.count
    // Ranks are kept by item number, offset so that the array spans only this fold's items.
    let least = Int(fold.byPrediction.min() ?? 0)
    let span = Int(fold.byPrediction.max() ?? -1) - least + 1
    var ranks = [Double](repeating: 0, count: max(span, 0))
    var size = 0.0
    eachMidrank(fold.byPrediction, fold.predictionTies, weights) { item, rank, weight in
      ranks[item - least] = rank
      size += weight
    }
    guard items > 1, size > 1 else { return nil }
    let mean = (size + 1) / 2
    var (cross, a, b) = (0.0, 0.0, 0.0)
    eachMidrank(fold.byTruth, fold.truthTies, weights) { item, rank, weight in
      let (x, y) = (ranks[item - least] - mean, rank - mean)
      cross += weight * x * y
      a += weight * x * x
      b += weight * y * y
    }
    guard b > 0 else { return nil }
    // Constant predictions know nothing.
    return (a > 0 ? cross / (a * b).squareRoot() : 0, size)
  }

  private static func eachMidrank(
    _ order: [Int32], _ ties: [Int32], _ weights: [Double]?, _ body: (Int, Double, Double) -> Void
  ) {
    var (below, start) = (0.0, 0)
    for end in ties {
      var group = 0.0
      for place in start..<Int(end) { group += weights?[Int(order[place])] ?? 1 }
      let rank = below + (group + 1) / 2
      for place in start..<Int(end) {
        body(Int(order[place]), rank, weights?[Int(order[place])] ?? 1)
      }
      below += group
      start = Int(end)
    }
  }
}
