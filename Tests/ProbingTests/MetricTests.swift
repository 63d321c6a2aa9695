import GSL
import Hypotheses
import Probing
import Testing

/// Every metric against scikit-learn's, SciPy's or a formula written out in NumPy.
struct MetricTests {
  struct File: Decodable { let cases: [Case] }
  struct Case: Decodable, Sendable, CustomTestStringConvertible {
    let name: String
    let metric: Metric
    /// Coded columns by items.
    let predictions: [[Double]]
    /// Items by columns.
    let truth: [[Double]]
    let fold: [Int]
    /// How often each item is drawn, and the score of that sample.
    let weights: [[Int]]
    let scores: [Double]
    var testDescription: String { "\(metric.keyword), \(name)" }

    var targets: Targets {
      metric.targetKind == .numeric
        ? Targets(numeric: Matrix(rows: truth)) : Targets(digits: truth.map { Int($0[0]) })
    }

    /// What the metric needs of a sample that holds these items, in this order.
    func itemScores(_ items: [Int]) -> ItemScores {
      let split = Split(foldOf: items.map { fold[$0] })
      return ItemScores(
        metric, predictions: predictions.flatMap { column in split.order.map { column[items[$0]] } },
        targets: targets.rearranged(by: items.map { Int32($0) }), split: split)
    }
  }

  static let cases = try! fixture("metrics", as: File.self).cases

  @Test("agrees with an independent implementation", arguments: cases)
  func agreement(_ example: Case) {
    let items = example.itemScores(Array(example.fold.indices))
    #expect(abs(items.score() - example.scores[0]) < 1e-12)
    for (weights, score) in zip(example.weights, example.scores) {
      #expect(abs(items.score(weights: weights.map { Double($0) }) - score) < 1e-12)
    }
  }

  @Test("a weight is a number of copies", arguments: cases.filter { $0.metric != .r2 })
  func copies(_ example: Case) {
    let all = example.itemScores(Array(example.fold.indices))
    for weights in example.weights {
      let drawn = weights.enumerated().flatMap { item, count in [Int](repeating: item, count: count) }
      // A sample that lost a whole fold is no split.
      guard Set(drawn.map { example.fold[$0] }).count == Set(example.fold).count else { continue }
      #expect(abs(all.score(weights: weights.map { Double($0) }) - example.itemScores(drawn).score()) < 1e-12)
    }
  }

  @Test("the order of the items does not matter", arguments: cases)
  func order(_ example: Case) {
    let backwards = example.itemScores(example.fold.indices.reversed())
    #expect(abs(backwards.score() - example.scores[0]) < 1e-12)
  }

  @Test("floors of predictors that never see the representation")
  func floors() throws {
    let labels = (0..<30).map { $0 % 10 < 7 ? 0 : 1 }
    let targets = Targets(digits: labels)
    let split = Split(foldOf: (0..<30).map { $0 % 5 })
    #expect(Instrument(.accuracy, Ridge(), split).floor(targets).score() == 0.7)
    #expect(Instrument(.balancedAccuracy, Ridge(), split).floor(targets).score() == 0.5)
    #expect(Instrument(.auc, Ridge(), split).floor(targets).score() == 0.5)
    for metric in [Metric.accuracy, .balancedAccuracy, .auc] {
      #expect(Instrument(metric, Ridge(), split).ceiling(targets).score() == 1)
    }
    let numbers = Targets(column: (0..<30).map { Double($0 * $0 % 17) })
    #expect(Instrument(.spearman, Ridge(), split).floor(numbers).score() == 0)
    #expect(abs(Instrument(.spearman, Ridge(), split).ceiling(numbers).score() - 1) < 1e-12)
  }

  @Test("a class that never occurs in training cannot be predicted")
  func ceilings() {
    // Class 2 stands in fold 0 only: two of twelve items.
    let labels = [2, 2, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1]
    let fold = [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2]
    let split = Split(foldOf: fold)
    #expect(
      abs(Instrument(.accuracy, Ridge(), split).ceiling(Targets(digits: labels)).score() - 10.0 / 12) < 1e-12)
    #expect(
      abs(Instrument(.balancedAccuracy, Ridge(), split).ceiling(Targets(digits: labels)).score() - 2.0 / 3)
        < 1e-12)
    // A feature that two items of one fold alone have: there its training mean of 0 is the best guess.
    let rare = fold.indices.map { $0 < 2 ? 1.0 : 0 }
    #expect(Instrument(.r2, Ridge(), split).ceiling(Targets(column: rare)).score() > 0)
    let once = Split(foldOf: [0] + [Int](repeating: 1, count: 11))
    #expect(
      Instrument(.r2, Ridge(), once).ceiling(Targets(column: [1] + [Double](repeating: 0, count: 11))).score()
        < 1)
  }
}
