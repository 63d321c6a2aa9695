public import Hypotheses

/// `results.sarif`: what needs attention, at the line of its claim, for code scanning and editors (SARIF 2.1.0, OASIS).
///
/// A claim that fails the run is an error, one that is undecided a warning. Claims that are as they should be are no
/// results: GitHub shows every result as an alert, whatever its `kind`. A warning that stands beside a verdict is a result of
/// its own rule, a note, suppressed where the hypothesis answers it.
public enum SARIFReport {
  /// - Parameters:
  ///   - record: the run.
  ///   - failOn: the verdicts that fail where a hypothesis pins none.
  public static func render(_ record: Record, failOn: Set<Verdict> = Record.defaultFailOn) -> String {
    JSONLayout.text(of: Log(runs: [Run(record, failOn: failOn)]))
  }

  private struct Log: Encodable {
    var schema = "https://json.schemastore.org/sarif-2.1.0.json"
    var version = "2.1.0"
    var runs: [Run]

    enum CodingKeys: String, CodingKey {
      case schema = "$schema"
      case version, runs
    }
  }

  private struct Message: Encodable {
    var text: String
  }

  private struct Rule: Encodable {
    struct Configuration: Encodable {
      var level: String
    }
    var id: String
    var name: String
    var shortDescription: Message
    var fullDescription: Message
    var help: Message
    var defaultConfiguration: Configuration
  }

  private struct Driver: Encodable {
    var name = "Refute"
    var version: String?
    var rules: [Rule]
  }

  private struct Tool: Encodable {
    var driver: Driver
  }

  private struct Invocation: Encodable {
    var executionSuccessful: Bool
    var startTimeUtc: String?
  }

  private struct Artifact: Encodable {
    struct Location: Encodable {
      var uri: String
      var uriBaseId: String?
    }
    var location: Location
  }

  private struct Place: Encodable {
    struct Physical: Encodable {
      struct Region: Encodable {
        var startLine: Int
      }
      var artifactLocation: Artifact.Location
      var region: Region
    }
    var physicalLocation: Physical
  }

  private struct Result: Encodable {
    struct Properties: Encodable {
      var claim: String
      var verdict: String
      var expected: String?
      var metric: String?
      var score: Record.Number?
      var interval: Record.Bounds?
      var registration: String?

      init(_ record: Record.Claim) {
        claim = record.name.line.shortened(to: 400)
        verdict = record.verdict.rawValue
        expected = record.expected?.rawValue
        metric = record.score?.metric.line
        score = record.score?.value
        interval = record.score?.interval
        registration = record.registration?.status.rawValue
      }
    }
    /// Why a result is not to be shown as open.
    struct Suppression: Encodable {
      var kind = "inSource"
      var justification: String
    }
    var ruleId: String
    var ruleIndex: Int
    var level: String
    var message: Message
    var locations: [Place]
    var partialFingerprints: [String: String]
    /// Absent where no result of the run can be suppressed, as the standard asks: all have it, or none.
    var suppressions: [Suppression]?
    var properties: Properties
  }

  private struct Run: Encodable {
    struct Properties: Encodable {
      var seed: UInt64
      var claims: Int
      var commit: String?
    }
    struct Details: Encodable {
      var id: String
    }
    var tool: Tool
    var automationDetails = Details(id: "refute/")
    var invocations: [Invocation]
    var artifacts: [Artifact]
    var results: [Result]
    var columnKind = "unicodeCodePoints"
    var properties: Properties

    init(_ record: Record, failOn: Set<Verdict>) {
      let verdicts = Verdict.reportOrder
      var warned: [String] = []
      let warnings = record.hypotheses.flatMap { $0.warnings ?? [] }
      for warning in warnings where !warned.contains(warning.rule) { warned.append(warning.rule) }
      let suppresses = warnings.contains { $0.answer != nil }
      tool = Tool(
        driver: Driver(
          version: record.environment.refute?.line.shortened(to: 60),
          rules: verdicts.map { verdict in
            Rule(
              id: verdict.rawValue, name: verdict.rawValue.capitalizedWord,
              shortDescription: Message(text: verdict.meaning),
              fullDescription: Message(text: verdict.meaning),
              help: Message(text: "refute explain \(verdict.rawValue) says what to do next."),
              defaultConfiguration: .init(level: failOn.contains(verdict) ? "error" : "warning"))
          }
            + warned.map { rule in
              let meaning = Message(
                text: "A warning that bears on the verdict: \(rule.line.shortened(to: 80)).")
              return Rule(
                id: rule.line.shortened(to: 80), name: rule.pascalCase,
                shortDescription: meaning, fullDescription: meaning,
                help: Message(text: "refute explain \(rule.line.shortened(to: 80)) says what it means."),
                defaultConfiguration: .init(level: "note"))
            }))
      invocations = [
        Invocation(
          executionSuccessful: record.status == .complete,
          startTimeUtc: record.timing.started.flatMap { $0.isUTCTime ? $0 : nil })
      ]
      var files: [String] = []
      for claim in record.hypotheses where !files.contains(claim.file) { files.append(claim.file) }
      artifacts = files.map { Artifact(location: SARIFReport.location($0)) }
      let ofVerdicts = record.hypotheses.compactMap { claim -> Result? in
        let fails = Record.isFailure(claim, failOn: failOn)
        guard fails || claim.needsDecision else { return nil }
        return Result(
          ruleId: claim.verdict.rawValue, ruleIndex: verdicts.firstIndex(of: claim.verdict) ?? 0,
          level: fails ? "error" : "warning",
          message: Message(text: claim.alert),
          locations: [
            Place(
              physicalLocation: .init(
                artifactLocation: SARIFReport.location(claim.file),
                region: .init(startLine: max(1, claim.line))))
          ],
          // Claims are told apart by name: the text around them may move.
          partialFingerprints: ["claimName/v1": claim.name.line.shortened(to: 400)],
          suppressions: suppresses ? [] : nil, properties: .init(claim))
      }
      let ofWarnings = record.hypotheses.flatMap { claim in
        (claim.warnings ?? []).map { warning in
          Result(
            ruleId: warning.rule.line.shortened(to: 80),
            ruleIndex: verdicts.count + (warned.firstIndex(of: warning.rule) ?? 0), level: "note",
            message: Message(
              text:
                "\(claim.name.line.shortened(to: 300)): \(warning.sentence.line.shortened(to: 1000))"),
            locations: [
              Place(
                physicalLocation: .init(
                  artifactLocation: SARIFReport.location(claim.file),
                  region: .init(startLine: max(1, warning.line ?? claim.line))))
            ],
            partialFingerprints: [
              "claimName/v1": "\(warning.rule.line.shortened(to: 80)): \(claim.name.line.shortened(to: 300))"
            ],
            suppressions: suppresses
              ? warning.answer.map { [.init(justification: $0.line.shortened(to: 500))] } ?? [] : nil,
            properties: .init(claim))
        }
      }
      results = ofVerdicts + ofWarnings
      properties = Properties(
        seed: record.seed, claims: record.hypotheses.count,
        commit: record.environment.git?.commit.line.shortened(to: 64))
    }
  }

  /// A path as a URI: relative ones belong to the root of the sources.
  private static func location(_ path: String) -> Artifact.Location {
    var uri = ""
    for byte in path.utf8 {
      let scalar = Unicode.Scalar(byte)
      let isPlain =
        ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar)
        || "-._~/".unicodeScalars.contains(scalar)
      if isPlain {
        uri.unicodeScalars.append(scalar)
      } else {
        uri += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
      }
    }
    while uri.hasPrefix("./") { uri.removeFirst(2) }
    if uri.hasPrefix("/") { return Artifact.Location(uri: "file://" + uri) }
    return Artifact.Location(uri: uri.isEmpty ? "." : uri, uriBaseId: "%SRCROOT%")
  }
}

extension Record.Claim {
  /// Whether nobody pinned that the claim stays undecided.
  var needsDecision: Bool { verdict == .inconclusive && expected == nil }

  /// What an annotation at the claim's line says.
  var alert: String {
    let text = "\(name.line.shortened(to: 300)): \(verdictAndExpectation). \(reason.line.shortened(to: 1000))"
    return remedies.isEmpty
      ? text : text + " " + remedies.map(\.line).joined(separator: " ").shortened(to: 600)
  }
}

extension String {
  fileprivate var capitalizedWord: String { prefix(1).uppercased() + dropFirst() }

  /// `items-not-exchangeable` as `ItemsNotExchangeable`, which the standard recommends for names; of other texts the letters.
  fileprivate var pascalCase: String {
    let words = unicodeScalars.split { !("a"..."z").contains($0) && !("A"..."Z").contains($0) }
    let name = words.prefix(8).map { String($0).lowercased().capitalizedWord }.joined()
    return name.isEmpty ? "Warning" : String(name.prefix(80))
  }

  /// `2026-01-31T12:00:00Z`, as the schema asks.
  fileprivate var isUTCTime: Bool {
    let pattern = "0000-00-00T00:00:00Z"
    return utf8.count == pattern.utf8.count
      && zip(utf8, pattern.utf8).allSatisfy { byte, sign in
        sign == UInt8(ascii: "0") ? (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) : byte == sign
      }
  }
}
