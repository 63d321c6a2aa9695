import Foundation
import GSL
import Resampling
import Testing

@Suite("Sequential decisions")
struct SequentialDecisionTests {
  let fixture: InferenceFixture

  init() throws { fixture = try InferenceFixture.load() }

  @Test("the evidence for each side agrees with numerical integration by SciPy")
  func evidence() {
    for entry in fixture.sequential {
      var decision = SequentialDecision(alpha: entry.alpha, cap: 10_000)
      decision.add(exceedances: entry.exceedances, replicates: entry.replicates)
      #expect(abs(decision.logEvidenceBelow - entry.below) < 1e-7, "\(entry)")
      #expect(abs(decision.logEvidenceAbove - entry.above) < 1e-7, "\(entry)")
    }
    let fresh = SequentialDecision(alpha: 0.05, cap: 10)
    #expect(abs(fresh.logEvidenceBelow) < 1e-12 && abs(fresh.logEvidenceAbove) < 1e-12)
  }

  @Test("the interval for all times agrees with root finding by SciPy, and holds the value")
  func interval() {
    for row in fixture.anytime {
      var decision = SequentialDecision(alpha: 0.05, cap: 1_000_000)
      decision.add(exceedances: Int(row[1]), replicates: Int(row[0]))
      let p = decision.pValue
      #expect(abs(p.interval.lowerBound - row[2]) < 1e-10 && abs(p.interval.upperBound - row[3]) < 1e-10)
      #expect(p.interval.contains(p.value))
      // Wider than the interval of a single look.
      let single = clopperPearson(successes: Int(row[1]), trials: Int(row[0]))
      #expect(p.interval.lowerBound <= single.lowerBound && p.interval.upperBound >= single.upperBound)
      #expect(p.value == pValue(exceedances: Int(row[1]), replicates: Int(row[0]), exact: false).value)
    }
    #expect(SequentialDecision(alpha: 0.05, cap: 1).pValue.interval == 0...1)
  }

  @Test("it stops early on both sides, goes on in between, and gives up at the cap")
  func outcomes() {
    var strong = SequentialDecision(alpha: 0.05, cap: 9_999)
    #expect(strong.add(exceedances: 0, replicates: 99) == .undecidedYet)
    #expect(strong.add(exceedances: 0, replicates: 100) == .below)
    // Decided is decided, and further replicates still count.
    #expect(strong.add(exceedances: 500, replicates: 500) == .below && strong.replicates == 699)
    var nothing = SequentialDecision(alpha: 0.05, cap: 9_999)
    #expect(nothing.add(exceedances: 11, replicates: 20) == .above)
    var close = SequentialDecision(alpha: 0.05, cap: 999)
    #expect(close.add(exceedances: 25, replicates: 500) == .undecidedYet)
    #expect(close.add(exceedances: 25, replicates: 499) == .undecided)
    // Someone who raises the cap may go on.
    #expect(close.add(exceedances: 0, replicates: 800) == .below)
    // Counted one by one.
    for alpha in [0.5, 0.05, 0.01] {
      var count = SequentialDecision(alpha: alpha, cap: 9_999)
      while count.add(exceedances: 0, replicates: 1) == .undecidedYet {}
      #expect(count.outcome == .below && count.replicates == count.fewestForBelow)
    }
    #expect(strong.fewestForBelow == 178 && SequentialDecision(alpha: 0.01, cap: 1).fewestForBelow < 999)
    #expect(SequentialDecision(alpha: 1e-6, cap: 1).fewestForBelow > 5_000_000)
  }

  /// How a rule that looks after each `batch` replicates ends when replicates reach the observed statistic with
  /// probability `p`: exactly, by recursion over the number of exceedances.
  private func ending(
    p: Double, alpha: Double, risk: Double, cap: Int, batch: Int
  ) throws -> (below: Double, above: Double, replicates: Double) {
    // The probabilities of 0, 1, 2... exceedances in a batch.
    let step = try (0...batch).map {
      try binomialCDF($0, trials: batch, probability: p)
        - binomialCDF($0 - 1, trials: batch, probability: p)
    }
    var alive = [1.0]
    var (below, above, replicates) = (0.0, 0.0, 0.0)
    for looked in stride(from: batch, through: cap, by: batch) {
      replicates += Double(batch) * alive.reduce(0, +)
      var next = [Double](repeating: 0, count: looked + 1)
      for (count, probability) in alive.enumerated() where probability > 1e-18 {
        for (more, share) in step.enumerated() { next[count + more] += probability * share }
      }
      for count in next.indices where next[count] > 0 {
        var decision = SequentialDecision(alpha: alpha, risk: risk, cap: cap)
        switch decision.add(exceedances: count, replicates: looked) {
        case .below:
          below += next[count]
          next[count] = 0
        case .above:
          above += next[count]
          next[count] = 0
        case .undecided, .undecidedYet: break
        }
      }
      alive = next
    }
    return (below, above, replicates)
  }

  @Test("the probability of a wrong decision, exactly: below the risk for every p, most at alpha")
  func risk() throws {
    for (alpha, risk, cap, batch) in [
      (0.05, 0.01, 600, 1), (0.05, 0.001, 2_000, 20), (0.01, 0.01, 2_000, 25),
    ] {
      let atAlpha = try ending(p: alpha, alpha: alpha, risk: risk, cap: cap, batch: batch)
      print(
        "sequential, alpha \(alpha), risk \(risk), looks every \(batch) to \(cap): at p = alpha wrongly below "
          + "\(atAlpha.below), above \(atAlpha.above)")
      #expect(atAlpha.below <= risk && atAlpha.above <= risk)
      // Not by never deciding.
      #expect(atAlpha.below > risk / 50 && atAlpha.above > risk / 50)
      let above = try ending(p: 1.2 * alpha, alpha: alpha, risk: risk, cap: cap, batch: batch)
      let below = try ending(p: 0.8 * alpha, alpha: alpha, risk: risk, cap: cap, batch: batch)
      #expect(above.below < atAlpha.below && below.above < atAlpha.above)
      // Far from alpha it decides, soon.
      let far = try ending(p: 10 * alpha, alpha: alpha, risk: risk, cap: cap, batch: batch)
      #expect(far.above > 1 - 1e-6 && far.replicates < Double(cap) / 4)
      let none = try ending(p: alpha / 10, alpha: alpha, risk: risk, cap: cap, batch: batch)
      #expect(none.below > 0.99 && none.replicates < Double(cap) * 0.75)
    }
  }

  @Test("with a true null hypothesis, p uniform, it decides for below no more often than alpha")
  func level() throws {
    // The mean over p of the exact probability, by the midpoint rule, finer around alpha.
    let (alpha, risk, cap, batch) = (0.05, 0.001, 1_000, 50)
    var (rejected, replicates) = (0.0, 0.0)
    func add(from low: Double, to high: Double, steps: Int) throws {
      for i in 0..<steps {
        let width = (high - low) / Double(steps)
        let end = try ending(
          p: low + (Double(i) + 0.5) * width, alpha: alpha, risk: risk, cap: cap, batch: batch)
        rejected += end.below * width
        replicates += end.replicates * width
      }
    }
    try add(from: 0, to: 0.1, steps: 40)
    try add(from: 0.1, to: 1, steps: 9)
    print("sequential: level \(rejected) at alpha \(alpha), \(replicates) replicates on average, cap \(cap)")
    #expect(rejected <= alpha && rejected > 0.5 * alpha)
    #expect(replicates < 0.15 * Double(cap))
  }

  @Test("decisions by simulation, batches of random sizes: wrong no more often than the risk")
  func simulation() {
    let (datasets, alpha, risk, cap) = (4_000, 0.05, 0.02, 1_500)
    for (p, wrong) in [
      (0.05, SequentialDecision.Outcome.below), (0.05, .above), (0.06, .below), (0.04, .above),
    ] {
      var (errors, drawn) = (0, 0)
      for dataset in 0..<datasets {
        var stream = RandomStream(StreamKey(seed: 60, "sequential", "\(p)"), replicate: dataset)
        var decision = SequentialDecision(alpha: alpha, risk: risk, cap: cap)
        while decision.outcome == .undecidedYet {
          let batch = 1 + stream.below(60)
          var exceedances = 0
          for _ in 0..<batch where stream.uniform() < p { exceedances += 1 }
          decision.add(exceedances: exceedances, replicates: batch)
        }
        if decision.outcome == wrong { errors += 1 }
        drawn += decision.replicates
      }
      let rate = Double(errors) / Double(datasets)
      print(
        "sequential, p \(p): \(wrong) in \(rate) of \(datasets), \(drawn / datasets) replicates on average")
      #expect(rate <= risk + 3 * (risk * (1 - risk) / Double(datasets)).squareRoot())
    }
  }

  @Test(
    "the interval misses p at some time in fewer than one of twenty runs, where that of one look misses often"
  )
  func anytimeCoverage() {
    let (datasets, p) = (1_000, 0.1)
    var (missed, missedByOneLook) = (0, 0)
    for dataset in 0..<datasets {
      var stream = RandomStream(StreamKey(seed: 61, "anytime"), replicate: dataset)
      var decision = SequentialDecision(alpha: 0.5, cap: 10_000)
      var (misses, missesOneLook) = (false, false)
      for _ in 0..<60 {
        var exceedances = 0
        for _ in 0..<20 where stream.uniform() < p { exceedances += 1 }
        decision.add(exceedances: exceedances, replicates: 20)
        if !decision.pValue.interval.contains(p) { misses = true }
        let look = clopperPearson(successes: decision.exceedances, trials: decision.replicates)
        if !look.contains(p) { missesOneLook = true }
      }
      missed += misses ? 1 : 0
      missedByOneLook += missesOneLook ? 1 : 0
    }
    print(
      "sixty looks: the anytime interval misses in \(missed), Clopper-Pearson in \(missedByOneLook) of \(datasets)"
    )
    #expect(Double(missed) < 0.05 * Double(datasets) && missed > 0)
    #expect(Double(missedByOneLook) > 0.1 * Double(datasets))
  }
}
