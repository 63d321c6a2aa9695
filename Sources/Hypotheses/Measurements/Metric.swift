/// How well out-of-fold predictions match the targets. Each has one definition; docs/statistics.md states it.
///
/// A metric that ranks features takes the largest predictions first, and what counts as gold is read off the targets as
/// they are: 0/1 columns, or, where the hypothesis says `gold: positive`, numbers above 0. Nothing else is turned into
/// classes behind the reader's back.
public enum Metric: Sendable, Hashable {
  /// 1 - SSE / SST over all test items and columns.
  case r2
  /// The mean over columns of each column's own r2.
  case r2PerFeature
  /// The mean squared error over all test items and columns. Less is better.
  case mse
  /// Spearman's correlation over the items of each test fold, for one column.
  case spearman
  /// The mean over columns of `spearman`.
  case spearmanPerFeature
  /// The mean over items of Spearman's correlation over the item's columns.
  case spearmanPerItem
  case accuracy
  case balancedAccuracy
  case auc
  /// Bits per item of the online code of a class column. Less is better.
  case descriptionLength(DescriptionLength)
  case f1(F1)
  case precisionAtK(PrecisionAtK)
  case meanAveragePrecision(Gold)
  case neighbourhoodAccuracy(NeighbourhoodAccuracy)

  /// The keyword in the language and the name in the record.
  public var keyword: String { signature.keyword }

  public var signature: Signature {
    switch self {
    case .r2: Self.r2Signature
    case .r2PerFeature: Self.r2PerFeatureSignature
    case .mse: Self.mseSignature
    case .spearman: Self.spearmanSignature
    case .spearmanPerFeature: Self.spearmanPerFeatureSignature
    case .spearmanPerItem: Self.spearmanPerItemSignature
    case .accuracy: Self.accuracySignature
    case .balancedAccuracy: Self.balancedAccuracySignature
    case .auc: Self.aucSignature
    case .descriptionLength: DescriptionLength.signature
    case .f1(let metric): metric.average == .micro ? F1.microSignature : F1.macroSignature
    case .precisionAtK: PrecisionAtK.signature
    case .meanAveragePrecision: Gold.meanAveragePrecisionSignature
    case .neighbourhoodAccuracy: NeighbourhoodAccuracy.signature
    }
  }

  /// Every signature, sorted by keyword.
  public static let signatures: [Signature] = [
    accuracySignature, aucSignature, balancedAccuracySignature, DescriptionLength.signature,
    F1.macroSignature, F1.microSignature, Gold.meanAveragePrecisionSignature, mseSignature,
    NeighbourhoodAccuracy.signature,
    PrecisionAtK.signature, r2Signature, r2PerFeatureSignature, spearmanSignature,
    spearmanPerFeatureSignature, spearmanPerItemSignature,
  ]

  /// The metric of a keyword, with every parameter at its default.
  public init?(keyword: String) {
    guard let found = Self.all.first(where: { $0.keyword == keyword }) else { return nil }
    self = found
  }

  /// Every metric once, with its parameters at their defaults.
  public static let all: [Metric] =
    singleTarget + [.descriptionLength(DescriptionLength())] + severalTargets

  /// The metrics of one target that are scored by folds.
  public static let singleTarget: [Metric] = [.r2, .spearman, .accuracy, .balancedAccuracy, .auc]

  /// The metrics that are defined for several targets at once, but `r2`.
  public static let severalTargets: [Metric] = [
    .r2PerFeature, .mse, .spearmanPerFeature, .spearmanPerItem, .f1(F1(.micro)), .f1(F1(.macro)),
    .precisionAtK(PrecisionAtK()), .meanAveragePrecision(.ones),
    .neighbourhoodAccuracy(NeighbourhoodAccuracy()),
  ]

  /// What kind of target column the metric is defined for.
  public var targetKind: TargetKind {
    switch self {
    case .r2, .r2PerFeature, .mse, .spearman, .spearmanPerFeature, .spearmanPerItem, .neighbourhoodAccuracy:
      .numeric
    case .accuracy, .balancedAccuracy, .descriptionLength: .classes
    case .auc: .binary
    case .f1: .indicators
    case .precisionAtK(let metric): metric.gold.targetKind
    case .meanAveragePrecision(let gold): gold.targetKind
    }
  }

  /// How many target columns can be predicted at once.
  public var targetCount: ClosedRange<Int> {
    switch self {
    case .spearman, .accuracy, .balancedAccuracy, .auc, .descriptionLength: 1...1
    case .r2, .mse, .f1: 1...Int.max
    case .r2PerFeature, .spearmanPerFeature: 1...Int.max
    case .spearmanPerItem, .precisionAtK, .meanAveragePrecision, .neighbourhoodAccuracy: 2...Int.max
    }
  }

  /// Whether a larger value is a better one.
  public var isBetterWhenLarger: Bool {
    switch self {
    case .mse, .descriptionLength: false
    default: true
    }
  }

  /// Whether items are coded block by block in an order, each block from those before it, so that there are no folds.
  public var isOnline: Bool { if case .descriptionLength = self { true } else { false } }

  /// The values that the metric can take.
  public var range: ClosedRange<Double> {
    switch self {
    case .r2, .r2PerFeature: -Double.infinity...1
    case .mse, .descriptionLength: 0...Double.infinity
    case .spearman, .spearmanPerFeature, .spearmanPerItem: -1...1
    case .accuracy, .balancedAccuracy, .auc, .f1, .precisionAtK, .meanAveragePrecision,
      .neighbourhoodAccuracy:
      0...1
    }
  }

  /// Whether the score is a ratio of sums over items, so that what one item contributes can be told apart from the others.
  public var isRatioOfSums: Bool {
    switch self {
    case .r2, .mse, .spearmanPerItem, .accuracy, .precisionAtK, .meanAveragePrecision, .neighbourhoodAccuracy,
      .descriptionLength:
      true
    case .f1(let metric): metric.average == .micro
    case .r2PerFeature, .spearman, .spearmanPerFeature, .balancedAccuracy, .auc: false
    }
  }

  /// Whether a predictor that knows nothing scores 0 and a perfect one 1 whatever numbers are predicted, so that scores of
  /// different targets can be set beside each other.
  public var isFreeOfUnits: Bool {
    switch self {
    case .r2, .r2PerFeature, .spearman, .spearmanPerFeature, .spearmanPerItem: true
    case .mse, .accuracy, .balancedAccuracy, .auc, .f1, .precisionAtK, .meanAveragePrecision,
      .neighbourhoodAccuracy, .descriptionLength:
      false
    }
  }

  /// Whether the metric compares the fit of the training items with their targets before it can judge the test items.
  public var readsTrainingFit: Bool {
    if case .f1(let metric) = self { metric.threshold == .training } else { false }
  }

  // MARK: Metrics without parameters

  static let r2Signature = Signature(
    keyword: "r2", summary: "the coefficient of determination, pooled over items and columns")
  static let r2PerFeatureSignature = Signature(
    keyword: "r2_per_feature", summary: "the mean over columns of each column's coefficient of determination")
  static let mseSignature = Signature(
    keyword: "mse", summary: "the mean squared error over items and columns; less is better")
  static let spearmanSignature = Signature(
    keyword: "spearman", summary: "Spearman's correlation over the items of each test fold")
  static let spearmanPerFeatureSignature = Signature(
    keyword: "spearman_per_feature", summary: "the mean over columns of Spearman's correlation over items")
  static let spearmanPerItemSignature = Signature(
    keyword: "spearman_per_item", summary: "the mean over items of Spearman's correlation over columns")
  static let accuracySignature = Signature(
    keyword: "accuracy", summary: "the share of items whose class is right")
  static let balancedAccuracySignature = Signature(
    keyword: "balanced_accuracy", summary: "the mean over classes of the share of their items that are right")
  static let aucSignature = Signature(
    keyword: "auc", summary: "the probability that a positive item is predicted above a negative one")
}

/// The kinds of target column.
public enum TargetKind: String, Sendable, Hashable {
  /// Real numbers.
  case numeric
  /// Two or more class names (numbers count as names).
  case classes
  /// Exactly two classes; the one that sorts last (so `1` of `0` and `1`) is the positive one.
  case binary
  /// Columns of 0 and 1.
  case indicators
  /// Columns of numbers from 0 up, of which those above 0 are gold.
  case strengths
}

/// Which cells of the target columns are gold, for metrics that rank features.
public enum Gold: String, Sendable, Hashable, CaseIterable {
  /// The columns hold 0 and 1, and 1 is gold.
  case ones
  /// The columns hold numbers from 0 up (production frequencies, ratings), and whatever is above 0 is gold. The probe is
  /// trained on the numbers themselves.
  case positive

  var targetKind: TargetKind { self == .ones ? .indicators : .strengths }

  static let parameter = Parameter(
    "gold", .choice(allCases.map(\.rawValue)), default: "ones",
    summary: "what is gold: the 1 of 0/1 columns, or every number above 0")

  static let meanAveragePrecisionSignature = Signature(
    keyword: "mean_average_precision",
    summary: "the mean over items of the average precision of their gold features",
    parameters: [parameter])
}
