internal import GSL
internal import Glibc

/// A generalized Pareto distribution fitted to excesses over a threshold by maximum likelihood.
public struct GeneralizedPareto: Sendable, Hashable {
  /// Negative for a distribution with an end, 0 for the exponential, positive for a heavy tail.
  public let shape: Double
  public let scale: Double
  public let logLikelihood: Double
  /// Whether the support constraint holds the fit: without it the distribution would end before `support`.
  public let isConstrained: Bool

  /// P(X > x), x being an excess.
  public func tail(_ x: Double) -> Double {
    (try? generalizedParetoTail(x, shape: shape, scale: scale)) ?? 1
  }

  /// The fit with the greatest likelihood among shapes of at least -1 (below, the likelihood has no bound) whose
  /// distribution ends no sooner than at `support`.
  ///
  /// With theta = shape / scale, the best shape for a given theta is the mean of log(1 + theta x), so that one
  /// number is sought (Grimshaw 1993, Technometrics 35, 185). The constraint is theta >= -1 / support (Peschel,
  /// Boulesteix, von Mutius and Müller 2026, arXiv 2602.22975).
  ///
  /// - Parameter excesses: positive numbers.
  /// - Returns: nil unless there are two different excesses, all positive and finite.
  public init?(excesses: [Double], support: Double = 0) {
    guard excesses.allSatisfy({ $0 > 0 && $0.isFinite }), let largest = excesses.max(),
      let least = excesses.min(), least < largest
    else { return nil }
    let count = Double(excesses.count)
    let mean = excesses.reduce(0, +) / count
    let lower = -1 / max(largest, support)
    func shape(_ theta: Double) -> Double { excesses.reduce(0) { $0 + log1p(theta * $1) } / count }
    /// The log-likelihood of one excess, on average; below every other where it is not allowed.
    func likelihood(_ theta: Double) -> Double {
      if abs(theta) * mean < 1e-9 { return -log(mean) - 1 }
      let shape = shape(theta)
      let value = -log(shape / theta) - shape - 1
      return shape >= -1 && value.isFinite ? value : -.infinity
    }
    // By its distance from the lower end, on a logarithmic scale from next to nothing to very heavy tails: first
    // the best of a grid, then the golden section around it.
    func theta(_ step: Double) -> Double { lower + exp(step) / mean }
    let (first, last, steps) = (log(1e-7), log(1e3), 60)
    let grid = (0...steps).map { first + (last - first) * Double($0) / Double(steps) }
    let values = grid.map { likelihood(theta($0)) }
    let best = values.indices.reduce(0) { values[$1] > values[$0] ? $1 : $0 }
    var (low, high) = (grid[max(best - 1, 0)], grid[min(best + 1, steps)])
    let ratio = (5.0.squareRoot() - 1) / 2
    var (left, right) = (high - ratio * (high - low), low + ratio * (high - low))
    var (atLeft, atRight) = (likelihood(theta(left)), likelihood(theta(right)))
    for _ in 0..<60 {
      if atLeft >= atRight {
        (high, right, atRight) = (right, left, atLeft)
        left = high - ratio * (high - low)
        atLeft = likelihood(theta(left))
      } else {
        (low, left, atLeft) = (left, right, atRight)
        right = low + ratio * (high - low)
        atRight = likelihood(theta(right))
      }
    }
    var (chosen, value) = atLeft >= atRight ? (theta(left), atLeft) : (theta(right), atRight)
    // The end of the allowed range itself, where the constraint binds.
    isConstrained = support > largest && likelihood(lower) >= value
    if isConstrained { (chosen, value) = (lower, likelihood(lower)) }
    guard value.isFinite else { return nil }
    if abs(chosen) * mean < 1e-9 {
      (self.shape, self.scale) = (0, mean)
    } else {
      self.shape = shape(chosen)
      self.scale = shape(chosen) / chosen
    }
    logLikelihood = value * count
  }

  /// The Anderson-Darling statistic of the excesses that were fitted.
  public func andersonDarling(_ excesses: [Double]) -> Double {
    let sorted = excesses.sorted()
    let count = Double(sorted.count)
    var sum = 0.0
    for (i, value) in sorted.enumerated() {
      let below = 1 - tail(value)
      let above = tail(sorted[sorted.count - 1 - i])
      sum += (2 * Double(i) + 1) * (log(below) + log(above))
    }
    return -count - sum / count
  }

  /// Whether the excesses look drawn from the distribution fitted to them: their Anderson-Darling statistic lies
  /// below its 95 % point for this shape. As both parameters are estimated, that point depends on the shape alone;
  /// between shapes it is interpolated, beyond them the nearest one's is taken.
  ///
  /// The test is that of Choulakian and Stephens 2001 (Technometrics 43, 478). The points are our own simulation
  /// (8,000 samples of 250 for each shape), right to about 0.02; theirs at shape 0 is 0.974.
  public func fits(_ excesses: [Double]) -> Bool {
    let points = Self.points
    let position = min(max((shape + 0.5) * 10, 0), Double(points.count - 1))
    let below = min(Int(position), points.count - 2)
    let point = points[below] + (points[below + 1] - points[below]) * (position - Double(below))
    return andersonDarling(excesses) < point
  }

  /// For the shapes -0.5, -0.4 ... 0.5.
  private static let points = [1.18, 1.12, 1.08, 1.04, 1.00, 0.97, 0.94, 0.90, 0.88, 0.85, 0.83]
}
