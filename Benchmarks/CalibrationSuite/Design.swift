internal import GSL
public import Hypotheses
internal import Probing
public import Resampling
internal import Rivals

/// How the targets of a simulated data set may be rearranged, and how it was made so that this is right.
public enum SchemeKind: String, Sendable, CaseIterable {
  /// Independent items.
  case free
  /// Targets and representation both depend on one of four blocks.
  case withinBlocks = "within blocks"
  /// Sixteen types of one to four tokens; a token's vector is its type's with a little noise, its target its type's.
  case overTypes = "over types"
  /// The same, and types lie in four blocks that both sides depend on.
  case overTypesWithinBlocks = "over types, within blocks"
  /// Ten sentences of four tokens; both sides depend on the sentence and on the place in it.
  case wholeBlocks = "whole blocks"
  /// Two circular sequences of twenty tokens; each resembles its neighbours, on both sides.
  case shifts = "cyclic shifts"
  /// Targets symmetric about 0, with a spread that depends on the representation.
  case signFlips = "sign flips"
  /// Five types of four tokens: 120 rearrangements, all of them scored.
  case exact = "exact enumeration"
}

/// A recipe for simulated data sets in which nothing is to be found, or as much as `effect` says.
public struct NullDesign: Sendable {
  public var name: String
  public var scheme: SchemeKind
  /// The scheme by which the targets are permuted where that is the wrong one.
  public var permuted: SchemeKind?
  public var metric: Metric
  public var probe: Probe
  /// How many rearrangements p is made of.
  public var replicates: Int
  /// Whether items of one type or sentence share a fold.
  public var groupsFolds = true

  public init(
    _ name: String, scheme: SchemeKind = .free, permuted: SchemeKind? = nil, metric: Metric = .r2,
    probe: Probe = .ridge(Ridge()), replicates: Int = 99
  ) {
    self.name = name
    self.scheme = scheme
    self.permuted = permuted
    self.metric = metric
    self.probe = probe
    self.replicates = replicates
  }

  public var items: Int { scheme == .exact ? 20 : 40 }
  public var dimensions: Int { scheme == .exact ? 3 : 6 }
  public static let folds = 5

  /// How many target columns there are.
  var columns: Int {
    switch metric {
    case .r2, .spearman, .accuracy, .balancedAccuracy, .auc, .descriptionLength: 1
    default: 5
    }
  }

  /// The p-value of one data set, made as a run makes it: every rearrangement is fitted and scored anew.
  /// - Parameter effect: how strongly the targets depend on the representation, in standard deviations.
  public func p(_ dataset: Int, effect: Double = 0) async throws -> PValue {
    var stream = RandomStream(StreamKey(seed: 500, name), replicate: dataset)
    let sample = draw(&stream, effect: effect)
    let groups = groupsFolds ? sample.folded : nil
    let folds = StreamKey(seed: 501, name)
    let split =
      metric.isOnline
      ? Split(onlineCodeOf: items, groups: groups, key: folds, repetition: dataset)!
      : Split(items: items, folds: Self.folds, groups: groups, key: folds, repetition: dataset)!
    let instrument = Instrument(
      metric: metric, probe: probe, splits: [split], key: StreamKey(seed: 502, name, "\(dataset)"))
    let prepared = try instrument.prepare(sample.x)
    let observed = prepared.evaluate(sample.targets).score
    let key = StreamKey(seed: 503, name, "\(dataset)")
    let sign: Double = metric.isBetterWhenLarger ? 1 : -1
    func value(_ null: [Double], exact: Bool = false) -> PValue {
      pValue(observed: sign * observed, null: null.map { sign * $0 }, exact: exact)
    }
    switch permuted ?? scheme {
    case .signFlips:
      let signs = SignFlipScheme.free(count: items)
      let coded = sample.targets.coded
      let worlds = try await prepared.worlds(
        count: replicates, jobs: 1,
        targets: { replicate in
          let signs = signs.signs(key, replicate: replicate)
          return Targets(
            numeric: Matrix(
              rows: coded.rows, columns: coded.columns,
              elements: coded.elements.indices.map {
                Double(signs[$0 / coded.columns]) * coded.elements[$0]
              }))
        })
      return value(worlds.map { $0.score() })
    case .exact:
      let scheme = sample.scheme(.exact)
      let sources = scheme.arrangements(of: sample.targets.identities, limit: 1_000)
      return value(prepared.worlds(sample.targets, sources: sources).map { $0.score() }, exact: true)
    case let kind:
      let worlds = PermutedLabelsWorlds(scheme: sample.scheme(kind), key: key)
      return value(
        try await prepared.scores(
          sample.targets, replicates: 0..<replicates, observed: observed, jobs: 1,
          source: { worlds.source(replicate: $0, into: &$1) }))
    }
  }

  // MARK: Data

  /// One simulated data set.
  struct Sample: Sendable {
    var x: Matrix<Double>
    var targets: Targets
    var blocks: [Int]
    var types: [Int]
    /// What shares a fold.
    var folded: [Int]?

    func scheme(_ kind: SchemeKind) -> PermutationScheme {
      switch kind {
      case .free, .signFlips: .free(count: x.rows)
      case .withinBlocks: .within(blocks: blocks)
      case .overTypes, .exact: try! .over(groups: types)
      case .overTypesWithinBlocks: try! .over(groups: types, within: blocks)
      case .wholeBlocks: try! .whole(blocks: types)
      case .shifts: .shifts(sequences: blocks)
      }
    }
  }

  func draw(_ stream: inout RandomStream, effect: Double) -> Sample {
    let (n, d, width) = (items, dimensions, columns)
    var x = Matrix.normal(rows: n, columns: d, &stream)
    // What the targets are cut from.
    var y = Matrix.normal(rows: n, columns: width, &stream)
    var (blocks, types) = ([Int](repeating: 0, count: n), Array(0..<n))
    var folded: [Int]?
    /// Tokens near their type's vector; one target per type.
    func byType(_ count: Int, noise: Double) {
      let vectors = Matrix.normal(rows: count, columns: d, &stream)
      let own = Matrix.normal(rows: count, columns: width, &stream)
      for item in 0..<n {
        for j in 0..<d { x[item, j] = vectors[types[item], j] + noise * x[item, j] }
        for j in 0..<width { y[item, j] = own[types[item], j] + effect * vectors[types[item], j % d] }
      }
    }
    func byBlock() {
      for item in 0..<n {
        for j in 0..<width { y[item, j] += 2 * Double((blocks[item] + j) % 4) }
        for j in 0..<d { x[item, j] += Double((blocks[item] + j) % 4) }
      }
    }
    func plant(_ strength: Double) {
      for item in 0..<n { for j in 0..<width { y[item, j] += strength * x[item, j % d] } }
    }
    switch scheme {
    case .free: plant(effect)
    case .withinBlocks:
      blocks = (0..<n).map { $0 % 4 }
      plant(effect)
      byBlock()
    case .overTypes, .overTypesWithinBlocks:
      types = (0..<n).map { [0, 0, 0, 0, 1, 1, 1, 2, 2, 3][$0 % 10] + 4 * ($0 / 10) }
      folded = types
      byType(16, noise: 0.3)
      if scheme == .overTypesWithinBlocks {
        blocks = types.map { $0 / 4 }
        byBlock()
      }
    case .exact:
      types = (0..<n).map { $0 % 5 }
      byType(5, noise: 0.3)
    case .wholeBlocks:
      types = (0..<n).map { $0 / 4 }
      folded = types
      plant(effect)
      let (of, to) = (
        Matrix.normal(rows: n / 4, columns: d, &stream), Matrix.normal(rows: n / 4, columns: width, &stream)
      )
      for item in 0..<n {
        let place = Double(item % 4) - 1.5
        for j in 0..<d { x[item, j] += of[types[item], j] + place }
        for j in 0..<width { y[item, j] += to[types[item], j] + place + effect * of[types[item], j % d] }
      }
    case .shifts:
      blocks = (0..<n).map { $0 / 20 }
      for j in 0..<d { circulate(&x, j) }
      for j in 0..<width { circulate(&y, j) }
      plant(effect)
    case .signFlips:
      for item in 0..<n { for j in 0..<width { y[item, j] *= 0.3 + abs(x[item, 0]) } }
      plant(effect)
    }
    return Sample(
      x: x, targets: Targets(cutting: y, for: metric), blocks: blocks, types: types, folded: folded)
  }

  /// An autoregression of .7 around each circle of twenty items.
  private func circulate(_ values: inout Matrix<Double>, _ column: Int) {
    for start in stride(from: 0, to: values.rows, by: 20) {
      let innovations = (start..<start + 20).map { values[$0, column] }
      // Four times around: by then nothing of the start is left.
      var value = 0.0
      for _ in 0..<4 { for innovation in innovations { value = 0.7 * value + innovation } }
      for (place, innovation) in innovations.enumerated() {
        value = 0.7 * value + innovation
        values[start + place, column] = value
      }
    }
  }
}

extension Matrix<Double> {
  /// Independent standard normal elements.
  static func normal(rows: Int, columns: Int, _ stream: inout RandomStream) -> Matrix {
    var result = Matrix(rows: rows, columns: columns)
    stream.fillWithNormals(&result.elements)
    return result
  }
}

extension Targets {
  /// Targets as a metric needs them, made of real numbers: as they are, cut at quantiles into classes, or 1 above a level.
  init(cutting y: Matrix<Double>, for metric: Metric) {
    switch metric.targetKind {
    case .classes, .binary:
      let classes = metric.targetKind == .binary ? 2 : 3
      let values = y.column(0)
      let sorted = values.sorted()
      let edges = (1..<classes).map { sorted[values.count * $0 / classes] }
      self.init(classes: values.map { value in "\(edges.count { $0 <= value })" })
    case .indicators, .strengths:
      var cells = y
      for column in 0..<y.columns {
        let sorted = y.column(column).sorted()
        // Between half and a quarter of the items have a feature.
        let level = sorted[y.rows / 2 + y.rows * column / 4 / Swift.max(1, y.columns)]
        for item in 0..<y.rows { cells[item, column] = y[item, column] >= level ? 1 : 0 }
      }
      self.init(numeric: cells)
    case .numeric:
      var values = y
      if metric == .spearmanPerItem {
        // An item's own order must not be that of the means.
        for item in 0..<y.rows { for j in 0..<y.columns { values[item, j] += 0.3 * Double(j) } }
      }
      self.init(numeric: values)
    }
  }
}
