/// `withstand rival(...) { criteria }`: an explanation of the score that the claim must withstand.
public struct Withstand: Sendable, Hashable {
  public var rival: Rival
  /// At least one. All must be met.
  public var criteria: [Criterion]
  public var location: SourceLocation
  /// The rival as written, in canonical form: `permuted_labels(within: norms.supersense, replicates: 10000)`. The
  /// defaults that the checker filled in are not part of it. Unique within a hypothesis.
  public var label: String

  /// - Parameter label: `nil`: the rival's name.
  public init(rival: Rival, criteria: [Criterion], location: SourceLocation, label: String? = nil) {
    self.rival = rival
    self.criteria = criteria
    self.location = location
    self.label = label ?? rival.name
  }
}

/// The rivals that the language knows. Each has a file of its own, with its parameters and their meaning.
public enum Rival: Sendable, Hashable {
  case permutedLabels(PermutedLabels)
  case controlTask(ControlTask)
  case randomEmbedding(RandomEmbedding)
  case untrained(Untrained)
  case confounds(Confounds)
  case randomNorms(RandomNorms)
  case irrelevantTarget(IrrelevantTarget)
  case categoryMeans(CategoryMeans)
  case knnCopy(KNNCopy)
  case swappedSides(SwappedSides)
  case otherRepresentation(OtherRepresentation)
  /// A rival of a measurement on sentences.
  case text(TextRival)
  case majority
  case meanPredictor

  /// The keyword in the language and the name in the record.
  public var name: String { signature.keyword }

  /// How many worlds are scored, where the hypothesis says so; an untrained twin has as many as there are tensors.
  public var replicates: Int? {
    switch self {
    case .permutedLabels(let rival): rival.replicates
    case .controlTask(let rival): rival.replicates
    case .randomEmbedding(let rival): rival.replicates
    case .randomNorms(let rival): rival.replicates
    case .swappedSides(let rival): rival.replicates
    case .text(let rival): rival.replicates
    case .untrained, .confounds, .irrelevantTarget, .categoryMeans, .knnCopy, .otherRepresentation, .majority,
      .meanPredictor:
      nil
    }
  }

  /// The parameters of this rival.
  public var signature: Signature {
    switch self {
    case .permutedLabels: PermutedLabels.signature
    case .controlTask: ControlTask.signature
    case .randomEmbedding: RandomEmbedding.signature
    case .untrained: Untrained.signature
    case .confounds: Confounds.signature
    case .randomNorms: RandomNorms.signature
    case .irrelevantTarget: IrrelevantTarget.signature
    case .categoryMeans: CategoryMeans.signature
    case .knnCopy: KNNCopy.signature
    case .swappedSides: SwappedSides.signature
    case .otherRepresentation: OtherRepresentation.signature
    case .text(let rival): rival.signature
    case .majority: TrivialPredictor.majority
    case .meanPredictor: TrivialPredictor.meanPredictor
    }
  }

  /// Every signature, sorted by keyword.
  public static let signatures: [Signature] =
    ([
      CategoryMeans.signature, Confounds.signature, ControlTask.signature, IrrelevantTarget.signature,
      KNNCopy.signature, TrivialPredictor.majority, TrivialPredictor.meanPredictor,
      OtherRepresentation.signature, PermutedLabels.signature, RandomEmbedding.signature,
      RandomNorms.signature,
      SwappedSides.signature, Untrained.signature,
    ] + TextRival.signatures).sorted { $0.keyword < $1.keyword }
}

/// One condition on the comparison of a score with a rival: `p < 0.01`, `margin >= 0.05`.
public struct Criterion: Sendable, Hashable, CustomStringConvertible {
  public var quantity: Quantity
  public var comparison: Comparison
  public var threshold: Double

  public init(_ quantity: Quantity, _ comparison: Comparison, _ threshold: Double) {
    self.quantity = quantity
    self.comparison = comparison
    self.threshold = threshold
  }

  public var description: String {
    // Swift prints the shortest digits that round-trip; a whole number loses its ".0".
    let number =
      threshold == threshold.rounded() && abs(threshold) < 1e15 ? "\(Int(threshold))" : "\(threshold)"
    return "\(quantity.rawValue) \(comparison.rawValue) \(number)"
  }
}

/// What a criterion is about.
public enum Quantity: String, Sendable, Hashable, Codable, CaseIterable {
  /// The Monte Carlo (or exact) p-value of the score among the rival's scores.
  case p
  /// The score minus the mean score of the rival.
  case margin
  /// The same as `margin`, under the name that Hewitt & Liang (2019) gave it for control tasks.
  case selectivity
  /// What the representation adds to confounds: the score of both together less that of the confounds alone.
  case added
}
