internal import Crypto
internal import Foundation

/// The text of a `hypothesis` block, cut into what a reader sees. It reads what it is given, correct or not: a record's
/// source is untrusted.
public enum ClaimText {
  enum Kind: String {
    /// Spaces, names, brackets.
    case plain
    case comment
    case keyword
    /// A word that is called: a metric, a probe, a rival, a source of data.
    case callee
    case string
    case number
  }

  struct Token {
    var kind: Kind
    var text: String
  }

  /// Identifies what a claim says: the SHA-256 digest of its text without comments, layout and its `expect` line, which
  /// change neither what is measured nor what is asked for.
  public static func digest(_ source: String) -> String {
    SHA256.hash(data: Data(meaning(source).joined(separator: "\n").utf8))
      .map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
  }

  /// Words, numbers, texts and signs, as far as they matter.
  private static func meaning(_ source: String) -> [String] {
    var out: [String] = []
    var skipsNext = false
    for token in pieces(source) {
      switch token.kind {
      case .comment: continue
      case .plain where token.text.allSatisfy(\.isWhitespace): continue
      case _ where skipsNext:
        skipsNext = false
        continue
      case .plain where token.text == "expect" && token.isFirst:
        skipsNext = true
        continue
      case .plain:
        // The formatter may set or drop a comma before a closing bracket.
        if [")", "]", "}"].contains(token.text), out.last == "," { out.removeLast() }
        out.append(token.text)
      case .number: out.append(token.text.filter { $0 != "_" })
      case .string, .keyword, .callee: out.append(token.text)
      }
    }
    return out
  }

  /// The source in coloured pieces; together they are the source.
  static func tokens(_ source: String) -> [Token] {
    let pieces = pieces(source)
    var out: [Token] = []
    for (index, piece) in pieces.enumerated() {
      var kind = piece.kind
      if kind == .plain, piece.isWord {
        let next = pieces[(index + 1)...].first { !$0.isSpace }?.text
        let isColumn = index > 0 && pieces[index - 1].text == "."
        if isColumn {
          kind = .plain
        } else if piece.isFirst ? statements.contains(piece.text) : joints.contains(piece.text) && next != ":"
        {
          kind = .keyword
        } else if next == "(" || next == "{" {
          kind = .callee
        }
      }
      if let last = out.last, last.kind == kind {
        out[out.count - 1].text += piece.text
      } else {
        out.append(Token(kind: kind, text: piece.text))
      }
    }
    return out
  }

  private static let statements: Set<String> = [
    "hypothesis", "assumes", "cites", "tags", "data", "unit", "measure", "predict", "probe", "folds", "items",
    "premise",
    "claim", "compare", "withstand", "expect", "for", "relation", "from",
    "vary",
  ]
  private static let joints: Set<String> = [
    "from", "grouped", "by", "over", "repeated", "stratified", "times", "in", "as", "any", "each", "selected",
    "to",
    "or",
    "back", "best", "of",
  ]

  private struct Piece {
    var kind: Kind
    var text: String
    /// Whether it is the first thing on its line that is not a space or a comment.
    var isFirst: Bool
    var isWord = false
    var isSpace: Bool {
      text.unicodeScalars.allSatisfy { $0 == " " || $0 == "\t" || $0 == "\n" || $0 == "\r" }
    }
  }

  private static func pieces(_ source: String) -> [Piece] {
    let scalars = Array(source.unicodeScalars)
    var out: [Piece] = []
    var index = 0
    var isFirst = true

    func isWord(_ scalar: Unicode.Scalar) -> Bool {
      scalar == "_" || scalar == "*" || scalar == "?" || ("a"..."z").contains(scalar)
        || ("A"..."Z").contains(scalar) || isDigit(scalar) || scalar.value >= 0x80
    }
    func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }
    func peek(_ distance: Int) -> Unicode.Scalar? {
      index + distance < scalars.count ? scalars[index + distance] : nil
    }
    func isBreak(_ scalar: Unicode.Scalar) -> Bool { scalar == "\n" || scalar == "\r" }

    while index < scalars.count {
      let start = index
      let scalar = scalars[index]
      var kind = Kind.plain
      var isWordPiece = false
      switch scalar {
      case " ", "\t", "\n", "\r":
        while let next = peek(0), next == " " || next == "\t" || isBreak(next) { index += 1 }
      case "/" where peek(1) == "/":
        kind = .comment
        while let next = peek(0), !isBreak(next) { index += 1 }
      case "/" where peek(1) == "*":
        kind = .comment
        var depth = 0
        repeat {
          if peek(0) == "/", peek(1) == "*" {
            depth += 1
            index += 2
          } else if peek(0) == "*", peek(1) == "/" {
            depth -= 1
            index += 2
          } else {
            index += 1
          }
        } while depth > 0 && index < scalars.count
      case "\"":
        kind = .string
        index += 1
        while let next = peek(0), !isBreak(next) {
          index += next == "\\" && peek(1).map { !isBreak($0) } == true ? 2 : 1
          if next == "\"" { break }
        }
      case _ where isDigit(scalar) || scalar == "-" && peek(1).map(isDigit) == true:
        kind = .number
        index += 1
        while let next = peek(0) {
          let isExponentSign =
            (next == "+" || next == "-") && (scalars[index - 1] == "e" || scalars[index - 1] == "E")
          guard
            isDigit(next) || next == "_" || next == "e" || next == "E" || isExponentSign
              || next == "." && peek(1).map(isDigit) == true
          else { break }
          index += 1
        }
      case _ where isWord(scalar):
        isWordPiece = true
        while let next = peek(0), isWord(next) || next == "-" && peek(1).map(isWord) == true { index += 1 }
      case "<", ">":
        index += peek(1) == "=" ? 2 : 1
      default:
        index += 1
      }
      index = min(index, scalars.count)
      let text = String(String.UnicodeScalarView(scalars[start..<index]))
      let piece = Piece(kind: kind, text: text, isFirst: isFirst, isWord: isWordPiece)
      out.append(piece)
      if piece.isSpace {
        isFirst = isFirst || text.unicodeScalars.contains(where: isBreak)
      } else if kind != .comment {
        isFirst = scalar == "{"
      }
    }
    return out
  }
}
