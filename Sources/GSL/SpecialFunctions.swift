internal import CGSL
internal import Glibc

/// ln Γ(x).
/// - Throws: `GSLError` at the poles (0 and the negative integers) and for NaN.
public func logGamma(_ x: Double) throws(GSLError) -> Double {
  guard !x.isNaN else { throw .domain("gsl_sf_lngamma") }
  return try GSLLibrary.evaluate("gsl_sf_lngamma") { gsl_sf_lngamma_e(x, $0) }
}

/// ln n!, a relative error of a few units in the last place.
/// - Precondition: `n` is not negative.
public func logFactorial(_ n: Int) -> Double {
  precondition(n >= 0, "the factorial of the negative number \(n)")
  // GSL's lnfact takes 32 bits; beyond them Stirling's series is exact to the last bits.
  guard n > Int(UInt32.max) else { return gsl_sf_lnfact(UInt32(n)) }
  let x = Double(n)
  return (x + 0.5) * log(x) - x + 0.5 * log(2 * Double.pi) + 1 / (12 * x)
}

/// ln C(n, k).
/// - Precondition: 0 <= k <= n.
public func logBinomialCoefficient(_ n: Int, _ k: Int) -> Double {
  precondition(k >= 0 && k <= n, "no binomial coefficient of \(n) over \(k)")
  return logFactorial(n) - logFactorial(k) - logFactorial(n - k)
}
