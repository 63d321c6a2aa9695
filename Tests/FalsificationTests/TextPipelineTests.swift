import Falsification
import Foundation
import Hypotheses
import TestSupport
import Testing

/// A treebank of random trees and attention about which it is known what is true.
enum HeadSample {
  static let layers = 2
  static let heads = 4
  static let width = 12

  struct Sentence {
    var words: [String]
    /// From 1; 0 for the root.
    var heads: [Int]
    var relations: [String]
  }

  /// Writes `text.conllu`, and the attention files
  /// - `run`: noise in all heads, but head 2 of layer 1 points from an object to its verb four times in five, and head 3 of
  ///   layer 0 always to the word before. The states of layer 0 are the tokens' embeddings and a little noise; those of
  ///   layer 1 are the same, but their positions are shuffled within the sentence if `shuffles`.
  /// - `twin`: noise in all heads.
  static func write(to folder: TemporaryFolder, objectsBefore: Bool = false, shuffles: Bool = false) throws {
    var random = Sample.Generator(seed: 5)
    func below(_ count: Int) -> Int { min(count - 1, Int(random.uniform() * Double(count))) }
    let vocabulary = (0..<40).map { "w\($0)" }
    let embeddings = (0..<42).map { _ in (0..<width).map { _ in random.normal() } }
    var sentences: [Sentence] = []
    var conllu = ""
    for number in 0..<80 {
      let n = 6 + below(6)
      // A random tree: words hang in a random order, each from one that hangs already. The object is any word but the root,
      // or else one whose head is the word before.
      var order = Array(0..<n)
      for place in stride(from: n - 1, to: 0, by: -1) { order.swapAt(place, below(place + 1)) }
      var object = order[1 + below(n - 1)]
      if objectsBefore {
        object = 1 + below(n - 1)
        order.removeAll { $0 == object }
        order.insert(object, at: order.firstIndex(of: object - 1)! + 1)
      }
      var heads = [Int](repeating: 0, count: n)
      for (place, word) in order.enumerated() where place > 0 { heads[word] = order[below(place)] + 1 }
      if objectsBefore { heads[object] = object }
      var relations = heads.map { $0 == 0 ? "root" : "dep" }
      relations[object] = "obj"
      let words = (0..<n).map { _ in vocabulary[below(vocabulary.count)] }
      sentences.append(Sentence(words: words, heads: heads, relations: relations))
      conllu += "# sent_id = s\(number)\n"
      for word in 0..<n {
        conllu += "\(word + 1)\t\(words[word])\t_\tNOUN\t_\t_\t\(heads[word])\t\(relations[word])\t_\t_\n"
      }
      conllu += "\n"
    }
    try folder.write(conllu, to: "text.conllu")

    for name in ["run", "twin"] {
      var sample = AttentionSample()
      for (number, sentence) in sentences.enumerated() {
        let n = sentence.words.count
        let points = sentence.words.indices.map { _ in random.uniform() < 0.8 }
        var noise: [Double] = []
        for _ in 0..<layers * heads * (n + 2) * (n + 2) { noise.append(random.uniform()) }
        sample.add("s\(number)", words: sentence.words, layers: layers, heads: heads, type: "F32") {
          layer, head, from, to in
          let base = 0.1 + noise[((layer * heads + head) * (n + 2) + from) * (n + 2) + to]
          guard name == "run", from >= 1, from <= n else { return base }
          let word = from - 1
          if layer == 1, head == 2, sentence.relations[word] == "obj", points[word] {
            return base + (to == sentence.heads[word] ? 10 : 0)
          }
          if layer == 0, head == 3 { return base + (to == from - 1 && to >= 1 ? 10 : 0) }
          return base
        }
        let ids = [40] + sentence.words.map { vocabulary.firstIndex(of: $0)! } + [41]
        var states: [Double] = []
        for layer in 0..<2 {
          var order = Array(ids.indices)
          if layer == 1, shuffles { order = [0] + Array(order[1...n].reversed()) + [n + 1] }
          for position in order {
            states += embeddings[ids[position]].map { $0 + 0.1 * random.normal() }
          }
        }
        sample.tensors["states.s\(number)"] = SampleTensor(states, shape: [2, n + 2, width], type: "F32")
        sample.tensors["pieces.s\(number)"] = SampleTensor(integers: ids, type: "I32")
      }
      sample.tensors["vocabulary.ids"] = SampleTensor(integers: Array(0..<42), type: "I32")
      sample.tensors["vocabulary.embeddings"] = SampleTensor(
        embeddings.flatMap { $0 }, shape: [42, width], type: "F32")
      sample.metadata["state_layers"] = "[0, 1]"
      try folder.write(try sample.data(), to: "\(name).safetensors")
    }
  }

  /// - Parameter family: what stands in the block of the `for` line beside the measure.
  static func hypothesis(
    family: String = "", claim: String = "any found >= 0.5", rivals: [String], layers: String = "0..<2"
  ) -> String {
    """
    hypothesis "some head finds objects" {
      data text = treebank("text.conllu")
      data run  = attention("run.safetensors", tokens: text)
      data twin = attention("twin.safetensors", tokens: text)
      for layer in \(layers), head in 0..<4 {
        \(family)
        measure found = head_accuracy(run[layer, head]) { relation obj, from dependent to head }
      }
      claim \(claim)
      \(rivals.map { "withstand \($0)" }.joined(separator: "\n  "))
    }
    """
  }

  static let rivals = [
    "fixed_offset(best of -5...5) { margin >= 0.10 }", "nearest_word { margin >= 0.10 }",
    "permuted_heads(replicates: 500) { p < 0.01 }", "permuted_attention(replicates: 500) { p < 0.01 }",
    "random_attention(replicates: 50) { margin >= 0.1 }", "uniform_attention { margin >= 0.10 }",
    "untrained(twin) { margin >= 0.10 }",
  ]
}

/// From hypothesis text, treebank and attention to verdicts.
struct TextPipelineTests {
  @Test("A planted head is corroborated, with the accuracy that was planted", arguments: ["any", "selected"])
  func planted(quantifier: String) async throws {
    let folder = try TemporaryFolder()
    try HeadSample.write(to: folder)
    let result = try await run(
      HeadSample.hypothesis(
        family: "premise token_identity(run, layer: layer, decoder: nearest) >= 0.9",
        claim: "\(quantifier) found >= 0.5", rivals: HeadSample.rivals), in: folder)
    #expect(result.judgement.verdict == .corroborated, "\(result.judgement.reason)")
    let evidence = try #require(result.evidence)
    let family = try #require(evidence.family)
    let best = try #require(family.deciding)
    #expect(family.cells[best].coordinates == [.number(1), .number(2)])
    // 80 rows point at the verb with probability .8; noise finds it now and then.
    #expect(abs(family.cells[best].value - 0.82) < 0.12)
    #expect(family.cells[best].adjustedP.map { $0 < 0.01 } ?? false)
    #expect(evidence.units == 80 && evidence.items == 80)
    #expect(evidence.gates.filter { !$0.passed }.isEmpty)
    #expect(evidence.premises.map(\.outcome) == [.met, .met])
    // The decoder decides the conclusion, so that all of them are shown.
    #expect(Set(evidence.curves.map(\.metric)) == ["token_identity"] && evidence.curves.count == 3)
    for rival in evidence.rivals {
      #expect(rival.marginInterval.lower <= rival.margin + 1e-9, "\(rival.label)")
      #expect(rival.margin <= rival.marginInterval.upper + 1e-9, "\(rival.label)")
    }
  }

  @Test("A head that never hits is falsified, and no fault of the instrument")
  func neverHits() async throws {
    let folder = try TemporaryFolder()
    try HeadSample.write(to: folder)
    // Head 3 of layer 0 always looks one word back, and asked is what hangs from any other word.
    let text = HeadSample.hypothesis(
      claim: "found >= 0.5",
      rivals: [
        "permuted_heads(replicates: 200) { p < 0.05 }", "permuted_attention(replicates: 200) { p < 0.05 }",
      ])
    let one = text.replacingOccurrences(
      of: #"(?s)for layer.*?\n  \}"#,
      with: "measure found = head_accuracy(run[0, 3]) { relation far, from dependent to head }",
      options: .regularExpression)
    var treebank = ""
    for line in try String(contentsOfFile: folder.path + "/text.conllu", encoding: .utf8).split(
      separator: "\n", omittingEmptySubsequences: false)
    {
      var cells = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      if cells.count > 7, cells[0] != "1", cells[6] != "0", Int(cells[6])! + 1 != Int(cells[0])! {
        cells[7] = "far"
      }
      treebank += cells.joined(separator: "\t") + "\n"
    }
    try folder.write(String(treebank.dropLast()), to: "text.conllu")
    let result = try await run(one, in: folder)
    #expect(result.judgement.verdict == .falsified, "\(result.judgement.reason)")
    #expect(result.evidence?.score.requirement.value == 0)
    #expect(result.evidence?.gates.allSatisfy(\.passed) ?? false)
  }

  @Test("A head that looks one word back is an artifact of a fixed offset")
  func lookingBack() async throws {
    let folder = try TemporaryFolder()
    try HeadSample.write(to: folder, objectsBefore: true)
    let result = try await run(
      HeadSample.hypothesis(
        rivals: ["fixed_offset { margin >= 0.10 }", "permuted_heads(replicates: 500) { p < 0.01 }"],
        layers: "[0]"), in: folder)
    #expect(result.judgement.verdict == .artifact, "\(result.judgement.reason)")
    let evidence = try #require(result.evidence)
    #expect(evidence.score.requirement.value == 1)
    #expect(evidence.rivals[0].mean == 1 && evidence.rivals[0].outcome == .missed)
    #expect(evidence.rivals[1].outcome == .met)
  }

  @Test("A layer whose positions were shuffled takes its heads out of the family")
  func shuffledPositions() async throws {
    let folder = try TemporaryFolder()
    try HeadSample.write(to: folder, shuffles: true)
    let premise = "premise token_identity(run, layer: layer, decoder: nearest) >= 0.9"
    let unfounded = try await run(
      HeadSample.hypothesis(family: premise, rivals: HeadSample.rivals, layers: "[1]"), in: folder)
    #expect(unfounded.judgement.verdict == .unfounded, "\(unfounded.judgement.reason)")
    #expect(unfounded.evidence?.family?.deciding == nil)
    #expect(unfounded.judgement.reason.contains("at layer 1"))
    // With a sound layer beside it only that one counts, and it finds nothing.
    let left = try await run(
      HeadSample.hypothesis(family: premise, rivals: HeadSample.rivals), in: folder)
    let family = try #require(left.evidence?.family)
    #expect(
      family.cells.map(\.isFounded) == [Bool](repeating: true, count: 4) + [false, false, false, false])
    #expect(left.judgement.verdict == .falsified, "\(left.judgement.reason)")
    // Each cell is claimed: then a premise that fails anywhere is fatal.
    let each = try await run(
      HeadSample.hypothesis(family: premise, claim: "each found >= 0.05", rivals: HeadSample.rivals),
      in: folder)
    #expect(each.judgement.verdict == .unfounded)
  }

  @Test("Results are the same for any number of jobs")
  func jobs() async throws {
    let folder = try TemporaryFolder()
    try HeadSample.write(to: folder)
    let text = HeadSample.hypothesis(
      family: "premise token_identity(run, layer: layer, decoder: linear) >= 0.9", rivals: HeadSample.rivals)
    let one = try await run(text, in: folder, jobs: 1)
    let three = try await run(text, in: folder, jobs: 3)
    #expect(one.evidence == three.evidence)
  }

  @Test(
    "Token identity stands for embeddings and falls for shuffled positions", arguments: [false, true])
  func identity(shuffled: Bool) async throws {
    let folder = try TemporaryFolder()
    try HeadSample.write(to: folder, shuffles: shuffled)
    let result = try await run(
      """
      hypothesis "positions keep their tokens" {
        data text = treebank("text.conllu")
        data run  = attention("run.safetensors", tokens: text)
        data twin = attention("twin.safetensors", tokens: text)
        measure kept = token_identity(run, layer: 1, decoder: nearest)
        claim kept >= 0.8
        withstand permuted_positions(replicates: 500) { p < 0.01 }
        withstand position_only { margin >= 0.3 }
      }
      """, in: folder)
    #expect(result.judgement.verdict == (shuffled ? .falsified : .corroborated), "\(result.judgement.reason)")
  }

  @Test("A premise on sentences can stand under a claim about a probe's score, and be what it rests on")
  func premiseOfAProbe() async throws {
    let folder = try TemporaryFolder()
    try Sample.write(to: folder)
    try HeadSample.write(to: folder, shuffles: true)
    var text = Sample.hypothesis(rivals: ["permuted_labels(replicates: 500) { p < 0.01 }"])
    let end = try #require(text.lastIndex(of: "}"))
    text.insert(
      contentsOf: """
          data text = treebank("text.conllu")
          data states = attention("run.safetensors", tokens: text)
          premise token_identity(states, layer: 1, decoder: nearest) >= 0.9

        """, at: end)
    let result = try await run(text, in: folder)
    #expect(result.judgement.verdict == .unfounded, "\(result.judgement.reason)")
  }
}
