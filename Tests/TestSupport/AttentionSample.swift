public import Foundation

/// A tensor of a file that a test writes.
public struct SampleTensor: Sendable {
  /// As safetensors spells it: F64, F32, F16, BF16, I64, U8, ...
  public var type: String
  public var shape: [Int]
  /// Little-endian.
  public var data: Data

  public init(type: String, shape: [Int], data: Data) {
    self.type = type
    self.shape = shape
    self.data = data
  }

  /// Numbers, rounded to the type.
  public init(_ values: [Double], shape: [Int], type: String = "F32") {
    var data = Data()
    func append(_ value: some FixedWidthInteger) {
      withUnsafeBytes(of: value.littleEndian) { data.append(contentsOf: $0) }
    }
    for value in values {
      switch type {
      case "F64": append(value.bitPattern)
      case "F16": append(Self.half(Float(value)))
      case "BF16": append(UInt16(truncatingIfNeeded: (Float(value).bitPattern &+ 0x8000) >> 16))
      default: append(Float(value).bitPattern)
      }
    }
    self.init(type: type, shape: shape, data: data)
  }

  /// Whole numbers, one dimension.
  public init(integers: [Int], type: String = "I64") {
    var data = Data()
    for value in integers {
      let bytes = type.hasSuffix("64") ? 8 : type.hasSuffix("32") ? 4 : type.hasSuffix("16") ? 2 : 1
      withUnsafeBytes(of: value.littleEndian) { data.append(contentsOf: $0.prefix(bytes)) }
    }
    self.init(type: type, shape: [integers.count], data: data)
  }

  /// Rounded to nearest; for values from 2^-14 to 65504, and for what is smaller to a multiple of 2^-24.
  private static func half(_ value: Float) -> UInt16 {
    let sign: UInt16 = value.sign == .minus ? 0x8000 : 0
    let size = abs(value)
    if size.isNaN { return 0x7E00 }
    if size > 65_504 { return sign | 0x7C00 }
    if size < 0x1p-14 { return sign | UInt16((size * 0x1p24).rounded()) }
    return sign | UInt16(truncatingIfNeeded: (size.bitPattern &- 0x3800_0000 &+ 0x1000) >> 13)
  }
}

/// The bytes of a safetensors file, as the reference library lays it out.
public func safetensors(
  tensors: [String: SampleTensor], metadata: [String: String] = [:]
) throws -> Data {
  var header: [String: Any] = metadata.isEmpty ? [:] : ["__metadata__": metadata]
  var body = Data()
  for (name, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
    let start = body.count
    body.append(tensor.data)
    header[name] =
      ["dtype": tensor.type, "shape": tensor.shape, "data_offsets": [start, body.count]] as [String: Any]
  }
  let json = try JSONSerialization.data(withJSONObject: header, options: [.sortedKeys])
  var file = Data()
  withUnsafeBytes(of: UInt64(json.count).littleEndian) { file.append(contentsOf: $0) }
  return file + json + body
}

/// A file of attention (`refute-attention/1`) that a test fills sentence by sentence.
public struct AttentionSample: Sendable {
  public var tensors: [String: SampleTensor] = [:]
  public var metadata = ["format": "refute-attention/1"]
  /// The words of each sentence, joined by spaces; without any, the file does not say what its words are.
  public var words: [String: String] = [:]

  public init() {}

  /// Adds a sentence whose words are one piece each, with a special piece before and one after.
  /// - Parameters:
  ///   - weights: the weight that a layer and head gives, from piece to piece; rows are divided by their sums.
  ///   - words: the words, by which the sentence has its pieces.
  public mutating func add(
    _ name: String, words: [String], layers: Int, heads: Int, type: String = "F16",
    weights: (_ layer: Int, _ head: Int, _ from: Int, _ to: Int) -> Double
  ) {
    let n = words.count + 2
    var values: [Double] = []
    for layer in 0..<layers {
      for head in 0..<heads {
        for row in 0..<n {
          let raw = (0..<n).map { weights(layer, head, row, $0) }
          let sum = raw.reduce(0, +)
          values += raw.map { $0 / sum }
        }
      }
    }
    tensors["attention.\(name)"] = SampleTensor(values, shape: [layers, heads, n, n], type: type)
    tensors["word_index.\(name)"] = SampleTensor(
      integers: [0] + Array(1...max(words.count, 1)).prefix(words.count) + [0], type: "I32")
    self.words[name] = words.joined(separator: " ")
  }

  /// The file.
  public func data() throws -> Data {
    var metadata = metadata
    if !words.isEmpty {
      metadata["words"] = String(decoding: try JSONEncoder().encode(words), as: UTF8.self)
    }
    return try safetensors(tensors: tensors, metadata: metadata)
  }
}
