internal import Hypotheses

// Families of measures with a probe: `for layer in [2, 4] { measure score = r2 { predict t[x] from nouns[layer] } }`.
extension HypothesisChecker {
  /// The most members that a family of probes may have: each is fitted in every world of every rival.
  static let mostProbes = 1_000

  /// Checks a measure with a probe in a `for` block: every member as if it had been written out. The first that is wrong
  /// is the one that is told of.
  mutating func probeFamily(_ measure: MeasureSyntax, _ statement: Statement) -> MeasureEntry {
    var entry = MeasureEntry(name: measure.name)
    let errorsBefore = sink.errorCount
    let places = variables(of: measure)
    guard !places.isEmpty else { return checkProbe(measure, statement) }
    entry.isFamily = true
    for place in places { use(axis: place) }
    guard places.allSatisfy({ scope.axes[$0].values != nil }),
      let cells = combinations(of: places, atMost: Self.mostProbes, at: measure.metric.span)
    else { return entry }
    for (index, cell) in cells.enumerated() {
      let before = sink
      let member = checkProbe(substituted(measure, by: cell), statement)
      // A remark that holds for all members is made once.
      if index > 0, sink.errorCount == before.errorCount, sink.repeats(before) { sink = before }
      entry.members.append(member)
      guard sink.errorCount == before.errorCount else { break }
    }
    merge(entry.members, into: &entry)
    let targets = entry.members.map(\.targets?.selection)
    if entry.metric == .mse, Set(targets).count > 1 {
      sink.report(
        .unfitStatement, "`mse` has another unit for every target, so the members cannot be compared",
        at: measure.metric.span, helps: ["measure `r2`"])
    }
    guard sink.errorCount == errorsBefore else { return entry }
    let members = zip(cells, entry.members).compactMap { cell, member in
      member.measurement.map {
        ProbeFamily.Member(coordinates: places.compactMap { cell[$0] }, measurement: $0)
      }
    }
    guard members.count == cells.count else { return entry }
    entry.family = ProbeFamily(
      name: measure.name.text,
      axes: places.map { Axis(name: scope.axes[$0].name.text, values: scope.axes[$0].values ?? []) },
      members: members, location: statement.span.location(in: path))
    return entry
  }

  /// The variables that choose a tensor or a target column.
  private func variables(of measure: MeasureSyntax) -> [Int] {
    var places: Set<Int> = []
    for statement in measure.statements {
      guard case .predict(let predict) = statement.kind else { continue }
      var names = [predict.member].compactMap(\.self)
      if case .columns(_, let columns) = predict.targets.kind { names += columns }
      places.formUnion(names.compactMap { variable(in: $0) })
    }
    return places.sorted()
  }

  private func variable(in name: Name) -> Int? {
    name.isQuoted || name.number != nil ? nil : scope.place(of: name.text)
  }

  /// The measure as it would be written for one member.
  private func substituted(_ measure: MeasureSyntax, by cell: [AxisValue?]) -> MeasureSyntax {
    func written(_ name: Name) -> Name {
      guard let place = variable(in: name), let value = cell[place] else { return name }
      return Name(text: value.description, span: name.span, isQuoted: true)
    }
    var measure = measure
    for (index, statement) in measure.statements.enumerated() {
      guard case .predict(var predict) = statement.kind else { continue }
      predict.member = predict.member.map(written)
      if case .columns(let data, let columns) = predict.targets.kind {
        predict.targets.kind = .columns(data: data, columns: columns.map(written))
      }
      measure.statements[index].kind = .predict(predict)
    }
    return measure
  }

  /// The tensor that stands for a wildcard, and its value as text; `nil` where there is none, which has been told.
  mutating func member(
    _ name: Name, of used: (entry: DataEntry, tensors: [TensorDescription], isPattern: Bool), _ data: Name
  ) -> (tensor: TensorDescription, value: String)? {
    var value = name.text
    if let number = name.number?.value {
      guard let whole = Int(exactly: number) else {
        sink.report(
          .wrongType, "\(quoted(name.text)) is no whole number, so it is part of no name of a tensor",
          at: name.span)
        return nil
      }
      value = "\(whole)"
    }
    guard let wanted = used.entry.tensorName(for: value), used.isPattern else {
      sink.report(
        .wildcardRepresentation,
        used.isPattern
          ? "\(quoted(data.text)) has several wildcards, and brackets fill in one"
          : "\(quoted(data.text)) means one tensor, so there is none to choose",
        at: name.span,
        helps: ["declare the data with one `*`, such as `tensor: \"layer.*\"`"])
      return nil
    }
    guard let tensor = used.entry.tensor(for: value) else {
      sink.report(
        .unknownTensor, "\(quoted(data.text)) holds no tensor \(quoted(wanted))", at: name.span,
        notes: ["its tensors are \(list(used.tensors.map(\.name)))"])
      return nil
    }
    return (tensor, value)
  }

  /// What is said of several measures together, where a claim is about all of them: the targets of all, the fewest items.
  func merge(_ sides: [MeasureEntry], into merged: inout MeasureEntry) {
    guard let first = sides.first else { return }
    merged.metric = first.metric
    merged.representation = first.representation
    merged.grouped = first.grouped
    merged.items = sides.compactMap(\.items).min()
    guard var targets = first.targets else { return }
    var known = Set(targets.selection.columns)
    for side in sides.dropFirst() {
      guard let others = side.targets, others.selection.data == targets.selection.data else { return }
      for (index, column) in others.selection.columns.enumerated() where known.insert(column).inserted {
        targets.selection.columns.append(column)
        if others.selection.categories.contains(column) { targets.selection.categories.append(column) }
        targets.descriptions.append(others.descriptions[index])
        targets.spans.append(others.spans[index])
      }
    }
    merged.targets = targets
  }
}

extension DiagnosticSink {
  /// Whether everything that was found since then had been found before.
  fileprivate func repeats(_ before: DiagnosticSink) -> Bool {
    let known = Set(before.diagnostics.map { Finding($0) })
    return diagnostics.dropFirst(before.diagnostics.count).allSatisfy { known.contains(Finding($0)) }
  }

  private struct Finding: Hashable {
    var rule: Rule
    var message: String
    var bytes: Range<Int>

    init(_ diagnostic: Diagnostic) {
      (rule, message, bytes) = (diagnostic.rule, diagnostic.message, diagnostic.bytes)
    }
  }
}
