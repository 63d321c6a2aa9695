/// The same probe on the activations of the same architecture with random weights (Zhang & Bowman 2018): what the
/// architecture, the tokenizer and the data give away without any training.
public struct Untrained: Sendable, Hashable {
  /// Names of `activations` declarations; a declaration whose tensor name has wildcards gives one twin per tensor.
  public var representations: [String]
  /// Against a comparison: the twins of the side that is compared with, one for each of `representations`. Empty
  /// against a single measurement.
  public var over: [String]
  /// Where the twins' weights come from.
  public var seeds: Seeds

  /// What is known of twins' weights.
  public enum Seeds: String, Sendable, Hashable, CaseIterable {
    /// Nothing: twins may share a seed or a recipe, or be made from trained weights. They give no p.
    case unknown
    /// Each was drawn from a seed of its own by the one recipe of initialisation that the trained network began with: so
    /// many draws from one distribution, of which the trained network's start is one more, give a p.
    case independent
  }

  public init(representations: [String], over: [String] = [], seeds: Seeds = .unknown) {
    self.representations = representations
    self.over = over
    self.seeds = seeds
  }

  public static let signature = Signature(
    keyword: "untrained",
    summary: "the same probe on the same architecture with random weights",
    parameters: [
      Parameter("twins", .representations, positional: true, summary: "the untrained twins' activations"),
      Parameter(
        "over", .representations, default: "none", summary: "in a comparison, the twins of the other side"),
      Parameter(
        "seeds", .choice(Seeds.allCases.map(\.rawValue)), default: "unknown",
        summary: "whether the twins are independent draws of one initialisation"),
    ],
    criteria: [.margin, .p])
}
