internal import Hypotheses

// Which rearrangements `permuted_labels` makes.
extension HypothesisChecker {
  /// A scheme that is not `free`: what it moves, and in which order.
  mutating func arranged(
    _ scheme: PermutedLabels.Scheme, _ bound: Bound, _ call: Call, _ claimed: MeasureEntry?
  ) -> Rival? {
    for (parameter, column) in ["within", "over", "order"].compactMap({ name in
      bound.column(name).map { (name, $0) }
    }) {
      warnAboutMissing(column.description, of: column.reference.data, rows: column.rows, at: column.span)
      if parameter != "order" {
        checkIdentity(column.description, of: column.reference.data, at: column.span)
      }
    }
    guard scheme == .cyclicShifts || refuse(["ends"], scheme, bound, "nothing rotates"),
      refuse(["given", "strata"], scheme, bound, "conditions on confounds are for free rearrangements")
    else { return nil }
    guard claimed?.sides.contains(where: { $0.measurement?.folds.isStratified == true }) != true else {
      sink.report(
        .unfitScheme, "`\(scheme.rawValue)` and stratified folds do not go together", at: call.span,
        notes: ["under stratified folds labels may be rearranged within folds only"],
        helps: ["use the free scheme, or leave out `stratified`"])
      return nil
    }
    var rival: PermutedLabels?
    switch scheme {
    case .free: break
    case .wholeBlocks: rival = wholeBlocks(bound, call, claimed)
    case .cyclicShifts: rival = cyclicShifts(bound, call, claimed)
    case .signFlips: rival = signFlips(bound, call, claimed)
    }
    guard var rival else { return nil }
    if let replicates = bound.integer("replicates") { rival.replicates = replicates }
    return .permutedLabels(rival)
  }

  private mutating func wholeBlocks(_ bound: Bound, _ call: Call, _ claimed: MeasureEntry?) -> PermutedLabels?
  {
    guard let blocks = bound.column("over") ?? groupingUnit else {
      sink.report(
        .unfitScheme, "`whole_blocks` needs a column that names the blocks", at: call.span,
        helps: ["write `over: table.column`, or declare a `unit` of several items"])
      return nil
    }
    let name = quoted(blocks.reference.description)
    guard moreThanOneGroup(blocks, "one block has nothing to exchange its targets with") else { return nil }
    let within = bound.column("within")
    if let within, !checkWithin(within, blocks, claimed) { return nil }
    guard
      facts.areEqualInSize(blocks.reference.column, within: within?.reference.column, of: blocks.source)
        != false
    else {
      sink.report(
        .unfitScheme, "blocks of \(name) differ in their number of items",
        at: bound.column("over")?.span ?? call.span,
        notes: ["item k of a block receives the target of item k of another one, so both must have as many"],
        helps: [
          "choose blocks of one size, or name by `within` strata whose blocks are of one size"
        ])
      return nil
    }
    guard checkOrder(bound, .wholeBlocks, call) else { return nil }
    return PermutedLabels(
      scheme: .wholeBlocks, within: within?.reference, over: blocks.reference,
      order: bound.column("order")?.reference)
  }

  private mutating func cyclicShifts(_ bound: Bound, _ call: Call, _ claimed: MeasureEntry?)
    -> PermutedLabels?
  {
    guard
      refuse(["over"], .cyclicShifts, bound, "targets rotate item by item; `within` names the sequences"),
      checkOrder(bound, .cyclicShifts, call)
    else { return nil }
    guard bound.string("ends").flatMap(PermutedLabels.Ends.init) == .meet else {
      sink.report(
        .unfitScheme, "`cyclic_shifts` rotates closed sequences only", at: bound.spans["scheme"] ?? call.span,
        notes: [
          "where the end of a sequence does not meet its start, every rotation has a seam that the real targets lack, so that p may be too small"
        ],
        helps: [
          "of open sequences exchange whole ones: `over: table.sequence, scheme: whole_blocks`",
          "if the last item is a neighbour of the first, as with months or angles, write `ends: meet`",
        ])
      return nil
    }
    let sequences = bound.column("within") ?? groupingUnit
    if let sequences, !checkWithin(sequences, nil, claimed) { return nil }
    return PermutedLabels(
      scheme: .cyclicShifts, within: sequences?.reference, order: bound.column("order")?.reference,
      ends: .meet)
  }

  private mutating func signFlips(_ bound: Bound, _ call: Call, _ claimed: MeasureEntry?) -> PermutedLabels? {
    guard refuse(["within", "order"], .signFlips, bound, "signs change where they stand") else { return nil }
    for side in claimed?.sides ?? [] {
      if let metric = side.metric, metric.targetKind != .numeric {
        sink.report(
          .unfitScheme, "`sign_flips` cannot be scored by `\(metric.keyword)`", at: call.span,
          notes: ["only numbers have signs, and features have none below 0"])
        return nil
      }
      guard let targets = side.targets else { continue }
      for column in targets.descriptions {
        guard let range = column.range, !(range.lowerBound < 0 && range.upperBound > 0) else { continue }
        let name = ColumnReference(data: targets.selection.data, column: column.name).description
        sink.report(
          .unfitScheme, "\(quoted(name)) has values of one sign only", at: call.span,
          notes: ["signs are exchanged where targets are symmetric about 0 if the claim is false"],
          helps: ["use the free scheme, or a target that is a difference"])
        return nil
      }
    }
    return PermutedLabels(
      scheme: .signFlips, over: bound.column("over")?.reference ?? groupingUnit?.reference)
  }

  /// The unit, where it groups items.
  private var groupingUnit: ResolvedColumn? { unit.flatMap { $0.isUnique ? nil : $0 } }

  /// Complains about arguments that a scheme has no use for.
  private mutating func refuse(
    _ parameters: [String], _ scheme: PermutedLabels.Scheme, _ bound: Bound, _ note: String
  ) -> Bool {
    guard let parameter = parameters.first(where: { bound.spans[$0] != nil }) else { return true }
    sink.report(
      .unfitScheme, "`\(parameter)` says nothing under `\(scheme.rawValue)`", at: bound.spans[parameter]!,
      notes: [note])
    return false
  }

  /// Places must be numbers; a sequence has no shifts without them.
  private mutating func checkOrder(_ bound: Bound, _ scheme: PermutedLabels.Scheme, _ call: Call) -> Bool {
    guard let order = bound.column("order") else {
      guard scheme == .cyclicShifts else { return true }
      sink.report(
        .unfitScheme, "`cyclic_shifts` needs a column that says which item follows which", at: call.span,
        helps: ["write `order: table.column`, such as a token's position in its sentence"])
      return false
    }
    guard
      isOfOneKind(
        order.description, of: order.reference.data, rows: order.rows, takesNames: false, at: order.span)
    else { return false }
    guard order.description.isNumeric, order.description.values > 1 else {
      sink.report(
        .unfitScheme, "\(quoted(order.reference.description)) gives items no places", at: order.span,
        notes: [
          order.description.isNumeric ? "it has the same value everywhere" : "places are numbers, not names"
        ])
      return false
    }
    return true
  }

  /// What targets are permuted given: confounds that can be one, constant within groups that move as one.
  mutating func checkGiven(_ bound: Bound, _ over: ResolvedColumn?, _ claimed: MeasureEntry?) -> Bool {
    if let span = bound.spans["order"] {
      sink.report(
        .ineffectiveArgument, "`order` has no effect on free rearrangements", at: span,
        helps: ["it is for `scheme: cyclic_shifts` and `scheme: whole_blocks`"])
    }
    if let span = bound.spans["ends"] {
      sink.report(
        .ineffectiveArgument, "`ends` has no effect on free rearrangements", at: span,
        helps: ["it is for `scheme: cyclic_shifts`"])
    }
    guard case .columns(let given)? = bound.values["given"] else {
      if let span = bound.spans["strata"] {
        sink.report(.ineffectiveArgument, "`strata` has no effect without `given`", at: span)
      }
      return true
    }
    guard checkConfounds(given, claimed) else { return false }
    for (column, span) in zip(given.descriptions, given.spans) {
      guard let over,
        facts.isConstant(column.name, within: over.reference.column, of: over.source) == false
      else { continue }
      sink.report(
        .withinSplitsGroup,
        "groups of \(quoted(over.reference.description)) have several values of "
          + quoted(ColumnReference(data: given.selection.data, column: column.name).description), at: span,
        notes: ["a whole group can exchange its target within a stratum only if it lies within that stratum"])
      return false
    }
    return true
  }
}
