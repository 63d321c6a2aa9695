import Falsification
import GSL
import Hypotheses
import Probing
import Resampling
import TestSupport
import Testing

/// Gates of invariance: they pass where nothing may change and nothing does, and do not where something does.
struct InvarianceTests {
  private static let items = 90
  private static let key = StreamKey(seed: 130)

  private static func representation(_ dimensions: Int) -> Matrix<Double> {
    var stream = RandomStream(StreamKey(seed: 131), replicate: dimensions)
    var x = Matrix<Double>(rows: items, columns: dimensions)
    stream.fillWithNormals(&x.elements)
    // Dimensions of very different sizes.
    for item in 0..<items { for j in 0..<dimensions { x[item, j] *= Double(1 + j * j) } }
    return x
  }

  private static func targets(_ kind: TargetKind, _ x: Matrix<Double>) -> Targets {
    var stream = RandomStream(StreamKey(seed: 132), replicate: 0)
    let values = (0..<items).map { x[$0, 0] + 0.5 * stream.normal() }
    switch kind {
    case .classes: return Targets(classes: values.map { $0 > 0.5 ? "a" : ($0 > -0.5 ? "b" : "c") })
    case .binary: return Targets(classes: values.map { $0 > 0 ? "a" : "b" })
    default: return Targets(numeric: Matrix(rows: items, columns: 1, elements: values))
    }
  }

  private static func instrument(_ metric: Metric, _ probe: Probe) -> Instrument {
    let split =
      metric.isOnline
      ? Split(onlineCodeOf: items, groups: nil, key: key, repetition: 0)!
      : Split(items: items, folds: 3, groups: nil, key: key, repetition: 0)!
    return Instrument(metric: metric, probe: probe, splits: [split])
  }

  struct Setting: Sendable, CustomTestStringConvertible {
    var metric: Metric
    var probe: Probe
    var testDescription: String { "\(metric.keyword), \(probe.keyword)" }
  }
  static let settings: [Setting] =
    [Metric.r2, .spearman, .accuracy, .balancedAccuracy, .auc].map {
      Setting(metric: $0, probe: .ridge(Ridge()))
    } + [
      Setting(metric: .r2, probe: .ridge(Ridge(penalty: .fixed(10)))),
      Setting(metric: .mse, probe: .ridge(Ridge(penalty: .fixed(1e-3), standardized: false))),
      Setting(metric: .auc, probe: .logistic(Logistic())),
      Setting(metric: .accuracy, probe: .logistic(Logistic(penalty: 0.01))),
      Setting(metric: .descriptionLength(DescriptionLength()), probe: .logistic(Logistic())),
    ]

  @Test("A rotation leaves the score of a linear probe", arguments: settings, [1, 6, 31, 120])
  func rotation(_ setting: Setting, dimensions: Int) throws {
    let x = Self.representation(dimensions)
    let targets = Self.targets(setting.metric.targetKind, x)
    let gate = try #require(
      try Gate.rotationLeavesScore(
        Self.instrument(setting.metric, setting.probe), x, targets, key: Self.key))
    #expect(gate.passed, "\(gate.detail)")
  }

  @Test("A probe that knows axes fails the rotation")
  func brokenProbe() throws {
    let x = Self.representation(31)
    for setting in Self.settings where setting.metric.isRatioOfSums {
      let targets = Self.targets(setting.metric.targetKind, x)
      let gate = try Gate.rotationLeavesScore(
        Self.instrument(setting.metric, setting.probe), x, targets, key: Self.key
      ) { (instrument, representation) throws(LinearAlgebraError) in
        // Only the first dimension is looked at.
        try instrument.prepare(
          Matrix(rows: representation.rows, columns: 1, elements: representation.column(0)))
      }
      #expect(gate?.passed == false, "\(setting): \(gate?.detail ?? "")")
    }
  }

  @Test("Probes that a rotation may change, or that cannot be tried, are left out")
  func leftOut() throws {
    let x = Self.representation(6)
    for probe in [
      Probe.knn(KNN()), .pls(PLS()), .ffnn(FFNN()), .labelPropagation(LabelPropagation()),
      .logistic(Logistic(penalty: 1e-6)),
    ] {
      let targets = Self.targets(.classes, x)
      #expect(
        try Gate.rotationLeavesScore(Self.instrument(.accuracy, probe), x, targets, key: Self.key) == nil)
    }
  }

  @Test("Relabelling leaves the worlds of a sound scheme, and not those of one that leaks")
  func relabelling() throws {
    let x = Self.representation(6)
    let blocks = (0..<Self.items).map { $0 % 3 }
    let groups = (0..<Self.items).map { $0 / 3 }
    for metric in [Metric.r2, .spearman] {
      let targets = Targets(
        numeric: Matrix(
          rows: Self.items, columns: 1, elements: groups.map { Double(($0 * 37) % 30) }))
      let prepared = try Self.instrument(metric, .ridge(Ridge())).prepare(x)
      func gate(_ scheme: PermutationScheme, _ exchangeability: Gate.Exchangeability) -> Gate {
        Gate.relabellingLeavesP(prepared, targets, exchangeability, replicates: 1_000) {
          scheme.permutation(Self.key, replicate: $0)
        }
      }
      let free = PermutationScheme.free(count: Self.items)
      let within = PermutationScheme.within(blocks: blocks)
      let over = try PermutationScheme.over(groups: groups)
      for (scheme, what) in [
        (free, Gate.Exchangeability()), (within, Gate.Exchangeability(blocks: blocks)),
        (over, Gate.Exchangeability(groups: groups)),
      ] {
        let gate = gate(scheme, what)
        #expect(gate.passed, "\(gate.detail)")
      }
      // Targets that leave their block, and groups that are torn apart.
      #expect(!gate(free, Gate.Exchangeability(blocks: blocks)).passed)
      #expect(!gate(free, Gate.Exchangeability(groups: groups)).passed)
      #expect(!gate(within, Gate.Exchangeability(groups: groups)).passed)
      // Targets drawn with replacement: no rearrangement.
      let drawn = Gate.relabellingLeavesP(prepared, targets, Gate.Exchangeability(), replicates: 100) {
        var stream = RandomStream(Self.key, replicate: $0)
        return (0..<Self.items).map { _ in Int32(stream.below(Self.items)) }
      }
      #expect(!drawn.passed && drawn.detail.hasPrefix("0 of 100"), "\(drawn.detail)")
    }
  }

  @Test(
    "Doubled items do not sharpen an interval over units, and do sharpen one over items",
    arguments: [
      Metric.r2, .r2PerFeature, .mse, .spearman, .accuracy, .balancedAccuracy, .auc,
      .descriptionLength(DescriptionLength()),
    ])
  func doubling(_ metric: Metric) async throws {
    let x = Self.representation(6)
    let targets = Self.targets(metric.targetKind, x)
    let probe: Probe = metric.isOnline ? .logistic(Logistic()) : .ridge(Ridge())
    let world = try Self.instrument(metric, probe).prepare(x).evaluate(targets).world
    let units = (0..<Self.items).map { $0 % 45 }
    func gate(of units: [Int], interval unitsOf: @escaping ([Int]) -> [Int]) async throws -> Gate {
      func interval(_ reading: Reading, _ units: [Int]) async throws -> ClosedRange<Double> {
        try await Uncertainty(observed: reading, units: unitsOf(units), key: Self.key, jobs: 2)
          .scoreInterval()
      }
      return try await Gate.duplicatesDoNotSharpen(Reading(world), units: units, interval: interval)
    }
    let sound = try await gate(of: units) { $0 }
    #expect(sound.passed, "\(sound.detail)")
    // As if every row of the table were evidence of its own.
    let naive = try await gate(of: units) { Array($0.indices) }
    #expect(!naive.passed, "\(naive.detail)")
  }

  @Test("With six units, draws that are the data themselves do not move the interval")
  func doublingOfFewUnits() async throws {
    let x = Self.representation(6)
    for metric in [Metric.r2, .spearman, .accuracy, .balancedAccuracy, .auc] {
      for shift in 0..<12 {
        let targets = Self.targets(metric.targetKind, x).rearranged(
          by: (0..<Self.items).map { Int32(($0 + shift) % Self.items) })
        let world = try Self.instrument(metric, .ridge(Ridge())).prepare(x).evaluate(targets).world
        let gate = try await Gate.duplicatesDoNotSharpen(
          Reading(world), units: (0..<Self.items).map { $0 % 6 }
        ) {
          try await Uncertainty(observed: $0, units: $1, key: Self.key.appending("\(shift)"), jobs: 2)
            .scoreInterval()
        }
        #expect(gate.passed, "\(metric): \(gate.detail)")
      }
    }
  }

  @Test("They are among the checks of a run")
  func pipeline() async throws {
    let folder = try TemporaryFolder()
    try Sample.write(to: folder)
    let text = Sample.hypothesis(
      rivals: ["permuted_labels(replicates: 200) { p < 0.05 }"], extra: "unit t.key")
    let evidence = try #require(try await run(text, in: folder).evidence)
    for name in ["rotation_leaves_score", "relabelling_leaves_p", "duplicates_do_not_sharpen"] {
      #expect(evidence.gates.first { $0.name == name }?.passed == true, "\(name)")
    }
  }

  @Test("Bits are claimed, against every rival that classes can have")
  func descriptionLength() async throws {
    let folder = try TemporaryFolder()
    try Sample.write(to: folder)
    func text(_ metric: String, _ target: String, unit: String = "") -> String {
      """
      hypothesis "bits" {
        data x = activations("x.safetensors", tensor: "x")
        data twins = activations("x.safetensors", tensor: "twin.*")
        data t = table("t.csv", key: key)
        \(unit)
        measure bits = \(metric) {
          predict t.\(target) from x
          probe logistic(penalty: 1)
        }
        claim bits <= 0.9
        withstand permuted_labels(replicates: 200) { p < 0.05, margin >= 0.1 }
        withstand permuted_labels(within: t.group, replicates: 200) { p < 0.05 }
        withstand control_task(by: t.key, replicates: 20) { selectivity >= 0.1 }
        withstand random_embedding(gaussian, replicates: 20) { margin >= 0.1 }
        withstand untrained(twins) { margin >= 0.1 }
        withstand confounds(t[confound, group]) { margin >= 0.1 }
        withstand majority { margin >= 0.1 }
      }
      """
    }
    let found = try await run(text("description_length(orders: 3)", "class"), in: folder)
    #expect(found.judgement.verdict == .corroborated, "\(found.judgement.reason)")
    let evidence = try #require(found.evidence)
    let failed = evidence.gates.filter { !$0.passed }
    #expect(failed.isEmpty, "\(failed)")
    let score = evidence.score
    #expect(score.ceiling < score.requirement.value && score.requirement.value < 0.9)
    #expect(score.floor > 0.95 && score.floor < 1.2)
    for rival in evidence.rivals { #expect(rival.margin > 0.1, "\(rival.label)") }
    let again = try await run(text("description_length(orders: 3)", "class"), in: folder, jobs: 1)
    #expect(again.evidence == evidence)
    let units = try await run(
      text("description_length", "class", unit: "unit t.key"), in: folder)
    #expect(units.evidence?.gates.contains { !$0.passed } == false)
  }
}
