/// What becomes of special pieces ([CLS], [SEP], <s>), which belong to no word.
public enum SpecialPieces: String, Sendable, Hashable, CaseIterable {
  /// Their rows and columns are left out. The other weights are not divided by what is left.
  case drop
  /// Their rows are left out; the largest weight on any of them is kept beside the words' weights.
  case keep
}

/// Attention between words, from attention between the pieces of words: attention *to* a word is the sum over its
/// pieces, attention *from* a word the mean over them (Clark, Khandelwal, Levy & Manning 2019, section 4.1).
///
/// One value is used for many sentences in turn, and its buffers with it. Tasks that run at once have one each.
public struct WordAttention: Sendable {
  /// How many words the sentence has.
  public private(set) var words = 0
  /// How many matrices there are: layers times heads, layer by layer.
  public private(set) var matrices = 0
  /// Matrices by words by words, from the row's word to the column's. Where special pieces get weight, rows sum to
  /// less than 1.
  public private(set) var weights: [Float] = []
  /// Matrices by words: the largest weight of a word on one special piece, whichever; 0 where the sentence has no
  /// special piece. Empty where they are dropped.
  public private(set) var specialWeights: [Float] = []

  private var pieceWeights: [Float] = []
  private var layout = Layout()
  private var row: [Float] = []

  /// Holds no sentence yet.
  public init() {}

  /// Reads a sentence.
  /// - Parameter sentence: a position in the file's `sentences`.
  /// - Throws: what `AttentionFile.attention` and `wordIndex` throw; the buffers then mean nothing.
  public mutating func read(
    _ file: AttentionFile, sentence: Int, specials: SpecialPieces
  ) throws(ActivationError) {
    let index = try file.wordIndex(sentence)
    try file.attention(sentence, into: &pieceWeights)
    let weights = pieceWeights
    pool(weights, wordIndex: index, specials: specials)
  }

  /// Pools weights that are at hand, which need not be distributions (effective attention is none).
  /// - Parameters:
  ///   - pieceWeights: matrices by pieces by pieces.
  ///   - wordIndex: as `AttentionFile.wordIndex` gives it.
  /// - Precondition: there are pieces, and `pieceWeights` holds a whole number of matrices; words do not decrease and
  ///   have a piece each.
  public mutating func pool(_ pieceWeights: [Float], wordIndex: [Int], specials: SpecialPieces) {
    let square = wordIndex.count * wordIndex.count
    precondition(square > 0 && pieceWeights.count % square == 0, "no whole number of matrices")
    layout.set(wordIndex)
    words = layout.words
    matrices = pieceWeights.count / square
    Self.resize(&weights, to: matrices * words * words)
    Self.resize(&specialWeights, to: specials == .keep ? matrices * words : 0)
    Self.resize(&row, to: wordIndex.count)
    let (layout, matrices) = (layout, matrices)
    pieceWeights.withUnsafeBufferPointer { source in
      weights.withUnsafeMutableBufferPointer { target in
        specialWeights.withUnsafeMutableBufferPointer { special in
          row.withUnsafeMutableBufferPointer { row in
            guard let source = source.baseAddress, let target = target.baseAddress, let row = row.baseAddress
            else { return }
            layout.pool(
              source, matrices: matrices, to: target,
              specials: specials == .keep ? special.baseAddress : nil, scratch: row)
          }
        }
      }
    }
  }

  private static func resize(_ buffer: inout [Float], to count: Int) {
    if buffer.count > count { buffer.removeLast(buffer.count - count) }
    if buffer.count < count { buffer.append(contentsOf: repeatElement(0, count: count - buffer.count)) }
  }

  /// Which pieces make a word.
  private struct Layout: Sendable {
    var pieces = 0
    /// The first piece of each word.
    var first: [Int] = []
    /// The pieces of a word after its first, with the word from 0; in order.
    var further: [(piece: Int, word: Int)] = []
    /// Where the further pieces of each word start in `further`; one more than words.
    var starts: [Int] = []
    var special: [Int] = []
    var words: Int { first.count }

    mutating func set(_ wordIndex: [Int]) {
      pieces = wordIndex.count
      first.removeAll(keepingCapacity: true)
      further.removeAll(keepingCapacity: true)
      starts.removeAll(keepingCapacity: true)
      special.removeAll(keepingCapacity: true)
      for (piece, word) in wordIndex.enumerated() {
        if word == 0 {
          special.append(piece)
        } else if word == first.count + 1 {
          first.append(piece)
          starts.append(further.count)
        } else {
          precondition(word == first.count, "words that decrease or lack a piece")
          further.append((piece, word - 1))
        }
      }
      starts.append(further.count)
    }

    func pool(
      _ source: UnsafePointer<Float>, matrices: Int, to target: UnsafeMutablePointer<Float>,
      specials: UnsafeMutablePointer<Float>?, scratch: UnsafeMutablePointer<Float>
    ) {
      first.withUnsafeBufferPointer { first in
        further.withUnsafeBufferPointer { further in
          for matrix in 0..<matrices {
            let pieceRows = source + matrix &* pieces &* pieces
            for word in 0..<first.count {
              var row = pieceRows + first[word] &* pieces
              let (low, high) = (starts[word], starts[word &+ 1])
              if low < high {
                for i in 0..<pieces { scratch[i] = row[i] }
                for next in low..<high {
                  let more = pieceRows + further[next].piece &* pieces
                  for i in 0..<pieces { scratch[i] += more[i] }
                }
                let share = 1 / Float(high &- low &+ 1)
                for i in 0..<pieces { scratch[i] *= share }
                row = UnsafePointer(scratch)
              }
              let output = target + (matrix &* first.count &+ word) &* first.count
              for other in 0..<first.count { output[other] = row[first[other]] }
              for next in further { output[next.word] += row[next.piece] }
              if let specials {
                var largest: Float?
                for piece in special { largest = max(largest ?? row[piece], row[piece]) }
                specials[matrix &* first.count &+ word] = largest ?? 0
              }
            }
          }
        }
      }
    }
  }
}
