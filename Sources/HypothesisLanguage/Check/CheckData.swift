internal import Hypotheses

/// What a name of data stands for, as far as it is known.
struct DataEntry {
  var name: Name
  /// `nil` where the statement could not be understood: its name is known, and no use of it is an error.
  var declaration: DataDeclaration?
  var content: DataContent = .unknown
  var isUsed = false

  /// The name of the tensor in which `member` stands for the wildcard; `nil` unless the declaration has one `*` alone.
  func tensorName(for member: String) -> String? {
    guard case .activations(_, let pattern?, _)? = declaration?.source else { return nil }
    return NamePattern(pattern).filled(with: member)
  }

  /// That tensor, if there is one.
  func tensor(for member: String) -> TensorDescription? {
    guard case .activations(let tensors, _) = content, let name = tensorName(for: member) else { return nil }
    return tensors.first { $0.name == name }
  }
}

enum DataContent {
  /// The statement or the file could not be read, which has been told.
  case unknown
  /// The tensors that are meant; several only by wildcards. Empty where they are wrong, which has been told.
  case activations([TensorDescription], isPattern: Bool)
  /// `nil` where the file cannot be described, which has been told.
  case table(TableDescription?)
  /// The same.
  case treebank(TreebankDescription?)
  case attention(AttentionContent)
}

/// A column that exists.
struct ResolvedColumn {
  var reference: ColumnReference
  var description: ColumnDescription
  var source: DataSource
  var rows: Int
  var span: Span

  /// How many rows have a value.
  var filled: Int { max(0, rows - description.missing) }
  /// Whether every row that has a value has one of its own.
  var isUnique: Bool { description.distinct >= filled }
}

/// Columns of one table that exist.
struct ResolvedColumns {
  var selection: ColumnSelection
  var descriptions: [ColumnDescription]
  var source: DataSource
  var rows: Int
  var key: String
  var span: Span
  /// Where each column was named; a wildcard's place for what it matched.
  var spans: [Span]
}

extension HypothesisChecker {
  // MARK: Declarations

  mutating func checkData() {
    // Some data are read beside others', which may be declared after them.
    let dependent = [DataSource.attentionSignature.keyword, DataSource.pairAttentionSignature.keyword]
    var waiting: [(place: Int, call: Call, statement: Statement)] = []
    for statement in statements("data") {
      switch statement.kind {
      case .data(let name, let call) where dependent.contains(call.name.text):
        guard declare(name, first: dataPlaces[name.text].map { data[$0].name }) else { continue }
        waiting.append((data.count, call, statement))
        dataPlaces[name.text] = data.count
        data.append(DataEntry(name: name))
      case .data(let name, let call):
        guard declare(name, first: dataPlaces[name.text].map { data[$0].name }) else { continue }
        var entry = DataEntry(name: name)
        if let (source, spans) = source(of: call) {
          entry.declaration = DataDeclaration(
            name: name.text, source: source, location: statement.span.location(in: path))
          entry.content = describe(source, call, spans)
        }
        dataPlaces[name.text] = data.count
        data.append(entry)
      case .broken(declares: let name?):
        if dataPlaces[name.text] == nil { dataPlaces[name.text] = data.count }
        data.append(DataEntry(name: name))
      default: break
      }
    }
    for (place, call, statement) in waiting { checkDependent(place, call, statement) }
  }

  /// Whether the name is new; complains if not.
  mutating func declare(_ name: Name, first: Name?) -> Bool {
    if NamePattern(name.text).hasWildcards {
      sink.report(.wrongType, "a name has no wildcards: \(quoted(name.text))", at: name.span)
    }
    guard let first else { return true }
    sink.report(
      .duplicateName, "\(quoted(name.text)) is declared twice", at: name.span,
      notes: ["the first is at line \(first.span.start.line)"])
    return false
  }

  mutating func source(of call: Call) -> (DataSource, [String: Span])? {
    guard
      let signature = signature(
        of: call.name, among: DataSource.signatures, rule: .unknownSource, what: "kind of data")
    else { return nil }
    let bound = bind(call, to: signature, table: nil)
    guard bound.isComplete, let path = bound.string("path") else { return nil }
    switch signature.keyword {
    case DataSource.tableSignature.keyword:
      guard let key = bound.string("key") else { return nil }
      return (.table(path: path, key: key, format: format(bound)), bound.spans)
    case DataSource.treebankSignature.keyword: return (.treebank(path: path), bound.spans)
    case DataSource.attentionSignature.keyword:
      guard let tokens = bound.string("tokens") else { return nil }
      return (
        .attention(
          path: path, tokens: tokens,
          weights: bound.string("weights").flatMap { AttentionWeights(rawValue: $0) } ?? .raw,
          special: bound.string("special").flatMap { SpecialPieces(rawValue: $0) } ?? .drop), bound.spans
      )
    case DataSource.pairAttentionSignature.keyword:
      return pairSource(bound, path: path).map { ($0, bound.spans) }
    default:
      return (
        .activations(path: path, tensor: bound.string("tensor"), keys: bound.string("keys")), bound.spans
      )
    }
  }

  /// What a declaration says of the text of a table.
  private func format(_ bound: Bound) -> TableFormat {
    var format = TableFormat()
    if case .texts(let texts)? = bound.values["missing"] { format.missing = texts }
    format.decimal = bound.string("decimal") ?? format.decimal
    format.separator = bound.string("separator").map { $0 == "tab" ? "\t" : $0 }
    format.quoting = bound.string("quoting").flatMap { TableFormat.Quoting(rawValue: $0) }
    return format
  }

  mutating func describe(_ source: DataSource, _ call: Call, _ spans: [String: Span]) -> DataContent {
    let pathSpan = spans["path"] ?? call.span
    let description: DataDescription
    switch facts.describe(source) {
    case .success(let found): description = found
    case .failure(let failure):
      report(failure, source, at: failure.concernsKeys(of: source) ? spans["keys"] ?? pathSpan : pathSpan)
      switch source {
      case .table: return .table(nil)
      case .treebank: return .treebank(nil)
      default: return .unknown
      }
    }
    switch (source, description) {
    case (.activations(_, let tensor, _), .activations(let tensors)):
      let name = tensor.map { Name(text: $0, span: spans["tensor"] ?? call.span, isQuoted: true) }
      return .activations(
        select(name, from: tensors, call), isPattern: tensor.map { NamePattern($0).hasWildcards } ?? false)
    case (.table(_, let key, _), .table(let table)):
      check(key: Name(text: key, span: spans["key"] ?? call.span), of: table)
      return .table(table)
    case (.activations, .table):
      sink.report(
        .wrongDataKind, "\(quoted(source.path)) is a table, not activations", at: pathSpan,
        helps: ["declare it by `table(\(quotedLiteral(source.path)), key: ...)`"])
      return .unknown
    case (.table, .activations):
      sink.report(
        .wrongDataKind, "\(quoted(source.path)) holds activations, not a table", at: pathSpan,
        helps: ["declare it by `activations(\(quotedLiteral(source.path)), tensor: ...)`"])
      return .table(nil)
    case (.treebank, .treebank(let treebank)): return .treebank(treebank)
    case (.attention(let path, let tokens, let weights, _), .attention(let description)):
      return content(description, path: path, tokens: tokens, weights: weights, call, spans)
    case (.pairAttention, .activations(let tensors)):
      return .activations(checkShapes(tensors, at: pathSpan), isPattern: false)
    case (.pairAttention(let pairs), .attention(let description)):
      return self.pairs(description, pairs, call, spans)
    default:
      let path = quotedLiteral(source.path)
      let (found, call) =
        switch description {
        case .activations: ("activations", "activations(\(path), tensor: ...)")
        case .table: ("a table", "table(\(path), key: ...)")
        case .treebank: ("sentences", "treebank(\(path))")
        case .attention: ("attention, sentence by sentence", "attention(\(path), tokens: ...)")
        }
      sink.report(
        .wrongDataKind, "\(quoted(source.path)) holds \(found)", at: pathSpan,
        helps: ["declare it by `\(call)`"])
      if case .treebank = source { return .treebank(nil) }
      if case .table = source { return .table(nil) }
      return .unknown
    }
  }

  private mutating func report(_ failure: CatalogFailure, _ source: DataSource, at span: Span) {
    let rule: Rule =
      switch failure.reason {
      case .outside: .pathOutside
      case .missing: .missingFile
      case .unreadable: .unreadableFile
      }
    let written = Name(text: source.path, span: span, isQuoted: true)
    let fix = suggestion(written, among: failure.candidates)
    // The sentence is the catalog's own, and may quote what it found in a file.
    let message = failure.message.unicodeScalars.reduce(into: "") {
      $0 += isPlain($1) ? String($1) : escaped($1)
    }
    sink.report(
      rule, message, at: span,
      helps: fix == nil && !failure.candidates.isEmpty ? ["there is \(list(failure.candidates))"] : [],
      fix: fix)
  }

  private mutating func select(_ name: Name?, from tensors: [TensorDescription], _ call: Call)
    -> [TensorDescription]
  {
    let names = tensors.map(\.name)
    let held = "the file holds \(list(names))"
    guard !tensors.isEmpty else {
      sink.report(.unknownTensor, "the file holds no tensor", at: name?.span ?? call.span)
      return []
    }
    guard let name else {
      guard tensors.count > 1 else { return checkShapes(tensors, at: call.span) }
      sink.report(
        .ambiguousTensor, "the file holds \(tensors.count) tensors; which one is meant?", at: call.span,
        notes: [held],
        helps: ["add `tensor: \(quotedLiteral(tensors.first { $0.shape.count == 2 }?.name ?? names[0]))`"])
      return []
    }
    let pattern = NamePattern(name.text)
    if pattern.hasWildcards {
      let matches = tensors.filter { pattern.matches($0.name) }
      if matches.isEmpty {
        sink.report(.noMatch, "no tensor is called \(quoted(name.text))", at: name.span, notes: [held])
      }
      return checkShapes(matches, at: name.span)
    }
    if let tensor = tensors.first(where: { $0.name == name.text }) {
      return checkShapes([tensor], at: name.span)
    }
    sink.report(
      .unknownTensor, "there is no tensor \(quoted(name.text))", at: name.span, notes: [held],
      fix: suggestion(name, among: names))
    return []
  }

  private mutating func checkShapes(_ tensors: [TensorDescription], at span: Span) -> [TensorDescription] {
    for tensor in tensors {
      guard (1...2).contains(tensor.shape.count), tensor.shape.allSatisfy({ $0 > 0 }) else {
        let shape = tensor.shape.map(String.init).joined(separator: " x ")
        let isDeep = tensor.shape.count > 2
        sink.report(
          .tensorShape, "\(quoted(tensor.name)) has the shape \(shape.isEmpty ? "()" : shape)", at: span,
          notes: [
            "a representation is a matrix, one row per item and one column per dimension, or a vector of one number per item; neither is empty"
          ],
          helps: isDeep
            ? [
              "save one row per item: one position (`states[:, 0]`), a mean (`states.mean(1)`), or all in a row (`states.flatten(1)`)"
            ] : [])
        return []
      }
      guard tensor.isReadable else {
        sink.report(
          .tensorType,
          "\(quoted(tensor.name)) holds elements of type \(quoted(tensor.dtype)), which are not converted",
          at: span,
          notes: ["a representation is of F64, F32, F16, BF16, an integer type or BOOL"],
          helps: ["save it as `tensor.to(torch.float32)`"])
        return []
      }
    }
    if let first = tensors.first, let other = tensors.first(where: { $0.shape != first.shape }) {
      sink.report(
        .tensorShape, "the tensors that are meant differ in shape", at: span,
        notes: [
          "\(quoted(first.name)) is \(first.shape[0]) x \(first.dimensions), "
            + "\(quoted(other.name)) is \(other.shape[0]) x \(other.dimensions)"
        ])
      return []
    }
    return tensors
  }

  private mutating func check(key: Name, of table: TableDescription) {
    guard let column = table.column(named: key.text) else {
      let names = table.columns.map(\.name)
      sink.report(
        .unknownColumn, "the table has no column \(quoted(key.text)) to be its key", at: key.span,
        notes: ["its columns are \(list(names))"], fix: suggestion(key, among: names))
      return
    }
    guard column.distinct < table.rows || column.missing > 0 else { return }
    let found =
      column.missing > 0
      ? "\(counted(column.missing, "row")) of \(table.rows) \(column.missing == 1 ? "has" : "have") no key"
      : "\(table.rows) rows have \(counted(column.distinct, "different key"))"
    sink.report(
      .keyNotUnique, "\(quoted(key.text)) does not identify the rows: \(found)", at: key.span,
      notes: repetition(in: column) + ["items are aligned with their activations by key, never by position"],
      helps: uniqueColumns(table).map { ["every row has its own \($0)"] } ?? [])
  }

  private func repetition(in column: ColumnDescription) -> [String] {
    guard column.repetition.count == 2 else { return [] }
    let (first, second) = (column.repetition[0], column.repetition[1])
    return ["\(quoted(second.text)) on line \(second.line) stands on line \(first.line) already"]
  }

  private func uniqueColumns(_ table: TableDescription) -> String? {
    let names = table.columns.filter { $0.missing == 0 && $0.distinct == table.rows }.map(\.name)
    return names.isEmpty ? nil : list(names, limit: 4, last: "or")
  }

  // MARK: Uses

  /// The index in `data` of a name that is used; complains if there is none.
  mutating func use(_ name: Name, wanted: String) -> Int? {
    if let index = dataPlaces[name.text] {
      data[index].isUsed = true
      return index
    }
    let fitting = data.filter {
      switch $0.content {
      case .unknown: true
      case .activations: wanted == "activations"
      case .table: wanted == "table"
      case .treebank: wanted == "treebank"
      case .attention: wanted == "attention"
      }
    }.map(\.name.text)
    sink.report(
      .unknownData, "no data is called \(quoted(name.text))", at: name.span,
      notes: fitting.isEmpty ? [] : ["there is \(list(fitting))"], fix: suggestion(name, among: fitting))
    return nil
  }

  /// The activations that a name stands for. `nil` if it stands for none, or if what it stands for is not known.
  mutating func useActivations(_ name: Name) -> (
    entry: DataEntry, tensors: [TensorDescription], isPattern: Bool
  )? {
    guard let index = use(name, wanted: "activations") else { return nil }
    switch data[index].content {
    case .unknown: return nil
    case .activations(let tensors, let isPattern):
      return tensors.isEmpty ? nil : (data[index], tensors, isPattern)
    case .treebank, .attention:
      let isAttention = if case .attention = data[index].content { true } else { false }
      sink.report(
        .wrongDataKind,
        "\(quoted(name.text)) holds \(isAttention ? "attention" : "sentences"); representations are `activations`",
        at: name.span,
        helps: isAttention
          ? ["for the attention between pairs of words there is `pair_attention(...)`"] : [])
      return nil
    case .table:
      let others = data.filter { if case .activations = $0.content { true } else { false } }.map(\.name.text)
      sink.report(
        .wrongDataKind, "\(quoted(name.text)) is a table; representations are `activations`", at: name.span,
        helps: others.isEmpty ? [] : ["there is \(list(others))"])
      return nil
    }
  }

  private mutating func useTable(_ name: Name) -> (source: DataSource, table: TableDescription, key: String)?
  {
    guard let index = use(name, wanted: "table") else { return nil }
    switch data[index].content {
    case .unknown: return nil
    case .table(let table):
      guard let table, case .table(_, let key, _)? = data[index].declaration?.source,
        let source = data[index].declaration?.source
      else { return nil }
      return (source, table, key)
    case .activations:
      let others = data.filter { if case .table = $0.content { true } else { false } }.map(\.name.text)
      sink.report(
        .wrongDataKind, "\(quoted(name.text)) holds activations; columns belong to tables", at: name.span,
        helps: others.isEmpty ? [] : ["there is \(list(others))"])
      return nil
    case .treebank, .attention:
      sink.report(
        .wrongDataKind, "\(quoted(name.text)) is no table; columns belong to tables", at: name.span)
      return nil
    }
  }

  /// The columns that a value names. Complains and returns `nil` where it names none, or one that does not exist.
  /// - Parameter table: the only table whose columns make sense here.
  mutating func columns(_ value: Value, table wanted: String?) -> ResolvedColumns? {
    let dataName: Name
    let names: [Name]
    switch value.kind {
    case .column(let data, let column): (dataName, names) = (data, [column])
    case .columns(let data, let columns): (dataName, names) = (data, columns)
    default:
      notAColumn(value)
      return nil
    }
    if let name = names.first(where: { $0.number != nil }) {
      sink.report(
        .unexpectedToken, "expected the name of a column, found the number \(quoted(name.text))",
        at: name.span,
        fix: sink.fix(
          "a column whose name is a number stands between quotes", replace: name.span,
          by: "\"\(name.text)\""))
      return nil
    }
    guard let (source, table, key) = useTable(dataName) else { return nil }
    if let wanted, wanted != dataName.text {
      sink.report(
        .otherTable, "\(quoted(dataName.text)) is not the table of the targets", at: dataName.span,
        notes: ["what is predicted is in \(quoted(wanted)): only its columns have a value for every item"])
      return nil
    }
    let header = table.columns.map(\.name)
    let known = Set(header)
    var explicit: Set<String> = []
    var chosen: [String: Span] = [:]
    var categories: Set<String> = []
    var isWhole = true
    for name in names {
      let pattern = NamePattern(name.text)
      if !name.isQuoted, pattern.hasWildcards {
        // The key names items; no wildcard means it.
        let matches = header.filter { $0 != key && pattern.matches($0) }
        if matches.isEmpty {
          isWhole = false
          sink.report(
            .noMatch, "no column of \(quoted(dataName.text)) is called \(quoted(name.text))", at: name.span,
            notes: ["its columns are \(list(header))"])
        }
        for match in matches where chosen[match] == nil { chosen[match] = name.span }
        if name.isCategory { categories.formUnion(matches) }
      } else if !known.contains(name.text) {
        isWhole = false
        sink.report(
          .unknownColumn, "\(quoted(dataName.text)) has no column \(quoted(name.text))", at: name.span,
          notes: ["its columns are \(list(header))"], fix: suggestion(name, among: header))
      } else if !explicit.insert(name.text).inserted {
        isWhole = false
        sink.report(.duplicateEntry, "the column \(quoted(name.text)) stands here twice", at: name.span)
      } else {
        chosen[name.text] = name.span
        if name.isCategory { categories.insert(name.text) }
      }
    }
    guard isWhole else { return nil }
    // A header may name a column twice; the first is the one that is read.
    var seen: Set<String> = []
    let found = table.columns.filter { chosen[$0.name] != nil && seen.insert($0.name).inserted }
    let chosenNames = found.map(\.name)
    return ResolvedColumns(
      selection: ColumnSelection(
        data: dataName.text, columns: chosenNames, categories: chosenNames.filter(categories.contains)),
      descriptions: found.map { categories.contains($0.name) ? $0.asCategory() : $0 },
      source: source, rows: table.rows, key: key, span: value.span,
      spans: found.map { chosen[$0.name] ?? value.span })
  }

  /// The one column that a value names.
  mutating func column(_ value: Value, table: String?) -> ResolvedColumn? {
    guard let columns = columns(value, table: table) else { return nil }
    guard columns.descriptions.count == 1 else {
      sink.report(
        .wrongType, "one column is wanted here, not \(columns.descriptions.count)", at: value.span,
        notes: ["\(quoted(document.file.text(value.span.bytes))) means \(list(columns.selection.columns))"])
      return nil
    }
    guard columns.selection.categories.isEmpty else {
      sink.report(
        .wrongType, "`as category` says nothing here", at: value.span,
        notes: [
          "groups and units are told apart by their names, whatever these look like; places are numbers"
        ],
        helps: ["leave `as category` out"])
      return nil
    }
    return ResolvedColumn(
      reference: ColumnReference(data: columns.selection.data, column: columns.selection.columns[0]),
      description: columns.descriptions[0], source: columns.source, rows: columns.rows, span: value.span)
  }

  private mutating func notAColumn(_ value: Value) {
    var fix: FixIt?
    if case .word(let word) = value.kind {
      let tables = data.filter {
        guard case .table(let table?) = $0.content else { return false }
        return table.column(named: word) != nil
      }
      if tables.count == 1 {
        let whole = "\(tables[0].name.text).\(word)"
        fix = sink.fix("did you mean \(quoted(whole))?", replace: value.span, by: whole)
      }
    }
    sink.report(
      .wrongType, "expected a column, found \(value.kind.description)", at: value.span,
      notes: fix == nil ? ["a column is written `table.column`, with the name of a `table` declaration"] : [],
      fix: fix)
  }

  /// Warns about cells that are empty: their rows take no part.
  mutating func warnAboutMissing(_ column: ColumnDescription, of data: String, rows: Int, at span: Span) {
    let name = ColumnReference(data: data, column: column.name).description
    warnAboutMarkers(column, of: data, rows: rows, at: span)
    guard column.missing > 0, column.missing < rows else { return }
    let isDeclared = !(format(of: data)?.missing ?? []).isEmpty
    sink.report(
      .missingCells,
      "\(column.missing) of \(rows) cells of \(quoted(name)) are \(isDeclared ? "missing" : "empty"); their rows are left out",
      at: span)
  }

  /// What a declaration says of the text of a table.
  private func format(of data: String) -> TableFormat? {
    guard case .table(_, _, let format)? = dataPlaces[data].flatMap({ self.data[$0].declaration?.source })
    else { return nil }
    return format
  }

  /// Warns, once a column, about names that stand for a missing value elsewhere.
  private mutating func warnAboutMarkers(
    _ column: ColumnDescription, of data: String, rows: Int, at span: Span
  ) {
    guard !column.isNumeric, column.strayText == nil || column.isCategory else { return }
    let name = ColumnReference(data: data, column: column.name).description
    guard !column.markers.isEmpty, told.insert("markers of \(name)").inserted else { return }
    let texts = column.markers.map(\.text)
    let count = column.markers.reduce(0) { $0 + $1.count }
    let first = column.markers[0]
    sink.report(
      .missingMarker,
      "\(count) of \(rows) cells of \(quoted(name)) hold \(list(texts, last: "or")), a name like any other",
      at: span,
      notes: [
        "the first is on line \(first.line); items that share it are one class, group or unit"
      ],
      helps: [
        "if it means a missing value, add \(missing(texts, in: data)) to the declaration of \(quoted(data))"
      ])
  }

  /// The argument that declares texts as missing, those that are declared already among them.
  private func missing(_ texts: [String], in data: String) -> String {
    let all = (format(of: data)?.missing ?? []) + texts
    return "`missing: [\(all.map(quotedLiteral).joined(separator: ", "))]`"
  }

  /// Whether a column whose cells are used as values is of one kind; complains where it is mixed.
  /// - Parameters:
  ///   - name: the column as it is written.
  ///   - takesNames: whether names would do, too.
  mutating func isOfOneKind(
    _ column: ColumnDescription, of data: String, rows: Int, takesNames: Bool, at span: Span
  ) -> Bool {
    guard let stray = column.strayText else { return true }
    let format = format(of: data) ?? TableFormat()
    let name = ColumnReference(data: data, column: column.name).description
    let path = dataPlaces[data].flatMap { self.data[$0].declaration?.source.path } ?? data
    var helps: [String] = []
    switch CellNotation(stray.text, decimal: format.decimal) {
    case .missing?:
      helps = [
        "if it means a missing value, add \(missing([stray.text], in: data)) to the declaration of \(quoted(data))"
      ]
    case .otherDecimal?:
      let other = format.decimal == "." ? "," : "."
      helps = [
        "if every fraction is written so, add `decimal: \(quotedLiteral(other))` to the declaration of \(quoted(data))"
      ]
    case .ambiguous?:
      let other = format.decimal == "." ? "," : "."
      helps = [
        "if every fraction is written so, add `decimal: \(quotedLiteral(other))` to the declaration of \(quoted(data)); "
          + "if it separates thousands, write the numbers without it"
      ]
    case .thousands?: helps = ["write the numbers without separators between thousands, such as `1234.5`"]
    case .percent?: helps = ["write the numbers without the percent sign, all in the same unit"]
    case .otherSign?: helps = ["write the minus sign as `-`"]
    case nil: helps = ["leave the cell empty where the value is missing, or mend it"]
    }
    if takesNames { helps.append("if the cells are names, write `\(name) as category`") }
    let count = rows - column.missing
    let found =
      column.strays < count
      ? "numbers and, on line \(stray.line), \(quoted(stray.text))"
      : "\(quoted(stray.text)) on line \(stray.line), which is no number"
    sink.report(
      .mixedColumn, "\(quoted(name)) holds \(found)",
      at: span,
      notes: [
        "\(path): \(counted(column.strays, "cell")) of \(count) in the column \(quoted(column.name)) "
          + (column.strays == 1 ? "is no number" : "are no numbers"),
        "a column is of numbers if every cell is a decimal number such as `-1.5` or `1e-3`, of names if none is",
      ], helps: helps)
    return false
  }
}

extension HypothesisChecker {
  /// How the data of a hypothesis were read, as far as it uses them.
  func readings(of hypothesis: Hypothesis) -> [DataReading] {
    let uses = hypothesis.columnUses
    return data.compactMap { entry in
      guard let declaration = entry.declaration else { return nil }
      let (name, source) = (declaration.name, declaration.source)
      switch entry.content {
      case .table(let table?):
        let columns = table.columns.compactMap { column -> DataReading.Column? in
          let own = uses.filter { $0.data == name && $0.column == column.name }
          guard !own.isEmpty else { return nil }
          var roles: [String] = []
          for use in own where !roles.contains(use.role) { roles.append(use.role) }
          return DataReading.Column(column, roles: roles, isCategory: own.contains(where: \.isCategory))
        }
        return DataReading(
          name: name, source: source, rows: table.rows, separator: table.separator,
          quoting: table.quoting?.rawValue, columns: columns)
      case .activations(let tensors, _):
        return DataReading(name: name, source: source, tensors: tensors.map(DataReading.Tensor.init))
      case .treebank(let treebank?):
        return DataReading(name: name, source: source, rows: treebank.sentences)
      case .attention, .table(nil), .treebank(nil), .unknown:
        return DataReading(name: name, source: source)
      }
    }
  }
}

extension CatalogFailure {
  /// Whether the sentence is about the file of keys rather than about the data.
  fileprivate func concernsKeys(of source: DataSource) -> Bool {
    guard case .activations(let path, _, let keys?) = source else { return false }
    return message.contains(keys) && !message.contains(path)
  }
}
