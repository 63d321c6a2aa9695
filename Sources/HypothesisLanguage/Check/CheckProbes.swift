internal import Hypotheses

extension HypothesisChecker {
  /// Refuses a probe whose predictions are no probabilities that labels could be coded with.
  mutating func checkCodes(_ probe: Probe, _ statement: Statement?, _ metric: Metric, at span: Span) {
    if case .logistic = probe { return }
    var place = span
    if case .probe(let call)? = statement?.kind { place = call.name.span }
    sink.report(
      .unfitProbe, "`\(metric.keyword)` codes labels with the probabilities of `logistic`", at: place,
      notes: ["`\(probe.keyword)` is fitted to something else, and its predictions make no code"],
      helps: ["write `probe logistic(penalty: 1)`"])
  }

  /// Refuses a probe that cannot learn anything from data of this size, as far as headers tell.
  /// - Parameter items: how many items there are at most.
  mutating func checkFit(
    of probe: Probe, _ statement: Statement?, metric: Metric?, items: Int?, folds: Folds
  ) {
    guard case .probe(let call)? = statement?.kind else { return }
    if let metric, metric.readsTrainingFit, probe.copiesTargets {
      sink.report(
        .unfitProbe,
        "a threshold cannot be chosen from the training fit of `\(probe.keyword)`, which is the targets themselves",
        at: call.span, helps: ["fix it in the metric: `\(metric.keyword)(threshold: 0.5)`"])
    }
    if case .ffnn(let network) = probe, network.learningRate * network.weightDecay >= 1 {
      sink.report(
        .unfitProbe, "every step would remove all weights: `learning_rate` times `weight_decay` is 1 or more",
        at: call.span, notes: ["decay multiplies the weights by 1 - learning_rate * weight_decay"])
    }
    guard let items, folds.count >= 2, items >= folds.count else { return }
    // Groups may leave all items but one to training.
    let training = folds.grouped == nil && folds.linked == nil ? items - items / folds.count : items - 1
    switch probe {
    case .knn(let probe) where probe.weights == .uniform && probe.k >= training:
      sink.report(
        .unfitProbe, "the \(probe.k) nearest of \(counted(training, "training item")) are all of them",
        at: call.span, notes: ["every prediction would be the mean of the training fold"],
        helps: training < 2 ? [] : ["ask for fewer than \(training) neighbours"])
    case .labelPropagation(let probe) where probe.neighbours >= items - 1:
      sink.report(
        .unfitProbe,
        "with \(probe.neighbours) neighbours each, \(counted(items, "item")) are all joined to each other",
        at: call.span, notes: ["every prediction would be the mean of the training fold"],
        helps: ["ask for far fewer neighbours, such as 10"])
    case .ffnn(let probe) where probe.validation * Double(training) < 1:
      sink.report(
        .unfitProbe,
        "`validation: \(digits(probe.validation))` of \(counted(training, "training item")) is less than one item",
        at: call.span, notes: ["early stopping needs items to stop by; there is no choosing from none"],
        helps: ["keep a larger share, such as `validation: 0.1`"])
    default: break
    }
  }

  /// Warns of a penalty that is chosen item by item where several items belong together.
  mutating func checkChoice(of probe: Probe, _ statement: Statement?, _ entry: MeasureEntry) {
    guard case .ridge(let ridge) = probe, case .chosen(.generalizedCrossValidation, _) = ridge.penalty,
      case .probe(let call)? = statement?.kind,
      let rule = call.arguments.first(where: {
        guard case .word(let word) = $0.value.kind else { return false }
        return PenaltyRule(rawValue: word) == .generalizedCrossValidation
      })?.value.span
    else { return }
    let together: String
    if let grouped = entry.grouped ?? unit, !grouped.isUnique {
      together = quoted(grouped.reference.description)
    } else if let linked = entry.linked,
      let column = linked.descriptions.first(where: { $0.distinct < linked.rows })
    {
      together = quoted(ColumnReference(data: linked.selection.data, column: column.name).description)
    } else {
      return
    }
    sink.report(
      .gcvIgnoresUnit, "`gcv` chooses the penalty item by item, and items of one \(together) belong together",
      at: rule,
      notes: ["what items of a unit share looks like knowledge of them, so the penalty comes out too small"],
      fix: sink.fix("leave out whole units", replace: rule, by: PenaltyRule.leaveOneOut.rawValue))
  }
}

extension Probe {
  /// Whether the fit of a training item is that item's own target, whatever the data.
  fileprivate var copiesTargets: Bool {
    switch self {
    case .labelPropagation: true
    case .knn(let probe): probe.k == 1 || probe.weights == .similarity && probe.similarity == .euclidean
    default: false
    }
  }
}
