/// The targets are rearranged over the items, so that they keep their values and their dependence on each other and
/// lose their tie to the representation.
public struct PermutedLabels: Sendable, Hashable {
  /// Items exchange targets only with items that share a value of this column.
  public var within: ColumnReference?
  /// All items that share a value of this column have one target, and these values exchange their targets as wholes.
  /// `nil`: items exchange targets one by one. The checker fills in the hypothesis's unit where the target is a
  /// function of it.
  public var over: ColumnReference?
  public var replicates: Int

  public init(within: ColumnReference? = nil, over: ColumnReference? = nil, replicates: Int = 2_000) {
    self.within = within
    self.over = over
    self.replicates = replicates
  }

  public static let signature = Signature(
    keyword: "permuted_labels",
    summary: "the targets, rearranged over the items",
    parameters: [
      Parameter("within", .column, default: "all items", summary: "exchange targets only within its groups"),
      Parameter("over", .column, default: "the unit", summary: "exchange the targets of whole groups"),
      Parameter(
        "replicates", .integer(1...100_000_000), default: "2_000", summary: "how many rearrangements"),
    ],
    criteria: [.p, .margin])
}
