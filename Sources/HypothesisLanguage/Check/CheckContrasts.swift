internal import Hypotheses

/// What is known of a `compare`, whole or not.
struct ContrastEntry {
  var name: Name
  /// Places in `measures`.
  var sides: [Int] = []
  /// The whole, where nothing is wrong with it.
  var contrast: Contrast?
  var isUsed = false
}

extension HypothesisChecker {
  mutating func checkContrasts() {
    for statement in statements("compare") {
      switch statement.kind {
      case .compare(let syntax):
        let first =
          measurePlaces[syntax.name.text].map { measures[$0].name }
          ?? contrastPlaces[syntax.name.text].map { contrasts[$0].name }
        let isNew = declare(syntax.name, first: first)
        let entry = check(syntax, statement)
        if isNew { add(entry) }
      case .broken(declares: let name?):
        if measurePlaces[name.text] == nil { add(ContrastEntry(name: name)) }
      default: break
      }
    }
  }

  private mutating func add(_ entry: ContrastEntry) {
    if contrastPlaces[entry.name.text] == nil { contrastPlaces[entry.name.text] = contrasts.count }
    contrasts.append(entry)
  }

  private mutating func check(_ syntax: CompareSyntax, _ statement: Statement) -> ContrastEntry {
    var entry = ContrastEntry(name: syntax.name)
    for name in [syntax.better, syntax.worse] {
      if let place = measurePlaces[name.text] {
        entry.sides.append(place)
        continue
      }
      let isContrast = contrastPlaces[name.text] != nil
      let names = measures.map(\.name.text)
      sink.report(
        .unknownMeasure, "nothing is measured under the name \(quoted(name.text))", at: name.span,
        notes: isContrast
          ? ["it is a comparison itself; measures are compared"]
          : names.isEmpty ? [] : ["there is \(list(names))"],
        fix: isContrast ? nil : suggestion(name, among: names))
    }
    guard entry.sides.count == 2 else { return entry }
    for (side, name) in zip(entry.sides, [syntax.better, syntax.worse]) where measures[side].isText {
      sink.report(
        .unfitStatement, "\(quoted(name.text)) is measured on sentences, and `compare` takes probes",
        at: name.span,
        helps: ["claim each of the two in a hypothesis of its own"])
      return entry
    }
    for (side, name) in zip(entry.sides, [syntax.better, syntax.worse]) where measures[side].isFamily {
      sink.report(
        .unfitStatement, "\(quoted(name.text)) is a family of measures, and `compare` takes single ones",
        at: name.span, helps: ["write the two measures outside of `for`"])
      return entry
    }
    guard fit(entry.sides.map { measures[$0] }, syntax) else { return entry }
    entry.contrast = Contrast(
      name: syntax.name.text, better: syntax.better.text, worse: syntax.worse.text,
      location: statement.span.location(in: path))
    return entry
  }

  /// Whether two measures can be compared.
  private mutating func fit(_ sides: [MeasureEntry], _ syntax: CompareSyntax) -> Bool {
    guard syntax.better.text != syntax.worse.text else {
      sink.report(
        .comparedWithItself, "\(quoted(syntax.better.text)) is compared with itself", at: syntax.worse.span,
        notes: ["the difference would be 0 whatever is measured"])
      return false
    }
    if let better = sides[0].measurement, let worse = sides[1].measurement, better.isSame(as: worse) {
      sink.report(
        .comparedWithItself,
        "\(quoted(syntax.better.text)) and \(quoted(syntax.worse.text)) measure the same thing in the same way",
        at: syntax.worse.span, notes: ["the difference would be 0 whatever is measured"])
      return false
    }
    if let better = sides[0].targets, let worse = sides[1].targets,
      better.selection.data != worse.selection.data
    {
      sink.report(
        .otherTable,
        "\(quoted(syntax.better.text)) predicts columns of \(quoted(better.selection.data)), "
          + "\(quoted(syntax.worse.text)) of \(quoted(worse.selection.data))", at: syntax.worse.span,
        notes: ["both sides are measured on the same items, so on the rows of one table"],
        helps: ["join the columns into one table"])
      return false
    }
    if let better = sides[0].metric, let worse = sides[1].metric, better.keyword != worse.keyword {
      sink.report(
        .differentMetrics,
        "\(quoted(syntax.better.text)) is measured by `\(better.keyword)`, \(quoted(syntax.worse.text)) by `\(worse.keyword)`",
        at: syntax.worse.span,
        notes: ["a difference between two metrics is not a difference between what they measure"],
        helps: ["measure both sides by one metric"])
      return false
    }
    return true
  }

  /// What rivals are checked against where a comparison is claimed: the targets of both sides together.
  func merged(_ entry: ContrastEntry) -> MeasureEntry {
    let sides = entry.sides.map { measures[$0] }
    var merged = MeasureEntry(name: entry.name)
    merged.isComparison = true
    guard sides.count == 2 else { return merged }
    merged.members = sides
    merge(sides, into: &merged)
    return merged
  }

  /// A claim on a comparison.
  mutating func checkContrast(
    _ requirement: RequirementSyntax, _ place: Int, _ statement: Statement, asks keyword: String
  ) -> Requirement? {
    contrasts[place].isUsed = true
    for side in contrasts[place].sides { measures[side].isUsed = true }
    let name = requirement.name
    guard keyword == "claim" else {
      sink.report(
        .comparisonAsPremise, "\(quoted(name.text)) is a comparison, and a \(keyword) is about one measure",
        at: name.span,
        notes: ["a comparison means something only against rivals, and nothing is set against a premise"],
        helps: ["claim it in a hypothesis of its own"])
      return nil
    }
    if requirement.isWithin { return checkEquivalence(requirement, contrasts[place], statement) }
    guard let comparison = Comparison(requirement.comparison) else { return nil }
    guard comparison.wantsLarge else {
      let turned = comparison.turned.rawValue
      sink.report(
        .wrongDirection, "a claim asks that a difference is at least something",
        at: requirement.comparisonSpan,
        notes: ["to claim that the other side is better, exchange the sides in `compare`"],
        fix: sink.fix("write `\(turned)`", replace: requirement.comparisonSpan, by: turned))
      return nil
    }
    guard let threshold = requirement.threshold.value else { return nil }
    guard threshold >= 0 else {
      sink.report(
        .trivialThreshold, "a negative difference lets the other side be better",
        at: requirement.thresholdSpan, helps: ["ask for at least 0"])
      return nil
    }
    guard
      isBelowOne(
        threshold, requirement,
        "a difference of \(digits(threshold)) cannot be asked for: from floor to ceiling it is 1")
    else { return nil }
    return Requirement(
      measurement: name.text, comparison: comparison, threshold: threshold,
      location: statement.span.location(in: path))
  }

  /// Whether a difference can be as large as a threshold; says `otherwise` if not.
  mutating func isBelowOne(_ threshold: Double, _ requirement: RequirementSyntax, _ otherwise: String) -> Bool
  {
    guard threshold >= 1 else { return true }
    sink.report(
      .thresholdRange, otherwise, at: requirement.thresholdSpan,
      notes: ["scores are normalised so that the floor is 0 and the ceiling is 1"],
      fix: asShare(threshold, at: requirement.thresholdSpan))
    return false
  }
}

extension Measurement {
  /// Whether only names and places differ.
  fileprivate func isSame(as other: Measurement) -> Bool {
    var copy = other
    copy.name = name
    copy.location = location
    return copy == self
  }
}
