public import Hypotheses

/// Turns evidence into a verdict. Pure: no data, no I/O, no randomness.
///
/// The verdict is the first that applies, in the order of `Verdict`'s cases; docs/verdicts.md has the whole table.
/// 1. `invalid`: a gate failed.
/// 2. `unfounded`: a premise is missed; for a family of which any cell will do, the premises of every cell are.
/// 3. `falsified`: the claimed score is missed.
/// 4. `artifact`: the score is there (`ScoreStanding`), and a rival reproduces it or comes too near (`RivalStanding`).
/// 5. `inconclusive`: something is undecided; or all that is missing is a p-value that no rival's score explains, which want
///    of power explains as well.
/// 6. `inconclusive`, too: everything is met, but the design has a known fault that nobody answered (`Caveat.isCapping`).
/// 7. `corroborated`: everything is met.
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
  let score = evidence.score.standing
  if score == .missed {
    return Judgement(verdict: .falsified, reason: Wording.falsified(evidence.score))
  }
  let rivals = evidence.rivals.map { (rival: $0, standing: $0.standing(against: evidence.score)) }
  let accusing = rivals.filter { $0.standing == .reproduces || $0.standing == .comesTooNear }
  if score.isThere && !accusing.isEmpty {
    return Judgement(verdict: .artifact, reason: Wording.artifact(accusing.map(\.rival), evidence.score))
  }
  let open =
    premises.filter { $0.outcome == .undecided }.map { Wording.openPremise($0) }
    + (score == .met ? [] : [Wording.openScore(evidence.score)])
    + rivals.filter { $0.standing == .open || $0.standing == .unpowered }.map {
      Wording.openRival($0.rival, evidence)
    }
  if !open.isEmpty {
    return Judgement(
      verdict: .inconclusive, reason: Wording.inconclusive(open.map(\.question), accusing.map(\.rival)),
      remedies: open.flatMap(\.remedies))
  }
  let capping = evidence.caveats.filter(\.isCapping)
  if !capping.isEmpty {
    return Judgement(
      verdict: .inconclusive, reason: Wording.capped(capping), remedies: capping.flatMap(Wording.remedies))
  }
  return Judgement(verdict: .corroborated, reason: Wording.corroborated(evidence))
}

/// Where a claimed score stands.
enum ScoreStanding: Sendable, Hashable, CaseIterable {
  /// The claim is shown not to be reached.
  case missed
  /// Undecided, and the score may lie at its floor: there is nothing to explain away.
  case open
  /// Undecided, but the whole interval lies above the floor: there is a score.
  case aboveFloor
  /// The claim is shown to be reached.
  case met

  /// Whether there is a score that a rival may explain away.
  var isThere: Bool { self == .aboveFloor || self == .met }
}

/// Where a rival stands to a claimed score.
enum RivalStanding: Sendable, Hashable, CaseIterable {
  /// Every criterion is met.
  case withstood
  /// Something is undecided, and nothing is missed that shows more.
  case open
  /// A p-value is missed, and nothing shows that the rival scores as the claim does: data too few to tell would look so too.
  case unpowered
  /// A margin is missed, and the rival reproduces less than half of the score above the floor.
  case comesTooNear
  /// A margin is missed, or no less than half of the score is shown to be the null's, and the rival reproduces at least half of
  /// the score above the floor.
  case reproduces
}

extension ScoreEvidence {
  /// Claims that a score is small, or that a difference is, must be met: below or beside a floor there is nothing to explain.
  var standing: ScoreStanding {
    switch requirement.outcome {
    case .met: return .met
    case .missed: return .missed
    case .undecided:
      let isLargeClaimed = requirement.comparison == .greater || requirement.comparison == .greaterOrEqual
      return isLargeClaimed && requirement.interval.lower > floor ? .aboveFloor : .open
    }
  }
}

extension RivalEvidence {
  func standing(against score: ScoreEvidence) -> RivalStanding {
    let missed = criteria.filter { $0.outcome == .missed }
    guard !missed.isEmpty else { return outcome == .met ? .withstood : .open }
    let reproducesHalf = share.map { $0 >= 0.5 } ?? true
    if missed.contains(where: { $0.criterion.quantity != .p }) {
      return reproducesHalf ? .reproduces : .comesTooNear
    }
    // Only where nothing but p is asked: a margin that is asked for says by itself whether the score is reproduced.
    let above = abs(score.requirement.value - score.floor)
    let isShown = criteria.allSatisfy { $0.criterion.quantity == .p } && marginInterval.upper <= above / 2
    return isShown && reproducesHalf ? .reproduces : .unpowered
  }
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
