internal import Resampling

extension Uncertainty.Draws {
  /// The values of some readings as members of a family.
  fileprivate var family: FamilyDraws {
    FamilyDraws(
      estimates: all, replicates: all.indices.map { reading in replicates.map { $0[reading] } },
      jackknife: all.indices.map { reading in [jackknife.map { $0[reading] }] })
  }
}

// The best or the worst of a family: `FamilyDraws` says how it is bounded.
extension Uncertainty {
  /// The 95 % interval of every member of a family by itself, or of the one score; nothing allows for their number.
  /// - Throws: `CancellationError`.
  public func memberIntervals() async throws -> [ClosedRange<Double>] {
    let members = try await draws(of: observed.sides.map { Reading($0) }).family
    return members.estimates.indices.map { Self.pointwise(members, $0, confidence: 0.95) }
  }

  func familyIntervals(confidences: [Double]) async throws -> [ClosedRange<Double>] {
    let members = try await draws(of: observed.sides.map { Reading($0) }).family
    return confidences.map { interval(members, scores: members, confidence: $0) }
  }

  /// Intervals of a family's margin over the mean of a rival's worlds.
  ///
  /// Where the best member is claimed, it is held against each world's best, which by its choice favours the rival. Where a
  /// claim is about each, every member is held against the world's member of the same place, and the margin is the worst of
  /// these.
  func familyMargins(
    over rivals: [Reading], floor: Reading?, prefersLarge: Bool, areAll: Bool, confidences: [Double]
  ) async throws -> Margins {
    let (members, isMemberwise) = (observed.sides.count, isMemberwise)
    let held =
      isMemberwise
      ? rivals.flatMap { $0.sides.map { Reading($0) } } : rivals.map { Reading($0.sides[$0.deciding]) }
    let floors = floor?.sides.map { Reading($0) } ?? []
    let scores = try await draws(of: observed.sides.map { Reading($0) } + held + floors).family
    func margins(_ better: FamilyDraws.Better?) -> FamilyDraws {
      scores.margins(
        of: members, over: rivals.count, redrawing: !areAll, key: key.appending("worlds"), better: better
      ) { world, member in members + (isMemberwise ? world * members + member : world) }
    }
    let plain = margins(nil)
    let atLeastFloor = floor.map { _ in
      margins(FamilyDraws.Better(first: members + held.count, prefersLarge: prefersLarge))
    }
    /// The member whose margin decides.
    func deciding(_ draws: FamilyDraws) -> (value: Double, error: Double) {
      let value = takesLargest ? draws.estimates.max()! : draws.estimates.min()!
      return (
        value, standardError(ofReplicates: draws.replicates[draws.estimates.firstIndex(of: value) ?? 0])
      )
    }
    return Margins(
      intervals: confidences.map { interval(plain, scores: scores, confidence: $0) },
      error: deciding(plain).error,
      held: atLeastFloor.map {
        let found = deciding($0)
        return (found.value, interval($0, scores: scores, confidence: 0.95), found.error)
      })
  }

  /// The margin of a family over the mean of a rival's worlds, as its intervals have it.
  /// - Parameter worlds: the scores of the members in each.
  public func familyMargin(over worlds: [[Double]]) -> Double {
    Probing.familyMargin(
      of: observed.sides.map { $0.score() }, over: worlds, isMemberwise: isMemberwise,
      deciding: { takesLargest ? $0.max()! : $0.min()! })
  }

  private var takesLargest: Bool { observed.combination.takesLargest == true }

  private var isMemberwise: Bool { if case .worst = observed.combination { true } else { false } }

  /// - Parameter scores: the draws of the scores, of which `draws` may be margins; beyond the members, a rival's worlds.
  private func interval(
    _ draws: FamilyDraws, scores: FamilyDraws, confidence: Double
  ) -> ClosedRange<Double> {
    draws.interval(
      ofLargest: takesLargest, confidence: confidence, within: -Double.infinity...Double.infinity,
      lacking: { lacking(scores, q: $0) },
      pointwise: { draws, member, _ in Self.pointwise(draws, member, confidence: confidence) })
  }

  /// Near the ends of a range the bootstrap's standard errors are too small just where the best of many lands by luck.
  private func lacking(_ scores: FamilyDraws, q: Double) -> [(below: Double, above: Double)] {
    let members = observed.sides.indices
    guard let range else { return members.map { _ in (0, 0) } }
    let width = range.upperBound - range.lowerBound
    return lackingVariances(
      shares: members.map { min(1, max(0, (scores.estimates[$0] - range.lowerBound) / width)) },
      variances: members.map { member in
        let error = standardError(ofReplicates: scores.replicates[member]) / width
        return error * error
      }, sizes: members.map { _ in Double(scores.jackknife[0][0].count) }, q: q
    ).map { ($0.below * width * width, $0.above * width * width) }
  }

  private static func pointwise(
    _ draws: FamilyDraws, _ member: Int, confidence: Double
  ) -> ClosedRange<Double> {
    bcaInterval(
      estimate: draws.estimates[member], replicates: draws.replicates[member],
      jackknife: draws.jackknife[member], confidence: confidence)
  }
}
