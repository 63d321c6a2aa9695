/// The same probe on the activations of the same architecture with random weights (Zhang & Bowman 2018): what the
/// architecture, the tokenizer and the data give away without any training.
public struct Untrained: Sendable, Hashable {
  /// Names of `activations` declarations; a declaration whose tensor name has wildcards gives one twin per tensor.
  public var representations: [String]

  public init(representations: [String]) {
    self.representations = representations
  }

  public static let signature = Signature(
    keyword: "untrained",
    summary: "the same probe on the same architecture with random weights",
    parameters: [
      Parameter("twins", .representations, positional: true, summary: "the untrained twins' activations")
    ],
    criteria: [.margin, .p])
}
