/// The model that is fitted from representation to targets.
public enum Probe: Sendable, Hashable {
  case ridge(Ridge)
  case pls(PLS)
  case ffnn(FFNN)
  case knn(KNN)
  case labelPropagation(LabelPropagation)
  case logistic(Logistic)

  /// The keyword in the language.
  public var keyword: String { signature.keyword }

  public var signature: Signature {
    switch self {
    case .ridge: Ridge.signature
    case .pls: PLS.signature
    case .ffnn: FFNN.signature
    case .knn: KNN.signature
    case .labelPropagation: LabelPropagation.signature
    case .logistic: Logistic.signature
    }
  }

  /// Every signature, sorted by keyword.
  public static let signatures: [Signature] = [
    FFNN.signature, KNN.signature, LabelPropagation.signature, Logistic.signature, PLS.signature,
    Ridge.signature,
  ]

  /// Whether the probe predicts classes only.
  public var needsClasses: Bool { if case .logistic = self { true } else { false } }
}

/// How features are scaled before a probe sees them.
public enum FeatureScale: String, Sendable, Hashable, CaseIterable {
  /// By the training fold's standard deviation.
  case standard
  case none

  static func parameter(default scale: FeatureScale = .standard) -> Parameter {
    Parameter(
      "scale", .choice(allCases.map(\.rawValue)), default: scale.rawValue,
      summary: "whether features are standardised on the training fold")
  }
}
