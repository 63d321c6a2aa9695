/// Partial least squares regression of all targets at once (PLS2 by NIPALS: Wold 1975; scikit-learn's `PLSRegression`).
public struct PLS: Sendable, Hashable {
  public var components: Components
  /// Whether features *and* targets are divided by their standard deviations in the training fold.
  public var scale: FeatureScale

  public enum Components: Sendable, Hashable {
    case fixed(Int)
    /// The entry of `grid` (ascending) with the least squared error in five-fold cross-validation inside the training
    /// fold, chosen in every training fold of every world; of equal ones the smaller. Under `scale: standard` the
    /// error is that of the scaled targets. Groups that share a fold share one of the five.
    case chosen(grid: [Int])
  }

  public init(components: Components = .fixed(50), scale: FeatureScale = .standard) {
    self.components = components
    self.scale = scale
  }

  public static let defaultGrid = [1, 2, 5, 10, 20, 50, 100]

  public static let signature = Signature(
    keyword: "pls",
    summary: "partial least squares regression of all targets at once",
    parameters: [
      Parameter(
        "components", .oneOf([.integer(1...100_000), .choice(["cv"])]), default: "50",
        summary: "how many components; `cv` chooses inside every training fold"),
      Parameter(
        "grid", .numbers(1...100_000), default: "[1, 2, 5, 10, 20, 50, 100]",
        summary: "the numbers of components to choose from"),
      FeatureScale.parameter(),
    ])
}
