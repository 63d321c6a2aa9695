import GSL
import Hypotheses
import Probing
import Resampling
import Rivals
import Testing

/// The whole permutation test against brute force by scikit-learn and against SciPy's permutation test.
struct PermutationTests {
  struct File: Decodable {
    let exact: [Case]
    let monteCarlo: MonteCarlo
  }
  struct Case: Decodable, Sendable, CustomTestStringConvertible {
    let name: String
    let metric: Metric
    let x: [[Double]]
    let y: [Double]
    let fold: [Int]
    /// `nil`: chosen by leave-one-out.
    let penalty: Double?
    let groups: [Int]?
    let blocks: [Int]?
    let observed: Double
    /// Of every distinct arrangement, sorted.
    let scores: [Double]
    let p: Double
    var testDescription: String { "\(metric.keyword), \(name)" }

    var targets: Targets {
      metric.targetKind == .numeric ? Targets(column: y) : Targets(digits: y.map { Int($0) })
    }

    var scheme: PermutationScheme {
      if let groups { return try! .over(groups: groups, within: blocks) }
      return blocks.map { .within(blocks: $0) } ?? .free(count: y.count)
    }
  }
  struct MonteCarlo: Decodable {
    let x: [[Double]]
    let y: [Double]
    let fold: [Int]
    let penalty: Double
    let observed: Double
    let p: Double
    let mean: Double
    let deviation: Double
    let quantiles: [Double]
    let resamples: Int
  }

  static let file = try! fixture("permutations", as: File.self)

  @Test(
    "every arrangement scores as a refit by scikit-learn does, and p is exactly its", arguments: file.exact)
  func enumeration(_ example: Case) throws {
    let ridge = example.penalty.map { Ridge.fixed($0) } ?? Ridge()
    let prepared = try Instrument(example.metric, ridge, Split(foldOf: example.fold))
      .prepare(Matrix(rows: example.x))
    let targets = example.targets
    let observed = prepared.evaluate(targets).score
    #expect(abs(observed - example.observed) < 1e-9)

    let worlds = PermutedLabelsWorlds(scheme: example.scheme, key: StreamKey(seed: 40))
    #expect(worlds.enumeration(of: targets.identities, limit: example.scores.count - 1) == nil)
    let sources = try #require(worlds.enumeration(of: targets.identities, limit: example.scores.count))
    let scores = prepared.worlds(targets, sources: sources).map { $0.score() }
    #expect(distance(scores.sorted(), example.scores) < 1e-9)
    let p = pValue(observed: observed, null: scores, exact: true)
    #expect(p.value == example.p)
    #expect(p.isExact && p.interval == p.value...p.value)
  }

  @Test("random rearrangements give the exact p up to Monte Carlo error", arguments: file.exact)
  func sampling(_ example: Case) async throws {
    let ridge = example.penalty.map { Ridge.fixed($0) } ?? Ridge()
    let prepared = try Instrument(example.metric, ridge, Split(foldOf: example.fold))
      .prepare(Matrix(rows: example.x))
    let observed = prepared.evaluate(example.targets).score
    let worlds = PermutedLabelsWorlds(scheme: example.scheme, key: StreamKey(seed: 41, example.name))
    let scores = try await prepared.scores(
      example.targets, replicates: 0..<4_000, observed: observed, jobs: 2,
      source: { worlds.source(replicate: $0, into: &$1) })
    let p = pValue(observed: observed, null: scores, exact: false)
    let sd = (example.p * (1 - example.p) / 4_000).squareRoot()
    #expect(abs(p.value - example.p) < 5 * sd + 1e-3)
  }

  @Test("the null distribution is that of SciPy's permutation test")
  func monteCarlo() async throws {
    let expected = Self.file.monteCarlo
    let prepared = try Instrument(.r2, .fixed(expected.penalty), Split(foldOf: expected.fold))
      .prepare(Matrix(rows: expected.x))
    let targets = Targets(column: expected.y)
    let observed = prepared.evaluate(targets).score
    #expect(abs(observed - expected.observed) < 1e-9)
    let worlds = PermutedLabelsWorlds(scheme: .free(count: targets.count), key: StreamKey(seed: 42))
    let count = 40_000
    let scores = try await prepared.scores(
      targets, replicates: 0..<count, observed: observed, jobs: 2,
      source: { worlds.source(replicate: $0, into: &$1) })
    let share = 1 / Double(count) + 1 / Double(expected.resamples)
    #expect(abs(mean(scores) - expected.mean) < 5 * expected.deviation * share.squareRoot())
    #expect(abs(deviation(scores) / expected.deviation - 1) < 5 * share.squareRoot())
    let p = pValue(observed: observed, null: scores, exact: false).value
    #expect(abs(p - expected.p) < 5 * (expected.p * (1 - expected.p) * share).squareRoot())
    for (q, value) in zip([0.05, 0.5, 0.95], expected.quantiles) {
      let below = Double(scores.count { $0 <= value }) / Double(count)
      #expect(abs(below - q) < 5 * (q * (1 - q) * share).squareRoot())
    }
  }

  @Test("the same scores for any number of jobs, bit by bit", arguments: Metric.singleTarget)
  func jobs(_ metric: Metric) async throws {
    let (prepared, targets) = try FastPathTests.Setting(name: "jobs", metric: metric, items: 57, repeats: 2)
      .prepared()
    let worlds = PermutedLabelsWorlds(scheme: .free(count: 57), key: StreamKey(seed: 43))
    let observed = prepared.evaluate(targets).score
    func scores(_ replicates: Range<Int>, jobs: Int) async throws -> [Double] {
      try await prepared.scores(
        targets, replicates: replicates, observed: observed, jobs: jobs,
        source: { worlds.source(replicate: $0, into: &$1) })
    }
    let one = try await scores(0..<1_300, jobs: 1)
    #expect(try await scores(0..<1_300, jobs: 2) == one)
    #expect(try await scores(0..<1_300, jobs: 7) == one)
    // Replicates drawn later are the replicates that would have been drawn at once; only single precision's last bits
    // may depend on how many are drawn together, and they decide no comparison.
    let parts = try await scores(0..<100, jobs: 2) + scores(100..<700, jobs: 2) + scores(700..<1_300, jobs: 2)
    #expect(distance(parts, one) < 1e-5)
    #expect(parts.map { isAtLeast($0, observed) } == one.map { isAtLeast($0, observed) })
    #expect(try await scores(0..<0, jobs: 2) == [])
  }

  @Test("what a cancelled task was doing is given up")
  func cancellation() async throws {
    let (prepared, targets) = try FastPathTests.Setting(name: "cancel", metric: .r2).prepared()
    let task = Task {
      try await prepared.scores(
        targets, replicates: 0..<10_000_000, observed: 0, jobs: 1,
        source: { _, source in for i in source.indices { source[i] = Int32(i) } })
    }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }
}
