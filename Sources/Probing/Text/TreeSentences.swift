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

  /// The same trees given by heads.
  /// - Parameters:
  ///   - heads: by sentence and word, the place of its head within the sentence; `nil` for the root.
  ///   - skip: by word of all sentences.
  /// - Precondition: every sentence is a tree with one root.
  public init(states: Matrix<Float>, heads: [[Int?]], skip: [Bool]) {
    var (distances, depths): ([[Int32]], [Int32]) = ([], [])
    for heads in heads {
      let tree = TreeMetric(heads: heads)
      distances.append(tree.distances)
      depths += tree.depths
    }
    self.init(
      states: states, sentenceOf: heads.indices.flatMap { [Int](repeating: $0, count: heads[$0].count) },
      distances: distances, depths: depths, skip: skip)
  }
}

/// Distances and depths in a tree.
struct TreeMetric {
  /// Words by words, row by row.
  let distances: [Int32]
  let depths: [Int32]

  /// - Precondition: one word has no head, and every other one's path leads to it.
  init(heads: [Int?]) {
    let count = heads.count
    // Every word's path to the root, itself first.
    let paths = heads.indices.map { word in
      var path = [word]
      while let head = heads[path.last!] {
        precondition(head >= 0 && head < count && path.count < count, "heads that are no tree")
        path.append(head)
      }
      return path
    }
    precondition(heads.count { $0 == nil } == min(count, 1), "a sentence with several roots")
    var distances = [Int32](repeating: 0, count: count * count)
    for first in 0..<count {
      for second in 0..<first {
        var shared = 0
        let (a, b) = (paths[first], paths[second])
        while shared < min(a.count, b.count), a[a.count - 1 - shared] == b[b.count - 1 - shared] {
          shared += 1
        }
        let edges = Int32(a.count + b.count - 2 * shared)
        distances[first * count + second] = edges
        distances[second * count + first] = edges
      }
    }
    self.distances = distances
    depths = paths.map { Int32($0.count - 1) }
  }
}
