import GSL
import Probing
import Resampling
import Testing

/// Intervals of the best and the worst member of a family of probes. The figures that this prints stand in docs/statistics.md.
struct FamilyBoundsTests {
  struct Setting: Sendable, CustomTestStringConvertible {
    var name: String
    var isEach = false
    /// Whether losses are 0 or 1, as those of accuracy; else squared normal numbers, as those of r2.
    var isAccuracy = true
    /// The members' true scores.
    var scores: [Double]
    var items = 100
    var testDescription: String { "\(name), \(scores.count) members, \(items) items" }

    var combination: Reading.Combination { isEach ? .worst(largest: false) : .best(largest: true) }
    var truth: Double { isEach ? scores.min()! : scores.max()! }

    /// Members on the same items, alike in how hard these are.
    func draw(_ scores: [Double], _ stream: inout RandomStream) -> [ScoredWorld] {
      var losses = [[Double]](repeating: [], count: scores.count)
      var bases: [Double] = []
      for _ in 0..<items {
        let shared = 0.7.squareRoot() * stream.normal()
        let total = stream.normal()
        bases.append(isAccuracy ? 1 : total * total)
        for (member, score) in scores.enumerated() {
          let own = shared + 0.3.squareRoot() * stream.normal()
          losses[member].append(
            isAccuracy ? (normalCDF(own) < score ? 0 : 1) : (1 - score) * own * own)
        }
      }
      return losses.map { ScoredWorld(repeats: [.ratio(loss: $0, base: bases)]) }
    }
  }

  static let spread = (0..<12).map { 0.3 + 0.04 * Double($0) }
  static let settings: [Setting] = [
    Setting(name: "accuracy, any, equal .7", scores: [Double](repeating: 0.7, count: 12)),
    Setting(name: "accuracy, any, .3 to .74", scores: spread),
    Setting(name: "accuracy, any, equal .95", scores: [Double](repeating: 0.95, count: 12)),
    Setting(name: "accuracy, any, equal .95", scores: [Double](repeating: 0.95, count: 12), items: 400),
    Setting(name: "accuracy, any, equal .7", scores: [Double](repeating: 0.7, count: 2)),
    Setting(name: "r2, any, equal .5", isAccuracy: false, scores: [Double](repeating: 0.5, count: 12)),
    Setting(name: "r2, any, .3 to .74", isAccuracy: false, scores: spread),
    Setting(
      name: "r2, any, equal .5", isAccuracy: false, scores: [Double](repeating: 0.5, count: 12), items: 400),
    Setting(name: "accuracy, each, equal .7", isEach: true, scores: [Double](repeating: 0.7, count: 12)),
    Setting(name: "accuracy, each, .3 to .74", isEach: true, scores: spread),
    Setting(name: "r2, each, .3 to .74", isEach: true, isAccuracy: false, scores: spread),
  ]

  @Test("intervals of families and of their margins cover the true value", arguments: settings)
  func coverage(_ setting: Setting) async throws {
    let datasets = 300
    let rival = setting.scores.map { $0 - 0.2 }
    let results = try await simulate(datasets) { dataset -> [(ClosedRange<Double>, Double)] in
      var stream = RandomStream(StreamKey(seed: 80, setting.testDescription), replicate: dataset)
      let worlds = setting.draw(setting.scores + rival, &stream)
      let count = setting.scores.count
      let uncertainty = Uncertainty(
        observed: Reading(family: Array(worlds.prefix(count)), setting.combination),
        units: Array(0..<setting.items),
        range: setting.isAccuracy ? 0...1 : -Double.infinity...Double.infinity,
        key: StreamKey(seed: 81, "\(dataset)"), jobs: 1)
      return [
        (try await uncertainty.scoreInterval(), setting.truth),
        (
          try await uncertainty.marginInterval(
            over: [Reading(family: Array(worlds.suffix(count)), setting.combination)]), 0.2
        ),
      ]
    }
    for (place, what) in ["score", "margin"].enumerated() {
      func share(_ holds: (ClosedRange<Double>, Double) -> Bool) -> Double {
        Double(results.count { holds($0[place].0, $0[place].1) }) / Double(datasets)
      }
      let covered = share { $0.contains($1) }
      print(
        "family of probes, \(what), \(setting.testDescription): \(percent(covered)), "
          + "too high \(percent(share { $0.lowerBound > $1 })), too low \(percent(share { $0.upperBound < $1 }))"
      )
    }
  }
}
