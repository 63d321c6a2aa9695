import Foundation
import Hypotheses
import HypothesisLanguage
import Testing

/// Numbers, texts and places, through the public door.
@Suite struct LexicalTests {
  private func threshold(_ number: String) -> Double? {
    let text = """
      hypothesis "x" {
        data nouns = activations("minilm/nouns.safetensors", tensor: "layer.0")
        data norms = table("nouns/nouns.csv", key: noun)
        measure score = r2 { predict norms.length from nouns }
        claim score >= \(number)
        withstand mean_predictor { margin >= 0 }
      }
      """
    let checked = check(parse(SourceFile(path: "x", text: text)).document, against: FakeCatalog())
    return checked.hypotheses.first?.claim.threshold
  }

  @Test(arguments: [
    ("0.30", 0.3), ("1", 1), ("1e-3", 0.001), ("1E-3", 0.001), ("0.000_1", 0.0001), ("5e-1", 0.5),
    ("1_0e-2", 0.1),
    ("2.5e-1", 0.25), ("2.5e-300", 2.5e-300),
  ])
  func numbersAreRead(_ text: String, _ value: Double) {
    #expect(threshold(text) == value)
  }

  @Test(arguments: [
    "1_", "1__0", "_1", "1.", ".5", "1e", "1e+", "1e1.5", "0x1", "1e999", "nan", "inf", "1,5", "--1", "1-1",
    "1e-_1", "1._5",
  ])
  func otherNumbersAreNot(_ text: String) {
    #expect(threshold(text) == nil)
  }

  @Test func placesCountScalarsAndOffsetsCountBytes() throws {
    let text = "// é\r\nhypothesis \"é🙂\" {\r  claim b ! 1\n}"
    let parsed = parse(SourceFile(path: "x", text: text))
    let found = try #require(parsed.diagnostics.first { $0.rule == .invalidCharacter })
    #expect((found.location.line, found.location.column) == (3, 11))
    #expect(Array(text.utf8)[found.bytes] == [UInt8(ascii: "!")])
    #expect((found.end.line, found.end.column) == (3, 12))
  }

  @Test(
    arguments: [
      ([0x80], 0), ([0xC0, 0xAF], 0), ([0xE0, 0x80, 0xAF], 0), ([0xED, 0xA0, 0x80], 0),
      ([0xF4, 0x90, 0x80, 0x80], 0),
      ([0xF5], 0), ([0x61, 0xE2, 0x82], 1), ([0x61, 0x0A, 0xF0, 0x9F, 0x99], 2), ([0xC3], 0),
    ] as [([UInt8], Int)])
  func illFormedUTF8IsFound(_ bytes: [UInt8], _ offset: Int) throws {
    let found = try #require(parse(SourceFile(path: "x", bytes: bytes)).diagnostics.first)
    #expect(found.rule == .invalidUTF8)
    #expect(found.bytes == offset..<offset + 1)
    #expect(found.message.contains("offset \(offset) "))
  }
}

@Suite struct RenderTests {
  private let source = SourceFile(path: "x.hypothesis", text: "hypothesis \"名詞\" {\n\tclaim 名 ! 1\n}\n")

  @Test func marksStandUnderWhatIsMeant() {
    let text = render(parse(source).diagnostics, sources: [source], color: false)
    #expect(text.contains(" 2 |   claim 名 ! 1\n"))
    #expect(text.contains("\n   |            ^\n"))
  }

  @Test func colorsAreOptional() {
    let diagnostics = parse(source).diagnostics
    #expect(
      render(diagnostics, sources: [source], color: true).contains("\u{1B}[1;31merror[invalid-character]:"))
    #expect(!render(diagnostics, sources: [source], color: false).contains("\u{1B}"))
  }

  @Test func withoutItsFileADiagnosticHasNoSnippet() {
    let text = render(parse(source).diagnostics, sources: [], color: false)
    #expect(text.hasPrefix("x.hypothesis:2:10: error[invalid-character]:"))
    #expect(!text.contains(" | "))
  }

  /// Names come from files that nobody vouched for: a terminal must not obey them.
  @Test func controlCharactersAreSpelledOut() {
    let hostile = SourceFile(
      path: "a\u{1B}[2J\n.hypothesis", text: "hypothesis \"\u{1B}]0;x\u{7}\u{202E}\" { \u{9B}31m }")
    let parsed = parse(hostile)
    let all = parsed.diagnostics + check(parsed.document, against: FakeCatalog()).diagnostics
    let text = render(all, sources: [hostile], color: false)
    #expect(!text.unicodeScalars.contains { $0 != "\n" && $0.properties.generalCategory == .control })
    #expect(!text.unicodeScalars.contains("\u{202E}"))
  }

  @Test func longLinesAreCut() {
    let long = SourceFile(path: "x", text: String(repeating: "é ", count: 100_000) + "!")
    let text = render(parse(long).diagnostics, sources: [long], color: false)
    #expect(text.split(separator: "\n").allSatisfy { $0.count < 400 })
  }

  @Test func summariesCount() {
    #expect(summary([]) == "no problems")
    let diagnostics = parse(source).diagnostics
    #expect(summary(diagnostics) == "\(diagnostics.count) errors" || summary(diagnostics) == "1 error")
  }

  @Test func machinesGetJSON() throws {
    let file = try #require(Corpus.bad.first { $0.name == "unknown-column" })
    let text = renderJSON(Corpus.diagnose(file.source))
    let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    #expect(object["schema"] as? String == "refute-diagnostics/1")
    #expect(object["errors"] as? Int == 3)
    #expect(object["warnings"] as? Int == 0)
    let entries = try #require(object["diagnostics"] as? [[String: Any]])
    let last = try #require(entries.last)
    #expect(last["rule"] as? String == "unknown-column")
    let range = try #require(last["range"] as? [String: Any])
    #expect(range["file"] as? String == "bad/unknown-column.hypothesis")
    #expect(range["line"] as? Int == 7)
    #expect(range["column"] as? Int == 31)
    let fix = try #require(last["fix"] as? [String: Any])
    #expect(fix["replacement"] as? String == "lemma")
    // Sorted keys, so that two runs give the same bytes.
    #expect(renderJSON(Corpus.diagnose(file.source)) == text)
    #expect(renderJSON([]).contains("\"diagnostics\" : ["))
  }
}

@Suite struct VocabularyTests {
  @Test(arguments: [
    ("seed.*/embeddings.word", "seed.0/embeddings.word", true), ("seed.?/*", "seed.10/x", false),
    ("*", "", true),
    ("", "", true), ("", "a", false), ("a*b*c", "aXbYbZc", true), ("a*b*c", "aXbYbZ", false),
    ("is_*", "is_", true),
    ("?", "é", true), ("?", "", false), ("**", "x", true), ("*a", "aab", false), ("*a", "aba", true),
  ])
  func patternsMatch(_ pattern: String, _ name: String, _ isMatch: Bool) {
    #expect(NamePattern(pattern).matches(name) == isMatch)
  }

  /// Backtracking over every star would take longer than anyone waits.
  @Test func patternsAreFast() {
    let pattern = NamePattern(String(repeating: "a*", count: 200) + "b")
    #expect(!pattern.matches(String(repeating: "a", count: 2_000)))
  }

  @Test func signaturesAreSortedAndOwnTheirKeywords() {
    for signatures in [Rival.signatures, Probe.signatures, Metric.signatures, DataSource.signatures] {
      let keywords = signatures.map(\.keyword)
      #expect(keywords == keywords.sorted())
      #expect(Set(keywords).count == keywords.count)
    }
    for signature in Rival.signatures { #expect(!signature.criteria.isEmpty) }
    // Only the first parameter may stand without its label.
    for signature in Rival.signatures + Probe.signatures + DataSource.signatures {
      #expect(signature.parameters.dropFirst().allSatisfy { !$0.isPositional })
    }
  }

  @Test func hypothesesOfOneRunHaveTheirOwnNames() throws {
    let file = try #require(Corpus.good.first { $0.name == "minimal" })
    let other = SourceFile(path: "other.hypothesis", bytes: file.source.bytes)
    let documents = [file.source, other].map { parse($0).document }
    let checked = check(documents, against: FakeCatalog())
    #expect(checked.hypotheses.count == 1)
    #expect(checked.diagnostics.map(\.rule) == [.duplicateHypothesis])
    #expect(checked.diagnostics.first?.location.file == "other.hypothesis")
  }

  /// A rival that the vocabulary knows and the checker does not decode would be taken for another.
  @Test func everyRivalCanBeSaid() {
    let calls = [
      "confounds": "confounds(norms.zipf)", "control_task": "control_task(by: norms.lemma)",
      "majority": "majority",
      "mean_predictor": "mean_predictor", "permuted_labels": "permuted_labels()",
      "random_embedding": "random_embedding(gaussian)", "untrained": "untrained(twin)",
      "category_means": "category_means(norms.supersense)",
      "irrelevant_target": "irrelevant_target(norms.zipf)",
      "random_norms": "random_norms(marginals)",
    ]
    for signature in Rival.signatures {
      let isForClasses = signature.keyword == "majority"
      let isForPairs = signature.keyword == "swapped_sides"
      let criterion = signature.criteria.contains(.margin) ? "margin >= 0.05" : "p < 0.01"
      let text = """
        hypothesis "x" {
          data nouns = activations("minilm/nouns.safetensors", tensor: "layer.0")
          data twin = activations("minilm/nouns.safetensors", tensor: "layer.1")
          data norms = table("nouns/nouns.csv", key: noun)
          measure score = \(isForClasses ? "auc" : "r2") {
            predict \(isForClasses ? "norms.has_wheels" : "norms[has_wheels, length]") from nouns
          }
          measure other = \(isForClasses ? "auc" : "r2") { predict norms.has_wheels from twin }
          premise other >= 0.51
          compare gain = score over other
          claim \(isForPairs ? "gain" : "score") >= 0.6
          withstand \(calls[signature.keyword] ?? signature.keyword) { \(criterion) }
        }
        """
      let checked = check(parse(SourceFile(path: "x", text: text)).document, against: FakeCatalog())
      #expect(checked.hypotheses.first?.rivals.first?.rival.name == signature.keyword)
    }
  }
}

@Suite struct WideTableTests {
  /// A set of norms as published: thousands of columns, named by one wildcard.
  private func diagnose(_ metric: String, cell: @escaping (Int, Int) -> String) -> [Diagnostic] {
    var catalog = FakeCatalog()
    catalog.tables["nouns/nouns.csv"] = FakeCatalog.Table(
      header: ["noun"] + (0..<2_360).map { "f\($0)" },
      rows: (0..<40).map { row in ["noun\(row)"] + (0..<2_360).map { cell(row, $0) } })
    let text = """
      hypothesis "x" {
        data nouns = activations("minilm/nouns.safetensors", tensor: "layer.0")
        data norms = table("nouns/nouns.csv", key: noun)
        measure score = \(metric) { predict norms[*] from nouns }
        claim score >= 0.3
        withstand permuted_labels(replicates: 1_000) { p < 0.01 }
      }
      """
    return check(parse(SourceFile(path: "x", text: text)).document, against: catalog).diagnostics
  }

  @Test func thousandsOfColumnsAreNothingSpecial() {
    #expect(diagnose("precision_at_k") { ($0 * 7 + $1) % 5 == 0 ? "1" : "0" }.isEmpty)
  }

  @Test func aRepeatedMistakeIsToldThreeTimesAndCounted() throws {
    let found = diagnose("precision_at_k") { "\(($0 + $1) % 3)" }
    #expect(found.map(\.rule) == [.hiddenBinarisation, .hiddenBinarisation, .hiddenBinarisation])
    #expect(found[0].message.contains("f0") && found[2].message.contains("f2"))
    #expect(found[2].notes.last == "and 2357 more of the same kind here")
    #expect(found[2].notes.count { $0.contains("more of the same") } == 1)
    // Another rule at the same place has its own count.
    let mixed = diagnose("precision_at_k") { $1 < 1_000 ? "\(($0 + $1) % 3)" : "1" }
    #expect(mixed.count == 6)
    #expect(mixed.last?.rule == .constantColumn)
    #expect(mixed.last?.notes.last == "and 1357 more of the same kind here")
    let list = try #require(diagnose("spearman") { "\(($0 + $1) % 3)" }.first)
    #expect(list.rule == .severalTargets)
    #expect(list.notes.joined().utf8.count < 400)
  }

  @Test func emptyCellsOfManyColumnsAreCounted() {
    let found = diagnose("r2") { $0 == 3 ? "" : "\(($0 * 3 + $1) % 7)" }
    #expect(found.map(\.rule) == [.missingCells, .missingCells, .missingCells])
    #expect(found[2].notes.last == "and 2357 more of the same kind here")
  }
}

@Suite struct DocumentationTests {
  private func text(_ path: String) throws -> String {
    String(decoding: try Data(contentsOf: Corpus.repository.appending(path: path)), as: UTF8.self)
  }

  private let keywords =
    [
      "hypothesis", "cites", "tags", "data", "unit", "measure", "compare", "over", "premise", "claim",
      "withstand", "expect",
      "predict",
      "probe", "folds", "items",
    ] + Metric.signatures.map(\.keyword) + Verdict.allCases.map(\.rawValue)
    + Quantity.allCases.map(\.rawValue)
    + ItemPolicy.allCases.map(\.rawValue) + RandomEmbedding.Kind.allCases.map(\.rawValue)
    + RandomNorms.Kind.allCases.map(\.rawValue)
    + (Rival.signatures + Probe.signatures + DataSource.signatures).map(\.keyword)

  @Test func editorsKnowEveryKeyword() throws {
    let grammar = try text("Tools/editors/refute.tmLanguage.json")
    #expect(try JSONSerialization.jsonObject(with: Data(grammar.utf8)) is [String: Any])
    let missing = keywords.filter { !grammar.contains($0) }
    #expect(missing.isEmpty)
  }

  @Test func thePageNamesEverything() throws {
    let page = try text("docs/language.md")
    let parameters = (Rival.signatures + Probe.signatures + Metric.signatures + DataSource.signatures)
      .flatMap(
        \.parameters)
    let names = parameters.filter { !$0.isPositional }.map(\.name)
    let missing = (keywords + names).filter { !page.contains($0) && Verdict(rawValue: $0) == nil }
    #expect(missing.isEmpty)
  }

  @Test func thePagesExampleIsRight() throws {
    let page = try text("docs/language.md")
    let example = try #require(page.split(separator: "```").dropFirst().first).drop { $0 == "\n" }
    let parsed = parse(SourceFile(path: "example", text: String(example)))
    #expect(parsed.diagnostics.isEmpty)
    #expect(format(parsed).text == String(example))
    let checked = check(parsed.document, against: FakeCatalog())
    #expect(!checked.hasErrors)
    #expect(checked.hypotheses.count == 1)
  }
}
