import Activations
import Falsification
import Foundation
import Hypotheses
import HypothesisLanguage
import TestSupport
import Testing

/// Claims about several columns, from hypothesis text and files to verdicts.
struct FeatureTests {
  let folder: TemporaryFolder

  /// The features of `n.csv`: f0 to f11 are signs of directions of x with noise, popular to rare; g0 to g3 are numbers that
  /// are linear in x, with noise of variance 1; z0 to z11 are features that nothing predicts. `kind` has 6 values that
  /// f0 to f2 depend on.
  init() throws {
    folder = try TemporaryFolder()
    var random = Sample.Generator(seed: 11)
    let (n, d) = (120, 8)
    let x = (0..<n * d).map { _ in random.normal() }
    try folder.write(safetensors(["x": (x, d)], keys: Sample.keys), to: "x.safetensors")
    var lines = [
      (["key", "kind"] + (0..<12).map { "f\($0)" } + (0..<4).map { "g\($0)" } + (0..<12).map { "z\($0)" })
        .joined(separator: ",")
    ]
    for item in 0..<n {
      let row = Array(x[item * d..<(item + 1) * d])
      var cells = [Sample.keys[item], "k\(item % 6)"]
      for feature in 0..<12 {
        let value = row[feature % d] + 0.5 * row[(3 * feature + 1) % d] + 0.4 * random.normal()
        let lean = feature < 3 && item % 6 == feature ? 1.5 : 0
        cells.append(value + lean > 0.15 * Double(feature) ? "1" : "0")
      }
      for number in 0..<4 {
        cells.append("\(100 * Double(number) + 3 * row[number] + random.normal())")
      }
      for feature in 0..<12 { cells.append(random.uniform() < 0.1 + 0.05 * Double(feature) ? "1" : "0") }
      lines.append(cells.joined(separator: ","))
    }
    try folder.write(lines.joined(separator: "\n") + "\n", to: "n.csv")
  }

  private func text(_ metric: String, _ targets: String, _ claim: String, rivals: [String]) -> String {
    """
    hypothesis "features" {
      data x = activations("x.safetensors", tensor: "x")
      data t = table("n.csv", key: key)
      measure score = \(metric) {
        predict t[\(targets)] from x
        folds 5
      }
      claim score \(claim)
      \(rivals.map { "withstand " + $0 }.joined(separator: "\n  "))
    }
    """
  }

  private func run(_ text: String, jobs: Int = 2) async throws -> TestedHypothesis {
    let library = DataLibrary(folder: DataFolder(root: folder.path))
    let parsed = parse(SourceFile(path: "features.hypothesis", text: text))
    let checked = check(parsed.document, against: library)
    let errors = (parsed.diagnostics + checked.diagnostics).filter { $0.severity == .error }
    try #require(errors.isEmpty, "\(errors.map(\.message))")
    return try await test(
      try #require(checked.hypotheses.first), library: library, options: RunOptions(jobs: jobs))
  }

  static let claims: [(metric: String, claim: String)] = [
    ("r2_per_feature", ">= 0.2"), ("spearman_per_feature", ">= 0.4"), ("spearman_per_item", ">= 0.3"),
    ("f1_micro", ">= 0.6"), ("f1_macro", ">= 0.5"), ("precision_at_k", ">= 0.6"),
    ("precision_at_k(k: 2)", ">= 0.6"), ("mean_average_precision", ">= 0.6"),
    ("neighbourhood_accuracy(n: 20)", ">= 0.4"), ("mse", "<= 0.2"),
  ]

  @Test(
    "Features that are in the vectors are found by every metric, and nothing where there is nothing",
    arguments: claims)
  func everyMetric(_ metric: String, _ claim: String) async throws {
    let rivals = [
      "permuted_labels(replicates: 200) { p < 0.05, margin > 0 }", "mean_predictor { margin > 0 }",
    ]
    let real = try await run(text(metric, "f*", claim, rivals: rivals))
    #expect(real.judgement.verdict == .corroborated, "\(real.judgement.reason)")
    let evidence = try #require(real.evidence)
    #expect(evidence.gates.filter { !$0.passed }.isEmpty)
    #expect(
      evidence.gates.contains { $0.name == "mean_predictor_at_floor" } == (metric != "spearman_per_item"))
    for rival in evidence.rivals {
      #expect(rival.margin > 0 && rival.marginInterval.lower > 0)
      #expect(rival.marginInterval.lower <= rival.margin && rival.margin <= rival.marginInterval.upper)
    }
    let nothing = try await run(text(metric, "z*", claim, rivals: rivals))
    #expect(
      [.falsified, .artifact, .inconclusive].contains(nothing.judgement.verdict),
      "\(nothing.judgement.reason)")
    #expect(try #require(nothing.evidence).rivals[0].p!.value > 0.01)
  }

  @Test("A claim of a small error is held against an error that is small")
  func smallError() async throws {
    let rivals = [
      "permuted_labels(replicates: 200) { p < 0.05, margin >= 3 }", "mean_predictor { margin >= 3 }",
    ]
    let real = try await run(text("mse", "g*", "<= 1.8", rivals: rivals))
    #expect(real.judgement.verdict == .corroborated, "\(real.judgement.reason)")
    let evidence = try #require(real.evidence)
    let score = evidence.score
    // Noise of variance 1 is left, of about 10.
    #expect(score.requirement.value > 0.7 && score.requirement.value < 1.5)
    #expect(score.floor > 8 && score.floor < 13)
    #expect(score.ceiling == 0)
    #expect(try #require(score.normalized) > 0.8)
    let permuted = evidence.rivals[0]
    #expect(permuted.p?.exceedances == 0)
    #expect(permuted.mean > 8)
    #expect(abs(permuted.margin - (permuted.mean - score.requirement.value)) < 1e-9)
    #expect(permuted.marginInterval.lower > 3)
    #expect(abs(try #require(evidence.rivals[1].share)) < 1e-9)

    let tooSmall = try await run(text("mse", "g*", "<= 0.3", rivals: rivals))
    #expect(tooSmall.judgement.verdict == .falsified)
    #expect(tooSmall.judgement.reason.contains("the claim is <= 0.3"))
    let artifact = try await run(
      text("mse", "g*", "<= 1.8", rivals: ["mean_predictor { margin >= 30 }"]))
    #expect(artifact.judgement.verdict == .artifact)
  }

  @Test("What a score is shown beside, and how the features are built")
  func structure() async throws {
    let result = try await run(
      text(
        "precision_at_k", "f*", ">= 0.5",
        rivals: ["permuted_labels(within: t.kind, replicates: 200) { p < 0.05 }"]))
    let evidence = try #require(result.evidence)
    #expect(evidence.score.references.map(\.kind) == [.nearestCopy])
    let copy = evidence.score.references[0].value
    #expect(copy > evidence.score.floor && copy < evidence.score.requirement.value)

    // Counted again, from the file.
    let rows: [[Bool]] = try String(contentsOfFile: folder.path + "/n.csv", encoding: .utf8).split(
      separator: "\n"
    )
    .dropFirst().map { $0.split(separator: ",")[2..<14].map { $0 == "1" } }
    let perItem = rows.map { $0.count { $0 } }.sorted()
    let perColumn = (0..<12).map { column in rows.count { $0[column] } }.sorted()
    let total = Double(perItem.reduce(0, +))
    let structure = try #require(evidence.structure)
    #expect(structure.items == 120 && structure.columns == 12)
    #expect(abs(structure.density - total / 1440) < 1e-12)
    #expect(structure.singletons == 0)
    #expect(
      structure.featuresPerItem.least == perItem[0] && structure.featuresPerItem.largest == perItem[119])
    #expect(structure.featuresPerItem.median == Double(perItem[59] + perItem[60]) / 2)
    #expect(abs(structure.featuresPerItem.mean - total / 120) < 1e-12)
    let duplicates = rows.filter { row in rows.filter { $0 == row }.count > 1 }
    #expect(structure.duplicates == duplicates.count)
    #expect(abs(structure.topTenth - Double(perColumn[10] + perColumn[11]) / total) < 1e-12)
    var differences = 0
    for a in perColumn { for b in perColumn { differences += abs(a - b) } }
    #expect(abs(structure.gini - Double(differences) / (2 * 12 * total)) < 1e-12)
    let taxonomy = try #require(structure.taxonomy)
    #expect(taxonomy.column == "t.kind" && taxonomy.categories == 6)
    #expect(abs(taxonomy.expected - 5.0 / 119) < 1e-12)
    #expect(taxonomy.between > taxonomy.expected && taxonomy.between < 0.4)
    #expect(structure.alone.map(\.source) == [.popularity, .categoryMeans, .nearestCopy])
    #expect(structure.alone[0].score == evidence.score.floor)
    #expect(structure.alone[1].score > structure.alone[0].score)
    #expect(structure.alone[2].score == copy)
    for alone in structure.alone {
      #expect(abs(try #require(alone.share) - alone.score / evidence.score.requirement.value) < 1e-12)
    }
  }

  @Test("Numbers that go below 0, classes and single columns have no structure of features")
  func noStructure() async throws {
    let single = try await run(text("r2", "f0", ">= 0.1", rivals: ["mean_predictor { margin > 0 }"]))
    #expect(try #require(single.evidence).structure == nil)
    // g0 goes below 0.
    let numbers = try await run(text("r2", "g*", ">= 0.1", rivals: ["mean_predictor { margin > 0 }"]))
    #expect(try #require(numbers.evidence).structure == nil)
    let error = try await run(text("mse", "f*", "<= 0.3", rivals: ["mean_predictor { margin > 0 }"]))
    // A share of an error means nothing.
    #expect(try #require(error.evidence?.structure).alone.allSatisfy { $0.share == nil })
    #expect(try #require(error.evidence?.structure).taxonomy == nil)
  }

  @Test(
    "Evidence about features is the same for any number of jobs",
    arguments: ["f1_macro", "precision_at_k", "mse"])
  func jobs(_ metric: String) async throws {
    let text = text(
      metric, "f*", metric == "mse" ? "<= 0.3" : ">= 0.3",
      rivals: [
        "permuted_labels(replicates: 300) { p < 0.05, margin > 0 }",
        "control_task(by: t.kind) { margin > 0 }",
      ])
    let one = try await run(text, jobs: 1).evidence
    #expect(try await run(text, jobs: 3).evidence == one)
  }
}
