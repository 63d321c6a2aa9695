internal import Foundation
internal import GSL
public import Hypotheses
internal import Probing
internal import Resampling

/// How often a nominal 95 % interval holds what it is about.
///
/// **The truth** of a score is the expected score of *this data set's own fold models* on new items of the same kind: our
/// bootstrap keeps the predictions and draws items. The truth of a margin is the same for the claim's fold models less that
/// for the rival's (the same probe on a blurred copy of the representation). Every data set is drawn, divided and fitted
/// anew, and its models meet thirty times as many new items as the data set has: what is left of their chance takes about .2 points
/// off the coverage that is found.
public struct CoverageDesign: Sendable {
  public var metric: Metric
  public var probe: Probe
  public var items: Int
  /// How strongly the targets depend on the representation, in standard deviations of the rest.
  public var signal: Double

  public init(_ metric: Metric, probe: Probe = .ridge(Ridge()), items: Int, signal: Double = 1) {
    self.metric = metric
    self.probe = probe
    self.items = items
    self.signal = signal
  }

  public var name: String {
    let probe = if case .ridge = probe { "" } else { ", \(probe.keyword)" }
    return "\(metric.keyword)\(probe)"
  }

  static let dimensions = 5
  /// How many new items the models meet, for every item of the data set.
  static let fresh = 30
  static let folds = 5

  private var columns: Int {
    switch metric {
    case .r2, .spearman, .accuracy, .balancedAccuracy, .auc: 1
    // Ranks are taken anew in each of thousands of draws.
    case .spearmanPerFeature: 2
    default: 5
    }
  }

  /// Clear and blurred representation, and what the targets are cut from.
  private struct Items {
    var clear: Matrix<Double>
    var blurred: Matrix<Double>
    var y: Matrix<Double>
  }

  private func draw(_ count: Int, _ stream: inout RandomStream) -> Items {
    let d = Self.dimensions
    let clear = Matrix.normal(rows: count, columns: d, &stream)
    let noise = Matrix.normal(rows: count, columns: d, &stream)
    var y = Matrix.normal(rows: count, columns: columns, &stream)
    for item in 0..<count { for j in 0..<columns { y[item, j] += signal * clear[item, j % d] } }
    let blurred = Matrix(
      rows: count, columns: d, elements: zip(clear.elements, noise.elements).map { $0 + $1 })
    return Items(clear: clear, blurred: blurred, y: y)
  }

  /// Cut at the population's quantiles, so that all data sets ask the same.
  private func targets(_ y: Matrix<Double>) -> Targets {
    let spread = (signal * signal + 1).squareRoot()
    switch metric.targetKind {
    case .numeric: return Targets(cutting: y, for: metric)
    case .binary: return Targets(classes: y.column(0).map { $0 > 0 ? "1" : "0" })
    case .classes:
      let edge = 0.430_727_3 * spread
      return Targets(classes: y.column(0).map { $0 > edge ? "2" : $0 > -edge ? "1" : "0" })
    case .indicators, .strengths:
      var cells = y
      for item in 0..<y.rows {
        for j in 0..<y.columns { cells[item, j] = y[item, j] > 0.12 * Double(j) * spread ? 1 : 0 }
      }
      return Targets(numeric: cells)
    }
  }

  /// One interval and its truth.
  struct Trial: Sendable {
    var interval: ClosedRange<Double>
    var truth: Double
  }

  func trial(_ dataset: Int) async throws -> (score: Trial, margin: Trial) {
    var stream = RandomStream(StreamKey(seed: 520, name, "\(items)", "\(signal)"), replicate: dataset)
    let data = draw(items, &stream)
    let fresh = draw(Self.fresh * items, &stream)
    let key = StreamKey(seed: 521, name, "\(items)", "\(dataset)")
    let split = Split(items: items, folds: Self.folds, groups: nil, key: key, repetition: 0)!
    let instrument = Instrument(metric: metric, probe: probe, splits: [split], key: key)
    let targets = targets(data.y)
    let claim = try instrument.prepare(data.clear).evaluate(targets).world
    let rival = try instrument.prepare(data.blurred).evaluate(targets).world
    let uncertainty = Uncertainty(observed: claim, units: Array(0..<items), key: key, jobs: 1)
    let interval = try await uncertainty.scoreInterval()
    let margin = try await uncertainty.marginInterval(over: [rival])
    let own = try truth(data.clear, data.y, fresh.clear, fresh.y, split)
    let other = try truth(data.blurred, data.y, fresh.blurred, fresh.y, split)
    return (Trial(interval: interval, truth: own), Trial(interval: margin, truth: own - other))
  }

  /// The mean over the fold models of their score on new items.
  private func truth(
    _ x: Matrix<Double>, _ y: Matrix<Double>, _ newX: Matrix<Double>, _ newY: Matrix<Double>, _ split: Split
  ) throws -> Double {
    var sum = 0.0
    for fold in 0..<split.count {
      let training = split.order.indices.filter { !split.range(fold).contains($0) }.map { split.order[$0] }
      sum += try score(
        x.gathering(rows: training), y.gathering(rows: training), newX, newY, foldSize: items / split.count)
    }
    return sum / Double(split.count)
  }

  /// What the model of some training items scores on new items.
  private func score(
    _ x: Matrix<Double>, _ y: Matrix<Double>, _ newX: Matrix<Double>, _ newY: Matrix<Double>, foldSize: Int
  ) throws -> Double {
    let (new, training) = (newX.rows, x.rows)
    let (predictions, fits) = try predictions(x, y, newX, newY)
    let width = predictions.count / new
    /// Predictions for the new items at `range` with the training items behind them, whose predictions do not matter.
    func together(_ range: Range<Int>) -> [Double] {
      var all: [Double] = []
      for column in 0..<width {
        let start = column * new
        all += predictions[start + range.lowerBound..<start + range.upperBound]
        all += [Double](repeating: 0, count: training)
      }
      return all
    }
    func both(_ range: Range<Int>) -> Targets {
      targets(
        Matrix(
          rows: range.count + training, columns: columns,
          elements: Array(newY.elements[range.lowerBound * columns..<range.upperBound * columns]) + y.elements
        ))
    }
    func score(_ range: Range<Int>, foldOf: (Int) -> Int, folds: Int) -> Double {
      let split = Split(foldOf: (0..<range.count + training).map { $0 < range.count ? foldOf($0) : folds })
      let filler = [Double](repeating: 0, count: width * range.count)
      let scores = ItemScores(
        metric, predictions: together(range), targets: both(range), split: split,
        trainingFits: metric.readsTrainingFit ? [fits, filler] : [])
      return scores.score(weights: (0..<range.count + training).map { $0 < range.count ? 1 : 0 })
    }
    switch metric {
    case .neighbourhoodAccuracy:
      // The search is among as many items as the data set has.
      let chunks = min(100, new / foldSize)
      return (0..<chunks).reduce(0) {
        $0 + score($1 * foldSize..<($1 + 1) * foldSize, foldOf: { _ in 0 }, folds: 1)
      } / Double(chunks)
    case .spearman, .spearmanPerFeature, .auc:
      // In folds as large as those of the data: a mean rank correlation depends on how many items are ranked.
      return score(0..<new, foldOf: { $0 / foldSize }, folds: new / foldSize)
    default:
      return score(0..<new, foldOf: { _ in 0 }, folds: 1)
    }
  }

  /// A model's predictions for new items, column by column, and its fit of the training items.
  private func predictions(
    _ x: Matrix<Double>, _ y: Matrix<Double>, _ newX: Matrix<Double>, _ newY: Matrix<Double>
  ) throws -> (new: [Double], fits: [Double]) {
    let (d, training) = (x.columns, x.rows)
    guard case .ridge = probe else {
      let split = Split(foldOf: (0..<newX.rows + training).map { $0 < newX.rows ? 0 : 1 })
      let all = try Instrument(metric: metric, probe: probe, splits: [split])
        .prepare(Matrix(rows: newX.rows + training, columns: d, elements: newX.elements + x.elements))
        .predictions(
          targets(
            Matrix(rows: newX.rows + training, columns: columns, elements: newY.elements + y.elements)))[0]
      let total = newX.rows + training
      return (
        (0..<all.count / total).flatMap { Array(all[$0 * total..<$0 * total + newX.rows]) }, []
      )
    }
    // Predictions for the origin and the unit vectors say all about a linear model.
    var corners = [Double](repeating: 0, count: (d + 1) * d)
    for j in 0..<d { corners[d * (j + 1) + j] = 1 }
    let rows = d + 1 + training
    let split = Split(foldOf: (0..<rows).map { $0 <= d ? 0 : 1 })
    // What stands in for the corners' targets decides nothing, but every class must occur: a few items may lack one.
    let sorted = columns == 1 ? newY.elements.sorted() : []
    let filler =
      columns == 1
      ? (0...d).map { sorted[$0 * (newY.rows - 1) / d] }
      : Array(newY.elements[0..<(d + 1) * columns])
    let all = try Instrument(metric: metric, probe: probe, splits: [split])
      .prepare(Matrix(rows: rows, columns: d, elements: corners + x.elements))
      .predictions(targets(Matrix(rows: rows, columns: columns, elements: filler + y.elements)))[0]
    func map(_ x: Matrix<Double>) -> [Double] {
      (0..<all.count / rows).flatMap { column -> [Double] in
        let corner = (0...d).map { all[column * rows + $0] }
        return (0..<x.rows).map { item in
          (0..<d).reduce(corner[0]) { $0 + (corner[$1 + 1] - corner[0]) * x.elements[item * d + $1] }
        }
      }
    }
    return (map(newX), metric.readsTrainingFit ? map(x) : [])
  }

  /// Simulates data sets and counts.
  public func run(datasets: Int, jobs: Int) async throws -> CoverageResult {
    let design = self
    let trials = try await mapConcurrently(datasets, jobs: jobs) { try await design.trial($0) }
    return CoverageResult(
      design: self, score: Coverage(trials.map(\.score), metric),
      margin: Coverage(trials.map(\.margin), metric))
  }

  /// Every metric of folds, at a small and at a moderate number of items.
  public static let metrics: [CoverageDesign] = Metric.all.filter { !$0.isOnline }.flatMap { metric in
    [60, 200].map { CoverageDesign(metric, items: $0) }
  }

  /// Another probe.
  public static let probes: [CoverageDesign] = [60, 200].map {
    CoverageDesign(.accuracy, probe: .logistic(Logistic()), items: $0)
  }

  /// What decides whether an interval covers: units and signal.
  public static let conditions: [CoverageDesign] = [0, 1, 3].flatMap { signal in
    [Metric.r2, .accuracy].flatMap { metric in
      [20, 40, 100, 400].map { CoverageDesign(metric, items: $0, signal: signal) }
    }
  }
}

/// How often intervals held their truth.
public struct Coverage: Sendable {
  public var covered: Rate
  /// The interval lies wholly on the side that flatters the claim.
  public var flattering: Rate

  init(_ trials: [CoverageDesign.Trial], _ metric: Metric) {
    covered = Rate(trials.count { $0.interval.contains($0.truth) }, of: trials.count)
    flattering = Rate(
      trials.count {
        metric.isBetterWhenLarger ? $0.interval.lowerBound > $0.truth : $0.interval.upperBound < $0.truth
      }, of: trials.count)
  }
}

/// The coverage of a design's intervals.
public struct CoverageResult: Sendable {
  public var design: CoverageDesign
  public var score: Coverage
  public var margin: Coverage

  static let header = """
    | score | units | signal | score covered | flatters | margin covered | flatters |
    |---|---|---|---|---|---|---|
    """

  var row: String {
    "| \(design.name) | \(design.items) | \(String(format: "%g", design.signal)) | \(score.covered.withInterval) | \(score.flattering.text) | \(margin.covered.withInterval) | \(margin.flattering.text) |"
  }
}
