internal import GSL

// Written out per type, as in `ProbeScalar.swift`: generic loops over vectors are not specialised reliably.

extension Float: LogisticScalar {
  private typealias Lanes = SIMD8<Float>

  /// exp of eight numbers, each brought into the range in which neither it nor its inverse overflows.
  @inline(__always)
  private static func exp(_ x: Lanes) -> Lanes {
    // `clamped` is not specialised.
    let most = Lanes(repeating: 87)
    let below = x.replacing(with: most, where: x .> most)
    let bounded = below.replacing(with: -most, where: below .< -most)
    // Adding 1.5 x 2^23 rounds to a whole number, which then stands in the lowest bits.
    let magic = Lanes(repeating: 12_582_912)
    let shifted = bounded * 1.44269504088896340736 + magic
    let whole = shifted - magic
    let rest = bounded - whole * 0.693359375 - whole * -2.12194440e-4
    var sum = Lanes(repeating: 0.0001984126984126984)
    sum = sum * rest + 0.001388888888888889
    sum = sum * rest + 0.008333333333333333
    sum = sum * rest + 0.041666666666666664
    sum = sum * rest + 0.16666666666666666
    sum = sum * rest + 0.5
    sum = sum * rest + 1.0
    sum = sum * rest + 1.0
    let bits = unsafeBitCast(shifted, to: SIMD8<UInt32>.self)
    let power = (bits &<< 23) &+ SIMD8<UInt32>(repeating: 127 << 23)
    return sum * unsafeBitCast(power, to: Lanes.self)
  }

  @inline(__always)
  private static func load(_ pointer: UnsafePointer<Float>, _ i: Int) -> Lanes {
    UnsafeRawPointer(pointer + i).loadUnaligned(as: Lanes.self)
  }

  @inline(__always)
  private static func store(_ lanes: Lanes, _ pointer: UnsafeMutablePointer<Float>, _ i: Int) {
    UnsafeMutableRawPointer(pointer + i).storeBytes(of: lanes, as: Lanes.self)
  }

  static func dot(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ count: Int) -> Double {
    var (first, second) = (Lanes(), Lanes())
    var i = 0
    while i + 16 <= count {
      first += load(a, i) * load(b, i)
      second += load(a, i + 8) * load(b, i + 8)
      i += 16
    }
    if i < count { first += load(a, i) * load(b, i) }
    return Double((first + second).sum())
  }

  static func add(
    _ factor: Float, _ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    var i = 0
    while i < count {
      store(load(y, i) + factor * load(x, i), y, i)
      i += 8
    }
  }

  static func preconditioned(
    _ gradient: UnsafePointer<Float>, weight: Float, squares: UnsafePointer<Float>,
    penalties: UnsafePointer<Float>,
    penaltyFactor: Float, into step: UnsafeMutablePointer<Float>, _ count: Int
  ) -> Double {
    var sum = Lanes()
    var i = 0
    while i < count {
      let s = load(squares, i)
      let h = load(gradient, i) / (weight * s + penaltyFactor * load(penalties, i))
      store(h, step, i)
      sum += h * h * s
      i += 8
    }
    return Double(sum.sum())
  }

  static func curvature(
    residual: UnsafePointer<Float>, direction: UnsafePointer<Float>, _ count: Int
  ) -> Double {
    var sum = Lanes()
    var i = 0
    while i < count {
      let (r, d) = (load(residual, i), load(direction, i))
      let size = r.replacing(with: -r, where: r .< 0)
      sum += size * (1 - size) * d * d
      i += 8
    }
    return Double(sum.sum())
  }

  static func sigmoid(
    _ eta: UnsafePointer<Float>, _ direction: UnsafePointer<Float>, step: Float,
    targets: UnsafePointer<Float>,
    residual: UnsafeMutablePointer<Float>, _ count: Int
  ) -> LogisticSums {
    var (slope, curvature, weight) = (Lanes(), Lanes(), Lanes())
    var i = 0
    while i < count {
      let d = load(direction, i)
      let e = exp(-(load(eta, i) + step * d))
      let p = 1 / (1 + e)
      let q = e * p
      let y = load(targets, i)
      // p - y, without cancellation where they are close.
      let r = (1 - y) * p - y * q
      store(r, residual, i)
      let w = p * q
      slope += r * d
      curvature += w * d * d
      weight += w
      i += 8
    }
    return LogisticSums(
      slope: Double(slope.sum()), curvature: Double(curvature.sum()), weight: Double(weight.sum()))
  }

  static func softmax(
    _ eta: UnsafePointer<Float>, _ direction: UnsafePointer<Float>, step: Float,
    targets: UnsafePointer<Float>,
    residual: UnsafeMutablePointer<Float>, classes: [Int], weights: UnsafeMutablePointer<Double>, _ count: Int
  ) -> LogisticSums {
    var (slope, curvature) = (Lanes(), Lanes())
    var sums = [Lanes](repeating: Lanes(), count: classes.count)
    classes.withUnsafeBufferPointer { classes in
      sums.withUnsafeMutableBufferPointer { sums in
        var i = 0
        while i < count {
          var largest = Lanes(repeating: -Float.greatestFiniteMagnitude)
          for k in classes {
            let value = load(eta, k * count + i) + step * load(direction, k * count + i)
            store(value, residual, k * count + i)
            largest = largest.replacing(with: value, where: value .> largest)
          }
          var total = Lanes()
          for k in classes {
            let e = exp(load(residual, k * count + i) - largest)
            store(e, residual, k * count + i)
            total += e
          }
          let inverse = 1 / total
          var (first, second) = (Lanes(), Lanes())
          for (place, k) in classes.enumerated() {
            let p = load(residual, k * count + i) * inverse
            let d = load(direction, k * count + i)
            let r = p - load(targets, k * count + i)
            store(r, residual, k * count + i)
            slope += r * d
            first += p * d
            second += p * d * d
            sums[place] += p * (1 - p)
          }
          curvature += second - first * first
          i += 8
        }
      }
    }
    for (place, k) in classes.enumerated() { weights[k] = Double(sums[place].sum()) }
    return LogisticSums(slope: Double(slope.sum()), curvature: Double(curvature.sum()), weight: 0)
  }
}
