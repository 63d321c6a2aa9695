internal import Hypotheses

/// Where the keys of a tensor's rows come from.
public enum KeySource: Sendable, Hashable {
  /// A text file with one key per line.
  case file(path: String)
  /// An entry of the file's own metadata: a JSON array of strings.
  case metadata(entry: String)
}

extension ActivationFile {
  /// Where `keys(for:explicit:)` looks, or `nil` if there is nothing: the explicit file; else the metadata
  /// entry `keys.<tensor>`, then `keys`; else `<stem>.keys.txt` beside the file, if it exists.
  public func keySource(for tensor: TensorHeader, explicit path: String?) -> KeySource? {
    if let path { return .file(path: path) }
    for entry in ["keys.\(tensor.name)", "keys"] where metadata[entry] != nil {
      return .metadata(entry: entry)
    }
    let beside = Self.keysPath(beside: bytes.path)
    return FileBytes.exists(beside) ? .file(path: beside) : nil
  }

  /// The key of every row of a tensor, from the source that `keySource(for:explicit:)` names.
  ///
  /// A text file is UTF-8, one key per line, LF or CRLF, a byte order mark and a last line end allowed; keys
  /// are taken as they stand, with their spaces.
  /// - Parameters:
  ///   - path: a text file of keys, or `nil`.
  ///   - folder: if set, a keys file beside the activations must lie in it too, whatever it links to.
  ///   - displayName: what errors are to call the explicit file; the path if `nil`.
  /// - Returns: as many keys as the tensor has rows, no two equal (byte for byte), none empty.
  /// - Throws: `noKeys`, `keyCount`, `keySyntax`, `emptyKey`, `duplicateKey`, `rank` for a scalar, and
  ///   whatever is wrong with the text file.
  public func keys(
    for tensor: TensorHeader, explicit path: String?, name displayName: String? = nil,
    within folder: DataFolder? = nil
  ) throws(ActivationError) -> [String] {
    guard let rows = tensor.rows else {
      throw ActivationError(
        file: name, place: .init(tensor: tensor.name), problem: .rank(shape: tensor.shape))
    }
    switch keySource(for: tensor, explicit: path) {
    case nil:
      throw ActivationError(
        file: name, place: .init(tensor: tensor.name),
        problem: .noKeys(lookedFor: [
          "metadata entry \"keys.\(tensor.name)\"", "metadata entry \"keys\"",
          "file \(Self.keysPath(beside: name))",
        ]))
    case .metadata(let entry):
      return try metadataKeys(entry, tensor: tensor, rows: rows)
    case .file(let found):
      let name = path == nil ? Self.keysPath(beside: self.name) : displayName ?? found
      if path == nil { try folder?.require(found, name: name) }
      return try Self.keys(inFile: found, name: name, tensor: tensor, rows: rows)
    }
  }

  private func metadataKeys(
    _ entry: String, tensor: TensorHeader, rows: Int
  ) throws(ActivationError) -> [String] {
    let place = ActivationError.Place(tensor: tensor.name)
    let text = Array((metadata[entry] ?? "").utf8)
    var keys: [String] = []
    var fault: SyntaxFailure?
    text.withUnsafeBytes { buffer in
      var cursor = JSONCursor(buffer)
      do throws(SyntaxFailure) {
        try cursor.array { cursor throws(SyntaxFailure) in
          // One more than fits is enough to know that there are too many.
          guard keys.count <= rows else { return try cursor.skipValue() }
          keys.append(try cursor.string())
        }
        try cursor.expectEnd("nothing after the array")
      } catch {
        fault = error
      }
    }
    if let fault {
      throw ActivationError(
        file: name, place: place,
        problem: .keySyntax(
          entry: entry, found: "\(fault.found) at byte \(fault.offset) of it", expected: fault.expected))
    }
    guard keys.count == rows else {
      throw ActivationError(
        file: name, place: place, problem: .keyCount(found: keys.count, rows: rows))
    }
    if let index = keys.firstIndex(of: "") {
      throw ActivationError(file: name, place: place, problem: .emptyKey(index: index))
    }
    if let (first, second) = Identifier.firstDuplicate(in: keys) {
      throw ActivationError(
        file: name, place: place,
        problem: .duplicateKey(key: keys[first], first: first, second: second, firstLine: nil))
    }
    return keys
  }

  private static func keys(
    inFile path: String, name: String, tensor: TensorHeader, rows: Int
  ) throws(ActivationError) -> [String] {
    let file = try FileBytes(path: path, name: name)
    var keys: [String] = []
    try file.checkUnchanged()
    try file.withBytes { buffer throws(ActivationError) in
      var start = buffer.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
      while start < buffer.count {
        let end = buffer[start...].firstIndex(of: 0x0A) ?? buffer.count
        let next = end + 1
        let stop = end > start && buffer[end - 1] == 0x0D ? end - 1 : end
        let place = ActivationError.Place(line: keys.count + 1, offset: start)
        guard let key = String(validating: buffer[start..<stop], as: UTF8.self) else {
          throw ActivationError(file: name, place: place, problem: .tableSyntax(.notUTF8))
        }
        guard !key.utf8.contains(0) else {
          throw ActivationError(file: name, place: place, problem: .tableSyntax(.nulByte))
        }
        guard !key.isEmpty else {
          throw ActivationError(file: name, place: place, problem: .emptyKey(index: keys.count))
        }
        keys.append(key)
        start = next
      }
    }
    guard keys.count == rows else {
      throw ActivationError(
        file: name, place: .init(tensor: tensor.name), problem: .keyCount(found: keys.count, rows: rows))
    }
    if let (first, second) = Identifier.firstDuplicate(in: keys) {
      throw ActivationError(
        file: name, place: .init(line: second + 1),
        problem: .duplicateKey(key: keys[first], first: first, second: second, firstLine: first + 1))
    }
    return keys
  }

  /// Where the keys of an activation file are looked for when neither it nor the caller names them: `<stem>.keys.txt`.
  public static func keysPath(beside path: String) -> String {
    replacingExtension(of: path, by: "keys.txt")
  }

  /// `a/b.safetensors` becomes `a/b.<extension>`.
  static func replacingExtension(of path: String, by suffix: String) -> String {
    let folder = path.lastIndex(of: "/").map { path[...$0] } ?? ""
    return "\(folder)\(stem(of: path)).\(suffix)"
  }
}
