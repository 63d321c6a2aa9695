/// The counter-based generator Philox 4x32-10: ten rounds that turn a 128-bit counter and a 64-bit key into
/// four random 32-bit words. A pure function: no state, so any part of a stream can be had at once, on any
/// thread.
///
/// J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw (2011), Parallel random numbers: as easy as 1, 2, 3.
/// Proceedings of SC '11. Agrees with the known answers of Random123.
public enum Philox {
  /// The four words that belong to a counter under a key. The first word of each is the least significant.
  public static func words(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
    var c0 = SIMD4(repeating: UInt64(counter[0]))
    var c1 = SIMD4(repeating: UInt64(counter[1]))
    var c2 = SIMD4(repeating: UInt64(counter[2]))
    var c3 = SIMD4(repeating: UInt64(counter[3]))
    rounds(&c0, &c1, &c2, &c3, key: UInt64(key[1]) << 32 | UInt64(key[0]))
    return SIMD4(
      UInt32(truncatingIfNeeded: c0[0]), UInt32(truncatingIfNeeded: c1[0]), UInt32(truncatingIfNeeded: c2[0]),
      UInt32(truncatingIfNeeded: c3[0]))
  }

  /// The words of four counters in a row, `counter` being the first and running in its lower half: the four
  /// words of the first, then those of the second, and so on. Four at once cost about as much as one, because a
  /// single one leaves the processor waiting for its products.
  /// - Precondition: the lower half does not overflow.
  public static func fourBlocks(
    counterLow: UInt64, counterHigh: UInt64, key: UInt64, into words: inout InlineArray<16, UInt32>
  ) {
    let counters = SIMD4(counterLow, counterLow &+ 1, counterLow &+ 2, counterLow &+ 3)
    var c0 = counters
    var c1 = counters &>> SIMD4(repeating: 32)
    var c2 = SIMD4(repeating: counterHigh)
    var c3 = SIMD4(repeating: counterHigh >> 32)
    rounds(&c0, &c1, &c2, &c3, key: key)
    for lane in 0..<4 {
      words[4 * lane] = UInt32(truncatingIfNeeded: c0[lane])
      words[4 * lane + 1] = UInt32(truncatingIfNeeded: c1[lane])
      words[4 * lane + 2] = UInt32(truncatingIfNeeded: c2[lane])
      words[4 * lane + 3] = UInt32(truncatingIfNeeded: c3[lane])
    }
  }

  /// The ten rounds, on four counters side by side. Only the lower halves of the lanes mean anything.
  // The type is concrete and every operand a vector: only then does the standard library use vector instructions.
  // Not inlined: beside the code that deals out the words, LLVM interleaves the lanes in every round.
  @inline(never)
  private static func rounds(
    _ c0: inout SIMD4<UInt64>, _ c1: inout SIMD4<UInt64>, _ c2: inout SIMD4<UInt64>,
    _ c3: inout SIMD4<UInt64>, key: UInt64
  ) {
    let lowerHalf = SIMD4<UInt64>(repeating: 0xFFFF_FFFF)
    let half = SIMD4<UInt64>(repeating: 32)
    let multiplier0 = SIMD4<UInt64>(repeating: 0xD251_1F53)
    let multiplier1 = SIMD4<UInt64>(repeating: 0xCD9E_8D57)
    let step0 = SIMD4<UInt64>(repeating: 0x9E37_79B9)
    let step1 = SIMD4<UInt64>(repeating: 0xBB67_AE85)
    var k0 = SIMD4(repeating: key & 0xFFFF_FFFF)
    var k1 = SIMD4(repeating: key >> 32)
    for _ in 0..<10 {
      // The masks say that these are products of 32 by 32 bits, for which there is one instruction; they cost
      // nothing themselves.
      let p0 = (c0 & lowerHalf) &* multiplier0
      let p1 = (c2 & lowerHalf) &* multiplier1
      c0 = (p1 &>> half) ^ c1 ^ k0
      c1 = p1
      c2 = (p0 &>> half) ^ c3 ^ k1
      c3 = p0
      k0 = k0 &+ step0
      k1 = k1 &+ step1
    }
  }
}
