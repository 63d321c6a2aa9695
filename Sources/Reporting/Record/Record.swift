public import Hypotheses

/// One run: what was claimed, what was measured, and what follows. The wire format of `record.json`.
///
/// These types are separate from the domain types on purpose: they change only with the schema's version.
/// docs/record.md describes every field.
public struct Record: Codable, Sendable, Hashable {
  /// The schema that this version of Refute writes and reads.
  public static let currentSchema = "refute-record/1"

  public var schema: String
  public var status: Status
  /// The seed of every random stream of the run.
  public var seed: UInt64
  /// What `--replicates` asked for, where it overrode the hypotheses' own counts.
  public var replicates: Int?
  /// In the order in which they were run.
  public var hypotheses: [Claim]
  /// Every file that was read, sorted by path.
  public var data: [DataFile]
  /// What the run ran on. With `timing` the only part that is not reproducible.
  public var environment: RunEnvironment
  public var timing: Timing

  public init(
    status: Status, seed: UInt64, replicates: Int? = nil, hypotheses: [Claim], data: [DataFile],
    environment: RunEnvironment, timing: Timing
  ) {
    schema = Record.currentSchema
    self.status = status
    self.seed = seed
    self.replicates = replicates
    self.hypotheses = hypotheses
    self.data = data.sorted { ($0.path, $0.sha256) < ($1.path, $1.sha256) }
    self.environment = environment
    self.timing = timing
    adjust()
  }

  /// Whether the run came to its end.
  public enum Status: String, Codable, Sendable {
    case complete
    /// The run was interrupted: `hypotheses` holds what was finished.
    case partial
  }

  /// One hypothesis with its verdict.
  public struct Claim: Codable, Sendable, Hashable {
    public var name: String
    public var file: String
    public var line: Int
    /// Identifies everything that the result depends on, so that a resumed run can tell whether it still holds.
    public var digest: String
    public var verdict: Verdict
    /// One plain sentence.
    public var reason: String
    /// What would change or decide the verdict.
    public var remedies: [String]
    /// The pinned verdict, where the hypothesis has an `expect` line.
    public var expected: Verdict?
    /// Whether the verdict is the pinned one; absent where none is pinned.
    public var metExpectation: Bool?
    public var citations: [String]
    public var tags: [String]
    /// The `hypothesis` block as written.
    public var source: String
    /// The files that the hypothesis declares, sorted.
    public var data: [String]
    /// How they were read; absent in records of versions that did not say.
    public var read: [DataReading]?
    /// What was measured; absent where the data could not be used.
    public var unit: String?
    public var items: Int?
    public var units: Int?
    public var dimensions: Int?
    public var score: Score?
    public var notes: [String]
    /// Warnings that bear on the verdict; absent where there are none.
    public var warnings: [Warning]?
    /// What must hold and is not tested; absent where nothing is assumed.
    public var assumptions: [Assumption]?
    public var gates: [Gate]
    public var premises: [Premise]
    public var rivals: [Rival]
    /// How the targets are built; absent where they are one column, classes, or no features.
    public var structure: Structure?
    /// The cells of the claimed family; absent where the claim is about one measurement.
    public var family: Family?
    /// Measurements along an axis that decide nothing; absent where there are none.
    public var curves: [Curve]?
    /// What the claim comes to under other choices; absent where nothing is varied.
    public var specifications: Specifications?
    /// Whether it was locked before it was scored; absent in records of versions that did not ask.
    public var registration: Registration?
    /// Its p beside those of the run's other claims; absent without a criterion on p, and in records of versions that
    /// did not adjust.
    public var adjusted: Adjusted?

    enum CodingKeys: String, CodingKey {
      case name, file, line, digest, verdict, reason, remedies, expected, citations, tags, source, data, read
      case metExpectation = "met_expectation"
      case unit, items, units, dimensions, score, notes, warnings, assumptions, gates, premises, rivals,
        structure, family, curves,
        specifications, registration, adjusted
    }
  }

  /// A warning that bears on the verdict.
  public struct Warning: Codable, Sendable, Hashable {
    /// The name of its section in docs/rules.md.
    public var rule: String
    /// `caps` where it keeps the verdict from being `corroborated`, unless it is answered; else `warns`.
    public var effect: Caveat.Effect
    /// One clause.
    public var message: String
    public var notes: [String]
    public var advice: [String]
    /// The line of the hypothesis file that it is about; absent for what the data alone show.
    public var line: Int?
    /// The reason that the hypothesis gives for going on; absent where it gives none.
    public var answer: String?
  }

  /// What the hypothesis assumes.
  public struct Assumption: Codable, Sendable, Hashable {
    /// The rule that it answers; absent where it only discloses.
    public var rule: String?
    public var text: String
  }

  /// A check of the instrument itself.
  public struct Gate: Codable, Sendable, Hashable {
    public var name: String
    public var passed: Bool
    public var detail: String
  }

  /// The claimed score and what it is held against.
  public struct Score: Codable, Sendable, Hashable {
    /// The measurement's name in the hypothesis.
    public var name: String
    public var metric: String
    public var value: Number
    /// Of the two intervals, at each end the one that lies further out: what decides.
    public var interval: Bounds
    /// Absent where nothing is fitted.
    public var intervals: Intervals?
    public var floor: Number
    public var ceiling: Number
    /// (value - floor) / (ceiling - floor); absent where floor and ceiling coincide.
    public var normalized: Number?
    public var comparison: Comparison
    public var threshold: Number
    public var outcome: Outcome
    /// The score on the training folds' own items.
    public var training: Number?
    /// What else the score is shown beside; absent where there is nothing.
    public var references: [Reference]?
    /// The two sides of a comparison, the one that is claimed to be better first; absent where nothing is compared.
    public var sides: [Side]?
    /// What was taken off inside the folds; absent where nothing was, and of a comparison, whose sides say it.
    public var residualized: Residualized?
  }

  /// Two 95 % intervals of a score, which answer two questions.
  public struct Intervals: Codable, Sendable, Hashable {
    /// How these fitted probes would score on other items.
    public var fits: Bounds
    /// How the procedure, which fits anew, would score on other data.
    public var procedure: Bounds
  }

  /// The columns that representation and targets were residualised on, inside every training fold.
  public struct Residualized: Codable, Sendable, Hashable {
    /// As a selection of a table's columns: `nouns[length, frequency]`; absent where the part stayed as it was.
    public var representation: String?
    public var targets: String?
  }

  /// A score on the same items, folds and metric that decides nothing.
  public struct Reference: Codable, Sendable, Hashable {
    /// `knn_copy` or `rank_ceiling`.
    public var name: String
    public var value: Number
  }

  /// How the targets are built, and how much of the score that alone reproduces.
  public struct Structure: Codable, Sendable, Hashable {
    public var items: Int
    public var columns: Int
    /// The share of cells above 0.
    public var density: Number
    /// The share of columns that one item only has.
    public var singletons: Number
    public var featuresPerItem: Spread
    /// How many items have exactly the targets of another.
    public var duplicates: Int
    /// The Gini coefficient of the columns' numbers of items.
    public var gini: Number
    /// The share of the filled cells that stand in the commonest tenth of the columns.
    public var topTenth: Number
    public var taxonomy: Taxonomy?
    public var alone: [Alone]

    enum CodingKeys: String, CodingKey {
      case items, columns, density, singletons, duplicates, gini, taxonomy, alone
      case featuresPerItem = "features_per_item"
      case topTenth = "top_tenth"
    }

    public struct Spread: Codable, Sendable, Hashable {
      public var mean: Number
      public var least: Int
      public var median: Number
      public var largest: Int
    }

    public struct Taxonomy: Codable, Sendable, Hashable {
      public var column: String
      public var categories: Int
      /// The share of the targets' variance between categories, and what it would be for random ones.
      public var between: Number
      public var expected: Number
    }

    public struct Alone: Codable, Sendable, Hashable {
      /// `popularity`, `category_means` or `knn_copy`.
      public var name: String
      public var score: Number
      /// As a share of the claimed raw score.
      public var share: Number?
    }
  }

  /// One side of a comparison.
  public struct Side: Codable, Sendable, Hashable {
    /// The measurement's name in the hypothesis.
    public var name: String
    public var metric: String
    public var score: Number
    public var floor: Number
    public var ceiling: Number
    /// (score - floor) / (ceiling - floor).
    public var normalized: Number?
    /// What was taken off inside the folds; absent where nothing was.
    public var residualized: Residualized?
  }

  /// A premise of the claim.
  public struct Premise: Codable, Sendable, Hashable {
    public var name: String
    public var metric: String
    public var value: Number
    public var interval: Bounds
    public var comparison: Comparison
    public var threshold: Number
    public var outcome: Outcome
    /// Which cell of a family of measurements this is, by axis; absent where it is no family.
    public var at: [String: Coordinate]?
  }

  /// The cells of a claimed family.
  public struct Family: Codable, Sendable, Hashable {
    /// How many cells there are.
    public var size: Int
    public var quantifier: Quantifier
    public var axes: [Axis]
    /// The cell that decides, by axis; absent where no cell is founded.
    public var best: [String: Coordinate]?
    public var cells: [Cell]

    public struct Axis: Codable, Sendable, Hashable {
      public var name: String
      public var values: [Coordinate]
    }

    public struct Cell: Codable, Sendable, Hashable {
      /// By axis.
      public var at: [String: Coordinate]
      public var value: Number
      /// Pointwise.
      public var interval: Bounds
      /// Adjusted for the family; absent without a null distribution.
      public var pAdjusted: Number?
      /// Whether the claim's premises hold for it.
      public var founded: Bool

      enum CodingKeys: String, CodingKey {
        case at, value, interval, founded
        case pAdjusted = "p_adjusted"
      }
    }
  }

  /// A measurement along one axis.
  public struct Curve: Codable, Sendable, Hashable {
    public var name: String
    public var metric: String
    public var axis: String
    public var points: [Point]

    public struct Point: Codable, Sendable, Hashable {
      public var at: Coordinate
      public var value: Number
      public var interval: Bounds
    }
  }

  /// What the claim comes to under every combination of the choices that it varies. They decide nothing.
  public struct Specifications: Codable, Sendable, Hashable {
    /// How many combinations there are, the claim as written among them.
    public var total: Int
    /// In how many of them the verdict is the claim's.
    public var holding: Int
    /// What is varied, in the order of the file, with the values that occur.
    public var choices: [Family.Axis]
    public var cells: [Cell]

    public struct Cell: Codable, Sendable, Hashable {
      /// By choice.
      public var choices: [String: Coordinate]
      /// Whether it is the claim as written.
      public var written: Bool
      /// The score and its metric; absent where the data could not be used in this way.
      public var metric: String?
      public var value: Number?
      public var interval: Bounds?
      /// What became of the claim's own threshold.
      public var outcome: Outcome?
      public var verdict: Verdict
    }
  }

  /// A place on an axis: a whole number or a word.
  public enum Coordinate: Codable, Sendable, Hashable, CustomStringConvertible {
    case number(Int)
    case word(String)

    public init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let number = try? container.decode(Int.self) {
        self = .number(number)
      } else {
        self = .word(try container.decode(String.self))
      }
    }

    public func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .number(let number): try container.encode(number)
      case .word(let word): try container.encode(word)
      }
    }

    public var description: String {
      switch self {
      case .number(let number): "\(number)"
      case .word(let word): word
      }
    }
  }

  /// What one rival explanation scored, and what became of its criteria.
  public struct Rival: Codable, Sendable, Hashable {
    /// The keyword: `permuted_labels`.
    public var name: String
    /// As called in the file, arguments included.
    public var label: String
    public var replicates: Int
    /// How many were asked for, where worlds were drawn until p was decided.
    public var replicatesAsked: Int?
    public var mean: Number
    public var sd: Number
    public var p: Number?
    public var pInterval: Bounds?
    /// How many replicates scored at least as high as the claim.
    public var exceedances: Int?
    /// Whether every distinct rearrangement was scored.
    public var exact: Bool?
    /// How many distinct arrangements the worlds are drawn from; absent where they are none, or too many to count.
    public var arrangements: Number?
    /// What p may be beyond the reach of the replicates; absent where they are enough or too few.
    public var tail: Tail?
    public var margin: Number
    public var marginInterval: Bounds
    /// Score minus the better of mean and floor, where the floor is the better one: what criteria on a margin are held against.
    public var marginOverFloor: Margin?
    /// The criteria in one line, as a reader would say them.
    public var criterion: String
    public var criteria: [Criterion]
    /// What the representation adds to confounds, where a criterion asks for it.
    public var added: Added?
    /// Where a margin is missed: whether the rival is shown to be as good as the claim.
    public var equivalence: Equivalence?
    /// The worst of the criteria's outcomes.
    public var outcome: Outcome
    /// The share of the score above the floor that the rival reproduces.
    public var share: Number?
    public var distribution: Distribution?
    public var notes: [String]

    enum CodingKeys: String, CodingKey {
      case name, label, replicates, mean, sd, p, exceedances, exact, arrangements, tail, margin, criterion,
        criteria,
        added, equivalence, outcome,
        share
      case replicatesAsked = "replicates_asked"
      case pInterval = "p_interval"
      case marginInterval = "margin_interval"
      case marginOverFloor = "margin_over_floor"
      case distribution, notes
    }
  }

  /// A margin and its 95 % interval.
  public struct Margin: Codable, Sendable, Hashable {
    public var value: Number
    public var interval: Bounds
  }

  /// An approximate p that decides nothing.
  public struct Tail: Codable, Sendable, Hashable {
    public var p: Number
    /// Whether the tail was kept from ending before the observed score.
    public var constrained: Bool
  }

  /// The score of representation and confounds together, and what that is more than the confounds' alone.
  public struct Added: Codable, Sendable, Hashable {
    public var joint: Number
    public var value: Number
    public var interval: Bounds
  }

  /// Two one-sided tests of whether claim and rival differ by less than a bound.
  public struct Equivalence: Codable, Sendable, Hashable {
    public enum Finding: String, Codable, Sendable, Hashable, CaseIterable {
      /// As good within the bound.
      case equivalent
      /// The rival is better by the bound or more.
      case different
      case undecided
    }

    /// The margin that was asked for.
    public var bound: Number
    /// The 90 % interval of the margin.
    public var interval: Bounds
    public var outcome: Finding
  }

  /// One condition on a rival.
  public struct Criterion: Codable, Sendable, Hashable {
    public var quantity: Quantity
    public var comparison: Comparison
    public var threshold: Number
    /// The p-value or the margin that was found.
    public var value: Number?
    public var interval: Bounds?
    public var outcome: Outcome
  }

  /// A rival's scores in equal bins from `lower` to `upper`.
  public struct Distribution: Codable, Sendable, Hashable {
    public var lower: Number
    public var upper: Number
    public var counts: [Int]
    /// The 2.5 % and the 97.5 % quantile of the scores.
    public var central: Bounds
  }

  /// A file that was read.
  public struct DataFile: Codable, Sendable, Hashable {
    public var path: String
    /// Lower-case hexadecimal.
    public var sha256: String

    public init(path: String, sha256: String) {
      self.path = path
      self.sha256 = sha256
    }
  }

  /// When the run started and how long it took.
  public struct Timing: Codable, Sendable, Hashable {
    /// ISO 8601, UTC.
    public var started: String?
    public var seconds: Number?
    public var hypotheses: [Duration]

    public init(started: String? = nil, seconds: Double? = nil, hypotheses: [Duration] = []) {
      self.started = started
      self.seconds = Number(ifFinite: seconds)
      self.hypotheses = hypotheses
    }

    /// How long one hypothesis took.
    public struct Duration: Codable, Sendable, Hashable {
      public var name: String
      public var seconds: Number

      public init(name: String, seconds: Double) {
        self.name = name
        self.seconds = Number(seconds)
      }
    }
  }
}

extension Record {
  /// The stored result of the hypothesis `name`, if its input still has the digest `digest`.
  public func result(of name: String, digest: String) -> Claim? {
    hypotheses.first { $0.name == name && $0.digest == digest }
  }

  /// The same record without what is not reproducible: two runs of the same input give equal values.
  public var reproduciblePart: Record {
    var copy = self
    copy.environment = RunEnvironment()
    copy.timing = Timing()
    return copy
  }

  /// How many claims came to each verdict.
  public var counts: [Verdict: Int] {
    hypotheses.reduce(into: [:]) { $0[$1.verdict, default: 0] += 1 }
  }
}
