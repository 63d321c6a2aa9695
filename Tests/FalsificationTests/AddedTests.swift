import Falsification
import Hypotheses
import TestSupport
import Testing

/// What a representation adds to confounds.
struct AddedTests {
  /// 150 items: `x` holds two directions and the confound, with noise; `both` is x and the confound side by side, `plain`
  /// the confound alone. `own` is made of a direction and the confound, `theirs` of the confound alone.
  private func write(_ folder: TemporaryFolder) throws {
    var random = Sample.Generator(seed: 41)
    for _ in 0..<20 { _ = random.uniform() }
    let n = 150
    let confound = (0..<n).map { _ in random.normal() }
    var (x, both): ([Double], [Double]) = ([], [])
    for value in confound {
      let row = [random.normal(), random.normal(), value + 0.5 * random.normal()]
      x += row
      both += row + [value]
    }
    try folder.write(
      safetensors(["x": (x, 3), "both": (both, 4), "plain": (confound, 1)], keys: (0..<n).map { "w\($0)" }),
      to: "a.safetensors")
    var table = "key,confound,own,theirs\n"
    for i in 0..<n {
      let own = x[3 * i] + confound[i] + 0.5 * random.normal()
      table += "w\(i),\(confound[i]),\(own),\(confound[i] + 0.5 * random.normal())\n"
    }
    try folder.write(table, to: "a.csv")
  }

  private func test(
    _ target: String, tensor: String = "x", metric: String = "r2", claim: String = ">= 0.001",
    _ criteria: String
  ) async throws -> TestedHypothesis {
    let folder = try TemporaryFolder()
    try write(folder)
    return try await run(
      """
      hypothesis "added" {
        data x = activations("a.safetensors", tensor: "\(tensor)")
        data a = table("a.csv", key: key)
        measure score = \(metric) {
          predict a.\(target) from x
          probe ridge(penalty: 1)
          folds 5
        }
        claim score \(claim)
        withstand confounds(a.confound) { \(criteria) }
      }
      """, in: folder)
  }

  @Test("is the score of both side by side less that of the confounds, on the same folds")
  func value() async throws {
    let rival = try #require(try await test("own", "added >= 0.1, margin >= 0").evidence?.rivals[0])
    let added = try #require(rival.added)
    // The same columns as a tensor of the file, measured as a claim on the same folds.
    let both = try #require(try await test("own", tensor: "both", "margin >= 0").evidence)
    let plain = try #require(try await test("own", tensor: "plain", "margin >= 0").evidence)
    // The file holds single precision.
    #expect(abs(added.joint - both.score.requirement.value) < 1e-6)
    #expect(abs(added.value - (both.score.requirement.value - plain.score.requirement.value)) < 1e-6)
    #expect(abs(both.rivals[0].margin - added.value) < 1e-6)
    #expect(added.interval.lower < added.value && added.value < added.interval.upper)
    #expect(rival.criteria[0].outcome == .met)
  }

  @Test("is found where the representation knows more, and missed where it knows what the confound does")
  func outcomes() async throws {
    let more = try await test("own", "added >= 0.1")
    #expect(more.judgement.verdict == .corroborated, "\(more.judgement.reason)")
    let nothing = try await test("theirs", "added >= 0.1")
    #expect(nothing.judgement.verdict == .artifact, "\(nothing.judgement.reason)")
    #expect(nothing.judgement.reason.contains("added "))
    #expect(nothing.evidence?.rivals[0].equivalence == nil)
    // Errors: less is better, and what is added is still positive.
    let errors = try await test("own", metric: "mse", claim: "<= 10", "added >= 0.1")
    #expect(errors.judgement.verdict == .corroborated, "\(errors.judgement.reason)")
    #expect((errors.evidence?.rivals[0].added?.value ?? 0) > 0.1)
  }
}
