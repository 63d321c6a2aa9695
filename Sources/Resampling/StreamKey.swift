/// Names a random stream by a seed and a path of names (hypothesis, rival, purpose).
///
/// A pure function of both, the same on every machine and in every run: FNV-1a over the running value, the
/// length and the UTF-8 of each name, then SplitMix64's finaliser (Steele, Lea and Flood 2014). Names count
/// byte by byte: nothing is normalised, and ["a", "b"] differs from ["ab"].
public struct StreamKey: Sendable, Hashable {
  /// The 64-bit key of the generator.
  public let value: UInt64

  /// The stream at the end of a path of names.
  /// - Postcondition: `StreamKey(seed: s, "a", "b") == StreamKey(seed: s, "a").appending("b")`.
  public init(seed: UInt64, _ names: String...) {
    var key = StreamKey(value: Self.finalise(seed &+ 0x9E37_79B9_7F4A_7C15))
    for name in names { key = key.appending(name) }
    self = key
  }

  private init(value: UInt64) { self.value = value }

  /// The stream one name further down the path.
  public func appending(_ name: String) -> StreamKey {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    func absorb(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    func absorb(_ word: UInt64) {
      for shift in stride(from: 0, to: 64, by: 8) { absorb(UInt8(word >> shift & 0xFF)) }
    }
    absorb(value)
    absorb(UInt64(name.utf8.count))
    for byte in name.utf8 { absorb(byte) }
    return StreamKey(value: Self.finalise(hash))
  }

  private static func finalise(_ word: UInt64) -> UInt64 {
    var z = word
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }
}
