import Falsification
import Foundation
import Hypotheses
import Reporting
import TestSupport
import Testing

/// What the reports say of a claim that compares two measurements.
@Suite struct ContrastReportTests {
  static func tested(_ first: String, _ second: String) -> TestedHypothesis {
    let score = ScoreEvidence(
      requirement: Samples.requirement(
        0.25, 0.18, 0.31, name: "gain", metric: "normalized_difference", threshold: 0.05),
      floor: 0, ceiling: 1,
      sides: [
        SideEvidence(name: first, metric: "precision_at_k", score: 0.5, floor: 0.2, ceiling: 0.8),
        SideEvidence(name: second, metric: "precision_at_k", score: 0.35, floor: 0.2, ceiling: 0.8),
      ])
    return Samples.tested(
      Samples.hypothesis("layer 4 beats layer 2", line: 7),
      Samples.evidence(
        score,
        rivals: [
          Samples.rival(
            .swappedSides(SwappedSides()), "swapped_sides", replicates: 2_000, mean: 0, sd: 0.03, score: 0.25,
            p: PValueEvidence(
              value: 1 / 2_001, interval: Interval(0, 0.0018), exceedances: 0, isExact: false),
            criterion: Criterion(.p, .less, 0.01), outcome: .met)
        ]), .corroborated, "The difference of 0.250 has withstood the rival set against it.")
  }

  private static let record = Samples.record([tested("layer4", "layer2")])

  @Test func theRecordHoldsBothSides() throws {
    let root = try #require(
      JSONSerialization.jsonObject(with: Data(Self.record.json.utf8)) as? [String: Any])
    let claims = try #require(root["hypotheses"] as? [[String: Any]])
    let score = try #require(claims[0]["score"] as? [String: Any])
    #expect(score["metric"] as? String == "normalized_difference")
    #expect(score["normalized"] == nil && score["training"] == nil)
    let sides = try #require(score["sides"] as? [[String: Any]])
    #expect(sides.map { $0["name"] as? String } == ["layer4", "layer2"])
    #expect(Set(sides[0].keys) == ["name", "metric", "score", "floor", "ceiling", "normalized"])
    let normalized = sides.compactMap { $0["normalized"] as? Double }
    #expect(abs(normalized[0] - 0.5) < 1e-12 && abs(normalized[1] - 0.25) < 1e-12)
    let isEqual = try Record(json: Self.record.json) == Self.record
    #expect(isEqual)
  }

  @Test func aSingleScoreHasNoSides() {
    let json = Samples.record(Samples.six).json
    #expect(!json.contains("\"sides\""))
  }

  @Test func readersSeeWhatWasCompared() {
    let page = HTMLReport.render(Self.record)
    let summary = MarkdownSummary.render(Self.record)
    for text in [page, summary] {
      #expect(text.contains("layer4 over layer2"))
      #expect(text.contains("difference of normalized scores"))
      #expect(text.contains("k 0.350, floor 0.200, ceiling 0.800"))
    }
    #expect(page.contains("gain = layer4 over layer2"))
    #expect(page.contains("layer2, normalized"))
    #expect(XMLOutline(page).failure == nil)
    #expect(!TerminalTable.render(Self.record).isEmpty)
  }

  /// What was taken off inside the folds, and what shows that a difference is small.
  @Test func theRecordHoldsResidualsAndSmallDifferences() throws {
    let columns = ColumnSelection(data: "nouns", columns: ["length", "word type"])
    func side(_ name: String, _ residualized: Residualized) -> SideEvidence {
      SideEvidence(
        name: name, metric: "r2", score: 0.5, floor: 0, ceiling: 1, residualized: residualized)
    }
    let score = ScoreEvidence(
      requirement: RequirementEvidence(
        name: "gain", metric: "normalized_difference", value: 0.01, interval: Interval(-0.05, 0.061),
        comparison: .within, threshold: 0.07, outcome: .met),
      floor: 0, ceiling: 1,
      sides: [
        side("left", Residualized(representation: columns, targets: columns)), side("whole", Residualized()),
      ])
    let single = ScoreEvidence(
      requirement: Samples.requirement(0.25, 0.18, 0.31), floor: 0, ceiling: 1,
      residualized: Residualized(representation: ColumnSelection(data: "nouns", columns: ["length"])))
    let record = Samples.record([
      Samples.tested(
        Samples.hypothesis("left is as good as whole", line: 7), Samples.evidence(score, rivals: []),
        .corroborated, "The difference of 0.010 is shown to lie within 0.070."),
      Samples.tested(
        Samples.hypothesis("beside length", line: 9), Samples.evidence(single, rivals: []), .corroborated,
        "The score of 0.250 stands."),
    ])
    let problems = try JSONSchema.record().problems(of: record.json)
    #expect(problems.isEmpty)
    let isEqual = try Record(json: record.json) == record
    #expect(isEqual)
    let claimed = try #require(record.hypotheses[0].score)
    let sides = claimed.sides ?? []
    #expect(sides.map { $0.residualized?.targets } == ["nouns[length, word type]", nil])
    #expect(claimed.residualized == nil && claimed.comparison == .within)
    let other = try #require(record.hypotheses[1].score)
    #expect(other.residualized?.representation == "nouns.length")
    #expect(other.residualized?.targets == nil)
    for text in [HTMLReport.render(record), MarkdownSummary.render(record), JUnitReport.render(record)] {
      #expect(text.contains("within 0.07"))
      #expect(text.contains("[−0.050, 0.061]"))
    }
  }

  /// Names come from files that nobody vouched for.
  @Test(arguments: Samples.hostileStrings.indices)
  func hostileNamesStayNames(_ index: Int) {
    let text = Samples.hostileStrings[index]
    let record = Samples.record([Self.tested(text, text)])
    let page = HTMLReport.render(record)
    #expect(XMLOutline(page).failure == nil)
    #expect(!page.contains("<script>alert") && !page.contains("<img src=x"))
    let summary = MarkdownSummary.render(record)
    #expect(!summary.contains("<script>") && !summary.contains("\u{1B}"))
    #expect(!summary.contains("@everyone"))
  }
}
