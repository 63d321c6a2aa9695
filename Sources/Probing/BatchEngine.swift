internal import GSL
internal import Hypotheses

/// Any probe with a representation; ridge only where targets differ from fold to fold, because they are residuals. Worlds are
/// fitted in blocks of a fixed number of target columns.
struct BatchEngine: ProbeEngine {
  let instrument: Instrument
  /// By repetition and fold.
  let folds: [[any FoldProbe]]

  private var items: Int { instrument.items }

  func evaluate(_ targets: Targets) -> Evaluation {
    var choices: [Double] = []
    var training = 0.0
    let world = scored([targets], trainingFit: true) { division, fold, fit in
      guard division.split.hasTraining(fold) else { return }
      choices += fit.choices
      training += ItemScores.training(
        instrument.metric, fit: fit.trainingFit!.transposed.elements,
        targets: division.seen(by: fold).training(division.split, fold)
      ).score()
    }[0]
    let parts = instrument.splits.reduce(0) { parts, split in
      parts + (0..<split.count).count { split.hasTraining($0) }
    }
    return Evaluation(world: world, trainingScore: training / Double(parts), choices: choices)
  }

  func predictions(_ targets: Targets) -> [[Double]] {
    instrument.splits.indices.map {
      fitted([instrument.folded(targets, $0)], repetition: $0, trainingFit: false).predictions[0]
    }
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

  /// Where the probe has a single-precision path, every world whose score comes near `observed` and every doubtful one
  /// is scored again in double precision, and worlds are kept in double precision: a comparison with the observed
  /// score is never decided by single precision's rounding.
  func scores(
    _ targets: Targets, replicates: Range<Int>, observed: Double, jobs: Int, keeping: Int,
    source draw: @escaping @Sendable (Int, inout [Int32]) -> Void,
    progress: @escaping @Sendable (Int) -> Void
  ) async throws -> NullScores {
    let size = blockSize(targets.coded.columns)
    let identities = targets.identities
    // Single precision moves no more than a few items across a threshold: what they weigh in the smallest class.
    var sizes = [Int](repeating: 0, count: targets.classes.count)
    for label in targets.labels { sizes[label] += 1 }
    let tolerance = max(1e-3, 5 / Double(max(sizes.min() ?? 1, 1)))
    let blocks = try await mapConcurrently((replicates.count + size - 1) / size, jobs: jobs) {
      block -> NullScores in
      let places = block * size..<min((block + 1) * size, replicates.count)
      let sources = drawn(places, replicates, draw)
      let arranged = sources.map { targets.rearranged(by: $0) }
      let kept = max(0, min(keeping - places.lowerBound, places.count))
      var scores: [Double] = []
      var worlds: [ScoredWorld] = []
      if let fast = fastScores(arranged) {
        scores = fast.scores
        let near = scores.indices.filter {
          fast.isDoubtful[$0] || !(abs(scores[$0] - observed) > tolerance * (1 + abs(observed)))
        }
        if !near.isEmpty {
          for (index, world) in zip(near, self.worlds(of: near.map { arranged[$0] })) {
            scores[index] = world.score()
          }
        }
        // What is kept changes no score.
        if kept > 0 { worlds = self.worlds(of: Array(arranged.prefix(kept))) }
      } else {
        worlds = self.worlds(of: arranged)
        scores = worlds.map { $0.score() }
      }
      progress(places.count)
      for (index, source) in sources.enumerated()
      where source.indices.allSatisfy({ identities[Int(source[$0])] == identities[$0] }) {
        // The observed arrangement itself has the observed score, whatever rounding in another block makes of it.
        scores[index] = observed
      }
      return NullScores(scores: scores, kept: Array(worlds.prefix(kept)))
    }
    return NullScores(scores: blocks.flatMap(\.scores), kept: blocks.flatMap(\.kept))
  }

  /// Scores in single precision; `nil` where the probe or the metric has no such path.
  private func fastScores(_ worlds: [Targets]) -> (scores: [Double], isDoubtful: [Bool])? {
    guard !instrument.metric.readsTrainingFit, worlds[0].areClasses,
      folds.allSatisfy({ $0.allSatisfy { $0 is any FastFoldProbe } })
    else { return nil }
    let width = worlds[0].coded.columns
    var scores = [Double](repeating: 0, count: worlds.count)
    var isDoubtful = [Bool](repeating: false, count: worlds.count)
    for (repetition, split) in instrument.splits.enumerated() {
      var predictions = [[Double]](
        repeating: [Double](repeating: 0, count: width * items), count: worlds.count)
      for (fold, probe) in folds[repetition].enumerated() {
        let fit = (probe as! any FastFoldProbe).fitFast(FoldTargets(worlds, split: split, fold: fold))
        scatter(fit.predictions, split.range(fold), width, into: &predictions)
        for (world, doubtful) in fit.isDoubtful.enumerated() where doubtful { isDoubtful[world] = true }
      }
      for (index, targets) in worlds.enumerated() {
        scores[index] += ItemScores(
          instrument.metric, predictions: predictions[index], targets: targets, split: split
        ).score()
      }
    }
    return (scores.map { $0 / Double(instrument.splits.count) }, isDoubtful)
  }

  /// Puts a fold's predictions (test items by worlds x columns) in their places: by world, columns by items.
  private func scatter(
    _ fitted: Matrix<Double>, _ range: Range<Int>, _ width: Int, into predictions: inout [[Double]]
  ) {
    for world in predictions.indices {
      predictions[world].withUnsafeMutableBufferPointer { own in
        for column in 0..<width {
          for (place, position) in range.enumerated() {
            own[column * items + position] = fitted[place, world * width + column]
          }
        }
      }
    }
  }

  private func blockSize(_ width: Int) -> Int { max(1, instrument.probe.columnsPerBlock / max(width, 1)) }

  /// Fits some worlds and scores them.
  /// - Parameter each: told of every fold's fit.
  private func scored(
    _ worlds: [Targets], trainingFit: Bool, each: (FoldedTargets, Int, FoldFit) -> Void = { _, _, _ in }
  ) -> [ScoredWorld] {
    var repeats = [[ItemScores]](repeating: [], count: worlds.count)
    for (repetition, split) in instrument.splits.enumerated() {
      let divisions = worlds.map { instrument.folded($0, repetition) }
      let fitted = fitted(divisions, repetition: repetition, trainingFit: trainingFit)
      for (fold, fit) in fitted.fits.enumerated() { each(divisions[0], fold, fit) }
      for (index, division) in divisions.enumerated() {
        let fits =
          trainingFit
          ? fitted.fits.map { columns($0.trainingFit!, of: index, division.truth.coded.columns) } : []
        repeats[index].append(
          ItemScores(
            instrument.metric, predictions: fitted.predictions[index], targets: division.truth, split: split,
            trainingFits: fits, areCentred: division.isCentred))
      }
    }
    return repeats.map { ScoredWorld(repeats: $0) }
  }

  private func fitted(
    _ worlds: [FoldedTargets], repetition: Int, trainingFit: Bool
  ) -> (predictions: [[Double]], fits: [FoldFit]) {
    let split = instrument.splits[repetition]
    let width = worlds[0].truth.coded.columns
    var predictions = [[Double]](repeating: [Double](repeating: 0, count: width * items), count: worlds.count)
    var fits: [FoldFit] = []
    for (fold, probe) in folds[repetition].enumerated() {
      let fit = probe.fit(
        FoldTargets(worlds.map { $0.seen(by: fold) }, split: split, fold: fold),
        wantsTrainingFit: trainingFit)
      scatter(fit.predictions, split.range(fold), width, into: &predictions)
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
    let training = split.training(fold)
    var elements: [Double] = []
    elements.reserveCapacity(training.count * worlds.count * width)
    for item in training {
      for world in worlds { elements.append(contentsOf: world.coded.row(item)) }
    }
    self.init(
      values: Matrix(rows: training.count, columns: worlds.count * width, elements: elements),
      worlds: worlds.count, width: width, areClasses: worlds[0].areClasses)
  }
}

extension Targets {
  /// The targets of a fold's training items, in the split's order.
  func training(_ split: Split, _ fold: Int) -> Targets {
    rearranged(by: split.training(fold).map { Int32($0) })
  }
}
