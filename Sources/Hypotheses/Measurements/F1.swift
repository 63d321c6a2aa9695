/// The harmonic mean of precision and recall of predicted features.
///
/// A feature is predicted where the prediction exceeds a threshold. `training`: the threshold with the largest F1 on the
/// training fold's own fit, one for all columns (micro) or one per column (macro), chosen again in every world.
public struct F1: Sendable, Hashable {
  public enum Average: Sendable, Hashable {
    /// One F1 of all cells together.
    case micro
    /// The mean of the columns' own F1.
    case macro
  }

  public enum Threshold: Sendable, Hashable {
    case training
    case fixed(Double)
  }

  public var average: Average
  public var threshold: Threshold

  public init(_ average: Average, threshold: Threshold = .training) {
    self.average = average
    self.threshold = threshold
  }

  static let microSignature = Signature(
    keyword: "f1_micro", summary: "F1 of all cells together", parameters: [thresholdParameter])
  static let macroSignature = Signature(
    keyword: "f1_macro", summary: "the mean of the columns' F1", parameters: [thresholdParameter])

  private static let thresholdParameter = Parameter(
    "threshold", .oneOf([.number(-1e9...1e9), .choice(["training"])]), default: "training",
    summary: "what a prediction must exceed: a number, or what is best on the training fold's own fit")
}
