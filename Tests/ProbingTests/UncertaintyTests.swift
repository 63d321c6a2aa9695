import GSL
import Hypotheses
import Probing
import Resampling
import Testing

/// Bootstrap intervals against SciPy's, and what they must and must not do.
struct UncertaintyTests {
  struct File: Decodable { let cases: [Case] }
  struct Case: Decodable, Sendable, CustomTestStringConvertible {
    let name: String
    let metric: Metric
    let predictions: [Double]
    let truth: [Double]
    let fold: [Int]
    let low: Double
    let high: Double
    /// The standard deviation of SciPy's bootstrap distribution.
    let deviation: Double
    var testDescription: String { "\(metric.keyword), \(name)" }

    /// The world in which these are the out-of-fold predictions, with every item there `copies` times.
    func world(copies: Int = 1) -> ScoredWorld {
      func copied<Element>(_ values: [Element]) -> [Element] {
        values.flatMap { [Element](repeating: $0, count: copies) }
      }
      let split = Split(foldOf: copied(fold))
      let targets =
        metric.targetKind == .numeric
        ? Targets(column: copied(truth)) : Targets(digits: copied(truth).map { Int($0) })
      let predictions = copied(predictions)
      return ScoredWorld(repeats: [
        ItemScores(metric, predictions: split.order.map { predictions[$0] }, targets: targets, split: split)
      ])
    }

    func uncertainty(copies: Int = 1, seed: UInt64 = 60, jobs: Int = 1, units: [Int]? = nil) -> Uncertainty {
      Uncertainty(
        observed: world(copies: copies), units: units ?? Array(0..<fold.count * copies),
        key: StreamKey(seed: seed),
        jobs: jobs)
    }
  }

  static let cases = try! fixture("bootstrap", as: File.self).cases

  @Test("BCa intervals are SciPy's up to Monte Carlo error", arguments: cases)
  func bca(_ example: Case) async throws {
    let intervals = try await simulate(30) {
      try await example.uncertainty(seed: UInt64($0)).scoreInterval()
    }
    let low = mean(intervals.map(\.lowerBound))
    let high = mean(intervals.map(\.upperBound))
    // A share of items moves in steps, and so do the ends of its interval.
    let step = example.metric == .accuracy ? 1 / Double(example.fold.count) : 0
    #expect(abs(low - example.low) < 0.1 * example.deviation + step, "\(low), not \(example.low)")
    #expect(abs(high - example.high) < 0.1 * example.deviation + step, "\(high), not \(example.high)")
  }

  @Test(
    "copies of an item in its unit add nothing; taken for items they narrow the interval", arguments: cases)
  func units(_ example: Case) async throws {
    let plain = try await example.uncertainty().scoreInterval()
    let units = (0..<2 * example.fold.count).map { 1_000 - $0 / 2 }
    let grouped = try await example.uncertainty(copies: 2, units: units).scoreInterval()
    let naive = try await example.uncertainty(copies: 2).scoreInterval()
    func width(_ range: ClosedRange<Double>) -> Double { range.upperBound - range.lowerBound }
    #expect(
      abs(grouped.lowerBound - plain.lowerBound) < 1e-9 && abs(grouped.upperBound - plain.upperBound) < 1e-9)
    #expect(width(naive) < 0.85 * width(grouped))
  }

  @Test("the same for any number of jobs", arguments: cases)
  func jobs(_ example: Case) async throws {
    let one = try await example.uncertainty().scoreInterval()
    #expect(try await example.uncertainty(jobs: 2).scoreInterval() == one)
    #expect(try await example.uncertainty(jobs: 7).scoreInterval() == one)
    let rivals = Self.cases.filter { $0.metric == example.metric }.map { $0.world() }
    let margin = try await example.uncertainty().marginInterval(over: rivals)
    #expect(try await example.uncertainty(jobs: 7).marginInterval(over: rivals) == margin)
  }

  @Test("the margin over an identical rival is 0 without doubt", arguments: cases)
  func identicalRival(_ example: Case) async throws {
    let margin = try await example.uncertainty().marginInterval(over: [example.world()])
    #expect(margin == 0...0)
    let margins = try await example.uncertainty().marginInterval(over: [example.world(), example.world()])
    #expect(abs(margins.lowerBound) < 1e-12 && abs(margins.upperBound) < 1e-12)
  }

  @Test("the spread of a rival's worlds enters the margin's interval")
  func spread() async throws {
    let example = Self.cases[0]
    let truth = Targets(column: example.truth)
    let split = Split(foldOf: example.fold)
    /// A rival whose errors are all alike.
    func rival(_ shift: Double) -> ScoredWorld {
      ScoredWorld(repeats: [
        ItemScores(
          .r2, predictions: split.order.map { example.truth[$0] + shift }, targets: truth, split: split)
      ])
    }
    func width(_ rivals: [ScoredWorld], areAll: Bool = false) async throws -> Double {
      let range = try await example.uncertainty().marginInterval(over: rivals, areAll: areAll)
      #expect(range.contains(example.world().score() - mean(rivals.map { $0.score() })))
      return range.upperBound - range.lowerBound
    }
    let alike = try await width([rival(1), rival(1)])
    // More worlds of one kind are no more information about the items.
    #expect(abs(try await width([ScoredWorld](repeating: rival(1), count: 100)) - alike) < 1e-9)
    // Few worlds that disagree widen the interval of their mean; many of the same spread hardly do.
    let squares = (0.5.squareRoot(), 1.5.squareRoot())
    #expect(try await width([rival(squares.0), rival(squares.1)]) > 1.3 * alike)
    let many = (0..<300).map { rival($0 % 2 == 0 ? squares.0 : squares.1) }
    #expect(abs(try await width(many) / alike - 1) < 0.1)
    // The mean of all the worlds that there are is not in doubt.
    #expect(try await width([rival(squares.0), rival(squares.1)], areAll: true) < 1.1 * alike)
  }

  @Test(
    "Sums per unit and column give the draws that reweighting every item gives",
    arguments: [Metric.r2PerFeature, .f1(F1(.macro))]
  )
  func columnSums(_ metric: Metric) async throws {
    let (items, columns) = (45, 5)
    var stream = RandomStream(StreamKey(seed: 3), replicate: 0)
    // Columns that half the items have, down to one that two items have: many draws hold none of those.
    var truth = Matrix<Double>(rows: items, columns: columns)
    for item in 0..<items {
      for column in 0..<columns - 1 where item % (column + 2) == 0 { truth[item, column] = 1 }
      if item < 2 { truth[item, columns - 1] = 1 }
    }
    let targets = Targets(numeric: truth)
    // Units of three items that do not stand together, and items as units of their own.
    for units in [(0..<items).map { 7 - $0 % 15 }, Array(0..<items)] {
      var worlds: [ScoredWorld] = []
      for world in 0..<3 {
        var repeats: [ItemScores] = []
        for repetition in 0..<2 {
          let split = Split(foldOf: (0..<items).map { ($0 / 3 + repetition * $0) % 5 })
          var predictions: [Double] = []
          for column in 0..<columns {
            for item in split.order {
              predictions.append(truth[item, column] * 0.6 + 0.3 * Double(world) * stream.normal())
            }
          }
          // The fit of the training items, from which thresholds are chosen.
          var fits: [[Double]] = []
          for fold in 0..<split.count {
            let test = Set(split.range(fold))
            let training = split.order.indices.filter { !test.contains($0) }.map { split.order[$0] }
            fits.append((0..<columns).flatMap { column in training.map { truth[$0, column] * 0.9 } })
          }
          repeats.append(
            ItemScores(metric, predictions: predictions, targets: targets, split: split, trainingFits: fits))
        }
        worlds.append(ScoredWorld(repeats: repeats))
      }
      // Numbered as they appear.
      var numbers: [Int: Int] = [:]
      let unitOf = units.map { unit in
        let number = numbers[unit] ?? numbers.count
        numbers[unit] = number
        return number
      }
      let sums = try #require(
        ColumnSums(worlds, unitOf: unitOf, units: numbers.count))
      let bootstrap = UnitBootstrap(units: numbers.count)
      let key = StreamKey(seed: 60)
      let counts = (0..<Uncertainty.replicates).map {
        bootstrap.counts(key.appending("bootstrap"), replicate: $0)
      }
      func direct(_ weight: (Int) -> Double) -> [Double] {
        let weights = unitOf.map(weight)
        return worlds.map { $0.score(weights: weights) }
      }
      let draws = counts.map { counts in direct { Double(counts[$0]) } }
      let fast = sums.scores(counts)
      #expect(fast.count == draws.count)
      for (a, b) in zip(fast, draws) { #expect(distance(a, b) < 1e-12) }
      let left = (0..<numbers.count).map { unit in direct { $0 == unit ? 0 : 1 } }
      for unit in left.indices { #expect(distance(sums.leavingOut(unit), left[unit]) < 1e-12) }
      // A draw without the rare column's items is among them, and the interval is made of these draws.
      #expect(counts.contains { $0[unitOf[0]] == 0 && $0[unitOf[1]] == 0 })
      let interval = try await Uncertainty(observed: worlds[1], units: units, key: key, jobs: 2)
        .scoreInterval()
      let expected = bcaInterval(
        estimate: worlds[1].score(), replicates: draws.map { $0[1] }, jackknife: [left.map { $0[1] }])
      #expect(
        abs(interval.lowerBound - expected.lowerBound) < 1e-12
          && abs(interval.upperBound - expected.upperBound) < 1e-12)
      #expect(interval.upperBound > interval.lowerBound)
    }
  }
}
