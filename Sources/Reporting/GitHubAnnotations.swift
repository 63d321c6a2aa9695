public import Hypotheses

/// Workflow commands that GitHub Actions shows as annotations on the lines of the claims.
public enum GitHubAnnotations {
  /// - Parameters:
  ///   - record: the run.
  ///   - failOn: the verdicts that fail where a hypothesis pins none.
  /// - Returns: an `::error` for each claim that fails the run, a `::warning` for each that is undecided, a `::notice` for each
  ///   warning that stands beside a verdict and is not answered.
  public static func render(_ record: Record, failOn: Set<Verdict> = Record.defaultFailOn) -> String {
    record.hypotheses.reduce(into: "") { out, claim in
      for warning in claim.warnings ?? [] where warning.answer == nil {
        out += command(
          "notice", file: claim.file, line: warning.line ?? claim.line, title: "Refute: \(warning.rule)",
          "\(claim.name.line.shortened(to: 300)): \(warning.sentence.line.shortened(to: 1000))")
      }
      let fails = Record.isFailure(claim, failOn: failOn)
      guard fails || claim.needsDecision else { return }
      out += command(
        fails ? "error" : "warning", file: claim.file, line: claim.line,
        title: "Refute: \(claim.verdictAndExpectation)", claim.alert)
    }
  }

  /// The changes that fail a run, at the lines of the claims in `record`.
  public static func render(
    _ comparison: RecordComparison, in record: Record,
    failing: Set<RecordComparison.Kind> = RecordComparison.defaultFailing
  ) -> String {
    let claims = Dictionary(
      record.hypotheses.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    var out = ""
    func add(_ kind: RecordComparison.Kind, _ name: String, _ text: String) {
      guard failing.contains(kind) else { return }
      out += command(
        "error", file: claims[name]?.file, line: claims[name]?.line, title: "Refute: \(kind.rawValue)", text)
    }
    for change in comparison.verdictChanges {
      add(
        .verdict, change.name,
        "\(change.name.line): was \(change.old.rawValue), is \(change.new.rawValue). \(change.reason.line)")
    }
    for drift in comparison.drifts {
      add(
        .drift, drift.name,
        "\(drift.name.line): \(drift.newMetric.line) \(Format.score(drift.newValue ?? .nan)) left the interval "
          + "\(Format.interval(drift.oldInterval)) that it had")
    }
    for change in comparison.specificationChanges {
      add(.specification, change.name, "\(change.name.line): \(change.words)")
    }
    for name in comparison.vanishedClaims { add(.vanished, name, "\(name.line): is no longer tested") }
    for name in comparison.newClaims { add(.new, name, "\(name.line): is not in the baseline") }
    for name in comparison.textChanges { add(.text, name, "\(name.line): says something else than before") }
    for change in comparison.dataChanges {
      add(.data, "", "\(change.path.line): \(change.words)")
    }
    if comparison.seeds.count == 2 {
      add(.seed, "", "the seed was \(comparison.seeds[0]), is \(comparison.seeds[1])")
    }
    return out
  }

  private static func command(
    _ name: String, file: String?, line: Int?, title: String, _ message: String
  ) -> String {
    var properties = "title=\(title.line.property)"
    if let file, let line { properties = "file=\(file.line.property),line=\(max(1, line))," + properties }
    return "::\(name) \(properties)::\(message.line.data)\n"
  }
}

extension String {
  /// Escaped as the data of a workflow command.
  fileprivate var data: String {
    var out = ""
    for scalar in unicodeScalars {
      switch scalar {
      case "%": out += "%25"
      case "\r": out += "%0D"
      case "\n": out += "%0A"
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out
  }

  /// Escaped as a property of a workflow command.
  fileprivate var property: String {
    var out = ""
    for scalar in data.unicodeScalars {
      switch scalar {
      case ":": out += "%3A"
      case ",": out += "%2C"
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out
  }
}
