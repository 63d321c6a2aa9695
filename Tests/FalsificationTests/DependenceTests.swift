import Falsification
import Foundation
import Hypotheses
import TestSupport
import Testing

/// Noise in which items depend on each other, and effects in which they may: what a run says of dependence that is not declared.
@Suite("Dependence that is not declared")
struct DependenceTests {
  /// How many data sets of every kind; more by `REFUTE_DATASETS`, for the tables in docs/statistics.md.
  static let datasets = ProcessInfo.processInfo.environment["REFUTE_DATASETS"].flatMap { Int($0) } ?? 4

  enum World: String, CaseIterable, Sendable {
    /// The label is a function of one of six groups, which the rows hold too.
    case sixLabels
    /// A number per group, of 12 and of 40.
    case dozen, forty
    /// Group effects on both sides: 4, 12, 30 groups.
    case few, both, many
    /// Rows and targets are independent autoregressive series.
    case series, slow
    /// A linear effect, and columns that say nothing.
    case sound
    /// A linear effect in sorted rows, with a column that clusters in both a little, and one of the target's ranges.
    case sorted

    var isNoise: Bool { self != .sound && self != .sorted }
    var isOrder: Bool { self == .series || self == .slow }
  }

  private func write(_ world: World, seed: UInt64, to folder: TemporaryFolder) throws {
    var random = Sample.Generator(seed: 1_000 &* seed &+ 17)
    for _ in 0..<20 { _ = random.uniform() }
    let (n, d) = (240, 16)
    func normals(_ count: Int) -> [Double] { (0..<count).map { _ in random.normal() } }
    let count: Int =
      switch world {
      case .sixLabels: 6
      case .dozen, .both: 12
      case .forty: 40
      case .few: 4
      case .many: 30
      case .series, .slow, .sound, .sorted: 24
      }
    var groups = (0..<n).map { ($0 * 7) % count }
    var x = normals(n * d)
    var y = normals(n)
    let (centres, effects) = (normals(count * d), normals(count))
    func addCentres(_ size: Double) {
      for item in 0..<n { for j in 0..<d { x[item * d + j] += size * centres[groups[item] * d + j] } }
    }
    switch world {
    case .sixLabels:
      y = groups.map { $0 < 3 ? 1 : -1 }
      addCentres(1)
    case .dozen, .forty:
      y = groups.map { effects[$0] }
      addCentres(1)
    case .few, .both, .many:
      y = (0..<n).map { effects[groups[$0]] + 0.5 * y[$0] }
      addCentres(1)
    case .series, .slow:
      let phi = world == .series ? 0.9 : 0.97
      for item in 1..<n {
        for j in 0..<d { x[item * d + j] += phi * x[(item - 1) * d + j] }
        y[item] += phi * y[item - 1]
      }
    case .sound: y = (0..<n).map { x[$0 * d] - x[$0 * d + 1] + 0.7 * y[$0] }
    case .sorted:
      addCentres(0.5)
      y = (0..<n).map { x[$0 * d] - x[$0 * d + 1] + 0.7 * y[$0] }
      let order = (0..<n).sorted { y[$0] < y[$1] }
      (y, groups) = (order.map { y[$0] }, order.map { groups[$0] })
      x = order.flatMap { item in (0..<d).map { x[item * d + $0] } }
    }
    let keys = (0..<n).map { "w\($0)" }
    try folder.write(safetensors(["x": (x, d)], keys: keys), to: "d.safetensors")
    var table = "key,y,class,g,half,chance,range\n"
    for item in 0..<n {
      table +=
        "w\(item),\(y[item]),\(y[item] > 0 ? "a" : "b"),g\(groups[item]),h\(item % 2),c\((item * 31 + 7) % 17),\(Int(y[item].rounded()))\n"
    }
    try folder.write(table, to: "d.csv")
  }

  private func hypothesis(_ world: World, extra: String = "", folds: String = "5") -> String {
    let isOfClasses = world == .sixLabels
    return """
      hypothesis "\(world.rawValue)" {
        data x = activations("d.safetensors", tensor: "x")
        data t = table("d.csv", key: key)
        \(extra)
        measure score = \(isOfClasses ? "accuracy" : "r2") {
          predict t.\(isOfClasses ? "class" : "y") from x
          probe \(isOfClasses ? "logistic(penalty: 1)" : "ridge()")
          folds \(folds)
        }
        claim score >= \(isOfClasses ? 0.55 : 0.05)
        withstand permuted_labels(replicates: 200) { p < 0.05 }
      }
      """
  }

  @Test("Noise is kept from being corroborated, and sound claims are not", arguments: World.allCases)
  func worlds(_ world: World) async throws {
    var (capped, warned, open) = (0, 0, 0)
    for seed in 1...Self.datasets {
      let folder = try TemporaryFolder()
      try write(world, seed: UInt64(seed), to: folder)
      let result = try await run(hypothesis(world), in: folder, seed: UInt64(seed))
      let evidence = try #require(result.evidence)
      let isMet =
        evidence.score.requirement.outcome == .met && evidence.rivals.allSatisfy { $0.outcome == .met }
        && evidence.gates.allSatisfy(\.passed)
      let rule = world.isOrder ? "undeclared-order" : "undeclared-groups"
      let caps = evidence.caveats.contains { $0.isCapping && (!world.isNoise || $0.rule == rule) }
      if caps { capped += 1 }
      if evidence.caveats.contains(where: { $0.effect == .warns }) { warned += 1 }
      if isMet && !caps {
        open += 1
        if world.isNoise { Issue.record("seed \(seed): \(evidence.caveats)") }
      }
      if !world.isNoise, caps { Issue.record("seed \(seed): \(evidence.caveats)") }
    }
    if ProcessInfo.processInfo.environment["REFUTE_DATASETS"] != nil {
      print(
        "DEPENDENCE \(world.rawValue): \(Self.datasets) sets, \(capped) capped, \(warned) warned, \(open) met and not capped"
      )
    }
  }

  @Test("The advice names the column, and what is declared is not looked for")
  func declared() async throws {
    let folder = try TemporaryFolder()
    try write(.both, seed: 3, to: folder)
    let caveat = try #require(
      try await run(hypothesis(.both), in: folder).evidence?.caveats.first { $0.rule == "undeclared-groups" })
    #expect(caveat.effect == .caps && caveat.message.contains("t.g"))
    #expect(caveat.advice.first?.contains("`unit t.g` and `folds 5, grouped by t.g`") == true)
    let grouped = try await run(hypothesis(.both, extra: "unit t.g", folds: "5, grouped by t.g"), in: folder)
    #expect(grouped.evidence?.caveats.contains { $0.rule.hasPrefix("undeclared") } == false)
  }
}
