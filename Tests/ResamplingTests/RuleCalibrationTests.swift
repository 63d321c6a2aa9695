import Foundation
import GSL
import Resampling
import Testing

/// The rules that turn replicates into decisions, on data sets of which the truth is known.
@Suite("Calibration of rules")
struct RuleCalibrationTests {
  /// The binomial standard deviation of a rate.
  private func error(_ rate: Double, _ datasets: Int) -> Double {
    (rate * (1 - rate) / Double(datasets)).squareRoot()
  }

  // MARK: - Sign flips

  /// The p-values of a mean under sign flips. Values of a group share a shift.
  private func signFlips(
    _ name: String, effect: Double, groups: Int, size: Int, naive: Bool = false, datasets: Int = 4_000
  ) -> [Double] {
    let groupOf = (0..<groups * size).map { $0 / size }
    let scheme: SignFlipScheme = size == 1 || naive ? .free(count: groupOf.count) : .over(groups: groupOf)
    var signs: [Int8] = []
    return (0..<datasets).map { dataset in
      var stream = RandomStream(StreamKey(seed: 100, name), replicate: dataset)
      // Symmetric, but not alike: every group has its own scale.
      let shifts = (0..<groups).map { (1 + Double($0 % 4)) * stream.normal() }
      let values = groupOf.map { group in
        effect * (1 + Double(group % 4)) + shifts[group] + (size == 1 ? 0 : 0.5 * stream.normal())
      }
      let key = StreamKey(seed: 101, name, "\(dataset)")
      let null = (0..<199).map { replicate in
        scheme.signs(into: &signs, key: key, replicate: replicate)
        var sum = 0.0
        for i in values.indices { sum += Double(signs[i]) * values[i] }
        return sum
      }
      return pValue(observed: values.reduce(0, +), null: null, exact: false).value
    }
  }

  private func rate(_ values: [Double], _ alpha: Double = 0.05) -> Double {
    Double(values.count { $0 <= alpha }) / Double(values.count)
  }

  @Test("sign flips of values with unequal scales, and of groups, where flipping items rejects far too often")
  func flips() {
    for (name, groups, size) in [("sign flips", 20, 1), ("sign flips over groups", 15, 4)] {
      let values = signFlips(name, effect: 0, groups: groups, size: size)
      print("\(name): false positives \(rate(values)) at .05, \(rate(values, 0.01)) at .01")
      #expect(abs(rate(values) - 0.05) < 3 * error(0.05, values.count), "\(name)")
      #expect(rate(values, 0.01) < 0.01 + 3 * error(0.01, values.count), "\(name)")
      #expect(KolmogorovSmirnov(uniform: values).probability > 1e-3)
      let power = rate(
        signFlips(name + ", planted", effect: 0.8, groups: groups, size: size, datasets: 1_000))
      print("\(name): power \(power) for a mean of 0.8 standard deviations, \(groups) units")
      #expect(power > 0.7)
    }
    let naive = rate(signFlips("naive flips", effect: 0, groups: 15, size: 4, naive: true, datasets: 1_000))
    print("signs of items flipped instead of groups: false positives \(naive)")
    #expect(naive > 0.15)
  }

  @Test("exact sign flips: 8 units, 256 arrangements, reject as often as they say")
  func exactFlips() {
    let (scheme, datasets) = (SignFlipScheme.free(count: 8), 2_000)
    let arrangements = scheme.arrangements(of: Array(repeating: 1, count: 8), limit: 256)
    var rejections = 0
    for dataset in 0..<datasets {
      var stream = RandomStream(StreamKey(seed: 102, "exact flips"), replicate: dataset)
      let values = (0..<8).map { _ in stream.normal() }
      let null = arrangements.map { signs in zip(signs, values).reduce(0) { $0 + Double($1.0) * $1.1 } }
      // 12 of 256 are the most within .05.
      if pValue(observed: null[0], null: null, exact: true).value <= 0.05 { rejections += 1 }
    }
    let (found, expected) = (Double(rejections) / Double(datasets), 12.0 / 256)
    print("exact sign flips: false positives \(found), \(expected) expected")
    #expect(abs(found - expected) < 3 * error(expected, datasets))
  }

  // MARK: - Two sides

  @Test("both two-sided rules hold their level for a skewed statistic, and find effects on both sides")
  func twoSided() {
    let (datasets, labels) = (2_000, (0..<20).map { $0 < 5 ? 1.0 : 0 })
    let scheme = PermutationScheme.free(count: 20)
    var (sources, scratch): ([Int32], [Int32]) = ([], [])
    for (effect, least, most) in [(0.0, 0.03, 0.065), (1.5, 0.5, 1), (-1.5, 0.2, 1)] {
      var rejected: [Alternative: Int] = [:]
      for dataset in 0..<datasets {
        var stream = RandomStream(StreamKey(seed: 103, "two sides", "\(effect)"), replicate: dataset)
        // Five exponential values against fifteen.
        let values = labels.map { -log(1 - stream.uniform()) + effect * $0 }
        func statistic(_ sources: [Int32]) -> Double {
          var (first, all) = (0.0, 0.0)
          for i in values.indices {
            first += labels[Int(sources[i])] * values[i]
            all += values[i]
          }
          return first / 5 - (all - first) / 15
        }
        let key = StreamKey(seed: 104, "\(effect)", "\(dataset)")
        let null = (0..<199).map { replicate in
          scheme.permutation(into: &sources, scratch: &scratch, key: key, replicate: replicate)
          return statistic(sources)
        }
        let observed = statistic((0..<20).map { $0 })
        for alternative in [Alternative.twoSided, .magnitude] {
          let p = pValue(observed: observed, null: null, exact: false, alternative: alternative)
          if p.value <= 0.05 { rejected[alternative, default: 0] += 1 }
        }
      }
      for alternative in [Alternative.twoSided, .magnitude] {
        let found = Double(rejected[alternative, default: 0]) / Double(datasets)
        print("\(alternative), effect \(effect): rejected \(found) at .05")
        #expect(found > least && found < most, "\(alternative) \(effect)")
      }
    }
  }

  // MARK: - Families

  /// One family of correlations of features with a target: the observed ones and those of 199 rearrangements.
  private func family(
    _ name: String, dataset: Int, items: Int, features: Int, planted: Int, effect: Double
  ) -> (observed: [Double], null: Matrix<Double>) {
    var stream = RandomStream(StreamKey(seed: 105, name), replicate: dataset)
    let target = (0..<items).map { _ in stream.normal() }
    var columns = Matrix<Double>(rows: items, columns: features)
    for item in 0..<items {
      // Heads of one layer resemble each other.
      let shared = stream.normal()
      for feature in 0..<features {
        columns[item, feature] =
          0.6 * shared + 0.8 * stream.normal() + (feature < planted ? effect * target[item] : 0)
      }
    }
    for feature in 0..<features {
      var (sum, squares) = (0.0, 0.0)
      for item in 0..<items { sum += columns[item, feature] }
      for item in 0..<items {
        columns[item, feature] -= sum / Double(items)
        squares += columns[item, feature] * columns[item, feature]
      }
      for item in 0..<items { columns[item, feature] /= squares.squareRoot() }
    }
    let center = mean(target)
    let norm = target.reduce(0) { $0 + ($1 - center) * ($1 - center) }.squareRoot()
    var worlds = Matrix<Double>(rows: 200, columns: items)
    let scheme = PermutationScheme.free(count: items)
    let key = StreamKey(seed: 106, name, "\(dataset)")
    var (sources, scratch): ([Int32], [Int32]) = ([], [])
    for item in 0..<items { worlds[0, item] = (target[item] - center) / norm }
    for replicate in 0..<199 {
      scheme.permutation(into: &sources, scratch: &scratch, key: key, replicate: replicate)
      for item in 0..<items { worlds[replicate + 1, item] = worlds[0, Int(sources[item])] }
    }
    // The correlations of all worlds with all features at once.
    let scores = worlds.multiplied(by: columns).elements.map(abs)
    return (
      Array(scores[..<features]),
      Matrix(rows: 199, columns: features, elements: Array(scores[features...]))
    )
  }

  @Test(
    "the best of 72 heads: its naive p rejects nearly always where there is nothing; max-T one time in twenty"
  )
  func bestOf72() {
    let datasets = 1_000
    var (naive, adjusted, holm) = (0, 0, 0)
    for dataset in 0..<datasets {
      let (observed, null) = family("heads", dataset: dataset, items: 40, features: 72, planted: 0, effect: 0)
      let result = MaxT(observed: observed, null: null, exact: false)
      let best = observed.indices.max { observed[$0] < observed[$1] }!
      naive += result.raw[best].value <= 0.05 ? 1 : 0
      adjusted += result.any!.value <= 0.05 ? 1 : 0
      holm += Adjustment.holm.adjusted(result.raw.map(\.value)).min()! <= 0.05 ? 1 : 0
    }
    let rates = [naive, adjusted, holm].map { Double($0) / Double(datasets) }
    print("best of 72 heads, nothing to find: naive \(rates[0]), max-T \(rates[1]), Holm \(rates[2]) at .05")
    #expect(rates[0] > 0.6)
    #expect(abs(rates[1] - 0.05) < 3 * error(0.05, datasets))
    // 199 replicates can't be small enough for 72 hypotheses.
    #expect(rates[2] == 0)
    // A head that does encode the target is found.
    var found = 0
    for dataset in 0..<200 {
      let (observed, null) = family(
        "planted head", dataset: dataset, items: 40, features: 72, planted: 1, effect: 0.9)
      let result = MaxT(observed: observed, null: null, exact: false)
      found += result.any!.value <= 0.05 && result.singleStep[0].value <= 0.05 ? 1 : 0
    }
    print("best of 72 heads, one planted: found in \(Double(found) / 200)")
    #expect(found > 140)
  }

  @Test(
    "step-down max-T: few true hypotheses rejected beside false ones, and more false ones than in a single step"
  )
  func stepDown() {
    let (datasets, planted) = (1_000, 6)
    var (wrong, wrongSingle, found, foundSingle) = (0, 0, 0, 0)
    for dataset in 0..<datasets {
      let (observed, null) = family(
        "step-down", dataset: dataset, items: 40, features: 12, planted: planted, effect: 0.55)
      let result = MaxT(observed: observed, null: null, exact: false)
      wrong += result.stepDown[planted...].contains { $0.value <= 0.05 } ? 1 : 0
      wrongSingle += result.singleStep[planted...].contains { $0.value <= 0.05 } ? 1 : 0
      found += result.stepDown[..<planted].count { $0.value <= 0.05 }
      foundSingle += result.singleStep[..<planted].count { $0.value <= 0.05 }
    }
    let (rate, rateSingle) = (Double(wrong) / Double(datasets), Double(wrongSingle) / Double(datasets))
    print(
      "6 of 12 planted: any true hypothesis rejected in \(rate) step-down, \(rateSingle) single step; found "
        + "\(Double(found) / Double(datasets * planted)) and \(Double(foundSingle) / Double(datasets * planted))"
    )
    #expect(rate < 0.05 + 3 * error(0.05, datasets) && rateSingle <= rate)
    #expect(found > foundSingle && Double(foundSingle) > 0.3 * Double(datasets * planted))
  }

  @Test("Holm, Benjamini-Hochberg and Benjamini-Yekutieli hold what they promise, independent or not")
  func adjustments() {
    let (datasets, count, effects) = (2_000, 40, 10)
    for correlation in [0.0, 0.7] {
      var family: [Adjustment: Int] = [:]
      var shares: [Adjustment: Double] = [:]
      var found: [Adjustment: Int] = [:]
      for dataset in 0..<datasets {
        var stream = RandomStream(StreamKey(seed: 107, "adjust", "\(correlation)"), replicate: dataset)
        let shared = stream.normal()
        let values = (0..<count).map { i in
          let z = correlation.squareRoot() * shared + (1 - correlation).squareRoot() * stream.normal()
          return normalCDF(-(z + (i < effects ? 3 : 0)))
        }
        for adjustment in Adjustment.allCases {
          let adjusted = adjustment.adjusted(values)
          let wrong = adjusted[effects...].count { $0 <= 0.1 }
          let right = adjusted[..<effects].count { $0 <= 0.1 }
          family[adjustment, default: 0] += wrong > 0 ? 1 : 0
          shares[adjustment, default: 0] += wrong > 0 ? Double(wrong) / Double(wrong + right) : 0
          found[adjustment, default: 0] += right
        }
      }
      let n = Double(datasets)
      for adjustment in Adjustment.allCases {
        print(
          "\(adjustment) at .1, correlation \(correlation): any wrong \(Double(family[adjustment]!) / n), wrong among "
            + "rejected \(shares[adjustment]! / n), found \(Double(found[adjustment]!) / n / Double(effects))"
        )
      }
      #expect(Double(family[.holm]!) / n < 0.1 + 3 * error(0.1, datasets))
      // 30 of the 40 hypotheses are true: .075.
      #expect(shares[.benjaminiHochberg]! / n < 0.075 + 3 * error(0.075, datasets))
      #expect(shares[.benjaminiYekutieli]! < shares[.benjaminiHochberg]!)
      #expect(
        found[.holm]! < found[.benjaminiHochberg]! && found[.benjaminiYekutieli]! < found[.benjaminiHochberg]!
      )
      #expect(Double(found[.holm]!) > 0.3 * n * Double(effects))
      // Independent, the share is .075 itself.
      if correlation == 0 { #expect(shares[.benjaminiHochberg]! / n > 0.06) }
    }
  }
}
