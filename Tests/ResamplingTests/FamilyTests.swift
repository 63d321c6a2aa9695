import Foundation
import GSL
import Resampling
import Testing

@Suite("Families")
struct FamilyTests {
  private func matrix(_ rows: [[Double]]) -> Matrix<Double> {
    Matrix(rows: rows.count, columns: rows.first?.count ?? 0, elements: rows.flatMap { $0 })
  }

  @Test("Holm, Benjamini-Hochberg and Benjamini-Yekutieli agree with statsmodels, and with R's p.adjust")
  func adjustments() throws {
    for entry in try InferenceFixture.load().adjustments + [RFixture.load().adjust] {
      for (adjustment, expected) in [
        (Adjustment.holm, entry.holm), (.benjaminiHochberg, entry.benjaminiHochberg),
        (.benjaminiYekutieli, entry.benjaminiYekutieli),
      ] {
        let adjusted = adjustment.adjusted(entry.p)
        #expect(zip(adjusted, expected).allSatisfy { abs($0 - $1) < 1e-14 }, "\(adjustment) \(entry.p)")
      }
    }
  }

  @Test(
    "adjusted values keep the order, lie in 0...1 and above the raw ones, and do not depend on the order given"
  )
  func monotone() {
    for replicate in 0..<200 {
      var stream = RandomStream(StreamKey(seed: 80, "adjust"), replicate: replicate)
      let values = (0..<1 + stream.below(30)).map { _ in
        replicate % 2 == 0 ? stream.uniform() * stream.uniform() : Double(stream.below(6)) / 5
      }
      for adjustment in Adjustment.allCases {
        let adjusted = adjustment.adjusted(values)
        #expect(zip(adjusted, values).allSatisfy { $0 >= $1 && $0 <= 1 })
        for i in values.indices {
          for j in values.indices where values[i] <= values[j] { #expect(adjusted[i] <= adjusted[j]) }
        }
        #expect(adjustment.adjusted(values.reversed()) == adjusted.reversed())
      }
    }
    for adjustment in Adjustment.allCases {
      #expect(adjustment.adjusted([]) == [])
      #expect(adjustment.adjusted([0.3]) == [0.3])
    }
  }

  @Test("max-T agrees with a direct computation in NumPy, with ties")
  func numpy() throws {
    for entry in try InferenceFixture.load().maxT {
      let result = MaxT(observed: entry.observed, null: matrix(entry.null), exact: false)
      for (values, expected) in [
        (result.raw, entry.raw), (result.singleStep, entry.singleStep), (result.stepDown, entry.stepDown),
      ] {
        #expect(zip(values, expected).allSatisfy { isClose($0.value, $1, 1e-14) })
      }
    }
  }

  @Test("step-down max-T agrees with R's multtest over all 70 rearrangements")
  func multtest() throws {
    let example = try RFixture.load().maxT
    let labels = [0, 0, 0, 0, 1, 1, 1, 1]
    /// Welch's t of the second class against the first.
    func statistic(_ row: [Double], _ sources: [Int32]) -> Double {
      var samples: [[Double]] = [[], []]
      for (value, source) in zip(row, sources) { samples[labels[Int(source)]].append(value) }
      let means = samples.map(mean)
      let variances = zip(samples, means).map { sample, center in
        sample.reduce(0) { $0 + ($1 - center) * ($1 - center) } / Double(sample.count - 1)
      }
      return (means[1] - means[0]) / (variances[0] / 4 + variances[1] / 4).squareRoot()
    }
    let null = PermutationScheme.free(count: 8).arrangements(of: labels, limit: 70).map { sources in
      example.data.map { statistic($0, sources) }
    }
    #expect(zip(null[0], example.statistic).allSatisfy { isClose($0, $1, 1e-10) })
    let upper = MaxT(observed: null[0], null: matrix(null), exact: true)
    let both = MaxT(observed: null[0].map(abs), null: matrix(null.map { $0.map(abs) }), exact: true)
    for (values, expected) in [
      (upper.raw, example.upperRaw), (upper.stepDown, example.upperAdjusted), (both.raw, example.raw),
      (both.stepDown, example.adjusted),
    ] {
      #expect(
        zip(values, expected).allSatisfy { isClose($0.value, $1, 1e-12) },
        "\(values.map(\.value)) \(expected)")
    }
  }

  @Test("raw <= step-down <= single step, in the order of the statistics; the first is the test of any")
  func order() {
    for replicate in 0..<100 {
      var stream = RandomStream(StreamKey(seed: 81, "max-T"), replicate: replicate)
      let hypotheses = 1 + stream.below(12)
      // Whole numbers on every other data set: ties.
      func draw() -> Double { replicate % 2 == 0 ? stream.normal() : stream.normal().rounded() }
      let observed = (0..<hypotheses).map { _ in draw() + 0.5 }
      let null = Matrix(
        rows: 50, columns: hypotheses, elements: (0..<50 * hypotheses).map { _ in draw() })
      let result = MaxT(observed: observed, null: null, exact: false)
      for i in observed.indices {
        #expect(result.raw[i].value <= result.stepDown[i].value)
        #expect(result.stepDown[i].value <= result.singleStep[i].value)
        for j in observed.indices where observed[i] >= observed[j] {
          #expect(result.stepDown[i].value <= result.stepDown[j].value)
          #expect(result.singleStep[i].value <= result.singleStep[j].value)
        }
        // Another order of the hypotheses, the same answers.
        let turned = MaxT(
          observed: observed.reversed(),
          null: Matrix(
            rows: 50, columns: hypotheses,
            elements: (0..<50).flatMap { row in
              (0..<hypotheses).reversed().map { null.elements[row * hypotheses + $0] }
            }), exact: false)
        #expect(turned.stepDown.reversed() == result.stepDown)
      }
      let best = observed.indices.max { observed[$0] < observed[$1] }!
      #expect(result.any == result.singleStep[best] && result.any == result.stepDown[best])
    }
  }

  @Test("one hypothesis is not adjusted; what cannot be compared helps none")
  func edges() {
    let one = MaxT(observed: [2], null: matrix([[1], [2], [3]]), exact: false)
    #expect(one.raw == one.singleStep && one.raw == one.stepDown && one.any?.value == 0.75)
    let none = MaxT(observed: [], null: Matrix(rows: 5, columns: 0), exact: false)
    #expect(none.any == nil && none.raw.isEmpty)
    let missing = MaxT(
      observed: [.nan, 5, 1], null: matrix([[0, 0, 0], [0, 0, .nan], [9, 0, 0]]), exact: false)
    #expect(missing.raw.map(\.value) == [1, 0.25, 0.5])
    #expect(missing.singleStep.map(\.value) == [1, 0.75, 0.75])
    #expect(missing.stepDown.map(\.value) == [1, 0.75, 0.75])
    #expect(MaxT(observed: [3, 1], null: Matrix(rows: 0, columns: 2), exact: false).any?.value == 1)
  }
}
