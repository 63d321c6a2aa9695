internal import GSL
internal import Hypotheses

/// Ridge with a representation. Thousands of rearrangements of the targets are scored by one matrix product per fold.
struct RidgeEngine: ProbeEngine {
  let instrument: Instrument
  let ridge: Ridge
  /// By repetition and fold.
  private let folds: [[PreparedFold]]

  init(_ instrument: Instrument, _ ridge: Ridge, _ folds: [[PreparedFold]]) {
    self.instrument = instrument
    self.ridge = ridge
    self.folds = folds
  }

  func evaluate(_ targets: Targets) -> Evaluation {
    let centring = Centring(targets, for: instrument.metric)
    var repeats: [ItemScores] = []
    var choices: [Double] = []
    var training = 0.0
    var parts = 0.0
    for (index, split) in instrument.splits.enumerated() {
      var block = Block<Double>(
        targets: centring.targets, split: split, sources: Rearrangements([identity]))
      var fits: [[Double]] = []
      for (fold, smoothers) in folds[index].enumerated() {
        var fit: [Double]? = []
        let choice = block.predict(fold, smoothers.exact, trainingFit: &fit)
        switch ridge.penalty {
        case .chosen(_, let grid): choices.append(grid.sorted()[choice[0]])
        case .fixed(let penalty): choices.append(penalty)
        }
        fits.append(centring.scored(fit ?? []))
        training += ItemScores.training(
          instrument.metric, fit: fits[fold], targets: centring.truth.training(split, fold)
        ).score()
        parts += 1
      }
      repeats.append(
        ItemScores(
          instrument.metric, predictions: centring.scored(block.predictions), targets: centring.truth,
          split: split,
          trainingFits: fits))
    }
    return Evaluation(
      world: ScoredWorld(repeats: repeats), trainingScore: training / parts, choices: choices)
  }

  func predictions(_ targets: Targets) -> [[Double]] {
    let centring = Centring(targets, for: instrument.metric)
    return instrument.splits.enumerated().map { index, split in
      var block = Block<Double>(targets: centring.targets, split: split, sources: Rearrangements([identity]))
      for (fold, smoothers) in folds[index].enumerated() {
        var fit: [Double]?
        _ = block.predict(fold, smoothers.exact, trainingFit: &fit)
      }
      return centring.original(block.predictions)
    }
  }

  private var identity: [Int32] { (0..<Int32(instrument.items)).map { $0 } }

  func worlds(_ targets: Targets, sources: [[Int32]]) -> [ScoredWorld] {
    let centring = Centring(targets, for: instrument.metric)
    // A block of worlds at a time bounds the memory, whatever the number of worlds.
    let size = max(1, 256 / targets.coded.columns)
    return stride(from: 0, to: sources.count, by: size).flatMap { first in
      blockOfWorlds(centring, Array(sources[first..<min(first + size, sources.count)]))
    }
  }

  private func blockOfWorlds(_ centring: Centring, _ sources: [[Int32]]) -> [ScoredWorld] {
    let rearrangements = Rearrangements(sources)
    var repeats = [[ItemScores]](repeating: [], count: sources.count)
    for (index, split) in instrument.splits.enumerated() {
      var block = Block<Double>(targets: centring.targets, split: split, sources: rearrangements)
      var fits: [[Double]] = []
      for (fold, smoothers) in folds[index].enumerated() {
        var fit: [Double]? = instrument.metric.readsTrainingFit ? [] : nil
        _ = block.predict(fold, smoothers.exact, trainingFit: &fit)
        if let fit { fits.append(fit) }
      }
      for world in sources.indices {
        let own = fits.map { fit in
          let size = fit.count / sources.count
          return centring.scored(Array(fit[world * size..<(world + 1) * size]))
        }
        repeats[world].append(
          ItemScores(
            instrument.metric, predictions: centring.scored(Array(block.predictions(world))),
            targets: centring.truth.rearranged(by: sources[world]), split: split, trainingFits: own))
      }
    }
    return repeats.map { ScoredWorld(repeats: $0) }
  }

  func worlds(of worlds: [Targets]) -> [ScoredWorld] { worlds.map { evaluate($0).world } }

  /// The bulk is computed in single precision; every world whose score comes near `observed`, and every one in which two
  /// penalties were about equally good, is scored again in double precision, so that a comparison with the observed
  /// score is never decided by single precision's rounding.
  func scores(
    _ targets: Targets, replicates: Range<Int>, observed: Double, jobs: Int, keeping: Int,
    source draw: @escaping @Sendable (Int, inout [Int32]) -> Void,
    progress: @escaping @Sendable (Int) -> Void
  ) async throws -> NullScores {
    let kept = worlds(targets, sources: drawn(0..<min(keeping, replicates.count), replicates, draw))
    let centring = Centring(targets, for: instrument.metric)
    // About 256 rows fill the matrix product's blocks and stay in the cache; the size is fixed, so that it does not depend on `jobs`.
    let size = max(1, 256 / targets.coded.columns)
    let blocks = (replicates.count + size - 1) / size
    let window = window(of: observed, centring)
    let every = folds.flatMap { $0 }
    var smoothers = try await mapConcurrently(every.count, jobs: jobs) { every[$0].fast }[...]
    let fast = folds.map { own in
      defer { smoothers = smoothers.dropFirst(own.count) }
      return Array(smoothers.prefix(own.count))
    }
    let scored = try await mapConcurrently(blocks, jobs: jobs) { block in
      let first = replicates.lowerBound + block * size
      let last = min(first + size, replicates.upperBound)
      let sources = Rearrangements(items: instrument.items, worlds: last - first) { world, source in
        draw(first + world, &source)
      }
      defer { progress(last - first) }
      if instrument.metric.readsTrainingFit {
        return worlds(targets, sources: (0..<sources.count).map { Array(sources[$0]) }).map { $0.score() }
      }
      var (scores, isDoubtful) = fastScores(centring, sources, fast)
      let near = scores.indices.filter {
        isDoubtful[$0] || abs(scores[$0] - observed) <= window
      }
      if !near.isEmpty {
        let worlds = worlds(targets, sources: near.map { Array(sources[$0]) })
        for (index, world) in zip(near, worlds) { scores[index] = world.score() }
      }
      return scores
    }
    return NullScores(scores: scored.flatMap { $0 }, kept: kept)
  }

  /// How near a world in single precision must come to the observed score to be scored again. Metrics of order and of
  /// classes move by steps where rounding swaps two predictions; three swaps are allowed for.
  private func window(of observed: Double, _ centring: Centring) -> Double {
    switch instrument.metric {
    case .r2, .r2PerFeature: 1e-4 * (1 + abs(observed))
    case .mse: 1e-4 * (centring.scale * centring.scale + abs(observed))
    default: max(1e-4, 3 / Double(instrument.items)) * (1 + abs(observed))
    }
  }

  private func fastScores(
    _ centring: Centring, _ sources: Rearrangements, _ fast: [[RidgeSmoother<Float>]]
  ) -> (scores: [Double], isDoubtful: [Bool]) {
    var isDoubtful = [Bool](repeating: false, count: sources.count)
    var scores = [Double](repeating: 0, count: sources.count)
    for (index, split) in instrument.splits.enumerated() {
      var block = Block<Float>(targets: centring.targets, split: split, sources: sources)
      if instrument.metric == .r2 {
        let sums = block.sumsOfSquares(fast[index])
        for world in scores.indices { scores[world] += sums[world].r2 }
      } else {
        for (fold, smoother) in fast[index].enumerated() {
          var fit: [Float]?
          _ = block.predict(fold, smoother, trainingFit: &fit)
        }
        for world in scores.indices {
          scores[world] +=
            ItemScores(
              instrument.metric,
              predictions: centring.scored(block.predictionsPlusMeans(world), precision: 1e-5),
              targets: centring.truth.rearranged(by: Array(sources[world])), split: split
            ).score()
        }
      }
      for (world, isClose) in block.isClose.enumerated() where isClose { isDoubtful[world] = true }
    }
    return (scores.map { $0 / Double(instrument.splits.count) }, isDoubtful)
  }
}

/// One fold's smoothers: in double precision for what is reported, in single precision for the bulk of the worlds.
struct PreparedFold: Sendable {
  let exact: RidgeSmoother<Double>
  private let factor: RidgeFactor
  private let ridge: Ridge
  private let units: [Int]?
  private let addsMeans: Bool

  /// Made when it is asked for: a rival's representation is scored once, in double precision.
  var fast: RidgeSmoother<Float> {
    RidgeSmoother(
      factor, probe: ridge, testRange: exact.testRange, items: exact.items, units: units, mayBeDense: true,
      addsMeans: addsMeans)
  }

  /// - Parameter ordered: items by dimensions, rows in the split's order.
  init(
    _ ordered: Matrix<Double>, _ split: Split, _ fold: Int, _ ridge: Ridge, _ metric: Metric
  ) throws(LinearAlgebraError) {
    let testRange = split.range(fold)
    units = split.trainingUnits(fold)
    var onlyPenalty: Double?
    if case .fixed(let penalty) = ridge.penalty { onlyPenalty = penalty }
    factor = try RidgeFactor(
      x: ordered, testRange: testRange, standardized: ridge.standardized, penalty: onlyPenalty)
    exact = RidgeSmoother(
      factor, probe: ridge, testRange: testRange, items: ordered.rows, units: units, mayBeDense: false)
    self.ridge = ridge
    addsMeans = metric == .r2
  }
}

/// For every world of a block, which item's target each item has there.
private struct Rearrangements: Sendable {
  private let items: Int
  private let sources: [Int32]

  /// - Parameter draw: fills in one world's.
  init(items: Int, worlds: Int, draw: (Int, inout [Int32]) -> Void) {
    self.items = items
    var source = [Int32](repeating: 0, count: items)
    sources = [Int32](unsafeUninitializedCapacity: worlds * items) { buffer, count in
      for world in 0..<worlds {
        draw(world, &source)
        precondition(source.count == items, "one source per item")
        for item in 0..<items { buffer.initializeElement(at: world * items + item, to: source[item]) }
      }
      count = worlds * items
    }
  }

  init(_ sources: [[Int32]]) {
    self.init(items: sources.first?.count ?? 0, worlds: sources.count) { $1 = sources[$0] }
  }

  var count: Int { items == 0 ? 0 : sources.count / items }

  subscript(world: Int) -> ArraySlice<Int32> { sources[world * items..<(world + 1) * items] }
}

/// Sums over the test items of all folds.
private struct SumsOfSquares {
  var error = 0.0
  var total = 0.0

  var r2: Double { total > 0 ? 1 - error / total : 0 }
}

/// Real targets, centred and brought to a common scale near 1 before any arithmetic in single precision. Ridge is
/// equivariant under a shift per column and one positive factor for all. Where the metric is not invariant under them,
/// predictions are brought back before they are scored.
private struct Centring: Sendable {
  let targets: Targets
  /// What was taken off every column, and what all columns were then divided by.
  let shifts: [Double]
  let scale: Double
  /// What predictions are compared with.
  let truth: Targets
  private let isScoredCentred: Bool

  init(_ targets: Targets, for metric: Metric) {
    switch metric {
    // Scored where they are, so that targets that hardly vary about a large mean lose nothing.
    case .r2, .r2PerFeature, .spearman, .spearmanPerFeature: isScoredCentred = true
    default: isScoredCentred = false
    }
    guard !targets.areClasses else {
      self.targets = targets
      shifts = [Double](repeating: 0, count: targets.coded.columns)
      scale = 1
      truth = targets
      return
    }
    var shifts: [Double] = []
    var coded = targets.coded
    var squares = 0.0
    for column in 0..<coded.columns {
      let mean = coded.column(column).reduce(0, +) / Double(max(coded.rows, 1))
      shifts.append(mean)
      for row in 0..<coded.rows {
        coded[row, column] -= mean
        squares += coded[row, column] * coded[row, column]
      }
    }
    let deviation = (squares / Double(max(coded.elements.count, 1))).squareRoot()
    scale = deviation > 0 && deviation.isFinite ? deviation : 1
    for index in coded.elements.indices { coded.elements[index] /= scale }
    self.shifts = shifts
    self.targets = Targets(numeric: coded)
    truth = isScoredCentred ? self.targets : targets
  }

  /// Predictions of the centred targets, in the units of `truth`.
  func scored(_ values: [Double], precision: Double = 1e-12) -> [Double] {
    isScoredCentred ? values : original(values, precision: precision)
  }

  /// Values of coded columns, one column after the other and all of one length, in the targets' own units.
  ///
  /// What differs from 0 by no more than rounding is 0: a feature that no training item has is predicted with exactly 0,
  /// so that all such features tie, as they do in every probe that never shifts them.
  /// - Parameter precision: of the values, relative to what was taken off.
  func original(_ values: [Double], precision: Double = 1e-12) -> [Double] {
    guard !targets.areClasses, !values.isEmpty else { return values }
    let length = values.count / shifts.count
    var result = values
    for column in shifts.indices {
      let shift = shifts[column]
      let least = precision * abs(shift)
      for place in column * length..<(column + 1) * length {
        let value = shift + scale * result[place]
        result[place] = abs(value) <= least ? 0 : value
      }
    }
    return result
  }
}

/// The targets and predictions of some worlds under one split: world by coded column by item, in the split's order.
private struct Block<Scalar: ProbeScalar> {
  private let split: Split
  private let worlds: Int
  private let width: Int
  private let targets: [Scalar]
  /// Empty until something is predicted.
  private(set) var predictions: [Scalar] = []
  /// The sum of every row over every fold's items: fold by row.
  private let foldSums: [[Scalar]]
  private let totals: [Scalar]
  private var workspace = RidgeSmoother<Scalar>.Workspace()

  /// The worlds in which the choice of a penalty was close.
  var isClose: [Bool] { workspace.isClose }

  private var items: Int { split.order.count }
  private var rows: Int { worlds * width }

  init(targets: Targets, split: Split, sources: Rearrangements) {
    self.split = split
    width = targets.coded.columns
    worlds = sources.count
    let (items, width, rows) = (split.order.count, width, worlds * width)
    // Columns first, so that one world's row is one pass over contiguous memory.
    let columns = (0..<width).map { column in targets.coded.column(column).map { Scalar($0) } }
    let values = [Scalar](unsafeUninitializedCapacity: rows * items) { buffer, count in
      split.order.withUnsafeBufferPointer { order in
        for world in 0..<sources.count {
          sources[world].withUnsafeBufferPointer { source in
            for column in 0..<width {
              columns[column].withUnsafeBufferPointer { values in
                let line = buffer.baseAddress! + (world * width + column) * items
                for position in 0..<items { line[position] = values[Int(source[order[position]])] }
              }
            }
          }
        }
      }
      count = rows * items
    }
    self.targets = values
    let sums = values.withUnsafeBufferPointer { buffer in
      (0..<split.count).map { fold -> [Scalar] in
        let range = split.range(fold)
        return (0..<rows).map {
          Scalar.sum(buffer.baseAddress! + $0 * items + range.lowerBound, range.count)
        }
      }
    }
    foldSums = sums
    totals = (0..<rows).map { row in sums.reduce(0) { $0 + $1[row] } }
  }

  /// The predictions of one world: coded column by item.
  func predictions(_ world: Int) -> ArraySlice<Scalar> {
    predictions[world * width * items..<(world + 1) * width * items]
  }

  /// The same, from predictions without means. The means are added in double precision: where a large penalty has shrunk
  /// predictions to almost nothing, their order and their side of a threshold survive.
  func predictionsPlusMeans(_ world: Int) -> [Double] {
    var result: [Double] = []
    result.reserveCapacity(width * items)
    for row in world * width..<(world + 1) * width {
      for fold in 0..<split.count {
        let range = split.range(fold)
        let mean = (Double(totals[row]) - Double(foldSums[fold][row])) / Double(items - range.count)
        for position in range { result.append(Double(predictions[row * items + position]) + mean) }
      }
    }
    return result
  }

  /// The mean of every row over the training items of a fold.
  private func trainingMeans(_ fold: Int) -> [Scalar] {
    let training = Scalar(items - split.range(fold).count)
    return totals.indices.map { (totals[$0] - foldSums[fold][$0]) / training }
  }

  /// Predicts the test items of one fold.
  mutating func predict(
    _ fold: Int, _ smoother: RidgeSmoother<Scalar>, trainingFit: inout [Scalar]?
  ) -> [Int] {
    if predictions.isEmpty { predictions = [Scalar](repeating: 0, count: rows * items) }
    let (means, start, stride) = (trainingMeans(fold), split.range(fold).lowerBound, items)
    return targets.withUnsafeBufferPointer { y in
      predictions.withUnsafeMutableBufferPointer { out in
        smoother.predict(
          targets: y.baseAddress!, means: means, worlds: worlds, width: width, into: out.baseAddress! + start,
          stride: stride, workspace: &workspace, trainingFit: &trainingFit)
      }
    }
  }

  /// The squared errors and the squared deviations from the training mean, per world. One fold's predictions are held
  /// at a time: they are still in the cache when they are scored.
  mutating func sumsOfSquares(_ smoothers: [RidgeSmoother<Scalar>]) -> [SumsOfSquares] {
    var sums = [SumsOfSquares](repeating: SumsOfSquares(), count: worlds)
    let largest = smoothers.map(\.testRange.count).max() ?? 0
    var predicted = [Scalar](repeating: 0, count: rows * largest)
    targets.withUnsafeBufferPointer { y in
      predicted.withUnsafeMutableBufferPointer { out in
        for (fold, smoother) in smoothers.enumerated() {
          let (means, range) = (trainingMeans(fold), smoother.testRange)
          var fit: [Scalar]?
          _ = smoother.predict(
            targets: y.baseAddress!, means: means, worlds: worlds, width: width, into: out.baseAddress!,
            stride: range.count, workspace: &workspace, trainingFit: &fit)
          for row in 0..<rows {
            let truth = y.baseAddress! + row * items + range.lowerBound
            sums[row / width].error += Double(
              Scalar.squaredDistance(truth, out.baseAddress! + row * range.count, range.count))
            sums[row / width].total += Double(Scalar.squaredDeviation(truth, means[row], range.count))
          }
        }
      }
    }
    return sums
  }
}
