internal import GSL
package import Hypotheses

/// What a metric needs to know of one set of out-of-fold predictions, item by item, so that it can be computed again
/// for any weighting of the items. The bootstrap draws items many times; the jackknife leaves some out.
public enum ItemScores: Sendable {
  /// 1 - sum of losses / sum of bases.
  case ratio(loss: [Double], base: [Double])
  /// The mean over classes of the share of the class's items that are right.
  case recalls(isCorrect: [Bool], labels: [Int], classes: Int)
  /// A metric of the order of items within a fold, averaged over folds by their size.
  case ranked(RankMetric, folds: [RankedFold])

  /// Gathers what `metric` needs.
  /// - Parameters:
  ///   - predictions: coded columns by items, in the split's order: the prediction of column j for the item at
  ///     position p stands at `j * items + p`.
  ///   - targets: the truth, in item order.
  package init(_ metric: Metric, predictions: [Double], targets: Targets, split: Split) {
    switch metric {
    case .r2: self = R2.itemScores(predictions, targets, split)
    case .accuracy: self = Accuracy.itemScores(predictions, targets, split)
    case .balancedAccuracy: self = BalancedAccuracy.itemScores(predictions, targets, split)
    case .auc: self = .ranked(.auc, folds: RankedFold.folds(predictions, targets, split))
    case .spearman: self = .ranked(.spearman, folds: RankedFold.folds(predictions, targets, split))
    }
  }

  /// The scores of fitted values for the training items themselves, all in one fold.
  /// - Parameter fit: coded columns by items, in the order of `targets`.
  static func training(_ metric: Metric, fit: [Double], targets: Targets) -> ItemScores {
    let whole = Split(foldOf: [Int](repeating: 0, count: targets.count))
    guard metric == .r2 else { return ItemScores(metric, predictions: fit, targets: targets, split: whole) }
    var loss = [Double](repeating: 0, count: targets.count)
    var base = loss
    for column in 0..<targets.coded.columns {
      let values = targets.coded.column(column)
      let mean = values.reduce(0, +) / Double(targets.count)
      for item in values.indices {
        let error = values[item] - fit[column * targets.count + item]
        loss[item] += error * error
        base[item] += (values[item] - mean) * (values[item] - mean)
      }
    }
    return .ratio(loss: loss, base: base)
  }

  /// The score, with every item counted `weights[item]` times (once each where `nil`).
  ///
  /// Where a metric is undefined (no variance, one class) it takes the value of a predictor that knows nothing: 0 for
  /// `r2` and `spearman`, 0.5 for `auc`.
  public func score(weights: [Double]? = nil) -> Double {
    switch self {
    case .ratio(let loss, let base):
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
      return total > 0 ? 1 - lost / total : 0
    case .recalls(let isCorrect, let labels, let classes):
      return BalancedAccuracy.score(isCorrect, labels, classes, weights)
    case .ranked(let metric, let folds):
      var (sum, size) = (0.0, 0.0)
      for fold in folds {
        guard let (score, weight) = metric.score(fold, weights) else { continue }
        sum += score * weight
        size += weight
      }
      return size > 0 ? sum / size : metric.uninformed
    }
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
