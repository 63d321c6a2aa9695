public import GSL
internal import Glibc

/// A file of activations: safetensors, or one NumPy array.
///
/// Opening reads and checks the header only. Large files are mapped, not read; values are converted on
/// demand, and only those that are asked for. A value of this type may be used from several threads at once.
public struct ActivationFile: Sendable {
  /// Sorted by name.
  public let tensors: [TensorHeader]
  /// The `__metadata__` of a safetensors file; empty for .npy.
  public let metadata: [String: String]
  /// The file as errors name it.
  public let name: String
  /// The size of the file in bytes.
  public var byteCount: Int { bytes.count }

  let bytes: FileBytes

  /// Opens a file and checks its header against its size. What it is follows from its content, not from its
  /// name.
  /// - Parameters:
  ///   - path: a path that the process can open.
  ///   - displayName: what errors are to call the file; the path if `nil`.
  /// - Throws: everything that is wrong with the file or its header, the first fault only.
  public static func open(
    _ path: String, name displayName: String? = nil
  ) throws(ActivationError) -> ActivationFile {
    try ActivationFile(FileBytes(path: path, name: displayName ?? path))
  }

  private init(_ bytes: FileBytes) throws(ActivationError) {
    let header: (tensors: [TensorHeader], metadata: [String: String]) = try bytes.withBytes {
      buffer throws(ActivationError) in
      let file = bytes.name
      guard !buffer.isEmpty else { throw ActivationError(file: file, problem: .empty) }
      // First, because the length that starts a safetensors file can look like another format's magic: a
      // header of 640 bytes starts like a pickle.
      if Safetensors.recognises(buffer) {
        let header = try Safetensors(buffer, file: file)
        return (header.tensors, header.metadata)
      }
      if NumPy.recognises(buffer) {
        let header = try NumPy(buffer, tensorName: Self.stem(of: bytes.path), file: file)
        return ([header.tensor], [:])
      }
      if let format = ForeignFormats.recognise(buffer) {
        throw ActivationError(file: file, problem: .foreign(format))
      }
      if bytes.path.lowercased().hasSuffix(".safetensors") {
        // It claims to be one: say what is wrong with it as one.
        let header = try Safetensors(buffer, file: file)
        return (header.tensors, header.metadata)
      }
      throw ActivationError(file: file, problem: .unknownFormat(firstBytes: Array(buffer.prefix(8))))
    }
    self.bytes = bytes
    name = bytes.name
    tensors = header.tensors
    metadata = header.metadata
  }

  /// The tensor of that name.
  public func tensor(named name: String) -> TensorHeader? {
    // Sorted by name.
    var (low, high) = (0, tensors.count)
    while low < high {
      let middle = (low + high) / 2
      if tensors[middle].name < name { low = middle + 1 } else { high = middle }
    }
    return low < tensors.count && tensors[low].name == name ? tensors[low] : nil
  }

  /// The tensor of that name.
  /// - Throws: `noSuchTensor`, with the names that the file does hold.
  public func requireTensor(named name: String) throws(ActivationError) -> TensorHeader {
    if let tensor = tensor(named: name) { return tensor }
    let names = tensors.map(\.name)
    throw ActivationError(
      file: self.name,
      problem: .noSuchTensor(
        name: name, near: Similarity.nearest(to: name, among: names), held: Array(names.prefix(20))))
  }

  /// Rows of a tensor as Doubles, in the order asked for; a row may be asked for more than once.
  ///
  /// Every type is converted exactly, but I64 and U64 beyond 2^53, which are rounded; BOOL is 0 or 1.
  /// - Parameters:
  ///   - tensor: one of `tensors`, of two dimensions (items by dimensions) or of one (n items by 1).
  ///   - rows: indices of items from 0.
  /// - Returns: `rows.count` by the tensor's second dimension; every element is finite.
  /// - Throws: `rank`, `noElements`, `notConvertible`, `rowOutOfRange`, `tooLargeForMemory`; `notFinite` for
  ///   the first NaN or infinity among the rows asked for; `changed` if the file was cut or rewritten since
  ///   it was opened.
  public func matrix(_ tensor: TensorHeader, rows: [Int]) throws(ActivationError) -> Matrix<Double> {
    func failure(_ problem: ActivationError.Problem, offset: Int? = nil) -> ActivationError {
      ActivationError(file: name, place: .init(tensor: tensor.name, offset: offset), problem: problem)
    }
    let shape = tensor.shape
    guard shape.count == 1 || shape.count == 2 else { throw failure(.rank(shape: shape)) }
    guard tensor.elementCount > 0 else { throw failure(.noElements(shape: shape)) }
    guard tensor.type.isConvertible else { throw failure(.notConvertible(type: tensor.dtype)) }
    guard tensor.byteRange.upperBound <= bytes.count else {
      preconditionFailure("the tensor belongs to another file")
    }
    let items = shape[0]
    let columns = tensor.columns
    for row in rows where row < 0 || row >= items { throw failure(.rowOutOfRange(row: row, rows: items)) }
    let (count, overflow) = rows.count.multipliedReportingOverflow(by: columns)
    let (size, sizeOverflow) = count.multipliedReportingOverflow(by: MemoryLayout<Double>.stride)
    let memory = Self.physicalMemory
    guard !overflow, !sizeOverflow, size <= memory else {
      throw failure(.tooLargeForMemory(bytes: overflow || sizeOverflow ? .max : size, memory: memory))
    }

    var fault: ActivationError?
    let elements: [Double] = try bytes.withBytes { buffer throws(ActivationError) in
      guard let start = buffer.baseAddress.map({ $0 + tensor.byteRange.lowerBound }) else { return [] }
      return Array(unsafeUninitializedCapacity: count) { target, initialized in
        guard let output = target.baseAddress else { return }
        do throws(ActivationError) {
          if tensor.isColumnMajor && columns > 1 {
            try gatherColumnMajor(tensor, rows: rows, from: start, to: output)
          } else {
            try gatherRowMajor(tensor, rows: rows, from: start, to: output)
          }
          initialized = count
        } catch {
          fault = error
        }
      }
    }
    if let fault { throw fault }
    return Matrix(rows: rows.count, columns: columns, elements: elements)
  }

  /// Bytes that are converted between two looks at the size of the file.
  private static let blockBytes = 8 << 20

  private func gatherRowMajor(
    _ tensor: TensorHeader, rows: [Int], from start: UnsafeRawPointer, to output: UnsafeMutablePointer<Double>
  ) throws(ActivationError) {
    let columns = tensor.columns
    let rowBytes = columns * tensor.type.bits / 8
    let block = max(1, Self.blockBytes / rowBytes)
    var done = 0
    while done < rows.count {
      try bytes.checkUnchanged()
      let end = min(done + block, rows.count)
      var (lowest, highest) = (rows[done], rows[done])
      while done < end {
        // Consecutive rows are one run: a column of scalars would otherwise be a call per number.
        var run = 1
        while done + run < end && rows[done + run] == rows[done] + run { run += 1 }
        let target = output + done * columns
        Conversion.widen(start + rows[done] * rowBytes, count: run * columns, of: tensor, to: target)
        if !Conversion.areFinite(target, count: run * columns) {
          throw notFinite(tensor, rows: rows, from: done, values: target, count: run * columns)
        }
        (lowest, highest) = (min(lowest, rows[done]), max(highest, rows[done] + run - 1))
        done += run
      }
      let data = tensor.byteRange.lowerBound
      bytes.release(data + lowest * rowBytes..<data + (highest + 1) * rowBytes)
    }
  }

  private func gatherColumnMajor(
    _ tensor: TensorHeader, rows: [Int], from start: UnsafeRawPointer, to output: UnsafeMutablePointer<Double>
  ) throws(ActivationError) {
    let (items, columns) = (tensor.shape[0], tensor.columns)
    let size = tensor.type.bits / 8
    for column in 0..<columns {
      try bytes.checkUnchanged()
      var done = 0
      while done < rows.count {
        var run = 1
        while done + run < rows.count && rows[done + run] == rows[done] + run { run += 1 }
        Conversion.widen(
          start + (column * items + rows[done]) * size, count: run, of: tensor,
          to: output + done * columns + column, stride: columns)
        done += run
      }
      let place = tensor.byteRange.lowerBound + column * items * size
      bytes.release(place..<place + items * size)
    }
    if !Conversion.areFinite(output, count: rows.count * columns) {
      throw notFinite(tensor, rows: rows, from: 0, values: output, count: rows.count * columns)
    }
  }

  private func notFinite(
    _ tensor: TensorHeader, rows: [Int], from first: Int, values: UnsafePointer<Double>, count: Int
  ) -> ActivationError {
    let columns = tensor.columns
    let index = (0..<count).first { !values[$0].isFinite } ?? 0
    let (row, column) = (rows[first + index / columns], index % columns)
    let element =
      tensor.isColumnMajor && columns > 1 ? column * tensor.shape[0] + row : row * columns + column
    return ActivationError(
      file: name,
      place: .init(tensor: tensor.name, offset: tensor.byteRange.lowerBound + element * tensor.type.bits / 8),
      problem: .notFinite(value: "\(values[index])", row: row, column: column))
  }

  static var physicalMemory: Int {
    let (pages, size) = (sysconf(Int32(_SC_PHYS_PAGES)), sysconf(Int32(_SC_PAGESIZE)))
    guard pages > 0, size > 0 else { return .max }
    let (bytes, overflow) = pages.multipliedReportingOverflow(by: size)
    return overflow ? .max : bytes
  }

  /// The last component of a path without its last extension.
  static func stem(of path: String) -> String {
    let name = path.split(separator: "/").last ?? ""
    guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return String(name) }
    return String(name[..<dot])
  }
}
