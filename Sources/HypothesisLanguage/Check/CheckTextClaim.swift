internal import Hypotheses

extension HypothesisChecker {
  /// A claim or a premise about a measurement on sentences.
  mutating func checkText(
    _ requirement: RequirementSyntax, _ name: String, _ keyword: String, _ statement: Statement,
    asks asker: String
  ) -> Requirement? {
    guard let comparison = Comparison(requirement.comparison), let threshold = requirement.threshold.value
    else { return nil }
    let range = textRange(keyword)
    let isReachable =
      switch comparison {
      case .greater: threshold < range.upperBound
      case .less: threshold > range.lowerBound
      case .greaterOrEqual, .lessOrEqual, .within: true
      }
    guard range.contains(threshold), isReachable else {
      let isImpossible = comparison.wantsLarge == (threshold >= range.upperBound)
      sink.report(
        .thresholdRange,
        "`\(keyword)` lies between \(digits(range.lowerBound)) and 1: it \(isImpossible ? "cannot be" : "is always") "
          + "\(comparison.rawValue) \(digits(threshold))",
        at: requirement.thresholdSpan,
        fix: asShare(threshold, at: requirement.thresholdSpan))
      return nil
    }
    // Nothing is anti-correlated by chance, so 0 is asked for nothing in a correlation too.
    let isTrivial =
      comparison.wantsLarge
      ? threshold < 0 || (threshold == 0 && comparison == .greaterOrEqual)
      : threshold == range.upperBound && comparison == .lessOrEqual
    if isTrivial {
      sink.report(
        .trivialThreshold,
        comparison.wantsLarge
          ? "this \(asker) asks for nothing: a `\(keyword)` of 0 is reached by knowing nothing"
          : "this \(asker) asks for nothing: a `\(keyword)` is never more than 1",
        at: requirement.thresholdSpan,
        helps: [comparison.wantsLarge ? "ask for more than 0" : "ask for less than 1"])
    }
    return Requirement(
      measurement: name, comparison: comparison, threshold: threshold,
      location: statement.span.location(in: path))
  }

  private func textRange(_ keyword: String) -> ClosedRange<Double> {
    switch StructuralProbe.Score(rawValue: keyword) {
    case .distanceSpearman, .depthSpearman: -1...1
    default: 0...1
    }
  }

  /// What a claim says of a family, or of a measure that is none. `false` where it says the wrong thing.
  mutating func checkQuantifier(
    _ requirement: RequirementSyntax, _ entry: MeasureEntry?, asks keyword: String
  )
    -> Bool
  {
    let shape: FamilyShape?
    if let entry, entry.isText {
      guard let measurement = entry.text?.measurement else { return false }
      shape = FamilyShape(measurement)
    } else if let entry, entry.isFamily {
      guard let family = entry.family else { return false }
      shape = FamilyShape(family)
    } else {
      shape = nil
    }
    guard let shape, !shape.axes.isEmpty else {
      guard let quantifier = requirement.quantifier else { return true }
      notAFamily(quantifier, requirement)
      return false
    }
    let name = quoted(requirement.name.text)
    let count = counted(shape.count, "measure")
    if keyword == "premise" {
      guard !isInFamily, shape.count > 1 else { return true }
      sink.report(
        .missingQuantifier,
        "\(name) is a family of \(count), and a premise outside of its `for` is about one",
        at: requirement.name.span,
        notes: ["in the `for` block a premise says of each member whether it counts"],
        helps: ["put the premise into the `for` block"])
      return false
    }
    guard let quantifier = requirement.quantifier else {
      sink.report(
        .missingQuantifier, "\(name) is a family of \(count): what is claimed of them?",
        at: requirement.name.span,
        notes: [
          "`any`: at least one; `each`: every one"
            + (shape.hasSelection ? "; `selected`: the one that is best on other sentences" : "")
        ],
        helps: [
          "write `claim any \(requirement.name.text)`"
            + (shape.hasSelection ? ", `claim each` or `claim selected`" : " or `claim each`")
        ])
      return false
    }
    guard shape.hasSelection || quantifier.text != Quantifier.selected.rawValue else {
      sink.report(
        .unfitStatement, "`selected` chooses on other sentences, and \(name) is measured by a probe",
        at: quantifier.span, notes: ["folds that choose a probe would have trained the others"],
        fix: sink.fix("write `any`", replace: quantifier.span, by: Quantifier.any.rawValue))
      return false
    }
    self.quantifier = Quantifier(rawValue: quantifier.text)
    return true
  }

  private mutating func notAFamily(_ quantifier: Name, _ requirement: RequirementSyntax) {
    var span = quantifier.span
    span.end = requirement.name.span.start
    sink.report(
      .notAFamily,
      "\(quoted(requirement.name.text)) is one measure, and `\(quantifier.text)` speaks of several",
      at: quantifier.span, notes: ["a measure in a `for` block is a family, if it uses a variable"],
      fix: sink.fix("remove `\(quantifier.text)`", replace: span, by: ""))
  }

  /// `unit` is about the items of a table.
  mutating func checkUnitIsUsed() {
    guard let statement = statements("unit").first, !measures.isEmpty, measures.allSatisfy(\.isText) else {
      return
    }
    sink.report(
      .unfitStatement, "`unit` says nothing about measurements on sentences", at: statement.keyword.span,
      notes: ["their unit of independence is the sentence"], helps: ["remove the statement"])
  }
}
