import Falsification
import Foundation
import Hypotheses
import Reporting
import TestSupport
import Testing

/// What the reports say of the specifications of a claim.
@Suite struct SpecificationReportTests {
  /// A claim that holds with ridge and with few components, and in the deeper layer only.
  static func choices(word: String? = nil, folds: ClosedRange<Int> = 5...7) -> TestedHypothesis {
    let probes = ["ridge", "pls(components: 50)", word ?? "knn(k: 10, similarity: euclidean)"]
    var specifications: [SpecificationEvidence] = []
    for (p, probe) in probes.enumerated() {
      for count in folds {
        for (l, layer) in ["layer2", "layer4"].enumerated() {
          let value = 0.25 + 0.14 * Double(l) - 0.06 * Double(p) + 0.004 * Double(count * 7 % 11)
          let verdict: Verdict =
            value - 0.03 > 0.3
            ? (p == 1 && l == 1 ? .artifact : .corroborated)
            : value + 0.03 < 0.3 ? .falsified : .inconclusive
          let isInvalid = p == 2 && count == folds.lowerBound && l == 0
          specifications.append(
            SpecificationEvidence(
              choices: [
                .init(name: "probe", value: probe), .init(name: "folds", value: "\(count)"),
                .init(name: "layer", value: layer),
              ], isAsWritten: p == 0 && count == folds.upperBound && l == 1,
              score: isInvalid
                ? nil
                : Samples.requirement(
                  value, value - 0.03, value + 0.03,
                  outcome: verdict == .falsified ? .missed : verdict == .inconclusive ? .undecided : .met),
              verdict: isInvalid ? .invalid : verdict, reason: word ?? "Because."))
        }
      }
    }
    var evidence = Samples.evidence(
      ScoreEvidence(requirement: Samples.requirement(0.41, 0.38, 0.44), floor: 0, ceiling: 0.8),
      rivals: Samples.rivals(score: 0.41, artifact: false))
    evidence.specifications = specifications
    return Samples.tested(
      Samples.hypothesis("layer 4 encodes concreteness, whatever one chooses", line: 9), evidence,
      .corroborated,
      "The score of 0.410 has withstood all 5 rivals set against it; it has survived, it is not proven.")
  }

  @Test func whatCameOutDifferentlyIsTold() throws {
    let old = Samples.record([Self.choices()])
    var new = old
    new.hypotheses[0].specifications?.cells[5].verdict = .artifact
    new.hypotheses[0].specifications?.cells.removeLast()
    // A baseline keeps them, so the file tells as much as the record.
    let kept = try Baseline(Baseline(old).text, path: "refute.baseline")
    for comparison in [RecordComparison(old, new), RecordComparison(kept, new)] {
      let change = try #require(comparison.specificationChanges.first)
      #expect(comparison.count(.specification) == 1 && change.items.count == 2)
      let first = try #require(change.items.first { $0.new != nil })
      #expect(first.choices == "folds 7, layer layer4, probe ridge")
      #expect(first.old == .corroborated && first.new == .artifact)
      #expect(change.oldTotal == 18 && change.newTotal == 17)
      #expect(change.newHolding < change.oldHolding)
      #expect(!comparison.fails() && comparison.fails(on: [.specification]))
      #expect(comparison.text.contains("folds 7, layer layer4, probe ridge: was corroborated, is artifact"))
      #expect(comparison.text.contains("is no longer among them"))
      #expect(comparison.markdown(failing: [.specification]).contains("of 18"))
      #expect(comparison.json().contains("\"old_total\""))
    }
    #expect(RecordComparison(old, old).isEmpty && RecordComparison(kept, old).isEmpty)
    // A baseline from before they were kept is no difference.
    var before = Baseline(old)
    before.claims[0].specifications = []
    #expect(RecordComparison(before, new).specificationChanges.isEmpty)
  }

  @Test func theRecordHoldsEveryOne() throws {
    let record = Samples.record([Self.choices()])
    let found = try #require(record.hypotheses[0].specifications)
    #expect(found.total == 18 && found.cells.count == 18)
    #expect(found.holding == found.cells.count { $0.verdict == .corroborated })
    #expect(found.choices.map(\.name) == ["probe", "folds", "layer"])
    #expect(found.choices[1].values == [.number(5), .number(6), .number(7)])
    #expect(
      found.cells[5].choices == ["probe": .word("ridge"), "folds": .number(7), "layer": .word("layer4")])
    #expect(found.cells.filter(\.written).count == 1 && found.cells[5].written)
    // The one that could not be examined has a verdict and no score.
    #expect(found.cells[12].verdict == .invalid && found.cells[12].value == nil)
    let isKept = try Record(json: record.json) == record
    #expect(isKept)
    let problems = try JSONSchema.record().problems(of: record.json)
    #expect(problems.isEmpty, "\(problems.prefix(3))")
    #expect(Samples.record(Samples.six).hypotheses.allSatisfy { $0.specifications == nil })
  }

  @Test func everyReportSaysInHowMany() {
    let record = Samples.record([Self.choices()])
    let holding = record.hypotheses[0].specifications!.holding
    let sentence = "The verdict corroborated holds in \(holding) of 18 specifications."
    #expect(MarkdownSummary.render(record).contains("- specifications: " + sentence))
    let table = TerminalTable.render(record, options: .init(columns: 120))
    #expect(table.contains(sentence))
    #expect(HTMLReport.render(record).contains(sentence))
  }

  @Test func thePageDrawsTheCurve() throws {
    let record = Samples.record([Self.choices()])
    let outline = XMLOutline(HTMLReport.render(record))
    #expect(outline.failure == nil)
    let marks = outline.all("g").filter { ($0.attributes["class"] ?? "").hasPrefix("mark") }
    // All but the one without a score.
    #expect(marks.count == 17)
    let holding = record.hypotheses[0].specifications!.holding
    #expect(marks.count { $0.attributes["class"] == "mark holds" } == holding)
    // From the lowest to the highest.
    let titles = outline.all("title").map(\.text)
    #expect(titles.contains { $0.hasPrefix("Specification curve.") && $0.contains("Scores go from 0.") })
    let heights = outline.elements.indices.filter {
      outline.elements[$0].name == "svg"
        && outline.parents[$0].map { outline.elements[$0].attributes["class"]?.hasPrefix("mark") == true }
          == true
    }.compactMap { outline.elements[$0].attributes["y"].flatMap(Double.init) }
    #expect(heights.count == 17 && zip(heights, heights.dropFirst()).allSatisfy { $0 >= $1 })
    // A dot per specification and choice, one for its verdict, and one for the claim as written.
    let dots = outline.all("circle").filter { $0.attributes["class"] == "stroke" }
    #expect(dots.count == 18 * 4 + 1)
    let rows = outline.all("div").filter { ($0.attributes["class"] ?? "").hasPrefix("spec-row") }
    #expect(rows.count == 5 + 1 + 3 + 3 + 2)
    #expect(titles.contains { $0.hasPrefix("layer4: 9 of 18 specifications, corroborated in ") })
  }

  @Test func manyBecomeStrokes() {
    let record = Samples.record([Self.choices(folds: 2...33)])
    let outline = XMLOutline(HTMLReport.render(record))
    #expect(outline.failure == nil)
    #expect(outline.all("rect").filter { $0.attributes["class"] == "stroke" }.count == 192 * 4 + 1)
    #expect(!outline.all("circle").contains { $0.attributes["class"] == "stroke" })
  }

  @Test(arguments: Samples.hostileStrings.indices)
  func namesChangeNothingButText(_ index: Int) throws {
    let word = Samples.hostileStrings[index]
    let record = Samples.record([Self.choices(word: word)])
    let page = HTMLReport.render(record)
    let outline = XMLOutline(page)
    #expect(outline.failure == nil)
    let plain = XMLOutline(HTMLReport.render(Samples.record([Self.choices()])))
    #expect(outline.elements.count == plain.elements.count)
    for text in [page, MarkdownSummary.render(record), TerminalTable.render(record)] {
      #expect(!text.contains("<script>") && !text.contains("\u{1B}["))
    }
    let isKept = try Record(json: record.json) == record
    #expect(isKept)
  }

  /// A record that was changed may claim anything.
  @Test func aChangedRecordIsDrawnAllTheSame() {
    var record = Samples.record([Self.choices()])
    var found = record.hypotheses[0].specifications!
    found.total = -1
    found.holding = .max
    found.cells[0].choices = [:]
    found.cells[1].value = Record.Number(.infinity)
    found.cells[2].value = Record.Number(1e300)
    found.cells[3].interval = Record.Bounds(.nan, -1e300)
    found.choices = Array(repeating: found.choices[0], count: 600)
    record.hypotheses[0].specifications = found
    #expect(XMLOutline(HTMLReport.render(record)).failure == nil)
    found.cells = []
    record.hypotheses[0].specifications = found
    #expect(!HTMLReport.render(record).contains("Specification curve"))
  }
}
