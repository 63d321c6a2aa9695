import Explanations
import Foundation
import Hypotheses
import HypothesisLanguage
import TestSupport
import Testing

@Suite struct ExplanationsTests {
  /// What is looked up has a section, so that documentation cannot be forgotten.
  @Test func everythingIsExplained() {
    for verdict in Verdict.allCases { expect(verdict.rawValue, .verdict) }
    for rule in Rule.allCases { expect(rule.rawValue, .rule) }
    for rival in Rival.signatures { expect(rival.keyword, .rival) }
    for probe in Probe.signatures { expect(probe.keyword, .probe) }
    expect(Residualized.keyword, .part)
    for metric in Metric.signatures { expect(metric.keyword, .metric) }
    for measurement in TextQuantity.signatures { expect(measurement.keyword, .metric) }
    for check in ["planted_signal_found", "null_distribution_stable"] { expect(check, .check) }
  }

  private func expect(
    _ topic: String, _ kind: Explanation.Kind, at location: Testing.SourceLocation = #_sourceLocation
  ) {
    let found = Explanations.about(topic).filter { $0.kind == kind }
    #expect(found.count == 1, "\(topic) needs one section as a \(kind)", sourceLocation: location)
    #expect(found.first?.markdown.contains(topic) == true, sourceLocation: location)
  }

  /// The program shows what the documentation says: one text.
  @Test func theTextIsThatOfTheDocuments() throws {
    #expect(Explanations.all.count > 80)
    for explanation in Explanations.all {
      let text = try String(
        contentsOfFile: JSONSchema.repository + "/docs/" + explanation.document, encoding: .utf8)
      let isThere = text.contains(explanation.markdown)
      #expect(isThere, "\(explanation.topic): docs/\(explanation.document) says something else")
    }
  }

  @Test func sectionsEndWhereTheNextBegins() throws {
    let rule = try #require(Explanations.about("undecidable-p").first)
    #expect(rule.markdown.hasPrefix("### undecidable-p\n"))
    #expect(rule.markdown.count { $0 == "#" } == 3)
    let probe = try #require(Explanations.about("ridge").first)
    #expect(probe.kind == .probe)
  }

  @Test func findsWhatIsMeant() {
    #expect(Explanations.about("Undecidable_P").map(\.topic) == ["undecidable-p"])
    #expect(Explanations.about("mean-predictor").map(\.topic) == ["mean_predictor"])
    #expect(Explanations.about("nothing of that kind").isEmpty)
    #expect(Explanations.near("undecidible-p").first == "undecidable-p")
    #expect(Explanations.near("permuted_label") == ["permuted_labels", "permuted_labels_near_floor"])
    #expect(Explanations.near(String(repeating: "x", count: 100_000)).isEmpty)
  }

  @Test(arguments: [40, 80, 100])
  func fitsTheTerminal(_ columns: Int) {
    for explanation in Explanations.all {
      let text = explanation.terminal(columns: columns, bold: false)
      #expect(!text.contains("**") && !text.contains("]("), "\(explanation.topic)")
      for line in text.split(separator: "\n") where !line.hasPrefix("    ") && !line.contains("<http") {
        #expect(line.count <= columns, "\(explanation.topic): \(line)")
      }
      // Nothing is lost but marks and links.
      for word in explanation.markdown.split(whereSeparator: { !$0.isLetter }) where word.count > 12 {
        let isThere =
          text.contains(word) || explanation.markdown.contains("(\(word)")
          || explanation.markdown.contains("#\(word)")
        #expect(isThere, "\(explanation.topic) lacks \(word)")
      }
    }
    #expect(
      Explanations.about("artifact").first?.terminal(columns: 80, bold: true).hasPrefix("\u{1B}[1martifact")
        == true)
  }
}
