internal import Hypotheses

extension HypothesisChecker {
  /// A rival of a claim about sentences. `nil` where it does not fit.
  mutating func textRival(_ signature: Signature, _ bound: Bound, _ call: Call, _ claimed: MeasureEntry)
    -> Rival?
  {
    guard let keyword = claimed.text?.keyword else { return nil }
    if signature.keyword == Untrained.signature.keyword { return untrainedText(bound, claimed) }
    guard let kind = TextRival.all.first(where: { $0.signature.keyword == signature.keyword }) else {
      let fitting = TextRival.fitting(keyword).map(\.keyword)
      sink.report(
        .unfitRival, "`\(signature.keyword)` is a rival of probes, and the claim is about sentences",
        at: call.name.span,
        notes: [
          "against `\(keyword)` there is \(list((fitting + [Untrained.signature.keyword]).sorted()))"
        ])
      return nil
    }
    guard kind.measurements.contains(keyword) else {
      let fitting = (TextRival.fitting(keyword).map(\.keyword) + [Untrained.signature.keyword]).sorted()
      sink.report(
        .unfitRival, "`\(signature.keyword)` says nothing about `\(keyword)`", at: call.name.span,
        notes: [
          "it is a rival of \(list(kind.measurements))", "against `\(keyword)` there is \(list(fitting))",
        ])
      return nil
    }
    let replicates = bound.integer("replicates") ?? signature.defaultReplicates
    switch kind {
    case .fixedOffset: return fixedOffset(bound).map { .text(.fixedOffset($0)) }
    case .nearestWord: return nearestWord(bound, claimed).map { .text(.nearestWord($0)) }
    case .linearChain: return .text(.linearChain)
    case .positionOnly: return .text(.positionOnly)
    case .uniformAttention: return .text(.uniformAttention)
    case .permutedAttention: return .text(.permutedAttention(replicates: replicates))
    case .permutedHeads: return .text(.permutedHeads(replicates: replicates))
    case .permutedPositions: return .text(.permutedPositions(replicates: replicates))
    case .randomProjection: return .text(.randomProjection(replicates: replicates))
    case .randomAttention:
      if let run = claimed.text?.run, let content = attention(run.text),
        content.description.stateLayers.isEmpty
      {
        sink.report(
          .missingTensors, "\(quoted(run.text)) holds no hidden states", at: call.name.span,
          notes: ["`random_attention` attends by random projections of what a layer reads"],
          helps: ["extract the states too, or set `permuted_attention` against the claim"])
        return nil
      }
      return .text(.randomAttention(replicates: replicates))
    }
  }

  /// What a name of `attention` data holds, without a complaint.
  private func attention(_ name: String) -> AttentionContent? {
    guard case .attention(let content)? = dataPlaces[name].map({ data[$0].content }) else { return nil }
    return content
  }

  private mutating func fixedOffset(_ bound: Bound) -> FixedOffset? {
    guard case .range(let range)? = bound.values["offsets"] else { return FixedOffset() }
    guard range != 0...0 else {
      sink.report(
        .outOfRange, "the only offset is 0, which is the word itself",
        at: bound.spans["offsets"] ?? syntax.keyword,
        helps: ["give distances to both sides, such as `best of -5...5`"])
      return nil
    }
    return FixedOffset(offsets: range)
  }

  private mutating func nearestWord(_ bound: Bound, _ claimed: MeasureEntry) -> NearestWord? {
    var rival = NearestWord()
    if let side = bound.string("side").flatMap({ NearestWord.Side(rawValue: $0) }) { rival.side = side }
    guard case .words(let names)? = bound.values["tags"] else { return rival }
    rival.tags = names.map(\.text)
    guard let run = claimed.text?.run, let content = attention(run.text), let treebank = content.treebank
    else {
      return rival
    }
    let known = treebank.tags.keys.filter { treebank.tags[$0] != 0 }.sorted()
    var isSound = true
    for name in names where !known.contains(name.text) {
      isSound = false
      sink.report(
        .unknownTag, "no word of \(quoted(content.tokens)) is tagged \(quoted(name.text))", at: name.span,
        notes: ["its parts of speech are \(list(known, limit: 20))"], fix: suggestion(name, among: known))
    }
    return isSound ? rival : nil
  }

  // MARK: Untrained twins

  private mutating func untrainedText(_ bound: Bound, _ claimed: MeasureEntry) -> Rival? {
    guard case .representations(let names)? = bound.values["twins"] else { return nil }
    if let span = bound.spans["over"] {
      sink.report(
        .unfitRival, "`over` names the twins of the other side, and there is none", at: span,
        notes: ["the claim is about one family of measures, or one measure"])
      return nil
    }
    let needs = claimed.text?.measurement.map(Needs.init)
    var isSound = true
    for name in names {
      guard let twin = useAttention(name) else {
        isSound = false
        continue
      }
      guard let run = claimed.text?.run, let content = attention(run.text) else { continue }
      isSound = check(name, twin, of: run, content, needs) && isSound
    }
    return isSound ? .untrained(Untrained(representations: names.map(\.text), seeds: seeds(bound))) : nil
  }

  /// What the claim's cells read.
  private struct Needs {
    var layers: Set<Int> = []
    var heads: Set<Int> = []
    var states: Set<Int> = []
    var needsVocabulary = false
    var rank = 0

    init(_ measurement: TextMeasurement) {
      for cell in measurement.cells {
        switch cell.quantity {
        case .headAccuracy(let quantity):
          layers.insert(quantity.layer)
          heads.insert(quantity.head)
        case .tokenIdentity(let quantity):
          states.insert(quantity.layer)
          if quantity.decoder != .nearestToken { needsVocabulary = true }
        case .positionalConsistency(let quantity): states.formUnion([quantity.from, quantity.layer])
        case .structure(let quantity):
          states.insert(quantity.layer)
          rank = max(rank, quantity.rank)
        }
      }
    }
  }

  private mutating func check(
    _ name: Name, _ twin: AttentionContent, of run: Name, _ content: AttentionContent, _ needs: Needs?
  ) -> Bool {
    guard name.text != run.text, twin.path != content.path else {
      sink.report(
        .twinIsRepresentation, "\(quoted(name.text)) is what is measured, not its untrained twin",
        at: name.span, notes: ["the margin would be 0 by construction"])
      return false
    }
    guard twin.tokens == content.tokens else {
      sink.report(
        .twinShape,
        "\(quoted(name.text)) is of the sentences of \(quoted(twin.tokens)), \(quoted(run.text)) of those of "
          + quoted(content.tokens), at: name.span, notes: ["a twin reads the same sentences"])
      return false
    }
    guard let needs else { return true }
    let description = twin.description
    var missing: [String] = []
    let layers = needs.layers.subtracting(description.layers).sorted()
    if !layers.isEmpty { missing.append("the attention of \(numbers(layers, "layer"))") }
    let heads = needs.heads.filter { $0 >= description.heads }.sorted()
    if layers.isEmpty, !heads.isEmpty { missing.append(numbers(heads, "head")) }
    let states = needs.states.subtracting(description.stateLayers).sorted()
    if !states.isEmpty { missing.append("the states of \(numbers(states, "layer"))") }
    if needs.needsVocabulary, description.vocabulary == 0 { missing.append("its input embeddings") }
    if needs.rank > description.dimensions, states.isEmpty {
      missing.append("\(needs.rank) dimensions")
    }
    guard !missing.isEmpty else { return true }
    sink.report(
      .twinShape, "\(quoted(name.text)) lacks \(missing.joined(separator: " and "))", at: name.span,
      notes: ["a twin is measured in the same way, so it holds what \(quoted(run.text)) holds"])
    return false
  }

  // MARK: Another representation

  mutating func otherRepresentation(_ bound: Bound, _ call: Call, _ claimed: MeasureEntry?) -> Rival? {
    guard case .representations(let names)? = bound.values["data"] else { return nil }
    guard names.count == 1, let name = names.first else {
      sink.report(
        .wrongType, "one representation is set against the claim, not \(names.count)",
        at: bound.spans["data"] ?? call.span, helps: ["write one `withstand` for each"])
      return nil
    }
    if let claimed, claimed.isComparison {
      sink.report(
        .unfitRival, "`other_representation` says nothing about a comparison", at: call.name.span,
        notes: ["what takes the place of one side, and what of the other?"],
        helps: ["claim one measure, or `compare` the two representations"])
      return nil
    }
    guard let used = useActivations(name) else { return nil }
    guard !used.isPattern else {
      sink.report(
        .wildcardRepresentation,
        "\(quoted(name.text)) means \(counted(used.tensors.count, "tensor")) by a wildcard; a probe reads one",
        at: name.span, helps: ["declare the tensor by its own name, such as \(quoted(used.tensors[0].name))"])
      return nil
    }
    if let claimed,
      let represented = claimed.representation.flatMap({ dataPlaces[$0.text] }).map({ data[$0] })
    {
      let isSame =
        represented.name.text == name.text
        || represented.declaration.map { $0.source == used.entry.declaration?.source } ?? false
      guard !isSame else {
        sink.report(
          .twinIsRepresentation, "\(quoted(name.text)) is what the probe reads, not another representation",
          at: name.span, notes: ["the margin would be 0 by construction"])
        return nil
      }
    }
    if let table = claimed?.targets?.selection.data, !belongs(used.entry, to: table, at: name.span) {
      return nil
    }
    return .otherRepresentation(OtherRepresentation(representation: name.text))
  }

  /// Whether the pairs that a representation is of are the rows of the table with the targets; complains if not.
  mutating func belongs(_ entry: DataEntry, to table: String, at span: Span) -> Bool {
    guard case .pairAttention(let pairs)? = entry.declaration?.source, pairs.table != table else {
      return true
    }
    sink.report(
      .otherTable,
      "\(quoted(entry.name.text)) is of the pairs of \(quoted(pairs.table)), the targets are in "
        + quoted(table), at: span, notes: ["each pair is a row of one table, with its target"])
    return false
  }
}

extension Signature {
  /// The number of worlds where nothing is said.
  fileprivate var defaultReplicates: Int {
    let text = parameters.first { $0.name == "replicates" }?.defaultText ?? ""
    return Int(text.filter { $0 != "_" }) ?? 0
  }
}
