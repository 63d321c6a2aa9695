internal import Hypotheses

/// What an `attention` declaration holds, as far as it is known.
struct AttentionContent {
  var description: AttentionDescription
  /// `nil` where the treebank is not known, which has been told.
  var treebank: TreebankDescription?
  /// The name of the treebank's declaration.
  var tokens: String
  var path: String
  /// How many sentences of the treebank the file holds.
  var shared: Int
}

extension HypothesisChecker {
  /// Checks a declaration whose data are read beside others', once those are known.
  mutating func checkDependent(_ place: Int, _ call: Call, _ statement: Statement) {
    guard let (source, spans) = source(of: call) else { return }
    data[place].declaration = DataDeclaration(
      name: data[place].name.text, source: source, location: statement.span.location(in: path))
    let content = describe(source, call, spans)
    data[place].content = content
  }

  /// The treebank that `tokens` names.
  private mutating func treebank(_ name: Name) -> (path: String, description: TreebankDescription)? {
    guard let index = use(name, wanted: "treebank") else { return nil }
    switch data[index].content {
    case .unknown: return nil
    case .treebank(let description):
      guard let description, let path = data[index].declaration?.source.path else { return nil }
      return (path, description)
    case .activations, .table, .attention:
      sink.report(
        .wrongDataKind, "\(quoted(name.text)) is no treebank", at: name.span,
        notes: ["`tokens` names the sentences that the attention is of"],
        helps: ["declare them by `treebank(\"....conllu\")`"])
      return nil
    }
  }

  mutating func content(
    _ description: AttentionDescription, path: String, tokens: String, weights: AttentionWeights,
    _ call: Call,
    _ spans: [String: Span]
  ) -> DataContent {
    let name = Name(text: tokens, span: spans["tokens"] ?? call.span)
    let treebank = treebank(name)
    let pathSpan = spans["path"] ?? call.span
    if weights == .effective {
      checkEffective(description, at: spans["weights"] ?? call.span, path: pathSpan)
    }
    var content = AttentionContent(
      description: description, treebank: treebank?.description, tokens: tokens, path: path,
      shared: description.sentences)
    if let (treebankPath, treebank) = treebank {
      content.shared = facts.shared(description.ids, path, treebank.ids, treebankPath)
      let missing = treebank.ids.count - content.shared
      if content.shared == 0 {
        var notes: [String] = []
        if let wanted = treebank.ids.min(), let found = description.ids.min() {
          notes = ["the treebank has \(quoted(wanted)), the file \(quoted(found))"]
        }
        sink.report(
          .noCommonSentences, "the file holds no sentence of \(quoted(tokens))", at: pathSpan,
          notes: notes + ["sentences are identified by the treebank's `sent_id`"])
      } else if missing > 0 {
        sink.report(
          .missingSentences,
          "\(missing) of \(treebank.ids.count) sentences of \(quoted(tokens)) are not in the file; "
            + "they are left out", at: pathSpan)
      }
    }
    return .attention(content)
  }

  mutating func checkEffective(_ description: AttentionDescription, at span: Span, path: Span) {
    guard !description.hasValues else { return }
    sink.report(
      .missingTensors, "the file holds no values, which effective attention is computed from", at: span,
      helps: ["extract the values too, or read the weights as they are: `weights: raw`"])
  }

  /// The attention or the states that a name stands for. `nil` if it stands for none, or if it is not known.
  mutating func useAttention(_ name: Name) -> AttentionContent? {
    guard let index = use(name, wanted: "attention") else { return nil }
    switch data[index].content {
    case .unknown: return nil
    case .attention(let content): return content
    case .activations, .table, .treebank:
      let others = data.filter { if case .attention = $0.content { true } else { false } }.map(\.name.text)
      sink.report(
        .wrongDataKind, "\(quoted(name.text)) is no `attention` data", at: name.span,
        notes: ["measurements on sentences read attention and hidden states, sentence by sentence"],
        helps: others.isEmpty ? [] : ["there is \(list(others))"])
      return nil
    }
  }

  /// What `pair_attention` holds, as a matrix of pairs by heads.
  mutating func pairs(
    _ description: AttentionDescription, _ pairs: PairAttention, _ call: Call, _ spans: [String: Span]
  )
    -> DataContent
  {
    let path = spans["path"] ?? call.span
    guard !description.layers.isEmpty, description.heads > 0 else {
      sink.report(
        .missingTensors, "\(quoted(pairs.path)) holds no attention", at: path,
        notes: ["the file holds hidden states only"])
      return .activations([], isPattern: false)
    }
    if pairs.weights == .effective {
      checkEffective(description, at: spans["weights"] ?? call.span, path: path)
    }
    var rows = 0
    if case .table(let table?)? = dataPlaces[pairs.table].map({ data[$0].content }) { rows = table.rows }
    return .activations(
      [
        TensorDescription(
          name: "attention", dtype: "F32", shape: [rows, description.layers.count * description.heads])
      ], isPattern: false)
  }

  /// Reads the columns that say which words the pairs are.
  mutating func pairSource(_ bound: Bound, path: String) -> DataSource? {
    guard let sentence = bound.column("sentence"), let from = bound.column("from"),
      let to = bound.column("to")
    else { return nil }
    for column in [from, to]
    where column.reference.data != sentence.reference.data {
      sink.report(
        .otherTable, "the columns of a pair are in one table, not in \(quoted(column.reference.data)) too",
        at: column.span, notes: ["`sentence` is in \(quoted(sentence.reference.data))"])
      return nil
    }
    for column in [from, to] {
      guard
        isOfOneKind(
          column.description, of: column.reference.data, rows: column.rows, takesNames: false, at: column.span
        )
      else { return nil }
      let lowest = column.description.range?.lowerBound ?? 1
      guard !column.description.isNumeric || lowest < 1 else { continue }
      sink.report(
        .targetKind,
        "a position is a whole number from 1, and \(quoted(column.reference.description)) holds "
          + (column.description.isNumeric ? digits(lowest) : "names"), at: column.span)
      return nil
    }
    guard from.reference != to.reference else {
      sink.report(
        .duplicateEntry, "`from` and `to` are the same column", at: to.span,
        notes: ["the attention of a word to itself says nothing about a pair"])
      return nil
    }
    return .pairAttention(
      PairAttention(
        path: path, table: sentence.reference.data, sentence: sentence.reference.column,
        from: from.reference.column, to: to.reference.column,
        weights: bound.string("weights").flatMap { AttentionWeights(rawValue: $0) } ?? .raw))
  }
}
