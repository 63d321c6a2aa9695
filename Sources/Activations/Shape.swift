/// Arithmetic on sizes that come from files.
enum Shape {
  /// More dimensions than this are refused; NumPy stops at 64.
  static let rankLimit = 64

  /// The bytes that `shape` elements of `bits` bits take, or `nil` if that is not a whole number of bytes,
  /// does not fit `Int`, or any product of some of the dimensions does not.
  static func byteCount(_ shape: [Int], bits: Int) -> Int? {
    var product = 1
    var hasZero = false
    for dimension in shape {
      guard dimension >= 0 else { return nil }
      if dimension == 0 {
        hasZero = true
        continue
      }
      // A zero does not excuse the rest: callers multiply parts of the shape too.
      let (next, overflow) = product.multipliedReportingOverflow(by: dimension)
      guard !overflow else { return nil }
      product = next
    }
    let (total, overflow) = product.multipliedReportingOverflow(by: bits)
    guard !overflow else { return nil }
    if hasZero { return 0 }
    return total % 8 == 0 ? total / 8 : nil
  }
}
