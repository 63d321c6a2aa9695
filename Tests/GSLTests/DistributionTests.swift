import GSL
import Testing

@Suite("Special functions and distributions agree with SciPy")
struct DistributionTests {
  let fixture: Fixture

  init() throws { fixture = try Fixture.load() }

  @Test("normal distribution function and quantile")
  func normal() {
    for row in fixture.normalCDF { #expect(isClose(normalCDF(row[0]), row[1], 1e-12), "\(row)") }
    for row in fixture.normalQuantile {
      #expect(isClose(normalQuantile(row[0]), row[1], 1e-13, scale: 1), "\(row)")
    }
    #expect(normalQuantile(0) == -.infinity && normalQuantile(1) == .infinity && normalQuantile(0.5) == 0)
  }

  @Test("log-gamma, log-factorial, log-binomial")
  func gamma() throws {
    for row in fixture.logGamma { #expect(isClose(try logGamma(row[0]), row[1], 1e-13, scale: 1), "\(row)") }
    for row in fixture.logBinomial {
      let value = logBinomialCoefficient(Int(row[0]), Int(row[1]))
      // A difference of logarithms: the error is relative to the largest.
      #expect(abs(value - row[2]) <= 4e-15 * max(1, row[0] * 14), "\(row)")
    }
    #expect(logFactorial(0) == 0 && logFactorial(1) == 0)
    #expect(isClose(logFactorial(10), 15.104_412_573_075_516, 1e-15))
    let large = Int(UInt32.max)
    // ln (n + 1)! - ln n! = ln (n + 1), across the change of method; the values are near 9e10.
    #expect(abs(logFactorial(large + 1) - logFactorial(large) - 22.180_709_777_918_25) < 1e-4)
  }

  @Test("beta distribution function and quantile, shapes from 0.3 to 1e6")
  func beta() throws {
    for row in fixture.beta {
      let (a, b, probability, x, cdf) = (row[0], row[1], row[2], row[3], row[4])
      // The function is as exact as GSL's logarithms of gamma functions of this size allow.
      #expect(isClose(try betaCDF(x, a: a, b: b), cdf, 1e-8), "\(row)")
      #expect(isClose(try betaQuantile(probability, a: a, b: b), x, 1e-9), "\(row)")
    }
    #expect(try betaQuantile(0, a: 2, b: 3) == 0)
    #expect(try betaQuantile(1, a: 2, b: 3) == 1)
    #expect(try betaCDF(-1, a: 2, b: 3) == 0)
    #expect(try betaCDF(2, a: 2, b: 3) == 1)
  }

  @Test("binomial distribution function and chi-square tail")
  func others() throws {
    for row in fixture.binomial {
      let value = try binomialCDF(Int(row[0]), trials: Int(row[1]), probability: row[2])
      #expect(isClose(value, row[3], 1e-9), "\(row)")
    }
    for row in fixture.chiSquare {
      #expect(isClose(try chiSquareTail(row[0], degreesOfFreedom: row[1]), row[2], 1e-11), "\(row)")
    }
  }

  @Test("an argument outside the domain is a typed error with GSL's words, and does not abort")
  func failures() {
    #expect(throws: GSLError.self) { _ = try logGamma(0) }
    #expect(throws: GSLError.self) { _ = try logGamma(-3) }
    #expect(throws: GSLError.self) { _ = try logGamma(.nan) }
    #expect(throws: GSLError.self) { _ = try betaCDF(0.5, a: 0, b: 1) }
    #expect(throws: GSLError.self) { _ = try betaQuantile(1.5, a: 1, b: 1) }
    #expect(throws: GSLError.self) { _ = try binomialCDF(1, trials: 3, probability: -0.1) }
    #expect(throws: GSLError.self) { _ = try chiSquareTail(1, degreesOfFreedom: 0) }
    do {
      _ = try logGamma(0)
    } catch {
      #expect(error.code == 1 && error.function == "gsl_sf_lngamma" && error.message == "input domain error")
    }
  }
}
