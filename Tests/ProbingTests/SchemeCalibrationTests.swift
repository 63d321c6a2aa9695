import GSL
import Hypotheses
import Probing
import Resampling
import Rivals
import Testing

/// The schemes of `permuted_labels` with ridge and r2: where nothing is to be found they reject in at most alpha of the
/// data sets, and tokens permuted one by one in many more.
///
/// The figures that this prints stand in docs/statistics.md.
struct SchemeCalibrationTests {
  enum Design: String, Sendable, CaseIterable {
    case blocks = "whole blocks, 16 of 5"
    case shifts = "cyclic shifts, 2 closed sequences of 40, autoregression .8"
    case sequences = "whole sequences, 20 open ones of 4, autoregression .97"
    case strata = "given a confound of 5 values"
    case fineStrata = "given a continuous confound, 20 strata"
    case coarseStrata = "given a continuous confound, 5 strata"

    /// Whether the scheme's null hypothesis holds to the letter.
    var isExact: Bool { [.blocks, .strata, .shifts, .sequences].contains(self) }
  }

  /// Eighty items whose vectors and targets depend on the same blocks, time or confound, and on nothing else that they
  /// share unless there is an effect.
  private static func draw(_ design: Design, effect: Double, _ dataset: Int) throws -> (
    CalibrationTests.DataSet, free: CalibrationTests.DataSet
  ) {
    var stream = RandomStream(StreamKey(seed: 90, design.rawValue, "\(effect)"), replicate: dataset)
    let (items, dimensions) = (80, 4)
    var x = Matrix.normal(rows: items, columns: dimensions, &stream)
    var y = (0..<items).map { _ in stream.normal() }
    let scheme: PermutationScheme
    switch design {
    case .blocks:
      let blocks = (0..<items).map { $0 / 5 }
      let levels = Matrix.normal(rows: 16, columns: dimensions + 1, &stream)
      for item in 0..<items {
        for j in 0..<dimensions { x[item, j] = 0.5 * x[item, j] + levels[blocks[item], j] }
        y[item] = 0.5 * y[item] + levels[blocks[item], dimensions]
      }
      scheme = try .whole(blocks: blocks)
    case .shifts:
      for j in 0..<dimensions {
        let closed = Self.closed(x.column(j), length: 40, memory: 0.8)
        for item in 0..<items { x[item, j] = closed[item] }
      }
      y = Self.closed(y, length: 40, memory: 0.8)
      scheme = .shifts(sequences: (0..<items).map { $0 / 40 })
    case .sequences:
      for item in 0..<items where item % 4 != 0 {
        for j in 0..<dimensions { x[item, j] = 0.97 * x[item - 1, j] + 0.243 * x[item, j] }
        y[item] = 0.97 * y[item - 1] + 0.243 * y[item]
      }
      scheme = try .whole(blocks: (0..<items).map { $0 / 4 })
    case .strata, .fineStrata, .coarseStrata:
      var confound = (0..<items).map { _ in stream.normal() }
      if design == .strata { confound = (0..<items).map { Double($0 % 5) - 2 } }
      for item in 0..<items {
        x[item, 1] += 2 * confound[item]
        y[item] += confound[item]
      }
      scheme = .within(blocks: quantileStrata(confound, count: design == .fineStrata ? 20 : 5))
    }
    for item in 0..<items { y[item] += effect * x[item, 0] }
    let split = Split(
      items: items, folds: 5, groups: nil, key: StreamKey(seed: 91, design.rawValue), repetition: dataset)!
    let instrument = Instrument(.r2, Ridge(), split)
    let targets = Targets(column: y)
    return (
      CalibrationTests.DataSet(x: x, targets: targets, scheme: scheme, instrument: instrument),
      CalibrationTests.DataSet(
        x: x, targets: targets, scheme: .free(count: items), instrument: instrument)
    )
  }

  /// Autoregression around closed sequences: each value is the sum of all innovations before it, around the end.
  private static func closed(_ innovations: [Double], length: Int, memory: Double) -> [Double] {
    var values = innovations
    for start in stride(from: 0, to: values.count, by: length) {
      var last = 0.0
      // Around ten times: the beginning is forgotten.
      for round in 0..<10 {
        for place in start..<start + length {
          last = memory * last + (1 - memory * memory).squareRoot() * innovations[place]
          if round == 9 { values[place] = last }
        }
      }
    }
    return values
  }

  /// Why open sequences are not rotated: two series that know nothing of each other, by 300 rotations of one of them.
  @Test("rotations of one open sequence reject far too often, and the checker refuses them")
  func openSequence() async throws {
    let (items, datasets) = (300, 150)
    let pValues = try await simulate(datasets) { dataset -> Double in
      var stream = RandomStream(StreamKey(seed: 98, "open"), replicate: dataset)
      var x = Matrix.normal(rows: items, columns: 16, &stream)
      var y = (0..<items).map { _ in stream.normal() }
      for item in 1..<items {
        for j in 0..<16 { x[item, j] = 0.97 * x[item - 1, j] + 0.243 * x[item, j] }
        y[item] = 0.97 * y[item - 1] + 0.243 * y[item]
      }
      let split = Split(items: items, folds: 5, groups: nil, key: StreamKey(seed: 99), repetition: dataset)!
      let prepared = try Instrument(.r2, Ridge(penalty: .fixed(10)), split).prepare(x)
      let targets = Targets(column: y)
      let scheme = PermutationScheme.shifts(sequences: Array(repeating: 0, count: items))
      let sources = scheme.arrangements(of: targets.identities, limit: items)
      let scores = prepared.worlds(targets, sources: sources).map { $0.score() }
      return pValue(observed: scores[0], null: scores, exact: true).value
    }
    print(
      "scheme, rotations of one open sequence of 300, autoregression .97: \(percent(share(pValues, 0.05)))")
    #expect(share(pValues, 0.05) > 0.05 + 2 * (0.05 * 0.95 / Double(datasets)).squareRoot())
  }

  private func share(_ pValues: [Double], _ alpha: Double) -> Double {
    Double(pValues.count { $0 <= alpha + 1e-9 }) / Double(pValues.count)
  }

  @Test("a true null is rejected in at most alpha of the data sets", arguments: Design.allCases)
  func level(_ design: Design) async throws {
    let datasets = 1_000
    let pValues = try await simulate(datasets) { dataset in
      try await Self.draw(design, effect: 0, dataset).0.p(
        StreamKey(seed: 92, design.rawValue, "\(dataset)"))
    }
    let free = try await simulate(200) { dataset in
      try await Self.draw(design, effect: 0, dataset).free.p(
        StreamKey(seed: 93, design.rawValue, "\(dataset)"))
    }
    let planted = try await simulate(200) { dataset in
      try await Self.draw(design, effect: 1, dataset).0.p(
        StreamKey(seed: 94, design.rawValue, "\(dataset)"))
    }
    print(
      "scheme, \(design.rawValue): rejected at .01 \(percent(share(pValues, 0.01))), .05 "
        + "\(percent(share(pValues, 0.05))); items permuted: \(percent(share(free, 0.05))); planted: "
        + percent(share(planted, 0.05)))
    for alpha in [0.01, 0.05] {
      let sd = (alpha * (1 - alpha) / Double(datasets)).squareRoot()
      if design.isExact { #expect(share(pValues, alpha) <= alpha + 4 * sd, "at \(alpha)") }
    }
    #expect(share(free, 0.05) > 0.15)
    #expect(share(planted, 0.05) > 0.5)
  }

  @Test("signs are flipped at the level that is said, whatever the sizes")
  func signFlips() async throws {
    let datasets = 1_000
    @Sendable func p(_ dataset: Int, effect: Double) async throws -> Double {
      var stream = RandomStream(StreamKey(seed: 95, "signs", "\(effect)"), replicate: dataset)
      let x = Matrix.normal(rows: 40, columns: 4, &stream)
      let y = (0..<40).map { ($0 % 4 == 0 ? 4 : 1) * stream.normal() + effect * x[$0, 0] }
      let split = Split(items: 40, folds: 5, groups: nil, key: StreamKey(seed: 96), repetition: dataset)!
      let prepared = try Instrument(.r2, Ridge(), split).prepare(x)
      let targets = Targets(column: y)
      let worlds = try SignFlipWorlds(
        real: targets.coded, scheme: .free(count: 40), key: StreamKey(seed: 97, "\(dataset)"))
      let null = try await prepared.worlds(
        count: 99, jobs: 1, targets: { worlds.targets(replicate: $0) }, progress: { _ in })
      return pValue(
        observed: prepared.evaluate(targets).score, null: null.map { $0.score() }, exact: false
      ).value
    }
    let null = try await simulate(datasets) { try await p($0, effect: 0) }
    let planted = try await simulate(200) { try await p($0, effect: 2) }
    print(
      "scheme, sign flips of unequal sizes: rejected at .01 \(percent(share(null, 0.01))), .05 "
        + "\(percent(share(null, 0.05))); planted: \(percent(share(planted, 0.05)))")
    #expect(share(null, 0.05) <= 0.05 + 4 * (0.05 * 0.95 / Double(datasets)).squareRoot())
    #expect(share(planted, 0.05) > 0.5)
  }
}
