internal import Foundation
internal import Hypotheses
internal import Resampling

// What is said of a p-value that is open, and of how many replicates it took.
extension Wording {
  /// How many replicates decided p; nothing where it was as many as were asked for.
  /// - Parameter open: the criteria that p leaves open.
  static func drawing(_ p: PValue, asked: Int, open: [Criterion]) -> [String] {
    let drawn = p.replicates
    guard let criterion = open.first else {
      if drawn < asked {
        return ["\(drawn) replicates decided p, so that drawing ended before the \(asked) asked for."]
      }
      return drawn > asked ? ["\(asked) replicates were asked for; p was decided after \(drawn)."] : []
    }
    let most = "\(drawn) replicates, the most that are drawn where \(asked) are asked for, leave p open."
    guard criterion.comparison.holds(p.value, criterion.threshold) else { return [most] }
    return [
      "\(most) Its value \(pValue(p.value)) meets \(criterion), but its interval does not. \(needed(exceedances: p.exceedances, of: drawn, criterion))"
    ]
  }

  /// What would close a criterion on p that is open.
  static func openP(_ rival: RivalEvidence, _ criterion: Criterion) -> String {
    if let arrangements = rival.arrangements,
      !criterion.comparison.holds(smallestP(arrangements: arrangements), criterion.threshold)
    {
      let needed = fewestArrangements { criterion.comparison.holds($0, criterion.threshold) }
      return
        "No score could meet \(criterion) over \(rival.label): these data have \(counted(arrangements)), so that p is at least \(pValue(smallestP(arrangements: arrangements))). "
        + (needed.map { "\($0) or more are needed: " } ?? "More are needed: ")
        + "more units that exchange, coarser blocks, or a larger level."
    }
    guard let p = rival.p else { return "" }
    return
      "After \(rival.replicates) replicates the interval of the p of \(rival.label) still holds \(number(criterion.threshold)). "
      + needed(exceedances: p.exceedances, of: rival.replicates, criterion)
  }

  private static func counted(_ arrangements: Double) -> String {
    arrangements == 1
      ? "no other arrangement than the real one"
      : "\(String(format: "%.0f", arrangements)) distinct arrangements"
  }

  /// How many replicates would decide, and how to ask for them.
  private static func needed(exceedances: Int, of drawn: Int, _ criterion: Criterion) -> String {
    let share = Double(exceedances) / Double(max(drawn, 1))
    guard let needed = SequentialDecision.replicatesToReport(alpha: criterion.threshold, share: share) else {
      return "The share of them that reach the score is so close to it that no practical number would decide."
    }
    let limit = ReplicateSchedule.limit
    return
      "About \(needed) replicates would decide, if their share stays: ask for \((needed + limit - 1) / limit) or more, and up to \(limit) times as many are drawn."
  }
}
