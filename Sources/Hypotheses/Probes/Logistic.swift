/// Multinomial logistic regression: minimises the summed cross-entropy plus penalty / 2 times the squared weights, with
/// unpenalised intercepts (scikit-learn's `LogisticRegression` with C = 1 / penalty).
public struct Logistic: Sendable, Hashable {
  public var penalty: Double
  public var scale: FeatureScale

  public init(penalty: Double = 1, scale: FeatureScale = .standard) {
    self.penalty = penalty
    self.scale = scale
  }

  public static let signature = Signature(
    keyword: "logistic",
    summary: "multinomial logistic regression",
    parameters: [
      Parameter(
        "penalty", .number(1e-6...1e12), default: "1", summary: "the squared weights count half as often"),
      FeatureScale.parameter(),
    ])
}
