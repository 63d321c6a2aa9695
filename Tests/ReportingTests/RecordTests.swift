import Falsification
import Foundation
import Hypotheses
import Reporting
import Testing

@Suite struct RecordTests {
  static let everything =
    Samples.six + Samples.hostileStrings.enumerated().map { Samples.hostile($1, index: $0) }
    + Samples.extremeValues.enumerated().map { Samples.extreme($1, 0.3, index: $0) }

  @Test func roundTrips() throws {
    let record = Samples.record(Self.everything)
    let json = record.json
    let back = try Record(json: json)
    // Compared outside of the macro, which would print both.
    let (isEqual, isStable) = (back == record, back.json == json)
    #expect(isEqual)
    #expect(isStable)
  }

  @Test func partialRoundTrips() throws {
    let record = Samples.record(Array(Samples.six.prefix(2)), status: .partial)
    let isEqual = try Record(json: record.json) == record
    #expect(isEqual)
    #expect(record.json.contains("\"status\": \"partial\""))
  }

  /// The names that others rely on, as design notes and docs give them.
  @Test func keepsItsNames() throws {
    let record = Samples.record(Samples.six)
    let root = try #require(JSONSerialization.jsonObject(with: Data(record.json.utf8)) as? [String: Any])
    #expect(root["schema"] as? String == "refute-record/1")
    #expect(root["seed"] as? Int == 1)
    #expect(
      Set(root.keys) == ["schema", "status", "seed", "hypotheses", "data", "environment", "timing"])
    let claims = try #require(root["hypotheses"] as? [[String: Any]])
    let claim = claims[1]
    #expect(claim["verdict"] as? String == "artifact")
    #expect(claim["expected"] as? String == "artifact")
    #expect(claim["met_expectation"] as? Bool == true)
    #expect(claim["line"] as? Int == 41)
    let score = try #require(claim["score"] as? [String: Any])
    #expect(
      Set(score.keys) == [
        "name", "metric", "value", "interval", "floor", "ceiling", "normalized", "threshold", "comparison",
        "outcome",
        "training",
      ])
    #expect(score["metric"] as? String == "r2")
    #expect(score["interval"] as? [Double] == [0.371, 0.443])
    let rivals = try #require(claim["rivals"] as? [[String: Any]])
    let permuted = rivals[0]
    #expect(
      Set(permuted.keys) == [
        "name", "label", "replicates", "replicates_asked", "mean", "sd", "p", "p_interval", "exceedances",
        "exact", "tail",
        "margin",
        "margin_interval", "criterion", "criteria", "outcome", "share", "distribution", "notes",
      ])
    #expect((permuted["tail"] as? [String: Any]).map { Set($0.keys) } == ["p", "constrained"])
    let adjusted = try #require(claim["adjusted"] as? [String: Any])
    #expect(
      Set(adjusted.keys) == [
        "p", "rival", "claims", "holm", "benjamini_hochberg", "benjamini_yekutieli",
      ])
    #expect(claims[5]["adjusted"] == nil)
    #expect(permuted["name"] as? String == "permuted_labels")
    #expect(permuted["criterion"] as? String == "p < 0.01")
    #expect(rivals[1]["criterion"] as? String == "margin >= 0.05")
    #expect(rivals[1]["p"] == nil)
    let premises = try #require(claims[3]["premises"] as? [[String: Any]])
    #expect(premises[0]["threshold"] as? Double == 0.9)
    let data = try #require(root["data"] as? [[String: Any]])
    #expect(
      data.compactMap { $0["path"] as? String } == ["minilm/nouns.safetensors", "nouns/properties.csv"])
    // No evidence: no score, and no invented numbers.
    #expect(claims[5]["score"] == nil)
    #expect(claims[5]["items"] == nil)
  }

  @Test func holdsTheStructureOfTheTargets() throws {
    let record = Samples.record([Samples.norms])
    let root = try #require(JSONSerialization.jsonObject(with: Data(record.json.utf8)) as? [String: Any])
    let claim = try #require((root["hypotheses"] as? [[String: Any]])?.first)
    let score = try #require(claim["score"] as? [String: Any])
    let references = try #require(score["references"] as? [[String: Any]])
    #expect(references.map { $0["name"] as? String } == ["knn_copy", "rank_ceiling"])
    #expect(references.map { $0["value"] as? Double } == [0.262, 0.481])
    let structure = try #require(claim["structure"] as? [String: Any])
    #expect(
      Set(structure.keys) == [
        "items", "columns", "density", "singletons", "features_per_item", "duplicates", "gini", "top_tenth",
        "taxonomy", "alone",
      ])
    let spread = try #require(structure["features_per_item"] as? [String: Any])
    #expect(Set(spread.keys) == ["mean", "least", "median", "largest"])
    let taxonomy = try #require(structure["taxonomy"] as? [String: Any])
    #expect(Set(taxonomy.keys) == ["column", "categories", "between", "expected"])
    let alone = try #require(structure["alone"] as? [[String: Any]])
    #expect(alone.map { $0["name"] as? String } == ["popularity", "category_means", "knn_copy"])
    let isEqual = try Record(json: record.json) == record
    #expect(isEqual)
    // A record of an older version has neither.
    let older = Samples.record([Samples.six[0]])
    #expect(older.hypotheses[0].structure == nil && older.hypotheses[0].score?.references == nil)
  }

  @Test func numbersThatAreNotFiniteAreNull() throws {
    for a in Samples.extremeValues {
      for b in [0.3, .nan, -1e300] {
        let record = Samples.record([Samples.extreme(a, b, index: 1)])
        let json = record.json
        let root = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
        let claim = (root?["hypotheses"] as? [[String: Any]])?[0]
        let value = (claim?["score"] as? [String: Any])?["value"]
        if a.isFinite {
          #expect((value as? NSNumber)?.doubleValue == a)
        } else {
          #expect(value is NSNull)
        }
        let isEqual = try Record(json: json) == record
        #expect(isEqual)
      }
    }
  }

  @Test func onlyEnvironmentAndTimingAreNotReproducible() {
    var (a, b) = (Samples.record(Samples.six), Samples.record(Samples.six))
    b.environment.host = "another"
    b.timing = Record.Timing(started: "2027-01-01T00:00:00Z", seconds: 1)
    let (differs, agrees) = (a.json != b.json, a.reproduciblePart.json == b.reproduciblePart.json)
    #expect(differs)
    #expect(agrees)
    a.seed = 2
    let seedCounts = a.reproduciblePart.json != b.reproduciblePart.json
    #expect(seedCounts)
  }

  /// The bytes of a small record. REFUTE_RECORD=1 writes them anew.
  @Test func golden() throws {
    let json = Samples.record([Samples.six[1], Samples.six[5]]).json
    if ProcessInfo.processInfo.environment["REFUTE_RECORD"] != nil {
      let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      try AtomicFile.write(json, to: folder.appendingPathComponent("Fixtures/record.json").path)
    }
    let url = try #require(Bundle.module.url(forResource: "Fixtures/record", withExtension: "json"))
    let isGolden = try String(contentsOf: url, encoding: .utf8) == json
    #expect(isGolden)
  }

  @Test func refusesWhatIsNoRecord() {
    #expect(throws: RecordError.self) { try Record(json: "{") }
    #expect(throws: RecordError.unsupportedSchema(nil)) { try Record(json: "{}") }
    #expect(throws: RecordError.unsupportedSchema("refute-record/2")) {
      try Record(json: #"{"schema": "refute-record/2"}"#)
    }
    let json = Samples.record(Samples.six).json.replacingOccurrences(
      of: "\"floor\": 0,", with: "\"floor\": \"0\",")
    #expect {
      try Record(json: json)
    } throws: { error in
      guard case RecordError.malformed(let path, _) = error else { return false }
      return path == "hypotheses[0].score.floor"
    }
    #expect(throws: RecordError.self) { try Record(contentsOf: "/nowhere/record.json") }
  }

  @Test func ignoresFieldsOfLaterVersions() throws {
    let record = Samples.record(Samples.six)
    let json = record.json.replacingOccurrences(
      of: "\"seed\": 1", with: "\"seed\": 1, \"later\": {\"a\": [1]}")
    let isEqual = try Record(json: json) == record
    #expect(isEqual)
  }

  @Test func findsStoredResults() {
    let record = Samples.record(Samples.six)
    let digest = record.hypotheses[0].digest
    #expect(record.result(of: "a planted property is found", digest: digest) == record.hypotheses[0])
    #expect(record.result(of: "a planted property is found", digest: "other") == nil)
    #expect(record.result(of: "another", digest: digest) == nil)
  }

  @Test func writesAtomically() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("refute-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appendingPathComponent("deep/record.json").path
    try AtomicFile.write("one", to: path)
    try AtomicFile.write("two", to: path)
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "two")
    let left = try FileManager.default.contentsOfDirectory(atPath: folder.appendingPathComponent("deep").path)
    #expect(left == ["record.json"])
    // A folder in the way: an error, and no draft stays behind.
    #expect(throws: RecordError.self) {
      try AtomicFile.write("x", to: folder.appendingPathComponent("deep").path)
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["deep"])
  }

  @Test func failures() {
    let claims = Samples.record(Samples.six).hypotheses
    #expect(claims.map { Record.isFailure($0) } == [false, false, true, true, false, true])
    #expect(claims.map { Record.isFailure($0, failOn: []) } == [false, false, true, false, false, false])
    #expect(Record.isFailure(claims[4], failOn: [.inconclusive]))
    #expect(Samples.record(Samples.six).failures().map(\.line) == [80, 12, 70])
  }

  @Test func comparison() {
    let old = Samples.record(Samples.six)
    #expect(RecordComparison(old, old).isEmpty)
    var new = old
    new.hypotheses[0].verdict = .artifact
    new.hypotheses[1].score?.value = Record.Number(0.2)
    new.hypotheses[2].score = nil
    new.hypotheses[3].name = "renamed"
    new.data[0].sha256 = "ff"
    new.data.remove(at: 1)
    new.seed = 2
    let changes = RecordComparison(old, new)
    #expect(changes.verdictChanges.map(\.name) == ["a planted property is found"])
    #expect(
      changes.drifts.map(\.name) == [
        "noun embeddings encode taxonomic properties", "word length predicts valence",
      ])
    #expect(changes.newClaims == ["renamed"])
    #expect(changes.vanishedClaims == ["layer 3 head 7 tracks direct objects"])
    #expect(changes.dataChanges.map(\.path) == ["minilm/nouns.safetensors", "nouns/properties.csv"])
    #expect(changes.text.contains("was corroborated, is artifact"))
    #expect(changes.text.contains("r2 0.200, was 0.412 [0.371, 0.443]"))
    #expect(changes.text.contains("was 0b0b0b0b0b0…, is no longer read"))

    // What a partial run has not reached has not vanished.
    new.status = .partial
    #expect(RecordComparison(old, new).vanishedClaims.isEmpty)
  }
}
