/// The header of a safetensors file, read and checked as the reference implementation does
/// (https://github.com/huggingface/safetensors), and a little more strictly: repeated names are refused.
struct Safetensors {
  var tensors: [TensorHeader]
  var metadata: [String: String]

  /// The limit of the reference implementation.
  static let headerLimit = 100_000_000
  /// The length field and `{}`.
  static let smallestFile = 10

  private struct Entry {
    var name: String
    var offset: Int
    var type: String
    var typeOffset: Int
    var shape: [Int]
    var begin: Int
    var end: Int
  }

  /// The header's length as the first eight bytes give it, if there are as many.
  static func headerLength(_ bytes: UnsafeRawBufferPointer) -> UInt64? {
    guard bytes.count >= 8 else { return nil }
    return UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self))
  }

  /// Whether the bytes look like a safetensors file rather than anything else: a plausible length, then `{`.
  static func recognises(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard let length = headerLength(bytes), bytes.count > 8 else { return false }
    return length <= UInt64(headerLimit) && bytes[8] == 0x7B
  }

  init(_ bytes: UnsafeRawBufferPointer, file: String) throws(ActivationError) {
    guard let length = Self.headerLength(bytes), bytes.count >= Self.smallestFile else {
      throw ActivationError(
        file: file, problem: .truncated(neededBytes: Self.smallestFile, foundBytes: bytes.count))
    }
    guard length <= UInt64(Self.headerLimit) else {
      throw ActivationError(
        file: file, place: .init(offset: 0), problem: .headerTooLong(length: length, limit: Self.headerLimit))
    }
    let dataStart = 8 + Int(length)
    guard dataStart <= bytes.count else {
      throw ActivationError(
        file: file, problem: .truncated(neededBytes: dataStart, foundBytes: bytes.count))
    }
    let entries: [Entry]
    var tensor: String?
    do {
      (entries, metadata) = try Self.parse(UnsafeRawBufferPointer(rebasing: bytes[8..<dataStart]), &tensor)
    } catch {
      throw ActivationError(
        file: file, place: .init(tensor: tensor, offset: 8 + error.offset),
        problem: .headerSyntax(found: error.found, expected: error.expected))
    }
    tensors = try Self.check(entries, dataStart: dataStart, fileSize: bytes.count, file: file)
  }

  /// `tensor` names the entry that is being read, for errors.
  private static func parse(
    _ header: UnsafeRawBufferPointer, _ tensor: inout String?
  ) throws(SyntaxFailure) -> ([Entry], [String: String]) {
    var cursor = JSONCursor(header)
    // The format has no room for white space before the brace; after the object it is padding.
    guard header.first == 0x7B else { throw cursor.failure(expected: "'{'") }
    var entries: [Entry] = []
    var metadata: [String: String] = [:]
    var hasMetadata = false
    try cursor.object { (cursor, name, offset) throws(SyntaxFailure) in
      if name == "__metadata__" {
        guard !hasMetadata else {
          throw SyntaxFailure(offset: offset, found: "__metadata__ a second time", expected: "it once")
        }
        hasMetadata = true
        // As good as none, as for the reference implementation.
        cursor.skipSpace()
        if cursor.position < header.count, header[cursor.position] == UInt8(ascii: "n") {
          return try cursor.skipValue()
        }
        try cursor.object { (cursor, name, offset) throws(SyntaxFailure) in
          let value = try cursor.string()
          guard metadata.updateValue(value, forKey: name) == nil else {
            throw SyntaxFailure(
              offset: offset, found: "the metadata entry \"\(name)\" a second time",
              expected: "each name once")
          }
        }
      } else {
        tensor = name
        entries.append(try entry(&cursor, name: name, offset: offset))
        tensor = nil
      }
    }
    try cursor.expectEnd("nothing but white space after the header object")
    return (entries, metadata)
  }

  private static func entry(
    _ cursor: inout JSONCursor, name: String, offset: Int
  ) throws(SyntaxFailure) -> Entry {
    var type: (String, Int)?
    var shape: [Int]?
    var offsets: [Int]?
    try cursor.object { (cursor, field, fieldOffset) throws(SyntaxFailure) in
      func once(_ isNew: Bool) throws(SyntaxFailure) {
        guard isNew else {
          throw SyntaxFailure(
            offset: fieldOffset, found: "\(field) a second time", expected: "each field once")
        }
      }
      switch field {
      case "dtype":
        try once(type == nil)
        cursor.skipSpace()
        let place = cursor.position
        type = (try cursor.string(), place)
      case "shape":
        try once(shape == nil)
        shape = try integers(&cursor, "the length of a dimension", limit: Shape.rankLimit)
      case "data_offsets":
        try once(offsets == nil)
        offsets = try integers(&cursor, "an offset in bytes", limit: 2)
      default:
        // The reference implementation ignores them too.
        try cursor.skipValue()
      }
    }
    guard let type, let shape, let offsets, offsets.count == 2 else {
      let missing =
        type == nil
        ? "no dtype" : shape == nil ? "no shape" : offsets == nil ? "no data_offsets" : "one data offset"
      throw SyntaxFailure(
        offset: offset, found: missing, expected: "dtype, shape and data_offsets ([begin, end])")
    }
    return Entry(
      name: name, offset: offset, type: type.0, typeOffset: type.1, shape: shape, begin: offsets[0],
      end: offsets[1])
  }

  private static func integers(
    _ cursor: inout JSONCursor, _ expected: String, limit: Int
  ) throws(SyntaxFailure) -> [Int] {
    var values: [Int] = []
    try cursor.array { cursor throws(SyntaxFailure) in
      guard values.count < limit else { throw cursor.failure(expected: "at most \(limit) numbers") }
      values.append(try cursor.count(expected))
    }
    return values
  }

  /// Every tensor in range and as long as its type and shape say; together they fill the data exactly.
  private static func check(
    _ entries: [Entry], dataStart: Int, fileSize: Int, file: String
  ) throws(ActivationError) -> [TensorHeader] {
    let dataSize = fileSize - dataStart
    var tensors: [TensorHeader] = []
    tensors.reserveCapacity(entries.count)
    var names: Set<String> = []
    for entry in entries {
      func failure(_ problem: ActivationError.Problem, at offset: Int) -> ActivationError {
        ActivationError(file: file, place: .init(tensor: entry.name, offset: 8 + offset), problem: problem)
      }
      guard names.insert(entry.name).inserted else {
        throw failure(.duplicateTensor(name: entry.name), at: entry.offset)
      }
      guard let type = ElementType(rawValue: entry.type) else {
        throw failure(
          .unknownType(found: entry.type, known: ElementType.allCases.map(\.rawValue)), at: entry.typeOffset)
      }
      guard entry.begin <= entry.end else {
        throw failure(.offsetsReversed(begin: entry.begin, end: entry.end), at: entry.offset)
      }
      guard let size = Shape.byteCount(entry.shape, bits: type.bits) else {
        throw failure(.shapeTooLarge(entry.shape), at: entry.offset)
      }
      guard entry.end - entry.begin == size else {
        throw failure(
          .sizeMismatch(
            shape: entry.shape, type: entry.type, expectedBytes: size, foundBytes: entry.end - entry.begin),
          at: entry.offset)
      }
      guard entry.end <= dataSize else {
        let (needed, overflow) = dataStart.addingReportingOverflow(entry.end)
        throw failure(
          .truncated(neededBytes: overflow ? .max : needed, foundBytes: fileSize), at: entry.offset)
      }
      tensors.append(
        TensorHeader(
          name: entry.name, type: type, shape: entry.shape,
          byteRange: dataStart + entry.begin..<dataStart + entry.end))
    }
    var end = dataStart
    var last = ""
    let byPlace = tensors.sorted {
      ($0.byteRange.lowerBound, $0.byteRange.upperBound) < ($1.byteRange.lowerBound, $1.byteRange.upperBound)
    }
    for tensor in byPlace {
      let begin = tensor.byteRange.lowerBound
      guard begin >= end else {
        throw ActivationError(
          file: file, place: .init(tensor: tensor.name, offset: begin),
          problem: .overlap(with: last, begin: begin, otherEnd: end))
      }
      guard begin == end else {
        throw ActivationError(
          file: file, place: .init(tensor: tensor.name, offset: end), problem: .hole(begin: end, end: begin))
      }
      end = tensor.byteRange.upperBound
      last = tensor.name
    }
    guard end == fileSize else {
      throw ActivationError(file: file, place: .init(offset: end), problem: .trailingBytes(fileSize - end))
    }
    return tensors.sorted { $0.name < $1.name }
  }
}
