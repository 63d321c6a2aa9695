/// A parsed file: what could be understood of it, with the place of everything.
public struct Document: Sendable {
  public let file: SourceFile
  let tokens: [Token]
  let hypotheses: [HypothesisSyntax]
  /// What the parser complained about.
  let syntaxErrors: [Diagnostic]

  /// How many `hypothesis` blocks the file holds, broken ones included.
  public var count: Int { hypotheses.count }
}

/// A word or text with its place.
struct Name: Sendable, Hashable {
  var text: String
  var span: Span
  /// Whether it stood between quotes.
  var isQuoted = false
  /// Where a number stands in the place of a name: `run[4, head]`.
  var number: NumberLiteral?
  /// Of a column: whether `as category` follows.
  var isCategory = false
}

struct HypothesisSyntax: Sendable {
  var keyword: Span
  /// Empty where it is missing.
  var name: Name
  var statements: [Statement]
  /// From the keyword to the closing brace.
  var span: Span
  /// Whether the parser complained about anything in it.
  var isBroken: Bool
  /// Whether its closing brace is missing, so that its last statements may stand elsewhere.
  var isTruncated: Bool
}

struct Statement: Sendable {
  var keyword: Name
  var kind: StatementKind
  var span: Span
}

enum StatementKind: Sendable {
  case cites([Name])
  case tags([Name])
  /// A rule's name, where one is answered, and the text.
  case assumes(rule: Name?, Name)
  case data(Name, Call)
  case unit(Value)
  case measure(MeasureSyntax)
  case family(FamilySyntax)
  case compare(CompareSyntax)
  case premise(RequirementSyntax)
  case claim(RequirementSyntax)
  case withstand(WithstandSyntax)
  case vary(VarySyntax)
  case expect(Name)
  case predict(PredictSyntax)
  case probe(Call)
  case folds(FoldsSyntax)
  case items(Name)
  case residualize(ResidualizeSyntax)
  case relation(RelationSyntax)
  case direction(DirectionSyntax)
  /// What the parser could not understand; the name that it declares is known all the same.
  case broken(declares: Name?)
}

struct MeasureSyntax: Sendable {
  var name: Name
  var metric: Call
  var statements: [Statement]
  /// Whether it has braces: where nothing need be said, they may be left out.
  var hasBlock = true
}

/// `for layer in 0..<6, head in 0..<12 { ... }`
struct FamilySyntax: Sendable {
  var bindings: [BindingSyntax]
  var statements: [Statement]
  /// Whether its head was understood. If not, a variable that is missed may be one that it declares.
  var isWhole: Bool
}

struct BindingSyntax: Sendable {
  var name: Name
  var domain: Value
}

/// `relation obj, "nmod:poss"`, and what direction follows it after a comma.
struct RelationSyntax: Sendable {
  var names: [Name]
  var direction: DirectionSyntax?
}

/// `from dependent to head`, `from dependent to head, or back`
struct DirectionSyntax: Sendable {
  var from: Name
  var to: Name
  var isBothWays: Bool
  var span: Span
}

/// `compare name = better over worse`
struct CompareSyntax: Sendable {
  var name: Name
  var better: Name
  var worse: Name
}

struct RequirementSyntax: Sendable {
  /// What a claim says of a family: `any`, `each` or `selected`.
  var quantifier: Name?
  /// A measure in a requirement, a quantity in a criterion.
  var name: Name
  /// What is measured, where it is said in place of a name.
  var call: Call?
  /// Means nothing where `within` stands in its place.
  var comparison: Sign
  /// Whether a difference is claimed to be small: `gain within 0.05`.
  var isWithin = false
  var comparisonSpan: Span
  var threshold: NumberLiteral
  var thresholdSpan: Span
  var span: Span
}

struct WithstandSyntax: Sendable {
  var rival: Call
  var criteria: [RequirementSyntax]
}

struct PredictSyntax: Sendable {
  var targets: Value
  var representation: Name
  /// Between brackets: which of the tensors that the declaration's wildcard means.
  var member: Name?
}

/// `residualize part on columns`
struct ResidualizeSyntax: Sendable {
  var part: Name
  var columns: Value
}

struct FoldsSyntax: Sendable {
  var count: NumberLiteral
  var countSpan: Span
  var grouped: [Value]
  var repeats: [(number: NumberLiteral, span: Span)]
  /// Where `stratified` stands.
  var stratified: [Span] = []
  var span: Span
}

/// `vary choice in [values]`
struct VarySyntax: Sendable {
  var choice: Name
  var values: Value
}

/// `name(arguments)`; without arguments the parentheses may be left out.
struct Call: Sendable {
  var name: Name
  var arguments: [Argument]
  /// The closing parenthesis, where an argument could be added; `nil` without parentheses.
  var closing: Span?
  var span: Span
}

struct Argument: Sendable {
  var label: Name?
  var value: Value
  var span: Span
}

/// `0..<6`, `-5...5`, `best of -5...5`
struct RangeSyntax: Sendable {
  var lower: NumberLiteral
  var upper: NumberLiteral
  /// Whether the upper end belongs to it.
  var isClosed: Bool
  /// Whether `best of` stands before it.
  var isBest: Bool
}

struct Value: Sendable {
  var kind: ValueKind
  var span: Span
}

indirect enum ValueKind: Sendable {
  case string(String)
  case number(NumberLiteral)
  case word(String)
  /// `norms.valence`
  case column(data: Name, column: Name)
  /// `norms[valence, is_*]`
  case columns(data: Name, columns: [Name])
  case list([Value])
  case range(RangeSyntax)
  case call(Call)

  /// How an error names it.
  var description: String {
    switch self {
    case .string: "a text"
    case .number: "a number"
    case .word: "a word"
    case .column: "a column"
    case .columns: "a selection of columns"
    case .list: "a list"
    case .range: "a range"
    case .call: "a call"
    }
  }
}
