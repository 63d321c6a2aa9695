/// How p-values of several hypotheses are adjusted for each other.
public enum Adjustment: Sendable, Hashable, CaseIterable {
  /// Holm 1979 (Scand. J. Stat. 6, 65): the probability of rejecting any true hypothesis at adjusted p <= alpha is at
  /// most alpha, whatever the dependence.
  case holm
  /// Benjamini and Hochberg 1995 (JRSS B 57, 289): the expected share of true hypotheses among those rejected at
  /// adjusted p <= q is at most q, if the p-values are independent or positively dependent (PRDS).
  case benjaminiHochberg
  /// Benjamini and Yekutieli 2001 (Ann. Stat. 29, 1165): the same, whatever the dependence.
  case benjaminiYekutieli

  /// The adjusted p-values, in the order of the given ones. They lie in 0...1, are at least as large as the given
  /// ones, and have their order.
  /// - Precondition: all values lie in 0...1.
  public func adjusted(_ values: [Double]) -> [Double] {
    precondition(values.allSatisfy((0...1).contains), "a p-value lies outside 0...1")
    let count = values.count
    let order = values.indices.sorted { (values[$0], $0) < (values[$1], $1) }
    var result = values
    switch self {
    case .holm:
      var largest = 0.0
      for (rank, index) in order.enumerated() {
        largest = max(largest, min(1, Double(count - rank) * values[index]))
        result[index] = largest
      }
    case .benjaminiHochberg, .benjaminiYekutieli:
      // BY divides the level by the sum of 1/i.
      let factor =
        self == .benjaminiHochberg ? 1 : (0..<count).reduce(0) { $0 + 1 / Double($1 + 1) }
      var smallest = 1.0
      for (rank, index) in order.enumerated().reversed() {
        // In the order that never falls below the value itself: n / rank is at least 1.
        smallest = min(smallest, values[index] * (Double(count) / Double(rank + 1)) * factor)
        result[index] = smallest
      }
    }
    return result
  }
}
