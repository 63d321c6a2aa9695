internal import Foundation
internal import GSL
internal import Hypotheses

/// Every sentence that a judgement says.
enum Wording {
  /// Three decimals (three significant digits from 100,000 on); a true minus sign.
  static func number(_ value: Double) -> String {
    guard value.isFinite else { return value.isNaN ? "undefined" : (value < 0 ? "−∞" : "∞") }
    let magnitude = abs(value)
    let text = magnitude >= 100_000 ? String(format: "%.2e", magnitude) : String(format: "%.3f", magnitude)
    let isZero = Double(text) == 0
    return value < 0 && !isZero ? "−" + text : text
  }

  /// Three significant digits however small: 0.000 would hide what a p-value says.
  static func pValue(_ value: Double) -> String {
    value > 0 && value < 0.001 ? String(format: "%.3g", value) : number(value)
  }

  static func interval(_ interval: Interval) -> String {
    "95 % interval \(number(interval.lower)) to \(number(interval.upper))"
  }

  static func percent(_ share: Double) -> String {
    let rounded = (share * 100).rounded()
    // A share just below 0 is no minus nothing.
    return String(format: "%.0f %%", rounded == 0 ? 0 : rounded).replacingOccurrences(of: "-", with: "−")
  }

  /// What a claim about each member of a family is held against.
  static func ofEach(_ quantifier: Quantifier?) -> [String] {
    quantifier == .each
      ? [
        "The claim is about each member, so each is held against its own in every world: a margin is the least of the members', and a rival's score is that of its worst member."
      ] : []
  }

  static func list(_ parts: [String]) -> String {
    guard parts.count > 1 else { return parts.first ?? "" }
    return parts.dropLast().joined(separator: ", ") + " and " + parts.last!
  }

  static func invalid(_ gates: [Gate]) -> String {
    "The instrument failed its own check "
      + list(gates.map { "\($0.name) (\($0.detail))" }) + ", so nothing can be said."
  }

  static func remedy(for gate: Gate) -> String {
    switch gate.name {
    case Gate.plantedSignal:
      "Use a probe and folds that find a signal written into these activations: more items, fewer classes, or a wider penalty grid."
    case Gate.duplicates:
      "Group the folds by what makes rows identical (such as the word type), or remove the copies."
    case Gate.withinCeiling:
      "Claim what the division leaves open, or divide the items so that every fold is trained on what it is tested on."
    case Gate.twinsDiffer: "Extract the untrained twin again: its activations are those of the trained model."
    case Gate.controlsDiffer:
      "Choose control types that occur in more than one value, so that control labels differ from the task's."
    default: "See what the check found, and mend the data or the measurement."
    }
  }

  static func unfounded(_ premises: [RequirementEvidence]) -> String {
    // A family may have a premise per layer: a few say it.
    let shown = premises.prefix(4)
    let more = premises.count - shown.count
    return "A premise does not hold: "
      + list(
        shown.map {
          "\(premiseName($0)) is \(number($0.value)) (\(interval($0.interval))), not \($0.comparison.words) \(number($0.threshold))"
        } + (more > 0 ? ["\(more) more like it"] : [])) + "."
  }

  /// A premise with the cell that it is about: `token_identity(run, layer: layer) at layer 3`.
  static func premiseName(_ premise: RequirementEvidence) -> String {
    premise.at.isEmpty
      ? premise.name : "\(premise.name) at \(premise.at.words)"
  }

  static func falsified(_ score: ScoreEvidence) -> String {
    let r = score.requirement
    if r.comparison == .within, let sides = sides(score) {
      return
        "The two sides are shown to differ by \(number(r.threshold)) or more: \(sides), a difference of \(number(r.value)) (\(interval(r.interval)))."
    }
    if let sides = sides(score) {
      return
        "The claimed difference is not reached: \(sides), a difference of \(number(r.value)) (\(interval(r.interval))), and the claim is \(r.comparison.rawValue) \(number(r.threshold))."
    }
    return
      "The claimed score is not reached: \(r.metric) is \(number(r.value)) (\(interval(r.interval))), and the claim is \(r.comparison.rawValue) \(number(r.threshold))."
  }

  /// What the two sides of a comparison score: "layer4 scores 0.512 (0.512 of the way from floor to ceiling) and layer2
  /// ..."; `nil` where nothing is compared.
  private static func sides(_ score: ScoreEvidence) -> String? {
    guard !score.sides.isEmpty else { return nil }
    return list(
      score.sides.map {
        "\($0.name) scores \(number($0.score)), \(percent($0.normalized ?? .nan)) of the way from floor to ceiling"
      })
  }

  /// Only what reproduces at least half of a score explains it away; a margin over less is merely not reached.
  static func artifact(_ rivals: [RivalEvidence], _ score: ScoreEvidence) -> String {
    let r = score.requirement
    let what = "The \(score.sides.isEmpty ? "score" : "difference") of \(number(r.value))"
    let (explaining, near) = (
      rivals.filter { $0.standing(against: score) == .reproduces },
      rivals.filter { $0.standing(against: score) == .comesTooNear }
    )
    var sentences: [String] = []
    if !explaining.isEmpty {
      sentences.append("\(what) is explained away: \(list(explaining.map { rivalClause($0, of: score) })).")
    }
    if !near.isEmpty {
      sentences.append(
        "\(explaining.isEmpty ? what : "It") falls short of the margin over \(list(near.map { rivalClause($0, of: score) }))."
      )
    }
    return sentences.joined(separator: " ")
  }

  private static func rivalClause(_ rival: RivalEvidence, of score: ScoreEvidence) -> String {
    let above = score.sides.isEmpty ? " above the floor" : ""
    let missed = missedClauses(rival)
    let shown = rival.equivalence?.sentence.map { "; \($0)" } ?? ""
    if rival.floorBinds {
      return "the floor, which scores better than \(rival.label) (\(missed))"
    }
    guard let share = rival.share, share > 0 else {
      return "\(rival.label) (\(missed)\(shown))"
    }
    if share < 0.5 {
      return "\(rival.label), which reproduces \(percent(share)) of it\(above) (\(missed)\(shown))"
    }
    return share >= 1
      ? "\(rival.label) reproduces all of it\(above) (\(missed)\(shown))"
      : "\(rival.label) reproduces \(percent(share)) of it\(above) (\(missed)\(shown))"
  }

  private static func missedClauses(_ rival: RivalEvidence) -> String {
    list(rival.criteria.filter { $0.outcome == .missed }.map { criterionClause($0.criterion, rival) })
  }

  private static func criterionClause(_ criterion: Criterion, _ rival: RivalEvidence) -> String {
    switch criterion.quantity {
    case .p: "p = \(pValue(rival.p?.value ?? .nan)), required \(criterion)"
    case .margin, .selectivity:
      "\(criterion.quantity.rawValue) \(number(rival.held?.value ?? rival.margin))\(rival.floorBinds ? " over the floor" : ""), required \(criterion)"
    case .added: "added \(number(rival.added?.value ?? .nan)), required \(criterion)"
    }
  }

  /// Whose score an interval is about.
  static func intervals(_ intervals: ScoreIntervals) -> [String] {
    func ends(_ interval: Interval) -> String { "\(number(interval.lower)) to \(number(interval.upper))" }
    guard let procedure = intervals.ofProcedure else { return [] }
    return [
      "The score of these fitted probes on other items has the 95 % interval \(ends(intervals.ofFits)), that of the procedure on other data, on which it fits anew, \(ends(procedure)). The further end decides."
    ]
  }

  /// What a margin is held against where that is not the rival, and where it is another margin by more than a tenth of what is
  /// asked for.
  static func overFloor(_ held: HeldMargin?, _ margin: Double, _ withstand: Withstand) -> [String] {
    guard let held, held.isOverFloor,
      withstand.criteria.contains(where: {
        [.margin, .selectivity].contains($0.quantity) && margin - held.value > 0.1 * abs($0.threshold)
      })
    else { return [] }
    return [
      "The floor is better than this rival, so the margin that is asked for is held against the floor: \(number(held.value)) (\(interval(held.interval)))."
    ]
  }

  /// A question that the evidence leaves open, and what would close it.
  struct Open {
    var question: String
    var remedies: [String]
  }

  static func openPremise(_ premise: RequirementEvidence) -> Open {
    Open(
      question:
        "premise \(premiseName(premise)) (\(interval(premise.interval)), threshold \(number(premise.threshold)))",
      remedies: [
        moreItems(premise.interval, premise.threshold, premise.value, "the premise \(premiseName(premise))")
      ])
  }

  static func openScore(_ score: ScoreEvidence) -> Open {
    let r = score.requirement
    let what = score.sides.isEmpty ? "the score" : "the difference"
    if r.comparison == .within {
      // From the side on which it lies, the bound is a threshold.
      let turned = Interval(-r.interval.upper, -r.interval.lower)
      return Open(
        question: "whether the difference lies within \(number(r.threshold)) (\(interval(r.interval)))",
        remedies: [moreItems(r.value >= 0 ? r.interval : turned, r.threshold, abs(r.value), what)])
    }
    return Open(
      question: "\(what) (\(interval(r.interval)), threshold \(number(r.threshold)))",
      remedies: [moreItems(r.interval, r.threshold, r.value, what)])
  }

  /// A rival of which something is undecided, or whose p-value is missed for want of power.
  static func openRival(_ rival: RivalEvidence, _ evidence: Evidence) -> Open {
    let open = rival.criteria.filter { $0.outcome != .met }
    let questions = open.map { criterion -> String in
      let interval =
        rival.measured(criterion.criterion.quantity, held: true).map { " (\(Self.interval($0.interval)))" }
        ?? ""
      return criterionClause(criterion.criterion, rival)
        .replacingOccurrences(of: ", required", with: "\(interval), required")
    }
    let remedies = open.map { criterion -> String in
      let quantity = criterion.criterion.quantity
      if quantity == .p {
        return criterion.outcome == .missed
          ? morePower(rival, criterion.criterion, evidence) : openP(rival, criterion.criterion)
      }
      guard let found = rival.measured(quantity, held: true) else { return "" }
      let what =
        quantity == .added
        ? "what is added to \(rival.label)"
        : "the \(quantity.rawValue) over \(rival.floorBinds ? "the floor" : rival.label)"
      return moreItems(found.interval, criterion.criterion.threshold, found.value, what)
    }
    return Open(
      question: "\(rival.label) (\(list(questions)))", remedies: remedies.filter { !$0.isEmpty })
  }

  /// How many units would give the p-value that is asked for, if the score stays where it is and the null's deviation shrinks with
  /// the square root of their number: the normal quantiles of both p-values say by how much it must.
  private static func morePower(_ rival: RivalEvidence, _ criterion: Criterion, _ evidence: Evidence)
    -> String
  {
    let wanted = normalQuantile(1 - min(max(criterion.threshold, 1e-12), 0.5))
    let distance = normalQuantile(1 - min(max(rival.p?.value ?? 1, 1e-12), 1))
    let lead =
      "A p above \(number(criterion.threshold)) accuses nobody: \(rival.label) does not reproduce the score, and these data may be too few to tell."
    guard distance > 0, wanted / distance <= 31 else {
      return "\(lead) The score lies so near the rival's mean that no practical number of units would."
    }
    let units = (Double(evidence.units) * (wanted / distance) * (wanted / distance)).rounded(.up)
    return
      "\(lead) About \(String(format: "%.0f", units)) units of independence would (there are \(evidence.units)), if the score stays."
  }

  /// How many times as many units would separate an interval from a threshold, if its width shrinks with the square
  /// root of their number and the value stays.
  private static func moreItems(
    _ interval: Interval, _ threshold: Double, _ value: Double, _ what: String
  ) -> String {
    let distance = abs(value - threshold)
    let half = value >= threshold ? value - interval.lower : interval.upper - value
    let detectable = "With these data a distance of \(number(half)) from the threshold can be told."
    guard distance > 0, half > 0, half / distance <= 31 else {
      return
        "More units of independence would decide \(what), but it lies so close to its threshold that no practical number would. \(detectable)"
    }
    let factor = (half / distance) * (half / distance)
    return
      "About \(String(format: "%.1f", factor)) times as many units of independence would decide \(what), if its value stays. \(detectable)"
  }

  /// - Parameter near: rivals whose margin is missed while the score may lie at its floor.
  static func inconclusive(_ questions: [String], _ near: [RivalEvidence]) -> String {
    "The data do not decide " + list(questions) + "."
      + (near.isEmpty
        ? ""
        : " \(list(near.map { "\($0.label) (\(missedClauses($0)))" })) would stand against a score, but whether there is one above the floor is not decided.")
  }

  /// Everything is met, and the design leaves it open all the same.
  static func capped(_ caveats: [Caveat]) -> String {
    "Every criterion is met, but the design does not carry the claim: "
      + list(caveats.map { "\($0.message) (\($0.rule))" }) + "."
  }

  /// What a caveat asks for.
  static func remedies(_ caveat: Caveat) -> [String] {
    (caveat.advice + ["or say why it does no harm here: `assumes \(caveat.rule) \"...\"`"]).map {
      $0.prefix(1).uppercased() + $0.dropFirst() + "."
    }
  }

  /// In how many specifications the verdict holds; `nil` where nothing is varied.
  static func specifications(_ all: [SpecificationEvidence], _ verdict: Verdict) -> String? {
    guard !all.isEmpty else { return nil }
    let holding = all.count { $0.verdict == verdict }
    let share = holding == all.count ? "all" : "\(holding) of"
    return "The verdict holds in \(share) \(all.count) specifications."
  }

  /// `layer 3, head 7 (of 72)`; `nil` where no family is claimed.
  static func decidingCell(_ family: FamilyEvidence?) -> String? {
    guard let family, let deciding = family.deciding else { return nil }
    let place = [Coordinate](family.axes, family.cells[deciding].coordinates).words
    return "\(place) (of \(family.cells.count) cells)"
  }

  static func corroborated(_ evidence: Evidence) -> String {
    let r = evidence.score.requirement
    var rivals =
      evidence.rivals.count == 1
      ? "the rival set against it" : "all \(evidence.rivals.count) rivals set against it"
    let toothless = Set(evidence.caveats.filter { $0.rule == Caveat.toothlessRival }.map(\.location)).count
    if toothless > 0 { rivals += ", \(toothless) of which it could not have lost to" }
    if r.comparison == .within, let sides = sides(evidence.score) {
      return
        "The difference of \(number(r.value)) (\(interval(r.interval))) is shown to lie within \(number(r.threshold)): \(sides). It has survived, it is not proven."
    }
    if let sides = sides(evidence.score) {
      return
        "The difference of \(number(r.value)) (\(interval(r.interval))) has withstood \(rivals): \(sides). It has survived, it is not proven."
    }
    let cell = decidingCell(evidence.family).map { " at \($0)" } ?? ""
    return
      "The score of \(number(r.value))\(cell) (\(interval(r.interval))) has withstood \(rivals); it has survived, it is not proven."
  }
}

extension Comparison {
  fileprivate var words: String {
    switch self {
    case .less: "below"
    case .lessOrEqual: "at most"
    case .greater: "above"
    case .greaterOrEqual: "at least"
    case .within: "within"
    }
  }
}

extension EquivalenceEvidence {
  /// What is shown; `nil` where nothing is.
  var sentence: String? {
    switch outcome {
    case .equivalent: "shown to be as good within \(Wording.number(bound))"
    case .different: "shown to be better by \(Wording.number(bound)) or more"
    case .undecided: nil
    }
  }
}
