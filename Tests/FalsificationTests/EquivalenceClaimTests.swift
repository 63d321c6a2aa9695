import Falsification
import Hypotheses
import TestSupport
import Testing

/// Claims that a difference is small: `claim gain within 0.05`.
struct EquivalenceClaimTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try NormSample.write(to: folder)
  }

  private func test(
    _ better: String, _ worse: String, within bound: String,
    premises: (String, String) = (">= 0.1", ">= 0.1"),
    metric: String = "r2"
  ) async throws -> (Judgement, Evidence) {
    let result = try await run(
      """
      hypothesis "as good" {
        data a = activations("n.safetensors", tensor: "\(better)")
        data b = activations("n.safetensors", tensor: "\(worse)")
        data n = table("n.csv", key: key)
        measure one = \(metric) { predict n.y from a  folds 5 }
        measure two = \(metric) { predict n.y from b  folds 5 }
        compare gain = one over two
        premise one \(premises.0)
        premise two \(premises.1)
        claim gain within \(bound)
      }
      """, in: folder)
    return (result.judgement, try #require(result.evidence, "\(result.judgement.reason)"))
  }

  @Test("Two views of the same with the same noise are as good as each other")
  func equivalent() async throws {
    for (a, b) in [("equal.1", "equal.2"), ("equal.2", "equal.1")] {
      let (judgement, evidence) = try await test(a, b, within: "0.3")
      #expect(judgement.verdict == .corroborated, "\(judgement.reason)")
      #expect(judgement.reason.contains("is shown to lie within 0.300"))
      let score = evidence.score
      #expect(score.requirement.outcome == .met && score.requirement.comparison == .within)
      #expect(score.requirement.interval.lower > -0.3 && score.requirement.interval.upper < 0.3)
      #expect(evidence.rivals.isEmpty)
    }
  }

  @Test("What differs by more is falsified, on either side, and what might is left open")
  func different() async throws {
    for (a, b) in [("clear", "equal.1"), ("equal.1", "clear")] {
      let (judgement, _) = try await test(a, b, within: "0.02")
      #expect(judgement.verdict == .falsified, "\(judgement.reason)")
      #expect(judgement.reason.contains("shown to differ by 0.020 or more"))
    }
    let (judgement, evidence) = try await test("equal.1", "equal.2", within: "0.0001")
    #expect(judgement.verdict == .inconclusive, "\(judgement.reason)")
    #expect(judgement.reason.contains("whether the difference lies within"))
    #expect(!judgement.remedies.isEmpty && evidence.score.requirement.outcome == .undecided)
  }

  @Test("Two instruments that see nothing agree, and that is unfounded")
  func blind() async throws {
    let (judgement, evidence) = try await test("noise.3", "noise.4", within: "0.3")
    #expect(evidence.score.requirement.outcome == .met)
    #expect(judgement.verdict == .unfounded, "\(judgement.reason)")
  }

  @Test("Of an error, premises ask for less")
  func errors() async throws {
    let (judgement, _) = try await test(
      "equal.1", "equal.2", within: "0.3", premises: ("<= 1.2", "<= 1.2"), metric: "mse")
    #expect(judgement.verdict == .corroborated, "\(judgement.reason)")
  }

  @Test("The outcome is that of two one-sided tests")
  func outcomes() {
    for (low, high, expected) in [
      (-0.04, 0.049, Outcome.met), (-0.05, 0.01, .undecided), (0.01, 0.06, .undecided),
      (-0.06, 0.06, .undecided),
      (0.05, 0.2, .missed), (0.06, 0.2, .missed), (-0.4, -0.05, .missed), (Double.nan, 0.01, .undecided),
    ] {
      #expect(outcome(of: Interval(low, high), .within, 0.05) == expected, "\(low) to \(high)")
    }
  }
}
