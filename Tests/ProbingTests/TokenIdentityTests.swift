import Foundation
import GSL
import Hypotheses
import Probing
import Resampling
import Testing

/// Token identity and positional consistency, against exact fractions and NumPy, and under a true null.
struct TokenIdentityTests {
  struct File: Decodable {
    let identity: Identity
  }
  struct Identity: Decodable {
    let sentenceOf: [Int]
    let positionIn: [Int]
    let tokens: [Int]
    let states: [[Float]]
    let later: [[Float]]
    let ids: [Int]
    let embeddings: [[Float]]
    let real: [[Float]]
    let cases: [Case]
    let linear: [String: [Double]]
    let positionOnly: [String: [Double]]
    let consistency: [String: [Double]]

    func sentences(_ rows: [[Float]]) -> SentenceStates {
      SentenceStates(
        states: Matrix(rows: rows.count, columns: rows[0].count, elements: rows.flatMap { $0 }),
        tokens: tokens, sentenceOf: sentenceOf, positionIn: positionIn)
    }
    var vocabulary: Vocabulary {
      Vocabulary(
        ids: ids,
        embeddings: Matrix(
          rows: ids.count, columns: embeddings[0].count, elements: embeddings.flatMap { $0 }))
    }
    /// Every sentence is a fold of its own.
    var folds: Int { sentenceOf.last! + 1 }
  }
  struct Case: Decodable, Sendable, CustomTestStringConvertible {
    let decoder: String
    let candidates: String
    let similarity: String
    let sums: [Double]
    var testDescription: String { "\(decoder), \(candidates), \(similarity)" }
  }

  static let identity = try! fixture("text", as: File.self).identity
  static let key = StreamKey(seed: 310)

  @Test("nearest rows agree with exact fractions, ties and all", arguments: identity.cases)
  func nearest(_ example: Case) async throws {
    let data = Self.identity
    let found = try await tokenIdentity(
      data.sentences(data.states), vocabulary: data.vocabulary,
      decoder: TokenIdentity.Decoder(rawValue: example.decoder)!,
      candidates: TokenIdentity.Candidates(rawValue: example.candidates)!,
      similarity: Similarity(rawValue: example.similarity)!, folds: data.folds, key: Self.key)
    #expect(distance(found.sums, example.sums) < 1e-9)
    #expect(found.weights == (0..<data.folds).map { s in Double(data.sentenceOf.count { $0 == s }) })
  }

  @Test("the linear map agrees with NumPy", arguments: TokenIdentity.Candidates.allCases)
  func linear(_ candidates: TokenIdentity.Candidates) async throws {
    let data = Self.identity
    let found = try await tokenIdentity(
      data.sentences(data.real), vocabulary: data.vocabulary, decoder: .linear, candidates: candidates,
      similarity: .cosine, folds: data.folds, key: Self.key)
    #expect(distance(found.sums, data.linear[candidates.rawValue]!) < 1e-9)
  }

  @Test("the commonest token of a place agrees with counting", arguments: TokenIdentity.Candidates.allCases)
  func positionOnly(_ candidates: TokenIdentity.Candidates) throws {
    let data = Self.identity
    let found = try positionOnlyIdentity(
      data.sentences(data.states), candidates: candidates, folds: data.folds, key: Self.key)
    #expect(distance(found.sums, data.positionOnly[candidates.rawValue]!) < 1e-9)
  }

  @Test("positional consistency agrees with exact fractions", arguments: Similarity.allCases)
  func consistency(_ similarity: Similarity) throws {
    let data = Self.identity
    let found = try positionalConsistency(
      from: data.sentences(data.states), to: data.sentences(data.later), similarity: similarity)
    #expect(distance(found.sums, data.consistency[similarity.rawValue]!) < 1e-9)
    // A layer is consistent with itself but for equal states; those of a unit basis are not equal.
    let basis = SentenceStates(
      states: Matrix(rows: 3, columns: 3, elements: [1, 0, 0, 0, 1, 0, 0, 0, 1]), tokens: [5, 5, 5],
      sentenceOf: [0, 0, 0], positionIn: [0, 1, 2])
    #expect(try positionalConsistency(from: basis, to: basis, similarity: similarity).score == 1)
  }

  /// Sentences of some words, whose states know the token as far as there is an effect.
  struct Design: Sendable {
    var sentences = 8
    var length = 6
    var dimensions = 5
    var effect: Float = 0
    /// Whether states are a rotation of the embeddings, with noise, which nothing sees that does not learn.
    var rotated = false
    var types = 12

    func draw(_ dataset: Int, seed: UInt64 = 311) -> (states: SentenceStates, vocabulary: Vocabulary) {
      var stream = RandomStream(StreamKey(seed: seed), replicate: dataset)
      var embeddings = Matrix<Float>(rows: types, columns: dimensions)
      stream.fillWithNormals(&embeddings.elements)
      let count = sentences * length
      let codes = (0..<count).map { _ in stream.below(types) }
      var states = Matrix<Float>(rows: count, columns: dimensions)
      stream.fillWithNormals(&states.elements)
      for position in 0..<count {
        for j in 0..<dimensions {
          let source = rotated ? (j + 1) % dimensions : j
          states[position, j] +=
            (rotated && j % 2 == 0 ? -effect : effect) * embeddings[codes[position], source]
        }
      }
      return (
        SentenceStates(
          states: states, tokens: codes.map { 100 + $0 }, sentenceOf: (0..<count).map { $0 / length },
          positionIn: (0..<count).map { $0 % length }),
        Vocabulary(ids: (0..<types).map { 100 + $0 }, embeddings: embeddings)
      )
    }
  }

  @Test("what a decoder can and cannot find", arguments: [TokenIdentity.Candidates.sentence, .vocabulary])
  func planted(_ candidates: TokenIdentity.Candidates) async throws {
    func score(_ decoder: TokenIdentity.Decoder, _ design: Design) async throws -> Double {
      let (states, vocabulary) = design.draw(0)
      return try await tokenIdentity(
        states, vocabulary: vocabulary, decoder: decoder, candidates: candidates, similarity: .cosine,
        key: Self.key
      ).score
    }
    let plain = Design(sentences: 60, dimensions: 8, effect: 8, types: 15)
    let rotated = Design(sentences: 60, dimensions: 8, effect: 8, rotated: true, types: 15)
    for decoder in TokenIdentity.Decoder.allCases { #expect(try await score(decoder, plain) > 0.93) }
    #expect(try await score(.nearest, rotated) < 0.45)
    for decoder in [TokenIdentity.Decoder.linear, .mlp, .nearestToken] {
      #expect(try await score(decoder, rotated) > 0.93)
    }
  }

  @Test("a world is the measurement on rearranged states", arguments: TokenIdentity.Decoder.allCases)
  func worlds(_ decoder: TokenIdentity.Decoder) async throws {
    for candidates in TokenIdentity.Candidates.allCases {
      let (sentences, vocabulary) = Design(sentences: 6, effect: 1).draw(1)
      func prepared(_ sentences: SentenceStates) async throws -> PreparedIdentity {
        try await PreparedIdentity(
          sentences, vocabulary: vocabulary, decoder: decoder, candidates: candidates, similarity: .euclidean,
          folds: 3, key: Self.key)
      }
      let worlds = try await prepared(sentences).permutedPositions(3..<6, key: StreamKey(seed: 4), jobs: 2)
      let scheme = PermutationScheme.within(blocks: sentences.sentenceOf)
      for (place, world) in worlds.enumerated() {
        // A token of position source[s] has gone to state s, so state s has gone to position source[s].
        let source = scheme.permutation(StreamKey(seed: 4), replicate: 3 + place)
        var stateAt = [Int](repeating: 0, count: source.count)
        for (state, position) in source.enumerated() { stateAt[Int(position)] = state }
        let rearranged = SentenceStates(
          states: sentences.states.gathering(rows: stateAt), tokens: sentences.tokens,
          sentenceOf: sentences.sentenceOf, positionIn: sentences.positionIn)
        // The network sees its items in another order there, and so takes other batches.
        if decoder != .mlp {
          let again = try await prepared(rearranged).sums()
          #expect(distance(again.sums, world.sums) < 1e-9)
        }
        #expect(world.weights == [6, 6, 6, 6, 6, 6])
      }
      let alone = try await prepared(sentences).permutedPositions(4..<5, key: StreamKey(seed: 4))
      #expect(alone == [worlds[1]])
    }
  }

  @Test("positions left out are neither scored nor answers")
  func mask() async throws {
    let (sentences, vocabulary) = Design(effect: 1).draw(2)
    let mask = sentences.positionIn.map { $0 == 0 }
    let kept = mask.indices.filter { !mask[$0] && sentences.sentenceOf[$0] != 1 }
    let without = SentenceStates(
      states: sentences.states.gathering(rows: kept), tokens: kept.map { sentences.tokens[$0] },
      sentenceOf: kept.map { sentences.sentenceOf[$0] }, positionIn: kept.map { sentences.positionIn[$0] },
      sentences: 8)
    let wide = mask.indices.map { mask[$0] || sentences.sentenceOf[$0] == 1 }
    for decoder in TokenIdentity.Decoder.allCases {
      func sums(_ sentences: SentenceStates, _ mask: [Bool]?) async throws -> SentenceSums {
        try await tokenIdentity(
          sentences, vocabulary: vocabulary, decoder: decoder, candidates: .sentence, similarity: .cosine,
          folds: 4, key: Self.key, leavingOut: mask)
      }
      let found = try await sums(sentences, wide)
      #expect(try await found == sums(without, nil))
      // A sentence without positions counts for nothing.
      #expect(found.weights == [5, 0, 5, 5, 5, 5, 5, 5] && found.sums[1] == 0)
    }
  }

  @Test("refuses what it cannot measure")
  func refusals() async throws {
    let (sentences, vocabulary) = Design().draw(3)
    func measure(
      _ sentences: SentenceStates, _ vocabulary: Vocabulary, _ decoder: TokenIdentity.Decoder, folds: Int = 5
    ) async throws {
      _ = try await tokenIdentity(
        sentences, vocabulary: vocabulary, decoder: decoder, candidates: .vocabulary, similarity: .cosine,
        folds: folds, key: Self.key)
    }
    var broken = sentences.states
    broken[3, 1] = .infinity
    let infinite = SentenceStates(
      states: broken, tokens: sentences.tokens, sentenceOf: sentences.sentenceOf,
      positionIn: sentences.positionIn)
    for decoder in TokenIdentity.Decoder.allCases {
      await #expect(throws: TextProbeError.notFinite) { try await measure(infinite, vocabulary, decoder) }
    }
    let few = Vocabulary(ids: [7], embeddings: Matrix(rows: 1, columns: 5, repeating: 1))
    await #expect(throws: TextProbeError.missingEmbedding(token: sentences.tokens[0])) {
      try await measure(sentences, few, .linear)
    }
    let narrow = Vocabulary(
      ids: vocabulary.ids, embeddings: Matrix(rows: vocabulary.ids.count, columns: 2, repeating: 1))
    await #expect(throws: TextProbeError.dimensionsDiffer(states: 5, embeddings: 2)) {
      try await measure(sentences, narrow, .nearest)
    }
    await #expect(throws: TextProbeError.tooFewSentences(8, folds: 9)) {
      try await measure(sentences, vocabulary, .nearestToken, folds: 9)
    }
    // A map may lead into a space of another dimension.
    try await measure(sentences, narrow, .linear)
  }

  @Test("huge and tiny states change no answer", arguments: [Float(1e-30), 1, 1e30])
  func sizes(_ size: Float) async throws {
    let (sentences, _) = Design(effect: 2).draw(4)
    let scaled = SentenceStates(
      states: Matrix(rows: 48, columns: 5, elements: sentences.states.elements.map { $0 * size }),
      tokens: sentences.tokens, sentenceOf: sentences.sentenceOf, positionIn: sentences.positionIn)
    for similarity in Similarity.allCases {
      func sums(_ states: SentenceStates) async throws -> SentenceSums {
        try await tokenIdentity(
          states, vocabulary: nil, decoder: .nearestToken, candidates: .vocabulary, similarity: similarity,
          key: Self.key)
      }
      #expect(try await sums(scaled) == sums(sentences))
    }
  }

  /// p is randomised among ties, so that it is exactly uniform where observed and rearranged states are alike.
  @Test(
    "under permuted positions p is uniform where states know nothing",
    arguments: [TokenIdentity.Decoder.nearest, .linear, .nearestToken, nil])
  func calibration(_ decoder: TokenIdentity.Decoder?) async throws {
    func pValues(_ design: Design, _ datasets: Int) async throws -> [(exact: Double, reported: Double)] {
      try await simulate(datasets) { dataset in
        let (states, vocabulary) = design.draw(dataset)
        let (observed, worlds): (Double, [SentenceSums])
        let key = StreamKey(seed: 312, "\(dataset)")
        if let decoder {
          let prepared = try await PreparedIdentity(
            states, vocabulary: vocabulary, decoder: decoder,
            candidates: decoder == .nearestToken ? .vocabulary : .sentence, similarity: .cosine, folds: 4,
            key: Self.key)
          observed = prepared.sums().score
          worlds = try await prepared.permutedPositions(0..<99, key: key)
        } else {
          // The earlier layer is the input embeddings.
          let before = SentenceStates(
            states: vocabulary.embeddings.gathering(rows: states.tokens.map { $0 - 100 }),
            tokens: states.tokens, sentenceOf: states.sentenceOf, positionIn: states.positionIn)
          let prepared = try PreparedConsistency(from: before, to: states, similarity: .cosine)
          observed = prepared.sums().score
          worlds = try await prepared.permutedPositions(0..<99, key: key)
        }
        let scores = worlds.map(\.score)
        let larger = scores.count { $0 > observed + 1e-12 }
        let equal = scores.count { abs($0 - observed) <= 1e-12 }
        var stream = RandomStream(StreamKey(seed: 313), replicate: dataset)
        return (
          (Double(larger) + stream.uniform() * Double(equal + 1)) / 100,
          pValue(observed: observed, null: scores, exact: false).value
        )
      }
    }
    let datasets = decoder == .linear ? 300 : 1_000
    let null = try await pValues(Design(), datasets)
    for alpha in [0.05, 0.1, 0.25, 0.5, 0.75, 0.9] {
      let share = Double(null.count { $0.exact <= alpha }) / Double(datasets)
      let error = (alpha * (1 - alpha) / Double(datasets)).squareRoot()
      #expect(abs(share - alpha) < 3.5 * error, "\(share) at \(alpha)")
    }
    let rejected = Double(null.count { $0.reported <= 0.05 }) / Double(datasets)
    #expect(rejected <= 0.05 + 3.5 * (0.05 * 0.95 / Double(datasets)).squareRoot())
    let power = try await pValues(Design(effect: 1), 100)
    let found = Double(power.count { $0.reported <= 0.05 }) / 100
    print(
      "null permuted_positions \(decoder?.rawValue ?? "consistency"): \(percent(rejected)) at .05; planted: \(percent(found))"
    )
    #expect(found > (decoder == .nearestToken ? 0.3 : 0.6))
  }
}
