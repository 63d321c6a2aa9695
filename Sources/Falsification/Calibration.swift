public import Hypotheses

/// How a hypothesis is simulated.
public struct CalibrationOptions: Sendable {
  public var seed: UInt64
  /// How many tasks work at a time. Results do not depend on it.
  public var jobs: Int
  /// How many data sets with nothing to find are made. Each strength of a planted signal gets a quarter as many, and at
  /// least 10 where there are as many.
  public var simulations: Int
  /// Replaces the number of replicates of every random rival.
  public var replicates: Int?
  /// The strengths of planted signals, from 0 (nothing) to 1 (nothing else).
  public var strengths: [Double]
  /// Told what is being done.
  public var progress: @Sendable (Progress) -> Void

  public static let defaultStrengths = [0.2, 0.4, 0.6, 0.8, 1]

  public init(
    seed: UInt64 = 1, jobs: Int, simulations: Int = 200, replicates: Int? = nil,
    strengths: [Double] = CalibrationOptions.defaultStrengths,
    progress: @escaping @Sendable (Progress) -> Void = { _ in }
  ) {
    self.seed = seed
    self.jobs = jobs
    self.simulations = simulations
    self.replicates = replicates
    self.strengths = strengths
    self.progress = progress
  }

  /// How many data sets are made with a signal.
  public var planted: Int { max(simulations / 4, min(simulations, 10)) }
}

/// How often something happened in simulated data sets.
public struct SimulatedShare: Sendable, Hashable {
  public var count: Int
  public var simulations: Int
  /// Clopper-Pearson, 95 %.
  public var interval: Interval

  public var value: Double { Double(count) / Double(max(simulations, 1)) }
}

/// What became of one criterion in the simulated data sets of one strength.
public struct CalibratedCriterion: Sendable, Hashable {
  /// The rival as it is called in the file.
  public var rival: String
  public var criterion: Criterion
  /// Where the criterion was met.
  public var met: SimulatedShare
  /// For criteria on p: where p was at most .05, and at most .01.
  public var atFive: SimulatedShare?
  public var atOne: SimulatedShare?
  /// For criteria on a margin or an added score: its mean.
  public var meanMargin: Double?

  public init(
    rival: String, criterion: Criterion, met: SimulatedShare, atFive: SimulatedShare? = nil,
    atOne: SimulatedShare? = nil, meanMargin: Double? = nil
  ) {
    (self.rival, self.criterion, self.met) = (rival, criterion, met)
    (self.atFive, self.atOne, self.meanMargin) = (atFive, atOne, meanMargin)
  }
}

/// The simulated data sets of one strength.
public struct CalibrationStep: Sendable, Hashable {
  /// From 0, nothing to find, to 1, nothing but a linear signal.
  public var strength: Double
  public var simulations: Int
  /// The claimed measure's mean score, and the standard deviation of scores between data sets.
  public var meanScore: Double
  public var deviation: Double
  /// Where the claimed score was met.
  public var scoreMet: SimulatedShare
  public var criteria: [CalibratedCriterion]
  /// Where score and rivals were met. Premises and checks of the instrument are taken as passed.
  public var corroborated: SimulatedShare

  public init(
    strength: Double, simulations: Int, meanScore: Double, deviation: Double, scoreMet: SimulatedShare,
    criteria: [CalibratedCriterion], corroborated: SimulatedShare
  ) {
    (self.strength, self.simulations) = (strength, simulations)
    (self.meanScore, self.deviation, self.scoreMet) = (meanScore, deviation, scoreMet)
    (self.criteria, self.corroborated) = (criteria, corroborated)
  }
}

/// How a hypothesis fares on data like its own in which it is known what is true.
public struct Calibration: Sendable, Hashable {
  public var hypothesis: Hypothesis
  public var metric: String
  public var items: Int
  public var units: Int
  /// How targets were rearranged, in words.
  public var scheme: String
  /// Data sets in which the claim is false.
  public var null: CalibrationStep
  /// Data sets with a planted signal, by ascending strength.
  public var planted: [CalibrationStep]
  /// Wall-clock seconds.
  public var seconds: Double

  public init(
    hypothesis: Hypothesis, metric: String, items: Int, units: Int, scheme: String, null: CalibrationStep,
    planted: [CalibrationStep], seconds: Double
  ) {
    (self.hypothesis, self.metric, self.items, self.units) = (hypothesis, metric, items, units)
    (self.scheme, self.null, self.planted, self.seconds) = (scheme, null, planted, seconds)
  }
}

/// Why a hypothesis cannot be simulated.
public enum CalibrationError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The claim compares two measurements.
  case comparison(hypothesis: String)
  /// The claim is about a measurement on sentences.
  case sentences(hypothesis: String)
  /// The claim is about a family of measurements.
  case family(hypothesis: String)
  /// The data cannot be used; the reason says why.
  case data(String)

  public var description: String {
    switch self {
    case .comparison(let hypothesis):
      "\(hypothesis): the claim compares two measurements, and only claims about one can be simulated: leave it out with --only."
    case .sentences(let hypothesis):
      "\(hypothesis): the claim is about a measurement on sentences, and only claims about a probe's score can be simulated: leave it out with --only."
    case .family(let hypothesis):
      "\(hypothesis): the claim is about a family, and only claims about one measurement can be simulated: leave it out with --only."
    case .data(let reason): reason
    }
  }
}
