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
  /// The units whose exchange changes anything.
  private let moving: [Int]
  let key: StreamKey

  /// - Parameter units: one id per item.
  public init(units: [Int], key: StreamKey) {
    let (unitOf, count) = numbered(units)
    self.init(unitOf: unitOf, units: count, moving: Array(0..<count), key: key)
  }

  private init(unitOf: [Int], units: Int, moving: [Int], key: StreamKey) {
    (self.unitOf, self.units, self.moving, self.key) = (unitOf, units, moving, key)
  }

  /// The same worlds, where units on which the sides do not differ are known: their exchange changes nothing and is not
  /// counted.
  /// - Parameter differs: whether the sides scored otherwise on an item.
  public func moving(where differs: (_ item: Int) -> Bool) -> SwappedSidesWorlds {
    var moves = [Bool](repeating: false, count: units)
    for (item, unit) in unitOf.enumerated() where !moves[unit] { moves[unit] = differs(item) }
    return SwappedSidesWorlds(
      unitOf: unitOf, units: units, moving: moves.indices.filter { moves[$0] }, key: key)
  }

  /// How many distinct exchanges there are, none at all among them: 2 to the number of units that move.
  public var distinctExchanges: Double { pow2(moving.count) }

  /// Which items are exchanged in one world; a pure function of the replicate.
  public func exchanged(replicate: Int) -> [Bool] {
    var stream = RandomStream(key, replicate: replicate)
    let flips = (0..<units).map { _ in stream.nextWord() & 1 == 1 }
    return unitOf.map { flips[$0] }
  }

  /// Every distinct exchange, none at all first; `nil` where there are more than `limit`.
  public func enumeration(limit: Int) -> [[Bool]]? {
    guard distinctExchanges <= Double(limit) else { return nil }
    return (0..<1 << moving.count).map { pattern in
      var flips = [Bool](repeating: false, count: units)
      for (digit, unit) in moving.enumerated() { flips[unit] = pattern >> digit & 1 == 1 }
      return unitOf.map { flips[$0] }
    }
  }
}

/// 2 to the power of a count; infinite beyond the largest number.
private func pow2(_ exponent: Int) -> Double {
  exponent < 1024 ? Double(sign: .plus, exponent: exponent, significand: 1) : .infinity
}
