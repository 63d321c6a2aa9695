internal import GSL
internal import Hypotheses

/// In how many folds a metric that compares items with each other says anything.
public struct Definedness: Sendable, Hashable {
  /// Folds in which it is defined, and all folds, over all repetitions.
  public var folds: Int
  public var allFolds: Int
  /// The share of items that lie in folds where it is defined.
  public var share: Double
}

extension Instrument {
  /// Where AUC and Spearman's correlation are defined: where the targets of a fold's test items differ, and those of its
  /// training items, without which every probe predicts one value. Of several columns one is enough.
  /// - Returns: `nil` for metrics that are defined in every fold.
  public func definedness(_ targets: Targets) -> Definedness? {
    switch metric {
    case .auc, .spearman, .spearmanPerFeature: break
    default: return nil
    }
    var (folds, all, items) = (0, 0, 0)
    for (repetition, split) in splits.enumerated() {
      let division = folded(targets, repetition)
      all += split.count
      for fold in 0..<split.count {
        let seen = division.seen(by: fold).coded
        let parts = [Array(split.order[split.range(fold)]), split.training(fold)]
        let isDefined = (0..<seen.columns).contains { column in
          parts.allSatisfy { part in part.contains { seen[$0, column] != seen[part[0], column] } }
        }
        guard isDefined else { continue }
        folds += 1
        items += split.range(fold).count
      }
    }
    return Definedness(
      folds: folds, allFolds: all, share: Double(items) / Double(self.items * splits.count))
  }
}
