/// Against a comparison only: for every unit of independence at random, the two sides exchange what they scored on its
/// items, as they could if neither side were better.
public struct SwappedSides: Sendable, Hashable {
  public var replicates: Int

  public init(replicates: Int = 2_000) {
    self.replicates = replicates
  }

  public static let signature = Signature(
    keyword: "swapped_sides",
    summary: "the two sides' scores, exchanged at random for every unit",
    parameters: [
      Parameter("replicates", .integer(1...100_000_000), default: "2_000", summary: "how many exchanges")
    ],
    criteria: [.p])
}
