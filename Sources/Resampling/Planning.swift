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

/// What a mean of bounded scores over units can show where all else is as favourable as it can be.
///
/// Every unit's value is a multiple of `step`: right less wrong for one prediction against another (step 1), a mean over R
/// divisions into folds (1/R), over the B worlds of a rival as well (1/RB). Of all such values with a given mean, those at the
/// two multiples next to it vary least, so that the number of units at the upper one is binomial. Whether the lower end of the
/// 95 % BCa interval (`bcaInterval`, with endlessly many draws) reaches a threshold is then exact. Data that vary more need a
/// larger mean: what is said here is a bound and no forecast.
public struct FavourablePlan: Sendable, Hashable {
  public let units: Int
  public let step: Double
  /// The probability with which a criterion should be met.
  public let power: Double

  /// - Precondition: there is a unit, the step is above 0, and the power lies between 0 and 1.
  public init(units: Int, step: Double = 1, power: Double = 0.8) {
    precondition(units > 0, "\(units) units")
    precondition(step > 0 && step.isFinite, "the step \(step)")
    precondition(power > 0 && power < 1, "the power \(power) does not lie between 0 and 1")
    self.units = units
    self.step = step
    self.power = power
  }

  /// The smallest true mean with which `mean >= threshold` is met with the power.
  /// - Precondition: the threshold is not negative.
  public func smallest(over threshold: Double) -> Double {
    let (whole, rest) = split(threshold)
    let needed = ShareOfUnits(units: units).fewest(over: rest)
    // P(X >= k) = P(Beta(k, n - k + 1) <= share).
    let share =
      needed == 0 ? 0 : (try? betaQuantile(power, a: Double(needed), b: Double(units - needed + 1))) ?? 1
    return max(threshold, (whole + share) * step)
  }

  /// Whether a true mean is large enough for `mean >= threshold` to be met with the power; cheaper than `smallest`.
  /// - Precondition: the threshold is not negative.
  public func shows(_ mean: Double, over threshold: Double) -> Bool {
    let (whole, rest) = split(threshold)
    let share = mean / step - whole
    guard share < 1 else { return true }
    guard share >= rest else { return false }
    let sample = ShareOfUnits(units: units)
    // The number at the upper multiple that is reached with the power.
    return sample.lowerEnd(sample.quantile(1 - power, share: share)) >= rest
  }

  /// The fewest units with which a true mean meets `mean >= threshold` with the power, up to rounding: the answer of a
  /// bisection, since the power is a sawtooth in the number of units.
  /// - Returns: `nil` where the mean does not lie beyond the threshold, or more than `limit` would be needed.
  public func unitsNeeded(toShow mean: Double, over threshold: Double, limit: Int = 10_000_000) -> Int? {
    bisected(limit: limit) {
      FavourablePlan(units: $0, step: step, power: power).shows(mean, over: threshold)
    }
  }

  /// Whether nothing but the largest value in every unit meets `mean >= threshold`, where that value is `maximum`.
  public func needsPerfection(over threshold: Double, maximum: Double = 1) -> Bool {
    guard threshold < maximum else { return true }
    // One unit less by one step, and all others perfect.
    let (deficit, n) = ((maximum - threshold) / step, Double(units))
    return deficit * n < 1 || ShareOfUnits(units: units).lowerEnd(units - 1) < 1 - deficit
  }

  /// The fewest units of which one may fall short of `maximum` by a step where `mean >= threshold` is to be met.
  public func unitsToAllowForOne(over threshold: Double, maximum: Double = 1, limit: Int = 10_000_000) -> Int?
  {
    bisected(limit: limit) {
      !FavourablePlan(units: $0, step: step, power: power).needsPerfection(over: threshold, maximum: maximum)
    }
  }

  /// The multiple of the step below a threshold, and what is left of it, in steps.
  private func split(_ threshold: Double) -> (whole: Double, rest: Double) {
    let steps = threshold / step
    // A threshold on a multiple must not lie below it by rounding.
    let whole = (steps + 1e-9).rounded(.down)
    return (whole, min(max(steps - whole, 0), 1))
  }

  private func bisected(limit: Int, _ holds: (Int) -> Bool) -> Int? {
    var (no, yes) = (units, units)
    while !holds(yes) {
      no = yes
      guard yes < limit else { return nil }
      yes = min(2 * yes, limit)
    }
    while yes - no > 1 {
      let middle = no + (yes - no) / 2
      if holds(middle) { yes = middle } else { no = middle }
    }
    return yes
  }
}

/// Units of which each has something or has it not, and the BCa interval of the share that has.
private struct ShareOfUnits {
  let units: Int

  /// The lower end of the 95 % interval of the share where `count` units have it: `bcaInterval`'s formulas where the draws are
  /// binomial.
  func lowerEnd(_ count: Int) -> Double {
    guard count > 0, count < units else { return count > 0 ? 1 : 0 }
    let (n, share) = (Double(units), Double(count) / Double(units))
    let (below, upTo) = (cumulative(count - 1, share), cumulative(count, share))
    let bias = normalQuantile(min(max((below + upTo) / 2, 0), 1))
    let acceleration = (1 - 2 * share) / (6 * (n * share * (1 - share)).squareRoot())
    let shifted = bias + normalQuantile(0.025)
    let scale = 1 - acceleration * shifted
    let tail = scale > 0 ? normalCDF(bias + shifted / scale) : 0.025
    return Double(quantile(tail, share: share)) / n
  }

  /// The fewest units that must have it for the lower end to reach a threshold from 0 to 1.
  func fewest(over threshold: Double) -> Int {
    guard threshold > 0 else { return 0 }
    var (no, yes) = (0, units)
    while yes - no > 1 {
      let middle = no + (yes - no) / 2
      if lowerEnd(middle) >= threshold { yes = middle } else { no = middle }
    }
    return yes
  }

  /// The least count that is not exceeded with the probability.
  func quantile(_ probability: Double, share: Double) -> Int {
    var (no, yes) = (-1, units)
    while yes - no > 1 {
      let middle = no + (yes - no) / 2
      if cumulative(middle, share) >= probability { yes = middle } else { no = middle }
    }
    return yes
  }

  private func cumulative(_ count: Int, _ share: Double) -> Double {
    (try? binomialCDF(count, trials: units, probability: min(max(share, 0), 1))) ?? 1
  }
}
