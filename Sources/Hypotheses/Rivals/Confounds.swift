/// The same probe on a few columns of a table instead of the representation. Numeric columns enter as they are,
/// others one-hot coded.
public struct Confounds: Sendable, Hashable {
  public var columns: ColumnSelection

  public init(columns: ColumnSelection) {
    self.columns = columns
  }

  public static let signature = Signature(
    keyword: "confounds",
    summary: "the same probe on a few plain columns, such as length and frequency",
    parameters: [
      Parameter("columns", .columns, positional: true, summary: "the columns")
    ],
    criteria: [.margin, .added])
}
