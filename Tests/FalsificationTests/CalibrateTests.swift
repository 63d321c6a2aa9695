import Activations
import Falsification
import Foundation
import Hypotheses
import HypothesisLanguage
import Resampling
import TestSupport
import Testing

/// `refute calibrate` and `refute power`: simulations on a hypothesis's own data.
struct CalibrateTests {
  private func hypothesis(
    _ text: String, in folder: TemporaryFolder
  ) throws -> (Hypothesis, DataLibrary) {
    let library = DataLibrary(folder: DataFolder(root: folder.path))
    let parsed = parse(SourceFile(path: "sample.hypothesis", text: text))
    let checked = check(parsed.document, against: library)
    return (try #require(checked.hypotheses.first, "\(checked.diagnostics.map(\.message))"), library)
  }

  private let rivals = [
    "permuted_labels(replicates: 99) { p < 0.1 }",
    "random_embedding(gaussian, replicates: 5) { margin >= 0.05 }",
    "mean_predictor { margin >= 0.05 }",
  ]

  @Test("True nulls are seldom corroborated, strong signals are; results do not depend on jobs")
  func rates() async throws {
    let folder = try TemporaryFolder()
    try Sample.write(to: folder)
    let (hypothesis, library) = try hypothesis(Sample.hypothesis(claim: ">= 0.1", rivals: rivals), in: folder)
    var all: [Calibration] = []
    for jobs in [1, 3] {
      var found = try await calibrate(
        hypothesis, library: library,
        options: CalibrationOptions(jobs: jobs, simulations: 40, strengths: [1, 0.5]))
      found.seconds = 0
      all.append(found)
    }
    #expect(all[0] == all[1])
    let null = all[0].null
    #expect(null.simulations == 40)
    #expect(null.corroborated.count == 0)
    #expect(null.criteria.map(\.rival).count == 3)
    let p = try #require(null.criteria.first)
    #expect(p.atFive!.interval.lower <= 0.05 && p.atOne!.interval.lower <= 0.01)
    #expect(null.criteria[1].atFive == nil && null.criteria[1].meanMargin != nil)
    #expect(all[0].planted.map(\.strength) == [0.5, 1])
    #expect(all[0].planted[1].corroborated.value > 0.8)
    #expect(all[0].planted[1].meanScore > all[0].planted[0].meanScore)
    #expect(all[0].scheme == "targets rearranged over items")
  }

  @Test("Classes, features and the units of the scheme", arguments: ["accuracy", "auc", "balanced_accuracy"])
  func classes(metric: String) async throws {
    let folder = try TemporaryFolder()
    try Sample.write(to: folder)
    let (hypothesis, library) = try hypothesis(
      Sample.hypothesis(
        metric: metric, target: "class", claim: ">= 0.6",
        rivals: ["permuted_labels(within: t.group, replicates: 99) { p < 0.1 }"]), in: folder)
    let found = try await calibrate(
      hypothesis, library: library, options: CalibrationOptions(jobs: 2, simulations: 40, strengths: [1]))
    #expect(found.scheme == "targets rearranged over items within t.group")
    #expect(found.null.criteria[0].met.interval.lower <= 0.1)
    #expect(found.planted[0].corroborated.value >= 0.8, "\(found.planted[0])")
  }

  @Test("Targets of types stay targets of types")
  func types() async throws {
    let folder = try TemporaryFolder()
    try Sample.write(to: folder)
    // A number of the type, on three tokens each.
    let rows = Sample.keys.enumerated().map { "\($1),t\($0 % 40),\(($0 % 40 * 7) % 40)" }
    try folder.write((["key,type,y"] + rows).joined(separator: "\n") + "\n", to: "types.csv")
    let text = """
      hypothesis "types" {
        data x = activations("x.safetensors", tensor: "x")
        data t = table("types.csv", key: key)
        unit t.type
        measure score = r2 {
          predict t.y from x
          folds 5, grouped by t.type
        }
        claim score >= 0.1
        withstand permuted_labels(replicates: 99) { p < 0.05 }
      }

      """
    let (hypothesis, library) = try hypothesis(text, in: folder)
    let found = try await calibrate(
      hypothesis, library: library, options: CalibrationOptions(jobs: 2, simulations: 40, strengths: [1]))
    #expect(found.scheme == "targets rearranged over t.type")
    #expect(found.units == 40)
    #expect(found.null.criteria[0].atFive!.interval.lower <= 0.05)
  }

  @Test("Several columns keep their values")
  func features() async throws {
    let folder = try TemporaryFolder()
    try NormSample.write(to: folder)
    let text = """
      hypothesis "features" {
        data x = activations("n.safetensors", tensor: "clear")
        data t = table("n.csv", key: key)
        measure score = precision_at_k(k: gold) {
          predict t[f_*] from x
          folds 5
        }
        claim score >= 0.1
        withstand permuted_labels(replicates: 99) { p < 0.05 }
      }

      """
    let (hypothesis, library) = try hypothesis(text, in: folder)
    let found = try await calibrate(
      hypothesis, library: library, options: CalibrationOptions(jobs: 2, simulations: 40, strengths: [1]))
    #expect(found.null.criteria[0].atFive!.interval.lower <= 0.05)
    #expect(found.planted[0].criteria[0].met.value > 0.8)
  }

  @Test("Comparisons and unusable data are refused with a reason")
  func refused() async throws {
    let folder = try TemporaryFolder()
    try NormSample.write(to: folder)
    let text = """
      hypothesis "two" {
        data x = activations("n.safetensors", tensor: "clear")
        data n = activations("n.safetensors", tensor: "noise.1")
        data t = table("n.csv", key: key)
        measure a = r2 { predict t.y from x }
        measure b = r2 { predict t.y from n }
        compare gain = a over b
        claim gain >= 0.1
        withstand swapped_sides { p < 0.01 }
      }

      """
    let (hypothesis, library) = try hypothesis(text, in: folder)
    await #expect(throws: CalibrationError.comparison(hypothesis: "two")) {
      try await calibrate(hypothesis, library: library, options: CalibrationOptions(jobs: 1, simulations: 2))
    }
  }

  @Test("What a representation adds to confounds is what is simulated and planned for, not its margin")
  func added() async throws {
    let folder = try TemporaryFolder()
    try Sample.write(to: folder)
    let text = Sample.hypothesis(
      claim: ">= 0.1", rivals: ["confounds(t[confound]) { added >= 0.1, margin >= 0.1 }"])
    let (hypothesis, library) = try hypothesis(text, in: folder)
    let options = CalibrationOptions(jobs: 2, simulations: 20, strengths: [1])
    let found = try await calibrate(hypothesis, library: library, options: options)
    let (null, planted) = (found.null.criteria[0], found.planted[0].criteria[0])
    #expect(null.criterion.quantity == .added && null.met.value < 0.3 && planted.met.value > 0.7)
    // Both knew together what the confound knows alone, and more.
    #expect(planted.meanMargin! > 0.1)
    #expect(found.null.criteria[1].meanMargin != null.meanMargin)
    let power = try await Falsification.power(hypothesis, library: library, options: options)
    let evidence = try #require(
      try await test(hypothesis, library: library, options: RunOptions(jobs: 2)).evidence?.rivals[0])
    #expect(power.thresholds[1].value == evidence.added?.value)
    #expect(power.thresholds[1].interval == evidence.added?.interval)
    #expect(power.thresholds[2].value == evidence.margin)
  }

  @Test("Claims about sentences are refused with a reason")
  func sentences() async throws {
    let folder = try TemporaryFolder()
    try HeadSample.write(to: folder)
    let (hypothesis, library) = try hypothesis(HeadSample.hypothesis(rivals: HeadSample.rivals), in: folder)
    let options = CalibrationOptions(jobs: 1, simulations: 2)
    await #expect(throws: CalibrationError.sentences(hypothesis: "some head finds objects")) {
      try await calibrate(hypothesis, library: library, options: options)
    }
  }

  @Test("Power: what was measured, what could be, and what simulation says of it")
  func power() async throws {
    let folder = try TemporaryFolder()
    try Sample.write(to: folder)
    let (hypothesis, library) = try hypothesis(Sample.hypothesis(claim: ">= 0.1", rivals: rivals), in: folder)
    let found = try await Falsification.power(
      hypothesis, library: library,
      options: CalibrationOptions(jobs: 2, simulations: 40, strengths: [0.3, 0.6, 0.9]), margin: 0.1)
    #expect(found.units == 120)
    #expect(
      found.thresholds.map(\.rival) == [nil, "random_embedding(gaussian, replicates: 5)", "mean_predictor"])
    for plan in found.thresholds {
      #expect(plan.smallestDetectable > plan.threshold)
      // A clear signal needs fewer units than there are.
      #expect(plan.unitsNeeded! < 120)
    }
    #expect(found.thresholds[2].unitsForMargin! > found.thresholds[2].unitsNeeded!)
    #expect(found.replicates.map(\.alpha) == [0.1])
    // What the sequential rule needs at the least.
    #expect(
      found.replicates[0].fewest == SequentialDecision(alpha: 0.1, risk: 0.025, cap: 1_000).fewestForBelow)
    #expect(found.checks.count == 2 * 4)
    for check in found.checks where check.predicted < 0.02 { #expect(check.met.value < 0.5, "\(check)") }
    for check in found.checks where check.predicted > 0.98 { #expect(check.met.value > 0.5, "\(check)") }
  }

  /// The checker's warning is about the most favourable data; real ones need as much or more.
  @Test(
    "What the checker says of the smallest margin is no more than what power measures on the shipped data",
    arguments: ["pairs", "nouns", "nouns in units"])
  func bound(data: String) async throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let library = DataLibrary(folder: DataFolder(root: root.appending(path: "Data").path))
    let text =
      data == "pairs"
      ? """
      hypothesis "pairs" {
        data x = activations("minilm/pairs-words.safetensors", tensor: "words")
        data t = table("pairs/pairs.csv", key: pair)
        measure score = accuracy { predict t.against_similar from x probe ridge(penalty: 100) folds 8, grouped by t.group }
        claim score >= 0.6
        withstand majority              { margin >= 0.05 }
        withstand confounds(t[pattern]) { margin >= 0.05, added >= 0.05 }
      }

      """
      : """
      hypothesis "nouns" {
        data x = activations("minilm/nouns.safetensors", tensor: "layer.4")
        data t = table("nouns/nouns.csv", key: noun)
        \(data == "nouns" ? "" : "unit t.noun")
        measure score = accuracy { predict t.supersense from x probe ridge(penalty: 100) folds 5 }
        claim score >= 0.3
        withstand majority                     { margin >= 0.02 }
        withstand confounds(t[length, zipf])   { margin >= 0.02 }
      }

      """
    let parsed = parse(SourceFile(path: "sample.hypothesis", text: text))
    let checked = check(parsed.document, against: library)
    let hypothesis = try #require(checked.hypotheses.first, "\(checked.diagnostics.map(\.message))")
    let warned = checked.diagnostics.filter { $0.rule == .unresolvableMargin }
    let found = try await Falsification.power(
      hypothesis, library: library, options: CalibrationOptions(jobs: 2, simulations: 0))
    let plan = FavourablePlan(units: found.units)
    let margins = found.thresholds.filter { $0.rival != nil }
    #expect(margins.count == (data == "pairs" ? 3 : 2))
    for measured in margins {
      let bound = plan.smallest(over: measured.threshold)
      #expect(bound <= measured.smallestDetectable, "\(measured)")
      #expect(bound > measured.threshold)
    }
    // 5 % of ninety-six pairs are hardly to be had, 2 % of nine hundred and sixty nouns are.
    #expect(warned.count == (data == "pairs" ? 3 : 0), "\(warned.map(\.message))")
  }
}
