import Foundation
import GSL

/// What NumPy and SciPy answer; `Fixtures/make_fixtures.py` makes the file.
struct Fixture: Decodable {
  struct Block: Decodable {
    let counter: [UInt32]
    let key: [UInt32]
    let words: [UInt32]
  }
  struct Elements: Decodable {
    let rows: Int
    let columns: Int
    let elements: [Double]
    var matrix: Matrix<Double> { Matrix(rows: rows, columns: columns, elements: elements) }
  }
  struct Product: Decodable {
    let a: Elements
    let b: Elements
    let product: Elements
  }
  struct Solution: Decodable {
    let matrix: Elements
    let right: Elements
    let solution: Elements
  }
  struct Eigen: Decodable {
    let matrix: Elements
    let values: [Double]
    let vectors: Elements
  }

  let philox: [Block]
  let philoxRow: [UInt32]
  let products: [Product]
  let cholesky: [Solution]
  let eigen: [Eigen]
  let normalCDF: [[Double]]
  let normalQuantile: [[Double]]
  let logGamma: [[Double]]
  let logBinomial: [[Double]]
  /// a, b, probability, quantile, distribution function at the quantile.
  let beta: [[Double]]
  /// k, n, probability, distribution function.
  let binomial: [[Double]]
  /// x, degrees of freedom, tail.
  let chiSquare: [[Double]]

  static func load() throws -> Fixture {
    let url = Bundle.module.url(forResource: "gsl", withExtension: "json", subdirectory: "Fixtures")!
    return try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: url))
  }
}

/// Whether two numbers agree within a tolerance relative to the larger of `scale` and the second one.
func isClose(_ x: Double, _ y: Double, _ tolerance: Double, scale: Double = 0) -> Bool {
  abs(x - y) <= tolerance * max(abs(y), scale)
}
