internal import GSL

/// The mean over target columns of each column's own r2, with the sum of squares about the mean of the *training* fold
/// (scikit-learn's `r2_score(multioutput="uniform_average")`, but for that mean).
///
/// A column that every test item has at its training mean does not count.
enum R2PerFeature {
  static func itemScores(_ predictions: [Double], _ targets: Targets, _ split: Split) -> ItemScores {
    let items = targets.count
    var loss = Matrix<Double>(rows: items, columns: targets.coded.columns)
    var base = loss
    for column in 0..<targets.coded.columns {
      let means = R2.trainingMeans(targets, column, split)
      for fold in 0..<split.count {
        for position in split.range(fold) {
          let item = split.order[position]
          let truth = targets.coded[item, column]
          let error = truth - predictions[column * items + position]
          let deviation = truth - means[fold]
          loss[item, column] = error * error
          base[item, column] = deviation * deviation
        }
      }
    }
    return .columns(loss: loss, base: base)
  }
}
