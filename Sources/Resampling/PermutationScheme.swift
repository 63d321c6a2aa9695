internal import GSL
internal import Glibc

/// How targets may be rearranged when the claim is false: which of their rearrangements are then equally
/// likely.
///
/// A scheme rearranges *units*: the items themselves, or groups of items. Units exchange their targets only
/// within their block. A group either has one target (all tokens of a word type), or moves with its targets
/// in their order (whole blocks); in a sequence, the targets rotate (shifts).
public struct PermutationScheme: Sendable, Hashable {
  /// What happens to the targets within a block.
  enum Movement: Sendable, Hashable {
    /// Units exchange their targets. Those of a group are one and the same.
    case exchange
    /// Groups of equal size exchange their targets, and keep their order.
    case exchangeInOrder
    /// The targets of the block's items rotate.
    case rotate
  }

  /// The number of items.
  public let count: Int
  let movement: Movement
  /// The items in the order of their units; the items of unit u are those at `firstMember[u]..<firstMember[u
  /// + 1]`. Empty when every item is its own unit.
  let members: [Int32]
  let firstMember: [Int32]
  /// The units in the order of their blocks; block b holds those at `firstUnit[b]..<firstUnit[b + 1]`.
  let units: [Int32]
  let firstUnit: [Int]
  /// The caller's name of each unit that is a group.
  let groupNames: [Int]

  var unitsAreItems: Bool { members.isEmpty }

  /// Every rearrangement of the items is equally likely.
  /// - Precondition: `count` is not negative and fits 31 bits.
  public static func free(count: Int) -> PermutationScheme {
    precondition(count >= 0 && count <= Int(Int32.max), "\(count) items")
    return PermutationScheme(
      count: count, movement: .exchange, members: [], firstMember: [], units: (0..<Int32(count)).map { $0 },
      firstUnit: [0, count],
      groupNames: [])
  }

  /// Items exchange their targets only with items of the same block; `blocks` holds a block's number for
  /// every item.
  public static func within(blocks: [Int]) -> PermutationScheme {
    let (units, firstUnit) = gather(blocks)
    return PermutationScheme(
      count: blocks.count, movement: .exchange, members: [], firstMember: [], units: units,
      firstUnit: firstUnit, groupNames: [])
  }

  /// Whole groups exchange their targets, within blocks if these are given. Meant for targets that are
  /// constant within each group: a property of the word type, on tokens.
  /// - Parameters:
  ///   - groups: a group's number for every item.
  ///   - blocks: a block's number for every item, constant within each group.
  /// - Throws: `countsDiffer`, or `groupSpansBlocks` with the first such group in the order of the items.
  public static func over(
    groups: [Int], within blocks: [Int]? = nil
  ) throws(PermutationError) -> PermutationScheme {
    let blocks = blocks ?? Array(repeating: 0, count: groups.count)
    guard blocks.count == groups.count else {
      throw .countsDiffer(items: groups.count, found: blocks.count)
    }
    let (members, firstMember) = gather(groups)
    var unitOfItem = [Int](repeating: 0, count: groups.count)
    var blockOfUnit: [Int] = []
    for unit in 0..<firstMember.count - 1 {
      for member in members[firstMember[unit]..<firstMember[unit + 1]] { unitOfItem[Int(member)] = unit }
      blockOfUnit.append(blocks[Int(members[firstMember[unit]])])
    }
    for item in groups.indices where blocks[item] != blockOfUnit[unitOfItem[item]] {
      throw .groupSpansBlocks(group: groups[item])
    }
    let (units, firstUnit) = gather(blockOfUnit)
    return PermutationScheme(
      count: groups.count, movement: .exchange, members: members,
      firstMember: firstMember.map { Int32($0) }, units: units, firstUnit: firstUnit,
      groupNames: firstMember.dropLast().map { groups[Int(members[$0])] })
  }

  /// The indices sorted by their number, in order of first appearance and then of index, and where each
  /// number begins.
  static func gather(_ numbers: [Int]) -> (indices: [Int32], starts: [Int]) {
    precondition(numbers.count <= Int(Int32.max), "\(numbers.count) items")
    var rankOfNumber: [Int: Int] = [:]
    var ranks: [Int] = []
    var sizes: [Int] = []
    for number in numbers {
      let rank = rankOfNumber[number] ?? sizes.count
      if rank == sizes.count {
        rankOfNumber[number] = rank
        sizes.append(0)
      }
      sizes[rank] += 1
      ranks.append(rank)
    }
    var starts = [0]
    for size in sizes { starts.append(starts[starts.count - 1] + size) }
    var next = starts
    var indices = [Int32](repeating: 0, count: numbers.count)
    for (index, rank) in ranks.enumerated() {
      indices[next[rank]] = Int32(index)
      next[rank] += 1
    }
    return (indices, starts)
  }

  // MARK: - Random rearrangements

  /// A rearrangement drawn from all those that the scheme allows with equal probability, the identity
  /// included: item i receives the target of item `result[i]`. A pure function of (key, replicate).
  public func permutation(_ key: StreamKey, replicate: Int) -> [Int32] {
    var result: [Int32] = []
    var scratch: [Int32] = []
    permutation(into: &result, scratch: &scratch, key: key, replicate: replicate)
    return result
  }

  /// The same rearrangement, written into arrays that are reused: nothing is allocated from the second call
  /// on.
  /// - Parameter scratch: any array; its content means nothing.
  public func permutation(into result: inout [Int32], scratch: inout [Int32], key: StreamKey, replicate: Int)
  {
    var stream = RandomStream(key, replicate: replicate)
    if movement == .rotate {
      rotate(into: &result, &stream)
      return
    }
    if unitsAreItems && firstUnit.count == 2 {
      // One block of items: the shuffled indices are the answer.
      overwrite(&result, with: units)
      stream.shuffle(&result)
      return
    }
    overwrite(&scratch, with: units)
    do {
      var span = scratch.mutableSpan
      for block in 0..<firstUnit.count - 1 {
        stream.shuffle(&span, from: firstUnit[block], to: firstUnit[block + 1])
      }
    }
    expand(scratch, into: &result)
  }

  /// Item k of a sequence receives the target of item k + shift, around its end; the shift is drawn for every
  /// sequence from 0 up to its length.
  private func rotate(into result: inout [Int32], _ stream: inout RandomStream) {
    if result.count != count { result = Array(repeating: 0, count: count) }
    var target = result.mutableSpan
    for sequence in 0..<firstUnit.count - 1 {
      let (start, end) = (firstUnit[sequence], firstUnit[sequence + 1])
      guard end > start else { continue }
      var source = start + stream.below(end - start)
      for place in start..<end {
        target[Int(units[place])] = units[source]
        source = source + 1 == end ? start : source + 1
      }
    }
  }

  private func overwrite(_ array: inout [Int32], with source: [Int32]) {
    if array.count != source.count { array = Array(repeating: 0, count: source.count) }
    var target = array.mutableSpan
    let span = source.span
    for i in span.indices { target[i] = span[i] }
  }

  /// Turns "the unit at place p of `units` receives the targets of unit `sources[p]`" into source indices of
  /// items.
  func expand(_ sources: [Int32], into result: inout [Int32]) {
    if result.count != count { result = Array(repeating: 0, count: count) }
    var target = result.mutableSpan
    if unitsAreItems {
      for place in units.indices { target[Int(units[place])] = sources[place] }
      return
    }
    for place in units.indices {
      let unit = Int(units[place])
      let source = Int(sources[place])
      let own = Int(firstMember[unit])..<Int(firstMember[unit + 1])
      if source == unit || movement == .exchangeInOrder {
        // Item by item; a group that keeps its targets does too.
        let offset = Int(firstMember[source]) - own.lowerBound
        for member in own { target[Int(members[member])] = members[member + offset] }
      } else {
        let representative = members[Int(firstMember[source])]
        for member in own { target[Int(members[member])] = representative }
      }
    }
  }
}
