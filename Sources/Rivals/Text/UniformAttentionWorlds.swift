public import Hypotheses
public import Probing

/// The single world of `uniform_attention`: every other word is attended to equally, so that an item scores 1 over the number
/// of words that the asked word can attend to.
public struct UniformAttentionWorlds: Sendable, Hashable {
  public let sums: SentenceSums

  /// - Parameter support: what each word can see; `nil` where that is every other word. Where a causal model cannot see the
  ///   word asked for, the item scores 0.
  public init(
    _ relations: Relations, set: Int = 0, direction: HeadAccuracy.Direction, support: AttentionSupport? = nil
  ) {
    precondition(support.map { $0.lengths == relations.lengths } ?? true, "support of other sentences")
    var sums = [Double](repeating: 0, count: relations.lengths.count)
    for item in relations.sets[set] {
      let word = Int(item)
      let sentence = Int(relations.sentenceOf[word])
      let (start, head) = (relations.starts[sentence], relations.heads[word])
      let (asked, wanted) =
        direction == .toHead ? (word, head) : (start + Int(head), UInt16(word - start))
      if let support {
        let seen = support.positions[support.starts[asked]..<support.starts[asked + 1]]
        if seen.contains(wanted) { sums[sentence] += 1 / Double(seen.count) }
      } else {
        sums[sentence] += 1 / Double(relations.lengths[sentence] - 1)
      }
    }
    self.sums = SentenceSums(sums: sums, weights: relations.items(of: set))
  }
}
