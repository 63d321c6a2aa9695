/// The header of an .npy file, versions 1.0 to 3.0
/// (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html).
struct NumPy {
  var tensor: TensorHeader

  static let magic: [UInt8] = [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59]
  /// A header holds three entries; NumPy itself refuses more than 10,000 bytes unless told otherwise.
  static let headerLimit = 1 << 20

  static func recognises(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.count >= magic.count && bytes.prefix(magic.count).elementsEqual(magic)
  }

  /// - Parameter name: what the tensor is to be called; the file does not say.
  init(_ bytes: UnsafeRawBufferPointer, tensorName name: String, file: String) throws(ActivationError) {
    func truncated(_ needed: Int) -> ActivationError {
      ActivationError(file: file, problem: .truncated(neededBytes: needed, foundBytes: bytes.count))
    }
    guard bytes.count >= 10 else { throw truncated(10) }
    let (major, minor) = (Int(bytes[6]), Int(bytes[7]))
    guard (1...3).contains(major), minor == 0 else {
      throw ActivationError(
        file: file, place: .init(offset: 6), problem: .unsupportedVersion(major: major, minor: minor))
    }
    let headerStart = major == 1 ? 10 : 12
    guard bytes.count >= headerStart else { throw truncated(headerStart) }
    let length =
      major == 1
      ? Int(UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt16.self)))
      : Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self)))
    guard length <= Self.headerLimit else {
      throw ActivationError(
        file: file, place: .init(offset: 8),
        problem: .headerTooLong(length: UInt64(length), limit: Self.headerLimit))
    }
    let dataStart = headerStart + length
    guard bytes.count >= dataStart else { throw truncated(dataStart) }

    let header: Header
    do {
      header = try Header(UnsafeRawBufferPointer(rebasing: bytes[headerStart..<dataStart]))
    } catch {
      throw ActivationError(
        file: file, place: .init(offset: headerStart + error.offset),
        problem: .headerSyntax(found: error.found, expected: error.expected))
    }
    let place = ActivationError.Place(offset: headerStart)
    guard let (type, isBigEndian) = Self.type(header.descr) else {
      // "O" as the type of the elements, or of a field of a record.
      let holdsObjects = header.descr.contains("|O")
      throw ActivationError(
        file: file, place: place,
        problem: holdsObjects
          ? .objectArray(descr: header.descr)
          : .unknownType(found: header.descr, known: ["f2", "f4", "f8", "i1 to i8", "u1 to u8", "b1"]))
    }
    guard let size = Shape.byteCount(header.shape, bits: type.bits) else {
      throw ActivationError(file: file, place: place, problem: .shapeTooLarge(header.shape))
    }
    let available = bytes.count - dataStart
    guard size <= available else {
      let (needed, overflow) = dataStart.addingReportingOverflow(size)
      throw truncated(overflow ? .max : needed)
    }
    guard size == available else {
      throw ActivationError(
        file: file, place: .init(offset: dataStart + size), problem: .trailingBytes(available - size))
    }
    tensor = TensorHeader(
      name: name, type: type, shape: header.shape, byteRange: dataStart..<bytes.count,
      isColumnMajor: header.isFortranOrder, isBigEndian: isBigEndian)
  }

  /// The type behind a `descr` such as `<f4`; `nil` for anything but plain numbers.
  private static func type(_ descr: String) -> (ElementType, isBigEndian: Bool)? {
    guard let order = descr.first, "<>|=".contains(order) else { return nil }
    let type: ElementType
    switch descr.dropFirst() {
    case "f8": type = .float64
    case "f4": type = .float32
    case "f2": type = .float16
    case "i8": type = .int64
    case "i4": type = .int32
    case "i2": type = .int16
    case "i1": type = .int8
    case "u8": type = .uint64
    case "u4": type = .uint32
    case "u2": type = .uint16
    case "u1": type = .uint8
    case "b1": type = .bool
    default: return nil
    }
    // "|" says that byte order does not apply, and "=" that it is the writer's, which is not known here.
    if type.bits > 8 && order != "<" && order != ">" { return nil }
    return (type, order == ">")
  }

  /// The Python dictionary `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`, then spaces and a
  /// newline.
  private struct Header {
    /// The text of the type; of a record, the text of the whole list.
    var descr: String
    var isFortranOrder: Bool
    var shape: [Int]

    init(_ bytes: UnsafeRawBufferPointer) throws(SyntaxFailure) {
      // The dictionary is close enough to JSON for its cursor: brackets, commas, integers.
      var cursor = JSONCursor(bytes)
      var descr: String?
      var isFortranOrder: Bool?
      var shape: [Int]?
      try cursor.expect("{", "a Python dictionary")
      while !cursor.take("}") {
        let start = cursor.position
        let key = try Self.string(&cursor, bytes)
        try cursor.expect(":", "':' after a key")
        switch key {
        case "descr" where descr == nil: descr = try Self.descr(&cursor, bytes)
        case "fortran_order" where isFortranOrder == nil:
          isFortranOrder = try Self.boolean(&cursor, bytes)
        case "shape" where shape == nil: shape = try Self.tuple(&cursor)
        default:
          throw SyntaxFailure(
            offset: start, found: "the key '\(key)'", expected: "descr, fortran_order and shape, each once")
        }
        if !cursor.take(",") {
          try cursor.expect("}", "',' or '}'")
          break
        }
      }
      try cursor.expectEnd("nothing but white space after the dictionary")
      guard let descr, let isFortranOrder, let shape else {
        throw SyntaxFailure(
          offset: 0, found: "a dictionary that lacks one of them", expected: "descr, fortran_order and shape")
      }
      self.descr = descr
      self.isFortranOrder = isFortranOrder
      self.shape = shape
    }

    /// A string in either kind of quotes, without escapes: keys and types need none.
    private static func string(
      _ cursor: inout JSONCursor, _ bytes: UnsafeRawBufferPointer
    ) throws(SyntaxFailure) -> String {
      let quote: UInt8
      if cursor.take("'") {
        quote = 0x27
      } else if cursor.take("\"") {
        quote = 0x22
      } else {
        throw cursor.failure(expected: "a quoted string")
      }
      let start = cursor.position
      guard let end = bytes[start...].prefix(256).firstIndex(of: quote) else {
        throw SyntaxFailure(offset: start, found: "a string without end", expected: "a short quoted string")
      }
      let content = bytes[start..<end]
      guard content.allSatisfy({ $0 >= 0x20 && $0 < 0x7F && $0 != 0x5C }) else {
        throw SyntaxFailure(offset: start, found: "unusual characters", expected: "plain ASCII")
      }
      cursor.jump(to: end + 1)
      return String(decoding: content, as: UTF8.self)
    }

    private static func descr(
      _ cursor: inout JSONCursor, _ bytes: UnsafeRawBufferPointer
    ) throws(SyntaxFailure) -> String {
      cursor.skipSpace()
      let start = cursor.position
      guard start < bytes.count, bytes[start] == 0x5B else { return try string(&cursor, bytes) }
      // A record type, [('a', '<f4'), ...]: never converted, so it is only found again and quoted.
      var depth = 0
      var index = start
      while index < bytes.count {
        if bytes[index] == 0x5B { depth += 1 }
        if bytes[index] == 0x5D { depth -= 1 }
        index += 1
        if depth == 0 {
          cursor.jump(to: index)
          return String(decoding: bytes[start..<index], as: UTF8.self)
        }
      }
      throw SyntaxFailure(offset: start, found: "a list without end", expected: "']'")
    }

    private static func boolean(
      _ cursor: inout JSONCursor, _ bytes: UnsafeRawBufferPointer
    ) throws(SyntaxFailure) -> Bool {
      cursor.skipSpace()
      let rest = bytes[cursor.position...]
      if rest.starts(with: "True".utf8) {
        cursor.jump(to: cursor.position + 4)
        return true
      }
      if rest.starts(with: "False".utf8) {
        cursor.jump(to: cursor.position + 5)
        return false
      }
      throw cursor.failure(expected: "True or False")
    }

    private static func tuple(_ cursor: inout JSONCursor) throws(SyntaxFailure) -> [Int] {
      var values: [Int] = []
      try cursor.expect("(", "a tuple of dimensions")
      while !cursor.take(")") {
        guard values.count < Shape.rankLimit else {
          throw cursor.failure(expected: "at most \(Shape.rankLimit) dimensions")
        }
        values.append(try cursor.count("the length of a dimension"))
        // Python 2 wrote long integers so.
        _ = cursor.take("L")
        if !cursor.take(",") {
          try cursor.expect(")", "',' or ')'")
          break
        }
      }
      return values
    }
  }
}
