internal import Hypotheses

/// What is known of a `vary` statement.
struct VariationEntry {
  var choice: Variation.Choice
  var name: Name
  var options: [Option]

  /// One value, with its place.
  struct Option {
    /// As a reader would write it.
    var label: String
    var span: Span
    var value: Content
  }

  enum Content {
    case probe(Call)
    case metric(Call)
    case folds(NumberLiteral)
    case representation(Name)
    case penalty(Value)
  }

  func variation(in path: String) -> Variation {
    Variation(choice: choice, options: options.map(\.label), location: name.span.location(in: path))
  }
}

extension HypothesisChecker {
  /// The `vary` statements without mistakes of their own; whether their values fit the claim is asked by `specifications`.
  mutating func checkVariations() -> [VariationEntry] {
    var entries: [VariationEntry] = []
    var firstLines: [Variation.Choice: (word: String, line: Int)] = [:]
    for statement in statements("vary") {
      guard case .vary(let syntax) = statement.kind else { continue }
      guard isVariable(statement) else { return [] }
      guard let choice = choice(syntax.choice) else { continue }
      if let first = firstLines[choice.part] {
        sink.report(
          .duplicateStatement, "`\(choice.rawValue)` is varied already", at: syntax.choice.span,
          notes: [
            "the first is `vary \(first.word)` at line \(first.line)"
              + (first.word == choice.rawValue ? "" : ": the two words mean the same")
          ], helps: ["write all values into one list"])
        continue
      }
      firstLines[choice.part] = (choice.rawValue, statement.span.start.line)
      guard let options = options(syntax, choice) else { continue }
      entries.append(VariationEntry(choice: choice, name: syntax.choice, options: options))
    }
    return entries
  }

  /// Whether the claim is one that offers choices: that of a measure with a probe.
  private mutating func isVariable(_ statement: Statement) -> Bool {
    guard case .claim(let requirement)? = statements("claim").first?.kind, let claimed else { return true }
    guard claimed.isComparison || claimed.isText || claimed.isFamily else { return true }
    let name = quoted(requirement.name.text)
    sink.report(
      .unfitChoice,
      claimed.isComparison
        ? "\(name) compares two measures, and choices are varied of one measure only"
        : claimed.isFamily
          ? "\(name) is a family of measures, and choices are varied of one measure only"
          : "\(name) is measured on sentences, and choices are varied of measures with a probe only",
      at: statement.span,
      helps: [
        claimed.isComparison
          ? "claim one of the measures, or write a hypothesis for each choice"
          : "write a hypothesis for each choice"
      ])
    return false
  }

  private mutating func choice(_ name: Name) -> Variation.Choice? {
    if let choice = Variation.Choice(rawValue: name.text) { return choice }
    let words = Variation.Choice.allCases.map(\.rawValue)
    sink.report(
      .unknownChoice, "\(quoted(name.text)) is no choice that can be varied", at: name.span,
      notes: ["it is one of \(list(words, last: "or"))"], fix: suggestion(name, among: words))
    return nil
  }

  private mutating func options(_ syntax: VarySyntax, _ choice: Variation.Choice) -> [VariationEntry.Option]?
  {
    let wanted =
      switch choice.part {
      case .probe: "probes, such as `[ridge, pls(components: 50)]`"
      case .metric: "metrics, such as `[accuracy, balanced_accuracy]`"
      case .folds: "numbers of folds, such as `[5, 10]`"
      case .penalty: "penalties, such as `[0.1, 1, 10]`"
      default: "names of data, such as `[layer2, layer4]`"
      }
    guard case .list(let values) = syntax.values.kind, !values.isEmpty else {
      sink.report(
        .wrongType,
        "`vary \(choice.rawValue)` takes a list of \(wanted), not \(syntax.values.kind.description)",
        at: syntax.values.span)
      return nil
    }
    var options: [VariationEntry.Option] = []
    var seen: Set<String> = []
    var isComplete = true
    for value in values {
      guard let option = option(value, choice, wanted) else {
        isComplete = false
        continue
      }
      guard seen.insert(option.label).inserted else {
        isComplete = false
        sink.report(
          .duplicateEntry, "the \(choice.rawValue) \(quoted(option.label)) stands here twice", at: value.span)
        continue
      }
      options.append(option)
    }
    return isComplete ? options : nil
  }

  private mutating func option(
    _ value: Value, _ choice: Variation.Choice, _ wanted: String
  ) -> VariationEntry.Option? {
    switch (choice.part, value.kind) {
    case (.probe, .word), (.probe, .call), (.metric, .word), (.metric, .call):
      let call: Call
      if case .call(let written) = value.kind {
        call = written
      } else if case .word(let word) = value.kind {
        call = Call(name: Name(text: word, span: value.span), arguments: [], closing: nil, span: value.span)
      } else {
        return nil
      }
      let isProbe = choice == .probe
      guard
        let signature = signature(
          of: call.name, among: isProbe ? Probe.signatures : Metric.signatures,
          rule: isProbe ? .unknownProbe : .unknownMetric, what: choice.rawValue),
        // What is wrong with the arguments is said here, where it stands.
        bind(call, to: signature, table: nil).isComplete
      else { return nil }
      return VariationEntry.Option(
        label: canonical(call, signature), span: value.span, value: isProbe ? .probe(call) : .metric(call))
    case (.folds, .number(let number)):
      guard let count = number.value else { return nil }
      return VariationEntry.Option(label: digits(count), span: value.span, value: .folds(number))
    case (.penalty, .number(let number)):
      guard let penalty = number.value else { return nil }
      return VariationEntry.Option(label: digits(penalty), span: value.span, value: .penalty(value))
    case (.penalty, .word(let word)):
      return VariationEntry.Option(label: word, span: value.span, value: .penalty(value))
    case (.representation, .word(let word)):
      let name = Name(text: word, span: value.span)
      // Marks it as used, and says what is wrong with the name.
      guard let used = useActivations(name) else { return nil }
      guard !used.isPattern else {
        sink.report(
          .wildcardRepresentation,
          "\(quoted(word)) means \(counted(used.tensors.count, "tensor")) by a wildcard; a probe reads one",
          at: value.span,
          helps: ["declare the tensor by its own name, such as \(quoted(used.tensors[0].name))"])
        return nil
      }
      return VariationEntry.Option(label: word, span: value.span, value: .representation(name))
    default:
      sink.report(
        .wrongType, "`vary \(choice.rawValue)` takes \(wanted), not \(value.kind.description)", at: value.span
      )
      return nil
    }
  }

  // MARK: Combinations

  /// Every combination of what is varied, each checked as the hypothesis would be that says it; the claim as written is
  /// added where it is none of them.
  mutating func specifications(of entries: [VariationEntry]) -> [Specification] {
    guard let first = entries.first, let claimed, let written = claimed.measurement,
      let measure = measureSyntax(written.name)
    else { return [] }
    var count = 1
    for entry in entries {
      let (product, overflow) = count.multipliedReportingOverflow(by: entry.options.count)
      count = overflow ? .max : product
    }
    guard count <= Specification.most else {
      sink.report(
        .tooManySpecifications,
        "these choices make \(count == .max ? "far too many" : "\(count)") specifications, and at most \(Specification.most) can be examined",
        at: first.name.span, notes: ["each of them is examined as the claim is, with every rival"],
        helps: ["vary fewer choices, or fewer values of each"])
      return []
    }
    var specifications: [Specification] = []
    var refusals: [Refusal] = []
    for number in 0..<count {
      var places: [Int] = []
      var rest = number
      for entry in entries.reversed() {
        places.insert(rest % entry.options.count, at: 0)
        rest /= entry.options.count
      }
      let options = zip(entries, places).map { $0.options[$1] }
      switch measurement(with: options, in: measure, named: written.name) {
      case .success((let measurement, let caveats)):
        let choices = options.map(\.label)
        if let same = specifications.first(where: { $0.measurement == measurement }) {
          let place = choices.indices.first { choices[$0] != same.choices[$0] } ?? 0
          refusals.append(
            Refusal(
              places: places,
              diagnostic: Diagnostic(
                .duplicateEntry,
                "\(quoted(options[place].label)) is the same as \(quoted(same.choices[place]))",
                at: options[place].span, in: path), isSame: true))
          continue
        }
        specifications.append(
          Specification(
            choices: choices, measurement: measurement, caveats: caveats, isAsWritten: measurement == written)
        )
      case .failure(let failure):
        refusals.append(Refusal(places: places, diagnostic: failure.diagnostic))
      }
    }
    guard refusals.isEmpty else {
      report(refusals, of: count, entries, in: measure, named: written.name)
      return []
    }
    if !specifications.contains(where: \.isAsWritten) {
      let own = entries.map { label(of: $0.choice, in: measure, written) }
      specifications.insert(Specification(choices: own, measurement: written, isAsWritten: true), at: 0)
    }
    guard specifications.count > 1 else {
      sink.report(
        .unfitChoice, "nothing varies: the only value is the one that the measure has", at: first.name.span,
        helps: ["add another value, or leave the statement out"])
      return []
    }
    return specifications
  }

  private func measureSyntax(_ name: String) -> MeasureSyntax? {
    for statement in syntax.statements {
      if case .measure(let measure) = statement.kind, measure.name.text == name { return measure }
    }
    return nil
  }

  private struct Unfit: Error {
    var diagnostic: Diagnostic
  }

  /// A combination that the checker refuses, and why.
  private struct Refusal {
    var places: [Int]
    var diagnostic: Diagnostic
    var isSame = false
  }

  /// The claimed measurement under some values: the hypothesis is checked anew as if it had been written with them.
  private func measurement(
    with options: [VariationEntry.Option], in measure: MeasureSyntax, named name: String
  ) -> Result<(Measurement, [Caveat]), Unfit> {
    var measure = measure
    // A penalty is an argument of the probe, whichever that is.
    for option in options {
      if case .penalty = option.value { continue }
      apply(option, to: &measure)
    }
    for option in options {
      if case .penalty = option.value { apply(option, to: &measure) }
    }
    var changed = syntax
    // What says nothing about the claimed measure stays out: it has been checked, and may be large.
    changed.statements = syntax.statements.compactMap { statement in
      switch statement.kind {
      case .vary, .premise, .family, .compare, .expect: return nil
      case .measure(let found) where found.name.text == name:
        var copy = statement
        copy.kind = .measure(measure)
        return copy
      case .measure: return nil
      default: return statement
      }
    }
    var checker = HypothesisChecker(changed, of: document, facts: facts, sink: DiagnosticSink(path: path))
    let hypothesis = checker.run()
    if let error = checker.sink.diagnostics.first(where: { $0.severity == .error }) {
      return .failure(Unfit(diagnostic: error))
    }
    guard let hypothesis, let measurement = hypothesis.measurement(named: name) else {
      return .failure(
        Unfit(
          diagnostic: Diagnostic(
            .internalError, "the choices cannot be resolved", at: options[0].span, in: path)))
    }
    return .success((measurement, hypothesis.caveats))
  }

  private func apply(_ option: VariationEntry.Option, to measure: inout MeasureSyntax) {
    func replace(_ keyword: String, by kind: StatementKind) {
      if let place = measure.statements.firstIndex(where: { $0.keyword.text == keyword }) {
        measure.statements[place].kind = kind
      } else {
        measure.statements.append(
          Statement(keyword: Name(text: keyword, span: option.span), kind: kind, span: option.span))
      }
    }
    let statements = measure.statements
    let old = { (keyword: String) in statements.first { $0.keyword.text == keyword }?.kind }
    switch option.value {
    case .metric(let call): measure.metric = call
    case .probe(let call): replace("probe", by: .probe(call))
    case .representation(let name):
      guard case .predict(var predict)? = old("predict") else { return }
      predict.representation = name
      // What was chosen among the tensors of the one says nothing of the other.
      predict.member = nil
      replace("predict", by: .predict(predict))
    case .folds(let number):
      var folds = FoldsSyntax(
        count: number, countSpan: option.span, grouped: [], repeats: [], span: option.span)
      if case .folds(let written)? = old("folds") {
        folds.grouped = written.grouped
        folds.repeats = written.repeats
        folds.stratified = written.stratified
      } else if let unit, !unit.isUnique, case .unit(let value)? = self.statements("unit").first?.kind {
        // Unsaid, folds are grouped by the unit, however many there are.
        folds.grouped = [value]
      }
      replace("folds", by: .folds(folds))
    case .penalty(let value):
      var call = Call(
        name: Name(text: Ridge.signature.keyword, span: option.span), arguments: [], closing: nil,
        span: option.span)
      if case .probe(let written)? = old("probe") { call = written }
      call.arguments.removeAll { $0.label?.text == "penalty" }
      call.arguments.append(
        Argument(label: Name(text: "penalty", span: option.span), value: value, span: option.span))
      replace("probe", by: .probe(call))
    }
  }

  /// What the claim as written says of a choice.
  private func label(
    of choice: Variation.Choice, in measure: MeasureSyntax, _ written: Measurement
  ) -> String {
    switch choice.part {
    case .metric: return canonical(measure.metric, written.metric.signature)
    case .folds: return "\(written.folds.count)"
    case .penalty:
      switch written.probe {
      case .ridge(let ridge):
        switch ridge.penalty {
        case .fixed(let penalty): return digits(penalty)
        case .chosen(let rule, _): return rule.rawValue
        }
      case .logistic(let logistic): return digits(logistic.penalty)
      default: return "none"
      }
    case .probe:
      for statement in measure.statements {
        if case .probe(let call) = statement.kind { return canonical(call, written.probe.signature) }
      }
      return written.probe.keyword
    default:
      return written.member.map { "\(written.representation)[\($0)]" } ?? written.representation
    }
  }

  /// Says of every value once why it does not fit: first what is refused where nothing else is changed, then what only
  /// goes wrong together.
  private mutating func report(
    _ refusals: [Refusal], of count: Int, _ entries: [VariationEntry], in measure: MeasureSyntax,
    named name: String
  ) {
    var alone: Set<[Int]> = []
    for (axis, entry) in entries.enumerated() {
      for (place, option) in entry.options.enumerated() {
        guard refusals.contains(where: { !$0.isSame && $0.places[axis] == place }),
          case .failure(let failure) = measurement(with: [option], in: measure, named: name)
        else { continue }
        alone.insert([axis, place])
        report(option, failure.diagnostic)
      }
    }
    var told: Set<[Int]> = []
    for refusal in refusals {
      let places = refusal.places
      if refusal.isSame {
        if told.insert([refusal.diagnostic.bytes.lowerBound]).inserted { sink.add(refusal.diagnostic) }
        continue
      }
      if entries.indices.contains(where: { alone.contains([$0, places[$0]]) }) { continue }
      func isAlways(_ axis: Int) -> Bool {
        refusals.count { $0.places[axis] == places[axis] } * entries[axis].options.count == count
      }
      // Of values that go wrong together, the one that does so with whatever else, or the last.
      let axis = entries.indices.last { isAlways($0) && entries[$0].options.count > 1 } ?? entries.count - 1
      guard told.insert([axis, places[axis]]).inserted else { continue }
      let others = entries.indices.filter { $0 != axis }.map {
        "\(entries[$0].choice.rawValue) \(quoted(entries[$0].options[places[$0]].label))"
      }
      report(
        entries[axis].options[places[axis]], refusal.diagnostic,
        notes: others.isEmpty ? [] : ["together with " + others.joined(separator: ", ")])
    }
  }

  private mutating func report(
    _ option: VariationEntry.Option, _ diagnostic: Diagnostic, notes: [String] = []
  ) {
    sink.report(
      .unfitChoice, "with \(quoted(option.label)) the claim cannot be tested: \(diagnostic.message)",
      at: option.span, notes: notes + diagnostic.notes, helps: ["leave it out of the list"])
  }
}
