/// What a cell that is no number may have been meant as.
public enum CellNotation: Sendable, Hashable, CaseIterable {
  /// `NA`, `NaN`, `null`, `.`, `-`, `?`, spaces.
  case missing
  /// `1,5` where a full stop stands before the fraction; `1.5` where a comma does.
  case otherDecimal
  /// `1,234`: with a decimal comma another number than with separators between thousands.
  case ambiguous
  /// `1,234.5`, `1.234,5`, `12 000`, `1_000`.
  case thousands
  /// `12%`, `12 %`.
  case percent
  /// `−1.5`, with a minus sign that is not the hyphen of the keyboard.
  case otherSign

  /// What programs write for a missing value.
  private static let words: Set<String> = [
    "NA", "N/A", "n/a", "#N/A", "<NA>", "n.a.", "N.A.", "NaN", "nan", "-nan", "NaT", "NULL", "null", "None",
    "nil", "\\N",
  ]
  private static let signs: Set<String> = [".", "-", "--", "?", "_", "\u{2013}", "\u{2014}"]

  /// Whether a cell is what stands for a missing value elsewhere, spaces around it aside.
  public static func isMarker(_ cell: String) -> Bool {
    let text = trimmed(cell)
    return text.isEmpty || words.contains(text) || signs.contains(text)
  }

  /// Those of a column's cells that are markers of missing values. Where other cells are punctuation too, as in a column of
  /// tokens, a full stop is a full stop.
  public static func markers(among cells: [String]) -> [String] {
    let found = cells.filter(isMarker)
    guard !found.isEmpty else { return [] }
    let holdsPunctuation = cells.contains { cell in
      !cell.isEmpty && !isMarker(cell) && cell.unicodeScalars.allSatisfy { isPunctuation($0) }
    }
    return holdsPunctuation ? found.filter { !signs.contains(trimmed($0)) } : found
  }

  private static func isPunctuation(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
      .finalPunctuation, .otherPunctuation:
      true
    default: false
    }
  }

  private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.isWhitespace
  }

  private static func trimmed(_ cell: String) -> String {
    var scalars = Substring(cell).unicodeScalars
    while let last = scalars.last, isSpace(last) { scalars.removeLast() }
    while let first = scalars.first, isSpace(first) { scalars.removeFirst() }
    return String(scalars)
  }

  /// What the cell may have been meant as; `nil` where it is a name.
  /// - Parameters:
  ///   - cell: a cell that is not a number.
  ///   - decimal: what stands before the fraction of a number.
  public init?(_ cell: String, decimal: String) {
    if Self.isMarker(cell) {
      self = .missing
      return
    }
    var text = Substring(Self.trimmed(cell)).unicodeScalars
    var found: CellNotation?
    if text.last == "%" {
      text.removeLast()
      while let last = text.last, Self.isSpace(last) { text.removeLast() }
      found = .percent
    }
    if text.first == "\u{2212}" { found = found ?? .otherSign }
    if let first = text.first, first == "-" || first == "+" || first == "\u{2212}" { text.removeFirst() }
    // Digits, and what stands between them.
    var parts: [(digits: Int, before: Unicode.Scalar?)] = [(0, nil)]
    for scalar in text {
      if ("0"..."9").contains(scalar) {
        parts[parts.count - 1].digits += 1
      } else if ",.'_\u{2019}".unicodeScalars.contains(scalar) || Self.isSpace(scalar) {
        parts.append((0, scalar))
      } else {
        return nil
      }
    }
    let separators = parts.dropFirst().compactMap(\.before)
    let isGrouped = (1...3).contains(parts[0].digits)
    switch separators.count {
    case 0:
      guard parts[0].digits > 0, let found else { return nil }
      self = found
    case 1:
      guard parts[0].digits + parts[1].digits > 0 else { return nil }
      let own = decimal.unicodeScalars.first
      if separators[0] == own {
        guard let found else { return nil }
        self = found
      } else if separators[0] == "," || separators[0] == "." {
        let mayBeThousands = isGrouped && parts[1].digits == 3
        self = found ?? (mayBeThousands ? .ambiguous : .otherDecimal)
      } else {
        guard isGrouped, parts[1].digits == 3 else { return nil }
        self = found ?? .thousands
      }
    default:
      // Groups of three, one separator between all, and perhaps another before the fraction.
      let last = separators[separators.count - 1]
      let groups = last == separators[0] ? parts.dropFirst() : parts.dropFirst().dropLast()
      guard isGrouped, groups.allSatisfy({ $0.digits == 3 && $0.before == separators[0] }),
        last == separators[0] || last == "," || last == "."
      else { return nil }
      self = found ?? .thousands
    }
  }
}
