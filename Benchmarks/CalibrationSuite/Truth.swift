internal import Activations
internal import Falsification
internal import Foundation
internal import GSL
internal import HypothesisLanguage
internal import Probing
internal import Resampling
internal import TestSupport

/// Small worlds of which it is known what is true, and the verdicts of the whole program on them: parser, checker, binding, gates,
/// rivals, intervals and judge, as a user runs them.
public struct TruthDesign: Sendable, Hashable {
  /// What makes the targets.
  public enum World: String, Sendable, CaseIterable {
    /// Nothing.
    case null = "nothing"
    /// A linear function of the representation, with as much noise of its own.
    case moderate
    /// The same with a tenth of the noise.
    case strong
    /// A column of the table that the representation holds as well: the column alone does it.
    case confound
    /// One number per word type, of which there are ten at most: any vector per type does it.
    case types
    /// A linear function of a representation that another one, made without training, shares.
    case twin

    /// Whether a rival truly reproduces the score.
    public var isArtifact: Bool { self == .confound || self == .types || self == .twin }
    public var isEffect: Bool { self == .moderate || self == .strong }
  }

  public var metric: String
  public var probe: String
  public var items: Int
  public var world: World

  public init(_ metric: String, _ probe: String, items: Int, _ world: World) {
    self.metric = metric
    self.probe = probe
    self.items = items
    self.world = world
  }

  public var name: String { "\(metric), \(probe), \(items) items, \(world.rawValue)" }

  static let dimensions = 16

  /// How many word types there are: no more than the dimensions can tell apart.
  private static func types(of items: Int) -> Int { min(max(items / 5, 2), 10) }

  /// What a claim of each metric asks for, and the margin over rivals.
  private static let claims: [String: (threshold: Double, margin: Double)] = [
    "r2": (0.05, 0.05), "spearman": (0.1, 0.05), "accuracy": (0.55, 0.05), "balanced_accuracy": (0.55, 0.05),
    "auc": (0.55, 0.05),
  ]
  public static let metrics = ["r2", "spearman", "accuracy", "balanced_accuracy", "auc"]
  public static let probes = [
    "ridge(penalty: loo)", "pls(components: 2)", "logistic(penalty: 1)", "knn(k: 5)",
    "label_propagation(neighbours: 5)",
  ]

  /// Every metric with `ridge` and every probe with one metric.
  public static func all(items: [Int] = [24, 60, 200], worlds: [World] = World.allCases) -> [TruthDesign] {
    let pairs =
      metrics.map { ($0, probes[0]) } + probes.dropFirst().map { ($0.hasPrefix("pls") ? "r2" : "auc", $0) }
    return worlds.flatMap { world in
      items.flatMap { items in pairs.map { TruthDesign($0.0, $0.1, items: items, world) } }
    }
  }

  private var isOfClasses: Bool { metric != "r2" && metric != "spearman" }

  /// The rival that truly reproduces the score, where one does.
  private var reproducing: String? {
    let (_, margin) = Self.claims[metric]!
    return switch world {
    case .null, .moderate, .strong: nil
    case .confound: "withstand confounds(t.c) { margin >= \(margin) }"
    case .types: "withstand random_embedding(gaussian, by: t.type, replicates: 20) { margin >= \(margin) }"
    case .twin: "withstand other_representation(twin) { margin >= \(margin) }"
    }
  }

  private func hypothesis(_ number: Int) -> String {
    let (threshold, margin) = Self.claims[metric]!
    return """
      hypothesis "\(name), \(number)" {
        data x = activations("x.safetensors", tensor: "x.\(number)")
        \(world == .twin ? "data twin = activations(\"x.safetensors\", tensor: \"twin.\(number)\")" : "")
        data t = table("t.\(number).csv", key: key)
        measure score = \(metric) {
          predict t.y from x
          probe \(probe)
          folds 5
        }
        claim score >= \(threshold)
        withstand permuted_labels(replicates: 200) { p < 0.05 }
        withstand random_embedding(gaussian, replicates: 20) { margin >= \(margin) }
        \(reproducing ?? "")
      }

      """
  }

  /// One data set: the representation, a twin, and the table.
  private func draw(_ number: Int) -> (x: [Double], twin: [Double], table: String) {
    var stream = RandomStream(StreamKey(seed: 700, name), replicate: number)
    let (n, d) = (items, Self.dimensions)
    func normals(_ count: Int) -> [Double] { (0..<count).map { _ in stream.normal() } }
    var x = normals(n * d)
    let types = (0..<n).map { $0 % Self.types(of: n) }
    let confound = normals(n)
    let ofType = normals(n)
    // Of length 1, so that all data sets hold as much.
    var direction = normals(d)
    let length = direction.reduce(0) { $0 + $1 * $1 }.squareRoot()
    direction = direction.map { $0 / length }
    func along(_ item: Int) -> Double {
      (0..<d).reduce(0) { $0 + x[item * d + $1] * direction[$1] }
    }
    if world == .types {
      let vectors = normals(n * d)
      for item in 0..<n {
        for j in 0..<d { x[item * d + j] = vectors[types[item] * d + j] + 0.1 * x[item * d + j] }
      }
    }
    if world == .confound { for item in 0..<n { for j in 0..<4 { x[item * d + j] += 2 * confound[item] } } }
    let latent = (0..<n).map { item -> Double in
      let noise = stream.normal()
      return switch world {
      case .null: noise
      case .moderate: along(item) + noise
      case .strong, .twin: along(item) + 0.3 * noise
      case .confound: confound[item] + 0.3 * noise
      case .types: ofType[types[item]] + 0.3 * noise
      }
    }
    let middle = latent.sorted()[n / 2]
    var table = "key,y,c,type\n"
    for item in 0..<n {
      let y = isOfClasses ? (latent[item] >= middle ? "yes" : "no") : "\(latent[item])"
      table += "k\(item),\(y),\(confound[item]),w\(types[item])\n"
    }
    // What a twin shares are the vectors; the noise about them is its own.
    return (x, zip(x, normals(n * d)).map { $0 + 0.1 * $1 }, table)
  }

  /// Tests the claim on each of some data sets.
  public func run(datasets: Int, jobs: Int) async throws -> TruthResult {
    let folder = try TemporaryFolder()
    var tensors: [String: (values: [Double], columns: Int)] = [:]
    for number in 0..<datasets {
      let sample = draw(number)
      tensors["x.\(number)"] = (sample.x, Self.dimensions)
      if world == .twin { tensors["twin.\(number)"] = (sample.twin, Self.dimensions) }
      try folder.write(sample.table, to: "t.\(number).csv")
    }
    try folder.write(
      safetensors(tensors, keys: (0..<items).map { "k\($0)" }), to: "x.safetensors")
    let library = DataLibrary(folder: DataFolder(root: folder.path))
    let text = (0..<datasets).map(hypothesis).joined()
    let parsed = parse(SourceFile(path: "truth.hypothesis", text: text))
    let checked = check(parsed.document, against: library)
    let errors = (parsed.diagnostics + checked.diagnostics).filter { $0.severity == .error }
    precondition(errors.isEmpty && checked.hypotheses.count == datasets, "\(errors.map(\.message))")
    let hypotheses = checked.hypotheses
    let tested = try await mapConcurrently(datasets, jobs: jobs) {
      try await test(hypotheses[$0], library: library, options: RunOptions(seed: UInt64($0 + 1), jobs: 1))
    }
    return TruthResult(self, tested)
  }
}

/// The verdicts on one design's data sets.
public struct TruthResult: Sendable {
  public var design: TruthDesign
  public var datasets: Int
  /// How often each verdict was reached, by its word.
  public var verdicts: [String: Int]
  /// How often the interval that decides holds the mean score of all data sets; without those that were invalid.
  public var covered: Rate
  /// The same of the interval of these fits.
  public var coveredByFits: Rate
  /// The reasons of those that were invalid.
  public var invalid: [String]

  init(_ design: TruthDesign, _ tested: [TestedHypothesis]) {
    self.design = design
    datasets = tested.count
    verdicts = [:]
    for one in tested { verdicts[one.judgement.verdict.rawValue, default: 0] += 1 }
    let scores = tested.compactMap { $0.evidence?.score }
    let mean = scores.reduce(0) { $0 + $1.requirement.value } / Double(max(scores.count, 1))
    func rate(_ interval: (ScoreEvidence) -> Interval?) -> Rate {
      let intervals = scores.compactMap(interval)
      return Rate(intervals.count { $0.lower <= mean && mean <= $0.upper }, of: intervals.count)
    }
    covered = rate { $0.requirement.interval }
    coveredByFits = rate { $0.intervals?.ofFits }
    invalid = tested.filter { $0.judgement.verdict == .invalid }.map(\.judgement.reason)
  }

  public func share(_ verdict: String) -> Rate { Rate(verdicts[verdict] ?? 0, of: datasets) }

  /// What must not happen, with the probability that it happens so often if it happens as seldom as it may: a false corroboration
  /// (.05), an artifact where there is an effect (.01), an invalid design (.0004), intervals that miss (.07).
  public var faults: [(what: String, p: Double)] {
    func p(_ rate: Rate, _ level: Double) -> Double {
      rate.successes == 0
        ? 1 : 1 - ((try? binomialCDF(rate.successes - 1, trials: rate.trials, probability: level)) ?? 0)
    }
    var faults = [("invalid", p(share("invalid"), 0.0004))]
    // Items of one type are taken for independent, which is the artifact: no interval of theirs can hold.
    if design.world != .types {
      faults.append(("coverage", p(Rate(covered.trials - covered.successes, of: covered.trials), 0.07)))
    }
    if !design.world.isEffect { faults.append(("false corroboration", p(share("corroborated"), 0.05))) }
    if design.world.isEffect { faults.append(("effect called an artifact", p(share("artifact"), 0.01))) }
    return faults.map { (what: $0.0, p: $0.1) }
  }

  static let header = """
    | world | metric, probe | items | corroborated | artifact | inconclusive | falsified | invalid | coverage | of these fits |
    |---|---|---|---|---|---|---|---|---|---|
    """

  var row: String {
    let shares = ["corroborated", "artifact", "inconclusive", "falsified", "invalid"].map {
      String(format: "%.0f %%", 100 * share($0).value)
    }
    return
      "| \(design.world.rawValue) | \(design.metric), `\(design.probe)` | \(design.items) | \(shares.joined(separator: " | ")) | \(covered.text) | \(coveredByFits.text) |"
  }
}

extension [TruthResult] {
  /// The faults whose probability, adjusted for their number by Holm's method, is below .05.
  public var significantFaults: [String] {
    let all = flatMap { result in result.faults.map { (name: "\(result.design.name): \($0.what)", p: $0.p) } }
    return zip(all, Adjustment.holm.adjusted(all.map(\.p))).filter { $1 < 0.05 }.map {
      "\($0.name), p = \($1)"
    }
  }
}
