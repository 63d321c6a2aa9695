import GSL
import Hypotheses
import Probing
import Resampling
import Testing

/// Partial least squares against scikit-learn's `PLSRegression`, and against what must be true of it.
struct PLSTests {
  struct File: Decodable { let cases: [Case] }
  struct Case: Decodable, Sendable, CustomTestStringConvertible {
    let name: String
    let x: [[Double]]
    let y: [[Double]]
    let fold: [Int]
    let expectations: [Expectation]
    var testDescription: String { name }
  }
  struct Expectation: Decodable, Sendable {
    let scale: FeatureScale.RawValue
    let components: Int
    /// Targets by items.
    let predictions: [[Double]]
  }

  static let file = try! fixture("pls", as: File.self)

  static func prepared(
    _ x: Matrix<Double>, _ split: Split, _ components: PLS.Components, _ scale: FeatureScale = .standard,
    metric: Metric = .r2, seed: UInt64 = 1
  ) throws -> PreparedProbe {
    let probe = Probe.pls(PLS(components: components, scale: scale))
    return try Instrument(metric: metric, probe: probe, splits: [split], key: StreamKey(seed: seed)).prepare(
      x)
  }

  /// Out-of-fold predictions, items by targets.
  static func predictions(
    _ x: Matrix<Double>, _ y: Matrix<Double>, _ split: Split, _ components: Int,
    _ scale: FeatureScale = .standard
  ) throws -> Matrix<Double> {
    let flat = try prepared(x, split, .fixed(components), scale).predictions(Targets(numeric: y))[0]
    var result = Matrix<Double>(rows: y.rows, columns: y.columns)
    for (position, item) in split.order.enumerated() {
      for column in 0..<y.columns { result[item, column] = flat[column * y.rows + position] }
    }
    return result
  }

  @Test("the number of components is chosen with groups kept together")
  func groupedChoice() throws {
    var stream = RandomStream(StreamKey(seed: 17, "grouped choice"), replicate: 0)
    let (groups, copies, dimensions) = (24, 4, 20)
    let centres = Matrix.normal(rows: groups, columns: dimensions, &stream)
    let levels = (0..<groups).map { _ in stream.normal() }
    var x = Matrix.normal(rows: groups * copies, columns: dimensions, &stream)
    var groupOf: [Int] = []
    for item in 0..<groups * copies {
      groupOf.append(item / copies)
      for j in 0..<dimensions { x[item, j] = centres[item / copies, j] + 0.01 * x[item, j] }
    }
    // The target belongs to the group and says nothing of other groups: what recognises groups is no knowledge.
    let y = Targets(column: groupOf.map { levels[$0] })
    let grouped = try #require(
      Split(items: groupOf.count, folds: 4, groups: groupOf, key: StreamKey(seed: 18), repetition: 0))
    let blind = Split(foldOf: grouped.foldOf)
    #expect(blind.order == grouped.order && blind.groups == nil)
    #expect(grouped.groups == grouped.order.map { groupOf[$0] })
    let grid = PLS.Components.chosen(grid: [1, 2, 5, 10, 20])
    let with = try Self.prepared(x, grouped, grid, .none).evaluate(y)
    let without = try Self.prepared(x, blind, grid, .none).evaluate(y)
    #expect(with.choices.reduce(0, +) < without.choices.reduce(0, +))
    #expect(with.score > without.score)
  }

  @Test("predictions are scikit-learn's", arguments: file.cases)
  func predictions(_ example: Case) throws {
    let y = Matrix(rows: example.y)
    let spread = y.elements.reduce(0) { max($0, abs($1)) }
    for expected in example.expectations {
      let ours = try Self.predictions(
        Matrix(rows: example.x), y, Split(foldOf: example.fold), expected.components,
        FeatureScale(rawValue: expected.scale)!)
      let theirs = Matrix(rows: expected.predictions).transposed
      let error = distance(ours.elements, theirs.elements) / spread
      #expect(error < 1e-8, "scale \(expected.scale), \(expected.components) components: \(error)")
    }
  }

  /// A representation of `rank` dimensions in `dimensions`, and targets that it predicts in part.
  static func data(
    _ name: String, items: Int, dimensions: Int, rank: Int? = nil, targets: Int
  ) -> (x: Matrix<Double>, y: Matrix<Double>) {
    var stream = RandomStream(StreamKey(seed: 41, name), replicate: 0)
    var x = Matrix.normal(rows: items, columns: rank ?? dimensions, &stream)
    let y = x.multiplied(by: .normal(rows: x.columns, columns: targets, &stream))
    let noise = Matrix.normal(rows: items, columns: targets, &stream)
    if let rank { x = x.multiplied(by: .normal(rows: rank, columns: dimensions, &stream)) }
    return (
      x, Matrix(rows: items, columns: targets, elements: zip(y.elements, noise.elements).map { $0 + 2 * $1 })
    )
  }

  struct Shape: Sendable, CustomTestStringConvertible {
    let items, dimensions, targets: Int
    var rank: Int?
    var testDescription: String {
      "\(items) items, \(dimensions) dimensions, \(targets) targets\(rank.map { ", rank \($0)" } ?? "")"
    }
  }
  static let shapes = [
    Shape(items: 40, dimensions: 6, targets: 1), Shape(items: 40, dimensions: 6, targets: 30),
    Shape(items: 20, dimensions: 50, targets: 1), Shape(items: 20, dimensions: 50, targets: 9),
    Shape(items: 20, dimensions: 50, targets: 70), Shape(items: 60, dimensions: 12, targets: 4, rank: 5),
    Shape(items: 18, dimensions: 25, targets: 3, rank: 4), Shape(items: 5, dimensions: 8, targets: 2),
  ]

  @Test("beyond the rank, components add nothing", arguments: shapes)
  func rank(_ shape: Shape) throws {
    let (x, y) = Self.data(
      "rank", items: shape.items, dimensions: shape.dimensions, rank: shape.rank, targets: shape.targets)
    let split = Split(items: shape.items, folds: 4, groups: nil, key: StreamKey(seed: 2), repetition: 0)!
    let smallest = shape.items - (0..<4).map { split.range($0).count }.max()!
    let rank = min(smallest - 1, shape.rank ?? shape.dimensions)
    let largest = min(shape.items - 1, shape.rank ?? shape.dimensions)
    let at = try Self.predictions(x, y, split, largest)
    let beyond = try Self.predictions(x, y, split, 500)
    #expect(distance(at.elements, beyond.elements) < 1e-9)
    // All components are ordinary least squares; with no more items than dimensions, of least norm.
    let ridge = Probe.ridge(Ridge(penalty: .fixed(1e-9), standardized: true))
    let flat = try Instrument(metric: .r2, probe: ridge, splits: [split]).prepare(x).predictions(
      Targets(numeric: y))[0]
    for (position, item) in split.order.enumerated() {
      for column in 0..<y.columns {
        #expect(abs(flat[column * y.rows + position] - beyond[item, column]) < 1e-5)
      }
    }
    #expect(rank > 0)
  }

  @Test("rotated features, rearranged rows and rescaled features and targets", arguments: shapes)
  func equivariance(_ shape: Shape) throws {
    let (x, y) = Self.data(
      "rotation", items: shape.items, dimensions: shape.dimensions, rank: shape.rank, targets: shape.targets)
    let split = Split(items: shape.items, folds: 4, groups: nil, key: StreamKey(seed: 2), repetition: 0)!
    let plain = try Self.predictions(x, y, split, 2, .none)
    var stream = RandomStream(StreamKey(seed: 43), replicate: 0)
    let rotation = try RowFactor(
      .normal(rows: shape.dimensions, columns: shape.dimensions, &stream)
    ).basis
    #expect(
      distance(try Self.predictions(x.multiplied(by: rotation), y, split, 2, .none).elements, plain.elements)
        < 1e-9)
    // More dimensions than items, all but the first ones 0: the dual form of the same problem.
    var wide = Matrix<Double>(rows: x.rows, columns: x.columns + x.rows)
    for i in 0..<x.rows { for j in 0..<x.columns { wide[i, j] = x[i, j] } }
    #expect(distance(try Self.predictions(wide, y, split, 2, .none).elements, plain.elements) < 1e-9)

    // Items in the opposite order.
    let foldOf = split.foldOf
    let opposite = Array((0..<shape.items).reversed())
    let reversed = try Self.predictions(
      x.gathering(rows: opposite), y.gathering(rows: opposite),
      Split(foldOf: opposite.map { foldOf[$0] }), 2, .none)
    #expect(distance(reversed.gathering(rows: opposite).elements, plain.elements) < 1e-9)

    let standard = try Self.predictions(x, y, split, 2, .standard)
    var (scaledX, scaledY) = (x, y)
    for i in 0..<x.rows {
      for j in 0..<x.columns { scaledX[i, j] = x[i, j] * Double(j + 1) + 5 }
      for j in 0..<y.columns { scaledY[i, j] = y[i, j] * 100 / Double(j + 1) - 3 }
    }
    var back = try Self.predictions(scaledX, scaledY, split, 2, .standard)
    for i in 0..<y.rows {
      for j in 0..<y.columns { back[i, j] = (back[i, j] + 3) * Double(j + 1) / 100 }
    }
    #expect(distance(back.elements, standard.elements) < 1e-9)
    #expect(distance(plain.elements, standard.elements) > 1e-3 || shape.dimensions == 1)
  }

  @Test("constant targets and targets of rounding alone are predicted by their mean")
  func constants() throws {
    var (x, y) = Self.data("constant", items: 30, dimensions: 4, targets: 3)
    for i in 0..<30 { y[i, 1] = 0.1 }
    let split = Split(items: 30, folds: 3, groups: nil, key: StreamKey(seed: 2), repetition: 0)!
    let predicted = try Self.predictions(x, y, split, 4)
    #expect(distance(predicted.column(1), y.column(1)) < 1e-15)
    x = Matrix(rows: 30, columns: 4, repeating: 0.3)
    let means = try Self.predictions(x, y, split, 4)
    for fold in 0..<3 {
      let test = split.range(fold)
      let training = (0..<30).filter { !test.contains($0) }.map { split.order[$0] }
      for position in test {
        let expected = mean(training.map { y[$0, 0] })
        #expect(abs(means[split.order[position], 0] - expected) < 1e-12)
      }
    }
  }

  @Test("a world's predictions do not depend on the worlds beside it", arguments: [1, 3, 12])
  func blocks(targets: Int) async throws {
    let (x, y) = Self.data("blocks", items: 40, dimensions: 6, targets: targets)
    let split = Split(items: 40, folds: 4, groups: nil, key: StreamKey(seed: 5), repetition: 0)!
    for components in [PLS.Components.fixed(3), .chosen(grid: [1, 3, 5])] {
      let prepared = try Self.prepared(x, split, components)
      let sources = (0..<70).map { replicate -> [Int32] in
        var source = (0..<40).map { Int32($0) }
        var stream = RandomStream(StreamKey(seed: 6), replicate: replicate)
        if replicate > 0 { stream.shuffle(&source) }
        return source
      }
      let together = prepared.worlds(Targets(numeric: y), sources: sources).map { $0.score() }
      for world in [0, 17, 63, 64, 69] {
        let alone = prepared.evaluate(Targets(numeric: y).rearranged(by: sources[world])).score
        #expect(abs(together[world] - alone) < 1e-10)
      }
      let draw: @Sendable (Int, inout [Int32]) -> Void = { $1 = sources[$0] }
      let observed = prepared.evaluate(Targets(numeric: y)).score
      let one = try await prepared.scores(
        Targets(numeric: y), replicates: 0..<70, observed: observed, jobs: 1, source: draw)
      let two = try await prepared.scores(
        Targets(numeric: y), replicates: 0..<70, observed: observed, jobs: 3, source: draw)
      #expect(one == two)
      #expect(one[0] == observed)
    }
  }

  @Test(
    "the number of components is the best of five folds inside the training fold",
    arguments: [FeatureScale.standard, .none])
  func choice(scale: FeatureScale) throws {
    let grid = [1, 2, 4, 7, 12]
    var chosen: Set<Int> = []
    for (seed, targets) in [(UInt64(1), 1), (2, 1), (3, 5), (4, 5), (5, 20)] {
      let (x, y) = Self.data("choice \(seed)", items: 45, dimensions: 12, targets: targets)
      let split = Split(items: 45, folds: 3, groups: nil, key: StreamKey(seed: seed), repetition: 0)!
      let choices = try Self.prepared(x, split, .chosen(grid: grid.reversed()), scale, seed: seed)
        .evaluate(Targets(numeric: y)).choices
      #expect(choices.count == 3)
      for fold in 0..<3 {
        let test = split.range(fold)
        let training = (0..<45).filter { !test.contains($0) }.map { split.order[$0] }
        let (ownX, ownY) = (x.gathering(rows: training), y.gathering(rows: training))
        let key = StreamKey(seed: seed).appending("probe").appending("0").appending("\(fold)")
        let inner = Split(
          items: training.count, folds: 5, groups: nil, key: key.appending("components"), repetition: 0)!
        let weights = (0..<targets).map { scale == .standard ? 1 / deviation(ownY.column($0)) : 1 }
        let errors = try grid.map { count in
          let predicted = try Self.predictions(ownX, ownY, inner, count, scale)
          return predicted.elements.indices.reduce(0) {
            let error = (predicted.elements[$1] - ownY.elements[$1]) * weights[$1 % targets]
            return $0 + error * error
          }
        }
        #expect(choices[fold] == Double(grid[errors.firstIndex(of: errors.min()!)!]))
        chosen.insert(Int(choices[fold]))
      }
    }
    #expect(chosen.count > 1, "a choice that is always the same shows nothing")
  }

  @Test("classes, and what is not finite")
  func classes() throws {
    let (x, y) = Self.data("classes", items: 60, dimensions: 5, targets: 1)
    let split = Split(items: 60, folds: 5, groups: nil, key: StreamKey(seed: 5), repetition: 0)!
    let two = Targets(digits: y.elements.map { $0 > 0 ? 1 : 0 })
    let three = Targets(digits: y.elements.map { $0 > 1 ? 2 : $0 > -1 ? 1 : 0 })
    let prepared = try Self.prepared(x, split, .fixed(2), metric: .accuracy)
    #expect(prepared.evaluate(two).score > 0.6)
    #expect(prepared.evaluate(three).score > 0.4)
    #expect(prepared.evaluate(two).choices.isEmpty)
    var broken = x
    broken[3, 3] = .nan
    #expect(throws: LinearAlgebraError.notFinite) { try Self.prepared(broken, split, .fixed(2)) }
  }
}
