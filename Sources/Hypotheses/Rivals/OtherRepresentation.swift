/// The same probe on another representation of the same items: the words without their sentence, the argument pairs
/// exchanged.
public struct OtherRepresentation: Sendable, Hashable {
  /// The name of a declaration.
  public var representation: String

  public init(representation: String) {
    self.representation = representation
  }

  public static let signature = Signature(
    keyword: "other_representation", summary: "the same probe on another representation of the same items",
    parameters: [
      Parameter("data", .representations, positional: true, summary: "the other activations")
    ],
    criteria: [.margin])
}
