import GSL
import Hypotheses
import Probing
import Resampling
import Rivals
import Testing

/// The permutation null of every metric of several columns: under a true null at most alpha of the data sets may be
/// rejected, and a planted effect must be found.
///
/// The figures that this prints stand in docs/statistics.md.
struct FeatureCalibrationTests {
  struct Design: Sendable, CustomTestStringConvertible {
    var metric: Metric
    var name: String
    var testDescription: String { name }

    static let items = 40

    /// Forty items, five dimensions, six columns with means and spreads of their own, which depend on the dimensions as far
    /// as there is an effect.
    func p(_ dataset: Int, effect: Double) async throws -> Double {
      var stream = RandomStream(StreamKey(seed: 90, name), replicate: dataset)
      let items = Self.items
      let x = Matrix.normal(rows: items, columns: 5, &stream)
      var y = Matrix.normal(rows: items, columns: 6, &stream)
      for item in 0..<items { for column in 0..<6 { y[item, column] += effect * x[item, column % 5] } }
      for item in 0..<items {
        for column in 0..<6 {
          let (level, value) = (Double(column) / 3 - 0.5, y[item, column])
          switch metric.targetKind {
          case .indicators: y[item, column] = value > level ? 1 : 0
          case .strengths: y[item, column] = value > level ? (5 * (value - level)).rounded(.up) : 0
          // An item's own order must not be that of the means.
          case .numeric where metric == .spearmanPerItem: y[item, column] = 0.3 * Double(column) + value
          default: y[item, column] = 10 * Double(column) + [1, 5, 0.2, 2, 1, 3][column] * value
          }
        }
      }
      let targets = Targets(numeric: y)
      let split = Split(
        items: items, folds: 5, groups: nil, key: StreamKey(seed: 91, name), repetition: dataset)!
      let prepared = try Instrument(metric, .fixed(5), split).prepare(x)
      let worlds = PermutedLabelsWorlds(
        scheme: .free(count: items), key: StreamKey(seed: 92, name, "\(dataset)"))
      let observed = prepared.evaluate(targets).score
      let null = try await prepared.scores(
        targets, replicates: 0..<99, observed: observed, jobs: 1,
        source: { worlds.source(replicate: $0, into: &$1) })
      let sign: Double = metric.isBetterWhenLarger ? 1 : -1
      return pValue(observed: sign * observed, null: null.map { sign * $0 }, exact: false).value
    }

    func pValues(_ datasets: Int, effect: Double = 0) async throws -> [Double] {
      try await simulate(datasets) { try await p($0, effect: effect) }
    }
  }

  static let designs: [Design] =
    Metric.severalTargets.map { Design(metric: $0, name: $0.keyword) } + [
      Design(
        metric: .precisionAtK(PrecisionAtK(k: .fixed(2), gold: .positive)), name: "precision_at_k, strengths"),
      Design(metric: .meanAveragePrecision(.positive), name: "mean_average_precision, strengths"),
      Design(metric: .f1(F1(.micro, threshold: .fixed(0.5))), name: "f1_micro, fixed threshold"),
    ]

  private func share(_ pValues: [Double], _ alpha: Double) -> Double {
    Double(pValues.count { $0 <= alpha + 1e-9 }) / Double(pValues.count)
  }

  @Test("a true null is rejected in at most alpha of the data sets", arguments: designs)
  func nullRejections(_ design: Design) async throws {
    let datasets = 1_000
    let pValues = try await design.pValues(datasets)
    let shares = [0.01, 0.05, 0.1, 0.5].map { share(pValues, $0) }
    print(
      "null, free, \(design.name): rejected at .01 .05 .1 .5: \(shares.map(percent).joined(separator: ", "))")
    for (alpha, share) in zip([0.01, 0.05, 0.1, 0.5], shares) {
      let sd = (alpha * (1 - alpha) / Double(datasets)).squareRoot()
      #expect(share <= alpha + 4 * sd, "at \(alpha)")
      // Metrics without ties do not waste their level either.
      switch design.metric {
      case .mse, .r2PerFeature, .spearmanPerFeature, .spearmanPerItem:
        #expect(share >= alpha - 4 * sd, "at \(alpha)")
      default: break
      }
    }
  }

  @Test("a planted effect is found", arguments: designs)
  func power(_ design: Design) async throws {
    let pValues = try await design.pValues(100, effect: 0.8)
    print("power, free, \(design.name), effect 0.8: \(percent(share(pValues, 0.05))) at .05")
    #expect(share(pValues, 0.05) > 0.5)
  }
}
