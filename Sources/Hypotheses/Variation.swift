/// `vary choice in [values]`: a choice that the claim depends on, and what else it could have been.
///
/// Simonsohn, Simmons & Nelson 2020, "Specification curve analysis", Nature Human Behaviour 4, 1208.
public struct Variation: Sendable, Hashable {
  /// What a `vary` statement can be about.
  public enum Choice: String, Sendable, Hashable, CaseIterable {
    case folds
    /// Another word for `representation`, for claims whose representations are layers.
    case layer
    case metric
    /// The penalty of the claimed measure's probe.
    case penalty
    case probe
    case representation

    /// What it changes: two words may stand for one part of the measure.
    public var part: Choice { self == .layer ? .representation : self }
  }

  public var choice: Choice
  /// The values in the order of the file, as a reader would write them.
  public var options: [String]
  public var location: SourceLocation

  public init(choice: Choice, options: [String], location: SourceLocation) {
    self.choice = choice
    self.options = options
    self.location = location
  }
}

/// One combination of the values that are varied, with the claimed measurement that it makes.
public struct Specification: Sendable, Hashable {
  /// The value of each variation of the hypothesis, in their order.
  public var choices: [String]
  public var measurement: Measurement
  /// What the checker warns of under these values.
  public var caveats: [Caveat]
  /// Whether it is the hypothesis as written.
  public var isAsWritten: Bool

  public init(choices: [String], measurement: Measurement, caveats: [Caveat] = [], isAsWritten: Bool) {
    self.choices = choices
    self.measurement = measurement
    self.caveats = caveats
    self.isAsWritten = isAsWritten
  }

  /// How many a hypothesis may have: each is examined as the claim is.
  public static let most = 200
}

extension Hypothesis {
  /// The same hypothesis with one specification's measurement in the place of the claimed one, and nothing varied. It keeps its
  /// name, so that what is random is drawn from the same streams.
  public func specified(by specification: Specification) -> Hypothesis {
    var copy = self
    copy.variations = []
    copy.specifications = []
    copy.caveats = specification.caveats
    if let place = copy.measurements.firstIndex(where: { $0.name == claim.measurement }) {
      copy.measurements[place] = specification.measurement
    }
    return copy
  }
}
