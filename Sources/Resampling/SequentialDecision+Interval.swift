extension SequentialDecision {
  /// The risk of a wrong decision on either side in p-values that are reported: a two-sided 95 % statement.
  public static let reportedRisk = 0.025

  /// The levels about which replicates leave open whether the p-value lies below or above: those for which neither
  /// one-sided evidence reaches 1/risk. Levels above the interval are decided `below`, levels under it `above`, so an
  /// outcome read from the interval is the sequential decision, and the two cannot disagree.
  ///
  /// Whatever p is, however often one looks and whenever one stops, the upper end lies below p with probability at most
  /// `risk`, and so does the lower end above it. Both kinds of evidence grow with the distance of the level from the
  /// share of exceedances, so each end is found by bisection.
  /// - Precondition: 0 <= exceedances <= replicates, and `risk` lies between 0 and 1.
  public static func openLevels(
    exceedances: Int, replicates: Int, risk: Double = reportedRisk
  ) -> ClosedRange<Double> {
    guard replicates > 0 else { return 0...1 }
    func decided(_ alpha: Double) -> Outcome {
      var decision = SequentialDecision(alpha: alpha, risk: risk, cap: .max)
      return decision.add(exceedances: exceedances, replicates: replicates)
    }
    let share = Double(exceedances) / Double(replicates)
    /// The last level towards `end` that is open.
    func crossing(_ end: Double, _ wanted: Outcome) -> Double {
      var (open, closed) = (share, end)
      while true {
        let middle = open + (closed - open) / 2
        guard middle != open, middle != closed, middle > 0, middle < 1 else { return closed }
        if decided(middle) == wanted { closed = middle } else { open = middle }
      }
    }
    // No share of 0 exceeds a level, and none of 1 falls short of one.
    let low = exceedances == 0 ? 0 : crossing(0, .above)
    let high = exceedances == replicates ? 1 : crossing(1, .below)
    return low...high
  }
}

/// The p-value from replicates that were drawn until it was decided: the value of `pValue`, with the interval that holds
/// at every look (`SequentialDecision.openLevels`).
/// - Precondition: 0 <= exceedances <= replicates.
public func sequentialPValue(
  exceedances: Int, replicates: Int, risk: Double = SequentialDecision.reportedRisk
) -> PValue {
  PValue(
    value: pValue(exceedances: exceedances, replicates: replicates, exact: false).value,
    interval: SequentialDecision.openLevels(exceedances: exceedances, replicates: replicates, risk: risk),
    exceedances: exceedances, replicates: replicates, isExact: false)
}
