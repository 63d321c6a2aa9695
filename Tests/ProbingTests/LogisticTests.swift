import Foundation
import GSL
import Hypotheses
import Probing
import Resampling
import Testing

/// Logistic regression against scikit-learn's, and against what must be true of it.
struct LogisticTests {
  struct File: Decodable { let cases: [Case] }
  struct Case: Decodable, Sendable, CustomTestStringConvertible {
    let name: String
    let x: [[Double]]
    let labels: [Int]
    let fold: [Int]
    let expectations: [Expectation]
    var testDescription: String { name }
  }
  struct Expectation: Decodable, Sendable {
    let scale: FeatureScale.RawValue
    let penalty: Double
    /// Coded columns by items.
    let predictions: [[Double]]
  }

  static let file = try! fixture("logistic", as: File.self)

  static func prepared(
    _ x: Matrix<Double>, _ split: Split, _ probe: Logistic = Logistic(), metric: Metric = .accuracy
  ) throws -> PreparedProbe {
    try Instrument(metric: metric, probe: .logistic(probe), splits: [split]).prepare(x)
  }

  @Test("probabilities are scikit-learn's", arguments: file.cases)
  func predictions(_ example: Case) throws {
    let split = Split(foldOf: example.fold)
    let targets = Targets(digits: example.labels)
    for expected in example.expectations {
      let probe = Logistic(penalty: expected.penalty, scale: FeatureScale(rawValue: expected.scale)!)
      let ours = try Self.prepared(Matrix(rows: example.x), split, probe).predictions(targets)[0]
      let theirs = expected.predictions.flatMap { row in split.order.map { row[$0] } }
      let error = distance(ours, theirs)
      // Where hardly any penalty is left scikit-learn's own solution is off by 1.3e-7 (its gradient is not 0 there).
      #expect(error < 3e-7, "scale \(expected.scale), penalty \(expected.penalty): \(error)")
    }
  }

  /// Labels that depend on a representation.
  static func data(
    _ name: String, items: Int, dimensions: Int, classes: Int, noise: Double = 1
  ) -> (x: Matrix<Double>, targets: Targets) {
    var stream = RandomStream(StreamKey(seed: 51, name), replicate: 0)
    let x = Matrix.normal(rows: items, columns: dimensions, &stream)
    let logits = x.multiplied(by: .normal(rows: dimensions, columns: classes, &stream))
    let draws = Matrix.normal(rows: items, columns: classes, &stream)
    let labels = (0..<items).map { item in
      (0..<classes).max { a, b in
        logits[item, a] / Double(dimensions).squareRoot() + noise * draws[item, a]
          < logits[item, b] / Double(dimensions).squareRoot() + noise * draws[item, b]
      }!
    }
    return (x, Targets(digits: labels))
  }

  @Test(
    "a separable world with hardly any penalty has a small gradient", arguments: [1e-6, 1e-3], [2, 3])
  func separable(penalty: Double, classes: Int) throws {
    // The probe's own training fit must satisfy the optimality condition: X'(y - p) = penalty w, and the sum over items of
    // y - p is 0. The second can be seen from outside.
    let (x, targets) = Self.data("separable", items: 60, dimensions: 30, classes: classes, noise: 0)
    let split = Split(items: 60, folds: 3, groups: nil, key: StreamKey(seed: 7), repetition: 0)!
    let evaluation = try Self.prepared(x, split, Logistic(penalty: penalty)).evaluate(targets)
    #expect(evaluation.trainingScore == 1)
    #expect(evaluation.score > 1.1 / Double(classes))
  }

  @Test("a huge penalty leaves the classes' shares")
  func hugePenalty() throws {
    let (x, targets) = Self.data("shares", items: 50, dimensions: 6, classes: 3)
    let split = Split(items: 50, folds: 5, groups: nil, key: StreamKey(seed: 7), repetition: 0)!
    let predicted = try Self.prepared(x, split, Logistic(penalty: 1e12)).predictions(targets)[0]
    for fold in 0..<5 {
      let test = split.range(fold)
      let training = (0..<50).filter { !test.contains($0) }.map { targets.labels[split.order[$0]] }
      for k in 0..<3 {
        let share = Double(training.count { $0 == k }) / Double(training.count)
        for position in test { #expect(abs(predicted[k * 50 + position] - share) < 1e-8) }
      }
    }
  }

  @Test("one class in a training fold", arguments: [2, 3])
  func oneClass(classes: Int) throws {
    let (x, _) = Self.data("one class", items: 20, dimensions: 3, classes: 2)
    var labels = [Int](repeating: 0, count: 20)
    for item in 0..<5 { labels[item] = item % (classes - 1) + 1 }
    let split = Split(foldOf: (0..<20).map { $0 / 5 })
    let predicted = try Self.prepared(x, split).predictions(Targets(digits: labels))[0]
    for position in 0..<5 {
      if classes == 2 {
        #expect(predicted[position] == 0)
      } else {
        #expect((0..<3).map { predicted[$0 * 20 + position] } == [1, 0, 0])
      }
    }
    #expect(predicted.allSatisfy { $0.isFinite })
  }

  @Test(
    "the single-precision path decides as double precision does",
    arguments: [Metric.accuracy, .balancedAccuracy, .auc], [2, 4])
  func fastPath(metric: Metric, classes: Int) async throws {
    guard metric != .auc || classes == 2 else { return }
    let (x, targets) = Self.data("fast", items: 90, dimensions: 30, classes: classes)
    let split = Split(items: 90, folds: 5, groups: nil, key: StreamKey(seed: 8), repetition: 0)!
    let prepared = try Self.prepared(x, split, Logistic(penalty: 0.1), metric: metric)
    let draw: @Sendable (Int, inout [Int32]) -> Void = { replicate, source in
      source = (0..<90).map { Int32($0) }
      var stream = RandomStream(StreamKey(seed: 9), replicate: replicate)
      if replicate != 70 { stream.shuffle(&source) }
    }
    let sources = (0..<80).map { replicate -> [Int32] in
      var source: [Int32] = []
      draw(replicate, &source)
      return source
    }
    let exact = prepared.worlds(targets, sources: sources).map { $0.score() }
    let real = prepared.evaluate(targets).score
    // The real score, and one in the midst of the null.
    for observed in [real, exact[50]] {
      let one = try await prepared.scores(
        targets, replicates: 0..<80, observed: observed, jobs: 1, source: draw)
      if observed == real {
        let three = try await prepared.scores(
          targets, replicates: 0..<80, observed: observed, jobs: 3, source: draw)
        #expect(one == three)
        let keeping = try await prepared.nullScores(
          targets, replicates: 0..<80, observed: observed, jobs: 2, keeping: 10, source: draw)
        #expect(keeping.scores == one)
        #expect(distance(keeping.kept.map { $0.score() }, Array(exact[..<10])) < 1e-12)
      }
      #expect(one[70] == observed)
      for world in 0..<80 where world != 70 {
        #expect((one[world] >= observed) == (exact[world] >= observed))
        #expect(abs(one[world] - exact[world]) < 0.03)
      }
    }
  }

  @Test("a world's probabilities do not depend on the worlds beside it", arguments: [2, 3])
  func blocks(classes: Int) throws {
    let (x, targets) = Self.data("blocks", items: 50, dimensions: 70, classes: classes)
    let split = Split(items: 50, folds: 4, groups: nil, key: StreamKey(seed: 5), repetition: 0)!
    let prepared = try Self.prepared(x, split, metric: .balancedAccuracy)
    let sources = (0..<140).map { replicate -> [Int32] in
      var source = (0..<50).map { Int32($0) }
      var stream = RandomStream(StreamKey(seed: 6), replicate: replicate)
      stream.shuffle(&source)
      return source
    }
    let together = prepared.worlds(targets, sources: sources).map { $0.score() }
    for world in [0, 1, 63, 127, 128, 139] {
      #expect(together[world] == prepared.evaluate(targets.rearranged(by: sources[world])).score)
    }
  }

  @Test("it finds a planted difference and not an absent one")
  func planted() async throws {
    let (x, targets) = Self.data("planted", items: 120, dimensions: 10, classes: 2)
    let split = Split(items: 120, folds: 5, groups: nil, key: StreamKey(seed: 5), repetition: 0)!
    let prepared = try Self.prepared(x, split)
    #expect(prepared.evaluate(targets).score > 0.65)
    let null = try await prepared.scores(targets, replicates: 0..<200, observed: 2, jobs: 2) {
      replicate, source in
      source = (0..<120).map { Int32($0) }
      var stream = RandomStream(StreamKey(seed: 11), replicate: replicate)
      stream.shuffle(&source)
    }
    #expect(abs(mean(null) - 0.5) < 0.03)
    var broken = x
    broken[0, 0] = .infinity
    #expect(throws: LinearAlgebraError.notFinite) { try Self.prepared(broken, split) }
  }
}
