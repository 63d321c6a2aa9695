import Falsification
import Hypotheses
import TestSupport
import Testing

/// Whether a rival over which a margin is missed is shown to be as good.
struct EquivalenceTests {
  private func rival(_ target: String, _ rival: String) async throws -> (RivalEvidence, String) {
    let folder = try TemporaryFolder()
    try Sample.write(to: folder)
    let result = try await run(
      Sample.hypothesis(target: target, claim: ">= 0.001", rivals: [rival]), in: folder)
    let found = try #require(result.evidence?.rivals.first, "\(result.judgement.reason)")
    return (found, result.judgement.reason)
  }

  @Test("the whole 90 % interval within the bound is as good, beyond it better, else nothing is shown")
  func outcomes() {
    func outcome(_ low: Double, _ high: Double) -> EquivalenceEvidence.Outcome {
      EquivalenceEvidence(bound: 0.05, interval: Interval(low, high)).outcome
    }
    #expect(outcome(-0.04, 0.03) == .equivalent)
    #expect(outcome(-0.05, 0.03) == .undecided && outcome(-0.04, 0.05) == .undecided)
    #expect(outcome(-0.2, -0.05) == .different && outcome(-0.2, -0.04) == .undecided)
    #expect(outcome(.nan, .nan) == .undecided)
  }

  @Test("A rival with the same knowledge is shown to be as good, and one with more to be better")
  func shown() async throws {
    // The confound and the vectors that hold it score nearly the same.
    let (close, reason) = try await rival("confounded", "confounds(t.confound) { margin >= 0.3 }")
    let equal = try #require(close.equivalence)
    #expect(close.outcome == .missed && equal.outcome == .equivalent && equal.bound == 0.3)
    #expect(reason.contains("shown to be as good within 0.300"), "\(reason)")
    #expect(
      equal.interval.lower >= close.marginInterval.lower
        && equal.interval.upper <= close.marginInterval.upper)
    // What the target is made of, against vectors that blur it.
    let (confounds, better) = try await rival("confounded", "confounds(t.confound) { margin >= 0.02 }")
    #expect(confounds.equivalence?.outcome == .different, "\(confounds.marginInterval)")
    #expect(better.contains("shown to be better by 0.020 or more"))
  }

  @Test("Where the margin is met, and where none is asked for, nothing is said")
  func absent() async throws {
    #expect(try await rival("signal", "mean_predictor { margin >= 0.1 }").0.equivalence == nil)
    #expect(try await rival("noise", "permuted_labels(replicates: 200) { p < 0.01 }").0.equivalence == nil)
  }
}
