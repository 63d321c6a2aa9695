/// Why a tail is not extrapolated.
public enum TailError: Error, Sendable, Hashable {
  /// So many replicates reach the observed statistic that their share is the better answer.
  case notNeeded(exceedances: Int)
  case tooFewReplicates(found: Int, needed: Int)
  /// The observed statistic or a replicate is not a finite number.
  case notFinite
  /// However few of the largest replicates are taken, no generalized Pareto distribution fits them.
  case noFit
}

/// An approximate p-value beyond the reach of the replicates, from a generalized Pareto distribution fitted to the
/// largest of them. For show, beside the p-value; it decides nothing.
///
/// After Knijnenburg, Wessels, Reinders and Shmulevich 2009 (Bioinformatics 25, i161): the excesses over a threshold,
/// at first a quarter of the replicates or 250, are fitted, and ten fewer as long as the fit is poor. The fitted
/// distribution does not end before the observed statistic and a margin beyond it (Peschel et al. 2026, arXiv
/// 2602.22975), so that the value is never 0.
public struct TailApproximation: Sendable, Hashable {
  /// More replicates than this at or above the observed statistic need no approximation.
  public static let enough = 10
  /// No fit is made to fewer excesses.
  public static let fewestExcesses = 50
  /// The approximate probability of a statistic at least as large as the observed one; above 0.
  public let value: Double
  public let threshold: Double
  /// The number of replicates above the threshold.
  public let excesses: Int
  public let replicates: Int
  public let fit: GeneralizedPareto

  /// - Parameters:
  ///   - null: the statistics of random replicates.
  ///   - margin: the distribution must reach this share further beyond the threshold than the observed statistic
  ///     does. With a small one, values are far too small where the constraint binds.
  /// - Throws: `TailError`.
  /// - Precondition: `margin` is positive.
  public init(observed: Double, null: [Double], margin: Double = 0.5) throws(TailError) {
    precondition(margin > 0, "the margin \(margin) is not positive")
    guard observed.isFinite, null.allSatisfy(\.isFinite) else { throw .notFinite }
    let needed = 4 * Self.fewestExcesses
    guard null.count >= needed else { throw .tooFewReplicates(found: null.count, needed: needed) }
    let exceedances = null.reduce(0) { $0 + (isAtLeast($1, observed) ? 1 : 0) }
    guard exceedances < Self.enough else { throw .notNeeded(exceedances: exceedances) }
    let descending = null.sorted(by: >)
    for count in stride(from: min(250, null.count / 4), through: Self.fewestExcesses, by: -10) {
      let threshold = (descending[count - 1] + descending[count]) / 2
      let excesses = descending[..<count].map { $0 - threshold }
      let distance = observed - threshold
      guard distance > 0,
        let fit = GeneralizedPareto(excesses: excesses, support: distance * (1 + margin)),
        fit.fits(excesses)
      else { continue }
      let value = Double(count) / Double(null.count) * fit.tail(distance)
      // A tail too thin for a number is not shown as 0.
      guard value > 0 else { continue }
      self.value = value
      self.threshold = threshold
      self.excesses = count
      self.fit = fit
      replicates = null.count
      return
    }
    throw .noFit
  }
}
