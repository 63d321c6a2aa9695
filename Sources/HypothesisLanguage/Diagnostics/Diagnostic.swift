public import Hypotheses

/// One thing that is wrong with a hypothesis file.
public struct Diagnostic: Sendable, Hashable {
  public var rule: Rule
  public var severity: Severity
  /// What it does to the verdict, where it bears on it: it is then one of the hypothesis's caveats too.
  public var effect: Caveat.Effect?
  /// One clause, without a full stop.
  public var message: String
  /// Where it starts.
  public var location: SourceLocation
  /// Where it ends: the first place that no longer belongs to it.
  public var end: SourceLocation
  /// The same stretch in bytes of the file.
  public var bytes: Range<Int>
  /// Why it is wrong, and other facts.
  public var notes: [String]
  /// What to do about it, in words.
  public var helps: [String]
  /// What to do about it, as an edit that a machine can make.
  public var fix: FixIt?

  init(
    _ rule: Rule, _ message: String, at span: Span, in path: String, notes: [String] = [],
    helps: [String] = [], effect: Caveat.Effect? = nil, fix: FixIt? = nil
  ) {
    self.rule = rule
    self.severity = rule.severity
    self.effect = effect ?? rule.effect
    self.message = message
    self.location = span.location(in: path)
    self.end = SourceLocation(file: path, line: span.end.line, column: span.end.column)
    self.bytes = span.bytes
    self.notes = notes
    self.helps = helps
    self.fix = fix
  }
}

extension Caveat {
  /// What a diagnostic says beside the verdict; `nil` where it does not bear on it.
  init?(_ diagnostic: Diagnostic) {
    guard let effect = diagnostic.effect, diagnostic.severity == .warning else { return nil }
    self.init(
      rule: diagnostic.rule.rawValue, effect: effect, message: diagnostic.message, notes: diagnostic.notes,
      advice: diagnostic.helps + (diagnostic.fix.map { [$0.title] } ?? []), location: diagnostic.location)
  }
}

/// An edit of the file that a diagnostic is about.
public struct FixIt: Sendable, Hashable {
  /// What the edit does: "did you mean `selectivity`?".
  public var title: String
  public var replacement: String
  /// The bytes to replace; empty for an insertion.
  public var bytes: Range<Int>
  public var start: SourceLocation
  public var end: SourceLocation

  init(_ title: String, replace span: Span, by replacement: String, in path: String) {
    self.title = title
    self.replacement = replacement
    self.bytes = span.bytes
    self.start = span.location(in: path)
    self.end = SourceLocation(file: path, line: span.end.line, column: span.end.column)
  }
}

/// Collects diagnostics of one file and stops at a bound: nobody reads the thousandth error of a file that is not a
/// hypothesis file at all.
struct DiagnosticSink: Sendable {
  static let limit = 100

  let path: String
  private(set) var diagnostics: [Diagnostic] = []
  private(set) var errorCount = 0
  private(set) var isFull = false
  private var repetitions: [Repetition: (last: Int, count: Int)] = [:]

  /// How many diagnostics of one rule at one place are shown in full: a wildcard may mean thousands of columns.
  static let repetitionLimit = 3

  private struct Repetition: Hashable {
    var rule: Rule
    var bytes: Range<Int>
  }

  init(path: String) {
    self.path = path
  }

  mutating func add(_ diagnostic: Diagnostic) {
    if diagnostic.severity == .error { errorCount += 1 }
    guard !isFull else { return }
    let repetition = Repetition(rule: diagnostic.rule, bytes: diagnostic.bytes)
    let (last, count) = repetitions[repetition] ?? (0, 0)
    if count >= Self.repetitionLimit {
      let more = count + 1 - Self.repetitionLimit
      if more > 1 { diagnostics[last].notes.removeLast() }
      diagnostics[last].notes.append("and \(more) more of the same kind here")
      repetitions[repetition] = (last, count + 1)
      return
    }
    repetitions[repetition] = (diagnostics.count, count + 1)
    diagnostics.append(diagnostic)
    if diagnostics.count == Self.limit {
      isFull = true
      var last = diagnostic
      last.rule = .tooManyErrors
      last.severity = .error
      last.message = "more than \(Self.limit - 1) problems; the rest is not shown"
      last.notes = []
      last.helps = []
      last.fix = nil
      diagnostics[Self.limit - 1] = last
    }
  }

  mutating func report(
    _ rule: Rule, _ message: String, at span: Span, notes: [String] = [], helps: [String] = [],
    effect: Caveat.Effect? = nil, fix: FixIt? = nil
  ) {
    add(
      Diagnostic(rule, message, at: span, in: path, notes: notes, helps: helps, effect: effect, fix: fix))
  }

  func fix(_ title: String, replace span: Span, by replacement: String) -> FixIt {
    FixIt(title, replace: span, by: replacement, in: path)
  }

  /// In the order of the file; diagnostics of one place keep the order in which they were found.
  var sorted: [Diagnostic] {
    diagnostics.enumerated()
      .sorted { a, b in
        a.element.bytes.lowerBound == b.element.bytes.lowerBound
          ? a.offset < b.offset : a.element.bytes.lowerBound < b.element.bytes.lowerBound
      }
      .map(\.element)
  }
}
