import Foundation
import GSL
import Hypotheses
import Probing
import Resampling
import Rivals
import Testing

/// Differences of normalised scores: what they are, and how far their interval and their p-values can be trusted.
///
/// The figures that this prints stand in docs/statistics.md.
struct ComparisonTests {
  static let datasets = 300
  static let items = 60

  /// Two representations of the same items and what a comparison of them is made of.
  struct Pair {
    let sides: [PreparedProbe]
    let targets: Targets
    let reading: Reading

    init(_ representations: [Matrix<Double>], _ targets: Targets, _ instrument: Instrument) throws {
      sides = try representations.map { try instrument.prepare($0) }
      self.targets = targets
      let worlds = sides.map { $0.evaluate(targets).world }
      let bounds = Reading.Bounds(floor: instrument.floor(targets), ceiling: instrument.ceiling(targets))
      reading = Reading(worlds[0], over: worlds[1], bounds: [bounds])
    }
  }

  /// Some items, seen in two noisy views of one quantity that the target depends on.
  struct Sample {
    var views: [Matrix<Double>]
    var y: [Double]

    init(_ count: Int, noise: [Double], signal: Double, metric: Metric, _ stream: inout RandomStream) {
      let quantity = (0..<count).map { _ in stream.normal() }
      views = []
      for noise in noise {
        var x = Matrix.normal(rows: count, columns: 5, &stream)
        for item in 0..<count { x[item, 0] = quantity[item] + noise * x[item, 0] }
        views.append(x)
      }
      y = quantity.map { signal * $0 + stream.normal() }
      if metric != .r2 { y = y.map { $0 > 0 ? 1 : 0 } }
    }
  }

  static func draw(
    noise: [Double], signal: Double = 1, metric: Metric = .r2, items: Int = items, _ name: String,
    _ dataset: Int
  ) throws -> (pair: Pair, sample: Sample, split: Split, stream: RandomStream) {
    var stream = RandomStream(StreamKey(seed: 90, name), replicate: dataset)
    let sample = Sample(items, noise: noise, signal: signal, metric: metric, &stream)
    let split = Split(
      items: items, folds: 5, groups: nil, key: StreamKey(seed: 91, name, "\(dataset)"), repetition: 0)!
    let pair = try Pair(
      sample.views, CoverageTests.targets(metric, sample.y), Instrument(metric, Ridge(), split))
    return (pair, sample, split, stream)
  }

  /// The difference that the models of these folds have on new items, by `r2`.
  static func ownDifference(_ sample: Sample, _ split: Split, _ new: Sample) throws -> Double {
    let setting = CoverageTests.Setting(metric: .r2)
    return try mean(
      (0..<split.count).map { fold in
        let training = split.order.indices.filter { !split.range(fold).contains($0) }.map { split.order[$0] }
        let scores = try zip(sample.views, new.views).map { view, newView in
          try CoverageTests.score(
            setting, training: view.gathering(rows: training), training.map { sample.y[$0] }, newView, new.y,
            foldSize: sample.y.count / 5)
        }
        return scores[0] - scores[1]
      })
  }

  private func swappedP(_ pair: Pair, _ key: StreamKey) -> Double {
    let worlds = SwappedSidesWorlds(units: Array(0..<pair.targets.count), key: key)
    let null = (0..<199).map { pair.reading.exchanging(worlds.exchanged(replicate: $0)).value() }
    return pValue(observed: pair.reading.value(), null: null, exact: false).value
  }

  private func permutedP(_ pair: Pair, _ key: StreamKey) -> Double {
    let worlds = PermutedLabelsWorlds(scheme: .free(count: pair.targets.count), key: key)
    let sources = (0..<99).map { replicate in
      var source: [Int32] = []
      worlds.source(replicate: replicate, into: &source)
      return source
    }
    let sides = pair.sides.map { $0.worlds(pair.targets, sources: sources) }
    let instrument = pair.sides[0].instrument
    let null = sources.indices.map { place in
      let targets = pair.targets.rearranged(by: sources[place])
      let bounds = Reading.Bounds(floor: instrument.floor(targets), ceiling: instrument.ceiling(targets))
      return Reading(sides[0][place], over: sides[1][place], bounds: [bounds]).value()
    }
    return pValue(observed: pair.reading.value(), null: null, exact: false).value
  }

  struct Setting: Sendable, CustomTestStringConvertible {
    var name: String
    var noise: [Double]
    var signal = 1.0
    var metric = Metric.r2
    var items = ComparisonTests.items
    /// The bounds of the shares below .05 by exchanged sides and by permuted labels, and of the interval's coverage.
    var swapped: ClosedRange<Double>
    var permuted: ClosedRange<Double>?
    var coverage: ClosedRange<Double>?
    var testDescription: String { name }
  }

  // Two views that are equally good give models that are not: a test of these models' difference finds it more often than a
  // test of the views' would. And permuted labels answer another question (docs/rivals.md).
  static let settings: [Setting] = [
    Setting(name: "two equal views, r2", noise: [1, 1], swapped: 0...0.16, coverage: 0.78...1),
    Setting(
      name: "two equal views, r2, 200 items", noise: [1, 1], items: 200, swapped: 0...0.13, coverage: 0.83...1
    ),
    Setting(
      name: "two equal views, accuracy", noise: [1, 1], metric: .accuracy, swapped: 0...0.15,
      coverage: 0.78...1),
    Setting(name: "nothing to find, r2", noise: [1, 1], signal: 0, swapped: 0...0.1, permuted: 0...0.085),
    Setting(
      name: "a clear view over a blurred one, r2", noise: [0.3, 3], swapped: 0.6...1, permuted: 0.6...1),
  ]

  @Test("differences: coverage of the interval, false positives and power of p", arguments: settings)
  func simulation(_ setting: Setting) async throws {
    let results = try await simulate(Self.datasets) {
      dataset
        -> (value: Double, own: Double, interval: ClosedRange<Double>, swapped: Double, permuted: Double) in
      var (pair, sample, split, stream) = try Self.draw(
        noise: setting.noise, signal: setting.signal, metric: setting.metric, items: setting.items,
        setting.name, dataset)
      let own: Double
      if setting.metric == .r2 {
        let new = Sample(
          3_000, noise: setting.noise, signal: setting.signal, metric: setting.metric, &stream)
        own = try Self.ownDifference(sample, split, new)
      } else {
        own = .nan
      }
      let key = StreamKey(seed: 92, setting.name, "\(dataset)")
      let interval = try await Uncertainty(
        observed: pair.reading, units: Array(0..<setting.items), key: key, jobs: 1
      ).scoreInterval()
      return (
        pair.reading.value(), own, interval, swappedP(pair, key.appending("swapped")),
        permutedP(pair, key.appending("permuted"))
      )
    }
    let n = Double(Self.datasets)
    let swapped = Double(results.count { $0.swapped <= 0.05 }) / n
    let permuted = Double(results.count { $0.permuted <= 0.05 }) / n
    let expected = mean(results.map(\.value))
    // Equal views differ by 0 on average; what else the mean is, the simulation says itself.
    let truth = setting.noise[0] == setting.noise[1] ? 0 : expected
    let covered = Double(results.count { $0.interval.contains(truth) }) / n
    let above = Double(results.count { $0.interval.lowerBound > truth }) / n
    let ownCovered = Double(results.count { $0.interval.contains($0.own) }) / n
    let ownAbove = Double(results.count { $0.interval.lowerBound > $0.own }) / n
    let isMeasured = setting.metric == .r2
    print(
      """
      comparison, \(setting.name): mean difference \(String(format: "%.3f", expected)); interval holds it \
      \(percent(covered)), lies above it \(percent(above)); its own models' difference \
      \(isMeasured ? "\(percent(ownCovered)), above \(percent(ownAbove))" : "not measured"); p <= .05: swapped_sides \(percent(swapped)), \
      permuted_labels \(percent(permuted))
      """)
    #expect(setting.swapped.contains(swapped))
    if let permittedRange = setting.permuted { #expect(permittedRange.contains(permuted)) }
    if let coverage = setting.coverage { #expect(coverage.contains(covered)) }
    if isMeasured && setting.signal > 0 {
      #expect(ownCovered >= 0.82)
      #expect(ownAbove <= 0.1)
    }
  }

  @Test("a difference is of normalised scores, and changes its sign with its sides")
  func value() throws {
    let pair = try Self.draw(noise: [0.5, 2], metric: .accuracy, "value", 0).pair
    let (better, worse) = (pair.reading.sides[0], pair.reading.sides[1])
    let bounds = pair.reading.bounds[0]
    let (floor, ceiling) = (bounds.floor.score(), bounds.ceiling.score())
    let expected = (better.score() - floor) / (ceiling - floor) - (worse.score() - floor) / (ceiling - floor)
    #expect(floor > 0 && ceiling == 1)
    #expect(abs(pair.reading.value() - expected) < 1e-15)
    #expect(Reading(worse, over: better, bounds: [bounds]).value() == -pair.reading.value())
    // One pair of bounds for both sides, or the same twice; and bounds that are lent.
    #expect(Reading(better, over: worse, bounds: [bounds, bounds]).value() == pair.reading.value())
    #expect(Reading(better, over: worse, bounds: []).value(bounds: [bounds]) == pair.reading.value())
    // Bounds of each side's own.
    let other = Reading.Bounds(floor: worse, ceiling: bounds.ceiling)
    #expect(
      abs(
        Reading(better, over: worse, bounds: [bounds, other]).value() - (better.score() - floor) / (1 - floor)
      )
        < 1e-15)
    // No room between floor and ceiling: nothing is known.
    let none = Reading.Bounds(floor: worse, ceiling: worse)
    #expect(Reading(better, over: worse, bounds: [none]).value().isNaN)
  }

  @Test("exchanging all items turns the difference round; exchanging some mixes the sides' errors")
  func exchanging() throws {
    for metric in [Metric.r2, .accuracy] {
      let pair = try Self.draw(noise: [0.5, 2], metric: metric, "exchange", 0).pair
      let none = [Bool](repeating: false, count: Self.items)
      #expect(pair.reading.exchanging(none).value() == pair.reading.value())
      #expect(pair.reading.exchanging(none.map { !$0 }).value() == -pair.reading.value())
      let some = none.indices.map { $0 % 3 == 0 }
      let mixed = pair.reading.exchanging(some)
      let weights = some.map { $0 ? 1.0 : 0 }
      #expect(mixed.sides[0].score(weights: weights) == pair.reading.sides[1].score(weights: weights))
      let others = weights.map { 1 - $0 }
      #expect(mixed.sides[0].score(weights: others) == pair.reading.sides[0].score(weights: others))
    }
  }

  @Test("the interval weights scores, floors and ceilings by the same draws")
  func interval() async throws {
    // Units of three items each; the difference of every draw is computed here from nothing but the draw's weights.
    let pair = try Self.draw(noise: [0.5, 2], metric: .accuracy, "interval", 0).pair
    let units = (0..<Self.items).map { $0 / 3 }
    let key = StreamKey(seed: 93)
    let found = try await Uncertainty(observed: pair.reading, units: units, key: key, jobs: 2).scoreInterval()
    func value(_ weights: [Double]) -> Double {
      let bounds = pair.reading.bounds[0]
      let (floor, ceiling) = (bounds.floor.score(weights: weights), bounds.ceiling.score(weights: weights))
      let scores = pair.reading.sides.map { $0.score(weights: weights) }
      return (scores[0] - scores[1]) / (ceiling - floor)
    }
    let bootstrap = UnitBootstrap(units: 20)
    let replicates = (0..<Uncertainty.replicates).map { replicate in
      let counts = bootstrap.counts(key.appending("bootstrap"), replicate: replicate)
      return value(units.map { Double(counts[$0]) })
    }
    let jackknife = (0..<20).map { unit in value(units.map { $0 == unit ? 0 : 1 }) }
    let expected = bcaInterval(estimate: pair.reading.value(), replicates: replicates, jackknife: [jackknife])
    #expect(abs(found.lowerBound - expected.lowerBound) < 1e-12)
    #expect(abs(found.upperBound - expected.upperBound) < 1e-12)
    let one = try await Uncertainty(observed: pair.reading, units: units, key: key, jobs: 1).scoreInterval()
    #expect(one == found)
    // Against itself, with bounds that are lent, the margin is nothing in every draw.
    let itself = Reading(pair.reading.sides[0], over: pair.reading.sides[1], bounds: [])
    let margin = try await Uncertainty(observed: pair.reading, units: units, key: key, jobs: 1)
      .marginInterval(over: [itself])
    #expect(margin == 0...0)
  }
}
