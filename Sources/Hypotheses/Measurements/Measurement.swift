/// `measure name = metric { predict ... from ...  probe ...  folds ... }`: a score, computed from out-of-fold
/// predictions only.
public struct Measurement: Sendable, Hashable {
  public var name: String
  public var metric: Metric
  /// What is predicted. Several columns only for `r2`.
  public var targets: ColumnSelection
  /// The name of the `activations` declaration that it is predicted from.
  public var representation: String
  public var probe: Probe
  public var folds: Folds
  public var items: ItemPolicy
  public var location: SourceLocation

  public init(
    name: String, metric: Metric, targets: ColumnSelection, representation: String, probe: Probe,
    folds: Folds,
    items: ItemPolicy = .complete, location: SourceLocation
  ) {
    self.name = name
    self.metric = metric
    self.targets = targets
    self.representation = representation
    self.probe = probe
    self.folds = folds
    self.items = items
    self.location = location
  }
}

/// How well out-of-fold predictions match the targets. The raw value is the keyword in the language and the name in
/// the record.
public enum Metric: String, Sendable, Hashable, Codable, CaseIterable {
  case r2
  case spearman
  case accuracy
  case balancedAccuracy = "balanced_accuracy"
  case auc

  /// What kind of target column the metric is defined for.
  public var targetKind: TargetKind {
    switch self {
    case .r2, .spearman: .numeric
    case .accuracy, .balancedAccuracy: .classes
    case .auc: .binary
    }
  }

  /// Whether several target columns can be predicted at once.
  public var allowsSeveralTargets: Bool { self == .r2 }

  /// The values that the metric can take.
  public var range: ClosedRange<Double> {
    switch self {
    case .r2: -Double.infinity...1
    case .spearman: -1...1
    case .accuracy, .balancedAccuracy, .auc: 0...1
    }
  }
}

/// The kinds of target column.
public enum TargetKind: String, Sendable, Hashable {
  /// Real numbers.
  case numeric
  /// Two or more class names (numbers count as names).
  case classes
  /// Exactly two classes; the one that sorts last (so `1` of `0` and `1`) is the positive one.
  case binary
}

/// The model that is fitted from representation to targets.
public enum Probe: Sendable, Hashable {
  case ridge(Ridge)

  /// Every signature, sorted by keyword.
  public static let signatures: [Signature] = [Ridge.signature]
}

/// Ridge regression with an unpenalised intercept: minimises |y - Xw - b|^2 + penalty |w|^2 (the scale of
/// scikit-learn's `alpha`). Class targets are one-hot coded.
public struct Ridge: Sendable, Hashable {
  public var penalty: Penalty
  /// Whether every feature is scaled to unit variance by the training fold's mean and standard deviation.
  public var standardized: Bool

  public init(penalty: Penalty = .chosen(.leaveOneOut, grid: Penalty.defaultGrid), standardized: Bool = true)
  {
    self.penalty = penalty
    self.standardized = standardized
  }

  public static let signature = Signature(
    keyword: "ridge",
    summary: "ridge regression with an unpenalised intercept",
    parameters: [
      Parameter(
        "penalty", .oneOf([.number(0.0...Double.infinity), .choice(["loo", "gcv"])]), default: "loo",
        summary: "a fixed penalty, or the rule that chooses it inside every training fold"),
      Parameter(
        "grid", .numbers(0.0...Double.infinity), default: "[0.1, 1, 10, ..., 1e6]",
        summary: "the penalties to choose from"),
      Parameter(
        "scale", .choice(["standard", "none"]), default: "standard",
        summary: "whether features are standardised on the training fold"),
    ])
}

/// The ridge penalty.
public enum Penalty: Sendable, Hashable {
  case fixed(Double)
  /// The value of `grid` (ascending) with the least error under `rule`, chosen in every training fold of every world.
  case chosen(PenaltyRule, grid: [Double])

  /// 10^-1 ... 10^6, one per decade.
  public static let defaultGrid: [Double] = [0.1, 1, 10, 100, 1e3, 1e4, 1e5, 1e6]
}

/// How a penalty is chosen inside a training fold.
public enum PenaltyRule: String, Sendable, Hashable, Codable {
  /// Exact leave-one-out squared error, by its closed form.
  case leaveOneOut = "loo"
  /// Generalised cross-validation (Golub, Heath & Wahba 1979).
  case generalizedCrossValidation = "gcv"
}

/// How items are divided into training and test sets.
public struct Folds: Sendable, Hashable {
  public var count: Int
  /// Items that share a value of this column stay in one fold.
  public var grouped: ColumnReference?
  /// How many times the division is drawn anew; scores are averaged over them.
  public var repeats: Int

  public init(count: Int, grouped: ColumnReference? = nil, repeats: Int = 1) {
    self.count = count
    self.grouped = grouped
    self.repeats = repeats
  }
}

/// What happens to keys that stand in the table but not in the activations. Rows with an empty target cell are
/// always left out, and counted in the record; keys that stand in the activations alone are never an error.
public enum ItemPolicy: String, Sendable, Hashable, CaseIterable {
  /// An error: every item with a target must have its activations.
  case complete
  /// The items that both have are used, and the others are counted in the record. Written `items shared`.
  case shared
}
