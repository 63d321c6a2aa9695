internal import Hypotheses

// The forms of a comparison but for the plain lines.

extension RecordComparison.DataChange {
  /// What became of the file, with the first digits of its digests.
  var words: String {
    let (old, new) = (old?.line.shortened(to: 12), new?.line.shortened(to: 12))
    return switch (old, new) {
    case (nil, let new?): "was not read before, is \(new)"
    case (let old?, nil): "was \(old), is no longer read"
    default: "was \(old ?? "–"), is \(new ?? "–")"
    }
  }
}

extension RecordComparison {
  /// The changes as a table in GitHub-flavoured Markdown, for a pull request.
  ///
  /// - Parameter failing: the kinds that fail a run; they are printed bold.
  public func markdown(failing: Set<Kind> = defaultFailing) -> String {
    if isEmpty { return "### Refute: no finding changed\n\n" + Self.nothing }
    var rows: [(kind: Kind, subject: String, before: String, now: String)] = []
    for change in verdictChanges {
      rows.append(
        (
          .verdict, change.name.cell, change.old.marked,
          "\(change.new.marked): \(change.reason.shortened(to: 400).markdown)"
        ))
    }
    for drift in drifts {
      rows.append(
        (
          .drift, drift.name.cell,
          "\(metricWords(drift.oldMetric).markdown) \(Format.score(drift.oldValue ?? .nan)) "
            + Format.interval(drift.oldInterval),
          "\(metricWords(drift.newMetric).markdown) \(Format.score(drift.newValue ?? .nan))"
        ))
    }
    for change in specificationChanges {
      // The first few; `--format json` has all.
      let items = change.items.prefix(5).map { "\($0.choices.shortened(to: 120).markdown): \($0.words)" }
      let more = change.items.count - items.count
      rows.append(
        (
          .specification, change.name.cell,
          "held in \(Format.count(change.oldHolding)) of \(Format.count(change.oldTotal))",
          "holds in \(Format.count(change.newHolding)) of \(Format.count(change.newTotal))"
            + (items.isEmpty ? "" : ": " + items.joined(separator: "; "))
            + (more > 0 ? "; and \(Format.count(more)) more" : "")
        ))
    }
    rows += vanishedClaims.map { (.vanished, $0.cell, "tested", "–") }
    rows += newClaims.map { (.new, $0.cell, "–", "tested") }
    rows += textChanges.map { (.text, $0.cell, "", "says something else") }
    rows += dataChanges.map { change in
      func digest(_ text: String?) -> String { text.map { $0.shortened(to: 12).markdown } ?? "not read" }
      return (.data, change.path.cell, digest(change.old), digest(change.new))
    }
    if seeds.count == 2 { rows.append((.seed, "", "\(seeds[0])", "\(seeds[1])")) }
    let count = rows.count { failing.contains($0.kind) }
    var out = "### Refute: \(rows.count == 1 ? "1 change" : "\(Format.count(rows.count)) changes")"
    out += count == 0 ? ", none of which fails a run\n\n" : ", \(Format.count(count)) of which fail a run\n\n"
    out += "| | what | before | now |\n|---|---|---|---|\n"
    var leftOut = 0
    for row in rows {
      let kind = failing.contains(row.kind) ? "**\(row.kind.rawValue)**" : row.kind.rawValue
      let line = "| \(kind) | \(row.subject) | \(row.before) | \(row.now) |\n"
      if out.count + line.count < MarkdownSummary.limit { out += line } else { leftOut += 1 }
    }
    if leftOut > 0 { out += "\n\(Format.count(leftOut)) more changes are left out.\n" }
    return out
  }

  /// The changes as one JSON object of the schema `refute-diff/1`. Texts are as the records hold them, not escaped for
  /// any output.
  ///
  /// - Parameter failing: the kinds that count as a regression.
  public func json(failing: Set<Kind> = defaultFailing) -> String {
    struct Specification: Encodable {
      var choices: String
      var old: String?
      var new: String?
    }
    struct Change: Encodable {
      var kind: String
      var fails: Bool
      var name: String?
      var path: String?
      var old: String?
      var new: String?
      var reason: String?
      var metric: String?
      var oldMetric: String?
      var oldValue: Record.Number?
      var oldInterval: Record.Bounds?
      var newValue: Record.Number?
      var oldHolding: Int?
      var oldTotal: Int?
      var newHolding: Int?
      var newTotal: Int?
      var specifications: [Specification]?

      enum CodingKeys: String, CodingKey {
        case kind, fails, name, path, old, new, reason, metric
        case oldMetric = "old_metric"
        case oldValue = "old_value"
        case oldInterval = "old_interval"
        case newValue = "new_value"
        case oldHolding = "old_holding"
        case oldTotal = "old_total"
        case newHolding = "new_holding"
        case newTotal = "new_total"
        case specifications
      }
    }
    struct Document: Encodable {
      var schema = "refute-diff/1"
      var regressed: Bool
      var changes: [Change]
    }
    func change(_ kind: Kind) -> Change { Change(kind: kind.rawValue, fails: failing.contains(kind)) }
    var changes: [Change] = []
    for item in verdictChanges {
      var one = change(.verdict)
      (one.name, one.old, one.new, one.reason) = (
        item.name, item.old.rawValue, item.new.rawValue, item.reason
      )
      changes.append(one)
    }
    for item in drifts {
      var one = change(.drift)
      (one.name, one.metric, one.oldMetric, one.oldInterval) = (
        item.name, item.newMetric, item.oldMetric, item.oldInterval
      )
      (one.oldValue, one.newValue) = (
        Record.Number(item.oldValue ?? .nan), Record.Number(item.newValue ?? .nan)
      )
      changes.append(one)
    }
    for item in specificationChanges {
      var one = change(.specification)
      one.name = item.name
      (one.oldHolding, one.oldTotal) = (item.oldHolding, item.oldTotal)
      (one.newHolding, one.newTotal) = (item.newHolding, item.newTotal)
      one.specifications = item.items.map {
        Specification(choices: $0.choices, old: $0.old?.rawValue, new: $0.new?.rawValue)
      }
      changes.append(one)
    }
    for (kind, names) in [(Kind.vanished, vanishedClaims), (.new, newClaims), (.text, textChanges)] {
      for name in names {
        var one = change(kind)
        one.name = name
        changes.append(one)
      }
    }
    for item in dataChanges {
      var one = change(.data)
      (one.path, one.old, one.new) = (item.path, item.old, item.new)
      changes.append(one)
    }
    if seeds.count == 2 {
      var one = change(.seed)
      (one.old, one.new) = ("\(seeds[0])", "\(seeds[1])")
      changes.append(one)
    }
    return JSONLayout.text(of: Document(regressed: fails(on: failing), changes: changes))
  }
}

extension String {
  fileprivate var cell: String { shortened(to: 200).markdown }
}

extension Verdict {
  fileprivate var marked: String { "\(symbol) \(rawValue)" }
}
