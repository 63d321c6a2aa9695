internal import GSL

/// The element types in which worlds are scored: `Double` for what is reported, `Float` for the bulk of a null
/// distribution.
protocol ProbeScalar: BLASScalar {
  /// The sum of (a[i] - b[i])^2.
  static func squaredDistance(_ a: UnsafePointer<Self>, _ b: UnsafePointer<Self>, _ count: Int) -> Self
  /// The sum of (a[i] - center)^2.
  static func squaredDeviation(_ a: UnsafePointer<Self>, _ center: Self, _ count: Int) -> Self
  /// The sum of a[i].
  static func sum(_ a: UnsafePointer<Self>, _ count: Int) -> Self
  /// The sum of weights[i] (a[i] - b[i])^2.
  static func weightedSquaredDistance(
    _ a: UnsafePointer<Self>, _ b: UnsafePointer<Self>, weights: UnsafePointer<Self>, _ count: Int
  ) -> Self
}

// Sums are split over eight lanes: floating-point addition may not be reordered by the compiler, so a plain loop would
// run one element at a time. The two conformances are written out because a generic SIMD loop is not specialised
// reliably.

extension Float: ProbeScalar {
  static func squaredDistance(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ count: Int) -> Float {
    let (x, y) = (UnsafeRawPointer(a), UnsafeRawPointer(b))
    var lanes = SIMD8<Float>()
    var i = 0
    while i + 8 <= count {
      let difference =
        x.loadUnaligned(fromByteOffset: 4 * i, as: SIMD8<Float>.self)
        - y.loadUnaligned(fromByteOffset: 4 * i, as: SIMD8<Float>.self)
      lanes += difference * difference
      i += 8
    }
    var sum = lanes.sum()
    while i < count {
      sum += (a[i] - b[i]) * (a[i] - b[i])
      i += 1
    }
    return sum
  }

  static func squaredDeviation(_ a: UnsafePointer<Float>, _ center: Float, _ count: Int) -> Float {
    let x = UnsafeRawPointer(a)
    var lanes = SIMD8<Float>()
    var i = 0
    while i + 8 <= count {
      let difference = x.loadUnaligned(fromByteOffset: 4 * i, as: SIMD8<Float>.self) - center
      lanes += difference * difference
      i += 8
    }
    var sum = lanes.sum()
    while i < count {
      sum += (a[i] - center) * (a[i] - center)
      i += 1
    }
    return sum
  }

  static func sum(_ a: UnsafePointer<Float>, _ count: Int) -> Float {
    let x = UnsafeRawPointer(a)
    var lanes = SIMD8<Float>()
    var i = 0
    while i + 8 <= count {
      lanes += x.loadUnaligned(fromByteOffset: 4 * i, as: SIMD8<Float>.self)
      i += 8
    }
    var sum = lanes.sum()
    while i < count {
      sum += a[i]
      i += 1
    }
    return sum
  }

  static func weightedSquaredDistance(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, weights: UnsafePointer<Float>, _ count: Int
  ) -> Float {
    let (x, y, w) = (UnsafeRawPointer(a), UnsafeRawPointer(b), UnsafeRawPointer(weights))
    var lanes = SIMD8<Float>()
    var i = 0
    while i + 8 <= count {
      let difference =
        x.loadUnaligned(fromByteOffset: 4 * i, as: SIMD8<Float>.self)
        - y.loadUnaligned(fromByteOffset: 4 * i, as: SIMD8<Float>.self)
      lanes += w.loadUnaligned(fromByteOffset: 4 * i, as: SIMD8<Float>.self) * difference * difference
      i += 8
    }
    var sum = lanes.sum()
    while i < count {
      sum += weights[i] * (a[i] - b[i]) * (a[i] - b[i])
      i += 1
    }
    return sum
  }
}

extension Double: ProbeScalar {
  static func squaredDistance(
    _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, _ count: Int
  ) -> Double {
    var sum = 0.0
    for i in 0..<count { sum += (a[i] - b[i]) * (a[i] - b[i]) }
    return sum
  }

  static func squaredDeviation(_ a: UnsafePointer<Double>, _ center: Double, _ count: Int) -> Double {
    var sum = 0.0
    for i in 0..<count { sum += (a[i] - center) * (a[i] - center) }
    return sum
  }

  static func sum(_ a: UnsafePointer<Double>, _ count: Int) -> Double {
    var sum = 0.0
    for i in 0..<count { sum += a[i] }
    return sum
  }

  static func weightedSquaredDistance(
    _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, weights: UnsafePointer<Double>, _ count: Int
  ) -> Double {
    var sum = 0.0
    for i in 0..<count { sum += weights[i] * (a[i] - b[i]) * (a[i] - b[i]) }
    return sum
  }
}
