internal import Foundation

/// The text form of the files that people review: a baseline and a lock. A title line, comments after `#`, fields of
/// the whole file, and blocks of a head line and its indented fields:
///
///     refute-baseline/1
///     seed     1
///
///     claim "layer 3 encodes part of speech"
///       verdict  corroborated
///
/// Names from hypotheses stand between quotes with everything escaped that could end a line or act on a terminal, so
/// that no name can add a field.
struct Ledger: Sendable, Hashable {
  struct Field: Sendable, Hashable {
    var key: String
    var value: String
    /// Where it was read; 0 where it was made.
    var number = 0
  }

  struct Block: Sendable, Hashable {
    var kind: String
    var name: String
    var fields: [Field] = []
    var number = 0

    /// Adds a field whose value is a single bare word or number.
    mutating func add(_ key: String, _ value: String) { fields.append(Field(key: key, value: value)) }

    /// Adds a field whose value is a text.
    mutating func add(_ key: String, text: String) { add(key, Ledger.quoted(text)) }
  }

  var title: String
  var comments: [String] = []
  var fields: [Field] = []
  var blocks: [Block] = []

  var text: String {
    var out = title + "\n"
    for comment in comments { out += "# \(comment)\n" }
    for field in fields { out += Ledger.line(field) }
    for block in blocks {
      out += "\n\(block.kind) \(Ledger.quoted(block.name))\n"
      for field in block.fields { out += "  " + Ledger.line(field) }
    }
    return out
  }

  private static func line(_ field: Field) -> String {
    field.key + String(repeating: " ", count: max(1, 9 - field.key.utf8.count)) + field.value + "\n"
  }

  /// Between quotes; what would not stay on its line, or would not be seen, is written as `\u{...}`.
  static func quoted(_ text: String) -> String {
    var out = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": out += "\\\""
      case "\\": out += "\\\\"
      case "\n": out += "\\n"
      default:
        if String(scalar).line.unicodeScalars.first == scalar {
          out.unicodeScalars.append(scalar)
        } else {
          out += "\\u{\(String(scalar.value, radix: 16))}"
        }
      }
    }
    return out + "\""
  }

  /// The text of a quoted value; `nil` where it is none.
  static func unquoted(_ value: some StringProtocol) -> String? {
    var out = String.UnicodeScalarView()
    var rest = Array(value.unicodeScalars)[...]
    guard rest.popFirst() == "\"" else { return nil }
    while let scalar = rest.popFirst() {
      if scalar == "\"" { return rest.isEmpty ? String(out) : nil }
      guard scalar == "\\" else {
        out.append(scalar)
        continue
      }
      switch rest.popFirst() {
      case "\""?: out.append("\"")
      case "\\"?: out.append("\\")
      case "n"?: out.append("\n")
      case "u"?:
        guard rest.popFirst() == "{", let end = rest.firstIndex(of: "}"), end - rest.startIndex <= 6,
          let value = UInt32(String(String.UnicodeScalarView(rest[..<end])), radix: 16),
          let scalar = Unicode.Scalar(value)
        else { return nil }
        out.append(scalar)
        rest = rest[(end + 1)...]
      default: return nil
      }
    }
    return nil
  }
}

/// A baseline or lock file that cannot be used.
public enum LedgerError: Error, Sendable, Hashable {
  case cannotRead(path: String, String)
  /// The first line is another one than such a file has.
  case wrongTitle(path: String, found: String, expected: String)
  /// A line is not what stands there in such a file.
  case malformed(path: String, line: Int, found: String, expected: String)
}

extension Ledger {
  /// Files beyond this are something else.
  static let largestSize = 16 << 20

  /// Reads the file at `path`, which must have the title `expected`.
  init(contentsOf path: String, title expected: String) throws(LedgerError) {
    let data: Data
    do {
      data = try Data(contentsOf: URL(fileURLWithPath: path))
    } catch {
      throw .cannotRead(path: path, error.localizedDescription)
    }
    guard data.count <= Ledger.largestSize else {
      throw .cannotRead(path: path, "it holds more than 16 MiB")
    }
    try self.init(String(decoding: data, as: UTF8.self), path: path, title: expected)
  }

  /// - Parameter path: what errors call the file.
  init(_ text: String, path: String, title expected: String) throws(LedgerError) {
    let lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
    title = lines.first.map(String.init) ?? ""
    guard title == expected else {
      throw .wrongTitle(path: path, found: title, expected: expected)
    }
    for (index, line) in lines.enumerated().dropFirst() {
      let number = index + 1
      if line.allSatisfy({ $0 == " " }) { continue }
      if line.hasPrefix("#") { continue }
      let isIndented = line.hasPrefix("  ")
      let content = line.drop { $0 == " " }
      let key = content.prefix { $0 != " " }
      let value = content[key.endIndex...].drop { $0 == " " }
      guard !key.isEmpty, !value.isEmpty, isIndented || content.startIndex == line.startIndex,
        key.allSatisfy({ $0.isASCII && $0.isLetter })
      else {
        throw .malformed(path: path, line: number, found: String(line), expected: "a word and its value")
      }
      if isIndented {
        guard !blocks.isEmpty else {
          throw .malformed(
            path: path, line: number, found: String(line), expected: "a block before its fields")
        }
        blocks[blocks.count - 1].fields.append(
          Field(key: String(key), value: String(value), number: number))
      } else if value.hasPrefix("\"") {
        guard let name = Ledger.unquoted(value) else {
          throw .malformed(path: path, line: number, found: String(line), expected: "a name between quotes")
        }
        guard !blocks.contains(where: { $0.kind == key && $0.name == name }) else {
          throw .malformed(
            path: path, line: number, found: String(line), expected: "a name that no block before it has")
        }
        blocks.append(Block(kind: String(key), name: name, number: number))
      } else {
        guard blocks.isEmpty else {
          throw .malformed(
            path: path, line: number, found: String(line),
            expected: "a block, or a field set in by two spaces")
        }
        fields.append(Field(key: String(key), value: String(value), number: number))
      }
    }
  }
}

/// Reads the fields of one block, each of which must be known.
struct LedgerReader {
  let path: String
  let fields: [Ledger.Field]
  let number: Int

  init(_ block: Ledger.Block, path: String, known: Set<String>) throws(LedgerError) {
    try self.init(block.fields, number: block.number, path: path, known: known)
  }

  init(_ fields: [Ledger.Field], number: Int, path: String, known: Set<String>) throws(LedgerError) {
    self.path = path
    self.fields = fields
    self.number = number
    for field in fields where !known.contains(field.key) {
      throw .malformed(
        path: path, line: field.number, found: field.key,
        expected: "one of \(known.sorted().joined(separator: ", "))")
    }
  }

  /// The value of a field that may be absent, read by `parse`.
  func optional<Value>(
    _ key: String, _ expected: String, _ parse: (String) -> Value?
  ) throws(LedgerError) -> Value? {
    guard let field = fields.first(where: { $0.key == key }) else { return nil }
    guard let value = parse(field.value) else {
      throw .malformed(path: path, line: field.number, found: field.value, expected: expected)
    }
    return value
  }

  func required<Value>(
    _ key: String, _ expected: String, _ parse: (String) -> Value?
  ) throws(LedgerError) -> Value {
    guard let value = try optional(key, expected, parse) else {
      throw .malformed(path: path, line: number, found: "no \(key)", expected: "\(key): \(expected)")
    }
    return value
  }

  func all<Value>(
    _ key: String, _ expected: String, _ parse: (String) -> Value?
  ) throws(LedgerError) -> [Value] {
    var values: [Value] = []
    for field in fields where field.key == key {
      guard let value = parse(field.value) else {
        throw .malformed(path: path, line: field.number, found: field.value, expected: expected)
      }
      values.append(value)
    }
    return values
  }

  /// A SHA-256 digest in lower-case hexadecimal.
  static func digest(_ value: String) -> String? {
    value.utf8.count == 64 && value.allSatisfy { $0.isHexDigit && !$0.isUppercase } ? value : nil
  }

  /// A digest and a quoted path.
  static func file(_ value: String) -> Record.DataFile? {
    guard let digest = digest(String(value.prefix(64))), let path = Ledger.unquoted(value.dropFirst(65))
    else { return nil }
    return Record.DataFile(path: path, sha256: digest)
  }
}
