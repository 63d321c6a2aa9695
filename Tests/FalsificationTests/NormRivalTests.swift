import Falsification
import Hypotheses
import TestSupport
import Testing

/// Rivals about targets and about random vectors: each lets a planted truth through and stops its artifact.
struct NormRivalTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try NormSample.write(to: folder)
  }

  private func verdict(_ text: String, jobs: Int = 2) async throws -> (Verdict, RivalEvidence, String) {
    let result = try await run(text, in: folder, jobs: jobs)
    let evidence = try #require(result.evidence, "\(result.judgement.reason)")
    return (result.judgement.verdict, evidence.rivals[0], result.judgement.reason)
  }

  @Test("Features that are in the vectors withstand random norms", arguments: RandomNorms.Kind.allCases)
  func realNorms(_ kind: RandomNorms.Kind) async throws {
    for (metric, target) in [("r2", "n[f_*]"), ("precision_at_k", "n[f_*]"), ("r2", "n[strong_*]")] {
      let (verdict, rival, reason) = try await verdict(
        NormSample.hypothesis(
          metric: metric, target: target, claim: ">= 0.2",
          rivals: ["random_norms(\(kind.rawValue), replicates: 120) { margin >= 0.1, p < 0.05 }"]))
      #expect(verdict == .corroborated, "\(metric) of \(target): \(reason)")
      #expect(rival.replicates == 120 && rival.p?.exceedances == 0)
      #expect(rival.margin > 0.1)
    }
  }

  @Test("Popularity alone scores high, and random norms of the same marginals score as high")
  func popularNorms() async throws {
    for kind in ["columns", "marginals"] {
      let (verdict, rival, reason) = try await verdict(
        NormSample.hypothesis(
          metric: "precision_at_k", target: "n[popular_*]", claim: ">= 0.4",
          rivals: ["random_norms(\(kind), replicates: 50) { margin >= 0.1 }"]))
      #expect(verdict == .artifact, "\(reason)")
      #expect(rival.share ?? 0 > 0.5 || rival.mean > 0.4)
    }
    // Dealt over all cells the popularity is gone. The margin over that rival is large, but it is held against the floor.
    let (_, rival, _) = try await verdict(
      NormSample.hypothesis(
        metric: "precision_at_k", target: "n[popular_*]", claim: ">= 0.4",
        rivals: ["random_norms(cells, replicates: 50) { margin >= 0.1 }"]))
    #expect(rival.marginInterval.lower >= 0.1)
    #expect(rival.floorBinds && rival.outcome == .missed)
    #expect(rival.notes.contains { $0.contains("held against the floor") })
  }

  @Test("An irrelevant quantity that is not in the vectors is withstood, one that is in them is not")
  func irrelevant() async throws {
    for metric in ["r2", "spearman"] {
      let (real, rival, reason) = try await verdict(
        NormSample.hypothesis(metric: metric, rivals: ["irrelevant_target(n.noise) { margin >= 0.1 }"]))
      #expect(real == .corroborated, "\(reason)")
      #expect(rival.replicates == 1 && rival.p == nil && rival.mean < 0.2)
      let (artifact, other, _) = try await verdict(
        NormSample.hypothesis(metric: metric, rivals: ["irrelevant_target(n.confound) { margin >= 0.1 }"]))
      #expect(artifact == .artifact)
      #expect(other.share ?? 0 > 0.9)
    }
    let (both, _, _) = try await verdict(
      NormSample.hypothesis(
        metric: "r2_per_feature", rivals: ["irrelevant_target(n[noise, byType]) { margin >= 0.1 }"]))
    #expect(both == .corroborated)
  }

  @Test("What the category alone tells is stopped by category means")
  func categories() async throws {
    let (artifact, rival, reason) = try await verdict(
      NormSample.hypothesis(
        tensor: "groups", target: "n.byGroup", rivals: ["category_means(n.group) { margin >= 0.05 }"]))
    #expect(artifact == .artifact, "\(reason)")
    #expect(rival.share ?? 0 > 0.9)
    let (real, _, why) = try await verdict(
      NormSample.hypothesis(rivals: ["category_means(n.group) { margin >= 0.1 }"]))
    #expect(real == .corroborated, "\(why)")
    // Classes, too.
    let (classes, _, _) = try await verdict(
      NormSample.hypothesis(
        metric: "auc", target: "n.f_0", claim: ">= 0.6",
        rivals: ["category_means(n.group) { margin >= 0.1 }"]))
    #expect(classes == .corroborated)
  }

  @Test(
    "The identity of recurring types is in random vectors of every kind",
    arguments: [
      RandomEmbedding.Kind.gaussian, .spherical, .covarianceMatched, .shuffledRows, .shuffledDimensions,
    ])
  func identity(_ kind: RandomEmbedding.Kind) async throws {
    let (artifact, rival, reason) = try await verdict(
      NormSample.hypothesis(
        tensor: "types", target: "n.byType",
        rivals: ["random_embedding(\(kind.rawValue), by: n.type, replicates: 20) { margin >= 0.8 }"]))
    #expect(artifact == .artifact || kind == .covarianceMatched && artifact == .inconclusive, "\(reason)")
    // The real covariance has next to no more directions than there are types, so less can be told apart.
    #expect(rival.share ?? 0 > (kind == .covarianceMatched ? 0.3 : 0.6))
    let (real, _, why) = try await verdict(
      NormSample.hypothesis(
        rivals: ["random_embedding(\(kind.rawValue), replicates: 20) { margin >= 0.1 }"]))
    #expect(real == .corroborated, "\(why)")
  }

  @Test("Spelling is in character n-grams")
  func spelling() async throws {
    let ngrams = "random_embedding(character_ngrams, text: n.word, replicates: 20) { margin >= 0.1 }"
    let (real, _, why) = try await verdict(NormSample.hypothesis(rivals: [ngrams]))
    #expect(real == .corroborated, "\(why)")
    // Projected to as many dimensions as `types` has, n-grams tell the ending.
    let (_, rival, _) = try await verdict(
      NormSample.hypothesis(tensor: "types", target: "n.ending", claim: "> 0", rivals: [ngrams]))
    #expect(rival.mean > 0.4)
    // The keys w0 to w119 say nothing of it.
    let (_, keys, _) = try await verdict(
      NormSample.hypothesis(
        tensor: "types", target: "n.ending", claim: "> 0",
        rivals: ["random_embedding(character_ngrams, replicates: 20) { margin >= 0.1 }"]))
    #expect(keys.mean < 0.1)
  }

  @Test("Worlds are the same for any number of jobs, and more of them begin with the same")
  func jobs() async throws {
    func text(_ replicates: Int) -> String {
      NormSample.hypothesis(
        target: "n[f_*]",
        rivals: [
          "random_norms(marginals, replicates: \(replicates)) { margin >= 0.1 }",
          "random_norms(cells, replicates: \(replicates)) { margin >= 0.1 }",
          "random_embedding(covariance_matched, replicates: \(replicates)) { margin >= 0.1 }",
          "random_embedding(character_ngrams, text: n.word, replicates: \(replicates)) { margin >= 0.1 }",
          "irrelevant_target(n.noise) { margin >= 0.1 }", "category_means(n.group) { margin >= 0.1 }",
        ])
    }
    let one = try await run(text(12), in: folder, jobs: 1)
    #expect(try await run(text(12), in: folder, jobs: 5).evidence == one.evidence)
    #expect(try await run(text(12), in: folder, seed: 2).evidence != one.evidence)
  }
}
