internal import GSL
internal import Hypotheses
internal import Probing
internal import Resampling

/// The examination of one hypothesis.
struct Examination {
  let binder: Binder
  let options: RunOptions

  var hypothesis: Hypothesis { binder.hypothesis }

  /// - Parameter known: what the premises came to, where that has been measured already.
  func evidence(premises known: [RequirementEvidence]? = nil) async throws -> Evidence {
    options.progress(.step("data"))
    let bound = try binder.sides()
    let rivals = try hypothesis.rivals.map { try binder.rival($0, of: bound) }

    options.progress(.step("score"))
    var sides: [Side] = []
    for side in bound { sides.append(Side(side, try await prepare(side))) }
    let statistic = Statistic(hypothesis.claim.measurement, sides, key: binder.key, jobs: options.jobs)
    if let side = sides.first(where: { statistic.isComparison && $0.ceiling == $0.floor }) {
      throw BindingError.nothingToNormalize(measurement: side.name)
    }
    let intervals = try await statistic.uncertainty.scoreIntervals(confidences: [0.95, 0.9])
    let interval = intervals[0]
    let references = statistic.isComparison ? [] : try bound[0].references()
    let score = ScoreEvidence(
      requirement: requirement(
        hypothesis.claim, statistic.metric, statistic.value, interval, equivalence: intervals[1]),
      floor: statistic.floor, ceiling: statistic.ceiling,
      trainingScore: statistic.isComparison ? nil : sides[0].evaluation.trainingScore,
      references: references, sides: statistic.isComparison ? sides.map(\.evidence) : [],
      residualized: statistic.isComparison ? Residualized() : bound[0].declaration.residualized,
      equivalence: hypothesis.claim.comparison == .within
        ? EquivalenceEvidence(bound: hypothesis.claim.threshold, interval: Interval(intervals[1])) : nil)
    let structure =
      statistic.isComparison
      ? nil
      : try bound[0].structure(
        categories: hypothesis.categoryColumn(of: bound[0].declaration), observed: statistic.value,
        floor: statistic.floor, references)

    options.progress(.step("gates"))
    var gates = try gates(of: sides)
    if hypothesis.unit != nil {
      gates.append(
        try await Gate.duplicatesDoNotSharpen(
          statistic.observed, units: statistic.units, width: interval.upperBound - interval.lowerBound
        ) {
          try await Uncertainty(observed: $0, units: $1, key: statistic.key, jobs: options.jobs)
            .scoreInterval()
        })
    }
    let premises =
      if let known {
        known
      } else {
        try await self.premises() + TextExamination(binder: binder, options: options).premises()
      }

    var evidence: [RivalEvidence] = []
    for rival in rivals {
      options.progress(.step(rival.withstand.label))
      evidence.append(try await self.evidence(of: rival, against: statistic, &gates))
    }
    return Evidence(
      items: statistic.items, units: Set(statistic.units).count, unit: bound[0].unitName,
      dimensions: bound[0].representation.columns,
      notes: bound[0].notes + SmallSample.notes(units: Set(statistic.units).count),
      gates: gates.mergingByName(),
      premises: premises, score: score, rivals: evidence, structure: structure)
  }

  private func premises() async throws -> [RequirementEvidence] {
    var premises: [RequirementEvidence] = []
    for premise in hypothesis.premises {
      options.progress(.step("premise \(premise.measurement)"))
      guard let declaration = hypothesis.measurement(named: premise.measurement) else { continue }
      let bound = try binder.measurement(declaration)
      let world = try await prepare(bound).evaluate(bound.targets).world
      let interval = try await Uncertainty(
        observed: world, units: bound.units, key: binder.key.appending(declaration.name), jobs: options.jobs
      ).scoreInterval()
      premises.append(requirement(premise, declaration.metric.keyword, world.score(), interval))
    }
    return premises
  }

  /// - Parameters:
  ///   - range: the 95 % interval, which decides unless a difference is claimed to be small.
  ///   - equivalence: the 90 % interval, which decides then.
  func requirement(
    _ requirement: Requirement, _ metric: String, _ value: Double, _ range: ClosedRange<Double>,
    equivalence: ClosedRange<Double>? = nil
  ) -> RequirementEvidence {
    let interval = Interval(range)
    let deciding = requirement.comparison == .within ? equivalence.map { Interval($0) } ?? interval : interval
    return RequirementEvidence(
      name: requirement.measurement, metric: metric, value: value, interval: interval,
      comparison: requirement.comparison, threshold: requirement.threshold,
      outcome: outcome(of: deciding, requirement.comparison, requirement.threshold))
  }

  private func prepare(_ bound: BoundMeasurement) async throws -> PreparedProbe {
    do {
      return try await bound.instrument.prepare(bound.representation, jobs: options.jobs)
    } catch let error as LinearAlgebraError {
      throw BindingError.linearAlgebra(error, measurement: bound.declaration.name)
    }
  }

  // MARK: Checks of the instrument

  /// The checks of every side; those of a comparison say which side they are about.
  private func gates(of sides: [Side]) throws(BindingError) -> [Gate] {
    var all: [[Gate]] = []
    for side in sides { all.append(try gates(of: side)) }
    guard sides.count > 1 else { return all[0] }
    // The metrics of two sides may be checked by different gates.
    var names: [String] = []
    for gate in all.joined() where !names.contains(gate.name) { names.append(gate.name) }
    return names.map { name in
      let found = zip(sides, all).compactMap { side, gates in
        gates.first { $0.name == name }.map { (side: side.name, gate: $0) }
      }
      return Gate(
        name: name, passed: found.allSatisfy(\.gate.passed),
        detail: found.map { "\($0.side): \($0.gate.detail)" }.joined(separator: "; "))
    }
  }

  private func gates(of side: Side) throws(BindingError) -> [Gate] {
    let (bound, declaration) = (side.bound, side.bound.declaration)
    var gates: [Gate?] = [
      Gate(
        name: Gate.alignment, passed: true,
        detail:
          "\(bound.keys.count) items matched by key between \(declaration.targets.data) and \(declaration.representation)"
      ),
      Gate.meanPredictorAtFloor(bound.instrument, bound.targets, floor: side.floor),
      Gate.dimensionsInform(bound.representation),
      Gate.noDuplicatesAcrossFolds(bound.instrument, bound.representation),
      Gate.permutedNearFloor(
        side.prepared, bound.targets, floor: side.floor, ceiling: side.ceiling, key: binder.key),
    ]
    do throws(LinearAlgebraError) {
      gates.append(
        try Gate.plantedSignalFound(bound.instrument, bound.representation, bound.targets, key: binder.key))
      gates.append(
        try Gate.rotationLeavesScore(bound.instrument, bound.representation, bound.targets, key: binder.key))
    } catch {
      throw BindingError.linearAlgebra(error, measurement: side.name)
    }
    return gates.compactMap(\.self)
  }
}

extension Interval {
  fileprivate init(_ range: ClosedRange<Double>) { self.init(range.lowerBound, range.upperBound) }
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
