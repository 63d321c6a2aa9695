internal import Hypotheses

extension HypothesisChecker {
  mutating func checkRivals() -> [Withstand] {
    var rivals: [Withstand] = []
    var labels: [String: Int] = [:]
    let claimed = self.claimed
    for statement in statements("withstand") {
      guard case .withstand(let syntax) = statement.kind,
        let signature = signature(
          of: syntax.rival.name, among: Rival.signatures, rule: .unknownRival, what: "rival")
      else { continue }
      guard !claimsEquivalence else {
        reportRivalOfEquivalence(syntax.rival)
        continue
      }
      let bound = bind(syntax.rival, to: signature, table: claimed?.targets?.selection.data)
      let rival = bound.isComplete ? self.rival(signature, bound, syntax.rival, claimed) : nil
      let criteria = check(syntax.criteria, signature, rival, bound, claimed)
      let label = canonical(syntax.rival, signature)
      if let line = labels[label] {
        sink.report(
          .duplicateRival, "\(quoted(label)) is withstood already", at: syntax.rival.span,
          notes: ["the first is at line \(line)"],
          helps: ["several criteria stand in one block: `{ p < 0.01, margin >= 0.05 }`"])
        continue
      }
      labels[label] = statement.span.start.line
      guard let rival, !criteria.isEmpty else { continue }
      rivals.append(
        Withstand(rival: rival, criteria: criteria, location: statement.span.location(in: path), label: label)
      )
    }
    return rivals
  }

  /// Reads the rival and checks that it makes sense against the claimed measure. `nil` where it does not.
  private mutating func rival(
    _ signature: Signature, _ bound: Bound, _ call: Call, _ claimed: MeasureEntry?
  ) -> Rival? {
    if let claimed, claimed.isText { return textRival(signature, bound, call, claimed) }
    if TextRival.signatures.contains(where: { $0.keyword == signature.keyword }) {
      guard claimed?.metric != nil else { return nil }
      sink.report(
        .unfitRival, "`\(signature.keyword)` is a rival of measurements on sentences", at: call.name.span,
        notes: ["the claim is about a probe"])
      return nil
    }
    switch signature.keyword {
    case OtherRepresentation.signature.keyword: return otherRepresentation(bound, call, claimed)
    case PermutedLabels.signature.keyword: return permutedLabels(bound, call, claimed)
    case ControlTask.signature.keyword:
      guard let by = bound.column("by"),
        moreThanOneGroup(by, "all items would have one and the same random target")
      else { return nil }
      warnAboutMissing(by.description, of: by.reference.data, rows: by.rows, at: by.span)
      checkIdentity(by.description, of: by.reference.data, at: by.span)
      warnAboutNewTypes(by, "target", call, claimed)
      var rival = ControlTask(by: by.reference)
      if let replicates = bound.integer("replicates") { rival.replicates = replicates }
      return .controlTask(rival)
    case RandomEmbedding.signature.keyword: return randomEmbedding(bound, call, claimed)
    case Untrained.signature.keyword: return untrained(bound, call, claimed)
    case Confounds.signature.keyword: return confounds(bound, claimed)
    case RandomNorms.signature.keyword: return randomNorms(bound, call, claimed)
    case IrrelevantTarget.signature.keyword: return irrelevantTarget(bound, call, claimed)
    case CategoryMeans.signature.keyword: return categoryMeans(bound, claimed)
    case KNNCopy.signature.keyword: return knnCopy(bound, claimed)
    case SwappedSides.signature.keyword: return swappedSides(bound, call, claimed)
    case TrivialPredictor.majority.keyword:
      return fits(.majority, call, claimed, to: [.classes, .binary], instead: "mean_predictor")
    case TrivialPredictor.meanPredictor.keyword:
      return fits(
        .meanPredictor, call, claimed, to: [.numeric, .indicators, .strengths], instead: "majority")
    default:
      // A rival of the vocabulary without a case here must not pass for another.
      sink.report(
        .internalError, "the checker does not know the rival \(quoted(signature.keyword))",
        at: call.name.span, helps: ["please report this"])
      return nil
    }
  }

  private mutating func fits(
    _ rival: Rival, _ call: Call, _ claimed: MeasureEntry?, to kinds: [TargetKind], instead: String
  ) -> Rival? {
    if let claimed, claimed.isComparison {
      sink.report(
        .unfitRival, "`\(rival.name)` says nothing about a comparison", at: call.name.span,
        notes: [
          "it scores the floor on both sides, so its difference is 0 and the margin over it is the claim"
        ],
        helps: ["set `permuted_labels` or `swapped_sides` against it"])
      return nil
    }
    guard let metric = claimed?.metric, !kinds.contains(metric.targetKind) else { return rival }
    sink.report(
      .unfitRival, "`\(rival.name)` cannot be scored by `\(metric.keyword)`", at: call.name.span,
      notes: [
        kinds.contains(.classes) ? "numbers have no commonest class" : "classes have no mean"
      ],
      fix: sink.fix("write `\(instead)`", replace: call.name.span, by: instead))
    return nil
  }

  // MARK: Permuted labels

  private mutating func permutedLabels(_ bound: Bound, _ call: Call, _ claimed: MeasureEntry?) -> Rival? {
    let scheme = bound.string("scheme").flatMap(PermutedLabels.Scheme.init) ?? .free
    if scheme != .free { return arranged(scheme, bound, call, claimed) }
    let within = bound.column("within")
    var over = bound.column("over")
    var isSound = true
    for column in [within, over].compactMap(\.self) {
      warnAboutMissing(column.description, of: column.reference.data, rows: column.rows, at: column.span)
      checkIdentity(column.description, of: column.reference.data, at: column.span)
    }
    if let chosen = over {
      isSound =
        moreThanOneGroup(chosen, "one group has nothing to exchange its target with")
        && checkOver(chosen, claimed)
    } else if let unit, !unit.isUnique, let targets = claimed?.targets, isFunction(targets, of: unit) == true
    {
      // The target belongs to the unit: exchanging it item by item would pretend that there are more units.
      over = unit
    } else if isSound {
      warnAboutExchange(within, call, claimed)
    }
    if let within { isSound = checkWithin(within, over, claimed) && isSound }
    isSound = checkGiven(bound, over, claimed) && isSound
    guard isSound else { return nil }
    var rival = PermutedLabels(within: within?.reference, over: over?.reference)
    if case .columns(let given)? = bound.values["given"] { rival.given = given.selection }
    if let strata = bound.integer("strata") { rival.strata = strata }
    if let replicates = bound.integer("replicates") { rival.replicates = replicates }
    return .permutedLabels(rival)
  }

  /// Whether every target has one value within each group; `nil` where the catalog cannot say.
  func isFunction(_ targets: ResolvedColumns, of group: ResolvedColumn) -> Bool? {
    guard targets.selection.data == group.reference.data else { return nil }
    var answer: Bool? = true
    for column in targets.selection.columns {
      switch facts.isConstant(column, within: group.reference.column, of: targets.source) {
      case false?: return false
      case nil: answer = nil
      case true?: break
      }
    }
    return answer
  }

  private mutating func checkOver(_ over: ResolvedColumn, _ claimed: MeasureEntry?) -> Bool {
    guard let targets = claimed?.targets else { return true }
    if isFunction(targets, of: over) == false {
      sink.report(
        .targetVariesInGroup, "the target varies within the groups of \(quoted(over.reference.description))",
        at: over.span,
        notes: ["`over` exchanges the one target that a group has; these groups have several"],
        helps: [
          "exchange whole groups with their targets: `scheme: whole_blocks`, where groups are of one size",
          "to ask instead whether items of one group can be told apart, write `within: \(over.reference)`",
        ])
      return false
    }
    guard let unit, !unit.isUnique, isFunction(targets, of: unit) == true,
      facts.isConstant(over.reference.column, within: unit.reference.column, of: unit.source) == false
    else { return true }
    sink.report(
      .permutationIgnoresUnit,
      "the target is a function of the unit \(quoted(unit.reference.description)), but "
        + "\(quoted(over.reference.description)) exchanges less than whole units", at: over.span,
      notes: [
        "this would pretend that there are more independent targets than there are, and p would be too small"
      ],
      fix: sink.fix("write `over: \(unit.reference)`", replace: over.span, by: "\(unit.reference)"))
    return false
  }

  mutating func checkWithin(
    _ within: ResolvedColumn, _ over: ResolvedColumn?, _ claimed: MeasureEntry?
  ) -> Bool {
    if let over,
      facts.isConstant(within.reference.column, within: over.reference.column, of: over.source) == false
    {
      sink.report(
        .withinSplitsGroup,
        "groups of \(quoted(over.reference.description)) reach over several groups of "
          + quoted(within.reference.description), at: within.span,
        notes: ["a whole group can exchange its target within a block only if it lies within that block"])
      return false
    }
    guard let targets = claimed?.targets, isFunction(targets, of: within) == true else { return true }
    sink.report(
      .nothingToPermute,
      "the target has one value within each group of \(quoted(within.reference.description))",
      at: within.span, notes: ["every rearrangement would be the same as the real targets, so p would be 1"],
      helps: ["choose coarser groups, or leave `within` out"])
    return false
  }

  /// Items that are exchanged one by one although the file itself says that they depend on each other.
  private mutating func warnAboutExchange(_ within: ResolvedColumn?, _ call: Call, _ claimed: MeasureEntry?) {
    guard let targets = claimed?.targets else { return }
    if let unit, !unit.isUnique {
      guard isFunction(targets, of: unit) == false else { return }
      if let within,
        facts.isConstant(unit.reference.column, within: within.reference.column, of: unit.source) != false
      {
        return
      }
      let hasEqualUnits =
        facts.areEqualInSize(unit.reference.column, within: nil, of: unit.source) == true
      sink.report(
        .itemsNotExchangeable,
        "items of one unit are exchanged one by one with items of other units", at: call.span,
        notes: [
          "the target varies within \(quoted(unit.reference.description)), so whole units cannot be exchanged; "
            + "items of one unit depend on each other, and p may be too small",
          "`within: \(unit.reference)` would ask another question: whether items of one unit can be told apart",
        ],
        helps: [
          hasEqualUnits
            ? "exchange whole units with their targets: `over: \(unit.reference), scheme: whole_blocks`"
            : "claim a target that is one for each unit, such as its mean, and permute `over: \(unit.reference)`"
        ], effect: hasEqualUnits ? .caps : .warns)
    } else if unit == nil, let grouped = claimed?.grouped, !grouped.isUnique,
      isFunction(targets, of: grouped) == true
    {
      sink.report(
        .itemsNotExchangeable,
        "items are exchanged one by one, although the target is a function of \(quoted(grouped.reference.description))",
        at: call.span,
        notes: ["folds are grouped by it because its items depend on each other; p may be too small"],
        helps: ["declare `unit \(grouped.reference)`, or write `over: \(grouped.reference)`"], effect: .caps)
    }
  }

  // MARK: Other representations

  private mutating func randomEmbedding(_ bound: Bound, _ call: Call, _ claimed: MeasureEntry?) -> Rival? {
    guard let word = bound.string("kind"), let kind = RandomEmbedding.Kind(rawValue: word) else { return nil }
    let isText = kind == .characterNgrams
    if let span = bound.spans[isText ? "by" : "text"] {
      sink.report(
        .ineffectiveArgument, "`\(isText ? "by" : "text")` has no effect on `\(word)`", at: span,
        helps: [
          isText
            ? "items of one text share a vector; say which text by `text:`"
            : "`text` is what `character_ngrams` are taken from"
        ])
    }
    var rival = RandomEmbedding(kind: kind, by: isText ? nil : unit?.reference)
    if !isText, let by = bound.column("by") {
      guard moreThanOneGroup(by, "all items would share one random vector") else { return nil }
      warnAboutMissing(by.description, of: by.reference.data, rows: by.rows, at: by.span)
      checkIdentity(by.description, of: by.reference.data, at: by.span)
      rival.by = by.reference
    }
    if !isText, let types = bound.column("by") ?? unit { warnAboutNewTypes(types, "vector", call, claimed) }
    if isText, let text = bound.column("text") {
      guard moreThanOneGroup(text, "all items would share one random vector") else { return nil }
      warnAboutMissing(text.description, of: text.reference.data, rows: text.rows, at: text.span)
      rival.text = text.reference
    }
    if let replicates = bound.integer("replicates") { rival.replicates = replicates }
    return .randomEmbedding(rival)
  }

  /// A rival that gives every type something random of its own, where no type that is tested has been trained on.
  private mutating func warnAboutNewTypes(
    _ types: ResolvedColumn, _ what: String, _ call: Call, _ claimed: MeasureEntry?
  ) {
    guard let claimed, !types.isUnique else { return }
    let groups = claimed.sides.compactMap(\.grouped)
    guard let grouped = groups.first, groups.count == claimed.sides.count,
      groups.allSatisfy({
        facts.isConstant($0.reference.column, within: types.reference.column, of: types.source) == true
      })
    else { return }
    let name = quoted(types.reference.description)
    sink.report(
      .toothlessRival, "no probe can learn from `\(call.name.text)` here, so the claim always withstands it",
      at: call.span,
      notes: [
        "each \(name) has a random \(what) of its own, and folds are grouped by "
          + "\(quoted(grouped.reference.description)): none that is tested has been trained on"
      ],
      helps: [
        "do not count it as evidence; set something against the claim that new values of \(name) share, such as "
          + "`untrained`, `confounds` or `random_embedding(character_ngrams)`"
      ])
  }

  private mutating func untrained(_ bound: Bound, _ call: Call, _ claimed: MeasureEntry?) -> Rival? {
    guard case .representations(let names)? = bound.values["twins"] else { return nil }
    var others: [Name] = []
    if case .representations(let names)? = bound.values["over"] { others = names }
    if let claimed, claimed.isComparison, others.isEmpty {
      sink.report(
        .unfitRival, "a comparison needs untrained twins of both sides", at: call.span,
        notes: ["against one side's twin alone, the other side would still be trained"],
        helps: ["write `untrained(twins, over: twins_of_the_other_side)`"])
      return nil
    }
    if let span = bound.spans["over"], claimed?.isComparison == false {
      sink.report(
        .unfitRival, "`over` names the twins of the other side, and there is none", at: span,
        notes: ["the claim compares nothing"])
      return nil
    }
    let sides = claimed?.sides ?? []
    var isSound = true
    if let claimed, claimed.isFamily {
      // One member's mistake is told once.
      isSound = sides.allSatisfy { checkTwins(names, of: $0) }
    } else {
      for (names, side) in zip([names, others], [sides.first, sides.last]) {
        isSound = checkTwins(names, of: side) && isSound
      }
    }
    let rival = Untrained(representations: names.map(\.text), over: others.map(\.text), seeds: seeds(bound))
    if isSound, let better = twinCount(rival.representations), let worse = twinCount(rival.over),
      better != worse,
      let span = bound.spans["over"]
    {
      sink.report(
        .twinShape, "one side has \(counted(better, "twin")), the other \(worse)", at: span,
        notes: ["a world is one twin on each side"])
      return nil
    }
    return isSound ? .untrained(rival) : nil
  }

  /// What a hypothesis says of its twins' weights.
  func seeds(_ bound: Bound) -> Untrained.Seeds {
    bound.string("seeds").flatMap(Untrained.Seeds.init) ?? .unknown
  }

  private mutating func checkTwins(_ names: [Name], of side: MeasureEntry?) -> Bool {
    let represented = side?.representation.flatMap { dataPlaces[$0.text] }.map { data[$0] }
    var isSound = true
    for name in names {
      guard let used = useActivations(name) else {
        isSound = false
        continue
      }
      guard let represented, case .activations(let all, _) = represented.content else { continue }
      var (tensors, twins) = (all, used.tensors)
      if let member = side?.member {
        guard let own = represented.tensor(for: member), let twin = used.entry.tensor(for: member) else {
          sink.report(
            .twinShape,
            "\(quoted(name.text)) has no tensor of its own for \(quoted(represented.name.text))[\(member)]",
            at: name.span,
            notes: ["its tensors are \(list(used.tensors.map(\.name)))"],
            helps: [
              "declare the twin with one `*`, which stands for the same as that of \(quoted(represented.name.text))"
            ])
          isSound = false
          continue
        }
        (tensors, twins) = ([own], [twin])
      }
      guard let tensor = tensors.first else { continue }
      if used.entry.name.text == represented.name.text
        || isSame((used.entry, twins, used.isPattern), represented, tensor)
      {
        sink.report(
          .twinIsRepresentation, "\(quoted(name.text)) is what the probe reads, not its untrained twin",
          at: name.span,
          notes: ["the margin would be 0 by construction"])
        isSound = false
      } else if let twin = twins.first, twin.dimensions != tensor.dimensions {
        sink.report(
          .twinShape,
          "\(quoted(name.text)) has \(counted(twin.dimensions, "dimension")), \(quoted(represented.name.text)) has "
            + "\(tensor.dimensions)", at: name.span,
          notes: ["a twin has the same architecture, and only its weights differ"])
        isSound = false
      } else if let twin = twins.first, let targets = side?.targets {
        // Of the items that the measure leaves, all are needed; which those are is known where it leaves none.
        checkKeys(of: name, twin, for: targets, side?.measurement?.items ?? .shared)
      }
    }
    return isSound
  }

  /// Whether a declaration under another name means the very same tensor.
  private func isSame(
    _ used: (entry: DataEntry, tensors: [TensorDescription], isPattern: Bool), _ represented: DataEntry,
    _ tensor: TensorDescription
  ) -> Bool {
    used.entry.declaration?.source.path == represented.declaration?.source.path
      && used.tensors.contains { $0.name == tensor.name }
  }

  private mutating func confounds(_ bound: Bound, _ claimed: MeasureEntry?) -> Rival? {
    guard case .columns(let columns)? = bound.values["columns"] else { return nil }
    return checkConfounds(columns, claimed) ? .confounds(Confounds(columns: columns.selection)) : nil
  }

  /// Whether columns can be held against a claim as what else explains it.
  mutating func checkConfounds(_ columns: ResolvedColumns, _ claimed: MeasureEntry?) -> Bool {
    var isSound = true
    let data = columns.selection.data
    for (column, span) in zip(columns.descriptions, columns.spans) {
      let name = quoted(ColumnReference(data: data, column: column.name).description)
      if let targets = claimed?.targets, targets.selection.data == data,
        targets.selection.columns.contains(column.name)
      {
        sink.report(
          .confoundIsTarget, "\(name) is what is predicted", at: span,
          notes: ["a probe that reads its own target is not a confound"])
        isSound = false
      } else if column.name == columns.key {
        sink.report(
          .keyAsValue, "\(name) is the key of its table", at: span,
          notes: ["a key only identifies items: what is learned about one says nothing about another"])
        isSound = false
      } else if column.values < 2 {
        // Beside others that vary it does no harm. An empty column would leave every row out.
        let isHarmless = column.distinct > 0 && columns.descriptions.contains { $0.values > 1 }
        sink.report(
          isHarmless ? .constantConfound : .constantColumn,
          column.distinct == 0 ? "\(name) is empty" : "\(name) has the same value everywhere", at: span,
          notes: [isHarmless ? "it explains nothing, and the other columns are used" : "it explains nothing"])
        isSound = isSound && isHarmless
        if isHarmless { warnAboutMissing(column, of: data, rows: columns.rows, at: span) }
      } else if !isOfOneKind(column, of: data, rows: columns.rows, takesNames: true, at: span) {
        isSound = false
      } else {
        warnAboutMissing(column, of: data, rows: columns.rows, at: span)
      }
    }
    return isSound
  }

  // MARK: Criteria

  private mutating func check(
    _ criteria: [RequirementSyntax], _ signature: Signature, _ rival: Rival?, _ bound: Bound,
    _ claimed: MeasureEntry?
  ) -> [Criterion] {
    var found: [Criterion] = []
    var seen: Set<Quantity> = []
    for syntax in criteria {
      let offered = signature.criteria.map(\.rawValue)
      guard let quantity = Quantity(rawValue: syntax.name.text) else {
        sink.report(
          .unknownCriterion, "there is no criterion \(quoted(syntax.name.text))", at: syntax.name.span,
          notes: ["`\(signature.keyword)` offers \(list(offered))"],
          fix: suggestion(syntax.name, among: offered))
        continue
      }
      guard signature.criteria.contains(quantity) else {
        notOffered(quantity, offered, signature, syntax)
        continue
      }
      guard seen.insert(quantity).inserted else {
        sink.report(.duplicateCriterion, "a second criterion on `\(quantity.rawValue)`", at: syntax.span)
        continue
      }
      guard let comparison = Comparison(syntax.comparison), let threshold = syntax.threshold.value else {
        continue
      }
      guard checkDirection(quantity, comparison, syntax), checkThreshold(quantity, threshold, syntax) else {
        continue
      }
      if quantity == .p {
        guard checkDecidable(comparison, threshold, syntax, rival, bound, claimed) else { continue }
      } else if quantity == .added, let claimed, claimed.isComparison || claimed.isFamily {
        sink.report(
          .unfitRival,
          "`added` is about one measure, and the claim \(claimed.isFamily ? "is about a family" : "compares two")",
          at: syntax.name.span,
          helps: ["ask for a `margin`"])
        continue
      } else {
        checkReachable(quantity, comparison, threshold, syntax, claimed)
        warnAboutResolution(quantity, threshold, syntax, rival, claimed)
      }
      found.append(Criterion(quantity, comparison, threshold))
    }
    return found
  }

  private mutating func notOffered(
    _ quantity: Quantity, _ offered: [String], _ signature: Signature, _ syntax: RequirementSyntax
  ) {
    let reason =
      switch quantity {
      case .selectivity: "selectivity is the margin over a control task"
      case .p: "this rival is one world, not a distribution of them, so it has no p-value"
      case .margin: "this rival has no score of its own"
      case .added: "only `confounds` can stand beside the representation"
      }
    let takesMargin = quantity == .selectivity && signature.criteria.contains(.margin)
    sink.report(
      .criterionNotOffered, "`\(signature.keyword)` does not offer `\(quantity.rawValue)`",
      at: syntax.name.span,
      notes: [reason, "it offers \(list(offered))"],
      fix: takesMargin ? sink.fix("write `margin`", replace: syntax.name.span, by: "margin") : nil)
  }

  private mutating func checkDirection(
    _ quantity: Quantity, _ comparison: Comparison, _ syntax: RequirementSyntax
  ) -> Bool {
    guard comparison.wantsLarge == (quantity == .p) else { return true }
    let turned = comparison.turned
    sink.report(
      .wrongDirection,
      quantity == .p
        ? "a claim withstands a rival by a small p"
        : "a claim withstands a rival by a large \(quantity.rawValue)",
      at: syntax.comparisonSpan,
      fix: sink.fix("write `\(turned.rawValue)`", replace: syntax.comparisonSpan, by: turned.rawValue))
    return false
  }

  private mutating func checkThreshold(
    _ quantity: Quantity, _ threshold: Double, _ syntax: RequirementSyntax
  ) -> Bool {
    if quantity == .p {
      guard threshold <= 0 || threshold >= 1 else { return true }
      sink.report(
        .thresholdRange, "a threshold for `p` lies between 0 and 1", at: syntax.thresholdSpan,
        notes: threshold <= 0 ? ["a p-value is never 0"] : ["every p-value is at most 1"])
      return false
    }
    guard threshold < 0 else { return true }
    sink.report(
      .thresholdRange, "a negative \(quantity.rawValue) lets the rival win", at: syntax.thresholdSpan,
      helps: ["ask for at least 0"])
    return false
  }

  /// How many twins some declarations make; `nil` for none, or where it is not known.
  func twinCount(_ names: [String]) -> Int? {
    var count = 0
    for name in names {
      switch dataPlaces[name].map({ data[$0].content }) {
      case .activations(let tensors, _)?: count += tensors.count
      case .attention?: count += 1
      default: return nil
      }
    }
    return count > 0 ? count : nil
  }

  private mutating func checkReachable(
    _ quantity: Quantity, _ comparison: Comparison, _ threshold: Double, _ syntax: RequirementSyntax,
    _ claimed: MeasureEntry?
  ) {
    if let claimed, let keyword = claimed.text?.keyword, threshold > 1 {
      sink.report(
        .unreachableMargin, "a \(quantity.rawValue) of \(digits(threshold)) cannot be reached",
        at: syntax.thresholdSpan, notes: ["`\(keyword)` is at most 1"])
      return
    }
    // Of an error or a length a rival can have as much as it likes.
    guard let claimed, !claimed.isComparison, let metric = claimed.metric, metric.isBetterWhenLarger,
      let floor = floor(of: metric, claimed)
    else { return }
    let largest = metric.range.upperBound - floor.value
    guard threshold > largest || (threshold == largest && comparison == .greater) else { return }
    sink.report(
      .unreachableMargin,
      "a \(quantity.rawValue) of \(digits(threshold)) cannot be reached: there is only \(rounded(largest)) above the floor",
      at: syntax.thresholdSpan,
      notes: [floor.reason, "`\(metric.keyword)` is at most \(digits(metric.range.upperBound))"])
  }
}
