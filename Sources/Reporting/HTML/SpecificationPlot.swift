internal import Hypotheses

/// A specification curve (Simonsohn, Simmons & Nelson 2020): what the claim scores under every combination of the choices that
/// it varies, sorted by score, over a matrix that says what each was made of. What the template draws.
///
/// Every specification is one column of both. Marks of the matrix are dots while there is room for them and strokes where
/// there are many; nothing is told by colour alone.
struct SpecificationPlot {
  struct Level {
    var y: String
    var label: String
  }

  struct Mark {
    var markX: String
    var markY: String
    var low: String
    var high: String
    var hasWhisker: Bool
    var shape: String
    var hint: String
  }

  struct Dot {
    var dotX: String
    /// The width of a stroke, where there are many.
    var dotWidth: String
  }

  struct Row {
    var optionLabel: String
    var dots: [Dot]
    var rowSentence: String
    /// The verdict that the row is about, for its colour.
    var rowKind: String
  }

  struct Group {
    var groupName: String
    var groupRows: [Row]
  }

  /// One specification in the table.
  struct Entry {
    var entryChoices: String
    var entryScore: String
    var entryRange: String
    var entryVerdict: String
  }

  var curveSummary: String
  var curveSentence: String
  var curveLevels: [Level]
  var marks: [Mark]
  var hasAsked: Bool
  var askedY: String
  var askedLabel: String
  var groups: [Group]
  var isDense: Bool
  var entries: [Entry]
  var entriesTitle: String

  static let top = 12.0
  static let bottom = 190.0
  /// From here on there is no room for dots on a narrow screen.
  private static let dense = 30
  /// A record that was changed may hold more than any run gives.
  private static let limit = 400

  init?(_ claim: Record.Claim) {
    guard let found = claim.specifications, !found.cells.isEmpty else { return nil }
    func text(_ value: Double) -> String { "\((value * 100).rounded() / 100)" }
    // By score; what has none stands last, and equal ones in the order of the record.
    let cells = found.cells.prefix(Self.limit).enumerated().sorted { a, b in
      let (left, right) = (a.element.value?.finite ?? .infinity, b.element.value?.finite ?? .infinity)
      return left == right ? a.offset < b.offset : left < right
    }.map(\.element)
    isDense = cells.count > Self.dense
    let threshold = claim.score?.threshold.finite
    let values = cells.flatMap { cell -> [Double] in
      guard let value = cell.value?.finite else { return [] }
      return [value] + [cell.interval?.low, cell.interval?.high].compactMap(\.self).filter(\.isFinite)
    }
    let axis = Axis(core: values.isEmpty ? [0, 1] : values, others: [threshold].compactMap(\.self))
    func y(_ value: Double) -> String {
      text(Self.bottom - (Self.bottom - Self.top) * axis.fraction(value))
    }
    func x(_ index: Int, _ offset: Double) -> String {
      Axis.percent((Double(index) + offset) / Double(cells.count))
    }
    curveLevels = axis.ticks.compactMap { tick in
      Double(String(tick.label.map { $0 == "−" ? "-" : $0 })).map { Level(y: y($0), label: tick.label) }
    }
    hasAsked = threshold.map { axis.holds($0) } ?? false
    askedY = y(threshold ?? 0)
    askedLabel = "asked \(Format.score(threshold ?? .nan))"

    func shown(_ text: String) -> String { text.line.shortened(to: 120) }
    func words(_ cell: Record.Specifications.Cell) -> String {
      found.choices.map { choice in
        "\(shown(choice.name)) \(cell.choices[choice.name].map { shown($0.description) } ?? "–")"
      }.joined(separator: ", ")
    }
    func isHolding(_ cell: Record.Specifications.Cell) -> Bool { cell.verdict == claim.verdict }
    marks = cells.enumerated().compactMap { index, cell in
      guard let value = cell.value?.finite else { return nil }
      let (low, high) = (cell.interval?.low ?? .nan, cell.interval?.high ?? .nan)
      let has = low.isFinite && high.isFinite
      return Mark(
        markX: x(index, 0.5), markY: y(value), low: y(has ? low : value), high: y(has ? high : value),
        hasWhisker: has, shape: isHolding(cell) ? "holds" : "differs",
        hint:
          "\(words(cell)): \(Format.score(value)) \(Format.interval(cell.interval)), \(cell.verdict.rawValue)"
      )
    }
    func row(
      _ label: String, kind: String = "", _ holds: (Record.Specifications.Cell) -> Bool
    ) -> Row {
      let places = cells.indices.filter { holds(cells[$0]) }
      let holding = places.count { isHolding(cells[$0]) }
      return Row(
        optionLabel: label,
        dots: places.map {
          Dot(
            dotX: x($0, cells.count > Self.dense ? 0.12 : 0.5),
            dotWidth: Axis.percent(0.76 / Double(cells.count)))
        },
        rowSentence:
          "\(label): \(Format.count(places.count)) of \(Format.count(cells.count)) specifications, "
          + "\(claim.verdict.rawValue) in \(Format.count(holding))",
        rowKind: kind)
    }
    groups = [
      Group(
        groupName: "verdict",
        groupRows: Verdict.reportOrder.filter { verdict in cells.contains { $0.verdict == verdict } }
          .map { verdict in row(verdict.rawValue, kind: verdict.rawValue) { $0.verdict == verdict } }),
      Group(groupName: "claim", groupRows: [row("as written", kind: "score") { $0.written }]),
    ]
    groups += found.choices.prefix(8).map { choice in
      Group(
        groupName: shown(choice.name),
        groupRows: choice.values.prefix(Self.limit).map { value in
          row(shown(value.description)) { $0.choices[choice.name] == value }
        })
    }
    entries = cells.map {
      Entry(
        entryChoices: words($0) + ($0.written ? " (as written)" : ""), entryScore: Format.score($0.value),
        entryRange: Format.interval($0.interval), entryVerdict: $0.verdict.rawValue)
    }
    entriesTitle = "All \(Format.count(cells.count)) specifications"
    let metrics = Set(cells.compactMap(\.metric))
    curveSummary =
      "\(found.sentence(of: claim.verdict)) Each column is one combination of choices, from the lowest score to the highest"
      + (metrics.count > 1 ? ", whatever its metric" : "")
      + ", with its pointwise 95 % interval. Filled: the verdict is the claim’s; hollow: it is another. None of this decides anything."
    let range = cells.compactMap { $0.value?.finite }
    curveSentence =
      "Specification curve. \(found.sentence(of: claim.verdict)) "
      + (range.isEmpty
        ? "None has a score."
        : "Scores go from \(Format.score(range.min()!)) to \(Format.score(range.max()!)).")
  }
}

extension Record.Specifications {
  /// In how many of them the verdict holds, in one sentence.
  func sentence(of verdict: Verdict) -> String {
    let count =
      holding == total ? "all \(Format.count(total))" : "\(Format.count(holding)) of \(Format.count(total))"
    return "The verdict \(verdict.rawValue) holds in \(count) specifications."
  }
}
