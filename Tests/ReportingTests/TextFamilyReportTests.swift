import Falsification
import Foundation
import Hypotheses
import Reporting
import Testing

/// What the reports say of a claim about a family of heads or layers.
@Suite struct TextFamilyReportTests {
  /// Six layers by twelve heads, one of them good, one layer without foundation.
  static func heads(_ axis: String = "layer", word: String? = nil) -> TestedHypothesis {
    let axes = [
      Axis(name: axis, values: (0..<6).map { .number($0) }),
      Axis(
        name: "head", values: (0..<12).map { word != nil && $0 == 3 ? .word(word!) : .number($0) }),
    ]
    var cells: [CellEvidence] = []
    for layer in 0..<6 {
      for head in 0..<12 {
        let isBest = layer == 3 && head == 7
        let value = isBest ? 0.71 : Double((layer * 7 + head * 5) % 11) / 30
        cells.append(
          CellEvidence(
            coordinates: [axes[0].values[layer], axes[1].values[head]], value: value,
            interval: Interval(max(0, value - 0.08), min(1, value + 0.08)),
            adjustedP: layer == 5 ? nil : isBest ? 0.0005 : 0.8, isFounded: layer != 5))
      }
    }
    var evidence = Samples.evidence(
      ScoreEvidence(
        requirement: Samples.requirement(
          0.71, 0.58, 0.79, name: "found", metric: "head_accuracy", threshold: 0.5),
        floor: 0.09, ceiling: 1),
      rivals: [
        Samples.rival(
          .text(.fixedOffset(FixedOffset())), "fixed_offset(best of -5...5)", replicates: 1, mean: 0.41,
          sd: 0, score: 0.71, floor: 0.09, criterion: Criterion(.margin, .greaterOrEqual, 0.1), outcome: .met),
        Samples.rival(
          .text(.permutedHeads(replicates: 2_000)), "permuted_heads(within: sentence, replicates: 2000)",
          replicates: 2_000, mean: 0.28, sd: 0.03, score: 0.71, floor: 0.09,
          p: PValueEvidence(value: 1 / 2_001, interval: Interval(0, 0.0018), exceedances: 0, isExact: false),
          criterion: Criterion(.p, .less, 0.01), outcome: .met),
      ],
      premises: (0..<6).map { layer in
        var premise = Samples.requirement(
          0.99 - 0.04 * Double(layer), 0.97 - 0.04 * Double(layer), min(1, 1.01 - 0.04 * Double(layer)),
          name: "token_identity(run, layer: layer)", metric: "token_identity", threshold: 0.8,
          outcome: layer == 5 ? .missed : .met)
        premise.at = [Coordinate(axis: axis, value: .number(layer))]
        return premise
      })
    evidence.family = FamilyEvidence(quantifier: .any, axes: axes, cells: cells, deciding: 3 * 12 + 7)
    evidence.curves = [
      Curve(
        name: "decoder linear, run", metric: "token_identity", axis: axis,
        points: (0..<6).map {
          Curve.Point(at: .number($0), value: 1 - 0.01 * Double($0), interval: Interval(0.9, 1))
        })
    ]
    return Samples.tested(
      Samples.hypothesis("some head finds direct objects", line: 3), evidence, .corroborated,
      "The score of 0.710 at layer 3, head 7 (of 72 cells) has withstood all 2 rivals set against it.")
  }

  private static let record = Samples.record([heads()])

  @Test func theRecordHoldsTheFamily() throws {
    let root = try #require(
      JSONSerialization.jsonObject(with: Data(Self.record.json.utf8)) as? [String: Any])
    let claim = try #require((root["hypotheses"] as? [[String: Any]])?.first)
    let family = try #require(claim["family"] as? [String: Any])
    #expect(family["size"] as? Int == 72 && family["quantifier"] as? String == "any")
    #expect(family["best"] as? [String: Int] == ["layer": 3, "head": 7])
    let cells = try #require(family["cells"] as? [[String: Any]])
    #expect(cells.count == 72)
    #expect(cells[71]["at"] as? [String: Int] == ["layer": 5, "head": 11])
    #expect(cells[71]["founded"] as? Bool == false && cells[71]["p_adjusted"] == nil)
    let premises = try #require(claim["premises"] as? [[String: Any]])
    #expect(premises.map { ($0["at"] as? [String: Int])?["layer"] } == [0, 1, 2, 3, 4, 5])
    let isEqual = try Record(json: Self.record.json) == Self.record
    #expect(isEqual)
  }

  @Test func oneMeasurementHasNoFamily() {
    let json = Samples.record(Samples.six).json
    #expect(!json.contains("\"family\"") && !json.contains("\"curves\"") && !json.contains("\"at\""))
  }

  @Test func thePageDrawsAMapAndACurve() throws {
    let page = HTMLReport.render(Self.record)
    #expect(page.components(separatedBy: "<table class=\"heat").count == 2)
    #expect(page.contains("layer 3") && page.contains("head 7, layer 3: 0.710"))
    #expect(page.components(separatedBy: "class=\"best significant\"").count == 2)
    // The layer whose premise fails is marked in all its cells.
    #expect(page.components(separatedBy: "unfounded-cell\" style").count == 13)
    // Premise and decoder share a plot.
    #expect(page.components(separatedBy: "<div class=\"curve\">").count == 2)
    #expect(page.contains("asked 0.8"))
    let summary = MarkdownSummary.render(Self.record)
    #expect(summary.contains("decided by layer 3, head 7, of 72 cells"))
    _ = XMLOutline(page)
  }

  @Test func namesOfAxesAreOnlyText() throws {
    let hostile = "<script>alert(1)</script>\"]]>\u{7}"
    let record = Samples.record([Self.heads(hostile, word: hostile)])
    let page = HTMLReport.render(record)
    #expect(!page.contains("<script"))
    _ = XMLOutline(page)
  }
}
