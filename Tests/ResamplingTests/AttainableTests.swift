import Resampling
import Testing

/// What p-values data and replicates can give at all.
struct AttainableTests {
  @Test(
    "One in as many as there are arrangements is the smallest p, and strictly below a level needs one more")
  func arrangements() {
    #expect(smallestP(arrangements: 24) == 1.0 / 24)
    #expect(smallestP(arrangements: .infinity) == 0)
    #expect(fewestArrangements { $0 < 0.05 } == 21)
    #expect(fewestArrangements { $0 <= 0.05 } == 20)
    #expect(fewestArrangements { $0 < 0.01 } == 101)
    #expect(fewestArrangements { $0 < 0 } == nil)
  }

  @Test("The fewest replicates that decide what is reported")
  func replicates() {
    for (alpha, fewest) in [(0.05, 105), (0.01, 535), (0.001, 5_373)] {
      #expect(SequentialDecision.replicatesToReport(alpha: alpha) == fewest)
      let p = sequentialPValue(exceedances: 0, replicates: fewest)
      #expect(p.interval.upperBound <= alpha)
      #expect(sequentialPValue(exceedances: 0, replicates: fewest - 1).interval.upperBound > alpha)
    }
    // A share on the other side is decided too, and one at the level never.
    #expect(SequentialDecision.replicatesToReport(alpha: 0.05, share: 0.5).map { $0 < 20 } ?? false)
    #expect(SequentialDecision.replicatesToReport(alpha: 0.05, share: 0.05) == nil)
  }
}
