internal import GSL

/// The random numbers of one replicate: Philox 4x32-10 under the stream's key, with the replicate's number in
/// the upper half of the counter and a running block number in the lower half.
///
/// A pure function of (key, replicate), so replicates can be computed in any order and on any thread. The
/// stream is a sequence of 32-bit words; each method says how many it takes.
public struct RandomStream: RandomNumberGenerator, Sendable {
  @usableFromInline let key: UInt64
  @usableFromInline let replicate: UInt64
  @usableFromInline var block: UInt64 = 0
  /// The words of four blocks; those from `position` on are not used yet.
  @usableFromInline var words = InlineArray<16, UInt32>(repeating: 0)
  @usableFromInline var position = 16

  /// The stream of a replicate, at its start.
  /// - Precondition: `replicate` is not negative.
  @inlinable
  public init(_ key: StreamKey, replicate: Int) {
    precondition(replicate >= 0, "replicate \(replicate) is negative")
    self.key = key.value
    self.replicate = UInt64(replicate)
  }

  @usableFromInline @inline(never)
  mutating func refill() {
    Philox.fourBlocks(counterLow: block, counterHigh: replicate, key: key, into: &words)
    block &+= 4
    position = 0
  }

  /// 32 random bits; one word.
  @inlinable @inline(__always)
  public mutating func nextWord() -> UInt32 {
    if position >= 16 { refill() }
    let word = words[position]
    position += 1
    return word
  }

  /// 64 random bits; two words, the first in the less significant half.
  @inlinable @inline(__always)
  public mutating func next() -> UInt64 {
    if position > 14 {
      let first = UInt64(nextWord())
      return UInt64(nextWord()) << 32 | first
    }
    let word = UInt64(words[position + 1]) << 32 | UInt64(words[position])
    position += 2
    return word
  }

  /// A whole number from 0 up to but without `bound`, every one equally likely: Lemire's multiplication with
  /// rejection (2019, ACM TOMACS 29(1), 3). One word, or two when the bound exceeds 32 bits; now and then,
  /// more.
  /// - Precondition: `bound` is positive.
  @inlinable
  public mutating func below(_ bound: Int) -> Int {
    precondition(bound > 0, "no number lies below \(bound)")
    guard let small = UInt32(exactly: bound) else { return Int(below(wide: UInt64(bound))) }
    return Int(below(small))
  }

  @inlinable @inline(__always)
  mutating func below(_ bound: UInt32) -> UInt32 {
    var product = UInt64(nextWord()) &* UInt64(bound)
    var rest = UInt32(truncatingIfNeeded: product)
    if rest < bound {
      // 2^32 modulo the bound: the words to refuse.
      let threshold = (0 &- bound) % bound
      while rest < threshold {
        product = UInt64(nextWord()) &* UInt64(bound)
        rest = UInt32(truncatingIfNeeded: product)
      }
    }
    return UInt32(truncatingIfNeeded: product >> 32)
  }

  @usableFromInline
  mutating func below(wide bound: UInt64) -> UInt64 {
    var product = next().multipliedFullWidth(by: bound)
    if product.low < bound {
      let threshold = (0 &- bound) % bound
      while product.low < threshold { product = next().multipliedFullWidth(by: bound) }
    }
    return product.high
  }

  /// A number in [0, 1): a multiple of 2^-53, every one equally likely; two words.
  @inlinable
  public mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// A standard normal number by the ziggurat of 256 layers (Marsaglia and Tsang 2000), with layer, sign and
  /// position taken from disjoint bits of one 64-bit word (Doornik 2005). The distribution is exact up to the
  /// 52 bits of the position. Two words, in about one of a hundred cases more.
  @inlinable
  public mutating func normal() -> Double { Ziggurat.standard.draw(&self) }

  /// Overwrites an array with standard normal numbers: the same ones that as many calls of `normal()` give,
  /// sooner.
  @inlinable
  public mutating func fillWithNormals(_ numbers: inout [Double]) {
    let table = Ziggurat.standard
    var span = numbers.mutableSpan
    for i in span.indices { span[i] = table.draw(&self) }
  }

  /// The same numbers, rounded to single precision.
  @inlinable
  public mutating func fillWithNormals(_ numbers: inout [Float]) {
    let table = Ziggurat.standard
    var span = numbers.mutableSpan
    for i in span.indices { span[i] = Float(table.draw(&self)) }
  }

  /// Puts the elements in an order drawn from all orders with equal probability (Durstenfeld 1964, from the
  /// end); one word per element beyond the first, now and then more.
  @inlinable
  public mutating func shuffle(_ buffer: inout [Int32]) {
    var span = buffer.mutableSpan
    shuffle(&span, from: 0, to: span.count)
  }

  /// Shuffles the elements of a range and leaves the others where they are.
  @inlinable
  mutating func shuffle(_ span: inout MutableSpan<Int32>, from start: Int, to end: Int) {
    precondition(start >= 0 && end <= span.count && end - start <= Int(UInt32.max), "no such range")
    var last = end - 1
    while last > start {
      let chosen = start + Int(below(UInt32(truncatingIfNeeded: last - start + 1)))
      // Both lie in start...last, which the precondition has put inside the span.
      span.swapAt(unchecked: last, unchecked: chosen)
      last -= 1
    }
  }
}
