internal import GSL

/// The training items of one fold, unit by unit, those that are alone in theirs first.
struct UnitOrder: Sendable {
  /// Positions among the training items.
  let positions: [Int]
  /// The same items' places in a row of targets.
  let places: [Int]
  /// How many units of one item there are.
  let singles: Int
  /// Where each larger unit stands in `positions`.
  let units: [Range<Int>]

  /// - Parameters:
  ///   - unitOf: the unit of every training item.
  ///   - testRange: where the test items stand in a row of targets.
  init(_ unitOf: [Int], testRange: Range<Int>) {
    var members: [Int: [Int]] = [:]
    for (item, unit) in unitOf.enumerated() { members[unit, default: []].append(item) }
    let sorted = members.values.sorted { ($0.count, $0[0]) < ($1.count, $1[0]) }
    positions = sorted.flatMap { $0 }
    places = positions.map { $0 < testRange.lowerBound ? $0 : $0 + testRange.count }
    singles = sorted.prefix { $0.count == 1 }.count
    var start = singles
    units = sorted.dropFirst(singles).map { unit in
      defer { start += unit.count }
      return start..<start + unit.count
    }
  }
}

/// What makes of a ridge fit's residuals those of leaving out whole units, at one penalty.
///
/// With e = (I - H) y the residuals of the training items, H holding the intercept, the residuals of a unit G whose items
/// are all predicted without G are (I - H_GG)^-1 e_G, as residual / (1 - leverage) is for one item (deletion of several
/// cases: Cook & Weisberg 1982, Residuals and Influence in Regression).
///
/// A unit of g items is inverted once, in time g^3, and then costs g^2 products a world. Where g > 2 (rank + 1),
/// I - H_GG is inverted through its complement, I + A (I - A'A)^-1 A' with H_GG = A A': 2 g (rank + 1) products a world.
/// Both hold at most 2 (rank + 1) numbers an item.
struct UnitResiduals<Scalar: ProbeScalar>: Sendable {
  private enum Block: Sendable {
    /// (I - H_GG)^-1.
    case inverse(Matrix<Scalar>)
    /// The W with (I - H_GG)^-1 = I + W W'.
    case complement(Matrix<Scalar>)
  }

  /// By how much the latent coordinates are multiplied for the residuals, or the fit, that these blocks belong to.
  let factors: [Scalar]
  /// 1 / (1 - h) of the items that are units by themselves.
  private let singles: [Scalar]
  private let blocks: [Block]
  private let order: UnitOrder
  /// A bound of how much a rounding error of a residual may grow: the largest norm among the inverses.
  let amplification: Double

  /// - Parameter isComplete: whether `factors` are the relative remainders: residuals, and 1 - H, then are divided by the
  ///   largest remainder, which leaves their quotient as it is.
  init(_ factor: RidgeFactor, _ order: UnitOrder, penalty: Double, isComplete: Bool) {
    self.order = order
    let penalty = factor.distinguishable(penalty)
    let factors = isComplete ? factor.relativeRemainder(penalty) : factor.shrinkage(penalty)
    self.factors = factors.map { Scalar($0) }
    let mean = 1 / Double(order.positions.count)
    var largest = 1.0
    singles = order.positions.prefix(order.singles).map { position in
      var sum = 0.0
      for (value, factor) in zip(factor.basis.row(position), factors) { sum += value * value * factor }
      let weight = 1 / max(isComplete ? sum : 1 - mean - sum, 1e-10)
      largest = max(largest, weight)
      return Scalar(weight)
    }
    let roots = factors.map { $0.squareRoot() }
    blocks = order.units.map { unit in
      let rows = factor.basis.gathering(rows: Array(order.positions[unit])).scalingColumns(by: roots)
      let (g, r) = (rows.rows, rows.columns)
      guard !isComplete, 2 * (r + 1) < g else {
        var rest = rows.gram(ofRows: true)
        for i in 0..<g {
          for j in 0...i { rest[i, j] = isComplete ? rest[i, j] : (i == j ? 1 : 0) - mean - rest[i, j] }
        }
        var identity = Matrix<Double>(rows: g, columns: g)
        for i in 0..<g { identity[i, i] = 1 }
        let inverse = Self.factored(rest).solve(identity)
        for i in 0..<g { largest = max(largest, inverse.row(i).reduce(0) { $0 + abs($1) }) }
        return .inverse(inverse.converted(to: Scalar.self))
      }
      let withMean = Matrix(
        rows: g, columns: r + 1, elements: (0..<g).flatMap { [mean.squareRoot()] + rows.row($0) })
      var rest = withMean.gram()
      for i in 0...r { for j in 0...i { rest[i, j] = (i == j ? 1 : 0) - rest[i, j] } }
      let root = Self.factored(rest).whitened(withMean)
      largest = max(largest, 1 + root.elements.reduce(0) { $0 + $1 * $1 })
      return .complement(root.converted(to: Scalar.self))
    }
    amplification = largest
  }

  /// A Cholesky factor of what a unit leaves. Penalties that can be told from 0 keep its eigenvalues above 1e-10; where
  /// rounding takes one below, it is lifted there, as for an item that the fit reproduces whatever its target.
  private static func factored(_ rest: Matrix<Double>) -> Cholesky {
    if let factor = try? Cholesky(rest) { return factor }
    var lifted = rest
    for lift in [1e-10, 1e-6, 1.0] {
      for i in 0..<rest.rows { lifted[i, i] = rest[i, i] + lift }
      if let factor = try? Cholesky(lifted) { return factor }
    }
    preconditionFailure("a finite basis leaves a finite rest")
  }

  /// Leaves every unit out.
  /// - Parameters:
  ///   - residuals: `rows` rows of residuals, in the order of `UnitOrder`.
  ///   - result: receives as many.
  ///   - scratch: of at least `rows * (rank + 1)` numbers where a unit is larger than twice the rank; grows if need be.
  func leaveOut(
    _ residuals: UnsafePointer<Scalar>, rows: Int, into result: UnsafeMutablePointer<Scalar>,
    scratch: inout [Scalar]
  ) {
    let m = order.positions.count
    for row in 0..<rows {
      for item in 0..<order.singles { result[row * m + item] = residuals[row * m + item] * singles[item] }
    }
    for (unit, block) in zip(order.units, blocks) {
      let (e, out, g) = (residuals + unit.lowerBound, result + unit.lowerBound, unit.count)
      switch block {
      case .inverse(let inverse):
        inverse.elements.withUnsafeBufferPointer { b in
          Scalar.gemm(
            transposeA: false, transposeB: false, m: rows, n: g, k: g, alpha: 1, a: e, lda: m,
            b: b.baseAddress!, ldb: g, beta: 0, c: out, ldc: m)
        }
      case .complement(let root):
        let k = root.columns
        if scratch.count < rows * k { scratch = [Scalar](repeating: 0, count: rows * k) }
        for row in 0..<rows { for item in 0..<g { out[row * m + item] = e[row * m + item] } }
        root.elements.withUnsafeBufferPointer { w in
          scratch.withUnsafeMutableBufferPointer { t in
            Scalar.gemm(
              transposeA: false, transposeB: false, m: rows, n: k, k: g, alpha: 1, a: e, lda: m,
              b: w.baseAddress!, ldb: k, beta: 0, c: t.baseAddress!, ldc: k)
            Scalar.gemm(
              transposeA: false, transposeB: true, m: rows, n: g, k: k, alpha: 1, a: t.baseAddress!, lda: k,
              b: w.baseAddress!, ldb: k, beta: 1, c: out, ldc: m)
          }
        }
      }
    }
  }
}
