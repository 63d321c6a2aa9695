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
      "random_norms": "random_norms(marginals)", "other_representation": "other_representation(twin)",
    ]
    for signature in Rival.signatures where !TextRival.signatures.contains(signature) {
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

@Suite struct FamilyTests {
  private func check(_ statements: String, attention: AttentionDescription? = nil) -> Checked {
    var catalog = FakeCatalog()
    if let attention { catalog.attention["minilm/templates.attention.safetensors"] = attention }
    let text = """
      hypothesis "x" {
        data text = treebank("sentences/templates.conllu")
        data run = attention("minilm/templates.attention.safetensors", tokens: text)
        data twin = attention("minilm-untrained/templates.seed0.attention.safetensors", tokens: text)
        \(statements)
      }
      """
    let parsed = parse(SourceFile(path: "x", text: text))
    #expect(parsed.diagnostics.isEmpty, "\(render(parsed.diagnostics, sources: [], color: false))")
    return HypothesisLanguage.check(parsed.document, against: catalog)
  }

  @Test func everyRivalCanBeSaid() throws {
    let measures = [
      "head_accuracy": "head_accuracy(run[0, 1]) { relation obj, from dependent to head }",
      "token_identity": "token_identity(run, layer: 3)",
      "positional_consistency": "positional_consistency(run, layer: 3)",
    ]
    let fitting: [TextRival] = [
      .fixedOffset(FixedOffset()), .linearChain, .nearestWord(NearestWord()),
      .permutedAttention(replicates: 200), .permutedHeads(replicates: 2_000),
      .permutedPositions(replicates: 200),
      .positionOnly, .randomAttention(replicates: 50), .randomProjection(replicates: 50), .uniformAttention,
    ]
    #expect(fitting.map(\.signature) == TextRival.signatures)
    for rival in fitting {
      for keyword in rival.measurements {
        let measure = measures[keyword] ?? "\(keyword)(run, layer: 3)"
        let checked = check(
          """
          measure score = \(measure)
          claim score >= 0.3
          withstand \(rival.signature.keyword) { margin >= 0.05 }
          withstand untrained(twin) { margin >= 0.05 }
          """)
        #expect(checked.hypotheses.first?.rivals.first?.rival == .text(rival))
      }
    }
  }

  /// The last axis changes fastest, and what a measure does not use is none of its axes.
  @Test func cellsAreSpread() throws {
    let checked = check(
      """
      for head in [7, 2], layer in 1..<4 {
        premise token_identity(run, layer: layer, decoder: linear) >= 0.9
        measure found = head_accuracy(run[layer, head]) { relation obj, from dependent to head, or back }
      }
      claim any found >= 0.5
      withstand permuted_heads { p < 0.01 }
      """)
    let hypothesis = try #require(checked.hypotheses.first)
    #expect(hypothesis.quantifier == .any)
    let found = try #require(hypothesis.textMeasurement(named: "found"))
    #expect(found.axes.map(\.name) == ["head", "layer", "direction"])
    #expect(found.cells.count == 12)
    #expect(found.folds == 2)
    #expect(found.cells[3].coordinates == [.number(7), .number(2), .word("to_dependent")])
    #expect(
      found.cells[3].quantity
        == .headAccuracy(
          HeadAccuracy(run: "run", layer: 2, head: 7, relations: ["obj"], direction: .toDependent)))
    let premise = try #require(hypothesis.premises.first)
    #expect(premise.measurement == "token_identity(run, layer: layer, decoder: linear)")
    let identity = try #require(hypothesis.textMeasurement(named: premise.measurement))
    #expect(identity.axes == [Axis(name: "layer", values: [.number(1), .number(2), .number(3)])])
    #expect(identity.folds == 10)
    #expect(hypothesis.textMeasurements.map(\.name) == ["found", premise.measurement])
  }

  @Test func quantifiersAreRead() {
    for quantifier in Quantifier.allCases {
      let checked = check(
        """
        for layer in 1...6 { measure kept = token_identity(run, layer: layer) }
        claim \(quantifier.rawValue) kept <= 0.3
        withstand permuted_positions { p < 0.01 }
        """)
      #expect(checked.hypotheses.first?.quantifier == quantifier)
    }
  }

  /// A claim about sentences may need a probe, whose unit is its own, and a family of one layer is one measure.
  @Test func premisesMayBeOfAnyKind() throws {
    let checked = check(
      """
      data nouns = activations("minilm/nouns.safetensors", tensor: "layer.0")
      data norms = table("nouns/nouns.csv", key: noun)
      unit norms.lemma
      measure score = r2 { predict norms.length from nouns }
      premise score >= 0.1
      for layer in [3] { measure kept = token_identity(run, layer: layer) }
      premise kept >= 0.5
      for layer in 1...2, head in 0..<12 {
        premise score >= 0.2
        measure found = head_accuracy(run[layer, head]) { relation obj, from dependent to head }
      }
      for layer in 0...3 { premise token_identity(run, layer: layer, decoder: mlp) >= 0.9 }
      claim each found <= 0.5
      withstand nearest_word { margin >= 0 }
      """)
    let hypothesis = try #require(
      checked.hypotheses.first, "\(render(checked.diagnostics, sources: [], color: false))")
    #expect(
      hypothesis.premises.map(\.measurement) == [
        "score", "kept", "score", "token_identity(run, layer: layer, decoder: mlp)",
      ])
    #expect(hypothesis.claim.comparison == .lessOrEqual)
  }

  /// Lines of one file cannot mean more than they say: named premises on a large family are looked at once.
  @Test func repeatedPremisesOnALargeFamilyAreCheap() {
    let large = AttentionDescription(
      sentences: 60, layers: Array(0..<1_000), heads: 100, stateLayers: [], sentencesWithStates: 0,
      dimensions: 0, hasValues: false, vocabulary: 0, ids: Set((0..<60).map { "t\(1000 + $0)" }))
    let checked = check(
      """
      for layer in 0..<1_000, head in 0..<100 {
        measure found = head_accuracy(run[layer, head]) { relation obj, from dependent to head }
        measure other = head_accuracy(run[layer, head]) { relation det, from dependent to head }
        \(String(repeating: "premise other >= 0.5\n", count: 20_000))
      }
      claim any found >= 0.5
      withstand permuted_heads { p < 0.01 }
      """, attention: large)
    #expect(checked.hypotheses.first?.premises.count == 20_000)
  }

  /// A few lines can ask for more than a machine has.
  @Test(arguments: [
    "for a in 0..<1_000_000_000 { measure m = token_identity(run, layer: a) }",
    "for a in 0..<100_000, b in 0..<100_000 { measure m = head_accuracy(run[a, b]) }",
    "for a in 0..<100_000, b in 0..<100_000, c in 0..<100_000, d in 0..<100_000 { premise uuas(run, layer: a) > 0 }",
    "for a in -9e15...9e15 { }", "for a in 0..<1e300 { }", "for a in 0.5..<3 { }",
  ])
  func hugeFamiliesAreRefused(_ family: String) {
    let checked = check("\(family) claim any m >= 0.5 withstand permuted_heads { p < 0.01 }")
    #expect(checked.hypotheses.isEmpty)
    #expect(checked.hasErrors)
  }

  /// Many families, each as large as one may be: together they are too many, and that is found at once.
  @Test func manyLargeFamiliesAreBounded() {
    let states = AttentionDescription(
      sentences: 60, layers: Array(0..<1_000), heads: 100, stateLayers: Array(0..<1_000),
      sentencesWithStates: 60, dimensions: 8, hasValues: false, vocabulary: 9,
      ids: Set((0..<60).map { "t\(1000 + $0)" }))
    let family = """
      for l in 0..<1_000, h in 0..<100 {
        measure m# = head_accuracy(run[l, h]) { relation obj, from dependent to head }
      }

      """
    let text = (0..<2_000).map { family.replacing("#", with: "\($0)") }.joined()
    let checked = check(text + "claim any m0 >= 0.5 withstand permuted_heads { p < 0.01 }", attention: states)
    #expect(checked.diagnostics.contains { $0.rule == .tooManyCells })
  }

  @Test func manyPremisesAreNothingSpecial() {
    let premise = "premise token_identity(run, layer: layer) >= 0.9\n"
    let text = """
      for layer in 0...6 {
        measure kept = uuas(run, layer: layer)
        \(String(repeating: premise, count: 5_000))
      }
      claim any kept >= 0.5
      withstand random_projection { margin >= 0.1 }
      """
    let checked = check(text)
    #expect(checked.hypotheses.first?.premises.count == 5_000)
    #expect(checked.hypotheses.first?.textMeasurements.count == 2)
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
      "probe", "folds", "items", "for", "relation", "dependent", "head", "back", "best", "of", "vary",
    ] + Variation.Choice.allCases.map(\.rawValue) + Metric.signatures.map(\.keyword)
    + Verdict.allCases.map(\.rawValue)
    + Quantity.allCases.map(\.rawValue)
    + ItemPolicy.allCases.map(\.rawValue) + RandomEmbedding.Kind.allCases.map(\.rawValue)
    + RandomNorms.Kind.allCases.map(\.rawValue)
    + (Rival.signatures + Probe.signatures + DataSource.signatures + TextQuantity.signatures).map(\.keyword)
    + Quantifier.allCases.map(\.rawValue) + TokenIdentity.Decoder.allCases.map(\.rawValue)
    + TokenIdentity.Candidates.allCases.map(\.rawValue) + NearestWord.Side.allCases.map(\.rawValue)
    + AttentionWeights.allCases.map(\.rawValue) + SpecialPieces.allCases.map(\.rawValue)

  @Test func editorsKnowEveryKeyword() throws {
    let grammar = try text("Tools/editors/refute.tmLanguage.json")
    #expect(try JSONSerialization.jsonObject(with: Data(grammar.utf8)) is [String: Any])
    let missing = keywords.filter { !grammar.contains($0) }
    #expect(missing.isEmpty)
  }

  @Test func thePageNamesEverything() throws {
    let page = try text("docs/language.md")
    let parameters =
      (Rival.signatures + Probe.signatures + Metric.signatures + DataSource.signatures
      + TextQuantity.signatures)
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

  /// The example of a family, too.
  @Test func theFamilysExampleIsRight() throws {
    let page = try text("docs/language.md")
    let block = try #require(
      page.split(separator: "```").first { $0.contains("hypothesis \"some head") })
    let example = String(block.drop { $0 == "\n" })
    let parsed = parse(SourceFile(path: "example", text: example))
    #expect(parsed.diagnostics.isEmpty)
    #expect(format(parsed).text == example)
    let checked = check(parsed.document, against: FakeCatalog())
    #expect(checked.diagnostics.isEmpty)
    #expect(checked.hypotheses.count == 1)
  }
}
