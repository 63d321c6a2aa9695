internal import Glibc

/// How the signs of values may be flipped when the claim is false: values symmetric about 0 and independent
/// between units (paired differences, residuals) have each sign with the same probability (Fisher 1935, The Design
/// of Experiments, section 21).
///
/// A scheme flips *units*: the items themselves, or groups of items whose signs flip together.
public struct SignFlipScheme: Sendable, Hashable {
  /// The number of items.
  public let count: Int
  /// The number of units.
  public let units: Int
  /// The unit of every item; empty when every item is its own.
  private let unitOfItem: [Int32]

  /// Every item's sign flips by itself.
  /// - Precondition: `count` is not negative and fits 31 bits.
  public static func free(count: Int) -> SignFlipScheme {
    precondition(count >= 0 && count <= Int(Int32.max), "\(count) items")
    return SignFlipScheme(count: count, units: count, unitOfItem: [])
  }

  /// The signs of a group flip together; `groups` holds a group's number for every item.
  public static func over(groups: [Int]) -> SignFlipScheme {
    precondition(groups.count <= Int(Int32.max), "\(groups.count) items")
    var unitOfGroup: [Int: Int32] = [:]
    var unitOfItem: [Int32] = []
    for group in groups {
      let unit = unitOfGroup[group] ?? Int32(unitOfGroup.count)
      unitOfGroup[group] = unit
      unitOfItem.append(unit)
    }
    return SignFlipScheme(count: groups.count, units: unitOfGroup.count, unitOfItem: unitOfItem)
  }

  private func unit(_ item: Int) -> Int { unitOfItem.isEmpty ? item : Int(unitOfItem[item]) }

  // MARK: - Random signs

  /// 1 or -1 for every item, drawn from all that the scheme allows with equal probability, those without a flip
  /// included. A pure function of (key, replicate).
  public func signs(_ key: StreamKey, replicate: Int) -> [Int8] {
    var result: [Int8] = []
    signs(into: &result, key: key, replicate: replicate)
    return result
  }

  /// The same signs, written into an array that is reused; those of units without groups allocate nothing.
  public func signs(into result: inout [Int8], key: StreamKey, replicate: Int) {
    if result.count != count { result = Array(repeating: 1, count: count) }
    var stream = RandomStream(key, replicate: replicate)
    if unitOfItem.isEmpty {
      draw(into: &result, &stream)
      return
    }
    var drawn = [Int8](repeating: 1, count: units)
    draw(into: &drawn, &stream)
    for item in result.indices { result[item] = drawn[Int(unitOfItem[item])] }
  }

  /// One random bit for each, 32 of a word.
  private func draw(into signs: inout [Int8], _ stream: inout RandomStream) {
    var span = signs.mutableSpan
    var word: UInt32 = 0
    for unit in span.indices {
      if unit % 32 == 0 { word = stream.nextWord() }
      span[unit] = word & 1 == 0 ? 1 : -1
      word >>= 1
    }
  }

  // MARK: - All signs

  /// Checks that the signs of values can be flipped by this scheme: one value per item, all finite.
  /// - Throws: `countsDiffer`, or `valueNotFinite` with the first such item.
  public func check(values: [Double]) throws(PermutationError) {
    guard values.count == count else { throw .countsDiffer(items: count, found: values.count) }
    if let item = values.firstIndex(where: { !$0.isFinite }) { throw .valueNotFinite(item: item) }
  }

  /// Checks that some value has a sign to flip: if not, the p-value is always 1.
  /// - Throws: `nothingMoves`.
  /// - Precondition: `check(values:)` does not throw.
  public func checkMoves(values: [Double]) throws(PermutationError) {
    if signedUnits(values).isEmpty { throw .nothingMoves }
  }

  /// The units of which some value is not 0.
  private func signedUnits(_ values: [Double]) -> [Int] {
    do { try check(values: values) } catch { preconditionFailure("values do not fit the scheme: \(error)") }
    var isSigned = [Bool](repeating: false, count: units)
    for (item, value) in values.enumerated() where value != 0 { isSigned[unit(item)] = true }
    return isSigned.indices.filter { isSigned[$0] }
  }

  /// The natural logarithm of the number of distinct results of flipping.
  /// - Precondition: `check(values:)` does not throw.
  public func logDistinctArrangements(of values: [Double]) -> Double {
    Double(signedUnits(values).count) * log(2)
  }

  /// The number of distinct results of flipping, 2 to the number of units that are not all 0; infinite when it
  /// exceeds the largest number.
  /// - Precondition: `check(values:)` does not throw.
  public func distinctArrangements(of values: [Double]) -> Double {
    exp2(Double(signedUnits(values).count))
  }

  /// All signs that give distinct results, each once: first those without a flip, then the others in the order
  /// of binary numbers, the first unit being the least digit. Units that are 0 keep their sign.
  /// - Precondition: `check(values:)` does not throw, and `distinctArrangements(of:)` is at most `limit`.
  /// - Postcondition: there are `distinctArrangements(of:)` of them.
  public func arrangements(of values: [Double], limit: Int) -> [[Int8]] {
    precondition(distinctArrangements(of: values) <= Double(limit), "more than \(limit) arrangements")
    return (0..<1 << signedUnits(values).count).map { arrangement($0, of: values) }
  }

  /// One of `arrangements(of:limit:)`, by its number.
  /// - Precondition: `check(values:)` does not throw, and the number lies below `distinctArrangements(of:)`.
  public func arrangement(_ number: Int, of values: [Double]) -> [Int8] {
    var signs = [Int8](repeating: 1, count: units)
    for (digit, unit) in signedUnits(values).enumerated() where number >> digit & 1 == 1 { signs[unit] = -1 }
    return (0..<count).map { signs[unit($0)] }
  }
}
