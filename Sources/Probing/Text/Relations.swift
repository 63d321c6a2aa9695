/// Sets of dependents and their heads, from trees: what a head is asked to find.
///
/// An item is a dependent of one of the set's relations whose head is another word. Many sets are made in one pass.
public struct Relations: Sendable, Hashable {
  /// The head of a word that has none.
  public static let root = UInt16.max

  /// Words per sentence.
  public let lengths: [Int]
  /// The number of each sentence's first word; one more than there are sentences.
  public let starts: [Int]
  /// By word: its head's position in the sentence, from 0, or `root`.
  public let heads: [UInt16]
  /// By set: its items' dependents, numbered through all sentences, ascending.
  public let sets: [[Int32]]
  /// By word: its sentence.
  public let sentenceOf: [Int32]

  /// - Parameters:
  ///   - heads: by sentence and word, the head's number from 1, or 0 for the root, as CoNLL-U has it. A word whose head is
  ///     itself or no word of the sentence is nobody's dependent.
  ///   - sets: how many sets there are.
  ///   - membership: the sets that a word (sentence, position from 0) belongs to if it has a head.
  /// - Precondition: sentences have fewer than 65,535 words; sets are numbered below `sets`.
  public init(heads: [[Int]], sets: Int, membership: (_ sentence: Int, _ word: Int) -> [Int]) {
    var flat: [UInt16] = []
    var sentenceOf: [Int32] = []
    var starts = [0]
    var items = [[Int32]](repeating: [], count: sets)
    for (sentence, own) in heads.enumerated() {
      precondition(own.count < Int(Self.root), "\(own.count) words in a sentence")
      for (word, head) in own.enumerated() {
        let isDependent = (1...own.count).contains(head) && head != word + 1
        if isDependent {
          for set in membership(sentence, word) { items[set].append(Int32(flat.count)) }
        }
        flat.append(isDependent ? UInt16(head - 1) : Self.root)
        sentenceOf.append(Int32(sentence))
      }
      starts.append(flat.count)
    }
    self.init(
      lengths: heads.map(\.count), starts: starts, heads: flat, sets: items, sentenceOf: sentenceOf)
  }

  /// Sets of relations by name, a word belonging to each set that holds its relation.
  /// - Parameter relations: by sentence and word, as the treebank names them.
  /// - Precondition: as many relations as heads.
  public init(heads: [[Int]], relations: [[String]], sets: [[String]]) {
    var setsOf: [String: [Int]] = [:]
    for (set, names) in sets.enumerated() {
      for name in Set(names) { setsOf[name, default: []].append(set) }
    }
    self.init(heads: heads, sets: sets.count) { sentence, word in setsOf[relations[sentence][word]] ?? [] }
  }

  private init(lengths: [Int], starts: [Int], heads: [UInt16], sets: [[Int32]], sentenceOf: [Int32]) {
    self.lengths = lengths
    self.starts = starts
    self.heads = heads
    self.sets = sets
    self.sentenceOf = sentenceOf
  }

  /// The same items with other heads.
  /// - Precondition: there is a head for every word, and for every item one that is a word of its sentence.
  public func replacing(heads: [UInt16]) -> Relations {
    precondition(heads.count == self.heads.count, "\(heads.count) heads for \(self.heads.count) words")
    precondition(
      sets.allSatisfy { $0.allSatisfy { heads[Int($0)] < lengths[Int(sentenceOf[Int($0)])] } },
      "a head outside its sentence")
    return Relations(lengths: lengths, starts: starts, heads: heads, sets: sets, sentenceOf: sentenceOf)
  }

  /// How many items of a set each sentence has.
  public func items(of set: Int) -> [Double] {
    var counts = [Double](repeating: 0, count: lengths.count)
    for word in sets[set] { counts[Int(sentenceOf[Int(word)])] += 1 }
    return counts
  }
}
