extension Record {
  /// A number of the record. JSON knows only finite numbers: one that is not finite is written as `null`, and
  /// `null` is read as "there is no such number".
  public struct Number: Codable, Sendable, Hashable {
    /// The value; `nil` where it was not finite.
    public var finite: Double?

    public init(_ value: Double) {
      finite = value.isFinite ? value : nil
    }

    /// The form for fields that may be absent: `nil`, and so no field, where `value` is absent or not finite.
    init?(ifFinite value: Double?) {
      guard let value, value.isFinite else { return nil }
      finite = value
    }

    public init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      finite = container.decodeNil() ? nil : try container.decode(Double.self)
    }

    public func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      if let finite { try container.encode(finite) } else { try container.encodeNil() }
    }
  }

  /// A closed interval, written `[lower, upper]`.
  public struct Bounds: Codable, Sendable, Hashable {
    public var lower: Number
    public var upper: Number

    public init(_ lower: Double, _ upper: Double) {
      self.lower = Number(lower)
      self.upper = Number(upper)
    }

    public init(from decoder: any Decoder) throws {
      var container = try decoder.unkeyedContainer()
      lower = try container.decode(Number.self)
      upper = try container.decode(Number.self)
      if !container.isAtEnd {
        throw DecodingError.dataCorruptedError(
          in: container, debugDescription: "an interval has two numbers, not \(container.count ?? 3)")
      }
    }

    public func encode(to encoder: any Encoder) throws {
      var container = encoder.unkeyedContainer()
      try container.encode(lower)
      try container.encode(upper)
    }
  }
}
