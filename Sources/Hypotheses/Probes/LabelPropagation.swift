/// Label propagation over the neighbourhood graph of training and test items: the harmonic solution of Zhu, Ghahramani &
/// Lafferty 2003, in which every unlabelled item's prediction is the mean of its neighbours'. All edges count alike. Rosenfeld & Erk
/// 2022 read properties off embeddings by a relative of it (modified adsorption).
///
/// It sees the test items' representations, never their targets.
public struct LabelPropagation: Sendable, Hashable {
  /// How many nearest neighbours of an item are joined to it (the graph holds an edge where either is among the other's).
  public var neighbours: Int
  public var similarity: Similarity
  public var scale: FeatureScale

  public init(neighbours: Int = 10, similarity: Similarity = .cosine, scale: FeatureScale = .none) {
    self.neighbours = neighbours
    self.similarity = similarity
    self.scale = scale
  }

  public static let signature = Signature(
    keyword: "label_propagation",
    summary: "the harmonic solution over the graph of nearest neighbours",
    parameters: [
      Parameter("neighbours", .integer(1...1_000_000), default: "10", summary: "edges per item"),
      Similarity.parameter,
      FeatureScale.parameter(default: .none),
    ])
}
