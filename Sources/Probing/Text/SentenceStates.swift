public import GSL
internal import Resampling

/// The hidden states of some sentences at one layer, with what each position's input was.
public struct SentenceStates: Sendable {
  /// Positions of all sentences, one sentence after the other, by dimensions.
  public let states: Matrix<Float>
  /// The vocabulary id of every position's input piece.
  public let tokens: [Int]
  /// The sentence of every position, from 0, ascending.
  public let sentenceOf: [Int]
  /// Every position's place within its sentence, from 0.
  public let positionIn: [Int]
  /// How many sentences there are. Some may have no position.
  public let sentences: Int

  /// - Parameter sentences: how many there are; without it, the last position's is the last.
  /// - Precondition: one token, sentence and place per row; sentences ascend.
  public init(
    states: Matrix<Float>, tokens: [Int], sentenceOf: [Int], positionIn: [Int], sentences: Int? = nil
  ) {
    precondition(
      tokens.count == states.rows && sentenceOf.count == states.rows && positionIn.count == states.rows,
      "one token, sentence and place per position")
    precondition(zip(sentenceOf, sentenceOf.dropFirst()).allSatisfy(<=), "sentences do not ascend")
    let least = (sentenceOf.last ?? -1) + 1
    precondition(
      (sentenceOf.first ?? 0) >= 0 && sentences ?? least >= least, "a sentence out of range")
    self.states = states
    self.tokens = tokens
    self.sentenceOf = sentenceOf
    self.positionIn = positionIn
    self.sentences = sentences ?? least
  }

  /// The same without some positions (special pieces, say); places within sentences stay what they are.
  func leavingOut(_ mask: [Bool]?) -> SentenceStates {
    guard let mask else { return self }
    precondition(mask.count == tokens.count, "one mark per position")
    let kept = mask.indices.filter { !mask[$0] }
    return SentenceStates(
      states: states.gathering(rows: kept), tokens: kept.map { tokens[$0] },
      sentenceOf: kept.map { sentenceOf[$0] }, positionIn: kept.map { positionIn[$0] }, sentences: sentences)
  }

  /// The positions of every sentence.
  var ranges: [Range<Int>] { sentenceRanges(sentenceOf, sentences: sentences) }

  /// In which fold every position is, where the sentences that have positions are divided into folds.
  func folds(_ count: Int, _ key: StreamKey) throws(TextProbeError) -> Split {
    let occupied = ranges.indices.filter { !ranges[$0].isEmpty }
    let foldOf = try sentenceFolds(occupied, of: sentences, folds: count, key)
    return Split(foldOf: sentenceOf.map { foldOf[$0]! }, units: sentenceOf)
  }
}

/// The rows of every sentence, where rows are sorted by sentence.
func sentenceRanges(_ sentenceOf: [Int], sentences: Int) -> [Range<Int>] {
  var ends = [Int](repeating: 0, count: sentences + 1)
  for sentence in sentenceOf { ends[sentence + 1] += 1 }
  for sentence in 0..<sentences { ends[sentence + 1] += ends[sentence] }
  return (0..<sentences).map { ends[$0]..<ends[$0 + 1] }
}

/// The fold of every sentence; `nil` for those that are not among the ones to be divided.
/// - Throws: `tooFewSentences` where there are fewer sentences than folds, or fewer than two folds.
func sentenceFolds(
  _ chosen: [Int], of sentences: Int, folds: Int, _ key: StreamKey
) throws(TextProbeError) -> [Int?] {
  guard let split = Split(items: chosen.count, folds: folds, groups: nil, key: key, repetition: 0) else {
    throw .tooFewSentences(chosen.count, folds: folds)
  }
  var foldOf = [Int?](repeating: nil, count: sentences)
  for (sentence, fold) in zip(chosen, split.foldOf) { foldOf[sentence] = fold }
  return foldOf
}

/// The rows of an input embedding table.
public struct Vocabulary: Sendable {
  /// Distinct.
  public let ids: [Int]
  /// Row i is the input embedding of `ids[i]`.
  public let embeddings: Matrix<Float>
  let rowOf: [Int: Int]

  /// - Precondition: one distinct id per row.
  public init(ids: [Int], embeddings: Matrix<Float>) {
    precondition(ids.count == embeddings.rows, "one id per embedding")
    self.ids = ids
    self.embeddings = embeddings
    var rowOf: [Int: Int] = [:]
    for (row, id) in ids.enumerated() { rowOf[id] = row }
    precondition(rowOf.count == ids.count, "an id stands twice in the vocabulary")
    self.rowOf = rowOf
  }
}

/// Why something cannot be measured on sentences.
public enum TextProbeError: Error, Sendable, Hashable {
  /// States, or embeddings, that are not finite.
  case notFinite
  /// A token of a sentence has no row in the vocabulary.
  case missingEmbedding(token: Int)
  /// Without learning, states can only be compared with embeddings of as many dimensions.
  case dimensionsDiffer(states: Int, embeddings: Int)
  /// There are fewer sentences than folds, or fewer than two folds.
  case tooFewSentences(Int, folds: Int)
}
