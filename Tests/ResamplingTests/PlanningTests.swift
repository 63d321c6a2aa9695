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

  /// Whether a mean of 0/1 units reaches the threshold by the engine's own interval.
  private static func isMet(_ successes: Int, of units: Int, _ threshold: Double, replicate: Int = 0) -> Bool
  {
    let bootstrap = UnitBootstrap(units: units)
    let key = StreamKey(seed: 531).appending("\(units)").appending("\(replicate)")
    let draws = (0..<2_000).map { draw in
      Double(bootstrap.counts(key, replicate: draw).prefix(successes).reduce(0, +)) / Double(units)
    }
    let left = (0..<units).map { Double(successes - ($0 < successes ? 1 : 0)) / Double(units - 1) }
    let interval = bcaInterval(
      estimate: Double(successes) / Double(units), replicates: draws, jackknife: [left])
    return interval.lowerBound >= threshold
  }

  @Test(
    "The smallest share is met with the power by the interval that the engine draws, and none much smaller",
    arguments: [(12, 0.05), (40, 0.05), (40, 0.3), (100, 0.02), (150, 0.6), (300, 0.1)])
  func favourable(units: Int, threshold: Double) throws {
    let plan = FavourablePlan(units: units)
    let smallest = plan.smallest(over: threshold)
    #expect(smallest > threshold && smallest < 1)
    let met = (0...units).map { Self.isMet($0, of: units, threshold) }
    func power(_ share: Double) throws -> Double {
      try (0...units).reduce(0.0) { sum, count in
        let probability =
          try binomialCDF(count, trials: units, probability: share)
          - binomialCDF(count - 1, trials: units, probability: share)
        return sum + (met[count] ? probability : 0)
      }
    }
    // Two thousand draws may move the number of units that decides by one.
    let one = 1 / Double(units)
    #expect(try power(min(1, smallest + one)) >= 0.79)
    #expect(try power(smallest - one) <= 0.81)
    #expect(plan.shows(smallest + 1e-9, over: threshold))
    #expect(!plan.shows(smallest - 1e-9, over: threshold))
    let wanted = (threshold + smallest) / 2
    let needed = try #require(plan.unitsNeeded(toShow: wanted, over: threshold))
    #expect(needed > units)
    #expect(FavourablePlan(units: needed).smallest(over: threshold) <= wanted + 1e-9)
  }

  @Test("Of large samples the smallest share is what the normal approximation says")
  func favourableOfMany() {
    let (n, threshold) = (20_000, 0.1)
    let smallest = FavourablePlan(units: n).smallest(over: threshold)
    let z = 1.959_964 + 0.841_621
    #expect(abs(smallest - threshold - z * (smallest * (1 - smallest) / Double(n)).squareRoot()) < 3e-4)
  }

  @Test("Finer steps need less, and a threshold on a multiple of the step is met by that multiple")
  func steps() {
    let coarse = FavourablePlan(units: 40)
    let fine = FavourablePlan(units: 40, step: 0.5)
    #expect(fine.smallest(over: 0.05) < coarse.smallest(over: 0.05))
    // Half a step over 5 % is a whole step over 10 %.
    #expect(abs(fine.smallest(over: 0.05) - coarse.smallest(over: 0.1) / 2) < 1e-12)
    #expect(FavourablePlan(units: 40, step: 0.1).smallest(over: 0.3) <= 0.3 + 1e-9)
    #expect(FavourablePlan(units: 40, step: 0.1).shows(0.4, over: 0.3))
    #expect(coarse.smallest(over: 0) == 0 && coarse.smallest(over: 1) == 1)
    #expect(FavourablePlan(units: 1).smallest(over: 0.5) >= 0.5)
  }

  @Test("One mistake in twelve takes the interval below .95; in two hundred it does not")
  func perfection() throws {
    #expect(FavourablePlan(units: 12).needsPerfection(over: 0.95))
    #expect(!FavourablePlan(units: 200).needsPerfection(over: 0.95))
    let needed = try #require(FavourablePlan(units: 12).unitsToAllowForOne(over: 0.95))
    // Two thousand draws move the place by a few units.
    #expect(!Self.isMet(needed * 9 / 10 - 1, of: needed * 9 / 10, 0.952))
    #expect(Self.isMet(needed, of: needed + 1, 0.948))
    // Steps of a half leave half a mistake.
    #expect(
      try #require(FavourablePlan(units: 12, step: 0.5).unitsToAllowForOne(over: 0.95)) < needed)
    #expect(FavourablePlan(units: 12).needsPerfection(over: 1))
  }
}
