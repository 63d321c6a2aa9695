/// The mean squared error over all test items and target columns. Less is better.
enum MSE {
  static func itemScores(_ predictions: [Double], _ targets: Targets, _ split: Split) -> ItemScores {
    let (items, width) = (targets.count, targets.coded.columns)
    var loss = [Double](repeating: 0, count: items)
    for column in 0..<width {
      for (position, item) in split.order.enumerated() {
        let error = targets.coded[item, column] - predictions[column * items + position]
        loss[item] += error * error / Double(width)
      }
    }
    return .average(loss: loss, base: [Double](repeating: 1, count: items))
  }
}
