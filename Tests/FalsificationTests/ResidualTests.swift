import Activations
import Falsification
import Hypotheses
import HypothesisLanguage
import TestSupport
import Testing

/// Claims whose representation or targets are residualised inside the folds.
struct ResidualTests {
  /// 150 items. `x` holds two directions, the confound with noise and the class with noise; `plain` is the confound alone, and
  /// `noise` nothing. `own` is made of a direction and the confound, `theirs` of the confound and the class alone, `given` is
  /// the confound on another scale. One item has no confound.
  private func write(_ folder: TemporaryFolder) throws {
    var random = Sample.Generator(seed: 47)
    for _ in 0..<20 { _ = random.uniform() }
    let n = 150
    let confound = (0..<n).map { _ in random.normal() }
    let kinds = (0..<n).map { ["a", "b", "c"][$0 % 3] }
    var (x, noise): ([Double], [Double]) = ([], [])
    for (value, kind) in zip(confound, kinds) {
      x += [
        random.normal(), random.normal(), value + 0.5 * random.normal(),
        (kind == "a" ? 1 : 0) + 0.3 * random.normal(),
      ]
      noise += [random.normal(), random.normal()]
    }
    try folder.write(
      safetensors(
        ["x": (x, 4), "noise": (noise, 2), "plain": (confound, 1)], keys: (0..<n).map { "w\($0)" }),
      to: "a.safetensors")
    var table = "key,confound,kind,own,theirs,given\n"
    for i in 0..<n {
      let own = x[4 * i] + confound[i] + 0.5 * random.normal()
      let theirs = confound[i] + (kinds[i] == "a" ? 1 : 0) + 0.5 * random.normal()
      table +=
        "w\(i),\(i == 11 ? "" : "\(confound[i])"),\(kinds[i]),\(own),\(theirs),\(4 - 3 * confound[i])\n"
    }
    try folder.write(table, to: "a.csv")
  }

  private func text(
    _ target: String, tensor: String = "x", metric: String = "r2", probe: String = "ridge()",
    parts: [String] = ["representation", "targets"], on columns: String = "a[confound, kind]",
    claim: String = ">= 0.2", rivals: [String] = ["permuted_labels(replicates: 500) { p < 0.05 }"]
  ) -> String {
    """
    hypothesis "residuals" {
      data x = activations("a.safetensors", tensor: "\(tensor)")
      data other = activations("a.safetensors", tensor: "noise")
      data a = table("a.csv", key: key)
      measure score = \(metric) {
        predict a.\(target) from x
        probe \(probe)
        folds 5
        \(parts.map { "residualize \($0) on \(columns)" }.joined(separator: "\n    "))
      }
      claim score \(claim)
      \(rivals.map { "withstand \($0)" }.joined(separator: "\n  "))
    }
    """
  }

  private func test(_ text: String, jobs: Int = 2) async throws -> TestedHypothesis {
    let folder = try TemporaryFolder()
    try write(folder)
    return try await run(text, in: folder, jobs: jobs)
  }

  private static let every: [[String]] = [["representation"], ["targets"], ["representation", "targets"]]

  @Test("What only a confound explains is found without residuals and not with them", arguments: every)
  func confoundAlone(_ parts: [String]) async throws {
    let whole = try await test(text("theirs", parts: []))
    #expect(whole.judgement.verdict == .corroborated)
    let left = try await test(text("theirs", parts: parts))
    #expect(left.judgement.verdict == .falsified, "\(left.judgement.reason)")
    #expect(left.evidence?.gates.allSatisfy(\.passed) == true)
    #expect(left.evidence?.rivals[0].p.map { $0.value > 0.01 } == true)
  }

  @Test("What is there beside the confound survives", arguments: every)
  func beside(_ parts: [String]) async throws {
    let found = try await test(text("own", parts: parts))
    #expect(found.judgement.verdict == .corroborated, "\(found.judgement.reason)")
    #expect(found.evidence?.gates.allSatisfy(\.passed) == true)
    #expect(
      found.evidence?.notes.contains { $0.contains("residuals on a[confound, kind], inside every") } == true)
    // The item without a confound is left out.
    #expect(found.evidence?.items == 149)
    #expect(found.evidence?.notes.contains { $0.contains("confound is empty") } == true)
  }

  @Test(
    "Every metric and probe that takes residuals runs with all its checks",
    arguments: ["r2", "spearman", "mse"], ["ridge(penalty: 1)", "pls(components: 2)", "knn(k: 5)"])
  func metricsAndProbes(_ metric: String, _ probe: String) async throws {
    let claim = metric == "mse" ? "<= 0.95" : ">= 0.1"
    let found = try await test(text("own", metric: metric, probe: probe, claim: claim))
    let evidence = try #require(found.evidence)
    let failed = evidence.gates.filter { !$0.passed }
    #expect(failed.isEmpty, "\(failed)")
    #expect(found.judgement.verdict == .corroborated, "\(found.judgement.reason)")
  }

  @Test("The result does not depend on the number of jobs")
  func jobs() async throws {
    let (one, two) = (try await test(text("own"), jobs: 1), try await test(text("own"), jobs: 2))
    #expect(one.evidence != nil && one.evidence == two.evidence)
  }

  @Test("Targets that their confounds give leave nothing to predict, and that is no verdict on the claim")
  func nothingLeft() async throws {
    let found = try await test(text("given", parts: ["targets"]))
    #expect(found.judgement.verdict == .invalid && found.evidence == nil)
    #expect(found.judgement.reason.contains("nothing is left to predict"))
  }

  @Test(
    "Confounds as a rival keep what the representation loses; other representations lose it as the real one does"
  )
  func rivals() async throws {
    let rivals = [
      "confounds(a[confound, kind]) { margin >= 0, added >= 0 }",
      "other_representation(other) { margin >= 0 }",
      "knn_copy { margin >= 0 }", "random_embedding(shuffled_rows, replicates: 20) { margin >= 0 }",
      "category_means(a.kind) { margin >= 0 }", "mean_predictor { margin >= 0 }",
    ]
    let found = try #require(
      try await test(text("theirs", parts: ["representation"], rivals: rivals)).evidence)
    let raw = try #require(try await test(text("theirs", parts: [], rivals: rivals)).evidence)
    // The same targets and folds: what confounds say alone, and beside the whole representation, is what they always do.
    #expect(found.rivals[0].mean == raw.rivals[0].mean)
    #expect(found.rivals[0].added?.joint == raw.rivals[0].added?.joint)
    #expect(found.rivals[0].mean > 0.5 && found.score.requirement.value < 0.1)
    #expect(found.rivals[1].mean != raw.rivals[1].mean)

    let own = try #require(
      try await test(text("own", parts: ["targets"], rivals: rivals)).evidence)
    // Targets lose what the confounds explain, so these explain nothing of them, and neither does the category.
    #expect(own.rivals[0].mean < 0.05)
    #expect(own.rivals[4].mean < 0.05)
    #expect(own.rivals[5].mean == 0)
    #expect(own.score.requirement.value > 0.5)
    // The same representation as another one is the same instrument.
    let same = try #require(
      try await test(
        text("own", rivals: ["other_representation(twin) { margin >= 0 }"]).replacing(
          "data other = activations(\"a.safetensors\", tensor: \"noise\")",
          with: "data twin = activations(\"a.safetensors\", tensor: \"plain\")")
      ).evidence)
    // Nothing is left of the confound beside itself.
    #expect(same.rivals[0].mean == 0)
  }

  @Test(
    "A comparison holds sides with and without residuals against each other, each with its own floor and ceiling"
  )
  func comparison() async throws {
    let found = try #require(
      try await test(
        """
        hypothesis "sides" {
          data x = activations("a.safetensors", tensor: "x")
          data a = table("a.csv", key: key)
          measure whole = mse { predict a.theirs from x  folds 5 }
          measure left = mse {
            predict a.theirs from x
            folds 5
            residualize targets on a[confound, kind]
          }
          compare lost = whole over left
          claim lost >= 0.1
          withstand permuted_labels(replicates: 200) { p < 0.05 }
        }
        """
      ).evidence)
    let sides = found.score.sides
    #expect(sides[0].floor > 1.5 * sides[1].floor)
    #expect(sides.map(\.ceiling) == [0, 0])
    #expect(sides[0].residualized == Residualized())
    #expect(
      sides[1].residualized.targets == ColumnSelection(data: "a", columns: ["confound", "kind"]))
    #expect(found.score.requirement.value > 0.3)
    #expect(found.notes.contains { $0.hasPrefix("left: targets replaced by residuals on a[confound, kind]") })
    #expect(found.items == 149)
  }

  @Test("calibrate and power simulate claims with residuals")
  func calibration() async throws {
    let folder = try TemporaryFolder()
    try write(folder)
    let library = DataLibrary(folder: DataFolder(root: folder.path))
    let source = text(
      "own",
      rivals: [
        "permuted_labels(replicates: 99) { p < 0.05 }", "other_representation(other) { margin >= 0 }",
        "confounds(a.confound) { margin >= 0 }",
      ])
    let checked = check(parse(SourceFile(path: "s", text: source)).document, against: library)
    let hypothesis = try #require(checked.hypotheses.first)
    let found = try await calibrate(
      hypothesis, library: library,
      options: CalibrationOptions(jobs: 2, simulations: 60, strengths: [0.9]))
    let p = try #require(found.null.criteria[0].atFive)
    #expect(p.count <= 9)
    let planted = try #require(found.planted[0].criteria[0].atFive)
    #expect(planted.count >= 10)
  }
}
