import Falsification
import Hypotheses
import TestSupport
import Testing

/// Claims about the difference of two measurements.
struct ComparisonTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try NormSample.write(to: folder)
  }

  private func test(_ text: String, jobs: Int = 2) async throws -> (Judgement, Evidence) {
    let result = try await run(text, in: folder, jobs: jobs)
    return (result.judgement, try #require(result.evidence, "\(result.judgement.reason)"))
  }

  private let everyRival = [
    "permuted_labels(replicates: 200) { p < 0.05, margin >= 0.1 }",
    "control_task(by: n.key, replicates: 20) { selectivity >= 0.1 }",
    "random_embedding(gaussian, replicates: 20) { margin >= 0.1 }",
    "random_embedding(shuffled_dimensions, replicates: 20) { margin >= 0.1 }",
    "untrained(one, over: two) { margin >= 0.1 }",
    "confounds(n[noise, group]) { margin >= 0.1 }",
    "category_means(n.group) { margin >= 0.1 }",
    "irrelevant_target(n.noise) { margin >= 0.1 }",
    "swapped_sides(replicates: 500) { p < 0.05 }",
  ]

  @Test("A layer that holds the property beats noise, against every rival")
  func corroborated() async throws {
    let (judgement, evidence) = try await test(
      NormSample.comparison("clear", over: "noise.3", claim: ">= 0.3", rivals: everyRival))
    #expect(judgement.verdict == .corroborated, "\(judgement.reason)")
    #expect(judgement.reason.contains("score scores"))
    let score = evidence.score
    #expect(score.requirement.name == "gain" && score.requirement.metric == "normalized_difference")
    #expect(score.floor == 0 && score.ceiling == 1 && score.normalized == nil && score.trainingScore == nil)
    #expect(score.sides.map(\.name) == ["score", "other"])
    #expect(score.sides.map(\.metric) == ["r2", "r2"])
    let normalized = score.sides.compactMap(\.normalized)
    #expect(score.requirement.value == normalized[0] - normalized[1])
    #expect(score.requirement.interval.lower < score.requirement.value)
    #expect(score.requirement.value < score.requirement.interval.upper)
    // Gates are about both sides.
    #expect(evidence.gates.allSatisfy { $0.passed })
    let gate = try #require(evidence.gates.first { $0.name == "planted_signal_found" })
    #expect(gate.detail.contains("score: ") && gate.detail.contains("; other: "))
    // Whatever gives both sides the same is no difference at all.
    for label in ["confounds(n[noise, group])", "category_means(n.group)"] {
      let rival = try #require(evidence.rivals.first { $0.label == label })
      #expect(rival.mean == 0 && rival.margin == score.requirement.value)
    }
    for rival in evidence.rivals {
      #expect(rival.marginInterval.lower <= rival.margin && rival.margin <= rival.marginInterval.upper)
      #expect(abs(rival.share ?? 1) < 0.5)
    }
  }

  @Test("Two equal layers do not differ")
  func equal() async throws {
    for (better, worse) in [("equal.1", "equal.2"), ("equal.2", "equal.1")] {
      let (judgement, evidence) = try await test(
        NormSample.comparison(
          better, over: worse, claim: ">= 0.05",
          rivals: ["swapped_sides(replicates: 500) { p < 0.05 }"]))
      #expect(judgement.verdict != .corroborated, "\(judgement.reason)")
      // Each of them alone holds the property.
      #expect(evidence.score.sides.allSatisfy { $0.score > 0.3 })
      #expect(evidence.rivals[0].outcome == .missed)
    }
  }

  @Test("Random vectors of equal width make no difference between layers: the same vectors on both sides")
  func sameRandomVectors() async throws {
    let (_, evidence) = try await test(
      NormSample.comparison(
        "clear", over: "noise.1", rivals: ["random_embedding(gaussian, replicates: 10) { margin >= 0.1 }"]))
    #expect(evidence.rivals[0].mean == 0 && evidence.rivals[0].deviation == 0)
  }

  @Test(
    "Norms that are popular score higher raw, and not when normalised: on random vectors neither is found")
  func normSets() async throws {
    let (judgement, evidence) = try await test(
      NormSample.comparison(
        "noise.1", over: "noise.1", metric: "precision_at_k", targets: ("n[popular_*]", "n[rare_*]"),
        claim: ">= 0.05",
        rivals: [
          "permuted_labels(replicates: 100) { margin >= 0.05 }",
          "random_norms(marginals, replicates: 20) { margin >= 0.05 }",
        ]))
    let sides = evidence.score.sides
    #expect(sides[0].score > sides[1].score + 0.2)
    #expect(sides[0].floor > sides[1].floor + 0.2)
    #expect(judgement.verdict == .falsified || judgement.verdict == .inconclusive, "\(judgement.reason)")
    // Against norms that are in the vectors, it is the other way round.
    let (real, _) = try await test(
      NormSample.comparison(
        "clear", over: "clear", metric: "precision_at_k", targets: ("n[f_*]", "n[popular_*]"),
        claim: ">= 0.2",
        rivals: [
          "permuted_labels(replicates: 100) { p < 0.05 }",
          "random_norms(marginals, replicates: 120) { p < 0.05, margin >= 0.1 }",
        ]))
    #expect(real.verdict == .corroborated, "\(real.reason)")
  }

  @Test("A difference that lies in a confound is stopped by it")
  func artifact() async throws {
    // Both sides read the same confound, but only one of the targets is made of it.
    let (judgement, evidence) = try await test(
      NormSample.comparison(
        "groups", over: "groups", targets: ("n.byGroup", "n.noise"), claim: ">= 0.3",
        rivals: ["confounds(n.group) { margin >= 0.1 }", "category_means(n.group) { margin >= 0.1 }"]))
    #expect(judgement.verdict == .artifact, "\(judgement.reason)")
    #expect(judgement.reason.contains("The difference of"))
    #expect(evidence.rivals.allSatisfy { $0.share ?? 0 > 0.8 })
  }

  @Test("Sides share the items that both can use, and the folds where they are divided alike")
  func sameItems() async throws {
    let rivals = ["swapped_sides(replicates: 50) { p < 0.05 }"]
    let (_, evidence) = try await test(
      NormSample.comparison("clear", over: "equal.1", targets: ("n.y", "n.gap"), rivals: rivals))
    #expect(evidence.items == 108)
    // One about the rows that are left out, one about what the interval is about.
    #expect(evidence.notes.count == 2)
    #expect(evidence.notes.contains { $0.contains("that of the procedure on other data") })
    // The better side is what the measure alone is: same name, same folds.
    let (_, both) = try await test(NormSample.comparison("clear", over: "equal.1", rivals: rivals))
    let (_, alone) = try await test(
      NormSample.hypothesis(rivals: ["mean_predictor { margin >= 0.01 }"]))
    #expect(both.score.sides[0].score == alone.score.requirement.value)
    // The same representation by the same probe on equal folds is no difference; on other folds it is one.
    let (_, same) = try await test(
      NormSample.comparison(
        "clear", over: "clear", probes: ("ridge()", "ridge(scale: standard, penalty: loo)"),
        claim: ">= 0", rivals: rivals))
    #expect(same.score.requirement.value == 0)
    let (_, other) = try await test(
      NormSample.comparison(
        "clear", over: "clear", folds: ("5", "10"), claim: ">= 0", rivals: rivals))
    #expect(other.score.requirement.value != 0)
  }

  @Test("Few units: all exchanges of sides are scored, and p is exact")
  func exact() async throws {
    // Twelve groups: 4,096 exchanges.
    let (_, evidence) = try await test(
      NormSample.comparison(
        "clear", over: "noise.1", folds: ("4, grouped by n.group", "4, grouped by n.group"),
        unit: "unit n.group",
        rivals: ["swapped_sides(replicates: 5_000) { p < 0.05 }"]))
    let rival = evidence.rivals[0]
    #expect(rival.replicates == 4_096)
    let p = try #require(rival.p)
    #expect(p.isExact && p.value == Double(p.exceedances) / 4_096)
    // Every unit is better on the clear side, or nearly so.
    #expect(p.value < 0.01)
    // Every exchange has its opposite.
    #expect(abs(rival.mean) < 1e-12)
  }

  @Test("Evidence of a comparison is the same for any number of jobs")
  func jobs() async throws {
    let text = NormSample.comparison("clear", over: "noise.3", rivals: everyRival)
    let one = try await test(text, jobs: 1).1
    #expect(try await test(text, jobs: 3).1 == one)
  }
}
