internal import GSL
internal import Glibc

/// The bootstrap over units (Efron 1979): as many draws with replacement as there are units.
public struct UnitBootstrap: Sendable, Hashable {
  public let units: Int

  /// - Precondition: `units` is not negative and fits 31 bits.
  public init(units: Int) {
    precondition(units >= 0 && units <= Int(Int32.max), "\(units) units")
    self.units = units
  }

  /// How often each unit is drawn in a replicate; a pure function of (key, replicate).
  /// - Postcondition: the counts sum to the number of units.
  public func counts(_ key: StreamKey, replicate: Int) -> [Int32] {
    var counts: [Int32] = []
    self.counts(into: &counts, key: key, replicate: replicate)
    return counts
  }

  /// The same counts, written into an array that is reused.
  public func counts(into counts: inout [Int32], key: StreamKey, replicate: Int) {
    if counts.count != units { counts = Array(repeating: 0, count: units) }
    var stream = RandomStream(key, replicate: replicate)
    var span = counts.mutableSpan
    for i in span.indices { span[i] = 0 }
    for _ in 0..<units { span[stream.below(units)] += 1 }
  }
}

/// The quantile of ascending values at probability `q`, linear between the order statistics (Hyndman and
/// Fan's type 7, NumPy's default).
/// - Precondition: there is a value, and `q` lies in 0...1.
public func quantile(_ sorted: [Double], _ q: Double) -> Double {
  precondition(!sorted.isEmpty && (0...1).contains(q), "the quantile \(q) of \(sorted.count) values")
  let position = q * Double(sorted.count - 1)
  let below = Int(position)
  let above = min(below + 1, sorted.count - 1)
  let (low, high) = (sorted[below], sorted[above])
  // Equal neighbours, infinite ones too, need no interpolation.
  if low == high { return low }
  let fraction = position - Double(below)
  if fraction == 0 { return low }
  // From the nearer end, as NumPy does, so that the result never leaves low...high.
  return fraction < 0.5 ? low + (high - low) * fraction : high - (high - low) * (1 - fraction)
}

/// The interval between two quantiles of bootstrap replicates that leaves equal tails. Replicates that are
/// not finite are left out; without any other, nothing is known, and the interval holds every finite number.
/// - Precondition: the confidence lies between 0 and 1.
/// - Postcondition: both ends are finite.
public func percentileInterval(replicates: [Double], confidence: Double = 0.95) -> ClosedRange<Double> {
  precondition(confidence > 0 && confidence < 1, "the confidence \(confidence) does not lie between 0 and 1")
  let sorted = replicates.filter(\.isFinite).sorted()
  guard !sorted.isEmpty else { return -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude }
  let tail = (1 - confidence) / 2
  let low = quantile(sorted, tail)
  return low...max(low, quantile(sorted, 1 - tail))
}

/// The bias-corrected and accelerated bootstrap interval (Efron 1987, JASA 82, 171; Efron and Tibshirani
/// 1993, ch. 14).
///
/// - Parameters:
///   - estimate: the statistic on the data.
///   - replicates: the statistic on bootstrap samples. Those that are not finite are left out.
///   - jackknife: the statistic with one observation left out, one list for each independent sample that it
///     is computed from (the units; the random worlds). With L_ki the influence of observation i of sample k
///     and n_k the sample's size, the acceleration is (1/6) sum L_ki^3/n_k^3 / (sum L_ki^2/n_k^2)^(3/2).
///
/// Where the correction is not defined the answer is `percentileInterval`: when the estimate is not finite,
/// when it lies beyond all the replicates (an infinite bias correction), or when the corrected probabilities
/// do not come out in order. Jackknife values that are not finite, or that do not vary, give the acceleration
/// 0.
/// - Precondition: the confidence lies between 0 and 1.
/// - Postcondition: both ends are finite, and lie within the range of the finite replicates if there are any.
public func bcaInterval(
  estimate: Double, replicates: [Double], jackknife: [[Double]], confidence: Double = 0.95
) -> ClosedRange<Double> {
  precondition(confidence > 0 && confidence < 1, "the confidence \(confidence) does not lie between 0 and 1")
  let sorted = replicates.filter(\.isFinite).sorted()
  let percentile = percentileInterval(replicates: sorted, confidence: confidence)
  // Half of the ties count as below, as SciPy does. With few units many samples are the data themselves, and rounding must
  // not say on which side they lie.
  let slack = 1e-12 * abs(estimate) + 1e-9 * ((sorted.last ?? 0) - (sorted.first ?? 0))
  let below = sorted.reduce(0) {
    $0 + ($1 < estimate - slack ? 1 : 0) + ($1 <= estimate + slack ? 1 : 0)
  }
  guard estimate.isFinite, below > 0, below < 2 * sorted.count else { return percentile }
  let bias = normalQuantile(Double(below) / Double(2 * sorted.count))
  let acceleration = acceleration(jackknife)
  let z = normalQuantile((1 - confidence) / 2)
  func corrected(_ z: Double) -> Double? {
    let shifted = bias + z
    let scale = 1 - acceleration * shifted
    // Beyond its pole the correction turns round.
    return scale > 0 ? normalCDF(bias + shifted / scale) : nil
  }
  guard let lower = corrected(z), let upper = corrected(-z), lower <= upper else { return percentile }
  let low = quantile(sorted, lower)
  return low...max(low, quantile(sorted, upper))
}

/// The standard deviation of bootstrap replicates (with n - 1); those that are not finite are left out, and of fewer than two
/// it is 0.
public func standardError(ofReplicates replicates: [Double]) -> Double {
  let values = replicates.filter(\.isFinite)
  guard values.count > 1 else { return 0 }
  let mean = values.reduce(0, +) / Double(values.count)
  return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)).squareRoot()
}

/// The quantile of the largest studentised deviation of any of several estimates in their bootstrap replicates, upwards or
/// downwards, whichever is larger; at least that of a single normal number. Estimates that do not vary do not count.
/// - Parameter replicates: by estimate and replicate.
/// - Precondition: the probability lies between 0 and 1; all estimates have as many replicates.
public func largestStudentizedDeviation(
  estimates: [Double], replicates: [[Double]], probability: Double
) -> Double {
  let errors = replicates.map(standardError(ofReplicates:))
  var quantiles = [normalQuantile(probability)]
  for sign in [1.0, -1.0] {
    let deviations = (replicates.first ?? []).indices.map { replicate in
      var most = -Double.infinity
      for (cell, error) in errors.enumerated() where error > 1e-9 {
        most = max(most, sign * (replicates[cell][replicate] - estimates[cell]) / error)
      }
      return most
    }.filter(\.isFinite).sorted()
    if !deviations.isEmpty { quantiles.append(quantile(deviations, probability)) }
  }
  return quantiles.max()!
}

/// The acceleration of `bcaInterval`; 0 where it is not defined.
private func acceleration(_ jackknife: [[Double]]) -> Double {
  var cubes = 0.0
  var squares = 0.0
  for values in jackknife where !values.isEmpty {
    let n = Double(values.count)
    let mean = values.reduce(0, +) / n
    // Values that differ by rounding alone have no influence; their cubes and squares would still make a
    // ratio.
    let largest = values.reduce(0) { max($0, abs($1)) }
    guard values.contains(where: { !(abs($0 - values[0]) <= 1e-13 * largest) }) else { continue }
    for value in values {
      // The influence over n.
      let influence = (n - 1) * (mean - value) / n
      squares += influence * influence
      cubes += influence * influence * influence
    }
  }
  let result = cubes / (6 * squares * squares.squareRoot())
  return result.isFinite ? result : 0
}
