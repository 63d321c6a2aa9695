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
    let everything = Array(repeating: 0, count: claim.keys.count)
    let count = replicates ?? rival.replicates
    var blocks = try claim.blocks(within, rival)
    let folds = sides.filter(\.declaration.folds.isStratified).map { $0.strata(over) }
    if !folds.isEmpty { blocks = crossed((blocks.map { [$0] } ?? []) + folds) }
    let scheme: PermutationScheme
    do throws(PermutationError) {
      switch rival.scheme {
      case .free:
        switch (over, blocks) {
        case (let over?, _): scheme = try .over(groups: over, within: blocks)
        case (nil, let blocks?): scheme = .within(blocks: blocks)
        case (nil, nil): scheme = .free(count: claim.keys.count)
        }
      case .wholeBlocks:
        // The checker lets no whole blocks through without a column that names them.
        scheme = try .whole(blocks: over ?? claim.units, within: within, order: order)
      case .cyclicShifts:
        let sequences = within ?? everything
        if let order {
          scheme = try .shifts(sequences: sequences, order: order)
        } else {
          scheme = .shifts(sequences: sequences)
        }
      case .signFlips:
        let signs = over.map { SignFlipScheme.over(groups: $0) } ?? .free(count: claim.keys.count)
        var worlds: [any NormRival] = []
        for side in sides {
          worlds.append(try SignFlipWorlds(real: side.targets.coded, scheme: signs, key: key))
        }
        return BoundRival(withstand: withstand, worlds: .norms(worlds), replicates: count)
      }
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
        groups: rival.scheme == .wholeBlocks ? over ?? claim.units : over, blocks: blocks))
  }
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
      groupings.append(
        try table.require(column, of: given.data).isNumeric
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
      "the target is not constant within the groups of `over`, so they cannot exchange targets as wholes: permute items, within those groups, instead."
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
