/// The counter-based generator Philox 4x32-10: ten rounds that turn a 128-bit counter and a 64-bit key into
/// four random 32-bit words. A pure function: no state, so any part of a stream can be had at once, on any
/// thread.
///
/// J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw (2011), Parallel random numbers: as easy as 1, 2, 3. SC
/// '11. Agrees with the known answers of Random123.
public enum Philox {
  /// The four words that belong to a counter under a key. The first word of each is the least significant.
  @inlinable
  public static func words(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
    let block = block(
      counterLow: UInt64(counter[1]) << 32 | UInt64(counter[0]),
      counterHigh: UInt64(counter[3]) << 32 | UInt64(counter[2]), key: UInt64(key[1]) << 32 | UInt64(key[0]))
    return SIMD4(
      UInt32(truncatingIfNeeded: block.low), UInt32(truncatingIfNeeded: block.low >> 32),
      UInt32(truncatingIfNeeded: block.high), UInt32(truncatingIfNeeded: block.high >> 32))
  }

  /// The same four words as two 64-bit ones: words 0 and 1 in `low`, 2 and 3 in `high`, the earlier word in
  /// the less significant half.
  @inlinable @inline(__always)
  public static func block(
    counterLow: UInt64, counterHigh: UInt64, key: UInt64
  ) -> (low: UInt64, high: UInt64) {
    var c0 = counterLow & 0xFFFF_FFFF
    var c1 = counterLow >> 32
    var c2 = counterHigh & 0xFFFF_FFFF
    var c3 = counterHigh >> 32
    var k0 = UInt32(truncatingIfNeeded: key)
    var k1 = UInt32(truncatingIfNeeded: key >> 32)
    for _ in 0..<10 {
      // 32 by 32 bits: the products fit, so the unchecked multiplication is exact.
      let p0 = 0xD251_1F53 &* c0
      let p1 = 0xCD9E_8D57 &* c2
      c0 = p1 >> 32 ^ c1 ^ UInt64(k0)
      c1 = p1 & 0xFFFF_FFFF
      c2 = p0 >> 32 ^ c3 ^ UInt64(k1)
      c3 = p0 & 0xFFFF_FFFF
      k0 &+= 0x9E37_79B9
      k1 &+= 0xBB67_AE85
    }
    return (c1 << 32 | c0, c3 << 32 | c2)
  }
}
