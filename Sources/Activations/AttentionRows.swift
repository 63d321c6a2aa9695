/// The check of attention weights: every row a distribution.
enum AttentionRows {
  /// The first row that is none, counted over all matrices, and why.
  /// - Parameter length: how many weights a row has; a multiple of it is `weights.count`.
  static func firstFault(
    _ weights: UnsafeBufferPointer<Float>, length: Int
  ) -> (row: Int, ActivationError.WeightFault)? {
    guard let base = weights.baseAddress, length > 0 else { return nil }
    for row in 0..<weights.count / length {
      let start = base + row &* length
      let (sum, highest) = scan(start, count: length)
      // A comparison with NaN is false.
      if abs(sum - 1) <= AttentionFile.sumTolerance, highest <= 0x8000_0000 { continue }
      let values = UnsafeBufferPointer(start: start, count: length)
      if values.contains(where: { !$0.isFinite }) { return (row, .notFinite) }
      if let value = values.first(where: { $0 < 0 }) { return (row, .negative("\(value)")) }
      return (row, .sum("\(sum)"))
    }
    return nil
  }

  /// The sum, and the largest bit pattern: above 0x8000_0000, which is -0, are negative numbers only (and NaN with
  /// a sign). No branches.
  private static func scan(_ values: UnsafePointer<Float>, count: Int) -> (sum: Float, highest: UInt32) {
    var sums = SIMD8<Float>()
    var highest: UInt32 = 0
    let raw = UnsafeRawPointer(values)
    var i = 0
    while i &+ 8 <= count {
      sums += raw.loadUnaligned(fromByteOffset: i &* 4, as: SIMD8<Float>.self)
      i &+= 8
    }
    var sum = ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]))
    while i < count {
      sum += values[i]
      i &+= 1
    }
    for i in 0..<count { highest = max(highest, values[i].bitPattern) }
    return (sum, highest)
  }
}
