/// A score as a quotient of sums over sentences, so that sentences can be weighted and drawn anew: the score is the sum of
/// `sums` over the sum of `weights`.
public struct SentenceSums: Sendable, Hashable {
  /// By sentence: what its items score, summed.
  public var sums: [Double]
  /// By sentence: how much it counts; 0 where nothing in it is scored.
  public var weights: [Double]

  public init(sums: [Double], weights: [Double]) {
    precondition(sums.count == weights.count, "one weight per sum")
    self.sums = sums
    self.weights = weights
  }

  /// 0 where no sentence counts.
  public var score: Double {
    let weight = weights.reduce(0, +)
    return weight == 0 ? 0 : sums.reduce(0, +) / weight
  }
}
