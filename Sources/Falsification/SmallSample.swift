/// What a reader must know where few units make an interval. The limit is measured: docs/calibration.md.
enum SmallSample {
  /// With 200 units some 95 % intervals were found to hold their truth in less than 93 % of the data sets.
  static let fewest = 250

  static func notes(units: Int) -> [String] {
    guard units < fewest else { return [] }
    return [
      "With \(units) units, 95 % intervals are narrower than they say: in simulations they held their truth in 85 to 95 % of the data sets with 60 units, and in 90 to 95 % with 200 (docs/calibration.md)."
    ]
  }
}
