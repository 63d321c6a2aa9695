/// `residualize representation on t[length, frequency]`, `residualize targets on t.length`: what of a measurement is
/// replaced by its residuals, inside every training fold, after a least-squares fit to plain columns.
public struct Residualized: Sendable, Hashable {
  /// What can be residualised.
  public enum Part: String, Sendable, Hashable, CaseIterable {
    case representation
    case targets
  }

  /// The confounds of the representation; `nil` where it stays as it is.
  public var representation: ColumnSelection?
  /// The confounds of the targets; `nil` where they stay as they are.
  public var targets: ColumnSelection?

  public init(representation: ColumnSelection? = nil, targets: ColumnSelection? = nil) {
    self.representation = representation
    self.targets = targets
  }

  /// The confounds of a part; `nil` where it stays as it is.
  public subscript(part: Part) -> ColumnSelection? {
    get { part == .representation ? representation : targets }
    set { if part == .representation { representation = newValue } else { targets = newValue } }
  }

  /// Every column that is used, each once, in the order of the file.
  public var columns: [String] {
    var columns: [String] = []
    for column in (representation?.columns ?? []) + (targets?.columns ?? []) where !columns.contains(column) {
      columns.append(column)
    }
    return columns
  }

  /// The statement's keyword and its heading in the documentation.
  public static let keyword = "residualize"
}

extension Metric {
  /// Whether the targets that it scores may be residuals: numbers that are compared with predictions one by one, by size or
  /// by rank. Classes and features have no residuals that are classes or features.
  public var takesResiduals: Bool {
    switch self {
    case .r2, .r2PerFeature, .mse, .spearman, .spearmanPerFeature, .spearmanPerItem: true
    case .accuracy, .balancedAccuracy, .auc, .descriptionLength, .f1, .precisionAtK, .meanAveragePrecision,
      .neighbourhoodAccuracy:
      false
    }
  }
}
