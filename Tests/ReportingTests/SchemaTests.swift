import Foundation
import Reporting
import TestSupport
import Testing

/// The published schema of the record, and the part of SARIF 2.1.0 that we write.
@Suite struct SchemaTests {
  @Test(arguments: Sample.allCases)
  func recordsAreOfThePublishedSchema(_ sample: Sample) throws {
    #expect(try JSONSchema.record().problems(of: sample.record.json).isEmpty)
  }

  @Test func everyOptionalFieldIsOfTheSchema() throws {
    var record = Sample.six.record
    record.replicates = 50
    record.environment.build = String(repeating: "0a", count: 32)
    record.environment.lock = .init(
      file: "refute.lock", sha256: String(repeating: "1b", count: 32), commit: "0123456")
    for (index, status) in Record.Registration.Status.allCases.enumerated() {
      record.hypotheses[index].registration = .init(
        status: status, locked: "2026-01-31T12:00:00Z", changes: ["the seed"], others: 3)
    }
    #expect(try JSONSchema.record().problems(of: record.json).isEmpty)
    let isEqual = try Record(json: record.json) == record
    #expect(isEqual)
  }

  /// The validator itself: what the schema forbids is found.
  @Test(arguments: [
    ("\"seed\": 1", "\"seed\": -1", "$.seed: is less than"),
    ("\"seed\": 1", "\"seed\": 1.5", "$.seed: is number, not integer"),
    ("\"seed\": 1", "\"seed\": true", "$.seed: is boolean, not integer"),
    ("\"seed\": 1", "\"seed\": 1, \"later\": 1", "$.later: is not in the schema"),
    ("\"status\": \"complete\"", "\"status\": \"done\"", "$.status: is none of the values"),
    ("refute-record/1", "refute-record/2", "$.schema: is not the constant"),
    ("\"verdict\": \"artifact\"", "\"verdikt\": \"artifact\"", "hypotheses[1].verdict: is missing"),
    ("[0.371, 0.443]", "[0.371]", "has too few items"),
    ("[0.371, 0.443]", "[0.371, 0.4, 0.443]", "has too many items"),
    ("\"sha256\": \"a7", "\"sha256\": \"A7", "does not match"),
  ])
  func wrongRecordsAreFound(_ old: String, _ new: String, _ says: String) throws {
    let json = Sample.six.record.json
    let wrong = json.replacingOccurrences(of: old, with: new)
    try #require(wrong != json)
    let problems = try JSONSchema.record().problems(of: wrong)
    #expect(problems.contains { $0.contains(says) }, "\(problems.prefix(3))")
  }

  /// What SARIF's schema asks of the parts that we write, and no part beyond them.
  static let sarif = """
    {"type": "object", "required": ["version", "runs"], "properties": {
      "$schema": {"const": "https://json.schemastore.org/sarif-2.1.0.json"}, "version": {"const": "2.1.0"},
      "runs": {"type": "array", "minItems": 1, "maxItems": 1, "items": {"$ref": "#/$defs/run"}}},
    "$defs": {
      "message": {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "pattern": "."}}},
      "location": {"type": "object", "required": ["uri"], "properties": {
        "uri": {"type": "string", "pattern": "^(file:///)?([A-Za-z0-9._~/-]|%[0-9A-F]{2})+$"},
        "uriBaseId": {"const": "%SRCROOT%"}}},
      "rule": {"type": "object", "required": ["id"], "properties": {
        "id": {"type": "string"}, "name": {"type": "string", "pattern": "^([A-Z][a-z]*)+$"},
        "shortDescription": {"$ref": "#/$defs/message"}, "fullDescription": {"$ref": "#/$defs/message"},
        "help": {"$ref": "#/$defs/message"},
        "defaultConfiguration": {"type": "object", "properties": {"level": {"enum": ["note", "warning", "error"]}}}}},
      "result": {"type": "object", "required": ["message", "ruleId", "locations"], "properties": {
        "ruleId": {"type": "string"}, "ruleIndex": {"type": "integer", "minimum": 0},
        "level": {"enum": ["note", "warning", "error"]}, "message": {"$ref": "#/$defs/message"},
        "locations": {"type": "array", "minItems": 1, "items": {"type": "object", "properties": {
          "physicalLocation": {"type": "object", "required": ["artifactLocation", "region"], "properties": {
            "artifactLocation": {"$ref": "#/$defs/location"},
            "region": {"type": "object", "properties": {"startLine": {"type": "integer", "minimum": 1}}}}}}}},
        "partialFingerprints": {"type": "object", "properties": {"claimName/v1": {"type": "string"}}},
        "suppressions": {"type": "array", "items": {"type": "object", "required": ["kind"], "properties": {
          "kind": {"enum": ["inSource", "external"]}, "justification": {"type": "string"}}}},
        "properties": {"type": "object", "properties": {
          "claim": {"type": "string"}, "verdict": {"type": "string"}, "expected": {"type": "string"},
          "metric": {"type": "string"}, "score": {"type": ["number", "null"]}, "interval": {"type": "array"},
          "registration": {"type": "string"}}}}},
      "run": {"type": "object", "required": ["tool", "results"], "properties": {
        "tool": {"type": "object", "required": ["driver"], "properties": {"driver": {"type": "object", "required": ["name"],
          "properties": {"name": {"const": "Refute"}, "version": {"type": "string"},
            "rules": {"type": "array", "minItems": 6, "items": {"$ref": "#/$defs/rule"}}}}}},
        "automationDetails": {"type": "object", "properties": {"id": {"const": "refute/"}}},
        "invocations": {"type": "array", "items": {"type": "object", "required": ["executionSuccessful"], "properties": {
          "executionSuccessful": {"type": "boolean"},
          "startTimeUtc": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"}}}},
        "artifacts": {"type": "array", "items": {"type": "object", "properties": {"location": {"$ref": "#/$defs/location"}}}},
        "results": {"type": "array", "items": {"$ref": "#/$defs/result"}},
        "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
        "properties": {"type": "object", "properties": {
          "seed": {"type": "integer"}, "claims": {"type": "integer"}, "commit": {"type": "string"}}}}}}}
    """

  @Test(arguments: Sample.allCases)
  func sarifIsOfItsSchema(_ sample: Sample) throws {
    let sarif = SARIFReport.render(sample.record)
    #expect(try JSONSchema(Self.sarif).problems(of: sarif).isEmpty)
    for scalar in sarif.unicodeScalars { #expect(scalar == "\n" || scalar.value >= 0x20) }
  }

  @Test func sarifPointsAtTheClaimsThatNeedAttention() throws {
    var record = Sample.six.record
    record.hypotheses[2].file = "a folder/ü#1.hypothesis"
    let run = try #require(try JSONValue(SARIFReport.render(record))["runs"]?.items.first)
    let results = try #require(run["results"]?.items)
    #expect(
      results.compactMap { $0["ruleId"]?.text } == [
        "falsified", "unfounded", "inconclusive", "invalid", "toothless-rival",
      ])
    #expect(results.compactMap { $0["level"]?.text } == ["error", "error", "warning", "error", "note"])
    let place = results[0]["locations"]?.items.first?["physicalLocation"]
    #expect(place?["artifactLocation"]?["uri"]?.text == "a%20folder/%C3%BC%231.hypothesis")
    #expect(place?["region"]?["startLine"] == .number(80))
    #expect(
      results[0]["message"]?["text"]?.text?.contains("falsified, expected artifact. The score 0.041") == true)
    let rules = try #require(run["tool"]?["driver"]?["rules"]?.items)
    for result in results {
      guard case .number(let index)? = result["ruleIndex"] else { continue }
      #expect(rules[Int(index)]["id"] == result["ruleId"])
    }
    // With nothing that fails, nothing is an alert but what is undecided.
    let quiet = try JSONValue(SARIFReport.render(Samples.record([Samples.six[0], Samples.six[4]])))
    #expect(quiet["runs"]?.items.first?["results"]?.items.count == 1)
  }

  @Test func annotationsCannotBeBroken() {
    let text = GitHubAnnotations.render(Sample.hostile.record, failOn: [.artifact])
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
    // Each claim has two warnings, both answered or one.
    #expect(lines.count { $0.hasPrefix("::error file=") } == Samples.hostileStrings.count)
    for line in lines {
      #expect(line.hasPrefix("::error file=") || line.hasPrefix("::notice file="))
      // Three separators: of the command, of its properties, and none in between.
      let properties = line.drop { $0 != " " }.prefix { $0 != ":" }
      #expect(properties.split(separator: ",").count == 3, "\(line.prefix(200))")
    }
    var record = Sample.six.record
    record.hypotheses[2].name = "100%\n::error::x"
    let one = GitHubAnnotations.render(record)
    #expect(
      one.contains(
        "file=Hypotheses/nouns.hypothesis,line=80,title=Refute%3A falsified%2C expected artifact::100%25 ::error::x: "
      ))
    #expect(one.split(separator: "\n").count == 4)
  }
}
