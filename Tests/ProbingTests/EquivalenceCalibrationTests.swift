import Foundation
import GSL
import Hypotheses
import Probing
import Resampling
import Testing

/// How often two measurements are called as good as each other where they differ by exactly the bound, and where they do not
/// differ.
///
/// With `REFUTE_DATASETS=2000` this prints the figures of docs/statistics.md; without it a slice is simulated.
struct EquivalenceCalibrationTests {
  /// Two representations of one target, with their noise; ridge, five folds.
  private struct Design: Sendable {
    var items: Int
    var noise: (Double, Double)

    func reading(_ dataset: Int) throws -> Reading {
      var stream = RandomStream(StreamKey(seed: 210, "\(items)", "\(noise)"), replicate: dataset)
      let y = (0..<items).map { _ in stream.normal() }
      let split = Split(items: items, folds: 5, groups: nil, key: StreamKey(seed: 211), repetition: dataset)!
      let instrument = Instrument(.r2, .fixed(1), split)
      let targets = Targets(column: y)
      var worlds: [ScoredWorld] = []
      for noise in [noise.0, noise.1] {
        var x = Matrix.normal(rows: items, columns: 3, &stream)
        for item in 0..<items { x[item, 0] = y[item] + noise * x[item, 0] }
        worlds.append(try instrument.prepare(x).evaluate(targets).world)
      }
      return Reading(
        worlds[0], over: worlds[1],
        bounds: [Reading.Bounds(floor: instrument.floor(targets), ceiling: instrument.ceiling(targets))])
    }
  }

  @Test(
    "a difference of the bound is called small in about a twentieth of the data sets, none in nearly all",
    arguments: [60, 200])
  func level(_ items: Int) async throws {
    let asked = ProcessInfo.processInfo.environment["REFUTE_DATASETS"]
    let datasets = asked.flatMap { Int($0) } ?? 250
    func equivalent(_ design: Design, _ bound: Double, first: Int) async throws -> Int {
      try await simulate(datasets) { dataset in
        let interval = try await Uncertainty(
          observed: try design.reading(first + dataset), units: Array(0..<items),
          key: StreamKey(seed: 212, "\(dataset)"), jobs: 1
        ).scoreIntervals(confidences: [0.9])[0]
        return Equivalence(interval: interval, bounds: -bound...bound) == .equivalent
      }.count { $0 }
    }
    // The mean over other data sets is the difference that intervals are about.
    let apart = Design(items: items, noise: (0.6, 0.9))
    let differences = try await simulate(4 * datasets) { try apart.reading(100_000 + $0).value() }
    let bound = abs(mean(differences))
    let atBound = try await equivalent(apart, bound, first: 0)
    let none = try await equivalent(Design(items: items, noise: (0.6, 0.6)), bound, first: 0)
    let interval = clopperPearson(successes: atBound, trials: datasets)
    print(
      "equivalence of sides, \(items) items: bound \(String(format: "%.3f", bound)), called equivalent at the bound "
        + "\(percent(Double(atBound) / Double(datasets))) (\(percent(interval.lowerBound)) to \(percent(interval.upperBound))), "
        + "no difference \(percent(Double(none) / Double(datasets)))")
    #expect(bound > 0.1)
    let spread = (0.065 * 0.935 / Double(datasets)).squareRoot()
    #expect(Double(atBound) / Double(datasets) <= 0.065 + 3 * spread)
    #expect(Double(none) / Double(datasets) > (items == 60 ? 0.4 : 0.9))
  }
}
