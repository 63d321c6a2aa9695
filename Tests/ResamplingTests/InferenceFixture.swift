import Foundation

/// What SciPy, statsmodels, permute and plain NumPy answer; `Fixtures/make_fixtures.py` makes the file.
struct InferenceFixture: Decodable {
  struct SignFlips: Decodable {
    let x: [Double]
    let alternative: String
    let p: Double
  }
  struct TwoSamples: Decodable {
    let x: [Double]
    let y: [Double]
    let p: Double
  }
  struct Permute: Decodable {
    let x: [Double]
    let y: [Double]
    let twoSample: Double
    let z: [Double]
    let oneSample: Double
    let replicates: Int
  }
  struct Shifts: Decodable {
    let sequence: [Int]
    let x: [Double]
    let y: [Double]
    let p: Double
    let distinct: Int
  }
  struct Whole: Decodable {
    let block: [Int]
    let x: [Double]
    let y: [Double]
    let p: Double
    let distinct: Int
  }
  struct ParetoFit: Decodable {
    let y: [Double]
    let shape: Double
    let scale: Double
    let logLikelihood: Double
    let scipyShape: Double
    let scipyScale: Double
    let andersonDarling: Double
    let support: Double
    let heldShape: Double
    let heldScale: Double
    let heldLogLikelihood: Double
  }
  struct Adjusted: Decodable {
    let p: [Double]
    let holm: [Double]
    let benjaminiHochberg: [Double]
    let benjaminiYekutieli: [Double]
  }
  struct MaxT: Decodable {
    let observed: [Double]
    let null: [[Double]]
    let raw: [Double]
    let singleStep: [Double]
    let stepDown: [Double]
  }
  struct Equivalence: Decodable {
    let bounds: [Double]
    let interval: [Double]
    let p: Double
  }
  struct EquivalencePaired: Decodable {
    let x: [Double]
    let y: [Double]
    let bounds: [Double]
    let p: Double
  }
  struct Evidence: Decodable {
    let exceedances: Int
    let replicates: Int
    let alpha: Double
    let below: Double
    let above: Double
  }
  struct OnlineCode: Decodable {
    let probabilities: [Double]
    let ends: [Int]
    let length: Double
  }

  let signFlips: [SignFlips]
  let twoSided: [TwoSamples]
  let permute: Permute
  let shifts: Shifts
  let whole: Whole
  /// Shape, scale, x, P(X > x).
  let paretoTails: [[Double]]
  let paretoFits: [ParetoFit]
  let adjustments: [Adjusted]
  let maxT: [MaxT]
  let equivalence: [Equivalence]
  let equivalencePaired: EquivalencePaired
  let sequential: [Evidence]
  /// Replicates, exceedances, low, high.
  let anytime: [[Double]]
  let onlineCode: OnlineCode

  static func load() throws -> InferenceFixture { try decode("inference") }
}

/// What R answers; `Fixtures/make_fixtures.R` makes the file.
struct RFixture: Decodable {
  struct SignedRank: Decodable {
    let first: [Double]
    let second: [Double]
    let p: Double
  }
  struct RankSum: Decodable {
    let first: [Double]
    let second: [Double]
    let p: Double
    let meanGreater: Double
    let meanTwoSided: Double
  }
  struct MaxT: Decodable {
    /// Hypotheses by items, four of the first class and four of the second.
    let data: [[Double]]
    let statistic: [Double]
    let raw: [Double]
    let adjusted: [Double]
    let upperRaw: [Double]
    let upperAdjusted: [Double]
  }

  let signedRank: SignedRank
  let rankSum: RankSum
  let maxT: MaxT
  let adjust: InferenceFixture.Adjusted

  static func load() throws -> RFixture { try decode("r") }
}

private func decode<Value: Decodable>(_ name: String) throws -> Value {
  let url = Bundle.module.url(forResource: name, withExtension: "json", subdirectory: "Fixtures")!
  return try JSONDecoder().decode(Value.self, from: Data(contentsOf: url))
}
