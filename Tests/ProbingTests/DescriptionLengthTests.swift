import Foundation
import GSL
import Hypotheses
import Probing
import Resampling
import Rivals
import Testing

/// Online codes against closed forms and scikit-learn's probabilities, and the null of their p-values.
struct DescriptionLengthTests {
  struct File: Decodable { let cases: [Case] }
  struct Case: Decodable, Sendable, CustomTestStringConvertible {
    let name: String
    let x: [[Double]]
    let labels: [Int]
    let blocks: [[Int]]
    let floor: Double
    let expectations: [Expectation]
    var testDescription: String { name }
  }
  struct Expectation: Decodable, Sendable {
    let scale: FeatureScale.RawValue
    let penalty: Double
    /// Bits by item.
    let bits: [Double]
  }

  static let file = try! fixture("codes", as: File.self)
  static let metric = Metric.descriptionLength(DescriptionLength())

  static func instrument(_ splits: Split..., probe: Logistic = Logistic()) -> Instrument {
    Instrument(metric: metric, probe: .logistic(probe), splits: splits)
  }

  private static func bits(_ world: ScoredWorld) throws -> [Double] {
    guard case .average(let loss, _) = world.repeats[0] else {
      Issue.record("bits are averaged")
      return []
    }
    return loss
  }

  @Test("bits are those of scikit-learn's probabilities, item by item", arguments: file.cases)
  func scikitLearn(_ example: Case) throws {
    let targets = Targets(digits: example.labels)
    let split = Split(blocks: example.blocks)
    for expected in example.expectations {
      let probe = Logistic(penalty: expected.penalty, scale: FeatureScale(rawValue: expected.scale)!)
      let instrument = Self.instrument(split, probe: probe)
      let evaluation = try instrument.prepare(Matrix(rows: example.x)).evaluate(targets)
      let error = distance(try Self.bits(evaluation.world), expected.bits)
      print(
        "description length, \(example.name), \(expected.scale), penalty \(expected.penalty): off by \(error)"
      )
      #expect(error < 1e-5, "\(expected.scale), \(expected.penalty)")
      #expect(evaluation.trainingScore.isFinite && evaluation.trainingScore > 0)
      #expect(abs(instrument.floor(targets).score() - example.floor) < 1e-12)
    }
  }

  @Test("the length is the formula's on closed forms")
  func closedForms() throws {
    let labels = (0..<200).map { ($0 * 7 % 10) < 3 ? 0 : ($0 % 3 == 0 ? 1 : 2) }
    let targets = Targets(digits: labels)
    let split = Split(onlineCodeOf: 200, groups: nil, key: StreamKey(seed: 120), repetition: 0)!
    let code = try OnlineCode(items: 200)
    #expect(split.starts == [0] + code.ends)
    #expect(split.order.sorted() == Array(0..<200))
    // A constant representation: only the classes' frequencies are left, with one more of each.
    let instrument = Self.instrument(split)
    let blind = try instrument.prepare(Matrix(rows: 200, columns: 2, repeating: 3)).evaluate(targets).world
    var probabilities: [Double] = []
    for block in code.predicted {
      for position in block {
        let known = split.order[..<block.lowerBound].count { labels[$0] == labels[split.order[position]] }
        probabilities.append(Double(known + 1) / Double(block.lowerBound + 3))
      }
    }
    let expected = try code.length(probabilities: probabilities, classes: 3) / 200
    #expect(abs(blind.score() - expected) < 1e-9)
    // The floor knows the classes' shares among all items, in every block.
    var bits = Double(code.ends[0]) * log2(3)
    for block in code.predicted {
      let known = Double(block.lowerBound)
      for position in block {
        let label = labels[split.order[position]]
        let share = Double(labels.count { $0 == label }) / 200
        bits += log2((known + 3) / (known * share + 1))
      }
    }
    #expect(abs(instrument.floor(targets).score() - bits / 200) < 1e-12)
    #expect(instrument.floor(targets).score() < expected)
    // What is known for certain: only the first block, and the classes that might have come instead.
    let ceiling = instrument.ceiling(targets).score()
    var least = Double(code.ends[0]) * log2(3)
    for block in code.predicted {
      let known = Double(block.lowerBound)
      for position in block {
        let label = labels[split.order[position]]
        let isKnown = split.order[..<block.lowerBound].contains { labels[$0] == label }
        least += log2((known + 3) / (isKnown ? known + 1 : 1))
      }
    }
    #expect(abs(ceiling - least / 200) < 1e-12)
    #expect(ceiling < expected)
    // One class alone cannot be coded in fewer blocks than two.
    #expect(Split(onlineCodeOf: 1, groups: nil, key: StreamKey(seed: 1), repetition: 0) == nil)
    #expect(
      Split(onlineCodeOf: 6, groups: [0, 0, 0, 0, 0, 0], key: StreamKey(seed: 1), repetition: 0) == nil)
  }

  @Test("units are never divided among blocks, and labels play no part in the order")
  func units() {
    let groups = (0..<500).map { $0 % 37 }
    let split = Split(onlineCodeOf: 500, groups: groups, key: StreamKey(seed: 121), repetition: 3)!
    var blockOf: [Int: Int] = [:]
    for block in 0..<split.count {
      for position in split.range(block) {
        let first = blockOf.updateValue(block, forKey: groups[split.order[position]])
        #expect(first == nil || first == block)
      }
      #expect(split.training(block) == Array(split.order[..<split.starts[block]]))
    }
    #expect(split.order.sorted() == Array(0..<500))
    #expect(split.starts.last == 500 && split.starts[1] >= 1 && split.count < 11)
    let other = Split(onlineCodeOf: 500, groups: groups, key: StreamKey(seed: 121), repetition: 4)!
    #expect(other.order != split.order)
  }

  @Test("what can be learned takes fewer bits; a later block's items change nothing before them")
  func learning() throws {
    let (x, targets) = LogisticTests.data("bits", items: 400, dimensions: 6, classes: 3, noise: 0.3)
    let split = Split(onlineCodeOf: 400, groups: nil, key: StreamKey(seed: 122), repetition: 0)!
    let instrument = Self.instrument(split)
    let world = try instrument.prepare(x).evaluate(targets).world
    #expect(world.score() < 0.7 * instrument.floor(targets).score())
    #expect(world.score() > instrument.ceiling(targets).score())
    var changed = x
    for item in split.order[split.range(split.count - 1)] { for j in 0..<6 { changed[item, j] = 100 } }
    let before = try Self.bits(world)
    let after = try Self.bits(instrument.prepare(changed).evaluate(targets).world)
    for item in split.order[..<split.starts[split.count - 1]] { #expect(before[item] == after[item]) }
    // Worlds on the fast path are those of the exact one.
    let worlds = PermutedLabelsWorlds(scheme: .free(count: 400), key: StreamKey(seed: 123))
    let sources = (0..<8).map { replicate in
      var source = [Int32](repeating: 0, count: 400)
      worlds.source(replicate: replicate, into: &source)
      return source
    }
    for world in try instrument.prepare(x).worlds(targets, sources: sources) {
      #expect(world.score() > 1.2)
    }
  }

  /// Forty items, six dimensions.
  static func pValue(_ dataset: Int, effect: Double, classes: Int, worlds count: Int) async throws -> Double {
    var stream = RandomStream(StreamKey(seed: 124, "\(classes)"), replicate: dataset)
    let x = Matrix.normal(rows: 40, columns: 6, &stream)
    let y = (0..<40).map { effect * x[$0, 0] + stream.normal() }
    let sorted = y.sorted()
    let edges = (1..<classes).map { sorted[40 * $0 / classes] }
    let targets = Targets(digits: y.map { value in edges.count { $0 <= value } })
    let split = Split(
      onlineCodeOf: 40, groups: nil, key: StreamKey(seed: 125, "\(dataset)"), repetition: 0)!
    let prepared = try Self.instrument(split).prepare(x)
    let observed = prepared.evaluate(targets).score
    let worlds = PermutedLabelsWorlds(scheme: .free(count: 40), key: StreamKey(seed: 126, "\(dataset)"))
    let null = try await prepared.scores(
      targets, replicates: 0..<count, observed: observed, jobs: 1,
      source: { worlds.source(replicate: $0, into: &$1) })
    // Fewer bits are better.
    return Resampling.pValue(observed: -observed, null: null.map { -$0 }, exact: false).value
  }

  @Test("a true null is rejected in alpha of the data sets", arguments: [2, 3])
  func nullRejections(classes: Int) async throws {
    let pValues = try await simulate(1_000) {
      try await Self.pValue($0, effect: 0, classes: classes, worlds: 99)
    }
    let alphas = [0.01, 0.05, 0.1, 0.5]
    let shares = alphas.map { alpha in Double(pValues.count { $0 <= alpha + 1e-9 }) / 1_000 }
    print(
      "null, description length of \(classes) classes: rejected at .01 .05 .1 .5: \(shares.map(percent).joined(separator: ", "))"
    )
    for (alpha, share) in zip(alphas, shares) {
      #expect(abs(share - alpha) <= 4 * (alpha * (1 - alpha) / 1_000).squareRoot(), "at \(alpha)")
    }
  }

  @Test("a planted effect is found")
  func power() async throws {
    let pValues = try await simulate(400) {
      try await Self.pValue($0, effect: 1.5, classes: 2, worlds: 99)
    }
    let share = Double(pValues.count { $0 <= 0.05 + 1e-9 }) / 400
    print("power, description length, effect 1.5: \(percent(share)) at .05")
    #expect(share > 0.5)
  }
}
