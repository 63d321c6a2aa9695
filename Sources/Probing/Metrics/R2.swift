/// The coefficient of determination of out-of-fold predictions, 1 - SSE / SST, with both sums over all test items and
/// all target columns, and SST about the mean of the *training* fold: predicting that mean scores 0.
///
/// With several target columns it is the variance-weighted r2 (columns with more variance count more).
enum R2 {
  static func itemScores(_ predictions: [Double], _ targets: Targets, _ split: Split) -> ItemScores {
    let items = targets.count
    var loss = [Double](repeating: 0, count: items)
    var base = [Double](repeating: 0, count: items)
    for column in 0..<targets.coded.columns {
      let means = trainingMeans(targets, column, split)
      for fold in 0..<split.count {
        for position in split.range(fold) {
          let item = split.order[position]
          let truth = targets.coded[item, column]
          let error = truth - predictions[column * items + position]
          let deviation = truth - means[fold]
          loss[item] += error * error
          base[item] += deviation * deviation
        }
      }
    }
    return .ratio(loss: loss, base: base)
  }

  /// The mean of one coded column over the training items of every fold.
  static func trainingMeans(_ targets: Targets, _ column: Int, _ split: Split) -> [Double] {
    (0..<split.count).map { fold in
      let test = split.range(fold)
      var sum = 0.0
      for position in 0..<targets.count where !test.contains(position) {
        sum += targets.coded[split.order[position], column]
      }
      return sum / Double(targets.count - test.count)
    }
  }
}
