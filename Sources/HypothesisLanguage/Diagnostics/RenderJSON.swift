internal import Foundation
public import Hypotheses

/// Diagnostics as one JSON object for machines, with sorted keys: `schema`, `errors`, `warnings`, `diagnostics`, and under `read`
/// how the data of every hypothesis without errors were read.
/// Lines and columns count from 1 (columns in Unicode scalars), `offset` and `length` count bytes from 0.
public func renderJSON(_ diagnostics: [Diagnostic], hypotheses: [Hypothesis] = []) -> String {
  let errors = diagnostics.count { $0.severity == .error }
  let report = DiagnosticReport(
    schema: "refute-diagnostics/1", errors: errors, warnings: diagnostics.count - errors,
    diagnostics: diagnostics.map(DiagnosticReport.Entry.init),
    read: hypotheses.map { DiagnosticReport.Read(hypothesis: $0.name, data: $0.readings) })
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
  // Strings and finite numbers only: encoding cannot fail.
  guard let data = try? encoder.encode(report) else { return "{}" }
  return String(decoding: data, as: UTF8.self)
}

/// The wire form, apart from the domain type so that either can change alone.
private struct DiagnosticReport: Encodable {
  var schema: String
  var errors: Int
  var warnings: Int
  var diagnostics: [Entry]
  var read: [Read]

  struct Read: Encodable {
    var hypothesis: String
    var data: [DataReading]
  }

  struct Entry: Encodable {
    var rule: String
    var severity: String
    var message: String
    var range: Stretch
    var notes: [String]
    var helps: [String]
    var fix: Fix?

    init(_ diagnostic: Diagnostic) {
      rule = diagnostic.rule.rawValue
      severity = diagnostic.severity.rawValue
      message = diagnostic.message
      range = Stretch(diagnostic.location, diagnostic.end, diagnostic.bytes)
      notes = diagnostic.notes
      helps = diagnostic.helps
      fix = diagnostic.fix.map {
        Fix(title: $0.title, replacement: $0.replacement, range: Stretch($0.start, $0.end, $0.bytes))
      }
    }
  }

  struct Fix: Encodable {
    var title: String
    var replacement: String
    var range: Stretch
  }

  struct Stretch: Encodable {
    var file: String
    var line: Int
    var column: Int
    var endLine: Int
    var endColumn: Int
    var offset: Int
    var length: Int

    init(_ start: SourceLocation, _ end: SourceLocation, _ bytes: Range<Int>) {
      file = start.file
      line = start.line
      column = start.column
      endLine = end.line
      endColumn = end.column
      offset = bytes.lowerBound
      length = bytes.count
    }
  }
}
