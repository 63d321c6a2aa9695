public import GSL
public import Hypotheses

/// A metric, a probe and the divisions into folds: everything about a measurement but the representation and the
/// targets. The same instrument measures the claim and every rival.
public struct Instrument: Sendable {
  public let metric: Metric
  public let probe: Probe
  /// One per repetition.
  public let splits: [Split]

  public init(metric: Metric, probe: Probe, splits: [Split]) {
    precondition(!splits.isEmpty, "no split")
    self.metric = metric
    self.probe = probe
    self.splits = splits
  }

  /// How many items are measured.
  public var items: Int { splits[0].order.count }

  /// Fits what depends on the representation alone.
  /// - Parameter representation: items by dimensions.
  /// - Throws: `LinearAlgebraError` where it holds values that are not finite.
  /// - Complexity: one factorisation per fold and repetition.
  public func prepare(_ representation: Matrix<Double>) throws(LinearAlgebraError) -> PreparedProbe {
    precondition(representation.rows == items, "one row per item")
    var folds: [[PreparedFold]] = []
    for split in splits {
      let ordered = representation.gathering(rows: split.order)
      var own: [PreparedFold] = []
      for fold in 0..<split.count { own.append(try PreparedFold(ordered, split.range(fold), ridge, metric)) }
      folds.append(own)
    }
    return PreparedProbe(self, folds)
  }

  /// The same, with up to `jobs` folds at a time; the result does not depend on `jobs`.
  /// - Throws: `LinearAlgebraError` as above, or `CancellationError`.
  public func prepare(_ representation: Matrix<Double>, jobs: Int) async throws -> PreparedProbe {
    precondition(representation.rows == items, "one row per item")
    let (ridge, metric) = (ridge, metric)
    var folds: [[PreparedFold]] = []
    for split in splits {
      let ordered = representation.gathering(rows: split.order)
      folds.append(
        try await mapConcurrently(split.count, jobs: jobs) {
          try PreparedFold(ordered, split.range($0), ridge, metric)
        })
    }
    return PreparedProbe(self, folds)
  }

  var ridge: Ridge {
    switch probe {
    case .ridge(let ridge): ridge
    }
  }

  /// The scores of a predictor that never sees the representation: the training fold's mean, and so for classes the
  /// training fold's commonest.
  public func floor(_ targets: Targets) -> ScoredWorld {
    ScoredWorld(
      repeats: splits.map { split in
        var predictions = [Double](repeating: 0, count: targets.count * targets.coded.columns)
        for column in 0..<targets.coded.columns {
          let means = R2.trainingMeans(targets, column, split)
          for fold in 0..<split.count {
            for position in split.range(fold) { predictions[column * targets.count + position] = means[fold] }
          }
        }
        return ItemScores(metric, predictions: predictions, targets: targets, split: split)
      })
  }

  /// The best score that any probe can reach on these folds: what does not vary in a training fold (a class that does
  /// not occur there, a target column that is constant there) cannot be predicted in its test fold.
  public func ceiling(_ targets: Targets) -> Double {
    let scores = splits.map { split -> Double in
      var predictions = [Double](repeating: 0, count: targets.count * targets.coded.columns)
      for column in 0..<targets.coded.columns {
        let means = R2.trainingMeans(targets, column, split)
        for fold in 0..<split.count {
          let test = split.range(fold)
          let training = (0..<targets.count).lazy.filter { !test.contains($0) }
            .map { targets.coded[split.order[$0], column] }
          let first = training.first ?? 0
          let varies = training.contains { $0 != first }
          for position in test {
            predictions[column * targets.count + position] =
              varies ? targets.coded[split.order[position], column] : means[fold]
          }
        }
      }
      return ItemScores(metric, predictions: predictions, targets: targets, split: split).score()
    }
    return scores.reduce(0, +) / Double(scores.count)
  }
}

/// One world's out-of-fold scores, item by item, for every repetition of the folds.
public struct ScoredWorld: Sendable {
  public let repeats: [ItemScores]

  package init(repeats: [ItemScores]) { self.repeats = repeats }

  /// The score, averaged over repetitions, with every item counted `weights[item]` times.
  public func score(weights: [Double]? = nil) -> Double {
    repeats.reduce(0) { $0 + $1.score(weights: weights) } / Double(repeats.count)
  }
}

/// What one representation says about one set of targets.
public struct Evaluation: Sendable {
  public let world: ScoredWorld
  /// The metric on the training folds' own items, averaged over folds and repetitions.
  public let trainingScore: Double
  /// The penalty chosen in every fold of every repetition.
  public let penalties: [Double]

  public var score: Double { world.score() }
}
