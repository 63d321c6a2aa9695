import HypothesisLanguage
import Testing

@Suite struct FormatTests {
  /// The good files are formatted already.
  @Test(arguments: Corpus.good)
  func goodFilesStayAsTheyAre(_ file: Corpus.File) throws {
    let formatted = format(parse(file.source))
    #expect(formatted.diagnostics.isEmpty)
    try Corpus.expect(try #require(formatted.result), at: file.url)
  }

  @Test(arguments: Corpus.messy)
  func messyFilesAreTidied(_ file: Corpus.File) throws {
    let parsed = parse(file.source)
    #expect(parsed.diagnostics.isEmpty)
    let formatted = format(parsed)
    #expect(formatted.diagnostics.isEmpty)
    try Corpus.expect(try #require(formatted.result), at: file.golden("formatted"))
  }

  @Test(arguments: Corpus.good + Corpus.messy)
  func isIdempotent(_ file: Corpus.File) throws {
    let once = try #require(format(parse(file.source)).result)
    let twice = format(parse(SourceFile(path: file.source.path, text: once))).text
    #expect(once == twice)
  }

  /// However the words are spread over lines, the result is the same: comments and empty lines apart, layout is free.
  @Test(arguments: Corpus.good)
  func layoutDoesNotMatter(_ file: Corpus.File) throws {
    let text = file.text.replacing(/\/\*(.|\n)*?\*\//, with: "")
    let bare = String(text.split(separator: "\n").map { withoutComment($0) }.joined(separator: "\n"))
    let wanted = try #require(
      format(parse(SourceFile(path: "bare", text: bare.replacing("\n\n", with: "\n")))).result)
    for variant in [
      spread(bare, by: { _ in "\n" }), spread(bare, by: { _ in " " }),
      spread(bare, by: { $0 % 3 == 0 ? "\r\n" : "  \t " }),
      spread(bare, by: { $0 % 5 == 0 ? "\r" : " " }),
    ] {
      let parsed = parse(SourceFile(path: "variant", text: variant))
      #expect(parsed.diagnostics.isEmpty, "\(render(parsed.diagnostics, sources: [], color: false))")
      #expect(tight(try #require(format(parsed).result)) == tight(wanted))
    }
  }

  /// Empty lines between statements are the writer's choice, and alignment stops at them; so they do not count here.
  private func tight(_ text: String) -> [String] {
    text.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }.filter { $0 != "" }
  }

  private func withoutComment(_ line: Substring) -> Substring {
    guard let slashes = line.firstRange(of: "// ") else { return line }
    return line[..<slashes.lowerBound]
  }

  /// Replaces every run of spaces and line breaks outside quotes.
  private func spread(_ text: String, by gap: (Int) -> String) -> String {
    var result = ""
    var isQuoted = false
    var inGap = false
    var count = 0
    for character in text {
      if character == "\"" { isQuoted.toggle() }
      if !isQuoted, character.isWhitespace {
        inGap = true
        continue
      }
      if inGap {
        count += 1
        result += gap(count)
      }
      inGap = false
      result.append(character)
    }
    return result
  }

  @Test func brokenFilesAreLeftAlone() {
    let text = "hypothesis   \"x\" {  claim\n"
    let formatted = format(parse(SourceFile(path: "x", text: text)))
    #expect(formatted.result == nil)
    #expect(formatted.text == text)
    #expect(!formatted.diagnostics.isEmpty)
  }

  @Test func aByteOrderMarkAndForeignLineBreaksGo() {
    let text = "\u{FEFF}hypothesis \"x\" {\r\n claim a >= 0.5 // why\r\n}\r\n"
    let formatted = format(parse(SourceFile(path: "x", text: text)))
    #expect(formatted.text == "hypothesis \"x\" {\n  claim a >= 0.5  // why\n}\n")
  }

  @Test func longCallsAreBroken() throws {
    let names = (0..<12).map { "a_rather_long_column_\($0)" }.joined(separator: ", ")
    let text = "hypothesis \"x\" { withstand confounds(norms[\(names)]) { margin >= 0.05, p < 0.01 } }"
    let formatted = try #require(format(parse(SourceFile(path: "x", text: text))).result)
    #expect(formatted.split(separator: "\n").allSatisfy { $0.count <= 110 })
    #expect(formatted.contains("      a_rather_long_column_3,\n"))
  }
}
