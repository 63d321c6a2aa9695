internal import Probing
public import Resampling

/// The worlds of `swapped_sides`: for every unit, a fair coin decides whether the two sides exchange what they scored on
/// its items.
///
/// The sign-flip null of a paired comparison: neither side is better on any unit. It takes out-of-fold predictions as
/// they are, and knows nothing of the variation between training sets (Dietterich 1998, Neural Computation 10, 1895).
public struct SwappedSidesWorlds: Sendable {
  /// The unit of every item, numbered from 0 without gaps.
  public let unitOf: [Int]
  public let units: Int
  let key: StreamKey

  /// - Parameter units: one id per item.
  public init(units: [Int], key: StreamKey) {
    (unitOf, self.units) = numbered(units)
    self.key = key
  }

  /// Which items are exchanged in one world; a pure function of the replicate.
  public func exchanged(replicate: Int) -> [Bool] {
    var stream = RandomStream(key, replicate: replicate)
    let flips = (0..<units).map { _ in stream.nextWord() & 1 == 1 }
    return unitOf.map { flips[$0] }
  }

  /// Every distinct exchange, none at all among them; `nil` where there are more than `limit`.
  public func enumeration(limit: Int) -> [[Bool]]? {
    guard units < 31, 1 << units <= limit else { return nil }
    return (0..<1 << units).map { pattern in unitOf.map { pattern >> $0 & 1 == 1 } }
  }
}
