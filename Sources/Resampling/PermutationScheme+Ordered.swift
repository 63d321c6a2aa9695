extension PermutationScheme {
  /// Whole blocks of items exchange their targets as units, within strata if these are given: item k of a block
  /// receives the target of item k of another one, in the order in which the items stand. Meant for targets that
  /// depend on each other within a block (the tokens of a sentence), while the blocks are exchangeable.
  ///
  /// Whole-block exchange: Winkler, Webster, Vidaurre, Nichols and Smith 2015, NeuroImage 123, 253.
  /// - Parameters:
  ///   - blocks: a block's number for every item.
  ///   - strata: a stratum's number for every item, constant within each block.
  ///   - order: a place for every item, in place of the order in which the items stand.
  /// - Throws: `countsDiffer`; `groupSpansBlocks`; `blockSizesDiffer`, when blocks of one stratum have different
  ///   sizes; `placeRepeats`. Each names the first such block in the order of the items.
  public static func whole(
    blocks: [Int], within strata: [Int]? = nil, order: [Double]? = nil
  ) throws(PermutationError) -> PermutationScheme {
    let groups = try PermutationScheme.over(groups: blocks, within: strata)
    func size(_ unit: Int32) -> Int { Int(groups.firstMember[Int(unit) + 1] - groups.firstMember[Int(unit)]) }
    for stratum in 0..<groups.firstUnit.count - 1 {
      let own = groups.units[groups.firstUnit[stratum]..<groups.firstUnit[stratum + 1]]
      for unit in own where size(unit) != size(own[own.startIndex]) {
        throw .blockSizesDiffer(
          block: groups.groupNames[Int(unit)], size: size(unit), expected: size(own[own.startIndex]))
      }
    }
    let members = try ordered(
      groups.members, starts: groups.firstMember.map { Int($0) }, order, groups: blocks)
    return PermutationScheme(
      count: groups.count, movement: .exchangeInOrder, members: members,
      firstMember: groups.firstMember, units: groups.units, firstUnit: groups.firstUnit,
      groupNames: groups.groupNames)
  }

  /// The targets of every sequence rotate: item k receives the target of item k + shift, from the end on again
  /// from the start, in the order in which the items stand. Each sequence has its own shift, drawn from 0 up to
  /// its length. Meant for tokens whose neighbours depend on each other: a rotation keeps that dependence, up
  /// to the one place where the end meets the start.
  ///
  /// The rotations of a circularly stationary sequence are equally likely; those of a stationary one, as far as
  /// the seam does not matter (on shift tests: Harris 2020, arXiv 2012.06862). docs/statistics.md has measured
  /// rates.
  /// - Parameter sequences: a sequence's number for every item.
  public static func shifts(sequences: [Int]) -> PermutationScheme {
    let (units, firstUnit) = gather(sequences)
    return PermutationScheme(
      count: sequences.count, movement: .rotate, members: [], firstMember: [], units: units,
      firstUnit: firstUnit, groupNames: [])
  }

  /// The same, for items that have a place of their own in their sequence.
  /// - Parameter order: a place for every item.
  /// - Throws: `countsDiffer`; `placeRepeats`, with the first such sequence.
  public static func shifts(
    sequences: [Int], order: [Double]
  ) throws(PermutationError) -> PermutationScheme {
    let (units, firstUnit) = gather(sequences)
    return PermutationScheme(
      count: sequences.count, movement: .rotate, members: [], firstMember: [],
      units: try ordered(units, starts: firstUnit, order, groups: sequences), firstUnit: firstUnit,
      groupNames: [])
  }

  /// The items of each group, by their places where these are given.
  private static func ordered(
    _ items: [Int32], starts: [Int], _ order: [Double]?, groups: [Int]
  ) throws(PermutationError) -> [Int32] {
    guard let order else { return items }
    guard order.count == groups.count else { throw .countsDiffer(items: groups.count, found: order.count) }
    var result: [Int32] = []
    for group in 0..<starts.count - 1 {
      let own = items[starts[group]..<starts[group + 1]].sorted { order[Int($0)] < order[Int($1)] }
      for (item, next) in zip(own, own.dropFirst()) where !(order[Int(item)] < order[Int(next)]) {
        throw .placeRepeats(group: groups[Int(item)])
      }
      result += own
    }
    return result
  }

  /// Checks that labels have any other rearrangement than their own: if not, the p-value is always 1.
  /// - Throws: `nothingMoves`.
  /// - Precondition: `check(labels:)` does not throw.
  public func checkMoves(labels: [Int]) throws(PermutationError) {
    if logDistinctArrangements(of: labels) == 0 { throw .nothingMoves }
  }
}
