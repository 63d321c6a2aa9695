/// A claim about what activations encode, with everything that could explain its score away.
///
/// This is vocabulary only: no file is read and nothing is computed here. A `Hypothesis` that comes from the
/// checker has all its names resolved: every `data` name exists, wildcards are replaced by column names, and
/// defaults are filled in.
public struct Hypothesis: Sendable, Hashable {
  /// The sentence that states the claim. Unique within a run.
  public var name: String
  public var citations: [String]
  public var tags: [String]
  public var data: [DataDeclaration]
  /// The unit of independence: permutations, folds and the bootstrap treat the items that share a value of this
  /// column as one. `nil`: every item is a unit of its own.
  public var unit: ColumnReference?
  public var measurements: [Measurement]
  /// Families of measurements with a probe.
  public var probeFamilies: [ProbeFamily]
  /// Measurements on sentences, families among them.
  public var textMeasurements: [TextMeasurement]
  /// Differences of two measurements' normalised scores, which a claim may be about.
  public var contrasts: [Contrast]
  public var premises: [Requirement]
  public var claim: Requirement
  /// What the claim says of a family; `nil` where it is about one measurement.
  public var quantifier: Quantifier?
  public var rivals: [Withstand]
  /// The choices that are varied, in the order of the file.
  public var variations: [Variation]
  /// Every combination of what is varied, the last choice changing fastest; the claim as written stands first where it is none
  /// of them. Empty where nothing is varied.
  public var specifications: [Specification]
  /// What is not tested here and must hold.
  public var assumptions: [Assumption]
  /// How every file was read, in the order of the declarations.
  public var readings: [DataReading] = []
  /// What the checker warns of that bears on the verdict.
  public var caveats: [Caveat]
  /// The pinned verdict, for regression.
  public var expected: Verdict?
  /// Where the hypothesis starts.
  public var location: SourceLocation
  /// The text of the whole `hypothesis` block as written, for reports.
  public var source: String

  public init(
    name: String, citations: [String] = [], tags: [String] = [], data: [DataDeclaration],
    unit: ColumnReference? = nil, measurements: [Measurement], probeFamilies: [ProbeFamily] = [],
    textMeasurements: [TextMeasurement] = [],
    contrasts: [Contrast] = [], premises: [Requirement] = [],
    claim: Requirement, quantifier: Quantifier? = nil, rivals: [Withstand],
    variations: [Variation] = [], specifications: [Specification] = [], assumptions: [Assumption] = [],
    caveats: [Caveat] = [], expected: Verdict? = nil,
    location: SourceLocation,
    source: String
  ) {
    self.name = name
    self.citations = citations
    self.tags = tags
    self.data = data
    self.unit = unit
    self.measurements = measurements
    self.probeFamilies = probeFamilies
    self.textMeasurements = textMeasurements
    self.contrasts = contrasts
    self.premises = premises
    self.claim = claim
    self.quantifier = quantifier
    self.rivals = rivals
    self.variations = variations
    self.specifications = specifications
    self.assumptions = assumptions
    self.caveats = caveats
    self.expected = expected
    self.location = location
    self.source = source
  }

  /// The measurement called `name`, if the hypothesis declares one.
  public func measurement(named name: String) -> Measurement? {
    measurements.first { $0.name == name }
  }

  /// The family of measurements called `name`, if the hypothesis declares one.
  public func probeFamily(named name: String) -> ProbeFamily? {
    probeFamilies.first { $0.name == name }
  }

  /// The measurement on sentences called `name`, if the hypothesis declares one.
  public func textMeasurement(named name: String) -> TextMeasurement? {
    textMeasurements.first { $0.name == name }
  }

  /// The contrast called `name`, if the hypothesis declares one.
  public func contrast(named name: String) -> Contrast? {
    contrasts.first { $0.name == name }
  }

  /// The data declaration called `name`, if the hypothesis makes one.
  public func data(named name: String) -> DataDeclaration? {
    data.first { $0.name == name }
  }
}

/// `compare name = better over worse`: the normalised score of one measurement less that of another, both on the same
/// items, units and folds. A score is normalised as (score - floor) / (ceiling - floor).
public struct Contrast: Sendable, Hashable {
  public var name: String
  /// The names of two measurements of the same hypothesis.
  public var better: String
  public var worse: String
  public var location: SourceLocation

  public init(name: String, better: String, worse: String, location: SourceLocation) {
    self.name = name
    self.better = better
    self.worse = worse
    self.location = location
  }
}

/// `measurement >= threshold`: used by claims and by premises.
public struct Requirement: Sendable, Hashable {
  /// The name of a measurement of the same hypothesis; in a claim also of a contrast.
  public var measurement: String
  public var comparison: Comparison
  public var threshold: Double
  public var location: SourceLocation

  public init(measurement: String, comparison: Comparison, threshold: Double, location: SourceLocation) {
    self.measurement = measurement
    self.comparison = comparison
    self.threshold = threshold
    self.location = location
  }
}

/// The comparisons that the language knows.
public enum Comparison: String, Sendable, Hashable, Codable, CaseIterable {
  case less = "<"
  case lessOrEqual = "<="
  case greater = ">"
  case greaterOrEqual = ">="
  /// Of a difference, in claims alone: it is smaller than the threshold, whichever side is the better one.
  case within

  /// Whether `value` stands in this relation to `threshold`.
  public func holds(_ value: Double, _ threshold: Double) -> Bool {
    switch self {
    case .less: value < threshold
    case .lessOrEqual: value <= threshold
    case .greater: value > threshold
    case .greaterOrEqual: value >= threshold
    case .within: abs(value) < threshold
    }
  }

  /// The one that points the other way; `within` points to both.
  public var turned: Comparison {
    switch self {
    case .less: .greater
    case .lessOrEqual: .greaterOrEqual
    case .greater: .less
    case .greaterOrEqual: .lessOrEqual
    case .within: .within
    }
  }

  /// Whether larger values are the ones that satisfy it.
  public var wantsLarge: Bool { self == .greater || self == .greaterOrEqual }
}
