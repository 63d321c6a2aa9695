import Activations
import Falsification
import Hypotheses
import TestSupport
import Testing

/// Properties of known strength at n = 500, end to end: the strong are found, the weak are not, and what follows from
/// the category is an artifact of the category.
struct PlantedStrengthTests {
  static let probes = ["pls(components: 12)", "ridge()"]
  /// The metric, what is claimed, and by how much the rivals must be exceeded.
  static let claims: [(metric: String, claim: Double, margin: Double)] = [
    ("r2", 0.15, 0.15), ("precision_at_k", 0.6, 0.1),
  ]

  private func test(
    seed: UInt64, tensor: String = "x", _ features: String, _ metric: String, _ probe: String, claim: Double,
    margin: Double
  ) async throws -> (judgement: Judgement, evidence: Evidence) {
    let folder = try TemporaryFolder()
    try PlantedSample.write(to: folder, seed: seed)
    let result = try await run(
      PlantedSample.hypothesis(
        tensor: tensor, features: features, metric: metric, probe: probe, claim: ">= \(claim)", margin: margin
      ),
      in: folder)
    let evidence = try #require(result.evidence, "\(result.judgement.reason)")
    let failed = evidence.gates.filter { !$0.passed }
    #expect(failed.isEmpty, "\(failed.map(\.detail))")
    #expect(
      evidence.rivals.map(\.rival.name) == [
        "permuted_labels", "random_embedding", "random_norms", "category_means", "knn_copy", "mean_predictor",
      ])
    expectShares(evidence, result.judgement)
    return (result.judgement, evidence)
  }

  /// Every rival has the share of the score above the floor that it reproduces, and the verdict is what follows from
  /// the margins that these shares leave.
  private func expectShares(_ evidence: Evidence, _ judgement: Judgement) {
    let score = evidence.score.requirement
    // The floor, by what is scored without the representation.
    let floor = evidence.rivals.last!.mean
    #expect(abs(evidence.score.floor - floor) < 1e-9)
    for rival in evidence.rivals {
      guard let share = rival.share else {
        #expect(score.value <= floor, "\(rival.label) has no share")
        continue
      }
      #expect(abs(share - (rival.mean - floor) / (score.value - floor)) < 1e-9, "\(rival.label)")
      #expect(abs(rival.margin - (1 - share) * (score.value - floor)) < 1e-9, "\(rival.label)")
      #expect(rival.marginInterval.lower <= rival.margin && rival.margin <= rival.marginInterval.upper)
    }
    let thresholds = evidence.rivals.map { rival in
      rival.criteria.first { $0.criterion.quantity == .margin }!.criterion.threshold
    }
    let missed = zip(evidence.rivals, thresholds).filter { $0.marginInterval.upper < $1 }.map(\.0)
    let allMet = zip(evidence.rivals, thresholds).allSatisfy { $0.marginInterval.lower >= $1 }
    let pMet = evidence.rivals[0].p!.value < 0.01
    let expected: Verdict
    if score.interval.upper < score.threshold {
      expected = .falsified
    } else if !missed.isEmpty {
      expected = .artifact
      for rival in missed { #expect(judgement.reason.contains(rival.label), "\(judgement.reason)") }
    } else if score.interval.lower >= score.threshold && allMet && pMet {
      expected = .corroborated
    } else {
      expected = .inconclusive
    }
    #expect(judgement.verdict == expected, "\(judgement.reason)")
  }

  /// The strength is the one that was planted, less at most what is lost by fitting 20 coefficients per column to 400
  /// items.
  private func expect(score: Double, near theory: Double) {
    let lost = (1 - theory) * Double(PlantedSample.dimensions) / (0.8 * Double(PlantedSample.items))
    #expect(score < theory + 0.03 && score > theory - lost - 0.03, "\(score), not \(theory)")
  }

  @Test("What is strongly in the vectors is corroborated", arguments: probes, [1, 2, 3] as [UInt64])
  func strong(_ probe: String, _ seed: UInt64) async throws {
    for (metric, claim, margin) in Self.claims {
      let (judgement, evidence) = try await test(
        seed: seed, "strong", metric, probe, claim: claim, margin: margin)
      #expect(judgement.verdict == .corroborated, "\(judgement.reason)")
      guard metric == "r2" else { continue }
      let theory = PlantedSample.Strength.strong.r2
      expect(score: evidence.score.requirement.value, near: theory)
      // That is more than can just be told apart from the threshold.
      let score = evidence.score.requirement
      #expect(theory > claim + 2 * (score.value - score.interval.lower))
    }
  }

  @Test(
    "What lies below the detectable margin is undecided or falsified", arguments: probes,
    [1, 2, 3, 4, 5] as [UInt64])
  func weak(_ probe: String, _ seed: UInt64) async throws {
    for (metric, claim, margin) in Self.claims {
      for strength in [PlantedSample.Strength.edge, .weak] {
        let (judgement, evidence) = try await test(
          seed: seed, strength.rawValue, metric, probe, claim: claim, margin: margin)
        #expect(
          [.inconclusive, .falsified].contains(judgement.verdict),
          "\(metric), \(strength.rawValue): \(judgement.reason)")
        guard metric == "r2" else { continue }
        let score = evidence.score.requirement
        expect(score: score.value, near: strength.r2)
        #expect(strength.r2 < claim + (score.value - score.interval.lower))
      }
    }
  }

  @Test("Features that follow from the category are an artifact of it", arguments: probes)
  func category(_ probe: String) async throws {
    for (metric, claim, margin) in Self.claims {
      let (judgement, evidence) = try await test(
        seed: 1, tensor: "kinds", "kind", metric, probe, claim: claim, margin: margin)
      #expect(judgement.verdict == .artifact, "\(judgement.reason)")
      #expect(judgement.reason.contains("category_means(t.kind) reproduces"), "\(judgement.reason)")
      let means = try #require(evidence.rivals.first { $0.rival.name == "category_means" })
      #expect(abs((means.share ?? 0) - 1) < 0.1, "\(metric): \(means.share ?? 0)")
      // Nothing else that knows no category comes near.
      for name in ["permuted_labels", "random_embedding", "random_norms", "mean_predictor"] {
        let rival = try #require(evidence.rivals.first { $0.rival.name == name })
        #expect(abs(rival.share ?? 1) < 0.2, "\(rival.label): \(rival.share ?? 1)")
      }
    }
  }
}

/// The nearest copy as a rival, and comparisons between probes that are fitted anew in every world.
struct OtherProbeTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try PlantedSample.write(to: folder, seed: 3)
  }

  private func text(tensor: String, target: String, probe: String, claim: String, rivals: [String]) -> String
  {
    """
    hypothesis "copies" {
      data x = activations("p.safetensors", tensor: "\(tensor)")
      data t = table("p.csv", key: key)
      measure score = r2 {
        predict t[\(target)] from x
        probe \(probe)
        folds 5
      }
      claim score \(claim)
      \(rivals.map { "withstand " + $0 }.joined(separator: "\n  "))
    }
    """
  }

  @Test("A copy of the neighbours is withstood by a linear map, and explains what lies in clusters")
  func copies() async throws {
    for parameters in ["k: 1", "k: 5", "k: 5, similarity: euclidean"] {
      let rival = ["knn_copy(\(parameters)) { margin >= 0.1 }"]
      let linear = try await run(
        text(tensor: "x", target: "sum", probe: "ridge()", claim: ">= 0.5", rivals: rival), in: folder)
      #expect(linear.judgement.verdict == .corroborated, "\(linear.judgement.reason)")
      let clusters = try await run(
        text(tensor: "kinds", target: "kind_*", probe: "ridge()", claim: ">= 0.5", rivals: rival), in: folder)
      #expect(clusters.judgement.verdict == .artifact, "\(clusters.judgement.reason)")
      #expect(clusters.judgement.reason.contains("knn_copy"))
      // The rival is the probe `knn` by another name.
      let probe = try await run(
        text(
          tensor: "kinds", target: "kind_*", probe: "knn(\(parameters), weights: uniform)", claim: ">= 0.1",
          rivals: ["mean_predictor { margin >= 0.1 }"]), in: folder)
      let own = try #require(probe.evidence).score.requirement.value
      let mean = try #require(clusters.evidence).rivals[0].mean
      #expect(abs(own - mean) < 1e-12, "\(parameters): \(own), \(mean)")
    }
  }

  private func comparison(
    _ better: String, over worse: String, target: String, claim: String, rivals: [String]
  ) -> String {
    """
    hypothesis "probes" {
      data x = activations("p.safetensors", tensor: "few")
      data t = table("p.csv", key: key)
      measure score = r2 {
        predict t.\(target) from x
        probe \(better)
        folds 5
      }
      measure other = r2 {
        predict t.\(target) from x
        probe \(worse)
        folds 5
      }
      compare gain = score over other
      claim gain \(claim)
      \(rivals.map { "withstand " + $0 }.joined(separator: "\n  "))
    }
    """
  }

  static let network = "ffnn(hidden: 32, dropout: 0, learning_rate: 0.01)"
  static let linear = "pls(components: 2)"

  @Test("A network finds a product that no linear map can find")
  func network() async throws {
    let rivals = [
      "swapped_sides(replicates: 500) { p < 0.01 }", "permuted_labels(replicates: 20) { margin >= 0.2 }",
      "knn_copy { margin >= 0.2 }",
    ]
    let product = try await run(
      comparison(Self.network, over: Self.linear, target: "product", claim: ">= 0.3", rivals: rivals),
      in: folder)
    #expect(product.judgement.verdict == .corroborated, "\(product.judgement.reason)")
    let sides = try #require(product.evidence).score.sides
    #expect(sides[0].score > 0.4 && sides[1].score < 0.05, "\(sides.map(\.score))")
    // A copy of the neighbours is the same on both sides.
    #expect(try #require(product.evidence).rivals[2].mean == 0)
    // The other way round, and where a line is all there is, there is no gain.
    for (better, worse, target) in [
      (Self.linear, Self.network, "product"), (Self.network, Self.linear, "sum"),
    ] {
      let nothing = try await run(
        comparison(better, over: worse, target: target, claim: ">= 0.1", rivals: [rivals[0]]), in: folder)
      #expect(nothing.judgement.verdict == .falsified, "\(nothing.judgement.reason)")
    }
  }

  @Test("Evidence of a comparison of probes is the same for any number of jobs")
  func jobs() async throws {
    let text = comparison(
      Self.network, over: Self.linear, target: "product", claim: ">= 0.3",
      rivals: ["permuted_labels(replicates: 6) { margin >= 0.1 }", "knn_copy { margin >= 0.1 }"])
    let one = try await run(text, in: folder, jobs: 1).evidence
    #expect(try await run(text, in: folder, jobs: 3).evidence == one)
  }
}
