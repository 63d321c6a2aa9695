internal import Hypotheses

// Claims that two measures are as good as each other: `claim gain within 0.05`.
extension HypothesisChecker {
  /// Whether the claim is that a difference is small.
  var claimsEquivalence: Bool {
    guard case .claim(let requirement)? = statements("claim").first?.kind else { return false }
    return requirement.isWithin
  }

  mutating func reportWithinOneMeasure(_ requirement: RequirementSyntax) {
    sink.report(
      .withinOneMeasure,
      "\(quoted(requirement.name.text)) is one measure, and `within` is about a difference",
      at: requirement.comparisonSpan,
      helps: ["declare `compare gain = one_measure over another` and claim `gain within 0.05`"])
  }

  /// What a difference beats explains nothing about its being small.
  mutating func reportRivalOfEquivalence(_ rival: Call) {
    sink.report(
      .unfitRival, "nothing is withstood by a claim that a difference is small", at: rival.span,
      notes: [
        "a rival is what a score or a difference must be larger than",
        "what could explain a small difference away is that neither side sees anything, and premises exclude that",
      ],
      helps: ["leave it out, and require that each side scores: `premise one_measure >= 0.3`"])
  }

  mutating func checkEquivalence(
    _ requirement: RequirementSyntax, _ entry: ContrastEntry, _ statement: Statement
  ) -> Requirement? {
    guard let threshold = requirement.threshold.value else { return nil }
    guard threshold > 0 else {
      sink.report(
        .thresholdRange, "no difference lies within \(digits(threshold))", at: requirement.thresholdSpan,
        helps: ["say how large a difference still does not matter, such as `within 0.05`"])
      return nil
    }
    guard
      isBelowOne(
        threshold, requirement,
        "a bound of \(digits(threshold)) leaves nothing out: from floor to ceiling a difference is 1")
    else { return nil }
    checkBothSidesSee(requirement, entry)
    return Requirement(
      measurement: requirement.name.text, comparison: .within, threshold: threshold,
      location: statement.span.location(in: path))
  }

  /// Two instruments that see nothing agree: each side needs a premise that it scores.
  private mutating func checkBothSidesSee(_ requirement: RequirementSyntax, _ entry: ContrastEntry) {
    var required: Set<String> = []
    for statement in statements("premise") {
      switch statement.kind {
      case .premise(let premise): required.insert(premise.name.text)
      // It may have been the premise that is missed here.
      default: return
      }
    }
    let blind = entry.sides.map { measures[$0] }.filter { !required.contains($0.name.text) }
    guard !blind.isEmpty else { return }
    sink.report(
      .equivalenceWithoutPremises,
      "nothing says that \(list(blind.map(\.name.text))) \(blind.count == 1 ? "scores" : "score") above the floor",
      at: requirement.span, notes: ["two measures that see nothing differ by nothing"],
      helps: blind.map {
        $0.metric?.isBetterWhenLarger == false
          ? "add `premise \($0.name.text) <= ...`, with a number below the floor"
          : "add `premise \($0.name.text) >= ...`, with a number above the floor"
      })
  }
}
