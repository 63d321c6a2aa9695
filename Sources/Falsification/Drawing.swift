internal import Hypotheses
internal import Resampling

/// How many worlds of a rival were drawn, and the p that they give.
struct Drawing: Sendable {
  var p: PValue
  /// How many were asked for, where p decided how many were drawn.
  var asked: Int?
  /// Facts that a reader must know. Plain sentences.
  var notes: [String]
}

extension Withstand {
  /// Draws worlds until the p-value is decided, in either direction, for every criterion on it, or the limit is reached;
  /// without such a criterion, as many as are asked for.
  ///
  /// The evidence for a decision is `SequentialDecision`'s, which holds however often one looks.
  /// - Parameters:
  ///   - asked: how many worlds are asked for, at least one.
  ///   - draw: draws more worlds, until there are `total` of them.
  ///   - p: the p-value of the worlds drawn so far, as if their number had been fixed beforehand.
  /// - Throws: what `draw` throws.
  func untilDecided(
    asked: Int, draw: (_ total: Int) async throws -> Void, p: () -> PValue
  ) async throws -> Drawing {
    let criteria = criteria.filter { $0.quantity == .p }
    guard !criteria.isEmpty else {
      try await draw(asked)
      return Drawing(p: p(), asked: nil, notes: [])
    }
    let schedule = ReplicateSchedule(asked: asked)
    var drawn = 0
    while let total = schedule.next(after: drawn) {
      try await draw(total)
      drawn = total
      let fixed = p()
      let p = sequentialPValue(exceedances: fixed.exceedances, replicates: fixed.replicates)
      let open = criteria.filter { outcome(of: p, $0) == .undecided }
      if open.isEmpty || total == schedule.cap {
        return Drawing(p: p, asked: asked, notes: Wording.drawing(p, asked: asked, open: open))
      }
    }
    preconditionFailure("the last look is at the cap")
  }
}
