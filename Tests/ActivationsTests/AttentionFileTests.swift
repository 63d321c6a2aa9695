import Activations
import Foundation
import GSL
import TestSupport
import Testing

/// What NumPy says about attention.safetensors; `Fixtures/make_attention_fixtures.py` makes both.
struct AttentionFigures: Decodable {
  struct Sentence: Decodable {
    var wordIndex, ranks, pieces: [Int]
    var attention, words, special, effective, values, states: [Double]
  }
  var sentences: [String: Sentence]
  var vocabulary: [Double]

  static func load() throws -> AttentionFigures {
    try JSONDecoder().decode(
      AttentionFigures.self, from: Data(contentsOf: URL(filePath: fixture("attention.json"))))
  }
}

func agree(_ found: [Float], _ expected: [Double], _ tolerance: Double) -> Bool {
  found.count == expected.count && zip(found, expected).allSatisfy { abs(Double($0) - $1) <= tolerance }
}

@Suite("Attention files")
struct AttentionFileTests {
  @Test("what the reference library wrote, as NumPy reads it")
  func fixtureFile() throws {
    let figures = try AttentionFigures.load()
    let file = try AttentionFile.open(try fixture("attention.safetensors"))
    #expect(file.sentences == ["s1", "s2", "s10"])
    #expect(file.layers == [3, 5] && file.heads == 3 && file.stateLayers == [0, 1, 2])
    #expect(file.dimensions == 5 && file.valueDimensions == 4 && file.hasVocabulary)
    #expect(file.words?["s10"] == ["she", "overestimated", "them", "naïvely", "."])
    for (index, name) in file.sentences.enumerated() {
      let figures = try #require(figures.sentences[name])
      let n = figures.wordIndex.count
      #expect(file.index(of: name) == index && file.pieceCount(index) == n)
      #expect(try file.wordIndex(index) == figures.wordIndex)
      // Halves are exact as Floats.
      #expect(agree(try file.attention(index), figures.attention, 0))
      for (slice, layer) in file.layers.enumerated() {
        for head in 0..<3 {
          let values = try file.values(index, layer: layer, head: head)
          let start = (slice * 3 + head) * n * 4
          #expect(values.rows == n && values.columns == 4)
          #expect(agree(values.elements, Array(figures.values[start..<start + n * 4]), 0))
        }
      }
      guard file.hasStates(index) else {
        #expect(name == "s1")
        let error = failure(try file.states(index, layer: 0))
        #expect(error?.problem == .attention(.sentenceLacks("hidden states")))
        #expect(failure(try file.pieces(index)) != nil)
        continue
      }
      #expect(try file.pieces(index) == figures.pieces)
      for layer in 0..<3 {
        let states = try file.states(index, layer: layer)
        #expect(states.rows == n && states.columns == 5)
        #expect(agree(states.elements, Array(figures.states[layer * n * 5..<(layer + 1) * n * 5]), 0))
      }
      #expect(
        failure(try file.states(index, layer: 3))?.problem
          == .attention(.noLayer(3, held: [0, 1, 2])))
    }
    let vocabulary = try file.vocabulary()
    #expect(vocabulary.ids == [0, 3, 4, 29])
    #expect(agree(vocabulary.embeddings.elements, figures.vocabulary, 0))
    #expect(file.index(of: "s3") == nil)
    #expect(try file.sha256().count == 64)
  }

  @Test("words: sums to, means from; effective attention; both as NumPy has them")
  func pooled() throws {
    let figures = try AttentionFigures.load()
    let file = try AttentionFile.open(try fixture("attention.safetensors"))
    var words = WordAttention()
    var effective: [Float] = []
    // Twice, and from long to short: buffers that are used again must not show.
    for index in [2, 0, 1, 2, 1, 0] {
      let figures = try #require(figures.sentences[file.sentences[index]])
      try words.read(file, sentence: index, specials: .keep)
      #expect(words.matrices == 6 && words.words == figures.wordIndex.max())
      #expect(agree(words.weights, figures.words, 1e-6))
      #expect(agree(words.specialWeights, figures.special, 1e-6))
      try words.read(file, sentence: index, specials: .drop)
      #expect(agree(words.weights, figures.words, 1e-6))
      #expect(words.specialWeights.isEmpty)
      try file.effectiveAttention(index, into: &effective)
      #expect(agree(effective, figures.effective, 2e-6))
    }
  }

  @Test("effective attention: ranks, the same output, equal where nothing is lost")
  func effective() throws {
    let figures = try AttentionFigures.load()
    for name in figures.sentences.keys.sorted() {
      let figures = try #require(figures.sentences[name])
      let n = figures.wordIndex.count
      for (matrix, rank) in figures.ranks.enumerated() {
        let attention = Matrix(
          rows: n, columns: n, elements: Array(figures.attention[matrix * n * n..<(matrix + 1) * n * n]))
        let values = Matrix(
          rows: n, columns: 4, elements: Array(figures.values[matrix * n * 4..<(matrix + 1) * n * 4]))
        let effective = try EffectiveAttention(attention, values: values)
        #expect(effective.rank == rank)
        let expected = figures.effective[matrix * n * n..<(matrix + 1) * n * n]
        #expect(zip(effective.weights.elements, expected).allSatisfy { abs($0 - $1) < 1e-10 })
        if rank == n { #expect(effective.weights == attention) }
        let outputs = [effective.weights, attention].map { $0.multiplied(by: values).elements }
        #expect(zip(outputs[0], outputs[1]).allSatisfy { abs($0 - $1) < 1e-10 })
        // Nothing is left to take away.
        let again = try EffectiveAttention(effective.weights, values: values)
        #expect(zip(again.weights.elements, expected).allSatisfy { abs($0 - $1) < 1e-10 })
      }
    }
    // A small singular value counts or does not.
    let values = Matrix<Double>(rows: 2, columns: 2, elements: [1, 0, 0, 1e-9])
    let attention = Matrix<Double>(rows: 2, columns: 2, elements: [0.5, 0.5, 0.5, 0.5])
    #expect(try EffectiveAttention(attention, values: values).rank == 1)
    #expect(try EffectiveAttention(attention, values: values).weights.elements == [0.5, 0, 0.5, 0])
    #expect(try EffectiveAttention(attention, values: values, tolerance: 1e-12).rank == 2)
  }

  private func open(_ sample: AttentionSample) throws(ActivationError) -> AttentionFile {
    guard let scratch = try? Scratch(), let data = try? sample.data(),
      let path = try? scratch.write("x.safetensors", Array(data))
    else { preconditionFailure("no scratch folder") }
    return try AttentionFile.open(path, name: "x.safetensors")
  }

  static func sample(type: String = "F16") -> AttentionSample {
    var sample = AttentionSample()
    for (name, words) in [("a", ["x", "y"]), ("b", ["x", "y", "z"])] {
      sample.add(name, words: words, layers: 2, heads: 2, type: type) { layer, head, from, to in
        let place: Int = layer + 2 * head + 3 * from + 5 * to
        return 1 + Double(place % 7)
      }
    }
    return sample
  }

  @Test("every floating-point type", arguments: ["F64", "F32", "F16", "BF16"])
  func types(type: String) throws {
    let exact = try open(Self.sample(type: "F64"))
    let file = try open(Self.sample(type: type))
    for sentence in 0..<2 {
      let expected = try exact.attention(sentence).map { Double($0) }
      #expect(agree(try file.attention(sentence), expected, type == "BF16" ? 2e-3 : 3e-4))
    }
    var sample = Self.sample()
    for type in ["I8", "I16", "I64", "U8", "U16", "U32", "U64"] {
      sample.tensors["word_index.a"] = SampleTensor(integers: [0, 1, 2, 0], type: type)
      #expect(try open(sample).wordIndex(0) == [0, 1, 2, 0])
    }
  }

  @Test("states only, attention only, and either for some sentences")
  func parts() throws {
    var sample = AttentionSample()
    sample.tensors["states.q"] = SampleTensor([1, 2, 3, 4, 5, 6, 7, 8], shape: [2, 2, 2])
    sample.tensors["pieces.q"] = SampleTensor(integers: [5, 6])
    sample.tensors["word_index.q"] = SampleTensor(integers: [1, 2])
    sample.tensors["other"] = SampleTensor(integers: [1, 2])
    let states = try open(sample)
    #expect(states.layers.isEmpty && states.heads == 0 && states.words == nil && !states.hasAttention(0))
    #expect(try states.states(0, layer: 1).elements == [5, 6, 7, 8])
    #expect(failure(try states.attention(0)) != nil)
    #expect(failure(try states.vocabulary()) != nil)
    sample.add("p", words: ["w"], layers: 1, heads: 1) { _, _, _, _ in 1 }
    sample.words = [:]
    let both = try open(sample)
    #expect(
      both.sentences == ["p", "q"] && both.hasAttention(0) && !both.hasAttention(1) && both.hasStates(1))
    var buffer: [Float] = []
    #expect(
      failure(try both.effectiveAttention(0, into: &buffer))?.problem
        == .attention(.sentenceLacks("value vectors")))
  }

  @Test("names are sorted as people count")
  func order() throws {
    var sample = AttentionSample()
    let names = [
      "s10", "s2", "s02", "t", "s", "s2b", "s2-1", "9", "10", "é", "s99999999999999999999", "\u{301}x",
    ]
    for name in names { sample.add(name, words: ["w"], layers: 1, heads: 1) { _, _, _, _ in 1 } }
    let file = try open(sample)
    for (index, name) in file.sentences.enumerated() { #expect(file.index(of: name) == index) }
    #expect(
      Array(file.sentences.prefix(9)) == [
        "9", "10", "s", "s02", "s2", "s2-1", "s2b", "s10", "s99999999999999999999",
      ])
  }

  /// What is done to a good file, and the rule that it then breaks.
  static let headers: [(name: String, change: @Sendable (inout AttentionSample) -> Void, tensor: String?)] = [
    ("no format", { $0.metadata["format"] = nil }, nil),
    ("another format", { $0.metadata["format"] = "refute-attention/2" }, nil),
    ("no sentence", { $0.tensors = ["attentions.a": SampleTensor(integers: [1])] }, nil),
    ("no name", { $0.tensors["attention."] = $0.tensors["attention.a"] }, "attention."),
    ("no word index", { $0.tensors["word_index.a"] = nil }, "attention.a"),
    ("nothing but a word index", { $0.tensors["attention.a"] = nil }, "word_index.a"),
    ("integers as weights", { $0.tensors["attention.a"]!.type = "I16" }, "attention.a"),
    ("floats as a word index", { $0.tensors["word_index.a"]!.type = "F32" }, "word_index.a"),
    (
      "truth values as a word index",
      { $0.tensors["word_index.a"] = SampleTensor(integers: [0, 1, 1, 0], type: "BOOL") }, "word_index.a"
    ),
    ("not square", { $0.tensors["attention.a"]!.shape = [2, 2, 2, 8] }, "attention.a"),
    ("three dimensions", { $0.tensors["attention.a"]!.shape = [4, 4, 4] }, "attention.a"),
    ("other heads", { $0.tensors["attention.a"]!.shape = [4, 1, 4, 4] }, "attention.b"),
    (
      "a long word index", { $0.tensors["word_index.a"] = SampleTensor(integers: [0, 1, 2, 3, 0]) },
      "attention.a"
    ),
    ("no pieces", { $0.tensors["attention.a"] = SampleTensor([], shape: [2, 2, 0, 0]) }, "attention.a"),
    ("an empty word index", { $0.tensors["word_index.a"] = SampleTensor(integers: []) }, "word_index.a"),
    (
      "states without pieces",
      { $0.tensors["states.a"] = SampleTensor([1, 2, 3, 4], shape: [1, 4, 1]) }, "states.a"
    ),
    (
      "states of other pieces",
      { $0.tensors["states.a"] = SampleTensor([1, 2, 3], shape: [1, 3, 1]) }, "states.a"
    ),
    (
      "states of a sentence that is not there",
      { $0.tensors["states.c"] = SampleTensor([1, 2, 3], shape: [1, 3, 1]) }, "states.c"
    ),
    ("pieces of another length", { $0.tensors["pieces.a"] = SampleTensor(integers: [1]) }, "pieces.a"),
    (
      "values of other heads",
      { $0.tensors["values.a"] = SampleTensor([1, 2, 3, 4], shape: [1, 1, 4, 1]) }, "values.a"
    ),
    (
      "ids without embeddings", { $0.tensors["vocabulary.ids"] = SampleTensor(integers: [1]) },
      "vocabulary.ids"
    ),
    (
      "embeddings without ids",
      { $0.tensors["vocabulary.embeddings"] = SampleTensor([1], shape: [1, 1]) }, "vocabulary.embeddings"
    ),
    (
      "fewer embeddings than ids",
      {
        $0.tensors["vocabulary.ids"] = SampleTensor(integers: [1, 2])
        $0.tensors["vocabulary.embeddings"] = SampleTensor([1], shape: [1, 1])
      }, "vocabulary.embeddings"
    ),
    ("layers: text", { $0.metadata["layers"] = "0, 1" }, nil),
    ("layers: too few", { $0.metadata["layers"] = "[1]" }, nil),
    ("layers: descending", { $0.metadata["layers"] = "[1, 0]" }, nil),
    ("layers: negative", { $0.metadata["layers"] = "[-1, 0]" }, nil),
    ("layers: huge", { $0.metadata["layers"] = "[0, 99999999999999999999]" }, nil),
    ("layers: more", { $0.metadata["layers"] = "[0, 1] x" }, nil),
    (
      "words: a list",
      {
        $0.words = [:]
        $0.metadata["words"] = #"["a"]"#
      }, nil
    ),
    (
      "words: nested",
      {
        $0.words = [:]
        $0.metadata["words"] = #"{"a": ["x"]}"#
      }, nil
    ),
    (
      "words: twice",
      {
        $0.words = [:]
        $0.metadata["words"] = #"{"a": "x y", "a": "x y"}"#
      }, nil
    ),
    ("words: not all", { $0.words["b"] = nil }, nil),
  ]

  @Test("headers that do not fit are refused when the file is opened", arguments: headers.indices)
  func refusedHeaders(index: Int) throws {
    let (name, change, tensor) = Self.headers[index]
    var sample = Self.sample()
    change(&sample)
    let error = try #require(failure(try open(sample)), "\(name)")
    #expect(error.place.tensor == tensor, "\(name): \(error)")
  }

  @Test("word indices that make no sentence")
  func wordIndices() throws {
    let cases: [([Int], ActivationError.AttentionRule)] = [
      ([0, 1, -1, 0], .negative(index: 2, found: -1)),
      ([0, 2, 1, 0], .wordWithoutPiece(index: 1, found: 2, word: 1)),
      ([1, 2, 1, 0], .wordsDecrease(index: 2, found: 1, previous: 2)),
      ([1, 1, 3, 0], .wordWithoutPiece(index: 2, found: 3, word: 2)),
      ([1, 1, 3, Int.max], .wordWithoutPiece(index: 2, found: 3, word: 2)),
      ([0, 0, 0, 0], .noWords),
    ]
    for (index, rule) in cases {
      var sample = Self.sample()
      sample.tensors["word_index.a"] = SampleTensor(integers: index)
      let file = try open(sample)
      let error = failure(try file.wordIndex(0))
      #expect(error?.problem == .attention(rule) && error?.place.tensor == "word_index.a")
    }
    var sample = Self.sample()
    sample.tensors["word_index.a"] = SampleTensor(integers: [0, 1, -1, 0], type: "U64")
    let file = try open(sample)
    #expect(failure(try file.wordIndex(0))?.problem == .attention(.integerTooLarge(index: 2)))
    // A special piece within a word, and a sentence without any.
    sample.tensors["word_index.a"] = SampleTensor(integers: [1, 0, 1, 2])
    #expect(try open(sample).wordIndex(0) == [1, 0, 1, 2])
  }

  @Test("rows that are no distribution are named by layer, head and row")
  func weights() throws {
    let cases: [(Double, ActivationError.WeightFault?)] = [
      (.nan, .notFinite), (-.nan, .notFinite), (.infinity, .notFinite), (-.infinity, .notFinite),
      (1.5, .sum("2.25")), (0.2, .sum("0.95")), (-0.25, .negative("-0.25")), (0.255, nil), (0.25, nil),
    ]
    // From rows of 4 to rows that take vectors and a rest.
    for n in [4, 8, 11, 32] {
      for (value, fault) in cases {
        for (matrix, row, column) in [(0, 0, 0), (3, n - 1, n - 1), (2, 1, n - 1)] {
          var values: [Double] = []
          for _ in 0..<4 * n { values += [0.25, 0.25, 0.25, 0.25] + Array(repeating: 0, count: n - 4) }
          // A negative zero is a zero.
          let at = (matrix * n + row) * n
          if column < 4 {
            values[at + column] = value
          } else {
            values[at] = -0.0
            values[at + column] = value
          }
          var sample = AttentionSample()
          sample.metadata["layers"] = "[4, 7]"
          sample.tensors["attention.a"] = SampleTensor(values, shape: [2, 2, n, n], type: "F64")
          sample.tensors["word_index.a"] = SampleTensor(integers: Array(1...n))
          let file = try open(sample)
          guard let fault else {
            #expect(try file.attention(0).count == 4 * n * n)
            continue
          }
          let error = try #require(failure(try file.attention(0)))
          guard case .attention(.weight(let layer, let head, let found, let kind)) = error.problem else {
            Issue.record("\(error)")
            continue
          }
          #expect((layer, head, found) == ([4, 4, 7, 7][matrix], matrix % 2, row))
          switch (kind, fault) {
          case (.sum, .sum), (.notFinite, .notFinite), (.negative, .negative): break
          default: Issue.record("\(kind), not \(fault)")
          }
        }
      }
    }
  }

  @Test("states, vocabulary and pieces with bad numbers")
  func numbers() throws {
    var sample = AttentionSample()
    sample.tensors["states.q"] = SampleTensor([1, 2, 3, 4, 5, 6, .infinity, 8], shape: [2, 2, 2])
    sample.tensors["pieces.q"] = SampleTensor(integers: [5, -6])
    sample.tensors["word_index.q"] = SampleTensor(integers: [1, 2])
    sample.tensors["vocabulary.ids"] = SampleTensor(integers: [3, 3])
    sample.tensors["vocabulary.embeddings"] = SampleTensor([1, 2, 3, 4], shape: [2, 2])
    let file = try open(sample)
    #expect(try file.states(0, layer: 0).elements == [1, 2, 3, 4])
    #expect(
      failure(try file.states(0, layer: 1))?.problem == .notFinite(value: "inf", row: 1, column: 0))
    #expect(failure(try file.pieces(0))?.problem == .attention(.negative(index: 1, found: -6)))
    #expect(
      failure(try file.vocabulary())?.problem
        == .attention(.notAscending(index: 1, found: 3, previous: 3)))
    // Doubles that no Float holds.
    sample.tensors["states.q"] = SampleTensor([1, 2, 3, 4, 5, 6, 1e300, 8], shape: [2, 2, 2], type: "F64")
    let large = try open(sample)
    #expect(failure(try large.states(0, layer: 1)) != nil)
  }

  @Test("sentences are matched by name, and their words compared")
  func alignment() throws {
    func treebank(_ sentences: [(String, [String])]) throws -> Treebank {
      let scratch = try Scratch()
      let text = sentences.map { name, words in
        "# sent_id = \(name)\n"
          + words.enumerated().map { "\($0 + 1)\t\($1)\t_\t_\t_\t_\t\($0)\tdep\t_\t_\n" }.joined()
      }
      return try Treebank.read(scratch.write("t.conllu", text.joined(separator: "\n")), name: "t.conllu")
    }
    let file = try open(Self.sample())
    let aligned = try file.aligned(
      with: treebank([("c", ["q"]), ("b", ["x", "y", "z"]), ("d", ["q"]), ("a", ["x", "y"])]))
    #expect(aligned.pairs == [.init(attention: 1, treebank: 1), .init(attention: 0, treebank: 3)])
    #expect(aligned.missing == [0, 2])
    let other = try treebank([("a", ["x", "Y"])])
    #expect(
      failure(try file.aligned(with: other))?.problem
        == .attention(.word(position: 2, found: "y", treebank: "t.conllu", line: 3, expected: "Y")))
    let longer = try treebank([("b", ["x", "y", "z", "."])])
    #expect(
      failure(try file.aligned(with: longer))?.problem
        == .attention(.wordCount(found: 3, treebank: "t.conllu", line: 1, expected: 4)))
    // Without words in the metadata only their number is compared; with them, spaces in a form are kept.
    var sample = Self.sample()
    sample.words = [:]
    #expect(try open(sample).aligned(with: other).pairs.count == 1)
    sample.words = ["a": "x 10 000", "b": "x y z"]
    #expect(try open(sample).aligned(with: treebank([("a", ["x", "10 000"])])).pairs.count == 1)
    let spaced = try open(sample)
    let unspaced = try treebank([("a", ["x", "10000"])])
    #expect(failure(try spaced.aligned(with: unspaced)) != nil)
  }

  @Test("damaged files are read or refused, never trapped on")
  func fuzz() throws {
    let good = Array(try Data(contentsOf: URL(filePath: fixture("attention.safetensors"))))
    let length = Int(good[0]) + Int(good[1]) << 8
    let scratch = try Scratch()
    var (opened, refused) = (0, 0)
    for seed in 0..<1_500 {
      var random = SplitMix(state: UInt64(seed))
      var bytes = good
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        // Digits and names of the header for digits and names; any byte among the data.
        if Int.random(in: 0..<3, using: &random) > 0 {
          let place = 8 + Int.random(in: 0..<length, using: &random)
          let isDigit = (0x30...0x39).contains(bytes[place])
          bytes[place] =
            isDigit
            ? UInt8.random(in: 0x30...0x39, using: &random)
            : Array("abs12[],\"".utf8).randomElement(using: &random)!
        } else {
          bytes[Int.random(in: 8 + length..<bytes.count, using: &random)] = UInt8.random(
            in: 0...255, using: &random)
        }
      }
      let path = try scratch.write("x.safetensors", bytes)
      do throws(ActivationError) {
        let file = try AttentionFile.open(path, name: "x")
        opened += 1
        func attempt<T>(_ body: () throws(ActivationError) -> T) {
          do throws(ActivationError) { _ = try body() } catch { checkWords(error) }
        }
        attempt { () throws(ActivationError) in try file.vocabulary() }
        var words = WordAttention()
        var buffer: [Float] = []
        for sentence in file.sentences.indices {
          attempt { () throws(ActivationError) in
            try words.read(file, sentence: sentence, specials: .keep)
          }
          attempt { () throws(ActivationError) in try file.effectiveAttention(sentence, into: &buffer) }
          attempt { () throws(ActivationError) in try file.pieces(sentence) }
          for layer in file.stateLayers {
            attempt { () throws(ActivationError) in try file.states(sentence, layer: layer) }
          }
        }
      } catch {
        checkWords(error)
        refused += 1
      }
    }
    #expect(opened > 100 && refused > 100, "\(opened) opened, \(refused) refused")
  }

  @Test("a mapped file reads as a copied one, and one that changes is an error")
  func mapped() throws {
    var sample = AttentionSample()
    let words = (0..<40).map { "w\($0)" }
    for s in 0..<40 {
      sample.add("s\(s)", words: words, layers: 3, heads: 12) { layer, head, from, to in
        let place: Int = layer + 2 * head + 3 * from + 5 * to + s
        return 1 + Double(place % 11)
      }
    }
    let scratch = try Scratch()
    let data = Array(try sample.data())
    #expect(data.count > 4 << 20)
    let path = try scratch.write("x.safetensors", data)
    let file = try AttentionFile.open(path)
    let weights = try file.attention(39)
    let row: [Double] = (0..<42).map { to in
      let place: Int = 2 + 22 + 123 + 5 * to + 39
      return 1 + Double(place % 11)
    }
    let sum = row.reduce(0, +)
    let expected = row.map { $0 / sum }
    #expect(agree(Array(weights.suffix(42)), expected, 1e-4))
    try scratch.write("x.safetensors", Array(data.prefix(1_000)))
    #expect(
      failure(try file.attention(0))?.problem
        == .changed(expectedBytes: data.count, foundBytes: 1_000))
  }
}
