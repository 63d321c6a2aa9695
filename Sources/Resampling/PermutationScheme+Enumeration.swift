internal import GSL
internal import Glibc

extension PermutationScheme {
  /// The label of every unit; for groups that move in order, a number for the list of their labels.
  /// - Throws: `countsDiffer` unless there is one label per item; `labelsDifferWithinGroup`, naming the
  ///   group.
  private func unitLabels(_ labels: [Int]) throws(PermutationError) -> [Int] {
    guard labels.count == count else { throw .countsDiffer(items: count, found: labels.count) }
    if unitsAreItems { return labels }
    var result: [Int] = []
    var numberOfList: [[Int]: Int] = [:]
    for unit in groupNames.indices {
      let own = members[Int(firstMember[unit])..<Int(firstMember[unit + 1])]
      if movement == .exchangeInOrder {
        let list = own.map { labels[Int($0)] }
        let number = numberOfList[list] ?? numberOfList.count
        numberOfList[list] = number
        result.append(number)
        continue
      }
      let label = labels[Int(own[own.startIndex])]
      guard own.allSatisfy({ labels[Int($0)] == label }) else {
        throw .labelsDifferWithinGroup(group: groupNames[unit])
      }
      result.append(label)
    }
    return result
  }

  /// Checks that the labels can be rearranged by this scheme: one per item, and constant within each group
  /// that exchanges its target as one.
  /// - Throws: `countsDiffer`, or `labelsDifferWithinGroup`, naming the group.
  public func check(labels: [Int]) throws(PermutationError) { _ = try unitLabels(labels) }

  private func checkedUnitLabels(_ labels: [Int]) -> [Int] {
    do { return try unitLabels(labels) } catch {
      preconditionFailure("labels do not fit the scheme: \(error)")
    }
  }

  /// The natural logarithm of the number of distinct rearrangements of labels, where items (or groups) with
  /// equal labels are interchangeable: the product over blocks of multinomial coefficients. For shifts, the
  /// product over sequences of their periods.
  /// - Precondition: `check(labels:)` does not throw.
  public func logDistinctArrangements(of labels: [Int]) -> Double {
    if movement == .rotate { return periods(labels).reduce(0) { $0 + log(Double($1)) } }
    return blockMultiplicities(labels).reduce(0) { total, sizes in
      total + sizes.reduce(logFactorial(sizes.reduce(0, +))) { $0 - logFactorial($1) }
    }
  }

  /// The number of distinct rearrangements of labels, where items (or groups) with equal labels are
  /// interchangeable. Exact below 2^53, infinite when it exceeds the largest number.
  /// - Precondition: `check(labels:)` does not throw.
  public func distinctArrangements(of labels: [Int]) -> Double {
    var product: UInt64 = 1
    if movement == .rotate {
      for period in periods(labels) {
        let (next, overflow) = product.multipliedReportingOverflow(by: UInt64(period))
        guard !overflow else { return exp(logDistinctArrangements(of: labels)) }
        product = next
      }
      return Double(product)
    }
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

  /// The number of distinct rotations of each sequence's labels: the least shift, a divisor of the length, that
  /// changes nothing.
  private func periods(_ labels: [Int]) -> [Int] {
    let labels = checkedUnitLabels(labels)
    return (0..<firstUnit.count - 1).map { sequence in
      let own = units[firstUnit[sequence]..<firstUnit[sequence + 1]].map { labels[Int($0)] }
      // An empty list rotates in one way.
      return (1..<max(own.count, 1)).first { shift in
        own.count % shift == 0 && own.indices.allSatisfy { own[$0] == own[($0 + shift) % own.count] }
      } ?? max(own.count, 1)
    }
  }

  /// All distinct rearrangements of labels, each once, as source indices: first the identity, then the others
  /// in the lexicographic order of labels by block, or of shifts by sequence, the last one running fastest.
  /// - Precondition: `check(labels:)` does not throw, and `distinctArrangements(of:)` is at most `limit`.
  /// - Postcondition: there are `distinctArrangements(of:)` of them.
  public func arrangements(of labels: [Int], limit: Int) -> [[Int32]] {
    precondition(distinctArrangements(of: labels) <= Double(limit), "more than \(limit) rearrangements")
    let choices = choices(labels)
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

  /// The distinct rearrangements of each block's units.
  private func choices(_ labels: [Int]) -> [[[Int32]]] {
    let blocks = (0..<firstUnit.count - 1).map { Array(units[firstUnit[$0]..<firstUnit[$0 + 1]]) }
    if movement == .rotate {
      return zip(blocks, periods(labels)).map { own, period in
        (0..<period).map { Array(own[$0...] + own[..<$0]) }
      }
    }
    let labels = checkedUnitLabels(labels)
    return blocks.map { Self.sources($0, labels: labels) }
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
