internal import Hypotheses

/// What `format` made of a document.
public struct Formatted: Sendable {
  /// The formatted text; `nil` where the file cannot be formatted and must be left as it is.
  public let result: String?
  /// Why it cannot be formatted; empty otherwise.
  public let diagnostics: [Diagnostic]
  private let original: [UInt8]

  /// The formatted text; the file's own text where there is none.
  public var text: String { result ?? String(decoding: original, as: UTF8.self) }

  fileprivate init(_ result: String?, of file: SourceFile, _ diagnostics: [Diagnostic] = []) {
    self.result = result
    self.diagnostics = diagnostics
    self.original = file.bytes
  }
}

/// Formats a document. See `format(_:)` for parsed files.
public func format(_ parsed: Parsed) -> Formatted {
  format(parsed.document)
}

/// Lays a document out in the one canonical way: two spaces per block, one statement per line, at most one empty line
/// between statements, comments kept. Formatting a formatted text changes nothing.
///
/// A file with syntax errors is left as it is. The result is read again and compared with the original, word for word
/// and comment for comment: should they differ, that is an `internal-error`, and the file is left as it is too.
public func format(_ document: Document) -> Formatted {
  let errors = document.syntaxErrors.filter { $0.severity == .error }
  guard errors.isEmpty else { return Formatted(nil, of: document.file, errors) }
  var formatter = Formatter(document)
  let text = formatter.run()
  let again = parse(SourceFile(path: document.file.path, text: text)).document
  guard again.syntaxErrors.isEmpty, Formatter.substance(again) == Formatter.substance(document) else {
    let diagnostic = Diagnostic(
      .internalError, "formatting would change what the file says; it is left as it is",
      at: Span(start: .start, end: .start), in: document.file.path, helps: ["please report this file"])
    return Formatted(nil, of: document.file, [diagnostic])
  }
  return Formatted(text, of: document.file)
}

private struct Formatter {
  private let document: Document
  private let tokens: [Token]
  /// The place of each token in `tokens`, by its offset in the file.
  private let places: [Int: Int]
  private var output = ""

  init(_ document: Document) {
    self.document = document
    self.tokens = document.tokens
    var places: [Int: Int] = [:]
    for (index, token) in document.tokens.enumerated() { places[token.span.start.offset] = index }
    self.places = places
  }

  /// All that a file says, without its layout: what formatting must not change.
  static func substance(_ document: Document) -> [String] {
    var words: [String] = []
    var comments: [String] = []
    for (index, token) in document.tokens.enumerated() {
      comments += (token.leading + token.trailing).map(\.text)
      if !isTrailingComma(at: index, in: document.tokens) {
        words.append(document.file.text(token.span.bytes))
      }
    }
    return words + comments
  }

  /// A comma before a closing bracket means nothing and is left out, unless a comment hangs on it.
  private static func isTrailingComma(at index: Int, in tokens: [Token]) -> Bool {
    guard tokens[index].isSign(.comma), index + 1 < tokens.count else { return false }
    guard tokens[index].leading.isEmpty, tokens[index].trailing.isEmpty else { return false }
    let next = tokens[index + 1]
    return next.isSign(.closeParenthesis) || next.isSign(.closeBracket) || next.isSign(.closeBrace)
  }

  mutating func run() -> String {
    for (index, hypothesis) in document.hypotheses.enumerated() {
      guard let first = places[hypothesis.span.start.offset] else { continue }
      if index > 0 { output += "\n" }
      comments(before: first, indent: 0, isFirst: true)
      block(first, through: lastToken(before: hypothesis.span.end.offset), hypothesis.statements, indent: 0)
      trailingComments(lastToken(before: hypothesis.span.end.offset))
      output += "\n"
    }
    let end = tokens.count - 1
    if !tokens[end].leading.isEmpty { comments(before: end, indent: 0, isFirst: false) }
    // Comments before the end leave their line open, or the last line is closed already.
    while output.last == "\n" { output.removeLast() }
    return output + "\n"
  }

  /// The last token that starts before an offset.
  private func lastToken(before offset: Int) -> Int {
    var low = 0
    var high = tokens.count
    while low < high {
      let middle = (low + high) / 2
      if tokens[middle].span.start.offset < offset { low = middle + 1 } else { high = middle }
    }
    return max(0, low - 1)
  }

  // MARK: Blocks

  /// A head, its statements between braces, each on its own line.
  private mutating func block(_ first: Int, through last: Int, _ statements: [Statement], indent: Int) {
    // The head ends with the first brace: nothing before it in a head is one.
    var opening = first
    while opening < last, !tokens[opening].isSign(.openBrace) { opening += 1 }
    statement(first..<opening + 1, indent: indent)
    trailingComments(opening)
    output += "\n"
    let inner = indent + 2
    let lines = alignment(statements, indent: inner)
    for (index, item) in statements.enumerated() {
      guard let start = places[item.span.start.offset] else { continue }
      let end = lastToken(before: item.span.end.offset)
      comments(before: start, indent: inner, isFirst: index == 0)
      if let statements = inside(item, start..<end + 1, indent: inner) {
        block(start, through: end, statements, indent: inner)
      } else if let line = lines[index] {
        output += spaces(inner) + line
      } else {
        statement(start..<end + 1, indent: inner)
      }
      trailingComments(end)
      output += "\n"
    }
    if tokens[last].leading.isEmpty {
      output += spaces(indent)
    } else {
      comments(before: last, indent: inner, isFirst: statements.isEmpty, closesBlock: true)
      output += spaces(indent)
    }
    output += "}"
  }

  /// The statements of a statement that has a block of its own over several lines. A measure that needs to say one thing
  /// only says it on its own line, if it fits.
  private func inside(_ item: Statement, _ range: Range<Int>, indent: Int) -> [Statement]? {
    switch item.kind {
    case .family(let family): return family.statements
    case .measure(let measure):
      guard measure.hasBlock else { return nil }
      let isShort = measure.statements.allSatisfy {
        switch $0.kind {
        case .relation, .direction, .folds: true
        default: false
        }
      }
      guard isShort, measure.statements.count <= 1, let line = Layout.flat(layout(range)) else {
        return measure.statements
      }
      return indent + line.unicodeScalars.count <= Layout.width ? nil : measure.statements
    default: return nil
    }
  }

  /// Comments that stand before a token, each on its line, and what is due of empty lines. Leaves the output where the
  /// token's own line starts, without its indentation.
  private mutating func comments(before index: Int, indent: Int, isFirst: Bool, closesBlock: Bool = false) {
    let token = tokens[index]
    var isFirst = isFirst
    var isLineOpen = false
    for comment in token.leading {
      if comment.followsBlankLine, !isFirst, !isLineOpen { output += "\n" }
      output += (isLineOpen ? " " : spaces(indent)) + comment.text
      isLineOpen = !comment.endsLine && !closesBlock && token.kind != .endOfFile
      if !isLineOpen { output += "\n" }
      isFirst = false
    }
    if isLineOpen {
      // The token follows on the comment's own line.
      output += " "
      openLine = true
    } else if token.followsBlankLine, !isFirst, !closesBlock, token.kind != .endOfFile {
      output += "\n"
    }
  }

  /// Whether the output ends within a line that a comment has started.
  private var openLine = false

  private mutating func trailingComments(_ index: Int) {
    for comment in tokens[index].trailing { output += (comment.isLine ? "  " : " ") + comment.text }
  }

  private func spaces(_ count: Int) -> String { String(repeating: " ", count: max(0, count)) }

  // MARK: Statements

  private mutating func statement(_ range: Range<Int>, indent: Int) {
    if !openLine { output += spaces(indent) }
    openLine = false
    var writer = LayoutWriter(column: indent)
    writer.write([.group(layout(range))], indent: indent, isFlat: false)
    output += writer.text
  }

  /// The lines of the statements that are aligned with their neighbours, by the statements' places.
  private func alignment(_ statements: [Statement], indent: Int) -> [Int: String] {
    var lines: [Int: String] = [:]
    var run: [(index: Int, head: String, tail: String)] = []
    var keyword = ""
    func close() {
      let widths = run.map(\.head.unicodeScalars.count)
      guard run.count > 1, let head = widths.max(), let tail = run.map(\.tail.unicodeScalars.count).max(),
        indent + head + 1 + tail <= Layout.width
      else { return }
      for (item, width) in zip(run, widths) {
        lines[item.index] = item.head + spaces(head - width + 1) + item.tail
      }
    }
    for (index, statement) in statements.enumerated() {
      guard let start = places[statement.span.start.offset] else { continue }
      let range = start..<lastToken(before: statement.span.end.offset) + 1
      let joins =
        statement.keyword.text == keyword && tokens[start].leading.isEmpty && !tokens[start].followsBlankLine
      if !joins {
        close()
        run = []
      }
      keyword = statement.keyword.text
      if tokens[start].leading.isEmpty, let (head, tail) = parts(statement, range) {
        run.append((index, head, tail))
      } else {
        close()
        run = []
      }
    }
    close()
    return lines
  }

  /// A statement on one line, cut where statements of its kind are aligned: `data` at the equals sign, `withstand` at the
  /// brace, `vary` at `in`, `residualize` at `on`.
  private func parts(_ statement: Statement, _ range: Range<Int>) -> (head: String, tail: String)? {
    let isCut: (Token) -> Bool
    switch statement.kind {
    case .data: isCut = { $0.isSign(.equals) }
    case .withstand: isCut = { $0.isSign(.openBrace) }
    case .vary: isCut = { $0.isWord("in") }
    case .residualize: isCut = { $0.isWord("on") }
    default: return nil
    }
    guard let cut = range.first(where: { isCut(tokens[$0]) }), cut > range.lowerBound,
      // Comments at the cut would have to know on which side they stand.
      tokens[cut - 1].trailing.isEmpty, tokens[cut].leading.isEmpty,
      let head = Layout.flat(layout(range.lowerBound..<cut, hasMore: true)),
      let tail = Layout.flat(layout(cut..<range.upperBound))
    else { return nil }
    return (head, tail)
  }

  // MARK: Tokens

  /// The tokens of a statement. Comments before the first and after the last are left to the block.
  private func layout(_ range: Range<Int>, hasMore: Bool = false) -> [Layout] {
    var index = range.lowerBound
    return sequence(&index, in: range, inside: nil, hasMore)
  }

  /// Tokens up to the closing bracket of `opening`, or to the end.
  private func sequence(
    _ index: inout Int, in range: Range<Int>, inside opening: Sign?, _ hasMore: Bool
  ) -> [Layout] {
    var parts: [Layout] = []
    // What continues a statement on a new line stands further in; a bracket does so by itself.
    func add(_ more: [Layout]) {
      if opening == nil { parts.append(.nested(more)) } else { parts += more }
    }
    while index < range.upperBound {
      let token = tokens[index]
      if let opening, token.kind == .sign(opening.closing ?? .closeBrace) { break }
      if Formatter.isTrailingComma(at: index, in: tokens) {
        index += 1
        continue
      }
      // A tag, a relation or a variable may be called like a statement; at the start of a line it would be read as one.
      let first = tokens[range.lowerBound]
      let staysOnLine =
        opening == nil && (first.isWord("tags") || first.isWord("relation") || first.isWord("for"))
      if index > range.lowerBound {
        // Aligned statements are laid out from `in` on.
        let hasDomain = first.isWord("for") || first.isWord("vary") || first.isWord("in")
        let isDomain = opening == nil && hasDomain && tokens[index - 1].isWord("in")
        add(
          staysOnLine && tokens[index - 1].isSign(.comma) || isDomain ? [.space] : gap(before: index))
      }
      add(leading(index, range))
      if case .sign(let sign) = token.kind, sign.isOpening, index + 1 < range.upperBound {
        parts.append(bracket(&index, in: range, sign, hasMore))
        continue
      }
      add([.text(document.file.text(token.span.bytes))] + trailing(index, range, hasMore))
      index += 1
    }
    return parts
  }

  private func bracket(_ index: inout Int, in range: Range<Int>, _ opening: Sign, _ hasMore: Bool) -> Layout {
    let edge: Layout = opening == .openBrace ? .line : .softLine
    var parts: [Layout] = [.text(opening.rawValue)] + trailing(index, range, hasMore)
    index += 1
    let start = index
    let inner = sequence(&index, in: range, inside: opening, hasMore)
    let isEmpty = index == start
    // Gaps belong between tokens; the edges of a bracket are its own.
    parts.append(.nested((isEmpty ? [] : [edge]) + inner))
    if index < range.upperBound {
      parts +=
        (isEmpty ? [] : [edge]) + leading(index, range) + [
          .text(document.file.text(tokens[index].span.bytes))
        ]
      let after = trailing(index, range, hasMore)
      index += 1
      return .group(parts + after)
    }
    return .group(parts)
  }

  private func leading(_ index: Int, _ range: Range<Int>) -> [Layout] {
    guard index > range.lowerBound else { return [] }
    return tokens[index].leading.flatMap { comment -> [Layout] in
      comment.endsLine ? [.newLine, .text(comment.text), .newLine] : [.space, .text(comment.text), .space]
    }
  }

  private func trailing(_ index: Int, _ range: Range<Int>, _ hasMore: Bool) -> [Layout] {
    guard index < range.upperBound - 1 || hasMore else { return [] }
    return tokens[index].trailing.flatMap { comment -> [Layout] in
      comment.isLine ? [.text("  " + comment.text), .newLine] : [.space, .text(comment.text), .space]
    }
  }

  /// What stands between a token and the one before it.
  private func gap(before index: Int) -> [Layout] {
    let token = tokens[index]
    let previous = tokens[index - 1]
    if case .sign(let sign) = previous.kind {
      switch sign {
      case .openParenthesis, .openBracket, .openBrace, .dot, .halfOpenRange, .closedRange: return []
      case .comma: return [.line]
      default: break
      }
    }
    if case .sign(let sign) = token.kind {
      switch sign {
      case .comma, .colon, .dot, .closeParenthesis, .closeBracket, .halfOpenRange, .closedRange: return []
      case .openParenthesis: return []
      case .openBracket:
        if case .word = previous.kind { return [] }
      default: break
      }
    }
    return [.space]
  }
}
