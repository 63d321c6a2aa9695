public import Resampling

/// The worlds of `control_task`: every type draws one item at random, with replacement, and takes its target wherever
/// the type occurs. Frequent targets are drawn as often as they occur, as in Hewitt & Liang 2019.
public struct ControlTaskWorlds: TargetRival {
  /// The type of every item, numbered from 0 without gaps.
  let typeOf: [Int]
  let types: Int
  let key: StreamKey

  /// - Parameter types: one id per item.
  public init(types: [Int], key: StreamKey) {
    var numbers: [Int: Int] = [:]
    typeOf = types.map { type in
      if let number = numbers[type] { return number }
      numbers[type] = numbers.count
      return numbers.count - 1
    }
    self.types = numbers.count
    self.key = key
  }

  public func enumeration(of identities: [Int], limit: Int) -> [[Int32]]? { nil }

  public func source(replicate: Int, into source: inout [Int32]) {
    if source.count != typeOf.count { source = [Int32](repeating: 0, count: typeOf.count) }
    var stream = RandomStream(key, replicate: replicate)
    let drawn = (0..<types).map { _ in Int32(stream.below(typeOf.count)) }
    for item in typeOf.indices { source[item] = drawn[typeOf[item]] }
  }
}
