import Activations
import Falsification
import Hypotheses
import HypothesisLanguage
import TestSupport
import Testing

/// The schemes of `permuted_labels`, from text to verdict, on tokens whose neighbours depend on each other.
struct SchemeTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try TokenSample.write(to: folder)
  }

  private func rivals(_ target: String, _ rivals: [String]) async throws -> [RivalEvidence] {
    let result = try await run(TokenSample.hypothesis(target: target, rivals: rivals), in: folder)
    return try #require(result.evidence, "\(result.judgement.reason)").rivals
  }

  private static let free = "permuted_labels(replicates: 500) { p < 0.05 }"
  private static let shifts =
    "permuted_labels(within: t.document, scheme: cyclic_shifts, order: t.position, ends: meet, replicates: 500) { p < 0.05 }"
  private static let blocks =
    "permuted_labels(over: t.sentence, scheme: whole_blocks, order: t.position, replicates: 500) { p < 0.05 }"
  private static let flips = "permuted_labels(scheme: sign_flips, replicates: 500) { p < 0.05 }"

  @Test("What the vectors hold withstands every scheme")
  func planted() async throws {
    for rival in try await rivals("planted", [Self.free, Self.shifts, Self.blocks, Self.flips]) {
      #expect(rival.outcome == .met, "\(rival.label): \(rival.p?.value ?? .nan)")
      #expect(rival.margin > 0.2)
    }
  }

  @Test("A slow drift beside slow vectors is exchangeable token by token only in name")
  func drift() async throws {
    let found = try await rivals("drift", [Self.free, Self.shifts])
    #expect(found[0].outcome == .met, "\(found[0].p?.value ?? .nan)")
    #expect(found[1].outcome != .met && (found[1].p?.value ?? 0) > 0.05, "\(found[1].p?.value ?? .nan)")
  }

  @Test("What belongs to the sentence is exchanged by whole sentences")
  func sentences() async throws {
    // Moods of sentences that no vector knows of: token by token they are found all the same.
    var (byToken, bySentence) = (0, 0)
    for mood in 0..<TokenSample.moods {
      let found = try await rivals("mood\(mood)", [Self.free, Self.blocks])
      byToken += found[0].outcome == .met ? 1 : 0
      bySentence += found[1].outcome == .met ? 1 : 0
    }
    #expect(byToken >= 2 && bySentence < byToken, "\(byToken), \(bySentence) of \(TokenSample.moods)")
  }

  @Test("Signs that mean nothing are no finding, however unequal the sizes")
  func signs() async throws {
    let found = try await rivals("signed", [Self.flips])
    #expect(found[0].outcome != .met)
  }

  @Test("Labels permuted given a confound keep what they have through it")
  func given() async throws {
    let found = try await rivals(
      "confounded",
      [Self.free, "permuted_labels(given: t.confound, strata: 20, replicates: 500) { p < 0.05 }"])
    #expect(found[0].outcome == .met)
    #expect(found[1].outcome != .met && (found[1].p?.value ?? 0) > 0.05, "\(found[1].p?.value ?? .nan)")
    // The worlds reproduce nearly all of the score.
    #expect((found[1].share ?? 0) > 0.8 && (found[0].share ?? 1) < 0.2)
    // A direction of its own is found given the confound.
    let planted = try await rivals(
      "planted", ["permuted_labels(given: t.confound, strata: 20, replicates: 500) { p < 0.05 }"])
    #expect(planted[0].outcome == .met)
  }

  @Test("Few shifts are all made, and p is exact")
  func exact() async throws {
    let found = try await rivals(
      "planted",
      ["permuted_labels(scheme: cyclic_shifts, order: t.place, ends: meet, replicates: 500) { p < 0.05 }"])
    #expect(found[0].replicates == 120 && found[0].p?.isExact == true)
  }

  @Test("What cannot be arranged is said with the way out")
  func refusals() async throws {
    for (rival, word) in [
      (
        "permuted_labels(within: t.document, scheme: cyclic_shifts, order: t.position2, ends: meet) { p < 0.05 }",
        "place"
      ),
      ("permuted_labels(given: t[place, confound], strata: 120) { p < 0.05 }", "fewer strata"),
    ] {
      let result = try await run(TokenSample.hypothesis(target: "planted", rivals: [rival]), in: folder)
      #expect(result.judgement.verdict == .invalid && result.evidence == nil)
      #expect(result.judgement.reason.contains(word), "\(result.judgement.reason)")
    }
  }
}

/// 120 tokens of two documents of ten sentences with six tokens each. The vectors drift along the documents.
private enum TokenSample {
  static let moods = 8

  static func write(to folder: TemporaryFolder) throws {
    var random = Sample.Generator(seed: 31)
    for _ in 0..<20 { _ = random.uniform() }
    let (items, dimensions) = (120, 8)
    func drift(_ memory: Double) -> [Double] {
      var values: [Double] = []
      for item in 0..<items {
        let fresh = random.normal() * (1 - memory * memory).squareRoot()
        values.append(item % 60 == 0 ? random.normal() : memory * values[item - 1] + fresh)
      }
      return values
    }
    // In steps, so that strata hold it fixed to the letter.
    let confound = (0..<items).map { _ in (2 * random.normal()).rounded() / 2 }
    let sentenceMoods = (0..<20).map { _ in (0..<moods).map { _ in random.normal() } }
    let places = (0..<20).map { _ in [random.normal(), random.normal(), random.normal()] }
    var x = [Double](repeating: 0, count: items * dimensions)
    for column in 0..<3 {
      for (item, value) in drift(0.97).enumerated() { x[item * dimensions + column] = value }
    }
    for item in 0..<items {
      // Three directions of the sentence, one of the confound, one of its own.
      for column in 0..<3 {
        x[item * dimensions + 3 + column] = places[item / 6][column] + 0.2 * random.normal()
      }
      x[item * dimensions + 6] = confound[item] + 0.2 * random.normal()
      x[item * dimensions + 7] = random.normal()
    }
    try folder.write(
      safetensors(["x": (x, dimensions)], keys: (0..<items).map { "w\($0)" }), to: "s.safetensors")
    let slow = drift(0.97)
    var table =
      "key,document,sentence,position,position2,place,confound,drift,signed,confounded,planted"
    for mood in 0..<moods { table += ",mood\(mood)" }
    table += "\n"
    for item in 0..<items {
      let own = x[item * dimensions + 7]
      let size = item % 5 == 0 ? 4.0 : 0.5
      let cells = [
        "w\(item)", "d\(item / 60)", "s\(item / 6)", "\(item % 60)", "\(item % 6)", "\(item)",
        "\(confound[item])", "\(slow[item] + 0.1 * random.normal())",
        "\(size * random.normal())",
        "\(confound[item] + 0.3 * random.normal())", "\(own + 0.5 * random.normal())",
      ]
      let moodCells = sentenceMoods[item / 6].map { "\($0 + 0.3 * random.normal())" }
      table += (cells + moodCells).joined(separator: ",") + "\n"
    }
    try folder.write(table, to: "t.csv")
  }

  static func hypothesis(target: String, rivals: [String]) -> String {
    """
    hypothesis "tokens" {
      data x = activations("s.safetensors", tensor: "x")
      data t = table("t.csv", key: key)
      measure score = r2 {
        predict t.\(target) from x
        folds 5
      }
      claim score >= 0.001
      \(rivals.map { "withstand " + $0 }.joined(separator: "\n  "))
    }
    """
  }
}
