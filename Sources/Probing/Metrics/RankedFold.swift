/// The order of one fold's test items by prediction and by truth, computed once so that a reweighted metric costs no
/// sorting.
public struct RankedFold: Sendable {
  /// Items by ascending prediction, and where each run of equal predictions ends (exclusive).
  let byPrediction: [Int32]
  let predictionTies: [Int32]
  /// Items by ascending truth, and where each run of equal truths ends.
  let byTruth: [Int32]
  let truthTies: [Int32]
  /// Whether the item at each position of `byPrediction` is of the positive class (coded 1).
  let isPositive: [Bool]

  init(items: [Int], prediction: [Double], truth: [Double]) {
    (byPrediction, predictionTies) = Self.sorted(items, by: prediction)
    (byTruth, truthTies) = Self.sorted(items, by: truth)
    var truthOf: [Int32: Double] = [:]
    truthOf.reserveCapacity(items.count)
    for (position, item) in items.enumerated() { truthOf[Int32(item)] = truth[position] }
    isPositive = byPrediction.map { truthOf[$0]! > 0.5 }
  }

  /// One ranked fold per fold of the split, from one coded column.
  static func folds(
    _ predictions: [Double], _ targets: Targets, _ split: Split, column: Int
  ) -> [RankedFold] {
    let start = column * targets.count
    return (0..<split.count).map { fold in
      let range = split.range(fold)
      let items = Array(split.order[range])
      return RankedFold(
        items: items, prediction: Array(predictions[start + range.lowerBound..<start + range.upperBound]),
        truth: items.map { targets.coded[$0, column] })
    }
  }

  private static func sorted(_ items: [Int], by values: [Double]) -> (order: [Int32], ties: [Int32]) {
    let positions = items.indices.sorted {
      values[$0] != values[$1] ? values[$0] < values[$1] : $0 < $1
    }
    var ends: [Int32] = []
    for place in positions.indices {
      let isLast = place + 1 == positions.count
      if isLast || values[positions[place]] != values[positions[place + 1]] { ends.append(Int32(place + 1)) }
    }
    return (positions.map { Int32(items[$0]) }, ends)
  }
}

/// The metrics that compare the items of a fold with each other.
public enum RankMetric: Sendable {
  case auc
  case spearman

  /// What a predictor that knows nothing scores.
  var uninformed: Double { self == .auc ? 0.5 : 0 }

  /// The fold's score and size (the sum of weights); `nil` where the score is undefined.
  func score(_ fold: RankedFold, _ weights: [Double]?) -> (score: Double, size: Double)? {
    switch self {
    case .auc: AUC.score(fold, weights)
    case .spearman: Spearman.score(fold, weights)
    }
  }
}
