internal import Hypotheses

/// A CSV or TSV file with a header line, one item per record, identified by its key column.
public struct Table: Sendable {
  /// The file as errors name it.
  public let name: String
  /// In the order of the header, the key column included; no two equal, none empty.
  public let columnNames: [String]
  /// The cells of the key column: one per record, no two equal, none empty.
  public let keys: [String]
  /// The SHA-256 digest of the file, in lower-case hexadecimal digits.
  public let sha256: String
  /// The line on which each record starts, from 1.
  public let lines: [Int]
  private let columns: [Column]
  private let indexOfName: [String: Int]

  /// The records.
  public var rows: Int { keys.count }

  /// Larger files are refused: a table is held in memory.
  public static let byteLimit = 512 << 20
  /// Wider tables are refused.
  public static let columnLimit = 65_536

  /// Reads a whole table (RFC 4180: quoted cells may hold delimiters, line ends and doubled quotes; a byte
  /// order mark and any of LF, CRLF, CR are accepted; empty lines are skipped).
  ///
  /// Cells are separated by tabs in `.tsv` and `.tab` files; elsewhere by commas if the header holds one,
  /// else by tabs, else by semicolons.
  /// - Parameters:
  ///   - key: the name of the column that identifies the items; `nil` to look at a table without one: its rows are then
  ///     numbered from 1.
  ///   - displayName: what errors are to call the file; the path if `nil`.
  /// - Postcondition: every record has as many cells as the header; there is at least one record.
  /// - Throws: the first fault, with its line.
  public static func read(
    _ path: String, key: String?, name displayName: String? = nil
  ) throws(ActivationError) -> Table {
    let name = displayName ?? path
    // Copied whatever its size, so that the digest and the cells are of the same bytes.
    let file = try FileBytes(path: path, name: name, copyLimit: byteLimit)
    guard file.count <= byteLimit else {
      throw ActivationError(file: name, problem: .tooLarge(bytes: file.count, limit: byteLimit))
    }
    guard file.count > 0 else { throw ActivationError(file: name, problem: .empty) }
    let lower = path.lowercased()
    let isTabbed = lower.hasSuffix(".tsv") || lower.hasSuffix(".tab")
    return try file.withBytes { bytes throws(ActivationError) in
      // Text formats only: these would otherwise fail as bad UTF-8, which says less.
      if let format = ForeignFormats.recognise(bytes), format != .text {
        throw ActivationError(file: name, problem: .foreign(format))
      }
      return try Table(
        bytes, delimiter: isTabbed ? 0x09 : nil, key: key, name: name, sha256: try file.sha256())
    }
  }

  private init(
    _ bytes: UnsafeRawBufferPointer, delimiter: UInt8?, key: String?, name: String, sha256: String
  ) throws(ActivationError) {
    var reader = DelimitedText(bytes, delimiter: delimiter, name: name)
    guard let header = try reader.next() else {
      throw ActivationError(file: name, problem: .noHeader)
    }
    var indexOfName: [String: Int] = [:]
    for (index, column) in header.cells.enumerated() {
      let place = ActivationError.Place(line: header.line)
      guard !column.isEmpty else {
        throw ActivationError(file: name, place: place, problem: .emptyColumnName(index: index))
      }
      if let first = indexOfName.updateValue(index, forKey: column) {
        throw ActivationError(
          file: name, place: place, problem: .duplicateColumn(name: column, first: first, second: index))
      }
    }
    let keyIndex = key.flatMap { indexOfName[$0] }
    if let key, keyIndex == nil {
      throw ActivationError(
        file: name, place: .init(line: header.line),
        problem: .noKeyColumn(
          key: key, near: Similarity.nearest(to: key, among: header.cells),
          columns: Array(header.cells.prefix(20))))
    }
    let width = header.cells.count
    var cells = Array(repeating: [String?](), count: width)
    var keys: [String] = []
    var lines: [Int] = []
    var rowOfKey: [Identifier: Int] = [:]
    while let record = try reader.next() {
      guard record.cells.count == width else {
        throw ActivationError(
          file: name, place: .init(line: record.line),
          problem: .cellCount(found: record.cells.count, expected: width))
      }
      let recordKey = keyIndex.map { record.cells[$0] } ?? "\(keys.count + 1)"
      let place = ActivationError.Place(line: record.line, column: key)
      guard !recordKey.isEmpty else {
        throw ActivationError(file: name, place: place, problem: .emptyKey(index: keys.count))
      }
      if let first = rowOfKey.updateValue(keys.count, forKey: Identifier(recordKey)) {
        throw ActivationError(
          file: name, place: place,
          problem: .duplicateKey(key: recordKey, first: first, second: keys.count, firstLine: lines[first]))
      }
      keys.append(recordKey)
      lines.append(record.line)
      for (index, cell) in record.cells.enumerated() { cells[index].append(cell.isEmpty ? nil : cell) }
    }
    guard !keys.isEmpty else {
      throw ActivationError(file: name, place: .init(line: header.line), problem: .noRows)
    }
    self.name = name
    self.sha256 = sha256
    self.keys = keys
    self.lines = lines
    columnNames = header.cells
    self.indexOfName = indexOfName
    columns = zip(header.cells, cells).map { Column(name: $0, cells: $1) }
  }

  /// The column of that name.
  public func column(_ name: String) -> Column? {
    indexOfName[name].map { columns[$0] }
  }
}

/// One column of a table.
public struct Column: Sendable {
  public let name: String
  /// One per record; `nil` where the cell is empty.
  public let cells: [String?]
  /// One per record; `nil` where the cell is empty or not a finite decimal number. "NaN", "NA", "inf" and
  /// "True" are not numbers.
  public let numbers: [Double?]
  /// Whether every cell that is not empty is a number, and at least one is.
  public let isNumeric: Bool
  /// One per record, equal where the cells are equal byte for byte (`Identifier`), in order of first appearance; `nil` where the cell
  /// is empty. What makes units, groups, classes and strata of a column.
  public let identities: [Int?]
  /// How many different texts there are among the cells that are not empty.
  public let distinct: Int
  /// How many different numbers there are: "1" and "1.0" are one.
  public let distinctNumbers: Int
  /// How many cells are empty.
  public let missing: Int
  /// The first record (from 0) whose cell is neither empty nor a number.
  public let firstText: Int?

  /// The least and the largest number; `nil` where the column is not numeric.
  public var range: ClosedRange<Double>? {
    guard isNumeric else { return nil }
    let values = numbers.compactMap(\.self)
    guard let least = values.min(), let largest = values.max() else { return nil }
    return least...largest
  }

  init(name: String, cells: [String?]) {
    self.name = name
    self.cells = cells
    numbers = cells.map { $0.flatMap(Self.number) }
    missing = cells.count { $0 == nil }
    firstText = zip(cells, numbers).enumerated().first { $1.0 != nil && $1.1 == nil }?.offset
    isNumeric = firstText == nil && missing < cells.count
    (identities, distinct) = Identifier.numbers(of: cells)
    distinctNumbers = Set(numbers.compactMap(\.self)).count
  }

  /// A decimal number with optional sign, fraction and exponent, spaces around it allowed; nothing else that
  /// `Double` would read (hexadecimal, "nan", "infinity"), and nothing that overflows.
  static func number(_ cell: String) -> Double? {
    guard cell.utf8.allSatisfy({ (0x30...0x39).contains($0) || " +-.eE".utf8.contains($0) }) else {
      return nil
    }
    let trimmed = cell.utf8.drop { $0 == 0x20 }.reversed().drop { $0 == 0x20 }.reversed()
    guard let value = Double(String(decoding: Array(trimmed), as: UTF8.self)), value.isFinite else {
      return nil
    }
    return value
  }
}

/// Reads the records of delimited text one by one.
private struct DelimitedText {
  private let bytes: UnsafeRawBufferPointer
  private let name: String
  private let delimiter: UInt8
  private var position: Int
  private var line = 1

  struct Record {
    var cells: [String]
    /// Where it starts, from 1.
    var line: Int
  }

  init(_ bytes: UnsafeRawBufferPointer, delimiter: UInt8?, name: String) {
    self.bytes = bytes
    self.name = name
    position = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    self.delimiter = delimiter ?? Self.delimiter(of: bytes[position...])
  }

  /// The delimiter that the first line holds outside quotes; a comma if none.
  private static func delimiter(of text: Slice<UnsafeRawBufferPointer>) -> UInt8 {
    var (quoted, hasTab, hasSemicolon) = (false, false, false)
    for byte in text {
      switch byte {
      case 0x22: quoted.toggle()
      case _ where quoted: break
      case 0x2C: return 0x2C
      case 0x09: hasTab = true
      case 0x3B: hasSemicolon = true
      case 0x0A, 0x0D: return hasTab ? 0x09 : hasSemicolon ? 0x3B : 0x2C
      default: break
      }
    }
    return hasTab ? 0x09 : hasSemicolon ? 0x3B : 0x2C
  }

  private func failure(_ rule: ActivationError.TableRule, line: Int, offset: Int) -> ActivationError {
    ActivationError(file: name, place: .init(line: line, offset: offset), problem: .tableSyntax(rule))
  }

  /// The next record that is not an empty line.
  mutating func next() throws(ActivationError) -> Record? {
    while position < bytes.count, bytes[position] == 0x0A || bytes[position] == 0x0D { endLine() }
    guard position < bytes.count else { return nil }
    let start = line
    var cells: [String] = []
    while true {
      let cell = try nextCell()
      guard cells.count < Table.columnLimit else {
        throw ActivationError(
          file: name, place: .init(line: start), problem: .tooManyColumns(limit: Table.columnLimit))
      }
      cells.append(cell)
      guard position < bytes.count else { break }
      if bytes[position] == delimiter {
        position += 1
      } else {
        endLine()
        break
      }
    }
    return Record(cells: cells, line: start)
  }

  /// Consumes LF, CR or CRLF.
  private mutating func endLine() {
    if bytes[position] == 0x0D, position + 1 < bytes.count, bytes[position + 1] == 0x0A { position += 1 }
    position += 1
    line += 1
  }

  /// Consumes one cell; a delimiter, a line end or the end comes next.
  private mutating func nextCell() throws(ActivationError) -> String {
    guard position < bytes.count, bytes[position] == 0x22 else {
      let start = position
      while position < bytes.count {
        let byte = bytes[position]
        if byte == delimiter || byte == 0x0A || byte == 0x0D { break }
        if byte == 0 { throw failure(.nulByte, line: line, offset: position) }
        position += 1
      }
      return try text(bytes[start..<position], line: line, offset: start)
    }
    let (opening, openingLine) = (position, line)
    position += 1
    var content: [UInt8] = []
    while true {
      let start = position
      while position < bytes.count, bytes[position] != 0x22 {
        switch bytes[position] {
        case 0: throw failure(.nulByte, line: line, offset: position)
        case 0x0A: line += 1
        case 0x0D where position + 1 >= bytes.count || bytes[position + 1] != 0x0A: line += 1
        default: break
        }
        position += 1
      }
      guard position < bytes.count else {
        throw failure(.unterminatedQuote, line: openingLine, offset: opening)
      }
      content.append(contentsOf: bytes[start..<position])
      position += 1
      // A doubled quote stands for one.
      guard position < bytes.count, bytes[position] == 0x22 else { break }
      content.append(0x22)
      position += 1
    }
    if position < bytes.count, bytes[position] != delimiter, bytes[position] != 0x0A, bytes[position] != 0x0D
    {
      throw failure(.textAfterQuote, line: line, offset: position)
    }
    return try text(content, line: openingLine, offset: opening)
  }

  private func text(
    _ content: some Collection<UInt8>, line: Int, offset: Int
  ) throws(ActivationError) -> String {
    guard let text = String(validating: content, as: UTF8.self) else {
      throw failure(.notUTF8, line: line, offset: offset)
    }
    return text
  }
}
