internal import GSL

/// What the training items of every fold say about each coded target column, without any representation.
struct TrainingColumns: Sendable {
  /// Fold by column: the mean over the training items. A column that is constant there has that constant, to the last bit.
  let means: Matrix<Double>
  /// Fold by column, row-major: whether the column takes more than one value among the training items.
  private let variation: [Bool]

  init(_ targets: Targets, _ split: Split) {
    let (folds, width) = (split.count, targets.coded.columns)
    var sums = Matrix<Double>(rows: folds, columns: width)
    var low = Matrix<Double>(rows: folds, columns: width, repeating: .infinity)
    var high = Matrix<Double>(rows: folds, columns: width, repeating: -.infinity)
    targets.coded.elements.withUnsafeBufferPointer { values in
      for fold in 0..<folds {
        for position in split.range(fold) {
          let start = split.order[position] * width
          for column in 0..<width {
            let (value, place) = (values[start + column], fold * width + column)
            sums.elements[place] += value
            low.elements[place] = min(low.elements[place], value)
            high.elements[place] = max(high.elements[place], value)
          }
        }
      }
    }
    // Sums of the other folds, not the total less the fold's own: nothing cancels.
    var means = Matrix<Double>(rows: folds, columns: width)
    var variation = [Bool](repeating: false, count: folds * width)
    for fold in 0..<folds {
      let count = Double(split.trainingCount(fold))
      for column in 0..<width {
        var (sum, least, greatest) = (0.0, Double.infinity, -Double.infinity)
        for other in 0..<(split.isOnline ? fold : folds) where other != fold {
          sum += sums[other, column]
          least = min(least, low[other, column])
          greatest = max(greatest, high[other, column])
        }
        // Without training items nothing is known, and nothing varies.
        means[fold, column] = count == 0 ? 0 : least < greatest ? sum / count : least
        variation[fold * width + column] = least < greatest
      }
    }
    self.means = means
    self.variation = variation
  }

  /// Of residuals, whose training means are 0.
  /// - Parameter folds: every fold's training items by columns.
  init(residuals folds: [Matrix<Double>]) {
    means = Matrix(rows: folds.count, columns: folds[0].columns)
    variation = folds.flatMap { fold in
      (0..<fold.columns).map { column in fold.column(column).contains { $0 != 0 } }
    }
  }

  func varies(_ fold: Int, _ column: Int) -> Bool { variation[fold * means.columns + column] }
}
