import Resampling
import Testing

@Suite("P-values")
struct PValueTests {
  let fixture: Fixture

  init() throws { fixture = try Fixture.load() }

  @Test("from replicates: (1 + exceedances) / (1 + replicates)")
  func sampled() {
    let p = pValue(observed: 2, null: [1, 2, 3, 0, 1, 1, 1, 1, 1], exact: false)
    #expect(p.value == 0.3 && p.exceedances == 2 && p.replicates == 9 && !p.isExact)
    #expect(p.interval == clopperPearson(successes: 2, trials: 9))
    let smallest = pValue(observed: 5, null: Array(repeating: 0, count: 999), exact: false)
    #expect(smallest.value == 0.001 && smallest.interval.lowerBound == 0)
    #expect(pValue(observed: 5, null: [], exact: false).value == 1)
    #expect(pValue(observed: 5, null: [], exact: false).interval == 0...1)
    #expect(pValue(exceedances: 2, replicates: 9, exact: false) == p)
  }

  @Test("the value lies in its interval, for all counts")
  func insideInterval() {
    for replicates in [1, 2, 10, 999] {
      for exceedances in stride(from: 0, through: replicates, by: max(1, replicates / 50)) {
        let p = pValue(exceedances: exceedances, replicates: replicates, exact: false)
        #expect(p.interval.contains(p.value) && p.value > 0 && p.value <= 1)
      }
    }
  }

  @Test("from all arrangements: exceedances / arrangements, one point, never 0")
  func exact() {
    let p = pValue(observed: 3, null: [3, 1, 2, 3], exact: true)
    #expect(p.value == 0.5 && p.interval == 0.5...0.5 && p.isExact)
    #expect(pValue(observed: 9, null: [3, 1, 2, 3], exact: true).value == 0.25)
  }

  @Test("ties reach the observed value; so does what cannot be compared")
  func ties() {
    #expect(isAtLeast(0.3, 0.1 + 0.2) && isAtLeast(0.1 + 0.2, 0.3))
    #expect(isAtLeast(-0.3 - 1e-14, -0.3) && !isAtLeast(-0.3 - 1e-11, -0.3))
    // Next to 0 as well: the rounding of a score does not shrink with it.
    #expect(isAtLeast(-3e-16, 2e-16) && isAtLeast(-1e-13, 0) && !isAtLeast(-1e-11, 0))
    #expect(isAtLeast(-5e3 - 1e-9, -5e3) && !isAtLeast(-5e3 - 1e-8, -5e3))
    #expect(isAtLeast(0, 0) && isAtLeast(1, 0))
    #expect(isAtLeast(.nan, 1) && isAtLeast(1, .nan) && isAtLeast(.nan, .nan))
    #expect(isAtLeast(.infinity, 1) && !isAtLeast(-.infinity, 1))
    #expect(isAtLeast(.infinity, .infinity) && !isAtLeast(1, .infinity))
    #expect(isAtLeast(1, -.infinity) && isAtLeast(-.infinity, -.infinity))
    #expect(pValue(observed: .nan, null: [1, 2, 3], exact: false).value == 1)
  }

  @Test("exact tests agree with scipy.stats.permutation_test")
  func permutationTests() throws {
    for test in fixture.permutationTests {
      let isCorrelation = test.kind == "correlation"
      let values = isCorrelation ? test.x : test.x + test.y
      // Which values are exchanged: sample membership, or the values themselves, one label each.
      let labels =
        isCorrelation ? Array(test.x.indices) : test.x.map { _ in 1 } + test.y.map { _ in 0 }
      func statistic(_ arrangement: [Int32]) -> Double {
        if isCorrelation { return correlation(arrangement.map { values[Int($0)] }, test.y) }
        var (inside, outside): ([Double], [Double]) = ([], [])
        for (value, source) in zip(values, arrangement) {
          if labels[Int(source)] == 1 { inside.append(value) } else { outside.append(value) }
        }
        return mean(inside) - mean(outside)
      }
      let scheme = PermutationScheme.free(count: values.count)
      let null = scheme.arrangements(of: labels, limit: 1_000).map(statistic)
      #expect(null.count == test.replicates)
      let exact = pValue(observed: null[0], null: null, exact: true)
      #expect(isClose(exact.value, test.p, 1e-12), "\(test.kind)")
      // Random replicates estimate the same number.
      let key = StreamKey(seed: 30, test.kind)
      let sampled = pValue(
        observed: null[0], null: (0..<4_000).map { statistic(scheme.permutation(key, replicate: $0)) },
        exact: false)
      let error = (exact.value * (1 - exact.value) / 4_000).squareRoot()
      #expect(abs(sampled.value - exact.value) < 4 * error + 1.0 / 4_001)
    }
  }

  @Test("Clopper-Pearson intervals agree with SciPy's beta quantiles, up to a million trials")
  func clopperPearsonGrid() {
    for row in fixture.clopperPearson {
      let interval = clopperPearson(successes: Int(row[0]), trials: Int(row[1]), confidence: row[2])
      #expect(isClose(interval.lowerBound, row[3], 1e-10), "\(row) \(interval)")
      #expect(isClose(interval.upperBound, row[4], 1e-10), "\(row) \(interval)")
    }
    #expect(clopperPearson(successes: 0, trials: 0) == 0...1)
    // Mirror images, and as wide as a normal approximation, where no reference is at hand.
    let half = clopperPearson(successes: 50_000_000, trials: 100_000_000)
    #expect(isClose(half.upperBound - half.lowerBound, 2 * 1.959_964 * 0.5e-4, 1e-3))
    #expect(abs(half.lowerBound + half.upperBound - 1) < 1e-10)
  }

  @Test("Kolmogorov-Smirnov agrees with SciPy's exact test")
  func kolmogorovSmirnov() {
    for test in fixture.kolmogorovSmirnov {
      let result = KolmogorovSmirnov(uniform: test.values)
      #expect(isClose(result.statistic, test.statistic, 1e-12))
      // The formula of the far tail gives seven decimals; from 140 values on SciPy itself approximates, to
      // about five; the limit for more than 1,000 values gives three digits.
      let count = test.values.count
      let tolerance = count > 1_000 ? 0.01 * test.p : count < 140 ? max(1e-9 * test.p, 2e-7) : 5e-6
      #expect(abs(result.probability - test.p) <= tolerance, "\(test.values.count) \(test.p)")
    }
    #expect(KolmogorovSmirnov(uniform: [1]).probability == 0)
    #expect(KolmogorovSmirnov(uniform: [0.5]).probability == 1)
  }

  @Test("two sides: twice the smaller tail, at most 1, ties in both tails")
  func twoSided() {
    let null: [Double] = [1, 2, 2, 3, 4, 5, 6, 7, 8]
    let high = pValue(observed: 7, null: null, exact: false, alternative: .twoSided)
    #expect(high.exceedances == 2 && isClose(high.value, 0.6, 1e-15))
    let low = pValue(observed: 2, null: null, exact: false, alternative: .twoSided)
    #expect(low.exceedances == 3 && isClose(low.value, 0.8, 1e-15))
    #expect(pValue(observed: 4, null: null, exact: false, alternative: .twoSided).value == 1)
    #expect(pValue(observed: 3, null: [3, 3, 3], exact: true, alternative: .twoSided).value == 1)
    #expect(pValue(observed: 3, null: [3, 1, 1, 1], exact: true, alternative: .twoSided).value == 0.5)
    #expect(
      pValue(observed: 9, null: [9, 1, 2, 3, 4, 5, 6, 7], exact: true, alternative: .twoSided).interval
        == 0.25...0.25)
    #expect(pValue(observed: 1, null: [], exact: false, alternative: .twoSided).value == 1)
    // What cannot be compared reaches both tails.
    #expect(pValue(observed: .nan, null: [1, 2, 3], exact: false, alternative: .twoSided).value == 1)
    #expect(pValue(observed: 9, null: [1, 2, .nan], exact: false, alternative: .twoSided).value == 1)
    // The far end on either side of 0.
    let far = pValue(observed: -3, null: [-4, -2, 1, 3, 0], exact: false, alternative: .magnitude)
    #expect(far.exceedances == 2 && far.value == 0.5)
    #expect(pValue(observed: -3, null: [.nan], exact: false, alternative: .magnitude).value == 1)
  }

  @Test("two sides: the value lies in its interval, for all counts")
  func twoSidedInterval() {
    for replicates in [1, 2, 9, 999] {
      for above in stride(from: 0, through: replicates, by: max(1, replicates / 50)) {
        for ties in [0, 1, replicates / 3] where ties <= above {
          let p = pValue(
            atLeast: above, atMost: replicates - above + ties, replicates: replicates, exact: false)
          #expect(p.interval.contains(p.value) && p.value > 0 && p.interval.upperBound <= 1)
          let mirrored = pValue(
            atLeast: replicates - above + ties, atMost: above, replicates: replicates, exact: false)
          #expect(mirrored == p)
        }
      }
    }
  }

  /// The null distribution of a statistic of the first sample, over all divisions into two samples.
  private func divisions(
    _ first: [Double], _ second: [Double], _ statistic: ([Double], [Double]) -> Double
  ) -> [Double] {
    let values = first + second
    let labels = first.map { _ in 1 } + second.map { _ in 0 }
    return PermutationScheme.free(count: values.count).arrangements(of: labels, limit: 10_000).map {
      sources in
      var (inside, outside): ([Double], [Double]) = ([], [])
      for (value, source) in zip(values, sources) {
        if labels[Int(source)] == 1 { inside.append(value) } else { outside.append(value) }
      }
      return statistic(inside, outside)
    }
  }

  @Test("two sides agree with scipy.stats.permutation_test")
  func twoSidedScipy() throws {
    for test in try InferenceFixture.load().twoSided {
      let null = divisions(test.x, test.y) { mean($0) - mean($1) }
      let p = pValue(observed: null[0], null: null, exact: true, alternative: .twoSided)
      #expect(isClose(p.value, test.p, 1e-12), "\(test.x) \(test.y)")
    }
  }

  @Test("exact p-values agree with the package permute within its Monte Carlo error")
  func permute() throws {
    let test = try InferenceFixture.load().permute
    func expectNear(_ exact: PValue, _ sampled: Double) {
      let error = (exact.value * (1 - exact.value) / Double(test.replicates)).squareRoot()
      #expect(
        abs(exact.value - sampled) < 4 * error + 1 / Double(test.replicates), "\(exact.value) \(sampled)")
    }
    let null = divisions(test.x, test.y) { first, _ in mean(first) }
    expectNear(pValue(observed: null[0], null: null, exact: true), test.twoSample)
    let flips = SignFlipScheme.free(count: test.z.count).arrangements(of: test.z, limit: 2_000).map { signs in
      mean(zip(signs, test.z).map { Double($0) * $1 })
    }
    expectNear(pValue(observed: flips[0], null: flips, exact: true), test.oneSample)
  }

  @Test("R's examples: rank sum W = 35, p = 0.1272; means with coin's exact distribution")
  func rankSum() throws {
    let example = try RFixture.load().rankSum
    let pairs = divisions(example.first, example.second) { first, second in
      // The number of pairs in which the first is larger.
      first.reduce(0) { count, x in count + Double(second.reduce(0) { $0 + (x > $1 ? 1 : 0) }) }
    }
    let p = pValue(observed: pairs[0], null: pairs, exact: true)
    #expect(pairs.count == 3_003 && pairs[0] == 35 && p.value == example.p)
    #expect((p.value * 1e4).rounded() == 1_272)
    // coin's two sides are those of the distance from the expectation.
    let total = mean(example.first + example.second)
    let means = divisions(example.first, example.second) { first, _ in mean(first) - total }
    #expect(isClose(pValue(observed: means[0], null: means, exact: true).value, example.meanGreater, 1e-12))
    let far = pValue(observed: means[0], null: means, exact: true, alternative: .magnitude)
    #expect(isClose(far.value, example.meanTwoSided, 1e-12))
  }
}
