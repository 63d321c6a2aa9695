/// The area under the receiver operating characteristic, within each test fold: the probability that a positive item
/// is predicted above a negative one, ties counting one half (the Mann-Whitney statistic with midranks).
///
/// Folds are averaged by size; pooled over folds, its null would lie below 0.5, because every fold's training mean
/// moves against its own test items.
enum AUC {
  static func score(_ fold: RankedFold, _ weights: [Double]?) -> (score: Double, size: Double)? {
    var (below, sum, positives, start) = (0.0, 0.0, 0.0, 0)
    for end in fold.predictionTies {
      var (positive, negative) = (0.0, 0.0)
      for place in start..<Int(end) {
        let weight = weights?[Int(fold.items[Int(fold.byPrediction[place])])] ?? 1
        if fold.isPositive[place] { positive += weight } else { negative += weight }
      }
      sum += positive * (below + negative / 2)
      below += negative
      positives += positive
      start = Int(end)
    }
    guard positives > 0, below > 0 else { return nil }
    return (sum / (positives * below), positives + below)
  }
}
