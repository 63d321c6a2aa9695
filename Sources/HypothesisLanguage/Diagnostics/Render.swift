/// Diagnostics as text for people: place, rule and message, the line of the file with what is meant underlined, then
/// reasons and what to do.
/// - Parameter sources: the files that the diagnostics are about; without its file, a diagnostic has no snippet.
public func render(_ diagnostics: [Diagnostic], sources: [SourceFile], color: Bool) -> String {
  let paint = Paint(isOn: color)
  var text = ""
  for diagnostic in diagnostics {
    let place = diagnostic.location
    let path = plain(place.file)
    text += paint.bold("\(path):\(place.line):\(place.column): ")
    text += paint.severity(
      diagnostic.severity, "\(diagnostic.severity.rawValue)[\(diagnostic.rule.rawValue)]:")
    text += " " + paint.bold(diagnostic.message) + "\n"
    let number = "\(place.line)"
    let margin = String(repeating: " ", count: number.count)
    if let source = sources.first(where: { $0.path == place.file }) {
      let snippet = Snippet(source, at: diagnostic)
      text += paint.dim(" \(number) | ") + snippet.line + "\n"
      text += paint.dim(" \(margin) | ") + paint.severity(diagnostic.severity, snippet.marks) + "\n"
    }
    for note in diagnostic.notes { text += paint.dim(" \(margin) = ") + "note: \(note)\n" }
    for help in diagnostic.helps { text += paint.dim(" \(margin) = ") + "help: \(help)\n" }
    if let fix = diagnostic.fix { text += paint.dim(" \(margin) = ") + "help: \(fix.title)\n" }
  }
  return text
}

/// `2 errors and 1 warning`, for the last line of a check.
public func summary(_ diagnostics: [Diagnostic]) -> String {
  let errors = diagnostics.count { $0.severity == .error }
  let warnings = diagnostics.count - errors
  switch (errors, warnings) {
  case (0, 0): return "no problems"
  case (_, 0): return counted(errors, "error")
  case (0, _): return counted(warnings, "warning")
  default: return counted(errors, "error") + " and " + counted(warnings, "warning")
  }
}

/// A name without anything that a terminal would obey.
private func plain(_ name: String) -> String {
  name.unicodeScalars.reduce(into: "") { $0 += isPlain($1) ? String($1) : escaped($1) }
}

private struct Paint {
  var isOn: Bool

  func bold(_ text: String) -> String { isOn ? "\u{1B}[1m\(text)\u{1B}[0m" : text }
  func dim(_ text: String) -> String { isOn ? "\u{1B}[2m\(text)\u{1B}[0m" : text }
  func severity(_ severity: Severity, _ text: String) -> String {
    guard isOn else { return text }
    return severity == .error ? "\u{1B}[1;31m\(text)\u{1B}[0m" : "\u{1B}[1;33m\(text)\u{1B}[0m"
  }
}

/// A line of a file and the marks under it. Of a very long line only a window is shown.
private struct Snippet {
  var line = ""
  var marks = ""

  private static let window = 120

  init(_ source: SourceFile, at diagnostic: Diagnostic) {
    let bytes = source.bytes
    let anchor = min(max(0, diagnostic.bytes.lowerBound), bytes.count)
    var start = anchor
    while start > 0, !Self.isBreak(bytes[start - 1]), anchor - start < Self.window { start -= 1 }
    var end = anchor
    while end < bytes.count, !Self.isBreak(bytes[end]), end - anchor < Self.window { end += 1 }
    let isCutBefore = start > 0 && !Self.isBreak(bytes[start - 1])
    let isCutAfter = end < bytes.count && !Self.isBreak(bytes[end])
    // A window must not start or end inside a character.
    while isCutBefore, start < anchor, bytes[start] & 0xC0 == 0x80 { start += 1 }
    while isCutAfter, end > anchor, bytes[end] & 0xC0 == 0x80 { end -= 1 }
    let markEnd = min(max(diagnostic.bytes.upperBound, anchor), end)

    let before = shown(source.text(start..<anchor))
    let marked = shown(source.text(anchor..<markEnd))
    let after = shown(source.text(markEnd..<end))
    line = (isCutBefore ? "..." : "") + before + marked + after + (isCutAfter ? "..." : "")
    while line.last == " " { line.removeLast() }
    let indent = String(repeating: " ", count: (isCutBefore ? 3 : 0) + width(before))
    marks = indent + "^" + String(repeating: "~", count: max(0, width(marked) - 1))
  }

  private static func isBreak(_ byte: UInt8) -> Bool { byte == 0x0A || byte == 0x0D }

  /// Tabs become spaces, so that marks stand where they should; what a terminal would obey is spelled out.
  private func shown(_ text: String) -> String {
    text.unicodeScalars.reduce(into: "") { result, scalar in
      if scalar == "\t" {
        result += "  "
      } else {
        result += isPlain(scalar) ? String(scalar) : escaped(scalar)
      }
    }
  }

  /// Columns that a terminal uses: none for marks that combine, two for East Asian wide characters and emoji.
  private func width(_ text: String) -> Int {
    text.unicodeScalars.reduce(0) { sum, scalar in
      switch scalar.properties.generalCategory {
      case .nonspacingMark, .enclosingMark: return sum
      default: break
      }
      switch scalar.value {
      case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
        0xFF00...0xFF60,
        0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
        return sum + 2
      default: return sum + 1
      }
    }
  }
}
