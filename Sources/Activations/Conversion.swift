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
