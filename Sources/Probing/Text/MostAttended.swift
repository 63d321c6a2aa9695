public import Resampling

/// The word that each word attends to most, in every head (Clark et al. 2019, BlackboxNLP, section 5). All that head
/// accuracies need of attention: a 16-bit number in the place of a row of weights.
public struct MostAttended: Sendable, Hashable {
  /// The target of a word that attends to no other word.
  public static let nowhere = UInt16.max

  public let heads: Int
  /// Words per sentence.
  public private(set) var lengths: [Int]
  /// Words by heads, the words of all sentences one after the other: the position in its own sentence, from 0, or
  /// `nowhere`.
  public private(set) var targets: [UInt16]

  /// No sentence yet.
  public init(heads: Int) {
    self.init(heads: heads, lengths: [], targets: [])
  }

  /// - Parameter targets: words by heads, as `targets(of:...)` gives them sentence by sentence.
  /// - Precondition: there is a target for every head of every word, within its sentence or `nowhere`.
  public init(heads: Int, lengths: [Int], targets: [UInt16]) {
    precondition(heads >= 0 && targets.count == heads * lengths.reduce(0, +), "targets do not fill the shape")
    var word = 0
    for length in lengths {
      precondition((0...Int(Self.nowhere)).contains(length), "\(length) words in a sentence")
      let end = (word + length) * heads
      precondition(
        targets[word * heads..<end].allSatisfy { $0 < length || $0 == Self.nowhere }, "a target outside")
      word += length
    }
    self.heads = heads
    self.lengths = lengths
    self.targets = targets
  }

  /// Adds a sentence; the arguments are those of `targets(of:special:length:heads:sentence:key:)`.
  public mutating func append(weights: [Float], special: [Float]? = nil, length: Int, key: StreamKey) {
    targets += Self.targets(
      of: weights, special: special, length: length, heads: heads, sentence: lengths.count, key: key)
    lengths.append(length)
  }

  /// The words most attended to in one sentence, words by heads.
  ///
  /// A word's weight on itself is left out. A row whose other weights are all 0 points nowhere, as the first word's in a
  /// causal model does. Of equal largest weights one is drawn, each equally likely, by a stream of its own: what other
  /// rows hold does not change it. NaN is never the largest.
  /// - Parameters:
  ///   - weights: heads by words by words, from row to column.
  ///   - special: heads by words, the largest weight on a piece that is no word (`[SEP]`): where it exceeds every word's, the
  ///     row points nowhere. `nil` where such pieces are left out of the question.
  ///   - sentence: its number, which with word and head names the draw among ties.
  /// - Precondition: shapes agree; there are fewer than 65,536 words and heads.
  public static func targets(
    of weights: [Float], special: [Float]? = nil, length n: Int, heads: Int, sentence: Int, key: StreamKey
  ) -> [UInt16] {
    precondition((0...Int(nowhere)).contains(n) && (0...0xFFFF).contains(heads), "too many words or heads")
    precondition(weights.count == heads * n * n, "\(weights.count) weights for \(heads) heads and \(n) words")
    precondition(special.map { $0.count == heads * n } ?? true, "special weights do not fill the shape")
    var targets = [UInt16](repeating: nowhere, count: n * heads)
    weights.withUnsafeBufferPointer { weights in
      for head in 0..<heads {
        for word in 0..<n {
          let row = UnsafeBufferPointer(rebasing: weights[(head * n + word) * n..<(head * n + word + 1) * n])
          var largest = -Float.infinity
          var first = 0
          var ties = 0
          func look(_ range: Range<Int>) {
            // One comparison for most words; NaN fails it.
            for j in range where row[j] >= largest {
              if row[j] == largest {
                ties += 1
              } else {
                (largest, first, ties) = (row[j], j, 0)
              }
            }
          }
          look(0..<word)
          look(word + 1..<n)
          if largest == -.infinity { continue }
          if let special, special[head * n + word] > largest { continue }
          if largest == 0 && !(0..<n).contains(where: { $0 != word && row[$0] < 0 }) { continue }
          if ties > 0 {
            var stream = RandomStream(key, replicate: sentence << 32 | word << 16 | head)
            var others = stream.below(ties + 1)
            while others > 0 {
              first += 1
              if first != word && row[first] == largest { others -= 1 }
            }
          }
          targets[word * heads + head] = UInt16(first)
        }
      }
    }
    return targets
  }
}
