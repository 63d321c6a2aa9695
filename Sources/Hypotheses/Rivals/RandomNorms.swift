/// Random targets in the place of the real ones: what a data set of this shape scores whatever its items are.
public struct RandomNorms: Sendable, Hashable {
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// All cells of the target columns, dealt anew to all cells: the same density and values, nothing else.
    case cells
    /// Every column is rearranged over the items on its own: features keep their popularity, and lose each other.
    case columns
    /// Features keep their popularity and items their number of features, at random otherwise (Strona et al. 2014's
    /// curveball); an item's values are dealt anew to its features.
    case marginals
  }

  public var kind: Kind
  public var replicates: Int

  public init(kind: Kind, replicates: Int = 200) {
    self.kind = kind
    self.replicates = replicates
  }

  public static let signature = Signature(
    keyword: "random_norms",
    summary: "random targets of the same density and marginals",
    parameters: [
      Parameter(
        "kind", .choice(Kind.allCases.map(\.rawValue)), positional: true, summary: "what the targets keep"),
      Parameter(
        "replicates", .integer(1...100_000_000), default: "200", summary: "how many random sets of targets"),
    ],
    criteria: [.margin, .p])
}
