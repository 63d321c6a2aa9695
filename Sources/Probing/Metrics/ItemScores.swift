public import GSL
package import Hypotheses

/// What a metric needs to know of one set of out-of-fold predictions, item by item, so that it can be computed again
/// for any weighting of the items. The bootstrap draws items many times; the jackknife leaves some out.
public enum ItemScores: Sendable {
  /// 1 - sum of losses / sum of bases.
  case ratio(loss: [Double], base: [Double])
  /// Sum of losses / sum of bases, for a metric in which less is better.
  case average(loss: [Double], base: [Double])
  /// The mean over columns of 1 - sum of losses / sum of bases; items by columns. A column whose bases sum to 0 does not
  /// count.
  case columns(loss: Matrix<Double>, base: Matrix<Double>)
  /// The mean over classes of the share of the class's items that are right.
  case recalls(isCorrect: [Bool], labels: [Int], classes: Int)
  /// A metric of the order of items within a fold, averaged over folds by their size, then over columns.
  case ranked(RankMetric, columns: [[RankedFold]])

  /// Gathers what `metric` needs.
  /// - Parameters:
  ///   - predictions: coded columns by items, in the split's order: the prediction of column j for the item at
  ///     position p stands at `j * items + p`.
  ///   - targets: the truth, in item order.
  ///   - trainingFits: for metrics that read it, per fold the fit of its training items: coded columns by training items,
  ///     in the split's order.
  ///   - areCentred: whether the targets are residuals, whose mean is 0 over the training items of every fold.
  package init(
    _ metric: Metric, predictions: [Double], targets: Targets, split: Split, trainingFits: [[Double]] = [],
    areCentred: Bool = false
  ) {
    switch metric {
    case .r2: self = R2.itemScores(predictions, targets, split, areCentred: areCentred)
    case .r2PerFeature:
      self = R2PerFeature.itemScores(predictions, targets, split, areCentred: areCentred)
    case .mse: self = MSE.itemScores(predictions, targets, split)
    case .accuracy: self = Accuracy.itemScores(predictions, targets, split)
    case .balancedAccuracy: self = BalancedAccuracy.itemScores(predictions, targets, split)
    case .descriptionLength: self = DescriptionLengthScores.itemScores(predictions, targets, split)
    case .auc: self = .ranked(.auc, columns: [RankedFold.folds(predictions, targets, split, column: 0)])
    case .spearman, .spearmanPerFeature:
      self = .ranked(
        .spearman,
        columns: (0..<targets.coded.columns).map { RankedFold.folds(predictions, targets, split, column: $0) }
      )
    case .spearmanPerItem: self = SpearmanPerItem.itemScores(predictions, targets, split)
    case .f1(let metric): self = metric.itemScores(predictions, targets, split, trainingFits)
    case .precisionAtK(let metric): self = metric.itemScores(predictions, targets, split)
    case .meanAveragePrecision: self = MeanAveragePrecision.itemScores(predictions, targets, split)
    case .neighbourhoodAccuracy(let metric): self = metric.itemScores(predictions, targets, split)
    }
  }

  /// The scores of fitted values for the training items themselves, all in one fold.
  /// - Parameter fit: coded columns by items, in the order of `targets`.
  static func training(_ metric: Metric, fit: [Double], targets: Targets) -> ItemScores {
    let whole = Split(foldOf: [Int](repeating: 0, count: targets.count))
    switch metric {
    case .r2, .r2PerFeature: break
    default:
      return ItemScores(metric, predictions: fit, targets: targets, split: whole, trainingFits: [fit])
    }
    // The whole is no test fold with a training mean beside it: the mean is its own.
    var loss = Matrix<Double>(rows: targets.count, columns: targets.coded.columns)
    var base = loss
    for column in 0..<targets.coded.columns {
      let values = targets.coded.column(column)
      let mean = values.reduce(0, +) / Double(targets.count)
      for item in values.indices {
        let error = values[item] - fit[column * targets.count + item]
        loss[item, column] = error * error
        base[item, column] = (values[item] - mean) * (values[item] - mean)
      }
    }
    if metric == .r2PerFeature { return .columns(loss: loss, base: base) }
    return .ratio(loss: loss.rowSums, base: base.rowSums)
  }

  /// The score, with every item counted `weights[item]` times (once each where `nil`).
  ///
  /// Where a metric is undefined (no variance, one class) it takes the value of a predictor that knows nothing: 0 for
  /// `r2` and `spearman`, 0.5 for `auc`.
  public func score(weights: [Double]? = nil) -> Double {
    switch self {
    case .ratio(let loss, let base):
      let (lost, total) = Self.sums(loss, base, weights)
      return total > 0 ? 1 - lost / total : 0
    case .average(let loss, let base):
      let (lost, total) = Self.sums(loss, base, weights)
      return total > 0 ? lost / total : 0
    case .columns(let loss, let base):
      var lost = [Double](repeating: 0, count: loss.columns)
      var total = lost
      for item in 0..<loss.rows {
        let weight = weights?[item] ?? 1
        guard weight != 0 else { continue }
        for column in lost.indices {
          lost[column] += weight * loss[item, column]
          total[column] += weight * base[item, column]
        }
      }
      return Self.meanOfRatios(lost[...], total[...])
    case .recalls(let isCorrect, let labels, let classes):
      return BalancedAccuracy.score(isCorrect, labels, classes, weights)
    case .ranked(let metric, let columns):
      let scores = columns.compactMap { folds -> Double? in
        var (sum, size) = (0.0, 0.0)
        for fold in folds {
          guard let (score, weight) = metric.score(fold, weights) else { continue }
          sum += score * weight
          size += weight
        }
        return size > 0 ? sum / size : nil
      }
      return scores.isEmpty ? metric.uninformed : scores.reduce(0, +) / Double(scores.count)
    }
  }

  /// The mean of 1 - lost / total over the columns in which anything is at stake; 0 where there is none.
  static func meanOfRatios(_ lost: ArraySlice<Double>, _ total: ArraySlice<Double>) -> Double {
    var (sum, count) = (0.0, 0.0)
    for (lost, total) in zip(lost, total) where total > 0 {
      sum += 1 - lost / total
      count += 1
    }
    return count > 0 ? sum / count : 0
  }

  private static func sums(
    _ loss: [Double], _ base: [Double], _ weights: [Double]?
  ) -> (lost: Double, total: Double) {
    var (lost, total) = (0.0, 0.0)
    if let weights {
      for item in loss.indices {
        lost += weights[item] * loss[item]
        total += weights[item] * base[item]
      }
    } else {
      for item in loss.indices {
        lost += loss[item]
        total += base[item]
      }
    }
    return (lost, total)
  }
}

extension Matrix<Double> {
  /// The sum of every row.
  var rowSums: [Double] { (0..<rows).map { row($0).reduce(0, +) } }

  /// Predictions (columns by items in the split's order) as one row per position.
  init(positions items: Int, predictions: [Double]) {
    let columns = predictions.count / Swift.max(items, 1)
    // By tiles: a row of one side is a stride through the other.
    let tile = 32
    let elements = [Double](unsafeUninitializedCapacity: predictions.count) { result, count in
      predictions.withUnsafeBufferPointer { source in
        for top in stride(from: 0, to: items, by: tile) {
          for left in stride(from: 0, to: columns, by: tile) {
            for row in top..<Swift.min(top + tile, items) {
              for column in left..<Swift.min(left + tile, columns) {
                result[row * columns + column] = source[column * items + row]
              }
            }
          }
        }
      }
      count = items * columns
    }
    self.init(rows: items, columns: columns, elements: elements)
  }
}

/// The index of the predicted class of the item at position `position`.
///
/// Two classes are coded as one column and decided at 0.5; ties go to the class that sorts first.
func predictedClass(_ predictions: [Double], position: Int, items: Int, targets: Targets) -> Int {
  if targets.classes.count == 2 { return predictions[position] > 0.5 ? 1 : 0 }
  var best = 0
  for column in 1..<max(targets.classes.count, 1) {
    if predictions[column * items + position] > predictions[best * items + position] { best = column }
  }
  return best
}
