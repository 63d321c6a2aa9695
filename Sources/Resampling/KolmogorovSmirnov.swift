internal import GSL
internal import Glibc

/// A Kolmogorov-Smirnov test.
public struct KolmogorovSmirnov: Sendable, Hashable {
  /// The largest distance between the two distribution functions.
  public let statistic: Double
  /// The probability of a statistic at least as large if the values do come from the distribution.
  public let probability: Double

  /// Whether values look uniform on 0...1, as the p-values of true null hypotheses do. P-values of B
  /// replicates are multiples of 1/(B + 1), which enlarges the statistic by up to that much: few replicates
  /// and many values look less uniform than they are.
  ///
  /// Up to 1,000 values the probability is exact (Marsaglia, Tsang and Wang 2003, J. Stat. Softw. 8(18)), to
  /// seven decimals in the far tail; for more, Kolmogorov's limit with Stephens's correction (1970), right to
  /// about three digits.
  /// - Precondition: there is a value, and all lie in 0...1.
  public init(uniform values: [Double]) {
    precondition(!values.isEmpty && values.allSatisfy((0...1).contains), "a value lies outside 0...1")
    let n = Double(values.count)
    var distance = 0.0
    for (i, value) in values.sorted().enumerated() {
      distance = max(distance, Double(i + 1) / n - value, value - Double(i) / n)
    }
    statistic = distance
    probability = Self.tail(distance, count: values.count)
  }

  /// P(D_n >= d).
  private static func tail(_ d: Double, count: Int) -> Double {
    let n = Double(count)
    if d <= 0.5 / n { return 1 }
    if d >= 1 { return 0 }
    let s = n * d * d
    if s > 7.24 || s > 3.76 && count > 99 {
      return min(1, 2 * exp(-(2.000071 + 0.331 / n.squareRoot() + 1.409 / n) * s))
    }
    return count <= 1_000 ? 1 - exactCDF(d, count: count) : limitTail(d, n: n)
  }

  private static func limitTail(_ d: Double, n: Double) -> Double {
    let x = d * (n.squareRoot() + 0.12 + 0.11 / n.squareRoot())
    // Two series of the same function, each where it converges in a few terms.
    if x < 1 {
      var sum = 0.0
      for k in 1...20 { sum += exp(-pow(Double(2 * k - 1) * Double.pi / x, 2) / 8) }
      return 1 - (2 * Double.pi).squareRoot() / x * sum
    }
    var sum = 0.0
    for k in 1...20 { sum += (k % 2 == 1 ? 1 : -1) * exp(-2 * pow(Double(k) * x, 2)) }
    return 2 * sum
  }

  /// P(D_n < d): n!/n^n times the middle element of the n-th power of a matrix.
  private static func exactCDF(_ d: Double, count n: Int) -> Double {
    let k = Int(Double(n) * d) + 1
    let m = 2 * k - 1
    let h = Double(k) - Double(n) * d
    var matrix = Matrix<Double>(rows: m, columns: m)
    for i in 0..<m { for j in 0...min(i + 1, m - 1) { matrix[i, j] = 1 } }
    for i in 0..<m {
      matrix[i, 0] -= pow(h, Double(i + 1))
      matrix[m - 1, i] -= pow(h, Double(m - i))
    }
    if 2 * h > 1 { matrix[m - 1, 0] += pow(2 * h - 1, Double(m)) }
    for i in 0..<m { for j in 0...min(i, m - 1) { matrix[i, j] /= exp(logFactorial(i - j + 1)) } }
    // The powers outgrow the exponent range; their size is carried apart.
    var (power, powerExponent) = (matrix, 0)
    var result: (matrix: Matrix<Double>, exponent: Int)?
    var remaining = n
    while true {
      if remaining & 1 == 1 {
        if let partial = result {
          let product = partial.matrix.multiplied(by: power)
          result = scaled(product, partial.exponent + powerExponent, middle: k - 1)
        } else {
          result = (power, powerExponent)
        }
      }
      remaining >>= 1
      if remaining == 0 { break }
      (power, powerExponent) = scaled(power.multiplied(by: power), 2 * powerExponent, middle: k - 1)
    }
    guard let result else { return 1 }
    // n! / n^n, by logarithms, joins the exponent.
    let logScale = logFactorial(n) - Double(n) * log(Double(n)) + Double(result.exponent) * log(2)
    return min(1, max(0, result.matrix[k - 1, k - 1] * exp(logScale)))
  }

  private static func scaled(
    _ matrix: Matrix<Double>, _ exponent: Int, middle: Int
  ) -> (matrix: Matrix<Double>, exponent: Int) {
    let shift = matrix[middle, middle].exponent
    guard shift > 300 else { return (matrix, exponent) }
    let scale = Double(sign: .plus, exponent: -Int(shift), significand: 1)
    var result = matrix
    for i in result.elements.indices { result.elements[i] *= scale }
    return (result, exponent + Int(shift))
  }
}
