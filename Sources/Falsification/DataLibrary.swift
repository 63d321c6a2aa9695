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
    guard let table = table(source), let values = table.column(column),
      let groups = table.column(group)?.identities
    else { return nil }
    var rowOfGroup: [Int: Int] = [:]
    for (row, group) in groups.enumerated() {
      guard let group, let value = values.cells[row] else { continue }
      guard let first = rowOfGroup[group] else {
        rowOfGroup[group] = row
        continue
      }
      // As a target, `1` and `1.0` are one value; ids that are written so are refused.
      guard
        values.identities[first] == values.identities[row]
          || Identifier.areOneNumber(values.cells[first]!, value)
      else { return false }
    }
    return true
  }

  public func distinctArrangements(
    of targets: [String], by rival: PermutedLabels, in source: DataSource
  ) -> Double? {
    guard let table = table(source) else { return nil }
    return rival.distinctArrangements(of: targets, in: table)
  }

  public func keyMatch(
    of activations: DataSource, tensor: String, with source: DataSource, filled columns: [String]
  ) -> Swift.Result<KeyMatch, CatalogFailure>? {
    guard case .activations(let path, _, let explicit) = activations,
      let table = table(source),
      let file = try? self.activations(path), let header = file.tensors.first(where: { $0.name == tensor })
    else { return nil }
    let cells = columns.compactMap { table.column($0)?.cells }
    let needed = table.keys.indices.filter { row in cells.allSatisfy { $0[row] != nil } }
    do throws(ActivationError) {
      return .success(
        KeyMatch(
          table: needed.map { table.keys[$0] },
          activations: try keys(of: header, in: path, explicit: explicit)))
    } catch {
      return .failure(CatalogFailure(reason: .unreadable, message: error.description))
    }
  }

  public func areEqualInSize(_ block: String, within stratum: String?, of source: DataSource) -> Bool? {
    guard let table = table(source), let blocks = table.column(block)?.identities else { return nil }
    guard let stratum else { return Self.areEqualInSize(blocks, strata: nil) }
    return table.column(stratum).map { Self.areEqualInSize(blocks, strata: $0.identities) }
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

/// What keeps a column from being of one kind, and what may not be meant as it stands.
private struct Oddities {
  /// The rows whose cells are neither missing nor numbers.
  let strays: [Int]
  /// The first of them, where the column is mixed.
  let stray: Int?
  /// Names that stand for a missing value elsewhere: the first row of each, and how many cells hold it.
  var markers: [(row: Int, count: Int)] = []
  let isWhole: Bool

  init(_ column: Column, decimal: UInt8) {
    let cells = column.cells
    let decimal = String(Unicode.Scalar(decimal))
    isWhole = column.numbers.allSatisfy { $0 == nil || $0 == $0!.rounded() }
    strays = column.isNumeric ? [] : cells.indices.filter { cells[$0] != nil && column.numbers[$0] == nil }
    let hasNumbers = strays.count + column.missing < cells.count
    // Where no cell is a number, one that is in another notation keeps the column from being of names.
    stray =
      hasNumbers
      ? strays.first
      : strays.first { row in
        CellNotation(cells[row]!, decimal: decimal).map { $0 != .missing } ?? false
      }
    guard !strays.isEmpty else { return }
    let texts = Set(CellNotation.markers(among: Array(Set(cells.compactMap(\.self)))))
    guard !texts.isEmpty else { return }
    var place: [String: Int] = [:]
    for row in strays where texts.contains(cells[row]!) {
      if let known = place[cells[row]!] {
        markers[known].count += 1
      } else {
        place[cells[row]!] = markers.count
        markers.append((row, 1))
      }
    }
  }
}

extension TableDescription {
  fileprivate init(_ table: Table) {
    self.init(
      rows: table.rows,
      columns: table.columnNames.compactMap { name in
        table.column(name).map { column in
          var counts = [Int](repeating: 0, count: column.distinct)
          for case let identity? in column.identities { counts[identity] += 1 }
          func cell(_ row: Int) -> ColumnDescription.Cell {
            ColumnDescription.Cell(text: column.cells[row] ?? "", line: table.lines[row])
          }
          var rowOf: [Int: Int] = [:]
          var repetition: [ColumnDescription.Cell] = []
          for (row, identity) in column.identities.enumerated() {
            guard let identity, let first = rowOf.updateValue(row, forKey: identity) else { continue }
            repetition = [cell(first), cell(row)]
            break
          }
          let likenesses = Identifier.likeness(in: column.cells).map {
            ColumnDescription.Likeness(kind: $0.likeness, first: cell($0.first), second: cell($0.second))
          }
          let oddities = Oddities(column, decimal: table.format.decimal)
          return ColumnDescription(
            name: name, isNumeric: column.isNumeric, distinct: column.distinct,
            distinctNumbers: column.distinctNumbers, missing: column.missing, commonest: counts.max(),
            range: column.range, strayText: oddities.stray.map(cell),
            strays: oddities.stray == nil ? 0 : oddities.strays.count,
            markers: oddities.markers.map { marker in
              var first = cell(marker.row)
              first.count = marker.count
              return first
            }, isWhole: oddities.isWhole, repetition: repetition, likenesses: likenesses)
        }
      },
      separator: table.format.separator.map { String(Unicode.Scalar($0)) },
      quoting: table.format.quoting.flatMap { TableFormat.Quoting(rawValue: $0.rawValue) })
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
