import Foundation
import GSL
import Hypotheses
import Probing
import Resampling
import Rivals
import Testing

/// Networks with one hidden layer, against PyTorch, scikit-learn and finite differences.
struct NetworkTests {
  struct File: Decodable {
    let epochs: [Epoch]
    let scores: Scores
  }
  struct Epoch: Decodable, Sendable, CustomTestStringConvertible {
    let activation: String
    let link: String
    let x: [[Double]]
    let y: [[Double]]
    let first: [[Double]]
    let second: [[Double]]
    let rate: Double
    let decay: Double
    let batches: [[Int32]]
    /// Before and after.
    let losses: [Double]
    let firstAfter: [[Double]]
    let secondAfter: [[Double]]
    var testDescription: String { "\(activation), \(link)" }

    var shape: NetworkShape {
      NetworkShape(
        inputs: x[0].count, hidden: first.count, outputs: second.count,
        activation: FFNN.Activation(rawValue: activation)!,
        link: ["linear": .linear, "logistic": .logistic, "softmax": .softmax][link]!)
    }

    func network<Scalar: NetworkScalar>(_: Scalar.Type) -> Network<Scalar> {
      Network(
        shape, first: first.flatMap { $0 }.map { Scalar($0) },
        second: second.flatMap { $0 }.map { Scalar($0) })
    }

    /// Some rows, each with its 1.
    func rows<Scalar: NetworkScalar>(_ places: [Int32], _: Scalar.Type) -> [Scalar] {
      places.flatMap { (x[Int($0)] + [1]).map { Scalar($0) } }
    }

    func targets<Scalar: NetworkScalar>(_: Scalar.Type) -> [Scalar] { y.flatMap { $0 }.map { Scalar($0) } }

    var all: [Int32] { (0..<Int32(x.count)).map { $0 } }
  }
  struct Scores: Decodable, Sendable {
    struct Case: Decodable, Sendable { let activation: String, scores: [Double] }
    let x: [[Double]]
    let y: [[Double]]
    let fold: [Int]
    let cases: [Case]
  }

  static let file = try! fixture("networks", as: File.self)

  @Test("one pass of Adam agrees with PyTorch's", arguments: file.epochs)
  func adam(_ example: Epoch) {
    agrees(example, Double.self, 1e-10)
    agrees(example, Float.self, 2e-4)
  }

  private func agrees<Scalar: NetworkScalar>(_ example: Epoch, _ scalar: Scalar.Type, _ tolerance: Double) {
    var network = example.network(scalar)
    var workspace = Network<Scalar>.Workspace(example.shape, rows: example.x.count)
    let targets = example.targets(scalar)
    func loss() -> Double {
      network.loss(
        example.rows(example.all, scalar), targets: targets, places: example.all, example.all.count,
        &workspace)
    }
    #expect(abs(loss() - example.losses[0]) < tolerance)
    for batch in example.batches {
      network.step(
        .init(rate: example.rate, decay: example.decay), example.rows(batch, scalar), targets: targets,
        places: batch, batch.count, &workspace)
    }
    #expect(abs(loss() - example.losses[1]) < tolerance)
    #expect(distance(network.first.map { Double($0) }, example.firstAfter.flatMap { $0 }) < tolerance)
    #expect(distance(network.second.map { Double($0) }, example.secondAfter.flatMap { $0 }) < tolerance)
  }

  @Test("gradients agree with finite differences", arguments: file.epochs)
  func finiteDifferences(_ example: Epoch) {
    let network = example.network(Double.self)
    var workspace = Network<Double>.Workspace(example.shape, rows: example.x.count)
    let (rows, targets, places) = (
      example.rows(example.all, Double.self), example.targets(Double.self), example.all
    )
    network.gradients(rows, targets: targets, places: places, places.count, &workspace)
    let (first, second) = (workspace.firstGradient, workspace.secondGradient)
    func loss(_ first: [Double], _ second: [Double]) -> Double {
      Network(example.shape, first: first, second: second)
        .loss(rows, targets: targets, places: places, places.count, &workspace)
    }
    let h = 1e-6
    for index in network.first.indices {
      var (up, down) = (network.first, network.first)
      up[index] += h
      down[index] -= h
      let slope = (loss(up, network.second) - loss(down, network.second)) / (2 * h)
      #expect(abs(slope - first[index]) < 1e-8)
    }
    for index in network.second.indices {
      var (up, down) = (network.second, network.second)
      up[index] += h
      down[index] -= h
      let slope = (loss(network.first, up) - loss(network.first, down)) / (2 * h)
      #expect(abs(slope - second[index]) < 1e-8)
    }
  }

  @Test("gradients with hidden units left out agree with finite differences", arguments: ["tanh", "relu"])
  func masked(_ activation: String) {
    let example = Self.file.epochs.first { $0.activation == activation && $0.link == "linear" }!
    let (shape, count) = (example.shape, example.x.count)
    var workspace = Network<Double>.Workspace(shape, rows: count)
    let mask = (0..<shape.hidden * count).map { $0 % 3 == 1 ? 0 : 1.5 }
    let (rows, targets) = (example.rows(example.all, Double.self), example.targets(Double.self))
    func loss(_ network: Network<Double>) -> Double {
      network.forward(rows, count, mask: mask, &workspace)
      return zip(workspace.outputs, targets).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } / 2
        / Double(count)
    }
    let network = example.network(Double.self)
    var other = Network<Double>.Workspace(shape, rows: count)
    network.gradients(rows, targets: targets, places: example.all, count, mask: mask, &other)
    let h = 1e-6
    for index in network.first.indices {
      var (up, down) = (network.first, network.first)
      up[index] += h
      down[index] -= h
      let slope =
        (loss(Network(shape, first: up, second: network.second))
          - loss(Network(shape, first: down, second: network.second))) / (2 * h)
      #expect(abs(slope - other.firstGradient[index]) < 1e-8)
    }
  }

  @Test("the tangent of single precision is one")
  func tangent() {
    var values = stride(from: Float(-12), through: 12, by: 0.01).map { $0 } + [0, 1e-20, -1e-6, 80, -1e30]
    let exact = values.map { Foundation.tanh(Double($0)) }
    Float.tanh(&values, values.count)
    #expect(zip(values, exact).allSatisfy { abs(Double($0) - $1) < 5e-7 })
  }

  @Test("scores as well as scikit-learn's network on the same folds", arguments: file.scores.cases)
  func likeScikitLearn(_ example: Scores.Case) throws {
    let data = Self.file.scores
    let network = FFNN(
      hidden: 40, activation: FFNN.Activation(rawValue: example.activation)!, dropout: 0, weightDecay: 0,
      learningRate: 0.005, batch: 27, epochs: 60, patience: 10, validation: 0.1)
    let scores = try (0..<10).map { seed in
      try Instrument(
        metric: .r2, probe: .ffnn(network), splits: [Split(foldOf: data.fold)],
        key: StreamKey(seed: UInt64(seed), "like scikit-learn")
      ).prepare(Matrix(rows: data.x)).evaluate(Targets(numeric: Matrix(rows: data.y))).score
    }
    let error = (deviation(scores) + deviation(example.scores)) / 10.0.squareRoot()
    print(
      "network, \(example.activation): ours \(mean(scores)), theirs \(mean(example.scores)), error \(error)")
    #expect(abs(mean(scores) - mean(example.scores)) < 0.01 + 4 * error)
  }

  private static func data(_ items: Int, _ dimensions: Int, _ seed: Int) -> (Matrix<Double>, RandomStream) {
    var stream = RandomStream(StreamKey(seed: 90, "networks"), replicate: seed)
    let x = Matrix.normal(rows: items, columns: dimensions, &stream)
    return (x, stream)
  }

  private static func split(_ items: Int, _ folds: Int = 5) -> Split {
    Split(items: items, folds: folds, groups: nil, key: StreamKey(seed: 91), repetition: 0)!
  }

  @Test("finds what no line can find")
  func exclusiveOr() throws {
    var (x, stream) = Self.data(400, 6, 1)
    let y = (0..<400).map { (x[$0, 0] > 0) != (x[$0, 1] > 0) ? 1.0 : 0 }
    let numbers = Targets(column: y.map { 5 + 2 * $0 + 0.3 * stream.normal() })
    let classes = Targets(digits: y.map { Int($0) })
    func score(_ probe: Probe, _ metric: Metric, _ targets: Targets) throws -> Double {
      try Instrument(metric: metric, probe: probe, splits: [Self.split(400)]).prepare(x).evaluate(targets)
        .score
    }
    for activation in FFNN.Activation.allCases {
      let network = Probe.ffnn(
        FFNN(
          hidden: 50, activation: activation, dropout: 0.1, weightDecay: 0.01, learningRate: 0.01, batch: 32,
          epochs: 200, patience: 30))
      let (r2, auc) = (try score(network, .r2, numbers), try score(network, .auc, classes))
      print("exclusive or, \(activation): r2 \(r2), auc \(auc)")
      #expect(r2 > 0.4)
      #expect(auc > 0.9)
    }
    #expect(try score(.ridge(Ridge()), .r2, numbers) < 0.05)
    #expect(try score(.ridge(Ridge()), .auc, classes) < 0.65)
  }

  @Test("classes are predicted by probabilities")
  func probabilities() throws {
    var (x, stream) = Self.data(90, 5, 2)
    let labels = (0..<90).map { $0 % 3 }
    for item in 0..<90 { x[item, labels[item]] += 2 }
    let instrument = Instrument(
      metric: .accuracy, probe: .ffnn(FFNN(hidden: 20, dropout: 0.2, learningRate: 0.01)),
      splits: [Self.split(90)])
    let prepared = try instrument.prepare(x)
    let targets = Targets(digits: labels)
    let predictions = prepared.predictions(targets)[0]
    for item in 0..<90 {
      let own = (0..<3).map { predictions[$0 * 90 + item] }
      #expect(own.allSatisfy { $0 > 0 && $0 < 1 })
      #expect(abs(own.reduce(0, +) - 1) < 1e-12)
    }
    let evaluation = prepared.evaluate(targets)
    #expect(evaluation.score > 0.75)
    #expect(evaluation.trainingScore > evaluation.score - 0.05)
    #expect(
      evaluation.choices.count == 5 && evaluation.choices.allSatisfy { 1...100 ~= $0 && $0 == $0.rounded() })
    let two = Targets(digits: labels.map { min($0, 1) })
    #expect(prepared.predictions(two)[0].allSatisfy { $0 > 0 && $0 < 1 })
    _ = stream.nextWord()
  }

  @Test("a world is the same whatever is trained beside it, and for any number of jobs")
  func independence() async throws {
    var (x, stream) = Self.data(60, 8, 3)
    let y = Matrix<Double>(
      rows: 60, columns: 3, elements: (0..<180).map { x[$0 / 3, $0 % 3] + stream.normal() })
    let targets = Targets(numeric: y)
    let prepared = try Instrument(
      metric: .r2, probe: .ffnn(FFNN(hidden: 12, learningRate: 0.01, batch: 16, epochs: 20, patience: 2)),
      splits: [Self.split(60)]
    ).prepare(x)
    let worlds = PermutedLabelsWorlds(scheme: .free(count: 60), key: StreamKey(seed: 92))
    let sources = (0..<25).map { replicate in
      var source: [Int32] = []
      worlds.source(replicate: replicate, into: &source)
      return source
    }
    let together = prepared.worlds(targets, sources: sources).map { $0.score() }
    let alone = sources.map { prepared.worlds(targets, sources: [$0])[0].score() }
    #expect(together == alone)
    #expect(Set(together).count == 25)
    for jobs in [1, 3] {
      let scores = try await prepared.scores(
        targets, replicates: 0..<25, observed: 0, jobs: jobs,
        source: { worlds.source(replicate: $0, into: &$1) })
      #expect(scores == together)
    }
    let identity = (0..<60).map { Int32($0) }
    #expect(
      prepared.worlds(targets, sources: [sources[0], identity])[1].score() == prepared.evaluate(targets).score
    )
  }

  @Test("units of the targets do not matter, and what does not vary is predicted exactly")
  func equivariance() throws {
    var (x, stream) = Self.data(60, 8, 4)
    var y = Matrix<Double>(rows: 60, columns: 2)
    for item in 0..<60 {
      y[item, 0] = 1 + x[item, 0] + stream.normal()
      y[item, 1] = 0.1
    }
    let prepared = try Instrument(
      metric: .r2, probe: .ffnn(FFNN(hidden: 12, learningRate: 0.01, batch: 16, epochs: 20)),
      splits: [Self.split(60)]
    ).prepare(x)
    let plain = prepared.predictions(Targets(numeric: y))[0]
    var moved = y
    for index in moved.elements.indices {
      moved.elements[index] = moved.elements[index] * 64 + (index % 2 == 0 ? 1024 : 0)
    }
    let other = prepared.predictions(Targets(numeric: moved))[0]
    for place in 0..<60 { #expect(abs(plain[place] * 64 + 1024 - other[place]) < 0.02) }
    let constant = Matrix<Double>(rows: 60, columns: 1, repeating: 0.1)
    #expect(prepared.predictions(Targets(numeric: constant))[0].allSatisfy { abs($0 - 0.1) < 1e-15 })
  }

  @Test("a learning rate that destroys everything gives finite predictions")
  func divergence() throws {
    var (x, stream) = Self.data(40, 4, 5)
    let targets = Targets(column: (0..<40).map { _ in stream.normal() })
    for index in x.elements.indices { x.elements[index] *= 1e6 }
    let prepared = try Instrument(
      metric: .r2, probe: .ffnn(FFNN(hidden: 5, activation: .relu, learningRate: 10, scale: .none)),
      splits: [Self.split(40)]
    ).prepare(x)
    #expect(prepared.predictions(targets)[0].allSatisfy { $0.isFinite })
    x[3, 1] = .nan
    #expect(throws: LinearAlgebraError.notFinite) {
      try Instrument(metric: .r2, probe: .ffnn(FFNN()), splits: [Self.split(40)]).prepare(x)
    }
  }
}
