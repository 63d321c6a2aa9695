internal import Foundation
internal import Hypotheses
internal import Probing
internal import Resampling

/// Successes in independent trials.
public struct Rate: Sendable, Hashable {
  public var successes: Int
  public var trials: Int

  public init(_ successes: Int, of trials: Int) {
    self.successes = successes
    self.trials = trials
  }

  public var value: Double { Double(successes) / Double(max(trials, 1)) }
  /// Clopper-Pearson, 95 %.
  public var interval: ClosedRange<Double> { clopperPearson(successes: successes, trials: trials) }

  var text: String { String(format: "%.1f %%", 100 * value) }
  var withInterval: String {
    String(
      format: "%.1f %% (%.1f to %.1f)", 100 * value, 100 * interval.lowerBound, 100 * interval.upperBound)
  }
}

/// What a design's p-values are like.
public struct NullResult: Sendable {
  public var design: NullDesign
  /// Rejections of true nulls at .05, .01 and .5.
  public var atFive: Rate
  public var atOne: Rate
  public var atFifty: Rate
  /// Rejections at .05 where there is an effect; `nil` where none was planted.
  public var power: Rate?

  /// Whether false positives lie within binomial error of the level, or below: the level is in the interval, or above it.
  public var isCalibrated: Bool {
    atFive.interval.lowerBound <= 0.05 && atOne.interval.lowerBound <= 0.01
  }

  static let header = """
    | null | false positives at .05 | at .01 | at .5 | found, of an effect |
    |---|---|---|---|---|
    """

  var row: String {
    "| \(design.name) | \(atFive.withInterval) | \(atOne.withInterval) | \(atFifty.text) | \(power.map { "\($0.text) of \(String(format: "%g", design.plantedEffect))" } ?? "") |"
  }
}

extension NullDesign {
  /// Simulates data sets without an effect, and a fifth as many with one.
  /// - Parameter planting: whether an effect is planted at all.
  public func run(datasets: Int, jobs: Int, planting: Bool = true) async throws -> NullResult {
    let design = self
    let effect = planting ? plantedEffect : nil
    let null = try await mapConcurrently(datasets, jobs: jobs) { try await design.p($0).value }
    func rate(_ values: [Double], _ alpha: Double) -> Rate {
      Rate(values.count { $0 <= alpha + 1e-9 }, of: values.count)
    }
    var power: Rate?
    if let effect {
      let found = try await mapConcurrently(max(1, datasets / 5), jobs: jobs) {
        try await design.p(1_000_000 + $0, effect: effect).value
      }
      power = rate(found, 0.05)
    }
    return NullResult(
      design: self, atFive: rate(null, 0.05), atOne: rate(null, 0.01), atFifty: rate(null, 0.5), power: power)
  }

  /// What is planted, in standard deviations: more where few units are independent, or blocks say much of the target.
  public var plantedEffect: Double {
    switch scheme {
    case .free, .wholeBlocks, .shifts, .signFlips: 1
    case .withinBlocks, .overTypes, .overTypesWithinBlocks: 2
    case .exact: 5
    }
  }

  /// Every scheme, with ridge and r2.
  public static let schemes: [NullDesign] = SchemeKind.allCases.map { NullDesign($0.rawValue, scheme: $0) }

  /// A network small enough for a thousand data sets.
  static let network = FFNN(
    hidden: 4, learningRate: 0.02, batch: 16, epochs: 6, patience: 2, validation: 0.2)

  /// Every probe, with the free scheme.
  public static let probes: [NullDesign] = [
    NullDesign(
      "ridge, gcv, r2",
      probe: .ridge(Ridge(penalty: .chosen(.generalizedCrossValidation, grid: Penalty.defaultGrid)))),
    NullDesign("pls, 2 components, r2", probe: .pls(PLS(components: .fixed(2)))),
    NullDesign("pls, components by cv, r2", probe: .pls(PLS(components: .chosen(grid: [1, 2, 4])))),
    NullDesign("logistic, auc", metric: .auc, probe: .logistic(Logistic())),
    NullDesign("logistic, three classes, accuracy", metric: .accuracy, probe: .logistic(Logistic())),
    NullDesign("ffnn, 4 hidden units, 6 epochs, r2", probe: .ffnn(network)),
    NullDesign("ffnn, 4 hidden units, 6 epochs, auc", metric: .auc, probe: .ffnn(network)),
    NullDesign("knn, 5 neighbours, r2", probe: .knn(KNN(k: 5))),
    NullDesign("knn, 5 neighbours, auc", metric: .auc, probe: .knn(KNN(k: 5))),
    NullDesign(
      "label_propagation, 4 neighbours, r2", probe: .labelPropagation(LabelPropagation(neighbours: 4))),
  ]

  /// Every metric, with ridge (labels are coded with logistic regression), freely and within blocks.
  public static let metrics: [NullDesign] = Metric.all.flatMap { metric in
    [SchemeKind.free, .withinBlocks].map {
      NullDesign(
        "\(metric.keyword), \($0.rawValue)", scheme: $0, metric: metric,
        probe: metric.isOnline ? .logistic(Logistic()) : .ridge(Ridge()))
    }
  }
}
