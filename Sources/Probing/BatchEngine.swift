internal import GSL
internal import Hypotheses

/// Any probe but ridge, with a representation. Worlds are fitted in blocks of a fixed number of target columns.
struct BatchEngine: ProbeEngine {
  let instrument: Instrument
  /// By repetition and fold.
  let folds: [[any FoldProbe]]

  private var items: Int { instrument.items }

  func evaluate(_ targets: Targets) -> Evaluation {
    var choices: [Double] = []
    var training = 0.0
    let world = scored([targets], trainingFit: true) { split, fold, fit in
      choices += fit.choices
      training += ItemScores.training(
        instrument.metric, fit: fit.trainingFit!.transposed.elements, targets: targets.training(split, fold)
      ).score()
    }[0]
    let parts = instrument.splits.reduce(0) { $0 + $1.count }
    return Evaluation(world: world, trainingScore: training / Double(parts), choices: choices)
  }

  func predictions(_ targets: Targets) -> [[Double]] {
    instrument.splits.indices.map { fitted([targets], repetition: $0, trainingFit: false).predictions[0] }
  }

  func worlds(_ targets: Targets, sources: [[Int32]]) -> [ScoredWorld] {
    let size = blockSize(targets.coded.columns)
    return stride(from: 0, to: sources.count, by: size).flatMap { first in
      worlds(of: sources[first..<min(first + size, sources.count)].map { targets.rearranged(by: $0) })
    }
  }

  func worlds(of worlds: [Targets]) -> [ScoredWorld] {
    scored(worlds, trainingFit: instrument.metric.readsTrainingFit)
  }

  func scores(
    _ targets: Targets, replicates: Range<Int>, observed: Double, jobs: Int, keeping: Int,
    source draw: @escaping @Sendable (Int, inout [Int32]) -> Void,
    progress: @escaping @Sendable (Int) -> Void
  ) async throws -> NullScores {
    let size = blockSize(targets.coded.columns)
    let identities = targets.identities
    let blocks = try await mapConcurrently((replicates.count + size - 1) / size, jobs: jobs) {
      block -> NullScores in
      let places = block * size..<min((block + 1) * size, replicates.count)
      let sources = drawn(places, replicates, draw)
      let worlds = worlds(of: sources.map { targets.rearranged(by: $0) })
      progress(places.count)
      let scores = zip(worlds, sources).map { world, source in
        // The observed arrangement itself has the observed score, whatever rounding in another block makes of it.
        source.indices.allSatisfy { identities[Int(source[$0])] == identities[$0] } ? observed : world.score()
      }
      return NullScores(
        scores: scores,
        kept: places.lowerBound < keeping ? Array(worlds.prefix(keeping - places.lowerBound)) : [])
    }
    return NullScores(scores: blocks.flatMap(\.scores), kept: blocks.flatMap(\.kept))
  }

  private func blockSize(_ width: Int) -> Int { max(1, instrument.probe.columnsPerBlock / max(width, 1)) }

  /// Fits some worlds and scores them.
  /// - Parameter each: told of every fold's fit.
  private func scored(
    _ worlds: [Targets], trainingFit: Bool, each: (Split, Int, FoldFit) -> Void = { _, _, _ in }
  ) -> [ScoredWorld] {
    var repeats = [[ItemScores]](repeating: [], count: worlds.count)
    for (repetition, split) in instrument.splits.enumerated() {
      let fitted = fitted(worlds, repetition: repetition, trainingFit: trainingFit)
      for (fold, fit) in fitted.fits.enumerated() { each(split, fold, fit) }
      for (index, targets) in worlds.enumerated() {
        let fits =
          trainingFit
          ? fitted.fits.map { columns($0.trainingFit!, of: index, targets.coded.columns) } : []
        repeats[index].append(
          ItemScores(
            instrument.metric, predictions: fitted.predictions[index], targets: targets, split: split,
            trainingFits: fits))
      }
    }
    return repeats.map { ScoredWorld(repeats: $0) }
  }

  private func fitted(
    _ worlds: [Targets], repetition: Int, trainingFit: Bool
  ) -> (predictions: [[Double]], fits: [FoldFit]) {
    let split = instrument.splits[repetition]
    let width = worlds[0].coded.columns
    var predictions = [[Double]](repeating: [Double](repeating: 0, count: width * items), count: worlds.count)
    var fits: [FoldFit] = []
    for (fold, probe) in folds[repetition].enumerated() {
      let fit = probe.fit(
        FoldTargets(worlds, split: split, fold: fold), wantsTrainingFit: trainingFit)
      let range = split.range(fold)
      for (place, position) in range.enumerated() {
        for (index, value) in fit.predictions.row(place).enumerated() {
          predictions[index / width][index % width * items + position] = value
        }
      }
      fits.append(fit)
    }
    return (predictions, fits)
  }

  /// One world's columns of a matrix, one after the other.
  private func columns(_ matrix: Matrix<Double>, of world: Int, _ width: Int) -> [Double] {
    (world * width..<(world + 1) * width).flatMap { matrix.column($0) }
  }
}

extension FoldTargets {
  /// The training targets of some worlds of one shape.
  init(_ worlds: [Targets], split: Split, fold: Int) {
    let width = worlds[0].coded.columns
    let test = split.range(fold)
    var elements: [Double] = []
    elements.reserveCapacity((split.order.count - test.count) * worlds.count * width)
    for position in split.order.indices where !test.contains(position) {
      for world in worlds { elements.append(contentsOf: world.coded.row(split.order[position])) }
    }
    self.init(
      values: Matrix(
        rows: split.order.count - test.count, columns: worlds.count * width, elements: elements),
      worlds: worlds.count, width: width, areClasses: worlds[0].areClasses)
  }
}

extension Targets {
  /// The targets of a fold's training items, in the split's order.
  func training(_ split: Split, _ fold: Int) -> Targets {
    let test = split.range(fold)
    return rearranged(by: split.order.indices.filter { !test.contains($0) }.map { Int32(split.order[$0]) })
  }
}
