internal import GSL
public import Hypotheses
public import Resampling

/// Whether the input token of every position can be recovered from its state at a layer (Brunner et al. 2020, ICLR, arXiv
/// 1908.04211, section 4), made ready for many rearrangements of the states.
///
/// What is learned is learned on the other folds' sentences: `linear` is ridge from the states, every feature scaled by its
/// deviation there, to the input embedding, its penalty chosen there by leaving out whole sentences; `mlp` is an `FFNN` with
/// the settings of `mlpSettings`, which stops by whole sentences.
///
/// A position scores 1 where its own token, in whatever place of the sentence, is the answer, and 1/(m + 1) where m other
/// tokens are answers as good. `nearest_token` can only find tokens that occur in the training sentences; others count as not
/// recovered.
///
/// Rearranging states among a sentence's positions is rearranging the tokens among its states. States therefore stay where
/// they are, and what depends on them alone is computed once.
public struct PreparedIdentity: Sendable {
  private enum Work: Sendable {
    /// The tokens that every state answers with, whatever its own is.
    case answered([[Int32]])
    /// The states of other folds' sentences that are nearest to every state.
    case neighbours([[Int32]])
    /// The same among those whose token occurs in the state's sentence: found anew in every world.
    case neighboursInSentence(states: Matrix<Double>, Split)
    /// A map that is fitted in every world.
    case mapped(PreparedProbe, Split, embeddings: Matrix<Double>)
  }

  private let work: Work
  private let candidates: TokenIdentity.Candidates
  private let similarity: Similarity
  /// By state: a number for its token (its row in the vocabulary, where there is one).
  private let codes: [Int32]
  private let ranges: [Range<Int>]
  private let scheme: PermutationScheme

  /// How the network of `mlp` is trained: a few quick passes.
  public static let mlpSettings = FFNN(
    hidden: 128, activation: .relu, dropout: 0, weightDecay: 0.01, learningRate: 3e-3, batch: 64, epochs: 12,
    patience: 2)

  /// - Parameters:
  ///   - vocabulary: needed by every decoder but `nearest_token`; must hold every token of the sentences.
  ///   - mask: positions to leave out (special pieces): they are neither scored nor trained on nor answers.
  ///   - folds: into how many parts the sentences are divided, where something is learned.
  ///   - key: of the folds, and of the network's random numbers.
  /// - Throws: `TextProbeError`, `LinearAlgebraError` or `CancellationError`.
  public init(
    _ sentences: SentenceStates, vocabulary: Vocabulary?, decoder: TokenIdentity.Decoder,
    candidates: TokenIdentity.Candidates, similarity: Similarity, folds: Int, key: StreamKey,
    leavingOut mask: [Bool]? = nil, jobs: Int = 1
  ) async throws {
    let kept = sentences.leavingOut(mask)
    self.candidates = candidates
    self.similarity = similarity
    ranges = kept.ranges
    scheme = .within(blocks: kept.sentenceOf)
    guard kept.states.elements.allSatisfy(\.isFinite) else { throw TextProbeError.notFinite }
    let states = kept.states.converted(to: Double.self)

    if decoder == .nearestToken {
      codes = coded(kept.tokens)
      let split = try kept.folds(folds, key)
      work =
        candidates == .vocabulary
        ? .neighbours(try await Self.neighbours(states, split, similarity, jobs))
        : .neighboursInSentence(states: states, split)
      return
    }
    guard let vocabulary else {
      throw TextProbeError.missingEmbedding(token: kept.tokens.first ?? 0)
    }
    guard vocabulary.embeddings.elements.allSatisfy(\.isFinite) else { throw TextProbeError.notFinite }
    var codes: [Int32] = []
    for token in kept.tokens {
      guard let row = vocabulary.rowOf[token] else { throw TextProbeError.missingEmbedding(token: token) }
      codes.append(Int32(row))
    }
    self.codes = codes
    let embeddings = vocabulary.embeddings.converted(to: Double.self)
    if decoder == .nearest {
      guard states.columns == embeddings.columns else {
        throw TextProbeError.dimensionsDiffer(states: states.columns, embeddings: embeddings.columns)
      }
      work = .answered(
        Self.answers(states, codes, ranges, embeddings, candidates, similarity))
      return
    }
    let split = try kept.folds(folds, key)
    let probe: Probe = decoder == .mlp ? .ffnn(Self.mlpSettings) : .ridge(Ridge())
    let instrument = Instrument(metric: .r2, probe: probe, splits: [split], key: key)
    work = .mapped(try await instrument.prepare(states, jobs: jobs), split, embeddings: embeddings)
  }

  /// By state, the states of other folds that are nearest to it.
  private static func neighbours(
    _ states: Matrix<Double>, _ split: Split, _ similarity: Similarity, _ jobs: Int
  ) async throws -> [[Int32]] {
    let byFold = try await mapConcurrently(split.count, jobs: jobs) { fold in
      let test = split.order[split.range(fold)]
      let training = split.trainingAscending(fold)
      return nearestRows(
        states.gathering(rows: Array(test)), among: states.gathering(rows: training), similarity
      ).map { $0.map { Int32(training[Int($0)]) } }
    }
    var result = [[Int32]](repeating: [], count: states.rows)
    for (place, found) in byFold.joined().enumerated() { result[split.order[place]] = found }
    return result
  }

  /// The rows of the embeddings that are nearest to every state, among all or its sentence's.
  private static func answers(
    _ states: Matrix<Double>, _ codes: [Int32], _ ranges: [Range<Int>], _ embeddings: Matrix<Double>,
    _ candidates: TokenIdentity.Candidates, _ similarity: Similarity
  ) -> [[Int32]] {
    guard candidates == .sentence else { return nearestRows(states, among: embeddings, similarity) }
    var result: [[Int32]] = []
    result.reserveCapacity(states.rows)
    for range in ranges where !range.isEmpty {
      let own = Set(codes[range]).sorted()
      let found = nearestRows(
        states.gathering(rows: Array(range)), among: embeddings.gathering(rows: own.map { Int($0) }),
        similarity)
      result += found.map { $0.map { own[Int($0)] } }
    }
    return result
  }

  /// How many positions of every sentence are recovered, and how many there are.
  public func sums() -> SentenceSums { sums(codes) }

  /// The same in some worlds of `permuted_positions`: states rearranged among the positions of their sentence, all
  /// rearrangements being equally likely; everything that is learned is learned again. World i is a function of the key
  /// and i.
  /// - Throws: `CancellationError`.
  public func permutedPositions(_ replicates: Range<Int>, key: StreamKey, jobs: Int = 1) async throws
    -> [SentenceSums]
  {
    try await mapConcurrently(replicates.count, jobs: jobs) { place in
      let source = scheme.permutation(key, replicate: replicates.lowerBound + place)
      return sums(source.map { codes[Int($0)] })
    }
  }

  /// Which position's token each position has in one world: what `permutedPositions` scores.
  public func positions(replicate: Int, key: StreamKey) -> [Int32] {
    scheme.permutation(key, replicate: replicate)
  }

  /// How many distinct arrangements of tokens within their sentences there are.
  public var distinctPositions: Double { scheme.distinctArrangements(of: codes.map { Int($0) }) }

  /// - Parameter codes: by state, the number of its token.
  private func sums(_ codes: [Int32]) -> SentenceSums {
    let answers: [[Int32]]
    switch work {
    case .answered(let found): answers = found
    case .neighbours(let found): answers = found.map { $0.map { codes[Int($0)] } }
    case .neighboursInSentence(let states, let split): answers = answersInSentence(states, split, codes)
    case .mapped(let probe, let split, let embeddings):
      let targets = Targets(numeric: embeddings.gathering(rows: codes.map { Int($0) }))
      let predictions = probe.predictions(targets)[0]
      var mapped = Matrix<Double>(rows: codes.count, columns: embeddings.columns)
      for column in 0..<embeddings.columns {
        for (place, state) in split.order.enumerated() {
          mapped[state, column] = predictions[column * codes.count + place]
        }
      }
      answers = Self.answers(mapped, codes, ranges, embeddings, candidates, similarity)
    }
    return SentenceSums(
      sums: ranges.map { $0.reduce(0) { $0 + credit(codes[$1], answers[$1]) } },
      weights: ranges.map { Double($0.count) })
  }

  /// The tokens of the nearest states of other folds, of those whose token occurs in the sentence.
  private func answersInSentence(
    _ states: Matrix<Double>, _ split: Split, _ codes: [Int32]
  ) -> [[Int32]] {
    var statesOf = [[Int]](repeating: [], count: Int(codes.max() ?? -1) + 1)
    for (state, code) in codes.enumerated() { statesOf[Int(code)].append(state) }
    let foldOf = split.foldOf
    var result: [[Int32]] = []
    for range in ranges where !range.isEmpty {
      let fold = foldOf[range.lowerBound]
      let others = Set(codes[range]).sorted().flatMap { statesOf[Int($0)] }.filter { foldOf[$0] != fold }
      let found = nearestRows(
        states.gathering(rows: Array(range)), among: states.gathering(rows: others), similarity)
      result += found.map { $0.map { codes[others[Int($0)]] } }
    }
    return result
  }
}

/// Tokens as numbers from 0, in order of first appearance.
private func coded(_ tokens: [Int]) -> [Int32] {
  var known: [Int: Int32] = [:]
  return tokens.map { token in
    let code = known[token] ?? Int32(known.count)
    known[token] = code
    return code
  }
}

/// What an item scores: 1 over the number of distinct answers if its own token is one of them, else 0.
func credit(_ truth: Int32, _ answers: [Int32]) -> Double {
  if answers.count == 1 { return answers[0] == truth ? 1 : 0 }
  let distinct = Set(answers)
  return distinct.contains(truth) ? 1 / Double(distinct.count) : 0
}

/// The share of positions whose input token is recovered from their state, by sentence: `PreparedIdentity`, once.
/// - Throws: `TextProbeError`, `LinearAlgebraError` or `CancellationError`.
public func tokenIdentity(
  _ sentences: SentenceStates, vocabulary: Vocabulary?, decoder: TokenIdentity.Decoder,
  candidates: TokenIdentity.Candidates, similarity: Similarity, folds: Int = 5, key: StreamKey,
  leavingOut mask: [Bool]? = nil, jobs: Int = 1
) async throws -> SentenceSums {
  try await PreparedIdentity(
    sentences, vocabulary: vocabulary, decoder: decoder, candidates: candidates, similarity: similarity,
    folds: folds, key: key, leavingOut: mask, jobs: jobs
  ).sums()
}

/// The rival `position_only` of token identity: the token that is commonest at the same place in the other folds' sentences,
/// without any state. Where nothing stood at that place, the commonest token of all.
///
/// Among a sentence's tokens, the one of them that is commonest there. Ties count as for `PreparedIdentity`.
/// - Throws: `tooFewSentences`.
public func positionOnlyIdentity(
  _ sentences: SentenceStates, candidates: TokenIdentity.Candidates, folds: Int = 5, key: StreamKey,
  leavingOut mask: [Bool]? = nil
) throws(TextProbeError) -> SentenceSums {
  let kept = sentences.leavingOut(mask)
  let split = try kept.folds(folds, key)
  let ranges = kept.ranges
  let codes = coded(kept.tokens)
  var answers = [[Int32]](repeating: [], count: codes.count)
  for fold in 0..<split.count {
    var (at, overall): ([Int: [Int32: Int]], [Int32: Int]) = ([:], [:])
    for position in split.trainingAscending(fold) {
      at[kept.positionIn[position], default: [:]][codes[position], default: 0] += 1
      overall[codes[position], default: 0] += 1
    }
    for position in split.order[split.range(fold)] {
      let own = candidates == .sentence ? Set(codes[ranges[kept.sentenceOf[position]]]) : nil
      answers[position] =
        commonest(at[kept.positionIn[position]] ?? [:], own) ?? commonest(overall, own)
        ?? own.map { $0.sorted() } ?? []
    }
  }
  return SentenceSums(
    sums: ranges.map { $0.reduce(0) { $0 + credit(codes[$1], answers[$1]) } },
    weights: ranges.map { Double($0.count) })
}

/// The tokens with the largest count, of some or of all; `nil` where none of them occurs.
private func commonest(_ counts: [Int32: Int], _ own: Set<Int32>?) -> [Int32]? {
  let counts = own.map { own in counts.filter { own.contains($0.key) } } ?? counts
  guard let largest = counts.values.max() else { return nil }
  return counts.filter { $0.value == largest }.map(\.key).sorted()
}

extension Split {
  /// The items of all folds but one, ascending.
  func trainingAscending(_ fold: Int) -> [Int] {
    let range = range(fold)
    return (order[..<range.lowerBound] + order[range.upperBound...]).sorted()
  }
}
