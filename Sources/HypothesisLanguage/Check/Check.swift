public import Hypotheses

/// What `check` made of one or several documents.
public struct Checked: Sendable {
  /// The hypotheses without errors, in the order of the documents: names resolved, defaults filled in.
  public let hypotheses: [Hypothesis]
  /// What the checker found; what `parse` found is not repeated here.
  public let diagnostics: [Diagnostic]

  /// Whether any diagnostic is an error.
  public var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }
}

/// Checks a document against the data files' headers. Never fails: a hypothesis with an error, of the parser's or of
/// the checker's finding, is left out of the result.
public func check(_ document: Document, against catalog: any Catalog) -> Checked {
  check([document], against: catalog)
}

/// Checks the documents of one run, in which no two hypotheses may have the same name.
public func check(_ documents: [Document], against catalog: any Catalog) -> Checked {
  let facts = Facts(catalog)
  var firstPlaces: [String: SourceLocation] = [:]
  var hypotheses: [Hypothesis] = []
  var diagnostics: [Diagnostic] = []
  for document in documents {
    var sink = DiagnosticSink(path: document.file.path)
    for syntax in document.hypotheses {
      let errorsBefore = sink.errorCount
      checkName(syntax.name, in: &sink, firstPlaces: &firstPlaces)
      var checker = HypothesisChecker(syntax, of: document, facts: facts, sink: sink)
      let hypothesis = checker.run()
      sink = checker.sink
      if let hypothesis, sink.errorCount == errorsBefore { hypotheses.append(hypothesis) }
    }
    diagnostics += sink.sorted
  }
  return Checked(hypotheses: hypotheses, diagnostics: diagnostics)
}

private func checkName(
  _ name: Name, in sink: inout DiagnosticSink, firstPlaces: inout [String: SourceLocation]
) {
  // A name that is missing altogether is the parser's complaint.
  guard name.text != "" || name.span.bytes.count == 2 else { return }
  guard name.text.contains(where: { !$0.isWhitespace }) else {
    sink.report(
      .emptyText, "a hypothesis needs a name", at: name.span,
      helps: ["say the claim in one sentence: `hypothesis \"noun embeddings encode valence\"`"])
    return
  }
  if let first = firstPlaces[name.text] {
    sink.report(
      .duplicateHypothesis, "there is another hypothesis \(quoted(name.text))", at: name.span,
      notes: [
        "the first is at \(first.file):\(first.line)", "records and baselines tell hypotheses apart by name",
      ])
  } else {
    firstPlaces[name.text] = name.span.location(in: sink.path)
  }
}

/// What the catalog says, asked once per question: a table behind it may be large.
final class Facts {
  private struct Question: Hashable {
    var column: String
    var group: String
    var source: DataSource
  }

  private let catalog: any Catalog
  private var descriptions: [DataSource: Result<DataDescription, CatalogFailure>] = [:]
  private var constants: [Question: Bool?] = [:]
  private var commonSentences: [[String]: Int] = [:]
  private var members = 0

  /// The most members and values of variables that the families of a run have together.
  static let mostCells = 1_000_000

  init(_ catalog: any Catalog) {
    self.catalog = catalog
  }

  func describe(_ source: DataSource) -> Result<DataDescription, CatalogFailure> {
    if let known = descriptions[source] { return known }
    let description = catalog.describe(source)
    descriptions[source] = description
    return description
  }

  /// Whether there is room for so many members more: a few lines can ask for billions.
  func charge(_ count: Int) -> Bool {
    guard members + count <= Self.mostCells else { return false }
    members += count
    return true
  }

  /// How many sentences two files have in common.
  func shared(_ first: Set<String>, _ path: String, _ second: Set<String>, _ other: String) -> Int {
    if let known = commonSentences[[path, other]] { return known }
    let count =
      first.count < second.count ? first.count(where: second.contains) : second.count(where: first.contains)
    commonSentences[[path, other]] = count
    return count
  }

  /// Whether blocks have as many items as each other, within each stratum if there are any.
  func areEqualInSize(_ block: String, within stratum: String?, of source: DataSource) -> Bool? {
    catalog.areEqualInSize(block, within: stratum, of: source)
  }

  /// How many distinct arrangements targets have.
  func distinctArrangements(of targets: [String], by rival: PermutedLabels, in source: DataSource) -> Double?
  {
    catalog.distinctArrangements(of: targets, by: rival, in: source)
  }

  /// How the keys of a tensor's rows meet those of a table's.
  func keyMatch(
    of activations: DataSource, tensor: String, with table: DataSource, filled columns: [String]
  ) -> Result<KeyMatch, CatalogFailure>? {
    catalog.keyMatch(of: activations, tensor: tensor, with: table, filled: columns)
  }

  /// Whether `column` is a function of `group`; every column is one of itself.
  func isConstant(_ column: String, within group: String, of source: DataSource) -> Bool? {
    if column == group { return true }
    let question = Question(column: column, group: group, source: source)
    if let known = constants[question] { return known }
    let answer = catalog.isConstant(column, within: group, of: source)
    constants.updateValue(answer, forKey: question)
    return answer
  }
}

/// Checks one hypothesis. The parts stand in files of their own, by subject.
struct HypothesisChecker {
  let document: Document
  let syntax: HypothesisSyntax
  let facts: Facts
  var sink: DiagnosticSink
  /// In the order of declaration.
  var data: [DataEntry] = []
  /// Places in `data`, `measures` and `contrasts`, by name: a file may declare many.
  var dataPlaces: [String: Int] = [:]
  var measurePlaces: [String: Int] = [:]
  var unit: ResolvedColumn?
  var measures: [MeasureEntry] = []
  var contrasts: [ContrastEntry] = []
  var contrastPlaces: [String: Int] = [:]
  /// The variables of each `for`, by its place in the file, and of the one whose statements are being checked.
  var scopes: [Int: Scope] = [:]
  /// The variables, by their place in the file: a `for` that wrongly stands in another has the other's too.
  var axes: [Int: ScopedAxis] = [:]
  var scope = Scope()
  /// Whether the statement that is being checked stands in a `for` block.
  var isInFamily = false
  /// Whether arguments may be variables.
  var takesVariables = false
  /// Where variables are declared that something uses.
  var usedVariables: Set<Int> = []
  /// Mistakes in the values of variables that have been told.
  var told: Set<String> = []
  /// What premises measure without giving it a name, by its canonical text.
  var inlineMeasures: [String: TextMeasurement] = [:]
  var inlineOrder: [String] = []
  /// Premises that may be about families, with their places.
  var familyPremises: [(shape: FamilyShape, span: Span)] = []
  var quantifier: Quantifier?

  init(_ syntax: HypothesisSyntax, of document: Document, facts: Facts, sink: DiagnosticSink) {
    self.document = document
    self.syntax = syntax
    self.facts = facts
    self.sink = sink
  }

  var path: String { document.file.path }

  /// The statements of one keyword, broken ones included.
  func statements(_ keyword: String) -> [Statement] {
    syntax.statements.filter { $0.keyword.text == keyword }
  }

  mutating func run() -> Hypothesis? {
    let errorsBefore = sink.errorCount
    let diagnosticsBefore = sink.diagnostics.count
    let citations = self.citations()
    let tags = self.tags()
    let assumptions = self.assumptions()
    checkData()
    checkUnit()
    checkMeasures()
    checkContrasts()
    let premises = checkPremises()
    let claim = checkClaim()
    checkPremiseAxes()
    checkUnitIsUsed()
    let rivals = checkRivals()
    checkFamilyNull()
    let varied = checkVariations()
    let expected = checkExpectation()
    checkCompleteness()
    guard sink.errorCount == errorsBefore, !syntax.isBroken else { return nil }
    guard let claim else { return nil }
    let specifications = specifications(of: varied)
    guard sink.errorCount == errorsBefore else { return nil }
    checkUse()
    let caveats = caveats(after: diagnosticsBefore, rivals: rivals.count)
    checkAnswers(caveats)
    var hypothesis = Hypothesis(
      name: syntax.name.text, citations: citations, tags: tags, data: data.compactMap(\.declaration),
      unit: unit?.reference, measurements: measures.compactMap(\.measurement),
      probeFamilies: measures.compactMap(\.family),
      textMeasurements: measures.compactMap { $0.text?.measurement }
        + inlineOrder.compactMap { inlineMeasures[$0] },
      contrasts: contrasts.compactMap(\.contrast), premises: premises, claim: claim, quantifier: quantifier,
      rivals: rivals, variations: specifications.isEmpty ? [] : varied.map { $0.variation(in: path) },
      specifications: specifications, assumptions: assumptions, caveats: caveats, expected: expected,
      location: syntax.span.location(in: path),
      source: document.file.text(syntax.span.bytes))
    hypothesis.readings = readings(of: hypothesis)
    return hypothesis
  }

  // MARK: Statements that concern no data

  private mutating func citations() -> [String] {
    only("cites")
    return statements("cites").flatMap { statement -> [String] in
      guard case .cites(let texts) = statement.kind else { return [] }
      for text in texts where !text.text.contains(where: { !$0.isWhitespace }) {
        sink.report(.emptyText, "an empty citation", at: text.span)
      }
      return distinct(texts, what: "citation")
    }
  }

  private mutating func tags() -> [String] {
    only("tags")
    return statements("tags").flatMap { statement -> [String] in
      guard case .tags(let words) = statement.kind else { return [] }
      for word in words where NamePattern(word.text).hasWildcards {
        sink.report(.wrongType, "a tag has no wildcards: \(quoted(word.text))", at: word.span)
      }
      return distinct(words, what: "tag")
    }
  }

  private mutating func checkExpectation() -> Verdict? {
    only("expect")
    guard case .expect(let word)? = statements("expect").first?.kind else { return nil }
    if let verdict = Verdict(rawValue: word.text) { return verdict }
    let verdicts = Verdict.allCases.map(\.rawValue)
    sink.report(
      .unknownVerdict, "there is no verdict \(quoted(word.text))", at: word.span,
      notes: ["the verdicts are \(list(verdicts))"], fix: suggestion(word, among: verdicts))
    return nil
  }

  /// The texts of `names`; says which of them stand twice.
  mutating func distinct(_ names: [Name], what: String) -> [String] {
    var seen: Set<String> = []
    var texts: [String] = []
    for name in names {
      if seen.insert(name.text).inserted {
        texts.append(name.text)
      } else {
        sink.report(.duplicateEntry, "the \(what) \(quoted(name.text)) stands here twice", at: name.span)
      }
    }
    return texts
  }

  /// Complains about every statement of the keyword after the first.
  mutating func only(_ keyword: String) {
    only(keyword, in: syntax.statements)
  }

  mutating func only(_ keyword: String, in statements: [Statement]) {
    let found = statements.filter { $0.keyword.text == keyword }
    guard let first = found.first else { return }
    for statement in found.dropFirst() {
      sink.report(
        .duplicateStatement, "a second `\(keyword)`", at: statement.keyword.span,
        notes: ["the first is at line \(first.span.start.line)"])
    }
  }

  // MARK: The whole

  private mutating func checkCompleteness() {
    guard !syntax.isTruncated else { return }
    let required: [(keyword: String, example: String)] = [
      ("data", "data nouns = activations(\"model/nouns.safetensors\", tensor: \"embeddings.word\")"),
      ("measure", "measure score = r2 { predict norms.valence from nouns }"),
      ("claim", "claim score >= 0.30"),
    ]
    let name = syntax.name.span
    for statement in required
    where statements(statement.keyword).isEmpty && !(statement.keyword == "measure" && hasFamilyMeasure) {
      sink.report(
        .missingStatement, "the hypothesis has no `\(statement.keyword)`", at: name,
        helps: ["add `\(statement.example)`"])
    }
    guard statements("withstand").isEmpty, !claimsEquivalence, let claim = statements("claim").first else {
      return
    }
    sink.report(
      .noRival, "nothing is set against the claim", at: claim.span,
      notes: ["a score without a rival says nothing: something else may reach it too"],
      helps: ["add at least one, such as `withstand permuted_labels() { p < 0.01 }`"])
  }

  private var hasFamilyMeasure: Bool {
    statements("for").contains { statement in
      guard case .family(let family) = statement.kind else { return true }
      return family.statements.contains { $0.keyword.text == "measure" }
    }
  }

  private mutating func checkPremises() -> [Requirement] {
    var premises: [Requirement] = []
    for statement in syntax.statements {
      switch statement.kind {
      case .premise(let requirement):
        scope = Scope()
        isInFamily = false
        check(premise: requirement, statement).map { premises.append($0) }
      case .family(let family):
        scope = scopes[statement.span.start.offset] ?? Scope(isWhole: false)
        isInFamily = true
        for inner in family.statements {
          guard case .premise(let requirement) = inner.kind else { continue }
          check(premise: requirement, inner).map { premises.append($0) }
        }
      default: break
      }
    }
    scope = Scope()
    isInFamily = false
    return premises
  }

  private mutating func check(premise requirement: RequirementSyntax, _ statement: Statement) -> Requirement?
  {
    if let call = requirement.call { return checkInline(requirement, call, statement) }
    return check(requirement, statement, asks: "premise")
  }

  /// Only where all else is well: a name in a broken statement may be the use that is missed here.
  private mutating func checkUse() {
    for entry in data where !entry.isUsed {
      sink.report(.unusedData, "\(quoted(entry.name.text)) is declared and never used", at: entry.name.span)
    }
    for entry in measures where !entry.isUsed {
      sink.report(
        .unusedMeasure, "\(quoted(entry.name.text)) is measured, but neither claimed nor a premise",
        at: entry.name.span)
    }
    for statement in statements("for") {
      guard let scope = scopes[statement.span.start.offset] else { continue }
      for axis in scope.axes where !usedVariables.contains(axis.name.span.start.offset) {
        sink.report(
          .unusedVariable, "\(quoted(axis.name.text)) is declared and never used", at: axis.name.span,
          notes: ["a measure is taken once for each combination of the variables that it uses"])
      }
    }
    for entry in contrasts where !entry.isUsed {
      sink.report(
        .unusedMeasure, "\(quoted(entry.name.text)) is compared, but not claimed", at: entry.name.span)
    }
  }

  // MARK: Suggestions

  /// The fix that replaces a name by the nearest candidate.
  func suggestion(_ name: Name, among candidates: [String]) -> FixIt? {
    guard !sink.isFull, let found = nearest(name.text, among: candidates) else { return nil }
    let text = name.isQuoted ? quotedLiteral(found) : found
    return sink.fix("did you mean \(quoted(found))?", replace: name.span, by: text)
  }
}

/// A text as it stands in a file.
func quotedLiteral(_ text: String) -> String {
  var literal = "\""
  for character in text.unicodeScalars {
    if character == "\"" || character == "\\" { literal += "\\" }
    literal += String(character)
  }
  return literal + "\""
}
