internal import Activations
internal import GSL
internal import Hypotheses
internal import Probing
internal import Resampling
internal import Rivals

extension Binder {
  /// Binds `permuted_labels` by its scheme.
  func permutedLabels(
    _ rival: PermutedLabels, _ withstand: Withstand, _ key: StreamKey, _ sides: [BoundMeasurement]
  ) throws(BindingError) -> BoundRival {
    let claim = sides[0]
    func groups(_ reference: ColumnReference?) throws(BindingError) -> [Int]? {
      try reference.map { (reference) throws(BindingError) in try claim.groups(reference.column) }
    }
    let within = try groups(rival.within)
    let over = try groups(rival.over)
    let order = try rival.order.map { (reference) throws(BindingError) in
      try claim.numbers(reference.column)
    }
    let count = replicates ?? rival.replicates
    var blocks = try claim.blocks(within, rival)
    let folds = sides.filter(\.declaration.folds.isStratified).map { $0.strata(over) }
    if !folds.isEmpty { blocks = crossed((blocks.map { [$0] } ?? []) + folds) }
    let scheme: PermutationScheme
    do throws(PermutationError) {
      guard
        let found = try rival.permutationScheme(
          items: claim.keys.count, within: within, blocks: blocks, over: over, order: order)
      else {
        let signs = SignFlipScheme(items: claim.keys.count, over: over)
        var worlds: [any NormRival] = []
        for side in sides {
          worlds.append(try SignFlipWorlds(real: side.targets.coded, scheme: signs, key: key))
        }
        return BoundRival(withstand: withstand, worlds: .norms(worlds), replicates: count)
      }
      scheme = found
      try scheme.check(labels: sides.identities)
      if rival.scheme != .free || rival.given != nil || !folds.isEmpty {
        try scheme.checkMoves(labels: sides.identities)
      }
    } catch {
      throw .permutation(error, rival: withstand.label)
    }
    return BoundRival(
      withstand: withstand, worlds: .targets(PermutedLabelsWorlds(scheme: scheme, key: key)),
      replicates: count, scheme: scheme,
      exchangeability: Gate.Exchangeability(
        groups: over, blocks: blocks))
  }
}

extension PermutedLabels {
  /// The scheme on some items, by their columns: what a run rearranges by, and what the checker counts the arrangements of.
  /// - Parameters:
  ///   - within: a number per item for `within`, where that is given.
  ///   - blocks: what `within` and the strata of `given` make together.
  ///   - over: a number per item for `over`; for whole blocks the checker lets none through without.
  ///   - order: a place per item for `order`.
  /// - Returns: `nil` where signs are flipped and nothing is rearranged.
  func permutationScheme(
    items: Int, within: [Int]?, blocks: [Int]?, over: [Int]?, order: [Double]?
  ) throws(PermutationError) -> PermutationScheme? {
    switch scheme {
    case .free:
      if let over { return try .over(groups: over, within: blocks) }
      return blocks.map { .within(blocks: $0) } ?? .free(count: items)
    case .wholeBlocks:
      return try .whole(blocks: over ?? Array(0..<items), within: within, order: order)
    case .cyclicShifts:
      let sequences = within ?? Array(repeating: 0, count: items)
      guard let order else { return .shifts(sequences: sequences) }
      return try .shifts(sequences: sequences, order: order)
    case .signFlips: return nil
    }
  }

  /// How many distinct arrangements the targets of a table's rows have, at most: of those rows that no column here leaves out.
  /// - Returns: `nil` where a column is missing or unfit, and for strata, which depend on the rows that are used.
  func distinctArrangements(of targets: [String], in table: Table) -> Double? {
    guard given == nil else { return nil }
    let named = [within, over, order].compactMap { $0?.column }
    let columns = (targets + named).map { table.column($0) }
    guard columns.allSatisfy({ $0 != nil }) else { return nil }
    let rows = (0..<table.rows).filter { row in columns.allSatisfy { $0!.cells[row] != nil } }
    func numbers(_ columns: [String]) -> [Int] {
      var known: [[Int?]: Int] = [:]
      return rows.map { row in
        let cells = columns.map { table.column($0)!.identities[row] }
        let number = known[cells] ?? known.count
        known[cells] = number
        return number
      }
    }
    func values(_ column: String) -> [Double]? {
      let values = rows.compactMap { table.column(column)!.numbers[$0] }
      return values.count == rows.count ? values : nil
    }
    let within = self.within.map { numbers([$0.column]) }
    let over = self.over.map { numbers([$0.column]) }
    if scheme == .signFlips {
      var sizes = [Double](repeating: 0, count: rows.count)
      for target in targets {
        guard let own = values(target) else { return nil }
        for item in sizes.indices { sizes[item] = max(sizes[item], abs(own[item])) }
      }
      return SignFlipScheme(items: rows.count, over: over).distinctArrangements(of: sizes)
    }
    let order = self.order.flatMap { values($0.column) }
    guard (order == nil) == (self.order == nil),
      let scheme = try? permutationScheme(
        items: rows.count, within: within, blocks: within, over: over, order: order)
    else { return nil }
    let labels = numbers(targets)
    guard (try? scheme.check(labels: labels)) != nil else { return nil }
    return scheme.distinctArrangements(of: labels)
  }
}

extension SignFlipScheme {
  fileprivate init(items: Int, over: [Int]?) { self = over.map { .over(groups: $0) } ?? .free(count: items) }
}

extension BoundMeasurement {
  /// Within what labels may be rearranged, so that stratified folds would have been divided as they are with the same
  /// probability: within folds, among items, or among whole groups of one size; else within the groups that share a fold.
  fileprivate func strata(_ over: [Int]?) -> [Int] {
    let split = instrument.splits[0]
    let foldOf = split.foldOf
    guard let ordered = split.groups else { return foldOf }
    var groups = [Int](repeating: 0, count: foldOf.count)
    for (position, item) in split.order.enumerated() { groups[item] = ordered[position] }
    guard let over, crossed([over, groups]) == crossed([over]), crossed([groups, over]) == crossed([groups])
    else { return groups }
    var sizes: [Int: Int] = [:]
    for group in groups { sizes[group, default: 0] += 1 }
    return crossed([foldOf, groups.map { sizes[$0]! }])
  }

  /// The items' numbers in a column.
  fileprivate func numbers(_ column: String) throws(BindingError) -> [Double] {
    let name = declaration.targets.data
    let found = try table.require(column, of: name)
    guard found.isNumeric else { throw .notNumeric(table: name, column: column) }
    // Rows with an empty cell in a rival's column are left out.
    return rows.map { found.numbers[$0]! }
  }

  /// The blocks that `within` and the strata of `given` make together; `nil` where there are neither.
  fileprivate func blocks(_ within: [Int]?, _ rival: PermutedLabels) throws(BindingError) -> [Int]? {
    guard let given = rival.given else { return within }
    var groupings = within.map { [$0] } ?? []
    for column in given.columns {
      let isNumeric = try table.require(column, of: given.data).isNumeric
      let isCategory = given.categories.contains(column)
      groupings.append(
        isNumeric && !isCategory
          ? quantileStrata(try numbers(column), count: rival.strata) : try groups(column))
    }
    return crossed(groupings)
  }
}

extension PermutedLabels {
  /// What else keys the random numbers. Nothing for the plain scheme, whose worlds stay what they were.
  var furtherNames: [String] {
    (scheme == .free ? [] : [scheme.rawValue, order?.description ?? ""])
      + (given.map { [$0.data] + $0.columns + ["\(strata)"] } ?? [])
  }
}

extension PermutationError {
  /// What is wrong with the data, and the way out.
  var reason: String {
    switch self {
    case .groupSpansBlocks:
      "a group that must move as a whole lies in several blocks of `within` or strata of `given`: choose such that are constant within each group."
    case .labelsDifferWithinGroup:
      "the target is not constant within the groups of `over`, so they cannot exchange one target for another: exchange them whole (`scheme: whole_blocks`), or claim a target that each group has one of."
    case .countsDiffer: "groups and blocks differ in number."
    case .blockSizesDiffer(_, let size, let expected):
      "whole blocks exchange their targets, and one has \(size) items, another \(expected): keep blocks of one size, or name strata of equal blocks by `within`."
    case .placeRepeats:
      "two items of one block or sequence have the same place in `order`: give every item a place of its own."
    case .valueNotFinite:
      "a target is not a finite number, so that its sign cannot be changed: mend the column."
    case .nothingMoves:
      "the only arrangement that is left is the real one, so that nothing could be rejected: ask for fewer strata, or for coarser groups."
    }
  }
}
