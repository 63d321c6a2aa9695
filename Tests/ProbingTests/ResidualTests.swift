import GSL
import Hypotheses
import Probing
import Resampling
import Testing

/// Residuals of representation and targets inside the folds, against scikit-learn
/// (`Fixtures/make_residual_fixtures.py`), and what must hold of them whatever the data.
struct ResidualTests {
  struct File: Decodable {
    let x: [[Double]]
    let y: [[Double]]
    let fold: [Int]
    let grid: [Double]
    let cases: [Case]
  }

  struct Case: Decodable {
    let name: String
    let probe: String
    let order: [Int32]
    let representation: [[Double]]?
    let targets: [[Double]]?
    let scores: [String: Double]
  }

  private static let metrics: [Metric] = [.r2, .r2PerFeature, .mse, .spearmanPerFeature, .spearmanPerItem]

  private func probe(_ name: String, _ grid: [Double]) -> Probe {
    switch name {
    case "ridge": .ridge(.fixed(3))
    case "ridge_loo": .ridge(Ridge(penalty: .chosen(.leaveOneOut, grid: grid)))
    default: .knn(KNN(k: 5, similarity: .euclidean, weights: .similarity, scale: .standard))
    }
  }

  @Test("scores are scikit-learn's, of the real targets and of rearranged ones, which are residualised anew")
  func scikitLearn() throws {
    let file: File = try fixture("residuals")
    let split = Split(foldOf: file.fold)
    let targets = Targets(numeric: Matrix(rows: file.y))
    #expect(file.cases.count == 36)
    for found in file.cases {
      let residuals = try Residuals(
        representation: found.representation.map { Matrix(rows: $0) },
        targets: found.targets.map { Matrix(rows: $0) }, splits: [split])
      for metric in Self.metrics {
        let instrument = Instrument(
          metric: metric, probe: probe(found.probe, file.grid), splits: [split], residuals: residuals)
        let prepared = try instrument.prepare(Matrix(rows: file.x))
        let expected = try #require(found.scores[metric.keyword])
        let asWorld = prepared.worlds(targets, sources: [found.order])[0].score()
        let asTargets = prepared.evaluate(targets.rearranged(by: found.order)).score
        #expect(abs(asWorld - expected) < 1e-8, "\(found.name), \(found.probe), \(metric.keyword)")
        #expect(abs(asTargets - asWorld) < 1e-10, "\(found.name), \(found.probe), \(metric.keyword)")
      }
    }
  }

  /// 60 items whose first confound is the sum of the first two dimensions.
  private func sample(_ seed: UInt64) -> (
    x: Matrix<Double>, y: Targets, confounds: Matrix<Double>, split: Split
  ) {
    var stream = RandomStream(StreamKey(seed: seed), replicate: 0)
    let x = Matrix.normal(rows: 60, columns: 4, &stream)
    var confounds = Matrix.normal(rows: 60, columns: 2, &stream)
    for item in 0..<60 { confounds[item, 0] = x[item, 0] + x[item, 1] }
    let y = (0..<60).map { x[$0, 0] + 2 * confounds[$0, 1] + 0.5 * stream.normal() }
    let split = Split(items: 60, folds: 5, groups: nil, key: StreamKey(seed: seed), repetition: 0)!
    return (x, Targets(column: y), confounds, split)
  }

  @Test("a representation of the confounds alone is nothing, and scores the floor")
  func nothingLeft() throws {
    let (_, y, confounds, split) = sample(1)
    let residuals = try Residuals(representation: confounds, targets: nil, splits: [split])
    let instrument = Instrument(
      metric: .r2, probe: .ridge(.fixed(1e-6)), splits: [split], residuals: residuals)
    #expect(try instrument.prepare(confounds).evaluate(y).score == 0)
    // In single precision, as activations are stored: what rounding leaves is no feature.
    let rounded = Matrix(
      rows: 60, columns: 2, elements: confounds.elements.map { Double(Float($0 + 10)) })
    #expect(try instrument.prepare(rounded).evaluate(y).score == 0)
    // A representation that keeps its confounds is read as without residuals.
    let whole = try instrument.takingRepresentationsWhole.prepare(confounds).evaluate(y).score
    let plain = try Instrument(.r2, .fixed(1e-6), split).prepare(confounds).evaluate(y).score
    #expect(whole == plain)
    #expect(whole > 0.5)
  }

  @Test("targets that are the confounds' leave nothing, and say so")
  func targetsWithoutRest() throws {
    let (x, y, confounds, split) = sample(2)
    let residuals = try Residuals(representation: nil, targets: confounds, splits: [split])
    let instrument = Instrument(metric: .r2, probe: .ridge(Ridge()), splits: [split], residuals: residuals)
    let given = Targets(column: (0..<60).map { 3 * confounds[$0, 0] - confounds[$0, 1] + 4 })
    #expect(!instrument.leavesSomething(of: given))
    #expect(instrument.leavesSomething(of: y))
    #expect(try instrument.prepare(x).evaluate(given).score == 0)
  }

  @Test("nothing of a test fold enters: its confounds, rows and targets change no other fold's score")
  func nothingLeaks() throws {
    let (x, y, confounds, split) = sample(3)
    func losses(
      _ x: Matrix<Double>, _ y: Targets, _ confounds: Matrix<Double>
    ) throws -> [[Double]] {
      let residuals = try Residuals(representation: confounds, targets: confounds, splits: [split])
      return try Instrument(metric: .mse, probe: .ridge(.fixed(1)), splits: [split], residuals: residuals)
        .prepare(x).predictions(y)
    }
    let before = try losses(x, y, confounds)[0]
    let item = split.order[0]
    var (otherX, otherY, otherConfounds) = (x, y.coded, confounds)
    for j in 0..<4 { otherX[item, j] = 50 }
    otherY[item, 0] = -70
    for j in 0..<2 { otherConfounds[item, j] = 30 }
    let after = try losses(otherX, Targets(numeric: otherY), otherConfounds)[0]
    // The other items of its fold are predicted by training items alone; those of other folds by it too.
    let own = split.range(0)
    #expect(after[own.lowerBound] != before[own.lowerBound])
    for position in own.dropFirst() { #expect(abs(after[position] - before[position]) < 1e-12) }
    #expect((own.upperBound..<60).contains { after[$0] != before[$0] })
  }

  @Test("floor and ceiling of residuals are 0 and 1 by r2, and the fastest path agrees with the exact one")
  func boundsAndWorlds() async throws {
    let (x, y, confounds, split) = sample(4)
    let residuals = try Residuals(representation: confounds, targets: confounds, splits: [split])
    for metric in [Metric.r2, .spearman, .mse] {
      let instrument = Instrument(
        metric: metric, probe: .ridge(Ridge()), splits: [split], residuals: residuals)
      let (floor, ceiling) = (instrument.floor(y).score(), instrument.ceiling(y).score())
      if metric == .mse {
        #expect(ceiling == 0 && floor > 0)
      } else {
        #expect(floor == 0 && ceiling == 1)
      }
    }
    for part in [true, false] {
      let residuals = try Residuals(
        representation: part ? confounds : nil, targets: part ? nil : confounds, splits: [split])
      let prepared = try Instrument(
        metric: .r2, probe: .ridge(Ridge()), splits: [split], residuals: residuals
      ).prepare(x)
      let scheme = PermutationScheme.free(count: 60)
      let observed = prepared.evaluate(y).score
      let scores = try await prepared.scores(
        y, replicates: 0..<20, observed: observed, jobs: 2,
        source: { replicate, source in
          source =
            replicate == 0
            ? (0..<60).map { $0 } : scheme.permutation(StreamKey(seed: 5), replicate: replicate)
        })
      let exact = prepared.worlds(
        y,
        sources: (0..<20).map {
          $0 == 0 ? (0..<60).map { $0 } : scheme.permutation(StreamKey(seed: 5), replicate: $0)
        })
      #expect(scores[0] == observed)
      #expect(distance(scores, exact.map { $0.score() }) < 1e-4)
    }
  }

  @Test("an online code's blocks are residualised on the blocks before them")
  func online() throws {
    let (x, y, confounds, _) = sample(6)
    let classes = Targets(classes: (0..<60).map { y.coded[$0, 0] > 0 ? "a" : "b" })
    let split = Split(onlineCodeOf: 60, groups: nil, key: StreamKey(seed: 7), repetition: 0)!
    func bits(_ residuals: Residuals?) throws -> Double {
      try Instrument(
        metric: .descriptionLength(DescriptionLength()), probe: .logistic(Logistic()), splits: [split],
        residuals: residuals
      ).prepare(x).evaluate(classes).score
    }
    let left = try bits(Residuals(representation: confounds, targets: nil, splits: [split]))
    let whole = try bits(nil)
    #expect(left.isFinite && left != whole)
  }
}
