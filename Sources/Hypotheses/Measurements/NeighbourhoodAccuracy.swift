/// The share of held-out items that are among the `n` nearest neighbours of their own prediction, searched among the
/// targets of all items, training and test. Items with equal targets are equally near, and count by halves.
public struct NeighbourhoodAccuracy: Sendable, Hashable {
  public var n: Int
  public var similarity: Similarity

  public init(n: Int = 10, similarity: Similarity = .cosine) {
    self.n = n
    self.similarity = similarity
  }

  public static let signature = Signature(
    keyword: "neighbourhood_accuracy",
    summary: "the share of items among the n nearest neighbours of their own prediction",
    parameters: [
      Parameter("n", .integer(1...1_000_000), default: "10", summary: "how many neighbours"),
      Similarity.parameter,
    ])
}

/// How near two vectors are.
public enum Similarity: String, Sendable, Hashable, CaseIterable {
  /// The cosine of the angle between them; a vector of zeros is at an angle of 90° to everything.
  case cosine
  /// The negative Euclidean distance.
  case euclidean

  static let parameter = Parameter(
    "similarity", .choice(allCases.map(\.rawValue)), default: "cosine", summary: "how nearness is measured")
}
