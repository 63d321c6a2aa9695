import Resampling
import Testing

@Suite("Bootstrap")
struct BootstrapTests {
  let fixture: Fixture

  init() throws { fixture = try Fixture.load() }

  @Test("quantiles agree with NumPy's")
  func quantiles() {
    for entry in fixture.quantiles {
      for (q, expected) in zip(entry.q, entry.quantiles) {
        #expect(abs(quantile(entry.sorted, q) - expected) <= 1e-14, "\(q)")
      }
    }
    #expect(quantile([-.infinity, -.infinity, 1], 0.25) == -.infinity)
  }

  @Test("BCa and percentile intervals agree with scipy.stats.bootstrap, for one sample and for two")
  func scipy() {
    for entry in fixture.bca {
      let interval = bcaInterval(
        estimate: entry.estimate, replicates: entry.replicates, jackknife: entry.jackknife,
        confidence: entry.confidence)
      #expect(isClose(interval.lowerBound, entry.low, 1e-10), "\(entry.name) \(interval)")
      #expect(isClose(interval.upperBound, entry.high, 1e-10), "\(entry.name) \(interval)")
      let percentile = percentileInterval(replicates: entry.replicates, confidence: entry.confidence)
      #expect(isClose(percentile.lowerBound, entry.percentile[0], 1e-12), "\(entry.name)")
      #expect(isClose(percentile.upperBound, entry.percentile[1], 1e-12), "\(entry.name)")
    }
  }

  @Test("where BCa is not defined the answer is the percentile interval; always finite")
  func degenerate() {
    let replicates = (0..<100).map { Double($0) }
    let jackknife = [[1.0, 2, 4]]
    let percentile = percentileInterval(replicates: replicates)
    // The estimate beyond all the replicates, or not a number.
    for estimate in [-1, 100, .nan, .infinity] {
      #expect(bcaInterval(estimate: estimate, replicates: replicates, jackknife: jackknife) == percentile)
    }
    // Equal replicates.
    #expect(bcaInterval(estimate: 3, replicates: [3, 3, 3], jackknife: jackknife) == 3...3)
    #expect(bcaInterval(estimate: 4, replicates: [3, 3, 3], jackknife: jackknife) == 3...3)
    // A jackknife that says nothing: the bias is still corrected.
    let plain = bcaInterval(estimate: 40, replicates: replicates, jackknife: [])
    for silent in [[[]], [[0.1, 0.1, 0.1]], [[.nan, 1]], [[5]], [[.infinity, 0]]] {
      #expect(bcaInterval(estimate: 40, replicates: replicates, jackknife: silent) == plain)
    }
    // Replicates that are not finite are left out; if there are no others, nothing is known.
    #expect(percentileInterval(replicates: replicates + [.nan, .infinity]) == percentile)
    #expect(
      bcaInterval(estimate: 40, replicates: replicates + [.nan, -.infinity], jackknife: jackknife)
        == bcaInterval(estimate: 40, replicates: replicates, jackknife: jackknife))
    let unknown = bcaInterval(estimate: 1, replicates: [.nan], jackknife: jackknife)
    #expect(
      unknown.lowerBound == -Double.greatestFiniteMagnitude && unknown.upperBound == -unknown.lowerBound)
    // A large acceleration beside a large bias turns the correction round; the answer stays in order.
    let skewed = [[Double](repeating: 0, count: 3) + [1e6]]
    for estimate in replicates {
      let interval = bcaInterval(estimate: estimate, replicates: replicates, jackknife: skewed)
      #expect(interval.lowerBound.isFinite && interval.upperBound.isFinite)
    }
  }

  @Test("units are drawn with replacement, as many as there are, all alike")
  func counts() throws {
    let bootstrap = UnitBootstrap(units: 20)
    let key = StreamKey(seed: 40)
    var totals = [Int](repeating: 0, count: 20)
    var squares = 0.0
    var counts: [Int32] = [9]
    for replicate in 0..<10_000 {
      bootstrap.counts(into: &counts, key: key, replicate: replicate)
      #expect(counts.reduce(0, +) == 20)
      for (unit, count) in counts.enumerated() { totals[unit] += Int(count) }
      squares += Double(counts[3] * counts[3])
    }
    #expect(try evenness(totals) > 1e-4)
    // The count of one unit is binomial: its mean square is 1 + (1 - 1/20).
    #expect(abs(squares / 10_000 - 1.95) < 0.15)
    #expect(bootstrap.counts(key, replicate: 9_999) == counts)
    #expect(UnitBootstrap(units: 0).counts(key, replicate: 0) == [])
    #expect(UnitBootstrap(units: 1).counts(key, replicate: 0) == [1])
  }

  @Test("the interval of a mean covers it about as often as it says")
  func coverage() {
    let (units, replicates, datasets) = (30, 400, 600)
    let bootstrap = UnitBootstrap(units: units)
    var covered = 0
    var counts: [Int32] = []
    for dataset in 0..<datasets {
      var stream = RandomStream(StreamKey(seed: 41, "data"), replicate: dataset)
      let values = (0..<units).map { _ in stream.normal() }
      let key = StreamKey(seed: 41, "bootstrap", "\(dataset)")
      let means = (0..<replicates).map { replicate in
        bootstrap.counts(into: &counts, key: key, replicate: replicate)
        return zip(counts, values).reduce(0) { $0 + Double($1.0) * $1.1 } / Double(units)
      }
      let total = values.reduce(0, +)
      let jackknife = values.map { (total - $0) / Double(units - 1) }
      if bcaInterval(estimate: mean(values), replicates: means, jackknife: [jackknife]).contains(0) {
        covered += 1
      }
    }
    let rate = Double(covered) / Double(datasets)
    print("BCa, mean of \(units) normals, nominal 95 %: coverage \(rate) over \(datasets) data sets")
    // The bootstrap's own variance is too small by (n - 1)/n, so slightly less than nominal is right.
    #expect(rate > 0.90 && rate < 0.98)
  }
}
