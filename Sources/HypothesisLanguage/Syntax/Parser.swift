internal import Hypotheses

/// What `parse` understood of a file.
public struct Parsed: Sendable {
  public let document: Document
  /// In the order of the file.
  public let diagnostics: [Diagnostic]

  /// Whether any diagnostic is an error.
  public var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }
}

/// Reads a hypothesis file. Never fails: what cannot be understood becomes a diagnostic, and reading resumes at the
/// next statement or closing brace. Time and memory grow linearly with the size of the file.
public func parse(_ file: SourceFile) -> Parsed {
  var sink = DiagnosticSink(path: file.path)
  let tokens = Lexer.run(file, sink: &sink)
  var parser = Parser(tokens: tokens, sink: sink)
  var hypotheses = parser.file()
  let diagnostics = parser.sink.sorted
  for index in hypotheses.indices {
    let bytes = hypotheses[index].span.bytes
    hypotheses[index].isBroken =
      diagnostics.contains { $0.severity == .error && bytes.contains($0.bytes.lowerBound) }
      || hypotheses[index].isBroken
  }
  let document = Document(file: file, tokens: tokens, hypotheses: hypotheses, syntaxErrors: diagnostics)
  return Parsed(document: document, diagnostics: diagnostics)
}

/// The kinds of block and the statements that may stand in each.
enum Block: Sendable {
  case hypothesis
  case measure
  case family

  var keywords: [String] {
    switch self {
    case .hypothesis:
      [
        "assumes", "cites", "claim", "compare", "data", "expect", "for", "measure", "premise", "tags", "unit",
        "vary",
        "withstand",
      ]
    case .measure: ["folds", "from", "items", "predict", "probe", "relation", "residualize"]
    case .family: ["measure", "premise"]
    }
  }

  /// What may stand before the name that is claimed.
  static let quantifiers = Quantifier.allCases.map(\.rawValue)
}

/// A statement cannot be understood from here on.
private struct SyntaxError: Error {
  var diagnostic: Diagnostic
}

private struct Parser {
  var sink: DiagnosticSink
  private let tokens: [Token]
  private var index = 0
  /// Brackets that the current statement has opened and not closed.
  private var open: [Sign] = []
  /// The name that the current statement declares.
  private var declared: Name?
  /// Whether the current hypothesis lacks a closing brace.
  private var isTruncated = false
  /// How many blocks are open within the hypothesis.
  private var blockDepth = 0
  /// The variables of the families that are open.
  private var bindings: [BindingSyntax] = []
  /// Statements of a hypothesis that stood in a measure: their names are known, so that each mistake is told once.
  private var hoisted: [Statement] = []

  /// How many brackets may stand within each other in one statement.
  static let deepest = 32

  /// Where the lexer complained, in bytes.
  private let lexicalErrors: [Int]
  private let hasOpenComment: Bool

  init(tokens: [Token], sink: DiagnosticSink) {
    self.tokens = tokens
    self.sink = sink
    self.lexicalErrors = sink.diagnostics.map(\.bytes.lowerBound)
    self.hasOpenComment = sink.diagnostics.contains { $0.rule == .unterminatedComment }
  }

  /// Reports an error, unless the lexer has already complained about the same statement: then the one is likely to
  /// follow from the other.
  private mutating func report(_ error: SyntaxError, from start: Token) {
    let stretch = start.span.start.offset..<max(current.span.end.offset, start.span.start.offset + 1)
    if lexicalErrors.contains(where: stretch.contains) { return }
    sink.add(error.diagnostic)
  }

  // MARK: Moving

  private var current: Token { tokens[index] }
  private var next: Token { tokens[min(index + 1, tokens.count - 1)] }
  /// The end of what has been read, for what is missing there.
  private var previousSpan: Span { tokens[max(0, index - 1)].span }

  private var isAtEnd: Bool { current.kind == .endOfFile }

  @discardableResult
  private mutating func take() -> Token {
    let token = current
    if index < tokens.count - 1 { index += 1 }
    return token
  }

  private mutating func take(_ sign: Sign) -> Token? {
    guard current.isSign(sign) else { return nil }
    if sign.isOpening { open.append(sign) }
    if let last = open.last, last.closing == sign { open.removeLast() }
    return take()
  }

  private func failure(
    _ rule: Rule, _ message: String, at span: Span, notes: [String] = [], helps: [String] = [],
    fix: FixIt? = nil
  ) -> SyntaxError {
    SyntaxError(
      diagnostic: Diagnostic(rule, message, at: span, in: sink.path, notes: notes, helps: helps, fix: fix))
  }

  private func unexpected(
    _ wanted: String, notes: [String] = [], helps: [String] = [], fix: FixIt? = nil
  ) -> SyntaxError {
    // What is missing at the end of a line is shown there, not at whatever the next line starts with.
    let isMissing = current.isFirstOnLine && index > 0
    let span = isMissing ? previousSpan.after : current.span
    return failure(
      .unexpectedToken,
      "expected \(wanted), found \(isMissing && !isAtEnd ? "the end of the line" : current.description)",
      at: span, notes: notes, helps: helps, fix: fix)
  }

  @discardableResult
  private mutating func expect(_ sign: Sign, _ wanted: String) throws(SyntaxError) -> Token {
    if let token = take(sign) { return token }
    let place = previousSpan.after
    throw unexpected(wanted, fix: sink.fix("insert `\(sign.rawValue)`", replace: place, by: sign.rawValue))
  }

  /// Whether the next statement starts here, so that the current one ends too early. Within brackets a keyword may be
  /// the name of a column.
  private var isAtNextStatement: Bool {
    guard case .word(let text) = current.kind, current.isFirstOnLine, open.isEmpty else { return false }
    return isKeyword(text)
  }

  private mutating func expectWord(_ wanted: String) throws(SyntaxError) -> Name {
    guard case .word(let text) = current.kind, !isAtNextStatement else { throw unexpected(wanted) }
    return Name(text: text, span: take().span)
  }

  private mutating func expectNumber(_ wanted: String) throws(SyntaxError) -> (NumberLiteral, Span) {
    guard case .number(let number) = current.kind else { throw unexpected(wanted) }
    return (number, take().span)
  }

  private mutating func expectKeyword(_ keyword: String) throws(SyntaxError) {
    guard !current.isWord(keyword) else {
      take()
      return
    }
    var fix: FixIt?
    if case .word(let text) = current.kind, nearest(text, among: [keyword]) != nil {
      fix = sink.fix("did you mean `\(keyword)`?", replace: current.span, by: keyword)
    }
    throw unexpected("`\(keyword)`", fix: fix)
  }

  // MARK: Recovery

  /// Skips to the next statement or to the brace that closes the block. A statement is recognised by its keyword at
  /// the start of a line, and outside brackets by any word there.
  private mutating func recover() {
    var stack = open
    open = []
    while !isAtEnd {
      switch current.kind {
      case .sign(let sign) where sign.isOpening: stack.append(sign)
      case .sign(.closeBrace):
        guard let opening = stack.lastIndex(of: .openBrace) else { return }
        stack.removeSubrange(opening...)
      case .sign(let sign) where sign == .closeParenthesis || sign == .closeBracket:
        if let last = stack.last, last.closing == sign { stack.removeLast() }
      case .word(let text):
        if current.isFirstOnLine ? stack.isEmpty || isKeyword(text) : stack.isEmpty && isStatementStart(text)
        {
          return
        }
      default: break
      }
      take()
    }
  }

  /// Whether a word within a line can only be a keyword: not the name of a column, and not what a label stands for.
  private func isStatementStart(_ text: String) -> Bool {
    guard isKeyword(text), index > 0, case .word = next.kind else { return false }
    return !tokens[index - 1].isSign(.dot) && !tokens[index - 1].isSign(.comma)
  }

  private func isKeyword(_ text: String) -> Bool {
    // `from` goes on with `predict` more often than it starts a statement, so only a measure takes it for a start.
    text == "hypothesis" || Block.hypothesis.keywords.contains(text)
      || (text != "from" && Block.measure.keywords.contains(text))
  }

  /// Whether a hypothesis starts here: the keyword and its name.
  private var isAtHypothesis: Bool {
    guard current.isWord("hypothesis") else { return false }
    if case .string = next.kind { return true }
    return current.isFirstOnLine && next.isSign(.openBrace)
  }

  // MARK: File

  mutating func file() -> [HypothesisSyntax] {
    var hypotheses: [HypothesisSyntax] = []
    let errorsBefore = sink.errorCount
    while !isAtEnd {
      if isAtHypothesis || current.isWord("hypothesis") {
        hypotheses.append(hypothesis())
        continue
      }
      strayAtTopLevel()
    }
    if hypotheses.isEmpty, sink.errorCount == errorsBefore, errorsBefore == 0 {
      sink.report(
        .noHypothesis, "the file holds no hypothesis", at: Span(start: .start, end: .start),
        helps: ["start with `hypothesis \"what is claimed\" { ... }`"])
    }
    return hypotheses
  }

  private mutating func strayAtTopLevel() {
    let token = current
    if case .word(let text) = token.kind {
      if nearest(text, among: ["hypothesis"]) != nil, case .string = next.kind {
        sink.report(
          .unknownStatement, "unknown statement \(quoted(text))", at: token.span,
          fix: sink.fix("did you mean `hypothesis`?", replace: token.span, by: "hypothesis"))
      } else if isKeyword(text) {
        sink.report(
          .misplacedStatement, "\(quoted(text)) stands outside of a hypothesis", at: token.span,
          helps: ["is a `}` too many before it?"])
      } else {
        sink.report(.unknownStatement, "expected `hypothesis`, found \(quoted(text))", at: token.span)
      }
    } else {
      sink.report(
        .unexpectedToken, "expected `hypothesis`, found \(token.description)", at: token.span,
        helps: token.isSign(.closeBrace) ? ["this `}` is one too many"] : [])
    }
    take()
    while !isAtEnd, !(current.isFirstOnLine && current.isWord("hypothesis")) { take() }
  }

  private mutating func hypothesis() -> HypothesisSyntax {
    let errorsBefore = sink.errorCount
    isTruncated = false
    let keyword = take()
    var name = Name(text: "", span: keyword.span, isQuoted: true)
    if case .string(let text) = current.kind {
      name = Name(text: text, span: take().span, isQuoted: true)
    } else {
      report(unexpected("the name of the hypothesis between quotes"), from: keyword)
      while !isAtEnd, !current.isSign(.openBrace), !current.isFirstOnLine { take() }
    }
    var statements: [Statement] = []
    if current.isSign(.openBrace) {
      let opening = take()
      statements = self.statements(in: .hypothesis, opening: opening, keyword: keyword)
    } else {
      sink.add(
        unexpected("`{`", fix: sink.fix("insert `{`", replace: previousSpan.after, by: " {")).diagnostic)
      isTruncated = true
      // Nothing tells whether statements follow; if they do, they are this hypothesis's.
      if case .word(let text) = current.kind, isKeyword(text), text != "hypothesis" {
        statements = self.statements(in: .hypothesis, opening: nil, keyword: keyword)
      } else {
        while !isAtEnd, !(current.isFirstOnLine && current.isWord("hypothesis")) { take() }
      }
    }
    statements += hoisted
    hoisted = []
    return HypothesisSyntax(
      keyword: keyword.span, name: name, statements: statements, span: keyword.span.through(previousSpan),
      isBroken: sink.errorCount > errorsBefore || isTruncated, isTruncated: isTruncated)
  }

  // MARK: Statements

  private mutating func statements(in block: Block, opening: Token?, keyword: Token) -> [Statement] {
    var statements: [Statement] = []
    while true {
      open = []
      switch current.kind {
      case .sign(.closeBrace):
        take()
        return statements
      case .endOfFile:
        missingBrace(opening)
        return statements
      case .word(let text):
        let ends =
          isAtHypothesis
          || (block != .hypothesis && current.isFirstOnLine && Block.hypothesis.keywords.contains(text)
            && !block.keywords.contains(text) && current.span.start.column <= keyword.span.start.column)
        if ends {
          missingBrace(opening)
          return statements
        }
        if let statement = statement(in: block) { statements.append(statement) }
      default:
        sink.report(
          .unexpectedToken, "expected a statement or `}`, found \(current.description)", at: current.span,
          helps: ["statements of this block: \(list(block.keywords, limit: 20))"])
        recover()
      }
    }
  }

  private mutating func missingBrace(_ opening: Token?) {
    isTruncated = true
    // A comment without an end has swallowed the brace.
    if hasOpenComment, isAtEnd { return }
    let place = previousSpan.after
    var notes: [String] = []
    if let opening { notes = ["the block that is open here starts at line \(opening.span.start.line)"] }
    sink.report(
      .missingBrace, "expected `}`, found \(current.description)", at: place, notes: notes,
      fix: sink.fix("insert `}`", replace: place, by: "\n}"))
  }

  private mutating func statement(in block: Block) -> Statement? {
    let token = current
    guard case .word(let written) = token.kind else { return nil }
    var text = written
    if !isKeyword(text), block != .measure || text != "from" {
      if !token.isFirstOnLine, index > 0, !tokens[index - 1].isSign(.openBrace) {
        sink.report(
          .unexpectedToken, "\(quoted(text)) is too much: the statement was complete before it",
          at: token.span)
        recoverAfterTaking()
        return nil
      }
      let suggestion = nearest(text, among: block.keywords)
      sink.report(
        .unknownStatement, "unknown statement \(quoted(text))", at: token.span,
        helps: suggestion == nil ? ["statements of this block: \(list(block.keywords, limit: 20))"] : [],
        fix: suggestion.map { sink.fix("did you mean `\($0)`?", replace: token.span, by: $0) })
      guard let suggestion else {
        recoverAfterTaking()
        return nil
      }
      // Read on as if it had been spelled right: its own mistakes are worth telling too.
      text = suggestion
    }
    let isHere = block.keywords.contains(text)
    if !isHere {
      let home =
        text == "for" || Block.hypothesis.keywords.contains(text)
        ? "directly in the hypothesis" : "in a `measure` block"
      sink.report(.misplacedStatement, "`\(text)` stands \(home)", at: token.span)
    }
    take()
    declared = nil
    let keyword = Name(text: text, span: token.span)
    var kind: StatementKind
    do throws(SyntaxError) {
      kind = try rest(of: keyword, token: token)
    } catch {
      report(error, from: token)
      recover()
      kind = .broken(declares: declared)
    }
    let statement = Statement(keyword: keyword, kind: kind, span: token.span.through(previousSpan))
    if !isHere {
      if block != .hypothesis, Block.hypothesis.keywords.contains(text) { hoisted.append(statement) }
      return nil
    }
    return statement
  }

  private mutating func recoverAfterTaking() {
    take()
    recover()
  }

  private mutating func rest(of keyword: Name, token: Token) throws(SyntaxError) -> StatementKind {
    switch keyword.text {
    case "cites": return .cites(try texts())
    case "assumes":
      var rule: Name?
      if case .word = current.kind { rule = try expectWord("a rule") }
      guard case .string(let text) = current.kind else {
        throw unexpected(
          rule == nil ? "a rule or a text between quotes" : "the reason, a text between quotes")
      }
      return .assumes(rule: rule, Name(text: text, span: take().span, isQuoted: true))
    case "tags": return .tags(try words("a tag"))
    case "data":
      let name = try expectWord("a name for the data")
      declared = name
      try expect(.equals, "`=`")
      return .data(name, try call("`activations(...)`, `table(...)` or another kind of data"))
    case "unit": return .unit(try value("a column, such as `norms.lemma`"))
    case "measure": return try measure(token)
    case "compare":
      let name = try expectWord("a name for the comparison")
      declared = name
      try expect(.equals, "`=`")
      let better = try expectWord("the name of a measure")
      try expectKeyword("over")
      return .compare(
        CompareSyntax(name: name, better: better, worse: try expectWord("the name of a measure")))
    case "for": return try family(token)
    case "premise": return .premise(try premise())
    case "claim": return .claim(try claim())
    case "withstand": return try withstand()
    case "vary": return .vary(try vary())
    case "expect": return .expect(try expectWord("a verdict"))
    case "predict":
      let targets = try value("columns, such as `norms.valence`")
      try expectKeyword("from")
      let representation = try expectWord("the name of `activations` data")
      return .predict(
        PredictSyntax(targets: targets, representation: representation, member: try member()))
    case "probe": return .probe(try call("a probe, such as `ridge()`"))
    case "folds": return try folds()
    case "relation": return .relation(try relation())
    case "from": return .direction(try direction(from: token))
    case "residualize": return .residualize(try residualize())
    default: return .items(try expectWord("`shared` or `complete`"))
    }
  }

  private mutating func texts() throws(SyntaxError) -> [Name] {
    var texts: [Name] = []
    repeat {
      guard case .string(let text) = current.kind else { throw unexpected("a text between quotes") }
      texts.append(Name(text: text, span: take().span, isQuoted: true))
    } while take(.comma) != nil
    return texts
  }

  private mutating func words(_ wanted: String) throws(SyntaxError) -> [Name] {
    var words: [Name] = []
    repeat { words.append(try expectWord(wanted)) } while take(.comma) != nil
    return words
  }

  /// `[layer]` or `[4]` after the name of data, if it stands there.
  private mutating func member() throws(SyntaxError) -> Name? {
    guard current.isSign(.openBracket) else { return nil }
    try enter(.openBracket)
    let name: Name
    switch current.kind {
    case .number(let number): name = Name(text: number.text, span: take().span, number: number)
    case .string(let text): name = Name(text: text, span: take().span, isQuoted: true)
    default: name = try expectWord("a variable, or what stands for the wildcard")
    }
    try expect(.closeBracket, "`]`")
    return name
  }

  private mutating func measure(_ keyword: Token) throws(SyntaxError) -> StatementKind {
    let name: Name
    let metric: Call
    do throws(SyntaxError) {
      name = try expectWord("a name for the measure")
      declared = name
      try expect(.equals, "`=`")
      metric = try call("a metric, such as `r2`")
      guard current.isSign(.openBrace) || isAfterMeasure else {
        throw unexpected("`{`", fix: sink.fix("insert `{`", replace: previousSpan.after, by: " {"))
      }
    } catch {
      // The block belongs to this measure whatever is wrong with its head.
      report(error, from: keyword)
      let name = declared
      skipHead()
      if current.isSign(.openBrace) { _ = try innerBlock(.measure, keyword) }
      return .broken(declares: name)
    }
    guard current.isSign(.openBrace) else {
      return .measure(MeasureSyntax(name: name, metric: metric, statements: [], hasBlock: false))
    }
    return .measure(
      MeasureSyntax(name: name, metric: metric, statements: try innerBlock(.measure, keyword)))
  }

  /// Whether a measure without a block can end here. What belongs into its block says that the brace is missing.
  private var isAfterMeasure: Bool {
    if isAtEnd || current.isSign(.closeBrace) { return true }
    guard case .word(let text) = current.kind, !Block.measure.keywords.contains(text) else { return false }
    return current.isFirstOnLine || isKeyword(text)
  }

  /// Skips what is left of a head, up to its block.
  private mutating func skipHead() {
    while !isAtEnd, !current.isFirstOnLine, !current.isSign(.openBrace), !current.isSign(.closeBrace) {
      take()
    }
  }

  private mutating func innerBlock(_ block: Block, _ keyword: Token) throws(SyntaxError) -> [Statement] {
    // A measure within a measure is an error that has been told already; a thousand of them must not use up the stack.
    guard blockDepth < 4 else {
      throw failure(.nestingTooDeep, "blocks stand too deep within each other", at: current.span)
    }
    blockDepth += 1
    defer { blockDepth -= 1 }
    let opening = take()
    return statements(in: block, opening: opening, keyword: keyword)
  }

  private mutating func family(_ keyword: Token) throws(SyntaxError) -> StatementKind {
    let outer = bindings
    defer { bindings = outer }
    var isWhole = true
    do throws(SyntaxError) {
      repeat {
        // A variable may be called like a statement, as `relation` is.
        let name: Name
        if case .word(let text) = current.kind, next.isWord("in") {
          name = Name(text: text, span: take().span)
        } else {
          name = try expectWord("a variable")
        }
        try expectKeyword("in")
        bindings.append(
          BindingSyntax(name: name, domain: try value("a range, such as `0..<6`, or a list")))
      } while take(.comma) != nil
      guard current.isSign(.openBrace) else {
        throw unexpected("`{`", fix: sink.fix("insert `{`", replace: previousSpan.after, by: " {"))
      }
    } catch {
      // As for a measure, the block is this family's whatever is wrong with its head.
      report(error, from: keyword)
      isWhole = false
      open = []
      skipHead()
      guard current.isSign(.openBrace) else { return .broken(declares: nil) }
    }
    // A family within a family is told as such; its statements know the variables of both.
    let all = bindings
    return .family(
      FamilySyntax(bindings: all, statements: try innerBlock(.family, keyword), isWhole: isWhole))
  }

  private mutating func vary() throws(SyntaxError) -> VarySyntax {
    // What is varied may be called like a statement, as `probe` and `folds` are.
    guard case .word(let text) = current.kind, !current.isFirstOnLine || !isKeyword(text) || next.isWord("in")
    else { throw unexpected("what is varied, such as `probe`") }
    let choice = Name(text: text, span: take().span)
    try expectKeyword("in")
    return VarySyntax(choice: choice, values: try value("a list of values, such as `[5, 10]`"))
  }

  private mutating func premise() throws(SyntaxError) -> RequirementSyntax {
    let call = try call("the name of a measure, or what is measured")
    guard call.closing != nil else { return try comparison(of: call.name) }
    var requirement = try comparison(of: Name(text: call.name.text, span: call.span))
    requirement.call = call
    return requirement
  }

  private mutating func claim() throws(SyntaxError) -> RequirementSyntax {
    guard case .word(let text) = current.kind, !isAtNextStatement, case .word(let after) = next.kind,
      !(next.isFirstOnLine && isKeyword(after)), !isEquivalence
    else { return try claimed("the name of a measure") }
    guard Block.quantifiers.contains(text) else {
      let meant = nearest(text, among: Block.quantifiers)
      throw unexpected(
        "a comparison after the name, or \(list(Block.quantifiers, last: "or")) before it",
        fix: meant.map { sink.fix("did you mean \(quoted($0))?", replace: current.span, by: $0) })
    }
    let quantifier = Name(text: text, span: take().span)
    var requirement = try claimed("the name of a family of measures")
    requirement.quantifier = quantifier
    return requirement
  }

  private mutating func relation() throws(SyntaxError) -> RelationSyntax {
    var relation = RelationSyntax(names: [])
    repeat {
      if current.isWord("from"), !relation.names.isEmpty {
        relation.direction = try direction(from: take())
        break
      }
      relation.names.append(try relationName())
    } while take(.comma) != nil
    return relation
  }

  private mutating func relationName() throws(SyntaxError) -> Name {
    if case .string(let text) = current.kind {
      return Name(text: text, span: take().span, isQuoted: true)
    }
    // A variable may be called like the statement.
    let isName =
      switch next.kind {
      case .word(let text): isKeyword(text) || text == "from"
      case .string: false
      default: true
      }
    let name =
      current.isWord("relation") && isName
      ? Name(text: "relation", span: take().span) : try expectWord("a relation, such as `obj`")
    guard current.isSign(.colon), case .word(let subtype) = next.kind else { return name }
    let span = name.span.through(next.span)
    throw failure(
      .unexpectedToken, "a relation with a subtype stands between quotes", at: span,
      fix: sink.fix("write it between quotes", replace: span, by: "\"\(name.text):\(subtype)\""))
  }

  private mutating func direction(from keyword: Token) throws(SyntaxError) -> DirectionSyntax {
    let from = try expectWord("`dependent` or `head`")
    try expectKeyword("to")
    let to = try expectWord("`head` or `dependent`")
    var isBothWays = false
    if take(.comma) != nil {
      try expectKeyword("or")
      try expectKeyword("back")
      isBothWays = true
    }
    return DirectionSyntax(
      from: from, to: to, isBothWays: isBothWays, span: keyword.span.through(previousSpan))
  }

  private mutating func residualize() throws(SyntaxError) -> ResidualizeSyntax {
    let part = try expectWord("`representation` or `targets`")
    try expectKeyword("on")
    return ResidualizeSyntax(part: part, columns: try value("columns, such as `norms[length, frequency]`"))
  }

  private mutating func requirement(_ wanted: String) throws(SyntaxError) -> RequirementSyntax {
    try comparison(of: try expectWord(wanted))
  }

  /// Whether a name is followed by `within`, and that by no comparison, so that neither is a quantifier and its family.
  private var isEquivalence: Bool {
    guard next.isWord(Comparison.within.rawValue), index + 2 < tokens.count else { return false }
    if case .sign(let sign) = tokens[index + 2].kind { return Comparison(sign) == nil }
    return true
  }

  /// A requirement that may be `name within 0.05`.
  private mutating func claimed(_ wanted: String) throws(SyntaxError) -> RequirementSyntax {
    let name = try expectWord(wanted)
    guard current.isWord(Comparison.within.rawValue) else { return try comparison(of: name) }
    let within = take()
    let (number, span) = try expectNumber("a number")
    return RequirementSyntax(
      name: name, comparison: .less, isWithin: true, comparisonSpan: within.span, threshold: number,
      thresholdSpan: span, span: name.span.through(span))
  }

  private mutating func comparison(of name: Name) throws(SyntaxError) -> RequirementSyntax {
    guard case .sign(let sign) = current.kind, Comparison(sign) != nil else {
      throw unexpected(
        "a comparison, such as `>=`",
        notes: current.isWord(Comparison.within.rawValue)
          ? ["only a claim, of a comparison, can be that something lies `within` a bound"] : [])
    }
    let comparison = take()
    let (number, span) = try expectNumber("a number")
    return RequirementSyntax(
      name: name, comparison: sign, comparisonSpan: comparison.span, threshold: number, thresholdSpan: span,
      span: name.span.through(span))
  }

  private mutating func withstand() throws(SyntaxError) -> StatementKind {
    let rival = try call("a rival, such as `permuted_labels()`")
    guard current.isSign(.openBrace) else {
      throw failure(
        .missingCriterion, "nothing says when the claim withstands \(quoted(rival.name.text))",
        at: previousSpan.after, helps: ["add a criterion: `{ margin >= 0.05 }`"])
    }
    let opening = current.span
    _ = take(.openBrace)
    if let closing = take(.closeBrace) {
      // The statement is complete: no need to recover, only to tell.
      sink.report(
        .missingCriterion, "nothing says when the claim withstands \(quoted(rival.name.text))",
        at: opening.through(closing.span), helps: ["add a criterion: `{ margin >= 0.05 }`"])
      return .withstand(WithstandSyntax(rival: rival, criteria: []))
    }
    var criteria: [RequirementSyntax] = []
    repeat {
      if current.isSign(.closeBrace), !criteria.isEmpty { break }
      criteria.append(try requirement("a criterion, such as `margin >= 0.05`"))
    } while take(.comma) != nil
    try expect(.closeBrace, "`,` or `}`")
    return .withstand(WithstandSyntax(rival: rival, criteria: criteria))
  }

  private mutating func folds() throws(SyntaxError) -> StatementKind {
    let (count, countSpan) = try expectNumber("the number of folds")
    var folds = FoldsSyntax(count: count, countSpan: countSpan, grouped: [], repeats: [], span: countSpan)
    while take(.comma) != nil {
      if current.isWord("grouped") {
        take()
        try expectKeyword("by")
        folds.grouped.append(try value("a column, such as `norms.lemma`"))
      } else if current.isWord("repeated") {
        take()
        let (number, span) = try expectNumber("how many times")
        try expectKeyword("times")
        folds.repeats.append((number, span))
      } else if current.isWord("stratified") {
        folds.stratified.append(take().span)
      } else {
        throw unexpected("`grouped by`, `repeated` or `stratified`")
      }
    }
    folds.span = countSpan.through(previousSpan)
    return .folds(folds)
  }

  // MARK: Values

  private mutating func call(_ wanted: String) throws(SyntaxError) -> Call {
    let name = try expectWord(wanted)
    guard current.isSign(.openParenthesis) else {
      return Call(name: name, arguments: [], closing: nil, span: name.span)
    }
    return try call(named: name)
  }

  private mutating func call(named name: Name) throws(SyntaxError) -> Call {
    try enter(.openParenthesis)
    var arguments: [Argument] = []
    while !current.isSign(.closeParenthesis) {
      arguments.append(try argument())
      if take(.comma) != nil { continue }
      if let last = arguments.last, last.label == nil, case .word(let label) = last.value.kind,
        !current.isFirstOnLine, !current.isSign(.closeParenthesis)
      {
        let place = last.span.after
        throw unexpected(
          "`:` after the label `\(label)`", fix: sink.fix("insert `:`", replace: place, by: ":"))
      }
      break
    }
    let closing = try expect(.closeParenthesis, "`,` or `)`")
    return Call(
      name: name, arguments: arguments, closing: closing.span, span: name.span.through(closing.span))
  }

  private mutating func argument() throws(SyntaxError) -> Argument {
    if case .word(let text) = current.kind, next.isSign(.colon) {
      let label = Name(text: text, span: take().span)
      take()
      let value = try value("a value")
      return Argument(label: label, value: value, span: label.span.through(value.span))
    }
    let value = try value("an argument")
    return Argument(label: nil, value: value, span: value.span)
  }

  private mutating func enter(_ sign: Sign) throws(SyntaxError) {
    guard open.count < Self.deepest else {
      throw failure(
        .nestingTooDeep, "more than \(Self.deepest) brackets stand within each other", at: current.span)
    }
    _ = take(sign)
  }

  private mutating func value(_ wanted: String) throws(SyntaxError) -> Value {
    let token = current
    if isAtNextStatement { throw unexpected(wanted) }
    switch token.kind {
    case .string(let text):
      take()
      return Value(kind: .string(text), span: token.span)
    case .number(let number):
      take()
      guard case .sign(let sign) = current.kind, sign.isRange else {
        return Value(kind: .number(number), span: token.span)
      }
      take()
      let (upper, end) = try expectNumber("the other end of the range")
      return Value(
        kind: .range(
          RangeSyntax(lower: number, upper: upper, isClosed: sign == .closedRange, isBest: false)),
        span: token.span.through(end))
    case .sign(.openBracket):
      try enter(.openBracket)
      var values: [Value] = []
      while !current.isSign(.closeBracket) {
        values.append(try value("a value"))
        if take(.comma) == nil { break }
      }
      let closing = try expect(.closeBracket, "`,` or `]`")
      return Value(kind: .list(values), span: token.span.through(closing.span))
    case .word("best") where next.isWord("of"):
      take()
      take()
      guard case .number = current.kind else { throw unexpected("a range, such as `-5...5`") }
      let inner = try value("a range, such as `-5...5`")
      guard case .range(var range) = inner.kind else {
        throw failure(
          .unexpectedToken, "expected a range, such as `-5...5`, found \(inner.kind.description)",
          at: inner.span)
      }
      range.isBest = true
      return Value(kind: .range(range), span: token.span.through(inner.span))
    case .word(let text):
      take()
      let name = Name(text: text, span: token.span)
      if current.isSign(.openParenthesis) {
        let call = try call(named: name)
        return Value(kind: .call(call), span: call.span)
      }
      if take(.dot) != nil {
        var column = try column()
        column.isCategory = try category()
        return Value(kind: .column(data: name, column: column), span: token.span.through(previousSpan))
      }
      if current.isSign(.openBracket) {
        try enter(.openBracket)
        var columns: [Name] = []
        while !current.isSign(.closeBracket) || columns.isEmpty {
          if case .number(let number) = current.kind {
            columns.append(Name(text: number.text, span: take().span, number: number))
          } else {
            columns.append(try column())
            columns[columns.count - 1].isCategory = try category()
          }
          if take(.comma) == nil { break }
        }
        try expect(.closeBracket, "`,` or `]`")
        if try category() {
          for index in columns.indices { columns[index].isCategory = true }
        }
        return Value(kind: .columns(data: name, columns: columns), span: token.span.through(previousSpan))
      }
      return Value(kind: .word(text), span: token.span)
    default: throw unexpected(wanted)
    }
  }

  /// Whether `as category` follows a column.
  private mutating func category() throws(SyntaxError) -> Bool {
    guard current.isWord("as") else { return false }
    take()
    try expectKeyword("category")
    return true
  }

  private mutating func column() throws(SyntaxError) -> Name {
    if isAtNextStatement { throw unexpected("the name of a column") }
    switch current.kind {
    case .word(let text): return Name(text: text, span: take().span)
    case .string(let text): return Name(text: text, span: take().span, isQuoted: true)
    case .number(let number):
      throw unexpected(
        "the name of a column",
        fix: sink.fix(
          "a column whose name is a number stands between quotes", replace: current.span,
          by: "\"\(number.text)\""))
    default: throw unexpected("the name of a column")
    }
  }
}
