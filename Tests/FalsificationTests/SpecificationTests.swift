import Falsification
import Hypotheses
import TestSupport
import Testing

/// What a claim comes to under other choices.
struct SpecificationTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try Sample.write(to: folder)
  }

  private let rivals = ["permuted_labels(replicates: 200) { p < 0.05 }", "mean_predictor { margin >= 0.1 }"]

  private func verdicts(_ evidence: Evidence) -> [String: Verdict] {
    [String: Verdict](
      evidence.specifications.map { ($0.choices.map(\.value).joined(separator: " "), $0.verdict) },
      uniquingKeysWith: { first, _ in first })
  }

  @Test("A property that is there holds whatever one chooses")
  func everywhere() async throws {
    let result = try await run(
      Sample.hypothesis(
        metric: "accuracy", target: "class", claim: ">= 0.6", rivals: ["majority { margin >= 0.05 }"],
        extra: """
          vary probe  in [ridge, logistic(penalty: 1)]
          vary folds  in [5, 10]
          vary metric in [accuracy, balanced_accuracy, auc]
          """), in: folder)
    let evidence = try #require(result.evidence)
    #expect(evidence.specifications.count == 12)
    #expect(result.judgement.verdict == .corroborated)
    #expect(evidence.specifications.allSatisfy { $0.verdict == .corroborated })
    #expect(result.judgement.reason.hasSuffix("The verdict holds in all 12 specifications."))
    let written = evidence.specifications.filter(\.isAsWritten)
    #expect(written.count == 1 && written[0].score == evidence.score.requirement)
    #expect(written[0].choices.map(\.value) == ["ridge", "5", "accuracy"])
    #expect(Set(evidence.specifications.compactMap { $0.score?.metric }).count == 3)
  }

  @Test("A claim that hangs on the layer holds in the layer that was claimed")
  func fragile() async throws {
    let result = try await run(
      Sample.hypothesis(
        rivals: rivals,
        extra: """
          data noise = activations("x.safetensors", tensor: "twin.0")
          vary representation in [x, noise]
          vary folds in [4, 5]
          """), in: folder)
    let evidence = try #require(result.evidence)
    #expect(result.judgement.verdict == .corroborated)
    #expect(
      verdicts(evidence) == [
        "x 4": .corroborated, "x 5": .corroborated, "noise 4": .falsified, "noise 5": .falsified,
      ])
    #expect(result.judgement.reason.hasSuffix("The verdict holds in 2 of 4 specifications."))
  }

  /// The verdict is that of the claim as written, also where every other specification comes to another.
  @Test func decideNothing() async throws {
    let choices = """
      data noise = activations("x.safetensors", tensor: "twin.0")
      vary representation in [noise]
      vary penalty in [1, 10]
      """
    let plain = try await run(Sample.hypothesis(rivals: rivals), in: folder)
    let varied = try await run(Sample.hypothesis(rivals: rivals, extra: choices), in: folder)
    var evidence = try #require(varied.evidence)
    // The claim as written is none of the combinations, so it stands first.
    #expect(evidence.specifications.map(\.isAsWritten) == [true, false, false])
    #expect(evidence.specifications[0].choices.map(\.value) == ["x", "loo"])
    #expect(evidence.specifications.dropFirst().allSatisfy { $0.verdict == .falsified })
    #expect(varied.judgement.verdict == plain.judgement.verdict)
    // Nothing else of the evidence has changed.
    evidence.specifications = []
    #expect(evidence == plain.evidence)
    #expect(judge(evidence) == plain.judgement)
  }

  /// A specification is the hypothesis that says it: the same folds, the same rearrangements, the same numbers.
  @Test func areHypothesesOfTheirOwn() async throws {
    let varied = try await run(
      Sample.hypothesis(rivals: rivals, extra: "vary metric in [spearman, r2]"), in: folder)
    let alone = try await run(Sample.hypothesis(metric: "spearman", rivals: rivals), in: folder)
    let found = try #require(varied.evidence?.specifications.first)
    #expect(found.score == alone.evidence?.score.requirement)
    #expect(found.verdict == alone.judgement.verdict && found.reason == alone.judgement.reason)
  }

  @Test func doNotDependOnJobs() async throws {
    let text = Sample.hypothesis(
      target: "faint", claim: ">= 0.05",
      premise: "premise score >= 0.01",
      rivals: rivals + ["random_embedding(gaussian, replicates: 10) { margin >= 0.05 }"],
      extra: """
        vary probe in [ridge(), pls(components: 3), knn(k: 5)]
        vary folds in [5, 10]
        """)
    let one = try await run(text, in: folder, jobs: 1)
    let three = try await run(text, in: folder, jobs: 3)
    #expect(one.evidence?.specifications.count == 6)
    #expect(one.evidence == three.evidence && one.judgement == three.judgement)
    // A premise about the claimed score is asked of every specification.
    let reasons = Set((one.evidence?.specifications ?? []).map(\.reason))
    #expect(reasons.count > 1, "\(reasons)")
  }

  /// What cannot be used in one specification spoils that one only.
  @Test func aSpecificationMayFail() async throws {
    var header = "key,signal\n"
    for (index, key) in Sample.keys.enumerated() { header += "\(key),\(index < 8 ? "\(index % 3)" : "")\n" }
    try folder.write(header, to: "few.csv")
    let result = try await run(
      """
      hypothesis "few" {
        data x = activations("x.safetensors", tensor: "x")
        data t = table("few.csv", key: key)
        measure score = r2 {
          predict t.signal from x
          folds 2
        }
        claim score >= 0.9
        withstand mean_predictor { margin >= 0.1 }
        vary folds in [2, 4]
        vary probe in [ridge, ridge(penalty: 1)]
      }
      """, in: folder)
    #expect(result.evidence?.specifications.count == 4)
  }
}
