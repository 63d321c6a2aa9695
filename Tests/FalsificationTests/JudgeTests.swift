import Falsification
import Hypotheses
import Testing

/// `judge` on evidence made by hand: every combination of what can be wrong.
struct JudgeTests {
  private func requirement(_ outcome: Outcome) -> RequirementEvidence {
    RequirementEvidence(
      name: "score", metric: "r2", value: 0.5, interval: Interval(0.4, 0.6), comparison: .greaterOrEqual,
      threshold: outcome == .met ? 0.3 : (outcome == .missed ? 0.7 : 0.5), outcome: outcome)
  }

  private func rival(_ outcome: Outcome) -> RivalEvidence {
    RivalEvidence(
      rival: .confounds(Confounds(columns: ColumnSelection(data: "t", columns: ["length"]))),
      label: "confounds(t.length)", replicates: 1, mean: 0.45, deviation: 0, margin: 0.05,
      marginInterval: Interval(0.01, 0.09),
      criteria: [CriterionEvidence(criterion: Criterion(.margin, .greaterOrEqual, 0.1), outcome: outcome)],
      outcome: outcome, share: 0.9)
  }

  private func evidence(gate: Bool, premise: Outcome, score: Outcome, rivals: [Outcome]) -> Evidence {
    Evidence(
      items: 100, units: 100, unit: "item", dimensions: 8,
      gates: [Gate(name: "planted_signal_found", passed: gate, detail: "found")],
      premises: [requirement(premise)],
      score: ScoreEvidence(requirement: requirement(score), floor: 0, ceiling: 1),
      rivals: rivals.map { rival($0) })
  }

  @Test("The verdict is the first that applies, for every combination of outcomes")
  func order() {
    var seen: Set<Verdict> = []
    for gate in [true, false] {
      for premise in Outcome.allCases {
        for score in Outcome.allCases {
          for first in Outcome.allCases {
            for second in Outcome.allCases {
              let rivals = [first, second]
              let expected: Verdict =
                if !gate { .invalid } else if premise == .missed { .unfounded } else if score == .missed {
                  .falsified
                } else if rivals.contains(.missed) {
                  .artifact
                } else if ([premise, score] + rivals).contains(.undecided) { .inconclusive } else {
                  .corroborated
                }
              let judgement = judge(
                evidence(gate: gate, premise: premise, score: score, rivals: rivals))
              #expect(judgement.verdict == expected)
              #expect(!judgement.reason.isEmpty)
              #expect(judgement.reason.hasSuffix("."))
              if expected == .inconclusive { #expect(!judgement.remedies.isEmpty) }
              seen.insert(judgement.verdict)
            }
          }
        }
      }
    }
    #expect(seen == Set(Verdict.allCases))
  }

  @Test("An artifact's reason names the rival and the share that it reproduces")
  func artifactReason() {
    let reason = judge(evidence(gate: true, premise: .met, score: .met, rivals: [.missed, .met])).reason
    #expect(reason.contains("confounds(t.length) reproduces 90 % of it above the floor"))
    #expect(reason.contains("margin 0.050, required margin >= 0.1"))
  }

  @Test("An interval decides a criterion only where it lies on one side of the threshold")
  func outcomes() {
    #expect(outcome(of: Interval(0.2, 0.4), .greaterOrEqual, 0.2) == .met)
    #expect(outcome(of: Interval(0.2, 0.4), .greater, 0.2) == .undecided)
    #expect(outcome(of: Interval(0.2, 0.4), .greaterOrEqual, 0.3) == .undecided)
    #expect(outcome(of: Interval(0.2, 0.4), .greaterOrEqual, 0.41) == .missed)
    #expect(outcome(of: Interval(0.001, 0.004), .less, 0.01) == .met)
    #expect(outcome(of: Interval(0.02, 0.04), .less, 0.01) == .missed)
    #expect([Outcome.met, .undecided, .missed].worst == .missed)
    #expect([Outcome.met, .undecided].worst == .undecided)
    #expect([Outcome]().worst == .met)
  }
}
