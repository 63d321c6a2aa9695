public import Hypotheses
internal import Resampling

/// What the data are large enough to show about a criterion on a margin, or about the claimed score.
public struct ThresholdPlan: Sendable, Hashable {
  /// The rival as it is called in the file; `nil` for the claimed score.
  public var rival: String?
  public var comparison: Comparison
  public var threshold: Double
  /// What was measured, and its 95 % interval.
  public var value: Double
  public var interval: Interval
  /// The value nearest to the threshold that meets the criterion with the power asked for.
  public var smallestDetectable: Double
  /// How many units would meet the criterion with that power if the measured value were the true one; `nil` where it lies on
  /// the wrong side of the threshold.
  public var unitsNeeded: Int?
  /// How many units would be enough for the margin that was asked about.
  public var unitsForMargin: Int?
}

/// What decides a criterion on p.
public struct ReplicatesPlan: Sendable, Hashable {
  public var rival: String
  public var alpha: Double
  public var value: Double
  /// Whether every distinct arrangement was scored, so that no replicates are left to draw.
  public var isExact: Bool
  /// How many replicates were drawn.
  public var drawn: Int
  /// How many decide the criterion where none of them reaches the score.
  public var fewest: Int?
  /// How many decide it where as large a share of them does as here; `nil` where the share is about alpha.
  public var needed: Int?
  /// The smallest p that the distinct arrangements of these data can give; `nil` where worlds are no arrangements.
  public var smallest: Double?
  /// How many distinct arrangements the criterion needs; `nil` where worlds are none.
  public var arrangementsNeeded: Int?
}

/// One criterion on a margin in the data sets of one strength: how often it was met, and how often the width of the
/// interval on the real data says.
public struct PowerCheck: Sendable, Hashable {
  public var rival: String
  public var criterion: Criterion
  public var strength: Double
  public var meanMargin: Double
  public var met: SimulatedShare
  public var predicted: Double
}

/// What the data are large enough to show.
public struct PowerAnalysis: Sendable, Hashable {
  /// The probability that is asked for.
  public var power: Double
  public var thresholds: [ThresholdPlan]
  public var replicates: [ReplicatesPlan]
  /// The simulated data sets; `nil` where none were asked for.
  public var calibration: Calibration?
  public var checks: [PowerCheck]
  public var units: Int
  public var unit: String
}

/// Says what the data are large enough to show: the smallest margin over each rival, the units and the replicates that would
/// decide, and the power against planted signals.
///
/// Widths are those of the intervals on the real data; that they shrink with the square root of the number of units is an
/// approximation, which the simulated data sets check at this size.
/// - Parameters:
///   - margin: a margin to find the number of units for; `nil`: none.
/// - Throws: `CalibrationError`, or `CancellationError`.
public func power(
  _ hypothesis: Hypothesis, library: DataLibrary, options: CalibrationOptions, margin: Double? = nil,
  power: Double = 0.8
) async throws -> PowerAnalysis {
  let run = RunOptions(
    seed: options.seed, jobs: options.jobs, replicates: options.replicates, progress: options.progress)
  let tested = try await test(hypothesis, library: library, options: run)
  guard let evidence = tested.evidence else { throw CalibrationError.data(tested.judgement.reason) }
  let calibration =
    options.simulations > 0
    ? try await calibrate(hypothesis, library: library, options: options) : nil

  func plan(
    _ rival: String?, _ value: Double, _ interval: Interval, _ comparison: Comparison, _ threshold: Double,
    margin: Double?
  ) -> ThresholdPlan {
    let plan = IntervalPlan(
      halfWidth: (interval.upper - interval.lower) / 2, units: evidence.units, power: power)
    let sign: Double = comparison.wantsLarge ? 1 : -1
    return ThresholdPlan(
      rival: rival, comparison: comparison, threshold: threshold, value: value, interval: interval,
      smallestDetectable: threshold + sign * plan.detectable,
      unitsNeeded: plan.unitsNeeded(distance: sign * (value - threshold)),
      unitsForMargin: margin.flatMap { plan.unitsNeeded(distance: sign * ($0 - threshold)) })
  }
  let claim = evidence.score.requirement
  var thresholds = [
    // A small difference is as far from its bound on either side, and two one-sided tests decide it.
    claim.comparison == .within
      ? plan(
        nil, abs(claim.value), claim.interval, claim.comparison,
        claim.threshold, margin: nil)
      : plan(nil, claim.value, claim.interval, claim.comparison, claim.threshold, margin: nil)
  ]
  var replicates: [ReplicatesPlan] = []
  var checks: [PowerCheck] = []
  for (place, rival) in evidence.rivals.enumerated() {
    for (index, found) in rival.criteria.enumerated() {
      let criterion = found.criterion
      guard criterion.quantity != .p else {
        guard let p = rival.p, (0..<1).contains(criterion.threshold), criterion.threshold > 0 else {
          continue
        }
        let alpha = criterion.threshold
        let share = Double(p.exceedances) / Double(max(rival.replicates, 1))
        replicates.append(
          ReplicatesPlan(
            rival: rival.label, alpha: alpha, value: p.value, isExact: p.isExact, drawn: rival.replicates,
            fewest: p.isExact ? nil : SequentialDecision.replicatesToReport(alpha: alpha),
            needed: p.isExact ? nil : SequentialDecision.replicatesToReport(alpha: alpha, share: share),
            smallest: rival.arrangements.map(smallestP),
            arrangementsNeeded: rival.arrangements.flatMap { _ in
              fewestArrangements { criterion.comparison.holds($0, alpha) }
            }))
        continue
      }
      guard let (value, measured) = rival.measured(criterion.quantity) else { continue }
      thresholds.append(
        plan(rival.label, value, measured, criterion.comparison, criterion.threshold, margin: margin))
      let width = (measured.upper - measured.lower) / 2
      let interval = IntervalPlan(halfWidth: width, units: evidence.units, power: power)
      // The criteria of a step stand in the order of the rivals and their criteria.
      let before = evidence.rivals[..<place].reduce(0) { $0 + $1.criteria.count }
      for step in calibration.map({ [$0.null] + $0.planted }) ?? [] {
        let simulated = step.criteria[before + index]
        guard let mean = simulated.meanMargin else { continue }
        let sign: Double = criterion.comparison.wantsLarge ? 1 : -1
        checks.append(
          PowerCheck(
            rival: rival.label, criterion: criterion, strength: step.strength, meanMargin: mean,
            met: simulated.met,
            predicted: interval.probability(distance: sign * (mean - criterion.threshold))))
      }
    }
  }
  return PowerAnalysis(
    power: power, thresholds: thresholds, replicates: replicates, calibration: calibration, checks: checks,
    units: evidence.units, unit: evidence.unit)
}
