internal import GSL

/// A permutation p-value and what is known about its Monte Carlo error.
public struct PValue: Sendable, Hashable {
  public let value: Double
  /// The Clopper-Pearson 95 % interval of the probability that a replicate reaches the observed statistic;
  /// one point when the enumeration is exact. Two tails make a wider one, and so does looking again and again
  /// (`SequentialDecision`).
  public let interval: ClosedRange<Double>
  /// The number of replicates that reach the observed statistic, in the tail that holds fewer.
  public let exceedances: Int
  public let replicates: Int
  /// Whether the replicates are all distinct rearrangements, the identity among them.
  public let isExact: Bool
}

/// The one tie rule: whether a null statistic reaches the observed one. Values within 1e-12 of it are ties and
/// reach it, or within 1e-12 of its size where that is larger than 1: rounding decides nothing. (Scores are
/// differences from 1 or averages of numbers near 1, so their rounding does not shrink with them.) So does NaN,
/// on either side: what cannot be compared never helps a claim.
public func isAtLeast(_ value: Double, _ observed: Double) -> Bool {
  guard observed.isFinite else { return !(value < observed) }
  return !(value < observed - 1e-12 * max(1, abs(observed)))
}

/// The one p-value: the probability, if the claim is false, of a statistic at least as large as the observed
/// one.
///
/// From random replicates, (1 + exceedances) / (1 + replicates) (Phipson and Smyth 2010, Stat. Appl. Genet.
/// Mol. Biol. 9, 39); never 0, and valid at every level. From all distinct rearrangements, with the identity
/// among them, exceedances / replicates; the identity reaches itself, so one exceedance counts at least. Without
/// replicates the p-value is 1.
/// - Precondition: 0 <= exceedances <= replicates.
public func pValue(exceedances: Int, replicates: Int, exact: Bool) -> PValue {
  precondition(
    exceedances >= 0 && exceedances <= replicates, "\(exceedances) of \(replicates) replicates")
  if exact {
    let value = Double(max(exceedances, 1)) / Double(max(replicates, 1))
    return PValue(
      value: value, interval: value...value, exceedances: exceedances, replicates: replicates, isExact: true)
  }
  return PValue(
    value: Double(1 + exceedances) / Double(1 + replicates),
    interval: clopperPearson(successes: exceedances, trials: replicates), exceedances: exceedances,
    replicates: replicates, isExact: false)
}

/// The two-sided p-value from the sizes of both tails: twice the smaller one's, at most 1. Valid for any
/// distribution of the statistic, by Bonferroni's inequality over the two tails. Its interval is made of both
/// tails' 97.5 % intervals.
/// - Parameters:
///   - atLeast: the number of replicates that are at least as large as the observed statistic.
///   - atMost: the number of those that are at most as large; ties are in both.
/// - Precondition: both lie in 0...replicates.
public func pValue(atLeast: Int, atMost: Int, replicates: Int, exact: Bool) -> PValue {
  let exceedances = min(atLeast, atMost)
  let smaller = pValue(exceedances: exceedances, replicates: replicates, exact: exact)
  let value = min(1, 2 * smaller.value)
  if exact {
    return PValue(
      value: value, interval: value...value, exceedances: exceedances, replicates: replicates, isExact: true)
  }
  let upper = clopperPearson(successes: atLeast, trials: replicates, confidence: 0.975)
  let lower = clopperPearson(successes: atMost, trials: replicates, confidence: 0.975)
  let low = min(1, 2 * min(upper.lowerBound, lower.lowerBound))
  let high = min(1, 2 * min(upper.upperBound, lower.upperBound))
  return PValue(
    value: value, interval: low...high, exceedances: exceedances, replicates: replicates, isExact: false)
}

/// Which values of a statistic speak for the claim.
public enum Alternative: Sendable, Hashable {
  /// Large ones.
  case greater
  /// Large and small ones: twice the smaller tail, at most 1.
  case twoSided
  /// Those far from 0: the tail of the absolute value. For statistics that are symmetric about 0 when the claim
  /// is false; then it agrees with `twoSided` up to ties. Valid, but lopsided, for others.
  case magnitude
}

/// The p-value of an observed statistic among its null values.
/// - Parameter exact: whether `null` holds the statistic of every distinct rearrangement, the identity
///   included.
public func pValue(
  observed: Double, null: [Double], exact: Bool, alternative: Alternative = .greater
) -> PValue {
  func count(_ reaches: (Double) -> Bool) -> Int { null.reduce(0) { $0 + (reaches($1) ? 1 : 0) } }
  switch alternative {
  case .greater:
    return pValue(
      exceedances: count { isAtLeast($0, observed) }, replicates: null.count, exact: exact)
  case .twoSided:
    return pValue(
      atLeast: count { isAtLeast($0, observed) }, atMost: count { isAtLeast(-$0, -observed) },
      replicates: null.count, exact: exact)
  case .magnitude:
    return pValue(
      exceedances: count { isAtLeast(abs($0), abs(observed)) }, replicates: null.count, exact: exact)
  }
}

/// The Clopper-Pearson interval of a probability (1934): its coverage is at least the confidence, whatever
/// the probability is. From 0 if nothing succeeded, to 1 if everything did, and 0...1 without trials.
/// - Precondition: 0 <= successes <= trials, and the confidence lies between 0 and 1.
public func clopperPearson(successes: Int, trials: Int, confidence: Double = 0.95) -> ClosedRange<Double> {
  precondition(successes >= 0 && successes <= trials, "\(successes) successes in \(trials) trials")
  precondition(confidence > 0 && confidence < 1, "the confidence \(confidence) does not lie between 0 and 1")
  let (k, n) = (Double(successes), Double(trials))
  let tail = (1 - confidence) / 2
  // A bound that GSL cannot find is replaced by the widest one: the interval still covers.
  let low = successes == 0 ? 0 : (try? betaQuantile(tail, a: k, b: n - k + 1)) ?? 0
  let high = successes == trials ? 1 : (try? betaQuantile(1 - tail, a: k + 1, b: n - k)) ?? 1
  return low...max(low, high)
}
