internal import Hypotheses

// What is assumed, and what the checker says beside the verdict.
extension HypothesisChecker {
  /// The `assumes` statements without mistakes.
  mutating func assumptions() -> [Assumption] {
    var answered: Set<String> = []
    return statements("assumes").compactMap { statement -> Assumption? in
      guard case .assumes(let rule, let text) = statement.kind else { return nil }
      guard text.text.contains(where: { !$0.isWhitespace }) else {
        sink.report(
          .emptyText, rule == nil ? "an empty assumption" : "an answer without a reason", at: text.span)
        return nil
      }
      if let rule {
        guard Rule.answerable.contains(rule.text) else {
          sink.report(
            .unknownRule, "no warning that bears on a verdict is called \(quoted(rule.text))", at: rule.span,
            notes: ["those that can be answered are \(list(Rule.answerable, limit: 20))"],
            helps: ["to disclose something without an answer to a rule, write `assumes \"...\"` alone"],
            fix: suggestion(rule, among: Rule.answerable))
          return nil
        }
        guard answered.insert(rule.text).inserted else {
          sink.report(.duplicateEntry, "\(quoted(rule.text)) is answered twice", at: rule.span)
          return nil
        }
      }
      return Assumption(rule: rule?.text, text: text.text, location: statement.span.location(in: path))
    }
  }

  /// The warnings of this hypothesis that bear on its verdict. Where no rival that is set against the claim has teeth, nothing is.
  func caveats(after start: Int, rivals: Int) -> [Caveat] {
    var caveats = sink.diagnostics[start...].compactMap(Caveat.init)
    let toothless = caveats.indices.filter { caveats[$0].rule == Caveat.toothlessRival }
    if rivals > 0, Set(toothless.map { caveats[$0].location }).count == rivals {
      for index in toothless { caveats[index].effect = .caps }
    }
    return caveats
  }

  /// Answers to warnings that the checker would give, and does not.
  mutating func checkAnswers(_ caveats: [Caveat]) {
    for statement in statements("assumes") {
      guard case .assumes(let name?, _) = statement.kind, let rule = Rule(rawValue: name.text),
        !rule.isFoundByRuns, !caveats.contains(where: { $0.rule == name.text })
      else { continue }
      sink.report(
        .nothingToAnswer, "nothing here is warned of by \(quoted(name.text))", at: name.span,
        helps: ["leave the line out, or write what is assumed without the rule: `assumes \"...\"`"])
    }
  }
}

extension Rule {
  /// Whether runs find it, not the checker.
  var isFoundByRuns: Bool {
    switch self {
    case .copiesAcrossFolds, .undeclaredGroups, .undeclaredOrder: true
    default: false
    }
  }

  /// The names of the rules whose warnings bear on verdicts, sorted.
  static let answerable = allCases.filter { $0.effect != nil }.map(\.rawValue).sorted()
}
