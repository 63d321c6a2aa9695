import Probing
import Resampling
import Testing

struct SplitTests {
  static let key = StreamKey(seed: 11, "split")

  @Test(
    "every item is tested once, in folds of nearly equal size",
    arguments: [(20, 5), (23, 5), (7, 7), (101, 10)])
  func balance(_ items: Int, _ folds: Int) throws {
    let split = try #require(Split(items: items, folds: folds, groups: nil, key: Self.key, repetition: 0))
    #expect(split.count == folds)
    #expect(split.order.sorted() == Array(0..<items))
    let sizes = (0..<folds).map { split.range($0).count }
    #expect(sizes.min()! >= items / folds && sizes.max()! <= (items + folds - 1) / folds)
    for fold in 0..<folds {
      let part = split.order[split.range(fold)]
      #expect(part.sorted() == Array(part))
      #expect(part.allSatisfy { split.foldOf[$0] == fold })
    }
  }

  @Test("the folds of a given division are those that were given")
  func given() {
    let foldOf = [2, 0, 1, 1, 0, 2, 0]
    #expect(Split(foldOf: foldOf).foldOf == foldOf)
    #expect(Split(blocks: [[3, 0], [1], [4, 2]]).foldOf == [0, 1, 2, 0, 2])
  }

  @Test("a group shares a fold")
  func groups() throws {
    var stream = RandomStream(Self.key, replicate: 1)
    for repetition in 0..<50 {
      let groups = (0..<80).map { _ in stream.below(17) * 1000 - 5 }
      let split = try #require(
        Split(items: 80, folds: 5, groups: groups, key: Self.key, repetition: repetition))
      #expect(split.order.sorted() == Array(0..<80))
      var foldOf: [Int: Int] = [:]
      for fold in 0..<5 {
        #expect(!split.range(fold).isEmpty)
        for item in split.order[split.range(fold)] {
          #expect(foldOf[groups[item], default: fold] == fold)
          foldOf[groups[item]] = fold
        }
      }
      // Dealt largest first, no fold exceeds another by more than the largest group.
      let sizes = (0..<5).map { split.range($0).count }
      let largest = Dictionary(grouping: groups, by: { $0 }).values.map(\.count).max()!
      #expect(sizes.max()! - sizes.min()! <= largest)
    }
  }

  @Test("a pure function of key and repetition")
  func determinism() throws {
    func split(_ key: StreamKey, _ repetition: Int, groups: [Int]? = nil) -> Split? {
      Split(items: 40, folds: 4, groups: groups, key: key, repetition: repetition)
    }
    #expect(split(Self.key, 0) == split(Self.key, 0))
    #expect(split(Self.key, 0) != split(Self.key, 1))
    #expect(split(Self.key, 0) != split(Self.key.appending("other"), 0))
    // The names of groups do not matter as long as they sort alike; every item its own group is no group.
    let groups = (0..<40).map { $0 / 3 }
    let (named, renamed) = (
      split(Self.key, 0, groups: groups), split(Self.key, 0, groups: groups.map { 7 * $0 + 2 })
    )
    #expect(named?.order == renamed?.order && named?.starts == renamed?.starts)
    let (alone, free) = (split(Self.key, 0, groups: Array(0..<40)), split(Self.key, 0))
    #expect(alone?.order == free?.order && alone?.starts == free?.starts)
  }

  @Test("all items are equally likely to share a fold")
  func uniformity() throws {
    // Two given items of 12 in 3 folds of 4 share a fold with probability 3/11.
    var together = [Int](repeating: 0, count: 12)
    for repetition in 0..<4_000 {
      let split = Split(items: 12, folds: 3, groups: nil, key: Self.key, repetition: repetition)!
      for fold in 0..<3 where split.order[split.range(fold)].contains(0) {
        for item in split.order[split.range(fold)] { together[item] += 1 }
      }
    }
    #expect(together[0] == 4_000)
    let sd = (4_000 * 3.0 / 11 * 8 / 11).squareRoot()
    for item in 1..<12 { #expect(abs(Double(together[item]) - 4_000 * 3.0 / 11) < 5 * sd) }
  }

  @Test("too few items or groups")
  func tooFew() {
    #expect(Split(items: 4, folds: 5, groups: nil, key: Self.key, repetition: 0) == nil)
    #expect(Split(items: 40, folds: 5, groups: (0..<40).map { $0 % 4 }, key: Self.key, repetition: 0) == nil)
    #expect(Split(items: 40, folds: 4, groups: (0..<40).map { $0 % 4 }, key: Self.key, repetition: 0) != nil)
    #expect(Split(items: 40, folds: 1, groups: nil, key: Self.key, repetition: 0) == nil)
    #expect(Split(items: 0, folds: 2, groups: nil, key: Self.key, repetition: 0) == nil)
  }

  @Test("Stratified folds hold every class as evenly as can be, with and without groups")
  func stratified() throws {
    for seed in 0..<20 {
      var stream = RandomStream(StreamKey(seed: 90), replicate: seed)
      let classes = (0..<63).map { _ in stream.uniform() < 0.2 ? 0 : (stream.uniform() < 0.5 ? 1 : 2) }
      let split = try #require(
        Split(items: 63, folds: 5, groups: nil, classes: classes, key: StreamKey(seed: 91), repetition: seed))
      func counts(_ split: Split, _ classes: [Int], _ label: Int) -> [Int] {
        (0..<split.count).map { fold in split.order[split.range(fold)].count { classes[$0] == label } }
      }
      for label in 0..<3 {
        let found = counts(split, classes, label)
        #expect(found.max()! - found.min()! <= 1, "\(found)")
      }
      let sizes = (0..<5).map { split.range($0).count }
      #expect(sizes.max()! - sizes.min()! <= 3 && sizes.min()! > 0, "\(sizes)")
      // Groups of one class each, dealt whole.
      let groups = (0..<60).map { $0 / 3 }
      let ofGroup = groups.map { $0 % 4 == 0 ? 1 : 0 }
      let grouped = try #require(
        Split(
          items: 60, folds: 5, groups: groups, classes: ofGroup, key: StreamKey(seed: 92), repetition: seed))
      #expect(counts(grouped, ofGroup, 1) == [3, 3, 3, 3, 3])
      #expect(counts(grouped, ofGroup, 0) == [9, 9, 9, 9, 9])
      let foldOf = grouped.foldOf
      for item in 0..<60 { #expect(foldOf[item] == foldOf[groups[item] * 3]) }
    }
  }
}
