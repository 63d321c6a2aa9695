internal import Hypotheses

/// Which rows of a table and of an activation file speak of the same items.
public struct Alignment: Sendable, Hashable {
  /// Indices into the table's rows, ascending: the shared items in the order of the table.
  public let tableRows: [Int]
  /// For the same items, in the same order, indices into the tensor's rows.
  public let activationRows: [Int]
  /// Keys of the table that the activations lack, in the table's order.
  public let missingFromActivations: [String]

  /// Those of either side; none where the activations lack nothing.
  private let keys: [[String]]

  /// How many items both have.
  public var count: Int { tableRows.count }

  /// Matches rows by key, never by position.
  /// - Parameters: the keys of either side, without repetition (a repeated key would match its last row).
  public init(tableKeys: [String], activationKeys: [String]) {
    var rowOfKey: [Identifier: Int] = [:]
    rowOfKey.reserveCapacity(activationKeys.count)
    for (row, key) in activationKeys.enumerated() { rowOfKey[Identifier(key)] = row }
    var (tableRows, activationRows, lacking): ([Int], [Int], [String]) = ([], [], [])
    for (row, key) in tableKeys.enumerated() {
      if let match = rowOfKey[Identifier(key)] {
        tableRows.append(row)
        activationRows.append(match)
      } else {
        lacking.append(key)
      }
    }
    self.tableRows = tableRows
    self.activationRows = activationRows
    missingFromActivations = lacking
    keys = lacking.isEmpty ? [] : [tableKeys, activationKeys]
  }

  /// - Parameters: the names of the two files, for the error.
  /// - Throws: `keysDiffer` where the activations lack a key of the table. Activations of other items are no error.
  public func requireActivations(table: String, activations: String) throws(ActivationError) {
    guard keys.count == 2 else { return }
    throw ActivationError(
      file: activations,
      problem: .keysDiffer(other: table, KeyMatch(table: keys[0], activations: keys[1])))
  }
}
