/// Every test item gets the mean targets of the training items of its category: what the category alone tells.
public struct CategoryMeans: Sendable, Hashable {
  public var by: ColumnReference

  public init(by: ColumnReference) {
    self.by = by
  }

  public static let signature = Signature(
    keyword: "category_means",
    summary: "the mean of the training items of the same category",
    parameters: [
      Parameter("by", .column, positional: true, summary: "the column whose values are the categories")
    ],
    criteria: [.margin])
}
