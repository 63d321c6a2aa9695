internal import Hypotheses

/// One word, literal or sign of a file, with the comments around it.
struct Token: Sendable {
  var kind: TokenKind
  var span: Span
  /// Comments before the token, from the first line on which nothing but comments stands before it.
  var leading: [Comment] = []
  /// Comments after the token on its own line.
  var trailing: [Comment] = []
  /// Whether only spaces and comments stand before it on its line.
  var isFirstOnLine: Bool
  /// Whether an empty line stands between it and the token or comment before.
  var followsBlankLine: Bool

  func isWord(_ text: String) -> Bool { kind == .word(text) }

  func isSign(_ sign: Sign) -> Bool { kind == .sign(sign) }

  /// How an error names it.
  var description: String {
    switch kind {
    case .word(let text): quoted(text)
    case .string(let text): "the text \(quoted("\"\(text)\""))"
    case .number(let number): "the number \(quoted(number.text))"
    case .sign(let sign): quoted(sign.rawValue)
    case .endOfFile: "the end of the file"
    }
  }
}

enum TokenKind: Sendable, Hashable {
  /// Names and keywords; wildcards and inner hyphens are part of a word: `is_*`, `property-inference`.
  case word(String)
  /// The text between the quotes, escapes resolved.
  case string(String)
  case number(NumberLiteral)
  case sign(Sign)
  case endOfFile
}

/// A number as written, and its value; `nil` where the lexer has already complained.
struct NumberLiteral: Sendable, Hashable {
  var text: String
  var value: Double?
}

enum Sign: String, Sendable, Hashable {
  case openParenthesis = "("
  case closeParenthesis = ")"
  case openBracket = "["
  case closeBracket = "]"
  case openBrace = "{"
  case closeBrace = "}"
  case comma = ","
  case colon = ":"
  case dot = "."
  case equals = "="
  case less = "<"
  case lessOrEqual = "<="
  case greater = ">"
  case greaterOrEqual = ">="
  case halfOpenRange = "..<"
  case closedRange = "..."

  var isRange: Bool { self == .halfOpenRange || self == .closedRange }

  var isOpening: Bool { self == .openParenthesis || self == .openBracket || self == .openBrace }

  var closing: Sign? {
    switch self {
    case .openParenthesis: .closeParenthesis
    case .openBracket: .closeBracket
    case .openBrace: .closeBrace
    default: nil
    }
  }
}

struct Comment: Sendable {
  /// With its `//` or `/* */`, line breaks as "\n", no spaces at the end.
  var text: String
  var isLine: Bool
  /// Whether nothing follows it on its (last) line.
  var endsLine: Bool
  var followsBlankLine: Bool
}

extension Comparison {
  /// The comparison that a sign stands for.
  init?(_ sign: Sign) {
    self.init(rawValue: sign.rawValue)
  }
}
