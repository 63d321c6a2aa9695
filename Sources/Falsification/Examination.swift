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
    let all = try binder.sides()
    let family = hypothesis.probeFamily(named: hypothesis.claim.measurement)
    // Members of a family whose premises do not hold take no part, so premises come first there.
    var premises = known
    var founded = [Bool](repeating: true, count: all.count)
    if let family {
      let found = if let known { known } else { try await everyPremise() }
      premises = found
      founded = family.members.map { found.hold(at: $0.coordinates, of: family.axes) }
    }
    let used = founded.contains(true) ? founded.indices.filter { founded[$0] } : Array(founded.indices)
    let bound = used.map { all[$0] }
    let rivals = try hypothesis.rivals.map { try binder.rival($0, of: bound) }

    options.progress(.step("score"))
    var members: [Side] = []
    for side in all {
      // What depends on the representation alone is made ready once.
      if family != nil, let known = members.first(where: { $0.bound.readsTheSame(as: side) }) {
        members.append(Side(side, known.prepared))
      } else {
        members.append(Side(side, try await prepare(side)))
      }
    }
    let sides = used.map { members[$0] }
    let statistic = Statistic(
      hypothesis.claim.measurement, hypothesis.statisticKind, sides, key: binder.key, jobs: options.jobs)
    let deciding = bound[statistic.deciding]
    if let side = sides.first(where: { statistic.isComparison && $0.ceiling == $0.floor }) {
      throw BindingError.nothingToNormalize(measurement: side.name)
    }
    options.progress(.step("gates"))
    var gates = try statistic.isFamily ? gates(ofMembers: sides) : gates(of: sides)
    let copies = SeenCopies(sides.map(\.bound))
    gates.append(Gate.copies(copies, statistic))
    if let gate = Gate.claimWithinCeiling(hypothesis.claim, statistic) { gates.append(gate) }
    if hypothesis.unit != nil {
      gates.append(
        try await Gate.duplicatesDoNotSharpen(statistic.observed, units: statistic.units) {
          try await Uncertainty(
            observed: $0, units: $1, range: statistic.sides[0].metric.range, key: statistic.key,
            jobs: options.jobs
          ).scoreInterval()
        })
    }
    for rival in rivals { gates += self.gates(of: rival, statistic) }
    let references = statistic.isComparison ? [] : try deciding.references()
    // Where the instrument fails, nothing that refits or the rivals' worlds could say is of use.
    var refits: Refits?
    if gates.allSatisfy(\.passed) {
      refits = try await Refits(
        statistic, rivals, key: binder.key.appending("refits"), options: options)
    }
    let intervals = try await statistic.scoreIntervals(refits)
    let score = ScoreEvidence(
      requirement: RequirementEvidence(
        hypothesis.claim, metric: statistic.metric, value: statistic.value, interval: intervals.deciding),
      intervals: intervals, floor: statistic.floor, ceiling: statistic.ceiling,
      trainingScore: statistic.isComparison ? nil : sides[statistic.deciding].evaluation.trainingScore,
      references: references, sides: statistic.isComparison ? sides.map(\.evidence) : [],
      residualized: statistic.isComparison ? Residualized() : deciding.declaration.residualized)
    let structure =
      statistic.isComparison || bound.contains { $0.declaration.targets != bound[0].declaration.targets }
      ? nil
      : try deciding.structure(
        categories: hypothesis.categoryColumn(of: deciding.declaration), observed: statistic.value,
        floor: statistic.floor, references)

    if premises == nil { premises = try await everyPremise() }

    var findings: [RivalFinding] = []
    var adjusted: [Double]?
    var curves: [Curve] = []
    for (place, rival) in rivals.enumerated() {
      guard let refits, gates.allSatisfy(\.passed) else { break }
      options.progress(.step(rival.withstand.label))
      let found = try await self.evidence(
        of: rival, against: statistic, RivalRefits(refits: refits, place: place), &gates)
      findings.append(found)
      guard let family else { continue }
      if adjusted == nil, let p = found.evidence.p {
        adjusted = statistic.adjusted(found.scored, exact: p.isExact)
      }
      curves += try await self.curves(of: rival, found.scored, family, used, statistic)
    }
    var caveats: [Caveat] = []
    if let copies, gates.allSatisfy(\.passed) {
      let change = copies.change(statistic, score.requirement, findings)
      if let gate = change.gate { gates.append(gate) }
      caveats += change.caveats
    }
    if gates.allSatisfy(\.passed), score.requirement.outcome != .missed {
      options.progress(.step("dependence"))
      caveats += try await Dependence(
        statistic: statistic, hypothesis: hypothesis, key: binder.key.appending("dependence"),
        jobs: options.jobs
      ).caveats()
    }
    var familyEvidence: FamilyEvidence?
    if let family {
      familyEvidence = try await self.evidence(of: family, members, founded, used, adjusted, statistic)
    }
    return Evidence(
      items: statistic.items, units: Set(statistic.units).count, unit: bound[0].unitName,
      dimensions: bound[0].representation.columns,
      notes: bound[0].notes + (try statistic.directions())
        + Wording.ofEach(family == nil ? nil : hypothesis.quantifier)
        + Wording.intervals(intervals) + (refits?.notes ?? []),
      gates: gates.mergingByName(),
      premises: premises ?? [], score: score, rivals: findings.map(\.evidence), structure: structure,
      family: familyEvidence, curves: curves, caveats: caveats)
  }

  /// What all premises score: those with a probe, then those on sentences.
  private func everyPremise() async throws -> [RequirementEvidence] {
    try await premises() + TextExamination(binder: binder, options: options).premises()
  }

  private func premises() async throws -> [RequirementEvidence] {
    var premises: [RequirementEvidence] = []
    for premise in hypothesis.premises {
      options.progress(.step("premise \(premise.measurement)"))
      if let declaration = hypothesis.measurement(named: premise.measurement) {
        premises.append(try await self.premise(premise, try binder.measurement(declaration)))
      } else if let family = hypothesis.probeFamily(named: premise.measurement) {
        for (member, bound) in zip(family.members, try binder.members(of: family)) {
          premises.append(
            try await self.premise(premise, bound, at: [Coordinate](family.axes, member.coordinates)))
        }
      }
    }
    return premises
  }

  private func premise(
    _ premise: Requirement, _ bound: BoundMeasurement, at: [Coordinate] = []
  ) async throws -> RequirementEvidence {
    let statistic = Statistic(
      bound.declaration.name, .one, [Side(bound, try await prepare(bound))], key: binder.key,
      jobs: options.jobs)
    let refits = try await Refits(
      statistic, [], key: binder.key.appending("refits").appending(bound.declaration.name), options: options)
    let intervals = try await statistic.scoreIntervals(refits)
    return RequirementEvidence(
      premise, metric: statistic.metric, value: statistic.value, interval: intervals.deciding, at: at)
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
  func gates(of sides: [Side]) throws(BindingError) -> [Gate] {
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
    let alignment = Gate(
      name: Gate.alignment, passed: true,
      detail:
        "\(bound.keys.count) items matched by key between \(declaration.targets.data) and \(declaration.representation)"
    )
    do throws(LinearAlgebraError) {
      return [alignment]
        + (try Gate.ofInstrument(
          side.prepared, bound.representation, bound.targets, floor: side.floor, ceiling: side.ceiling,
          key: binder.key))
    } catch {
      throw BindingError.linearAlgebra(error, measurement: side.name)
    }
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
