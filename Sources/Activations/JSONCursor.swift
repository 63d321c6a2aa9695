/// What stands in a text where something else is expected.
struct SyntaxFailure: Error, Sendable, Hashable {
  /// Bytes from the start of the text.
  var offset: Int
  var found: String
  var expected: String
}

/// Reads JSON (RFC 8259) as the caller asks for it, value by value. No tree is built, so that memory stays
/// proportional to what is kept, and repeated member names stay visible to the caller.
///
/// The cursor must not outlive the bytes that it reads.
struct JSONCursor {
  private let bytes: UnsafeRawBufferPointer
  private(set) var position = 0

  /// Values that are skipped may nest this deep.
  static let depthLimit = 32

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  /// What stands at `offset`, for errors.
  func describe(at offset: Int) -> String {
    guard offset >= 0, offset < bytes.count else { return "the end" }
    let byte = bytes[offset]
    if byte >= 0x20 && byte < 0x7F { return "'\(Unicode.Scalar(byte))'" }
    let digits = String(byte, radix: 16)
    return "byte 0x" + (digits.count == 1 ? "0" : "") + digits
  }

  func failure(expected: String) -> SyntaxFailure {
    SyntaxFailure(offset: position, found: describe(at: position), expected: expected)
  }

  /// Continues at `offset`, which the caller has found by other means. It may be the end.
  mutating func jump(to offset: Int) {
    position = min(max(offset, 0), bytes.count)
  }

  mutating func skipSpace() {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x09, 0x0A, 0x0D: position += 1
      default: return
      }
    }
  }

  /// Consumes `byte` (after white space) if it comes next.
  mutating func take(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard position < bytes.count, UInt32(bytes[position]) == character.value else { return false }
    position += 1
    return true
  }

  mutating func expect(_ character: Unicode.Scalar, _ expected: String) throws(SyntaxFailure) {
    guard take(character) else { throw failure(expected: expected) }
  }

  mutating func expectEnd(_ expected: String) throws(SyntaxFailure) {
    skipSpace()
    guard position == bytes.count else { throw failure(expected: expected) }
  }

  /// Reads an object: `member` is called with each name, at its value, and must consume the value. `offset`
  /// is where the name starts.
  mutating func object(
    _ member: (inout JSONCursor, _ name: String, _ offset: Int) throws(SyntaxFailure) -> Void
  ) throws(SyntaxFailure) {
    try expect("{", "an object")
    if take("}") { return }
    repeat {
      skipSpace()
      let offset = position
      let name = try string()
      try expect(":", "':' after a name")
      try member(&self, name, offset)
    } while take(",")
    try expect("}", "',' or '}'")
  }

  /// Reads an array: `element` is called at each value and must consume it.
  mutating func array(
    _ element: (inout JSONCursor) throws(SyntaxFailure) -> Void
  ) throws(SyntaxFailure) {
    try expect("[", "an array")
    if take("]") { return }
    repeat {
      try element(&self)
    } while take(",")
    try expect("]", "',' or ']'")
  }

  /// Reads an integer of at least zero, written without fraction or exponent.
  mutating func count(_ expected: String) throws(SyntaxFailure) -> Int {
    skipSpace()
    let start = position
    var value = 0
    while position < bytes.count, case let digit = bytes[position], digit >= 0x30, digit <= 0x39 {
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(Int(digit) - 0x30)
      guard !overflow, !carry else {
        throw SyntaxFailure(
          offset: start, found: "an integer that does not fit 64 bits", expected: expected)
      }
      value = sum
      position += 1
    }
    let length = position - start
    guard length > 0 else { throw failure(expected: expected) }
    if length > 1 && bytes[start] == 0x30 {
      throw SyntaxFailure(offset: start, found: "a leading zero", expected: expected)
    }
    if position < bytes.count, [0x2E, 0x45, 0x65].contains(bytes[position]) {
      throw failure(expected: "an integer without fraction or exponent")
    }
    return value
  }

  /// Reads a string. Every escape is decoded; invalid UTF-8 and unpaired surrogates are refused.
  mutating func string() throws(SyntaxFailure) -> String {
    try expect("\"", "a string")
    let start = position
    // Most strings have no escape and are read in one piece.
    var decoded: [UInt8]?
    while true {
      guard position < bytes.count else {
        throw SyntaxFailure(offset: start - 1, found: "a string without end", expected: "a closing '\"'")
      }
      let byte = bytes[position]
      if byte == 0x22 { break }
      guard byte >= 0x20 else { throw failure(expected: "no control character in a string") }
      if byte == 0x5C {
        if decoded == nil { decoded = Array(bytes[start..<position]) }
        position += 1
        let scalar = try escape()
        decoded?.append(contentsOf: String(scalar).utf8)
      } else {
        decoded?.append(byte)
        position += 1
      }
    }
    let end = position
    position += 1
    let text =
      if let decoded { String(validating: decoded, as: UTF8.self) } else {
        String(validating: bytes[start..<end], as: UTF8.self)
      }
    guard let text else {
      throw SyntaxFailure(offset: start, found: "bytes that are not UTF-8", expected: "UTF-8 text")
    }
    return text
  }

  private mutating func escape() throws(SyntaxFailure) -> Unicode.Scalar {
    guard position < bytes.count else { throw failure(expected: "an escape") }
    let kind = bytes[position]
    position += 1
    switch kind {
    case 0x22: return "\""
    case 0x5C: return "\\"
    case 0x2F: return "/"
    case 0x62: return "\u{8}"
    case 0x66: return "\u{C}"
    case 0x6E: return "\n"
    case 0x72: return "\r"
    case 0x74: return "\t"
    case 0x75:
      let start = position - 2
      let first = try hexadecimal()
      var value = first
      if first & 0xFC00 == 0xD800, position + 1 < bytes.count, bytes[position] == 0x5C,
        bytes[position + 1] == 0x75
      {
        position += 2
        let second = try hexadecimal()
        if second & 0xFC00 == 0xDC00 { value = 0x10000 + (first & 0x3FF) << 10 + (second & 0x3FF) }
      }
      guard let scalar = Unicode.Scalar(value) else {
        throw SyntaxFailure(offset: start, found: "an unpaired surrogate", expected: "a pair of \\u escapes")
      }
      return scalar
    default:
      position -= 1
      throw failure(expected: "one of the escapes of JSON")
    }
  }

  private mutating func hexadecimal() throws(SyntaxFailure) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard position < bytes.count,
        let digit = Character(Unicode.Scalar(bytes[position])).hexDigitValue, bytes[position] < 0x80
      else { throw failure(expected: "four hexadecimal digits") }
      value = value << 4 | UInt32(digit)
      position += 1
    }
    return value
  }

  /// Reads and forgets any value that nests at most `depthLimit` deep.
  mutating func skipValue(depth: Int = 0) throws(SyntaxFailure) {
    guard depth < Self.depthLimit else {
      throw SyntaxFailure(
        offset: position, found: "more than \(Self.depthLimit) nested values", expected: "a flat header")
    }
    skipSpace()
    guard position < bytes.count else { throw failure(expected: "a value") }
    switch bytes[position] {
    case 0x7B:
      try object { (cursor, _, _) throws(SyntaxFailure) in try cursor.skipValue(depth: depth + 1) }
    case 0x5B:
      try array { cursor throws(SyntaxFailure) in try cursor.skipValue(depth: depth + 1) }
    case 0x22: _ = try string()
    case 0x74: try literal("true")
    case 0x66: try literal("false")
    case 0x6E: try literal("null")
    case 0x2D, 0x30...0x39: try skipNumber()
    default: throw failure(expected: "a value")
    }
  }

  private mutating func literal(_ word: StaticString) throws(SyntaxFailure) {
    let expected = word.withUTF8Buffer { Array($0) }
    guard position + expected.count <= bytes.count,
      bytes[position..<position + expected.count].elementsEqual(expected)
    else { throw failure(expected: "\(word)") }
    position += expected.count
  }

  private mutating func skipDigits() -> Int {
    let start = position
    while position < bytes.count, case let digit = bytes[position], digit >= 0x30, digit <= 0x39 {
      position += 1
    }
    return position - start
  }

  private mutating func skipNumber() throws(SyntaxFailure) {
    if bytes[position] == 0x2D { position += 1 }
    let start = position
    let whole = skipDigits()
    guard whole > 0, whole == 1 || bytes[start] != 0x30 else { throw failure(expected: "a number") }
    if position < bytes.count, bytes[position] == 0x2E {
      position += 1
      guard skipDigits() > 0 else { throw failure(expected: "a digit after the point") }
    }
    if position < bytes.count, bytes[position] == 0x45 || bytes[position] == 0x65 {
      position += 1
      if position < bytes.count, bytes[position] == 0x2B || bytes[position] == 0x2D { position += 1 }
      guard skipDigits() > 0 else { throw failure(expected: "a digit in the exponent") }
    }
    // The reference implementation reads what it ignores, and refuses this.
    guard let value = Double(String(decoding: bytes[start..<position], as: UTF8.self)), value.isFinite else {
      throw SyntaxFailure(
        offset: start, found: "a number out of range", expected: "one that a double can hold")
    }
  }
}
