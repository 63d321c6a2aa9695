internal import Hypotheses

// How verdicts, outcomes, metrics and errors read. The only place for such wording.

extension Verdict {
  /// A mark of one character that tells verdicts apart without colour.
  var symbol: String {
    switch self {
    case .invalid: "!"
    case .unfounded: "∅"
    case .falsified: "✗"
    case .artifact: "≈"
    case .inconclusive: "?"
    case .corroborated: "✓"
    }
  }

  /// The verdict with a number: `3 artifacts`.
  func counted(_ count: Int) -> String {
    self == .artifact && count != 1 ? "\(count) artifacts" : "\(count) \(rawValue)"
  }

  /// What the verdict says, in general.
  var meaning: String {
    switch self {
    case .invalid:
      "The instrument failed one of its own checks, or the data could not be used. Nothing follows for the claim."
    case .unfounded:
      "A premise of the claim is missed: the measurement does not mean what the claim takes it to mean."
    case .falsified: "The claimed score itself is not reached."
    case .artifact:
      "The score is reached, but a rival explanation, in whose world the claim is false, reaches it too."
    case .inconclusive: "Something that matters is undecided: more items or more replicates are needed."
    case .corroborated:
      "The score is reached and every rival explanation was withstood. The claim has survived; it is not proven."
    }
  }

  /// The order of reports: what needs attention is not hidden at the end.
  static let reportOrder: [Verdict] = [
    .corroborated, .artifact, .falsified, .unfounded, .inconclusive, .invalid,
  ]
}

extension Outcome {
  var symbol: String {
    switch self {
    case .met: "✓"
    case .missed: "✗"
    case .undecided: "?"
    }
  }
}

extension Comparison {
  /// As printed: ≥ for >=.
  var sign: String {
    switch self {
    case .less: "<"
    case .lessOrEqual: "≤"
    case .greater: ">"
    case .greaterOrEqual: "≥"
    case .within: "within"
    }
  }
}

extension Quantity {
  /// The quantity as a reader would say it.
  var words: String { rawValue }
}

/// Names of metrics for people. A metric that this version does not know keeps its own name.
func metricWords(_ metric: String) -> String {
  switch metric {
  case "r2": "R²"
  case "r2_per_feature": "R² per feature"
  case "mse": "mean squared error"
  case "spearman": "Spearman’s ρ"
  case "spearman_per_feature": "Spearman’s ρ per feature"
  case "spearman_per_item": "Spearman’s ρ per item"
  case "balanced_accuracy": "balanced accuracy"
  case "auc": "AUC"
  case "description_length": "description length in bits per item"
  case "f1_micro": "micro F1"
  case "f1_macro": "macro F1"
  case "precision_at_k": "precision@k"
  case "mean_average_precision": "mean average precision"
  case "neighbourhood_accuracy": "neighbourhood accuracy"
  case "head_accuracy": "head accuracy"
  case "token_identity": "token identity"
  case "positional_consistency": "positional consistency"
  case "uuas": "UUAS"
  case "distance_spearman": "Spearman’s ρ of distances"
  case "depth_spearman": "Spearman’s ρ of depths"
  case "root_accuracy": "root accuracy"
  case "normalized_difference": "difference of normalized scores"
  default: metric
  }
}

/// Names of what a score is shown beside. One that this version does not know keeps its own name.
func referenceWords(_ name: String) -> String {
  switch name {
  case "popularity": "Popularity alone"
  case "category_means": "Category means alone"
  case "knn_copy": "Nearest copy"
  case "rank_ceiling": "Rank ceiling"
  default: name
  }
}

extension Record {
  /// What came out, in one line: `9 claims: 3 corroborated, 5 artifacts, 1 inconclusive`.
  var headline: String {
    let counts = counts
    let parts = Verdict.reportOrder.compactMap { verdict in counts[verdict].map { verdict.counted($0) } }
    let claims = hypotheses.count == 1 ? "1 claim" : "\(Format.count(hypotheses.count)) claims"
    return parts.isEmpty ? "No claim was tested" : "\(claims): \(parts.joined(separator: ", "))"
  }

  /// Whether the run is as it should be, in one sentence.
  func conclusion(failOn: Set<Verdict>) -> String {
    let failing = failures(failOn: failOn).count
    let pinned = hypotheses.count { $0.expected != nil }
    if hypotheses.isEmpty { return "There is nothing to report." }
    if failing > 0 {
      return failing == 1
        ? "1 claim fails this run." : "\(Format.count(failing)) claims fail this run."
    }
    return pinned == hypotheses.count
      ? "Every claim came to the verdict that it pins." : "No claim fails this run."
  }
}

extension Record.Claim {
  /// `artifact, as expected`; `artifact, expected corroborated`; or the bare verdict.
  var verdictAndExpectation: String {
    guard let expected else { return verdict.rawValue }
    return expected == verdict
      ? "\(verdict.rawValue), as expected" : "\(verdict.rawValue), expected \(expected.rawValue)"
  }

  /// The rivals that decide the verdict: missed before undecided before met, the largest share first.
  var strongestRival: Record.Rival? {
    func rank(_ rival: Record.Rival) -> (Int, Double) {
      let order = rival.outcome == .missed ? 0 : rival.outcome == .undecided ? 1 : 2
      return (order, -(rival.share?.finite ?? -.infinity))
    }
    return rivals.enumerated().min {
      let (a, b) = (rank($0.element), rank($1.element))
      return (a.0, a.1, $0.offset) < (b.0, b.1, $1.offset)
    }?.element
  }
}

extension Record.Score {
  /// What is compared: `layer4 over layer2`; `nil` where nothing is.
  var comparedSides: String? {
    guard let sides, sides.count == 2 else { return nil }
    return sides.map { $0.name.line.shortened(to: 60) }.joined(separator: " over ")
  }
}

extension Record.Side {
  /// `R² 0.512, floor 0.000, ceiling 1.000`.
  var figures: String {
    "\(metricWords(metric)) \(Format.score(score)), floor \(Format.score(floor)), ceiling \(Format.score(ceiling))"
  }
}

extension Record.Rival {
  /// `p = 0.0001`, else `margin 0.021`: the figure that its first criterion is about.
  var keyFigure: String {
    if criteria.first?.quantity == .p, let value = p?.finite { return Format.p(value) }
    return "margin \(Format.score(margin))"
  }
}

extension Record.Equivalence {
  /// What becomes of "the margin lies within the bound", as a criterion.
  var asCriterion: Outcome {
    switch outcome {
    case .equivalent: .met
    case .different: .missed
    case .undecided: .undecided
    }
  }

  /// `as good within 0.05 [90 % −0.012, 0.031]`; for what is not shown, that.
  var words: String {
    let range = "90 % interval of the margin \(Format.interval(interval))"
    return switch outcome {
    case .equivalent: "shown to be as good within \(Format.threshold(bound)), \(range)"
    case .different: "shown to be better by \(Format.threshold(bound)) or more, \(range)"
    case .undecided: "not shown to be as good within \(Format.threshold(bound)), \(range)"
    }
  }
}

extension RecordError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .notJSON(let detail): "not JSON: \(detail)"
    case .unsupportedSchema(nil): "not a Refute record: there is no \"schema\""
    case .unsupportedSchema(let found?):
      "a record of schema \"\(found)\"; this version reads \"\(Record.currentSchema)\""
    case .malformed(let path, let detail): "not a valid record: \(path) \(detail)"
    case .cannotRead(let path, let detail): "cannot read \(path): \(detail)"
    case .cannotWrite(let path, let detail): "cannot write \(path): \(detail)"
    }
  }
}

extension LedgerError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .cannotRead(let path, let detail): "cannot read \(path): \(detail)"
    case .wrongTitle(let path, let found, let expected):
      "\(path.line):1: found \(found.shown), expected the line \(expected): is this another file?"
    case .malformed(let path, let line, let found, let expected):
      "\(path.line):\(line): found \(found.shown), expected \(expected): restore the file from version control, or "
        + "write it anew with the command that its comment names"
    }
  }
}

extension String {
  /// A text from a file, in an error.
  fileprivate var shown: String { isEmpty ? "nothing" : "`\(line.shortened(to: 80))`" }
}

extension Record.Registration {
  /// How far the claim is what was locked, before it is scored.
  public var statement: String {
    switch status {
    case .unlocked: "not locked"
    case .late: "locked after a score of it was known"
    case .locked: "locked"
    case .changed: "changed since it was locked: \(changes.map(\.line).joined(separator: "; "))"
    }
  }

  /// Whether the claim was locked before its data was scored, in one or two sentences.
  var sentence: String {
    let time = (locked ?? "an unknown time").line.shortened(to: 40)
    switch status {
    case .unlocked: return "Not locked before it was scored."
    case .late: return "Locked at \(time), after a score of it was known: the lock shows nothing."
    case .locked: return "Locked at \(time), before it was scored; nothing has changed since." + known
    case .changed:
      return "Locked at \(time), and changed since: \(changes.map(\.line).joined(separator: "; "))." + known
    }
  }

  private var known: String {
    guard let others, others > 0 else { return "" }
    return others == 1
      ? " By then 1 other claim on some of the same files had been scored."
      : " By then \(Format.count(others)) other claims on some of the same files had been scored."
  }
}

extension Record {
  /// How many claims were locked before they were scored; `nil` where the record does not say.
  var registrationSummary: String? {
    let known = hypotheses.compactMap(\.registration)
    guard !known.isEmpty else { return nil }
    let locked = known.count { $0.status == .locked }
    let changed = known.count { $0.status == .changed }
    let count = locked == 0 ? "none" : Format.count(locked)
    let claims = known.count == 1 ? "1 claim" : "\(Format.count(known.count)) claims"
    let rest = changed == 0 ? "" : "; \(Format.count(changed)) changed since the lock"
    return "Locked before scoring: \(count) of \(claims)\(rest)."
  }
}

extension Record.Tail {
  /// `tail about 0.000012 (approximate)`; `nil` where it is not a number. How far below 1e-10 a fitted tail lies is nothing to
  /// read: the record has the number.
  var words: String? {
    p.finite.map {
      "tail \($0 < 1e-10 ? "below 1e-10" : "about \(Format.probability($0))") (approximate\(constrained ? ", held to reach the claim" : ""))"
    }
  }
}

extension Record.Premise {
  /// Which cell of a family it is: `layer 3`.
  var place: String? {
    at.map {
      $0.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ").line.shortened(
        to: 80)
    }
  }
}

extension Record.Claim {
  /// The cell of a family that decides: `layer 3, head 7 of 72 cells`.
  var decidingCell: String? {
    guard let family, let best = family.best else { return nil }
    let place = family.axes.compactMap { axis in best[axis.name].map { "\(axis.name) \($0)" } }
    return (place.joined(separator: ", ") + ", of \(Format.count(family.size)) cells").line.shortened(to: 120)
  }
}
