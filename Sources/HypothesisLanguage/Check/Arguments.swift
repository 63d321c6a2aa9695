internal import Hypotheses

/// The arguments of a call, understood by its signature.
struct Bound {
  var values: [String: Decoded] = [:]
  /// Where each argument's value stands.
  var spans: [String: Span] = [:]
  /// Whether nothing was wrong and nothing is missing.
  var isComplete = true

  func string(_ name: String) -> String? {
    if case .text(let text)? = values[name] { text } else { nil }
  }

  func integer(_ name: String) -> Int? {
    if case .integer(let number)? = values[name] { number } else { nil }
  }

  func number(_ name: String) -> Double? {
    if case .number(let number)? = values[name] { number } else { nil }
  }

  func column(_ name: String) -> ResolvedColumn? {
    if case .column(let column)? = values[name] { column } else { nil }
  }

  /// A number or a word, or the variable that stands for it.
  func slot(_ name: String) -> Slot? {
    switch values[name] {
    case .integer(let number)?: .number(number)
    case .text(let word)?: .word(word)
    case .variable(let place)?: .axis(place)
    default: nil
    }
  }
}

enum Decoded {
  case integer(Int)
  case number(Double)
  case numbers([Double])
  /// A choice, a string or a name.
  case text(String)
  case texts([String])
  case column(ResolvedColumn)
  case columns(ResolvedColumns)
  case representations([Name])
  case range(ClosedRange<Int>)
  case words([Name])
  /// A variable of the family, by its place in the scope.
  case variable(Int)
}

extension HypothesisChecker {
  /// The signature that a name calls; complains if there is none.
  mutating func signature(of name: Name, among signatures: [Signature], rule: Rule, what: String)
    -> Signature?
  {
    if let found = signatures.first(where: { $0.keyword == name.text }) { return found }
    let keywords = signatures.map(\.keyword)
    sink.report(
      rule, "there is no \(what) \(quoted(name.text))", at: name.span, notes: ["known: \(list(keywords))"],
      fix: suggestion(name, among: keywords))
    return nil
  }

  /// Matches the arguments of a call with the parameters of its signature and reads their values.
  /// - Parameter table: the table whose columns make sense as arguments.
  mutating func bind(_ call: Call, to signature: Signature, table: String?) -> Bound {
    var bound = Bound()
    var given: Set<String> = []
    // An argument without a known place may be the one that is missing: that is one mistake, not two.
    var hasUnplaced = false
    for (position, argument) in call.arguments.enumerated() {
      guard let parameter = parameter(of: argument, at: position, signature) else {
        bound.isComplete = false
        hasUnplaced = true
        continue
      }
      guard given.insert(parameter.name).inserted else {
        bound.isComplete = false
        sink.report(.duplicateArgument, "a second `\(parameter.name)`", at: argument.span)
        continue
      }
      if let value = decode(argument.value, parameter.kind, parameter.name, table: table) {
        bound.values[parameter.name] = value
        bound.spans[parameter.name] = argument.value.span
      } else {
        bound.isComplete = false
      }
    }
    for parameter in signature.parameters
    where parameter.defaultText == nil && !given.contains(parameter.name) {
      bound.isComplete = false
      if hasUnplaced { break }
      sink.report(
        .missingArgument,
        "\(quoted(call.name.text)) needs \(parameter.isPositional ? "its" : "an") argument "
          + "`\(parameter.name)`: \(parameter.summary)", at: call.span,
        helps: ["write `\(usage(signature))`"])
    }
    return bound
  }

  private mutating func parameter(of argument: Argument, at position: Int, _ signature: Signature)
    -> Parameter?
  {
    if let label = argument.label {
      if let found = signature.parameters.first(where: { $0.name == label.text }) { return found }
      let names = signature.parameters.map(\.name)
      sink.report(
        .unknownArgument, "`\(signature.keyword)` has no argument \(quoted(label.text))", at: label.span,
        notes: [names.isEmpty ? "it takes no arguments" : "its arguments are \(list(names))"]
          + refusal(of: label.text, signature),
        fix: suggestion(label, among: names))
      return nil
    }
    if position == 0, let first = signature.parameters.first, first.isPositional { return first }
    guard !signature.parameters.isEmpty else {
      sink.report(.unknownArgument, "`\(signature.keyword)` takes no arguments", at: argument.span)
      return nil
    }
    // Where only one parameter could be meant, say so.
    let free = signature.parameters.filter { parameter in
      !parameter.isPositional && !signature.parameters.isEmpty && fits(argument.value, parameter.kind)
    }
    let start = Span(start: argument.span.start, end: argument.span.start)
    sink.report(
      .missingLabel, "this argument needs its label", at: argument.span,
      notes: ["arguments of `\(signature.keyword)`: \(list(signature.parameters.map(\.name)))"],
      fix: free.count == 1
        ? sink.fix("write `\(free[0].name):` before it", replace: start, by: "\(free[0].name): ") : nil)
    return nil
  }

  /// Why a metric has no argument that other programs have.
  private func refusal(of label: String, _ signature: Signature) -> [String] {
    guard let metric = Metric(keyword: signature.keyword) else { return [] }
    let ranks =
      switch metric {
      case .precisionAtK, .meanAveragePrecision: true
      default: false
      }
    switch label {
    case "order", "sort", "ascending", "descending", "reverse":
      return ranks ? ["features are always ranked by descending prediction: the largest first"] : []
    case "binarize", "binarise", "threshold", "cutoff":
      return ["nothing is turned into 0 and 1 on the way"]
        + (ranks ? ["`gold` says what is gold: the 1 of 0/1 columns, or every number above 0"] : [])
    default: return []
    }
  }

  /// Whether a value has the form that a parameter asks for.
  private func fits(_ value: Value, _ kind: ParameterKind) -> Bool {
    switch (kind, value.kind) {
    case (.integer, .number), (.number, .number), (.numbers, .list), (.column, .column), (.columns, .column),
      (.columns, .columns), (.representations, .word), (.representations, .list), (.string, .string),
      (.name, .word), (.name, .string), (.range, .range), (.words, .word), (.words, .list), (.texts, .string),
      (.texts, .list), (.literal, .string):
      true
    case (.choice(let words), .word(let word)): words.contains(word)
    case (.oneOf(let kinds), _): kinds.contains { fits(value, $0) }
    default: false
    }
  }

  /// How a call reads in full.
  private func usage(_ signature: Signature) -> String {
    let arguments = signature.parameters.filter { $0.defaultText == nil }.map {
      $0.isPositional ? example($0.kind) : "\($0.name): \(example($0.kind))"
    }
    return "\(signature.keyword)(\(arguments.joined(separator: ", ")))"
  }

  private func example(_ kind: ParameterKind) -> String {
    switch kind {
    case .integer: "10"
    case .number: "0.1"
    case .numbers: "[0.1, 1, 10]"
    case .choice(let words): words.first ?? "word"
    case .column: "table.column"
    case .columns: "table[column, column]"
    case .representations: "twins"
    case .range: "-5...5"
    case .words: "VERB"
    case .string: "\"...\""
    case .texts: "[\"NA\"]"
    case .literal(let texts): quotedLiteral(texts.first ?? "")
    case .name: "column"
    case .oneOf(let kinds): kinds.first.map(example) ?? "..."
    }
  }

  /// How a message names what is wanted.
  private func wanted(_ kind: ParameterKind) -> String {
    switch kind {
    case .integer: "a whole number"
    case .number: "a number"
    case .numbers: "a list of numbers, such as `[0.1, 1, 10]`"
    case .choice(let words): "one of \(list(words, last: "or"))"
    case .column: "a column"
    case .columns: "columns"
    case .representations: "the name of data, or several between brackets"
    case .range: "a range, such as `-5...5`"
    case .words: "a word, such as `VERB`, or several between brackets"
    case .string: "a text between quotes"
    case .texts: "a text between quotes, or several between brackets"
    case .literal(let texts): "one of \(list(texts.map(quotedLiteral), last: "or"))"
    case .name: "a name"
    case .oneOf(let kinds): kinds.map(wanted).joined(separator: " or ")
    }
  }

  // MARK: Values

  private mutating func decode(_ value: Value, _ kind: ParameterKind, _ parameter: String, table: String?)
    -> Decoded?
  {
    if takesVariables, case .word(let word) = value.kind {
      switch kind {
      case .integer(let range):
        guard let slot = variable(Name(text: word, span: value.span)), let place = slot.axis else {
          return nil
        }
        return numberVariable(place, in: range, parameter, value.span)
      case .choice(let words):
        if let place = scope.place(of: word) {
          use(axis: place)
          return wordVariable(place, among: words, parameter, value.span)
        }
      default: break
      }
    }
    switch (kind, value.kind) {
    case (.range(let limits), .range(let range)):
      return bounds(range, within: limits, parameter, at: value.span).map { .range($0) }
    case (.words, .word(let word)): return .words([Name(text: word, span: value.span)])
    case (.words, .list(let values)) where !values.isEmpty:
      let names = values.compactMap { value -> Name? in
        if case .word(let word) = value.kind { Name(text: word, span: value.span) } else { nil }
      }
      if names.count == values.count {
        return distinct(names, what: "word").count == names.count ? .words(names) : nil
      }
    case (.oneOf(let kinds), _):
      if let kind = kinds.first(where: { fits(value, $0) }) {
        return decode(value, kind, parameter, table: table)
      }
      // A misspelt choice has the form of a choice, although it is none.
      if case .word = value.kind,
        let choice = kinds.first(where: { if case .choice = $0 { true } else { false } })
      {
        return decode(value, choice, parameter, table: table)
      }
    case (.integer(let range), .number(let number)):
      guard let found = number.value else { return nil }
      guard let whole = Int(exactly: found), range.contains(whole) else {
        outOfRange(
          number, "a whole number", "\(range.lowerBound)", "\(range.upperBound)", parameter, value.span)
        return nil
      }
      return .integer(whole)
    case (.number(let range), .number(let number)):
      guard let found = number.value else { return nil }
      guard range.contains(found) else {
        outOfRange(number, "a number", range, parameter, value.span)
        return nil
      }
      return .number(found)
    case (.numbers(let range), .list(let values)):
      return numbers(values, in: range, parameter, value.span)
    case (.choice(let words), .word(let word)):
      if words.contains(word) { return .text(word) }
      sink.report(
        .unknownWord, "`\(parameter)` cannot be \(quoted(word))", at: value.span,
        notes: ["it is one of \(list(words, last: "or"))"],
        fix: suggestion(Name(text: word, span: value.span), among: words))
      return nil
    case (.column, _):
      return column(value, table: table).map { .column($0) }
    case (.columns, _):
      return columns(value, table: table).map { .columns($0) }
    case (.representations, .word(let word)):
      return .representations([Name(text: word, span: value.span)])
    case (.representations, .list(let values)) where !values.isEmpty:
      let names = values.compactMap { value -> Name? in
        if case .word(let word) = value.kind { Name(text: word, span: value.span) } else { nil }
      }
      if names.count == values.count {
        let kept = distinct(names, what: "name")
        return kept.count == names.count ? .representations(names) : nil
      }
    case (.string, .string(let text)), (.name, .string(let text)):
      guard !text.isEmpty else {
        sink.report(.emptyText, "`\(parameter)` is empty", at: value.span)
        return nil
      }
      return .text(text)
    case (.texts, .string), (.texts, .list): return texts(value, parameter)
    case (.literal(let texts), .string(let text)):
      if texts.contains(text) { return .text(text) }
      sink.report(
        .unknownWord, "`\(parameter)` cannot be \(quoted(text))", at: value.span,
        notes: ["it is \(wanted(kind))"])
      return nil
    case (.name, .word(let word)):
      return .text(word)
    default: break
    }
    var fix: FixIt?
    if case .string = kind, case .word(let word) = value.kind {
      fix = sink.fix("write it between quotes", replace: value.span, by: quotedLiteral(word))
    }
    if case .name = kind, case .column(_, let column) = value.kind {
      let text = document.file.text(column.span.bytes)
      fix = sink.fix("write the column's own name, \(quoted(text))", replace: value.span, by: text)
    }
    if case .representations = kind, case .string(let text) = value.kind,
      let entry = data.first(where: { $0.declaration?.source.path == text })
    {
      fix = sink.fix("did you mean \(quoted(entry.name.text))?", replace: value.span, by: entry.name.text)
    }
    sink.report(
      .wrongType, "`\(parameter)` is \(wanted(kind)), not \(value.kind.description)", at: value.span, fix: fix
    )
    return nil
  }

  /// One or several texts, none empty and none twice.
  private mutating func texts(_ value: Value, _ parameter: String) -> Decoded? {
    var values = [value]
    if case .list(let several) = value.kind { values = several }
    guard !values.isEmpty else {
      sink.report(.emptyText, "`\(parameter)` is empty", at: value.span, helps: ["give at least one text"])
      return nil
    }
    var texts: [String] = []
    for value in values {
      guard case .string(let text) = value.kind else {
        var fix: FixIt?
        if case .word(let word) = value.kind {
          fix = sink.fix("write it between quotes", replace: value.span, by: quotedLiteral(word))
        }
        sink.report(
          .wrongType, "`\(parameter)` is \(wanted(.texts)), not \(value.kind.description)", at: value.span,
          fix: fix)
        return nil
      }
      guard !text.isEmpty else {
        sink.report(.emptyText, "an empty text says nothing: empty cells are missing anyway", at: value.span)
        return nil
      }
      guard !texts.contains(where: { $0.utf8.elementsEqual(text.utf8) }) else {
        sink.report(.duplicateEntry, "the text \(quoted(text)) stands here twice", at: value.span)
        return nil
      }
      texts.append(text)
    }
    return .texts(texts)
  }

  private mutating func numberVariable(
    _ place: Int, in range: ClosedRange<Int>, _ parameter: String, _ span: Span
  ) -> Decoded? {
    let axis = scope.axes[place]
    guard let numbers = axis.numbers, let values = axis.values else { return nil }
    guard numbers.count == values.count else {
      sink.report(
        .wrongType, "`\(parameter)` is a whole number, and \(quoted(axis.name.text)) takes names", at: span)
      return nil
    }
    if let bad = numbers.first(where: { !range.contains($0) }) {
      outOfRange(
        NumberLiteral(text: "\(bad)", value: Double(bad)), "a whole number", "\(range.lowerBound)",
        "\(range.upperBound)", parameter, axis.domain.span)
      return nil
    }
    return .variable(place)
  }

  private mutating func wordVariable(_ place: Int, among words: [String], _ parameter: String, _ span: Span)
    -> Decoded?
  {
    let axis = scope.axes[place]
    guard let values = axis.values else { return nil }
    if let bad = values.first(where: { !words.contains($0.description) }) {
      sink.report(
        .unknownWord, "`\(parameter)` cannot be \(quoted(bad.description))", at: axis.domain.span,
        notes: ["it is one of \(list(words, last: "or"))"])
      return nil
    }
    return .variable(place)
  }

  private mutating func numbers(
    _ values: [Value], in range: ClosedRange<Double>, _ parameter: String, _ span: Span
  ) -> Decoded? {
    guard !values.isEmpty else {
      sink.report(.outOfRange, "`\(parameter)` is empty", at: span, helps: ["give at least one number"])
      return nil
    }
    var numbers: [Double] = []
    var seen: Set<Double> = []
    for value in values {
      guard case .number(let number) = value.kind else {
        sink.report(
          .wrongType, "`\(parameter)` is a list of numbers, not of \(value.kind.description)", at: value.span)
        return nil
      }
      guard let found = number.value else { return nil }
      guard range.contains(found) else {
        outOfRange(number, "a number", range, parameter, value.span)
        return nil
      }
      guard seen.insert(found).inserted else {
        sink.report(.duplicateEntry, "the number \(digits(found)) stands here twice", at: value.span)
        return nil
      }
      numbers.append(found)
    }
    return .numbers(numbers)
  }

  private mutating func outOfRange(
    _ number: NumberLiteral, _ what: String, _ range: ClosedRange<Double>, _ parameter: String, _ span: Span
  ) {
    outOfRange(
      number, what, range.lowerBound.isFinite ? digits(range.lowerBound) : nil,
      range.upperBound.isFinite ? digits(range.upperBound) : nil, parameter, span)
  }

  private mutating func outOfRange(
    _ number: NumberLiteral, _ what: String, _ lower: String?, _ upper: String?, _ parameter: String,
    _ span: Span
  ) {
    let range =
      switch (lower, upper) {
      case (let lower?, let upper?): "from \(lower) to \(upper)"
      case (let lower?, nil): "of at least \(lower)"
      case (nil, let upper?): "of at most \(upper)"
      case (nil, nil): "of any size"
      }
    sink.report(.outOfRange, "`\(parameter)` is \(what) \(range), not \(quoted(number.text))", at: span)
  }

  // MARK: Canonical text

  /// A call as reports show it: arguments in the order of the signature, numbers in their shortest form.
  func canonical(_ call: Call, _ signature: Signature) -> String {
    var parts: [String] = []
    for (index, parameter) in signature.parameters.enumerated() {
      for (position, argument) in call.arguments.enumerated() {
        if argument.label?.text == parameter.name {
          parts.append(
            parameter.isPositional
              ? canonical(argument.value) : "\(parameter.name): \(canonical(argument.value))")
        } else if argument.label == nil, index == 0, position == 0, parameter.isPositional {
          parts.append(canonical(argument.value))
        }
      }
    }
    return parts.isEmpty ? signature.keyword : "\(signature.keyword)(\(parts.joined(separator: ", ")))"
  }

  private func canonical(_ value: Value) -> String {
    switch value.kind {
    case .string(let text): quotedLiteral(text)
    case .number(let number): number.value.map(digits) ?? number.text
    case .word(let word): word
    case .column(let data, let column): "\(data.text).\(canonical(column))"
    case .columns(let data, let columns): "\(data.text)[\(columns.map(canonical).joined(separator: ", "))]"
    case .list(let values): "[\(values.map(canonical).joined(separator: ", "))]"
    case .range(let range):
      (range.isBest ? "best of " : "") + (range.lower.value.map(digits) ?? range.lower.text)
        + (range.isClosed ? "..." : "..<") + (range.upper.value.map(digits) ?? range.upper.text)
    case .call(let call): call.name.text
    }
  }

  private func canonical(_ column: Name) -> String {
    (column.isQuoted ? quotedLiteral(column.text) : column.text) + (column.isCategory ? " as category" : "")
  }
}
