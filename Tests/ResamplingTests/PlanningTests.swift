import GSL
import Resampling
import Testing

struct PlanningTests {
  @Test(
    "Replicates without an exceedance decide once (alpha / 2)-free intervals close",
    arguments: [0.05, 0.01, 0.001])
  func fewest(alpha: Double) throws {
    let found = try #require(replicatesToDecide(alpha: alpha, p: 0))
    // By the closed form 1 - .025^(1 / n).
    var n = 1
    while clopperPearson(successes: 0, trials: n).upperBound >= alpha { n += 1 }
    #expect(found == n)
  }

  @Test("The nearer p is to alpha, the more are needed, and the answer decides")
  func near() throws {
    let shares = [0.0, 0.002, 0.005, 0.008, 0.009]
    let counts = try shares.map { try #require(replicatesToDecide(alpha: 0.01, p: $0)) }
    #expect(counts == counts.sorted())
    for (share, count) in zip(shares, counts) {
      let exceedances = Int((share * Double(count)).rounded(.up))
      #expect(clopperPearson(successes: exceedances, trials: count).upperBound < 0.01)
    }
    let above = try #require(replicatesToDecide(alpha: 0.01, p: 0.2))
    #expect(clopperPearson(successes: Int(0.2 * Double(above)), trials: above).lowerBound > 0.01)
    #expect(replicatesToDecide(alpha: 0.01, p: 0.01) == nil)
    #expect(replicatesToDecide(alpha: 0.01, p: 0.0099999, limit: 1_000_000) == nil)
  }

  @Test("A margin at the smallest detectable one is met with the power that was asked for")
  func detectable() {
    for power in [0.5, 0.8, 0.95] {
      let plan = IntervalPlan(halfWidth: 0.1, units: 100, power: power)
      #expect(abs(plan.probability(distance: plan.detectable) - power) < 1e-9)
      // Half the distance needs four times the units.
      #expect(plan.unitsNeeded(distance: plan.detectable) == 100)
      #expect(plan.unitsNeeded(distance: plan.detectable / 2) == 400)
      #expect(plan.unitsNeeded(distance: 0) == nil)
    }
    #expect(
      abs(IntervalPlan(halfWidth: 0.1, units: 100).detectable - 0.1 * (1 + 0.841_621 / 1.959_964)) < 1e-6)
  }

  @Test("The normal plan agrees with simulated means")
  func simulated() {
    // 50 normal values with mean .35: an interval of known width above 0.
    let (n, mean) = (50, 0.35)
    var met = 0
    for dataset in 0..<4_000 {
      var stream = RandomStream(StreamKey(seed: 530), replicate: dataset)
      let average = (0..<n).reduce(0.0) { sum, _ in sum + mean + stream.normal() } / Double(n)
      if average - 1.959_964 / Double(n).squareRoot() >= 0 { met += 1 }
    }
    let plan = IntervalPlan(halfWidth: 1.959_964 / Double(n).squareRoot(), units: n)
    #expect(abs(Double(met) / 4_000 - plan.probability(distance: mean)) < 0.03)
  }
}
