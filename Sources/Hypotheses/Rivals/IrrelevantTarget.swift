/// The same probe on the same representation predicts something that nobody claims, such as the length of the word: what
/// the method scores on any real quantity.
public struct IrrelevantTarget: Sendable, Hashable {
  public var columns: ColumnSelection

  public init(columns: ColumnSelection) {
    self.columns = columns
  }

  public static let signature = Signature(
    keyword: "irrelevant_target",
    summary: "the same probe predicts something irrelevant, such as word length",
    parameters: [Parameter("columns", .columns, positional: true, summary: "what is predicted instead")],
    criteria: [.margin])
}
