import Foundation
import Resampling
import Testing

@Suite("Sign flips")
struct SignFlipTests {
  let key = StreamKey(seed: 22, "flips")

  @Test("all signs are equally likely, by item and by group")
  func uniform() throws {
    for scheme in [SignFlipScheme.free(count: 4), .over(groups: [3, 1, 1, 8, 3, 9])] {
      #expect(scheme.units == 4)
      var counts: [[Int8]: Int] = [:]
      for replicate in 0..<32_000 { counts[scheme.signs(key, replicate: replicate), default: 0] += 1 }
      #expect(counts.count == 16)
      #expect(try evenness(Array(counts.values)) > 1e-4)
      #expect(counts.keys.allSatisfy { $0.allSatisfy { abs($0) == 1 } })
    }
  }

  @Test("the signs of a group flip together")
  func groups() {
    let groups = (0..<200).map { $0 * 7 % 60 }
    let scheme = SignFlipScheme.over(groups: groups)
    for replicate in 0..<200 {
      let signs = scheme.signs(key, replicate: replicate)
      #expect(Set(zip(groups, signs).map { [$0, Int($1)] }).count == 60)
    }
  }

  @Test("every unit flips half of the time, and different ones independently, beyond one random word")
  func independence() {
    let scheme = SignFlipScheme.free(count: 70)
    var flips = [Int](repeating: 0, count: 70)
    for replicate in 0..<10_000 {
      for (unit, sign) in scheme.signs(key, replicate: replicate).enumerated() where sign < 0 {
        flips[unit] += 1
      }
    }
    #expect(flips.allSatisfy { abs($0 - 5_000) < 250 })
    for (i, j) in [(0, 1), (0, 32), (31, 32), (5, 69)] {
      var agreements = 0
      for replicate in 0..<10_000 {
        let signs = scheme.signs(key, replicate: replicate)
        if signs[i] == signs[j] { agreements += 1 }
      }
      #expect(abs(agreements - 5_000) < 250, "\(i) and \(j)")
    }
  }

  @Test(
    "a replicate is the same in fresh and in reused arrays, in any order, and another one under another key")
  func purity() {
    let scheme = SignFlipScheme.over(groups: (0..<90).map { $0 / 2 })
    var reused: [Int8] = [1, 2, 3]
    let expected = (0..<50).map { scheme.signs(key, replicate: $0) }
    for replicate in (0..<50).reversed() {
      scheme.signs(into: &reused, key: key, replicate: replicate)
      #expect(reused == expected[replicate])
    }
    #expect(Set(expected).count == 50)
    #expect(scheme.signs(key.appending("other"), replicate: 0) != expected[0])
  }

  @Test("enumeration gives every distinct result once, the identity first; zeros have no sign")
  func enumeration() {
    let free = SignFlipScheme.free(count: 5)
    let values = [1.5, 0, -2, 3, -0.0]
    let all = free.arrangements(of: values, limit: 8)
    #expect(all.first == [1, 1, 1, 1, 1])
    #expect(all.count == 8 && free.distinctArrangements(of: values) == 8)
    #expect(isClose(free.logDistinctArrangements(of: values), 3 * log(2), 1e-14))
    #expect(Set(all.map { zip($0, values).map { Double($0) * $1 } }).count == 8)
    let grouped = SignFlipScheme.over(groups: [1, 2, 1, 2, 3])
    let pairs = grouped.arrangements(of: [0, 0, 1, 0, 4], limit: 4)
    #expect(pairs == [[1, 1, 1, 1, 1], [-1, 1, -1, 1, 1], [1, 1, 1, 1, -1], [-1, 1, -1, 1, -1]])
    #expect(
      SignFlipScheme.free(count: 2_000).distinctArrangements(of: Array(repeating: 1, count: 2_000))
        == .infinity)
    #expect(SignFlipScheme.free(count: 60).distinctArrangements(of: Array(repeating: 1, count: 60)) == 0x1p60)
    #expect(SignFlipScheme.free(count: 0).arrangements(of: [], limit: 1) == [[]])
    #expect(SignFlipScheme.free(count: 0).signs(key, replicate: 0) == [])
  }

  @Test("what has no sign is refused")
  func refusals() throws {
    let scheme = SignFlipScheme.free(count: 3)
    #expect(throws: PermutationError.countsDiffer(items: 3, found: 2)) { try scheme.check(values: [1, 2]) }
    #expect(throws: PermutationError.valueNotFinite(item: 1)) {
      try scheme.check(values: [1, .nan, .infinity])
    }
    #expect(throws: PermutationError.nothingMoves) { try scheme.checkMoves(values: [0, -0.0, 0]) }
    try scheme.check(values: [0, 0, 1])
    try scheme.checkMoves(values: [0, 0, 1])
  }

  @Test("exact tests of a mean agree with scipy.stats.permutation_test, one side and two")
  func scipy() throws {
    for test in try InferenceFixture.load().signFlips {
      let scheme = SignFlipScheme.free(count: test.x.count)
      let null = scheme.arrangements(of: test.x, limit: 1_000).map { signs in
        mean(zip(signs, test.x).map { Double($0) * $1 })
      }
      let alternative: Alternative = test.alternative == "greater" ? .greater : .twoSided
      let p = pValue(observed: null[0], null: null, exact: true, alternative: alternative)
      #expect(isClose(p.value, test.p, 1e-12), "\(test.alternative) \(test.x)")
      // A mean under sign flips is symmetric: the rule of the absolute value gives the same.
      if alternative == .twoSided {
        let magnitude = pValue(observed: null[0], null: null, exact: true, alternative: .magnitude)
        #expect(isClose(magnitude.value, p.value, 1e-12))
      }
    }
  }

  @Test("R's example of the signed-rank test: V = 40, p = 0.01953")
  func wilcoxon() throws {
    let example = try RFixture.load().signedRank
    let differences = zip(example.first, example.second).map { $0 - $1 }
    let sizes = differences.map(abs).sorted()
    // Ranks with signs.
    let ranks = differences.map { Double(sizes.firstIndex(of: abs($0))! + 1) * ($0 < 0 ? -1 : 1) }
    func statistic(_ signs: [Int8]) -> Double {
      zip(signs, ranks).map { Double($0) * $1 }.filter { $0 > 0 }.reduce(0, +)
    }
    let null = SignFlipScheme.free(count: 9).arrangements(of: ranks, limit: 512).map(statistic)
    let p = pValue(observed: null[0], null: null, exact: true)
    #expect(null[0] == 40 && p.value == example.p && p.exceedances == 10)
    #expect((p.value * 1e5).rounded() == 1_953)
  }
}
