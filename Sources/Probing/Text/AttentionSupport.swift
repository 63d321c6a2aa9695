/// Which other words each word can see: those that any head gives a weight other than 0. In a causal model, the words before
/// it; in others, all.
public struct AttentionSupport: Sendable, Hashable {
  /// Words per sentence.
  public private(set) var lengths: [Int]
  /// Where each word's positions begin; one more than there are words.
  public private(set) var starts: [Int]
  /// Positions in the sentence, ascending, the word's own left out.
  public private(set) var positions: [UInt16]

  /// No sentence yet.
  public init() {
    lengths = []
    starts = [0]
    positions = []
  }

  /// Every other word, or only those before it.
  public init(lengths: [Int], causal: Bool) {
    self.init()
    for length in lengths { append(length: length) { word, other in !causal || other < word } }
  }

  /// Adds the sentences of another.
  public mutating func append(contentsOf other: AttentionSupport) {
    starts += other.starts.dropFirst().map { $0 + positions.count }
    positions += other.positions
    lengths += other.lengths
  }

  /// Adds a sentence from its weights, heads by words by words.
  /// - Precondition: there are `heads * length * length` weights.
  public mutating func append(weights: [Float], length n: Int, heads: Int) {
    precondition(weights.count == heads * n * n, "\(weights.count) weights for \(heads) heads and \(n) words")
    var seen = [Bool](repeating: false, count: n * n)
    for head in 0..<heads {
      let start = head * n * n
      for i in 0..<n * n { seen[i] = seen[i] || weights[start + i] != 0 }
    }
    append(length: n) { seen[$0 * n + $1] }
  }

  private mutating func append(length: Int, _ sees: (Int, Int) -> Bool) {
    precondition((0...Int(UInt16.max)).contains(length), "\(length) words in a sentence")
    for word in 0..<length {
      for other in 0..<length where other != word && sees(word, other) { positions.append(UInt16(other)) }
      starts.append(positions.count)
    }
    lengths.append(length)
  }
}
