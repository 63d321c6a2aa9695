import Foundation
import GSL
import Hypotheses
import Probing
import Testing

/// Metrics of several target columns, what they are held against, and whole procedures, against scikit-learn, SciPy and
/// NumPy (`Fixtures/make_feature_fixtures.py`).
struct FeatureMetricTests {
  struct File: Decodable {
    let cases: [Case]
    let procedures: [Procedure]
    let references: References
    let mcrae: McRae
  }

  struct Parameters: Decodable, Sendable {
    let k: Int?
    let n: Int?
    let gold: String?
    let similarity: String?
    let threshold: Double?
  }

  struct Case: Decodable, Sendable, CustomTestStringConvertible {
    let name: String
    let metric: String
    let parameters: Parameters
    /// Columns by items.
    let predictions: [[Double]]
    /// Items by columns.
    let truth: [[Double]]
    let fold: [Int]
    /// Per fold, columns by items: what the fold's model says of every item.
    let fits: [[[Double]]]
    let weights: [[Int]]
    let scores: [Double]
    var testDescription: String { "\(metric), \(name)" }

    /// What the metric needs of a sample that holds these items, in this order.
    func itemScores(_ items: [Int]) -> ItemScores {
      let split = Split(foldOf: items.map { fold[$0] })
      let trainingFits = fits.enumerated().map { fold, columns in
        let training = split.order.indices.filter { !split.range(fold).contains($0) }
        return columns.flatMap { column in training.map { column[items[split.order[$0]]] } }
      }
      return ItemScores(
        named(metric, parameters),
        predictions: predictions.flatMap { column in split.order.map { column[items[$0]] } },
        targets: Targets(numeric: Matrix(rows: items.map { truth[$0] })), split: split,
        trainingFits: trainingFits)
    }
  }

  struct Procedure: Decodable, Sendable, CustomTestStringConvertible {
    struct Scores: Decodable, Sendable {
      let metric: String
      let parameters: Parameters
      /// Of the targets as they are, then of every rearrangement.
      let scores: [Double]
    }
    let name: String
    let x: [[Double]]
    let truth: [[Double]]
    let fold: [Int]
    let penalty: Double
    let orders: [[Int32]]
    let scores: [Scores]
    var testDescription: String { name }
  }

  struct References: Decodable {
    struct Case: Decodable {
      let metric: String
      let parameters: Parameters
      let gold: String
      let floor: Double
      let ceiling: Double
      let groups: Double
      let rank: Double
    }
    let ones: [[Double]]
    let positive: [[Double]]
    let fold: [Int]
    let groups: [Int]
    let components: Int
    let cases: [Case]
  }

  struct McRae: Decodable {
    let fold: [Int]
    let shape: [Int]
    let precisionFloor: Double
    let precisionCeiling: Double
    let averagePrecisionFloor: Double
    let mseFloor: Double
  }

  static let file = try! fixture("features", as: File.self)

  @Test("agrees with an independent implementation", arguments: file.cases)
  func agreement(_ example: Case) {
    let items = example.itemScores(Array(example.fold.indices))
    let scale = max(1, abs(example.scores[0]))
    #expect(abs(items.score() - example.scores[0]) < 1e-11 * scale)
    for (weights, score) in zip(example.weights, example.scores) {
      #expect(abs(items.score(weights: weights.map { Double($0) }) - score) < 1e-11 * max(1, abs(score)))
    }
  }

  @Test("the order of the items does not matter", arguments: file.cases)
  func order(_ example: Case) {
    let backwards = example.itemScores(example.fold.indices.reversed())
    #expect(abs(backwards.score() - example.scores[0]) < 1e-11 * max(1, abs(example.scores[0])))
  }

  @Test("nothing weighed is nothing scored", arguments: file.cases)
  func nothing(_ example: Case) {
    let score = example.itemScores(Array(example.fold.indices)).score(
      weights: [Double](repeating: 0, count: example.fold.count))
    #expect(score == 0)
  }

  @Test(
    "the whole procedure is scikit-learn's, in every world and in both precisions", arguments: file.procedures
  )
  func procedures(_ example: Procedure) async throws {
    let targets = Targets(numeric: Matrix(rows: example.truth))
    let split = Split(foldOf: example.fold)
    for expected in example.scores {
      let metric = named(expected.metric, expected.parameters)
      let prepared = try Instrument(metric, .fixed(example.penalty), split).prepare(Matrix(rows: example.x))
      let what = "\(expected.metric) \(expected.parameters)"
      let tolerance = { (value: Double) in 1e-9 * max(1, abs(value)) }
      let observed = prepared.evaluate(targets).score
      #expect(abs(observed - expected.scores[0]) < tolerance(observed), "\(what)")
      let worlds = prepared.worlds(targets, sources: example.orders).map { $0.score() }
      for (world, score) in zip(worlds, expected.scores.dropFirst()) {
        #expect(abs(world - score) < tolerance(score), "\(what)")
      }
      for jobs in [1, 3] {
        // Far from every world, so that none is scored again in double precision.
        let fast = try await prepared.scores(
          targets, replicates: 0..<example.orders.count, observed: -1e9, jobs: jobs,
          source: { $1 = example.orders[$0] })
        let near = try await prepared.scores(
          targets, replicates: 0..<example.orders.count, observed: expected.scores[3], jobs: jobs,
          source: { $1 = example.orders[$0] })
        for (index, score) in expected.scores.dropFirst().enumerated() {
          #expect(abs(fast[index] - score) < 1e-5 * max(1, abs(score)), "\(what)")
        }
        #expect(abs(near[2] - expected.scores[3]) < tolerance(expected.scores[3]), "\(what)")
      }
    }
  }

  @Test("the training score is in the targets' own units")
  func trainingUnits() throws {
    let example = Self.file.procedures[0]
    let split = Split(foldOf: example.fold)
    let x = Matrix(rows: example.x)
    let columns = Matrix(rows: example.truth).columns
    func score(_ metric: Metric, shift: Double) throws -> Double {
      let truth = example.truth.map { $0.map { $0 + shift } }
      return try Instrument(metric, .fixed(1e-6), split).prepare(x).evaluate(
        Targets(numeric: Matrix(rows: truth))
      ).trainingScore
    }
    // Least squares does not care where zero is; ranks within an item and errors do not either.
    #expect(columns == 8)
    for metric in [Metric.mse, .spearmanPerItem, .r2PerFeature] {
      let plain = try score(metric, shift: 0)
      #expect(abs(try score(metric, shift: 1e4) - plain) < 1e-6 * max(1, abs(plain)), "\(metric)")
    }
    #expect(try score(.mse, shift: 0) > 1)
    #expect(try score(.spearmanPerItem, shift: 0) > 0.5)
  }

  @Test("floors, ceilings, group means and rank ceilings")
  func references() throws {
    let all = Self.file.references
    let split = Split(foldOf: all.fold)
    for example in all.cases {
      let targets = Targets(numeric: Matrix(rows: example.gold == "ones" ? all.ones : all.positive))
      let instrument = Instrument(named(example.metric, example.parameters), Ridge(), split)
      let what = "\(example.metric) \(example.parameters)"
      let scale = max(1, abs(example.floor))
      #expect(abs(instrument.floor(targets).score() - example.floor) < 1e-10 * scale, "\(what)")
      #expect(abs(instrument.ceiling(targets).score() - example.ceiling) < 1e-10 * scale, "\(what)")
      #expect(
        abs(instrument.groupMeans(targets, groups: all.groups).score() - example.groups) < 1e-10 * scale,
        "\(what)")
      #expect(
        abs(try instrument.rankCeiling(targets, components: all.components).score() - example.rank)
          < 1e-9 * scale, "\(what)")
      // One group knows nothing more than the floor; of F1, whose floor is not the training folds' popularity, less.
      let one = instrument.groupMeans(targets, groups: [Int](repeating: 3, count: all.fold.count))
      if case .f1 = instrument.metric {
        #expect(one.score() < example.floor, "\(what)")
      } else {
        #expect(abs(one.score() - example.floor) < 1e-12 * scale, "\(what)")
      }
      // Nothing is above the ceiling, and less is better where it is an error.
      let sign: Double = instrument.metric.isBetterWhenLarger ? 1 : -1
      #expect(sign * (example.ceiling - example.floor) > 0, "\(what)")
    }
  }

  @Test("group means of classes are the group's commonest class")
  func classesByGroup() {
    //            fold 0           fold 1
    let labels = [0, 0, 1, 1, 2, 2, 0, 0, 1, 1, 2, 1]
    let groups = [5, 5, 8, 8, 9, 9, 5, 5, 8, 8, 9, 4]
    let split = Split(foldOf: labels.indices.map { $0 < 6 ? 0 : 1 })
    // Only the item of group 4, which training has not seen, gets the commonest class of all: 0, the first of three.
    #expect(
      Instrument(.accuracy, Ridge(), split).groupMeans(Targets(digits: labels), groups: groups).score()
        == 11.0 / 12)
  }

  @Test("as many components as there is variance reach the ceiling, and none less")
  func fullRank() throws {
    let all = Self.file.references
    let targets = Targets(numeric: Matrix(rows: all.positive))
    let instrument = Instrument(.r2, Ridge(), Split(foldOf: all.fold))
    let ceiling = instrument.ceiling(targets).score()
    let scores = try [1, 4, 12, 29, 500].map { try instrument.rankCeiling(targets, components: $0).score() }
    #expect(zip(scores, scores.dropFirst()).allSatisfy { $0 <= $1 + 1e-12 })
    #expect(scores[4] <= ceiling + 1e-12)
    #expect(scores[4] > 0.9 * ceiling)
    let constant = Targets(numeric: Matrix(rows: 40, columns: 3, repeating: 2))
    #expect(try instrument.rankCeiling(constant, components: 2).score() == 0)
  }

  @Test("the highest of the best thresholds, halfway to what lies below")
  func thresholds() {
    func threshold(_ values: [Double], _ gold: [Bool]) -> Double { F1.bestThreshold(values[...], gold[...]) }
    #expect(threshold([3, 1, 2], [true, false, false]) == 2.5)
    #expect(threshold([3, 1, 2], [false, false, false]) == .infinity)
    #expect(threshold([3, 1, 2], [true, true, true]) == -.infinity)
    #expect(threshold([1, 1, 1, 0], [true, false, false, false]) == 0.5)
    // Two thresholds give F1 = 2/3: the higher one is taken.
    #expect(threshold([4, 3, 2, 1], [true, false, false, true]) == 3.5)
    // Neighbouring doubles have nothing between them: the lower one is not exceeded by itself.
    let next = (1.0).nextUp
    let between = threshold([next, 1], [true, false])
    #expect(between < next && between >= 1)
  }

  @Test("the figures on McRae et al. are those of the reference script")
  func mcrae() throws {
    guard let (_, targets) = try SharedData.mcrae() else { return }
    let expected = Self.file.mcrae
    #expect([targets.count, targets.coded.columns] == expected.shape)
    let split = Split(foldOf: expected.fold)
    func instrument(_ metric: Metric) -> Instrument { Instrument(metric, Ridge(), split) }
    let precision = instrument(.precisionAtK(PrecisionAtK(gold: .positive)))
    let (floor, ceiling) = (precision.floor(targets).score(), precision.ceiling(targets).score())
    print("McRae, precision at k: floor \(floor), ceiling \(ceiling)")
    #expect(abs(floor - expected.precisionFloor) < 1e-10)
    #expect(abs(ceiling - expected.precisionCeiling) < 1e-10)
    #expect((floor * 1e4).rounded() == 1438 && (ceiling * 1e4).rounded() == 7852)
    let average = instrument(.meanAveragePrecision(.positive)).floor(targets).score()
    #expect(abs(average - expected.averagePrecisionFloor) < 1e-10)
    #expect(abs(instrument(.mse).floor(targets).score() - expected.mseFloor) < 1e-10)
  }
}

/// A metric by its keyword and parameters.
private func named(_ keyword: String, _ parameters: FeatureMetricTests.Parameters) -> Metric {
  let gold = parameters.gold.flatMap { Gold(rawValue: $0) } ?? .ones
  switch Metric(keyword: keyword)! {
  case .precisionAtK:
    return .precisionAtK(PrecisionAtK(k: parameters.k.map { .fixed($0) } ?? .gold, gold: gold))
  case .meanAveragePrecision: return .meanAveragePrecision(gold)
  case .neighbourhoodAccuracy:
    return .neighbourhoodAccuracy(
      NeighbourhoodAccuracy(
        n: parameters.n!, similarity: Similarity(rawValue: parameters.similarity!)!))
  case .f1(var metric):
    if let threshold = parameters.threshold { metric.threshold = .fixed(threshold) }
    return .f1(metric)
  case let metric: return metric
  }
}

/// Real data beside the repository, which is not part of it.
enum SharedData {
  /// Concepts in order, and their production frequencies by feature; `nil`, saying so, where the data are absent.
  static func mcrae() throws -> (concepts: [String], targets: Targets)? {
    let folder =
      ProcessInfo.processInfo.environment["REFUTE_SHARED_DATA"].map { URL(filePath: $0) }
      ?? URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../shared/data")
    let url = folder.appending(path: "mcrae-features.txt").standardizedFileURL
    guard let text = try? String(decoding: Data(contentsOf: url), as: UTF8.self) else {
      print("SKIPPED: \(url.lastPathComponent) is not in shared/data (set REFUTE_SHARED_DATA)")
      return nil
    }
    let rows = text.split(whereSeparator: \.isNewline).map { line in
      let cells = line.split(separator: "\t", omittingEmptySubsequences: false).map {
        $0.trimmingCharacters(in: .whitespaces)
      }
      return (concept: cells[0], frequency: Double(cells[1])!, feature: cells[2].lowercased())
    }
    let concepts = Set(rows.map(\.concept)).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    let features = Set(rows.map(\.feature)).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    let concept = Dictionary(uniqueKeysWithValues: concepts.enumerated().map { ($1, $0) })
    let feature = Dictionary(uniqueKeysWithValues: features.enumerated().map { ($1, $0) })
    var values = Matrix<Double>(rows: concepts.count, columns: features.count)
    for row in rows { values[concept[row.concept]!, feature[row.feature]!] += row.frequency }
    return (concepts, Targets(numeric: values))
  }
}
