public import GSL
public import Hypotheses
public import Resampling

/// A metric, a probe and the divisions into folds: everything about a measurement but the representation and the
/// targets. The same instrument measures the claim and every rival.
public struct Instrument: Sendable {
  public let metric: Metric
  public let probe: Probe
  /// One per repetition.
  public let splits: [Split]
  /// The stream of probes that draw random numbers (starting weights, batches, dropout).
  public let key: StreamKey

  public init(metric: Metric, probe: Probe, splits: [Split], key: StreamKey = StreamKey(seed: 1)) {
    precondition(!splits.isEmpty, "no split")
    self.metric = metric
    self.probe = probe
    self.splits = splits
    self.key = key
  }

  /// How many items are measured.
  public var items: Int { splits[0].order.count }

  /// Fits what depends on the representation alone.
  /// - Parameter representation: items by dimensions.
  /// - Throws: `LinearAlgebraError` where it holds values that are not finite.
  /// - Complexity: one factorisation per fold and repetition.
  public func prepare(_ representation: Matrix<Double>) throws(LinearAlgebraError) -> PreparedProbe {
    precondition(representation.rows == items, "one row per item")
    if case .ridge(let ridge) = probe {
      var folds: [[PreparedFold]] = []
      for split in splits {
        let ordered = representation.gathering(rows: split.order)
        var own: [PreparedFold] = []
        for fold in 0..<split.count {
          own.append(try PreparedFold(ordered, split.range(fold), ridge, metric))
        }
        folds.append(own)
      }
      return PreparedProbe(self, RidgeEngine(self, ridge, folds))
    }
    var folds: [[any FoldProbe]] = []
    for (repetition, split) in splits.enumerated() {
      let ordered = representation.gathering(rows: split.order)
      var own: [any FoldProbe] = []
      for fold in 0..<split.count {
        own.append(try probe.foldProbe(ordered, split.range(fold), key: key(repetition, fold))!)
      }
      folds.append(own)
    }
    return PreparedProbe(self, BatchEngine(instrument: self, folds: folds))
  }

  /// The same, with up to `jobs` folds at a time; the result does not depend on `jobs`.
  /// - Throws: `LinearAlgebraError` as above, or `CancellationError`.
  public func prepare(_ representation: Matrix<Double>, jobs: Int) async throws -> PreparedProbe {
    precondition(representation.rows == items, "one row per item")
    let (probe, metric) = (probe, metric)
    if case .ridge(let ridge) = probe {
      var folds: [[PreparedFold]] = []
      for split in splits {
        let ordered = representation.gathering(rows: split.order)
        folds.append(
          try await mapConcurrently(split.count, jobs: jobs) {
            try PreparedFold(ordered, split.range($0), ridge, metric)
          })
      }
      return PreparedProbe(self, RidgeEngine(self, ridge, folds))
    }
    var folds: [[any FoldProbe]] = []
    for (repetition, split) in splits.enumerated() {
      let ordered = representation.gathering(rows: split.order)
      folds.append(
        try await mapConcurrently(split.count, jobs: jobs) {
          try probe.foldProbe(ordered, split.range($0), key: key(repetition, $0))!
        })
    }
    return PreparedProbe(self, BatchEngine(instrument: self, folds: folds))
  }

  private func key(_ repetition: Int, _ fold: Int) -> StreamKey {
    key.appending("probe").appending("\(repetition)").appending("\(fold)")
  }

  /// The scores of a predictor that never sees the representation: the training fold's mean, and so for classes the
  /// training fold's commonest, for features their popularity.
  public func floor(_ targets: Targets) -> ScoredWorld {
    predicting(targets) { _, mean, _ in mean }
  }

  /// The best score that any probe can reach on these folds: what does not vary in a training fold (a class that does
  /// not occur there, a target column that is constant there, a feature that no training item has) cannot be predicted in
  /// its test fold.
  public func ceiling(_ targets: Targets) -> ScoredWorld {
    let ranksFeatures =
      switch metric {
      case .precisionAtK, .meanAveragePrecision: true
      default: false
      }
    return predicting(targets) { truth, mean, varies in
      varies ? truth : ranksFeatures ? -.infinity : mean
    }
  }

  /// The scores of a predictor that knows an item's group and nothing else: the mean of the training items of the same
  /// group, or of all training items where the fold has none.
  /// - Parameter groups: one id per item.
  public func groupMeans(_ targets: Targets, groups: [Int]) -> ScoredWorld {
    precondition(groups.count == targets.count, "one group per item")
    var numbers: [Int: Int] = [:]
    let groupOf = groups.map { group in
      let number = numbers[group] ?? numbers.count
      numbers[group] = number
      return number
    }
    let (items, width) = (targets.count, targets.coded.columns)
    return ScoredWorld(
      repeats: splits.map { split in
        var predictions = [Double](repeating: 0, count: items * width)
        var fits = [[Double]](repeating: [], count: split.count)
        for fold in 0..<split.count {
          let test = split.range(fold)
          let training = split.order.indices.filter { !test.contains($0) }.map { split.order[$0] }
          var sums = Matrix<Double>(rows: numbers.count, columns: width)
          var sizes = [Double](repeating: 0, count: numbers.count)
          var total = [Double](repeating: 0, count: width)
          for item in training {
            sizes[groupOf[item]] += 1
            for column in 0..<width {
              sums[groupOf[item], column] += targets.coded[item, column]
              total[column] += targets.coded[item, column]
            }
          }
          func predict(_ item: Int, _ column: Int) -> Double {
            let group = groupOf[item]
            return sizes[group] > 0
              ? sums[group, column] / sizes[group] : total[column] / Double(training.count)
          }
          for position in test {
            for column in 0..<width {
              predictions[column * items + position] = predict(split.order[position], column)
            }
          }
          if metric.readsTrainingFit {
            fits[fold] = (0..<width).flatMap { column in training.map { predict($0, column) } }
          }
        }
        return ItemScores(
          metric, predictions: predictions, targets: targets, split: split, trainingFits: fits)
      })
  }

  /// The scores of a predictor that is told a cell's truth, its column's mean in training, and whether the column varies
  /// there. Its fit of every training item is the mean.
  private func predicting(
    _ targets: Targets, _ predict: (_ truth: Double, _ mean: Double, _ varies: Bool) -> Double
  ) -> ScoredWorld {
    let (items, width) = (targets.count, targets.coded.columns)
    return ScoredWorld(
      repeats: splits.map { split in
        var predictions = [Double](repeating: 0, count: items * width)
        var fits = [[Double]](repeating: [], count: split.count)
        for column in 0..<width {
          let means = R2.trainingMeans(targets, column, split)
          let values = split.order.map { targets.coded[$0, column] }
          for fold in 0..<split.count {
            let test = split.range(fold)
            let first = test.lowerBound > 0 ? values[0] : values[test.upperBound]
            let varies =
              values[..<test.lowerBound].contains { $0 != first }
              || values[test.upperBound...].contains { $0 != first }
            for position in test {
              predictions[column * items + position] = predict(values[position], means[fold], varies)
            }
            if metric.readsTrainingFit {
              fits[fold] += [Double](repeating: means[fold], count: items - test.count)
            }
          }
        }
        return ItemScores(
          metric, predictions: predictions, targets: targets, split: split, trainingFits: fits)
      })
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
  /// What was chosen in every fold of every repetition (ridge: the penalty); empty where the probe chooses nothing.
  public let choices: [Double]

  public var score: Double { world.score() }
}
