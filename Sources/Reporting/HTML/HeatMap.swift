/// The cells of a family with two axes or more, as a table whose cells are shaded by score: rows are the first axis,
/// columns the second; every value of the other axes has a table of its own. What the template draws.
///
/// A table and no drawing, because every cell is a number that a reader may want to read, copy or hear.
struct HeatMap {
  struct Column {
    var columnLabel: String
  }

  struct Cell {
    var text: String
    /// From 0 to 1, as CSS reads it.
    var level: String
    var kind: String
    /// What the cell says, in words.
    var hint: String
  }

  struct Row {
    var rowLabel: String
    var cells: [Cell]
  }

  var mapTitle: String
  var corner: String
  var columnsTitle: String
  var columns: [Column]
  var rows: [Row]
  /// Whether there are so many columns that a narrow screen has no room for numbers.
  var isWide: Bool

  /// More tables than this are not drawn: the record holds them.
  private static let limit = 12

  /// None for families with fewer than two axes, and for records whose cells do not fill their axes.
  static func maps(_ family: Record.Family, metric: String) -> [HeatMap] {
    guard family.axes.count >= 2 else { return [] }
    let sizes = family.axes.map(\.values.count)
    var count = 1
    for size in sizes {
      let (product, overflow) = count.multipliedReportingOverflow(by: size)
      guard size > 0, !overflow, product <= 100_000 else { return [] }
      count = product
    }
    guard count == family.cells.count else { return [] }
    let (rows, columns) = (family.axes[0], family.axes[1])
    let panels = sizes.dropFirst(2).reduce(1, *)
    let largest = family.cells.compactMap(\.value.finite).max() ?? 1
    let scale = largest > 0 ? largest : 1
    return (0..<min(panels, limit)).map { panel in
      var remainder = panel
      var names: [String] = []
      for axis in family.axes.dropFirst(2).reversed() {
        let value = axis.values[remainder % axis.values.count]
        names.insert("\(axis.name.line.shortened(to: 40)) \(value.description.line.shortened(to: 40))", at: 0)
        remainder /= axis.values.count
      }
      return HeatMap(
        mapTitle: names.isEmpty
          ? "\(metricWords(metric).line) by \(rows.name.line.shortened(to: 40)) and \(columns.name.line.shortened(to: 40))"
          : names.joined(separator: ", ").replacingUnderscores,
        corner: rows.name.line.shortened(to: 40), columnsTitle: columns.name.line.shortened(to: 40),
        columns: columns.values.map { Column(columnLabel: $0.description.line.shortened(to: 20)) },
        rows: rows.values.indices.map { row in
          Row(
            rowLabel: rows.values[row].description.line.shortened(to: 20),
            cells: columns.values.indices.map { column in
              cell(
                family.cells[(row * columns.values.count + column) * panels + panel], best: family.best,
                scale: scale)
            })
        },
        isWide: columns.values.count > 12)
    }
  }

  private static func cell(_ cell: Record.Family.Cell, best: [String: Record.Coordinate]?, scale: Double)
    -> Cell
  {
    let value = cell.value.finite ?? .nan
    let level = value.isFinite ? min(max(value / scale, 0), 1) : 0
    var kinds: [String] = []
    if best == cell.at { kinds.append("best") }
    if !cell.founded { kinds.append("unfounded-cell") }
    if let p = cell.pAdjusted?.finite, p <= 0.05 { kinds.append("significant") }
    let place = cell.at.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    var hint = "\(place): \(Format.score(cell.value)) \(Format.interval(cell.interval))"
    if let p = cell.pAdjusted?.finite { hint += ", adjusted \(Format.p(p))" }
    if !cell.founded { hint += "; its premise does not hold" }
    return Cell(
      text: short(value), level: "\((level * 1000).rounded() / 1000)", kind: kinds.joined(separator: " "),
      hint: hint.line.shortened(to: 200))
  }

  /// Two decimals without the leading zero: there is room for three signs.
  private static func short(_ value: Double) -> String {
    guard value.isFinite else { return "–" }
    let hundredths = Int((min(max(value, -99), 99) * 100).rounded())
    let sign = hundredths < 0 ? "−" : ""
    let magnitude = abs(hundredths)
    if magnitude >= 100 {
      return "\(sign)\(magnitude / 100)" + (magnitude % 100 == 0 ? "" : ".\(magnitude / 10 % 10)")
    }
    return "\(sign).\(magnitude < 10 ? "0" : "")\(magnitude)"
  }
}

extension String {
  fileprivate var replacingUnderscores: String { String(map { $0 == "_" ? " " : $0 }) }
}
