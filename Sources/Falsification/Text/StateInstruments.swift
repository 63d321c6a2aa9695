internal import Activations
internal import GSL
internal import Hypotheses
internal import Probing
internal import Resampling

/// Token identity, cell by cell.
struct IdentityInstrument: TextInstrument {
  private let cells: [PreparedIdentity]
  private let quantities: [TokenIdentity]
  private let states: [SentenceStates]
  private let special: [Bool]
  private let vocabulary: Vocabulary?
  private let folds: Int
  private let key: StreamKey
  private let jobs: Int
  private let dropsSpecial: Bool

  init(
    _ quantities: [TokenIdentity], _ source: TextSource, sentences: [Int], folds: Int, key: StreamKey,
    jobs: Int
  ) async throws {
    self.quantities = quantities
    self.folds = folds
    self.key = key
    self.jobs = jobs
    dropsSpecial = source.special == .drop
    if source.file.hasVocabulary {
      let (ids, embeddings) = try source.file.vocabulary()
      vocabulary = Vocabulary(ids: ids, embeddings: embeddings)
    } else {
      vocabulary = nil
    }
    var (cells, all): ([PreparedIdentity], [SentenceStates]) = ([], [])
    var marks: [Bool] = []
    for quantity in quantities {
      let (states, special) = try source.states(sentences, layer: quantity.layer)
      let mask = dropsSpecial ? special : nil
      cells.append(
        try await PreparedIdentity(
          states, vocabulary: vocabulary, decoder: quantity.decoder, candidates: quantity.candidates,
          similarity: quantity.similarity, folds: folds, key: key, leavingOut: mask, jobs: jobs))
      all.append(states)
      marks = special
    }
    self.cells = cells
    states = all
    special = marks
  }

  private var mask: [Bool]? { dropsSpecial ? special : nil }

  func scores() async throws -> [SentenceSums] { cells.map { $0.sums() } }

  func worlds(of rival: TextRival, _ replicates: Range<Int>, key: StreamKey) async throws -> [[SentenceSums]]
  {
    switch rival {
    case .permutedPositions:
      var byCell: [[SentenceSums]] = []
      for cell in cells { byCell.append(try await cell.permutedPositions(replicates, key: key, jobs: jobs)) }
      return byCell.byWorld
    case .positionOnly:
      return [
        [
          try positionOnlyIdentity(
            states[0], candidates: quantities[0].candidates, folds: folds, key: self.key,
            leavingOut: mask)
        ]
      ]
    default: preconditionFailure("the checker sets no other rival against token identity")
    }
  }

  func distinctWorlds(of rival: TextRival, _ replicates: Range<Int>, key: StreamKey) -> Int? {
    guard case .permutedPositions = rival else { return nil }
    return Set(replicates.map { cells[0].positions(replicate: $0, key: key) }).count
  }

  func arrangements(of rival: TextRival, cells: [Int]) -> Double? {
    guard case .permutedPositions = rival else { return nil }
    // Every cell's tokens are the same.
    return self.cells[0].distinctPositions
  }

  /// The share of candidates that are the position's own token.
  var floors: [Double] {
    let kept = states[0].tokens.indices.filter { !(mask?[$0] ?? false) }
    return quantities.map { quantity in
      if quantity.candidates == .vocabulary || quantity.decoder == .nearestToken {
        let count =
          quantity.decoder == .nearestToken
          ? Set(kept.map { states[0].tokens[$0] }).count : vocabulary?.ids.count ?? 1
        return 1 / Double(max(count, 1))
      }
      var types: [Int: Set<Int>] = [:]
      for position in kept {
        types[states[0].sentenceOf[position], default: []].insert(states[0].tokens[position])
      }
      let sum = kept.reduce(0.0) { $0 + 1 / Double(types[states[0].sentenceOf[$1]]!.count) }
      return kept.isEmpty ? 0 : sum / Double(kept.count)
    }
  }

  var ceilings: [Double] { quantities.map { _ in 1 } }

  func gates() async throws -> [Gate] {
    // States that are the input embeddings themselves give every token away.
    guard let vocabulary else { return [] }
    var rowOf: [Int: Int] = [:]
    for (row, id) in vocabulary.ids.enumerated() { rowOf[id] = row }
    let rows = states[0].tokens.compactMap { rowOf[$0] }
    guard rows.count == states[0].tokens.count else { return [] }
    let planted = SentenceStates(
      states: vocabulary.embeddings.gathering(rows: rows), tokens: states[0].tokens,
      sentenceOf: states[0].sentenceOf, positionIn: states[0].positionIn, sentences: states[0].sentences)
    let found = try await PreparedIdentity(
      planted, vocabulary: vocabulary, decoder: .nearest, candidates: .sentence, similarity: .cosine,
      folds: folds, key: key, leavingOut: mask, jobs: jobs
    ).sums().score
    return [
      Gate(
        name: Gate.plantedSignal, passed: found > 0.999,
        detail:
          "states that are the input embeddings themselves score \(Wording.number(found)), and must score 1")
    ]
  }

  var items: Int { states[0].tokens.indices.count { !(mask?[$0] ?? false) } }

  var dimensions: Int { states[0].states.columns }
}

/// Positional consistency, cell by cell.
struct ConsistencyInstrument: TextInstrument {
  private let cells: [PreparedConsistency]
  private let own: [PreparedConsistency]
  private let lengths: [Int]
  private let jobs: Int

  init(_ quantities: [PositionalConsistency], _ source: TextSource, sentences: [Int], jobs: Int) throws {
    self.jobs = jobs
    var (cells, own): ([PreparedConsistency], [PreparedConsistency]) = ([], [])
    var lengths = [Int](repeating: 0, count: sentences.count)
    for (number, quantity) in quantities.enumerated() {
      let (earlier, special) = try source.states(sentences, layer: quantity.from)
      let later = try source.states(sentences, layer: quantity.layer).states
      let mask = source.special == .drop ? special : nil
      cells.append(
        try PreparedConsistency(from: earlier, to: later, similarity: quantity.similarity, leavingOut: mask))
      guard number == 0 else { continue }
      own.append(
        try PreparedConsistency(from: later, to: later, similarity: quantity.similarity, leavingOut: mask))
      for position in earlier.tokens.indices where !(mask?[position] ?? false) {
        lengths[earlier.sentenceOf[position]] += 1
      }
    }
    self.cells = cells
    self.own = own
    self.lengths = lengths
    dimensions = source.file.dimensions ?? 0
  }

  func scores() async throws -> [SentenceSums] { cells.map { $0.sums() } }

  func worlds(of rival: TextRival, _ replicates: Range<Int>, key: StreamKey) async throws -> [[SentenceSums]]
  {
    guard case .permutedPositions = rival else {
      preconditionFailure("the checker sets no other rival against positional consistency")
    }
    var byCell: [[SentenceSums]] = []
    for cell in cells { byCell.append(try await cell.permutedPositions(replicates, key: key, jobs: jobs)) }
    return byCell.byWorld
  }

  func distinctWorlds(of rival: TextRival, _ replicates: Range<Int>, key: StreamKey) -> Int? {
    guard case .permutedPositions = rival else { return nil }
    return Set(replicates.map { cells[0].positions(replicate: $0, key: key) }).count
  }

  func arrangements(of rival: TextRival, cells: [Int]) -> Double? {
    guard case .permutedPositions = rival else { return nil }
    return self.cells[0].distinctPositions
  }

  /// One position of each sentence, chosen blindly.
  var floors: [Double] {
    let total = lengths.reduce(0, +)
    let floor = total == 0 ? 0 : Double(lengths.count { $0 > 0 }) / Double(total)
    return cells.map { _ in floor }
  }

  var ceilings: [Double] { cells.map { _ in 1 } }

  func gates() async throws -> [Gate] {
    let found = own[0].sums().score
    return [
      Gate(
        name: Gate.plantedSignal, passed: found > 0.99,
        detail:
          "a layer held against itself scores \(Wording.number(found)), and must score 1 where no states repeat"
      )
    ]
  }

  var items: Int { lengths.reduce(0, +) }

  let dimensions: Int
}

/// Syntax trees from the geometry of states, cell by cell.
struct StructureInstrument: TextInstrument {
  private let quantities: [StructuralProbe]
  private let trees: [TreeSentences]
  private let lengths: [Int]
  private let folds: Int
  private let key: StreamKey
  private let jobs: Int

  init(
    _ quantities: [StructuralProbe], _ source: TextSource, sentences: [Int], folds: Int, key: StreamKey,
    jobs: Int
  ) throws {
    self.quantities = quantities
    self.folds = folds
    self.key = key
    self.jobs = jobs
    trees = try quantities.map { try source.trees(sentences, layer: $0.layer) }
    lengths = source.lengths(sentences)
  }

  func scores() async throws -> [SentenceSums] {
    var scores: [SentenceSums] = []
    for cell in quantities.indices { scores.append(try await score(cell, .trained)) }
    return scores
  }

  private func score(_ cell: Int, _ predictor: StructuralPredictor, key other: StreamKey? = nil) async throws
    -> SentenceSums
  {
    let quantity = quantities[cell]
    let training = StructuralTraining(rank: quantity.rank)
    let key = other ?? self.key
    switch quantity.score {
    case .uuas, .distanceSpearman:
      let found = try await distanceScores(
        trees[cell], predictor: predictor, training: training, folds: folds, key: key, jobs: jobs)
      return quantity.score == .uuas ? found.uuas : found.spearman
    case .depthSpearman, .rootAccuracy:
      let found = try await depthScores(
        trees[cell], predictor: predictor, training: training, folds: folds, key: key, jobs: jobs)
      return quantity.score == .depthSpearman ? found.spearman : found.rootAccuracy
    }
  }

  func worlds(of rival: TextRival, _ replicates: Range<Int>, key: StreamKey) async throws -> [[SentenceSums]]
  {
    switch rival {
    case .linearChain: return [[try await score(0, .linearChain)]]
    case .randomProjection:
      var worlds: [[SentenceSums]] = []
      for replicate in replicates {
        var cells: [SentenceSums] = []
        for cell in quantities.indices {
          cells.append(try await score(cell, .randomProjection(replicate: replicate), key: key))
        }
        worlds.append(cells)
      }
      return worlds
    default: preconditionFailure("the checker sets no other rival against a structural probe")
    }
  }

  /// Edges of a random spanning tree, no correlation, a word chosen blindly.
  var floors: [Double] {
    quantities.map { quantity in
      switch quantity.score {
      case .distanceSpearman, .depthSpearman: 0
      case .uuas:
        {
          // A random labelled tree of n words has each edge with probability 2/n.
          let (sum, count) = lengths.reduce((0.0, 0.0)) { result, length in
            let n = Double(length)
            return n > 1 ? (result.0 + (n - 1) * 2 / n, result.1 + n - 1) : result
          }
          return count > 0 ? sum / count : 0
        }()
      case .rootAccuracy:
        lengths.isEmpty ? 0 : lengths.reduce(0.0) { $0 + 1 / Double(max($1, 1)) } / Double(lengths.count)
      }
    }
  }

  var ceilings: [Double] { quantities.map { _ in 1 } }

  func gates() async throws -> [Gate] { [] }

  var items: Int { lengths.reduce(0, +) }

  var dimensions: Int { trees[0].states.columns }
}
