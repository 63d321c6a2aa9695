public import GSL

/// The precision in which some numbers were stored, read off the numbers themselves: a file in single precision may hold
/// what went through half precision before.
public struct StoredPrecision: Sendable, Hashable, Comparable {
  /// Significant bits, the leading one included: 8 (bfloat16), 11 (float16), 24 (float32) or 53.
  public let bits: Int

  /// The coarsest of the four that holds every number exactly.
  ///
  /// Multiples of one step that span hardly more than their own bits (counts, 0 and 1, integers) are no rounded numbers, whatever
  /// few bits they have: 53.
  public init(of matrix: Matrix<Double>) {
    var (widest, largest, lowest) = (0, Int.min, Int.max)
    matrix.elements.withUnsafeBufferPointer { elements in
      for element in elements where element != 0 && element.isFinite {
        // From the leading bit to the last one that is set.
        let own = Double.significandBitCount + 1 - min(element.significandBitPattern.trailingZeroBitCount, 52)
        let exponent = Int(element.exponent)
        widest = max(widest, own)
        largest = max(largest, exponent)
        lowest = min(lowest, exponent - own + 1)
        if widest > 24 { break }
      }
    }
    guard widest > 0, widest <= 24, largest - lowest + 1 > widest + 2 else {
      bits = 53
      return
    }
    bits = widest <= 8 ? 8 : widest <= 11 ? 11 : 24
  }

  /// What two numbers of size 1 may differ by because each was rounded.
  public var step: Double {
    switch bits {
    case 8: 0x1p-7
    case 11: 0x1p-10
    case 24: 0x1p-23
    default: 0x1p-52
    }
  }

  /// Coarser before finer.
  public static func < (a: Self, b: Self) -> Bool { a.bits < b.bits }
}

/// Whether two numbers are the same but for the rounding of the type that they were stored in.
/// - Parameter step: `StoredPrecision.step` of the coarser one.
@inlinable
public func agree(_ a: Double, _ b: Double, step: Double) -> Bool {
  a == b || abs(a - b) <= step * max(abs(a), abs(b))
}
