/// The mean of the targets of the `k` nearest training items. Items that are equally near share the last places.
public struct KNN: Sendable, Hashable {
  public enum Weights: String, Sendable, Hashable, CaseIterable {
    case uniform
    /// By similarity: the cosine where it is positive, or one over the distance; items at no distance count alone.
    case similarity
  }

  public var k: Int
  public var similarity: Similarity
  public var weights: Weights
  public var scale: FeatureScale

  public init(
    k: Int = 10, similarity: Similarity = .cosine, weights: Weights = .uniform, scale: FeatureScale = .none
  ) {
    self.k = k
    self.similarity = similarity
    self.weights = weights
    self.scale = scale
  }

  public static let signature = Signature(
    keyword: "knn",
    summary: "the mean of the targets of the nearest training items",
    parameters: [
      Parameter("k", .integer(1...1_000_000), default: "10", summary: "how many neighbours"),
      Similarity.parameter,
      Parameter(
        "weights", .choice(Weights.allCases.map(\.rawValue)), default: "uniform",
        summary: "whether nearer neighbours count more"),
      FeatureScale.parameter(default: .none),
    ])
}
