/// The mean over classes of the share of the class's test items whose predicted class is right (the mean recall).
/// Classes without items do not count.
enum BalancedAccuracy {
  static func itemScores(_ predictions: [Double], _ targets: Targets, _ split: Split) -> ItemScores {
    .recalls(
      isCorrect: Accuracy.isCorrect(predictions, targets, split), labels: targets.labels,
      classes: targets.classes.count)
  }

  static func score(_ isCorrect: [Bool], _ labels: [Int], _ classes: Int, _ weights: [Double]?) -> Double {
    var right = [Double](repeating: 0, count: classes)
    var all = [Double](repeating: 0, count: classes)
    for item in labels.indices {
      let weight = weights?[item] ?? 1
      all[labels[item]] += weight
      if isCorrect[item] { right[labels[item]] += weight }
    }
    var (sum, present) = (0.0, 0.0)
    for index in 0..<classes where all[index] > 0 {
      sum += right[index] / all[index]
      present += 1
    }
    return present > 0 ? sum / present : 0
  }
}
