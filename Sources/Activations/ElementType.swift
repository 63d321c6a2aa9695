/// The element types of safetensors, under their names there; .npy types map onto them.
public enum ElementType: String, Sendable, Hashable, CaseIterable, Codable {
  case float64 = "F64"
  case float32 = "F32"
  case float16 = "F16"
  case bfloat16 = "BF16"
  case int64 = "I64"
  case int32 = "I32"
  case int16 = "I16"
  case int8 = "I8"
  case uint64 = "U64"
  case uint32 = "U32"
  case uint16 = "U16"
  case uint8 = "U8"
  case bool = "BOOL"
  // Recognised, so that a file that also holds them can be opened; not converted.
  case complex64 = "C64"
  case float8e4m3 = "F8_E4M3"
  case float8e5m2 = "F8_E5M2"
  case float8e8m0 = "F8_E8M0"
  case float8e4m3fnuz = "F8_E4M3FNUZ"
  case float8e5m2fnuz = "F8_E5M2FNUZ"
  case float6e2m3 = "F6_E2M3"
  case float6e3m2 = "F6_E3M2"
  case float4 = "F4"

  /// The size of one element. The 4- and 6-bit types are packed.
  public var bits: Int {
    switch self {
    case .float64, .int64, .uint64, .complex64: 64
    case .float32, .int32, .uint32: 32
    case .float16, .bfloat16, .int16, .uint16: 16
    case .int8, .uint8, .bool, .float8e4m3, .float8e5m2, .float8e8m0, .float8e4m3fnuz, .float8e5m2fnuz: 8
    case .float6e2m3, .float6e3m2: 6
    case .float4: 4
    }
  }

  /// Whether `ActivationFile.matrix` and `summary` read it.
  public var isConvertible: Bool {
    switch self {
    case .float64, .float32, .float16, .bfloat16, .int64, .int32, .int16, .int8, .uint64, .uint32, .uint16,
      .uint8, .bool:
      true
    case .complex64, .float8e4m3, .float8e5m2, .float8e8m0, .float8e4m3fnuz, .float8e5m2fnuz, .float6e2m3,
      .float6e3m2, .float4:
      false
    }
  }
}

/// What the header of a file says about one tensor. Its claims have been checked against the size of the
/// file.
public struct TensorHeader: Sendable, Hashable {
  /// Empty names are legal. The tensor of an .npy file is named by the stem of the file.
  public let name: String
  public let type: ElementType
  /// No dimension is negative; the product of all fits `Int`.
  public let shape: [Int]
  /// Where the elements stand, in bytes from the start of the file. Never past its end; exactly
  /// `elementCount * type.bits / 8` long.
  public let byteRange: Range<Int>
  /// Whether the first index runs fastest (Fortran order), as an .npy file may have it.
  public let isColumnMajor: Bool
  public let isBigEndian: Bool

  init(
    name: String, type: ElementType, shape: [Int], byteRange: Range<Int>, isColumnMajor: Bool = false,
    isBigEndian: Bool = false
  ) {
    self.name = name
    self.type = type
    self.shape = shape
    self.byteRange = byteRange
    self.isColumnMajor = isColumnMajor
    self.isBigEndian = isBigEndian
  }

  /// The name of the element type, as safetensors spells it ("F16").
  public var dtype: String { type.rawValue }

  /// The product of the shape; 1 for a scalar.
  public var elementCount: Int { shape.reduce(1, *) }

  /// The length of the first dimension: the items. `nil` for a scalar.
  public var rows: Int? { shape.first }

  /// How many numbers one item has: the product of the other dimensions.
  public var columns: Int { shape.dropFirst().reduce(1, *) }
}
