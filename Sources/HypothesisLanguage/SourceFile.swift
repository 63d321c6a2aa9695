internal import Hypotheses

/// The bytes of one hypothesis file, as they were read: nothing is assumed about them.
public struct SourceFile: Sendable, Hashable {
  /// The path as diagnostics show it.
  public let path: String
  public let bytes: [UInt8]

  /// The largest file that `parse` looks into. A hypothesis file is written by hand; what is larger is something
  /// else, and a bound on it bounds the time and the memory of everything after.
  public static let largestSize = 1 << 20

  public init(path: String, bytes: [UInt8]) {
    self.path = path
    self.bytes = bytes
  }

  public init(path: String, text: String) {
    self.init(path: path, bytes: Array(text.utf8))
  }

  /// The text between two byte offsets; ill-formed UTF-8 is repaired, offsets outside the file are clamped.
  func text(_ range: Range<Int>) -> String {
    String(decoding: bytes[range.clamped(to: 0..<bytes.count)], as: UTF8.self)
  }
}

/// A point in a file. Lines and columns count from 1, columns in Unicode scalars; offsets count bytes from 0.
struct Position: Sendable, Hashable {
  var offset: Int
  var line: Int
  var column: Int

  static let start = Position(offset: 0, line: 1, column: 1)
}

/// A stretch of a file.
struct Span: Sendable, Hashable {
  var start: Position
  var end: Position

  var bytes: Range<Int> { start.offset..<max(start.offset, end.offset) }

  /// From the start of this one to the end of another.
  func through(_ other: Span) -> Span { Span(start: start, end: other.end) }

  /// The empty stretch right after this one.
  var after: Span { Span(start: end, end: end) }

  func location(in path: String) -> SourceLocation {
    SourceLocation(file: path, line: start.line, column: start.column)
  }
}
