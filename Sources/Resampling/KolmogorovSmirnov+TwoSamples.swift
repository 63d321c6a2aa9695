internal import Glibc

extension KolmogorovSmirnov {
  /// Whether two samples look drawn from one distribution.
  ///
  /// The probability is Kolmogorov's limit with Stephens's correction (1970) at the effective size nm / (n + m); with
  /// ties it is conservative, so that discrete scores are not taken for a difference.
  /// - Precondition: both samples hold a value, and none is NaN.
  public init(_ first: [Double], _ second: [Double]) {
    precondition(!first.isEmpty && !second.isEmpty, "an empty sample")
    let (a, b) = (first.sorted(), second.sorted())
    var (i, j, distance) = (0, 0, 0.0)
    while i < a.count && j < b.count {
      let value = min(a[i], b[j])
      while i < a.count && a[i] == value { i += 1 }
      while j < b.count && b[j] == value { j += 1 }
      distance = max(distance, abs(Double(i) / Double(a.count) - Double(j) / Double(b.count)))
    }
    let size = (Double(a.count) * Double(b.count) / Double(a.count + b.count)).squareRoot()
    let scaled = (size + 0.12 + 0.11 / size) * distance
    var tail = 0.0
    // The alternating series converges within a few terms above 0.2, below which the probability is 1.
    if scaled < 0.2 {
      tail = 1
    } else {
      for k in 1...100 { tail += (k % 2 == 1 ? 2 : -2) * exp(-2 * Double(k * k) * scaled * scaled) }
    }
    statistic = distance
    probability = min(max(tail, 0), 1)
  }
}
