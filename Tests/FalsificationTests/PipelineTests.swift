import Activations
import Falsification
import Foundation
import Hypotheses
import HypothesisLanguage
import TestSupport
import Testing

/// From hypothesis text and files to verdicts, on data in which it is known what is true.
struct PipelineTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try Sample.write(to: folder)
  }

  private func run(_ text: String, jobs: Int = 2, seed: UInt64 = 1) async throws -> TestedHypothesis {
    let library = DataLibrary(folder: DataFolder(root: folder.path))
    let parsed = parse(SourceFile(path: "sample.hypothesis", text: text))
    let checked = check(parsed.document, against: library)
    let errors = (parsed.diagnostics + checked.diagnostics).filter { $0.severity == .error }
    try #require(errors.isEmpty, "\(errors.map(\.message))")
    let hypothesis = try #require(checked.hypotheses.first)
    return try await test(hypothesis, library: library, options: RunOptions(seed: seed, jobs: jobs))
  }

  private let everyRival = [
    "permuted_labels(replicates: 500) { p < 0.01 }",
    "permuted_labels(within: t.group, replicates: 500) { p < 0.05, margin >= 0.1 }",
    "control_task(by: t.key, replicates: 20) { selectivity >= 0.1 }",
    "random_embedding(gaussian, replicates: 20) { margin >= 0.1 }",
    "random_embedding(shuffled_rows, replicates: 20) { margin >= 0.1 }",
    "untrained(twins) { margin >= 0.1 }",
    "confounds(t[confound, group]) { margin >= 0.1 }",
    "mean_predictor { margin >= 0.1 }",
  ]

  @Test("A property that is in the vectors withstands every rival")
  func corroborated() async throws {
    let result = try await run(Sample.hypothesis(rivals: everyRival))
    #expect(result.judgement.verdict == .corroborated, "\(result.judgement.reason)")
    let evidence = try #require(result.evidence)
    #expect(evidence.score.requirement.value > 0.6)
    #expect(abs(evidence.score.floor) < 1e-12)
    #expect(evidence.score.ceiling == 1)
    #expect(evidence.gates.filter { !$0.passed }.isEmpty)
    #expect(evidence.gates.count >= 9)
    for rival in evidence.rivals {
      #expect(rival.marginInterval.lower <= rival.margin && rival.margin <= rival.marginInterval.upper)
      #expect(
        rival.distribution.map { $0.counts.reduce(0, +) == rival.replicates } ?? (rival.replicates == 1))
    }
  }

  @Test(
    "Classes are measured by accuracy, balanced accuracy and auc",
    arguments: ["accuracy", "balanced_accuracy", "auc"])
  func classes(metric: String) async throws {
    let result = try await run(
      Sample.hypothesis(
        metric: metric, target: "class", claim: ">= 0.6",
        rivals: [
          "permuted_labels(replicates: 500) { p < 0.01 }", "majority { margin >= 0.05 }",
          "random_embedding(gaussian, replicates: 20) { margin >= 0.05 }",
          "control_task(by: t.type, replicates: 20) { selectivity >= 0.05 }",
        ]))
    #expect(result.judgement.verdict == .corroborated, "\(result.judgement.reason)")
  }

  @Test("Noise is falsified")
  func falsified() async throws {
    let result = try await run(
      Sample.hypothesis(target: "noise", rivals: ["permuted_labels(replicates: 200) { p < 0.05 }"]))
    #expect(result.judgement.verdict == .falsified)
  }

  @Test("A property that a confound explains is an artifact of that confound")
  func artifact() async throws {
    let result = try await run(
      Sample.hypothesis(
        target: "confounded",
        rivals: ["mean_predictor { margin >= 0.1 }", "confounds(t.confound) { margin >= 0.05 }"]))
    #expect(result.judgement.verdict == .artifact)
    #expect(result.judgement.reason.contains("confounds(t.confound) reproduces all of it"))
    #expect(!result.judgement.reason.contains("mean_predictor"))
  }

  @Test("A claim whose premise fails is unfounded, whatever its score")
  func unfounded() async throws {
    let result = try await run(
      Sample.hypothesis(
        premise: """
          measure ground = spearman {
              predict t.noise from x
              folds 5
            }
            premise ground >= 0.5
          """, rivals: ["mean_predictor { margin >= 0.1 }"]))
    #expect(result.judgement.verdict == .unfounded)
    #expect(result.evidence?.premises.first?.outcome == .missed)
  }

  @Test(
    "A score whose interval holds the threshold is inconclusive, and the remedy says what would decide it")
  func inconclusive() async throws {
    let probe = try await run(
      Sample.hypothesis(claim: ">= 0.01", rivals: ["mean_predictor { margin >= 0.001 }"]))
    let value = try #require(probe.evidence?.score.requirement.value)
    let result = try await run(
      Sample.hypothesis(claim: ">= \(value - 0.001)", rivals: ["mean_predictor { margin >= 0.001 }"]))
    #expect(result.judgement.verdict == .inconclusive)
    #expect(result.judgement.remedies.first?.contains("units of independence") == true)
  }

  @Test("Copies of items in several folds make the instrument invalid")
  func duplicates() async throws {
    let result = try await run(
      Sample.hypothesis(tensor: "copies", rivals: ["mean_predictor { margin >= 0.1 }"]))
    #expect(result.judgement.verdict == .invalid)
    #expect(result.judgement.reason.contains("no_duplicate_items_across_folds"))
  }

  @Test("A metric that hardly any fold defines, and a claim beyond the ceiling, are invalid and say why")
  func undefinedMetric() async throws {
    func verdict(_ rare: Set<Int>, folds: String, group: (Int) -> Int = { $0 }) async throws
      -> TestedHypothesis
    {
      var table = "key,y,g\n"
      for (place, key) in Sample.keys.prefix(20).enumerated() {
        table += "\(key),\(rare.contains(place) ? "yes" : "no"),g\(group(place))\n"
      }
      try folder.write(table, to: "rare.csv")
      return try await run(
        """
        hypothesis "rare" {
          data x = activations("x.safetensors", tensor: "x")
          data t = table("rare.csv", key: key)
          measure score = auc {
            predict t.y from x
            folds \(folds)
          }
          claim score >= 0.6
          withstand majority { margin >= 0.1 }
        }
        """)
    }
    // One of the class: no fold has both classes among test items and among training items.
    let none = try await verdict([3], folds: "5")
    #expect(none.judgement.verdict == .invalid)
    #expect(none.judgement.reason.contains("defined in 0 of 5 folds"), "\(none.judgement.reason)")
    // A class that lies in one of three groups.
    let grouped = try await verdict([0, 3, 6], folds: "3, grouped by t.g") { $0 % 3 }
    #expect(grouped.judgement.verdict == .invalid, "\(grouped.judgement.reason)")
    let some = try await verdict([1, 5, 9, 13, 17], folds: "10")
    #expect(some.evidence?.notes.contains { $0.contains("auc is defined in") } == true)
    var table = "key,y\n"
    for (place, key) in Sample.keys.prefix(20).enumerated() {
      table += "\(key),\(place == 3 ? "yes" : "no")\n"
    }
    try folder.write(table, to: "one.csv")
    // A class of one item cannot be predicted: the ceiling of balanced accuracy is .5.
    let ceiling = try await run(
      """
      hypothesis "ceiling" {
        data x = activations("x.safetensors", tensor: "x")
        data t = table("one.csv", key: key)
        measure score = balanced_accuracy {
          predict t.y from x
          folds 5
        }
        claim score >= 0.6
        withstand permuted_labels(replicates: 200) { p < 0.2 }
      }
      """)
    #expect(ceiling.judgement.verdict == .invalid)
    #expect(ceiling.judgement.reason.contains("the ceiling is 0.500"), "\(ceiling.judgement.reason)")
    // No world was drawn.
    #expect(ceiling.evidence?.rivals.isEmpty == true)
  }

  @Test("A twin that holds the trained activations makes the instrument invalid")
  func falseTwin() async throws {
    let result = try await run(Sample.hypothesis(rivals: ["untrained(same) { margin >= 0.1 }"]))
    #expect(result.judgement.verdict == .invalid)
    #expect(result.judgement.reason.contains("untrained_twins_differ"))
  }

  @Test("Evidence is the same for any number of jobs, and another for another seed")
  func jobs() async throws {
    let text = Sample.hypothesis(rivals: everyRival)
    let one = try await run(text, jobs: 1)
    for jobs in [2, 7] { #expect(try await run(text, jobs: jobs).evidence == one.evidence) }
    #expect(try await run(text, seed: 2).evidence != one.evidence)
  }

  @Test("Few rearrangements are enumerated, and p is exact")
  func exact() async throws {
    // Six items: 6! = 720 rearrangements.
    var table = "key,y\n"
    for (key, y) in zip(Sample.keys, [1.0, 2, 3, 4, 5, 6]) { table += "\(key),\(y)\n" }
    try folder.write(table, to: "six.csv")
    let result = try await run(
      """
      hypothesis "six" {
        data x = activations("x.safetensors", tensor: "x")
        data t = table("six.csv", key: key)
        measure score = r2 {
          predict t.y from x
          probe ridge(penalty: 10)
          folds 3
        }
        claim score >= 0.01
        withstand permuted_labels(replicates: 1_000) { p < 0.05 }
      }
      """)
    let p = try #require(result.evidence?.rivals.first?.p)
    #expect(p.isExact)
    #expect(result.evidence?.rivals.first?.replicates == 720)
    #expect(p.value == Double(p.exceedances) / 720)
    #expect(p.interval == Interval(p.value, p.value))
    #expect(result.evidence?.rivals.first?.tail == nil)
  }

  @Test("Worlds are drawn until p is decided, in either direction, and the report says so")
  func extensions() async throws {
    func rival(_ target: String, _ rival: String) async throws -> RivalEvidence {
      let result = try await run(Sample.hypothesis(target: target, claim: ">= 0.001", rivals: [rival]))
      return try #require(result.evidence?.rivals.first)
    }
    // A clear claim needs few, and nothing needs fewer still; a mean needs some anyway.
    let clear = try await rival("signal", "permuted_labels(replicates: 2_000) { p < 0.01 }")
    #expect(clear.outcome == .met && clear.replicates == 625 && clear.replicatesAsked == 2_000)
    #expect(clear.notes == ["625 replicates decided p, so that drawing ended before the 2000 asked for."])
    let nothing = try await rival("noise", "permuted_labels(replicates: 2_000) { p < 0.01 }")
    #expect(nothing.outcome == .missed && nothing.replicates == 200)
    // As many as it takes, of any kind of world.
    for kind in [
      "permuted_labels(replicates: 100)", "random_embedding(gaussian, replicates: 100)",
    ] {
      let few = try await rival("signal", kind + " { p < 0.01 }")
      #expect(few.outcome == .met && few.replicates == 625 && few.replicatesAsked == 100, "\(kind)")
      #expect(few.notes == ["100 replicates were asked for; p was decided after 625."])
    }
    // Without a criterion on p, as many as are asked for.
    let margin = try await rival("signal", "permuted_labels(replicates: 300) { margin >= 0.05 }")
    #expect(margin.replicates == 300 && margin.replicatesAsked == nil)
    // Permuted labels score a little below the floor, and nothing else is said.
    #expect(margin.notes.allSatisfy { $0.contains("held against the floor") })
    for found in [clear, nothing, margin] {
      let p = try #require(found.p)
      #expect(p.value == Double(1 + p.exceedances) / Double(1 + found.replicates))
      #expect(p.interval.lower <= p.value && p.value <= p.interval.upper)
    }
    let faint = try await rival("faint", "permuted_labels(replicates: 100) { p < 0.03 }")
    if faint.outcome == .undecided { #expect(faint.replicates == 1_000) }
  }

  @Test(
    "Where few of many replicates reach the claim, a tail stands beside p", arguments: ["spearman", "mse"])
  func tail(metric: String) async throws {
    let claim = metric == "mse" ? "<= 10" : ">= 0.3"
    func rival(_ replicates: Int, target: String = "signal") async throws -> RivalEvidence {
      let result = try await run(
        Sample.hypothesis(
          metric: metric, target: target, claim: claim,
          rivals: ["permuted_labels(replicates: \(replicates)) { margin >= 0.01 }"]))
      return try #require(result.evidence?.rivals.first)
    }
    let far = try await rival(500)
    let (p, tail) = (try #require(far.p), try #require(far.tail))
    #expect(p.exceedances == 0 && far.replicates == 500)
    #expect(tail.value > 0 && tail.value < p.value)
    // Too few replicates, and so many beyond the claim that none is needed.
    #expect(try await rival(199).tail == nil)
    let near = try await rival(500, target: "noise")
    #expect(near.tail == nil && (near.p?.exceedances ?? 0) >= 10)
  }

  @Test("The tail of 1,000 replicates is what many more find")
  func tailAndMore() async throws {
    func rival(_ replicates: Int) async throws -> RivalEvidence {
      let result = try await run(
        Sample.hypothesis(
          target: "faint", claim: ">= 0.001",
          rivals: ["permuted_labels(replicates: \(replicates)) { margin >= 0.01 }"]))
      return try #require(result.evidence?.rivals.first)
    }
    let tail = try #require(try await rival(1_000).tail)
    let many = try #require(try await rival(60_000).p)
    print("tail of 1,000: \(tail), of 60,000: \(many)")
    #expect(many.exceedances > 20)
    #expect(abs(log10(tail.value / many.value)) < 0.5)
  }

  @Test("Keys that the activations lack are one clear error")
  func missingKeys() async throws {
    try folder.write("key,y\nw0,1\nw1,2\nw2,3\nw3,4\nw4,5\nunknown,6\n", to: "keys.csv")
    let text = Sample.hypothesis(target: "y", rivals: ["mean_predictor { margin >= 0.1 }"])
      .replacingOccurrences(of: "t.csv", with: "keys.csv").replacingOccurrences(
        of: "folds 5", with: "folds 3")
    let library = DataLibrary(folder: DataFolder(root: folder.path))
    let checked = check(parse(SourceFile(path: "s", text: text)).document, against: library)
    let error = try #require(checked.diagnostics.first { $0.severity == .error })
    #expect(error.rule == .keysDiffer)
    #expect(error.message == "1 of 6 keys of `t` is not among those of `x`")
    #expect(error.notes.joined().contains("unknown"))
    #expect(error.helps.joined().contains("items shared"))
  }
}
