/// The share of positions whose own input token can be recovered from their state at a layer (Brunner et al. 2020, ICLR,
/// section 4). The decoder decides the conclusion, so a claim names it.
public struct TokenIdentity: Sendable, Hashable {
  public enum Decoder: String, Sendable, Hashable, CaseIterable {
    /// The nearest input embedding; nothing is learned.
    case nearest
    /// The nearest input embedding to a ridge regression's prediction of it.
    case linear
    /// The same by a network with one hidden layer.
    case mlp
    /// The token of the nearest state in other sentences.
    case nearestToken = "nearest_token"
  }
  public enum Candidates: String, Sendable, Hashable, CaseIterable {
    /// The input embeddings of the same sentence's positions.
    case sentence
    /// Every input embedding that the file holds; for `nearest_token` every token of the other sentences.
    case vocabulary
  }
  public var run: String
  /// 0: what the first layer reads; k: what layer k reads, which is the output of layer k - 1.
  public var layer: Int
  public var decoder: Decoder
  public var candidates: Candidates
  public var similarity: Similarity

  public init(
    run: String, layer: Int, decoder: Decoder, candidates: Candidates = .sentence,
    similarity: Similarity = .cosine
  ) {
    self.run = run
    self.layer = layer
    self.decoder = decoder
    self.candidates = candidates
    self.similarity = similarity
  }

  public static let signature = Signature(
    keyword: "token_identity",
    summary: "the share of positions whose own input token can be recovered from their state",
    parameters: [
      Parameter("run", .representations, positional: true, summary: "the activations"),
      Parameter("layer", .integer(0...10_000), summary: "whose input the states are; 0: the first layer's"),
      Parameter(
        "decoder", .choice(Decoder.allCases.map(\.rawValue)), default: "nearest",
        summary: "how the token is recovered"),
      Parameter(
        "among", .choice(Candidates.allCases.map(\.rawValue)), default: "sentence",
        summary: "which tokens may be answered"),
      Similarity.parameter,
    ])
}

/// The share of positions whose state at a layer is nearest, among the sentence's positions, to their own state at an
/// earlier one.
public struct PositionalConsistency: Sendable, Hashable {
  public var run: String
  public var from: Int
  public var layer: Int
  public var similarity: Similarity

  public init(run: String, from: Int, layer: Int, similarity: Similarity = .cosine) {
    self.run = run
    self.from = from
    self.layer = layer
    self.similarity = similarity
  }

  public static let signature = Signature(
    keyword: "positional_consistency",
    summary: "the share of positions nearest to themselves at an earlier layer",
    parameters: [
      Parameter("run", .representations, positional: true, summary: "the activations"),
      Parameter("from", .integer(0...10_000), default: "0", summary: "the earlier layer"),
      Parameter("layer", .integer(0...10_000), summary: "the later layer"),
      Similarity.parameter,
    ])
}
