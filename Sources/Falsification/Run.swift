public import Hypotheses
internal import Resampling

/// How hypotheses are tested.
public struct RunOptions: Sendable {
  public var seed: UInt64
  /// How many tasks work at a time. Results do not depend on it.
  public var jobs: Int
  /// Replaces the number of replicates of every random rival.
  public var replicates: Int?
  /// Told what is being done.
  public var progress: @Sendable (Progress) -> Void

  public init(
    seed: UInt64 = 1, jobs: Int, replicates: Int? = nil,
    progress: @escaping @Sendable (Progress) -> Void = { _ in }
  ) {
    self.seed = seed
    self.jobs = jobs
    self.replicates = replicates
    self.progress = progress
  }
}

/// What a run is doing.
public enum Progress: Sendable {
  /// Some more worlds of a rival are scored: how many by now cannot be known across tasks, so the increment is given.
  case worlds(rival: String, more: Int, of: Int)
  /// A step has begun: "score", "gates", a rival's label.
  case step(String)
}

/// Tests one hypothesis: binds it to the data, checks the instrument, measures the score, sets every rival against it,
/// and judges.
///
/// - Returns: the result. Data that cannot be used give no evidence, and the judgement says why.
/// - Throws: `CancellationError` only.
public func test(
  _ hypothesis: Hypothesis, library: DataLibrary, options: RunOptions
) async throws -> TestedHypothesis {
  let clock = ContinuousClock()
  let start = clock.now
  func seconds() -> Double { start.duration(to: clock.now) / .seconds(1) }
  do {
    let binder = Binder(
      library: library, hypothesis: hypothesis, seed: options.seed, replicates: options.replicates)
    let evidence =
      hypothesis.textMeasurement(named: hypothesis.claim.measurement) == nil
      ? try await examine(hypothesis, library: library, options: options)
      : try await TextExamination(binder: binder, options: options).evidence().warned(by: hypothesis)
    return TestedHypothesis(
      hypothesis: hypothesis, evidence: evidence, judgement: judge(evidence), seconds: seconds())
  } catch let error as BindingError {
    return TestedHypothesis(
      hypothesis: hypothesis, evidence: nil,
      judgement: Judgement(verdict: .invalid, reason: error.description), seconds: seconds())
  }
}

/// What a p-value says about a criterion: met where it satisfies the criterion and its Monte Carlo interval lies on the
/// same side, missed where the whole interval lies on the other. Undecided where no data of this size could meet it.
/// - Parameter arrangements: how many distinct arrangements the worlds are drawn from; `nil` where they are none.
func outcome(of p: PValue, _ criterion: Criterion, arrangements: Double? = nil) -> Outcome {
  if let arrangements, !criterion.comparison.holds(smallestP(arrangements: arrangements), criterion.threshold)
  {
    return .undecided
  }
  if p.isExact { return criterion.comparison.holds(p.value, criterion.threshold) ? .met : .missed }
  let interval = Interval(p.interval)
  let byInterval = outcome(of: interval, criterion.comparison, criterion.threshold)
  return byInterval == .met && !criterion.comparison.holds(p.value, criterion.threshold)
    ? .undecided : byInterval
}

extension PValueEvidence {
  init(_ p: PValue) {
    self.init(
      value: p.value, interval: Interval(p.interval),
      exceedances: p.exceedances, isExact: p.isExact)
  }
}

extension Histogram {
  /// Forty equal bins over the range of the scores.
  init(_ scores: [Double]) {
    let sorted = scores.sorted()
    let (low, high) = (sorted.first!, sorted.last!)
    var counts = [Int](repeating: 0, count: 40)
    for score in scores {
      let place = high > low ? Int((score - low) / (high - low) * 40) : 0
      counts[min(max(place, 0), 39)] += 1
    }
    self.init(
      lower: low, upper: high, counts: counts,
      central: Interval(quantile(sorted, 0.025), quantile(sorted, 0.975)))
  }
}
