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

    /// The difference of one data set, and what it would be on any number of new items with the same fitted folds.
    func draw(_ dataset: Int, news: Int) throws -> (reading: Reading, own: Double) {
      var stream = RandomStream(StreamKey(seed: 210, "\(items)", "\(noise)"), replicate: dataset)
      func targets(_ count: Int) -> [Double] { (0..<count).map { _ in stream.normal() } }
      func view(_ y: [Double], _ noise: Double) -> Matrix<Double> {
        var x = Matrix.normal(rows: y.count, columns: 3, &stream)
        for item in y.indices { x[item, 0] = y[item] + noise * x[item, 0] }
        return x
      }
      let y = targets(items)
      let split = Split(items: items, folds: 5, groups: nil, key: StreamKey(seed: 211), repetition: dataset)!
      let instrument = Instrument(.r2, .fixed(1), split)
      let real = Targets(column: y)
      let newY = targets(news)
      var worlds: [ScoredWorld] = []
      var own: [Double] = []
      for noise in [noise.0, noise.1] {
        let x = view(y, noise)
        worlds.append(try instrument.prepare(x).evaluate(real).world)
        let newX = view(newY, noise)
        guard news > 0 else { continue }
        var (loss, base) = (0.0, 0.0)
        for fold in 0..<split.count {
          let training = split.training(fold)
          let all = Split(foldOf: (0..<news + training.count).map { $0 < news ? 0 : 1 })
          let predicted = try Instrument(.r2, .fixed(1), all).prepare(
            Matrix(
              rows: news + training.count, columns: 3,
              elements: newX.elements + x.gathering(rows: training).elements)
          ).predictions(Targets(column: newY + training.map { y[$0] }))[0]
          let center = mean(training.map { y[$0] })
          for item in 0..<news {
            loss += (newY[item] - predicted[item]) * (newY[item] - predicted[item])
            base += (newY[item] - center) * (newY[item] - center)
          }
        }
        own.append(1 - loss / base)
      }
      let bounds = Reading.Bounds(floor: instrument.floor(real), ceiling: instrument.ceiling(real))
      return (
        Reading(worlds[0], over: worlds[1], bounds: [bounds]), own.isEmpty ? .nan : own[0] - own[1]
      )
    }
  }

  @Test(
    "a difference of the bound is seldom called small, and none nearly always",
    arguments: [60, 200])
  func level(_ items: Int) async throws {
    let asked = ProcessInfo.processInfo.environment["REFUTE_DATASETS"]
    let datasets = asked.flatMap { Int($0) } ?? 250
    @Sendable func interval(_ reading: Reading, _ dataset: Int) async throws -> [ClosedRange<Double>] {
      try await Uncertainty(
        observed: reading, units: Array(0..<items), key: StreamKey(seed: 212, "\(dataset)"), jobs: 1
      ).scoreIntervals(confidences: [0.9, 0.95])
    }
    let apart = Design(items: items, noise: (0.6, 0.9))
    let found = try await simulate(datasets) { dataset in
      let drawn = try apart.draw(dataset, news: 2_000)
      return (interval: try await interval(drawn.reading, dataset), own: drawn.own)
    }
    let none = try await simulate(datasets) { dataset in
      try await interval(Design(items: items, noise: (0.6, 0.6)).draw(dataset, news: 0).reading, dataset)
    }
    func isSmall(_ interval: [ClosedRange<Double>], _ bound: Double, _ at: Int) -> Bool {
      Equivalence(interval: interval[at], bounds: -bound...bound) == .equivalent
    }
    // The mean over all data sets: of training sets too, whose variation is not in the interval.
    let bound = abs(mean(found.map(\.own)))
    func text(_ hits: Int) -> String {
      let interval = clopperPearson(successes: hits, trials: datasets)
      let ends = "\(percent(interval.lowerBound)) to \(percent(interval.upperBound))"
      return "\(percent(Double(hits) / Double(datasets))) (\(ends))"
    }
    for (place, level) in ["90 %", "95 %"].enumerated() {
      let own = found.count { isSmall($0.interval, abs($0.own), place) }
      let average = found.count { isSmall($0.interval, bound, place) }
      let same = none.count { isSmall($0, bound, place) }
      print(
        "equivalence of sides, \(items) items, by the \(level) interval: called equivalent where the fitted folds differ by the "
          + "bound \(text(own)), where they do on average (\(String(format: "%.3f", bound))) \(text(average)), no difference "
          + text(same))
    }
    #expect(bound > 0.1)
    // The 95 % interval decides.
    let own = found.count { isSmall($0.interval, abs($0.own), 1) }
    let average = found.count { isSmall($0.interval, bound, 1) }
    let same = none.count { isSmall($0, bound, 1) }
    let spread = (0.05 * 0.95 / Double(datasets)).squareRoot()
    #expect(Double(own) / Double(datasets) <= 0.05 + 3 * spread)
    #expect(Double(average) / Double(datasets) <= 0.05 + 3 * spread)
    #expect(Double(same) / Double(datasets) > (items == 60 ? 0.3 : 0.9))
  }
}
