internal import Hypotheses

/// A variable of a `for` line.
struct ScopedAxis {
  var name: Name
  /// `nil` where its values could not be understood, which has been told.
  var values: [AxisValue]?
  /// Where the values are written.
  var domain: Value

  var numbers: [Int]? {
    values.map { $0.compactMap { if case .number(let number) = $0 { number } else { nil } } }
  }

  var words: [String]? {
    values.map { $0.compactMap { if case .word(let word) = $0 { word } else { nil } } }
  }
}

/// The variables that a statement of a family may use. Outside of families there are none.
struct Scope {
  var axes: [ScopedAxis] = []
  /// Whether all variables are known. If not, one that is missed is no error.
  var isWhole = true

  func place(of name: String) -> Int? { axes.firstIndex { $0.name.text == name } }
}

/// A part of a measurement that is written once and may differ from cell to cell.
enum Slot {
  case number(Int)
  case word(String)
  /// The value of a variable, by its place in the scope.
  case axis(Int)

  var axis: Int? { if case .axis(let place) = self { place } else { nil } }

  /// - Parameter cell: the value of every variable.
  func number(in cell: [AxisValue?]) -> Int {
    switch self {
    case .number(let number): return number
    case .axis(let place):
      if case .number(let number)? = cell[place] { return number }
      return 0
    case .word: return 0
    }
  }

  func word(in cell: [AxisValue?]) -> String {
    switch self {
    case .word(let word): word
    case .axis(let place): cell[place]?.description ?? ""
    case .number(let number): "\(number)"
    }
  }
}

extension HypothesisChecker {
  /// The most members that a family may have.
  static let mostCells = 100_000

  /// The axis that `or back` adds.
  private static let directionAxis = "direction"

  /// The variables of a family, with their values.
  mutating func scope(of family: FamilySyntax) -> Scope {
    var scope = Scope(isWhole: family.isWhole)
    var places: [String: Int] = [:]
    for binding in family.bindings {
      if let known = axes[binding.name.span.start.offset] {
        if places[known.name.text] == nil {
          places[known.name.text] = scope.axes.count
          scope.axes.append(known)
        }
        continue
      }
      var axis = ScopedAxis(name: binding.name, domain: binding.domain)
      if let place = places[binding.name.text] {
        sink.report(
          .duplicateName, "\(quoted(binding.name.text)) is a variable of this `for` already",
          at: binding.name.span,
          notes: ["the first is at line \(scope.axes[place].name.span.start.line)"])
        axes[binding.name.span.start.offset] = axis
        continue
      }
      if NamePattern(binding.name.text).hasWildcards {
        sink.report(
          .wrongType, "a name has no wildcards: \(quoted(binding.name.text))", at: binding.name.span)
      }
      if binding.name.text == Self.directionAxis {
        sink.report(
          .reservedKeyword, "a variable cannot be called `direction`", at: binding.name.span,
          notes: ["it is what `or back` varies"])
      }
      if let place = dataPlaces[binding.name.text] {
        sink.report(
          .duplicateName, "\(quoted(binding.name.text)) is the name of data", at: binding.name.span,
          notes: ["it is declared at line \(data[place].name.span.start.line)"])
      }
      axis.values = values(of: binding.domain, name: binding.name.text)
      axes[binding.name.span.start.offset] = axis
      places[binding.name.text] = scope.axes.count
      scope.axes.append(axis)
    }
    return scope
  }

  private mutating func values(of domain: Value, name: String) -> [AxisValue]? {
    switch domain.kind {
    case .range(let range):
      guard !range.isBest else {
        sink.report(
          .wrongType, "a variable takes every value of its range, and `best of` chooses one",
          at: domain.span)
        return nil
      }
      guard let bounds = bounds(range, within: -1_000_000_000...1_000_000_000, name, at: domain.span) else {
        return nil
      }
      guard bounds.count <= Self.mostCells, facts.charge(bounds.count) else {
        tooMany("\(quoted(name)) takes \(bounds.count) values", at: domain.span)
        return nil
      }
      return bounds.map { .number($0) }
    case .list(let list):
      return values(of: list, name: name, at: domain.span)
    default:
      sink.report(
        .wrongType,
        "\(quoted(name)) takes the values of a range or a list, not of \(domain.kind.description)",
        at: domain.span, helps: ["write `\(name) in 0..<6` or `\(name) in [0, 3, 6]`"])
      return nil
    }
  }

  private mutating func values(of list: [Value], name: String, at span: Span) -> [AxisValue]? {
    guard !list.isEmpty else {
      sink.report(.outOfRange, "\(quoted(name)) takes no value", at: span, helps: ["give at least one"])
      return nil
    }
    guard list.count <= Self.mostCells, facts.charge(list.count) else {
      tooMany("\(quoted(name)) takes \(list.count) values", at: span)
      return nil
    }
    var values: [AxisValue] = []
    var seen: Set<AxisValue> = []
    var hasNumbers = false
    for (index, item) in list.enumerated() {
      let value: AxisValue
      switch item.kind {
      case .number(let number):
        guard let found = number.value else { return nil }
        guard let whole = Int(exactly: found), abs(whole) <= 1_000_000_000 else {
          sink.report(
            .outOfRange, "\(quoted(name)) takes whole numbers, not \(quoted(number.text))", at: item.span)
          return nil
        }
        value = .number(whole)
      case .word(let word): value = .word(word)
      case .string(let text):
        guard !text.isEmpty else {
          sink.report(.emptyText, "a value of \(quoted(name)) is empty", at: item.span)
          return nil
        }
        value = .word(text)
      default:
        sink.report(
          .wrongType, "\(quoted(name)) takes numbers or names, not \(item.kind.description)", at: item.span)
        return nil
      }
      let isNumber = if case .number = value { true } else { false }
      if index > 0, isNumber != hasNumbers {
        sink.report(.wrongType, "\(quoted(name)) takes numbers or names, not both", at: item.span)
        return nil
      }
      hasNumbers = isNumber
      guard seen.insert(value).inserted else {
        sink.report(
          .duplicateEntry, "the value \(quoted(value.description)) stands here twice", at: item.span)
        return nil
      }
      values.append(value)
    }
    return values
  }

  /// The whole numbers of a range; complains if there are none.
  mutating func bounds(
    _ range: RangeSyntax, within limits: ClosedRange<Int>, _ name: String, at span: Span
  ) -> ClosedRange<Int>? {
    guard let lower = range.lower.value, let upper = range.upper.value else { return nil }
    guard let first = Int(exactly: lower), let end = Int(exactly: upper), limits.contains(first),
      limits.contains(end)
    else {
      sink.report(
        .outOfRange,
        "the ends of `\(name)` are whole numbers from \(limits.lowerBound) to \(limits.upperBound)", at: span)
      return nil
    }
    let last = range.isClosed ? end : end - 1
    guard first <= last else {
      let turned = "\(min(first, end))\(range.isClosed ? "..." : "..<")\(max(first, end))"
      sink.report(
        .outOfRange, "the range holds no number", at: span,
        notes: first == end ? ["without its upper end, nothing is left of it"] : [],
        fix: sink.fix(
          first == end ? "write `\(first)...\(end)`" : "write `\(turned)`", replace: span,
          by: (range.isBest ? "best of " : "") + (first == end ? "\(first)...\(end)" : turned)))
      return nil
    }
    return first...last
  }

  /// Every combination of the values of some variables, the last changing fastest: the value of each variable in scope.
  /// Complains if there are too many.
  /// - Parameters:
  ///   - factor: how many measures each combination makes.
  ///   - most: how many measures there may be.
  mutating func combinations(
    of places: [Int], times factor: Int = 1, atMost most: Int = mostCells, at span: Span
  ) -> [[AxisValue?]]? {
    let values = places.map { scope.axes[$0].values ?? [] }
    var count = factor
    for values in values {
      count *= values.count
      // The factors are bounded, so this cannot overflow.
      if count > most { break }
    }
    guard count > 0 else { return nil }
    guard count <= most, facts.charge(count) else {
      tooMany(
        "the family has \(count > most ? "more than \(most)" : "\(count)") members", atMost: most, at: span)
      return nil
    }
    var cells: [[AxisValue?]] = [[AxisValue?](repeating: nil, count: scope.axes.count)]
    for (place, values) in zip(places, values) {
      cells = cells.flatMap { cell in
        values.map { value in
          var cell = cell
          cell[place] = value
          return cell
        }
      }
    }
    return cells
  }

  private mutating func tooMany(_ what: String, atMost most: Int = mostCells, at span: Span) {
    sink.report(
      .tooManyCells, "\(what): that is too many", at: span,
      notes: [
        "\(most < Self.mostCells ? "a family of probes" : "a family") has at most \(most) members, and the families of a run have \(Facts.mostCells) together"
      ])
  }

  // MARK: Variables

  /// What a word in the place of a value means where families are: a variable, or nothing.
  mutating func variable(_ name: Name) -> Slot? {
    guard let place = scope.place(of: name.text) else {
      guard scope.isWhole else { return nil }
      let known = scope.axes.map(\.name.text)
      sink.report(
        .unknownVariable, "there is no variable \(quoted(name.text))", at: name.span,
        notes: [known.isEmpty ? "variables are declared by `for`" : "the variables here are \(list(known))"],
        fix: suggestion(name, among: known))
      return nil
    }
    use(axis: place)
    return scope.axes[place].values == nil ? nil : .axis(place)
  }

  mutating func use(axis place: Int) {
    usedVariables.insert(scope.axes[place].name.span.start.offset)
  }

  // MARK: Cells

  /// The members of a family: one for every combination of the variables that the slots use, the last changing fastest.
  /// - Parameter both: whether each member is measured in both directions, which is one axis more.
  mutating func cells(
    _ slots: [Slot], both: Bool = false, at span: Span, _ quantity: ([AxisValue?], Bool) -> TextQuantity
  ) -> (axes: [Axis], cells: [TextCell])? {
    let places = Set(slots.compactMap(\.axis)).sorted()
    guard let combinations = combinations(of: places, times: both ? 2 : 1, at: span) else { return nil }
    var axes = places.map { Axis(name: scope.axes[$0].name.text, values: scope.axes[$0].values ?? []) }
    var cells: [TextCell] = []
    for cell in combinations {
      let coordinates = places.compactMap { cell[$0] }
      if both {
        for (isBack, direction) in [(false, HeadAccuracy.Direction.toHead), (true, .toDependent)] {
          cells.append(
            TextCell(
              coordinates: coordinates + [.word(direction.rawValue)], quantity: quantity(cell, isBack)))
        }
      } else {
        cells.append(TextCell(coordinates: coordinates, quantity: quantity(cell, false)))
      }
    }
    if both {
      axes.append(
        Axis(name: Self.directionAxis, values: HeadAccuracy.Direction.allCases.map { .word($0.rawValue) }))
    }
    return (axes, cells)
  }

  // MARK: Premises and claims of families

  /// Premises that are families can only be held against the members of the family that is claimed.
  mutating func checkPremiseAxes() {
    guard case .claim(let claim)? = statements("claim").first?.kind else { return }
    var axes: [Axis] = []
    if contrastPlaces[claim.name.text] == nil {
      guard let place = measurePlaces[claim.name.text] else { return }
      let claimed = measures[place]
      if claimed.isText, claimed.text?.measurement == nil { return }
      if claimed.isFamily, claimed.family == nil { return }
      axes = claimed.text?.measurement?.axes ?? claimed.family?.axes ?? []
    }
    // Each is looked at once: a premise may be stated many times, and a family may be large.
    var fitting: Set<String> = []
    let values = Dictionary(axes.map { ($0.name, Set($0.values)) }, uniquingKeysWith: { first, _ in first })
    for (measurement, span) in familyPremises
    where measurement.count > 1 && !fitting.contains(measurement.name) {
      fitting.insert(measurement.name)
      for axis in measurement.axes {
        let reason: String
        if let wanted = values[axis.name] {
          if measurement.name == claim.name.text || wanted.isSubset(of: axis.values) { continue }
          reason = "the claim is about other values of \(quoted(axis.name))"
        } else {
          reason =
            axes.isEmpty
            ? "the claim is about one measure" : "the claim has no variable \(quoted(axis.name))"
        }
        sink.report(
          .premiseAxes, "this premise is about \(measurement.count) measures, and \(reason)", at: span,
          notes: ["a premise on a family says for each member of the claimed family whether it counts"],
          helps: [
            axes.isEmpty
              ? "name the layer that the claim needs, such as `layer: 3`"
              : "use the variables of the claimed family only: \(list(axes.map(\.name)))"
          ])
        fitting.remove(measurement.name)
        break
      }
    }
  }

  /// The best of many is high by chance: a rival must be allowed to choose too.
  mutating func checkFamilyNull() {
    guard case .claim(let claim)? = statements("claim").first?.kind,
      let quantifier = claim.quantifier, quantifier.text == Quantifier.any.rawValue,
      let place = measurePlaces[claim.name.text],
      let family = measures[place].text?.measurement.map(FamilyShape.init)
        ?? measures[place].family.map(FamilyShape.init), !family.axes.isEmpty,
      !statements("withstand").isEmpty
    else { return }
    let rivals = statements("withstand").map { statement -> String? in
      if case .withstand(let syntax) = statement.kind { syntax.rival.name.text } else { nil }
    }
    // A statement that could not be read may be the rival that is missed.
    let nulls = family.textKeyword == nil ? Self.probeNulls : Self.familyNulls
    guard !rivals.contains(where: { $0 == nil || nulls.contains($0 ?? "") }) else { return }
    let fitting =
      family.textKeyword.map { TextRival.fitting($0).map(\.keyword).filter(nulls.contains) }
      ?? [PermutedLabels.signature.keyword, RandomEmbedding.signature.keyword]
    sink.report(
      .familyWithoutNull,
      "the best of \(counted(family.count, "measure")) is claimed, and no rival takes the best too",
      at: quantifier.span.through(claim.name.span),
      notes: ["the best of many is high even where there is nothing to find"],
      helps: [
        "set \(list(fitting + [Untrained.signature.keyword], last: "or")) against it"
          + (family.hasSelection ? ", or claim `selected \(claim.name.text)`" : "")
      ])
  }

  /// The rivals of probes with many worlds, in each of which the best member is taken.
  private static let probeNulls: Set<String> = [
    PermutedLabels.signature.keyword, ControlTask.signature.keyword, RandomEmbedding.signature.keyword,
    RandomNorms.signature.keyword, Untrained.signature.keyword,
  ]

  /// Rivals whose worlds have a whole family of their own.
  private static let familyNulls: Set<String> = [
    "permuted_heads", "permuted_attention", "permuted_positions", "random_attention", "random_projection",
    Untrained.signature.keyword,
  ]
}

extension TextRival {
  /// The rivals that can be set against a measurement.
  static func fitting(_ keyword: String) -> [Signature] {
    all.filter { $0.measurements.contains(keyword) }.map(\.signature)
  }

  /// One of each kind.
  static let all: [TextRival] = [
    .fixedOffset(FixedOffset()), .linearChain, .nearestWord(NearestWord()), .permutedAttention(replicates: 1),
    .permutedHeads(replicates: 1), .permutedPositions(replicates: 1), .positionOnly,
    .randomAttention(replicates: 1), .randomProjection(replicates: 1), .uniformAttention,
  ]
}

/// What claims and premises have to know of a family.
struct FamilyShape {
  var name: String
  var axes: [Axis]
  var count: Int
  /// The keyword of a measurement on sentences; `nil` for a probe.
  var textKeyword: String?

  /// Whether a member can be chosen on some units and scored on others.
  var hasSelection: Bool { textKeyword != nil }

  init(_ measurement: TextMeasurement) {
    name = measurement.name
    axes = measurement.axes
    count = measurement.cells.count
    textKeyword = measurement.keyword
  }

  init(_ family: ProbeFamily) {
    name = family.name
    axes = family.axes
    count = family.members.count
  }
}
