internal import Hypotheses
internal import Resampling

/// Whether as many units as there are can show what is asked for. Only where the answer does not depend on what will be
/// measured: a score that is a mean over units of multiples of one number varies at least so much (`FavourablePlan`).
extension HypothesisChecker {
  /// The probability that a criterion should be met with; what `refute power` assumes.
  private static let power = 0.8

  /// A margin that even the most favourable data of this size hardly show, with less than twice of it or with all there is.
  mutating func warnAboutResolution(
    _ quantity: Quantity, _ threshold: Double, _ syntax: RequirementSyntax, _ rival: Rival?,
    _ claimed: MeasureEntry?
  ) {
    guard !sink.isFull, let claimed, let rival, let worlds = worlds(of: rival),
      let (plan, noun) = favourablePlan(claimed, worlds: worlds), let metric = claimed.metric
    else { return }
    let largest = metric.range.upperBound - (floor(of: metric, claimed)?.value ?? 0)
    guard threshold < largest, !plan.shows(min(2 * threshold, largest), over: threshold) else { return }
    let smallest = plan.smallest(over: threshold)
    // What one would rather show: the same again beyond the threshold, or the largest there is.
    let wanted = min(2 * threshold, largest)
    let words = quantity == .added ? "an added score" : "a \(quantity.rawValue)"
    var helps = ["`refute power` says what these data show"]
    if let needed = plan.unitsNeeded(toShow: wanted, over: threshold) {
      helps.insert(
        "about \(counted(needed, noun)) would show \(words) of \(rounded(wanted))", at: 0)
    }
    var notes = [
      "\(words) that is truly below \(roundedDown(smallest)) meets it in less than \(digits(100 * Self.power)) % of such data sets, however "
        + "seldom the rival and the claim disagree otherwise"
    ]
    if smallest > largest { notes.append("there is only \(rounded(largest)) above the floor") }
    sink.report(
      .unresolvableMargin,
      "\(counted(plan.units, noun)) can hardly meet `\(document.file.text(syntax.span.bytes))`",
      at: syntax.span, notes: notes, helps: helps)
  }

  /// A score that only a perfect one meets, although less is asked for.
  mutating func warnAboutPerfection(
    _ threshold: Double, _ requirement: RequirementSyntax, _ entry: MeasureEntry
  ) {
    guard !sink.isFull, let maximum = entry.metric?.range.upperBound, threshold < maximum,
      let (plan, noun) = favourablePlan(entry, worlds: 1),
      plan.needsPerfection(over: threshold, maximum: maximum)
    else { return }
    var helps = ["`refute power` says what these data show"]
    if let needed = plan.unitsToAllowForOne(over: threshold, maximum: maximum) {
      helps.insert("\(counted(needed, noun)) would leave room for one mistake", at: 0)
    }
    sink.report(
      .unresolvableMargin,
      "\(counted(plan.units, noun)) can meet `\(document.file.text(requirement.span.bytes))` by a score of "
        + "\(digits(maximum)) only",
      at: requirement.span,
      notes: ["with one mistake, the 95 % interval of the score reaches below \(digits(threshold))"],
      helps: helps)
  }

  /// How many units there are and what their values are multiples of; `nil` where nothing can be said for certain.
  private func favourablePlan(_ entry: MeasureEntry, worlds: Int) -> (plan: FavourablePlan, noun: String)? {
    guard !entry.isText, !entry.isComparison, let metric = entry.metric, let targets = entry.targets,
      let measurement = entry.measurement, let items = entry.items, items > 0
    else { return nil }
    // Of one item, before divisions and worlds are averaged over.
    let parts: Int
    switch metric {
    case .accuracy: parts = 1
    case .precisionAtK(let metric):
      // Of as many features as an item has, the share has any denominator.
      guard case .fixed(let k) = metric.k else { return nil }
      parts = k
    // A share of classes or of features, a rank correlation, an error: units vary as little as one likes.
    case .r2, .r2PerFeature, .mse, .spearman, .spearmanPerFeature, .spearmanPerItem, .balancedAccuracy, .auc,
      .descriptionLength, .f1, .meanAveragePrecision, .neighbourhoodAccuracy:
      return nil
    }
    let fineness = Double(parts) * Double(measurement.folds.repeats) * Double(worlds)
    guard let unit, !unit.isUnique else {
      return (FavourablePlan(units: items, step: 1 / fineness, power: Self.power), "item")
    }
    // Units of one size are means of as many items each; of units of several sizes nothing is known.
    let (units, rows) = (unit.description.distinct, targets.rows)
    guard units > 0, unit.description.missing == 0, items == rows, measurement.items == .complete,
      let size = unit.description.commonest, size.multipliedReportingOverflow(by: units) == (rows, false)
    else { return nil }
    return (FavourablePlan(units: units, step: 1 / (fineness * Double(size)), power: Self.power), "unit")
  }

  /// How many worlds a margin is the mean over; `nil` where it is not known.
  private func worlds(of rival: Rival) -> Int? {
    switch rival {
    case .untrained(let untrained): twinCount(untrained.representations)
    case .text, .irrelevantTarget: nil
    default: rival.replicates ?? 1
    }
  }
}

/// Three decimals that do not say more than there is.
private func roundedDown(_ value: Double) -> String {
  digits((value * 1000).rounded(.down) / 1000)
}
