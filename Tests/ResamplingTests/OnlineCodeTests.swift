import Foundation
import Resampling
import Testing

@Suite("Online code")
struct OnlineCodeTests {
  @Test("blocks of 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.25, 12.5, 25, 50 and 100 %")
  func schedule() throws {
    #expect(
      try OnlineCode(items: 100_000).ends
        == [100, 200, 400, 800, 1_600, 3_200, 6_250, 12_500, 25_000, 50_000, 100_000])
    // Few items: blocks that would be empty are left out.
    #expect(try OnlineCode(items: 960).ends == [1, 2, 4, 8, 15, 31, 60, 120, 240, 480, 960])
    #expect(try OnlineCode(items: 40).ends == [1, 3, 5, 10, 20, 40])
    #expect(try OnlineCode(items: 2).ends == [1, 2])
    // A first block that a model can learn from.
    #expect(try OnlineCode(items: 960, first: 20).ends == [20, 31, 60, 120, 240, 480, 960])
    #expect(try OnlineCode(items: 960, first: 20).predicted.first == 20..<31)
    for items in 2...3_000 {
      let code = try OnlineCode(items: items)
      #expect(code.items == items && code.ends[0] >= 1 && zip(code.ends, code.ends.dropFirst()).allSatisfy(<))
      #expect(code.predicted.reduce(0) { $0 + $1.count } == items - code.ends[0])
    }
    for items in [-1, 0, 1] {
      #expect(throws: OnlineCodeError.tooFewItems(items)) { _ = try OnlineCode(items: items) }
    }
    #expect(throws: OnlineCodeError.tooFewItems(20)) { _ = try OnlineCode(items: 20, first: 20) }
  }

  @Test("closed forms: a model that knows nothing, one that knows all, one that is right to a degree")
  func closedForms() throws {
    let code = try OnlineCode(items: 1_000)
    let rest = 999
    // Nothing: the uniform code, n log2 K.
    let nothing = Array(repeating: 0.125, count: rest)
    #expect(isClose(try code.length(probabilities: nothing, classes: 8), 3_000, 1e-12))
    #expect(isClose(try code.compression(probabilities: nothing, classes: 8), 1, 1e-12))
    #expect(try code.uniformLength(classes: 8) == 3_000)
    // All: only the first block costs.
    #expect(try code.length(probabilities: Array(repeating: 1, count: rest), classes: 8) == 3)
    #expect(try code.compression(probabilities: Array(repeating: 1, count: rest), classes: 8) == 1_000)
    // p = 2^-s for each item: t_1 log2 K + s (n - t_1).
    let partly = Array(repeating: exp2(-0.25), count: rest)
    #expect(isClose(try code.length(probabilities: partly, classes: 8), 3 + 0.25 * 999, 1e-12))
    // One class only, predicted with its share so far (plus one): the blocks end at t_1, t_2..., and the code is
    // t_1 + sum of (t_i+1 - t_i) log2((t_i + 2) / (t_i + 1)) bits.
    let shares = code.predicted.flatMap { block in
      block.map { _ in Double(block.lowerBound + 1) / Double(block.lowerBound + 2) }
    }
    let expected = code.predicted.reduce(1.0) { sum, block in
      sum + Double(block.count) * log2(Double(block.lowerBound + 2) / Double(block.lowerBound + 1))
    }
    #expect(isClose(try code.length(probabilities: shares, classes: 2), expected, 1e-12))
    // Learning item by item instead, the product telescopes: 2 log2(n + 1) - ... = log2((n + 1) / 2) bits.
    let byItem = (1..<1_000).map { Double($0 + 1) / Double($0 + 2) }
    #expect(isClose(try code.length(probabilities: byItem, classes: 2), 1 + log2(1_001.0 / 2), 1e-12))
    #expect(expected > 1 + log2(1_001.0 / 2))
  }

  @Test("five classes with a model of shares: the same length as NumPy's, block by block")
  func numpy() throws {
    let fixture = try InferenceFixture.load().onlineCode
    let code = try OnlineCode(items: 1_000)
    #expect(code.ends == fixture.ends)
    let lengths = try code.lengths(probabilities: fixture.probabilities, classes: 5)
    #expect(lengths.count == 11 && lengths[0] == log2(5))
    #expect(isClose(lengths.reduce(0, +), fixture.length, 1e-12))
    #expect(isClose(try code.length(probabilities: fixture.probabilities, classes: 5), fixture.length, 1e-12))
    // The shares are worth something.
    #expect(try code.compression(probabilities: fixture.probabilities, classes: 5) > 1.1)
  }

  @Test("a class that the model excluded costs infinitely much; what is no probability is refused")
  func refusals() throws {
    let code = try OnlineCode(items: 4)
    #expect(code.ends == [1, 2, 4])
    #expect(try code.length(probabilities: [0.5, 0, 1], classes: 2) == .infinity)
    #expect(try code.compression(probabilities: [0.5, 0, 1], classes: 2) == 0)
    #expect(throws: OnlineCodeError.countsDiffer(expected: 3, found: 2)) {
      _ = try code.length(probabilities: [1, 1], classes: 2)
    }
    for bad in [-0.1, 1.1, .nan, .infinity] {
      #expect(throws: OnlineCodeError.notAProbability(item: 2)) {
        _ = try code.length(probabilities: [1, bad, 1], classes: 2)
      }
    }
    #expect(throws: OnlineCodeError.tooFewClasses(1)) {
      _ = try code.length(probabilities: [1, 1, 1], classes: 1)
    }
    #expect(throws: OnlineCodeError.tooFewClasses(0)) { _ = try code.uniformLength(classes: 0) }
  }
}
