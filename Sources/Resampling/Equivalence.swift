/// Whether a difference is shown to be too small to matter: two one-sided tests (TOST: Schuirmann 1987,
/// J. Pharmacokinet. Biopharm. 15, 657). "As good as" is a claim of its own; a difference that was not found is
/// none that was excluded.
public enum Equivalence: Sendable, Hashable {
  /// The whole interval lies strictly within the bounds: both that the difference reaches the lower bound, and
  /// that it reaches the upper one, are rejected.
  case equivalent
  /// The whole interval lies on or beyond one bound.
  case different
  case undecided

  /// The verdict of an interval about a difference. With an interval of confidence 1 - 2 alpha, equal tails, this
  /// is the test of level alpha: the 90 % interval for alpha = .05.
  public init(interval: ClosedRange<Double>, bounds: ClosedRange<Double>) {
    if interval.lowerBound > bounds.lowerBound && interval.upperBound < bounds.upperBound {
      self = .equivalent
    } else if interval.lowerBound >= bounds.upperBound || interval.upperBound <= bounds.lowerBound {
      self = .different
    } else {
      self = .undecided
    }
  }
}

/// Two one-sided tests from bootstrap replicates of a difference.
public struct EquivalenceTest: Sendable, Hashable {
  /// The interval of confidence 1 - 2 alpha.
  public let interval: ClosedRange<Double>
  public let bounds: ClosedRange<Double>
  public let outcome: Equivalence
  /// (1 + replicates outside one bound) / (1 + replicates), the larger of the two: the least alpha at which the
  /// percentile interval lies within the bounds, about. Never 0. Replicates that are not finite lie outside.
  public let p: Double

  /// - Parameters:
  ///   - estimate: the difference on the data.
  ///   - replicates: the difference on bootstrap samples.
  ///   - jackknife: as for `bcaInterval`; without one, only the bias is corrected.
  /// - Precondition: `alpha` lies between 0 and .5.
  public init(
    estimate: Double, replicates: [Double], jackknife: [[Double]] = [], bounds: ClosedRange<Double>,
    alpha: Double = 0.05
  ) {
    precondition(alpha > 0 && alpha < 0.5, "alpha \(alpha) does not lie between 0 and 0.5")
    self.bounds = bounds
    interval = bcaInterval(
      estimate: estimate, replicates: replicates, jackknife: jackknife, confidence: 1 - 2 * alpha)
    outcome = Equivalence(interval: interval, bounds: bounds)
    var (low, high) = (0, 0)
    for replicate in replicates {
      if !(replicate > bounds.lowerBound && replicate.isFinite) { low += 1 }
      if !(replicate < bounds.upperBound && replicate.isFinite) { high += 1 }
    }
    p = pValue(exceedances: max(low, high), replicates: replicates.count, exact: false).value
  }

  /// From paired replicates: those of two scores on the same bootstrap samples, such as the score of the claim and
  /// that of its rival. What they share cancels in their difference.
  /// - Precondition: both have as many replicates, and as many jackknife values.
  public init(
    first: (estimate: Double, replicates: [Double], jackknife: [Double]),
    second: (estimate: Double, replicates: [Double], jackknife: [Double]),
    bounds: ClosedRange<Double>, alpha: Double = 0.05
  ) {
    precondition(
      first.replicates.count == second.replicates.count && first.jackknife.count == second.jackknife.count,
      "replicates that are not paired")
    self.init(
      estimate: first.estimate - second.estimate,
      replicates: zip(first.replicates, second.replicates).map { $0 - $1 },
      jackknife: [zip(first.jackknife, second.jackknife).map { $0 - $1 }], bounds: bounds, alpha: alpha)
  }
}
