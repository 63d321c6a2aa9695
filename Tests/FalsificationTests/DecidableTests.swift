import Activations
import Falsification
import Foundation
import Hypotheses
import HypothesisLanguage
import TestSupport
import Testing

/// Criteria on p that the data cannot decide, and what is said of p where they can.
struct DecidableTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try ArrangedSample.write(to: folder)
  }

  private func result(_ target: String, unit: Bool = false, folds: String = "5", _ rivals: [String])
    async throws
    -> TestedHypothesis
  {
    try await run(ArrangedSample.hypothesis(target, unit: unit, folds: folds, rivals), in: folder)
  }

  private func errors(_ rival: String, target: String = "level", unit: Bool = true) -> [String] {
    let text = ArrangedSample.hypothesis(
      target, unit: unit, folds: unit ? "4, grouped by t.group" : "5", data: "x.safetensors", [rival])
    let parsed = parse(SourceFile(path: "sample.hypothesis", text: text))
    return check(parsed.document, against: DataLibrary(folder: DataFolder(root: folder.path))).diagnostics
      .filter { $0.severity == .error }.map { "\($0.rule.rawValue): \($0.message)" }
  }

  @Test("Twenty-four arrangements are refused where a table shows that there are no more")
  func refused() {
    // Four groups on either side exchange among themselves: 24 times 24.
    #expect(
      errors("permuted_labels(within: t.side) { p < 0.001 }")
        == ["undecidable-p: `p < 0.001` cannot be met with 576 arrangements"])
    #expect(errors("permuted_labels(within: t.side) { p < 0.01 }").isEmpty)
    #expect(
      errors(
        "permuted_labels(scheme: sign_flips, replicates: 600) { p < 0.001 }", target: "signs", unit: false)
        == ["undecidable-p: `p < 0.001` cannot be met with 512 arrangements"])
    #expect(
      errors(
        "permuted_labels(scheme: sign_flips, replicates: 600) { p < 0.01 }", target: "signs", unit: false
      )
      .isEmpty)
    #expect(
      errors("permuted_labels(replicates: 500) { p < 0.001 }", target: "y", unit: false)
        == ["undecidable-p: `p < 0.001` cannot be decided by 500 replicates"])
    #expect(errors("permuted_labels(replicates: 538) { p < 0.001 }", target: "y", unit: false).isEmpty)
  }

  @Test("What only the run can know is left undecided, with the number needed, and is no artifact")
  func undecided() async throws {
    // The table has eight groups, the activations four of them: 24 arrangements.
    let result = try await result(
      "level", unit: true, folds: "4, grouped by t.group\n    items shared",
      ["permuted_labels(replicates: 500) { p < 0.01 }"])
    let rival = try #require(result.evidence?.rivals.first)
    #expect(rival.arrangements == 24 && rival.p?.isExact == true && rival.replicates == 24)
    #expect(rival.outcome == .undecided)
    #expect(![.artifact, .corroborated].contains(result.judgement.verdict))
    if result.judgement.verdict == .inconclusive {
      #expect(result.judgement.remedies.contains { $0.contains("101") && $0.contains("24") })
    }
  }

  @Test("Signs are enumerated, with zeros left out, and p is what enumeration says")
  func signs() async throws {
    let result = try await result(
      "signs", ["permuted_labels(scheme: sign_flips, replicates: 512) { p < 0.05 }"])
    let rival = try #require(result.evidence?.rivals.first, "\(result.judgement.reason)")
    #expect(rival.arrangements == 512 && rival.replicates == 512 && rival.p?.isExact == true)
    let p = try #require(rival.p)
    #expect(p.value == Double(p.exceedances) / 512 && p.interval == Interval(p.value, p.value))
    // Fewer than there are: random ones.
    let random = try await self.result(
      "signs", ["permuted_labels(scheme: sign_flips, replicates: 511) { p < 0.05 }"])
    #expect(random.evidence?.rivals.first?.p?.isExact == false)
  }

  @Test("Twins of unknown seeds give no p, and declared ones do")
  func twins() async throws {
    let sample = try TemporaryFolder()
    try Sample.write(to: sample)
    let plain = try await run(Sample.hypothesis(rivals: ["untrained(twins) { margin >= 0.1 }"]), in: sample)
    #expect(plain.evidence?.rivals.first.map { $0.p == nil && $0.replicates == 2 } ?? false)
    let seeds = try await run(
      Sample.hypothesis(rivals: ["untrained(twins, seeds: independent) { margin >= 0.1, p < 0.4 }"]),
      in: sample)
    #expect(seeds.evidence?.rivals.first?.p?.value == 1.0 / 3)
    #expect(seeds.evidence?.gates.contains { $0.name == "untrained_seeds_differ" && $0.passed } ?? false)
  }

  @Test("With two folds each direction is shown, and one that is reversed is said")
  func directions() async throws {
    let reversed = try await result(
      "half", folds: "2, grouped by t.side", ["permuted_labels(replicates: 200) { p < 0.05 }"])
    let notes = try #require(reversed.evidence?.notes)
    let note = try #require(notes.first { $0.contains("Each of the two folds") }, "\(notes)")
    #expect(note.contains("of left") && note.contains("of right"))
    // Half of the relation is there in one direction only.
    let both = try await result(
      "y", folds: "2, grouped by t.side", ["permuted_labels(replicates: 200) { p < 0.05 }"])
    #expect(both.evidence?.notes.contains { $0.contains("one direction only") } == false)
    let five = try await result("y", ["permuted_labels(replicates: 200) { p < 0.05 }"])
    #expect(five.evidence?.notes.contains { $0.contains("two folds") } == false)
  }
}

/// Forty items in eight groups of five; the activations `few` hold the first four groups only.
private enum ArrangedSample {
  static func write(to folder: TemporaryFolder) throws {
    var random = Sample.Generator(seed: 21)
    for _ in 0..<20 { _ = random.uniform() }
    let (n, d) = (40, 4)
    let x = (0..<n * d).map { _ in random.normal() }
    let keys = (0..<n).map { "w\($0)" }
    try folder.write(safetensors(["x": (x, d)], keys: keys), to: "x.safetensors")
    try folder.write(
      safetensors(["x": (Array(x.prefix(20 * d)), d)], keys: Array(keys.prefix(20))), to: "few.safetensors")
    var table = "key,group,side,level,y,signs,half\n"
    for item in 0..<n {
      let y = x[item * d] + 0.3 * random.normal()
      // The right half is noise of another level.
      let half = item < 20 ? y : 4 * random.normal()
      table +=
        "w\(item),g\(item / 5),\(item < 20 ? "left" : "right"),\(item / 5),\(y),\(item < 9 ? y : 0),\(half)\n"
    }
    try folder.write(table, to: "t.csv")
  }

  static func hypothesis(
    _ target: String, unit: Bool, folds: String, data: String? = nil, _ rivals: [String]
  ) -> String {
    """
    hypothesis "arranged" {
      data x = activations("\(data ?? (folds.contains("shared") ? "few.safetensors" : "x.safetensors"))", tensor: "x")
      data t = table("t.csv", key: key)
      \(unit ? "unit t.group" : "")
      measure score = r2 {
        predict t.\(target) from x
        probe ridge(penalty: 1)
        folds \(folds)
      }
      claim score >= 0.001
      \(rivals.map { "withstand " + $0 }.joined(separator: "\n  "))
    }
    """
  }
}
