import GSL
import Hypotheses
import Probing
import Resampling
import Testing

/// Ridge regression against scikit-learn's, fold by fold.
struct RidgeTests {
  struct File: Decodable {
    let grid: [Double]
    let cases: [Case]
  }
  struct Case: Decodable, Sendable, CustomTestStringConvertible {
    let name: String
    let x: [[Double]]
    let fold: [Int]
    let numeric: [[Double]]
    let binary: [Int]
    let classes: [Int]
    let expectations: [Expectation]
    var testDescription: String { name }

    func targets(_ name: String) -> Targets {
      switch name {
      case "single": Targets(column: numeric.map { $0[0] })
      case "multi": Targets(numeric: Matrix(rows: numeric))
      case "binary": Targets(digits: binary)
      default: Targets(digits: classes)
      }
    }
  }
  struct Expectation: Decodable, Sendable {
    let target: String
    let scale: String
    let rule: String
    let penalties: [Double]
    /// Coded columns by items.
    let predictions: [[Double]]
  }

  static let file = try! fixture("ridge", as: File.self)

  @Test("predictions and penalties are scikit-learn's", arguments: file.cases)
  func predictions(_ example: Case) throws {
    let split = Split(foldOf: example.fold)
    for expected in example.expectations {
      let penalty: Penalty =
        switch expected.rule {
        case "loo": .chosen(.leaveOneOut, grid: Self.file.grid)
        case "gcv": .chosen(.generalizedCrossValidation, grid: Self.file.grid.reversed())
        default: .fixed(expected.penalties[0])
        }
      let targets = example.targets(expected.target)
      let metric: Metric = targets.areClasses ? .accuracy : .r2
      let ridge = Ridge(penalty: penalty, standardized: expected.scale == "standard")
      let prepared = try Instrument(metric, ridge, split).prepare(Matrix(rows: example.x))
      let what = "\(expected.target), scale \(expected.scale), \(expected.rule)"

      #expect(prepared.evaluate(targets).choices == expected.penalties, "\(what)")
      let items = targets.count
      let predictions = prepared.predictions(targets)[0]
      for (column, truth) in expected.predictions.enumerated() {
        let inOrder = split.order.map { truth[$0] }
        let scale = inOrder.reduce(1) { max($0, abs($1)) }
        let error = distance(Array(predictions[column * items..<(column + 1) * items]), inOrder)
        #expect(error <= 1e-8 * scale, "\(what), column \(column)")
      }
    }
  }

  @Test("without a penalty, least squares of least norm")
  func withoutPenalty() throws {
    // y = 2 + x1 - x2 holds exactly; the third column repeats the first, so it is not unique.
    var stream = RandomStream(StreamKey(seed: 1), replicate: 0)
    var x = Matrix.normal(rows: 20, columns: 3, &stream)
    for i in 0..<20 { x[i, 2] = x[i, 0] }
    let y = (0..<20).map { 2 + x[$0, 0] - x[$0, 1] }
    let split = try #require(Split(items: 20, folds: 4, groups: nil, key: StreamKey(seed: 2), repetition: 0))
    for standardized in [true, false] {
      let prepared = try Instrument(.r2, .fixed(0, standardized: standardized), split).prepare(x)
      #expect(distance(prepared.predictions(Targets(column: y))[0], split.order.map { y[$0] }) < 1e-10)
      #expect(abs(prepared.evaluate(Targets(column: y)).score - 1) < 1e-12)
    }
  }

  @Test("an infinite penalty predicts the training mean, which scores 0")
  func meanPredictor() throws {
    var stream = RandomStream(StreamKey(seed: 3), replicate: 0)
    let x = Matrix.normal(rows: 33, columns: 4, &stream)
    let targets = Targets(numeric: Matrix.normal(rows: 33, columns: 2, &stream))
    let split = try #require(Split(items: 33, folds: 5, groups: nil, key: StreamKey(seed: 4), repetition: 0))
    let instrument = Instrument(.r2, .fixed(1), split)
    #expect(instrument.floor(targets).score() == 0)
    #expect(instrument.ceiling(targets).score() == 1)
    #expect(abs(try Instrument(.r2, .fixed(1e300), split).prepare(x).evaluate(targets).score) < 1e-14)
    // A representation without content has no direction to fit.
    let constant = Matrix<Double>(rows: 33, columns: 4, repeating: 29_000.7)
    #expect(abs(try instrument.prepare(constant).evaluate(targets).score) < 1e-14)
    let none = Matrix<Double>(rows: 33, columns: 0)
    #expect(abs(try instrument.prepare(none).evaluate(targets).score) < 1e-14)
  }

  @Test("targets that do not vary score 0", arguments: [0.0, 0.1, 1e6 + 0.1, -3e-7])
  func constantTargets(_ value: Double) async throws {
    for items in 10..<60 {
      var stream = RandomStream(StreamKey(seed: 5), replicate: items)
      let x = Matrix.normal(rows: items, columns: 4, &stream)
      let targets = Targets(column: [Double](repeating: value, count: items))
      let split = try #require(
        Split(items: items, folds: 5, groups: nil, key: StreamKey(seed: 6), repetition: 0))
      for metric in [Metric.r2, .spearman] {
        let instrument = Instrument(metric, .fixed(1), split)
        let prepared = try instrument.prepare(x)
        #expect(prepared.evaluate(targets).score == 0, "\(metric), \(items) items")
        #expect(instrument.floor(targets).score() == 0)
        let scores = try await prepared.scores(
          targets, replicates: 0..<3, observed: 1, jobs: 1,
          source: { for i in 0..<items { $1[i] = Int32((i + $0) % items) } })
        #expect(scores == [0, 0, 0], "\(metric), \(items) items")
      }
    }
  }

  @Test("units and offsets of the targets change nothing")
  func unitsOfTargets() throws {
    var stream = RandomStream(StreamKey(seed: 7), replicate: 0)
    let x = Matrix.normal(rows: 40, columns: 5, &stream)
    let y = (0..<40).map { x[$0, 0] + stream.normal() }
    let split = try #require(Split(items: 40, folds: 5, groups: nil, key: StreamKey(seed: 8), repetition: 0))
    for metric in [Metric.r2, .spearman] {
      let prepared = try Instrument(metric, Ridge(), split).prepare(x)
      let plain = prepared.evaluate(Targets(column: y)).score
      for (factor, shift) in [(1e-6, 0.0), (1e9, 0), (1, 1e4), (0.01, -273.15)] {
        let score = prepared.evaluate(Targets(column: y.map { factor * $0 + shift })).score
        #expect(abs(score - plain) < 1e-9, "\(metric) \(factor) \(shift)")
      }
    }
  }

  @Test("the score is that of the predictions, and repetitions are averaged")
  func scoreOfPredictions() throws {
    var stream = RandomStream(StreamKey(seed: 9), replicate: 0)
    let x = Matrix.normal(rows: 36, columns: 6, &stream)
    let labels = (0..<36).map { x[$0, 0] + stream.normal() > 0 ? 1 : 0 }
    let splits = (0..<3).map {
      Split(items: 36, folds: 4, groups: nil, key: StreamKey(seed: 10), repetition: $0)!
    }
    for metric in Metric.singleTarget {
      let targets = metric.targetKind == .numeric ? Targets(column: x.column(1)) : Targets(digits: labels)
      let instrument = Instrument(metric: metric, probe: .ridge(.fixed(30)), splits: splits)
      let prepared = try instrument.prepare(x)
      let scores = zip(splits, prepared.predictions(targets)).map { split, predictions in
        ItemScores(metric, predictions: predictions, targets: targets, split: split).score()
      }
      #expect(abs(prepared.evaluate(targets).score - mean(scores)) < 1e-12, "\(metric)")
    }
  }

  @Test("the training score is that of the fit of the training items")
  func trainingScore() throws {
    var stream = RandomStream(StreamKey(seed: 12), replicate: 0)
    let x = Matrix.normal(rows: 30, columns: 50, &stream)
    let y = (0..<30).map { _ in stream.normal() }
    let split = try #require(Split(items: 30, folds: 5, groups: nil, key: StreamKey(seed: 13), repetition: 0))
    func score(_ metric: Metric, _ penalty: Double, _ targets: Targets) throws -> Double {
      try Instrument(metric, .fixed(penalty), split).prepare(x).evaluate(targets).trainingScore
    }
    let labels = Targets(digits: y.map { $0 > 0 ? 1 : 0 })
    #expect(abs(try score(.r2, 1e-9, Targets(column: y)) - 1) < 1e-9)
    #expect(abs(try score(.r2, 1e12, Targets(column: y))) < 1e-9)
    #expect(try score(.spearman, 1e-9, Targets(column: y)) > 0.999)
    #expect(try score(.accuracy, 1e-9, labels) == 1)
    #expect(try score(.auc, 1e-9, labels) == 1)
    #expect(try score(.r2, 30, Targets(column: y)) > 0.2)
  }

  @Test("values that are not finite are refused")
  func notFinite() throws {
    var x = Matrix<Double>(rows: 10, columns: 2, repeating: 1)
    x[4, 1] = .nan
    let split = Split(foldOf: (0..<10).map { $0 % 2 })
    #expect(throws: LinearAlgebraError.notFinite) { try Instrument(.r2, Ridge(), split).prepare(x) }
  }
}
