public import Activations
public import Hypotheses
internal import Synchronization

/// The data folder: opens each file once, and answers the checker's questions about it.
public final class DataLibrary: Catalog, Sendable {
  let folder: DataFolder
  private let cache = Mutex(Cache())

  /// What was read, or why it could not be.
  private typealias Known<Key: Hashable, Value> = [Key: Swift.Result<Value, ActivationError>]

  private struct Cache {
    var tables: Known<TableRequest, Table> = [:]
    var files: Known<String, ActivationFile> = [:]
    var keys: Known<KeysRequest, [String]> = [:]
    var treebanks: Known<String, Treebank> = [:]
    var attention: Known<String, AttentionFile> = [:]
    var alignments: Known<AlignmentRequest, TreebankAlignment> = [:]
  }

  private struct TableRequest: Hashable {
    var path: String
    var key: String
    var format: TableFormat
  }

  private struct KeysRequest: Hashable {
    var path: String
    var tensor: String
    var explicit: String?
  }

  private struct AlignmentRequest: Hashable {
    var attention: String
    var treebank: String
  }

  public init(folder: DataFolder) {
    self.folder = folder
  }

  /// The table at `path`, relative to the data folder.
  public func table(
    _ path: String, key: String, format: TableFormat = TableFormat()
  ) throws(ActivationError) -> Table {
    try once(\.tables, TableRequest(path: path, key: key, format: format)) { () throws(ActivationError) in
      try Table.read(try folder.resolve(path), key: key, format: Table.Format(format), name: path)
    }
  }

  /// The table that a declaration names; `nil` where it names none, or none that can be read.
  private func table(_ source: DataSource) -> Table? {
    guard case .table(let path, let key, let format) = source else { return nil }
    return try? table(path, key: key, format: format)
  }

  /// The activation file at `path`, relative to the data folder.
  public func activations(_ path: String) throws(ActivationError) -> ActivationFile {
    try once(\.files, path) { () throws(ActivationError) in
      try ActivationFile.open(try folder.resolve(path), name: path)
    }
  }

  /// The keys of a tensor's rows: a family asks for those of every member beside every other.
  /// - Parameters:
  ///   - path: the tensor's file, relative to the data folder.
  ///   - explicit: a file of keys, likewise; `nil`: the tensor's own.
  func keys(of tensor: TensorHeader, in path: String, explicit: String?) throws(ActivationError) -> [String] {
    try once(\.keys, KeysRequest(path: path, tensor: tensor.name, explicit: explicit)) {
      () throws(ActivationError) in
      var resolved: String? = nil
      if let explicit { resolved = try resolve(explicit) }
      return try activations(path).keys(for: tensor, explicit: resolved, name: explicit, within: folder)
    }
  }

  /// The treebank at `path`, relative to the data folder.
  public func treebank(_ path: String) throws(ActivationError) -> Treebank {
    try once(\.treebanks, path) { () throws(ActivationError) in
      try Treebank.read(try folder.resolve(path), name: path)
    }
  }

  /// The file of attention and hidden states at `path`, relative to the data folder.
  public func attention(_ path: String) throws(ActivationError) -> AttentionFile {
    try once(\.attention, path) { () throws(ActivationError) in try AttentionFile(try activations(path)) }
  }

  /// Which sentences of a file of attention and hidden states are which of a treebank. Both are paths relative to the data
  /// folder.
  func alignment(
    of attention: String, with treebank: String
  ) throws(ActivationError) -> TreebankAlignment {
    try once(\.alignments, AlignmentRequest(attention: attention, treebank: treebank)) {
      () throws(ActivationError) in
      try self.attention(attention).aligned(with: try self.treebank(treebank))
    }
  }

  /// What is kept under `key`; where nothing is, it is read, and kept even if it cannot be read.
  private func once<Key: Hashable, Value: Sendable>(
    _ kept: WritableKeyPath<Cache, Known<Key, Value>>, _ key: Key,
    read: () throws(ActivationError) -> Value
  ) throws(ActivationError) -> Value {
    if let known = cache.withLock({ $0[keyPath: kept][key] }) { return try known.get() }
    let result: Swift.Result<Value, ActivationError>
    do { result = .success(try read()) } catch { result = .failure(error) }
    cache.withLock { $0[keyPath: kept][key] = result }
    return try result.get()
  }

  /// The files that a hypothesis reads, as paths relative to the data folder: those that it names, and the keys that lie
  /// beside an activation file.
  public func paths(of hypothesis: Hypothesis) -> Set<String> {
    var paths = Set(hypothesis.data.flatMap(\.source.paths))
    for case .activations(let path, _, let keys) in hypothesis.data.map(\.source) where keys == nil {
      guard let file = try? activations(path) else { continue }
      let besides = file.tensors.contains {
        if case .file? = file.keySource(for: $0, explicit: nil) { true } else { false }
      }
      if besides { paths.insert(ActivationFile.keysPath(beside: path)) }
    }
    return paths
  }

  /// The path on disk of a file in the data folder.
  public func resolve(_ path: String) throws(ActivationError) -> String { try folder.resolve(path) }

  public func describe(_ source: DataSource) -> Swift.Result<DataDescription, CatalogFailure> {
    do {
      switch source {
      case .activations(let path, _, _):
        let file = try activations(path)
        return .success(
          .activations(
            file.tensors.map {
              TensorDescription(
                name: $0.name, dtype: $0.dtype, shape: $0.shape, isReadable: $0.type.isConvertible)
            }))
      case .table(let path, let key, let format):
        return .success(.table(TableDescription(try tableWithAnyKey(path, key: key, format: format))))
      case .treebank(let path):
        return .success(.treebank(TreebankDescription(try treebank(path))))
      case .attention(let path, _, _, _):
        return .success(.attention(try AttentionDescription(try attention(path))))
      case .pairAttention(let pairs):
        return .success(.attention(try AttentionDescription(try attention(pairs.path))))
      }
    } catch {
      guard error.isMissingFile else {
        return .failure(
          CatalogFailure(
            reason: error.isOutsideFolder ? .outside : .unreadable, message: error.description))
      }
      // The checker says itself what was probably meant, in the place of the whole path.
      let folder = source.path.lastIndex(of: "/").map { source.path[...$0] } ?? ""
      return .failure(
        CatalogFailure(
          reason: .missing, message: error.withoutCandidates.description,
          candidates: error.candidates.map { folder + $0 }))
    }
  }

  /// The table, also where `key` cannot be its key: that is for the checker to say, which knows where it was written.
  private func tableWithAnyKey(
    _ path: String, key: String, format: TableFormat
  ) throws(ActivationError) -> Table {
    do throws(ActivationError) { return try table(path, key: key, format: format) } catch {
      switch error.problem {
      case .noKeyColumn, .duplicateKey:
        return try Table.read(
          try folder.resolve(path), key: nil, format: Table.Format(format), name: path)
      default: throw error
      }
    }
  }

  public func isConstant(_ column: String, within group: String, of source: DataSource) -> Bool? {
    guard let table = table(source), let values = table.column(column)?.cells, let groups = table.column(group)?.cells
    else { return nil }
    var known: [String: String] = [:]
    for (value, group) in zip(values, groups) {
      guard let value, let group else { continue }
      if let first = known[group], first != value { return false }
      known[group] = value
    }
    return true
  }

  public func distinctArrangements(
    of targets: [String], by rival: PermutedLabels, in source: DataSource
  ) -> Double? {
    guard let table = table(source) else { return nil }
    return rival.distinctArrangements(of: targets, in: table)
  }

  public func areEqualInSize(_ block: String, within stratum: String?, of source: DataSource) -> Bool? {
    guard let table = table(source), let blocks = table.column(block)?.cells else { return nil }
    guard let stratum else { return Self.areEqualInSize(blocks, strata: nil) }
    return table.column(stratum).map { Self.areEqualInSize(blocks, strata: $0.cells) }
  }
}

extension Table.Format {
  fileprivate init(_ format: TableFormat) {
    self.init(
      separator: format.separator?.utf8.first,
      quoting: format.quoting.flatMap { Quoting(rawValue: $0.rawValue) },
      decimal: format.decimal.utf8.first ?? UInt8(ascii: "."), missing: format.missing)
  }
}

extension TableDescription {
  fileprivate init(_ table: Table) {
    self.init(
      rows: table.rows,
      columns: table.columnNames.compactMap { name in
        table.column(name).map { column in
          var counts: [String: Int] = [:]
          for case let cell? in column.cells { counts[cell, default: 0] += 1 }
          func cell(_ row: Int) -> ColumnDescription.Cell {
            ColumnDescription.Cell(text: column.cells[row] ?? "", line: table.lines[row])
          }
          var rowOfText: [String: Int] = [:]
          var repetition: [ColumnDescription.Cell] = []
          for (row, text) in column.cells.enumerated() where text != nil {
            guard let first = rowOfText.updateValue(row, forKey: text!) else { continue }
            repetition = [cell(first), cell(row)]
            break
          }
          let decimal = String(Unicode.Scalar(table.format.decimal))
          let strays = column.isNumeric ? [] : zip(column.cells, column.numbers).enumerated().compactMap {
            $0.element.0 != nil && $0.element.1 == nil ? $0.offset : nil
          }
          // Where no cell is a number, one that is in another notation keeps the column from being of names.
          let stray =
            strays.count + column.missing < table.rows
            ? strays.first
            : strays.first {
              let notation = CellNotation(column.cells[$0]!, decimal: decimal)
              return notation != nil && notation != .missing
            }
          var markers: [ColumnDescription.Cell] = []
          if !column.isNumeric {
            let texts = Set(CellNotation.markers(among: Array(counts.keys)))
            for row in strays where !texts.isEmpty && markers.count < texts.count {
              let text = column.cells[row]!
              guard texts.contains(text), !markers.contains(where: { $0.text == text }) else { continue }
              markers.append(.init(text: text, line: table.lines[row], count: counts[text] ?? 1))
            }
          }
          return ColumnDescription(
            name: name, isNumeric: column.isNumeric, distinct: column.distinct, missing: column.missing,
            commonest: counts.values.max(), range: column.range,
            strayText: stray.map(cell), strays: stray == nil ? 0 : strays.count, markers: markers,
            isWhole: column.numbers.allSatisfy { $0 == nil || $0 == $0!.rounded() }, repetition: repetition)
        }
      })
  }
}

extension TreebankDescription {
  fileprivate init(_ treebank: Treebank) {
    var (relations, tags): ([String: Int], [String: Int]) = ([:], [:])
    for word in treebank.sentences.lazy.flatMap(\.words) {
      relations[word.relation, default: 0] += 1
      if let tag = word.upos { tags[tag, default: 0] += 1 }
    }
    self.init(
      sentences: treebank.sentences.count, words: treebank.wordCount, relations: relations, tags: tags,
      ids: Set(treebank.sentences.map(\.id)))
  }
}

extension AttentionDescription {
  fileprivate init(_ file: AttentionFile) throws(ActivationError) {
    let places = file.sentences.indices
    self.init(
      sentences: file.sentences.count, layers: file.layers, heads: file.heads, stateLayers: file.stateLayers,
      sentencesWithStates: places.count { file.hasStates($0) }, dimensions: file.dimensions ?? 0,
      hasValues: places.contains { file.hasValues($0) },
      vocabulary: file.hasVocabulary ? try file.vocabulary().ids.count : 0, ids: Set(file.sentences))
  }
}
