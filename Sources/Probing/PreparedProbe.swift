internal import GSL
internal import Hypotheses

/// An instrument with a representation: what is left to vary is the targets.
public struct PreparedProbe: Sendable {
  public let instrument: Instrument
  private let engine: any ProbeEngine

  init(_ instrument: Instrument, _ engine: any ProbeEngine) {
    self.instrument = instrument
    self.engine = engine
  }

  /// Measures the targets as they are.
  public func evaluate(_ targets: Targets) -> Evaluation { engine.evaluate(targets) }

  /// The out-of-fold predictions for the targets as they are, in the targets' own units: one list per split, in which the
  /// prediction of coded column j for the item at position p of the split's order stands at `j * items + p`.
  package func predictions(_ targets: Targets) -> [[Double]] { engine.predictions(targets) }

  /// The item-by-item scores of some worlds of rearranged targets, in full precision.
  /// - Parameter sources: for every world, which item's target each item has there.
  public func worlds(_ targets: Targets, sources: [[Int32]]) -> [ScoredWorld] {
    engine.worlds(targets, sources: sources)
  }

  /// How many worlds of some targets are fitted in one block. It does not depend on the number of jobs.
  package func worldsPerBlock(_ targets: Targets) -> Int {
    max(1, instrument.probe.columnsPerBlock / max(targets.coded.columns, 1))
  }

  /// The item-by-item scores of worlds whose targets are no rearrangement of the real ones.
  /// - Parameters:
  ///   - draw: the targets of one world, coded in as many columns as the real ones; a pure function of the replicate.
  ///   - progress: told how many more worlds are done, from any task.
  /// - Returns: one world per replicate; the same for any `jobs`.
  public func worlds(
    count: Int, jobs: Int, targets draw: @escaping @Sendable (Int) -> Targets,
    progress: @escaping @Sendable (Int) -> Void = { _ in }
  ) async throws -> [ScoredWorld] {
    guard count > 0 else { return [] }
    let width = draw(0).coded.columns
    let size = max(1, instrument.probe.columnsPerBlock / max(width, 1))
    let engine = engine
    return try await mapConcurrently((count + size - 1) / size, jobs: jobs) { block in
      let range = block * size..<min((block + 1) * size, count)
      let worlds = engine.worlds(of: range.map(draw))
      progress(range.count)
      return worlds
    }.flatMap { $0 }
  }

  /// The scores of `replicates` worlds of rearranged targets.
  /// - Parameters:
  ///   - replicates: which worlds.
  ///   - draw: fills in, for one replicate, which item's target each item has there. It must be a pure function of
  ///     the replicate.
  ///   - progress: told how many more worlds are done, from any task.
  /// - Returns: one score per replicate; the same for any `jobs`.
  public func scores(
    _ targets: Targets, replicates: Range<Int>, observed: Double, jobs: Int,
    source draw: @escaping @Sendable (Int, inout [Int32]) -> Void,
    progress: @escaping @Sendable (Int) -> Void = { _ in }
  ) async throws -> [Double] {
    try await nullScores(
      targets, replicates: replicates, observed: observed, jobs: jobs, source: draw, progress: progress
    ).scores
  }

  /// The same, and the first worlds item by item.
  /// - Parameter keeping: how many of the first worlds are kept.
  public func nullScores(
    _ targets: Targets, replicates: Range<Int>, observed: Double, jobs: Int, keeping: Int = 0,
    source draw: @escaping @Sendable (Int, inout [Int32]) -> Void,
    progress: @escaping @Sendable (Int) -> Void = { _ in }
  ) async throws -> NullScores {
    try await engine.scores(
      targets, replicates: replicates, observed: observed, jobs: jobs, keeping: keeping, source: draw,
      progress: progress)
  }
}

/// The scores of some worlds.
public struct NullScores: Sendable {
  /// One per replicate.
  public var scores: [Double]
  /// The first worlds, item by item.
  public var kept: [ScoredWorld]
}

/// What a kind of probe does with a representation. Documentation stands at `PreparedProbe`.
protocol ProbeEngine: Sendable {
  var instrument: Instrument { get }
  func evaluate(_ targets: Targets) -> Evaluation
  func predictions(_ targets: Targets) -> [[Double]]
  func worlds(_ targets: Targets, sources: [[Int32]]) -> [ScoredWorld]
  func worlds(of worlds: [Targets]) -> [ScoredWorld]
  func scores(
    _ targets: Targets, replicates: Range<Int>, observed: Double, jobs: Int, keeping: Int,
    source draw: @escaping @Sendable (Int, inout [Int32]) -> Void,
    progress: @escaping @Sendable (Int) -> Void
  ) async throws -> NullScores
}

extension ProbeEngine {
  /// The rearrangements of the replicates at some places of a range.
  func drawn(
    _ places: Range<Int>, _ replicates: Range<Int>, _ draw: (Int, inout [Int32]) -> Void
  ) -> [[Int32]] {
    places.map { place in
      var source = [Int32](repeating: 0, count: instrument.items)
      draw(replicates.lowerBound + place, &source)
      return source
    }
  }
}
