internal import GSL
internal import Hypotheses
internal import Probing
internal import Resampling
internal import Rivals

/// Two tests that are known to fail, and what is done here in their place.
public enum Traps {
  /// How often three tests reject a property of types that the representation does not hold, on repeated tokens.
  public struct Types: Sendable {
    /// Tokens permuted, and dealt to folds one by one: the probe knows the type from training.
    public var naive: NullResult
    /// Tokens permuted, with types kept within folds.
    public var halfNaive: NullResult
    /// Types permuted and kept within folds: what is filled in where the unit is named.
    public var ours: NullResult
  }

  public static func types(datasets: Int, jobs: Int) async throws -> Types {
    // One name, so that all meet the same data sets.
    let ours = NullDesign("types with repeated tokens", scheme: .overTypes)
    var halfNaive = ours
    halfNaive.permuted = .free
    var naive = halfNaive
    naive.groupsFolds = false
    return Types(
      naive: try await naive.run(datasets: datasets, jobs: jobs, planting: false),
      halfNaive: try await halfNaive.run(datasets: datasets, jobs: jobs, planting: false),
      ours: try await ours.run(datasets: datasets, jobs: jobs, planting: false))
  }

  /// What was rejected at .05.
  public struct Selection: Sendable {
    /// The p of the head with the largest score, against its own null.
    public var naive: Rate
    /// Single-step max-T over all heads.
    public var maxT: Rate
    /// The same where the first head holds something.
    public var power: Rate
  }

  public static let heads = 72

  /// The best of 72 heads: 40 items, two dimensions per head, r2 of ridge with a fixed penalty, 99 rearrangements that
  /// all heads share.
  public static func bestOfHeads(datasets: Int, jobs: Int) async throws -> Selection {
    let null = try await mapConcurrently(datasets, jobs: jobs) { try await pOfBest($0, effect: 0) }
    let found = try await mapConcurrently(max(1, datasets / 5), jobs: jobs) {
      try await pOfBest(1_000_000 + $0, effect: 1)
    }
    func rate(_ values: [Double]) -> Rate { Rate(values.count { $0 <= 0.05 + 1e-9 }, of: values.count) }
    return Selection(
      naive: rate(null.map(\.naive)), maxT: rate(null.map(\.maxT)), power: rate(found.map(\.maxT)))
  }

  private static func pOfBest(_ dataset: Int, effect: Double) async throws -> (naive: Double, maxT: Double) {
    let (n, replicates) = (40, 99)
    var stream = RandomStream(StreamKey(seed: 510), replicate: dataset)
    let layers = (0..<heads).map { _ in Matrix.normal(rows: n, columns: 2, &stream) }
    let y = (0..<n).map { stream.normal() + effect * layers[0][$0, 0] }
    let targets = Targets(numeric: Matrix(rows: n, columns: 1, elements: y))
    let split = Split(items: n, folds: 5, groups: nil, key: StreamKey(seed: 511), repetition: dataset)!
    let instrument = Instrument(
      metric: .r2, probe: .ridge(Ridge(penalty: .fixed(1))), splits: [split])
    let worlds = PermutedLabelsWorlds(scheme: .free(count: n), key: StreamKey(seed: 512, "\(dataset)"))
    var observed: [Double] = []
    var null = Matrix<Double>(rows: replicates, columns: heads)
    for (head, x) in layers.enumerated() {
      let prepared = try instrument.prepare(x)
      observed.append(prepared.evaluate(targets).score)
      let scores = try await prepared.scores(
        targets, replicates: 0..<replicates, observed: observed[head], jobs: 1,
        source: { worlds.source(replicate: $0, into: &$1) })
      for (replicate, score) in scores.enumerated() { null[replicate, head] = score }
    }
    let family = MaxT(observed: observed, null: null, exact: false)
    let best = observed.indices.max { observed[$0] < observed[$1] }!
    return (family.raw[best].value, family.any!.value)
  }
}

extension Traps {
  /// How often accuracy under stratified folds is called significant at .05 where there is nothing to find.
  public struct Stratified: Sendable {
    /// Labels permuted freely, as if the folds did not depend on them.
    public var free: Rate
    /// Labels permuted within folds.
    public var within: Rate
    /// Groups of two items permuted within folds that keep them together.
    public var groups: Rate
  }

  public static func stratified(datasets: Int, jobs: Int) async throws -> Stratified {
    let (n, replicates) = (40, 99)
    let found = try await mapConcurrently(datasets, jobs: jobs) { dataset -> [Double] in
      var stream = RandomStream(StreamKey(seed: 520), replicate: dataset)
      let key = StreamKey(seed: 521, "\(dataset)")
      let x = Matrix.normal(rows: n, columns: 4, &stream)
      let pairs = (0..<n).map { $0 / 2 }
      let ofPair = pairs.map { _ in stream.uniform() }
      let labels = (0..<n).map { _ in stream.uniform() < 0.5 ? 0 : 1 }
      let pairLabels = pairs.map { ofPair[$0] < 0.5 ? 0 : 1 }
      func p(_ labels: [Int], groups: [Int]?, _ scheme: (Split) throws -> PermutationScheme) async throws
        -> Double
      {
        let targets = Targets(classes: labels.map { "\($0)" })
        guard targets.classes.count == 2,
          let split = Split(
            items: n, folds: 5, groups: groups, classes: targets.labels, key: key, repetition: 0)
        else { return 1 }
        let prepared = try Instrument(metric: .accuracy, probe: .knn(KNN(k: 3)), splits: [split]).prepare(x)
        let worlds = PermutedLabelsWorlds(scheme: try scheme(split), key: key)
        let observed = prepared.evaluate(targets).score
        return pValue(
          observed: observed,
          null: try await prepared.scores(
            targets, replicates: 0..<replicates, observed: observed, jobs: 1,
            source: { worlds.source(replicate: $0, into: &$1) }), exact: false
        ).value
      }
      return [
        try await p(labels, groups: nil) { _ in .free(count: n) },
        try await p(labels, groups: nil) { .within(blocks: $0.foldOf) },
        try await p(pairLabels, groups: pairs) { try .over(groups: pairs, within: $0.foldOf) },
      ]
    }
    func rate(_ place: Int) -> Rate {
      Rate(found.count { $0[place] <= 0.05 + 1e-9 }, of: datasets)
    }
    return Stratified(free: rate(0), within: rate(1), groups: rate(2))
  }
}
