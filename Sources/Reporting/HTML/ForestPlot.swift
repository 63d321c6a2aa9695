internal import Hypotheses

/// Values with their ranges, one per row, over one axis with labelled reference lines. What the template draws.
struct ForestPlot {
  /// A vertical line with a label of its own line, so that labels never meet.
  struct Reference {
    var x: String
    var label: String
    /// `floor`, `ceiling`, `threshold` or `zero`: how the line is drawn.
    var kind: String
    var labelY: Int
    var lineY: Int
    /// `start` or `end`: towards the middle of the drawing.
    var anchor: String
    var dx: Int
  }

  struct Row {
    var label: String
    var sublabel: String
    var isCode: Bool
    /// The name of the marker's shape: `score`, `met`, `missed`, `undecided`.
    var marker: String
    var x: String
    var hasMarker: Bool
    var hasRange: Bool
    var x1: String
    var x2: String
    /// Whether the value or its range goes on beyond the axis.
    var isCutLeft: Bool
    var isCutRight: Bool
    var hasRequired: Bool
    var requiredX: String
    var number: String
    var range: String
    /// The row as one sentence, for those who cannot see it.
    var sentence: String
  }

  var title: String
  var caption: String
  var references: [Reference]
  var rows: [Row]
  var ticks: [Axis.Tick]
  /// The height above the first row that the references' labels need.
  var head: Int
  /// Where the grid starts, counted from `foot` above the drawing.
  var gridY: Int { head + ForestPlot.foot }
  /// The height below the axis that its labels need. The axis is drawn this much above the bottom.
  static let foot = 22
}

extension ForestPlot {
  /// The plot as templates read it, which see stored values only.
  struct Drawing {
    var title: String
    var caption: String
    var head: Int
    var gridY: Int
    var ticks: [Axis.Tick]
    var references: [Reference]
    var rows: [Row]
    /// Whether the audit's legend follows.
    var legend: Bool

    init(_ plot: ForestPlot, legend: Bool = false) {
      (title, caption, head, gridY) = (plot.title, plot.caption, plot.head, plot.gridY)
      (ticks, references, rows) = (plot.ticks, plot.references, plot.rows)
      self.legend = legend
    }
  }
}

/// One row before it is placed on an axis.
private struct Estimate {
  var label: String
  var sublabel = ""
  var isCode = true
  var marker: String
  var value: Double
  var low: Double
  var high: Double
  var rangeWords: String
  var required: Double?
  var outcome = ""

  func row(on axis: Axis) -> ForestPlot.Row {
    let hasRange = low.isFinite && high.isFinite
    let ends = [value, low, high].filter(\.isFinite)
    let range = hasRange ? "[\(Format.score(low)), \(Format.score(high))]" : ""
    return ForestPlot.Row(
      label: label, sublabel: sublabel, isCode: isCode, marker: marker, x: axis.percent(value),
      hasMarker: value.isFinite && axis.holds(value), hasRange: hasRange, x1: axis.percent(low),
      x2: axis.percent(high),
      isCutLeft: ends.contains { $0 < axis.lower }, isCutRight: ends.contains { $0 > axis.upper },
      hasRequired: required?.isFinite ?? false, requiredX: axis.percent(required ?? .nan),
      number: Format.score(value), range: range,
      sentence: [
        "\(label): \(Format.score(value))", hasRange ? ", \(rangeWords) \(range)" : "",
        outcome.isEmpty ? "" : ", \(outcome)",
      ].joined())
  }
}

extension ForestPlot {
  /// The score against floor, ceiling, threshold and every rival.
  init(_ claim: Record.Claim, score: Record.Score) {
    let value = score.value.finite ?? .nan
    var estimates = [
      Estimate(
        label: score.comparedSides ?? "the claim’s score", isCode: false, marker: "score", value: value,
        low: score.interval.low,
        high: score.interval.high, rangeWords: "95\u{a0}% interval")
    ]
    for rival in claim.rivals {
      var facts = rival.replicates == 1 ? "one world" : "\(Format.count(rival.replicates)) replicates"
      if let share = rival.share?.finite, share.isFinite { facts += " · share \(Format.share(rival.share))" }
      let central = rival.distribution?.central
      estimates.append(
        Estimate(
          label: rival.label.line.shortened(to: 90), sublabel: facts, marker: rival.outcome.rawValue,
          value: rival.mean.finite ?? .nan, low: central?.low ?? .nan, high: central?.high ?? .nan,
          rangeWords: "central 95\u{a0}% of its scores",
          outcome: "the claim’s criterion is \(rival.outcome.rawValue)"))
    }
    let lines: [(Double, String, String)] = [
      (score.ceiling.finite ?? .nan, "ceiling \(Format.score(score.ceiling))", "ceiling"),
      (
        score.threshold.finite ?? .nan,
        "claimed \(score.comparison.sign) \(Format.threshold(score.threshold))", "threshold"
      ),
      (score.floor.finite ?? .nan, "floor \(Format.score(score.floor))", "floor"),
    ].filter { $0.0.isFinite }
    let axis = Axis(
      core: [value, score.interval.low, score.interval.high] + lines.map(\.0),
      others: estimates.dropFirst().flatMap { [$0.value, $0.low, $0.high] })
    self.init(
      title: "The claim and its rivals, in \(metricWords(score.metric).line)",
      caption:
        "Each rival’s mean score, with the central 95\u{a0}% of its scores. A rival that stays far from the claim’s "
        + "score is withstood; one that comes close explains it away.",
      axis: axis, lines: lines, estimates: estimates)
  }

  /// The margins over the rivals, each against what it must reach; `nil` where no criterion asks for a margin.
  init?(marginsOf claim: Record.Claim) {
    let estimates = claim.rivals.compactMap { rival -> Estimate? in
      guard let criterion = rival.criteria.first(where: { [.margin, .selectivity].contains($0.quantity) })
      else { return nil }
      return Estimate(
        label: rival.label.line.shortened(to: 90),
        sublabel:
          "\(criterion.quantity.words) \(criterion.comparison.sign) \(Format.threshold(criterion.threshold))",
        marker: criterion.outcome.rawValue, value: rival.margin.finite ?? .nan, low: rival.marginInterval.low,
        high: rival.marginInterval.high, rangeWords: "95\u{a0}% interval",
        required: criterion.threshold.finite,
        outcome: criterion.outcome.rawValue)
    }
    if estimates.isEmpty { return nil }
    let required = estimates.compactMap(\.required)
    let axis = Axis(
      core: [0] + required, others: estimates.flatMap { [$0.value, $0.low, $0.high] })
    self.init(
      title: "Margins over the rivals",
      caption:
        "The claim’s score minus the rival’s mean, with its 95\u{a0}% interval. The bar marks the margin that the claim "
        + "asks for: the whole interval must reach it.",
      axis: axis, lines: [(0, "no margin", "zero")], estimates: estimates)
  }

  private init(
    title: String, caption: String, axis: Axis, lines: [(value: Double, label: String, kind: String)],
    estimates: [Estimate]
  ) {
    let lineHeight = 18
    self.title = title
    self.caption = caption
    // A line starts at the height of its label. Outer labels stand higher, so that a line hardly ever crosses a label.
    let placed = lines.map { (line: $0, x: axis.fraction($0.value)) }
    let left = placed.filter { $0.x < 0.55 }.sorted { $0.x < $1.x }
    let right = placed.filter { $0.x >= 0.55 }.sorted { $0.x > $1.x }
    references = (left + right).enumerated().map { index, placed in
      let toTheRight = placed.x < 0.55
      return Reference(
        x: Axis.percent(placed.x), label: placed.line.label, kind: placed.line.kind,
        labelY: index * lineHeight + 14, lineY: index * lineHeight + 4 + ForestPlot.foot,
        anchor: toTheRight ? "start" : "end", dx: toTheRight ? 6 : -6)
    }
    rows = estimates.map { $0.row(on: axis) }
    ticks = axis.ticks
    head = lines.count * lineHeight + 8
  }
}

extension Record.Bounds {
  /// The lower end, NaN where the record has none.
  var low: Double { lower.finite ?? .nan }
  var high: Double { upper.finite ?? .nan }
}
