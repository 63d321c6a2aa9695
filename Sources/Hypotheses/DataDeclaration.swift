/// `data name = activations(...)` or `data name = table(...)`.
public struct DataDeclaration: Sendable, Hashable {
  public var name: String
  public var source: DataSource
  public var location: SourceLocation

  public init(name: String, source: DataSource, location: SourceLocation) {
    self.name = name
    self.source = source
    self.location = location
  }
}

/// Where data comes from. Paths are relative to the data folder.
public enum DataSource: Sendable, Hashable {
  /// A matrix of items by dimensions per tensor, in a safetensors or .npy file.
  ///
  /// - `tensor`: a tensor name; it may be a `NamePattern`, and then names several representations of the same items
  ///   (the seeds of an untrained twin). `nil` for a file that holds exactly one tensor (.npy).
  /// - `keys`: a text file with one item key per line; `nil`: the keys are in the file's own metadata or in
  ///   `<file stem>.keys.txt` beside it.
  case activations(path: String, tensor: String?, keys: String?)
  /// A CSV or TSV file with a header line. `key` names the column that identifies each item.
  case table(path: String, key: String, format: TableFormat = TableFormat())
  /// Sentences with heads and relations, in CoNLL-U.
  case treebank(path: String)
  /// Attention, hidden states or both, sentence by sentence, in a file of the format `refute-attention/1`.
  ///
  /// - `tokens`: the name of the `treebank` declaration whose sentences they are of.
  case attention(path: String, tokens: String, weights: AttentionWeights, special: SpecialPieces)
  /// A matrix of word pairs by heads: the attention weight from one marked word to another, in every layer and head.
  case pairAttention(PairAttention)

  /// The path as written.
  public var path: String {
    switch self {
    case .activations(let path, _, _): path
    case .table(let path, _, _): path
    case .treebank(let path): path
    case .attention(let path, _, _, _): path
    case .pairAttention(let pairs): pairs.path
    }
  }

  /// Every file that the declaration names.
  public var paths: [String] {
    switch self {
    case .activations(let path, _, let keys): [path] + (keys.map { [$0] } ?? [])
    case .table(let path, _, _): [path]
    case .treebank(let path): [path]
    case .attention(let path, _, _, _): [path]
    case .pairAttention(let pairs): [pairs.path]
    }
  }

  /// The parameters of `activations(...)`.
  public static let activationsSignature = Signature(
    keyword: "activations",
    summary: "a matrix of items by dimensions, from a safetensors or .npy file",
    parameters: [
      Parameter("path", .string, positional: true, summary: "the file, relative to the data folder"),
      Parameter(
        "tensor", .string, default: "the only tensor of the file",
        summary: "the tensor's name; `*` and `?` name several, for untrained twins"),
      Parameter(
        "keys", .string, default: "the file's own keys",
        summary: "a text file with one item key per line"),
    ])

  /// The parameters of `table(...)`.
  public static let tableSignature = Signature(
    keyword: "table",
    summary: "a CSV or TSV file with a header line",
    parameters: [
      Parameter("path", .string, positional: true, summary: "the file, relative to the data folder"),
      Parameter("key", .name, summary: "the column that identifies each item"),
      Parameter(
        "missing", .texts, default: "empty cells",
        summary: "what cells hold where a value is missing, besides nothing: `[\"NA\", \".\"]`"),
      Parameter(
        "decimal", .literal([".", ","]), default: "\".\"",
        summary: "what stands before the fraction of a number"),
      Parameter(
        "separator", .oneOf([.literal([",", ";", "|", ":", " "]), .choice(["tab"])]),
        default: "as the header shows", summary: "what stands between cells"),
      Parameter(
        "quoting", .choice(TableFormat.Quoting.allCases.map(\.rawValue)),
        default: "none between tabs, else double",
        summary: "whether quotation marks enclose cells, or are characters like any other"),
    ])

  /// The parameters of `treebank(...)`.
  public static let treebankSignature = Signature(
    keyword: "treebank",
    summary: "sentences with heads and relations, in CoNLL-U",
    parameters: [
      Parameter("path", .string, positional: true, summary: "the file, relative to the data folder")
    ])

  /// The parameters of `attention(...)`.
  public static let attentionSignature = Signature(
    keyword: "attention",
    summary: "attention weights and hidden states, sentence by sentence",
    parameters: [
      Parameter("path", .string, positional: true, summary: "the file, relative to the data folder"),
      Parameter("tokens", .name, summary: "the `treebank` data whose sentences they are of"),
      Parameter(
        "weights", .choice(AttentionWeights.allCases.map(\.rawValue)), default: "raw",
        summary: "the weights as they are, or without the part that no output can depend on"),
      Parameter(
        "special", .choice(SpecialPieces.allCases.map(\.rawValue)), default: "drop",
        summary: "whether [CLS] and the like may be attended to"),
    ])

  /// The parameters of `pair_attention(...)`.
  public static let pairAttentionSignature = Signature(
    keyword: "pair_attention",
    summary: "the attention between two marked words, in every layer and head",
    parameters: [
      Parameter("path", .string, positional: true, summary: "the file, relative to the data folder"),
      Parameter("sentence", .column, summary: "the column that names the sentence of each pair"),
      Parameter("from", .column, summary: "the column with the position of the word that attends, from 1"),
      Parameter("to", .column, summary: "the column with the position of the word attended to, from 1"),
      Parameter(
        "weights", .choice(AttentionWeights.allCases.map(\.rawValue)), default: "raw",
        summary: "the weights as they are, or without the part that no output can depend on"),
    ])

  /// Every signature, sorted by keyword.
  public static let signatures: [Signature] = [
    activationsSignature, attentionSignature, pairAttentionSignature, tableSignature, treebankSignature,
  ]
}

/// How the text of a table is read, as far as its declaration says.
public struct TableFormat: Sendable, Hashable {
  /// What quotation marks mean.
  public enum Quoting: String, Sendable, Hashable, CaseIterable {
    /// They enclose cells; two of them inside are one (RFC 4180).
    case double
    /// They are characters like any other (IANA, text/tab-separated-values).
    case none
  }

  /// Cells that are missing besides empty ones, byte for byte, in the order of the declaration.
  public var missing: [String]
  /// What stands before the fraction of a number: `.` or `,`.
  public var decimal: String
  /// One ASCII character; `nil`: as the header shows.
  public var separator: String?
  /// `nil`: `none` where tabs separate, else `double`.
  public var quoting: Quoting?

  public init(
    missing: [String] = [], decimal: String = ".", separator: String? = nil, quoting: Quoting? = nil
  ) {
    self.missing = missing
    self.decimal = decimal
    self.separator = separator
    self.quoting = quoting
  }
}

/// Which attention weights are read.
public enum AttentionWeights: String, Sendable, Hashable, CaseIterable {
  case raw
  /// Without the part that lies in the null space of the head's values (Brunner et al. 2020).
  case effective
}

/// What happens to pieces that belong to no word.
public enum SpecialPieces: String, Sendable, Hashable, CaseIterable {
  /// They are left out, as sources and as targets.
  case drop
  /// They may be attended to, and a word that attends most to one points nowhere.
  case keep
}

/// The attention between the words of marked pairs.
public struct PairAttention: Sendable, Hashable {
  public var path: String
  /// The name of the table declaration that holds the pairs; its key identifies them.
  public var table: String
  /// Its columns.
  public var sentence: String
  public var from: String
  public var to: String
  public var weights: AttentionWeights

  public init(
    path: String, table: String, sentence: String, from: String, to: String, weights: AttentionWeights = .raw
  ) {
    self.path = path
    self.table = table
    self.sentence = sentence
    self.from = from
    self.to = to
    self.weights = weights
  }
}

/// One column of a declared table: `norms.valence`.
public struct ColumnReference: Sendable, Hashable, CustomStringConvertible {
  public var data: String
  public var column: String

  public init(data: String, column: String) {
    self.data = data
    self.column = column
  }

  public var description: String { "\(data).\(column)" }
}

/// Some columns of a declared table: `norms.valence`, or `norms[is_*, valence]` with its wildcards resolved, in the
/// order of the table's header and each at most once. Never empty.
public struct ColumnSelection: Sendable, Hashable, CustomStringConvertible {
  public var data: String
  public var columns: [String]
  /// Those of the columns that are read as names whatever their cells look like (`as category`), in the same order.
  public var categories: [String]

  public init(data: String, columns: [String], categories: [String] = []) {
    self.data = data
    self.columns = columns
    self.categories = categories
  }

  public var description: String {
    let names = columns.map { categories.contains($0) ? "\($0) as category" : $0 }
    return columns.count == 1 ? "\(data).\(names[0])" : "\(data)[\(names.joined(separator: ", "))]"
  }
}
