internal import Hypotheses

/// What is known of a `measure`, whole or not.
struct MeasureEntry {
  var name: Name
  var metric: Metric?
  var targets: ResolvedColumns?
  var representation: Name?
  /// Rows that have every target, as far as the columns' own counts tell.
  var items: Int?
  /// The column that folds are grouped by.
  var grouped: ResolvedColumn?
  /// The whole, where nothing is wrong with it.
  var measurement: Measurement?
  var isUsed = false
  /// Which of the tensors that a wildcard means is read.
  var member: String?
  /// Whether the entry stands for a comparison, or for a family of measures with a probe.
  var isComparison = false
  var isFamily = false
  /// The measures of a comparison or a family, as far as they are known.
  var members: [MeasureEntry] = []
  /// The whole family, where nothing is wrong with it.
  var family: ProbeFamily?
  /// Whether it is measured on sentences, and what is known of it then.
  var isText = false
  var text: TextEntry?
  /// The columns that folds are linked by.
  var linked: ResolvedColumns?

  /// The measures that a claim on this one is about.
  var sides: [MeasureEntry] { isComparison || isFamily ? members : [self] }
}

extension HypothesisChecker {
  mutating func checkUnit() {
    only("unit")
    guard case .unit(let value)? = statements("unit").first?.kind, let column = column(value, table: nil)
    else { return }
    warnAboutMissing(column.description, of: column.reference.data, rows: column.rows, at: column.span)
    checkIdentity(column.description, of: column.reference.data, at: column.span)
    guard moreThanOneGroup(column, "every item would be one and the same unit") else { return }
    unit = column
  }

  /// Complains about a column that puts everything into one group.
  mutating func moreThanOneGroup(_ column: ResolvedColumn, _ consequence: String) -> Bool {
    guard column.description.distinct < 2 else { return true }
    sink.report(
      .oneGroup, "\(quoted(column.reference.description)) has one value only", at: column.span,
      notes: (column.description.repetition.first.map { ["it is \(quoted($0.text)) throughout"] } ?? [])
        + [consequence])
    return false
  }

  mutating func checkMeasures() {
    for statement in syntax.statements {
      if case .family(let family) = statement.kind {
        scope = self.scope(of: family)
        scopes[statement.span.start.offset] = scope
        isInFamily = true
        for inner in family.statements { checkMeasure(inner) }
      } else {
        scope = Scope()
        isInFamily = false
        checkMeasure(statement)
      }
    }
    scope = Scope()
    isInFamily = false
  }

  private mutating func checkMeasure(_ statement: Statement) {
    switch statement.kind {
    case .measure(let measure):
      let isNew = declare(measure.name, first: measurePlaces[measure.name.text].map { measures[$0].name })
      let entry = entry(measure, statement)
      guard isNew else { return }
      measurePlaces[measure.name.text] = measures.count
      measures.append(entry)
    case .broken(declares: let name?) where statement.keyword.text == "measure":
      if measurePlaces[name.text] == nil { measurePlaces[name.text] = measures.count }
      measures.append(MeasureEntry(name: name))
    default: break
    }
  }

  private mutating func entry(_ measure: MeasureSyntax, _ statement: Statement) -> MeasureEntry {
    if let signature = TextQuantity.signatures.first(where: { $0.keyword == measure.metric.name.text }) {
      return checkText(measure, signature, statement)
    }
    if isInFamily, Metric.signatures.contains(where: { $0.keyword == measure.metric.name.text }) {
      return probeFamily(measure, statement)
    }
    return checkProbe(measure, statement)
  }

  /// Checks a `measure` with a probe.
  mutating func checkProbe(_ measure: MeasureSyntax, _ statement: Statement) -> MeasureEntry {
    let errorsBefore = sink.errorCount
    var entry = MeasureEntry(name: measure.name)
    entry.metric = metric(measure.metric)
    for keyword in Block.measure.keywords where keyword != Residualized.keyword {
      only(keyword, in: measure.statements)
    }
    for statement in measure.statements where ["relation", "from"].contains(statement.keyword.text) {
      sink.report(
        .unfitStatement, "`\(statement.keyword.text)` says nothing about a probe", at: statement.keyword.span,
        notes: ["only `\(HeadAccuracy.signature.keyword)` is about relations"])
    }
    let inner = { (keyword: String) in measure.statements.first { $0.keyword.text == keyword } }

    var tensors: [TensorDescription] = []
    if let predict = inner("predict") {
      if case .predict(let predict) = predict.kind {
        entry.representation = predict.representation
        (tensors, entry.member) = representation(predict)
        entry.targets = columns(predict.targets, table: nil)
      }
    } else {
      sink.report(
        .missingStatement, "\(quoted(measure.name.text)) does not say what is predicted",
        at: measure.name.span,
        helps: ["add `predict table.column from data`"])
    }
    if let targets = entry.targets {
      check(targets, for: entry.metric, items: &entry.items)
      if let metric = entry.metric { checkSize(of: metric, measure.metric, targets, items: entry.items) }
    }
    if let name = entry.representation, let targets = entry.targets, let place = dataPlaces[name.text] {
      _ = belongs(data[place], to: targets.selection.data, at: name.span)
    }
    if let targets = entry.targets, let unit, unit.reference.data != targets.selection.data {
      sink.report(
        .otherTable,
        "the targets are in \(quoted(targets.selection.data)), the unit is in "
          + quoted(unit.reference.data), at: targets.span,
        notes: ["the unit is a column of the table that holds the targets"])
      entry.targets = nil
    }
    let probe = self.probe(inner("probe"), metric: entry.metric)
    let folds = self.folds(inner("folds"), &entry)
    if let probe, let metric = entry.metric, metric.isOnline {
      checkCodes(probe, inner("probe"), metric, at: measure.metric.span)
    }
    if let probe, let folds {
      checkFit(of: probe, inner("probe"), metric: entry.metric, items: entry.items, folds: folds)
      checkChoice(of: probe, inner("probe"), entry)
    }
    let items = itemPolicy(inner("items"))
    let residualized = residualized(measure, entry, trainedOn: folds)
    if let tensor = tensors.first, let rows = tensor.shape.first {
      let errors = sink.errorCount
      checkCoverage(entry, rows: rows, items, inner("items"))
      if errors == sink.errorCount, let name = entry.representation, let targets = entry.targets {
        checkKeys(of: name, tensor, for: targets, items ?? .complete)
      }
    }

    if sink.errorCount == errorsBefore, let metric = entry.metric, let targets = entry.targets,
      let representation = entry.representation, let probe, let folds
    {
      entry.measurement = Measurement(
        name: measure.name.text, metric: metric, targets: targets.selection,
        representation: representation.text, member: entry.member, probe: probe, folds: folds,
        items: items ?? .complete, residualized: residualized, location: statement.span.location(in: path))
    }
    return entry
  }

  private mutating func metric(_ call: Call) -> Metric? {
    guard
      let signature = signature(
        of: call.name,
        among: (Metric.signatures + TextQuantity.signatures).sorted { $0.keyword < $1.keyword },
        rule: .unknownMetric, what: "metric")
    else { return nil }
    let bound = bind(call, to: signature, table: nil)
    guard bound.isComplete, let metric = Metric(keyword: signature.keyword) else { return nil }
    let gold = bound.string("gold").flatMap { Gold(rawValue: $0) } ?? .ones
    switch metric {
    case .f1(var metric):
      if case .number(let threshold)? = bound.values["threshold"] { metric.threshold = .fixed(threshold) }
      return .f1(metric)
    case .precisionAtK(var metric):
      if let k = bound.integer("k") { metric.k = .fixed(k) }
      metric.gold = gold
      return .precisionAtK(metric)
    case .meanAveragePrecision: return .meanAveragePrecision(gold)
    case .neighbourhoodAccuracy(var metric):
      metric.n = bound.integer("n") ?? metric.n
      metric.similarity = similarity(bound) ?? metric.similarity
      return .neighbourhoodAccuracy(metric)
    case .descriptionLength:
      return .descriptionLength(DescriptionLength(orders: bound.integer("orders") ?? 1))
    default: return metric
    }
  }

  func similarity(_ bound: Bound) -> Similarity? {
    bound.string("similarity").flatMap { Similarity(rawValue: $0) }
  }

  /// The tensor that a probe reads, and which of several it is.
  private mutating func representation(_ predict: PredictSyntax) -> ([TensorDescription], member: String?) {
    let name = predict.representation
    guard let used = useActivations(name) else { return ([], nil) }
    if let member = predict.member {
      return self.member(member, of: used, name).map { ([$0.tensor], $0.value) } ?? ([], nil)
    }
    guard !used.isPattern else {
      sink.report(
        .wildcardRepresentation,
        "\(quoted(name.text)) means \(counted(used.tensors.count, "tensor")) by a wildcard; a probe reads one",
        at: name.span,
        notes: ["several tensors are several twins, for `withstand untrained(...)`, or a family, for `for`"],
        helps: [
          "say between brackets what stands for the wildcard, or declare the tensor by its own name, such as "
            + quoted(used.tensors[0].name)
        ])
      return ([], nil)
    }
    return (used.tensors, nil)
  }

  // MARK: Targets

  private mutating func check(_ targets: ResolvedColumns, for metric: Metric?, items: inout Int?) {
    let data = targets.selection.data
    var missing = 0
    for (column, span) in zip(targets.descriptions, targets.spans) {
      let name = quoted(ColumnReference(data: data, column: column.name).description)
      missing = max(missing, column.missing)
      if column.name == targets.key {
        sink.report(
          .keyAsValue, "\(name) is the key of its table", at: span,
          notes: ["a key only identifies items: every value occurs once, so nothing about it can be learned"])
        continue
      }
      let areClasses = metric.map { [.classes, .binary].contains($0.targetKind) } ?? false
      if areClasses { checkIdentity(column, of: data, at: span) }
      guard (areClasses ? column.distinct : column.values) > 1 else {
        sink.report(
          .constantColumn,
          column.distinct == 0 ? "\(name) is empty" : "\(name) has the same value everywhere", at: span,
          notes: ["there is nothing to predict"])
        continue
      }
      warnAboutMissing(column, of: data, rows: targets.rows, at: span)
      if let metric {
        let takesNames = [.classes, .binary].contains(metric.targetKind)
        guard takesNames || isOfOneKind(column, of: data, rows: targets.rows, takesNames: false, at: span)
        else { continue }
        check(column, name, for: metric, filled: targets.rows - column.missing, at: span)
      }
    }
    items = max(0, targets.rows - missing)
    if let metric, !metric.targetCount.contains(targets.descriptions.count) {
      let isOne = targets.descriptions.count == 1
      sink.report(
        isOne ? .oneTarget : .severalTargets,
        isOne
          ? "`\(metric.keyword)` compares target columns with each other, and there is one only"
          : "`\(metric.keyword)` scores one target, not \(targets.descriptions.count)",
        at: targets.span,
        notes: isOne
          ? []
          : ["\(quoted(document.file.text(targets.span.bytes))) means \(list(targets.selection.columns))"],
        helps: [
          isOne
            ? "predict several columns, such as `norms[is_*]`"
            : metric == .spearman
              ? "write one `measure` per target, or measure `spearman_per_feature` or `r2` of all of them at once"
              : "write one `measure` per target, or measure `r2` of all of them at once"
        ])
    }
  }

  /// A k or an n that the data cannot have.
  private mutating func checkSize(
    of metric: Metric, _ call: Call, _ targets: ResolvedColumns, items: Int?
  ) {
    let columns = targets.descriptions.count
    switch metric {
    case .precisionAtK(let metric):
      guard case .fixed(let k) = metric.k, k >= columns else { return }
      sink.report(
        .kExceedsColumns, "the \(k) largest of \(counted(columns, "column")) are all of them", at: call.span,
        notes: ["`precision_at_k` would be the density of the data, whatever is predicted"],
        helps: [columns > 1 ? "ask for fewer than \(columns), or write `k: gold`" : "predict more columns"])
    case .neighbourhoodAccuracy(let metric):
      guard let items, metric.n >= items else { return }
      sink.report(
        .kExceedsColumns, "the \(metric.n) nearest of \(counted(items, "item")) are all of them",
        at: call.span, notes: ["every item would be found"], helps: ["ask for fewer neighbours"])
    default: break
    }
  }

  private mutating func check(
    _ column: ColumnDescription, _ name: String, for metric: Metric, filled: Int, at span: Span
  ) {
    switch metric.targetKind {
    case .numeric:
      guard !column.isNumeric else { return }
      sink.report(
        .targetKind,
        "`\(metric.keyword)` needs numbers, and \(name) holds \(column.distinct) different names", at: span,
        helps: ["for classes there are `accuracy`, `balanced_accuracy` and, for two classes, `auc`"])
    case .binary:
      guard column.distinct != 2 else { return }
      sink.report(
        .targetKind,
        "`\(metric.keyword)` needs exactly two classes, and \(name) has \(column.distinct) values", at: span,
        helps: [
          column.isNumeric && column.distinct > 10
            ? "for numbers there are `r2` and `spearman`" : "for more classes there is `balanced_accuracy`"
        ])
    case .indicators:
      guard !column.isIndicator else { return }
      var helps = ["give 0/1 columns"]
      if metric.signature.parameters.contains(where: { $0.name == "gold" }) {
        helps = ["if every number above 0 is gold, say so: `gold: positive`"]
      }
      sink.report(
        .hiddenBinarisation,
        "`\(metric.keyword)` needs columns of 0 and 1, and \(name) "
          + (column.isNumeric ? "holds other numbers" : "holds names"), at: span,
        notes: ["turning numbers into features behind the reader's back is how scores get another meaning"],
        helps: helps)
    case .strengths:
      guard !column.isNumeric || (column.range.map { $0.lowerBound < 0 } ?? false) else { return }
      sink.report(
        .hiddenBinarisation,
        "`\(metric.keyword)` takes what is above 0 for gold, and \(name) "
          + (column.isNumeric ? "goes below 0" : "holds names"), at: span,
        helps: ["give numbers from 0 up, such as production frequencies, or 0/1 columns"])
    case .classes:
      guard column.distinct * 2 > filled else {
        return warnAboutNumbers(column, name, filled: filled, at: span)
      }
      sink.report(
        .tooManyClasses, "\(name) has \(column.distinct) different values in \(counted(filled, "row"))",
        at: span,
        notes: ["a class must occur both in training and in test: fewer than two rows per class are too few"],
        helps: column.isNumeric ? ["for numbers there are `r2` and `spearman`"] : [])
    }
  }

  /// Warns about classes that seem to be amounts: numbers with fractions, or so many that a class has few items.
  private mutating func warnAboutNumbers(
    _ column: ColumnDescription, _ name: String, filled: Int, at span: Span
  ) {
    guard column.isNumeric, !column.isWhole || column.distinct > 10 && column.distinct * 10 > filled
    else { return }
    sink.report(
      .numbersAsClasses,
      "\(name) has \(column.distinct) classes in \(counted(filled, "row")), and they are numbers", at: span,
      notes: ["every number is a class of its own, and a near miss counts as a miss"],
      helps: [
        "for amounts there are `r2` and `spearman`",
        "if the numbers are names, say so: `as category` after the column",
      ])
  }

  private mutating func checkCoverage(
    _ entry: MeasureEntry, rows: Int, _ policy: ItemPolicy?, _ statement: Statement?
  ) {
    guard policy != .shared, let items = entry.items, items > rows, let representation = entry.representation
    else {
      return
    }
    if case .broken? = statement?.kind { return }
    sink.report(
      .tooFewActivations,
      "\(items) items have a target, but \(quoted(representation.text)) has \(counted(rows, "row"))",
      at: representation.span,
      notes: ["every item with a target must have its activations, unless the measure says otherwise"],
      helps: ["to measure the items that both have, add `items shared`"])
  }

  private mutating func itemPolicy(_ statement: Statement?) -> ItemPolicy? {
    guard case .items(let word)? = statement?.kind else { return nil }
    if let policy = ItemPolicy(rawValue: word.text) { return policy }
    let words = ItemPolicy.allCases.map(\.rawValue)
    sink.report(
      .unknownWord, "`items` cannot be \(quoted(word.text))", at: word.span,
      notes: ["it is one of \(list(words, last: "or"))"], fix: suggestion(word, among: words))
    return nil
  }

  // MARK: Probes

  private mutating func probe(_ statement: Statement?, metric: Metric?) -> Probe? {
    guard let statement else { return .ridge(Ridge()) }
    guard case .probe(let call) = statement.kind,
      let signature = signature(of: call.name, among: Probe.signatures, rule: .unknownProbe, what: "probe")
    else { return nil }
    let bound = bind(call, to: signature, table: nil)
    guard bound.isComplete else { return nil }
    let probe: Probe
    switch signature.keyword {
    case PLS.signature.keyword: probe = .pls(pls(bound))
    case FFNN.signature.keyword: probe = .ffnn(ffnn(bound))
    case KNN.signature.keyword:
      var knn = KNN()
      knn.k = bound.integer("k") ?? knn.k
      knn.similarity = similarity(bound) ?? knn.similarity
      knn.weights = bound.string("weights").flatMap { KNN.Weights(rawValue: $0) } ?? knn.weights
      knn.scale = scale(bound) ?? knn.scale
      probe = .knn(knn)
    case LabelPropagation.signature.keyword:
      var propagation = LabelPropagation()
      propagation.neighbours = bound.integer("neighbours") ?? propagation.neighbours
      propagation.similarity = similarity(bound) ?? propagation.similarity
      propagation.scale = scale(bound) ?? propagation.scale
      probe = .labelPropagation(propagation)
    case Logistic.signature.keyword:
      var logistic = Logistic()
      logistic.penalty = bound.number("penalty") ?? logistic.penalty
      logistic.scale = scale(bound) ?? logistic.scale
      probe = .logistic(logistic)
    default: probe = .ridge(ridge(bound))
    }
    let predictsClasses = metric.map { [.classes, .binary].contains($0.targetKind) }
    if probe.needsClasses, predictsClasses == false, let metric {
      sink.report(
        .unfitProbe, "`\(signature.keyword)` predicts classes, and `\(metric.keyword)` scores numbers",
        at: call.name.span,
        helps: ["measure `accuracy`, `balanced_accuracy` or `auc`, or choose another probe"])
      return nil
    }
    return probe
  }

  private func scale(_ bound: Bound) -> FeatureScale? {
    bound.string("scale").flatMap { FeatureScale(rawValue: $0) }
  }

  private mutating func pls(_ bound: Bound) -> PLS {
    var pls = PLS()
    pls.scale = scale(bound) ?? pls.scale
    switch bound.values["components"] {
    case .text?:
      var grid = PLS.defaultGrid
      if case .numbers(let numbers)? = bound.values["grid"] {
        grid = numbers.map { Int($0.rounded()) }.sorted()
        if let odd = numbers.first(where: { $0 != $0.rounded() }), let span = bound.spans["grid"] {
          sink.report(
            .outOfRange, "a number of components is whole, not \(digits(odd))", at: span)
        }
      }
      pls.components = .chosen(grid: grid)
    case .integer(let count)?: pls.components = .fixed(count)
    default: break
    }
    if case .fixed = pls.components, let span = bound.spans["grid"] {
      sink.report(
        .ineffectiveArgument, "`grid` has no effect: the number of components is fixed", at: span,
        helps: ["to choose from the grid, write `components: cv`"])
    }
    return pls
  }

  private func ffnn(_ bound: Bound) -> FFNN {
    var ffnn = FFNN()
    ffnn.hidden = bound.integer("hidden") ?? ffnn.hidden
    ffnn.activation = bound.string("activation").flatMap { FFNN.Activation(rawValue: $0) } ?? ffnn.activation
    ffnn.dropout = bound.number("dropout") ?? ffnn.dropout
    ffnn.weightDecay = bound.number("weight_decay") ?? ffnn.weightDecay
    ffnn.learningRate = bound.number("learning_rate") ?? ffnn.learningRate
    ffnn.batch = bound.integer("batch") ?? ffnn.batch
    ffnn.epochs = bound.integer("epochs") ?? ffnn.epochs
    ffnn.patience = bound.integer("patience") ?? ffnn.patience
    ffnn.validation = bound.number("validation") ?? ffnn.validation
    ffnn.scale = scale(bound) ?? ffnn.scale
    return ffnn
  }

  private mutating func ridge(_ bound: Bound) -> Ridge {
    var ridge = Ridge()
    if let scale = bound.string("scale") { ridge.standardized = scale == "standard" }
    var grid = Penalty.defaultGrid
    if case .numbers(let numbers)? = bound.values["grid"] { grid = numbers.sorted() }
    switch bound.values["penalty"] {
    case .number(let penalty)?:
      ridge.penalty = .fixed(penalty)
      if let span = bound.spans["grid"] {
        sink.report(
          .ineffectiveArgument, "`grid` has no effect: the penalty is fixed", at: span,
          helps: ["to choose from the grid, write `penalty: loo`"])
      }
    case .text(let rule)?: ridge.penalty = .chosen(PenaltyRule(rawValue: rule) ?? .leaveOneOut, grid: grid)
    default: ridge.penalty = .chosen(.leaveOneOut, grid: grid)
    }
    return ridge
  }

  // MARK: Folds

  private mutating func folds(_ statement: Statement?, _ entry: inout MeasureEntry) -> Folds? {
    var folds = Folds(count: 10)
    if case .descriptionLength(let metric)? = entry.metric {
      if let statement {
        sink.report(
          .unfitStatement, "`description_length` codes every item once, in one order: it has no folds",
          at: statement.keyword.span,
          notes: ["items of one unit share a block anyway; the blocks are those of Voita & Titov (2020)"],
          helps: ["for the mean over several orders, write `description_length(orders: 5)`"])
        return nil
      }
      folds.repeats = metric.orders
      if let unit, !unit.isUnique {
        folds.grouped = unit.reference
        entry.grouped = unit
        checkClassesAreTrained(entry)
      }
      return folds
    }
    guard let statement else {
      // Unsaid, folds respect the unit: the choice that leaks nothing.
      if let unit, !unit.isUnique {
        folds.grouped = unit.reference
        entry.grouped = unit
      }
      checkFoldCount(folds.count, entry, at: entry.name.span)
      checkIsDefined(folds.count, entry, at: entry.name.span)
      return folds
    }
    guard case .folds(let syntax) = statement.kind else { return nil }
    for second in syntax.grouped.dropFirst() {
      sink.report(.duplicateArgument, "a second `grouped by`", at: second.span)
    }
    for second in syntax.repeats.dropFirst() {
      sink.report(.duplicateArgument, "a second `repeated`", at: second.span)
    }
    if let (number, span) = syntax.repeats.first, let value = number.value {
      if let repeats = Int(exactly: value), (1...10_000).contains(repeats) {
        folds.repeats = repeats
      } else {
        sink.report(
          .outOfRange, "folds are repeated from 1 to 10000 times, not \(quoted(number.text))", at: span)
      }
    }
    folds.isStratified = isStratified(syntax, entry)
    if let value = syntax.grouped.first {
      if case .columns(_, let names) = value.kind, names.count > 1 {
        guard let linked = links(value, entry) else { return nil }
        folds.linked = linked.selection
        entry.linked = linked
      } else {
        guard let column = column(value, table: entry.targets?.selection.data) else { return nil }
        warnAboutMissing(column.description, of: column.reference.data, rows: column.rows, at: column.span)
        checkIdentity(column.description, of: column.reference.data, at: column.span)
        guard
          moreThanOneGroup(
            column, "items that share a value stay in one fold: all of them would be in one fold")
        else {
          return nil
        }
        folds.grouped = column.reference
        entry.grouped = column
      }
    }
    guard let value = syntax.count.value else { return nil }
    guard let count = Int(exactly: value), count >= 2 else {
      sink.report(
        .foldCount, "the number of folds is a whole number of at least 2, not \(quoted(syntax.count.text))",
        at: syntax.countSpan)
      return nil
    }
    folds.count = count
    checkFoldCount(count, entry, at: syntax.countSpan)
    checkIsDefined(count, entry, at: syntax.countSpan)
    checkUnitStaysWhole(syntax, entry)
    checkClassesAreTrained(entry)
    return folds
  }

  /// Whether classes are dealt out evenly, and whether that can be.
  private mutating func isStratified(_ syntax: FoldsSyntax, _ entry: MeasureEntry) -> Bool {
    guard let span = syntax.stratified.first else { return false }
    for second in syntax.stratified.dropFirst() {
      sink.report(.duplicateArgument, "a second `stratified`", at: second)
    }
    if let metric = entry.metric, ![.classes, .binary].contains(metric.targetKind) {
      sink.report(
        .unfitStatement, "`stratified` deals out classes, and `\(metric.keyword)` has none", at: span,
        helps: ["leave it out"])
    } else if let repeats = syntax.repeats.first, repeats.number.value != 1 {
      sink.report(
        .unfitStatement, "stratified folds are not repeated", at: span,
        notes: [
          "they depend on the labels, which may then be rearranged within folds only; within the folds of several divisions at once hardly any could move"
        ], helps: ["leave out `repeated`, or `stratified`"])
    } else if isInFamily {
      sink.report(
        .unfitStatement, "the folds of a family are not stratified", at: span,
        notes: ["all members are measured in the same folds, which the labels of one must not decide"],
        helps: ["leave it out"])
    }
    return true
  }

  /// Refuses divisions in which a metric that compares items with each other says nothing: one item in most test folds, or
  /// equal targets in each.
  private mutating func checkIsDefined(_ count: Int, _ entry: MeasureEntry, at span: Span) {
    guard let metric = entry.metric, let targets = entry.targets else { return }
    switch metric {
    case .auc, .spearman, .spearmanPerFeature: break
    default: return
    }
    let advice =
      "a score by items, such as \(metric == .auc ? "`accuracy`" : "`r2`"), is defined for any division"
    if let grouped = entry.grouped {
      guard count == grouped.description.distinct,
        targets.descriptions.allSatisfy({
          facts.isConstant($0.name, within: grouped.reference.column, of: targets.source) == true
        })
      else { return }
      sink.report(
        .undefinedMetric, "`\(metric.keyword)` is not defined in any of these folds", at: span,
        notes: [
          "each of the \(count) folds is one group of \(quoted(grouped.reference.description)), within which the target has one value"
        ], helps: ["ask for fewer folds; \(advice)"])
    } else if entry.linked == nil, let items = entry.items, count <= items, 10 * (items - count) < items {
      // The folds of two items are items - count.
      sink.report(
        .undefinedMetric, "`\(metric.keyword)` compares the items of a test fold, and most folds have one",
        at: span, notes: ["\(counted(items, "item")) in \(count) folds"],
        helps: ["ask for fewer folds, such as `folds \(max(2, min(10, items / 5)))`; \(advice)"])
    }
  }

  /// Columns whose shared values keep items together.
  private mutating func links(_ value: Value, _ entry: MeasureEntry) -> ResolvedColumns? {
    guard let columns = columns(value, table: entry.targets?.selection.data) else { return nil }
    for (column, span) in zip(columns.descriptions, columns.spans) {
      let name = ColumnReference(data: columns.selection.data, column: column.name).description
      guard column.distinct > 1 else {
        sink.report(
          .oneGroup, "\(quoted(name)) has one value only", at: span,
          notes: ["items that share a value stay in one fold: all of them would be in one fold"])
        return nil
      }
      warnAboutMissing(column, of: columns.selection.data, rows: columns.rows, at: span)
      checkIdentity(column, of: columns.selection.data, at: span)
    }
    return columns
  }

  private mutating func checkFoldCount(_ count: Int, _ entry: MeasureEntry, at span: Span) {
    if let fewest = entry.linked?.descriptions.min(by: { $0.distinct < $1.distinct }), count > fewest.distinct
    {
      sink.report(
        .foldCount,
        "\(count) folds cannot be made of the \(fewest.distinct) values of \(quoted(fewest.name))", at: span,
        notes: ["items that share a value of any of the columns stay in one fold"],
        helps: ["ask for `folds \(fewest.distinct)` or fewer"])
    } else if let grouped = entry.grouped, count > grouped.description.distinct {
      sink.report(
        .foldCount,
        "\(count) folds cannot be made of the \(grouped.description.distinct) groups of "
          + quoted(grouped.reference.description), at: span,
        notes: ["items that share a value stay in one fold"],
        helps: ["ask for `folds \(grouped.description.distinct)` or fewer"])
    } else if let items = entry.items, count > items {
      sink.report(
        .foldCount, "\(count) folds cannot be made of \(counted(items, "item"))", at: span,
        helps: items < 2 ? [] : ["ask for `folds \(min(10, items))`"])
    }
  }

  /// Items of one unit in training and in test: the probe may recognise the unit instead of predicting its target.
  private mutating func checkUnitStaysWhole(_ syntax: FoldsSyntax, _ entry: MeasureEntry) {
    guard let unit, !unit.isUnique, entry.targets != nil else { return }
    let name = quoted(unit.reference.description)
    if let linked = entry.linked {
      let keepsUnit = linked.selection.columns.contains {
        facts.isConstant($0, within: unit.reference.column, of: unit.source) != false
      }
      guard !keepsUnit else { return }
      sink.report(
        .foldsSplitUnit, "links by \(list(linked.selection.columns)) split the unit \(name)", at: linked.span,
        notes: ["items of one unit would be both trained on and tested on"],
        helps: ["link by the unit too: add \(quoted(unit.reference.column)) to the columns"])
      return
    }
    guard let grouped = entry.grouped else {
      let place = syntax.countSpan.after
      sink.report(
        .foldsSplitUnit, "folds split the unit \(name)", at: syntax.span,
        notes: ["items of one unit would be both trained on and tested on"],
        fix: sink.fix(
          "write `folds \(syntax.count.text), grouped by \(unit.reference)`", replace: place,
          by: ", grouped by \(unit.reference)"))
      return
    }
    guard facts.isConstant(grouped.reference.column, within: unit.reference.column, of: unit.source) == false
    else {
      return
    }
    sink.report(
      .foldsSplitUnit, "groups of \(quoted(grouped.reference.description)) split the unit \(name)",
      at: grouped.span,
      notes: [
        "items of one \(quoted(unit.reference.column)) differ in \(quoted(grouped.reference.column)), so they would be "
          + "both trained on and tested on"
      ],
      fix: sink.fix("group by the unit itself", replace: grouped.span, by: "\(unit.reference)"))
  }

  /// A class whose items are all in one group is never trained on when it is tested.
  private mutating func checkClassesAreTrained(_ entry: MeasureEntry) {
    guard let grouped = entry.grouped, let targets = entry.targets, let metric = entry.metric,
      [.classes, .binary].contains(metric.targetKind), targets.descriptions.count == 1,
      let target = targets.descriptions.first,
      facts.isConstant(grouped.reference.column, within: target.name, of: targets.source) == true
    else { return }
    sink.report(
      .classInOneFold,
      "every class of \(quoted(ColumnReference(data: targets.selection.data, column: target.name).description)) lies in one group of "
        + quoted(grouped.reference.description), at: grouped.span,
      notes: ["a class that is tested would never have been trained on, so no probe could predict it"])
  }
}
