/// The mean over target columns of each column's own r2, with the sum of squares about the mean of the *training* fold
/// (scikit-learn's `r2_score(multioutput="uniform_average")`, but for that mean).
///
/// A column that every test item has at its training mean does not count.
enum R2PerFeature {
  static func itemScores(
    _ predictions: [Double], _ targets: Targets, _ split: Split, areCentred: Bool
  ) -> ItemScores {
    let (loss, base) = R2.squares(predictions, targets, split, areCentred: areCentred)
    return .columns(loss: loss, base: base)
  }
}
