public import Hypotheses
internal import Resampling

/// A closed interval, nominal 95 % unless said otherwise.
public struct Interval: Sendable, Hashable {
  public var lower: Double
  public var upper: Double

  public init(_ lower: Double, _ upper: Double) {
    self.lower = lower
    self.upper = upper
  }

  /// - Parameter sign: -1 turns the interval round: what lies above is then what the claim is worse by, as for scores that
  ///   are better when small. Else 1.
  init(_ range: ClosedRange<Double>, sign: Double = 1) {
    self =
      sign > 0
      ? Interval(range.lowerBound, range.upperBound) : Interval(-range.upperBound, -range.lowerBound)
  }
}

/// Everything that was measured about one hypothesis. `judge` turns it into a verdict and needs nothing else.
public struct Evidence: Sendable, Hashable {
  /// How many items entered the claimed measurement.
  public var items: Int
  /// How many units of independence they form.
  public var units: Int
  /// What the unit is, in words: a column, or `item`.
  public var unit: String
  /// How many dimensions the representation has.
  public var dimensions: Int
  /// What was left out, and other facts that a reader must know. Plain sentences.
  public var notes: [String]
  public var gates: [Gate]
  public var premises: [RequirementEvidence]
  public var score: ScoreEvidence
  public var rivals: [RivalEvidence]
  /// How the targets are built; `nil` where they are one column, classes, or no features.
  public var structure: DatasetStructure?
  /// The cells of the claimed family; `nil` where the claim is about one measurement.
  public var family: FamilyEvidence?
  /// Measurements by layer that a reader should see beside the claim. They decide nothing.
  public var curves: [Curve]
  /// What the claim comes to under other choices; empty where nothing is varied. They decide nothing.
  public var specifications: [SpecificationEvidence]
  /// Warnings that bear on the verdict: those of the checker, then those of the run.
  public var caveats: [Caveat]

  public init(
    items: Int, units: Int, unit: String, dimensions: Int, notes: [String] = [], gates: [Gate] = [],
    premises: [RequirementEvidence] = [], score: ScoreEvidence, rivals: [RivalEvidence],
    structure: DatasetStructure? = nil, family: FamilyEvidence? = nil, curves: [Curve] = [],
    specifications: [SpecificationEvidence] = [], caveats: [Caveat] = []
  ) {
    self.items = items
    self.units = units
    self.unit = unit
    self.dimensions = dimensions
    self.notes = notes
    self.gates = gates
    self.premises = premises
    self.score = score
    self.rivals = rivals
    self.structure = structure
    self.family = family
    self.curves = curves
    self.specifications = specifications
    self.caveats = caveats
  }
}

extension Evidence {
  /// With the checker's caveats before those of the run, and the answers that the hypothesis gives.
  func warned(by hypothesis: Hypothesis) -> Evidence {
    var copy = self
    copy.caveats = hypothesis.answering(hypothesis.caveats + caveats)
    return copy
  }

  /// The premises that the verdict rests on. Where any cell of a family will do, or the one that is selected, those of single
  /// cells take their cells out of the family instead; only where that leaves no cell do they count: those that are
  /// undecided, if there are any, because they may still hold, else all of them.
  var decisivePremises: [RequirementEvidence] {
    guard let family, family.quantifier != .each else { return premises }
    let ofAll = premises.filter(\.at.isEmpty)
    guard !family.cells.contains(where: \.isFounded) else { return ofAll }
    let ofCells = premises.filter { !$0.at.isEmpty }
    let open = ofCells.filter { $0.outcome == .undecided }
    return ofAll + (open.isEmpty ? ofCells : open)
  }
}

/// What the cells of a claimed family scored.
public struct FamilyEvidence: Sendable, Hashable {
  public var quantifier: Quantifier
  public var axes: [Axis]
  /// In the order of the axes, the last one changing fastest.
  public var cells: [CellEvidence]
  /// The place in `cells` of the one that decides: the best for `any` and `selected` (on all sentences), the worst for
  /// `each`. `nil` where no cell is founded.
  public var deciding: Int?

  public init(quantifier: Quantifier, axes: [Axis], cells: [CellEvidence], deciding: Int?) {
    self.quantifier = quantifier
    self.axes = axes
    self.cells = cells
    self.deciding = deciding
  }
}

/// One cell of a family.
public struct CellEvidence: Sendable, Hashable {
  /// Its value on each axis of the family.
  public var coordinates: [AxisValue]
  public var value: Double
  /// Pointwise, nominal 95 %.
  public var interval: Interval
  /// Adjusted for the family by the step-down max-T of the first rival that has a null distribution (Westfall and Young
  /// 1993); `nil` without one.
  public var adjustedP: Double?
  /// Whether the claim's premises hold for it. Cells for which they do not take no part in an `any` or `selected` claim.
  public var isFounded: Bool

  public init(
    coordinates: [AxisValue], value: Double, interval: Interval, adjustedP: Double? = nil,
    isFounded: Bool = true
  ) {
    self.coordinates = coordinates
    self.value = value
    self.interval = interval
    self.adjustedP = adjustedP
    self.isFounded = isFounded
  }
}

/// What the claim comes to under one combination of choices.
public struct SpecificationEvidence: Sendable, Hashable {
  /// What was chosen, in the order of the hypothesis's variations.
  public var choices: [Choice]
  /// Whether it is the claim as written.
  public var isAsWritten: Bool
  /// The claimed score; `nil` where the data could not be used in this way.
  public var score: RequirementEvidence?
  public var verdict: Verdict
  /// One plain sentence.
  public var reason: String

  /// One choice and its value: `folds`, `5`.
  public struct Choice: Sendable, Hashable {
    public var name: String
    public var value: String

    public init(name: String, value: String) {
      self.name = name
      self.value = value
    }
  }

  public init(
    choices: [Choice], isAsWritten: Bool, score: RequirementEvidence?, verdict: Verdict, reason: String
  ) {
    self.choices = choices
    self.isAsWritten = isAsWritten
    self.score = score
    self.verdict = verdict
    self.reason = reason
  }
}

/// A measurement along one axis, such as layers.
public struct Curve: Sendable, Hashable {
  /// What the curve shows, in words.
  public var name: String
  public var metric: String
  /// The name of the axis.
  public var axis: String
  public var points: [Point]

  public struct Point: Sendable, Hashable {
    public var at: AxisValue
    public var value: Double
    public var interval: Interval

    public init(at: AxisValue, value: Double, interval: Interval) {
      self.at = at
      self.value = value
      self.interval = interval
    }
  }

  public init(name: String, metric: String, axis: String, points: [Point]) {
    self.name = name
    self.metric = metric
    self.axis = axis
    self.points = points
  }
}

/// A check of the instrument itself, made before any verdict.
public struct Gate: Sendable, Hashable {
  /// A stable name: `planted_signal_found`.
  public var name: String
  public var passed: Bool
  /// What was found, in one sentence.
  public var detail: String

  public init(name: String, passed: Bool, detail: String) {
    self.name = name
    self.passed = passed
    self.detail = detail
  }
}

/// A measured value held against a threshold.
public struct RequirementEvidence: Sendable, Hashable {
  /// The measurement's name.
  public var name: String
  /// The metric's keyword.
  public var metric: String
  public var value: Double
  public var interval: Interval
  public var comparison: Comparison
  public var threshold: Double
  public var outcome: Outcome
  /// Where a family of measurements is required, which of its cells this is: axis and value.
  public var at: [Coordinate]

  public init(
    name: String, metric: String, value: Double, interval: Interval, comparison: Comparison,
    threshold: Double,
    outcome: Outcome, at: [Coordinate] = []
  ) {
    self.name = name
    self.metric = metric
    self.value = value
    self.interval = interval
    self.comparison = comparison
    self.threshold = threshold
    self.outcome = outcome
    self.at = at
  }

  /// What was measured, held against what the hypothesis requires.
  init(
    _ requirement: Requirement, metric: String, value: Double, interval: Interval, at: [Coordinate] = []
  ) {
    self.init(
      name: requirement.measurement, metric: metric, value: value, interval: interval,
      comparison: requirement.comparison, threshold: requirement.threshold,
      outcome: Falsification.outcome(of: interval, requirement.comparison, requirement.threshold), at: at)
  }
}

/// A value on an axis that has a name.
public struct Coordinate: Sendable, Hashable, CustomStringConvertible {
  public var axis: String
  public var value: AxisValue

  public init(axis: String, value: AxisValue) {
    self.axis = axis
    self.value = value
  }

  public var description: String { "\(axis) \(value)" }
}

extension [Coordinate] {
  /// The values of some axes, in their order.
  init(_ axes: [Axis], _ values: [AxisValue]) {
    self = zip(axes, values).map { Coordinate(axis: $0.name, value: $1) }
  }

  /// `layer 3, head 7`.
  var words: String { map(\.description).joined(separator: ", ") }
}

/// Two 95 % intervals of a score, which answer two questions; the wider one decides, at each end.
public struct ScoreIntervals: Sendable, Hashable {
  /// By the bootstrap over units, given the fits: how these fitted probes would score on other items.
  public var ofFits: Interval
  /// With what the fits owe to these data (`Refits`): how the procedure would score on other data. `nil` where the instrument
  /// failed, so that nothing was fitted again.
  public var ofProcedure: Interval?

  public init(ofFits: Interval, ofProcedure: Interval?) {
    self.ofFits = ofFits
    self.ofProcedure = ofProcedure
  }

  /// At each end the one that lies further out.
  public var deciding: Interval {
    guard let ofProcedure else { return ofFits }
    return Interval(min(ofFits.lower, ofProcedure.lower), max(ofFits.upper, ofProcedure.upper))
  }
}

/// The claimed score.
public struct ScoreEvidence: Sendable, Hashable {
  public var requirement: RequirementEvidence
  /// What the requirement's interval was made of; `nil` for measurements that fit nothing.
  public var intervals: ScoreIntervals?
  /// The score of the best predictor that never sees the representation.
  public var floor: Double
  /// The best score that any probe can reach on these folds.
  public var ceiling: Double
  /// The score on the training folds' own items, for the reader.
  public var trainingScore: Double?
  /// What else a reader should hold the score against.
  public var references: [ReferenceScore]
  /// Where the claim compares two measurements, what each of them scored, the one that is claimed to be better first;
  /// else empty. Floor and ceiling of a difference are 0 (no difference) and 1 (the one at its ceiling, the other at its
  /// floor).
  public var sides: [SideEvidence]
  /// What was taken off inside the folds; of a comparison, each side says its own.
  public var residualized: Residualized

  public init(
    requirement: RequirementEvidence, intervals: ScoreIntervals? = nil, floor: Double, ceiling: Double,
    trainingScore: Double? = nil,
    references: [ReferenceScore] = [], sides: [SideEvidence] = [],
    residualized: Residualized = Residualized()
  ) {
    self.requirement = requirement
    self.intervals = intervals
    self.floor = floor
    self.ceiling = ceiling
    self.trainingScore = trainingScore
    self.references = references
    self.sides = sides
    self.residualized = residualized
  }

  /// (score - floor) / (ceiling - floor); `nil` where floor and ceiling coincide, and for a difference, whose scores are
  /// normalised already.
  public var normalized: Double? {
    guard sides.isEmpty else { return nil }
    let span = ceiling - floor
    return span != 0 ? (requirement.value - floor) / span : nil
  }
}

/// One side of a comparison.
public struct SideEvidence: Sendable, Hashable {
  /// The measurement's name.
  public var name: String
  /// The metric's keyword.
  public var metric: String
  public var score: Double
  public var floor: Double
  public var ceiling: Double
  /// What was taken off inside the folds.
  public var residualized: Residualized

  public init(
    name: String, metric: String, score: Double, floor: Double, ceiling: Double,
    residualized: Residualized = Residualized()
  ) {
    self.residualized = residualized
    self.name = name
    self.metric = metric
    self.score = score
    self.floor = floor
    self.ceiling = ceiling
  }

  /// (score - floor) / (ceiling - floor); `nil` where floor and ceiling coincide.
  public var normalized: Double? {
    ceiling != floor ? (score - floor) / (ceiling - floor) : nil
  }
}

/// A score on the same items, folds and metric that the claimed score is shown beside. It decides nothing.
public struct ReferenceScore: Sendable, Hashable {
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// Every test item gets the targets of the training item that is nearest by cosine in the same representation.
    case nearestCopy = "knn_copy"
    /// The held-out targets, projected onto as many principal components of the training targets as the probe has
    /// components.
    case rankCeiling = "rank_ceiling"
  }
  public var kind: Kind
  public var value: Double

  public init(kind: Kind, value: Double) {
    self.kind = kind
    self.value = value
  }
}

/// One rival's scores and what they say about the claim.
public struct RivalEvidence: Sendable, Hashable {
  public var rival: Rival
  /// How the rival is called in the file: `permuted_labels(within: norms.supersense)`.
  public var label: String
  /// How many worlds were scored.
  public var replicates: Int
  /// How many were asked for, where worlds were drawn until p was decided: it may be more or fewer.
  public var replicatesAsked: Int?
  /// The mean and the standard deviation of the rival's scores (0 for a single world).
  public var mean: Double
  public var deviation: Double
  /// For rivals whose scores form a null distribution.
  public var p: PValueEvidence?
  /// How many distinct arrangements of these data the worlds are drawn from, infinite where they are too many to count: p
  /// cannot lie below one in so many. `nil` where worlds are no arrangements.
  public var arrangements: Double?
  /// What p may be beyond the reach of the replicates; for the reader.
  public var tail: TailEvidence?
  /// Score minus mean rival score.
  public var margin: Double
  public var marginInterval: Interval
  /// Score minus the better of mean rival score and floor: what criteria on a margin are held against. `nil` where the floor is
  /// no score of its own.
  public var held: HeldMargin?
  public var criteria: [CriterionEvidence]
  /// For `confounds`, where a criterion asks for it: what the representation adds to them.
  public var added: AddedEvidence?
  /// Where a margin is missed: whether the rival is shown to be as good as the claim.
  public var equivalence: EquivalenceEvidence?
  /// The worst of the criteria's outcomes: missed before undecided before met.
  public var outcome: Outcome
  /// (rival mean - floor) / (score - floor): the share of the score above the floor that the rival reproduces; `nil`
  /// where the score does not stand above the floor.
  public var share: Double?
  /// The distribution of the rival's scores; `nil` for a single world.
  public var distribution: Histogram?
  /// Facts that a reader must know. Plain sentences.
  public var notes: [String]

  public init(
    rival: Rival, label: String, replicates: Int, replicatesAsked: Int? = nil, mean: Double,
    deviation: Double,
    p: PValueEvidence? = nil, arrangements: Double? = nil, tail: TailEvidence? = nil, margin: Double,
    marginInterval: Interval, held: HeldMargin? = nil, criteria: [CriterionEvidence],
    outcome: Outcome, added: AddedEvidence? = nil, equivalence: EquivalenceEvidence? = nil,
    share: Double? = nil, distribution: Histogram? = nil, notes: [String] = []
  ) {
    self.rival = rival
    self.label = label
    self.replicates = replicates
    self.replicatesAsked = replicatesAsked
    self.mean = mean
    self.deviation = deviation
    self.p = p
    self.arrangements = arrangements
    self.tail = tail
    self.margin = margin
    self.marginInterval = marginInterval
    self.held = held
    self.criteria = criteria
    self.added = added
    self.equivalence = equivalence
    self.outcome = outcome
    self.share = share
    self.distribution = distribution
    self.notes = notes
  }
}

extension RivalEvidence {
  /// A quantity and its interval; `nil` where it was not measured.
  /// - Parameter held: whether a margin is wanted as criteria are held against it, over the better of rival and floor.
  public func measured(_ quantity: Quantity, held isHeld: Bool = false) -> (
    value: Double, interval: Interval
  )? {
    switch quantity {
    case .p: p.map { ($0.value, $0.interval) }
    case .margin, .selectivity:
      if isHeld, let held { (held.value, held.interval) } else { (margin, marginInterval) }
    case .added: added.map { ($0.value, $0.interval) }
    }
  }
}

/// A margin over the better of a rival and of the floor. A rival that scores below the floor would make any score look good.
public struct HeldMargin: Sendable, Hashable {
  public var value: Double
  /// In every draw the better of the two is found anew.
  public var interval: Interval
  /// Whether the floor is the better one.
  public var isOverFloor: Bool

  public init(value: Double, interval: Interval, isOverFloor: Bool) {
    self.value = value
    self.interval = interval
    self.isOverFloor = isOverFloor
  }
}

extension RivalEvidence {
  /// Whether criteria on a margin are held against the floor, because it is better than the rival.
  public var floorBinds: Bool { held?.isOverFloor == true }
}

/// A p-value with its Monte Carlo interval.
public struct PValueEvidence: Sendable, Hashable {
  public var value: Double
  /// 95 %: what holds at every look where worlds were drawn until p was decided, else Clopper-Pearson; a point for an
  /// exact p-value.
  public var interval: Interval
  /// How many replicates scored at least as high as the observed one.
  public var exceedances: Int
  /// Whether every distinct rearrangement was scored.
  public var isExact: Bool

  public init(value: Double, interval: Interval, exceedances: Int, isExact: Bool) {
    self.value = value
    self.interval = interval
    self.exceedances = exceedances
    self.isExact = isExact
  }
}

/// An approximate p-value from a tail fitted to the largest replicates. It decides nothing.
public struct TailEvidence: Sendable, Hashable {
  /// Above 0.
  public var value: Double
  /// Whether the tail was kept from ending before the observed score: then its length is a convention more than a finding.
  public var isConstrained: Bool

  public init(value: Double, isConstrained: Bool) {
    self.value = value
    self.isConstrained = isConstrained
  }
}

extension TailEvidence {
  /// `nil` where replicates are enough, and where no tail fits them.
  /// - Parameter sign: 1 where a larger value is better, else -1.
  init?(observed: Double, null: [Double], sign: Double) {
    guard let tail = try? TailApproximation(observed: sign * observed, null: null.map { sign * $0 }) else {
      return nil
    }
    self.init(value: tail.value, isConstrained: tail.fit.isConstrained)
  }
}

/// One criterion and what became of it.
public struct CriterionEvidence: Sendable, Hashable {
  public var criterion: Criterion
  public var outcome: Outcome

  public init(criterion: Criterion, outcome: Outcome) {
    self.criterion = criterion
    self.outcome = outcome
  }
}

/// Counts in equal bins from `lower` to `upper` (the last bin holds `upper`). `counts` sums to the replicates.
public struct Histogram: Sendable, Hashable {
  public var lower: Double
  public var upper: Double
  public var counts: [Int]
  /// The 2.5 % and the 97.5 % quantile of the scores.
  public var central: Interval

  public init(lower: Double, upper: Double, counts: [Int], central: Interval) {
    self.lower = lower
    self.upper = upper
    self.counts = counts
    self.central = central
  }
}

/// A verdict with its reasons.
public struct Judgement: Sendable, Hashable {
  public var verdict: Verdict
  /// One plain sentence.
  public var reason: String
  /// What would change or decide the verdict. Plain sentences, possibly none.
  public var remedies: [String]

  public init(verdict: Verdict, reason: String, remedies: [String] = []) {
    self.verdict = verdict
    self.reason = reason
    self.remedies = remedies
  }
}

/// One hypothesis, what was measured, and what follows.
public struct TestedHypothesis: Sendable, Hashable {
  public var hypothesis: Hypothesis
  /// `nil` where the data could not be used: the judgement says why.
  public var evidence: Evidence?
  public var judgement: Judgement
  /// Wall-clock seconds.
  public var seconds: Double

  public init(hypothesis: Hypothesis, evidence: Evidence?, judgement: Judgement, seconds: Double) {
    self.hypothesis = hypothesis
    self.evidence = evidence
    self.judgement = judgement
    self.seconds = seconds
  }
}

/// A file that a run read.
public struct DataFingerprint: Sendable, Hashable, Comparable {
  /// As written in the hypothesis, so relative to the data folder.
  public var path: String
  /// Lower-case hexadecimal.
  public var sha256: String

  public init(path: String, sha256: String) {
    self.path = path
    self.sha256 = sha256
  }

  public static func < (a: Self, b: Self) -> Bool { (a.path, a.sha256) < (b.path, b.sha256) }
}
