import Foundation
import GSL
import Resampling
import Testing

/// The rule by which `refute run` draws replicates and reports p.
@Suite("Reported decisions")
struct ReportedDecisionTests {
  /// Where each one-sided evidence reaches 40, by SciPy 1.16 (`beta.logcdf`, `brentq`).
  private static let scipy: [(exceedances: Int, replicates: Int, low: Double, high: Double)] = [
    (0, 200, 0, 0.0264680785983), (0, 625, 0, 0.00855836619297),
    (3, 200, 0.000470177621665, 0.0574490034661), (17, 400, 0.0143632038013, 0.0815021322974),
    (100, 2000, 0.0328063799507, 0.0676521621243), (199, 200, 0.961713418311, 0.999999378032),
    (12, 10000, 0.000216242792352, 0.00260985027128),
  ]

  @Test("the interval ends where SciPy's evidence reaches the bound, and holds p")
  func openLevels() {
    for row in Self.scipy {
      let p = sequentialPValue(exceedances: row.exceedances, replicates: row.replicates)
      #expect(abs(p.interval.lowerBound - row.low) < 1e-9 && abs(p.interval.upperBound - row.high) < 1e-9)
      #expect(p.interval.contains(p.value))
      #expect(
        p.value == pValue(exceedances: row.exceedances, replicates: row.replicates, exact: false).value)
    }
    #expect(SequentialDecision.openLevels(exceedances: 0, replicates: 0) == 0...1)
    #expect(SequentialDecision.openLevels(exceedances: 40, replicates: 40).upperBound == 1)
  }

  @Test("interval and sequential decision agree at every level, whatever was counted")
  func agreement() {
    var stream = RandomStream(StreamKey(seed: 70, "agreement"), replicate: 0)
    for _ in 0..<300 {
      let replicates = 1 + stream.below(3_000)
      let exceedances = stream.below(1 + (stream.below(2) == 0 ? min(30, replicates) : replicates))
      let interval = SequentialDecision.openLevels(exceedances: exceedances, replicates: replicates)
      for _ in 0..<20 {
        let alpha = stream.below(2) == 0 ? stream.uniform() : 0.1 * stream.uniform()
        guard alpha > 0, alpha < 1 else { continue }
        var decision = SequentialDecision(alpha: alpha, risk: 0.025, cap: .max)
        switch decision.add(exceedances: exceedances, replicates: replicates) {
        case .below: #expect(interval.upperBound <= alpha)
        case .above: #expect(interval.lowerBound >= alpha)
        case .undecided, .undecidedYet: #expect(interval.contains(alpha))
        }
      }
    }
  }

  @Test("looks are fixed, never before 200 replicates, and end at ten times as many as were asked for")
  func schedule() {
    func looks(_ asked: Int) -> [Int] {
      let schedule = ReplicateSchedule(asked: asked)
      return Array(sequence(first: schedule.next(after: 0)!) { schedule.next(after: $0) })
    }
    #expect(looks(2_000).prefix(7) == [200, 300, 400, 500, 625, 781, 976])
    #expect(looks(2_000).last == 20_000)
    #expect(looks(50) == [50, 150, 250, 350, 450, 500])
    #expect(looks(1) == [1, 10])
    // About 9/alpha replicates, none beyond the observed statistic, decide at risk .001; here 5.4/alpha.
    for alpha in [0.05, 0.01, 0.001] {
      let strict = SequentialDecision(alpha: alpha, cap: .max).fewestForBelow
      let reported = SequentialDecision(
        alpha: alpha, risk: SequentialDecision.reportedRisk, cap: .max
      ).fewestForBelow
      print("fewest replicates for p < \(alpha): \(reported) at risk .025, \(strict) at .001")
      #expect(abs(Double(strict) * alpha - 9) < 0.3 && abs(Double(reported) * alpha - 5.4) < 0.3)
    }
  }

  /// What became of a rule under one p.
  private struct Ending {
    var met = 0.0
    var missed = 0.0
    var replicates = 0.0
  }

  /// The looks of a schedule with, for each, the exceedances up to which it is met, and from which it is missed.
  private func boundaries(asked: Int, alpha: Double) -> [(replicates: Int, met: Int, missed: Int)] {
    let schedule = ReplicateSchedule(asked: asked)
    let looks = sequence(first: schedule.next(after: 0)!) { schedule.next(after: $0) }
    return looks.map { replicates in
      func interval(_ count: Int) -> ClosedRange<Double> {
        SequentialDecision.openLevels(exceedances: count, replicates: replicates)
      }
      func isMet(_ count: Int) -> Bool {
        interval(count).upperBound < alpha
          && pValue(exceedances: count, replicates: replicates, exact: false).value < alpha
      }
      func isMissed(_ count: Int) -> Bool { interval(count).lowerBound >= alpha }
      // Both change once along the counts: bisect.
      var (yes, no) = (-1, replicates + 1)
      while no - yes > 1 {
        let middle = (yes + no) / 2
        if isMet(middle) { yes = middle } else { no = middle }
      }
      var (before, after) = (-1, replicates + 1)
      while after - before > 1 {
        let middle = (before + after) / 2
        if isMissed(middle) { after = middle } else { before = middle }
      }
      return (replicates, yes, after)
    }
  }

  /// How drawing ends when worlds reach the claim with probability `p`: exactly, by recursion over the exceedances.
  private func ending(
    _ p: Double, _ looks: [(replicates: Int, met: Int, missed: Int)]
  ) throws -> Ending {
    var result = Ending()
    var alive: [Int: Double] = [0: 1]
    var before = 0
    for look in looks {
      let batch = look.replicates - before
      before = look.replicates
      result.replicates += Double(batch) * alive.values.reduce(0, +)
      // The counts of a batch that have a probability.
      let spread = 9 * (Double(batch) * p * (1 - p)).squareRoot() + 12
      let centre = Double(batch) * p
      let counts = max(0, Int(centre - spread))...min(batch, Int(centre + spread))
      let shares = try counts.map {
        try binomialCDF($0, trials: batch, probability: p)
          - binomialCDF($0 - 1, trials: batch, probability: p)
      }
      var next: [Int: Double] = [:]
      for (count, probability) in alive {
        for (more, share) in zip(counts, shares) where probability * share > 1e-14 {
          next[count + more, default: 0] += probability * share
        }
      }
      alive = [:]
      for (count, probability) in next {
        if count <= look.met {
          result.met += probability
        } else if count >= look.missed {
          result.missed += probability
        } else {
          alive[count] = probability
        }
      }
    }
    return result
  }

  /// By NumPy and SciPy 1.16 (`binom.pmf`, `beta.logcdf`), for p at 0, .1, .5, .8, 1, 1.25, 2 and 10 times alpha.
  private static let expected: [(asked: Int, alpha: Double, met: [Double], replicates: [Double])] = [
    (
      2_000, 0.05, [1, 1, 1, 0.9996, 0.0093, 0.0004, 0, 0],
      [200, 208.3995, 674.7619, 5506.5453, 19818.6723, 6279.5889, 418.0372, 200]
    ),
    (
      2_000, 0.01, [1, 1, 1, 0.4225, 0.0107, 0.001, 0, 0],
      [625, 787.1424, 3435.0985, 16643.077, 19814.4393, 19009.0448, 2539.4692, 200.356]
    ),
    (
      10_000, 0.01, [1, 1, 1, 0.9994, 0.0117, 0.001, 0, 0],
      [625, 787.1424, 3435.1014, 28437.3159, 98884.2351, 39796.3253, 2539.4692, 200.356]
    ),
  ]

  @Test("expected numbers of replicates and wrong decisions, exactly, as SciPy has them")
  func expectations() throws {
    for (asked, alpha, met, replicates) in Self.expected {
      let looks = boundaries(asked: asked, alpha: alpha)
      for (place, multiple) in [0, 0.1, 0.5, 0.8, 1, 1.25, 2, 10].enumerated() {
        let end = try ending(multiple * alpha, looks)
        print(
          "drawing, asked \(asked), p < \(alpha), p = \(multiple) alpha: met \(end.met), missed \(end.missed), "
            + "\(end.replicates) replicates")
        #expect(abs(end.met - met[place]) < 1e-4)
        #expect(abs(end.replicates - replicates[place]) < 1e-4 * replicates[place])
        if multiple >= 1 { #expect(end.met <= SequentialDecision.reportedRisk) }
        if multiple <= 1 { #expect(end.missed <= SequentialDecision.reportedRisk) }
      }
    }
  }

  @Test(
    "with nothing to find, a criterion on p is met no more often than alpha; p is small no more often than it says",
    arguments: [(2_000, 0.05), (2_000, 0.01), (100, 0.05), (19, 0.1)])
  func level(asked: Int, alpha: Double) {
    let looks = boundaries(asked: asked, alpha: alpha)
    let streams = 20_000
    var (met, missed, replicates) = (0, 0, 0)
    var small: [Double: Int] = [0.01: 0, 0.05: 0, 0.1: 0]
    for number in 0..<streams {
      var stream = RandomStream(StreamKey(seed: 71, "level", "\(asked)", "\(alpha)"), replicate: number)
      // Under the null the observed statistic has any rank with the same probability.
      let p = stream.uniform()
      var exceedances = 0
      var drawn = 0
      for look in looks {
        for _ in drawn..<look.replicates where stream.uniform() < p { exceedances += 1 }
        drawn = look.replicates
        if exceedances <= look.met { met += 1 }
        if exceedances >= look.missed { missed += 1 }
        if exceedances <= look.met || exceedances >= look.missed { break }
      }
      replicates += drawn
      let value = sequentialPValue(exceedances: exceedances, replicates: drawn).value
      for level in small.keys where value <= level { small[level]! += 1 }
    }
    func rate(_ count: Int) -> Double { Double(count) / Double(streams) }
    print(
      "level, asked \(asked), p < \(alpha): met \(rate(met)), missed \(rate(missed)), "
        + "\(replicates / streams) replicates on average, p at most .01 \(rate(small[0.01]!)), "
        + ".05 \(rate(small[0.05]!)), .1 \(rate(small[0.1]!))")
    func most(_ level: Double) -> Double { level + 3 * (level * (1 - level) / Double(streams)).squareRoot() }
    #expect(rate(met) <= most(alpha))
    for (level, count) in small { #expect(rate(count) <= most(level), "p at most \(level)") }
  }
}
