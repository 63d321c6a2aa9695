/// The parameters of a data source, a probe or a rival, as data: the checker, the documentation and `refute explain` read the
/// same description.
public struct Signature: Sendable, Hashable {
  public var keyword: String
  public var summary: String
  public var parameters: [Parameter]
  /// The criteria that may follow. Empty for all but rivals.
  public var criteria: [Quantity]

  public init(keyword: String, summary: String, parameters: [Parameter] = [], criteria: [Quantity] = []) {
    self.keyword = keyword
    self.summary = summary
    self.parameters = parameters
    self.criteria = criteria
  }
}

/// One parameter of a signature.
public struct Parameter: Sendable, Hashable {
  public var name: String
  public var kind: ParameterKind
  /// Whether the argument may stand without its label (only the first argument may).
  public var isPositional: Bool
  /// How the default reads in the documentation; `nil`: the argument is required.
  public var defaultText: String?
  public var summary: String

  public init(
    _ name: String, _ kind: ParameterKind, positional: Bool = false, default defaultText: String? = nil,
    summary: String
  ) {
    self.name = name
    self.kind = kind
    self.isPositional = positional
    self.defaultText = defaultText
    self.summary = summary
  }
}

/// What an argument may be. Ranges with an infinite end stand for open ones: no literal is infinite.
public indirect enum ParameterKind: Sendable, Hashable {
  case integer(ClosedRange<Int>)
  case number(ClosedRange<Double>)
  /// A list of numbers, each within the range: `[0.1, 1, 10]`.
  case numbers(ClosedRange<Double>)
  /// A range of whole numbers within bounds: `-5...5`, `0..<6`.
  case range(ClosedRange<Int>)
  /// One of some words.
  case choice([String])
  /// One or several bare words: `VERB`, `[NOUN, PROPN]`.
  case words
  /// A column of a declared table: `norms.lemma`.
  case column
  /// One or several columns: `norms.length`, `norms[length, zipf]`, `norms[is_*]`.
  case columns
  /// One or several names of `activations` declarations.
  case representations
  /// A quoted text, such as a path.
  case string
  /// One or several quoted texts: `"NA"`, `["NA", "."]`.
  case texts
  /// One of some quoted texts.
  case literal([String])
  /// A bare name or a quoted text, such as a table's own column.
  case name
  case oneOf([ParameterKind])
}
