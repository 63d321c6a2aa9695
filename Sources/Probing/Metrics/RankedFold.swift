internal import GSL

/// The order of one fold's test items by prediction and by truth, computed once so that a reweighted metric costs no
/// sorting.
public struct RankedFold: Sendable {
  /// The fold's items. Everything below counts their places here.
  let items: [Int32]
  /// Places by ascending prediction, and where each run of equal predictions ends (exclusive).
  let byPrediction: [Int32]
  let predictionTies: [Int32]
  /// Places by ascending truth, and where each run of equal truths ends.
  let byTruth: [Int32]
  let truthTies: [Int32]
  /// Whether the item at each position of `byPrediction` is of the positive class (coded 1).
  let isPositive: [Bool]

  init(items: [Int], prediction: ArraySlice<Double>, truth: [Double]) {
    self.items = items.map { Int32($0) }
    (byPrediction, predictionTies) = Self.sorted(prediction)
    (byTruth, truthTies) = Self.sorted(truth[...])
    isPositive = byPrediction.map { truth[Int($0)] > 0.5 }
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
        items: items, prediction: predictions[start + range.lowerBound..<start + range.upperBound],
        truth: items.map { targets.coded[$0, column] })
    }
  }

  /// The fold with every item twice; the copies are numbered from `items` on.
  func doubled(of items: Int) -> RankedFold { RankedFold(doubling: self, of: items) }

  private init(doubling fold: RankedFold, of items: Int) {
    let count = Int32(fold.items.count)
    // Copies are tied with their originals, and stand beside them.
    func twice(_ order: [Int32]) -> [Int32] { order.flatMap { [$0, $0 + count] } }
    self.items = fold.items + fold.items.map { $0 + Int32(items) }
    byPrediction = twice(fold.byPrediction)
    predictionTies = fold.predictionTies.map { 2 * $0 }
    byTruth = twice(fold.byTruth)
    truthTies = fold.truthTies.map { 2 * $0 }
    isPositive = fold.isPositive.flatMap { [$0, $0] }
  }

  private static func sorted(_ values: ArraySlice<Double>) -> (order: [Int32], ties: [Int32]) {
    var keyed: [(value: Double, place: Int32)] = []
    keyed.reserveCapacity(values.count)
    for value in values { keyed.append((value, Int32(keyed.count))) }
    keyed.sort { $0.value != $1.value ? $0.value < $1.value : $0.place < $1.place }
    var order: [Int32] = []
    var ends: [Int32] = []
    order.reserveCapacity(keyed.count)
    ends.reserveCapacity(keyed.count)
    for (index, entry) in keyed.enumerated() {
      order.append(entry.place)
      if index + 1 == keyed.count || keyed[index + 1].value != entry.value { ends.append(Int32(index + 1)) }
    }
    return (order, ends)
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
