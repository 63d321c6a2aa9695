import GSL
import Hypotheses
import Probing
import Resampling
import Rivals
import Testing

/// The whole procedure under a true null, where it may reject in at most alpha of the data sets, and under an effect.
///
/// The figures that this prints stand in docs/statistics.md.
struct CalibrationTests {
  static let replicates = 99

  /// One simulated data set, its null hypothesis and its instrument.
  struct DataSet: Sendable {
    var x: Matrix<Double>
    var targets: Targets
    var scheme: PermutationScheme
    var instrument: Instrument

    /// The p-value that a run reports.
    func p(_ key: StreamKey) async throws -> Double {
      try await p(PermutedLabelsWorlds(scheme: scheme, key: key))
    }

    func p(_ worlds: some TargetRival) async throws -> Double {
      let prepared = try instrument.prepare(x)
      let observed = prepared.evaluate(targets).score
      let null = try await prepared.scores(
        targets, replicates: 0..<CalibrationTests.replicates, observed: observed, jobs: 1,
        source: { worlds.source(replicate: $0, into: &$1) })
      return pValue(observed: observed, null: null, exact: false).value
    }
  }

  struct Design: Sendable, CustomTestStringConvertible {
    enum Scheme: Sendable { case free, withinBlocks, overTypes }
    var name: String
    var scheme = Scheme.free
    /// How the labels are permuted where that is wrong.
    var permuted: Scheme?
    var metric = Metric.r2
    var ridge = Ridge()
    var dimensions = 6
    var classes = 2
    var effect = 0.0
    var testDescription: String { name }

    /// Forty items; beyond chance, blocks and types, the target depends on the first feature as far as there is an effect.
    func draw(_ dataset: Int) -> DataSet {
      var stream = RandomStream(StreamKey(seed: 80, name), replicate: dataset)
      let items = 40
      var x = Matrix.normal(rows: items, columns: dimensions, &stream)
      var y = (0..<items).map { _ in stream.normal() }
      let blocks = (0..<items).map { $0 % 4 }
      var types = Array(0..<items)
      switch scheme {
      case .free: break
      case .withinBlocks:
        // Representation and target both depend on the block.
        for item in 0..<items {
          y[item] += 2 * Double(blocks[item])
          for j in 0..<dimensions { x[item, j] += Double((blocks[item] + j) % 4) }
        }
      case .overTypes:
        // Sixteen types of one to four tokens: a token's vector is its type's with a little noise, its target its type's.
        types = (0..<items).map { [0, 0, 0, 0, 1, 1, 1, 2, 2, 3][$0 % 10] + 4 * ($0 / 10) }
        let vectors = Matrix.normal(rows: 16, columns: dimensions, &stream)
        for item in 0..<items {
          y[item] = y[types.firstIndex(of: types[item])!]
          for j in 0..<dimensions { x[item, j] = vectors[types[item], j] + 0.3 * x[item, j] }
        }
      }
      for item in 0..<items { y[item] += effect * x[types.firstIndex(of: types[item])!, 0] }
      let targets: Targets
      if metric.targetKind == .numeric {
        targets = Targets(column: y)
      } else {
        let sorted = y.sorted()
        let edges = (1..<classes).map { sorted[items * $0 / classes] }
        targets = Targets(digits: y.map { value in edges.count { $0 <= value } })
      }
      let split = Split(
        items: items, folds: 5, groups: nil, key: StreamKey(seed: 81, name), repetition: dataset)!
      let permutation: PermutationScheme =
        switch permuted ?? scheme {
        case .free: .free(count: items)
        case .withinBlocks: .within(blocks: blocks)
        case .overTypes: try! .over(groups: types)
        }
      return DataSet(
        x: x, targets: targets, scheme: permutation, instrument: Instrument(metric, ridge, split))
    }

    func pValues(_ datasets: Int) async throws -> [Double] {
      try await simulate(datasets) { dataset in
        try await draw(dataset).p(StreamKey(seed: 82, name, "\(dataset)"))
      }
    }
  }

  private func share(_ pValues: [Double], _ alpha: Double) -> Double {
    Double(pValues.count { $0 <= alpha + 1e-9 }) / Double(pValues.count)
  }

  static let gcv = Ridge(penalty: .chosen(.generalizedCrossValidation, grid: Penalty.defaultGrid))
  static let nulls: [Design] = [
    Design(name: "free, r2"), Design(name: "free, r2, more dimensions than items", dimensions: 60),
    Design(name: "free, r2, gcv", ridge: gcv), Design(name: "free, spearman", metric: .spearman),
    Design(name: "free, accuracy", metric: .accuracy),
    Design(name: "free, accuracy of three classes", metric: .accuracy, classes: 3),
    Design(name: "free, balanced accuracy", metric: .balancedAccuracy, classes: 3),
    Design(name: "free, auc", metric: .auc), Design(name: "within blocks, r2", scheme: .withinBlocks),
    Design(name: "within blocks, auc", scheme: .withinBlocks, metric: .auc),
    Design(name: "over types, r2", scheme: .overTypes),
    Design(name: "over types, accuracy", scheme: .overTypes, metric: .accuracy),
  ]

  @Test("a true null is rejected in at most alpha of the data sets", arguments: nulls)
  func nullRejections(_ design: Design) async throws {
    let datasets = 1_000
    let pValues = try await design.pValues(datasets)
    let shares = [0.01, 0.05, 0.1, 0.5].map { share(pValues, $0) }
    print("null, \(design.name): rejected at .01 .05 .1 .5: \(shares.map(percent).joined(separator: ", "))")
    for (alpha, share) in zip([0.01, 0.05, 0.1, 0.5], shares) {
      let sd = (alpha * (1 - alpha) / Double(datasets)).squareRoot()
      #expect(share <= alpha + 4 * sd, "at \(alpha)")
      // A metric without ties does not waste its level either.
      if design.metric == .r2 { #expect(share >= alpha - 4 * sd, "at \(alpha)") }
    }
  }

  static let effects: [Design] = [
    Design(name: "free, r2", effect: 0.6), Design(name: "free, spearman", metric: .spearman, effect: 0.6),
    Design(name: "free, accuracy", metric: .accuracy, effect: 1),
    Design(name: "free, auc", metric: .auc, effect: 1),
    Design(name: "within blocks, r2", scheme: .withinBlocks, effect: 0.6),
    Design(name: "over types, r2", scheme: .overTypes, effect: 1.2),
  ]

  @Test("a planted effect is found", arguments: effects)
  func power(_ design: Design) async throws {
    let pValues = try await design.pValues(400)
    print("power, \(design.name), effect \(design.effect): \(percent(share(pValues, 0.05))) at .05")
    #expect(share(pValues, 0.05) > 0.5)
  }

  static let wrong: [Design] = [
    Design(name: "labels of types permuted over tokens", scheme: .overTypes, permuted: .free),
    Design(name: "labels permuted across blocks", scheme: .withinBlocks, permuted: .free),
  ]

  @Test("the wrong scheme rejects true nulls", arguments: wrong)
  func wrongScheme(_ design: Design) async throws {
    let pValues = try await design.pValues(400)
    print("trap, \(design.name): rejected \(percent(share(pValues, 0.05))) at .05")
    #expect(share(pValues, 0.05) > 0.3)
  }

  @Test("control tasks and random embeddings under a true null")
  func otherRivals() async throws {
    let types = Design(name: "control task", scheme: .overTypes)
    let controls = try await simulate(1_000) { dataset in
      let data = types.draw(dataset)
      let ids = (0..<40).map { [0, 0, 0, 0, 1, 1, 1, 2, 2, 3][$0 % 10] + 4 * ($0 / 10) }
      return try await data.p(ControlTaskWorlds(types: ids, key: StreamKey(seed: 83, "\(dataset)")))
    }
    let plain = Design(name: "random embedding")
    let embeddings = try await simulate(1_000) { dataset in
      let data = plain.draw(dataset)
      let worlds = RandomEmbeddingWorlds(
        kind: .gaussian, types: Array(0..<40), real: data.x, key: StreamKey(seed: 84, "\(dataset)"))
      let observed = try data.instrument.prepare(data.x).evaluate(data.targets).score
      let null = try (0..<19).map {
        try data.instrument.prepare(worlds.representation(replicate: $0)).evaluate(data.targets).score
      }
      return pValue(observed: observed, null: null, exact: false).value
    }
    print("null, control task: rejected \(percent(share(controls, 0.05))) at .05")
    print("null, random embedding: rejected \(percent(share(embeddings, 0.05))) at .05")
    let sd = (0.05 * 0.95 / 1_000).squareRoot()
    #expect(share(embeddings, 0.05) <= 0.05 + 4 * sd)
    // A control task is no permutation: its level is only approximate.
    #expect(share(controls, 0.05) <= 0.1)
  }
}
