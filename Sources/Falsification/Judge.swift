public import Hypotheses

/// Turns evidence into a verdict. Pure: no data, no I/O, no randomness.
///
/// The verdict is the first that applies, in the order of `Verdict`'s cases:
/// 1. `invalid`: a gate failed.
/// 2. `unfounded`: a premise is missed; for a family of which any cell will do, the premises of every cell are.
/// 3. `falsified`: the claimed score is missed.
/// 4. `artifact`: a rival is not withstood.
/// 5. `inconclusive`: a premise, the score or a rival is undecided.
/// 6. `corroborated`: everything is met.
///
/// Specifications decide nothing: the reason says in how many of them the verdict is the same.
public func judge(_ evidence: Evidence) -> Judgement {
  var judgement = verdict(of: evidence)
  if let sentence = Wording.specifications(evidence.specifications, judgement.verdict) {
    judgement.reason += " " + sentence
  }
  return judgement
}

private func verdict(of evidence: Evidence) -> Judgement {
  let failed = evidence.gates.filter { !$0.passed }
  if !failed.isEmpty {
    return Judgement(
      verdict: .invalid, reason: Wording.invalid(failed), remedies: failed.map { Wording.remedy(for: $0) })
  }
  let premises = evidence.decisivePremises
  let unfounded = premises.filter { $0.outcome == .missed }
  if !unfounded.isEmpty {
    return Judgement(verdict: .unfounded, reason: Wording.unfounded(unfounded), remedies: [])
  }
  if evidence.score.requirement.outcome == .missed {
    return Judgement(verdict: .falsified, reason: Wording.falsified(evidence.score))
  }
  let standing = evidence.rivals.filter { $0.outcome == .missed }
  if !standing.isEmpty {
    return Judgement(verdict: .artifact, reason: Wording.artifact(standing, evidence.score))
  }
  let open =
    premises.filter { $0.outcome == .undecided }.map { Wording.openPremise($0) }
    + (evidence.score.requirement.outcome == .undecided ? [Wording.openScore(evidence.score)] : [])
    + evidence.rivals.filter { $0.outcome == .undecided }.map { Wording.openRival($0, units: evidence.units) }
  if !open.isEmpty {
    return Judgement(
      verdict: .inconclusive, reason: Wording.inconclusive(open.map(\.question)), remedies: open.map(\.remedy)
    )
  }
  return Judgement(verdict: .corroborated, reason: Wording.corroborated(evidence))
}

/// What an interval says about `value comparison threshold`: met where all of it satisfies the comparison, missed where
/// none of it does. Of `within`: met where all of it lies strictly between -threshold and threshold, missed where all of it
/// lies on or beyond one of them.
public func outcome(of interval: Interval, _ comparison: Comparison, _ threshold: Double) -> Outcome {
  if comparison == .within {
    return switch EquivalenceEvidence(bound: threshold, interval: interval).outcome {
    case .equivalent: .met
    case .different: .missed
    case .undecided: .undecided
    }
  }
  let lower = comparison.holds(interval.lower, threshold)
  let upper = comparison.holds(interval.upper, threshold)
  if lower && upper { return .met }
  return lower || upper ? .undecided : .missed
}

extension Sequence<Outcome> {
  /// The worst outcome: missed before undecided before met. Met for none.
  public var worst: Outcome {
    var worst = Outcome.met
    for outcome in self {
      if outcome == .missed { return .missed }
      if outcome == .undecided { worst = .undecided }
    }
    return worst
  }
}
