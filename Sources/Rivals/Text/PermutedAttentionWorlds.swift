public import Probing
public import Resampling

/// The worlds of `permuted_attention`: in every row of every head the weights change places among the words that the row's
/// word can see. Each row keeps its entropy and loses its content.
///
/// Accuracies ask for the largest weight of a row alone, and after a rearrangement that is any of the words with equal
/// probability; so a world is drawn as that word, and how sharp the row is plays no part. A row whose weight was largest on a
/// special piece still points nowhere. Scores are those of `headAccuracy` on a world.
public struct PermutedAttentionWorlds: Sendable {
  private let attention: MostAttended
  private let support: AttentionSupport
  private let asked: [Int]
  private let key: StreamKey

  /// - Parameters:
  ///   - relations: only rows that their items ask, in either direction, are drawn; the rest point nowhere.
  ///   - support: what each word can see.
  /// - Precondition: all three have the same sentences.
  public init(_ attention: MostAttended, _ relations: Relations, support: AttentionSupport, key: StreamKey) {
    precondition(
      attention.lengths == relations.lengths && attention.lengths == support.lengths,
      "attention, relations and support are of different sentences")
    self.attention = attention
    self.support = support
    self.key = key
    asked = relations.askedWords
  }

  /// The attention in one world; a pure function of the replicate. A row's draws do not depend on which others are asked.
  public func world(replicate: Int) -> MostAttended {
    let key = key.appending("\(replicate)")
    let heads = attention.heads
    var targets = [UInt16](repeating: MostAttended.nowhere, count: attention.targets.count)
    for word in asked {
      let (start, end) = (support.starts[word], support.starts[word + 1])
      guard end > start else { continue }
      var stream = RandomStream(key, replicate: word)
      for row in word * heads..<(word + 1) * heads {
        let drawn = support.positions[start + stream.below(end - start)]
        if attention.targets[row] != MostAttended.nowhere { targets[row] = drawn }
      }
    }
    return MostAttended(heads: heads, lengths: attention.lengths, targets: targets)
  }
}

extension Relations {
  /// The words whose rows some item asks, in either direction, ascending.
  var askedWords: [Int] {
    var isAsked = [Bool](repeating: false, count: heads.count)
    for item in sets.joined() {
      let word = Int(item)
      isAsked[word] = true
      isAsked[starts[Int(sentenceOf[word])] + Int(heads[word])] = true
    }
    return isAsked.indices.filter { isAsked[$0] }
  }
}
