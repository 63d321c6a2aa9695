import GSL
import Hypotheses
import Probing
import Resampling
import Rivals
import Testing

/// The single-precision path in which the bulk of a null distribution is scored.
struct FastPathTests {
  struct Setting: Sendable, CustomTestStringConvertible {
    var name: String
    var metric: Metric
    var items = 60
    var dimensions = 8
    var classes = 2
    var ridge = Ridge()
    /// How many distinct rows the representation has; `nil`: all differ.
    var types: Int?
    var repeats = 1
    var targets = 1
    var testDescription: String { "\(metric.keyword), \(name)" }

    func prepared() throws -> (PreparedProbe, Targets) {
      var stream = RandomStream(StreamKey(seed: 30, name), replicate: 0)
      var x = Matrix.normal(rows: types ?? items, columns: dimensions, &stream)
      for i in x.elements.indices { x.elements[i] = 3 * x.elements[i] + 100 }
      if let types { x = x.gathering(rows: (0..<items).map { _ in stream.below(types) }) }
      let truth: Targets
      if metric.targetKind == .numeric {
        var y = Matrix.normal(rows: items, columns: targets, &stream)
        for i in 0..<items { y[i, 0] = 40 + 7 * (y[i, 0] + 0.1 * x[i, 0]) }
        truth = Targets(numeric: y)
      } else if [.indicators, .strengths].contains(metric.targetKind) {
        // Popular and rare features, some of which depend on the representation.
        var y = Matrix.normal(rows: items, columns: targets, &stream)
        for i in 0..<items {
          for j in 0..<targets {
            let value = y[i, j] + 0.2 * (x[i, j % dimensions] - 100) - Double(j) / 4
            y[i, j] = value > 0 ? (metric.targetKind == .strengths ? (9 * value).rounded(.up) : 1) : 0
          }
        }
        truth = Targets(numeric: y)
      } else {
        truth = Targets(digits: (0..<items).map { _ in stream.below(classes) })
      }
      let splits = (0..<repeats).map {
        Split(items: items, folds: 5, groups: nil, key: StreamKey(seed: 31, name), repetition: $0)!
      }
      return (
        try Instrument(metric: metric, probe: .ridge(ridge), splits: splits).prepare(x), truth
      )
    }
  }

  static let tiny = Ridge(penalty: .chosen(.leaveOneOut, grid: [1e-8, 1e-6, 1e-4, 1e-2, 1, 100, 1e4]))
  static let gcv = Ridge(penalty: .chosen(.generalizedCrossValidation, grid: Penalty.defaultGrid))
  static let settings: [Setting] =
    Metric.singleTarget.flatMap { metric in
      [
        Setting(name: "loo", metric: metric),
        Setting(name: "fixed, dense", metric: metric, items: 100, dimensions: 90, ridge: .fixed(50)),
        Setting(name: "fixed, factored", metric: metric, ridge: .fixed(1)),
        Setting(name: "gcv", metric: metric, ridge: gcv),
        Setting(name: "wide, loo", metric: metric, dimensions: 200),
        Setting(name: "wide, gcv", metric: metric, dimensions: 200, ridge: gcv),
        Setting(name: "wide, tiny penalties", metric: metric, dimensions: 200, ridge: tiny),
        Setting(name: "repeated rows", metric: metric, items: 100, types: 12),
        Setting(name: "three distinct rows", metric: metric, items: 100, dimensions: 2, types: 3),
        Setting(name: "three repeats", metric: metric, repeats: 3),
      ]
    } + [
      Setting(name: "seven columns", metric: .r2, targets: 7),
      Setting(name: "five classes", metric: .accuracy, classes: 5),
      Setting(name: "five classes", metric: .balancedAccuracy, classes: 5),
    ]
    + (Metric.severalTargets + [.precisionAtK(PrecisionAtK(k: .fixed(2), gold: .positive))]).flatMap {
      metric in
      [
        Setting(name: "loo, seven columns", metric: metric, targets: 7),
        Setting(name: "wide, gcv, nine columns", metric: metric, dimensions: 200, ridge: gcv, targets: 9),
        Setting(
          name: "repeated rows, two repeats", metric: metric, items: 100, types: 12, repeats: 2, targets: 7),
      ]
    }

  @Test("agrees with double precision, and exactly so near the observed score", arguments: settings)
  func agreement(_ setting: Setting) async throws {
    let (prepared, targets) = try setting.prepared()
    let worlds = PermutedLabelsWorlds(scheme: .free(count: setting.items), key: StreamKey(seed: 32))
    let sources = (0..<300).map { replicate in
      var source = [Int32](repeating: 0, count: setting.items)
      worlds.source(replicate: replicate, into: &source)
      return source
    }
    let exact = prepared.worlds(targets, sources: sources).map { $0.score() }
    func fast(observed: Double) async throws -> [Double] {
      try await prepared.scores(
        targets, replicates: 0..<300, observed: observed, jobs: 2,
        source: { worlds.source(replicate: $0, into: &$1) })
    }
    // Far from every world, so that hardly any is scored again. A single swap of two predictions moves a ranking by
    // more than 1e-4 here; the window in which worlds are scored again allows for it.
    let single = try await fast(observed: 1e6)
    let window: Double
    switch setting.metric {
    case .r2, .r2PerFeature: window = 1e-4
    // In the square of the targets' units, which vary by about ten.
    case .mse: window = 1e-4 * exact.max()!
    default: window = 3 / Double(setting.items)
    }
    let errors = zip(single, exact).map { abs($0 - $1) }
    #expect(errors.max()! <= window)
    #expect(errors.count { $0 > max(1e-4, setting.metric == .mse ? window : 0) } <= 1)

    let observed = exact.sorted()[285]
    let near = try await fast(observed: observed)
    #expect(zip(near, exact).allSatisfy { isAtLeast($0, observed) == isAtLeast($1, observed) })
  }

  @Test("equal items are predicted alike, wherever they stand", arguments: [1, 3, 90])
  func ties(_ dimensions: Int) throws {
    for (items, seed) in [(101, 1), (64, 2), (203, 3)] {
      var stream = RandomStream(StreamKey(seed: 33), replicate: seed)
      var x = Matrix.normal(rows: 6, columns: dimensions + 1, &stream)
      for row in 0..<6 { x[row, dimensions] = 0.1 }
      x = x.gathering(rows: (0..<items).map { _ in stream.below(6) })
      // The last column varies in one fold only, so that no probe can use it there.
      let split = Split(foldOf: (0..<items).map { $0 % 5 })
      for item in stride(from: 0, to: items, by: 5) { x[item, dimensions] = 0.1 * Double(item) }
      let y = (0..<items).map { _ in stream.normal() }
      let predictions = try Instrument(.spearman, Ridge(), split).prepare(x).predictions(Targets(column: y))[
        0]
      for fold in 0..<5 {
        var known: [ArraySlice<Double>: Double] = [:]
        for position in split.range(fold) {
          let features = x.row(split.order[position]).prefix(dimensions)
          #expect(known[features, default: predictions[position]] == predictions[position])
          known[features] = predictions[position]
        }
      }
    }
  }
}
