internal import GSL
public import Hypotheses
internal import Probing
internal import Resampling
internal import Rivals

/// Tests one hypothesis on data sets made of its own data in which the claim is false by construction, and on such in which a
/// signal of known strength is planted.
///
/// The representation, folds and units are the real ones. Targets are rearranged over the units that the hypothesis's own
/// `permuted_labels` exchanges (over its unit where it has none). Each data set goes through the whole test: score, interval,
/// every rival, verdict. Premises, which are about other measurements, and checks of the instrument are taken as passed, so a
/// share of corroborated data sets errs upwards.
/// - Throws: `CalibrationError`, or `CancellationError`.
public func calibrate(
  _ hypothesis: Hypothesis, library: DataLibrary, options: CalibrationOptions
) async throws -> Calibration {
  let clock = ContinuousClock()
  let start = clock.now
  do {
    let binder = Binder(
      library: library, hypothesis: hypothesis, seed: options.seed, replicates: options.replicates)
    options.progress(.step("data"))
    let simulator = try await Simulator(binder, options)
    let steps = try await simulator.steps(
      [(0, options.simulations)] + options.strengths.sorted().map { ($0, options.planted) })
    return Calibration(
      hypothesis: hypothesis, metric: simulator.bound.declaration.metric.keyword,
      items: simulator.bound.keys.count, units: Set(simulator.bound.units).count, scheme: simulator.scheme,
      null: steps[0], planted: Array(steps.dropFirst()), seconds: start.duration(to: clock.now) / .seconds(1))
  } catch let error as BindingError {
    throw CalibrationError.data(error.description)
  }
}

/// Simulates data sets on one representation, which is prepared once for all of them.
private struct Simulator {
  let binder: Binder
  let options: CalibrationOptions
  let bound: BoundMeasurement
  let prepared: PreparedProbe
  let planter: Planter
  let scheme: String

  init(_ binder: Binder, _ options: CalibrationOptions) async throws {
    self.binder = binder
    self.options = options
    guard binder.hypothesis.textMeasurement(named: binder.hypothesis.claim.measurement) == nil else {
      throw CalibrationError.sentences(hypothesis: binder.hypothesis.name)
    }
    guard binder.hypothesis.probeFamily(named: binder.hypothesis.claim.measurement) == nil else {
      throw CalibrationError.family(hypothesis: binder.hypothesis.name)
    }
    let sides = try binder.sides()
    guard sides.count == 1 else { throw CalibrationError.comparison(hypothesis: binder.hypothesis.name) }
    bound = sides[0]
    do {
      prepared = try await bound.instrument.prepare(bound.representation, jobs: options.jobs)
    } catch let error as LinearAlgebraError {
      throw BindingError.linearAlgebra(error, measurement: bound.declaration.name)
    }
    let permuted = binder.hypothesis.nullScheme
    let groups: [Int]?
    var permutation: PermutationScheme?
    var words = "targets rearranged"
    if let permuted {
      groups = try permuted.rival.over.map { (reference) throws(BindingError) in
        try sides[0].groups(reference.column)
      }
      permutation = try binder.rival(permuted.withstand, of: sides).scheme
      words += permuted.rival.over.map { " over \($0)" } ?? " over items"
      words += permuted.rival.within.map { " within \($0)" } ?? ""
    } else {
      let units = bound.units
      var byUnit: PermutationScheme?
      if binder.hypothesis.unit != nil, let scheme = try? PermutationScheme.over(groups: units),
        (try? scheme.check(labels: bound.targets.identities)) != nil
      {
        byUnit = scheme
      }
      (permutation, groups) = (byUnit, byUnit == nil ? nil : units)
      words += byUnit == nil ? " over items" : " over \(bound.unitName)"
    }
    let strata = try permuted?.rival.within.map { (reference) throws(BindingError) in
      try sides[0].groups(reference.column)
    }
    scheme = words
    planter = Planter(
      bound.targets, representation: bound.representation,
      scheme: permutation ?? .free(count: bound.keys.count), groups: groups, within: strata)
  }

  /// What is asked of one simulated data set.
  private struct Result: Sendable {
    var score: Double
    var scoreMet: Bool
    var rivals: [RivalEvidence]
    var verdict: Verdict
  }

  func steps(_ plan: [(strength: Double, count: Int)]) async throws -> [CalibrationStep] {
    let (bound, prepared, planter) = (bound, prepared, planter)
    let name = binder.hypothesis.claim.measurement
    let key = binder.key.appending("calibrate")
    // One list of data sets for all strengths.
    let datasets = plan.flatMap { step in
      (0..<step.count).map { (key: key.appending("\(step.strength)"), strength: step.strength, place: $0) }
    }
    options.progress(.step("scores"))
    let statistics = try await mapConcurrently(datasets.count, jobs: options.jobs) { index in
      let (key, strength, place) = datasets[index]
      let targets = planter.targets(strength: strength, key: key, replicate: place)
      return Statistic(
        name, .one, [Side(bound.with(targets), prepared)], key: key.appending("\(place)"), jobs: 1)
    }
    // Worlds with another representation are prepared once and meet the targets of all data sets.
    var shared: [Int: [RivalEvidence]] = [:]
    for (place, withstand) in binder.hypothesis.rivals.enumerated() {
      let rival = try binder.rival(withstand, of: [bound])
      // What a representation adds is measured on each data set for itself.
      guard case .representation(let worlds) = rival.worlds, rival.joined == nil else { continue }
      options.progress(.step(withstand.label))
      shared[place] = try await sharedWorlds(worlds[0], rival, statistics)
    }
    options.progress(.step("data sets"))
    let known = shared
    let (binder, progress) = (binder, options.progress)
    let results = try await mapConcurrently(datasets.count, jobs: options.jobs) { index -> Result in
      let statistic = statistics[index]
      var seeds = RandomStream(datasets[index].key.appending("seeds"), replicate: datasets[index].place)
      let own = Binder(
        library: binder.library, hypothesis: binder.hypothesis, seed: seeds.next(),
        replicates: binder.replicates)
      let examination = Examination(binder: own, options: RunOptions(jobs: 1))
      var gates: [Gate] = []
      var rivals: [RivalEvidence] = []
      for (place, withstand) in own.hypothesis.rivals.enumerated() {
        if let evidence = known[place]?[index] {
          rivals.append(evidence)
        } else {
          let rival = try own.rival(withstand, of: statistic.sides.map(\.bound))
          rivals.append(try await examination.evidence(of: rival, against: statistic, &gates).evidence)
        }
      }
      let requirement = RequirementEvidence(
        own.hypothesis.claim, metric: statistic.metric, value: statistic.value,
        interval: Interval(try await statistic.uncertainty.scoreInterval()))
      let evidence = Evidence(
        items: statistic.items, units: 0, unit: "", dimensions: 0,
        score: ScoreEvidence(requirement: requirement, floor: statistic.floor, ceiling: statistic.ceiling),
        rivals: rivals)
      progress(.worlds(rival: "data sets", more: 1, of: datasets.count))
      return Result(
        score: statistic.value, scoreMet: requirement.outcome == .met, rivals: rivals,
        verdict: judge(evidence).verdict)
    }
    var start = 0
    return plan.map { step in
      defer { start += step.count }
      return summary(step.strength, Array(results[start..<start + step.count]))
    }
  }

  /// Scores every data set's targets in every world of another representation.
  private func sharedWorlds(
    _ worlds: any RepresentationRival, _ rival: BoundRival, _ statistics: [Statistic]
  ) async throws -> [RivalEvidence] {
    let count = worlds.count ?? rival.replicates
    let targets = statistics.map { $0.sides[0].bound.targets }
    let instrument = rival.instrument(of: bound)
    let label = rival.withstand.label
    // All data sets are kept item by item at once: fewer worlds of each.
    let cells = max(
      1,
      statistics.count * bound.keys.count
        * (bound.declaration.metric.isRatioOfSums ? 2 : 2 * bound.targets.coded.columns))
    let kept = min(count, statistics[0].pairedWorlds, max(10, 40_000_000 / cells))
    let progress = options.progress
    let found = try await mapConcurrently(count, jobs: options.jobs) {
      replicate -> (values: [Double], readings: [Reading]) in
      let prepared: PreparedProbe
      do throws(LinearAlgebraError) {
        prepared = try instrument.prepare(worlds.representation(replicate: replicate))
      } catch {
        throw BindingError.linearAlgebra(error, measurement: label)
      }
      let scored = try await prepared.worlds(count: targets.count, jobs: 1, targets: { targets[$0] })
      progress(.worlds(rival: label, more: 1, of: count))
      return (scored.map { $0.score() }, replicate < kept ? scored.map { Reading($0) } : [])
    }
    return try await mapConcurrently(statistics.count, jobs: options.jobs) { simulation in
      let statistic = statistics[simulation]
      let values = found.map { $0.values[simulation] }
      let range = try await statistic.uncertainty.marginInterval(
        over: found.prefix(kept).map { $0.readings[simulation] })
      return RivalEvidence(
        rival.withstand, values: values, observed: statistic.value, floor: statistic.floor,
        sign: statistic.sign,
        p: values.count > 1 && (worlds.count == nil || rival.areDraws)
          ? statistic.p(Scored(values: values)) : nil,
        margin: MarginIntervals(at95: Interval(range, sign: statistic.sign), at90: nil))
    }
  }

  private func summary(_ strength: Double, _ results: [Result]) -> CalibrationStep {
    func share(_ happened: (Result) -> Bool) -> SimulatedShare {
      SimulatedShare(count: results.count(where: happened), of: results.count)
    }
    let count = Double(results.count)
    let mean = results.reduce(0) { $0 + $1.score } / count
    let squares = results.reduce(0) { $0 + ($1.score - mean) * ($1.score - mean) }
    var criteria: [CalibratedCriterion] = []
    for (place, withstand) in binder.hypothesis.rivals.enumerated() {
      for (index, criterion) in withstand.criteria.enumerated() {
        let isP = criterion.quantity == .p
        func atMost(_ alpha: Double) -> SimulatedShare? {
          // Rounding must not move a p that lies on alpha.
          isP ? share { ($0.rivals[place].p?.value ?? 1) <= alpha + 1e-12 } : nil
        }
        criteria.append(
          CalibratedCriterion(
            rival: withstand.label, criterion: criterion,
            met: share { $0.rivals[place].criteria[index].outcome == .met }, atFive: atMost(0.05),
            atOne: atMost(0.01),
            meanMargin: isP
              ? nil
              : results.reduce(0) { $0 + ($1.rivals[place].measured(criterion.quantity)?.value ?? .nan) }
                / count
          ))
      }
    }
    return CalibrationStep(
      strength: strength, simulations: results.count, meanScore: mean,
      deviation: results.count > 1 ? (squares / (count - 1)).squareRoot() : 0, scoreMet: share(\.scoreMet),
      criteria: criteria, corroborated: share { $0.verdict == .corroborated })
  }
}

extension SimulatedShare {
  /// - Precondition: `count` lies in 0...`simulations`.
  public init(count: Int, of simulations: Int) {
    let interval = clopperPearson(successes: count, trials: simulations)
    self.init(count: count, simulations: simulations, interval: Interval(interval))
  }
}

extension Hypothesis {
  /// The `permuted_labels` that says over what targets may be rearranged: of several, the one that moves whole groups, else
  /// the one that stays within groups, since a rearrangement that it allows leaves most of the data as it is.
  fileprivate var nullScheme: (withstand: Withstand, rival: PermutedLabels)? {
    let all = rivals.compactMap { withstand -> (withstand: Withstand, rival: PermutedLabels)? in
      if case .permutedLabels(let rival) = withstand.rival { (withstand, rival) } else { nil }
    }
    return all.first { $0.rival.over != nil && $0.rival.within != nil } ?? all.first { $0.rival.over != nil }
      ?? all.first { $0.rival.within != nil } ?? all.first
  }
}

extension BoundMeasurement {
  /// The same measurement of other targets.
  func with(_ targets: Targets) -> BoundMeasurement {
    BoundMeasurement(
      declaration: declaration, keys: keys, table: table, rows: rows, representation: representation,
      targets: targets, instrument: instrument, units: units, unitName: unitName, label: label, notes: notes)
  }
}
