public import Hypotheses

extension Record {
  /// The verdicts that fail a run where a hypothesis pins none: all but `corroborated` and `inconclusive`.
  public static let defaultFailOn: Set<Verdict> = [.artifact, .falsified, .unfounded, .invalid]

  /// Whether `claim` fails the run. The exit code, JUnit and the terminal all ask here.
  ///
  /// With an `expect` line: whether the verdict is another one. Without: whether the verdict is in `failOn`.
  public static func isFailure(_ claim: Claim, failOn: Set<Verdict> = defaultFailOn) -> Bool {
    if let expected = claim.expected { claim.verdict != expected } else { failOn.contains(claim.verdict) }
  }

  /// The claims that fail the run.
  public func failures(failOn: Set<Verdict> = defaultFailOn) -> [Claim] {
    hypotheses.filter { Record.isFailure($0, failOn: failOn) }
  }
}
