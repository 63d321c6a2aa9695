import GSL
import Hypotheses
import Probing
import Resampling
import Rivals
import Testing

/// The whole procedure with other probes than ridge under a true null. Figures: docs/statistics.md.
struct ProbeCalibrationTests {
  struct Design: Sendable, CustomTestStringConvertible {
    var name: String
    var probe: Probe
    var metric = Metric.r2
    var testDescription: String { name }
  }

  private static let network = FFNN(
    hidden: 4, learningRate: 0.02, batch: 16, epochs: 6, patience: 2, validation: 0.2)
  static let designs = [
    Design(name: "ffnn, r2", probe: .ffnn(network)),
    Design(name: "ffnn, auc", probe: .ffnn(network), metric: .auc),
    Design(name: "knn, r2", probe: .knn(KNN(k: 5))),
    Design(
      name: "knn, auc", probe: .knn(KNN(k: 5, similarity: .euclidean, weights: .similarity)), metric: .auc),
    Design(name: "label propagation, r2", probe: .labelPropagation(LabelPropagation(neighbours: 4))),
  ]

  /// Forty items, six dimensions, five folds, 19 worlds: p is a multiple of .05.
  @Test("a true null is rejected in alpha of the data sets", arguments: designs)
  func nullRejections(_ design: Design) async throws {
    let datasets = 1_000
    let pValues = try await simulate(datasets) { dataset in
      var stream = RandomStream(StreamKey(seed: 98, design.name), replicate: dataset)
      let x = Matrix.normal(rows: 40, columns: 6, &stream)
      let y = (0..<40).map { _ in stream.normal() }
      let middle = y.sorted()[20]
      let targets =
        design.metric == .auc ? Targets(digits: y.map { $0 < middle ? 0 : 1 }) : Targets(column: y)
      let split = Split(items: 40, folds: 5, groups: nil, key: StreamKey(seed: 99), repetition: dataset)!
      let prepared = try Instrument(
        metric: design.metric, probe: design.probe, splits: [split], key: StreamKey(seed: 100, "\(dataset)")
      ).prepare(x)
      let observed = prepared.evaluate(targets).score
      let worlds = PermutedLabelsWorlds(scheme: .free(count: 40), key: StreamKey(seed: 101, "\(dataset)"))
      let null = try await prepared.scores(
        targets, replicates: 0..<19, observed: observed, jobs: 1,
        source: { worlds.source(replicate: $0, into: &$1) })
      return pValue(observed: observed, null: null, exact: false).value
    }
    let alphas = [0.05, 0.1, 0.25, 0.5, 0.75]
    let shares = alphas.map { alpha in Double(pValues.count { $0 <= alpha + 1e-9 }) / Double(datasets) }
    print(
      "null, \(design.name): rejected at .05 .1 .25 .5 .75: \(shares.map(percent).joined(separator: ", "))")
    for (alpha, share) in zip(alphas, shares) {
      let sd = (alpha * (1 - alpha) / Double(datasets)).squareRoot()
      #expect(abs(share - alpha) <= 4 * sd, "at \(alpha)")
    }
  }
}
