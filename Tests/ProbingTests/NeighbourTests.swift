import Foundation
import GSL
import Hypotheses
import Probing
import Resampling
import Testing

/// k nearest neighbours and label propagation, against scikit-learn and plain NumPy.
struct NeighbourTests {
  struct File: Decodable {
    let x: [[Double]]
    let far: [[Double]]
    let y: [[Double]]
    let labels: [Int]
    let fold: [Int]
    let cases: [Case]
    let classes: [Classes]
  }
  struct Case: Decodable, Sendable, CustomTestStringConvertible {
    let probe: String
    let k: Int
    let similarity: String
    let weights: String
    let scale: String
    let data: String
    /// Columns by items.
    let predictions: [[Double]]
    let training: Double
    var testDescription: String { "\(probe), \(k), \(similarity), \(weights), \(scale), \(data)" }
  }
  struct Classes: Decodable, Sendable {
    let k: Int
    let similarity: String
    let predictions: [[Double]]
  }

  static let file = try! fixture("neighbours", as: File.self)

  private func predictions(_ probe: Probe, _ x: [[Double]], _ targets: Targets, _ fold: [Int]) throws
    -> [Double]
  {
    let split = Split(foldOf: fold)
    let found = try Instrument(metric: .r2, probe: probe, splits: [split]).prepare(Matrix(rows: x))
      .predictions(targets)[0]
    // Back from the split's order to the items'.
    var result = found
    for column in 0..<targets.coded.columns {
      for (position, item) in split.order.enumerated() {
        result[column * fold.count + item] = found[column * fold.count + position]
      }
    }
    return result
  }

  @Test("agrees with scikit-learn and NumPy", arguments: file.cases)
  func agreement(_ example: Case) throws {
    let (similarity, scale) = (
      Similarity(rawValue: example.similarity)!, FeatureScale(rawValue: example.scale)!
    )
    let probe: Probe =
      example.probe == "knn"
      ? .knn(
        KNN(
          k: example.k, similarity: similarity, weights: KNN.Weights(rawValue: example.weights)!, scale: scale
        ))
      : .labelPropagation(LabelPropagation(neighbours: example.k, similarity: similarity, scale: scale))
    let x = example.data == "x" ? Self.file.x : Self.file.far
    let targets = Targets(numeric: Matrix(rows: Self.file.y))
    let found = try predictions(probe, x, targets, Self.file.fold)
    #expect(distance(found, example.predictions.flatMap { $0 }) < 1e-8)
    let evaluation = try Instrument(metric: .r2, probe: probe, splits: [Split(foldOf: Self.file.fold)])
      .prepare(Matrix(rows: x)).evaluate(targets)
    #expect(abs(evaluation.trainingScore - example.training) < 1e-9)
  }

  @Test("label propagation is the fixed point of scikit-learn's", arguments: file.classes)
  func fixedPoint(_ example: Classes) throws {
    let probe = LabelPropagation(
      neighbours: example.k, similarity: Similarity(rawValue: example.similarity)!, scale: .none)
    let found = try predictions(
      .labelPropagation(probe), Self.file.x, Targets(digits: Self.file.labels), Self.file.fold)
    #expect(distance(found, example.predictions.flatMap { $0 }) < 1e-8)
  }

  /// Item 0 is held out; the others lie at distances 1, 2, 2, 2 and 3 from it, those at 2 in different places.
  @Test("items that are equally near share the last places, in any order")
  func ties() throws {
    let x: [[Double]] = [[0, 0], [1, 0], [2, 0], [0, 2], [-2, 0], [0, -3]]
    let y = [0.0, 10, 1, 2, 6, 100]
    func prediction(_ k: Int, _ weights: KNN.Weights, _ order: [Int]) throws -> Double {
      let probe = KNN(k: k, similarity: .euclidean, weights: weights)
      let found = try predictions(
        .knn(probe), order.map { x[$0] }, Targets(column: order.map { y[$0] }), order.map { $0 == 0 ? 0 : 1 })
      return found[order.firstIndex(of: 0)!]
    }
    for order in [[0, 1, 2, 3, 4, 5], [5, 4, 3, 2, 1, 0], [3, 0, 4, 1, 5, 2]] {
      #expect(abs(try prediction(1, .uniform, order) - 10) < 1e-12)
      #expect(abs(try prediction(2, .uniform, order) - (10 + 3) / 2) < 1e-12)
      #expect(abs(try prediction(3, .uniform, order) - (10 + 2 * 3) / 3) < 1e-12)
      #expect(abs(try prediction(4, .uniform, order) - 19.0 / 4) < 1e-12)
      #expect(abs(try prediction(2, .similarity, order) - (10 + 3 * 0.5) / 1.5) < 1e-12)
      // As many as there are, or more: all of them.
      for k in [5, 6, 1_000] { #expect(abs(try prediction(k, .uniform, order) - 119.0 / 5) < 1e-12) }
    }
  }

  @Test("what points the other way does not count, and nothing is as near as anything")
  func cosines() throws {
    let x: [[Double]] = [[1, 0], [2, 0], [-1, 0], [1, 1], [0, 0]]
    let y = [0.0, 4, 100, 8, 50]
    func prediction(_ first: [Double], _ weights: KNN.Weights) throws -> Double {
      try predictions(
        .knn(KNN(k: 4, weights: weights)), [first] + x.dropFirst(), Targets(column: y), [0, 1, 1, 1, 1])[0]
    }
    let half = 0.5.squareRoot()
    #expect(abs(try prediction([1, 0], .similarity) - (4 + half * 8) / (1 + half)) < 1e-12)
    #expect(abs(try prediction([1e200, 0], .similarity) - (4 + half * 8) / (1 + half)) < 1e-12)
    // A vector of zeros is at an angle of 90 degrees to everything.
    #expect(abs(try prediction([0, 0], .similarity) - 162.0 / 4) < 1e-12)
    #expect(abs(try prediction([0, 0], .uniform) - 162.0 / 4) < 1e-12)
  }

  @Test("a nearest neighbour that is the item itself copies its target")
  func copies() throws {
    var stream = RandomStream(StreamKey(seed: 95), replicate: 0)
    let x = Matrix.normal(rows: 30, columns: 60, &stream)
    let y = Targets(column: (0..<30).map { _ in stream.normal() })
    let split = Split(foldOf: (0..<30).map { $0 % 3 })
    for probe in [
      Probe.knn(KNN(k: 1)), .knn(KNN(k: 1, similarity: .euclidean)),
      .labelPropagation(LabelPropagation(neighbours: 2)),
      .knn(KNN(k: 5, similarity: .euclidean, weights: .similarity)),
    ] {
      let evaluation = try Instrument(metric: .r2, probe: probe, splits: [split]).prepare(x).evaluate(y)
      #expect(abs(evaluation.trainingScore - 1) < 1e-12)
      #expect(evaluation.score < 0.3)
      #expect(evaluation.choices.isEmpty)
    }
  }

  @Test("finds neighbourhoods that no line finds")
  func rings() throws {
    var stream = RandomStream(StreamKey(seed: 96), replicate: 0)
    var x = Matrix<Double>(rows: 200, columns: 2)
    for item in 0..<200 {
      let (radius, angle) = (item % 2 == 0 ? 1.0 : 3.0, 2 * Double.pi * stream.uniform())
      x[item, 0] = radius * cos(angle) + 0.2 * stream.normal()
      x[item, 1] = radius * sin(angle) + 0.2 * stream.normal()
    }
    let targets = Targets(digits: (0..<200).map { $0 % 2 })
    let split = Split(items: 200, folds: 5, groups: nil, key: StreamKey(seed: 97), repetition: 0)!
    func score(_ probe: Probe) throws -> Double {
      try Instrument(metric: .auc, probe: probe, splits: [split]).prepare(x).evaluate(targets).score
    }
    #expect(try score(.knn(KNN(k: 7, similarity: .euclidean))) > 0.98)
    #expect(try score(.labelPropagation(LabelPropagation(neighbours: 7, similarity: .euclidean))) > 0.98)
    #expect(try score(.ridge(Ridge())) < 0.65)
  }
}
