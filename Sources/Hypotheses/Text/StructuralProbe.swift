/// Syntax trees read off the geometry of a layer by a linear map (Hewitt & Manning 2019, NAACL).
public struct StructuralProbe: Sendable, Hashable {
  public enum Score: String, Sendable, Hashable, CaseIterable {
    /// Share of the tree's edges in the minimum spanning tree of the predicted distances, punctuation left out.
    case uuas
    /// Spearman correlation of predicted and true distances, within words, then sentences.
    case distanceSpearman = "distance_spearman"
    /// Spearman correlation of predicted and true depths, within sentences.
    case depthSpearman = "depth_spearman"
    /// Share of sentences whose root has the least predicted depth.
    case rootAccuracy = "root_accuracy"

    public var signature: Signature {
      let summary =
        switch self {
        case .uuas: "the share of the tree's edges that a distance probe finds"
        case .distanceSpearman: "the rank correlation of a distance probe with the tree's distances"
        case .depthSpearman: "the rank correlation of a depth probe with the tree's depths"
        case .rootAccuracy: "the share of roots that a depth probe finds"
        }
      return Signature(
        keyword: rawValue, summary: summary,
        parameters: [
          Parameter("run", .representations, positional: true, summary: "the activations"),
          Parameter(
            "layer", .integer(0...10_000), summary: "whose input the states are; 0: the first layer's"),
          Parameter(
            "rank", .integer(1...10_000), default: "64", summary: "the dimensions that the probe keeps"),
        ])
    }
  }
  public var score: Score
  public var run: String
  public var layer: Int
  public var rank: Int

  public init(score: Score, run: String, layer: Int, rank: Int = 64) {
    self.score = score
    self.run = run
    self.layer = layer
    self.rank = rank
  }
}
