/// The share of test items whose predicted class is right.
enum Accuracy {
  static func itemScores(_ predictions: [Double], _ targets: Targets, _ split: Split) -> ItemScores {
    .ratio(
      loss: isCorrect(predictions, targets, split).map { $0 ? 0 : 1 },
      base: [Double](repeating: 1, count: targets.count))
  }

  /// Whether each item's predicted class is right, in item order.
  static func isCorrect(_ predictions: [Double], _ targets: Targets, _ split: Split) -> [Bool] {
    var result = [Bool](repeating: false, count: targets.count)
    for (position, item) in split.order.enumerated() {
      let predicted = predictedClass(predictions, position: position, items: targets.count, targets: targets)
      result[item] = predicted == targets.labels[item]
    }
    return result
  }
}
