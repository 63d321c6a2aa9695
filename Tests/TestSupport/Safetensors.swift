public import Foundation

/// A safetensors file of F64 matrices, as the reference library lays it out.
///
/// - Parameters:
///   - tensors: by name, row-major values and the number of columns.
///   - keys: the item keys, for the metadata.
public func safetensors(_ tensors: [String: (values: [Double], columns: Int)], keys: [String]) throws -> Data
{
  var header: [String: Any] = [
    "__metadata__": ["keys": String(decoding: try JSONEncoder().encode(keys), as: UTF8.self)]
  ]
  var body = Data()
  for (name, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
    let start = body.count
    for value in tensor.values {
      withUnsafeBytes(of: value.bitPattern.littleEndian) { body.append(contentsOf: $0) }
    }
    header[name] = [
      "dtype": "F64", "shape": [tensor.values.count / tensor.columns, tensor.columns],
      "data_offsets": [start, body.count],
    ]
  }
  let json = try JSONSerialization.data(withJSONObject: header, options: [.sortedKeys])
  var file = Data()
  withUnsafeBytes(of: UInt64(json.count).littleEndian) { file.append(contentsOf: $0) }
  return file + json + body
}
