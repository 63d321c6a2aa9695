import Foundation
import Hypotheses
import Probing
import Resampling
import Rivals
import Testing

/// Families under a true null, and the coverage of their intervals. The figures that this prints stand in docs/statistics.md.
struct FamilyCalibrationTests {
  // MARK: The family's null

  @Test(
    "some head finds a relation: claimed as seldom as it should be, and far too often by the best head's own p"
  )
  func familyNull() async throws {
    let datasets = 1000
    let results = try await simulate(datasets) { dataset -> (any: Double, naive: Double, selected: Double) in
      var stream = RandomStream(StreamKey(seed: 50), replicate: dataset)
      let trees = SyntheticTrees(sentences: 30, lengths: 4...14, &stream)
      let attention = trees.attention(heads: 36, &stream)
      let key = StreamKey(seed: 51, "\(dataset)")
      let all = Relations(heads: trees.heads, sets: 1) { _, word in word % 3 == 1 ? [0] : [] }
      // Which arrangement is observed is as random as the worlds.
      let relations = PermutedHeadsWorlds(all, key: key.appending("observed")).relations(replicate: 0)
      let cells = HeadFinderTests.cells(36)
      let scores = headAccuracy(attention, relations, cells: cells)
      let worlds = PermutedHeadsWorlds(relations, key: key)
      let null = try await worlds.nullScores(
        replicates: 0..<199, attention: attention, cells: cells, jobs: 1)
      let family = FamilyStatistic(.any)
      let observed = scores.map(\.score)
      let selected = FamilyStatistic(.selected(foldOf: (0..<30).map { $0 % 3 }))
      let selections = try await worlds.nullSelections(
        replicates: 0..<199, attention: attention, cells: cells, statistic: selected, jobs: 1)
      return (
        family.pValue(observed: observed, null: null).value,
        family.maxT(observed: observed, null: null).raw.map(\.value).min()!,
        selected.pValue(observed: selected.value(of: scores), null: selections).value
      )
    }
    func share(_ p: KeyPath<(any: Double, naive: Double, selected: Double), Double>, _ alpha: Double)
      -> Double
    {
      Double(results.count { $0[keyPath: p] <= alpha }) / Double(datasets)
    }
    for alpha in [0.05, 0.01] {
      let rates = [share(\.any, alpha), share(\.naive, alpha), share(\.selected, alpha)]
      print(
        "null, best of 72 cells, alpha \(alpha): any \(percent(rates[0])), selected \(percent(rates[2])), "
          + "the best cell's own p \(percent(rates[1]))")
      let error = 3 * (alpha * (1 - alpha) / Double(datasets)).squareRoot()
      #expect(rates[0] <= alpha + error)
      #expect(rates[2] <= alpha + error)
      #expect(rates[1] >= 5 * alpha)
    }
    // Not so cautious that nothing could be found.
    #expect(share(\.any, 0.05) > 0.02)
  }

  // MARK: Coverage

  struct Setting: Sendable, CustomTestStringConvertible {
    var name: String
    var kind: Kind
    /// The cells' true accuracies.
    var accuracies: [Double]
    var sentences = 60
    var testDescription: String { "\(name), \(accuracies.count) cells, \(sentences) sentences" }

    enum Kind: Sendable { case one, any, each, selected }

    func statistic() -> FamilyStatistic {
      switch kind {
      case .one: FamilyStatistic(.one)
      case .any: FamilyStatistic(.any)
      case .each: FamilyStatistic(.each)
      case .selected: FamilyStatistic(.selected(foldOf: (0..<sentences).map { $0 % 5 }))
      }
    }

    /// Cells on the same items, one to four a sentence: alike within a sentence, and in how hard its items are.
    func draw(_ stream: inout RandomStream) -> [SentenceSums] {
      let weights = (0..<sentences).map { _ in Double(1 + stream.below(4)) }
      return draw(accuracies, weights, &stream)
    }

    func draw(_ accuracies: [Double], _ weights: [Double], _ stream: inout RandomStream) -> [SentenceSums] {
      var sums = [[Double]](repeating: Array(repeating: 0, count: sentences), count: accuracies.count)
      for sentence in 0..<sentences {
        let shared = stream.normal()
        for cell in accuracies.indices {
          let own = 0.5.squareRoot() * shared + 0.3.squareRoot() * stream.normal()
          for _ in 0..<Int(weights[sentence]) {
            // A standard normal number; below the accuracy's quantile with the accuracy's probability.
            let ease = own + 0.2.squareRoot() * stream.normal()
            if 0.5 * erfc(ease / 2.0.squareRoot()) < accuracies[cell] { sums[cell][sentence] += 1 }
          }
        }
      }
      return sums.map { SentenceSums(sums: $0, weights: weights) }
    }
  }

  static let equal = [Double](repeating: 0.4, count: 12)
  static let spread = (0..<12).map { 0.2 + 0.05 * Double($0) }
  static let settings: [Setting] = [
    Setting(name: "one, .5", kind: .one, accuracies: [0.5]),
    Setting(name: "one, .9", kind: .one, accuracies: [0.9]),
    Setting(name: "one, .98", kind: .one, accuracies: [0.98]),
    Setting(name: "any, equal .4", kind: .any, accuracies: equal),
    Setting(name: "any, .2 to .75", kind: .any, accuracies: spread),
    Setting(name: "any, one .9", kind: .any, accuracies: [0.9] + equal),
    Setting(name: "any, equal .95", kind: .any, accuracies: [Double](repeating: 0.95, count: 12)),
    Setting(
      name: "any, equal .1", kind: .any, accuracies: [Double](repeating: 0.1, count: 72), sentences: 100),
    Setting(name: "each, equal .4", kind: .each, accuracies: equal),
    Setting(name: "each, .2 to .75", kind: .each, accuracies: spread),
    Setting(name: "each, equal .95", kind: .each, accuracies: [Double](repeating: 0.95, count: 12)),
    Setting(name: "selected, .2 to .75", kind: .selected, accuracies: spread),
    Setting(name: "selected, equal .4", kind: .selected, accuracies: equal),
  ]

  @Test("intervals of families cover the true value", arguments: settings)
  func coverage(_ setting: Setting) async throws {
    let datasets = 1000
    let results = try await simulate(datasets) { dataset -> (interval: ClosedRange<Double>, truth: Double) in
      var stream = RandomStream(StreamKey(seed: 60, setting.testDescription), replicate: dataset)
      let cells = setting.draw(&stream)
      let statistic = setting.statistic()
      let interval = try await FamilyUncertainty(
        cells: cells, statistic: statistic, key: StreamKey(seed: 61, setting.testDescription, "\(dataset)"),
        jobs: 1
      ).scoreInterval()
      return (interval, Self.truth(setting.accuracies, statistic, cells))
    }
    try Self.report("score", setting, results, datasets)
  }

  @Test(
    "margins of families over a rival cover the true margin",
    arguments: settings.filter { $0.sentences == 60 })
  func marginCoverage(_ setting: Setting) async throws {
    let datasets = 1000
    // One cell, as of a fixed offset; its sentences are those of the family, and as hard.
    let rival = 0.35
    let results = try await simulate(datasets) { dataset -> (interval: ClosedRange<Double>, truth: Double) in
      var stream = RandomStream(StreamKey(seed: 62, setting.testDescription), replicate: dataset)
      let weights = (0..<setting.sentences).map { _ in Double(1 + stream.below(4)) }
      let all = setting.draw(setting.accuracies + [rival], weights, &stream)
      let cells = Array(all.dropLast())
      let statistic = setting.statistic()
      let interval = try await FamilyUncertainty(
        cells: cells, statistic: statistic, key: StreamKey(seed: 63, setting.testDescription, "\(dataset)"),
        jobs: 1
      ).marginInterval(over: [[all.last!]])
      return (interval, Self.truth(setting.accuracies, statistic, cells) - rival)
    }
    try Self.report("margin", setting, results, datasets)
  }

  /// The true value of what is claimed. For a selection, that of the cells that were selected.
  static func truth(_ accuracies: [Double], _ statistic: FamilyStatistic, _ cells: [SentenceSums]) -> Double {
    guard case .selected(let foldOf) = statistic.kind else { return statistic.value(of: accuracies) }
    let chosen = statistic.selection(of: cells).cells
    let weights = cells[0].weights
    let sum = foldOf.indices.reduce(0) { $0 + weights[$1] * accuracies[chosen[foldOf[$1]]] }
    return sum / weights.reduce(0, +)
  }

  static func report(
    _ what: String, _ setting: Setting, _ results: [(interval: ClosedRange<Double>, truth: Double)],
    _ datasets: Int
  ) throws {
    func share(_ holds: ((interval: ClosedRange<Double>, truth: Double)) -> Bool) -> Double {
      Double(results.count(where: holds)) / Double(datasets)
    }
    let covered = share { $0.interval.contains($0.truth) }
    print(
      "coverage, \(what), \(setting.testDescription): \(percent(covered)), "
        + "too high \(percent(share { $0.interval.lowerBound > $0.truth })), "
        + "too low \(percent(share { $0.interval.upperBound < $0.truth }))")
    // 95 % by name; 93 % are to be had, within the simulation's error.
    #expect(covered >= 0.93 - 2 * (0.93 * 0.07 / Double(datasets)).squareRoot())
  }

  @Test("a family that is always right has a lower bound from the number of sentences")
  func alwaysRight() async throws {
    let right = SentenceSums(
      sums: [Double](repeating: 2, count: 20), weights: [Double](repeating: 2, count: 20))
    let wrong = SentenceSums(
      sums: [Double](repeating: 0, count: 20), weights: [Double](repeating: 2, count: 20))
    func interval(_ kind: FamilyStatistic.Kind, _ cells: [SentenceSums]) async throws -> ClosedRange<Double> {
      try await FamilyUncertainty(
        cells: cells, statistic: FamilyStatistic(kind), key: StreamKey(seed: 64), jobs: 1
      ).scoreInterval()
    }
    let bound = clopperPearson(successes: 20, trials: 20)
    #expect(abs(try await interval(.one, [right]).lowerBound - bound.lowerBound) < 1e-12)
    #expect(try await interval(.one, [right]).upperBound == 1)
    #expect(abs(try await interval(.one, [wrong]).upperBound - (1 - bound.lowerBound)) < 1e-12)
    let any = try await interval(.any, [right, wrong])
    #expect(any.upperBound == 1 && any.lowerBound < 1 && any.lowerBound > 0.75)
    let each = try await interval(.each, [right, wrong])
    #expect(each.lowerBound == 0 && each.upperBound < 0.25)
    let margin = try await FamilyUncertainty(
      cells: [right], statistic: FamilyStatistic(.one), key: StreamKey(seed: 64), jobs: 1
    ).marginInterval(over: [[wrong]])
    #expect(margin.upperBound == 1 && abs(margin.lowerBound - (2 * bound.lowerBound - 1)) < 1e-12)
  }

  @Test("more worlds than one add their own spread to a margin")
  func worldsAreRedrawn() async throws {
    let setting = Setting(name: "worlds", kind: .any, accuracies: [0.8, 0.5])
    var stream = RandomStream(StreamKey(seed: 65), replicate: 0)
    let cells = setting.draw(&stream)
    // Worlds that differ much, with two cells each.
    let worlds = (0..<4).map { k in
      setting.draw([0.1 + 0.15 * Double(k), 0.1], cells[0].weights, &stream)
    }
    let family = FamilyUncertainty(
      cells: cells, statistic: setting.statistic(), key: StreamKey(seed: 66), jobs: 2)
    let redrawn = try await family.marginInterval(over: worlds)
    let fixed = try await family.marginInterval(over: worlds, areAll: true)
    let margin = cells[0].score - worlds.map { FamilyStatistic(.any).value(of: $0) }.reduce(0, +) / 4
    #expect(fixed.contains(margin) && redrawn.contains(margin))
    #expect(redrawn.upperBound - redrawn.lowerBound > 1.1 * (fixed.upperBound - fixed.lowerBound))
  }

  @Test("a claim about each holds every cell against its own")
  func eachAgainstItsOwn() async throws {
    let setting = Setting(name: "own", kind: .each, accuracies: [0.9, 0.5])
    var stream = RandomStream(StreamKey(seed: 67), replicate: 0)
    let weights = (0..<setting.sentences).map { _ in Double(1 + stream.below(4)) }
    let cells = setting.draw(setting.accuracies, weights, &stream)
    // The rival is nearest where the claim's better cell stands.
    let worlds = (0..<3).map { _ in setting.draw([0.8, 0.1], weights, &stream) }
    let family = FamilyUncertainty(
      cells: cells, statistic: setting.statistic(), key: StreamKey(seed: 68), jobs: 2)
    let scores = worlds.map { $0.map(\.score) }
    let margins = [0, 1].map { cell in cells[cell].score - scores.reduce(0) { $0 + $1[cell] } / 3 }
    #expect(margins[0] < margins[1] && abs(family.margin(over: scores) - margins[0]) < 1e-12)
    let interval = try await family.marginInterval(over: worlds)
    #expect(interval.contains(margins[0]) && interval.upperBound < margins[1])
    // A rival with one cell is the same for all.
    let one = try await family.marginInterval(over: [[worlds[0][1]]])
    #expect(one.contains(cells[1].score - scores[0][1]))
    #expect(abs(family.margin(over: [[scores[0][1]]]) - (cells[1].score - scores[0][1])) < 1e-12)
  }
}
