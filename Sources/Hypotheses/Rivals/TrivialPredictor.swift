/// Predictors that never see the representation.
public enum TrivialPredictor {
  /// The commonest class of the training fold (ties: the class that sorts first), for every test item.
  public static let majority = Signature(
    keyword: "majority", summary: "the commonest class of the training fold", criteria: [.margin])
  /// The mean of the training fold, for every test item.
  public static let meanPredictor = Signature(
    keyword: "mean_predictor", summary: "the mean of the training fold", criteria: [.margin])
}
