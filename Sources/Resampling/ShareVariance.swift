internal import GSL
internal import Glibc

/// What the variances of several shares lack beside those that Wilson's bounds (1927, JASA 22) imply.
///
/// The bootstrap's standard error shrinks to 0 as shares approach 0 or 1, and the best of many lies near an end by luck. A share's
/// standard error should therefore be no smaller than what Wilson's bound implies for as many independent items as the
/// bootstrap makes its units worth: by the share's own variance or by that of all shares together, whichever are fewer, but
/// no fewer than `sizes` says.
/// - Parameters:
///   - shares: in 0...1.
///   - variances: the bootstrap's.
///   - sizes: how many independent items each share is worth at least.
///   - q: how many standard errors a bound is away.
/// - Returns: by share, the variances to add for a bound below and for one above.
public func lackingVariances(
  shares: [Double], variances: [Double], sizes: [Double], q: Double
) -> [(below: Double, above: Double)] {
  let pooled = shares.reduce(0) { $0 + $1 * (1 - $1) } / variances.reduce(0, +)
  return shares.indices.map { place in
    let (share, variance, size) = (shares[place], variances[place], sizes[place])
    guard size > 0 else { return (1, 1) }
    // NaN where nothing varies: then the size stands.
    var items = variance > 1e-18 ? share * (1 - share) / variance : .infinity
    if pooled < items { items = pooled }
    if !items.isFinite || items < size { items = size }
    func bound(_ share: Double) -> Double { wilsonLower(share, trials: items, q: q) }
    func lacking(_ distance: Double) -> Double { max(0, (distance / q) * (distance / q) - variance) }
    return (lacking(share - bound(share)), lacking((1 - share) - bound(1 - share)))
  }
}

/// Wilson's interval of a share (1927, JASA 22, 209). It is never a point: where all of n trials succeed it begins at
/// n / (n + z^2).
/// - Parameter trials: how many independent trials the share is worth; it need not be whole.
/// - Precondition: the share lies in 0...1, there is more than no trial, and the confidence lies between 0 and 1.
public func wilson(share: Double, trials: Double, confidence: Double = 0.95) -> ClosedRange<Double> {
  precondition((0...1).contains(share) && trials > 0, "the share \(share) of \(trials) trials")
  precondition(confidence > 0 && confidence < 1, "the confidence \(confidence) does not lie between 0 and 1")
  let q = normalQuantile((1 + confidence) / 2)
  let low = max(0, wilsonLower(share, trials: trials, q: q))
  return low...max(low, 1 - max(0, wilsonLower(1 - share, trials: trials, q: q)))
}

private func wilsonLower(_ share: Double, trials: Double, q: Double) -> Double {
  let z = q * q / trials
  return (share + z / 2 - q * (share * (1 - share) / trials + z / (4 * trials)).squareRoot()) / (1 + z)
}
