/// Rivals of measurements on sentences.
public enum TextRival: Sendable, Hashable {
  case fixedOffset(FixedOffset)
  case linearChain
  case nearestWord(NearestWord)
  case permutedAttention(replicates: Int)
  case permutedHeads(replicates: Int)
  case permutedPositions(replicates: Int)
  case positionOnly
  case randomAttention(replicates: Int)
  case randomProjection(replicates: Int)
  case uniformAttention

  /// How many worlds are scored; `nil` for a single one.
  public var replicates: Int? {
    switch self {
    case .permutedAttention(let count), .permutedHeads(let count), .permutedPositions(let count),
      .randomAttention(let count), .randomProjection(let count):
      count
    case .fixedOffset, .linearChain, .nearestWord, .positionOnly, .uniformAttention: nil
    }
  }

  public var signature: Signature {
    switch self {
    case .fixedOffset: FixedOffset.signature
    case .linearChain: Self.linearChainSignature
    case .nearestWord: NearestWord.signature
    case .permutedAttention: Self.permutedAttentionSignature
    case .permutedHeads: Self.permutedHeadsSignature
    case .permutedPositions: Self.permutedPositionsSignature
    case .positionOnly: Self.positionOnlySignature
    case .randomAttention: Self.randomAttentionSignature
    case .randomProjection: Self.randomProjectionSignature
    case .uniformAttention: Self.uniformAttentionSignature
    }
  }

  /// The keywords of the measurements that it can be set against.
  public var measurements: [String] {
    switch self {
    case .fixedOffset, .nearestWord, .permutedAttention, .permutedHeads, .randomAttention, .uniformAttention:
      ["head_accuracy"]
    case .permutedPositions: ["token_identity", "positional_consistency"]
    case .positionOnly: ["token_identity"]
    case .linearChain: ["uuas", "distance_spearman"]
    case .randomProjection: ["uuas", "distance_spearman", "depth_spearman", "root_accuracy"]
    }
  }

  /// Every signature, sorted by keyword.
  public static let signatures: [Signature] = [
    FixedOffset.signature, linearChainSignature, NearestWord.signature, permutedAttentionSignature,
    permutedHeadsSignature, permutedPositionsSignature, positionOnlySignature, randomAttentionSignature,
    randomProjectionSignature, uniformAttentionSignature,
  ]

  private static func replicates(_ count: Int) -> Parameter {
    let digits = count >= 1000 ? "\(count / 1000)_\(String(1000 + count % 1000).dropFirst())" : "\(count)"
    return Parameter(
      "replicates", .integer(1...10_000_000), default: digits, summary: "how many worlds are scored")
  }

  static let linearChainSignature = Signature(
    keyword: "linear_chain", summary: "every word joined to its neighbours, and nothing else",
    criteria: [.margin])
  static let permutedAttentionSignature = Signature(
    keyword: "permuted_attention",
    summary: "each word's attention weights rearranged among the other words: the same entropy, no content",
    parameters: [replicates(200)], criteria: [.margin, .p])
  /// The default number of replicates is 2,000.
  static let permutedHeadsSignature = Signature(
    keyword: "permuted_heads",
    summary:
      "the tree's heads rearranged among the words of the sentence; the best of the family is taken anew",
    parameters: [
      Parameter("within", .choice(["sentence"]), default: "sentence", summary: "where heads change places"),
      replicates(2_000),
    ], criteria: [.p, .margin])
  static let permutedPositionsSignature = Signature(
    keyword: "permuted_positions", summary: "the states rearranged among the positions of their sentence",
    parameters: [replicates(200)], criteria: [.p, .margin])
  static let positionOnlySignature = Signature(
    keyword: "position_only", summary: "the token that is commonest at the same position of other sentences",
    criteria: [.margin])
  static let randomAttentionSignature = Signature(
    keyword: "random_attention",
    summary: "attention between random projections of the tokens' embeddings, as sharp as the real one",
    parameters: [replicates(50)], criteria: [.margin, .p])
  static let randomProjectionSignature = Signature(
    keyword: "random_projection", summary: "a random linear map of the same rank in the place of the probe",
    parameters: [replicates(50)], criteria: [.margin, .p])
  static let uniformAttentionSignature = Signature(
    keyword: "uniform_attention", summary: "every other word attended to equally", criteria: [.margin])
}

/// The word at a constant distance. The distance is the best of a range on the other folds' sentences, so it is learned
/// as the family's best head is (Clark et al. 2019, Table 1).
public struct FixedOffset: Sendable, Hashable {
  /// The distances tried, 0 left out; negative ones lie to the left.
  public var offsets: ClosedRange<Int>

  public init(offsets: ClosedRange<Int> = -5...5) {
    self.offsets = offsets
  }

  public static let signature = Signature(
    keyword: "fixed_offset", summary: "the word at the distance that is best on other sentences",
    parameters: [
      Parameter(
        "offsets", .range(-100...100), positional: true, default: "best of -5...5",
        summary: "the distances tried: `best of -5...5`")
    ], criteria: [.margin])
}

/// The nearest word of some part of speech: what a head would find that knows tags and nothing of trees.
public struct NearestWord: Sendable, Hashable {
  /// Universal parts of speech. Empty: the one part of speech, and the one side, that is best on other sentences.
  public var tags: [String]
  public var side: Side

  public enum Side: String, Sendable, Hashable, CaseIterable {
    case before
    case after
    /// Of two equally near, the one before.
    case either
    /// Whichever is best on other sentences.
    case best
  }

  public init(tags: [String] = [], side: Side = .best) {
    self.tags = tags
    self.side = side
  }

  public static let signature = Signature(
    keyword: "nearest_word", summary: "the nearest word of a part of speech",
    parameters: [
      Parameter(
        "tags", .words, positional: true, default: "the best on other sentences",
        summary: "universal parts of speech, such as VERB or [NOUN, PROPN]"),
      Parameter(
        "side", .choice(Side.allCases.map(\.rawValue)), default: "best", summary: "where it is looked for"),
    ], criteria: [.margin])
}
