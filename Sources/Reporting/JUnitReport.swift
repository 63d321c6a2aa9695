public import Hypotheses

/// `junit.xml`: a hypothesis file is a test suite and a claim a test case, so that CI shows verdicts as it shows
/// tests.
///
/// A claim that fails the run is a `failure`, or an `error` where its verdict is `invalid`. Only attributes that
/// the strict readers know are written.
public enum JUnitReport {
  /// - Parameters:
  ///   - record: the run.
  ///   - failOn: the verdicts that fail where a hypothesis pins none.
  /// - Returns: an XML 1.0 document.
  public static func render(_ record: Record, failOn: Set<Verdict> = Record.defaultFailOn) -> String {
    let seconds = Dictionary(
      record.timing.hypotheses.map { ($0.name, $0.seconds.finite ?? 0) },
      uniquingKeysWith: { first, _ in first })
    var files: [String] = []
    for claim in record.hypotheses where !files.contains(claim.file) { files.append(claim.file) }
    let suites = files.map { file in
      Suite(
        file: file, claims: record.hypotheses.filter { $0.file == file }, seconds: seconds, failOn: failOn)
    }

    var out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    out += "<testsuites name=\"refute\" tests=\"\(record.hypotheses.count)\""
    out +=
      " failures=\"\(suites.reduce(0) { $0 + $1.failures })\" errors=\"\(suites.reduce(0) { $0 + $1.errors })\""
    out += " time=\"\(time(suites.reduce(0) { $0 + $1.time }))\">\n"
    for suite in suites { out += suite.xml(record) }
    return out + "</testsuites>\n"
  }

  private struct Suite {
    var file: String
    var cases: [(claim: Record.Claim, fails: Bool, seconds: Double)]

    init(file: String, claims: [Record.Claim], seconds: [String: Double], failOn: Set<Verdict>) {
      self.file = file
      cases = claims.map { ($0, Record.isFailure($0, failOn: failOn), seconds[$0.name] ?? 0) }
    }

    var errors: Int { cases.count { $0.fails && $0.claim.verdict == .invalid } }
    var failures: Int { cases.count { $0.fails } - errors }
    var time: Double { cases.reduce(0) { $0 + $1.seconds } }

    func xml(_ record: Record) -> String {
      var out = "  <testsuite name=\"\(file.attribute)\" tests=\"\(cases.count)\" failures=\"\(failures)\""
      out += " errors=\"\(errors)\" skipped=\"0\" time=\"\(JUnitReport.time(time))\""
      // The schemas ask for a time without zone or fraction.
      if let started = record.timing.started?.prefix(19), started.count == 19 {
        out += " timestamp=\"\(String(started).attribute)\""
      }
      out += ">\n    <properties>\n"
      out += "      <property name=\"schema\" value=\"\(record.schema.attribute)\"/>\n"
      out += "      <property name=\"seed\" value=\"\(record.seed)\"/>\n"
      out += "      <property name=\"status\" value=\"\(record.status.rawValue)\"/>\n    </properties>\n"
      for (claim, fails, seconds) in cases {
        out += "    <testcase name=\"\(claim.name.shortened(to: 1000).attribute)\""
        out += " classname=\"\(file.attribute)\" time=\"\(JUnitReport.time(seconds))\">\n"
        if fails {
          let element = claim.verdict == .invalid ? "error" : "failure"
          let message = "\(claim.verdictAndExpectation): \(claim.reason)".shortened(to: 1000)
          out += "      <\(element) message=\"\(message.attribute)\" type=\"\(claim.verdict.rawValue)\">"
          out += claim.details.block.markupEscaped + "</\(element)>\n"
        } else {
          out += "      <system-out>\(claim.details.block.markupEscaped)</system-out>\n"
        }
        out += "    </testcase>\n"
      }
      return out + "  </testsuite>\n"
    }
  }

  private static func time(_ seconds: Double) -> String {
    let milliseconds = Int((min(max(seconds, 0), 1e9) * 1000).rounded())
    let fraction = String(milliseconds % 1000)
    return "\(milliseconds / 1000)." + String(repeating: "0", count: 3 - fraction.count) + fraction
  }
}

extension String {
  fileprivate var attribute: String { line.markupEscaped }
}

extension Record.Claim {
  /// The verdict and its grounds as plain lines.
  fileprivate var details: String {
    var lines = ["\(file):\(line): \(verdictAndExpectation)", reason]
    if let score {
      lines.append(
        "claim: \(score.metric) = \(Format.score(score.value)) \(Format.interval(score.interval)), "
          + "asked \(score.comparison.rawValue) \(Format.threshold(score.threshold)): \(score.outcome.rawValue)"
      )
    }
    for premise in premises {
      lines.append(
        "premise \(premise.name): \(Format.score(premise.value)) \(Format.interval(premise.interval)), "
          + "asked \(premise.comparison.rawValue) \(Format.threshold(premise.threshold)): \(premise.outcome.rawValue)"
      )
    }
    for rival in rivals {
      lines.append(
        "\(rival.label): mean \(Format.score(rival.mean)), \(rival.keyFigure), asked \(rival.criterion): "
          + rival.outcome.rawValue)
    }
    for gate in gates where !gate.passed { lines.append("check failed, \(gate.name): \(gate.detail)") }
    for warning in warnings ?? [] { lines.append("warning \(warning.rule): \(warning.sentence)") }
    for assumption in assumptions ?? [] { lines.append("assumed, not tested: \(assumption.sentence)") }
    if let registration { lines.append("registration: \(registration.sentence)") }
    lines += remedies
    return lines.map(\.line).joined(separator: "\n").shortened(to: 20_000)
  }
}
