/// The same probe on representations that know nothing of the items.
public struct RandomEmbedding: Sendable, Hashable {
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// Independent standard normal entries, of the same shape.
    case gaussian
    /// Uniform on the unit sphere.
    case spherical
    /// Gaussian, with the mean and the covariance of the real vectors.
    case covarianceMatched = "covariance_matched"
    /// The rows of the real matrix, dealt anew to the types.
    case shuffledRows = "shuffled_rows"
    /// Every dimension of the real matrix, dealt anew to the types on its own.
    case shuffledDimensions = "shuffled_dimensions"
    /// A random projection of the counts of a text's character n-grams: spelling, and nothing else.
    case characterNgrams = "character_ngrams"
  }

  public var kind: Kind
  /// Items that share a value of this column share one random vector; `nil`: the hypothesis's unit, else every item
  /// has its own.
  public var by: ColumnReference?
  /// For `character_ngrams`: the column that holds the text; `nil`: the item's key.
  public var text: ColumnReference?
  public var replicates: Int

  public init(kind: Kind, by: ColumnReference? = nil, text: ColumnReference? = nil, replicates: Int = 200) {
    self.kind = kind
    self.by = by
    self.text = text
    self.replicates = replicates
  }

  public static let signature = Signature(
    keyword: "random_embedding",
    summary: "the same probe on representations that know nothing of the items",
    parameters: [
      Parameter(
        "kind", .choice(Kind.allCases.map(\.rawValue)), positional: true, summary: "how vectors are drawn"),
      Parameter("by", .column, default: "the unit", summary: "items that share a value share one vector"),
      Parameter("text", .column, default: "the key", summary: "what `character_ngrams` are taken from"),
      Parameter(
        "replicates", .integer(1...100_000_000), default: "200", summary: "how many random embeddings"),
    ],
    criteria: [.margin, .p])
}
