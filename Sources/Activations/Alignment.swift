/// Which rows of a table and of an activation file speak of the same items.
public struct Alignment: Sendable, Hashable {
  /// Indices into the table's rows, ascending: the shared items in the order of the table.
  public let tableRows: [Int]
  /// For the same items, in the same order, indices into the tensor's rows.
  public let activationRows: [Int]
  /// Keys of the activations that the table lacks, in the activations' order.
  public let missingFromTable: [String]
  /// Keys of the table that the activations lack, in the table's order.
  public let missingFromActivations: [String]

  /// How many items both have.
  public var count: Int { tableRows.count }
  /// Whether both have the same items.
  public var isComplete: Bool { missingFromTable.isEmpty && missingFromActivations.isEmpty }

  /// Matches rows by key, never by position.
  /// - Parameters: the keys of either side, without repetition (a repeated key would match its last row).
  public init(tableKeys: [String], activationKeys: [String]) {
    var rowOfKey: [String: Int] = [:]
    rowOfKey.reserveCapacity(activationKeys.count)
    for (row, key) in activationKeys.enumerated() { rowOfKey[key] = row }
    var (tableRows, activationRows, lacking): ([Int], [Int], [String]) = ([], [], [])
    var used = Array(repeating: false, count: activationKeys.count)
    for (row, key) in tableKeys.enumerated() {
      if let match = rowOfKey[key] {
        tableRows.append(row)
        activationRows.append(match)
        used[match] = true
      } else {
        lacking.append(key)
      }
    }
    self.tableRows = tableRows
    self.activationRows = activationRows
    missingFromActivations = lacking
    missingFromTable = activationKeys.indices.lazy.filter { !used[$0] }.map { activationKeys[$0] }
  }

  /// - Parameters: the names of the two files, for the error.
  /// - Throws: `keysDiffer` unless both sides have the same items; `isComplete` holds afterwards.
  public func requireComplete(table: String, activations: String) throws(ActivationError) {
    guard !isComplete else { return }
    throw ActivationError(
      file: activations,
      problem: .keysDiffer(
        other: table, missingHere: Array(missingFromActivations.prefix(5)),
        missingHereCount: missingFromActivations.count, missingThere: Array(missingFromTable.prefix(5)),
        missingThereCount: missingFromTable.count, shared: count))
  }
}

/// `Alignment(tableKeys:activationKeys:)`, as a sentence.
public func align(tableKeys: [String], with activationKeys: [String]) -> Alignment {
  Alignment(tableKeys: tableKeys, activationKeys: activationKeys)
}
