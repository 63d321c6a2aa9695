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
  /// What is taken off representation and targets inside every training fold; `nil`: nothing.
  public let residuals: Residuals?

  /// - Parameter residuals: made of the same splits.
  public init(
    metric: Metric, probe: Probe, splits: [Split], key: StreamKey = StreamKey(seed: 1),
    residuals: Residuals? = nil
  ) {
    precondition(!splits.isEmpty, "no split")
    self.metric = metric
    self.probe = probe
    self.splits = splits
    self.key = key
    self.residuals = residuals
  }

  /// The same instrument with another metric or another probe.
  public func with(metric: Metric? = nil, probe: Probe? = nil) -> Instrument {
    Instrument(
      metric: metric ?? self.metric, probe: probe ?? self.probe, splits: splits, key: key,
      residuals: residuals)
  }

  /// The same instrument on its first division alone.
  public var onFirstSplit: Instrument {
    Instrument(
      metric: metric, probe: probe, splits: Array(splits.prefix(1)), key: key,
      residuals: residuals?.prefix(1))
  }

  /// The same instrument for representations that keep their confounds; targets lose theirs as before.
  public var takingRepresentationsWhole: Instrument {
    Instrument(
      metric: metric, probe: probe, splits: splits, key: key, residuals: residuals?.ofTargetsOnly)
  }

  /// By how much the scores of folds vary together (`Split.overlap`).
  public var overlap: Double { splits.map(\.overlap).max()! }

  /// The same instrument on other divisions of the same items.
  /// - Parameter number: which of several independent ones.
  /// - Returns: `nil` where the items cannot be divided.
  /// - Throws: `LinearAlgebraError` where confounds cannot be fitted.
  public func redrawn(key: StreamKey, number: Int) throws(LinearAlgebraError) -> Instrument? {
    var drawn: [Split] = []
    for (repetition, split) in splits.enumerated() {
      guard let split = split.redrawn(key: key, repetition: number * splits.count + repetition) else {
        return nil
      }
      drawn.append(split)
    }
    var left: Residuals?
    if let residuals { left = try residuals.gathering(Array(0..<items), splits: drawn) }
    return Instrument(metric: metric, probe: probe, splits: drawn, key: self.key, residuals: left)
  }

  /// The same metric and residuals on some of the items.
  /// - Parameters:
  ///   - items: which items, in the order in which they are numbered from then on.
  ///   - split: a division of these.
  /// - Throws: `LinearAlgebraError` where confounds cannot be fitted.
  public func on(
    _ items: [Int], split: Split, probe: Probe
  ) throws(LinearAlgebraError) -> Instrument {
    var left: Residuals?
    if let residuals { left = try residuals.gathering(items, splits: [split]) }
    return Instrument(metric: metric, probe: probe, splits: [split], key: key, residuals: left)
  }

  /// Whether anything is left of some targets, in any fold.
  public func leavesSomething(of targets: Targets) -> Bool {
    splits.indices.contains { repetition in
      let division = folded(targets, repetition)
      return !division.isCentred || division.truth.coded.elements.contains { $0 != 0 }
    }
  }

  /// Targets as the folds of one division see them.
  func folded(_ targets: Targets, _ repetition: Int) -> FoldedTargets {
    FoldedTargets(targets, splits[repetition], residuals?.targetFits(repetition: repetition))
  }

  /// The ridge probe, where targets are the same in every fold, so that the fast path can be taken.
  private var fastRidge: Ridge? {
    if case .ridge(let ridge) = probe, residuals?.targets == nil { ridge } else { nil }
  }

  /// The representation as one fold's probe sees it.
  private func seen(_ ordered: Matrix<Double>, _ repetition: Int, _ fold: Int) -> Matrix<Double> {
    residuals?.representation(ordered, repetition: repetition, fold: fold) ?? ordered
  }

  /// How many items are measured.
  public var items: Int { splits[0].order.count }

  /// Fits what depends on the representation alone.
  /// - Parameter representation: items by dimensions.
  /// - Throws: `LinearAlgebraError` where it holds values that are not finite.
  /// - Complexity: one factorisation per fold and repetition.
  public func prepare(_ representation: Matrix<Double>) throws(LinearAlgebraError) -> PreparedProbe {
    precondition(representation.rows == items, "one row per item")
    if let ridge = fastRidge {
      precondition(!splits.contains(where: \.isOnline), "ridge predicts no probabilities to code with")
      var folds: [[PreparedFold]] = []
      for (repetition, split) in splits.enumerated() {
        let ordered = representation.gathering(rows: split.order)
        var own: [PreparedFold] = []
        for fold in 0..<split.count {
          own.append(try PreparedFold(seen(ordered, repetition, fold), split, fold, ridge, metric))
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
        own.append(
          try probe.foldProbe(seen(ordered, repetition, fold), split, fold, key: key(repetition, fold)))
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
    if let ridge = fastRidge {
      precondition(!splits.contains(where: \.isOnline), "ridge predicts no probabilities to code with")
      var folds: [[PreparedFold]] = []
      for (repetition, split) in splits.enumerated() {
        let ordered = representation.gathering(rows: split.order)
        folds.append(
          try await mapConcurrently(split.count, jobs: jobs) {
            try PreparedFold(seen(ordered, repetition, $0), split, $0, ridge, metric)
          })
      }
      return PreparedProbe(self, RidgeEngine(self, ridge, folds))
    }
    var folds: [[any FoldProbe]] = []
    for (repetition, split) in splits.enumerated() {
      let ordered = representation.gathering(rows: split.order)
      folds.append(
        try await mapConcurrently(split.count, jobs: jobs) {
          try probe.foldProbe(seen(ordered, repetition, $0), split, $0, key: key(repetition, $0))
        })
    }
    return PreparedProbe(self, BatchEngine(instrument: self, folds: folds))
  }

  private func key(_ repetition: Int, _ fold: Int) -> StreamKey {
    key.appending("probe").appending("\(repetition)").appending("\(fold)")
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
