internal import Activations
internal import Foundation
internal import GSL
public import Hypotheses
internal import Probing
internal import Resampling
internal import Rivals

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

/// A replicate count that has not decided a p-value is extended up to this multiple.
let extensionLimit = 10

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
    let evidence = try await Examination(
      binder: Binder(
        library: library, hypothesis: hypothesis, seed: options.seed, replicates: options.replicates),
      options: options
    ).evidence()
    return TestedHypothesis(
      hypothesis: hypothesis, evidence: evidence, judgement: judge(evidence), seconds: seconds())
  } catch let error as BindingError {
    return TestedHypothesis(
      hypothesis: hypothesis, evidence: nil,
      judgement: Judgement(verdict: .invalid, reason: error.description), seconds: seconds())
  }
}

/// The examination of one hypothesis.
private struct Examination {
  let binder: Binder
  let options: RunOptions

  var hypothesis: Hypothesis { binder.hypothesis }

  func evidence() async throws -> Evidence {
    options.progress(.step("data"))
    guard let declaration = hypothesis.measurement(named: hypothesis.claim.measurement) else {
      preconditionFailure("the checker lets no claim through without its measurement")
    }
    let claim = try binder.measurement(declaration, rivals: hypothesis.rivals)
    let rivals = try hypothesis.rivals.map { try binder.rival($0, of: claim) }

    options.progress(.step("score"))
    let prepared = try await prepare(claim.instrument, claim.representation, declaration.name)
    let evaluation = prepared.evaluate(claim.targets)
    let observed = evaluation.score
    let floorWorld = claim.instrument.floor(claim.targets)
    let floor = floorWorld.score()
    let ceiling = claim.instrument.ceiling(claim.targets).score()
    let uncertainty = Uncertainty(
      observed: evaluation.world, units: claim.units, key: binder.key.appending(declaration.name),
      jobs: options.jobs)
    let references = try claim.references()
    let score = ScoreEvidence(
      requirement: requirement(
        hypothesis.claim, declaration.metric, observed, try await uncertainty.scoreInterval()),
      floor: floor, ceiling: ceiling, trainingScore: evaluation.trainingScore, references: references)
    let structure = try claim.structure(
      categories: hypothesis.categoryColumn(of: declaration), observed: observed, floor: floor, references)

    options.progress(.step("gates"))
    var gates = [
      Gate(
        name: Gate.alignment, passed: true,
        detail:
          "\(claim.keys.count) items matched by key between \(declaration.targets.data) and \(declaration.representation)"
      ),
      Gate.dimensionsInform(claim.representation),
      Gate.noDuplicatesAcrossFolds(claim.instrument, claim.representation),
      Gate.permutedNearFloor(prepared, claim.targets, floor: floor, ceiling: ceiling, key: binder.key),
    ]
    if let gate = Gate.meanPredictorAtFloor(claim.instrument, claim.targets, floor: floor) {
      gates.insert(gate, at: 1)
    }
    do throws(LinearAlgebraError) {
      gates.append(
        try Gate.plantedSignalFound(
          claim.instrument, claim.representation, claim.targets, key: binder.key))
    } catch {
      throw BindingError.linearAlgebra(error, measurement: declaration.name)
    }

    var premises: [RequirementEvidence] = []
    for premise in hypothesis.premises {
      options.progress(.step("premise \(premise.measurement)"))
      guard let declaration = hypothesis.measurement(named: premise.measurement) else { continue }
      let bound = try binder.measurement(declaration)
      let world = try await prepare(bound.instrument, bound.representation, declaration.name)
        .evaluate(bound.targets).world
      let interval = try await Uncertainty(
        observed: world, units: bound.units, key: binder.key.appending(declaration.name), jobs: options.jobs
      ).scoreInterval()
      premises.append(requirement(premise, declaration.metric, world.score(), interval))
    }

    let context = Context(
      claim: claim, prepared: prepared, observed: observed, floor: floor, floorWorld: floorWorld,
      uncertainty: uncertainty)
    var evidence: [RivalEvidence] = []
    for rival in rivals {
      options.progress(.step(rival.withstand.label))
      evidence.append(try await self.evidence(of: rival, context, &gates))
    }
    return Evidence(
      items: claim.keys.count, units: Set(claim.units).count, unit: claim.unitName,
      dimensions: claim.representation.columns, notes: claim.notes, gates: gates.mergingByName(),
      premises: premises, score: score, rivals: evidence, structure: structure)
  }

  /// What every rival is compared with.
  private struct Context {
    let claim: BoundMeasurement
    let prepared: PreparedProbe
    let observed: Double
    let floor: Double
    let floorWorld: ScoredWorld
    let uncertainty: Uncertainty

    /// 1 where a larger score is better, else -1.
    var sign: Double { claim.declaration.metric.isBetterWhenLarger ? 1 : -1 }

    var pairedWorlds: Int {
      claim.declaration.metric.pairedWorlds(cells: claim.targets.coded.elements.count)
    }

    func p(_ scores: [Double], exact: Bool = false) -> PValue {
      pValue(observed: sign * observed, null: scores.map { sign * $0 }, exact: exact)
    }
  }

  private func evidence(
    of rival: BoundRival, _ context: Context, _ gates: inout [Gate]
  ) async throws -> RivalEvidence {
    let targets = context.claim.targets
    switch rival.worlds {
    case .trivial:
      return summary(
        rival, context, scores: [context.floor], p: nil,
        margin: try await context.uncertainty.marginInterval(over: [context.floorWorld]))

    case .representation(let worlds):
      if !rival.twins.isEmpty {
        gates.append(Gate.twinsDiffer(rival.twins, from: context.claim.representation))
      }
      let count = worlds.count ?? rival.replicates
      let (instrument, label) = (context.claim.instrument, rival.withstand.label)
      let identity = (0..<Int32(targets.count)).map { $0 }
      let progress = options.progress
      let scored = try await mapConcurrently(count, jobs: options.jobs) { replicate -> ScoredWorld in
        let representation = worlds.representation(replicate: replicate)
        do throws(LinearAlgebraError) {
          let world = try instrument.prepare(representation).worlds(targets, sources: [identity])[0]
          progress(.worlds(rival: label, more: 1, of: count))
          return world
        } catch {
          throw BindingError.linearAlgebra(error, measurement: label)
        }
      }
      let scores = scored.map { $0.score() }
      // A single world is no null distribution.
      let p = count > 1 ? context.p(scores) : nil
      return summary(
        rival, context, scores: scores, p: p,
        margin: try await context.uncertainty.marginInterval(over: Array(scored.prefix(context.pairedWorlds)))
      )

    case .norms, .probe, .groupMeans:
      fatalError("not yet")

    case .targets(let worlds):
      if let sources = worlds.enumeration(of: targets, limit: rival.replicates) {
        let scored = context.prepared.worlds(targets, sources: sources)
        let scores = scored.map { $0.score() }
        return summary(
          rival, context, scores: scores,
          p: context.p(scores, exact: true),
          margin: try await context.uncertainty.marginInterval(over: scored, areAll: true),
          notes: ["All \(sources.count) distinct rearrangements were scored; p is exact."])
      }
      let (scores, paired, p, isExtended) = try await nullDistribution(worlds, rival, context)
      let notes =
        isExtended
        ? ["\(rival.replicates) replicates did not decide p; \(scores.count) were drawn."] : []
      func source(_ replicate: Int) -> [Int32] {
        var source = [Int32](repeating: 0, count: targets.count)
        worlds.source(replicate: replicate, into: &source)
        return source
      }
      if let scheme = rival.scheme {
        gates.append(Gate.replicatesDistinct(scheme, targets, source: source, replicates: scores.count))
        if scores.count >= 200 { gates.append(Gate.nullStable(scores)) }
      } else {
        gates.append(Gate.controlsDiffer(targets, sources: paired.indices.map { source($0) }))
      }
      return summary(
        rival, context, scores: scores, p: p,
        margin: try await context.uncertainty.marginInterval(over: paired), notes: notes)
    }
  }

  /// Scores replicates until the p-value is decided for every criterion on it, or the limit is reached.
  private func nullDistribution(
    _ worlds: any TargetRival, _ rival: BoundRival, _ context: Context
  ) async throws -> (scores: [Double], paired: [ScoredWorld], p: PValue, isExtended: Bool) {
    let limit = rival.replicates * extensionLimit
    let (label, progress) = (rival.withstand.label, options.progress)
    let criteria = rival.withstand.criteria.filter { $0.quantity == .p }
    var scores: [Double] = []
    // Some worlds are kept item by item, for the paired interval of the margin.
    var paired: [ScoredWorld] = []
    while true {
      let total = scores.count + rival.replicates
      let more = try await context.prepared.nullScores(
        context.claim.targets, replicates: scores.count..<total, observed: context.observed,
        jobs: options.jobs, keeping: max(0, context.pairedWorlds - paired.count),
        source: { worlds.source(replicate: $0, into: &$1) },
        progress: { progress(.worlds(rival: label, more: $0, of: total)) })
      scores += more.scores
      paired += more.kept
      let p = context.p(scores)
      let isOpen = criteria.contains { outcome(of: p, $0) == .undecided }
      if !isOpen || total + rival.replicates > limit {
        return (scores, paired, p, scores.count > rival.replicates)
      }
    }
  }

  private func summary(
    _ rival: BoundRival, _ context: Context, scores: [Double], p: PValue?, margin: ClosedRange<Double>,
    notes: [String] = []
  ) -> RivalEvidence {
    let count = Double(scores.count)
    let mean = scores.reduce(0, +) / count
    let deviation =
      scores.count > 1
      ? (scores.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)).squareRoot() : 0
    // A margin is what the claim is better by.
    let interval =
      context.sign > 0
      ? Interval(margin.lowerBound, margin.upperBound) : Interval(-margin.upperBound, -margin.lowerBound)
    let criteria = rival.withstand.criteria.map { criterion in
      let outcome: Outcome =
        switch criterion.quantity {
        case .p: p.map { Falsification.outcome(of: $0, criterion) } ?? .undecided
        case .margin, .selectivity:
          Falsification.outcome(of: interval, criterion.comparison, criterion.threshold)
        }
      return CriterionEvidence(criterion: criterion, outcome: outcome)
    }
    let above = context.sign * (context.observed - context.floor)
    return RivalEvidence(
      rival: rival.withstand.rival, label: rival.withstand.label, replicates: scores.count, mean: mean,
      deviation: deviation, p: p.map(PValueEvidence.init), margin: context.sign * (context.observed - mean),
      marginInterval: interval, criteria: criteria, outcome: criteria.map(\.outcome).worst,
      share: above > 0 ? context.sign * (mean - context.floor) / above : nil,
      distribution: scores.count > 1 ? Histogram(scores) : nil, notes: notes)
  }

  private func requirement(
    _ requirement: Requirement, _ metric: Metric, _ value: Double, _ range: ClosedRange<Double>
  ) -> RequirementEvidence {
    let interval = Interval(range.lowerBound, range.upperBound)
    return RequirementEvidence(
      name: requirement.measurement, metric: metric.keyword, value: value, interval: interval,
      comparison: requirement.comparison, threshold: requirement.threshold,
      outcome: Falsification.outcome(of: interval, requirement.comparison, requirement.threshold))
  }

  private func prepare(
    _ instrument: Instrument, _ representation: Matrix<Double>, _ name: String
  ) async throws -> PreparedProbe {
    do {
      return try await instrument.prepare(representation, jobs: options.jobs)
    } catch let error as LinearAlgebraError {
      throw BindingError.linearAlgebra(error, measurement: name)
    }
  }
}

/// What a p-value says about a criterion: met where it satisfies the criterion and its Monte Carlo interval lies on the
/// same side, missed where the whole interval lies on the other.
func outcome(of p: PValue, _ criterion: Criterion) -> Outcome {
  if p.isExact { return criterion.comparison.holds(p.value, criterion.threshold) ? .met : .missed }
  let interval = Interval(p.interval.lowerBound, p.interval.upperBound)
  let byInterval = outcome(of: interval, criterion.comparison, criterion.threshold)
  return byInterval == .met && !criterion.comparison.holds(p.value, criterion.threshold)
    ? .undecided : byInterval
}

extension PValueEvidence {
  init(_ p: PValue) {
    self.init(
      value: p.value, interval: Interval(p.interval.lowerBound, p.interval.upperBound),
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

extension [Gate] {
  /// One gate per name: it passed where all of them passed, and the detail is that of the first that failed, else of the
  /// first.
  func mergingByName() -> [Gate] {
    var merged: [Gate] = []
    for gate in self {
      if let place = merged.firstIndex(where: { $0.name == gate.name }) {
        if merged[place].passed && !gate.passed { merged[place] = gate }
      } else {
        merged.append(gate)
      }
    }
    return merged
  }
}
