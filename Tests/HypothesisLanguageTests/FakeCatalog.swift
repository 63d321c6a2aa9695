import Hypotheses

/// A data folder in memory. Tables hold real cells, so that counts and dependences between columns are true.
struct FakeCatalog: Catalog {
  struct Table {
    var header: [String]
    var rows: [[String]]
  }

  var tables: [String: Table] = [
    "nouns/nouns.csv": nouns, "nouns/other.csv": other, "nouns/repeated.csv": repeated,
    "pairs/pairs.csv": pairs, "nouns/raw.csv": raw, "nouns/untidy.csv": untidy,
  ]
  var activations: [String: [TensorDescription]] = [
    "minilm/nouns.safetensors": [
      tensor("attention.0", 40, 6, 6), tensor("embeddings.position", 40, 384),
      tensor("embeddings.word", 40, 384),
      tensor("layer.0", 40, 384), tensor("layer.1", 40, 384),
    ],
    "minilm-untrained/nouns.safetensors": (0..<5).map { tensor("seed.\($0)/embeddings.word", 40, 384) },
    "minilm/uneven.safetensors": [tensor("seed.0", 40, 384), tensor("seed.1", 40, 128)],
    "minilm/narrow.npy": [tensor("array", 40, 128)],
    "minilm/marked.npy": [tensor("array", 40, 384)], "minilm/others.npy": [tensor("array", 40, 384)],
    "minilm/keyless.npy": [tensor("array", 40, 384)], "minilm/vector.npy": [tensor("array", 40)],
    "minilm/deep.npy": [tensor("array", 40, 6, 384)],
    "minilm/few.npy": [tensor("array", 12, 384)],
    "minilm/nothing.safetensors": [],
    "minilm/types.safetensors": [
      TensorDescription(name: "complex", dtype: "C64", shape: [40, 384], isReadable: false),
      TensorDescription(name: "small.0", dtype: "F8_E4M3", shape: [40, 384], isReadable: false),
    ],
  ]

  var treebanks: [String: TreebankDescription] = [
    "sentences/templates.conllu": sentences(0..<60), "sentences/others.conllu": sentences(100..<160),
    "sentences/few.conllu": sentences(0..<4),
  ]
  var attention: [String: AttentionDescription] = [
    "minilm/templates.attention.safetensors": run(0..<60),
    "minilm-untrained/templates.seed0.attention.safetensors": run(0..<60, states: [0, 3, 6]),
    "minilm/some.attention.safetensors": run(0..<48, layers: [0, 2, 4], values: true),
    "minilm/weights.attention.safetensors": run(0..<60, states: []),
    "minilm/states.attention.safetensors": run(0..<60, layers: []),
    "minilm/bare.attention.safetensors": run(0..<60, vocabulary: 0),
    "minilm/pairs.attention.safetensors": run(0..<60, states: []),
  ]

  func describe(_ source: DataSource) -> Result<DataDescription, CatalogFailure> {
    let path = source.path
    if path.hasPrefix("..") || path.hasPrefix("/") {
      return .failure(
        CatalogFailure(reason: .outside, message: "\(path) leaves the data folder; allow it by --data"))
    }
    if path == "nouns/damaged.csv" {
      return .failure(
        CatalogFailure(reason: .unreadable, message: "nouns/damaged.csv, line 7: found 3 cells, expected 5"))
    }
    if case .activations(_, _, let keys?) = source, keys != "minilm/keys.txt" {
      return .failure(
        CatalogFailure(reason: .missing, message: "there is no file \(keys)", candidates: ["minilm/keys.txt"])
      )
    }
    if let treebank = treebanks[path] { return .success(.treebank(treebank)) }
    if let file = attention[path] { return .success(.attention(file)) }
    if let tensors = activations[path] { return .success(.activations(tensors)) }
    if let table = tables[path] { return .success(.table(table.description)) }
    let known =
      (Array(activations.keys) + Array(tables.keys) + Array(treebanks.keys) + Array(attention.keys)).sorted()
    return .failure(CatalogFailure(reason: .missing, message: "there is no file \(path)", candidates: known))
  }

  /// Rows have the keys of the table's first column, but for two files.
  func keyMatch(
    of activations: DataSource, tensor: String, with source: DataSource, filled columns: [String]
  ) -> Result<KeyMatch, CatalogFailure>? {
    guard case .table(let path, let key, _) = source, let table = tables[path],
      let column = table.header.firstIndex(of: key)
    else { return nil }
    let places = columns.compactMap { table.header.firstIndex(of: $0) }
    let needed = table.rows.filter { row in places.allSatisfy { row[$0] != "" } }.map { $0[column] }
    switch activations.path {
    case "minilm/marked.npy":
      return .success(KeyMatch(table: needed, activations: table.rows.map { "\u{120}" + $0[column] }))
    case "minilm/others.npy":
      return .success(
        KeyMatch(table: needed, activations: table.rows.map { $0[column] }.dropLast(3) + ["x", "y", "z"]))
    case "minilm/keyless.npy":
      return .failure(
        CatalogFailure(reason: .unreadable, message: "minilm/keyless.npy: the rows have no keys; save them"))
    default: return .success(KeyMatch(table: needed, activations: table.rows.map { $0[column] }))
    }
  }

  func isConstant(_ column: String, within group: String, of source: DataSource) -> Bool? {
    guard let table = tables[source.path], let c = table.header.firstIndex(of: column),
      let g = table.header.firstIndex(of: group)
    else { return nil }
    var values: [String: String] = [:]
    for row in table.rows where row[c] != "" && row[g] != "" {
      if let known = values[row[g]], known != row[c] { return false }
      values[row[g]] = row[c]
    }
    return true
  }

  func areEqualInSize(_ block: String, within stratum: String?, of source: DataSource) -> Bool? {
    guard let table = tables[source.path] else { return nil }
    func cells(_ column: String) -> [Int?]? {
      table.header.firstIndex(of: column).map { place in
        Identifier.numbers(of: table.rows.map { $0[place] == "" ? nil : $0[place] }).numbers
      }
    }
    guard let blocks = cells(block) else { return nil }
    return Self.areEqualInSize(blocks, strata: stratum.flatMap(cells))
  }

  /// Of free arrangements of items or groups only.
  func distinctArrangements(of targets: [String], by rival: PermutedLabels, in source: DataSource) -> Double?
  {
    guard rival.scheme == .free, rival.within == nil, rival.given == nil, let table = tables[source.path]
    else { return nil }
    let places = targets.compactMap { table.header.firstIndex(of: $0) }
    let over = rival.over.flatMap { table.header.firstIndex(of: $0.column) }
    var labelOf: [String: [String]] = [:]
    for (row, cells) in table.rows.enumerated() {
      labelOf[over.map { cells[$0] } ?? "\(row)"] = places.map { cells[$0] }
    }
    var sizes: [[String]: Int] = [:]
    for label in labelOf.values { sizes[label, default: 0] += 1 }
    var (count, placed) = (1.0, 0)
    for size in sizes.values {
      for k in 1...size { count *= Double(placed + k) / Double(k) }
      placed += size
    }
    return count.rounded()
  }

  private static func tensor(_ name: String, _ shape: Int...) -> TensorDescription {
    TensorDescription(name: name, dtype: "F32", shape: shape)
  }

  private static func sentences(_ numbers: Range<Int>) -> TreebankDescription {
    TreebankDescription(
      sentences: numbers.count, words: numbers.count * 9,
      relations: [
        "root": numbers.count, "nsubj": 70, "obj": 50, "det": 90, "amod": 20, "nmod:poss": 15, "compound": 12,
      ],
      tags: ["NOUN": 150, "VERB": 80, "DET": 90, "ADJ": 20, "PRON": 15],
      ids: Set(numbers.map { "t\(1000 + $0)" }))
  }

  /// Six layers of twelve heads, unless it is said otherwise. A third of the sentences has states.
  private static func run(
    _ numbers: Range<Int>, layers: [Int] = Array(0..<6), states: [Int] = Array(0...6), values: Bool = false,
    vocabulary: Int = 400
  ) -> AttentionDescription {
    AttentionDescription(
      sentences: numbers.count, layers: layers, heads: layers.isEmpty ? 0 : 12, stateLayers: states,
      sentencesWithStates: states.isEmpty ? 0 : numbers.count / 3, dimensions: states.isEmpty ? 0 : 384,
      hasValues: values, vocabulary: states.isEmpty ? 0 : vocabulary,
      ids: Set(numbers.map { "t\(1000 + $0)" }))
  }

  /// Pairs of words in sentences, true ones and others.
  private static let pairs = Table(
    header: ["pair", "sentence", "first", "second", "from", "to", "is_hypernym", "set"],
    rows: (0..<40).map { i in
      [
        "pair\(i)", "t\(1000 + i)", "word\(i % 8)", "word\(8 + i / 8)", "\(1 + i % 5)", "\(6 + i % 3)",
        "\(i * 7 % 2)", i % 2 == 0 ? "real" : "swapped",
      ]
    })

  /// Forty nouns, two per lemma. `concreteness`, `is_animal`, `is_vehicle`, `supersense` and `domain` are functions of
  /// the lemma; `domain` is one of `supersense`.
  private static let nouns = Table(
    header: [
      "noun", "lemma", "supersense", "domain", "part", "empty", "length", "zipf", "valence", "concreteness",
      "is_animal", "is_vehicle", "has_wheels", "gender", "word type", "shade", "rare",
    ],
    rows: (0..<40).map { i -> [String] in
      let lemma = i / 2
      return [
        "noun\(i)", "lemma\(lemma)", ["animal", "artifact", "food", "person"][lemma % 4],
        lemma % 4 < 2 ? "thing" : "being", "NOUN", "", "\(3 + i * 7 % 9)", "\(Double(i * 11 % 40) / 8)",
        i % 13 == 0 ? "" : "\(Double(i * 17 % 40) / 10 - 2)", "\(Double(lemma * 3 % 20) / 4)",
        lemma % 3 == 0 ? "1" : "0", lemma % 5 == 1 ? "1" : "0", "\(i % 2)", i % 2 == 0 ? "f" : "m",
        ["a", "b", "c"][i % 3], "shade\(i % 30)", i == 3 ? "1" : "0",
      ]
    })

  /// Columns as they come: missing values spelled out, fractions with commas, codes of kinds.
  private static let raw = Table(
    header: ["noun", "score", "count", "share", "price", "code", "kind", "level", "amount"],
    rows: (0..<40).map { i in
      [
        "noun\(i)", "\(Double(i * 7 % 11) / 4)", i == 6 ? "NA" : "\(i % 9)", "\(i * 3 % 20),\(i % 5)",
        i == 3 ? "12%" : "\(i)", "\(i % 4)", i % 10 == 2 ? "NA" : i % 10 == 7 ? "?" : ["a", "b"][i % 2],
        "\(i % 3)",
        "\(Double(i % 15) / 2)",
      ]
    })

  /// Values that differ as texts, and may be meant to be one.
  private static let untidy = Table(
    header: ["noun", "score", "year", "rater", "class", "letter", "account"],
    rows: (0..<40).map { i in
      [
        "noun\(i)", "\(i * 3 % 7)", ["1", "2", "3", "1.0"][i % 4], ["ann", "bob", "eve", "bob "][i % 4],
        ["x", "y"][i % 2], ["e\u{301}", "a", "\u{E9}", "b"][i % 4],
        "\(1_234_567_890_123_456_700 + i % 8)",
      ]
    })

  private static let other = Table(
    header: ["noun", "score"], rows: (0..<40).map { ["noun\($0)", "\($0 * 3 % 7)"] })

  private static let repeated = Table(
    header: ["noun", "id", "score"], rows: (0..<40).map { ["noun\($0 % 30)", "\($0)", "\($0 * 3 % 7)"] })
}

extension FakeCatalog.Table {
  var description: TableDescription {
    TableDescription(
      rows: rows.count,
      columns: header.enumerated().map { index, name in
        let cells = rows.map { $0[index] }.filter { $0 != "" }
        var counts: [String: Int] = [:]
        for cell in cells { counts[cell, default: 0] += 1 }
        let numbers = cells.compactMap { Double($0) }.filter(\.isFinite)
        let isNumeric = numbers.count == cells.count
        func first(_ text: String) -> ColumnDescription.Cell {
          let row = rows.firstIndex { $0[index] == text }!
          return ColumnDescription.Cell(text: text, line: row + 2, count: counts[text]!)
        }
        let strays = isNumeric ? [] : cells.filter { Double($0) == nil }
        let stray =
          numbers.isEmpty
          ? strays.first { CellNotation($0, decimal: ".").map { $0 != .missing } ?? false } : strays.first
        func cell(_ row: Int) -> ColumnDescription.Cell { .init(text: rows[row][index], line: row + 2) }
        return ColumnDescription(
          name: name, isNumeric: isNumeric, distinct: counts.count, distinctNumbers: Set(numbers).count,
          missing: rows.count - cells.count, commonest: counts.values.max(),
          range: isNumeric && !numbers.isEmpty ? numbers.min()!...numbers.max()! : nil,
          strayText: stray.map(first), strays: stray == nil ? 0 : strays.count,
          markers: isNumeric ? [] : CellNotation.markers(among: counts.keys.sorted()).map(first),
          isWhole: numbers.allSatisfy { $0 == $0.rounded() },
          likenesses: Identifier.likeness(in: rows.map { $0[index] == "" ? nil : $0[index] }).map {
            .init(kind: $0.likeness, first: cell($0.first), second: cell($0.second))
          })
      })
  }
}
