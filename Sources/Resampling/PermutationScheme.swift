internal import GSL
internal import Glibc

/// Why targets cannot be rearranged as asked.
public enum PermutationError: Error, Sendable, Hashable {
  /// The list of groups or blocks has another length than the list of items.
  case countsDiffer(groups: Int, blocks: Int)
  /// Items of one group lie in different blocks.
  case groupSpansBlocks(group: Int)
  /// Items of one group have different labels, so the group cannot exchange them as one.
  case labelsDifferWithinGroup(group: Int)
}

/// How targets may be rearranged when the claim is false: which of their rearrangements are then equally
/// likely.
///
/// A scheme rearranges *units*: the items themselves, or whole groups of items (all tokens of a word type)
/// that share one target. Units exchange their targets only within their block.
public struct PermutationScheme: Sendable, Hashable {
  /// The number of items.
  public let count: Int
  /// The items in the order of their units; the items of unit u are those at `firstMember[u]..<firstMember[u
  /// + 1]`. Empty when every item is its own unit.
  private let members: [Int32]
  private let firstMember: [Int32]
  /// The units in the order of their blocks; block b holds those at `firstUnit[b]..<firstUnit[b + 1]`.
  private let units: [Int32]
  private let firstUnit: [Int]
  /// The caller's name of each unit that is a group.
  private let groupNames: [Int]

  private var unitsAreItems: Bool { members.isEmpty }

  /// Every rearrangement of the items is equally likely.
  /// - Precondition: `count` is not negative and fits 31 bits.
  public static func free(count: Int) -> PermutationScheme {
    precondition(count >= 0 && count <= Int(Int32.max), "\(count) items")
    return PermutationScheme(
      count: count, members: [], firstMember: [], units: (0..<Int32(count)).map { $0 },
      firstUnit: [0, count],
      groupNames: [])
  }

  /// Items exchange their targets only with items of the same block; `blocks` holds a block's number for
  /// every item.
  public static func within(blocks: [Int]) -> PermutationScheme {
    let (units, firstUnit) = gather(blocks)
    return PermutationScheme(
      count: blocks.count, members: [], firstMember: [], units: units, firstUnit: firstUnit, groupNames: [])
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
      throw .countsDiffer(groups: groups.count, blocks: blocks.count)
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
      count: groups.count, members: members, firstMember: firstMember.map { Int32($0) }, units: units,
      firstUnit: firstUnit,
      groupNames: firstMember.dropLast().map { groups[Int(members[$0])] })
  }

  /// The indices sorted by their number, in order of first appearance and then of index, and where each
  /// number begins.
  private static func gather(_ numbers: [Int]) -> (indices: [Int32], starts: [Int]) {
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

  private func overwrite(_ array: inout [Int32], with source: [Int32]) {
    if array.count != source.count { array = Array(repeating: 0, count: source.count) }
    var target = array.mutableSpan
    let span = source.span
    for i in span.indices { target[i] = span[i] }
  }

  /// Turns "the unit at place p of `units` receives the targets of unit `sources[p]`" into source indices of
  /// items.
  private func expand(_ sources: [Int32], into result: inout [Int32]) {
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
      if source == unit {
        // A group that keeps its targets keeps them item by item.
        for member in own { target[Int(members[member])] = members[member] }
      } else {
        let representative = members[Int(firstMember[source])]
        for member in own { target[Int(members[member])] = representative }
      }
    }
  }

  // MARK: - All rearrangements

  /// The label of every unit.
  /// - Throws: `countsDiffer` unless there is one label per item; `labelsDifferWithinGroup`, naming the
  ///   group.
  private func unitLabels(_ labels: [Int]) throws(PermutationError) -> [Int] {
    guard labels.count == count else { throw .countsDiffer(groups: count, blocks: labels.count) }
    if unitsAreItems { return labels }
    var result: [Int] = []
    for unit in groupNames.indices {
      let own = members[Int(firstMember[unit])..<Int(firstMember[unit + 1])]
      let label = labels[Int(own[own.startIndex])]
      guard own.allSatisfy({ labels[Int($0)] == label }) else {
        throw .labelsDifferWithinGroup(group: groupNames[unit])
      }
      result.append(label)
    }
    return result
  }

  /// Checks that the labels can be rearranged by this scheme: one per item, and constant within each group.
  /// - Throws: `countsDiffer`, or `labelsDifferWithinGroup`, naming the group.
  public func check(labels: [Int]) throws(PermutationError) { _ = try unitLabels(labels) }

  private func checkedUnitLabels(_ labels: [Int]) -> [Int] {
    do { return try unitLabels(labels) } catch {
      preconditionFailure("labels do not fit the scheme: \(error)")
    }
  }

  /// The natural logarithm of the number of distinct rearrangements of labels, where items (or groups) with
  /// equal labels are interchangeable: the product over blocks of multinomial coefficients.
  /// - Precondition: `check(labels:)` does not throw.
  public func logDistinctArrangements(of labels: [Int]) -> Double {
    blockMultiplicities(labels).reduce(0) { total, sizes in
      total + sizes.reduce(logFactorial(sizes.reduce(0, +))) { $0 - logFactorial($1) }
    }
  }

  /// The number of distinct rearrangements of labels, where items (or groups) with equal labels are
  /// interchangeable. Exact below 2^53, infinite when it exceeds the largest number.
  /// - Precondition: `check(labels:)` does not throw.
  public func distinctArrangements(of labels: [Int]) -> Double {
    var product: UInt64 = 1
    for sizes in blockMultiplicities(labels) {
      // A multinomial coefficient is a product of C(m_1 + ... + m_j, m_j), each built up factor by factor:
      // C(n, k) = C(n - 1, k - 1) n / k.
      var total: UInt64 = 0
      for size in sizes {
        var coefficient: UInt64 = 1
        for k in 0..<UInt64(size) {
          let (high, low) = coefficient.multipliedFullWidth(by: total + k + 1)
          guard high < k + 1 else { return exp(logDistinctArrangements(of: labels)) }
          coefficient = (k + 1).dividingFullWidth((high, low)).quotient
        }
        total += UInt64(size)
        let (next, overflow) = product.multipliedReportingOverflow(by: coefficient)
        guard !overflow else { return exp(logDistinctArrangements(of: labels)) }
        product = next
      }
    }
    return Double(product)
  }

  /// How often each label occurs, block by block.
  private func blockMultiplicities(_ labels: [Int]) -> [[Int]] {
    let labels = checkedUnitLabels(labels)
    return (0..<firstUnit.count - 1).map { block in
      let own = units[firstUnit[block]..<firstUnit[block + 1]].map { labels[Int($0)] }.sorted()
      var sizes: [Int] = []
      for (i, label) in own.enumerated() {
        if i > 0 && own[i - 1] == label { sizes[sizes.count - 1] += 1 } else { sizes.append(1) }
      }
      return sizes
    }
  }

  /// All distinct rearrangements of labels, each once, as source indices: first the identity, then the others
  /// in the lexicographic order of labels by block, the last block running fastest.
  /// - Precondition: `check(labels:)` does not throw, and `distinctArrangements(of:)` is at most `limit`.
  /// - Postcondition: there are `distinctArrangements(of:)` of them.
  public func arrangements(of labels: [Int], limit: Int) -> [[Int32]] {
    precondition(distinctArrangements(of: labels) <= Double(limit), "more than \(limit) rearrangements")
    let labels = checkedUnitLabels(labels)
    let choices = (0..<firstUnit.count - 1).map { block in
      Self.sources(Array(units[firstUnit[block]..<firstUnit[block + 1]]), labels: labels)
    }
    // An odometer over the blocks.
    var wheel = [Int](repeating: 0, count: choices.count)
    var identity: [[Int32]] = []
    var others: [[Int32]] = []
    while true {
      var sources: [Int32] = []
      for (block, choice) in wheel.enumerated() { sources.append(contentsOf: choices[block][choice]) }
      var arrangement: [Int32] = []
      expand(sources, into: &arrangement)
      if sources == units { identity.append(arrangement) } else { others.append(arrangement) }
      guard let block = wheel.indices.last(where: { wheel[$0] + 1 < choices[$0].count }) else { break }
      wheel[block] += 1
      for later in wheel.indices where later > block { wheel[later] = 0 }
    }
    return identity + others
  }

  /// Every distinct rearrangement of the labels of one block's units, as the units that they come from. A
  /// label's units are used in their own order, so the labels as they stand give the units as they stand.
  private static func sources(_ units: [Int32], labels: [Int]) -> [[Int32]] {
    var queues: [Int: [Int32]] = [:]
    for unit in units { queues[labels[Int(unit)], default: []].append(unit) }
    var arrangement = units.map { labels[Int($0)] }.sorted()
    var all: [[Int32]] = []
    while true {
      var used: [Int: Int] = [:]
      all.append(
        arrangement.map { label in
          let position = used[label, default: 0]
          used[label] = position + 1
          return queues[label]![position]
        })
      // The next one in lexicographic order (Knuth, TAOCP 7.2.1.2, algorithm L).
      guard let pivot = arrangement.indices.dropLast().last(where: { arrangement[$0] < arrangement[$0 + 1] })
      else {
        return all
      }
      let successor = arrangement.lastIndex { $0 > arrangement[pivot] }!
      arrangement.swapAt(pivot, successor)
      arrangement[(pivot + 1)...].reverse()
    }
  }
}
