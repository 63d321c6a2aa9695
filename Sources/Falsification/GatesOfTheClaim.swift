package import Hypotheses
internal import Probing

// What must be possible on these items and folds before anything is claimed of them.
extension Gate {
  static let withinCeiling = "claim_within_ceiling"

  /// No method can score above a measurement's ceiling. A claim that it does is not refuted by data, and one that it does not
  /// cannot be: neither is a test.
  ///
  /// Of a claim about any member of a family one ceiling must leave it open, of one about each every ceiling. The most that a
  /// difference can reach is 1.
  /// - Returns: `nil` for a claim of equivalence, which lies about no difference.
  static func claimWithinCeiling(_ claim: Requirement, _ statistic: Statistic) -> Gate? {
    guard claim.comparison != .within else { return nil }
    return claimWithinCeiling(
      claim, ceilings: statistic.isFamily ? statistic.sides.map(\.ceiling) : [statistic.ceiling],
      sign: statistic.sign, needsEvery: statistic.kind == .each)
  }

  /// - Parameters:
  ///   - ceilings: of the measurement, or of a family's members.
  ///   - sign: 1 where a larger score is better, else -1.
  ///   - needsEvery: whether every ceiling must leave the claim open, or one.
  package static func claimWithinCeiling(
    _ claim: Requirement, ceilings: [Double], sign: Double, needsEvery: Bool
  ) -> Gate {
    // Whether the claim says that the score is good: at least, where more is better.
    let isUpwards = (claim.comparison == .greaterOrEqual || claim.comparison == .greater) == (sign > 0)
    func isOpen(_ ceiling: Double) -> Bool {
      sign * (ceiling - claim.threshold) >= -1e-9 * max(1, abs(ceiling))
    }
    let open = ceilings.count(where: isOpen)
    // A claim of a poor score is a test where some score would refute it.
    let passed = isUpwards && needsEvery ? open == ceilings.count : open > 0
    let best = sign > 0 ? ceilings.max()! : ceilings.min()!
    let worst = sign > 0 ? ceilings.min()! : ceilings.max()!
    let shown = Wording.number(needsEvery && isUpwards ? worst : best)
    let threshold = Wording.number(claim.threshold)
    let detail =
      passed
      ? "the ceiling is \(shown), the claim's threshold \(threshold)"
      : isUpwards
        ? "no method can reach \(threshold) on this division: the ceiling is \(shown)"
        : "no method can pass \(threshold) on this division, so that nothing could refute the claim: the ceiling is \(shown)"
    return Gate(name: Gate.withinCeiling, passed: passed, detail: detail)
  }
}
