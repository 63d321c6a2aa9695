internal import GSL

/// The mean squared error over all test items and target columns, in the square of the targets' own units. Less is
/// better.
enum MSE {
  static func itemScores(_ predictions: [Double], _ targets: Targets, _ split: Split) -> ItemScores {
    let (items, width) = (targets.count, targets.coded.columns)
    let rows = Matrix(positions: items, predictions: predictions)
    var loss = [Double](repeating: 0, count: items)
    for (position, item) in split.order.enumerated() {
      var sum = 0.0
      for column in 0..<width {
        let error = targets.coded[item, column] - rows[position, column]
        sum += error * error
      }
      loss[item] = sum / Double(width)
    }
    return .average(loss: loss, base: [Double](repeating: 1, count: items))
  }
}
