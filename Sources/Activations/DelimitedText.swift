/// Reads the records of delimited text one by one.
struct DelimitedText {
  static let tab = UInt8(ascii: "\t")
  private static let mark = UInt8(ascii: "\"")

  private let bytes: UnsafeRawBufferPointer
  private let name: String
  let separator: UInt8
  let quoting: Table.Format.Quoting
  /// Whether the declaration leaves open what quotation marks mean.
  private let isQuotingOpen: Bool
  private var position: Int
  private var line = 1
  /// Of the record that is being read: the first cell that runs over a line end.
  private var longCell: (index: Int, line: Int)?

  struct Record {
    var cells: [String]
    /// Where it starts, from 1.
    var line: Int
    /// Its text, without the line end.
    var range: Range<Int>
    /// The first cell that runs over a line end, and the line on which it starts.
    var longCell: (index: Int, line: Int)?
  }

  init(_ bytes: UnsafeRawBufferPointer, format: Table.Format, name: String) {
    self.bytes = bytes
    self.name = name
    position = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    separator = format.separator ?? Self.separator(of: bytes[position...])
    quoting = format.quoting ?? (separator == Self.tab ? .none : .double)
    isQuotingOpen = format.quoting == nil
  }

  /// Whether cells were read without quoting although nothing says that there is none.
  var mayBeQuoted: Bool { isQuotingOpen && quoting == .none }

  /// The separator that the first line holds outside quotes; a comma if none.
  private static func separator(of text: Slice<UnsafeRawBufferPointer>) -> UInt8 {
    var (quoted, hasTab, hasSemicolon) = (false, false, false)
    for byte in text {
      switch byte {
      case mark: quoted.toggle()
      case _ where quoted: break
      case 0x2C: return 0x2C
      case tab: hasTab = true
      case 0x3B: hasSemicolon = true
      case 0x0A, 0x0D: return hasTab ? tab : hasSemicolon ? 0x3B : 0x2C
      default: break
      }
    }
    return hasTab ? tab : hasSemicolon ? 0x3B : 0x2C
  }

  private func failure(_ rule: ActivationError.TableRule, line: Int, offset: Int) -> ActivationError {
    ActivationError(file: name, place: .init(line: line, offset: offset), problem: .tableSyntax(rule))
  }

  /// The next record that is not an empty line.
  mutating func next() throws(ActivationError) -> Record? {
    while position < bytes.count, bytes[position] == 0x0A || bytes[position] == 0x0D { endLine() }
    guard position < bytes.count else { return nil }
    let (start, first) = (line, position)
    var end = position
    var cells: [String] = []
    longCell = nil
    while true {
      let opening = line
      let cell = try nextCell()
      guard cells.count < Table.columnLimit else {
        throw ActivationError(
          file: name, place: .init(line: start), problem: .tooManyColumns(limit: Table.columnLimit))
      }
      if line > opening, longCell == nil { longCell = (cells.count, opening) }
      cells.append(cell)
      end = position
      guard position < bytes.count else { break }
      if bytes[position] == separator {
        position += 1
      } else {
        endLine()
        break
      }
    }
    return Record(cells: cells, line: start, range: first..<end, longCell: longCell)
  }

  /// Consumes LF, CR or CRLF.
  private mutating func endLine() {
    if bytes[position] == 0x0D, position + 1 < bytes.count, bytes[position + 1] == 0x0A { position += 1 }
    position += 1
    line += 1
  }

  /// Consumes one cell; a separator, a line end or the end comes next.
  private mutating func nextCell() throws(ActivationError) -> String {
    guard quoting == .double, position < bytes.count, bytes[position] == Self.mark else {
      let start = position
      while position < bytes.count {
        let byte = bytes[position]
        if byte == separator || byte == 0x0A || byte == 0x0D { break }
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
      while position < bytes.count, bytes[position] != Self.mark {
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
      guard position < bytes.count, bytes[position] == Self.mark else { break }
      content.append(Self.mark)
      position += 1
    }
    if position < bytes.count, bytes[position] != separator, bytes[position] != 0x0A, bytes[position] != 0x0D
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

// What a table looks like that is not what it was taken for.
extension DelimitedText {
  /// The lines of a record's text.
  private func lines(of record: Record) -> [Slice<UnsafeRawBufferPointer>] {
    var lines: [Slice<UnsafeRawBufferPointer>] = []
    var start = record.range.lowerBound
    var index = start
    while index < record.range.upperBound {
      let byte = bytes[index]
      if byte == 0x0A || byte == 0x0D {
        lines.append(bytes[start..<index])
        if byte == 0x0D, index + 1 < record.range.upperBound, bytes[index + 1] == 0x0A { index += 1 }
        start = index + 1
      }
      index += 1
    }
    return lines + [bytes[start..<record.range.upperBound]]
  }

  /// Refuses a record over several lines that are records themselves: text between two cells that begin with a quotation
  /// mark would be taken for one cell, and rows would be lost. So it seems where a line inside of it has as many cells as
  /// the header if quotation marks are characters, or the first and the last line have.
  func checkLines(of record: Record, columns: [String]) throws(ActivationError) {
    guard isQuotingOpen, let long = record.longCell else { return }
    let counts = lines(of: record).map { line in line.count { $0 == separator } + 1 }
    let width = columns.count
    let inside = counts.dropFirst().dropLast().firstIndex(of: width)
    guard inside != nil || counts.first == width && counts.last == width else { return }
    throw ActivationError(
      file: name,
      place: .init(line: long.line, column: long.index < columns.count ? columns[long.index] : nil),
      problem: .swallowedLines(
        count: counts.count - 1, last: record.line + counts.count - 1,
        like: record.line + (inside ?? counts.count - 1), cells: width))
  }

  /// The character that separates the names of a header that was taken for a single one; `nil` where none seems to.
  func otherSeparator(in header: Record) -> UInt8? {
    guard header.cells.count == 1 else { return nil }
    return [Self.tab, UInt8(ascii: ";"), UInt8(ascii: "|"), UInt8(ascii: ",")].first {
      $0 != separator && header.cells[0].utf8.contains($0)
    }
  }

  /// What a record that does not fit the header seems to be.
  func fault(of record: Record, width: Int, isFirst: Bool) -> ActivationError.OddLine {
    let line = lines(of: record)[0]
    let text = String(decoding: line.prefix(300), as: UTF8.self)
    if text.hasPrefix("#") || text.hasPrefix("%") || text.hasPrefix("//") {
      return .init(text: text, looksLike: .comment)
    }
    if line.allSatisfy({ $0 == 0x20 || $0 == Self.tab }) { return .init(text: text, looksLike: .spaces) }
    if isFirst, record.cells.count == width + 1 { return .init(text: text, looksLike: .rowNames) }
    if quoting == .none, line.contains(Self.mark) { return .init(text: text, looksLike: .quoted) }
    let others: [UInt8] = [Self.tab, UInt8(ascii: ";"), UInt8(ascii: "|"), UInt8(ascii: ",")]
    if width > 1, record.cells.count == 1,
      let other = others.first(where: { other in
        other != separator && line.count(where: { $0 == other }) == width - 1
      })
    {
      return .init(text: text, looksLike: .otherSeparator(other))
    }
    return .init(text: text, looksLike: record.cells.count > width ? .separatorInCell : .short)
  }
}

/// Whether a table that is read without quoting was written with it.
struct QuotationMarks {
  /// A cell that shows it.
  struct Sign {
    var column: Int
    /// `nil`: the header.
    var line: Int?
    var cell: String
  }

  /// Of every column, how many cells are not empty and how many of these stand between quotation marks.
  private var columns: [(filled: Int, quoted: Int, first: Sign?)]
  /// The first name of a column between marks.
  private(set) var header: Sign?
  /// The first cell between marks that would have needed them.
  private var needed: Sign?
  /// Whether a cell begins with a mark that nothing closes: then marks are characters.
  private var hasLoneMark = false

  init(header: [String]) {
    columns = Array(repeating: (0, 0, nil), count: header.count)
    for (index, name) in header.enumerated() where self.header == nil && Self.inside(name) != nil {
      self.header = Sign(column: index, cell: name)
    }
  }

  /// What a quoted cell holds, its doubled marks still doubled; `nil` if it is none.
  private static func inside(_ cell: String) -> Substring.UTF8View? {
    let text = cell.utf8
    guard text.count >= 2, text.first == 0x22, text.last == 0x22 else { return nil }
    let inside = text.dropFirst().dropLast()
    var isOpen = false
    for byte in inside {
      if byte == 0x22 { isOpen.toggle() } else if isOpen { return nil }
    }
    return isOpen ? nil : inside
  }

  mutating func count(_ record: DelimitedText.Record) {
    for (index, cell) in record.cells.enumerated() where !cell.isEmpty {
      columns[index].filled += 1
      guard cell.utf8.first == 0x22 else { continue }
      guard let inside = Self.inside(cell) else {
        hasLoneMark = true
        continue
      }
      columns[index].quoted += 1
      let sign = Sign(column: index, line: record.line, cell: cell)
      if columns[index].first == nil { columns[index].first = sign }
      // What makes writers quote a cell: a mark, a separator of theirs, or nothing at all.
      if needed == nil, inside.isEmpty || inside.contains(where: { $0 == 0x22 || $0 == 0x2C || $0 == 0x3B }) {
        needed = sign
      }
    }
  }

  /// A cell that shows that quoting was meant: all of a column stand between marks, or its name does, or, where no cell
  /// begins with a mark that stays open, those do that need it.
  func sign(rows: Int) -> Sign? {
    if let whole = columns.first(where: { $0.filled > 0 && $0.quoted == $0.filled })?.first { return whole }
    return hasLoneMark ? nil : header ?? needed
  }
}

extension Table.Format {
  /// Whether a cell is one of those that mean a missing value.
  func isMissing(_ cell: String) -> Bool {
    missing.contains { $0.utf8.count == cell.utf8.count && $0.utf8.elementsEqual(cell.utf8) }
  }
}
