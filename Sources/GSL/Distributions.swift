internal import CGSL
internal import Glibc

/// P(Z <= z) of the standard normal distribution.
public func normalCDF(_ z: Double) -> Double { gsl_cdf_ugaussian_P(z) }

/// The z with P(Z <= z) = `probability`, standard normal (Wichura 1988, AS 241); -inf at 0 and +inf at 1.
/// - Precondition: `probability` lies in 0...1.
public func normalQuantile(_ probability: Double) -> Double {
  precondition((0...1).contains(probability), "the probability \(probability) lies outside 0...1")
  if probability == 0 { return -.infinity }
  if probability == 1 { return .infinity }
  return gsl_cdf_ugaussian_Pinv(probability)
}

/// The quantile of Student's t distribution; infinite at 0 and 1.
/// - Precondition: the probability lies in 0...1, and there is a degree of freedom.
public func studentQuantile(_ probability: Double, degrees: Double) -> Double {
  precondition((0...1).contains(probability), "the probability \(probability) lies outside 0...1")
  precondition(degrees > 0, "\(degrees) degrees of freedom")
  if probability == 0 { return -.infinity }
  if probability == 1 { return .infinity }
  return gsl_cdf_tdist_Pinv(probability, degrees)
}

/// P(X <= x) of the beta distribution with shapes `a` and `b`.
/// - Throws: `GSLError` when a shape is not a positive finite number, `x` is NaN, or no answer is found.
public func betaCDF(_ x: Double, a: Double, b: Double) throws(GSLError) -> Double {
  guard a > 0, b > 0, a.isFinite, b.isFinite, !x.isNaN else { throw .domain("gsl_cdf_beta_P") }
  if x <= 0 { return 0 }
  if x >= 1 { return 1 }
  GSLLibrary.prepare()
  let probability = gsl_cdf_beta_P(x, a, b)
  if !probability.isNaN { return probability }
  // GSL stops its continued fraction after 512 steps; shapes of a million each need more.
  return x < (a + 1) / (a + b + 2) ? try betaTail(x, a: a, b: b) : try 1 - betaTail(1 - x, a: b, b: a)
}

/// The same for x below the mean, by the continued fraction of the incomplete beta function (DLMF 8.17.22; Lentz's
/// method). It takes about sqrt(max(a, b)) steps.
private func betaTail(_ x: Double, a: Double, b: Double) throws(GSLError) -> Double {
  let smallest = 1e-300
  func nonzero(_ value: Double) -> Double { abs(value) < smallest ? smallest : value }
  var c = 1.0
  var d = 1 / nonzero(1 - (a + b) * x / (a + 1))
  var fraction = d
  for step in 1...1_000_000 {
    let m = Double(step)
    let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
    d = 1 / nonzero(1 + even * d)
    c = nonzero(1 + even / c)
    fraction *= c * d
    let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 / nonzero(1 + odd * d)
    c = nonzero(1 + odd / c)
    let factor = c * d
    fraction *= factor
    if abs(factor - 1) < 1e-15 { return min(1, gsl_ran_beta_pdf(x, a, b) * x * (1 - x) / a * fraction) }
  }
  throw GSLError(code: Int32(GSL_EMAXITER), function: "beta distribution function")
}

/// The x with P(X <= x) = `probability` of the beta distribution with shapes `a` and `b`.
///
/// Newton's steps on GSL's distribution function inside a bracket that halves whenever a step leaves it.
/// GSL's own `gsl_cdf_beta_Pinv` (2.7.1) answers NaN for about one in six of the arguments that
/// Clopper-Pearson intervals ask for beyond 300 trials.
/// - Throws: `GSLError` when an argument lies outside its domain.
public func betaQuantile(_ probability: Double, a: Double, b: Double) throws(GSLError) -> Double {
  guard a > 0, b > 0, a.isFinite, b.isFinite, probability >= 0, probability <= 1 else {
    throw .domain("beta quantile")
  }
  if probability == 0 { return 0 }
  if probability == 1 { return 1 }
  var low = 0.0
  var high = 1.0
  var x = a / (a + b)
  // A bisection alone needs at most 1,075 halvings to reach the smallest number; Newton makes it about ten.
  for _ in 0..<1_100 {
    let excess = try betaCDF(x, a: a, b: b) - probability
    if excess == 0 { return x }
    if excess < 0 { low = x } else { high = x }
    var next = x - excess / gsl_ran_beta_pdf(x, a, b)
    if !(next > low && next < high) { next = low + (high - low) / 2 }
    if abs(next - x) <= 4 * x.ulp || next == low && high.ulp >= high - low { return next }
    x = next
  }
  return x
}

/// P(X <= k) successes in n trials of the given probability.
/// - Throws: `GSLError` when `n` is negative or the probability lies outside 0...1.
public func binomialCDF(_ k: Int, trials n: Int, probability: Double) throws(GSLError) -> Double {
  guard n >= 0, probability >= 0, probability <= 1 else { throw .domain("binomial distribution function") }
  if k < 0 { return 0 }
  if k >= n { return 1 }
  // P(X <= k) = P(Beta(n - k, k + 1) <= 1 - p).
  return try betaCDF(1 - probability, a: Double(n - k), b: Double(k + 1))
}

/// P(X > x) of the chi-square distribution.
/// - Throws: `GSLError` when the degrees of freedom are not a positive finite number or `x` is NaN.
public func chiSquareTail(_ x: Double, degreesOfFreedom: Double) throws(GSLError) -> Double {
  guard degreesOfFreedom > 0, degreesOfFreedom.isFinite, !x.isNaN else { throw .domain("gsl_cdf_chisq_Q") }
  GSLLibrary.prepare()
  let tail = gsl_cdf_chisq_Q(x, degreesOfFreedom)
  guard !tail.isNaN else { throw .domain("gsl_cdf_chisq_Q") }
  return tail
}

/// P(X > x) of the generalized Pareto distribution of excesses: (1 + shape x / scale)^(-1/shape), which is
/// exp(-x / scale) at shape 0. With a negative shape nothing lies beyond -scale / shape.
/// - Throws: `GSLError` when the scale is not a positive finite number, or another argument is not finite.
public func generalizedParetoTail(_ x: Double, shape: Double, scale: Double) throws(GSLError) -> Double {
  guard scale > 0, scale.isFinite, shape.isFinite, x.isFinite else {
    throw .domain("generalized Pareto tail")
  }
  if x <= 0 { return 1 }
  let ratio = x / scale
  // Below this, the exponent differs from that of the exponential by less than a rounding error.
  if abs(shape) * ratio * ratio < 1e-17 { return exp(-ratio) }
  let base = shape * ratio
  return base <= -1 ? 0 : exp(-log1p(base) / shape)
}
