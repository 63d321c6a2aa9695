import GSL
import Hypotheses
import Probing
import Resampling
import Testing

/// How often a nominal 95 % interval holds what it is about: what the models of these folds score on new items.
///
/// The figures that this prints stand in docs/statistics.md.
struct CoverageTests {
  static let datasets = 300
  static let fresh = 6_000

  struct Setting: Sendable, CustomTestStringConvertible {
    var metric: Metric
    var items = 60
    var signal = 1.0
    var testDescription: String { "\(metric.keyword), \(items) items, signal \(signal)" }
  }

  static let settings: [Setting] = [
    Setting(metric: .r2), Setting(metric: .r2, signal: 0), Setting(metric: .r2, items: 200),
    Setting(metric: .spearman), Setting(metric: .accuracy), Setting(metric: .balancedAccuracy),
    Setting(metric: .auc),
  ]

  /// Items of five independent features, of which the target depends on the first.
  static func draw(_ setting: Setting, _ count: Int, _ stream: inout RandomStream) -> (
    x: Matrix<Double>, y: [Double]
  ) {
    let x = Matrix.normal(rows: count, columns: 5, &stream)
    let y = (0..<count).map { setting.signal * x[$0, 0] + stream.normal() }
    return (x, setting.metric.targetKind == .numeric ? y : y.map { $0 > 0 ? 1 : 0 })
  }

  static func targets(_ metric: Metric, _ y: [Double]) -> Targets {
    metric.targetKind == .numeric ? Targets(column: y) : Targets(digits: y.map { Int($0) })
  }

  /// What the model of some training items scores on new items.
  static func score(
    _ setting: Setting, training x: Matrix<Double>, _ y: [Double], _ newX: Matrix<Double>, _ newY: [Double],
    foldSize: Int
  ) throws -> Double {
    // Predictions for the origin and for the unit vectors say all about a linear model.
    var corners = [Double](repeating: 0, count: 30)
    for j in 0..<5 { corners[5 * (j + 1) + j] = 1 }
    let both = Matrix(rows: 6 + x.rows, columns: 5, elements: corners + x.elements)
    let split = Split(foldOf: (0..<both.rows).map { $0 < 6 ? 0 : 1 })
    let filler = [0, 1, 0, 1, 0, 1].map { Double($0) }
    let corner = try Instrument(setting.metric, Ridge(), split).prepare(both)
      .predictions(targets(setting.metric, filler + y))[0]
    let predictions = (0..<newY.count).map { item in
      (0..<5).reduce(corner[0]) { $0 + (corner[$1 + 1] - corner[0]) * newX[item, $1] }
    }
    if setting.metric == .r2 {
      let center = mean(y)
      let error = zip(newY, predictions).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
      return 1 - error / newY.reduce(0) { $0 + ($1 - center) * ($1 - center) }
    }
    // In folds as large as those of the data: a mean rank correlation depends on how many items are ranked.
    return ItemScores(
      setting.metric, predictions: predictions, targets: targets(setting.metric, newY),
      split: Split(foldOf: newY.indices.map { $0 / foldSize })
    ).score()
  }

  @Test("score intervals cover about as often as they say", arguments: settings)
  func scoreIntervals(_ setting: Setting) async throws {
    let metric = setting.metric
    let results = try await simulate(Self.datasets) {
      dataset -> (interval: ClosedRange<Double>, own: Double, score: Double) in
      var stream = RandomStream(StreamKey(seed: 70, setting.testDescription), replicate: dataset)
      let (x, y) = Self.draw(setting, setting.items, &stream)
      let (newX, newY) = Self.draw(setting, Self.fresh, &stream)
      let key = StreamKey(seed: 71, setting.testDescription, "\(dataset)")
      let split = Split(items: setting.items, folds: 5, groups: nil, key: key, repetition: 0)!
      let world = try Instrument(metric, Ridge(), split).prepare(x).evaluate(Self.targets(metric, y)).world
      let interval = try await Uncertainty(
        observed: world, units: Array(0..<setting.items), key: key, jobs: 1
      )
      .scoreInterval()
      let own = try mean(
        (0..<5).map { fold in
          let training = split.order.indices.filter { !split.range(fold).contains($0) }.map {
            split.order[$0]
          }
          return try Self.score(
            setting, training: x.gathering(rows: training), training.map { y[$0] }, newX, newY,
            foldSize: setting.items / 5)
        })
      return (interval, own, world.score())
    }
    let expected = mean(results.map(\.own))
    func share(_ holds: (ClosedRange<Double>, Double) -> Bool) -> Double {
      Double(results.count { holds($0.interval, $0.own) }) / Double(Self.datasets)
    }
    let own = share { $0.contains($1) }
    let average = share { interval, _ in interval.contains(expected) }
    print(
      """
      coverage, \(setting.testDescription): \(percent(own)) of its own models' scores, \
      \(percent(average)) of the mean score; too high \(percent(share { $0.lowerBound > $1 })), \
      too low \(percent(share { $0.upperBound < $1 })); bias \(mean(results.map { $0.score - $0.own }))
      """)
    // What makes a claim look better than it is: at most 2.5 % by name.
    #expect(share { $0.lowerBound > $1 } <= 0.08)
    // Without a signal most models predict the mean and score 0 in a very narrow interval, and the others score less.
    if setting.signal > 0 {
      #expect((0.86...0.99).contains(own))
      #expect((0.85...0.99).contains(average))
    }
  }

  @Test("margins over another representation are covered")
  func marginIntervals() async throws {
    let setting = Setting(metric: .r2, items: 80)
    let results = try await simulate(Self.datasets) {
      dataset -> (interval: ClosedRange<Double>, margin: Double) in
      var stream = RandomStream(StreamKey(seed: 72), replicate: dataset)
      let (x, y) = Self.draw(setting, setting.items, &stream)
      // The rival sees the same feature through noise.
      var blurred = x
      for item in 0..<setting.items { blurred[item, 0] += stream.normal() }
      let key = StreamKey(seed: 73, "\(dataset)")
      let split = Split(items: setting.items, folds: 5, groups: nil, key: key, repetition: 0)!
      let instrument = Instrument(.r2, Ridge(), split)
      let claim = try instrument.prepare(x).evaluate(Targets(column: y)).world
      let rival = try instrument.prepare(blurred).evaluate(Targets(column: y)).world
      let interval = try await Uncertainty(
        observed: claim, units: Array(0..<setting.items), key: key, jobs: 1
      )
      .marginInterval(over: [rival])
      return (interval, claim.score() - rival.score())
    }
    let expected = mean(results.map(\.margin))
    let covered = Double(results.count { $0.interval.contains(expected) }) / Double(Self.datasets)
    print(
      "coverage, margin of r2 over a blurred copy, 80 items: \(percent(covered)) of the mean margin \(expected)"
    )
    #expect((0.88...0.99).contains(covered))
  }
}
