/// How a declaration of data was read: what a reader must see to tell whether the program took it for what it is. The names of
/// its fields are those of the record and of `refute check --format json`.
public struct DataReading: Sendable, Hashable, Codable {
  /// The name of the declaration.
  public var name: String
  /// As written in the hypothesis.
  public var path: String
  /// `table`, `activations`, `attention`, `pair_attention` or `treebank`.
  public var kind: String
  /// Records of a table, sentences of a treebank or of a file of attention; absent for tensors, whose shapes say it.
  public var rows: Int?
  /// Of a table: what stands between cells, and what quotation marks mean there.
  public var separator: String?
  public var quoting: String?
  /// Of a table: what stands before the fraction of a number.
  public var decimal: String?
  /// Of a table: what is missing besides empty cells; absent where nothing is declared.
  public var missing: [String]?
  /// The columns that the hypothesis uses, in the order of the table.
  public var columns: [Column]
  public var tensors: [Tensor]

  /// A column that is used.
  public struct Column: Sendable, Hashable, Codable {
    public var name: String
    /// What it is used for: `target`, `confounds`, `unit`, `key`.
    public var roles: [String]
    /// What its values were read as; `names` where it says `as category`.
    public var kind: ColumnDescription.Kind
    /// How many different values there are among the cells that are not missing: numbers, or texts byte for byte.
    public var distinct: Int
    public var missing: Int
    /// The least and the largest number; absent for names.
    public var least: Double?
    public var largest: Double?

    /// `-1.5 to 3`, in the shortest digits; `nil` for names.
    public var range: String? {
      func digits(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
      }
      guard let least, let largest else { return nil }
      return "\(digits(least)) to \(digits(largest))"
    }

    public init(_ column: ColumnDescription, roles: [String], isCategory: Bool = false) {
      let column = isCategory ? column.asCategory() : column
      name = column.name
      self.roles = roles
      kind = column.kind
      distinct = column.values
      missing = column.missing
      least = column.range?.lowerBound
      largest = column.range?.upperBound
    }
  }

  /// A tensor that is used.
  public struct Tensor: Sendable, Hashable, Codable {
    public var name: String
    public var dtype: String
    public var shape: [Int]

    public init(_ tensor: TensorDescription) {
      (name, dtype, shape) = (tensor.name, tensor.dtype, tensor.shape)
    }
  }

  public init(
    name: String, source: DataSource, rows: Int? = nil, separator: String? = nil, quoting: String? = nil,
    columns: [Column] = [], tensors: [Tensor] = []
  ) {
    self.name = name
    path = source.path
    self.rows = rows
    self.separator = separator
    self.quoting = quoting
    self.columns = columns
    self.tensors = tensors
    switch source {
    case .table(_, _, let format):
      kind = "table"
      decimal = format.decimal
      missing = format.missing.isEmpty ? nil : format.missing
    case .activations: kind = "activations"
    case .attention: kind = "attention"
    case .pairAttention: kind = "pair_attention"
    case .treebank: kind = "treebank"
    }
  }

  /// What is true of the whole, in a few words: `960 rows, separated by commas, quoting double`.
  public var words: String {
    var words: [String] = []
    if let rows {
      let unit = kind == "table" ? "row" : "sentence"
      words.append("\(rows) \(unit)\(rows == 1 ? "" : "s")")
    }
    if let separator {
      let names = ["\t": "tabs", ",": "commas", ";": "semicolons", " ": "spaces"]
      words.append("separated by \(names[separator] ?? separator)")
    }
    if let quoting { words.append("quoting \(quoting)") }
    if let decimal, decimal != "." { words.append("decimal comma") }
    if let missing { words.append("missing: " + missing.map { "\"\($0)\"" }.joined(separator: ", ")) }
    return words.joined(separator: ", ")
  }
}

/// A column, and what a hypothesis uses it for.
public struct ColumnUse: Sendable, Hashable {
  public var data: String
  public var column: String
  public var role: String
  public var isCategory: Bool

  init(_ reference: ColumnReference, _ role: String) {
    (data, column, self.role, isCategory) = (reference.data, reference.column, role, false)
  }

  static func uses(_ selection: ColumnSelection?, _ role: String) -> [ColumnUse] {
    guard let selection else { return [] }
    return selection.columns.map { column in
      var use = ColumnUse(ColumnReference(data: selection.data, column: column), role)
      use.isCategory = selection.categories.contains(column)
      return use
    }
  }
}

extension Rival {
  /// The columns that the rival uses, of the target's table.
  public var columnUses: [ColumnUse] {
    func use(_ reference: ColumnReference?, _ role: String) -> [ColumnUse] {
      reference.map { [ColumnUse($0, role)] } ?? []
    }
    switch self {
    case .permutedLabels(let rival):
      return use(rival.within, "within") + use(rival.over, "over") + use(rival.order, "order")
        + ColumnUse.uses(rival.given, "given")
    case .controlTask(let rival): return use(rival.by, "by")
    case .randomEmbedding(let rival): return use(rival.by, "by") + use(rival.text, "text")
    case .confounds(let rival): return ColumnUse.uses(rival.columns, "confounds")
    case .irrelevantTarget(let rival): return ColumnUse.uses(rival.columns, "irrelevant_target")
    case .categoryMeans(let rival): return use(rival.by, "by")
    case .untrained, .randomNorms, .knnCopy, .swappedSides, .otherRepresentation, .majority, .meanPredictor,
      .text:
      return []
    }
  }
}

extension Hypothesis {
  /// Every use of a column, in the order of the statements.
  public var columnUses: [ColumnUse] {
    var uses: [ColumnUse] = []
    for declaration in data {
      switch declaration.source {
      case .table(_, let key, _):
        uses.append(ColumnUse(ColumnReference(data: declaration.name, column: key), "key"))
      case .pairAttention(let pairs):
        for (column, role) in [(pairs.sentence, "sentence"), (pairs.from, "from"), (pairs.to, "to")] {
          uses.append(ColumnUse(ColumnReference(data: pairs.table, column: column), role))
        }
      case .activations, .attention, .treebank: break
      }
    }
    if let unit { uses.append(ColumnUse(unit, "unit")) }
    for measurement in measurements + probeFamilies.flatMap({ $0.members.map(\.measurement) }) {
      uses += ColumnUse.uses(measurement.targets, "target")
      if let grouped = measurement.folds.grouped { uses.append(ColumnUse(grouped, "folds")) }
      uses += ColumnUse.uses(measurement.folds.linked, "folds")
      for part in Residualized.Part.allCases {
        uses += ColumnUse.uses(measurement.residualized[part], "residualize")
      }
    }
    return uses + rivals.flatMap(\.rival.columnUses)
  }
}
