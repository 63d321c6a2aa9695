internal import GSL
public import Probing
public import Resampling

/// The worlds of `random_attention`: attention between random Gaussian projections of the words' input states, queries and
/// keys of 32 dimensions, drawn once per head and world and the same in all sentences.
///
/// Scores x'QK'y would be made into weights by a softmax at the temperature that gives each row the real row's entropy. But a
/// temperature changes no order, and accuracies ask for the largest weight alone: so none is sought, and none is needed.
public struct RandomAttentionWorlds: Sendable {
  /// Dimensions of queries and keys.
  static let dimensions = 32

  private let heads: Int
  private let support: AttentionSupport
  private let states: @Sendable (Int) -> [Float]
  private let width: Int
  /// By sentence: whether an item is in it.
  private let isAsked: [Bool]
  private let key: StreamKey

  /// - Parameters:
  ///   - relations: only sentences with items are computed; in the rest, words point nowhere.
  ///   - width: dimensions of the states.
  ///   - states: a sentence's input states, words by dimensions.
  /// - Precondition: relations and support have the same sentences.
  public init(
    _ relations: Relations, heads: Int, support: AttentionSupport, width: Int, key: StreamKey,
    states: @escaping @Sendable (_ sentence: Int) -> [Float]
  ) {
    precondition(relations.lengths == support.lengths, "relations and support are of different sentences")
    self.heads = heads
    self.support = support
    self.width = width
    self.states = states
    self.key = key
    var isAsked = [Bool](repeating: false, count: relations.lengths.count)
    for item in relations.sets.joined() { isAsked[Int(relations.sentenceOf[Int(item)])] = true }
    self.isAsked = isAsked
  }

  /// The attention in one world; a pure function of the replicate. Equal states give ties, which are drawn as those of real
  /// rows are.
  public func world(replicate: Int) -> MostAttended {
    let size = Self.dimensions
    var projections = Matrix<Float>(rows: width, columns: 2 * heads * size)
    var stream = RandomStream(key.appending("projections"), replicate: replicate)
    stream.fillWithNormals(&projections.elements)
    let ties = key.appending("ties").appending("\(replicate)")
    var targets: [UInt16] = []
    targets.reserveCapacity(support.lengths.reduce(0, +) * heads)
    var first = 0
    for (sentence, length) in support.lengths.enumerated() {
      defer { first += length }
      guard isAsked[sentence] else {
        targets += repeatElement(MostAttended.nowhere, count: length * heads)
        continue
      }
      let scores = scores(
        Matrix(rows: length, columns: width, elements: states(sentence)), projections, first: first,
        size: size)
      targets += MostAttended.targets(of: scores, length: length, heads: heads, sentence: sentence, key: ties)
    }
    return MostAttended(heads: heads, lengths: support.lengths, targets: targets)
  }

  /// Heads by words by words; -infinity where a word cannot be seen.
  private func scores(_ states: Matrix<Float>, _ projections: Matrix<Float>, first: Int, size: Int) -> [Float]
  {
    let n = states.rows
    let projected = states.multiplied(by: projections)
    var scores = [Float](repeating: 0, count: heads * n * n)
    projected.elements.withUnsafeBufferPointer { projected in
      scores.withUnsafeMutableBufferPointer { scores in
        for head in 0..<heads {
          let queries = projected.baseAddress! + 2 * head * size
          Float.gemm(
            transposeA: false, transposeB: true, m: n, n: n, k: size, alpha: 1, a: queries,
            lda: projections.columns, b: queries + size, ldb: projections.columns, beta: 0,
            c: scores.baseAddress! + head * n * n, ldc: n)
        }
      }
    }
    for word in 0..<n {
      let seen = support.positions[support.starts[first + word]..<support.starts[first + word + 1]]
      if seen.count == n - 1 { continue }
      var isHidden = [Bool](repeating: true, count: n)
      for other in seen { isHidden[Int(other)] = false }
      for head in 0..<heads {
        for other in 0..<n where isHidden[other] { scores[(head * n + word) * n + other] = -.infinity }
      }
    }
    return scores
  }
}
