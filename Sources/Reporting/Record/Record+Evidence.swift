public import Falsification
internal import Hypotheses

// From the domain to the wire. The only file that knows both.

extension Record {
  /// The record of a run.
  ///
  /// - Parameters:
  ///   - status: whether every hypothesis was reached.
  ///   - seed: the seed of the run.
  ///   - replicates: what `--replicates` asked for, if anything.
  ///   - tested: the results, in the order of the run.
  ///   - digests: per hypothesis name, what identifies its input; a missing one is written as an empty string.
  ///   - data: every file that was read.
  ///   - environment: what the run ran on.
  ///   - started: when it started, ISO 8601.
  ///   - seconds: how long it took.
  public init(
    status: Status = .complete, seed: UInt64, replicates: Int? = nil, tested: [TestedHypothesis],
    digests: [String: String] = [:], data: [DataFingerprint], environment: RunEnvironment,
    started: String? = nil, seconds: Double? = nil
  ) {
    self.init(
      status: status, seed: seed, replicates: replicates,
      hypotheses: tested.map { Claim($0, digest: digests[$0.hypothesis.name] ?? "") },
      data: data.map(DataFile.init), environment: environment,
      timing: Timing(
        started: started, seconds: seconds,
        hypotheses: tested.map { Timing.Duration(name: $0.hypothesis.name, seconds: $0.seconds) }))
  }
}

extension Record.Claim {
  /// The result of one hypothesis.
  ///
  /// - Parameter digest: identifies everything that the result depends on.
  public init(_ tested: TestedHypothesis, digest: String) {
    let hypothesis = tested.hypothesis
    name = hypothesis.name
    file = hypothesis.location.file
    line = hypothesis.location.line
    self.digest = digest
    verdict = tested.judgement.verdict
    reason = tested.judgement.reason
    remedies = tested.judgement.remedies
    expected = hypothesis.expected
    metExpectation = hypothesis.expected.map { $0 == tested.judgement.verdict }
    citations = hypothesis.citations
    tags = hypothesis.tags
    source = hypothesis.source
    data = Set(hypothesis.data.flatMap { $0.source.paths }).sorted()
    read = hypothesis.readings.isEmpty ? nil : hypothesis.readings

    let evidence = tested.evidence
    unit = evidence?.unit
    items = evidence?.items
    units = evidence?.units
    dimensions = evidence?.dimensions
    score = evidence.map { Record.Score($0.score) }
    notes = evidence?.notes ?? []
    let caveats = evidence?.caveats ?? hypothesis.answering(hypothesis.caveats)
    warnings = caveats.isEmpty ? nil : caveats.map(Record.Warning.init)
    assumptions =
      hypothesis.assumptions.isEmpty
      ? nil : hypothesis.assumptions.map { Record.Assumption(rule: $0.rule, text: $0.text) }
    gates = (evidence?.gates ?? []).map {
      Record.Gate(name: $0.name, passed: $0.passed, detail: $0.detail)
    }
    premises = (evidence?.premises ?? []).map(Record.Premise.init)
    rivals = (evidence?.rivals ?? []).map(Record.Rival.init)
    structure = evidence?.structure.map(Record.Structure.init)
    family = evidence?.family.map(Record.Family.init)
    specifications = evidence.flatMap {
      $0.specifications.isEmpty
        ? nil : Record.Specifications($0.specifications, verdict: tested.judgement.verdict)
    }
    curves = evidence.flatMap { $0.curves.isEmpty ? nil : $0.curves.map(Record.Curve.init) }
  }
}

extension Record.Warning {
  init(_ caveat: Caveat) {
    rule = caveat.rule
    effect = caveat.effect
    message = caveat.message
    notes = caveat.notes
    advice = caveat.advice
    line = caveat.location?.line
    answer = caveat.answer
  }
}

extension Record.DataFile {
  /// The wire form of a fingerprint.
  public init(_ fingerprint: DataFingerprint) {
    self.init(path: fingerprint.path, sha256: fingerprint.sha256)
  }
}

extension Record.Bounds {
  init(_ interval: Interval) {
    self.init(interval.lower, interval.upper)
  }
}

extension Record.Score {
  init(_ evidence: ScoreEvidence) {
    let requirement = evidence.requirement
    name = requirement.name
    metric = requirement.metric
    value = Record.Number(requirement.value)
    interval = Record.Bounds(requirement.interval)
    intervals = evidence.intervals.flatMap { both in
      both.ofProcedure.map {
        Record.Intervals(fits: Record.Bounds(both.ofFits), procedure: Record.Bounds($0))
      }
    }
    floor = Record.Number(evidence.floor)
    ceiling = Record.Number(evidence.ceiling)
    normalized = Record.Number(ifFinite: evidence.normalized)
    comparison = requirement.comparison
    threshold = Record.Number(requirement.threshold)
    outcome = requirement.outcome
    training = Record.Number(ifFinite: evidence.trainingScore)
    references =
      evidence.references.isEmpty
      ? nil
      : evidence.references.map {
        Record.Reference(name: $0.kind.rawValue, value: Record.Number($0.value))
      }
    sides = evidence.sides.isEmpty ? nil : evidence.sides.map(Record.Side.init)
    residualized = Record.Residualized(evidence.residualized)
  }
}

extension Record.Residualized {
  init?(_ residualized: Residualized) {
    guard residualized != Hypotheses.Residualized() else { return nil }
    representation = residualized.representation?.description
    targets = residualized.targets?.description
  }
}

extension Record.Structure {
  init(_ structure: DatasetStructure) {
    items = structure.items
    columns = structure.columns
    density = Record.Number(structure.density)
    singletons = Record.Number(structure.singletons)
    let spread = structure.featuresPerItem
    featuresPerItem = Spread(
      mean: Record.Number(spread.mean), least: spread.least, median: Record.Number(spread.median),
      largest: spread.largest)
    duplicates = structure.duplicates
    gini = Record.Number(structure.gini)
    topTenth = Record.Number(structure.topTenth)
    taxonomy = structure.taxonomy.map {
      Taxonomy(
        column: $0.column, categories: $0.categories, between: Record.Number($0.between),
        expected: Record.Number($0.expected))
    }
    alone = structure.alone.map {
      Alone(
        name: $0.source.rawValue, score: Record.Number($0.score), share: Record.Number(ifFinite: $0.share))
    }
  }
}

extension Record.Side {
  init(_ evidence: SideEvidence) {
    name = evidence.name
    metric = evidence.metric
    score = Record.Number(evidence.score)
    floor = Record.Number(evidence.floor)
    ceiling = Record.Number(evidence.ceiling)
    normalized = Record.Number(ifFinite: evidence.normalized)
    residualized = Record.Residualized(evidence.residualized)
  }
}

extension Record.Premise {
  init(_ evidence: RequirementEvidence) {
    name = evidence.name
    metric = evidence.metric
    value = Record.Number(evidence.value)
    interval = Record.Bounds(evidence.interval)
    comparison = evidence.comparison
    threshold = Record.Number(evidence.threshold)
    outcome = evidence.outcome
    at =
      evidence.at.isEmpty
      ? nil
      : [String: Record.Coordinate](
        evidence.at.map { ($0.axis, Record.Coordinate($0.value)) }, uniquingKeysWith: { first, _ in first })
  }
}

extension Record.Coordinate {
  init(_ value: AxisValue) {
    switch value {
    case .number(let number): self = .number(number)
    case .word(let word): self = .word(word)
    }
  }
}

extension Record.Family {
  init(_ evidence: FamilyEvidence) {
    func at(_ cell: CellEvidence) -> [String: Record.Coordinate] {
      [String: Record.Coordinate](
        zip(evidence.axes, cell.coordinates).map { ($0.name, Record.Coordinate($1)) },
        uniquingKeysWith: { first, _ in first })
    }
    size = evidence.cells.count
    quantifier = evidence.quantifier
    axes = evidence.axes.map { Axis(name: $0.name, values: $0.values.map { Record.Coordinate($0) }) }
    best = evidence.deciding.map { at(evidence.cells[$0]) }
    cells = evidence.cells.map {
      Cell(
        at: at($0), value: Record.Number($0.value), interval: Record.Bounds($0.interval),
        pAdjusted: Record.Number(ifFinite: $0.adjustedP), founded: $0.isFounded)
    }
  }
}

extension Record.Specifications {
  init(_ all: [SpecificationEvidence], verdict: Verdict) {
    func coordinate(_ text: String) -> Record.Coordinate { Int(text).map { .number($0) } ?? .word(text) }
    total = all.count
    holding = all.count { $0.verdict == verdict }
    var choices: [Record.Family.Axis] = []
    for choice in all.flatMap(\.choices) {
      let value = coordinate(choice.value)
      if let place = choices.firstIndex(where: { $0.name == choice.name }) {
        if !choices[place].values.contains(value) { choices[place].values.append(value) }
      } else {
        choices.append(Record.Family.Axis(name: choice.name, values: [value]))
      }
    }
    self.choices = choices
    cells = all.map { one in
      Cell(
        choices: [String: Record.Coordinate](
          one.choices.map { ($0.name, coordinate($0.value)) }, uniquingKeysWith: { first, _ in first }),
        written: one.isAsWritten, metric: one.score?.metric,
        value: Record.Number(ifFinite: one.score?.value),
        interval: one.score.map { Record.Bounds($0.interval) }, outcome: one.score?.outcome,
        verdict: one.verdict)
    }
  }
}

extension Record.Curve {
  init(_ curve: Curve) {
    name = curve.name
    metric = curve.metric
    axis = curve.axis
    points = curve.points.map {
      Point(
        at: Record.Coordinate($0.at), value: Record.Number($0.value), interval: Record.Bounds($0.interval))
    }
  }
}

extension Record.Rival {
  init(_ evidence: RivalEvidence) {
    name = evidence.rival.name
    label = evidence.label
    replicates = evidence.replicates
    replicatesAsked = evidence.replicatesAsked
    mean = Record.Number(evidence.mean)
    sd = Record.Number(evidence.deviation)
    p = Record.Number(ifFinite: evidence.p?.value)
    pInterval = evidence.p.map { Record.Bounds($0.interval) }
    exceedances = evidence.p?.exceedances
    exact = evidence.p?.isExact
    arrangements = Record.Number(ifFinite: evidence.arrangements)
    tail = evidence.tail.map { Record.Tail(p: Record.Number($0.value), constrained: $0.isConstrained) }
    margin = Record.Number(evidence.margin)
    marginInterval = Record.Bounds(evidence.marginInterval)
    marginOverFloor = evidence.held.flatMap { held in
      evidence.floorBinds
        ? Record.Margin(value: Record.Number(held.value), interval: Record.Bounds(held.interval)) : nil
    }
    criterion = evidence.criteria.map(\.criterion.description).joined(separator: ", ")
    criteria = evidence.criteria.map { Record.Criterion($0, of: evidence) }
    added = evidence.added.map {
      Record.Added(
        joint: Record.Number($0.joint), value: Record.Number($0.value), interval: Record.Bounds($0.interval))
    }
    equivalence = evidence.equivalence.map(Record.Equivalence.init)
    outcome = evidence.outcome
    share = Record.Number(ifFinite: evidence.share)
    distribution = evidence.distribution.map {
      Record.Distribution(
        lower: Record.Number($0.lower), upper: Record.Number($0.upper), counts: $0.counts,
        central: Record.Bounds($0.central))
    }
    notes = evidence.notes
  }
}

extension Record.Criterion {
  init(_ evidence: CriterionEvidence, of rival: RivalEvidence) {
    quantity = evidence.criterion.quantity
    comparison = evidence.criterion.comparison
    threshold = Record.Number(evidence.criterion.threshold)
    outcome = evidence.outcome
    let measured = rival.measured(evidence.criterion.quantity, held: true)
    value = Record.Number(ifFinite: measured?.value)
    interval = measured.map { Record.Bounds($0.interval) }
  }
}

extension Record.Equivalence {
  init(_ evidence: EquivalenceEvidence) {
    bound = Record.Number(evidence.bound)
    interval = Record.Bounds(evidence.interval)
    outcome = Finding(evidence.outcome)
  }
}

extension Record.Equivalence.Finding {
  init(_ outcome: EquivalenceEvidence.Outcome) {
    switch outcome {
    case .equivalent: self = .equivalent
    case .different: self = .different
    case .undecided: self = .undecided
    }
  }
}
