internal import Foundation

/// Why a record could not be read or written.
public enum RecordError: Error, Sendable, Hashable {
  /// The text is not JSON at all.
  case notJSON(String)
  /// It is a record of another schema, or of none.
  case unsupportedSchema(String?)
  /// A field is missing or of the wrong type. `path` is written `hypotheses[2].score.value`.
  case malformed(path: String, String)
  case cannotRead(path: String, String)
  case cannotWrite(path: String, String)
}

extension Record {
  /// The record as JSON text: keys sorted, numbers with the shortest digits that round-trip, a newline at the end.
  /// The same record always gives the same bytes.
  public var json: String {
    JSONLayout.text(of: self)
  }

  /// Reads a record.
  ///
  /// - Parameter json: the text of a `record.json`. Unknown fields are ignored.
  /// - Throws: `RecordError` where the text is not a record of a schema that this version reads.
  public init(json: String) throws(RecordError) {
    struct Header: Decodable {
      var schema: String?
    }
    let data = Data(json.utf8)
    do {
      let header = try JSONDecoder().decode(Header.self, from: data)
      guard header.schema == Record.currentSchema else { throw RecordError.unsupportedSchema(header.schema) }
      self = try JSONDecoder().decode(Record.self, from: data)
    } catch let error as RecordError {
      throw error
    } catch let error as DecodingError {
      throw RecordError(error)
    } catch {
      throw .notJSON("\(error)")
    }
  }

  /// Reads the record in the file at `path`.
  public init(contentsOf path: String) throws(RecordError) {
    let data: Data
    do {
      data = try Data(contentsOf: URL(fileURLWithPath: path))
    } catch {
      throw .cannotRead(path: path, error.localizedDescription)
    }
    try self.init(json: String(decoding: data, as: UTF8.self))
  }
}

extension RecordError {
  init(_ error: DecodingError) {
    func path(_ context: DecodingError.Context, then key: (any CodingKey)? = nil) -> String {
      (context.codingPath + (key.map { [$0] } ?? [])).reduce(into: "") { text, key in
        if let index = key.intValue {
          text += "[\(index)]"
        } else {
          text += (text.isEmpty ? "" : ".") + key.stringValue
        }
      }
    }
    switch error {
    case .keyNotFound(let key, let context):
      self = .malformed(path: path(context, then: key), "is missing")
    case .typeMismatch(let type, let context):
      self = .malformed(path: path(context), "should be \(type)")
    case .valueNotFound(let type, let context):
      self = .malformed(path: path(context), "is null and should be \(type)")
    case .dataCorrupted(let context) where context.codingPath.isEmpty:
      self = .notJSON(context.debugDescription)
    case .dataCorrupted(let context):
      self = .malformed(path: path(context), context.debugDescription)
    @unknown default:
      self = .notJSON("\(error)")
    }
  }
}

/// Lays compact JSON out for people and for diffs: one field per line, and lists of plain values on one line.
enum JSONLayout {
  /// A document as every JSON output is written: keys sorted, laid out, a newline at the end.
  ///
  /// - Precondition: every number of `document` is an integer or a `Record.Number`, which cannot hold what JSON refuses.
  static func text(of document: some Encodable) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do {
      return indented(String(decoding: try encoder.encode(document), as: UTF8.self)) + "\n"
    } catch {
      preconditionFailure("a document of finite numbers always encodes: \(error)")
    }
  }

  static func indented(_ compact: String) -> String {
    let bytes = Array(compact.utf8)
    var out: [UInt8] = []
    out.reserveCapacity(bytes.count * 2)
    // For each open bracket, whether its content stands on one line.
    var inline: [Bool] = []
    var index = 0

    func newline() {
      out.append(UInt8(ascii: "\n"))
      out.append(contentsOf: repeatElement(UInt8(ascii: " "), count: inline.count * 2))
    }

    while index < bytes.count {
      let byte = bytes[index]
      switch byte {
      case UInt8(ascii: "\""):
        let end = stringEnd(bytes, from: index)
        out.append(contentsOf: bytes[index..<end])
        index = end
        continue
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        out.append(byte)
        if index + 1 < bytes.count, bytes[index + 1] == byte + 2 {
          out.append(byte + 2)  // {} and []: in ASCII the closing bracket stands two places on.
          index += 2
          continue
        }
        inline.append(byte == UInt8(ascii: "[") && holdsOnlyScalars(bytes, from: index + 1))
        if inline.last == false { newline() }
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        if inline.removeLast() == false { newline() }
        out.append(byte)
      case UInt8(ascii: ","):
        out.append(byte)
        if inline.last == true { out.append(UInt8(ascii: " ")) } else { newline() }
      case UInt8(ascii: ":"):
        out.append(contentsOf: [byte, UInt8(ascii: " ")])
      default:
        out.append(byte)
      }
      index += 1
    }
    return String(decoding: out, as: UTF8.self)
  }

  /// The index after the string that starts at `start`.
  private static func stringEnd(_ bytes: [UInt8], from start: Int) -> Int {
    var index = start + 1
    while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
      index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
    }
    return min(index + 1, bytes.count)
  }

  /// Whether the array whose content starts at `start` holds numbers, booleans and nulls only. Strings get a line
  /// each: they are sentences.
  private static func holdsOnlyScalars(_ bytes: [UInt8], from start: Int) -> Bool {
    for byte in bytes[start...] {
      switch byte {
      case UInt8(ascii: "]"): return true
      case UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "\""): return false
      default: continue
      }
    }
    return true
  }
}
