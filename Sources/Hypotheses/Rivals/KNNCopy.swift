/// Every test item gets the mean targets of its nearest training items in the same representation: what its geometry tells
/// without anything being fitted (Rosenfeld & Erk 2022).
public struct KNNCopy: Sendable, Hashable {
  public var k: Int
  public var similarity: Similarity

  public init(k: Int = 1, similarity: Similarity = .cosine) {
    self.k = k
    self.similarity = similarity
  }

  public static let signature = Signature(
    keyword: "knn_copy",
    summary: "a copy of the nearest training items' targets",
    parameters: [
      Parameter("k", .integer(1...1_000_000), default: "1", summary: "how many are averaged"),
      Similarity.parameter,
    ],
    criteria: [.margin])
}
