/// Spearman's rank correlation of prediction and truth, within each test fold: Pearson's correlation of midranks.
/// Folds are averaged by size.
enum Spearman {
  static func score(_ fold: RankedFold, _ weights: [Double]?) -> (score: Double, size: Double)? {
    let count = fold.items.count
    guard count > 1 else { return nil }
    // Ranks and weights by place.
    return withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * count) { buffer in
      let ranks = buffer.baseAddress!
      let weight = ranks + count
      var size = 0.0
      if let weights {
        for place in 0..<count {
          weight[place] = weights[Int(fold.items[place])]
          size += weight[place]
        }
      } else {
        for place in 0..<count { weight[place] = 1 }
        size = Double(count)
      }
      guard size > 1 else { return nil }
      let mean = (size + 1) / 2
      var (below, start, a) = (0.0, 0, 0.0)
      for end in fold.predictionTies {
        var group = 0.0
        for index in start..<Int(end) { group += weight[Int(fold.byPrediction[index])] }
        let rank = below + (group + 1) / 2 - mean
        for index in start..<Int(end) { ranks[Int(fold.byPrediction[index])] = rank }
        a += group * rank * rank
        below += group
        start = Int(end)
      }
      var (cross, b) = (0.0, 0.0)
      (below, start) = (0, 0)
      for end in fold.truthTies {
        var (group, sum) = (0.0, 0.0)
        for index in start..<Int(end) {
          let place = Int(fold.byTruth[index])
          group += weight[place]
          sum += weight[place] * ranks[place]
        }
        let rank = below + (group + 1) / 2 - mean
        cross += rank * sum
        b += group * rank * rank
        below += group
        start = Int(end)
      }
      guard b > 0 else { return nil }
      // Constant predictions know nothing.
      return (a > 0 ? cross / (a * b).squareRoot() : 0, size)
    }
  }
}
