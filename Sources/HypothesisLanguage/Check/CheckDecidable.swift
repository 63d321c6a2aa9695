internal import Foundation
internal import Hypotheses
internal import Resampling

/// Whether a criterion on p can be met at all.
extension HypothesisChecker {
  /// Complains where no data of this size, or no number of worlds that is drawn, can give a p as small as is asked for.
  mutating func checkDecidable(
    _ comparison: Comparison, _ threshold: Double, _ syntax: RequirementSyntax, _ rival: Rival?,
    _ bound: Bound, _ claimed: MeasureEntry?
  ) -> Bool {
    guard let rival else { return true }
    if case .untrained(let untrained) = rival {
      return checkTwinsDecide(untrained, comparison, threshold, syntax, claimed)
    }
    let arrangements = arrangements(of: rival, claimed)
    let fewest = fewestArrangements { comparison.holds($0, threshold) }
    if let arrangements, !comparison.holds(smallestP(arrangements: arrangements), threshold) {
      let (count, noun) = (
        Int(arrangements), rival.name == SwappedSides.signature.keyword ? "exchange" : "arrangement"
      )
      sink.report(
        .undecidableP,
        "`\(document.file.text(syntax.span.bytes))` cannot be met with \(counted(count, noun))",
        at: syntax.span,
        notes: [
          "that is how many distinct ones these data have, so that p is at least "
            + (count > 1 ? "1/\(count)" : "1")
        ],
        helps: [
          fewest.map {
            "\($0) or more are needed: more units that exchange, coarser blocks, or a larger p"
          } ?? "ask for a larger p"
        ])
      return false
    }
    // All arrangements are scored where they are no more than the replicates, and p is exact.
    guard let replicates = rival.replicates, (arrangements ?? .infinity) > Double(replicates) else {
      return true
    }
    let needed = SequentialDecision.replicatesToReport(alpha: threshold)
    let cap = ReplicateSchedule(asked: replicates).cap
    guard needed.map({ cap < $0 }) ?? true else { return true }
    var helps: [String] = []
    var fix: FixIt?
    if let needed {
      let asked = (needed + ReplicateSchedule.limit - 1) / ReplicateSchedule.limit
      if let span = bound.spans["replicates"] {
        fix = sink.fix("write `replicates: \(asked)` or more", replace: span, by: "\(asked)")
      } else {
        helps = ["write `replicates: \(asked)` or more"]
      }
    } else {
      helps = ["ask for a larger p"]
    }
    sink.report(
      .undecidableP,
      "`\(document.file.text(syntax.span.bytes))` cannot be decided by \(counted(replicates, "replicate"))",
      at: syntax.span,
      notes: [
        "at most \(cap) are drawn, ten times as many, and "
          + (needed.map { "\($0) decide at the least, where none of them reaches the score" }
            ?? "no practical number decides")
      ], helps: helps, fix: fix)
    return false
  }

  /// How many distinct arrangements of the data a rival draws from; `nil` where it draws from none, or it is not known.
  private func arrangements(of rival: Rival, _ claimed: MeasureEntry?) -> Double? {
    guard let sides = claimed?.sides, !sides.isEmpty, claimed?.isText == false else { return nil }
    switch rival {
    case .permutedLabels(let permuted):
      let targets = sides.compactMap(\.targets)
      guard targets.count == sides.count, let first = targets.first,
        targets.allSatisfy({ $0.source == first.source })
      else { return nil }
      // Each member of a family is held against its own worlds where the claim is about each, and no p is below that of any.
      if claimed?.isFamily == true {
        guard quantifier == .each else { return nil }
        let each = targets.map {
          facts.distinctArrangements(of: $0.selection.columns, by: permuted, in: $0.source)
        }
        return each.compactMap(\.self).min()
      }
      var columns: [String] = []
      for column in targets.flatMap(\.selection.columns) where !columns.contains(column) {
        columns.append(column)
      }
      return facts.distinctArrangements(of: columns, by: permuted, in: first.source)
    case .swappedSides:
      let units = unit.map { $0.isUnique ? sides[0].items : $0.description.distinct } ?? sides[0].items
      return units.map { exp2(Double($0)) }
    default: return nil
    }
  }

  /// Twins are worlds that are there, and no more can be drawn.
  private mutating func checkTwinsDecide(
    _ untrained: Untrained, _ comparison: Comparison, _ threshold: Double, _ syntax: RequirementSyntax,
    _ claimed: MeasureEntry?
  ) -> Bool {
    guard untrained.seeds == .independent else {
      sink.report(
        .criterionNotOffered, "twins of unknown seeds give no p", at: syntax.span,
        notes: [
          "a p counts draws from one distribution: each twin a seed of its own, all by the recipe that the trained network began with, and none made from trained weights"
        ],
        helps: ["ask for a margin; if the twins are such draws, write `untrained(..., seeds: independent)`"])
      return false
    }
    guard let twins = twinCount(untrained.representations) else { return true }
    // Of a family, a declaration is one twin: its wildcard stands for the members.
    let isSpread = claimed?.sides.first?.member != nil
    let worlds = isSpread ? untrained.representations.count : twins
    guard !comparison.holds(smallestP(arrangements: Double(worlds) + 1), threshold) else { return true }
    let fewest = fewestArrangements { comparison.holds($0, threshold) }
    sink.report(
      .undecidableP,
      "`\(document.file.text(syntax.span.bytes))` cannot be decided by \(counted(worlds, "twin"))",
      at: syntax.span, notes: ["the smallest p that \(counted(worlds, "twin")) can give is 1/\(worlds + 1)"],
      helps: [
        fewest.map { "give \($0 - 1) twins, or leave `p` out and ask for a margin" }
          ?? "leave `p` out and ask for a margin"
      ])
    return false
  }
}
