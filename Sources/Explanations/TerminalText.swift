extension Explanation {
  /// The section as a terminal shows it.
  ///
  /// - Parameters:
  ///   - columns: the width that paragraphs are broken to.
  ///   - bold: whether headings and emphasis are painted with ANSI codes.
  public func terminal(columns: Int, bold: Bool) -> String {
    TerminalText(width: min(max(columns, 40), 100), bold: bold).render(markdown)
  }
}

/// Enough of Markdown to print the documentation: headings, paragraphs, lists, tables, code.
private struct TerminalText {
  let width: Int
  let bold: Bool

  func render(_ markdown: String) -> String {
    var out: [String] = []
    var paragraph: [Substring] = []
    var table: [[String]] = []
    var isFenced = false

    func flush() {
      if !paragraph.isEmpty {
        let first = paragraph[0]
        let marker = first.hasPrefix("- ") ? "- " : ""
        let text = paragraph.joined(separator: " ").dropFirst(marker.count)
        out += wrapped(inline(text), first: marker, rest: String(repeating: " ", count: marker.count))
        paragraph = []
      }
      if !table.isEmpty {
        out += lines(of: table)
        table = []
      }
    }

    for line in markdown.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("```") {
        flush()
        isFenced.toggle()
      } else if isFenced {
        out.append("    " + line)
      } else if line.hasPrefix("    ") && paragraph.isEmpty {
        flush()
        out.append(String(line))
      } else if line.hasPrefix("#") {
        flush()
        out.append(painted(inline(line.drop { $0 == "#" || $0 == " " })))
      } else if line.hasPrefix("|") {
        if table.isEmpty { flush() }
        let cells = line.dropFirst().split(separator: "|", omittingEmptySubsequences: false).dropLast()
          .map { inline($0.drop { $0 == " " }).trimmedEnd }
        if !cells.allSatisfy({ !$0.isEmpty && $0.allSatisfy { $0 == "-" || $0 == ":" } }) {
          table.append(cells)
        }
      } else if line.isEmpty {
        flush()
        if out.last?.isEmpty == false { out.append("") }
      } else {
        if line.hasPrefix("- ") { flush() }
        paragraph.append(paragraph.isEmpty ? line : line.drop { $0 == " " })
      }
    }
    flush()
    while out.last?.isEmpty == true { out.removeLast() }
    return out.joined(separator: "\n") + "\n"
  }

  private func painted(_ text: String) -> String { bold ? "\u{1B}[1m\(text)\u{1B}[0m" : text }

  /// Without marks: links become their text, absolute ones with their address.
  private func inline(_ text: some StringProtocol) -> String {
    var out = ""
    var rest = Substring(String(text))
    var (isCode, isEmphasis) = (false, false)
    while let character = rest.first {
      if character == "`" {
        isCode.toggle()
        rest = rest.dropFirst()
      } else if isCode {
        out.append(character)
        rest = rest.dropFirst()
      } else if rest.hasPrefix("**") {
        rest = rest.dropFirst(2)
      } else if character == "*", isEmphasis || rest.dropFirst().first?.isLetter == true {
        isEmphasis.toggle()
        rest = rest.dropFirst()
      } else if character == "[", let end = rest.range(of: "]("),
        let close = rest[end.upperBound...].firstIndex(of: ")")
      {
        let address = rest[end.upperBound..<close]
        out += inline(rest[rest.index(after: rest.startIndex)..<end.lowerBound])
        if address.hasPrefix("http"), !out.hasSuffix(String(address)) { out += " <\(address)>" }
        rest = rest[rest.index(after: close)...]
      } else {
        out.append(character)
        rest = rest.dropFirst()
      }
    }
    return out
  }

  private func wrapped(_ text: String, first: String, rest: String) -> [String] {
    var lines: [String] = []
    var line = first
    var isEmpty = true
    for word in text.split(separator: " ") {
      if !isEmpty, line.count + 1 + word.count > width {
        lines.append(line)
        line = rest
        isEmpty = true
      }
      line += (isEmpty ? "" : " ") + word
      isEmpty = false
    }
    return lines + [line]
  }

  /// In columns where they fit, else a paragraph a row.
  private func lines(of table: [[String]]) -> [String] {
    let count = table.map(\.count).max() ?? 0
    let widths = (0..<count).map { column in
      table.map { $0.indices.contains(column) ? $0[column].count : 0 }.max() ?? 0
    }
    if widths.reduce(2 * (count - 1), +) <= width {
      return table.map { row in
        row.enumerated().map { index, cell in
          cell + String(repeating: " ", count: widths[index] - cell.count + 2)
        }.joined().trimmedEnd
      }
    }
    return table.dropFirst().flatMap { row in
      [row.first ?? ""] + wrapped(row.dropFirst().joined(separator: "; "), first: "    ", rest: "    ")
    }
  }
}

extension StringProtocol {
  fileprivate var trimmedEnd: String {
    var text = Substring(String(self))
    while text.last == " " { text.removeLast() }
    return String(text)
  }

  /// The first place of a short text.
  fileprivate func range(of text: String) -> Range<Index>? {
    var start = startIndex
    while start < endIndex {
      if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
      start = index(after: start)
    }
    return nil
  }
}
