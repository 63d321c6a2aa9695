import Foundation
import HypothesisLanguage
import Testing

@Suite struct BadFileTests {
  @Test func thereAreFiles() {
    #expect(Corpus.bad.count >= 35)
  }

  @Test(arguments: Corpus.bad)
  func saysWhatIsWrong(_ file: Corpus.File) throws {
    let diagnostics = Corpus.diagnose(file.source)
    #expect(!diagnostics.isEmpty)
    try Corpus.expect(
      render(diagnostics, sources: [file.source], color: false), at: file.golden("diagnostics"))
  }

  /// A file is named after the rules that it breaks: `rule`, `rule+rule`, or anything else for a mixture.
  @Test(arguments: Corpus.bad)
  func isNamedAfterItsRules(_ file: Corpus.File) {
    let rules = file.name.split(separator: "+").map { name in Rule(rawValue: String(name)) }
    guard rules.allSatisfy({ $0 != nil }) else { return }
    let found = Set(Corpus.diagnose(file.source).map(\.rule))
    #expect(found == Set(rules.compactMap(\.self)))
  }

  /// A hypothesis with an error is never returned.
  @Test(arguments: Corpus.bad)
  func givesNoHypothesisWithErrors(_ file: Corpus.File) {
    let parsed = parse(file.source)
    let checked = check(parsed.document, against: FakeCatalog())
    #expect(checked.hypotheses.count <= parsed.document.count)
    // Hypotheses that were returned, alone in a file, have no errors.
    for hypothesis in checked.hypotheses {
      let diagnostics = Corpus.diagnose(SourceFile(path: "alone", text: hypothesis.source))
      #expect(!diagnostics.contains { $0.severity == .error && $0.rule != .duplicateHypothesis })
    }
    if checked.hasErrors { #expect(checked.hypotheses.count < parsed.document.count) }
  }

  /// Applying a fix removes the diagnostic that offered it.
  @Test(arguments: Corpus.bad)
  func fixesFix(_ file: Corpus.File) {
    // Nothing is gained by one repair in a file that is broken all over.
    for diagnostic in Corpus.diagnose(file.source) {
      guard let fix = diagnostic.fix else { continue }
      var bytes = file.source.bytes
      bytes.replaceSubrange(fix.bytes, with: Array(fix.replacement.utf8))
      let again = Corpus.diagnose(SourceFile(path: file.source.path, bytes: bytes))
      let isStillThere = again.contains {
        $0.rule == diagnostic.rule && $0.message == diagnostic.message && $0.location == diagnostic.location
      }
      #expect(!isStillThere, "\(diagnostic.rule.rawValue): \(fix.title)")
    }
  }
}

@Suite struct RuleTests {
  /// What no file of the corpus can break: a megabyte is not for a repository, and the formatter has no known fault.
  private static let apart: Set<Rule> = [
    .fileTooLarge, .internalError, .copiesAcrossFolds, .undeclaredGroups, .undeclaredOrder,
  ]

  @Test func everyRuleHasABadFile() {
    let broken = Set(Corpus.bad.flatMap { Corpus.diagnose($0.source) }.map(\.rule))
    let missing = Rule.allCases.filter { !broken.contains($0) && !Self.apart.contains($0) }
    #expect(missing.isEmpty, "no bad file breaks \(missing.map(\.rawValue))")
  }

  @Test func everyRuleHasASection() throws {
    let url = Corpus.repository.appending(path: "docs/rules.md")
    let text = String(decoding: try Data(contentsOf: url), as: UTF8.self)
    let sections = text.split(separator: "\n").filter { $0.hasPrefix("### ") }.map { String($0.dropFirst(4)) }
    #expect(sections == Rule.allCases.map(\.rawValue))
  }

  @Test func tooLargeAFileIsRefused() {
    let bytes = [UInt8](repeating: UInt8(ascii: "a"), count: 10_000_000)
    let parsed = parse(SourceFile(path: "large", bytes: bytes))
    #expect(parsed.diagnostics.map(\.rule) == [.fileTooLarge])
    #expect(check(parsed.document, against: FakeCatalog()).hypotheses.isEmpty)
    #expect(format(parsed).result == nil)
  }
}
