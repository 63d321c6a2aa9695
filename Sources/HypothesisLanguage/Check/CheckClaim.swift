internal import Foundation
internal import Hypotheses

extension HypothesisChecker {
  mutating func checkClaim() -> Requirement? {
    only("claim")
    guard let statement = statements("claim").first, case .claim(let requirement) = statement.kind else {
      return nil
    }
    return check(requirement, statement, asks: "claim")
  }

  /// The measure or the comparison that is claimed, as far as it is known.
  var claimed: MeasureEntry? {
    guard case .claim(let requirement)? = statements("claim").first?.kind else { return nil }
    if let place = contrastPlaces[requirement.name.text] { return merged(contrasts[place]) }
    return measurePlaces[requirement.name.text].map { measures[$0] }
  }

  mutating func check(_ requirement: RequirementSyntax, _ statement: Statement, asks keyword: String)
    -> Requirement?
  {
    if let place = contrastPlaces[requirement.name.text] {
      guard checkQuantifier(requirement, nil, asks: keyword) else { return nil }
      return checkContrast(requirement, place, statement, asks: keyword)
    }
    guard let index = measurePlaces[requirement.name.text] else {
      let names = measures.map(\.name.text) + (keyword == "claim" ? contrasts.map(\.name.text) : [])
      sink.report(
        .unknownMeasure, "nothing is measured under the name \(quoted(requirement.name.text))",
        at: requirement.name.span, notes: names.isEmpty ? [] : ["there is \(list(names))"],
        fix: suggestion(requirement.name, among: names))
      return nil
    }
    measures[index].isUsed = true
    guard !requirement.isWithin else {
      reportWithinOneMeasure(requirement)
      return nil
    }
    guard checkQuantifier(requirement, measures[index], asks: keyword) else { return nil }
    if let text = measures[index].text {
      if keyword == "premise", let measurement = text.measurement {
        familyPremises.append((FamilyShape(measurement), requirement.name.span))
      }
      return checkText(requirement, requirement.name.text, text.keyword, statement, asks: keyword)
    }
    if keyword == "premise", let family = measures[index].family {
      familyPremises.append((FamilyShape(family), requirement.name.span))
    }
    guard let comparison = Comparison(requirement.comparison) else { return nil }
    let metric = measures[index].metric
    guard comparison.wantsLarge == (metric?.isBetterWhenLarger ?? comparison.wantsLarge) else {
      let turned = comparison.turned.rawValue
      sink.report(
        .wrongDirection,
        "a \(keyword) asks for a score of at \(comparison.wantsLarge ? "most" : "least") something",
        at: requirement.comparisonSpan,
        notes: [
          comparison.wantsLarge
            ? "`\(metric?.keyword ?? "")` is \(metric?.isOnline == true ? "a length" : "an error"): less is better"
            : "for `\(metric?.keyword ?? "")`, larger is better"
        ],
        fix: sink.fix("write `\(turned)`", replace: requirement.comparisonSpan, by: turned))
      return nil
    }
    guard let threshold = requirement.threshold.value else { return nil }
    if let metric {
      guard check(threshold, requirement, comparison, within: metric) else { return nil }
      checkFloor(threshold, requirement, comparison, measures[index], metric, keyword)
      warnAboutPerfection(threshold, requirement, measures[index])
    }
    return Requirement(
      measurement: requirement.name.text, comparison: comparison, threshold: threshold,
      location: statement.span.location(in: path))
  }

  private mutating func check(
    _ threshold: Double, _ requirement: RequirementSyntax, _ comparison: Comparison, within metric: Metric
  ) -> Bool {
    let range = metric.range
    let isReachable =
      switch comparison {
      case .greater: threshold < range.upperBound
      case .greaterOrEqual: threshold <= range.upperBound
      case .less: threshold > range.lowerBound
      case .lessOrEqual: threshold >= range.lowerBound
      case .within: true
      }
    guard !isReachable || threshold < range.lowerBound else { return true }
    let values =
      switch (range.lowerBound.isFinite, range.upperBound.isFinite) {
      case (true, true): "lies between \(digits(range.lowerBound)) and \(digits(range.upperBound))"
      case (true, false): "is at least \(digits(range.lowerBound))"
      default: "is at most \(digits(range.upperBound))"
      }
    sink.report(
      .thresholdRange,
      "`\(metric.keyword)` \(values): it cannot be \(comparison.rawValue) \(digits(threshold))",
      at: requirement.thresholdSpan,
      fix: range.upperBound == 1 ? asShare(threshold, at: requirement.thresholdSpan) : nil)
    return false
  }

  /// Per cent written for a share.
  func asShare(_ threshold: Double, at span: Span) -> FixIt? {
    guard threshold > 1, threshold < 100 else { return nil }
    let share = hundredth(threshold)
    return sink.fix("did you mean \(share)?", replace: span, by: share)
  }

  private mutating func checkFloor(
    _ threshold: Double, _ requirement: RequirementSyntax, _ comparison: Comparison, _ entry: MeasureEntry,
    _ metric: Metric, _ keyword: String
  ) {
    guard let floor = floor(of: metric, entry) else { return }
    let isTrivial =
      metric.isBetterWhenLarger
      ? threshold < floor.value || (threshold == floor.value && comparison == .greaterOrEqual)
      : threshold > floor.value || (threshold == floor.value && comparison == .lessOrEqual)
    guard isTrivial else { return }
    sink.report(
      .trivialThreshold, "this \(keyword) asks for nothing: \(floor.reason)", at: requirement.thresholdSpan,
      helps: [
        metric.isBetterWhenLarger
          ? "ask for more than \(digits(floor.value))" : "ask for less than \(rounded(floor.value))"
      ])
  }

  /// What is scored without looking at the representation, as far as the targets' own counts tell. Of a family, the worst
  /// of its members' floors, below which nothing is claimed of any of them.
  func floor(of metric: Metric, _ entry: MeasureEntry) -> (value: Double, reason: String)? {
    if entry.isFamily {
      let floors = entry.members.map { floor(of: metric, $0) }
      guard !floors.contains(where: { $0 == nil }) else { return nil }
      return floors.compactMap(\.self).min {
        metric.isBetterWhenLarger ? $0.value < $1.value : $0.value > $1.value
      }
    }
    switch metric {
    case .r2, .r2PerFeature: return (0, "predicting the training mean gives an `\(metric.keyword)` of 0")
    case .spearman, .spearmanPerFeature: return (0, "guessing gives a `\(metric.keyword)` of 0")
    // What popularity alone scores depends on every cell: the run finds out.
    case .mse, .spearmanPerItem, .f1, .precisionAtK, .meanAveragePrecision, .neighbourhoodAccuracy: return nil
    case .auc: return (0.5, "guessing gives an `auc` of 0.5")
    case .descriptionLength:
      guard let column = entry.targets?.descriptions.first, column.distinct > 1 else { return nil }
      let bits = log2(Double(column.distinct))
      return (
        bits,
        "a code that gives each of \(column.distinct) classes as many bits takes \(rounded(bits)) for an item"
      )
    case .accuracy, .balancedAccuracy:
      guard let targets = entry.targets, let column = targets.descriptions.first, column.distinct > 1 else {
        return nil
      }
      let filled = targets.rows - column.missing
      if metric == .accuracy, let commonest = column.commonest, filled > 0 {
        let share = Double(commonest) / Double(filled)
        return (share, "the commonest class alone gives an `accuracy` of \(rounded(share))")
      }
      return (
        1 / Double(column.distinct),
        "with \(column.distinct) classes, guessing gives a `\(metric.keyword)` of \(rounded(1 / Double(column.distinct)))"
      )
    }
  }
}

/// Three decimals, for sentences.
func rounded(_ value: Double) -> String {
  digits((value * 1000).rounded() / 1000)
}

/// A hundredth, without the noise of the division: 90 becomes 0.9, 33.3 becomes 0.333.
private func hundredth(_ value: Double) -> String {
  digits((value * 1e6).rounded() / 1e8)
}
