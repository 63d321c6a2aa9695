/// The same probe on the activations of the same architecture with random weights (Zhang & Bowman 2018): what the
/// architecture, the tokenizer and the data give away without any training.
public struct Untrained: Sendable, Hashable {
  /// Names of `activations` declarations; a declaration whose tensor name has wildcards gives one twin per tensor.
  public var representations: [String]
  /// Against a comparison: the twins of the side that is compared with, one for each of `representations`. Empty
  /// against a single measurement.
  public var over: [String]

  public init(representations: [String], over: [String] = []) {
    self.representations = representations
    self.over = over
  }

  public static let signature = Signature(
    keyword: "untrained",
    summary: "the same probe on the same architecture with random weights",
    parameters: [
      Parameter("twins", .representations, positional: true, summary: "the untrained twins' activations"),
      Parameter(
        "over", .representations, default: "none", summary: "in a comparison, the twins of the other side"),
    ],
    criteria: [.margin, .p])
}
