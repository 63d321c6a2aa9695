internal import GSL
internal import Glibc

/// The fewest replicates that decide whether p lies below alpha when a share `p` of them reaches the observed statistic:
/// those whose Clopper-Pearson 95 % interval leaves alpha out, with the exceedances rounded up.
/// - Returns: `nil` where p is alpha, or so near it that more than `limit` would be needed.
/// - Precondition: alpha lies between 0 and 1, and p in 0...1.
public func replicatesToDecide(alpha: Double, p: Double, limit: Int = 100_000_000) -> Int? {
  precondition(alpha > 0 && alpha < 1, "alpha \(alpha) does not lie between 0 and 1")
  precondition((0...1).contains(p), "the probability \(p) lies outside 0...1")
  guard p != alpha else { return nil }
  func decides(_ replicates: Int) -> Bool {
    let expected = p * Double(replicates)
    let exceedances = min(replicates, Int((p < alpha ? expected.rounded(.up) : expected.rounded(.down))))
    let interval = clopperPearson(successes: exceedances, trials: replicates)
    return p < alpha ? interval.upperBound < alpha : interval.lowerBound > alpha
  }
  // Rounded exceedances make a sawtooth; the answer is the first point of a bisection that holds, not the very first.
  var (no, yes) = (0, 1)
  while !decides(yes) {
    (no, yes) = (yes, 2 * yes)
    if yes > limit { return nil }
  }
  while yes - no > 1 {
    let middle = no + (yes - no) / 2
    if decides(middle) { yes = middle } else { no = middle }
  }
  return yes
}

/// What the width of an interval says about what data of this size can show, if the estimate is about normal and its
/// standard error shrinks with the square root of the number of units.
///
/// A criterion `margin >= threshold` is met where the lower end of the 95 % interval reaches the threshold.
public struct IntervalPlan: Sendable, Hashable {
  /// Half the length of the 95 % interval.
  public let halfWidth: Double
  /// How many units it was made of.
  public let units: Int
  /// The probability with which a criterion should be met.
  public let power: Double

  /// - Precondition: the power lies between 0 and 1.
  public init(halfWidth: Double, units: Int, power: Double = 0.8) {
    precondition(power > 0 && power < 1, "the power \(power) does not lie between 0 and 1")
    self.halfWidth = halfWidth
    self.units = units
    self.power = power
  }

  private static let z = normalQuantile(0.975)

  public var standardError: Double { halfWidth / Self.z }

  /// How far a true value must lie beyond a threshold to meet it with the power.
  public var detectable: Double { halfWidth + normalQuantile(power) * standardError }

  /// The probability that the interval reaches the threshold where the true value lies `distance` beyond it.
  public func probability(distance: Double) -> Double {
    standardError > 0 ? normalCDF(distance / standardError - Self.z) : (distance >= 0 ? 1 : 0)
  }

  /// How many units meet the threshold with the power where the true value lies `distance` beyond it.
  /// - Returns: `nil` where it does not lie beyond it, or no number of units is enough.
  public func unitsNeeded(distance: Double) -> Int? {
    guard distance > 0 else { return nil }
    let ratio = detectable / distance
    let needed = (Double(units) * ratio * ratio).rounded(.up)
    return needed < 1e12 ? max(1, Int(needed)) : nil
  }
}
