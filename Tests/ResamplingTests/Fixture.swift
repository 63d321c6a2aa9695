import Foundation
import GSL

/// What SciPy answers; `Fixtures/make_fixtures.py` makes the file.
struct Fixture: Decodable {
  struct PermutationTest: Decodable {
    let kind: String
    let x: [Double]
    let y: [Double]
    let p: Double
    let replicates: Int
  }
  struct BCa: Decodable {
    let name: String
    let estimate: Double
    let jackknife: [[Double]]
    let replicates: [Double]
    let confidence: Double
    let low: Double
    let high: Double
    let percentile: [Double]
  }
  struct Quantiles: Decodable {
    let sorted: [Double]
    let q: [Double]
    let quantiles: [Double]
  }
  struct KolmogorovSmirnov: Decodable {
    let values: [Double]
    let statistic: Double
    let p: Double
  }

  /// Successes, trials, confidence, low, high.
  let clopperPearson: [[Double]]
  let permutationTests: [PermutationTest]
  let bca: [BCa]
  let quantiles: [Quantiles]
  let kolmogorovSmirnov: [KolmogorovSmirnov]

  static func load() throws -> Fixture {
    let url = Bundle.module.url(forResource: "resampling", withExtension: "json", subdirectory: "Fixtures")!
    return try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: url))
  }
}

/// Whether two numbers agree within a tolerance relative to the second one.
func isClose(_ x: Double, _ y: Double, _ tolerance: Double) -> Bool { abs(x - y) <= tolerance * abs(y) }

/// The probability of counts at least as uneven as these if all were equally likely (Pearson's chi-square).
func evenness(_ counts: [Int]) throws -> Double {
  let expected = Double(counts.reduce(0, +)) / Double(counts.count)
  let statistic = counts.reduce(0.0) { $0 + (Double($1) - expected) * (Double($1) - expected) / expected }
  return try chiSquareTail(statistic, degreesOfFreedom: Double(counts.count - 1))
}

func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

func correlation(_ x: [Double], _ y: [Double]) -> Double {
  let (meanX, meanY) = (mean(x), mean(y))
  var (xx, yy, xy) = (0.0, 0.0, 0.0)
  for (a, b) in zip(x, y) {
    xx += (a - meanX) * (a - meanX)
    yy += (b - meanY) * (b - meanY)
    xy += (a - meanX) * (b - meanY)
  }
  return xy / (xx * yy).squareRoot()
}
