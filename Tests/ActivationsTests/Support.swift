import Activations
import Foundation
import Testing

/// What the Python libraries say about the fixtures (`Fixtures/make_fixtures.py`).
struct Expected: Decodable, Sendable {
  struct Array: Decodable, Sendable {
    var shape: [Int]
    var values: [Number]
    var doubles: [Double] { values.map(\.value) }
  }
  struct Number: Decodable, Sendable {
    var value: Double
    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let text = try? container.decode(String.self) {
        value = try #require(Double(text))
      } else {
        value = try container.decode(Double.self)
      }
    }
  }
  struct Summary: Decodable, Sendable {
    var count, nan, infinity, zeroRows: Int
    var minimum, maximum, mean, standardDeviation: Double
  }
  struct CSV: Decodable, Sendable {
    var delimiter, text: String
    var rows: [[String]]?
  }
  struct Cell: Decodable, Sendable {
    var text: String
    var number: Double?
    init(from decoder: any Decoder) throws {
      var container = try decoder.unkeyedContainer()
      text = try container.decode(String.self)
      number = try container.decodeIfPresent(Double.self)
    }
  }
  struct Damaged: Decodable, Sendable {
    /// One scalar per byte.
    var header: String
    /// Whether the reference implementation reads it.
    var isAccepted: Bool
    init(from decoder: any Decoder) throws {
      var container = try decoder.unkeyedContainer()
      header = try container.decode(String.self)
      isAccepted = try container.decode(Bool.self)
    }
  }
  var types: [String: Array]
  var words: [String]
  var summaries: [String: Summary]
  var npy: [String: Array]
  var csv: [CSV]
  var damaged: [Damaged]
  var numbers: [Cell]
  var sha256: [String: String]

  static func load() throws -> Expected {
    try JSONDecoder().decode(
      Expected.self, from: Data(contentsOf: URL(fileURLWithPath: fixture("expected.json"))))
  }
}

/// The path of a fixture.
func fixture(_ name: String) throws -> String {
  let folder = try #require(Bundle.module.resourceURL)
  return folder.appendingPathComponent("Fixtures").appendingPathComponent(name).path
}

/// A folder that goes away with its owner.
final class Scratch {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "refute-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes a file and returns its path.
  @discardableResult
  func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    let file = "\(path)/\(name)"
    let folder = (file as NSString).deletingLastPathComponent
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try Data(bytes).write(to: URL(fileURLWithPath: file))
    return file
  }

  @discardableResult
  func write(_ name: String, _ text: String) throws -> String { try write(name, Array(text.utf8)) }
}

/// The bytes of a safetensors file with that header, well formed or not.
func safetensors(_ header: String, data: [UInt8] = [], length: UInt64? = nil) -> [UInt8] {
  safetensors(Array(header.utf8), data: data, length: length)
}

func safetensors(_ header: [UInt8], data: [UInt8] = [], length: UInt64? = nil) -> [UInt8] {
  withUnsafeBytes(of: (length ?? UInt64(header.count)).littleEndian, Array.init) + header + data
}

/// The bytes of an .npy file with that header.
func npy(_ header: String, data: [UInt8] = [], version: (UInt8, UInt8) = (1, 0), length: Int? = nil)
  -> [UInt8]
{
  let size = length ?? header.utf8.count
  let field =
    version.0 == 1
    ? withUnsafeBytes(of: UInt16(truncatingIfNeeded: size).littleEndian, Array.init)
    : withUnsafeBytes(of: UInt32(truncatingIfNeeded: size).littleEndian, Array.init)
  return [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, version.0, version.1] + field + Array(header.utf8) + data
}

/// Little-endian bytes.
func bytes(_ values: [Float]) -> [UInt8] {
  values.flatMap { withUnsafeBytes(of: $0.bitPattern.littleEndian, Array.init) }
}

/// A matrix of `shape` floats, its keys if any in the metadata.
func activations(_ values: [Float], shape: [Int], keys: [String]? = nil, tensor: String = "x") throws
  -> [UInt8]
{
  var header: [String: Any] = [
    tensor: ["dtype": "F32", "shape": shape, "data_offsets": [0, 4 * values.count]] as [String: Any]
  ]
  if let keys {
    header["__metadata__"] = ["keys": String(decoding: try JSONEncoder().encode(keys), as: UTF8.self)]
  }
  return safetensors(Array(try JSONSerialization.data(withJSONObject: header)), data: bytes(values))
}

/// The error of `body`, whose words are checked too: one line that starts with the file and says more than
/// that.
func failure<T>(
  _ body: @autoclosure () throws(ActivationError) -> T, sourceLocation: SourceLocation = #_sourceLocation
) -> ActivationError? {
  do throws(ActivationError) {
    _ = try body()
    Issue.record("no error was thrown", sourceLocation: sourceLocation)
    return nil
  } catch {
    checkWords(error, sourceLocation: sourceLocation)
    return error
  }
}

func checkWords(_ error: ActivationError, sourceLocation: SourceLocation = #_sourceLocation) {
  let words = error.description
  #expect(words.count > error.file.count.clamped(300) + 15, "\(words)", sourceLocation: sourceLocation)
  #expect(words.count < 1_500, "\(words)", sourceLocation: sourceLocation)
  #expect(
    !words.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F }, "\(words)",
    sourceLocation: sourceLocation)
}

extension Int {
  fileprivate func clamped(_ limit: Int) -> Int { Swift.min(self, limit) }
}

/// SplitMix64: the fuzzed cases are the same everywhere.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
