/// What a run concludes about a claim. The cases stand in the order in which they are decided: the first that
/// applies is the verdict.
public enum Verdict: String, Sendable, Codable, CaseIterable {
  /// The instrument failed one of its own gates, or the data cannot be used: nothing can be said.
  case invalid
  /// A premise of the claim is missed: the measurement does not mean what the claim says it means.
  case unfounded
  /// The claimed score itself is not reached.
  case falsified
  /// The score is reached, but a rival explanation reaches it too.
  case artifact
  /// Something that matters is undecided: more data or more replicates are needed.
  case inconclusive
  /// Everything is met. The claim has survived every rival that was set against it; it is not proven.
  case corroborated
}

/// What the evidence says about one criterion.
public enum Outcome: String, Sendable, Codable, CaseIterable {
  /// The whole interval lies on the side that the criterion asks for.
  case met
  /// The whole interval lies on the other side.
  case missed
  /// The interval holds the threshold.
  case undecided
}
