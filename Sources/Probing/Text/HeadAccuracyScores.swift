public import Hypotheses

/// One member of a family of head accuracies.
public struct HeadCell: Sendable, Hashable {
  /// Its number among all heads of all layers, as `MostAttended` has them.
  public var head: Int
  public var direction: HeadAccuracy.Direction
  /// Its set of relations.
  public var set: Int

  public init(head: Int, direction: HeadAccuracy.Direction, set: Int = 0) {
    self.head = head
    self.direction = direction
    self.set = set
  }
}

/// How often heads point along relations, one element per cell (Clark et al. 2019, section 5).
///
/// Towards the head, the dependent's row is asked for the head; towards the dependent, the head's row is asked for the
/// dependent, so that of several dependents of one word at most one can be found. An item counts 1 or 0, and a
/// sentence weighs as many as it has items. A row that points nowhere is wrong.
/// - Precondition: attention and relations have the same sentences; cells name heads and sets that exist.
public func headAccuracy(
  _ attention: MostAttended, _ relations: Relations, cells: [HeadCell]
) -> [SentenceSums] {
  precondition(attention.lengths == relations.lengths, "attention and relations are of different sentences")
  precondition(cells.allSatisfy { relations.sets.indices.contains($0.set) }, "no such set of relations")
  let empty = SentenceSums(sums: [], weights: [])
  var scores = [SentenceSums](repeating: empty, count: cells.count)
  for set in relations.sets.indices {
    let members = cells.indices.filter { cells[$0].set == set }
    guard !members.isEmpty else { continue }
    let toHead = members.filter { cells[$0].direction == .toHead }
    let toDependent = members.filter { cells[$0].direction == .toDependent }
    let (ahead, back) = (toHead.map { cells[$0].head }, toDependent.map { cells[$0].head })
    precondition((ahead + back).allSatisfy { (0..<attention.heads).contains($0) }, "no such head")
    // Sentences by cells: what one item adds lies together.
    var hits = [Double](repeating: 0, count: relations.lengths.count * members.count)
    attention.targets.withUnsafeBufferPointer { targets in
      hits.withUnsafeMutableBufferPointer { hits in
        for item in relations.sets[set] {
          let word = Int(item)
          let sentence = Int(relations.sentenceOf[word])
          let start = relations.starts[sentence]
          let head = relations.heads[word]
          let position = UInt16(word - start)
          let own = word * attention.heads
          let other = (start + Int(head)) * attention.heads
          let counts = sentence * members.count
          for (k, cell) in ahead.enumerated() where targets[own + cell] == head { hits[counts + k] += 1 }
          for (k, cell) in back.enumerated() where targets[other + cell] == position {
            hits[counts + ahead.count + k] += 1
          }
        }
      }
    }
    let weights = relations.items(of: set)
    for (k, cell) in (toHead + toDependent).enumerated() {
      scores[cell] = SentenceSums(
        sums: relations.lengths.indices.map { hits[$0 * members.count + k] }, weights: weights)
    }
  }
  return scores
}
