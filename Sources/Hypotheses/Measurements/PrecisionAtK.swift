/// The mean over items of the share of gold features among the `k` features with the largest predictions.
///
/// With `k: gold`, k is the item's own number of gold features (R-precision), the measure that Chronis, Mahowald & Erk
/// 2023 report under the name of MAP@k. Items without gold features do not count. Ties go to the column that stands
/// first.
public struct PrecisionAtK: Sendable, Hashable {
  public enum K: Sendable, Hashable {
    /// As many as the item has gold features.
    case gold
    case fixed(Int)
  }

  public var k: K
  public var gold: Gold

  public init(k: K = .gold, gold: Gold = .ones) {
    self.k = k
    self.gold = gold
  }

  public static let signature = Signature(
    keyword: "precision_at_k",
    summary: "the share of gold features among the k with the largest predictions",
    parameters: [
      Parameter(
        "k", .oneOf([.integer(1...1_000_000), .choice(["gold"])]), default: "gold",
        summary: "how many features are looked at: a number, or as many as the item has gold ones"),
      Gold.parameter,
    ])
}
