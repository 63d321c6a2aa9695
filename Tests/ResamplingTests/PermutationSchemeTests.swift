import Foundation
import Resampling
import Testing

@Suite("Permutation schemes")
struct PermutationSchemeTests {
  let key = StreamKey(seed: 20, "schemes")

  /// How often each of the possible rearrangements is drawn.
  private func frequencies(_ scheme: PermutationScheme, replicates: Int) -> [[Int32]: Int] {
    var counts: [[Int32]: Int] = [:]
    var (result, scratch): ([Int32], [Int32]) = ([], [])
    for replicate in 0..<replicates {
      scheme.permutation(into: &result, scratch: &scratch, key: key, replicate: replicate)
      counts[result, default: 0] += 1
    }
    return counts
  }

  @Test("all 24 orders of 4 items are equally likely")
  func freeIsUniform() throws {
    let counts = frequencies(.free(count: 4), replicates: 48_000)
    #expect(counts.count == 24)
    #expect(try evenness(Array(counts.values)) > 1e-4)
  }

  @Test("all 12 orders of two blocks of 3 and 2 are equally likely")
  func withinIsUniform() throws {
    let counts = frequencies(.within(blocks: [7, 3, 7, 3, 7]), replicates: 24_000)
    #expect(counts.count == 12)
    #expect(try evenness(Array(counts.values)) > 1e-4)
  }

  @Test("all orders of groups are equally likely, with and without blocks")
  func overIsUniform() throws {
    let free = frequencies(try .over(groups: [4, 4, 9, 2, 2, 2, 1]), replicates: 48_000)
    #expect(free.count == 24)
    #expect(try evenness(Array(free.values)) > 1e-4)
    let blocked = frequencies(
      try .over(groups: [4, 4, 9, 2, 2, 2, 1], within: [0, 0, 0, 0, 0, 0, 5]), replicates: 12_000)
    #expect(blocked.count == 6)
    #expect(try evenness(Array(blocked.values)) > 1e-4)
  }

  @Test("where an item goes in a long permutation is uniform")
  func longIsUniform() throws {
    var counts = [Int](repeating: 0, count: 50)
    let scheme = PermutationScheme.free(count: 50)
    for replicate in 0..<50_000 { counts[Int(scheme.permutation(key, replicate: replicate)[17])] += 1 }
    #expect(try evenness(counts) > 1e-4)
  }

  @Test("items never leave their block")
  func blocksHold() {
    let blocks = (0..<200).map { $0 * $0 % 7 }
    let scheme = PermutationScheme.within(blocks: blocks)
    for replicate in 0..<500 {
      let permutation = scheme.permutation(key, replicate: replicate)
      #expect(permutation.sorted() == (0..<200).map { $0 })
      #expect(permutation.enumerated().allSatisfy { blocks[$0.offset] == blocks[Int($0.element)] })
    }
  }

  @Test("groups exchange their targets as one, within their block, and each gives its target once")
  func groupsHold() throws {
    let groups = (0..<300).map { $0 * 13 % 60 }
    let blocks = groups.map { $0 % 4 }
    for scheme in [try PermutationScheme.over(groups: groups), try .over(groups: groups, within: blocks)] {
      for replicate in 0..<300 {
        let permutation = scheme.permutation(key, replicate: replicate)
        var source: [Int: Int] = [:]
        for (item, from) in permutation.enumerated() {
          let group = groups[Int(from)]
          #expect(source[groups[item], default: group] == group)
          source[groups[item]] = group
          if group == groups[item] { #expect(Int(from) == item) }
        }
        #expect(Set(source.values).count == 60)
        if scheme != (try .over(groups: groups)) {
          #expect(source.allSatisfy { $0.key % 4 == $0.value % 4 })
        }
      }
    }
  }

  @Test("a group across blocks, and lists of different lengths, are refused")
  func refusals() throws {
    #expect(throws: PermutationError.groupSpansBlocks(group: 8)) {
      _ = try PermutationScheme.over(groups: [3, 8, 8, 3], within: [0, 1, 0, 0])
    }
    #expect(throws: PermutationError.countsDiffer(items: 2, found: 3)) {
      _ = try PermutationScheme.over(groups: [3, 8], within: [0, 1, 0])
    }
    let scheme = try PermutationScheme.over(groups: [3, 8, 8, 3])
    #expect(throws: PermutationError.labelsDifferWithinGroup(group: 8)) {
      try scheme.check(labels: [0, 1, 0, 0])
    }
    #expect(throws: PermutationError.countsDiffer(items: 4, found: 1)) { try scheme.check(labels: [0]) }
    try scheme.check(labels: [0, 1, 1, 0])
  }

  @Test("a replicate is the same in any order, on any thread, in fresh and in reused arrays")
  func purity() async throws {
    let groups = (0..<120).map { $0 % 40 }
    for scheme in [
      PermutationScheme.free(count: 120), .within(blocks: groups.map { $0 % 5 }), try .over(groups: groups),
      try .whole(blocks: groups), .shifts(sequences: groups.map { $0 % 3 }),
    ] {
      let key = self.key
      let expected = (0..<210).map { scheme.permutation(key, replicate: $0) }
      for workers in [1, 2, 7] {
        let results = await withTaskGroup(of: [(Int, [Int32])].self) { group in
          for worker in 0..<workers {
            group.addTask {
              var (result, scratch): ([Int32], [Int32]) = ([], [1, 2])
              return stride(from: worker, to: 210, by: workers).reversed().map { replicate in
                scheme.permutation(into: &result, scratch: &scratch, key: key, replicate: replicate)
                return (replicate, result)
              }
            }
          }
          return await group.reduce(into: [Int: [Int32]]()) { all, part in
            for (replicate, result) in part { all[replicate] = result }
          }
        }
        #expect((0..<210).allSatisfy { results[$0] == expected[$0] })
      }
    }
  }

  @Test("different keys and replicates give different permutations")
  func distinct() {
    let scheme = PermutationScheme.free(count: 30)
    var seen: Set<[Int32]> = []
    for name in ["a", "b", "c"] {
      for replicate in 0..<1_000 {
        seen.insert(scheme.permutation(key.appending(name), replicate: replicate))
      }
    }
    #expect(seen.count == 3_000)
  }

  @Test("an array that shares its storage is not changed behind its back")
  func sharing() {
    let scheme = PermutationScheme.free(count: 10)
    var (result, scratch): ([Int32], [Int32]) = ([], [])
    scheme.permutation(into: &result, scratch: &scratch, key: key, replicate: 0)
    let first = result
    scheme.permutation(into: &result, scratch: &scratch, key: key, replicate: 1)
    #expect(first == scheme.permutation(key, replicate: 0) && result == scheme.permutation(key, replicate: 1))
  }

  /// All orders of a list, one by one.
  private func orders(_ list: [Int32]) -> [[Int32]] {
    guard list.count > 1 else { return [list] }
    return list.indices.flatMap { i in
      orders(list.enumerated().filter { $0.offset != i }.map(\.element)).map { [list[i]] + $0 }
    }
  }

  @Test("enumeration gives what brute force gives, each arrangement once, the identity first")
  func enumeration() throws {
    let cases: [(scheme: PermutationScheme, groups: [Int], blocks: [Int], labels: [Int])] = [
      (.free(count: 6), Array(0..<6), [0, 0, 0, 0, 0, 0], [1, 0, 0, 2, 1, 0]),
      (.free(count: 5), Array(0..<5), [0, 0, 0, 0, 0], [5, 1, 4, 2, 3]),
      (.within(blocks: [0, 1, 0, 1, 0, 1, 1]), Array(0..<7), [0, 1, 0, 1, 0, 1, 1], [1, 1, 0, 0, 0, 1, 0]),
      (
        try .over(groups: [5, 5, 2, 2, 9, 7]), [5, 5, 2, 2, 9, 7], [0, 0, 0, 0, 0, 0], [1, 1, 0, 0, 0, 2]
      ),
      (
        try .over(groups: [5, 5, 2, 2, 9, 7], within: [0, 0, 0, 0, 1, 1]), [5, 5, 2, 2, 9, 7],
        [0, 0, 0, 0, 1, 1],
        [1, 1, 0, 0, 0, 2]
      ),
    ]
    for (scheme, groups, blocks, labels) in cases {
      let items = Array(Int32(0)..<Int32(labels.count))
      // Brute force: every order of the items that maps groups onto groups, through representatives.
      let representatives = groups.map { group in Int32(groups.firstIndex(of: group)!) }
      let units = Array(Set(representatives)).sorted()
      var expected: Set<[Int]> = []
      for order in orders(units) {
        let source = Dictionary(uniqueKeysWithValues: zip(units, order))
        guard source.allSatisfy({ blocks[Int($0.key)] == blocks[Int($0.value)] }) else { continue }
        expected.insert(representatives.map { labels[Int(source[$0]!)] })
      }
      let arrangements = scheme.arrangements(of: labels, limit: 1_000)
      #expect(arrangements.first == items)
      let produced = arrangements.map { $0.map { labels[Int($0)] } }
      #expect(produced.count == expected.count && Set(produced) == expected)
      #expect(scheme.distinctArrangements(of: labels) == Double(expected.count))
      #expect(isClose(scheme.logDistinctArrangements(of: labels), log(Double(expected.count)), 1e-12))
    }
  }

  @Test("counts agree with the formula, and stay right when they are large")
  func counts() throws {
    let binary = (0..<60).map { $0 % 2 }
    // C(60, 30), beyond 2^53: by logarithms or not, right to twelve digits.
    #expect(
      isClose(
        PermutationScheme.free(count: 60).distinctArrangements(of: binary), 1.182_645_815_648_614_2e17, 1e-12)
    )
    #expect(
      PermutationScheme.free(count: 20).distinctArrangements(of: Array(0..<20)) == 2_432_902_008_176_640_000)
    #expect(
      isClose(
        PermutationScheme.free(count: 25).distinctArrangements(of: Array(0..<25)), 1.551_121_004_333_098_6e25,
        1e-11))
    #expect(PermutationScheme.free(count: 300).distinctArrangements(of: Array(0..<300)) == .infinity)
    #expect(
      isClose(
        PermutationScheme.free(count: 300).logDistinctArrangements(of: Array(0..<300)),
        1_414.905_849_945_067_7, 1e-12))
    #expect(
      PermutationScheme.free(count: 1_000).distinctArrangements(of: Array(repeating: 3, count: 1_000)) == 1)
    #expect(PermutationScheme.within(blocks: Array(0..<50)).distinctArrangements(of: Array(0..<50)) == 1)
    #expect(PermutationScheme.free(count: 0).distinctArrangements(of: []) == 1)
    #expect(PermutationScheme.free(count: 0).arrangements(of: [], limit: 1) == [[]])
    #expect(PermutationScheme.free(count: 0).permutation(key, replicate: 0) == [])
    #expect(PermutationScheme.free(count: 1).permutation(key, replicate: 0) == [0])
    #expect(try PermutationScheme.over(groups: []).permutation(key, replicate: 0) == [])
    #expect(PermutationScheme.within(blocks: []).arrangements(of: [], limit: 1) == [[]])
  }
}
