import GSL
import Hypotheses
import Probing
import Resampling
import Rivals
import Testing

/// How many arrangements rivals draw from, against enumeration.
struct ArrangementTests {
  private static let key = StreamKey(seed: 4, "arrangements")

  @Test("All signs are scored once, and those of zeros are left alone")
  func signs() throws {
    let values: [Double] = [1, 0, -2, 0, 3, 0.5]
    // Items 0 and 1 flip together, so do 2 and 3; item 5 is alone with a value, and 4 too.
    for groups in [nil, [0, 0, 1, 1, 2, 3], [0, 1, 2, 1, 4, 5]] as [[Int]?] {
      let scheme = groups.map { SignFlipScheme.over(groups: $0) } ?? .free(count: 6)
      let worlds = try SignFlipWorlds(
        real: Matrix(rows: 6, columns: 1, elements: values), scheme: scheme, key: Self.key)
      #expect(worlds.arrangements == 16)
      let all = worlds.enumerated
      let found = (0..<16).map { all.targets(replicate: $0).coded.elements }
      #expect(found[0] == values)
      // Every vector of signs of all units, as sets of values.
      let units = groups ?? Array(0..<6)
      let names = Set(units).sorted()
      let expected = (0..<1 << names.count).map { pattern in
        values.indices.map { item in
          let flips = pattern >> names.firstIndex(of: units[item])! & 1 == 1 && values[item] != 0
          return flips ? -values[item] : values[item]
        }
      }
      #expect(Set(found) == Set(expected) && Set(found).count == 16)
    }
  }

  @Test("Units on which the sides do not differ are no exchange")
  func exchanges() {
    let worlds = SwappedSidesWorlds(units: [0, 0, 1, 1, 2, 3], key: Self.key)
    #expect(worlds.distinctExchanges == 16)
    let moving = worlds.moving { [1, 5].contains($0) }
    #expect(moving.distinctExchanges == 4)
    #expect(moving.enumeration(limit: 3) == nil)
    let all = moving.enumeration(limit: 4)
    #expect(all?[0] == Array(repeating: false, count: 6))
    #expect(
      all.map { Set($0).count } == 4 && all!.allSatisfy { !$0[2] && !$0[3] && !$0[4] && $0[0] == $0[1] })
    // The random exchanges are what they were.
    #expect(moving.exchanged(replicate: 3) == worlds.exchanged(replicate: 3))
  }

  @Test("Heads of items come up as they are once in so many worlds")
  func heads() {
    // From 1, 0 is the root; the items are the words of the first set.
    let sentences = [[2, 0, 2, 3, 3], [0, 1], [2, 3, 0, 3], [3, 1, 0, 1, 3, 5]]
    let isItem = [[0, 3], [1], [], [1, 3, 5]]
    let relations = Relations(heads: sentences, sets: 1) { sentence, word in
      isItem[sentence].contains(word) ? [0] : []
    }
    var expected = 1.0
    for (heads, items) in zip(sentences, isItem) where !items.isEmpty {
      let words = heads.indices.filter { heads[$0] != 0 }
      var all: Set<[Int]> = []
      func arrange(_ left: [Int], _ chosen: [Int]) {
        guard let word = words.dropFirst(chosen.count).first else {
          all.insert(chosen)
          return
        }
        for place in left.indices where left[place] != word + 1 {
          var rest = left
          rest.remove(at: place)
          arrange(rest, chosen + [left[place]])
        }
      }
      arrange(words.map { heads[$0] }, [])
      let kept = all.count { arrangement in
        items.allSatisfy { item in arrangement[words.firstIndex(of: item)!] == heads[item] }
      }
      expected *= Double(all.count) / Double(kept)
    }
    let found = PermutedHeadsWorlds.arrangements(of: relations, sets: [0])
    #expect(abs(found - expected) < 1e-9 * expected, "\(found), \(expected)")
    #expect(expected > 5)
  }

  @Test("A long sentence has arrangements without end, and one with two words has none")
  func sizes() {
    let long = Relations(heads: [[0] + (1..<400).map { $0 }], sets: 1) { _, _ in [0] }
    #expect(PermutedHeadsWorlds.arrangements(of: long, sets: [0]) == .infinity)
    let short = Relations(heads: [[0, 1]], sets: 1) { _, _ in [0] }
    #expect(PermutedHeadsWorlds.arrangements(of: short, sets: [0]) == 1)
  }
}
