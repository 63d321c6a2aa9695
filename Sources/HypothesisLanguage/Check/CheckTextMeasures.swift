internal import Hypotheses

/// What is known of a measurement on sentences.
struct TextEntry {
  var keyword: String
  var run: Name?
  /// The whole, where nothing is wrong with it.
  var measurement: TextMeasurement?
}

/// What a measurement on sentences needs to be said, before it is spread over a family.
private struct Reading {
  var run: Name
  var content: AttentionContent
  var slots: [Slot]
  var isBothWays = false
  /// The sentences that it can use.
  var sentences: Int
  var quantity: ([AxisValue?], Bool) -> TextQuantity
}

extension HypothesisChecker {
  /// Checks a `measure` whose metric is one of sentences.
  mutating func checkText(_ measure: MeasureSyntax, _ signature: Signature, _ statement: Statement)
    -> MeasureEntry
  {
    let errorsBefore = sink.errorCount
    var entry = MeasureEntry(name: measure.name)
    entry.isText = true
    entry.text = TextEntry(keyword: signature.keyword)
    for keyword in Block.measure.keywords { only(keyword, in: measure.statements) }
    let isHeads = signature.keyword == HeadAccuracy.signature.keyword
    for statement in measure.statements where !fits(statement, isHeads: isHeads) {
      let keyword = statement.keyword.text
      let isPart = keyword == "relation" || keyword == "from"
      sink.report(
        .unfitStatement, "`\(keyword)` says nothing about `\(signature.keyword)`", at: statement.keyword.span,
        notes: [
          isPart
            ? "only `\(HeadAccuracy.signature.keyword)` is about relations"
            : "what is measured stands between the parentheses, and nothing is predicted from columns"
        ])
    }
    let reading =
      isHeads ? headAccuracy(measure.metric, measure) : self.reading(measure.metric, signature)
    entry.text?.run = reading?.run
    let folds = textFolds(
      measure.statements.first { $0.keyword.text == "folds" }, default: isHeads ? 2 : 10,
      sentences: reading?.sentences, at: measure.name.span)
    guard let reading, let folds else { return entry }
    guard
      let (axes, cells) = cells(
        reading.slots, both: reading.isBothWays, at: measure.metric.span, reading.quantity)
    else { return entry }
    checkCells(cells, measure.metric)
    if sink.errorCount == errorsBefore {
      entry.text?.measurement = TextMeasurement(
        name: measure.name.text, axes: axes, cells: cells, folds: folds,
        location: statement.span.location(in: path))
    }
    return entry
  }

  /// Whether a part says something about a measurement on sentences. What could not be read has been told.
  private func fits(_ statement: Statement, isHeads: Bool) -> Bool {
    switch statement.kind {
    case .relation, .direction: isHeads
    case .folds, .broken: true
    default: false
    }
  }

  /// Checks a premise that says itself what is measured, and declares that under its canonical text.
  mutating func checkInline(_ requirement: RequirementSyntax, _ call: Call, _ statement: Statement)
    -> Requirement?
  {
    let errorsBefore = sink.errorCount
    let needsBlock =
      call.name.text == HeadAccuracy.signature.keyword
      || Metric.signatures.contains { $0.keyword == call.name.text }
    guard !needsBlock else {
      sink.report(
        .unfitStatement, "\(quoted(call.name.text)) needs a block that says what is measured", at: call.span,
        helps: [
          "give it a name, `measure name = \(call.name.text)... { ... }`, and write `premise name >= ...`"
        ])
      return nil
    }
    guard
      let signature = signature(
        of: call.name, among: TextQuantity.signatures, rule: .unknownMetric, what: "metric"),
      let reading = reading(call, signature),
      let folds = textFolds(nil, default: 10, sentences: reading.sentences, at: call.span),
      let (axes, cells) = cells(reading.slots, at: call.span, reading.quantity)
    else { return nil }
    checkCells(cells, call)
    guard sink.errorCount == errorsBefore else { return nil }
    let measurement = TextMeasurement(
      name: canonical(call, signature), axes: axes, cells: cells, folds: folds,
      location: statement.span.location(in: path))
    if let first = inlineMeasures[measurement.name], first.axes != measurement.axes {
      sink.report(
        .duplicateName, "\(quoted(measurement.name)) is a premise already, over other values", at: call.span,
        notes: ["the first is at line \(first.location.line)"],
        helps: ["give each its own name by `measure name = ...`"])
      return nil
    }
    if inlineMeasures[measurement.name] == nil {
      inlineMeasures[measurement.name] = measurement
      inlineOrder.append(measurement.name)
    }
    familyPremises.append((FamilyShape(measurement), call.span))
    return checkText(requirement, measurement.name, signature.keyword, statement, asks: "premise")
  }

  // MARK: What is measured

  private mutating func reading(_ call: Call, _ signature: Signature) -> Reading? {
    takesVariables = true
    defer { takesVariables = false }
    let bound = bind(call, to: signature, table: nil)
    guard bound.isComplete, case .representations(let names)? = bound.values["run"] else { return nil }
    guard names.count == 1, let run = names.first else {
      sink.report(
        .wrongType, "`\(signature.keyword)` is measured in one run, not in \(names.count)",
        at: bound.spans["run"] ?? call.span)
      return nil
    }
    guard let content = useAttention(run) else { return nil }
    let states = content.description.stateLayers
    guard !states.isEmpty else {
      sink.report(
        .missingTensors, "\(quoted(run.text)) holds no hidden states", at: run.span,
        notes: ["`\(signature.keyword)` reads the states of a layer"])
      return nil
    }
    let sentences = min(content.shared, content.description.sentencesWithStates)
    var isSound = true
    for name in ["layer", "from"] {
      guard let slot = bound.slot(name) else { continue }
      isSound =
        check(
          slot, at: bound.spans[name] ?? call.span, among: Set(states), rule: .unknownLayer, what: "layer",
          run, "the file holds the states of \(numbers(states, "layer"))") && isSound
    }
    guard isSound, let layer = bound.slot("layer") else { return nil }
    let similarity = bound.slot("similarity") ?? .word(Similarity.cosine.rawValue)
    switch signature.keyword {
    case TokenIdentity.signature.keyword:
      let decoder = bound.slot("decoder") ?? .word(TokenIdentity.Decoder.nearest.rawValue)
      let among = bound.slot("among") ?? .word(TokenIdentity.Candidates.sentence.rawValue)
      guard checkVocabulary(bound, decoder, content, run, call) else { return nil }
      return Reading(
        run: run, content: content, slots: [layer, decoder, among, similarity], sentences: sentences
      ) { cell, _ in
        .tokenIdentity(
          TokenIdentity(
            run: run.text, layer: layer.number(in: cell),
            decoder: TokenIdentity.Decoder(rawValue: decoder.word(in: cell)) ?? .nearest,
            candidates: TokenIdentity.Candidates(rawValue: among.word(in: cell)) ?? .sentence,
            similarity: Similarity(rawValue: similarity.word(in: cell)) ?? .cosine))
      }
    case PositionalConsistency.signature.keyword:
      let from = bound.slot("from") ?? .number(0)
      if bound.slot("from") == nil, !states.contains(0) {
        sink.report(
          .unknownLayer, "\(quoted(run.text)) has no layer 0, which `from` means if nothing is said",
          at: call.span, notes: ["the file holds the states of \(numbers(states, "layer"))"])
        return nil
      }
      return Reading(run: run, content: content, slots: [from, layer, similarity], sentences: sentences) {
        cell, _ in
        .positionalConsistency(
          PositionalConsistency(
            run: run.text, from: from.number(in: cell), layer: layer.number(in: cell),
            similarity: Similarity(rawValue: similarity.word(in: cell)) ?? .cosine))
      }
    default:
      guard let score = StructuralProbe.Score(rawValue: signature.keyword) else {
        sink.report(
          .internalError, "the checker does not know the measurement \(quoted(signature.keyword))",
          at: call.name.span, helps: ["please report this"])
        return nil
      }
      let rank = bound.slot("rank") ?? .number(64)
      let span = bound.spans["rank"] ?? call.span
      let ranks = rank.axis.map { scope.axes[$0].numbers ?? [] } ?? [rank.number(in: [])]
      if let large = ranks.max(), large > content.description.dimensions {
        sink.report(
          .outOfRange,
          "a rank of \(large) is more than the \(content.description.dimensions) dimensions of a state",
          at: rank.axis.map { scope.axes[$0].domain.span } ?? span,
          helps: ["ask for at most \(content.description.dimensions), such as `rank: 32`"])
        return nil
      }
      return Reading(run: run, content: content, slots: [layer, rank], sentences: sentences) { cell, _ in
        .structure(
          StructuralProbe(
            score: score, run: run.text, layer: layer.number(in: cell), rank: rank.number(in: cell)))
      }
    }
  }

  private mutating func headAccuracy(_ call: Call, _ measure: MeasureSyntax) -> Reading? {
    var slots: [Slot]?
    var run: Name?
    if call.arguments.count == 1, let argument = call.arguments.first, argument.label == nil,
      case .columns(let name, let indices) = argument.value.kind, indices.count == 2
    {
      run = name
      let found = indices.map { index($0) }
      if let layer = found[0], let head = found[1] { slots = [layer, head] }
    } else {
      sink.report(
        .missingArgument, "`\(call.name.text)` needs a run with a layer and a head", at: call.span,
        helps: ["write `\(call.name.text)(run[4, 7])`, or variables in the place of the numbers"])
    }
    let relations = self.relations(measure)
    let direction = self.direction(measure)
    guard let run, let content = useAttention(run) else { return nil }
    let description = content.description
    guard !description.layers.isEmpty else {
      sink.report(
        .missingTensors, "\(quoted(run.text)) holds no attention", at: run.span,
        notes: ["the file holds hidden states only"])
      return nil
    }
    var isSound = true
    if let slots, case .columns(_, let indices)? = call.arguments.first?.value.kind {
      isSound = check(
        slots[0], at: indices[0].span, among: Set(description.layers), rule: .unknownLayer, what: "layer",
        run,
        "the file holds the attention of \(numbers(description.layers, "layer"))")
      isSound =
        check(
          slots[1], at: indices[1].span, among: Set(0..<max(0, description.heads)), rule: .unknownHead,
          what: "head",
          run, "each layer has \(numbers(Array(0..<max(0, description.heads)), "head"))") && isSound
    }
    if let relations { isSound = check(relations, content) && isSound }
    guard isSound, let slots, let relations, let direction else { return nil }
    let names = relations.map(\.slot)
    let forward: HeadAccuracy.Direction = direction.isToHead ? .toHead : .toDependent
    return Reading(
      run: run, content: content, slots: slots + names, isBothWays: direction.isBothWays,
      sentences: content.shared
    ) { cell, isBack in
      .headAccuracy(
        HeadAccuracy(
          run: run.text, layer: slots[0].number(in: cell), head: slots[1].number(in: cell),
          relations: names.map { $0.word(in: cell) },
          direction: direction.isBothWays ? (isBack ? .toDependent : .toHead) : forward))
    }
  }

  /// A layer or a head between brackets: a number or a variable.
  private mutating func index(_ name: Name) -> Slot? {
    if let number = name.number {
      guard let value = number.value else { return nil }
      guard let whole = Int(exactly: value), whole >= 0 else {
        sink.report(
          .outOfRange, "layers and heads are whole numbers from 0, not \(quoted(number.text))", at: name.span)
        return nil
      }
      return .number(whole)
    }
    guard let slot = variable(name) else { return nil }
    guard isOfNumbers(slot, "layers and heads are numbers", at: name.span) else { return nil }
    return slot
  }

  private mutating func isOfNumbers(_ slot: Slot, _ wanted: String, at span: Span) -> Bool {
    guard let place = slot.axis, case .word? = scope.axes[place].values?.first else { return true }
    sink.report(
      .wrongType, "\(wanted), and \(quoted(scope.axes[place].name.text)) takes names", at: span)
    return false
  }

  // MARK: Relations

  private typealias Relation = (slot: Slot, name: Name)

  private mutating func relations(_ measure: MeasureSyntax) -> [Relation]? {
    let statement = measure.statements.first { $0.keyword.text == "relation" }
    guard let statement else {
      sink.report(
        .missingStatement, "\(quoted(measure.name.text)) does not say which relation the head is to find",
        at: measure.name.span, helps: ["add `relation obj, from dependent to head`"])
      return nil
    }
    guard case .relation(let syntax) = statement.kind else { return nil }
    var relations: [Relation] = []
    var isWhole = true
    for name in syntax.names {
      guard !name.isQuoted, let place = scope.place(of: name.text) else {
        if name.text.isEmpty {
          sink.report(.emptyText, "a relation has a name", at: name.span)
          isWhole = false
        }
        relations.append((.word(name.text), name))
        continue
      }
      use(axis: place)
      guard let values = scope.axes[place].values else {
        isWhole = false
        continue
      }
      if case .number? = values.first {
        sink.report(
          .wrongType, "relations are names, and \(quoted(name.text)) takes numbers", at: name.span)
        isWhole = false
        continue
      }
      relations.append((.axis(place), name))
    }
    return distinct(syntax.names, what: "relation").count == syntax.names.count && isWhole ? relations : nil
  }

  private mutating func check(_ relations: [Relation], _ content: AttentionContent) -> Bool {
    guard let treebank = content.treebank else { return true }
    var isSound = true
    let known = treebank.relations.keys.filter { $0 != "root" && treebank.relations[$0] != 0 }.sorted()
    let all = Set(known)
    for relation in relations {
      let names: [Name]
      if let place = relation.slot.axis {
        guard tell(.unknownRelation, scope.axes[place].name.span, content.tokens) else { continue }
        names = members(of: scope.axes[place].domain)
      } else {
        names = [relation.name]
      }
      for name in names where !all.contains(name.text) {
        isSound = false
        let isRoot = name.text == "root"
        sink.report(
          .unknownRelation,
          isRoot
            ? "the root of a sentence has no head to point at"
            : "no word of \(quoted(content.tokens)) stands in the relation \(quoted(name.text))",
          at: name.span, notes: ["its relations are \(list(known, limit: 40))"],
          fix: isRoot ? nil : suggestion(relation: name, among: known))
      }
    }
    return isSound
  }

  /// A subtype is written between quotes, as it is no word.
  private func suggestion(relation name: Name, among known: [String]) -> FixIt? {
    let subtypes = known.filter { $0.hasPrefix(name.text + ":") }
    guard !sink.isFull, let found = subtypes.first ?? nearest(name.text, among: known) else { return nil }
    let isWord = found.unicodeScalars.allSatisfy { $0 == "_" || ("a"..."z").contains($0) }
    return sink.fix(
      "did you mean \(quoted(found))?", replace: name.span,
      by: name.isQuoted || !isWord ? quotedLiteral(found) : found)
  }

  /// The names of a list, with their places.
  private func members(of domain: Value) -> [Name] {
    guard case .list(let values) = domain.kind else { return [] }
    return values.compactMap { value in
      switch value.kind {
      case .word(let word): Name(text: word, span: value.span)
      case .string(let text): Name(text: text, span: value.span, isQuoted: true)
      default: nil
      }
    }
  }

  private mutating func direction(_ measure: MeasureSyntax) -> (isToHead: Bool, isBothWays: Bool)? {
    var found: [DirectionSyntax] = []
    var isBroken = false
    for statement in measure.statements {
      switch statement.kind {
      case .direction(let direction): found.append(direction)
      case .relation(let relation): if let direction = relation.direction { found.append(direction) }
      case .broken: isBroken = true
      default: break
      }
    }
    guard let direction = found.first else {
      if !isBroken, measure.statements.contains(where: { $0.keyword.text == "relation" }) {
        sink.report(
          .missingStatement,
          "\(quoted(measure.name.text)) does not say from which word to which the head points",
          at: measure.name.span,
          helps: ["add `from dependent to head`, `from head to dependent`, or both: `..., or back`"])
      }
      return nil
    }
    for second in found.dropFirst() where !measure.statements.contains(where: { $0.span == second.span }) {
      sink.report(.duplicateStatement, "a second `from`", at: second.span)
    }
    let ends = ["dependent", "head"]
    for end in [direction.from, direction.to] where !ends.contains(end.text) {
      sink.report(
        .unknownWord, "a head points from a dependent to its head or back, not to \(quoted(end.text))",
        at: end.span, notes: ["it is one of \(list(ends, last: "or"))"], fix: suggestion(end, among: ends))
      return nil
    }
    guard direction.from.text != direction.to.text else {
      let other = direction.from.text == "head" ? "dependent" : "head"
      sink.report(
        .unknownWord, "a word does not point at itself", at: direction.to.span,
        fix: sink.fix("write `\(other)`", replace: direction.to.span, by: other))
      return nil
    }
    return (direction.to.text == "head", direction.isBothWays)
  }

  // MARK: What the file holds

  /// Complains about numbers that the file does not have.
  private mutating func check(
    _ slot: Slot, at span: Span, among known: Set<Int>, rule: Rule, what: String, _ run: Name, _ held: String
  ) -> Bool {
    var span = span
    let values: [Int]
    if let place = slot.axis {
      values = scope.axes[place].numbers ?? []
      span = scope.axes[place].domain.span
    } else {
      values = [slot.number(in: [])]
    }
    let missing = values.filter { !known.contains($0) }
    guard !missing.isEmpty else { return true }
    guard slot.axis == nil || tell(rule, span, run.text) else { return false }
    var fix: FixIt?
    if let place = slot.axis, case .range(let range) = scope.axes[place].domain.kind,
      let first = values.first(where: known.contains), let last = values.last(where: known.contains),
      (first...last).allSatisfy(known.contains)
    {
      let text = range.isClosed ? "\(first)...\(last)" : "\(first)..<\(last + 1)"
      fix = sink.fix("write `\(text)`", replace: span, by: text)
    }
    sink.report(
      rule, "\(quoted(run.text)) has no \(numbers(missing, what))", at: span, notes: [held], fix: fix)
    return false
  }

  /// Whether a mistake in a variable's values has not been told yet: every measure that uses it makes the same.
  private mutating func tell(_ rule: Rule, _ span: Span, _ subject: String) -> Bool {
    told.insert("\(rule.rawValue) \(span.start.offset) \(subject)").inserted
  }

  private mutating func checkVocabulary(
    _ bound: Bound, _ decoder: Slot, _ content: AttentionContent, _ run: Name, _ call: Call
  ) -> Bool {
    let learnsTokens = TokenIdentity.Decoder.nearestToken.rawValue
    let decoders = decoder.axis.map { scope.axes[$0].words ?? [] } ?? [decoder.word(in: [])]
    if decoders == [learnsTokens], let span = bound.spans["among"] {
      sink.report(
        .ineffectiveArgument, "`among` has no effect on `\(learnsTokens)`", at: span,
        notes: ["it answers with the token of a state in other sentences"])
    }
    guard content.description.vocabulary == 0, decoders.contains(where: { $0 != learnsTokens }) else {
      return true
    }
    sink.report(
      .missingTensors, "\(quoted(run.text)) holds no input embeddings", at: run.span,
      notes: ["`\(call.name.text)` compares states with the input embeddings of tokens"],
      helps: ["extract them too, or measure by `decoder: \(learnsTokens)`"])
    return false
  }

  /// What can be wrong with single cells only.
  private mutating func checkCells(_ cells: [TextCell], _ call: Call) {
    for cell in cells {
      guard case .positionalConsistency(let quantity) = cell.quantity, quantity.from >= quantity.layer else {
        continue
      }
      sink.report(
        .outOfRange,
        quantity.from == quantity.layer
          ? "layer \(quantity.layer) is compared with itself"
          : "layer \(quantity.from) is not before layer \(quantity.layer)", at: call.span,
        notes: ["`\(call.name.text)` compares a layer with an earlier one, `from`"])
      return
    }
  }

  // MARK: Folds

  private mutating func textFolds(_ statement: Statement?, default count: Int, sentences: Int?, at span: Span)
    -> Int?
  {
    var count = count
    var span = span
    if let statement {
      guard case .folds(let syntax) = statement.kind else { return nil }
      for value in syntax.grouped {
        sink.report(
          .unfitStatement, "`grouped by` says nothing about sentences", at: value.span,
          notes: ["a sentence is always in one fold as a whole"])
      }
      for (_, span) in syntax.repeats {
        sink.report(
          .unfitStatement, "folds of sentences are not repeated", at: span,
          notes: ["the folds only keep what is learned or chosen apart from what is scored"])
      }
      for span in syntax.stratified {
        sink.report(
          .unfitStatement, "folds of sentences are not stratified", at: span,
          notes: ["sentences have no classes to deal out"])
      }
      guard let value = syntax.count.value else { return nil }
      guard let whole = Int(exactly: value), (2...10_000).contains(whole) else {
        sink.report(
          .foldCount,
          "the number of folds is a whole number from 2 to 10000, not \(quoted(syntax.count.text))",
          at: syntax.countSpan)
        return nil
      }
      count = whole
      span = syntax.countSpan
    }
    // That there are none at all has been told.
    if let sentences, sentences > 0, count > sentences {
      sink.report(
        .foldCount, "\(count) folds cannot be made of \(counted(sentences, "sentence"))", at: span,
        helps: sentences < 2 ? [] : ["ask for `folds \(min(sentences, 10))`"])
      return nil
    }
    return count
  }
}

/// `layer 4`, `layers 0 to 5`, `layers 0, 3 and 6`.
func numbers(_ values: [Int], _ what: String) -> String {
  guard let first = values.first, let last = values.last else { return "no \(what)" }
  if values.count == 1 { return "\(what) \(first)" }
  if values.count > 2, last - first == values.count - 1 { return "\(what)s \(first) to \(last)" }
  let shown = values.prefix(12).map(String.init)
  if values.count > shown.count {
    return "\(what)s \(shown.joined(separator: ", ")) and \(values.count - shown.count) more"
  }
  return "\(what)s \(shown.dropLast().joined(separator: ", ")) and \(last)"
}
