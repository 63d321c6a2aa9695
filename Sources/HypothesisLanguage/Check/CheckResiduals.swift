internal import Hypotheses

extension HypothesisChecker {
  /// What a measure says of residuals, as far as nothing is wrong with it.
  mutating func residualized(
    _ measure: MeasureSyntax, _ entry: MeasureEntry, trainedOn folds: Folds?
  ) -> Residualized {
    var residualized = Residualized()
    var firstLines: [Residualized.Part: Int] = [:]
    for statement in measure.statements {
      guard case .residualize(let syntax) = statement.kind, let part = part(syntax.part) else { continue }
      if let line = firstLines[part] {
        sink.report(
          .duplicateStatement, "a second `residualize \(part.rawValue)`", at: statement.keyword.span,
          notes: ["the first is at line \(line)"], helps: ["write all columns into one selection"])
        continue
      }
      firstLines[part] = statement.span.start.line
      if part == .targets { checkTargetsHaveResiduals(syntax.part, measure.metric, entry.metric) }
      guard let columns = columns(syntax.columns, table: entry.targets?.selection.data),
        checkConfounds(columns, entry)
      else { continue }
      checkCount(columns, entry, folds)
      residualized[part] = columns.selection
    }
    return residualized
  }

  private mutating func part(_ word: Name) -> Residualized.Part? {
    if let part = Residualized.Part(rawValue: word.text) { return part }
    let words = Residualized.Part.allCases.map(\.rawValue)
    sink.report(
      .unknownWord, "\(quoted(word.text)) cannot be residualised", at: word.span,
      notes: ["it is \(list(words, last: "or")) that can be"], fix: suggestion(word, among: words))
    return nil
  }

  private mutating func checkTargetsHaveResiduals(_ part: Name, _ call: Call, _ metric: Metric?) {
    guard let metric, !metric.takesResiduals else { return }
    let hasClasses = [.classes, .binary].contains(metric.targetKind)
    sink.report(
      .unfitResiduals, "targets of `\(metric.keyword)` have no residuals that it could score", at: part.span,
      notes: [
        hasClasses
          ? "what is left of a class beside its confounds is a number and no class"
          : "what is left of a feature beside its confounds is a number that says nothing of what is gold or near"
      ],
      helps: ["write `residualize representation on ...`, which serves every metric"])
  }

  /// Refuses as many confounds as would explain any training fold whatever is in it.
  private mutating func checkCount(_ columns: ResolvedColumns, _ entry: MeasureEntry, _ folds: Folds?) {
    guard let items = entry.items, let folds, folds.count >= 2, items >= folds.count else { return }
    // Of an online code the second block is trained on the first, which is far smaller: the run finds out.
    let training = items - items / folds.count
    let count = columns.descriptions.reduce(0) { $0 + ($1.isNumeric ? 1 : $1.distinct) }
    guard count + 1 >= training else { return }
    let widest = columns.descriptions.filter { !$0.isNumeric }.max { $0.distinct < $1.distinct }
    sink.report(
      .tooManyConfounds,
      "\(counted(count, "confound column")) would explain \(counted(training, "training item")) whatever they are",
      at: columns.span,
      notes: ["as many columns as there are items fit whatever is there, so that nothing would be left"]
        + (widest.map {
          ["\(quoted($0.name)) alone makes \($0.distinct): a column of names is one for each name"]
        }
          ?? []),
      helps: ["choose fewer columns, or coarser ones"])
  }
}
