/// What the checker may ask of the data: headers and column summaries, never activations.
public protocol Catalog {
  /// What the file behind `source` holds.
  /// - Returns: a description, or the one sentence (file, place, what was found, what to do) that says why it cannot
  ///   be had.
  func describe(_ source: DataSource) -> Result<DataDescription, CatalogFailure>

  /// Whether `column` takes one value within each group of rows that share a value of `group`; both columns are of
  /// the table behind `source`. Rows where either cell is empty do not count. `nil` where the table cannot be read.
  func isConstant(_ column: String, within group: String, of source: DataSource) -> Bool?

  /// Whether all values of `block` have as many rows as each other, or those of each stratum, where a column of strata
  /// is given. Rows where either cell is empty do not count. `nil` where the table cannot be read.
  func areEqualInSize(_ block: String, within stratum: String?, of source: DataSource) -> Bool?

  /// How many distinct arrangements the targets in some columns have under a scheme, the real one among them, where every
  /// row of the table behind `source` takes part that no column leaves out. Infinite beyond the largest number; `nil` where
  /// it is not known.
  func distinctArrangements(of targets: [String], by rival: PermutedLabels, in source: DataSource) -> Double?

  /// How the keys of a tensor's rows meet those of the rows of a table that have a value in each of some columns.
  /// - Returns: why the keys cannot be had, where they cannot; `nil` where nothing is known.
  func keyMatch(
    of activations: DataSource, tensor: String, with table: DataSource, filled columns: [String]
  ) -> Result<KeyMatch, CatalogFailure>?
}

extension Catalog {
  /// Nothing is known.
  public func keyMatch(
    of activations: DataSource, tensor: String, with table: DataSource, filled columns: [String]
  ) -> Result<KeyMatch, CatalogFailure>? { nil }

  /// Nothing is known.
  public func distinctArrangements(
    of targets: [String], by rival: PermutedLabels, in source: DataSource
  ) -> Double? { nil }

  /// Nothing is known.
  public func areEqualInSize(_ block: String, within stratum: String?, of source: DataSource) -> Bool? { nil }

  /// The answer of `areEqualInSize` for cells of a table.
  /// - Parameters: a number per row, equal where the cells are; `nil` where they are empty.
  public static func areEqualInSize(_ blocks: [Int?], strata: [Int?]?) -> Bool {
    var sizes: [Int: Int] = [:]
    var stratumOf: [Int: Int] = [:]
    for (row, block) in blocks.enumerated() {
      guard let block, let stratum = strata.map({ $0[row] }) ?? 0 else { continue }
      sizes[block, default: 0] += 1
      stratumOf[block] = stratum
    }
    var expected: [Int: Int] = [:]
    for (block, size) in sizes {
      if let known = expected.updateValue(size, forKey: stratumOf[block]!), known != size { return false }
    }
    return true
  }
}

/// Why a data file cannot be described.
public struct CatalogFailure: Error, Sendable, Hashable {
  public enum Reason: Sendable, Hashable {
    /// The path leaves the data folder.
    case outside
    case missing
    case unreadable
  }
  public var reason: Reason
  public var message: String
  /// Names that exist near the one asked for, for "did you mean".
  public var candidates: [String]

  public init(reason: Reason, message: String, candidates: [String] = []) {
    self.reason = reason
    self.message = message
    self.candidates = candidates
  }
}

/// What a data file holds.
public enum DataDescription: Sendable, Hashable {
  case activations([TensorDescription])
  case table(TableDescription)
  case treebank(TreebankDescription)
  case attention(AttentionDescription)
}

/// A treebank.
public struct TreebankDescription: Sendable, Hashable {
  public var sentences: Int
  public var words: Int
  /// How many words stand in each relation to their head.
  public var relations: [String: Int]
  /// How many words have each universal part of speech.
  public var tags: [String: Int]
  /// Its sentences' identifiers.
  public var ids: Set<String>

  public init(
    sentences: Int, words: Int, relations: [String: Int], tags: [String: Int], ids: Set<String>
  ) {
    self.sentences = sentences
    self.words = words
    self.relations = relations
    self.tags = tags
    self.ids = ids
  }
}

/// A file of attention, hidden states or both.
public struct AttentionDescription: Sendable, Hashable {
  public var sentences: Int
  /// The layers whose attention it holds, by number; empty for none.
  public var layers: [Int]
  public var heads: Int
  /// The layers whose input states it holds, by number; empty for none.
  public var stateLayers: [Int]
  /// How many sentences have states.
  public var sentencesWithStates: Int
  /// The size of a state; 0 without states.
  public var dimensions: Int
  public var hasValues: Bool
  /// How many input embeddings it holds; 0 for none.
  public var vocabulary: Int
  /// Its sentences' names.
  public var ids: Set<String>

  public init(
    sentences: Int, layers: [Int], heads: Int, stateLayers: [Int], sentencesWithStates: Int, dimensions: Int,
    hasValues: Bool, vocabulary: Int, ids: Set<String>
  ) {
    self.sentences = sentences
    self.layers = layers
    self.heads = heads
    self.stateLayers = stateLayers
    self.sentencesWithStates = sentencesWithStates
    self.dimensions = dimensions
    self.hasValues = hasValues
    self.vocabulary = vocabulary
    self.ids = ids
  }
}

/// One tensor of an activation file.
public struct TensorDescription: Sendable, Hashable {
  public var name: String
  public var dtype: String
  public var shape: [Int]
  /// Whether elements of this type can be read as numbers.
  public var isReadable: Bool
  /// Of a representation: a vector holds one number per item.
  public var dimensions: Int { shape.count > 1 ? shape[1] : 1 }

  public init(name: String, dtype: String, shape: [Int], isReadable: Bool = true) {
    self.name = name
    self.dtype = dtype
    self.shape = shape
    self.isReadable = isReadable
  }
}

/// One table.
public struct TableDescription: Sendable, Hashable {
  public var rows: Int
  /// In the order of the header, the key column included.
  public var columns: [ColumnDescription]
  /// What stands between cells; `nil` where it is not known.
  public var separator: String?
  /// What quotation marks mean; `nil` where it is not known.
  public var quoting: TableFormat.Quoting?

  public init(
    rows: Int, columns: [ColumnDescription], separator: String? = nil, quoting: TableFormat.Quoting? = nil
  ) {
    self.rows = rows
    self.columns = columns
    self.separator = separator
    self.quoting = quoting
  }

  public func column(named name: String) -> ColumnDescription? {
    columns.first { $0.name == name }
  }
}

/// One column of a table.
public struct ColumnDescription: Sendable, Hashable {
  public var name: String
  /// Whether every cell that is not missing is a finite number.
  public var isNumeric: Bool
  /// How many different texts there are among the cells that are not missing, byte for byte.
  public var distinct: Int
  /// How many different numbers there are: `1` and `1.0` are one.
  public var distinctNumbers: Int
  /// How many cells are missing.
  public var missing: Int
  /// How many cells hold the commonest value; `nil` where it was not counted.
  public var commonest: Int?
  /// The least and the largest number; `nil` where the column is not numeric or empty, or it was not looked at.
  public var range: ClosedRange<Double>?

  /// Whether the column holds 0 and 1, both of them, and nothing else.
  public var isIndicator: Bool { isNumeric && distinctNumbers == 2 && range == 0...1 }

  /// How many different values a numeric metric or a confound tells apart.
  public var values: Int { isNumeric ? distinctNumbers : distinct }

  /// The first cell that is neither missing nor a number, in a column that also holds numbers, or cells that are numbers in
  /// another notation (`1,5`); `nil` for a column of one kind.
  public var strayText: Cell?
  /// How many such cells there are.
  public var strays: Int
  /// Cells that are names like any other and stand for a missing value elsewhere (`NA`): the first of each.
  public var markers: [Cell]
  /// Whether all numbers are whole.
  public var isWhole: Bool
  /// Whether the hypothesis says `as category`: whatever the cells look like, they are names.
  public var isCategory = false

  /// What a column is: of numbers if every cell that is not missing is one, of names if none is and none looks like one in
  /// another notation, else mixed. What is used as a category is of names.
  public var kind: Kind {
    if distinct == 0 { return .empty }
    if isNumeric { return .numbers }
    return strayText == nil ? .names : .mixed
  }

  public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
    case numbers, names, mixed, empty
  }

  /// The column as one of names.
  public func asCategory() -> ColumnDescription {
    var column = self
    column.isCategory = true
    column.isNumeric = false
    column.range = nil
    column.strayText = nil
    column.strays = 0
    return column
  }
  /// The first cell that holds what a cell before it holds, and that one.
  public var repetition: [Cell]
  /// Pairs of cells that differ as texts and that a reader may take for one, at most one of each kind.
  public var likenesses: [Likeness]

  /// Two cells, the one that stands first in the file first.
  public struct Likeness: Sendable, Hashable {
    public var kind: Identifier.Likeness
    public var first: Cell
    public var second: Cell

    public init(kind: Identifier.Likeness, first: Cell, second: Cell) {
      self.kind = kind
      self.first = first
      self.second = second
    }
  }

  /// A cell, and the line of the file on which its record starts.
  public struct Cell: Sendable, Hashable {
    public var text: String
    public var line: Int
    /// How many cells are like it, itself among them.
    public var count: Int

    public init(text: String, line: Int, count: Int = 1) {
      self.text = text
      self.line = line
      self.count = count
    }
  }

  public init(
    name: String, isNumeric: Bool, distinct: Int, distinctNumbers: Int? = nil, missing: Int,
    commonest: Int? = nil, range: ClosedRange<Double>? = nil, strayText: Cell? = nil, strays: Int = 0,
    markers: [Cell] = [], isWhole: Bool = true, repetition: [Cell] = [], likenesses: [Likeness] = []
  ) {
    self.name = name
    self.isNumeric = isNumeric
    self.distinct = distinct
    self.distinctNumbers = distinctNumbers ?? distinct
    self.missing = missing
    self.commonest = commonest
    self.range = range
    self.strayText = strayText
    self.strays = strays
    self.markers = markers
    self.isWhole = isWhole
    self.repetition = repetition
    self.likenesses = likenesses
  }
}
