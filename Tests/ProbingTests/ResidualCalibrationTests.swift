import GSL
import Hypotheses
import Probing
import Resampling
import Rivals
import Testing

/// Permuted labels together with residuals, where representation and target share nothing but a strong continuous confound:
/// the data of `SchemeCalibrationTests`, on which five strata reject a third of the true nulls.
///
/// The figures that this prints stand in docs/statistics.md.
struct ResidualCalibrationTests {
  enum Part: String, Sendable, CaseIterable {
    case nothing, representation, targets, both
  }

  static let datasets = 1_000

  private static func draw(_ part: Part, effect: Double, bend: Bool, _ dataset: Int) throws
    -> CalibrationTests.DataSet
  {
    // All parts meet the same data sets.
    var stream = RandomStream(StreamKey(seed: 190, "\(effect)"), replicate: dataset)
    let (items, dimensions) = (80, 4)
    var x = Matrix.normal(rows: items, columns: dimensions, &stream)
    var y = (0..<items).map { _ in stream.normal() }
    let confound = (0..<items).map { _ in stream.normal() }
    for item in 0..<items {
      let value = bend ? confound[item] * confound[item] : confound[item]
      x[item, 1] += 2 * value
      y[item] += value + effect * x[item, 0]
    }
    let split = Split(items: items, folds: 5, groups: nil, key: StreamKey(seed: 191), repetition: dataset)!
    let column = Matrix(column: confound)
    let residuals =
      part == .nothing
      ? nil
      : try Residuals(
        representation: part == .targets ? nil : column, targets: part == .representation ? nil : column,
        splits: [split])
    return CalibrationTests.DataSet(
      x: x, targets: Targets(column: y), scheme: .free(count: items),
      instrument: Instrument(metric: .r2, probe: .ridge(Ridge()), splits: [split], residuals: residuals))
  }

  private func rejected(
    _ part: Part, effect: Double = 0, bend: Bool = false, datasets: Int
  ) async throws -> (five: Int, one: Int) {
    let values = try await simulate(datasets) { dataset in
      try await Self.draw(part, effect: effect, bend: bend, dataset).p(
        StreamKey(seed: 192, part.rawValue, "\(dataset)"))
    }
    return (values.count { $0 <= 0.05 + 1e-9 }, values.count { $0 <= 0.01 + 1e-9 })
  }

  @Test("a confound that is taken off is not found, and what is there beside it is", arguments: Part.allCases)
  func level(_ part: Part) async throws {
    let count = Self.datasets
    let null = try await rejected(part, datasets: count)
    let (weak, strong) = (
      try await rejected(part, effect: 0.3, datasets: count / 5),
      try await rejected(part, effect: 1, datasets: count / 5)
    )
    let bent = try await rejected(part, bend: true, datasets: count / 5)
    func text(_ hits: Int, _ of: Int) -> String {
      let interval = clopperPearson(successes: hits, trials: of)
      return
        "\(percent(Double(hits) / Double(of))) (\(percent(interval.lowerBound)) to \(percent(interval.upperBound)))"
    }
    print(
      "residuals, \(part.rawValue): rejected at .01 \(text(null.one, count)), .05 \(text(null.five, count)); effect .3 "
        + "\(text(weak.five, count / 5)), 1 \(text(strong.five, count / 5)); by a bent confound \(text(bent.five, count / 5))"
    )
    let sd = (0.05 * 0.95 / Double(count)).squareRoot()
    if part == .nothing {
      #expect(Double(null.five) / Double(count) > 0.5)
    } else {
      #expect(Double(null.five) / Double(count) <= 0.05 + 3 * sd)
      #expect(Double(strong.five) / Double(count / 5) > 0.5)
    }
  }
}
