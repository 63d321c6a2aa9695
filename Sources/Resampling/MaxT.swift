public import GSL

/// Tests a family of hypotheses together, by the largest of their statistics in each replicate (Westfall and Young
/// 1993, Resampling-Based Multiple Testing; Ge, Dudoit and Speed 2003, TEST 12, 1).
///
/// Every replicate is one rearrangement, the same for all hypotheses, so that the dependence between the statistics
/// is kept. The probability of rejecting any true hypothesis at adjusted p <= alpha is then at most alpha: if all
/// are true, for any data; if some are false, where the joint distribution of the true ones' statistics does not
/// depend on the others (subset pivotality). The statistics must be on a common scale: the largest would else
/// always come from the same hypothesis.
public struct MaxT: Sendable, Hashable {
  /// Each hypothesis for itself, not adjusted.
  public let raw: [PValue]
  /// Adjusted: the observed statistic against the largest of all statistics in each replicate.
  public let singleStep: [PValue]
  /// Adjusted: against the largest of the statistics that were not observed to be larger; never above
  /// `singleStep`, and in the order of the observed statistics.
  public let stepDown: [PValue]

  /// - Parameters:
  ///   - observed: the statistic of each hypothesis; large ones speak for the claim (for two-sided tests, give
  ///     absolute values).
  ///   - null: replicates by hypotheses.
  ///   - exact: whether the rows are all distinct rearrangements, the identity among them.
  /// - Precondition: `null` has a column for every observed statistic.
  public init(observed: [Double], null: Matrix<Double>, exact: Bool) {
    precondition(
      null.columns == observed.count, "\(null.columns) columns for \(observed.count) hypotheses")
    let count = observed.count
    // What cannot be compared never helps a claim: it comes last, is reached by all, and reaches all.
    let order = observed.indices.sorted { first, second in
      let (x, y) = (observed[first], observed[second])
      if x.isNaN || y.isNaN { return !x.isNaN || y.isNaN && first < second }
      return x == y ? first < second : x > y
    }
    var single = [Int](repeating: 0, count: count)
    var down = [Int](repeating: 0, count: count)
    var own = [Int](repeating: 0, count: count)
    for replicate in 0..<null.rows {
      let start = replicate * count
      var largest = -Double.infinity
      for hypothesis in order.reversed() {
        let value = null.elements[start + hypothesis]
        if value.isNaN || value > largest { largest = value.isNaN ? .infinity : value }
        if isAtLeast(value, observed[hypothesis]) { own[hypothesis] += 1 }
        if isAtLeast(largest, observed[hypothesis]) { down[hypothesis] += 1 }
      }
      for hypothesis in order where isAtLeast(largest, observed[hypothesis]) { single[hypothesis] += 1 }
    }
    // Among tied statistics the first in order has the larger set; none may be rejected before it.
    var most = 0
    for hypothesis in order {
      most = max(most, down[hypothesis])
      down[hypothesis] = most
    }
    func values(_ counts: [Int]) -> [PValue] {
      counts.map { pValue(exceedances: $0, replicates: null.rows, exact: exact) }
    }
    raw = values(own)
    singleStep = values(single)
    stepDown = values(down)
  }

  /// The p-value of the claim that any of the hypotheses holds: that of the largest observed statistic against
  /// the largest of each replicate. Nil for an empty family.
  public var any: PValue? { singleStep.min { $0.value < $1.value } }
}
