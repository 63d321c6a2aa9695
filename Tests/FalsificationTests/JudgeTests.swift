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

  /// - Parameters:
  ///   - quantity: what is asked for.
  ///   - share: of the score above the floor that the rival reproduces.
  private func rival(_ outcome: Outcome, _ quantities: [Quantity] = [.margin], share: Double = 0.9)
    -> RivalEvidence
  {
    RivalEvidence(
      rival: .confounds(Confounds(columns: ColumnSelection(data: "t", columns: ["length"]))),
      label: "confounds(t.length)", replicates: 100, mean: share * 0.5, deviation: 0.1,
      p: PValueEvidence(value: 0.3, interval: Interval(0.28, 0.32), exceedances: 29, isExact: false),
      margin: 0.5 - share * 0.5, marginInterval: Interval(0.46 - share * 0.5, 0.54 - share * 0.5),
      criteria: quantities.map {
        CriterionEvidence(
          criterion: $0 == .p ? Criterion(.p, .less, 0.05) : Criterion($0, .greaterOrEqual, 0.6),
          outcome: outcome)
      },
      outcome: outcome, share: share)
  }

  private func evidence(
    gate: Bool = true, premise: Outcome = .met, score: RequirementEvidence, rivals: [RivalEvidence]
  ) -> Evidence {
    Evidence(
      items: 100, units: 100, unit: "item", dimensions: 8,
      gates: [Gate(name: "planted_signal_found", passed: gate, detail: "found")],
      premises: [requirement(premise)],
      score: ScoreEvidence(requirement: score, floor: 0, ceiling: 1), rivals: rivals)
  }

  /// A score of .5 that is claimed to be at least `threshold`.
  private func score(
    _ outcome: Outcome, interval: Interval = Interval(0.4, 0.6), comparison: Comparison = .greaterOrEqual
  ) -> RequirementEvidence {
    var requirement = requirement(outcome)
    requirement.interval = interval
    requirement.comparison = comparison
    return requirement
  }

  /// Where a score can stand, and an example of each.
  private var scores: [(standing: String, score: RequirementEvidence)] {
    [
      ("missed", score(.missed)), ("open", score(.undecided, interval: Interval(-0.1, 1.1))),
      ("above floor", score(.undecided)), ("met", score(.met)),
      // A claim that a score is small has nothing to explain away until it is met.
      ("open", score(.undecided, comparison: .lessOrEqual)),
      ("met", score(.met, comparison: .lessOrEqual)),
    ]
  }

  /// Where a rival can stand, and examples of each.
  private var standings: [(standing: String, rival: RivalEvidence)] {
    [
      ("withstood", rival(.met)), ("withstood", rival(.met, [.p, .margin])), ("open", rival(.undecided)),
      ("open", rival(.undecided, [.p])),
      // A p-value alone, and the null scores nothing like the claim.
      ("unpowered", rival(.missed, [.p], share: 0.1)), ("unpowered", rival(.missed, [.p], share: 0.45)),
      // A p-value alone, and more than half of the score is shown to be the null's.
      ("reproduces", rival(.missed, [.p], share: 0.9)), ("reproduces", rival(.missed)),
      ("reproduces", rival(.missed, [.p, .margin])), ("reproduces", rival(.missed, [.added], share: 0.5)),
      ("too near", rival(.missed, share: 0.3)), ("too near", rival(.missed, [.p, .margin], share: -0.2)),
    ]
  }

  @Test(
    "A warning that caps turns corroborated into inconclusive, unless it is answered, and no other verdict")
  func caveats() {
    let capping = Caveat(
      rule: "items-not-exchangeable", effect: .caps, message: "items are exchanged one by one",
      advice: ["declare `unit t.g`"])
    var warning = capping
    warning.effect = .warns
    var answered = capping
    answered.answer = "they are not"
    for (caveat, changes) in [(capping, true), (warning, false), (answered, false)] {
      for (_, score) in scores {
        for (_, one) in standings {
          var evidence = evidence(score: score, rivals: [one])
          let plain = judge(evidence)
          evidence.caveats = [caveat]
          let judged = judge(evidence)
          if changes, plain.verdict == .corroborated {
            #expect(judged.verdict == .inconclusive)
            #expect(judged.reason.contains("items are exchanged one by one (items-not-exchangeable)"))
            #expect(judged.remedies.contains("Declare `unit t.g`."))
          } else {
            #expect(judged == plain)
          }
        }
      }
    }
  }

  @Test("Rivals that no claim loses to are not counted as withstood without a word")
  func toothless() {
    var evidence = evidence(score: score(.met), rivals: [rival(.met), rival(.met)])
    evidence.caveats = [Caveat(rule: Caveat.toothlessRival, message: "no probe can learn from it")]
    #expect(
      judge(evidence).reason.contains(
        "all 2 rivals set against it, 1 of which it could not have lost to"))
  }

  @Test("Every cell of the table in docs/verdicts.md")
  func table() {
    var seen: Set<Verdict> = []
    for gate in [true, false] {
      for premise in Outcome.allCases {
        for (place, score) in scores {
          for (first, one) in standings {
            for (second, other) in standings {
              let rivals = Set([first, second])
              let isThere = place == "met" || place == "above floor"
              let expected: Verdict =
                if !gate {
                  .invalid
                } else if premise == .missed {
                  .unfounded
                } else if place == "missed" {
                  .falsified
                } else if isThere && !rivals.isDisjoint(with: ["reproduces", "too near"]) {
                  .artifact
                } else if premise == .met && place == "met" && rivals == ["withstood"] {
                  .corroborated
                } else {
                  .inconclusive
                }
              let judgement = judge(
                evidence(gate: gate, premise: premise, score: score, rivals: [one, other]))
              #expect(judgement.verdict == expected, "\(place), \(first), \(second)")
              #expect(judgement.reason.hasSuffix("."))
              if expected == .inconclusive { #expect(!judgement.remedies.isEmpty) }
              // The reason is worded from the cell.
              #expect(
                judgement.reason.contains("explained away")
                  == (expected == .artifact && rivals.contains("reproduces")))
              #expect(
                judgement.reason.contains("falls short of the margin")
                  == (expected == .artifact && rivals.contains("too near")))
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
    let reason = judge(evidence(score: score(.met), rivals: [rival(.missed), rival(.met)])).reason
    #expect(reason.contains("confounds(t.length) reproduces 90 % of it above the floor"))
    #expect(reason.contains("margin 0.050, required margin >= 0.6"))
    let near = judge(evidence(score: score(.met), rivals: [rival(.missed, share: 0.3)])).reason
    #expect(near.contains("falls short of the margin over confounds(t.length), which reproduces 30 % of it"))
  }

  @Test("Want of power accuses nobody, and the remedy says how many units would tell")
  func power() {
    let judgement = judge(evidence(score: score(.met), rivals: [rival(.missed, [.p], share: 0.45)]))
    #expect(judgement.verdict == .inconclusive)
    #expect(judgement.remedies.count == 1)
    // p = .3 is .5244 deviations out and .05 is 1.6449: (1.6449 / .5244)^2 = 9.839 times as many units as 100.
    #expect(judgement.remedies[0].contains("About 984 units of independence"))
    let far = judge(evidence(score: score(.met), rivals: [rival(.missed, [.p], share: 0.8)]))
    #expect(far.verdict == .artifact)
  }

  @Test("Where the floor is better than the rival, the reason names the floor")
  func floor() {
    var low = rival(.missed, share: -3)
    low.held = HeldMargin(value: 0.5, interval: Interval(0.4, 0.55), isOverFloor: true)
    let reason = judge(evidence(score: score(.met), rivals: [low])).reason
    #expect(reason.contains("falls short of the margin over the floor, which scores better than confounds"))
    #expect(reason.contains("margin 0.500 over the floor, required margin >= 0.6"))
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
