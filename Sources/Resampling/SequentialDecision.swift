internal import GSL
internal import Glibc

/// Decides from random replicates, drawn a batch at a time, on which side of a level a p-value lies, and stops as
/// soon as that is clear. For two sides, decide about each tail at alpha/2.
///
/// The p-value meant is the one that endlessly many replicates would give. Whatever it is, and whenever and
/// however often one looks, the decision is wrong with a probability of at most `risk` (a uniformly bounded
/// resampling risk: Gandy 2009, JASA 104, 1504).
///
/// The evidence for "below" is a bet on each replicate: the likelihood of the exceedances so far, averaged over
/// all p in 0...alpha, over their likelihood at alpha. It is a nonnegative supermartingale for every p >= alpha,
/// so that it ever reaches 1/risk with probability at most risk (Ville's inequality). The evidence for "above"
/// averages over alpha...1. Testing by betting on Monte Carlo replicates, with mixtures of binomial strategies:
/// Fischer and Ramdas, arXiv 2401.07365; used by Fischer, Barry and Ramdas, arXiv 2404.15586; earlier rules for
/// stopping: Besag and Clifford 1991, Biometrika 78, 301.
public struct SequentialDecision: Sendable, Hashable {
  public enum Outcome: Sendable, Hashable {
    /// Draw more.
    case undecidedYet
    /// The p-value lies below alpha.
    case below
    /// The p-value lies above alpha.
    case above
    /// The cap is reached, and the p-value is too close to alpha to say.
    case undecided
  }

  public let alpha: Double
  public let risk: Double
  /// No more replicates than this are asked for.
  public let cap: Int
  /// The number of replicates that reached the observed statistic.
  public private(set) var exceedances = 0
  public private(set) var replicates = 0
  /// What is decided. Once it is `below` or `above`, it stays.
  public private(set) var outcome = Outcome.undecidedYet

  /// - Precondition: `alpha` and `risk` lie between 0 and 1, and `cap` is positive.
  public init(alpha: Double, risk: Double = 0.001, cap: Int) {
    precondition(alpha > 0 && alpha < 1, "alpha \(alpha) does not lie between 0 and 1")
    precondition(risk > 0 && risk < 1, "the risk \(risk) does not lie between 0 and 1")
    precondition(cap > 0, "a cap of \(cap) replicates")
    self.alpha = alpha
    self.risk = risk
    self.cap = cap
  }

  /// Takes the next replicates into account. How they are divided into batches may depend on anything that was
  /// seen before.
  /// - Precondition: 0 <= exceedances <= replicates.
  @discardableResult
  public mutating func add(exceedances: Int, replicates: Int) -> Outcome {
    precondition(
      exceedances >= 0 && exceedances <= replicates, "\(exceedances) of \(replicates) replicates")
    self.exceedances += exceedances
    self.replicates += replicates
    guard outcome == .undecidedYet || outcome == .undecided else { return outcome }
    let threshold = -log(risk)
    if logEvidenceBelow >= threshold {
      outcome = .below
    } else if logEvidenceAbove >= threshold {
      outcome = .above
    } else {
      outcome = self.replicates >= cap ? .undecided : .undecidedYet
    }
    return outcome
  }

  /// The least number of replicates, none of which reached the observed statistic, that decides for "below": with
  /// fewer no decision for it is possible. About ln(1/risk)/alpha and a third more.
  public var fewestForBelow: Int {
    func decides(_ replicates: Int) -> Bool {
      var trial = SequentialDecision(alpha: alpha, risk: risk, cap: .max)
      return trial.add(exceedances: 0, replicates: replicates) == .below
    }
    // The evidence grows with every replicate that falls short.
    var (no, yes) = (0, 1)
    while !decides(yes) { (no, yes) = (yes, 2 * yes) }
    while yes - no > 1 {
      let middle = (no + yes) / 2
      if decides(middle) { yes = middle } else { no = middle }
    }
    return yes
  }

  /// The logarithm of the evidence that the p-value lies below alpha.
  public var logEvidenceBelow: Double {
    logEvidence(prior: alpha, posterior: (try? betaCDF(alpha, a: successes, b: failures)) ?? 0)
  }

  /// The logarithm of the evidence that the p-value lies above alpha.
  public var logEvidenceAbove: Double {
    logEvidence(prior: 1 - alpha, posterior: (try? betaCDF(1 - alpha, a: failures, b: successes)) ?? 0)
  }

  private var successes: Double { Double(exceedances + 1) }
  private var failures: Double { Double(replicates - exceedances + 1) }

  /// The logarithm of the integral over p^S (1 - p)^(n - S): a beta function.
  private var logMixture: Double {
    logFactorial(exceedances) + logFactorial(replicates - exceedances) - logFactorial(replicates + 1)
  }

  private func logLikelihood(_ p: Double) -> Double {
    let (hits, misses) = (Double(exceedances), Double(replicates - exceedances))
    return (hits == 0 ? 0 : hits * log(p)) + (misses == 0 ? 0 : misses * log1p(-p))
  }

  /// Of the mixture over one side of alpha: that side's share of the whole beta function, over its width.
  private func logEvidence(prior: Double, posterior: Double) -> Double {
    log(posterior) + logMixture - log(prior) - logLikelihood(alpha)
  }

  /// The p-value of the replicates so far, with an interval that holds at all times at once: the probability that
  /// any of the intervals, after whatever number of replicates, misses the p-value of endlessly many is at most
  /// 5 %. It contains every p for which the mixture over 0...1 is less than twenty times as likely (Robbins 1970,
  /// Ann. Math. Stat. 41, 1397; for Monte Carlo tests Ding, Gandy and Hahn 2020, Comput. Stat. 35, 1373).
  public var pValue: PValue {
    let fixed = Resampling.pValue(exceedances: exceedances, replicates: replicates, exact: false)
    return PValue(
      value: fixed.value, interval: interval(confidence: 0.95), exceedances: exceedances,
      replicates: replicates, isExact: false)
  }

  /// The interval of `pValue` at any confidence.
  /// - Precondition: the confidence lies between 0 and 1.
  public func interval(confidence: Double) -> ClosedRange<Double> {
    precondition(
      confidence > 0 && confidence < 1, "the confidence \(confidence) does not lie between 0 and 1")
    guard replicates > 0 else { return 0...1 }
    let least = logMixture + log(1 - confidence)
    let peak = Double(exceedances) / Double(replicates)
    /// Where the likelihood falls to the least one, between the peak (above it) and an end (below it).
    func crossing(_ end: Double) -> Double {
      if logLikelihood(end) > least { return end }
      var (inside, outside) = (peak, end)
      while true {
        let middle = inside + (outside - inside) / 2
        if middle == inside || middle == outside { return outside }
        if logLikelihood(middle) > least { inside = middle } else { outside = middle }
      }
    }
    return crossing(0)...crossing(1)
  }
}
