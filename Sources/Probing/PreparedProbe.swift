internal import GSL
internal import Hypotheses

/// An instrument with a representation: what is left to vary is the targets, and thousands of rearrangements of them are
/// scored by one matrix product per fold.
public struct PreparedProbe: Sendable {
  public let instrument: Instrument
  private let exact: [[RidgeSmoother<Double>]]
  private let fast: [[RidgeSmoother<Float>]]

  init(_ instrument: Instrument, _ factors: [[RidgeFactor]]) {
    self.instrument = instrument
    exact = Self.smoothers(instrument, factors, mayBeDense: false)
    fast = Self.smoothers(instrument, factors, mayBeDense: true)
  }

  private static func smoothers<Scalar>(
    _ instrument: Instrument, _ factors: [[RidgeFactor]], mayBeDense: Bool
  ) -> [[RidgeSmoother<Scalar>]] {
    zip(instrument.splits, factors).map { split, folds in
      folds.enumerated().map { fold, factor in
        RidgeSmoother(
          factor, probe: instrument.ridge, testRange: split.range(fold), items: instrument.items,
          mayBeDense: mayBeDense)
      }
    }
  }

  /// Measures the targets as they are.
  public func evaluate(_ targets: Targets) -> Evaluation {
    let centring = Centring(targets)
    var repeats: [ItemScores] = []
    var penalties: [Double] = []
    var training = 0.0
    var parts = 0.0
    for (index, split) in instrument.splits.enumerated() {
      var block = Block<Double>(
        targets: centring.targets, split: split, sources: [identity], width: targets.coded.columns)
      for (fold, smoother) in exact[index].enumerated() {
        var fit: [Double]? = []
        let choice = block.predict(fold, smoother, trainingFit: &fit)
        if case .chosen(_, let grid) = instrument.ridge.penalty { penalties.append(grid.sorted()[choice[0]]) }
        if case .fixed(let penalty) = instrument.ridge.penalty { penalties.append(penalty) }
        training += trainingScore(fit ?? [], centring.targets, split, fold)
        parts += 1
      }
      repeats.append(
        ItemScores(
          instrument.metric, predictions: block.predictions, targets: centring.targets, split: split))
    }
    return Evaluation(
      world: ScoredWorld(repeats: repeats), trainingScore: training / parts,
      penalties: penalties)
  }

  /// The metric on the training items of one fold.
  private func trainingScore(_ fit: [Double], _ targets: Targets, _ split: Split, _ fold: Int) -> Double {
    let test = split.range(fold)
    let items = split.order.indices.filter { !test.contains($0) }.map { split.order[$0] }
    let subset = targets.rearranged(by: items.map { Int32($0) })
    return ItemScores.training(instrument.metric, fit: fit, targets: subset).score()
  }

  /// The out-of-fold predictions for the targets as they are, in the targets' own units: one list per split, in which the
  /// prediction of coded column j for the item at position p of the split's order stands at `j * items + p`.
  package func predictions(_ targets: Targets) -> [[Double]] {
    let centring = Centring(targets)
    return instrument.splits.enumerated().map { index, split in
      var block = Block<Double>(
        targets: centring.targets, split: split, sources: [identity], width: targets.coded.columns)
      for (fold, smoother) in exact[index].enumerated() {
        var fit: [Double]?
        _ = block.predict(fold, smoother, trainingFit: &fit)
      }
      return block.predictions.enumerated().map { place, value in
        centring.shifts[place / instrument.items] + centring.scale * value
      }
    }
  }

  private var identity: [Int32] { (0..<Int32(instrument.items)).map { $0 } }

  /// The item-by-item scores of some worlds, in full precision.
  /// - Parameter sources: for every world, which item's target each item has there.
  public func worlds(_ targets: Targets, sources: [[Int32]]) -> [ScoredWorld] {
    let centring = Centring(targets)
    let width = targets.coded.columns
    var repeats = [[ItemScores]](repeating: [], count: sources.count)
    for (index, split) in instrument.splits.enumerated() {
      var block = Block<Double>(targets: centring.targets, split: split, sources: sources, width: width)
      for (fold, smoother) in exact[index].enumerated() {
        var fit: [Double]?
        _ = block.predict(fold, smoother, trainingFit: &fit)
      }
      let rowsPerWorld = width * instrument.items
      for world in sources.indices {
        let predictions = Array(block.predictions[world * rowsPerWorld..<(world + 1) * rowsPerWorld])
        repeats[world].append(
          ItemScores(
            instrument.metric, predictions: predictions,
            targets: centring.targets.rearranged(by: sources[world]), split: split))
      }
    }
    return repeats.map { ScoredWorld(repeats: $0) }
  }

  /// The scores of `replicates` worlds of rearranged targets.
  ///
  /// The bulk is computed in single precision; every world whose score comes near `observed`, and every one in which two
  /// penalties were about equally good, is scored again in double precision, so that a comparison with the observed
  /// score is never decided by single precision's rounding.
  /// - Parameters:
  ///   - replicates: which worlds.
  ///   - source: fills in, for one replicate, which item's target each item has there. It must be a pure function of
  ///     the replicate.
  ///   - progress: told how many more worlds are done, from any task.
  /// - Returns: one score per replicate; the same for any `jobs`.
  public func scores(
    _ targets: Targets, replicates: Range<Int>, observed: Double, jobs: Int,
    source: @escaping @Sendable (Int, inout [Int32]) -> Void, progress: @escaping @Sendable (Int) -> Void = { _ in }
  ) async throws -> [Double] {
    let centring = Centring(targets)
    let width = targets.coded.columns
    // About 512 rows fill the matrix product's blocks; the size is fixed, so that it does not depend on `jobs`.
    let size = max(1, 512 / width)
    let blocks = (replicates.count + size - 1) / size
    let tolerance = instrument.metric == .r2 ? 1e-4 : max(1e-4, 3 / Double(instrument.items))
    let scored = try await mapConcurrently(blocks, jobs: jobs) { block in
      let first = replicates.lowerBound + block * size
      let last = min(first + size, replicates.upperBound)
      var sources: [[Int32]] = []
      sources.reserveCapacity(last - first)
      var buffer = [Int32](repeating: 0, count: instrument.items)
      for replicate in first..<last {
        source(replicate, &buffer)
        sources.append(buffer)
      }
      var (scores, isDoubtful) = fastScores(centring.targets, sources, width)
      let near = scores.indices.filter {
        isDoubtful[$0] || abs(scores[$0] - observed) <= tolerance * (1 + abs(observed))
      }
      if !near.isEmpty {
        let worlds = worlds(targets, sources: near.map { sources[$0] })
        for (index, world) in zip(near, worlds) { scores[index] = world.score() }
      }
      progress(last - first)
      return scores
    }
    return scored.flatMap { $0 }
  }

  private func fastScores(
    _ targets: Targets, _ sources: [[Int32]], _ width: Int
  ) -> (scores: [Double], isDoubtful: [Bool]) {
    var isDoubtful = [Bool](repeating: false, count: sources.count)
    var scores = [Double](repeating: 0, count: sources.count)
    for (index, split) in instrument.splits.enumerated() {
      var block = Block<Float>(targets: targets, split: split, sources: sources, width: width)
      var sums = SumsOfSquares(worlds: sources.count)
      for (fold, smoother) in fast[index].enumerated() {
        var fit: [Float]?
        _ = block.predict(fold, smoother, addsMeans: instrument.metric == .r2, trainingFit: &fit)
        if instrument.metric == .r2 { block.addSquares(fold, width, to: &sums) }
      }
      for (world, isClose) in block.workspace.isClose.enumerated() where isClose { isDoubtful[world] = true }
      for world in sources.indices {
        if instrument.metric == .r2 {
          scores[world] += sums.total[world] > 0 ? 1 - sums.error[world] / sums.total[world] : 0
        } else {
          let predictions = block.predictionsPlusMeans(world)
          scores[world] +=
            ItemScores(
              instrument.metric, predictions: predictions, targets: targets.rearranged(by: sources[world]),
              split: split
            ).score()
        }
      }
    }
    return (scores.map { $0 / Double(instrument.splits.count) }, isDoubtful)
  }
}

/// Sums over test items, per world.
private struct SumsOfSquares {
  var error: [Double]
  var total: [Double]

  init(worlds: Int) {
    error = [Double](repeating: 0, count: worlds)
    total = error
  }
}

/// Real targets, centred and brought to a common scale near 1 before any arithmetic in single precision. No metric
/// changes: each is equivariant under a shift per column and one positive factor for all.
private struct Centring {
  let targets: Targets
  /// What was taken off every column, and what all columns were then divided by.
  let shifts: [Double]
  let scale: Double

  init(_ targets: Targets) {
    guard !targets.areClasses else {
      self.targets = targets
      shifts = [Double](repeating: 0, count: targets.coded.columns)
      scale = 1
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
  }
}

/// The targets and predictions of some worlds under one split: world by coded column by item, in the split's order.
private struct Block<Scalar: ProbeScalar> {
  let split: Split
  let worlds: Int
  let width: Int
  let targets: [Scalar]
  var predictions: [Scalar]
  /// The sum of every row over every fold's items: fold by row.
  let foldSums: [[Scalar]]
  let totals: [Scalar]
  var workspace = RidgeSmoother<Scalar>.Workspace()

  init(targets: Targets, split: Split, sources: [[Int32]], width: Int) {
    self.split = split
    self.width = width
    worlds = sources.count
    let items = split.order.count
    // Columns first, so that one world's row is one pass over contiguous memory.
    let columns = (0..<width).map { column in targets.coded.column(column).map { Scalar($0) } }
    let rows = worlds * width
    let values = [Scalar](unsafeUninitializedCapacity: rows * items) { buffer, count in
      split.order.withUnsafeBufferPointer { order in
        for (world, source) in sources.enumerated() {
          source.withUnsafeBufferPointer { source in
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
    predictions = [Scalar](repeating: 0, count: rows * items)
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

  /// The mean of every row over the training items of a fold.
  func trainingMeans(_ fold: Int) -> [Scalar] {
    let training = Scalar(split.order.count - split.range(fold).count)
    return totals.indices.map { (totals[$0] - foldSums[fold][$0]) / training }
  }

  mutating func predict(
    _ fold: Int, _ smoother: RidgeSmoother<Scalar>, addsMeans: Bool = true, trainingFit: inout [Scalar]?
  ) -> [Int] {
    let means = trainingMeans(fold)
    return targets.withUnsafeBufferPointer { y in
      predictions.withUnsafeMutableBufferPointer { out in
        smoother.predict(
          targets: y.baseAddress!, means: means, addsMeans: addsMeans, worlds: worlds, width: width,
          into: out.baseAddress!, workspace: &workspace, trainingFit: &trainingFit)
      }
    }
  }

  /// The predictions of one world, from predictions without means. The means are added in double precision: where a
  /// large penalty has shrunk predictions to almost nothing, their order and their side of a threshold survive.
  func predictionsPlusMeans(_ world: Int) -> [Double] {
    let items = split.order.count
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

  /// Adds the squared errors of one fold's test items, and their squared deviations from the training mean.
  func addSquares(_ fold: Int, _ width: Int, to sums: inout SumsOfSquares) {
    let items = split.order.count
    let range = split.range(fold)
    let means = trainingMeans(fold)
    targets.withUnsafeBufferPointer { y in
      predictions.withUnsafeBufferPointer { p in
        for row in 0..<worlds * width {
          let offset = row * items + range.lowerBound
          sums.error[row / width] += Double(
            Scalar.squaredDistance(y.baseAddress! + offset, p.baseAddress! + offset, range.count))
          sums.total[row / width] += Double(
            Scalar.squaredDeviation(y.baseAddress! + offset, means[row], range.count))
        }
      }
    }
  }
}
