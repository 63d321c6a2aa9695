/// A measurement on the sentences of a treebank: one score, or a family of them, one per cell.
///
/// The unit of independence is the sentence.
public struct TextMeasurement: Sendable, Hashable {
  public var name: String
  /// What the cells differ by, in the order of the `for` line. Empty: a single cell.
  public var axes: [Axis]
  /// One per combination of the axes' values, the last axis changing fastest. Never empty; all of one kind.
  public var cells: [TextCell]
  /// How many parts the sentences are divided into, where something is learned or selected on other sentences.
  public var folds: Int
  public var location: SourceLocation

  public init(name: String, axes: [Axis] = [], cells: [TextCell], folds: Int, location: SourceLocation) {
    self.name = name
    self.axes = axes
    self.cells = cells
    self.folds = folds
    self.location = location
  }

  /// The keyword in the language and the record.
  public var keyword: String { cells[0].quantity.keyword }
  /// The `attention` declaration that it reads.
  public var run: String { cells[0].quantity.run }
}

/// One member of a family.
public struct TextCell: Sendable, Hashable {
  /// Its value on each axis.
  public var coordinates: [AxisValue]
  public var quantity: TextQuantity

  public init(coordinates: [AxisValue] = [], quantity: TextQuantity) {
    self.coordinates = coordinates
    self.quantity = quantity
  }
}

/// `for layer in 0..<6`: a name and the values that it takes.
public struct Axis: Sendable, Hashable {
  public var name: String
  public var values: [AxisValue]

  public init(name: String, values: [AxisValue]) {
    self.name = name
    self.values = values
  }
}

/// A value on an axis.
public enum AxisValue: Sendable, Hashable, CustomStringConvertible {
  case number(Int)
  case word(String)

  public var description: String {
    switch self {
    case .number(let number): "\(number)"
    case .word(let word): word
    }
  }
}

/// What a claim says of a family.
public enum Quantifier: String, Sendable, Hashable, Codable, CaseIterable {
  /// At least one cell satisfies the requirement. The best cell is held against the best cell of every rival world.
  case any
  /// Every cell satisfies it.
  case each
  /// The cell that is best on the other sentences satisfies it on these: chosen on some folds, scored on the one left out.
  case selected
}

/// What is measured in one cell.
public enum TextQuantity: Sendable, Hashable {
  case headAccuracy(HeadAccuracy)
  case tokenIdentity(TokenIdentity)
  case positionalConsistency(PositionalConsistency)
  case structure(StructuralProbe)

  public var keyword: String { signature.keyword }

  public var run: String {
    switch self {
    case .headAccuracy(let quantity): quantity.run
    case .tokenIdentity(let quantity): quantity.run
    case .positionalConsistency(let quantity): quantity.run
    case .structure(let quantity): quantity.run
    }
  }

  public var signature: Signature {
    switch self {
    case .headAccuracy: HeadAccuracy.signature
    case .tokenIdentity: TokenIdentity.signature
    case .positionalConsistency: PositionalConsistency.signature
    case .structure(let quantity): quantity.score.signature
    }
  }

  /// Every signature, sorted by keyword.
  public static let signatures: [Signature] =
    ([HeadAccuracy.signature, TokenIdentity.signature, PositionalConsistency.signature]
    + StructuralProbe.Score.allCases.map(\.signature)).sorted { $0.keyword < $1.keyword }
}
