import Resampling
import Testing

/// Under a true null a test at level .05 may reject in one of twenty data sets; here each scheme meets data
/// for which it is the right one, and some for which it is not.
@Suite("Calibration")
struct CalibrationTests {
  static let datasets = 4_000
  static let replicates = 199
  static let alpha = 0.05

  /// One simulated data set.
  struct Sample {
    var representation: [Double]
    var target: [Double]
    var scheme: PermutationScheme
  }

  /// The p-values of the correlation between representation and target, over simulated data sets.
  private func pValues(_ name: String, _ sample: (inout RandomStream) throws -> Sample) rethrows -> [Double] {
    var (sources, scratch): ([Int32], [Int32]) = ([], [])
    return try (0..<Self.datasets).map { dataset in
      var stream = RandomStream(StreamKey(seed: 50, name, "data"), replicate: dataset)
      let data = try sample(&stream)
      let key = StreamKey(seed: 50, name, "null", "\(dataset)")
      let null = (0..<Self.replicates).map { replicate in
        data.scheme.permutation(into: &sources, scratch: &scratch, key: key, replicate: replicate)
        return correlation(data.representation, sources.map { data.target[Int($0)] })
      }
      return pValue(observed: correlation(data.representation, data.target), null: null, exact: false).value
    }
  }

  private func rejectionRate(_ values: [Double]) -> Double {
    Double(values.reduce(0) { $0 + ($1 <= Self.alpha ? 1 : 0) }) / Double(values.count)
  }

  /// Whether a rate over all data sets lies within binomial error of alpha.
  private func expectCalibrated(
    _ name: String, _ values: [Double], _ location: SourceLocation = #_sourceLocation
  ) {
    let rate = rejectionRate(values)
    let error = (Self.alpha * (1 - Self.alpha) / Double(values.count)).squareRoot()
    let strict = Double(values.count { $0 <= 0.01 }) / Double(values.count)
    print(
      "\(name): false positives \(rate) at alpha \(Self.alpha), \(strict) at 0.01, \(values.count) data sets")
    #expect(abs(rate - Self.alpha) < 3 * error, "\(rate)", sourceLocation: location)
    #expect(
      strict < 0.01 + 3 * (0.01 * 0.99 / Double(values.count)).squareRoot(), sourceLocation: location)
    // Multiples of 1/200 enlarge the statistic by up to 1/200; the tail still stays ordinary.
    #expect(KolmogorovSmirnov(uniform: values).probability > 1e-3, sourceLocation: location)
  }

  /// 20 items, independent of each other.
  private func independent(_ effect: Double) -> (inout RandomStream) -> Sample {
    { stream in
      let representation = (0..<20).map { _ in stream.normal() }
      let target = representation.map { effect * $0 + stream.normal() }
      return Sample(representation: representation, target: target, scheme: .free(count: 20))
    }
  }

  /// 5 blocks of 6 items whose mean shifts both the representation and the target.
  private func blocked(_ effect: Double, naive: Bool = false) -> (inout RandomStream) -> Sample {
    { stream in
      let blocks = (0..<30).map { $0 % 5 }
      let shifts = (0..<5).map { _ in 1.5 * stream.normal() }
      let own = blocks.map { _ in stream.normal() }
      let representation = zip(own, blocks).map { $0 + shifts[$1] }
      let target = zip(own, blocks).map { effect * $0 + stream.normal() + shifts[$1] }
      return Sample(
        representation: representation, target: target,
        scheme: naive ? .free(count: 30) : .within(blocks: blocks))
    }
  }

  /// 12 word types with 2 to 7 tokens each: a token's representation is its type's with some noise, and the
  /// target belongs to the type.
  private func typed(
    _ effect: Double, naive: Bool = false, blocks: Bool = false
  ) -> (inout RandomStream) throws -> Sample {
    { stream in
      let groups = (0..<12).flatMap { Array(repeating: $0, count: 2 + $0 % 6) }
      // Blocks of types, such as parts of speech, that shift both sides.
      let shifts = (0..<3).map { _ in blocks ? 1.5 * stream.normal() : 0 }
      let types = (0..<12).map { _ in stream.normal() }
      let labels = types.enumerated().map { effect * $0.element + stream.normal() + shifts[$0.offset % 3] }
      let representation = groups.map { types[$0] + shifts[$0 % 3] + 0.3 * stream.normal() }
      let target = groups.map { labels[$0] }
      if naive {
        return Sample(representation: representation, target: target, scheme: .free(count: groups.count))
      }
      return Sample(
        representation: representation, target: target,
        scheme: try .over(groups: groups, within: blocks ? groups.map { $0 % 3 } : nil))
    }
  }

  @Test("free permutation of independent items")
  func free() {
    expectCalibrated("free", pValues("free", independent(0)))
    let power = rejectionRate(pValues("free, planted", independent(0.8)))
    print("free: power \(power) for an effect of 0.8 standard deviations, 20 items")
    #expect(power > 0.7)
  }

  @Test("permutation within blocks, where free permutation rejects far too often")
  func within() {
    expectCalibrated("within blocks", pValues("within", blocked(0)))
    let power = rejectionRate(pValues("within, planted", blocked(0.8)))
    print("within blocks: power \(power) for an effect of 0.8 standard deviations, 5 blocks of 6")
    #expect(power > 0.7)
    let naive = rejectionRate(pValues("within, naive", blocked(0, naive: true)))
    print("blocks ignored: false positives \(naive)")
    #expect(naive > 0.3)
  }

  @Test("permutation over types, where permuting tokens rejects far too often")
  func over() throws {
    expectCalibrated("over types", try pValues("over", typed(0)))
    let power = rejectionRate(try pValues("over, planted", typed(1.5)))
    print("over types: power \(power) for an effect of 1.5 standard deviations, 12 types")
    #expect(power > 0.7)
    let naive = rejectionRate(try pValues("over, naive", typed(0, naive: true)))
    print("tokens permuted instead of types: false positives \(naive)")
    #expect(naive > 0.2)
  }

  @Test("permutation over types within blocks")
  func overWithin() throws {
    expectCalibrated("over types within blocks", try pValues("over within", typed(0, blocks: true)))
    let power = rejectionRate(try pValues("over within, planted", typed(1.5, blocks: true)))
    print("over types within blocks: power \(power) for an effect of 1.5 standard deviations, 12 types")
    #expect(power > 0.5)
  }

  /// 16 sentences of 5 tokens. Tokens of a sentence resemble each other on both sides, and both sides depend on the
  /// place in the sentence.
  private func sentences(_ effect: Double, naive: Bool = false) -> (inout RandomStream) throws -> Sample {
    { stream in
      let blocks = (0..<80).map { $0 / 5 }
      let own = (0..<16).map { _ in stream.normal() }
      let other = (0..<16).map { _ in stream.normal() }
      let place = blocks.indices.map { Double($0 % 5 - 2) / 2 }
      let representation = blocks.indices.map { own[blocks[$0]] + place[$0] + stream.normal() }
      let target = blocks.indices.map {
        effect * (representation[$0] - place[$0]) + other[blocks[$0]] + place[$0] + stream.normal()
      }
      return Sample(
        representation: representation, target: target,
        scheme: naive ? .free(count: 80) : try .whole(blocks: blocks))
    }
  }

  /// Sequences of 40 tokens in which each resembles its neighbours (an autoregression of .8) on both sides; in a
  /// circle, the last is a neighbour of the first.
  private func serial(
    _ effect: Double, sequences: Int, circle: Bool, naive: Bool = false
  ) -> (inout RandomStream) -> Sample {
    { stream in
      let length = 40
      func draw() -> [Double] {
        (0..<sequences).flatMap { _ in
          let innovations = (0..<length).map { _ in stream.normal() }
          // Running on to the stationary state, or around the circle until nothing of the start is left.
          var value = circle ? 0 : stream.normal() / 0.6
          if circle { for _ in 0..<4 { for x in innovations { value = 0.8 * value + x } } }
          return innovations.map { x in
            value = 0.8 * value + x
            return value
          }
        }
      }
      let representation = draw()
      let target = zip(representation, draw()).map { effect * $0 + $1 }
      return Sample(
        representation: representation, target: target,
        scheme: naive
          ? .free(count: sequences * length)
          : .shifts(sequences: (0..<sequences * length).map { $0 / length }))
    }
  }

  @Test("whole blocks exchanged, where permuting tokens rejects far too often")
  func whole() throws {
    expectCalibrated("whole blocks", try pValues("whole", sentences(0)))
    let power = rejectionRate(try pValues("whole, planted", sentences(0.6)))
    print("whole blocks: power \(power) for an effect of 0.6, 16 blocks of 5")
    #expect(power > 0.7)
    let naive = rejectionRate(try pValues("whole, naive", sentences(0, naive: true)))
    print("tokens permuted instead of whole blocks: false positives \(naive)")
    #expect(naive > 0.5)
  }

  @Test("shifts of circular sequences; permuting tokens rejects far too often")
  func shifts() {
    expectCalibrated("shifts, circular", pValues("circular", serial(0, sequences: 3, circle: true)))
    let power = rejectionRate(pValues("circular, planted", serial(0.6, sequences: 3, circle: true)))
    print("shifts: power \(power) for an effect of 0.6, 3 sequences of 40")
    #expect(power > 0.7)
    let naive = rejectionRate(pValues("circular, naive", serial(0, sequences: 3, circle: true, naive: true)))
    print("tokens permuted instead of shifted: false positives \(naive)")
    #expect(naive > 0.2)
  }

  @Test("shifts of sequences whose ends do not meet: nearly right")
  func openShifts() {
    for sequences in [1, 3] {
      let values = pValues("open \(sequences)", serial(0, sequences: sequences, circle: false))
      let rate = rejectionRate(values)
      print("shifts, \(sequences) open sequences of 40: false positives \(rate) at alpha \(Self.alpha)")
      #expect(rate > 0.03 && rate < 0.08)
    }
  }

  @Test("exact enumeration: 3 against 3 items, 20 arrangements, rejects in one of twenty")
  func exact() {
    let labels = [1, 1, 1, 0, 0, 0]
    let arrangements = PermutationScheme.free(count: 6).arrangements(of: labels, limit: 20)
    var rejections = 0
    for dataset in 0..<Self.datasets {
      var stream = RandomStream(StreamKey(seed: 51, "exact"), replicate: dataset)
      let values = (0..<6).map { _ in stream.normal() }
      let null = arrangements.map { correlation(values, $0.map { Double(labels[Int($0)]) }) }
      if pValue(observed: null[0], null: null, exact: true).value <= Self.alpha { rejections += 1 }
    }
    let rate = Double(rejections) / Double(Self.datasets)
    print("exact: false positives \(rate) at alpha \(Self.alpha)")
    #expect(abs(rate - Self.alpha) < 3 * (Self.alpha * (1 - Self.alpha) / Double(Self.datasets)).squareRoot())
  }
}
