/// The smallest p-value that equally likely arrangements can give, the observed one among them: one in as many as there are
/// distinct ones, whether all of them are scored or random ones endlessly often.
///
/// The checker, `refute power` and a run all ask here whether a level can be reached on some data (Phipson and Smyth 2010,
/// Stat. Appl. Genet. Mol. Biol. 9, 39, section 4).
/// - Parameter arrangements: how many distinct ones there are; infinite where they are too many to count.
public func smallestP(arrangements: Double) -> Double { 1 / max(1, arrangements) }

/// How many of something are needed before one in so many meets a criterion on p: distinct arrangements, or twins and the
/// claim together.
/// - Parameter meets: whether a p-value meets the criterion; holds for every smaller p if it does for one.
/// - Returns: the smallest such number; `nil` beyond 2^40.
public func fewestArrangements(where meets: (_ p: Double) -> Bool) -> Int? {
  var (no, yes) = (0, 1)
  while !meets(1 / Double(yes)) {
    (no, yes) = (yes, 2 * yes)
    if yes > 1 << 40 { return nil }
  }
  while yes - no > 1 {
    let middle = no + (yes - no) / 2
    if meets(1 / Double(middle)) { yes = middle } else { no = middle }
  }
  return yes
}

extension SequentialDecision {
  /// The fewest replicates that a p-value which is reported needs to be decided, if as large a share of them as `share`
  /// reaches the observed statistic: 105, 535 and 5,373 for levels of .05, .01 and .001 where none does.
  /// - Returns: `nil` where the share is alpha, or so near it that more than `limit` would be needed.
  /// - Precondition: alpha lies between 0 and 1, and the share in 0...1.
  public static func replicatesToReport(alpha: Double, share: Double = 0, limit: Int = 100_000_000) -> Int? {
    precondition((0...1).contains(share), "the share \(share) lies outside 0...1")
    guard share != alpha else { return nil }
    func decides(_ replicates: Int) -> Bool {
      let expected = share * Double(replicates)
      // Rounded towards alpha, so that the answer is on the safe side.
      let exceedances = min(replicates, Int(share < alpha ? expected.rounded(.up) : expected.rounded(.down)))
      var trial = SequentialDecision(alpha: alpha, risk: reportedRisk, cap: .max)
      return trial.add(exceedances: exceedances, replicates: replicates) == (share < alpha ? .below : .above)
    }
    var (no, yes) = (0, 1)
    while !decides(yes) {
      (no, yes) = (yes, 2 * yes)
      if yes > limit { return nil }
    }
    while yes - no > 1 {
      let middle = no + (yes - no) / 2
      if decides(middle) { yes = middle } else { no = middle }
    }
    return yes
  }
}
