internal import Hypotheses
internal import Resampling

/// Whether a rival is shown to be as good as the claim, where the claim misses its margin over it: a margin that was not reached may
/// still be one, and the rival better or worse by more than it.
///
/// Two one-sided tests at level .05 (Schuirmann 1987): as good within the bound where the whole 90 % interval of the
/// margin lies strictly between -bound and bound.
public struct EquivalenceEvidence: Sendable, Hashable {
  public enum Outcome: String, Sendable, Hashable, Codable, CaseIterable {
    /// They differ by less than the bound.
    case equivalent
    /// They differ by the bound or more: the rival is the better one.
    case different
    case undecided
  }

  /// The margin that was asked for.
  public var bound: Double
  /// The 90 % interval of the margin.
  public var interval: Interval
  public var outcome: Outcome

  public init(bound: Double, interval: Interval) {
    self.bound = bound
    self.interval = interval
    // An interval or a bound that is no number says nothing.
    guard interval.lower <= interval.upper, bound > 0 else {
      outcome = .undecided
      return
    }
    outcome =
      switch Equivalence(interval: interval.lower...interval.upper, bounds: -bound...bound) {
      case .equivalent: .equivalent
      case .different: .different
      case .undecided: .undecided
      }
  }

  /// Of the margin that is missed; `nil` where none is, and where the margin asked for is 0, within which nothing lies.
  init?(_ criteria: [CriterionEvidence], margin: Interval) {
    guard
      let missed = criteria.first(where: {
        [.margin, .selectivity].contains($0.criterion.quantity) && $0.outcome == .missed
      }),
      missed.criterion.threshold > 0
    else { return nil }
    self.init(bound: missed.criterion.threshold, interval: margin)
  }
}
