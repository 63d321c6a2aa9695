internal import Foundation
package import GSL

/// The element types in which networks are trained: `Float` for every world, `Double` where a test looks for rounding.
package protocol NetworkScalar: BLASScalar {
  /// Replaces every number by its hyperbolic tangent.
  static func tanh(_ values: UnsafeMutablePointer<Self>, _ count: Int)
  /// One step of Adam on some weights: with m and v the running means of the gradient and of its square, every weight
  /// becomes `kept` times itself less `rate` m / (`correction` sqrt(v) + 1e-8).
  static func adam(
    _ weights: UnsafeMutablePointer<Self>, _ gradient: UnsafePointer<Self>,
    _ mean: UnsafeMutablePointer<Self>,
    _ square: UnsafeMutablePointer<Self>, _ count: Int, rate: Self, correction: Self, kept: Self)
  static func exp(_ value: Self) -> Self
  static func log1p(_ value: Self) -> Self
}

extension Float: NetworkScalar {
  // A rational function of degree 13 over 6, which the compiler turns into vector instructions; off by less than 4e-7.
  // Coefficients: Eigen's `ptanh` (MPL 2.0, generic_fast_tanh_float).
  package static func tanh(_ values: UnsafeMutablePointer<Float>, _ count: Int) {
    for index in 0..<count {
      var x = values[index]
      x = x > 7.905_311 ? 7.905_311 : x
      x = x < -7.905_311 ? -7.905_311 : x
      let s = x * x
      var p = s * -2.760_768_477_423_55e-16 + 2.000_187_904_824_77e-13
      p = s * p + -8.604_671_522_137_35e-11
      p = s * p + 5.122_297_090_371_14e-08
      p = s * p + 1.485_722_357_179_79e-05
      p = s * p + 6.372_619_288_754_36e-04
      p = s * p + 4.893_524_558_917_86e-03
      var q = s * 1.198_258_394_667_02e-06 + 1.185_347_056_866_54e-04
      q = s * q + 2.268_434_632_439_00e-03
      q = s * q + 4.893_525_185_543_85e-03
      values[index] = x * p / q
    }
  }

  package static func adam(
    _ weights: UnsafeMutablePointer<Float>, _ gradient: UnsafePointer<Float>,
    _ mean: UnsafeMutablePointer<Float>, _ square: UnsafeMutablePointer<Float>, _ count: Int, rate: Float,
    correction: Float, kept: Float
  ) {
    let (beta1, beta2, epsilon) = (Float(0.9), Float(0.999), Float(1e-8))
    let (rest1, rest2) = (1 - beta1, 1 - beta2)
    for index in 0..<count {
      let g = gradient[index]
      let m = beta1 * mean[index] + rest1 * g
      let v = beta2 * square[index] + rest2 * g * g
      mean[index] = m
      square[index] = v
      // 1 / sqrt(v) from its exponent and three steps of Newton's: `squareRoot` is a call per number, this is none, and
      // as exact as single precision. Where v is 0, v times it is 0.
      var inverse = Float(bitPattern: 0x5F37_59DF &- (v.bitPattern &>> 1))
      let half = 0.5 * v
      inverse *= 1.5 - half * inverse * inverse
      inverse *= 1.5 - half * inverse * inverse
      inverse *= 1.5 - half * inverse * inverse
      weights[index] = kept * weights[index] - rate * m / (v * inverse * correction + epsilon)
    }
  }

  package static func exp(_ value: Float) -> Float { Foundation.exp(value) }
  package static func log1p(_ value: Float) -> Float { Foundation.log1p(value) }
}

extension Double: NetworkScalar {
  package static func tanh(_ values: UnsafeMutablePointer<Double>, _ count: Int) {
    for index in 0..<count { values[index] = Foundation.tanh(values[index]) }
  }

  package static func adam(
    _ weights: UnsafeMutablePointer<Double>, _ gradient: UnsafePointer<Double>,
    _ mean: UnsafeMutablePointer<Double>, _ square: UnsafeMutablePointer<Double>, _ count: Int, rate: Double,
    correction: Double, kept: Double
  ) {
    for index in 0..<count {
      let g = gradient[index]
      mean[index] = 0.9 * mean[index] + (1 - 0.9) * g
      square[index] = 0.999 * square[index] + (1 - 0.999) * g * g
      weights[index] =
        kept * weights[index] - rate * mean[index] / (square[index].squareRoot() * correction + 1e-8)
    }
  }

  package static func exp(_ value: Double) -> Double { Foundation.exp(value) }
  package static func log1p(_ value: Double) -> Double { Foundation.log1p(value) }
}
