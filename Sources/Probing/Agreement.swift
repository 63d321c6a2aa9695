package import Hypotheses
package import Resampling

extension Instrument {
  /// How well some predictions fit targets, and how well they fit the same targets exchanged among items.
  package struct Agreement: Sendable {
    /// The score, as the metric has it.
    package var own: Double
    /// The same of the exchanged targets.
    package var exchanged: Double
    /// By what it was scored.
    package var metric: Metric
    /// By repetition and fold: the score of the fold's own items less that of their exchanged targets.
    package var differences: [Double] = []
  }

  /// Scores predictions against targets and against their exchange.
  ///
  /// F1 whose threshold is chosen by the training items' fit is replaced by r2, since predictions come without the fit.
  /// - Parameters:
  ///   - predictions: out-of-fold, one list per split, as `PreparedProbe.predictions` gives them.
  ///   - withinFolds: whether targets are exchanged among the test items of each fold; else among all, and there are no
  ///     differences by fold.
  package func agreement(
    _ predictions: [[Double]], _ targets: Targets, key: StreamKey, withinFolds: Bool
  ) -> Agreement {
    let metric = metric.readsTrainingFit ? .r2 : metric
    var result = Agreement(own: 0, exchanged: 0, metric: metric)
    let count = Double(splits.count)
    for (repetition, split) in splits.enumerated() {
      let division = folded(targets, repetition)
      let foldOf = split.foldOf
      let scheme: PermutationScheme =
        withinFolds ? .within(blocks: foldOf) : .free(count: targets.count)
      let exchange = scheme.permutation(key, replicate: repetition)
      func scores(_ truth: Targets) -> ItemScores {
        ItemScores(
          metric, predictions: predictions[repetition], targets: truth, split: split,
          areCentred: division.isCentred)
      }
      let (own, other) = (scores(division.truth), scores(division.truth.rearranged(by: exchange)))
      result.own += own.score() / count
      result.exchanged += other.score() / count
      guard withinFolds else { continue }
      for fold in 0..<split.count where split.hasTraining(fold) {
        let weights = foldOf.map { $0 == fold ? 1.0 : 0 }
        result.differences.append(own.score(weights: weights) - other.score(weights: weights))
      }
    }
    return result
  }
}
