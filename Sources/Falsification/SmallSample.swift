/// What a reader must know where few units make an interval. The limit is measured: docs/calibration.md.
enum SmallSample {
  /// With fewer units, intervals of 95 % were found to hold their truth in less than 93 % of the data sets.
  static let fewest = 100

  static func notes(units: Int) -> [String] {
    guard units < fewest else { return [] }
    return [
      "With \(units) units the intervals are narrower than they say: below \(fewest) units, 95 % intervals held their truth in less than 93 % of simulated data sets (docs/calibration.md)."
    ]
  }
}
