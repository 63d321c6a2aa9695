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
    func bound(_ share: Double) -> Double {
      let z = q * q / items
      return (share + z / 2 - q * (share * (1 - share) / items + z / (4 * items)).squareRoot()) / (1 + z)
    }
    func lacking(_ distance: Double) -> Double { max(0, (distance / q) * (distance / q) - variance) }
    return (lacking(share - bound(share)), lacking((1 - share) - bound(1 - share)))
  }
}
