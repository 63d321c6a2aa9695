/// Bits per item of the online code of the labels (Voita & Titov 2020): what a receiver must be sent who has the
/// representations, the probe and the labels before, and wants the labels. Less is better.
public struct DescriptionLength: Sendable, Hashable {
  /// Over how many orders of the items the length is averaged.
  public var orders: Int

  public init(orders: Int = 1) { self.orders = orders }

  public static let signature = Signature(
    keyword: "description_length",
    summary: "bits per item of the online code of the classes; less is better",
    parameters: [
      Parameter(
        "orders", .integer(1...10_000), default: "1",
        summary: "over how many orders of the items it is averaged")
    ])
}
