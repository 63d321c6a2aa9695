import Falsification
import Foundation
import Hypotheses
import Reporting
import Testing

/// Warnings that bear on a verdict stand beside it, wherever the verdict is shown.
@Suite struct WarningReportTests {
  private static let answer = "each rating comes from another person"

  /// A claim with a warning that caps, one that does not, and something assumed.
  private static func record(answered: Bool) -> Record {
    var tested = Samples.six[0]
    tested.hypothesis.assumptions = [
      Assumption(text: "the nouns are a fair sample", location: Samples.location(3))
    ]
    if answered {
      tested.hypothesis.assumptions.append(
        Assumption(rule: "items-not-exchangeable", text: answer, location: Samples.location(4)))
    }
    tested.evidence?.caveats = tested.hypothesis.answering([
      Caveat(
        rule: "items-not-exchangeable", effect: .caps, message: "items are exchanged one by one",
        notes: ["p may be too small"], advice: ["declare `unit norms.lemma`"], location: Samples.location(9)),
      Caveat(rule: "undeclared-order", message: "neighbours in the file are alike"),
    ])
    return Samples.record([tested])
  }

  private static let reports: [(name: String, render: @Sendable (Record) -> String)] = [
    ("HTML", { HTMLReport.render($0) }), ("Markdown", { MarkdownSummary.render($0) }),
    ("JUnit", { JUnitReport.render($0) }), ("SARIF", { SARIFReport.render($0) }),
    ("JSON", { $0.json }), ("terminal", { TerminalTable.render($0, options: .init(columns: 160)) }),
  ]

  @Test func everyReportSaysThem() {
    for (name, render) in Self.reports {
      let text = render(Self.record(answered: false))
      for part in ["items-not-exchangeable", "undeclared-order", "eighbours in the file are alike"] {
        #expect(text.contains(part), "\(name) lacks \(part)")
      }
      guard name != "terminal" else { continue }
      #expect(text.contains("p may be too small") || text.contains("P may be too small"), "\(name)")
      #expect(text.contains("norms.lemma"), "\(name)")
      // What is disclosed is no alert at a line of code.
      if name != "SARIF" { #expect(text.contains("the nouns are a fair sample"), "\(name)") }
    }
  }

  @Test func namesOfColumnsKeepTheirCase() {
    var record = Self.record(answered: false)
    record.hypotheses[0].warnings?[0].notes = ["t.g: the target is constant", "order is not"]
    let page = HTMLReport.render(record)
    #expect(page.contains("t.g: the target is constant. Order is not."))
  }

  @Test func everyReportSaysTheAnswer() {
    for (name, render) in Self.reports {
      let isSaid = render(Self.record(answered: true)).contains(Self.answer)
      #expect(isSaid, "\(name)")
      let isInvented = render(Self.record(answered: false)).contains(Self.answer)
      #expect(!isInvented, "\(name)")
    }
  }

  /// SARIF's own word for an answer; where one result has it, all have (3.27.23).
  @Test func anAnswerSuppressesTheAlert() throws {
    func results(_ answered: Bool) throws -> [[String: Any]] {
      let log = try #require(
        JSONSerialization.jsonObject(with: Data(SARIFReport.render(Self.record(answered: answered)).utf8))
          as? [String: Any])
      let run = try #require((log["runs"] as? [[String: Any]])?.first)
      let rules = try #require(
        ((run["tool"] as? [String: Any])?["driver"] as? [String: Any])?["rules"] as? [[String: Any]])
      let results = try #require(run["results"] as? [[String: Any]])
      for result in results {
        let index = try #require(result["ruleIndex"] as? Int)
        #expect(rules[index]["id"] as? String == result["ruleId"] as? String)
      }
      return results
    }
    for result in try results(false) { #expect(result["suppressions"] == nil) }
    let answered = try results(true)
    #expect(answered.allSatisfy { $0["suppressions"] != nil })
    let suppressed = answered.filter { ($0["suppressions"] as? [Any])?.isEmpty == false }
    #expect(suppressed.map { $0["ruleId"] as? String } == ["items-not-exchangeable"])
  }

  @Test func annotationsNoticeWhatIsNotAnswered() {
    let open = GitHubAnnotations.render(Self.record(answered: false))
    #expect(open.contains("::notice file=Hypotheses/nouns.hypothesis,line=9,"))
    let answered = GitHubAnnotations.render(Self.record(answered: true))
    #expect(!answered.contains("items-not-exchangeable"))
    #expect(answered.contains("undeclared-order"))
  }
}
