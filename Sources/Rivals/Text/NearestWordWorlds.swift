public import Hypotheses
public import Probing

/// The single world of `nearest_word`: the nearest word of some part of speech, other than the word that is asked.
///
/// Where part of speech or side are left open, each fold's are those with the most hits in the other folds' sentences: of the
/// single parts of speech that occur, on the sides before, after and either; of equal ones the part of speech that sorts
/// first, then the side in that order. On either side, of two equally near the one before is taken. A sentence without such
/// a word is a wrong answer.
public struct NearestWordWorlds: Sendable, Hashable {
  /// What is looked for, where, and how it does on all sentences.
  public struct Accuracy: Sendable, Hashable {
    public var tags: [String]
    public var side: NearestWord.Side
    public var hits: Int
    /// Hits over items; 0 without items.
    public var accuracy: Double
  }
  /// Scored on sentences that did not choose.
  public let sums: SentenceSums
  /// By fold, the place in `table` of what the other folds chose.
  public let chosen: [Int]
  /// The place in `table` of what all sentences together would choose.
  public let best: Int
  /// All that was tried, in the order in which ties are decided.
  public let table: [Accuracy]

  /// - Parameters:
  ///   - set: which of the sets of relations.
  ///   - tags: by sentence and word.
  ///   - foldOf: a fold per sentence, numbered from 0.
  /// - Precondition: a tag for every word, and a fold for every sentence.
  public init(
    _ relations: Relations, set: Int = 0, direction: HeadAccuracy.Direction, tags: [[String]],
    rival: NearestWord, foldOf: [Int]
  ) {
    precondition(tags.map(\.count) == relations.lengths, "a tag for every word")
    let sides: [NearestWord.Side] = rival.side == .best ? [.before, .after, .either] : [rival.side]
    let wanted =
      rival.tags.isEmpty ? Set(tags.joined()).sorted().map { [$0] } : [rival.tags]
    let items = relations.sets[set].map { item in
      let word = Int(item)
      let sentence = Int(relations.sentenceOf[word])
      let (dependent, head) = (word - relations.starts[sentence], Int(relations.heads[word]))
      return (sentence, direction == .toHead ? (dependent, head) : (head, dependent))
    }
    var hitsOf: [[Bool]] = []
    for names in wanted.isEmpty ? [[]] : wanted {
      let isWanted = tags.map { $0.map { names.contains($0) } }
      for side in sides {
        hitsOf.append(
          items.map { sentence, asked in Self.nearest(to: asked.0, isWanted[sentence], side) == asked.1 })
      }
    }
    let choice = HeldOutChoice(candidates: hitsOf.count, foldOf: foldOf) { count in
      for (candidate, hits) in hitsOf.enumerated() {
        for (item, isHit) in hits.enumerated() where isHit { count(candidate, items[item].0) }
      }
    }
    chosen = choice.chosen
    best = choice.best
    var sums = [Double](repeating: 0, count: foldOf.count)
    for (item, (sentence, _)) in items.enumerated() where hitsOf[choice.chosen[foldOf[sentence]]][item] {
      sums[sentence] += 1
    }
    self.sums = SentenceSums(sums: sums, weights: relations.items(of: set))
    let tried = (wanted.isEmpty ? [[]] : wanted).flatMap { names in sides.map { (names, $0) } }
    table = zip(tried, choice.hits).map { candidate, hits in
      Accuracy(
        tags: candidate.0, side: candidate.1, hits: hits,
        accuracy: items.isEmpty ? 0 : Double(hits) / Double(items.count))
    }
  }

  private static func nearest(to asked: Int, _ isWanted: [Bool], _ side: NearestWord.Side) -> Int? {
    for distance in 1..<max(isWanted.count, 1) {
      if side != .after, asked >= distance, isWanted[asked - distance] { return asked - distance }
      if side != .before, asked + distance < isWanted.count, isWanted[asked + distance] {
        return asked + distance
      }
    }
    return nil
  }
}
