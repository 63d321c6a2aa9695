internal import Resampling

/// Bounds of the best of several values that were estimated from the same units.
///
/// The best observed value lies above the best true one on average, because it was chosen. The lower bound is therefore the
/// largest of lower bounds that hold for all members at once: each member's value less q standard errors, where q is the
/// quantile of the largest studentised deviation of any member in the bootstrap replicates, upwards or downwards, whichever
/// is larger (the max-T of Westfall & Young 1993 turned into bounds; Romano & Wolf 2005, Econometrica 73). The upper bound is
/// the largest of the members' own upper bounds: that of the truly best covers it, whichever that is. Of scores that are
/// shares, standard errors have the floor of `lackingVariances`.
struct FamilyBounds: Sendable {
  var estimates: [Double]
  /// By member and replicate.
  var replicates: [[Double]]
  /// By member and independent sample: with one observation left out.
  var jackknife: [[[Double]]]
  /// Of scores that are shares, 0 to 1: each member's own score, its bootstrap variance, and how many units there are.
  var shares: (scores: [Double], variances: [Double], units: Int)?

  /// The interval of the largest value.
  func largest(confidence: Double) -> ClosedRange<Double> {
    let q = largestStudentizedDeviation(
      estimates: estimates, replicates: replicates, probability: (1 + confidence) / 2)
    let lacking = shares.map {
      lackingVariances(
        shares: $0.scores, variances: $0.variances,
        sizes: [Double](repeating: Double($0.units), count: estimates.count), q: q)
    }
    var (low, high) = (-Double.infinity, -Double.infinity)
    for member in estimates.indices {
      let error = standardError(ofReplicates: replicates[member])
      low = max(low, estimates[member] - q * (error * error + (lacking?[member].below ?? 0)).squareRoot())
      high = max(
        high,
        bcaInterval(
          estimate: estimates[member], replicates: replicates[member], jackknife: jackknife[member],
          confidence: confidence
        ).upperBound)
    }
    return low...max(low, high)
  }

  /// The interval of the smallest value: the mirror image.
  func smallest(confidence: Double) -> ClosedRange<Double> {
    let mirrored = FamilyBounds(
      estimates: estimates.map { -$0 }, replicates: replicates.map { $0.map { -$0 } },
      jackknife: jackknife.map { $0.map { $0.map { -$0 } } },
      shares: shares.map { ($0.scores.map { 1 - $0 }, $0.variances, $0.units) }
    ).largest(confidence: confidence)
    return -mirrored.upperBound ... -mirrored.lowerBound
  }
}

extension Uncertainty {
  /// The 95 % interval of every member of a family by itself, or of the one score; nothing allows for their number.
  /// - Throws: `CancellationError`.
  public func memberIntervals() async throws -> [ClosedRange<Double>] {
    let draws = try await draws(of: observed.sides.map { Reading($0) })
    return draws.all.indices.map { member in
      bcaInterval(
        estimate: draws.all[member], replicates: draws.replicates.map { $0[member] },
        jackknife: [draws.jackknife.map { $0[member] }])
    }
  }

  func familyIntervals(confidences: [Double]) async throws -> [ClosedRange<Double>] {
    let draws = try await draws(of: observed.sides.map { Reading($0) })
    let bounds = FamilyBounds(
      estimates: draws.all,
      replicates: draws.all.indices.map { member in draws.replicates.map { $0[member] } },
      jackknife: draws.all.indices.map { member in [draws.jackknife.map { $0[member] }] },
      shares: shares(draws))
    return confidences.map { interval(bounds, confidence: $0) }
  }

  /// Intervals of a family's margin over the mean of a rival's worlds.
  ///
  /// Where the best member is claimed, it is held against each world's best, which by its choice favours the rival. Where a
  /// claim is about each, every member is held against the world's member of the same place, and the margin is the worst of
  /// these.
  func familyMargins(
    over rivals: [Reading], areAll: Bool, confidences: [Double]
  ) async throws -> [ClosedRange<Double>] {
    let members = observed.sides.count
    let takesOwn = takesOwn
    let held =
      takesOwn
      ? rivals.flatMap { $0.sides.map { Reading($0) } } : rivals.map { Reading($0.sides[$0.deciding]) }
    let draws = try await draws(of: observed.sides.map { Reading($0) } + held)
    let count = Double(rivals.count)
    /// Where a world's score stands that a member is held against.
    func place(_ world: Int, _ member: Int) -> Int { members + (takesOwn ? world * members + member : world) }
    func margin(_ scores: [Double], _ member: Int) -> Double {
      scores[member] - rivals.indices.reduce(0) { $0 + scores[place($1, member)] } / count
    }
    let redraws = rivals.count > 1 && !areAll
    let bootstrap = UnitBootstrap(units: rivals.count)
    let worldKey = key.appending("worlds")
    var bounds = FamilyBounds(
      estimates: (0..<members).map { margin(draws.all, $0) },
      replicates: [[Double]](repeating: [], count: members),
      jackknife: (0..<members).map { member in [draws.jackknife.map { margin($0, member) }] },
      shares: shares(draws))
    var counts = [Int32](repeating: 1, count: rivals.count)
    for (replicate, scores) in draws.replicates.enumerated() {
      if redraws { bootstrap.counts(into: &counts, key: worldKey, replicate: replicate) }
      for member in 0..<members {
        let sum = rivals.indices.reduce(0) { $0 + Double(counts[$1]) * scores[place($1, member)] }
        bounds.replicates[member].append(scores[member] - sum / count)
      }
    }
    if redraws {
      for member in 0..<members {
        let sum = rivals.indices.reduce(0) { $0 + draws.all[place($1, member)] }
        bounds.jackknife[member].append(
          rivals.indices.map { draws.all[member] - (sum - draws.all[place($0, member)]) / (count - 1) })
      }
    }
    return confidences.map { interval(bounds, confidence: $0) }
  }

  /// The margin of a family over the mean of a rival's worlds, as its intervals have it.
  /// - Parameter worlds: the scores of the members in each.
  public func familyMargin(over worlds: [[Double]]) -> Double {
    let own = observed.sides.map { $0.score() }
    let count = Double(worlds.count)
    func extreme(_ values: [Double]) -> Double { takesLargest ? values.max()! : values.min()! }
    guard takesOwn else { return extreme(own) - worlds.reduce(0) { $0 + extreme($1) } / count }
    return extreme(own.indices.map { member in own[member] - worlds.reduce(0) { $0 + $1[member] } / count })
  }

  /// What the floor of standard errors near the ends of the range needs; `nil` where scores are no shares.
  private func shares(_ draws: Draws) -> (scores: [Double], variances: [Double], units: Int)? {
    guard areShares else { return nil }
    let members = observed.sides.indices
    return (
      members.map { min(1, max(0, draws.all[$0])) },
      members.map { member in
        let error = standardError(ofReplicates: draws.replicates.map { $0[member] })
        return error * error
      }, draws.jackknife.count
    )
  }

  private var takesLargest: Bool { observed.combination.takesLargest == true }

  private var takesOwn: Bool { if case .worst = observed.combination { true } else { false } }

  private func interval(_ bounds: FamilyBounds, confidence: Double) -> ClosedRange<Double> {
    takesLargest
      ? bounds.largest(confidence: confidence) : bounds.smallest(confidence: confidence)
  }
}
