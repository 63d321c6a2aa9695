/// Numerators and denominators of a mean, summed by sentence: score = sum(sums) / sum(weights), 0 where weights sum to 0.
public struct SentenceSums: Sendable, Hashable {
  /// By sentence: the sum of what its items score.
  public var sums: [Double]
  /// By sentence: how many items it has, or what they weigh.
  public var weights: [Double]

  /// - Precondition: as many sums as weights.
  public init(sums: [Double], weights: [Double]) {
    precondition(sums.count == weights.count, "\(sums.count) sums and \(weights.count) weights")
    self.sums = sums
    self.weights = weights
  }

  public var score: Double {
    let weight = weights.reduce(0, +)
    return weight == 0 ? 0 : sums.reduce(0, +) / weight
  }
}
