internal import GSL

/// What the fit of a logistic regression sums over items at some place along a direction.
struct LogisticSums {
  /// The derivative of the cross-entropy along the direction.
  var slope: Double
  /// The second derivative.
  var curvature: Double
  /// The sum of p (1 - p), where there is one column.
  var weight: Double
}

/// The element types in which logistic regressions are fitted, and their loops. Every count is a multiple of eight.
protocol LogisticScalar: BLASScalar {
  /// The sum of a[i] b[i].
  static func dot(_ a: UnsafePointer<Self>, _ b: UnsafePointer<Self>, _ count: Int) -> Double

  /// y += factor x.
  static func add(
    _ factor: Self, _ x: UnsafePointer<Self>, to y: UnsafeMutablePointer<Self>, _ count: Int)

  /// step[i] = gradient[i] / (weight squares[i] + penaltyFactor penalties[i]).
  /// - Returns: the sum of squares[i] step[i]^2.
  static func preconditioned(
    _ gradient: UnsafePointer<Self>, weight: Self, squares: UnsafePointer<Self>,
    penalties: UnsafePointer<Self>,
    penaltyFactor: Self, into step: UnsafeMutablePointer<Self>, _ count: Int
  ) -> Double

  /// The second derivative of a two-class cross-entropy along a direction, from the residuals p - y.
  static func curvature(
    residual: UnsafePointer<Self>, direction: UnsafePointer<Self>, _ count: Int
  ) -> Double

  /// The residuals p - y of two classes at eta + step direction.
  static func sigmoid(
    _ eta: UnsafePointer<Self>, _ direction: UnsafePointer<Self>, step: Self, targets: UnsafePointer<Self>,
    residual: UnsafeMutablePointer<Self>, _ count: Int
  ) -> LogisticSums

  /// The residuals of more classes, one row of `count` items each; rows of classes that are not among `classes` stay as
  /// they are.
  /// - Parameter weights: where a class's sum of p (1 - p) is written, by class.
  static func softmax(
    _ eta: UnsafePointer<Self>, _ direction: UnsafePointer<Self>, step: Self, targets: UnsafePointer<Self>,
    residual: UnsafeMutablePointer<Self>, classes: [Int], weights: UnsafeMutablePointer<Double>, _ count: Int
  ) -> LogisticSums
}
