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
  case table(path: String, key: String)

  /// The path as written.
  public var path: String {
    switch self {
    case .activations(let path, _, _): path
    case .table(let path, _): path
    }
  }

  /// Every file that the declaration names.
  public var paths: [String] {
    switch self {
    case .activations(let path, _, let keys): [path] + (keys.map { [$0] } ?? [])
    case .table(let path, _): [path]
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
    ])

  /// Every signature, sorted by keyword.
  public static let signatures: [Signature] = [activationsSignature, tableSignature]
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

  public init(data: String, columns: [String]) {
    self.data = data
    self.columns = columns
  }

  public var description: String {
    columns.count == 1 ? "\(data).\(columns[0])" : "\(data)[\(columns.joined(separator: ", "))]"
  }
}
