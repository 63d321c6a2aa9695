public import Hypotheses

/// How data were read, for the terminal: a line for each declaration, under it the columns that are used, and the tensors.
public func render(_ readings: [DataReading]) -> String {
  var lines: [String] = []
  for reading in readings {
    let words = reading.words
    lines.append(
      "  \(shown(reading.name)) = \(reading.kind)(\(shown(reading.path)))\(words.isEmpty ? "" : ": ")\(shown(words))"
    )
    let header = ["column", "used as", "kind", "distinct", "missing", "range"]
    let cells = reading.columns.map { column in
      [
        shown(column.name), column.roles.joined(separator: ", "), column.kind.rawValue, "\(column.distinct)",
        "\(column.missing)", column.range ?? "",
      ]
    }
    if !cells.isEmpty { lines += aligned([header] + cells, numbers: [3, 4]) }
    // The members of a family may be many, and are of one shape.
    let tensors = reading.tensors.prefix(4).map { tensor in
      [shown(tensor.name), tensor.dtype, tensor.shape.map(String.init).joined(separator: " x ")]
    }
    if !tensors.isEmpty { lines += aligned([["tensor", "type", "shape"]] + tensors, numbers: []) }
    if reading.tensors.count > 4 { lines.append("    and \(reading.tensors.count - 4) more") }
  }
  return lines.map { $0 + "\n" }.joined()
}

private func aligned(_ rows: [[String]], numbers: Set<Int>) -> [String] {
  let widths = rows[0].indices.map { column in rows.map { $0[column].unicodeScalars.count }.max() ?? 0 }
  return rows.map { row in
    let cells = zip(row, widths).enumerated().map { column, cell in
      let padding = String(repeating: " ", count: cell.1 - cell.0.unicodeScalars.count)
      return numbers.contains(column) ? padding + cell.0 : cell.0 + padding
    }
    var line = "    " + cells.joined(separator: "  ")
    while line.last == " " { line.removeLast() }
    return line
  }
}

/// Text from files, so that it cannot forge output.
private func shown(_ text: String) -> String {
  let scalars = text.unicodeScalars.prefix(120)
  return scalars.reduce(into: "") { $0 += isPlain($1) ? String($1) : escaped($1) }
    + (text.unicodeScalars.count > 120 ? "..." : "")
}
