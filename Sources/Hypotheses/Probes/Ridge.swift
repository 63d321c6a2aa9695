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
