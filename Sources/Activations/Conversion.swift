/// Elements of files to Doubles. All loads are unaligned: neither format promises alignment.
enum Conversion {
  /// The value of an IEEE half, exactly. Integer steps and one multiplication, so that loops over it
  /// vectorise: `Float(Float16)` is a library call per element where the machine's half instructions are not
  /// assumed.
  @inline(__always)
  static func float(half bits: UInt16) -> Float {
    let sign = UInt32(bits & 0x8000) &<< 16
    // The half's exponent and fraction as a float's are 2^112 too small; subnormals come out right too.
    let scaled = Float(bitPattern: UInt32(bits & 0x7FFF) &<< 13) * 0x1p112
    // Infinity and NaN: exponent all ones there, all ones here.
    let special: UInt32 = bits & 0x7C00 == 0x7C00 ? 0x7F80_0000 : 0
    return Float(bitPattern: scaled.bitPattern | special | sign)
  }

  /// The value of a bfloat16: the upper half of a Float.
  @inline(__always)
  static func float(brain bits: UInt16) -> Float {
    Float(bitPattern: UInt32(bits) &<< 16)
  }

  /// Writes `count` consecutive elements at `source` to `target`, `stride` apart. I64 and U64 beyond 2^53 are
  /// rounded to nearest; any non-zero BOOL is 1.
  /// - Precondition: `source` has `count` elements of `tensor.type`, which is convertible.
  static func widen(
    _ source: UnsafeRawPointer, count: Int, of tensor: TensorHeader, to target: UnsafeMutablePointer<Double>,
    stride: Int = 1
  ) {
    let swaps = tensor.isBigEndian
    // One loop per type and layout, with the type's conversion inlined: no call and no branch per element.
    @inline(__always)
    func loop<Raw: FixedWidthInteger & BitwiseCopyable>(_ type: Raw.Type, _ value: (Raw) -> Double) {
      let size = MemoryLayout<Raw>.size
      if swaps || stride != 1 {
        for i in 0..<count {
          let raw = source.loadUnaligned(fromByteOffset: i &* size, as: Raw.self)
          target[i &* stride] = value(swaps ? raw.byteSwapped : raw)
        }
      } else {
        for i in 0..<count {
          target[i] = value(source.loadUnaligned(fromByteOffset: i &* size, as: Raw.self))
        }
      }
    }
    switch tensor.type {
    case .float64: loop(UInt64.self) { Double(bitPattern: $0) }
    case .float32: loop(UInt32.self) { Double(Float(bitPattern: $0)) }
    case .float16: loop(UInt16.self) { Double(float(half: $0)) }
    case .bfloat16: loop(UInt16.self) { Double(float(brain: $0)) }
    case .int64: loop(Int64.self) { Double($0) }
    case .int32: loop(Int32.self) { Double($0) }
    case .int16: loop(Int16.self) { Double($0) }
    case .int8: loop(Int8.self) { Double($0) }
    case .uint64: loop(UInt64.self) { Double($0) }
    case .uint32: loop(UInt32.self) { Double($0) }
    case .uint16: loop(UInt16.self) { Double($0) }
    case .uint8: loop(UInt8.self) { Double($0) }
    case .bool: loop(UInt8.self) { $0 == 0 ? 0 : 1 }
    case .complex64, .float8e4m3, .float8e5m2, .float8e8m0, .float8e4m3fnuz, .float8e5m2fnuz, .float6e2m3,
      .float6e3m2, .float4:
      preconditionFailure("\(tensor.type) is not convertible; callers check")
    }
  }

  /// Whether every value is finite. Branch-free: adding one exponent step to an exponent of all ones carries
  /// into the sign bit, and to no other.
  static func areFinite(_ values: UnsafePointer<Double>, count: Int) -> Bool {
    var carried: UInt64 = 0
    for i in 0..<count {
      carried |= (values[i].bitPattern & 0x7FF0_0000_0000_0000) &+ 0x0010_0000_0000_0000
    }
    return carried >> 63 == 0
  }
}

/// Elements of files to Floats.
extension Conversion {
  /// Writes `count` consecutive elements at `source` to `target`. F16, BF16 and F32 exactly; F64 is rounded to
  /// nearest, and is infinite where no Float is near.
  /// - Precondition: `source` has `count` elements of `type`, a floating-point type, little-endian.
  static func narrow(
    _ source: UnsafeRawPointer, count: Int, of type: ElementType, to target: UnsafeMutablePointer<Float>
  ) {
    @inline(__always)
    func loop<Raw: FixedWidthInteger & BitwiseCopyable>(_ type: Raw.Type, _ value: (Raw) -> Float) {
      let size = MemoryLayout<Raw>.size
      for i in 0..<count {
        target[i] = value(source.loadUnaligned(fromByteOffset: i &* size, as: Raw.self))
      }
    }
    switch type {
    case .float64: loop(UInt64.self) { Float(Double(bitPattern: $0)) }
    case .float32: loop(UInt32.self) { Float(bitPattern: $0) }
    case .float16: loop(UInt16.self) { float(half: $0) }
    case .bfloat16: loop(UInt16.self) { float(brain: $0) }
    default: preconditionFailure("\(type) is no floating-point type; callers check")
    }
  }

  /// Whether every value is finite, without branches.
  static func areFinite(_ values: UnsafePointer<Float>, count: Int) -> Bool {
    var carried: UInt32 = 0
    for i in 0..<count {
      carried |= (values[i].bitPattern & 0x7F80_0000) &+ 0x0080_0000
    }
    return carried >> 31 == 0
  }
}

extension ActivationFile {
  /// Consecutive elements of a safetensors tensor as Floats, whatever their value.
  /// - Parameter buffer: overwritten, and no longer or shorter than `range` afterwards.
  /// - Precondition: the tensor is one of this file, of a floating-point type; `range` lies in it.
  func floats(
    _ tensor: TensorHeader, in range: Range<Int>, into buffer: inout [Float]
  ) throws(ActivationError) {
    precondition(range.lowerBound >= 0 && range.upperBound <= tensor.elementCount, "out of the tensor")
    precondition(tensor.byteRange.upperBound <= bytes.count, "the tensor belongs to another file")
    let (taken, overflow) = range.count.multipliedReportingOverflow(by: MemoryLayout<Float>.stride)
    guard !overflow, taken <= Self.physicalMemory else {
      throw ActivationError(
        file: name, place: .init(tensor: tensor.name),
        problem: .tooLargeForMemory(bytes: overflow ? .max : taken, memory: Self.physicalMemory))
    }
    if buffer.count > range.count { buffer.removeLast(buffer.count - range.count) }
    if buffer.count < range.count {
      buffer.append(contentsOf: repeatElement(0, count: range.count - buffer.count))
    }
    let size = tensor.type.bits / 8
    let first = tensor.byteRange.lowerBound + range.lowerBound * size
    let block = 1 << 21
    var done = 0
    while done < range.count {
      try bytes.checkUnchanged()
      let length = min(block, range.count - done)
      let start = first + done * size
      try bytes.withBytes { source throws(ActivationError) in
        buffer.withUnsafeMutableBufferPointer { target in
          guard let base = source.baseAddress, let output = target.baseAddress else { return }
          Conversion.narrow(base + start, count: length, of: tensor.type, to: output + done)
        }
      }
      bytes.release(start..<start + length * size)
      done += length
    }
  }

  /// All elements of a safetensors tensor of one dimension.
  /// - Precondition: the tensor is one of this file, of an integer type.
  /// - Throws: `integerTooLarge`, `tooLargeForMemory`; `changed`.
  func integers(_ tensor: TensorHeader) throws(ActivationError) -> [Int] {
    precondition(tensor.byteRange.upperBound <= bytes.count, "the tensor belongs to another file")
    let count = tensor.elementCount
    let (taken, overflow) = count.multipliedReportingOverflow(by: MemoryLayout<Int>.stride)
    guard !overflow, taken <= Self.physicalMemory else {
      throw ActivationError(
        file: name, place: .init(tensor: tensor.name),
        problem: .tooLargeForMemory(bytes: overflow ? .max : taken, memory: Self.physicalMemory))
    }
    try bytes.checkUnchanged()
    return try bytes.withBytes { source throws(ActivationError) in
      guard let base = source.baseAddress.map({ $0 + tensor.byteRange.lowerBound }) else { return [] }
      var values = [Int](repeating: 0, count: count)
      func loop<Raw: FixedWidthInteger & BitwiseCopyable>(_ type: Raw.Type) throws(ActivationError) {
        for i in 0..<count {
          let raw = base.loadUnaligned(fromByteOffset: i * MemoryLayout<Raw>.size, as: Raw.self)
          guard let value = Int(exactly: raw) else {
            throw ActivationError(
              file: name, place: .init(tensor: tensor.name), problem: .attention(.integerTooLarge(index: i)))
          }
          values[i] = value
        }
      }
      switch tensor.type {
      case .int64: try loop(Int64.self)
      case .int32: try loop(Int32.self)
      case .int16: try loop(Int16.self)
      case .int8: try loop(Int8.self)
      case .uint64: try loop(UInt64.self)
      case .uint32: try loop(UInt32.self)
      case .uint16: try loop(UInt16.self)
      case .uint8: try loop(UInt8.self)
      default: preconditionFailure("\(tensor.type) is no integer type; callers check")
      }
      return values
    }
  }
}
