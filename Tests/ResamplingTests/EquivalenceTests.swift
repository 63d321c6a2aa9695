import Resampling
import Testing

@Suite("Equivalence")
struct EquivalenceTests {
  let fixture: InferenceFixture

  init() throws { fixture = try InferenceFixture.load() }

  @Test("the 90 % interval decides as two one-sided t tests at .05 do (statsmodels)")
  func statsmodels() {
    var equivalent = 0
    for entry in fixture.equivalence {
      let outcome = Equivalence(
        interval: entry.interval[0]...entry.interval[1], bounds: entry.bounds[0]...entry.bounds[1])
      #expect((outcome == .equivalent) == (entry.p < 0.05), "\(entry)")
      equivalent += outcome == .equivalent ? 1 : 0
    }
    #expect(equivalent > 5 && equivalent < 55)
  }

  @Test("inside is equivalent, outside different, anything that touches or crosses a bound undecided")
  func outcomes() {
    let bounds = -1.0...2.0
    #expect(Equivalence(interval: -0.9...1.9, bounds: bounds) == .equivalent)
    #expect(Equivalence(interval: -1...0, bounds: bounds) == .undecided)
    #expect(Equivalence(interval: 0...2, bounds: bounds) == .undecided)
    #expect(Equivalence(interval: -5...5, bounds: bounds) == .undecided)
    #expect(Equivalence(interval: 2...3, bounds: bounds) == .different)
    #expect(Equivalence(interval: -3 ... -1, bounds: bounds) == .different)
  }

  /// Bootstrap replicates and jackknife of the means of paired values.
  private func means(
    _ x: [Double], _ y: [Double], replicates: Int, _ key: StreamKey
  ) -> (first: [Double], second: [Double], jackknives: [[Double]]) {
    let bootstrap = UnitBootstrap(units: x.count)
    var (first, second, counts): ([Double], [Double], [Int32]) = ([], [], [])
    for replicate in 0..<replicates {
      bootstrap.counts(into: &counts, key: key, replicate: replicate)
      var (sumX, sumY) = (0.0, 0.0)
      for i in x.indices {
        sumX += Double(counts[i]) * x[i]
        sumY += Double(counts[i]) * y[i]
      }
      first.append(sumX / Double(x.count))
      second.append(sumY / Double(x.count))
    }
    let jackknives = [x, y].map { values in
      let total = values.reduce(0, +)
      return values.map { (total - $0) / Double(values.count - 1) }
    }
    return (first, second, jackknives)
  }

  private func test(
    _ x: [Double], _ y: [Double], _ bounds: ClosedRange<Double>, _ replicates: Int, _ key: StreamKey
  )
    -> EquivalenceTest
  {
    let drawn = means(x, y, replicates: replicates, key)
    return EquivalenceTest(
      first: (mean(x), drawn.first, drawn.jackknives[0]),
      second: (mean(y), drawn.second, drawn.jackknives[1]),
      bounds: bounds)
  }

  @Test("paired replicates are those of the difference; p is near that of the paired t tests")
  func paired() {
    let entry = fixture.equivalencePaired
    let key = StreamKey(seed: 90, "paired")
    let drawn = means(entry.x, entry.y, replicates: 9_999, key)
    let result = EquivalenceTest(
      first: (mean(entry.x), drawn.first, drawn.jackknives[0]),
      second: (mean(entry.y), drawn.second, drawn.jackknives[1]), bounds: entry.bounds[0]...entry.bounds[1])
    let differences = zip(entry.x, entry.y).map { $0 - $1 }
    let total = differences.reduce(0, +)
    let direct = EquivalenceTest(
      estimate: mean(entry.x) - mean(entry.y), replicates: zip(drawn.first, drawn.second).map { $0 - $1 },
      jackknife: [differences.map { (total - $0) / Double(differences.count - 1) }], bounds: result.bounds)
    #expect(result.p == direct.p && result.outcome == direct.outcome)
    #expect(isClose(result.interval.lowerBound, direct.interval.lowerBound, 1e-9))
    #expect(isClose(result.p, entry.p, 0.15), "\(result.p) \(entry.p)")
    // Not pairing would lose what the scores share.
    #expect(result.interval.upperBound - result.interval.lowerBound < 0.2)
  }

  @Test("p is never 0, and what is not a number speaks for no equivalence")
  func edges() {
    let narrow = EquivalenceTest(estimate: 0, replicates: Array(repeating: 0, count: 99), bounds: -1...1)
    #expect(narrow.p == 0.01 && narrow.outcome == .equivalent && narrow.interval == 0...0)
    let broken = EquivalenceTest(estimate: .nan, replicates: [.nan, .nan], bounds: -1...1)
    #expect(broken.p == 1 && broken.outcome == .undecided)
    let half = EquivalenceTest(estimate: 0, replicates: [0, .nan, -.infinity, 0], bounds: -1...1)
    #expect(half.p == 0.6)
    #expect(EquivalenceTest(estimate: 0, replicates: [], bounds: -1...1).outcome == .undecided)
  }

  @Test(
    "a difference at the bound is called equivalent in at most one of twenty data sets; none, nearly always")
  func calibration() {
    let (datasets, units, replicates) = (1_500, 40, 400)
    for (difference, limit) in [(0.3, 0.05), (-0.3, 0.05), (0.0, 1.0)] {
      var (called, below) = (0, 0)
      for dataset in 0..<datasets {
        var stream = RandomStream(StreamKey(seed: 91, "equivalence", "\(difference)"), replicate: dataset)
        let x = (0..<units).map { _ in stream.normal() }
        let y = x.map { $0 - difference + 0.5 * stream.normal() }
        let result = test(x, y, -0.3...0.3, replicates, StreamKey(seed: 92, "\(difference)", "\(dataset)"))
        called += result.outcome == .equivalent ? 1 : 0
        below += result.p <= 0.05 ? 1 : 0
      }
      let (rate, rateOfP) = (Double(called) / Double(datasets), Double(below) / Double(datasets))
      print(
        "equivalence: difference \(difference), bounds 0.3, \(units) units: \(rate) by interval, \(rateOfP) by p"
      )
      let error = (0.05 * 0.95 / Double(datasets)).squareRoot()
      // The bootstrap of 40 units is somewhat too narrow: by (n - 1)/n in variance, and by normal for t quantiles.
      if limit < 1 { #expect(rate < limit + 0.012 + 3 * error && rate > 0.03) } else { #expect(rate > 0.95) }
      #expect(abs(rate - rateOfP) < 0.02)
    }
  }
}
