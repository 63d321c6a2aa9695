public import Falsification
internal import Foundation
internal import GSL
public import Hypotheses
internal import Probing
internal import Resampling

/// A design in which nothing is wrong with the instrument: drawn from metric, probe, number of items, balance of classes, and
/// ties and tails of numbers. Any gate that it fails is a false alarm.
public struct SoundDesign: Sendable, CustomStringConvertible {
  public var metric: Metric
  public var probe: Probe
  public var items: Int
  public var dimensions: Int
  public var folds: Int
  /// How the targets are distributed: for classes even or rare, for numbers normal, tied or heavy-tailed.
  public var shape: Shape
  /// How strongly the targets depend on the representation.
  public var effect: Double
  /// Units of independence; `nil`: items.
  public var units: Int?
  public var dataset: Int

  public enum Shape: String, Sendable, CaseIterable {
    case even, uneven, tied, cauchy
    case logNormal = "log-normal"
  }

  public var description: String {
    "\(metric.keyword) \(probe.keyword) n=\(items) d=\(dimensions) folds=\(folds) \(shape.rawValue) effect=\(effect) units=\(units.map(String.init) ?? "items") #\(dataset)"
  }

  static let metrics: [Metric] = [
    .r2, .spearman, .accuracy, .balancedAccuracy, .auc, .mse, .r2PerFeature, .spearmanPerFeature,
    .spearmanPerItem, .f1(F1(.micro)), .f1(F1(.macro)), .f1(F1(.macro, threshold: .fixed(0.5))),
    .precisionAtK(PrecisionAtK()), .meanAveragePrecision(.ones),
    .neighbourhoodAccuracy(NeighbourhoodAccuracy()), .descriptionLength(DescriptionLength()),
  ]

  /// The probes that a metric can be asked of. `ffnn` is left to those who ask for it: it is slow to fit.
  static func probes(_ metric: Metric, slow: Bool) -> [Probe] {
    if metric.isOnline { return [.logistic(Logistic())] }
    var probes: [Probe] = [
      .ridge(Ridge()), .ridge(Ridge(penalty: .fixed(10))), .knn(KNN()), .knn(KNN(k: 3)),
      .knn(KNN(k: 5, similarity: .euclidean)), .labelPropagation(LabelPropagation()),
    ]
    switch metric.targetKind {
    case .classes, .binary: probes.append(.logistic(Logistic()))
    default: probes += [.pls(PLS(components: .fixed(2))), .pls(PLS(components: .fixed(5)))]
    }
    return slow ? [.ffnn(FFNN())] : probes
  }

  /// The design of a number: the same for any machine.
  public init(_ dataset: Int, slow: Bool = false) {
    var stream = RandomStream(StreamKey(seed: 530), replicate: dataset)
    func pick<T>(_ values: [T]) -> T { values[stream.below(values.count)] }
    self.dataset = dataset
    metric = pick(Self.metrics)
    probe = pick(Self.probes(metric, slow: slow))
    items = pick([20, 40, 80, 200])
    dimensions = pick([4, 8, 16, 64])
    folds = pick([5, 10])
    switch metric.targetKind {
    case .classes, .binary, .indicators, .strengths: shape = pick([.even, .uneven])
    case .numeric: shape = pick(Shape.allCases)
    }
    effect = pick([0, 1, 3])
    units = stream.below(3) == 0 ? pick([6, items / 2]) : nil
  }

  /// The names and findings of the gates that it fails.
  public func failures() async throws -> [Gate] {
    var stream = RandomStream(StreamKey(seed: 531), replicate: dataset)
    let x = Matrix.normal(rows: items, columns: dimensions, &stream)
    let targets = self.targets(x, &stream)
    let key = StreamKey(seed: 532, "\(dataset)")
    let unitOf = units.map { count in (0..<items).map { $0 % count } }
    let split =
      metric.isOnline
      ? Split(onlineCodeOf: items, groups: nil, key: key, repetition: 0)!
      : Split(items: items, folds: folds, groups: nil, key: key, repetition: 0)!
    let instrument = Instrument(metric: metric, probe: probe, splits: [split], key: key)
    // A metric that is defined nowhere is refused before any gate.
    if let defined = instrument.definedness(targets), defined.share < 0.2 { return [] }
    let prepared = try instrument.prepare(x)
    var gates = try Gate.ofInstrument(
      prepared, x, targets, floor: instrument.floor(targets).score(),
      ceiling: instrument.ceiling(targets).score(), key: key)
    let observed = Reading(prepared.evaluate(targets).world)
    gates.append(
      try await Gate.duplicatesDoNotSharpen(observed, units: unitOf ?? Array(0..<items)) {
        try await Uncertainty(observed: $0, units: $1, key: key, jobs: 1).scoreInterval()
      })
    let scheme = PermutationScheme.free(count: items)
    func source(_ replicate: Int) -> [Int32] { scheme.permutation(key, replicate: replicate) }
    gates.append(
      Gate.relabellingLeavesP(
        prepared, targets, Gate.Exchangeability(), replicates: 200, source: source))
    gates.append(Gate.replicatesDistinct(scheme, targets, source: source, replicates: 200))
    if !probe.isSlowToSimulate {
      gates.append(
        Gate.nullStable(prepared.worlds(targets, sources: (0..<200).map(source)).map { $0.score() }))
    }
    return gates.filter { !$0.passed }
  }

  /// Targets of the design's shape that depend on the representation.
  private func targets(_ x: Matrix<Double>, _ stream: inout RandomStream) -> Targets {
    let width: Int
    switch metric {
    case .r2, .spearman, .accuracy, .balancedAccuracy, .auc, .descriptionLength: width = 1
    default: width = [3, 12][stream.below(2)]
    }
    var y = Matrix.normal(rows: items, columns: width, &stream)
    for item in 0..<items { for j in 0..<width { y[item, j] += effect * x[item, j % dimensions] } }
    let rare = shape == .uneven ? 0.15 : 0.5
    switch metric.targetKind {
    case .classes, .binary:
      let count = metric.targetKind == .binary ? 2 : [2, 3, 5][stream.below(3)]
      let sorted = y.column(0).sorted()
      // Uneven: every further class takes that share of what is left.
      var (edges, left) = ([Double](), 1.0)
      for label in 1..<count {
        left *= shape == .uneven ? 1 - rare : 1
        let share = shape == .uneven ? 1 - left : Double(label) / Double(count)
        edges.append(sorted[max(2, min(items - 2, Int(share * Double(items))))])
      }
      return Targets(classes: y.column(0).map { value in "c\(edges.count { $0 <= value })" })
    case .indicators, .strengths:
      for column in 0..<width {
        let sorted = y.column(column).sorted()
        let level = sorted[min(items - 2, Int((1 - rare) * Double(items)))]
        for item in 0..<items {
          let value = y[item, column] - level
          y[item, column] = value < 0 ? 0 : (metric.targetKind == .indicators ? 1 : value + 0.1)
        }
      }
      return Targets(numeric: y)
    case .numeric:
      for column in 0..<width {
        let sorted = y.column(column).sorted()
        for item in 0..<items {
          let value = y[item, column]
          switch shape {
          case .even, .uneven: break
          case .tied: y[item, column] = value < sorted[items - max(3, items / 12)] ? 0 : value
          case .logNormal: y[item, column] = exp(value)
          case .cauchy: y[item, column] = value * value * value
          }
        }
      }
      return Targets(numeric: y)
    }
  }
}

/// How many of many sound designs the gates call invalid.
public struct GateAlarms: Sendable {
  public var designs: Int
  /// The designs that failed, with what failed them.
  public var failed: [(design: SoundDesign, gates: [Gate])]

  /// - Parameters:
  ///   - first: the number of the first design.
  ///   - slow: designs whose probe is slow to fit.
  public static func run(
    designs: Int, first: Int = 0, jobs: Int, slow: Bool = false
  ) async throws -> GateAlarms {
    let found = try await mapConcurrently(designs, jobs: jobs) { place in
      let design = SoundDesign(first + place, slow: slow)
      return (design: design, gates: try await design.failures())
    }
    return GateAlarms(designs: designs, failed: found.filter { !$0.gates.isEmpty })
  }

  /// One row for all gates together, and one for every design that failed.
  public var rows: [String] {
    ["| \(designs) | \(failed.count) |"]
      + failed.map { design, gates in
        "| \(design) | \(gates.map { "\($0.name): \($0.detail)" }.joined(separator: "; ")) |"
      }
  }
}

extension Probe {
  fileprivate var isSlowToSimulate: Bool {
    switch self {
    case .ffnn, .pls, .logistic: true
    case .ridge, .knn, .labelPropagation: false
    }
  }
}
