public import GSL

/// The words of some sentences with their states at one layer and their syntax trees.
///
/// A word's state is the mean of its pieces' states (Hewitt & Manning 2019); that is the caller's to make.
public struct TreeSentences: Sendable {
  /// Words of all sentences, one sentence after the other, by dimensions.
  public let states: Matrix<Float>
  /// The sentence of every word, from 0, ascending.
  public let sentenceOf: [Int]
  /// By word, the number of edges between it and each word of its sentence. One square table per sentence, row by row.
  public let distances: [[Int32]]
  /// The number of edges between every word and the root.
  public let depths: [Int32]
  /// Whether a word is punctuation: no edge to it counts, and it is never the root.
  public let skip: [Bool]
  /// The words of every sentence.
  let ranges: [Range<Int>]

  /// How many sentences there are.
  public var sentences: Int { ranges.count }

  /// - Parameters:
  ///   - distances: one table of words by words per sentence.
  ///   - depths, skip: by word of all sentences.
  /// - Precondition: everything has the length that it says; sentences ascend.
  public init(
    states: Matrix<Float>, sentenceOf: [Int], distances: [[Int32]], depths: [Int32], skip: [Bool]
  ) {
    precondition(
      sentenceOf.count == states.rows && depths.count == states.rows && skip.count == states.rows,
      "one sentence, depth and mark per word")
    precondition(zip(sentenceOf, sentenceOf.dropFirst()).allSatisfy(<=), "sentences do not ascend")
    precondition(
      (sentenceOf.first ?? 0) >= 0 && (sentenceOf.last ?? -1) < distances.count, "a sentence out of range")
    ranges = sentenceRanges(sentenceOf, sentences: distances.count)
    precondition(
      zip(ranges, distances).allSatisfy { $0.count * $0.count == $1.count }, "a table of another size")
    self.states = states
    self.sentenceOf = sentenceOf
    self.distances = distances
    self.depths = depths
    self.skip = skip
  }
}
