public import Hypotheses
public import Probing

/// The single world of `fixed_offset`: the word at a constant distance, best in the training sentences (Clark et al. 2019,
/// Table 1, where it is the baseline of every relation).
///
/// The distance runs from the word that is asked to the word that it should find: -1 is the word before it. For every fold
/// it is the one with the most hits in the other folds' sentences; of equal ones the nearest, then the one to the left. A
/// place outside the sentence is a wrong answer.
public struct FixedOffsetWorlds: Sendable, Hashable {
  /// A distance and how it does on all sentences.
  public struct Accuracy: Sendable, Hashable {
    public var offset: Int
    public var hits: Int
    /// Hits over items; 0 without items.
    public var accuracy: Double
  }
  /// Scored on sentences that did not choose.
  public let sums: SentenceSums
  /// By fold, the distance that the other folds chose.
  public let chosen: [Int]
  /// The distance that all sentences together would choose.
  public let best: Int
  /// Every distance, ascending.
  public let table: [Accuracy]

  /// - Parameters:
  ///   - set: which of the sets of relations.
  ///   - offsets: the distances tried; 0 is left out.
  ///   - foldOf: a fold per sentence, numbered from 0.
  /// - Precondition: there is a distance other than 0, and a fold for every sentence.
  public init(
    _ relations: Relations, set: Int = 0, direction: HeadAccuracy.Direction,
    offsets: ClosedRange<Int> = -5...5,
    foldOf: [Int]
  ) {
    let tried = offsets.filter { $0 != 0 }
    precondition(!tried.isEmpty, "no distance to try")
    let items = relations.sets[set].map { item in
      let word = Int(item)
      let sentence = Int(relations.sentenceOf[word])
      let distance = Int(relations.heads[word]) - (word - relations.starts[sentence])
      return (sentence, direction == .toHead ? distance : -distance)
    }
    let order = tried.sorted { (abs($0), $0) < (abs($1), $1) }
    let choice = HeldOutChoice(candidates: order.count, foldOf: foldOf) { count in
      let place = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($1, $0) })
      for (sentence, distance) in items { if let candidate = place[distance] { count(candidate, sentence) } }
    }
    chosen = choice.chosen.map { order[$0] }
    best = order[choice.best]
    var sums = [Double](repeating: 0, count: foldOf.count)
    for (sentence, distance) in items where distance == order[choice.chosen[foldOf[sentence]]] {
      sums[sentence] += 1
    }
    self.sums = SentenceSums(sums: sums, weights: relations.items(of: set))
    table = zip(order, choice.hits).map {
      Accuracy(offset: $0, hits: $1, accuracy: items.isEmpty ? 0 : Double($1) / Double(items.count))
    }.sorted { $0.offset < $1.offset }
  }
}

/// Which of several candidates has the most hits outside each fold, and on all sentences. Of equal ones, the earliest.
struct HeldOutChoice {
  let chosen: [Int]
  let best: Int
  /// By candidate, on all sentences.
  let hits: [Int]

  /// - Parameter tally: calls what it is given with the candidate and the sentence of every hit.
  init(candidates: Int, foldOf: [Int], _ tally: (_ count: (Int, Int) -> Void) -> Void) {
    let folds = (foldOf.max() ?? -1) + 1
    var counts = [Int](repeating: 0, count: candidates * folds)
    tally { candidate, sentence in counts[candidate * folds + foldOf[sentence]] += 1 }
    let totals = (0..<candidates).map { counts[$0 * folds..<($0 + 1) * folds].reduce(0, +) }
    func largest(_ values: (Int) -> Int) -> Int {
      var best = 0
      for candidate in 1..<max(candidates, 1) where values(candidate) > values(best) { best = candidate }
      return best
    }
    hits = totals
    best = largest { totals[$0] }
    chosen = (0..<folds).map { fold in largest { totals[$0] - counts[$0 * folds + fold] } }
  }
}
