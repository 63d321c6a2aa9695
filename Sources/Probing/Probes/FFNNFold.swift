internal import GSL
internal import Hypotheses
internal import Resampling

/// A feed-forward network's fold: rows in the precision that they are trained in, what is kept for early stopping, and
/// the starting weights of the hidden layer.
///
/// Every world starts from the same weights and sees the same batches and the same hidden units left out: all of them
/// are functions of the key alone, so that a score is a function of the targets. Worlds share nothing else. Products are
/// made world by world, in shapes that do not depend on how many worlds there are, and so a world's predictions have the
/// same bits whatever is trained beside it. (One product for all worlds' hidden layers would not even be faster: a
/// hundred units fill the processor.)
// Not generic: as a conforming generic type it would not be specialised, and every loop would run many times slower.
struct FFNNFold: FoldProbe {
  private typealias Scalar = Float

  private let probe: FFNN
  private let key: StreamKey
  /// All rows end with a 1.
  private let training: [Scalar]
  private let test: [Scalar]
  private let width: Int
  /// Which training items the weights are fitted to, and which decide when to stop.
  private let fitted: [Int32]
  private let validation: [Int32]
  private let validationRows: [Scalar]
  private let first: [Scalar]

  private var inputs: Int { width - 1 }
  private var trainingItems: Int { training.count / width }

  /// - Parameter units: the unit of every training item, whose items early stopping has all or none of; `nil`: items go one
  ///   by one.
  init(
    _ probe: FFNN, _ ordered: Matrix<Double>, _ testRange: Range<Int>, units: [Int]? = nil, key: StreamKey
  ) throws(LinearAlgebraError) {
    let rows = try FoldRows(ordered, testRange, centred: true, scale: probe.scale, key: key)
    self.probe = probe
    self.key = key
    width = rows.training.columns + 1
    training = Self.withConstant(rows.training)
    test = Self.withConstant(rows.test)

    let validation = Self.validation(probe, units ?? Array(0..<rows.training.rows), key)
    self.validation = validation.map { Int32($0) }
    let isKept = Set(validation)
    fitted = (0..<rows.training.rows).filter { !isKept.contains($0) }.map { Int32($0) }
    validationRows = Self.gathered(training, self.validation, width)
    first = Self.start(
      probe.hidden, by: rows.training.columns, key: key.appending("hidden"))
  }

  /// The training items that early stopping has, ascending: as many as the share asked for, rounded, at least one, and
  /// never all. Units are drawn one after the other, and those that are too large for what is left of the share are passed
  /// over; where none fits, the smallest is taken.
  private static func validation(_ probe: FFNN, _ units: [Int], _ key: StreamKey) -> [Int] {
    let wanted = min(max(1, Int((probe.validation * Double(units.count)).rounded())), max(0, units.count - 1))
    var members: [Int: [Int]] = [:]
    for (item, unit) in units.enumerated() { members[unit, default: []].append(item) }
    var drawn = members.keys.sorted().map { Int32($0) }
    var stream = RandomStream(key.appending("validation"), replicate: 0)
    stream.shuffle(&drawn)
    var kept: [Int] = []
    for unit in drawn where kept.count + members[Int(unit)]!.count <= wanted { kept += members[Int(unit)]! }
    if kept.isEmpty, wanted > 0 {
      kept = drawn.map { members[Int($0)]! }.min { $0.count < $1.count }!
    }
    return kept.sorted()
  }

  private static func withConstant(_ rows: Matrix<Double>) -> [Scalar] {
    var result: [Scalar] = []
    result.reserveCapacity(rows.rows * (rows.columns + 1))
    for row in 0..<rows.rows {
      for value in rows.row(row) { result.append(Scalar(value)) }
      result.append(1)
    }
    return result
  }

  private static func gathered(_ rows: [Scalar], _ places: [Int32], _ width: Int) -> [Scalar] {
    var result: [Scalar] = []
    result.reserveCapacity(places.count * width)
    for place in places { result.append(contentsOf: rows[Int(place) * width..<(Int(place) + 1) * width]) }
    return result
  }

  /// Weights uniform in ±sqrt(6 / (ins + outs)) (Glorot & Bengio 2010), and biases of 0.
  private static func start(_ outputs: Int, by inputs: Int, key: StreamKey) -> [Scalar] {
    var stream = RandomStream(key, replicate: 0)
    let limit = (6 / Double(max(inputs + outputs, 1))).squareRoot()
    var weights: [Scalar] = []
    weights.reserveCapacity(outputs * (inputs + 1))
    for _ in 0..<outputs {
      for _ in 0..<inputs { weights.append(Scalar((2 * stream.uniform() - 1) * limit)) }
      weights.append(0)
    }
    return weights
  }

  func fit(_ targets: FoldTargets, wantsTrainingFit: Bool) -> FoldFit {
    let columns = targets.width
    let codings = (0..<targets.worlds).map { Coding(targets, world: $0) }
    let shape = NetworkShape(
      inputs: inputs, hidden: probe.hidden, outputs: columns, activation: probe.activation,
      link: !targets.areClasses ? .linear : columns == 1 ? .logistic : .softmax)
    let start = Network(
      shape, first: first, second: Self.start(columns, by: probe.hidden, key: key.appending("output")))
    var worlds = [World](repeating: World(start), count: targets.worlds)
    train(&worlds, codings, shape)

    var predictions = Matrix<Double>(rows: test.count / width, columns: targets.values.columns)
    var fit =
      wantsTrainingFit ? Matrix<Double>(rows: trainingItems, columns: targets.values.columns) : nil
    for (index, world) in worlds.enumerated() {
      codings[index].write(world.best.predictions(test), into: &predictions, column: index * columns)
      if fit != nil {
        codings[index].write(world.best.predictions(training), into: &fit!, column: index * columns)
      }
    }
    return FoldFit(predictions: predictions, trainingFit: fit, choices: worlds.map { Double($0.bestEpoch) })
  }

  /// One world's training.
  private struct World {
    var network: Network<Scalar>
    var best: Network<Scalar>
    /// After how many passes the best weights were reached; 0 where no pass gave a finite loss.
    var bestEpoch = 0
    var bestLoss = Double.infinity
    var isDone = false

    init(_ start: Network<Scalar>) {
      network = start
      best = start
    }
  }

  private func train(_ worlds: inout [World], _ codings: [Coding], _ shape: NetworkShape) {
    let adam = Network<Scalar>.Adam(rate: probe.learningRate, decay: probe.weightDecay)
    let batches = Self.batches(fitted.count, of: probe.batch)
    var workspace = Network<Scalar>.Workspace(
      shape, rows: max(validation.count, batches.map(\.count).max() ?? 0))
    let orderKey = key.appending("order")
    var order = fitted
    var rows: [Scalar] = []
    var masks = [Scalar](repeating: 0, count: probe.dropout > 0 ? fitted.count * probe.hidden : 0)
    for epoch in 1...probe.epochs where worlds.contains(where: { !$0.isDone }) {
      order = fitted
      var stream = RandomStream(orderKey, replicate: epoch)
      stream.shuffle(&order)
      rows = Self.gathered(training, order, width)
      fillMasks(&masks, epoch)
      for index in worlds.indices where !worlds[index].isDone {
        codings[index].targets.withUnsafeBufferPointer { targets in
          rows.withUnsafeBufferPointer { rows in
            order.withUnsafeBufferPointer { order in
              masks.withUnsafeBufferPointer { masks in
                for batch in batches {
                  worlds[index].network.step(
                    adam, rows.baseAddress! + batch.lowerBound * width, targets: targets.baseAddress!,
                    places: order.baseAddress! + batch.lowerBound, batch.count,
                    mask: masks.isEmpty ? nil : masks.baseAddress! + batch.lowerBound * probe.hidden,
                    &workspace)
                }
              }
            }
          }
        }
        review(&worlds[index], codings[index], epoch, &workspace)
      }
    }
  }

  /// Keeps the weights if they are the best so far, and says whether a world is done.
  private func review(
    _ world: inout World, _ coding: Coding, _ epoch: Int, _ workspace: inout Network<Scalar>.Workspace
  ) {
    guard !validation.isEmpty else {
      // A single training item: there is nothing to stop by.
      world.best = world.network
      world.bestEpoch = epoch
      return
    }
    let loss = world.network.loss(
      validationRows, targets: coding.targets, places: validation, validation.count, &workspace)
    if loss < world.bestLoss {
      world.bestLoss = loss
      world.best.takeWeights(of: world.network)
      world.bestEpoch = epoch
    }
    world.isDone = epoch - world.bestEpoch >= probe.patience
  }

  /// Batches of at most the size asked for, as even as they can be, so that no step rests on a few left-over items.
  private static func batches(_ items: Int, of size: Int) -> [Range<Int>] {
    let count = max(1, (items + size - 1) / size)
    return (0..<count).map { items * $0 / count..<items * ($0 + 1) / count }
  }

  /// By what hidden units are multiplied in one pass: 0 where they are left out, else 1 / (1 - dropout).
  private func fillMasks(_ masks: inout [Scalar], _ epoch: Int) {
    guard !masks.isEmpty else { return }
    var stream = RandomStream(key.appending("dropout"), replicate: epoch)
    let threshold = UInt32(probe.dropout * 0x1p32)
    let kept = Scalar(1 / (1 - probe.dropout))
    masks.withUnsafeMutableBufferPointer { masks in
      for index in masks.indices { masks[index] = stream.nextWord() < threshold ? 0 : kept }
    }
  }

  /// One world's targets as they are trained on. Numbers are centred by each column's mean in training and divided by one
  /// deviation, that of all columns together: their weights in the squared error stay what they are.
  private struct Coding {
    /// Training items by outputs.
    let targets: [Scalar]
    private let shifts: [Double]
    private let scale: Double

    init(_ targets: FoldTargets, world: Int) {
      let (rows, columns) = (targets.values.rows, targets.width)
      let own = targets.world(world)
      guard !targets.areClasses else {
        self.targets = own.elements.map { Scalar($0) }
        shifts = [Double](repeating: 0, count: columns)
        scale = 1
        return
      }
      var shifts = [Double](repeating: 0, count: columns)
      for row in 0..<rows { for column in 0..<columns { shifts[column] += own[row, column] } }
      for column in 0..<columns { shifts[column] /= Double(max(rows, 1)) }
      var squares = 0.0
      for row in 0..<rows {
        for column in 0..<columns {
          let deviation = own[row, column] - shifts[column]
          squares += deviation * deviation
        }
      }
      let deviation = (squares / Double(max(rows * columns, 1))).squareRoot()
      // What only the rounding of the means makes vary does not vary.
      let largest = shifts.reduce(0) { max($0, abs($1)) }
      let varies = deviation > Double(max(rows, 10)) * Double.ulpOfOne * largest
      scale = varies ? deviation : 0
      var coded: [Scalar] = []
      coded.reserveCapacity(rows * columns)
      for row in 0..<rows {
        for column in 0..<columns {
          coded.append(varies ? Scalar((own[row, column] - shifts[column]) / deviation) : 0)
        }
      }
      self.targets = coded
      self.shifts = shifts
    }

    /// Writes outputs in the targets' own units.
    func write(_ outputs: Matrix<Double>, into matrix: inout Matrix<Double>, column: Int) {
      for row in 0..<outputs.rows {
        for index in 0..<outputs.columns {
          matrix[row, column + index] = shifts[index] + scale * outputs[row, index]
        }
      }
    }
  }
}
