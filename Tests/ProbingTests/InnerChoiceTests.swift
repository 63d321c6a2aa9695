import Foundation
import GSL
import Hypotheses
import Probing
import Resampling
import Rivals
import Testing

/// What is chosen inside a training fold is chosen by whole units.
struct InnerChoiceTests {
  struct File: Decodable {
    let grid: [Double]
    let cases: [Case]
  }
  struct Case: Decodable, Sendable, CustomTestStringConvertible {
    let name: String
    let x: [[Double]]
    let y: [[Double]]
    let fold: [Int]
    let units: [Int]
    let expectations: [Expectation]
    var testDescription: String { name }
  }
  struct Expectation: Decodable, Sendable {
    let scale: String
    let penalties: [Double]
    let byItem: [Double]
    /// Columns by items.
    let predictions: [[Double]]
  }

  static let file = try! fixture("units", as: File.self)

  @Test("the penalty is that of leaving out whole units and fitting again", arguments: file.cases)
  func penalties(_ example: Case) async throws {
    let (x, y) = (Matrix(rows: example.x), Targets(numeric: Matrix(rows: example.y)))
    let split = Split(foldOf: example.fold, units: example.units)
    let free = Split(foldOf: example.fold)
    for expected in example.expectations {
      let ridge = Ridge(
        penalty: .chosen(.leaveOneOut, grid: Self.file.grid), standardized: expected.scale == "standard")
      let prepared = try Instrument(.r2, ridge, split).prepare(x)
      #expect(prepared.evaluate(y).choices == expected.penalties, "\(expected.scale)")
      #expect(try Instrument(.r2, ridge, free).prepare(x).evaluate(y).choices == expected.byItem)
      let predictions = prepared.predictions(y)[0]
      for (column, truth) in expected.predictions.enumerated() {
        let inOrder = split.order.map { truth[$0] }
        let own = Array(predictions[column * x.rows..<(column + 1) * x.rows])
        #expect(distance(own, inOrder) <= 1e-8 * inOrder.reduce(1) { max($0, abs($1)) })
      }

      // The other way to the same numbers, where every fold has targets of its own: residuals on nothing.
      let nothing = Matrix<Double>(rows: x.rows, columns: 1, repeating: 1)
      let residuals = try Residuals(representation: nil, targets: nothing, splits: [split])
      let centred = try Instrument(
        metric: .r2, probe: .ridge(ridge), splits: [split], residuals: residuals
      ).prepare(x)
      #expect(centred.evaluate(y).choices == expected.penalties)

      // Single precision chooses as double precision does, in every world.
      let worlds = PermutedLabelsWorlds(scheme: .free(count: x.rows), key: StreamKey(seed: 401))
      let sources = (0..<200).map { replicate in
        var source = [Int32](repeating: 0, count: x.rows)
        worlds.source(replicate: replicate, into: &source)
        return source
      }
      let exact = prepared.worlds(y, sources: sources).map { $0.score() }
      let fast = try await prepared.scores(
        y, replicates: 0..<200, observed: 1e6, jobs: 2, source: { worlds.source(replicate: $0, into: &$1) })
      #expect(distance(exact, fast) < 1e-4 * (1 + exact.reduce(0) { max($0, abs($1)) }))
    }
  }

  @Test("units of one item each change no bit, and neither does a single unit")
  func itemsAsUnits() throws {
    var stream = RandomStream(StreamKey(seed: 402), replicate: 0)
    let x = Matrix.normal(rows: 40, columns: 12, &stream)
    let y = Targets(column: (0..<40).map { x[$0, 0] + stream.normal() })
    let key = StreamKey(seed: 403)
    for probe in [
      Probe.ridge(Ridge()), .pls(PLS(components: .chosen(grid: [1, 2, 5]))),
      .ffnn(FFNN(hidden: 5, epochs: 3)),
    ] {
      func predictions(_ units: [Int]?) throws -> [[Double]] {
        let split = Split(items: 40, folds: 4, groups: nil, units: units, key: key, repetition: 0)!
        return try Instrument(metric: .r2, probe: probe, splits: [split]).prepare(x).predictions(y)
      }
      let plain = try predictions(nil)
      #expect(try predictions((0..<40).map { 100 - $0 }) == plain)
      #expect(try predictions([Int](repeating: 3, count: 40)) == plain)
      #expect(try predictions((0..<40).map { $0 / 4 }) != plain, "\(probe)")
    }
  }

  @Test("items that share a group or a unit go together")
  func components() {
    #expect(linked([["a", "b", "c", "d", "e"], ["b", "x", "y", "y", "z"]]) == [0, 0, 2, 2, 4])
    #expect(linked([[1, 2, 1, 3, 4], [10, 11, 12, 12, 11]]) == [0, 1, 0, 0, 1])
    let key = StreamKey(seed: 404)
    let (groups, units) = ([5, 5, 6, 6, 7, 7, 8, 8], [0, 1, 1, 2, 3, 4, 5, 5])
    let both = Split(items: 8, folds: 2, groups: groups, units: units, key: key, repetition: 0)!
    #expect(both.units == both.order.map { [0, 0, 0, 0, 4, 4, 6, 6][$0] })
    let grouped = Split(items: 8, folds: 2, groups: groups, key: key, repetition: 0)!
    #expect(grouped.order == both.order && grouped.groups == both.groups && grouped.units == grouped.groups)
    let free = Split(items: 8, folds: 2, groups: nil, units: units, key: key, repetition: 0)!
    #expect(free.units == free.order.map { units[$0] } && free.groups == nil)
    #expect(free.order == Split(items: 8, folds: 2, groups: nil, key: key, repetition: 0)!.order)
  }

  /// Units of four items: vectors and targets that share a part within a unit, and nothing else.
  static func noise(_ seed: Int, units: Int = 50, size: Int = 4, dimensions: Int = 32)
    -> (x: Matrix<Double>, y: Targets, unitOf: [Int])
  {
    var stream = RandomStream(StreamKey(seed: 405), replicate: seed)
    let unitOf = (0..<units * size).map { $0 / size }
    let (means, levels) = (
      Matrix.normal(rows: units, columns: dimensions, &stream), (0..<units).map { _ in stream.normal() }
    )
    var x = Matrix.normal(rows: unitOf.count, columns: dimensions, &stream)
    for item in unitOf.indices {
      for j in 0..<dimensions { x[item, j] = 0.5 * x[item, j] + means[unitOf[item], j] }
    }
    let y = unitOf.map { levels[$0] + 0.5 * stream.normal() }
    return (x, Targets(column: y), unitOf)
  }

  static func grouped(_ unitOf: [Int], _ seed: Int) -> Split {
    Split(items: unitOf.count, folds: 5, groups: unitOf, key: StreamKey(seed: 406), repetition: seed)!
  }

  @Test("noise in units scores near its floor: no penalty suits the units and nothing else")
  func noiseInUnits() async throws {
    let pls = Probe.pls(PLS(components: .chosen(grid: [1, 2, 5])))
    for (probe, name) in [(Probe.ridge(Ridge()), "ridge"), (pls, "pls")] {
      let scores = try await simulate(20) { seed -> [Double] in
        let data = Self.noise(seed)
        let split = Self.grouped(data.unitOf, seed)
        return try [split, Split(foldOf: split.foldOf)].map {
          try Instrument(metric: .r2, probe: probe, splits: [$0]).prepare(data.x).evaluate(data.y).score
        }
      }
      let (units, items) = (mean(scores.map { $0[0] }), mean(scores.map { $0[1] }))
      print("noise, 50 units of 4, \(name): r2 \(units) by units, \(items) by items")
      #expect(units > items)
      if name == "ridge" { #expect(units > -0.12 && items < -0.2) }
    }
  }

  @Test("early stopping stops by units that the network has not seen")
  func earlyStopping() async throws {
    let network = Probe.ffnn(FFNN(hidden: 40, dropout: 0, weightDecay: 0, epochs: 60, patience: 10))
    let passes = try await simulate(4) { seed -> [Double] in
      let data = Self.noise(seed, dimensions: 16)
      let split = Self.grouped(data.unitOf, seed)
      return try [split, Split(foldOf: split.foldOf)].map {
        mean(
          try Instrument(metric: .r2, probe: network, splits: [$0]).prepare(data.x).evaluate(data.y).choices)
      }
    }
    let (units, items) = (mean(passes.map { $0[0] }), mean(passes.map { $0[1] }))
    print("noise, 50 units of 4, ffnn: stops after \(units) passes by units, \(items) by items")
    #expect(2 * units < items)
  }

  @Test("what leaving out units costs")
  func price() async throws {
    for (units, size, dimensions) in [(50, 4, 32), (20, 50, 64), (500, 2, 64)] {
      let data = Self.noise(1, units: units, size: size, dimensions: dimensions)
      let split = Self.grouped(data.unitOf, 1)
      let worlds = PermutedLabelsWorlds(
        scheme: .free(count: data.unitOf.count), key: StreamKey(seed: 407))
      var seconds: [[Double]] = [[], []]
      for _ in 0..<3 {
        for (place, own) in [split, Split(foldOf: split.foldOf)].enumerated() {
          let clock = ContinuousClock()
          let start = clock.now
          let prepared = try Instrument(.r2, Ridge(), own).prepare(data.x)
          _ = try await prepared.scores(
            data.y, replicates: 0..<500, observed: 1e6, jobs: 1,
            source: { worlds.source(replicate: $0, into: &$1) })
          seconds[place].append(start.duration(to: clock.now) / .seconds(1))
        }
      }
      let (byUnit, byItem) = (seconds[0].min()!, seconds[1].min()!)
      print(
        "500 worlds, \(units) units of \(size), \(dimensions) dimensions: by unit \(byUnit) s, by item \(byItem) s, ratio \(byUnit / byItem)"
      )
    }
  }
}
