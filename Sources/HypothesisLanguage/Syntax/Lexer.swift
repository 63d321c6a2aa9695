/// Cuts the bytes of a file into tokens. Whatever the bytes are, it ends with `.endOfFile` and complains about what it
/// had to drop.
struct Lexer {
  private let file: SourceFile
  private let bytes: [UInt8]
  private var here = Position.start
  private var tokens: [Token] = []
  private var leading: [Comment] = []
  /// Line breaks since the last token or comment.
  private var breaks = 0
  /// Whether anything but spaces and comments stood on this line.
  private var isLineEmpty = true
  private var sink: DiagnosticSink

  static func run(_ file: SourceFile, sink: inout DiagnosticSink) -> [Token] {
    var lexer = Lexer(file, sink: sink)
    lexer.run()
    sink = lexer.sink
    return lexer.tokens
  }

  private init(_ file: SourceFile, sink: DiagnosticSink) {
    self.file = file
    self.bytes = file.bytes
    self.sink = sink
  }

  private mutating func run() {
    guard bytes.count <= SourceFile.largestSize else {
      sink.report(
        .fileTooLarge,
        "the file holds \(bytes.count) bytes; a hypothesis file holds at most \(SourceFile.largestSize)",
        at: Span(start: here, end: here),
        helps: ["data files are named in `data` statements, not checked themselves"])
      finish()
      return
    }
    guard isValidUTF8() else {
      finish()
      return
    }
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { here.offset = 3 }
    while here.offset < bytes.count { step() }
    finish()
  }

  private mutating func finish() {
    add(.endOfFile, from: here)
  }

  private mutating func step() {
    let byte = bytes[here.offset]
    switch byte {
    case 0x20, 0x09: advance()
    case 0x0A, 0x0D: lineBreak()
    case UInt8(ascii: "/") where peek(1) == UInt8(ascii: "/"): lineComment()
    case UInt8(ascii: "/") where peek(1) == UInt8(ascii: "*"): blockComment()
    case UInt8(ascii: "\""): string()
    case UInt8(ascii: "0")...UInt8(ascii: "9"): number()
    case UInt8(ascii: "-") where isDigit(peek(1)) || (peek(1) == UInt8(ascii: ".") && isDigit(peek(2))):
      number()
    case UInt8(ascii: ".") where isDigit(peek(1)) && !followsName: number()
    default:
      if !sign() && !word() { invalid() }
    }
  }

  // MARK: Moving

  private func peek(_ distance: Int) -> UInt8? {
    here.offset + distance < bytes.count ? bytes[here.offset + distance] : nil
  }

  /// One byte on, within a line.
  private mutating func advance() {
    here.offset += 1
    // A character's later bytes are of the same column.
    if here.offset >= bytes.count || bytes[here.offset] & 0xC0 != 0x80 { here.column += 1 }
  }

  private mutating func advance(by count: Int) {
    for _ in 0..<count { advance() }
  }

  /// Over "\n", "\r\n" or "\r".
  private mutating func skipBreak() {
    here.offset += bytes[here.offset] == 0x0D && peek(1) == 0x0A ? 2 : 1
    here.line += 1
    here.column = 1
  }

  private mutating func lineBreak() {
    if !leading.isEmpty, breaks == 0 { leading[leading.count - 1].endsLine = true }
    skipBreak()
    breaks += 1
    isLineEmpty = true
  }

  /// Whether the byte before is the end of a name or of a closing quote: then a dot belongs to it.
  private var followsName: Bool {
    guard let last = tokens.last, last.span.end.offset == here.offset else { return false }
    switch last.kind {
    case .word, .string: return true
    default: return false
    }
  }

  private mutating func add(_ kind: TokenKind, from start: Position) {
    tokens.append(
      Token(
        kind: kind, span: Span(start: start, end: here), leading: leading, isFirstOnLine: isLineEmpty,
        followsBlankLine: breaks > 1))
    leading = []
    breaks = 0
    isLineEmpty = false
  }

  // MARK: Comments

  private mutating func lineComment() {
    let start = here
    while let byte = peek(0), byte != 0x0A, byte != 0x0D { advance() }
    add(comment: file.text(start.offset..<here.offset), isLine: true)
  }

  private mutating func blockComment() {
    let start = here
    var depth = 0
    repeat {
      switch (peek(0), peek(1)) {
      case (UInt8(ascii: "/"), UInt8(ascii: "*")):
        depth += 1
        advance(by: 2)
      case (UInt8(ascii: "*"), UInt8(ascii: "/")):
        depth -= 1
        advance(by: 2)
      case (0x0A, _), (0x0D, _): skipBreak()
      case (nil, _):
        let opening = Span(
          start: start, end: Position(offset: start.offset + 2, line: start.line, column: start.column + 2))
        sink.report(
          .unterminatedComment, "this comment does not end", at: opening,
          notes: ["block comments nest: every `/*` needs its own `*/`"])
        return
      default: advance()
      }
    } while depth > 0
    add(comment: file.text(start.offset..<here.offset), isLine: false)
  }

  private mutating func add(comment text: String, isLine: Bool) {
    let comment = Comment(
      text: isLine ? trimmedEnd(text) : withPlainBreaks(text), isLine: isLine, endsLine: isLine,
      followsBlankLine: breaks > 1)
    if breaks == 0, leading.isEmpty, !tokens.isEmpty {
      tokens[tokens.count - 1].trailing.append(comment)
    } else {
      leading.append(comment)
    }
    breaks = 0
  }

  private func trimmedEnd(_ text: String) -> String {
    var scalars = Substring(text).unicodeScalars
    while let last = scalars.last, last == " " || last == "\t" { scalars.removeLast() }
    return String(scalars)
  }

  private func withPlainBreaks(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    var previous: Unicode.Scalar?
    for scalar in text.unicodeScalars {
      if scalar == "\r" {
        result.append("\n")
      } else if scalar != "\n" || previous != "\r" {
        result.append(scalar)
      }
      previous = scalar
    }
    return String(result)
  }

  // MARK: Literals

  private mutating func string() {
    let start = here
    advance()
    var value: [UInt8] = []
    while true {
      guard let byte = peek(0), byte != 0x0A, byte != 0x0D else {
        sink.report(
          .unterminatedString, "this text does not end", at: Span(start: start, end: here),
          notes: ["a text ends on its own line, with `\"`"])
        break
      }
      if byte == UInt8(ascii: "\"") {
        advance()
        break
      }
      if byte == UInt8(ascii: "\\") {
        escape(into: &value)
        continue
      }
      if byte < 0x20 || byte == 0x7F {
        let from = here
        advance()
        sink.report(
          .invalidCharacter, "the control character \(escaped(Unicode.Scalar(byte))) cannot stand in a text",
          at: Span(start: from, end: here))
        continue
      }
      value.append(byte)
      advance()
    }
    add(.string(String(decoding: value, as: UTF8.self)), from: start)
  }

  private mutating func escape(into value: inout [UInt8]) {
    let start = here
    advance()
    switch peek(0) {
    case UInt8(ascii: "\"")?, UInt8(ascii: "\\")?:
      value.append(bytes[here.offset])
      advance()
    default:
      // A line break ends the text, escaped or not.
      if let byte = peek(0), byte != 0x0A, byte != 0x0D { advance() }
      while let byte = peek(0), byte & 0xC0 == 0x80 { advance() }
      let span = Span(start: start, end: here)
      sink.report(
        .invalidEscape, "\(quoted(file.text(span.bytes))) means nothing in a text", at: span,
        notes: ["a text knows two escapes: `\\\"` and `\\\\`"],
        fix: sink.fix("for a backslash itself write `\\\\`", replace: span, by: "\\" + file.text(span.bytes)))
    }
  }

  /// Takes everything that looks like a part of the number, then judges it: `1__0` and `10x` are one mistake each.
  private mutating func number() {
    let start = here
    if peek(0) == UInt8(ascii: "-") { advance() }
    while let byte = peek(0) {
      let isExponentSign =
        (byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-"))
        && (bytes[here.offset - 1] | 0x20) == UInt8(ascii: "e")
        && isDigit(bytes[max(start.offset, here.offset - 2)])
      if byte == UInt8(ascii: ".") && !isDigit(peek(1)) { break }
      guard isDigit(byte) || isLetter(byte) || byte == UInt8(ascii: ".") || isExponentSign else { break }
      advance()
    }
    let span = Span(start: start, end: here)
    let text = file.text(span.bytes)
    let value = numberValue(text)
    if value == nil { complainAboutNumber(text, span) }
    add(.number(NumberLiteral(text: text, value: value)), from: start)
  }

  private mutating func complainAboutNumber(_ text: String, _ span: Span) {
    let bare = text.drop { $0 == "-" }
    if bare.first == ".", numberValue("0" + bare) != nil {
      let fixed = (text.first == "-" ? "-0" : "0") + bare
      sink.report(
        .invalidNumber, "a number starts with a digit", at: span,
        fix: sink.fix("write `\(fixed)`", replace: span, by: fixed))
    } else if hasNumberForm(text) {
      sink.report(
        .invalidNumber, "\(quoted(text)) is too large for a number", at: span,
        notes: ["numbers are 64-bit floating point; the largest is 1.8e308"])
    } else {
      sink.report(
        .invalidNumber, "\(quoted(text)) is not a number", at: span,
        notes: ["a number reads like `10`, `10_000`, `0.05`, `-1` or `1e-3`"])
    }
  }

  // MARK: Words and signs

  private mutating func word() -> Bool {
    let start = here
    while let length = wordCharacter(at: here.offset, isFirst: here.offset == start.offset) {
      for _ in 0..<length { advance() }
    }
    guard here.offset > start.offset else { return false }
    add(.word(file.text(start.offset..<here.offset)), from: start)
    return true
  }

  /// The bytes of the character at an offset, if it can be part of a word.
  private func wordCharacter(at offset: Int, isFirst: Bool) -> Int? {
    guard offset < bytes.count else { return nil }
    let byte = bytes[offset]
    if isLetter(byte) || byte == UInt8(ascii: "?") || (!isFirst && isDigit(byte)) { return 1 }
    let next = offset + 1 < bytes.count ? bytes[offset + 1] : 0
    switch byte {
    case UInt8(ascii: "*"):
      return 1
    case UInt8(ascii: "-"):
      // A hyphen joins two parts of a word.
      return !isFirst && (isLetter(next) || isDigit(next) || next >= 0x80) ? 1 : nil
    case 0x80...:
      let (scalar, length) = scalar(at: offset)
      return scalar.properties.isXIDContinue ? length : nil
    default: return nil
    }
  }

  private mutating func sign() -> Bool {
    let start = here
    let pair = (bytes[here.offset], peek(1))
    let found: Sign
    switch pair {
    case (UInt8(ascii: "("), _): found = .openParenthesis
    case (UInt8(ascii: ")"), _): found = .closeParenthesis
    case (UInt8(ascii: "["), _): found = .openBracket
    case (UInt8(ascii: "]"), _): found = .closeBracket
    case (UInt8(ascii: "{"), _): found = .openBrace
    case (UInt8(ascii: "}"), _): found = .closeBrace
    case (UInt8(ascii: ","), _): found = .comma
    case (UInt8(ascii: ":"), _): found = .colon
    case (UInt8(ascii: "<"), UInt8(ascii: "=")): found = .lessOrEqual
    case (UInt8(ascii: "<"), _): found = .less
    case (UInt8(ascii: ">"), UInt8(ascii: "=")): found = .greaterOrEqual
    case (UInt8(ascii: ">"), _): found = .greater
    case (UInt8(ascii: "="), UInt8(ascii: "=")), (UInt8(ascii: "="), UInt8(ascii: ">")),
      (UInt8(ascii: "="), UInt8(ascii: "<")), (UInt8(ascii: "!"), UInt8(ascii: "=")):
      strayComparison(length: 2)
      return true
    case (UInt8(ascii: "="), _): found = .equals
    case (UInt8(ascii: "."), UInt8(ascii: ".")) where peek(2) == UInt8(ascii: "<"): found = .halfOpenRange
    case (UInt8(ascii: "."), UInt8(ascii: ".")) where peek(2) == UInt8(ascii: "."): found = .closedRange
    case (UInt8(ascii: "."), UInt8(ascii: ".")):
      strayRange()
      return true
    case (UInt8(ascii: "."), _): found = .dot
    default:
      let (scalar, length) = scalar(at: here.offset)
      guard scalar == "\u{2264}" || scalar == "\u{2265}" else { return false }
      strayComparison(length: length)
      return true
    }
    advance(by: found.rawValue.utf8.count)
    add(.sign(found), from: start)
    return true
  }

  /// A comparison in another language's spelling: one error, and the parser sees what was meant.
  private mutating func strayComparison(length: Int) {
    let start = here
    advance(by: length)
    let span = Span(start: start, end: here)
    let text = file.text(span.bytes)
    let meant: Sign? =
      switch text {
      case "=>", "\u{2265}": .greaterOrEqual
      case "=<", "\u{2264}": .lessOrEqual
      default: nil
      }
    sink.report(
      .invalidCharacter, "\(quoted(text)) is not a comparison", at: span,
      notes: meant == nil ? ["measured values are compared by `<`, `<=`, `>` or `>=`"] : [],
      fix: meant.map { sink.fix("write `\($0.rawValue)`", replace: span, by: $0.rawValue) })
    add(.sign(meant ?? .greaterOrEqual), from: start)
  }

  /// Two dots, which leave open whether the upper end belongs to the range.
  private mutating func strayRange() {
    let start = here
    advance(by: 2)
    let span = Span(start: start, end: here)
    sink.report(
      .invalidCharacter, "`..` does not say whether the upper end belongs to the range", at: span,
      helps: ["with it write `...`, without it `..<`"],
      fix: sink.fix("write `...`", replace: span, by: "..."))
    add(.sign(.closedRange), from: start)
  }

  // MARK: What cannot be read

  /// One complaint for a run of characters that mean nothing.
  private mutating func invalid() {
    let start = here
    let (first, _) = scalar(at: start.offset)
    if foreignQuotes.contains(first) { return foreignString() }
    repeat {
      let (_, length) = scalar(at: here.offset)
      for _ in 0..<length { advance() }
    } while here.offset < bytes.count && scalar(at: here.offset).0 == first
    let span = Span(start: start, end: here)
    let name = isPlain(first) && first != "`" ? quoted(String(first)) : "the character \(escaped(first))"
    switch first {
    case ";":
      sink.report(
        .invalidCharacter, "\(name) means nothing here", at: span, notes: ["a statement ends by itself"],
        fix: sink.fix("remove it", replace: span, by: ""))
    case "#":
      sink.report(
        .invalidCharacter, "\(name) means nothing here", at: span,
        fix: sink.fix("a comment starts with `//`", replace: span, by: "//"))
      lineComment()
    case "%":
      sink.report(
        .invalidCharacter, "\(name) means nothing here", at: span,
        helps: ["write shares as numbers from 0 to 1: `0.30`"])
    case "\0":
      sink.report(
        .invalidCharacter, "\(name) cannot stand in a hypothesis file", at: span,
        notes: ["is this a data file, or text in UTF-16?"])
    default:
      let isSpace = first.properties.generalCategory == .spaceSeparator
      sink.report(
        .invalidCharacter, "\(name) means nothing here", at: span,
        fix: isSpace ? sink.fix("write a plain space", replace: span, by: " ") : nil)
    }
  }

  /// A text between single or typographic quotes: one complaint, and the parser sees a text.
  private mutating func foreignString() {
    let start = here
    var inner = here
    var isOpen = true
    repeat {
      let (scalar, length) = scalar(at: here.offset)
      for _ in 0..<length { advance() }
      if foreignQuotes.contains(scalar) || scalar == "\"" {
        if here.offset - length > start.offset { isOpen = false } else { inner = here }
      }
    } while isOpen && peek(0) != nil && peek(0) != 0x0A && peek(0) != 0x0D
    let span = Span(start: start, end: here)
    let text = file.text(inner.offset..<here.offset)
    let content = isOpen ? text : String(text.unicodeScalars.dropLast())
    let (first, _) = scalar(at: start.offset)
    sink.report(
      .invalidCharacter, "\(quoted(String(first))) does not start a text", at: span,
      fix: isOpen ? nil : sink.fix("texts stand between `\"`", replace: span, by: quotedLiteral(content)))
    add(.string(content), from: start)
  }

  /// The character at an offset and how many bytes it takes. The bytes are valid UTF-8.
  private func scalar(at offset: Int) -> (Unicode.Scalar, Int) {
    let first = bytes[offset]
    let length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
    var value = length == 1 ? UInt32(first) : UInt32(first) & (0x7F >> UInt32(length))
    for i in 1..<max(length, 1) where offset + i < bytes.count {
      value = value << 6 | UInt32(bytes[offset + i] & 0x3F)
    }
    return (Unicode.Scalar(value) ?? "\u{FFFD}", min(length, bytes.count - offset))
  }

  private mutating func isValidUTF8() -> Bool {
    guard let bad = firstInvalidByte(bytes) else { return true }
    var place = Position.start
    while place.offset < bad {
      let byte = bytes[place.offset]
      let next = place.offset + 1 < bytes.count ? bytes[place.offset + 1] : 0
      place.offset += 1
      if byte == 0x0A || (byte == 0x0D && next != 0x0A) {
        place.line += 1
        place.column = 1
      } else if byte & 0xC0 != 0x80 {
        place.column += 1
      }
    }
    var end = place
    end.offset += 1
    end.column += 1
    let hex = String(bytes[bad], radix: 16, uppercase: true)
    let isUTF16 = bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF])
    sink.report(
      .invalidUTF8, "byte 0x\(hex) at offset \(bad) is not UTF-8", at: Span(start: place, end: end),
      helps: [isUTF16 ? "the file seems to be UTF-16; save it as UTF-8" : "save the file as UTF-8"])
    return false
  }
}

/// Quotes of other languages and of word processors.
private let foreignQuotes: Set<Unicode.Scalar> = [
  "'", "\u{2018}", "\u{2019}", "\u{201C}", "\u{201D}", "\u{201E}",
]

private func isDigit(_ byte: UInt8?) -> Bool {
  guard let byte else { return false }
  return UInt8(ascii: "0") <= byte && byte <= UInt8(ascii: "9")
}

/// ASCII letters and the underscore.
private func isLetter(_ byte: UInt8) -> Bool {
  let lower = byte | 0x20
  return (UInt8(ascii: "a") <= lower && lower <= UInt8(ascii: "z")) || byte == UInt8(ascii: "_")
}

/// Whether text is a number: digits with single underscores between them, a fraction, an exponent.
private func hasNumberForm(_ text: String) -> Bool {
  var rest = Array(text.utf8)[...]
  func takeDigits() -> Bool {
    var previous: UInt8 = UInt8(ascii: "_")
    var count = 0
    while let byte = rest.first, isDigit(byte) || (byte == UInt8(ascii: "_") && isDigit(previous)) {
      previous = byte
      count += 1
      rest.removeFirst()
    }
    return count > 0 && isDigit(previous)
  }
  if rest.first == UInt8(ascii: "-") { rest.removeFirst() }
  guard takeDigits() else { return false }
  if rest.first == UInt8(ascii: ".") {
    rest.removeFirst()
    guard takeDigits() else { return false }
  }
  if let byte = rest.first, byte | 0x20 == UInt8(ascii: "e") {
    rest.removeFirst()
    if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest.removeFirst() }
    guard takeDigits() else { return false }
  }
  return rest.isEmpty
}

private func numberValue(_ text: String) -> Double? {
  guard hasNumberForm(text), let value = Double(text.filter { $0 != "_" }), value.isFinite else { return nil }
  // There is one zero: "-0" must not print differently from "0".
  return value == 0 ? 0 : value
}

/// The offset of the first byte that is not part of well-formed UTF-8 (Unicode 16, table 3-7).
private func firstInvalidByte(_ bytes: [UInt8]) -> Int? {
  var i = 0
  while i < bytes.count {
    let first = bytes[i]
    let length: Int
    var second: ClosedRange<UInt8> = 0x80...0xBF
    switch first {
    case 0x00...0x7F:
      i += 1
      continue
    case 0xC2...0xDF: length = 2
    case 0xE0:
      length = 3
      second = 0xA0...0xBF
    case 0xED:
      length = 3
      second = 0x80...0x9F
    case 0xE1...0xEF: length = 3
    case 0xF0:
      length = 4
      second = 0x90...0xBF
    case 0xF1...0xF3: length = 4
    case 0xF4:
      length = 4
      second = 0x80...0x8F
    default: return i
    }
    guard i + length <= bytes.count, second.contains(bytes[i + 1]) else { return i }
    for k in 2..<max(2, length) where !(0x80...0xBF).contains(bytes[i + k]) { return i }
    i += length
  }
  return nil
}
