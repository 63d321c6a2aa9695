internal import Hypotheses

// Rivals about what the targets are: random and irrelevant ones, their categories, their neighbours; and the one about a
// comparison.
extension HypothesisChecker {
  mutating func randomNorms(_ bound: Bound, _ call: Call, _ claimed: MeasureEntry?) -> Rival? {
    guard let word = bound.string("kind"), let kind = RandomNorms.Kind(rawValue: word) else { return nil }
    for side in claimed?.sides ?? [] {
      guard let targets = side.targets else { continue }
      let areNumbers = side.metric.map { ![.classes, .binary].contains($0.targetKind) } ?? true
      guard areNumbers, targets.descriptions.count > 1 else {
        sink.report(
          .unfitRival, "`random_norms` needs several columns of numbers", at: call.name.span,
          notes: [
            areNumbers
              ? "\(quoted(side.name.text)) predicts one column, which rearranges as labels do"
              : "\(quoted(side.name.text)) predicts classes"
          ], helps: ["set `permuted_labels` against it"])
        return nil
      }
    }
    var rival = RandomNorms(kind: kind)
    if let replicates = bound.integer("replicates") { rival.replicates = replicates }
    return .randomNorms(rival)
  }

  mutating func irrelevantTarget(_ bound: Bound, _ call: Call, _ claimed: MeasureEntry?) -> Rival? {
    guard case .columns(let columns)? = bound.values["columns"] else { return nil }
    if let metric = claimed?.metric, !metric.isFreeOfUnits {
      sink.report(
        .unfitRival, "`irrelevant_target` cannot be scored by `\(metric.keyword)`", at: call.name.span,
        notes: [
          metric == .mse
            ? "errors of different quantities have different units"
            : "only correlations and coefficients of determination mean the same for any numbers"
        ],
        helps: ["to ask what such columns explain, write `confounds`"])
      return nil
    }
    let count = columns.descriptions.count
    if let metric = claimed?.metric, !metric.targetCount.contains(count) {
      sink.report(
        count == 1 ? .oneTarget : .severalTargets,
        "`\(metric.keyword)` cannot score \(counted(count, "irrelevant column"))", at: columns.span)
      return nil
    }
    var isSound = true
    for (column, span) in zip(columns.descriptions, columns.spans) {
      let name = quoted(ColumnReference(data: columns.selection.data, column: column.name).description)
      if predicts(column.name, of: columns.selection.data, claimed) {
        sink.report(
          .irrelevantIsTarget, "\(name) is what is predicted", at: span,
          notes: ["the target is not irrelevant to the claim"])
      } else if column.name == columns.key {
        sink.report(
          .keyAsValue, "\(name) is the key of its table", at: span,
          notes: ["a key only identifies items: nothing about it can be learned"])
      } else if column.values < 2 {
        sink.report(
          .constantColumn,
          column.distinct == 0 ? "\(name) is empty" : "\(name) has the same value everywhere", at: span,
          notes: ["there is nothing to predict"])
      } else if !isOfOneKind(
        column, of: columns.selection.data, rows: columns.rows, takesNames: false, at: span)
      {
        isSound = false
      } else if !column.isNumeric {
        sink.report(
          .targetKind, "`irrelevant_target` needs numbers, and \(name) holds names", at: span)
      } else {
        warnAboutMissing(column, of: columns.selection.data, rows: columns.rows, at: span)
        continue
      }
      isSound = false
    }
    return isSound ? .irrelevantTarget(IrrelevantTarget(columns: columns.selection)) : nil
  }

  mutating func categoryMeans(_ bound: Bound, _ claimed: MeasureEntry?) -> Rival? {
    guard let by = bound.column("by"),
      moreThanOneGroup(by, "one category of all items has their mean, which is `mean_predictor`")
    else { return nil }
    let name = quoted(by.reference.description)
    guard !predicts(by.reference.column, of: by.reference.data, claimed) else {
      sink.report(
        .confoundIsTarget, "\(name) is what is predicted", at: by.span,
        notes: ["a predictor that is told its own target is no rival"])
      return nil
    }
    guard !by.isUnique else {
      sink.report(
        .unfitRival, "every item has a category of its own in \(name)", at: by.span,
        notes: ["no test item has a training item of its category"], helps: ["choose a coarser column"])
      return nil
    }
    warnAboutMissing(by.description, of: by.reference.data, rows: by.rows, at: by.span)
    checkIdentity(by.description, of: by.reference.data, at: by.span)
    return .categoryMeans(CategoryMeans(by: by.reference))
  }

  mutating func knnCopy(_ bound: Bound, _ claimed: MeasureEntry?) -> Rival? {
    var rival = KNNCopy()
    if let k = bound.integer("k") { rival.k = k }
    if let similarity = similarity(bound) { rival.similarity = similarity }
    if let items = claimed?.items, rival.k >= items, let span = bound.spans["k"] {
      sink.report(
        .outOfRange, "the \(rival.k) nearest of \(counted(items, "item")) are more than can be trained on",
        at: span)
      return nil
    }
    return .knnCopy(rival)
  }

  mutating func swappedSides(_ bound: Bound, _ call: Call, _ claimed: MeasureEntry?) -> Rival? {
    if let claimed, !claimed.isComparison {
      sink.report(
        .unfitRival,
        "`swapped_sides` needs two sides, and \(quoted(claimed.name.text)) is \(claimed.isFamily ? "a family of measures" : "one measure")",
        at: call.name.span, helps: ["it is set against a `compare`"])
      return nil
    }
    if let metric = claimed?.metric, !metric.isRatioOfSums {
      sink.report(
        .unfitRival, "`swapped_sides` cannot be scored by `\(metric.keyword)`", at: call.name.span,
        notes: [
          "what one item contributes to `\(metric.keyword)` depends on the others, so it cannot change sides"
        ],
        helps: ["set `permuted_labels` against it"])
      return nil
    }
    if let sides = claimed?.members, sides.count == 2,
      let better = sides[0].measurement, let worse = sides[1].measurement,
      better.folds.repeats != worse.folds.repeats
    {
      sink.report(
        .unfitRival, "`swapped_sides` needs as many divisions into folds on both sides", at: call.name.span,
        notes: ["one side repeats its folds \(better.folds.repeats) times, the other \(worse.folds.repeats)"])
      return nil
    }
    var rival = SwappedSides()
    if let replicates = bound.integer("replicates") { rival.replicates = replicates }
    return .swappedSides(rival)
  }

  private func predicts(_ column: String, of data: String, _ claimed: MeasureEntry?) -> Bool {
    guard let targets = claimed?.targets else { return false }
    return targets.selection.data == data && targets.selection.columns.contains(column)
  }
}
