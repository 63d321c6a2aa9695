import Foundation
import Resampling
import Testing

@Suite("Whole blocks and shifts")
struct OrderedSchemeTests {
  let key = StreamKey(seed: 21, "ordered")
  let fixture: InferenceFixture

  init() throws { fixture = try InferenceFixture.load() }

  private func frequencies(_ scheme: PermutationScheme, replicates: Int) -> [[Int32]: Int] {
    var counts: [[Int32]: Int] = [:]
    var (result, scratch): ([Int32], [Int32]) = ([], [])
    for replicate in 0..<replicates {
      scheme.permutation(into: &result, scratch: &scratch, key: key, replicate: replicate)
      counts[result, default: 0] += 1
    }
    return counts
  }

  @Test(
    "all orders of whole blocks are equally likely, within strata too, and the order within a block stays")
  func wholeIsUniform() throws {
    let blocks = [4, 4, 9, 2, 9, 2, 1, 1]
    let free = frequencies(try .whole(blocks: blocks), replicates: 48_000)
    #expect(free.count == 24)
    #expect(try evenness(Array(free.values)) > 1e-4)
    // Two strata with blocks of different sizes: 2 orders of one, 6 of the other.
    let strata = [0, 0, 0, 0, 5, 5, 5]
    let stratified = frequencies(
      try .whole(blocks: [4, 9, 4, 9, 1, 2, 3], within: strata), replicates: 24_000)
    #expect(stratified.count == 12)
    #expect(try evenness(Array(stratified.values)) > 1e-4)
    for permutation in free.keys {
      #expect(permutation.sorted() == (0..<8).map { $0 })
      for block in Set(blocks) {
        let sources = blocks.indices.filter { blocks[$0] == block }.map { Int(permutation[$0]) }
        #expect(sources[0] < sources[1] && blocks[sources[0]] == blocks[sources[1]])
      }
    }
  }

  @Test("all rotations are equally likely, and independent between sequences")
  func shiftsAreUniform() throws {
    let sequences = [7, 7, 3, 7, 3, 3, 3, 8]
    let counts = frequencies(.shifts(sequences: sequences), replicates: 24_000)
    #expect(counts.count == 12)
    #expect(try evenness(Array(counts.values)) > 1e-4)
    for permutation in counts.keys {
      #expect(permutation.sorted() == (0..<8).map { $0 })
      for sequence in Set(sequences) {
        let own = sequences.indices.filter { sequences[$0] == sequence }
        let places = own.map { own.firstIndex(of: Int(permutation[$0]))! }
        #expect(places.indices.allSatisfy { places[$0] == (places[0] + $0) % own.count })
      }
    }
  }

  @Test("blocks of unequal size, blocks across strata and lists of different lengths are refused")
  func refusals() throws {
    #expect(throws: PermutationError.blockSizesDiffer(block: 9, size: 1, expected: 2)) {
      _ = try PermutationScheme.whole(blocks: [3, 3, 8, 8, 9])
    }
    // Different sizes are no matter where they never meet.
    let scheme = try PermutationScheme.whole(blocks: [3, 3, 8, 8, 9], within: [0, 0, 0, 0, 1])
    #expect(scheme.distinctArrangements(of: [1, 2, 3, 4, 5]) == 2)
    #expect(throws: PermutationError.groupSpansBlocks(group: 8)) {
      _ = try PermutationScheme.whole(blocks: [3, 3, 8, 8], within: [0, 0, 0, 1])
    }
    #expect(throws: PermutationError.countsDiffer(items: 2, found: 3)) {
      _ = try PermutationScheme.whole(blocks: [3, 3], within: [0, 0, 0])
    }
    #expect(throws: PermutationError.countsDiffer(items: 5, found: 1)) { try scheme.check(labels: [0]) }
    try scheme.check(labels: [5, 4, 3, 2, 1])
  }

  @Test("a design in which nothing can move is refused")
  func nothingMoves() throws {
    let one = try PermutationScheme.whole(blocks: [1, 1, 1])
    #expect(throws: PermutationError.nothingMoves) { try one.checkMoves(labels: [1, 2, 3]) }
    let equal = try PermutationScheme.whole(blocks: [1, 1, 2, 2])
    #expect(throws: PermutationError.nothingMoves) { try equal.checkMoves(labels: [1, 2, 1, 2]) }
    try equal.checkMoves(labels: [1, 2, 2, 1])
    let single = PermutationScheme.shifts(sequences: [1, 2, 3])
    #expect(throws: PermutationError.nothingMoves) { try single.checkMoves(labels: [1, 2, 3]) }
    #expect(throws: PermutationError.nothingMoves) {
      try PermutationScheme.shifts(sequences: [1, 1, 2]).checkMoves(labels: [5, 5, 3])
    }
    try PermutationScheme.shifts(sequences: [1, 1, 2]).checkMoves(labels: [5, 4, 3])
    #expect(throws: PermutationError.nothingMoves) {
      try PermutationScheme.free(count: 3).checkMoves(labels: [5, 5, 5])
    }
  }

  @Test("enumeration gives each distinct arrangement once, the identity first, and what can be drawn")
  func enumeration() throws {
    let cases: [(scheme: PermutationScheme, labels: [Int], count: Int)] = [
      // Three of the four blocks are alike: 4 orders of 24.
      (try .whole(blocks: [1, 1, 2, 2, 3, 3, 4, 4]), [5, 6, 5, 6, 6, 5, 5, 6], 4),
      (try .whole(blocks: [1, 2, 3, 1, 2, 3]), [0, 0, 1, 1, 2, 0], 6),
      (try .whole(blocks: [1, 2, 3, 4, 4], within: [0, 0, 0, 1, 1]), [0, 1, 0, 1, 1], 3),
      // Periods 4, 2 and 1.
      (.shifts(sequences: [0, 0, 0, 0, 1, 1, 1, 1, 2, 2]), [1, 1, 0, 0, 1, 0, 1, 0, 3, 3], 8),
      (.shifts(sequences: [0, 1, 0, 1, 0]), [1, 2, 0, 3, 0], 6),
      (.shifts(sequences: []), [], 1),
      (try .whole(blocks: []), [], 1),
    ]
    for (scheme, labels, count) in cases {
      let arrangements = scheme.arrangements(of: labels, limit: 100)
      let produced = arrangements.map { $0.map { labels[Int($0)] } }
      #expect(arrangements.first == labels.indices.map { Int32($0) })
      #expect(produced.count == count && Set(produced).count == count)
      #expect(scheme.distinctArrangements(of: labels) == Double(count))
      #expect(abs(exp(scheme.logDistinctArrangements(of: labels)) - Double(count)) < 1e-9)
      // Every draw is one of them, each equally often.
      var drawn: [[Int]: Int] = [:]
      for replicate in 0..<200 * count {
        drawn[scheme.permutation(key, replicate: replicate).map { labels[Int($0)] }, default: 0] += 1
      }
      #expect(Set(drawn.keys) == Set(produced))
      if count > 1 { #expect(try evenness(Array(drawn.values)) > 1e-4) }
    }
  }

  @Test("counts stay right when they are large")
  func counts() {
    let long = PermutationScheme.shifts(sequences: (0..<4_000).map { $0 / 100 })
    let labels = (0..<4_000).map { $0 % 100 }
    #expect(isClose(long.distinctArrangements(of: labels), 1e80, 1e-11))
    #expect(isClose(long.logDistinctArrangements(of: labels), 40 * log(100), 1e-12))
    #expect(long.distinctArrangements(of: labels.map { $0 % 2 }) == 0x1p40)
  }

  @Test("p-values agree with rolling and block exchange by hand in NumPy")
  func numpy() throws {
    let shifts = fixture.shifts
    let scheme = PermutationScheme.shifts(sequences: shifts.sequence)
    let null = scheme.arrangements(of: labels(shifts.y), limit: 100).map { arrangement in
      correlation(shifts.x, arrangement.map { shifts.y[Int($0)] })
    }
    #expect(null.count == shifts.distinct)
    #expect(isClose(pValue(observed: null[0], null: null, exact: true).value, shifts.p, 1e-12))
    let whole = fixture.whole
    let blocks = try PermutationScheme.whole(blocks: whole.block)
    let values = blocks.arrangements(of: labels(whole.y), limit: 200).map { arrangement in
      correlation(whole.x, arrangement.map { whole.y[Int($0)] })
    }
    #expect(values.count == whole.distinct)
    #expect(isClose(pValue(observed: values[0], null: values, exact: true).value, whole.p, 1e-12))
  }

  /// Equal values, equal labels.
  private func labels(_ values: [Double]) -> [Int] { values.map { values.firstIndex(of: $0)! } }
}
