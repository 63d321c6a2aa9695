internal import Hypotheses

/// How a declaration of data was read, as the report shows it.
struct ReadingRows {
  var readingTitle: String
  var columnRows: [ColumnRow]
  var hasColumns: Bool
  var tensorRows: [String]
  var hasTensors: Bool

  struct ColumnRow {
    var column: String
    var roles: String
    var columnKind: String
    var distinct: String
    var missingCells: String
    var columnRange: String
  }

  /// The members of a family may be many, and are of one shape.
  private static let mostTensors = 4

  init(_ reading: DataReading) {
    let words = reading.words.line
    readingTitle = "\(reading.name.line), \(reading.path.line)" + (words.isEmpty ? "" : ": \(words)")
    columnRows = reading.columns.map { column in
      ColumnRow(
        column: column.name.line.shortened(to: 120), roles: column.roles.map(\.line).joined(separator: ", "),
        columnKind: column.kind.rawValue, distinct: Format.count(column.distinct),
        missingCells: Format.count(column.missing),
        columnRange: column.range ?? "")
    }
    hasColumns = !columnRows.isEmpty
    tensorRows = reading.tensors.prefix(Self.mostTensors).map { tensor in
      "\(tensor.name.line.shortened(to: 120)): \(tensor.dtype.line), "
        + tensor.shape.map(String.init).joined(separator: "\u{a0}×\u{a0}")
    }
    if reading.tensors.count > Self.mostTensors {
      tensorRows.append("and \(reading.tensors.count - Self.mostTensors) more")
    }
    hasTensors = !tensorRows.isEmpty
  }
}
