internal import GSL

/// The coefficient of determination of out-of-fold predictions, 1 - SSE / SST, with both sums over all test items and
/// all target columns, and SST about the mean of the *training* fold: predicting that mean scores 0.
///
/// With several target columns it is the variance-weighted r2 (columns with more variance count more).
enum R2 {
  static func itemScores(
    _ predictions: [Double], _ targets: Targets, _ split: Split, areCentred: Bool
  ) -> ItemScores {
    let (loss, base) = squares(predictions, targets, split, areCentred: areCentred)
    return .ratio(loss: loss.rowSums, base: base.rowSums)
  }

  /// Items by columns: the squared errors, and the squared deviations from the training mean.
  /// - Parameter areCentred: whether every training mean is 0.
  static func squares(
    _ predictions: [Double], _ targets: Targets, _ split: Split, areCentred: Bool
  ) -> (loss: Matrix<Double>, base: Matrix<Double>) {
    let (items, width) = (targets.count, targets.coded.columns)
    let rows = Matrix(positions: items, predictions: predictions)
    let means = areCentred ? nil : TrainingColumns(targets, split).means
    var loss = Matrix<Double>(rows: items, columns: width)
    var base = loss
    for fold in 0..<split.count {
      for position in split.range(fold) {
        let item = split.order[position]
        for column in 0..<width {
          let truth = targets.coded[item, column]
          let error = truth - rows[position, column]
          let deviation = truth - (means?[fold, column] ?? 0)
          loss[item, column] = error * error
          base[item, column] = deviation * deviation
        }
      }
    }
    return (loss, base)
  }
}
