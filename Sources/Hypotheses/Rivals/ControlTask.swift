/// A control task (Hewitt & Liang 2019): every type gets one random target, drawn from the targets of the real task,
/// and keeps it wherever it occurs. Only memorising types can solve it.
public struct ControlTask: Sendable, Hashable {
  /// What a type is.
  public var by: ColumnReference
  public var replicates: Int

  public init(by: ColumnReference, replicates: Int = 50) {
    self.by = by
    self.replicates = replicates
  }

  public static let signature = Signature(
    keyword: "control_task",
    summary: "one random target per type (Hewitt & Liang 2019)",
    parameters: [
      Parameter("by", .column, summary: "the column whose values are the types"),
      Parameter("replicates", .integer(1...100_000_000), default: "50", summary: "how many control tasks"),
    ],
    criteria: [.selectivity, .margin, .p])
}
