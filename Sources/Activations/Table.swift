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
  /// How it was read: separator and quoting as declared, or as found.
  public let format: Format
  private let columns: [Column]
  private let indexOfName: [String: Int]

  /// The records.
  public var rows: Int { keys.count }

  /// Larger files are refused: a table is held in memory.
  public static let byteLimit = 512 << 20
  /// Wider tables are refused.
  public static let columnLimit = 65_536

  /// How the text of a table is read, as far as its declaration says.
  public struct Format: Sendable, Hashable {
    /// What quotation marks mean.
    public enum Quoting: String, Sendable, Hashable {
      /// RFC 4180: a cell that starts with one ends at the next; inside, separators and line ends are text, and two of
      /// them are one.
      case double
      /// They are characters like any other (IANA, text/tab-separated-values).
      case none
    }

    /// An ASCII character; `nil`: tabs in `.tsv` and `.tab` files, elsewhere commas if the header holds one, else tabs,
    /// else semicolons.
    public var separator: UInt8?
    /// `nil`: `none` where tabs separate, `double` elsewhere; a table in which that is doubtful is refused.
    public var quoting: Quoting?
    /// What stands before the fraction of a number: a full stop or a comma.
    public var decimal: UInt8
    /// Cells that are missing, byte for byte, besides empty ones. Keys are never missing.
    public var missing: [String]

    public init(
      separator: UInt8? = nil, quoting: Quoting? = nil, decimal: UInt8 = UInt8(ascii: "."),
      missing: [String] = []
    ) {
      self.separator = separator
      self.quoting = quoting
      self.decimal = decimal
      self.missing = missing
    }
  }

  /// Reads a whole table. A byte order mark and any of LF, CRLF, CR are accepted; empty lines are skipped.
  /// - Parameters:
  ///   - key: the name of the column that identifies the items; `nil` to look at a table without one: its rows are then
  ///     numbered from 1.
  ///   - format: what its declaration says of its text.
  ///   - displayName: what errors are to call the file; the path if `nil`.
  /// - Postcondition: every record has as many cells as the header; there is at least one record.
  /// - Throws: the first fault, with its line.
  public static func read(
    _ path: String, key: String?, format: Format = Format(), name displayName: String? = nil
  ) throws(ActivationError) -> Table {
    let name = displayName ?? path
    // Copied whatever its size, so that the digest and the cells are of the same bytes.
    let file = try FileBytes(path: path, name: name, copyLimit: byteLimit)
    guard file.count <= byteLimit else {
      throw ActivationError(file: name, problem: .tooLarge(bytes: file.count, limit: byteLimit))
    }
    guard file.count > 0 else { throw ActivationError(file: name, problem: .empty) }
    let lower = path.lowercased()
    var format = format
    if format.separator == nil, lower.hasSuffix(".tsv") || lower.hasSuffix(".tab") {
      format.separator = DelimitedText.tab
    }
    return try file.withBytes { bytes throws(ActivationError) in
      // Text formats only: these would otherwise fail as bad UTF-8, which says less.
      if var found = ForeignFormats.notATable(bytes) {
        if found == .zip, [".xlsx", ".xlsm", ".ods"].contains(where: lower.hasSuffix) { found = .workbook }
        throw ActivationError(file: name, problem: .foreignTable(found))
      }
      return try Table(bytes, format: format, key: key, name: name, sha256: try file.sha256())
    }
  }

  private init(
    _ bytes: UnsafeRawBufferPointer, format declared: Format, key: String?, name: String, sha256: String
  ) throws(ActivationError) {
    var reader = DelimitedText(bytes, format: declared, name: name)
    guard let header = try reader.next() else {
      throw ActivationError(file: name, problem: .noHeader)
    }
    if declared.separator == nil, let other = reader.otherSeparator(in: header) {
      throw ActivationError(
        file: name, place: .init(line: header.line),
        problem: .oneColumn(line: header.cells[0], separator: reader.separator, other: other))
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
    var marks = QuotationMarks(header: header.cells)
    if let key, keyIndex == nil {
      if reader.mayBeQuoted, let sign = marks.header {
        throw ActivationError(
          file: name, place: .init(line: header.line), problem: .quotedCells(cell: sign.cell))
      }
      throw ActivationError(
        file: name, place: .init(line: header.line),
        problem: .noKeyColumn(
          key: key, near: Similarity.nearest(to: key, among: header.cells),
          columns: Array(header.cells.prefix(20))))
    }
    let width = header.cells.count
    try reader.checkLines(of: header, columns: header.cells)
    var cells = Array(repeating: [String?](), count: width)
    var keys: [String] = []
    var lines: [Int] = []
    var rowOfKey: [Identifier: Int] = [:]
    while let record = try reader.next() {
      try reader.checkLines(of: record, columns: header.cells)
      guard record.cells.count == width else {
        throw ActivationError(
          file: name, place: .init(line: record.line),
          problem: .cellCount(
            found: record.cells.count, expected: width, separator: reader.separator,
            line: reader.fault(of: record, width: width, isFirst: keys.isEmpty)))
      }
      if reader.mayBeQuoted { marks.count(record) }
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
      for (index, cell) in record.cells.enumerated() {
        let isMissing = cell.isEmpty || index != keyIndex && declared.isMissing(cell)
        cells[index].append(isMissing ? nil : cell)
      }
    }
    if reader.mayBeQuoted, let sign = marks.sign(rows: keys.count) {
      throw ActivationError(
        file: name, place: .init(line: sign.line ?? header.line, column: header.cells[sign.column]),
        problem: .quotedCells(cell: sign.cell))
    }
    guard !keys.isEmpty else {
      throw ActivationError(file: name, place: .init(line: header.line), problem: .noRows)
    }
    self.name = name
    self.sha256 = sha256
    self.keys = keys
    self.lines = lines
    columnNames = header.cells
    var format = declared
    format.separator = reader.separator
    format.quoting = reader.quoting
    self.format = format
    self.indexOfName = indexOfName
    columns = zip(header.cells, cells).map { Column(name: $0, cells: $1, decimal: format.decimal) }
  }

  /// The column of that name.
  public func column(_ name: String) -> Column? {
    indexOfName[name].map { columns[$0] }
  }
}

/// One column of a table.
public struct Column: Sendable {
  public let name: String
  /// One per record; `nil` where the cell is missing: empty, or what the declaration says is missing.
  public let cells: [String?]
  /// One per record; `nil` where the cell is missing or not a finite decimal number. "NaN", "NA", "inf" and
  /// "True" are not numbers.
  public let numbers: [Double?]
  /// Whether every cell that is not missing is a number, and at least one is.
  public let isNumeric: Bool
  /// One per record, equal where the cells are equal byte for byte (`Identifier`), in order of first appearance; `nil` where the cell
  /// is missing. What makes units, groups, classes and strata of a column.
  public let identities: [Int?]
  /// How many different texts there are among the cells that are not missing.
  public let distinct: Int
  /// How many different numbers there are: "1" and "1.0" are one.
  public let distinctNumbers: Int
  /// How many cells are missing.
  public let missing: Int
  /// The first record (from 0) whose cell is neither missing nor a number.
  public let firstText: Int?

  /// The least and the largest number; `nil` where the column is not numeric.
  public var range: ClosedRange<Double>? {
    guard isNumeric else { return nil }
    let values = numbers.compactMap(\.self)
    guard let least = values.min(), let largest = values.max() else { return nil }
    return least...largest
  }

  init(name: String, cells: [String?], decimal: UInt8) {
    self.name = name
    self.cells = cells
    numbers = cells.map { $0.flatMap { Self.number($0, decimal: decimal) } }
    missing = cells.count { $0 == nil }
    firstText = zip(cells, numbers).enumerated().first { $1.0 != nil && $1.1 == nil }?.offset
    isNumeric = firstText == nil && missing < cells.count
    (identities, distinct) = Identifier.numbers(of: cells)
    distinctNumbers = Set(numbers.compactMap(\.self)).count
  }

  /// A decimal number with optional sign, fraction and exponent, spaces around it allowed; nothing else that
  /// `Double` would read (hexadecimal, "nan", "infinity"), and nothing that overflows.
  /// - Parameter decimal: what stands before the fraction.
  static func number(_ cell: String, decimal: UInt8 = UInt8(ascii: ".")) -> Double? {
    guard
      cell.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == decimal || " +-eE".utf8.contains($0) })
    else { return nil }
    let trimmed = cell.utf8.drop { $0 == 0x20 }.reversed().drop { $0 == 0x20 }.reversed()
    let text = trimmed.map { $0 == decimal ? UInt8(ascii: ".") : $0 }
    guard let value = Double(String(decoding: text, as: UTF8.self)), value.isFinite else { return nil }
    return value
  }
}
