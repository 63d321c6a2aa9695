internal import GSL
internal import Hypotheses
internal import Resampling

/// Partial least squares regression of all targets of a world at once (Wold 1975), on one fold.
///
/// Under `scale: standard` features and targets are divided by their standard deviations in the training fold, as
/// scikit-learn's `PLSRegression(scale=True)` does; what is constant in the training fold carries nothing.
struct PLSFold: FoldProbe {
  private let components: PLS.Components
  private let scale: FeatureScale
  private let factor: PLSFactor
  /// The folds inside the training fold; empty where the number of components is fixed.
  private let inner: [Inner]

  /// One fold of the cross-validation inside the training fold.
  private struct Inner {
    let factor: PLSFactor
    /// Positions among the training items.
    let training: [Int]
    let test: [Int]
  }

  /// - Parameters:
  ///   - ordered: items by dimensions, rows in the split's order.
  ///   - testRange: the rows of the test fold.
  ///   - units: the unit of every training item, whose items share a fold inside the training fold; `nil`: none.
  ///   - key: draws the folds inside the training fold, where the number of components is chosen; they are the same in
  ///     every world.
  /// - Throws: `LinearAlgebraError` where the representation holds values that are not finite.
  init(
    _ probe: PLS, _ ordered: Matrix<Double>, _ testRange: Range<Int>, units: [Int]? = nil, key: StreamKey
  ) throws(LinearAlgebraError) {
    components = probe.components
    scale = probe.scale
    factor = try PLSFactor(ordered, testRange, probe.scale, key: key)
    guard case .chosen = probe.components else {
      inner = []
      return
    }
    let training = ordered.gathering(
      rows: Array(0..<testRange.lowerBound) + Array(testRange.upperBound..<ordered.rows))
    // Fewer than two training items leave nothing to choose by.
    let split = Split(
      items: training.rows, folds: min(5, units.map { Set($0).count } ?? training.rows), groups: units,
      key: key.appending("components"), repetition: 0)
    var inner: [Inner] = []
    if let split {
      let rows = training.gathering(rows: split.order)
      for fold in 0..<split.count {
        let test = split.range(fold)
        inner.append(
          Inner(
            factor: try PLSFactor(rows, test, probe.scale, key: key),
            training: split.order.indices.filter { !test.contains($0) }.map { split.order[$0] },
            test: test.map { split.order[$0] }))
      }
    }
    self.inner = inner
  }

  func fit(_ targets: FoldTargets, wantsTrainingFit: Bool) -> FoldFit {
    let (worlds, width) = (targets.worlds, targets.width)
    let coded = PLSTargets(targets.values, scale)
    let numbers: [Int]
    var choices: [Double] = []
    switch components {
    case .fixed(let count): numbers = [Int](repeating: count, count: worlds)
    case .chosen(let grid):
      numbers = chosen(from: grid.sorted(), coded.values, worlds: worlds, width: width)
      choices = numbers.map { Double($0) }
    }
    let paths = factor.paths(coded.values, worlds: worlds, width: width, components: numbers)
    var result = FoldFit(
      predictions: coded.original(factor.predictions(factor.test, paths, width)), choices: choices)
    if wantsTrainingFit {
      result.trainingFit = coded.original(factor.predictions(factor.training, paths, width))
    }
    return result
  }

  /// For every world the entry of the ascending grid with the least squared error over the folds inside the training
  /// fold, the smaller one of equals. The error is summed over targets as they stand in `values`.
  private func chosen(from grid: [Int], _ values: Matrix<Double>, worlds: Int, width: Int) -> [Int] {
    var errors = [[Double]](repeating: [Double](repeating: 0, count: grid.count), count: worlds)
    for fold in inner {
      let own = PLSTargets(values.gathering(rows: fold.training), scale)
      let truth = values.gathering(rows: fold.test)
      let paths = fold.factor.paths(
        own.values, worlds: worlds, width: width,
        components: [Int](repeating: grid.last ?? 0, count: worlds))
      for (world, path) in paths.enumerated() {
        let scores = fold.factor.test.multiplied(by: path.rotations, transposeOther: true)
        var predicted = Matrix<Double>(rows: truth.rows, columns: width)
        var done = 0
        var error = Double.infinity
        for (place, count) in grid.enumerated() {
          let upTo = min(count, path.rotations.rows)
          if upTo > done || place == 0 {
            predicted.add(
              1, scores.columns(done..<upTo), path.loadings.gathering(rows: Array(done..<upTo)))
            done = upTo
            error = own.squaredError(predicted, truth, firstColumn: world * width)
          }
          errors[world][place] += error
        }
      }
    }
    return errors.map { errors in
      var best = 0
      for place in errors.indices where errors[place] < errors[best] { best = place }
      return grid[best]
    }
  }
}

/// Targets, centred by the training items' means and divided by their standard deviations (n - 1), if asked to.
private struct PLSTargets {
  private(set) var values: Matrix<Double>
  private var means: [Double]
  private var scales: [Double]

  init(_ targets: Matrix<Double>, _ scale: FeatureScale) {
    values = targets
    let (rows, columns) = (targets.rows, targets.columns)
    var means = [Double](repeating: 0, count: columns)
    var squares = means
    var scales = [Double](repeating: 1, count: columns)
    values.elements.withUnsafeMutableBufferPointer { y in
      for row in 0..<rows { for j in 0..<columns { means[j] += y[row * columns + j] } }
      for j in 0..<columns { means[j] /= Double(max(rows, 1)) }
      for row in 0..<rows {
        for j in 0..<columns {
          y[row * columns + j] -= means[j]
          squares[j] += y[row * columns + j] * y[row * columns + j]
        }
      }
      for j in 0..<columns {
        // What varies only by the rounding of its mean is constant.
        let deviation = (squares[j] / Double(max(rows, 1))).squareRoot()
        if deviation <= Double(max(rows, 10)) * Double.ulpOfOne * abs(means[j]) {
          for row in 0..<rows { y[row * columns + j] = 0 }
        } else if scale == .standard {
          scales[j] = (squares[j] / Double(rows - 1)).squareRoot()
        }
      }
      guard scale == .standard else { return }
      for row in 0..<rows { for j in 0..<columns { y[row * columns + j] /= scales[j] } }
    }
    self.means = means
    self.scales = scales
  }

  /// Predictions in the targets' own units.
  func original(_ predictions: Matrix<Double>) -> Matrix<Double> {
    var result = predictions
    let columns = predictions.columns
    result.elements.withUnsafeMutableBufferPointer { y in
      for row in 0..<predictions.rows {
        for j in 0..<columns { y[row * columns + j] = means[j] + scales[j] * y[row * columns + j] }
      }
    }
    return result
  }

  /// The squared error of one world's predictions, in the targets' own units.
  func squaredError(_ predictions: Matrix<Double>, _ truth: Matrix<Double>, firstColumn: Int) -> Double {
    var sum = 0.0
    for row in 0..<predictions.rows {
      for j in 0..<predictions.columns {
        let column = firstColumn + j
        let error = truth[row, column] - means[column] - scales[column] * predictions[row, j]
        sum += error * error
      }
    }
    return sum
  }
}

/// One world's components: component k maps a centred row x to the score `rotations.row(k)'x` and adds the score times
/// `loadings.row(k)` to the prediction.
struct PLSPath: Sendable {
  /// Components by features.
  var rotations: Matrix<Double>
  /// Components by targets.
  var loadings: Matrix<Double>
}

/// What partial least squares needs of one fold's representation: centred (and scaled) training rows X and test rows.
///
/// Where there are more dimensions than training items, both are replaced by their coordinates along an orthonormal basis of
/// the training rows (X = L Q): the method is equivariant under rotations of the features.
struct PLSFactor: Sendable {
  let training: Matrix<Double>
  let test: Matrix<Double>
  /// A matrix C with C'C = X'X: X itself, or where there are many more items than features the d x d triangle of its
  /// factorisation.
  private let root: Matrix<Double>
  /// The Frobenius norm of X.
  private let norm: Double

  init(_ ordered: Matrix<Double>, _ testRange: Range<Int>, _ scale: FeatureScale, key: StreamKey)
    throws(LinearAlgebraError)
  {
    let rows = try FoldRows(ordered, testRange, centred: true, scale: scale, key: key)
    if rows.training.rows < rows.training.columns {
      let factor = try RowFactor(rows.training)
      training = factor.lower
      test = rows.test.multiplied(by: factor.basis, transposeOther: true)
      root = factor.lower
    } else {
      training = rows.training
      test = rows.test
      root =
        training.rows > 2 * training.columns ? try RowFactor(training.transposed).lower.transposed : training
    }
    norm = training.frobeniusNorm
  }

  /// The components of some worlds, by the kernel algorithm of Dayal & MacGregor 1997 (J. Chemometrics 11, 73-85): the same
  /// numbers as NIPALS, without deflating X or Y. All that is deflated is S = X'Y; the weights of a component are the first
  /// left singular vector of S.
  ///
  /// A world's path ends early where nothing of S is left but rounding, or where X has no rank left: further
  /// components would add nothing.
  /// - Parameters:
  ///   - targets: training items by worlds x width, centred.
  ///   - components: how many at most, by world.
  func paths(_ targets: Matrix<Double>, worlds: Int, width: Int, components: [Int]) -> [PLSPath] {
    let all = training.multiplied(by: targets, transposeSelf: true)
    var states = (0..<worlds).map { world in
      let columns = world * width..<(world + 1) * width
      return PLSWorld(
        all.columns(columns), floor: 1e-13 * norm * targets.columns(columns).frobeniusNorm,
        components: min(components[world], min(training.rows - 1, training.columns)))
    }
    while true {
      let live = states.indices.filter { states[$0].prepareRotation() }
      guard !live.isEmpty else { break }
      // The scores of all worlds in one product, and their loadings on X in another.
      let rotations = Matrix(
        rows: live.count, columns: training.columns, elements: live.flatMap { states[$0].rotation })
      let scores = rotations.rowsMultiplied(by: root, transposed: true)
      let loadings = scores.rowsMultiplied(by: root, transposed: false)
      for (row, world) in live.enumerated() {
        states[world].take(
          score: scores.row(row).reduce(0) { $0 + $1 * $1 }, loading: loadings.row(row), norm: norm)
      }
    }
    return states.map(\.path)
  }

  /// Rows by worlds x width.
  func predictions(_ rows: Matrix<Double>, _ paths: [PLSPath], _ width: Int) -> Matrix<Double> {
    if paths.count == 1 {
      return rows.multiplied(by: paths[0].rotations, transposeOther: true).multiplied(by: paths[0].loadings)
    }
    var result = Matrix<Double>(rows: rows.rows, columns: paths.count * width)
    if width == 1 {
      // One product for all worlds: their coefficients, side by side.
      var coefficients = Matrix<Double>(rows: paths.count, columns: rows.columns)
      for (world, path) in paths.enumerated() {
        let own = path.loadings.multiplied(by: path.rotations, transposeSelf: true)
        coefficients.elements.replaceSubrange(
          world * rows.columns..<(world + 1) * rows.columns, with: own.elements)
      }
      return rows.multiplied(by: coefficients, transposeOther: true)
    }
    for (world, path) in paths.enumerated() {
      let own = rows.multiplied(by: path.rotations, transposeOther: true).multiplied(by: path.loadings)
      for row in 0..<rows.rows {
        let start = row * result.columns + world * width
        result.elements.replaceSubrange(start..<start + width, with: own.row(row))
      }
    }
    return result
  }
}

/// A world on the way through its components.
private struct PLSWorld {
  private let limit: Int
  /// What of S counts as nothing.
  private let floor: Double
  /// S = X'Y as it was.
  private let original: Matrix<Double>
  /// S without what the components so far explain; `nil` where its Gram matrix stands for it.
  private var residual: Matrix<Double>?
  /// S S' of the residual (on and below the diagonal), where there are many targets.
  private var gram = Matrix<Double>(rows: 0, columns: 0)
  /// The trace of `gram` when it was last computed from S.
  private var freshTrace = 0.0
  private var start: [Double]?
  private var isDone = false
  /// The rotation that is being tried.
  private(set) var rotation: [Double] = []
  private var count = 0
  private var rotations: [Double] = []
  private var featureLoadings: [Double] = []
  private var squaredScores: [Double] = []
  /// Of components so far, where there is a residual.
  private var targetLoadings: [Double] = []

  private var features: Int { original.rows }
  private var targets: Int { original.columns }

  init(_ s: Matrix<Double>, floor: Double, components: Int) {
    original = s
    limit = components
    self.floor = floor
    if s.columns > s.rows / 2, s.columns > 1 {
      gram = s.gram(ofRows: true)
      freshTrace = gram.trace
    } else {
      residual = s
    }
  }

  /// Finds the next rotation; `false` where there is none.
  mutating func prepareRotation() -> Bool {
    guard !isDone, count < limit, var weights = self.weights() else {
      isDone = true
      return false
    }
    // r = w - sum over earlier components of (p'w) r; a second pass takes off what rounding left of the first.
    if count > 0 {
      let r = Matrix(rows: count, columns: features, elements: rotations)
      let p = Matrix(rows: count, columns: features, elements: featureLoadings)
      var shares = [Double](repeating: 0, count: count)
      for _ in 0..<2 {
        p.multiply(weights, into: &shares)
        r.multiply(shares, transposed: true, alpha: -1, beta: 1, into: &weights)
      }
    }
    rotation = weights
    return true
  }

  /// The first left singular vector of the residual S; `nil` where nothing is left of it.
  private mutating func weights() -> [Double]? {
    guard let residual else {
      if gram.trace < 1e-3 * freshTrace || gram.trace <= floor * floor { refresh() }
      guard gram.trace.squareRoot() > floor,
        let eigen = try? DominantEigen(
          dimension: features, start: start, multiply: { gram.multiplySymmetric($0, into: $1) }),
        eigen.value > 0
      else { return nil }
      start = eigen.next
      return eigen.vector
    }
    let norm = residual.frobeniusNorm
    guard norm > floor, norm.isFinite else { return nil }
    if targets == 1 { return residual.elements.map { $0 / norm } }
    // The right singular vector is shorter.
    var middle = [Double](repeating: 0, count: features)
    guard
      let eigen = try? DominantEigen(
        dimension: targets, start: start,
        multiply: {
          residual.multiply($0, into: &middle)
          residual.multiply(middle, transposed: true, into: $1)
        }), eigen.value > 0
    else { return nil }
    start = eigen.next
    residual.multiply(eigen.vector, into: &middle)
    let length = middle.reduce(0) { $0 + $1 * $1 }.squareRoot()
    guard length > 0 else { return nil }
    return middle.map { $0 / length }
  }

  /// Computes the Gram matrix from S again: its own updates keep the rounding of what has been taken off.
  private mutating func refresh() {
    guard count > 0 else { return }
    let r = Matrix(rows: count, columns: features, elements: rotations)
    let p = Matrix(rows: count, columns: features, elements: featureLoadings)
    var s = original
    s.add(-1, p, r.multiplied(by: original), transposeA: true)
    gram = s.gram(ofRows: true)
    freshTrace = gram.trace
  }

  /// Makes a component of the rotation r that was prepared.
  /// - Parameters:
  ///   - score: t't, where t = X r.
  ///   - loading: X't.
  ///   - norm: the Frobenius norm of X.
  mutating func take(score: Double, loading: ArraySlice<Double>, norm: Double) {
    let length = rotation.reduce(0) { $0 + $1 * $1 }.squareRoot()
    guard score.isFinite, score.squareRoot() > 1e-12 * norm * length else {
      isDone = true
      return
    }
    var p = loading.map { $0 / score }
    if var s = residual {
      var explained = [Double](repeating: 0, count: targets)
      s.multiply(rotation, transposed: true, into: &explained)
      residual = nil
      s.add(
        -1, Matrix(rows: features, columns: 1, elements: p),
        Matrix(rows: 1, columns: targets, elements: explained))
      residual = s
      targetLoadings += explained.map { $0 / score }
    } else {
      // (1 - p r') A (1 - r p') = A - p (A r - c/2 p)' - (A r - c/2 p) p', where c = r'A r.
      var image = [Double](repeating: 0, count: features)
      gram.multiplySymmetric(rotation, into: &image)
      let half = zip(rotation, image).reduce(0) { $0 + $1.0 * $1.1 } / 2
      for i in image.indices { image[i] -= half * p[i] }
      gram.addSymmetric(-1, &p, &image)
    }
    count += 1
    rotations += rotation
    featureLoadings += p
    squaredScores.append(score)
  }

  var path: PLSPath {
    let r = Matrix(rows: count, columns: features, elements: rotations)
    if residual != nil {
      return PLSPath(
        rotations: r, loadings: Matrix(rows: count, columns: targets, elements: targetLoadings))
    }
    var loadings = r.multiplied(by: original)
    loadings.elements.withUnsafeMutableBufferPointer { q in
      for k in 0..<count {
        for j in 0..<targets { q[k * targets + j] /= squaredScores[k] }
      }
    }
    return PLSPath(rotations: r, loadings: loadings)
  }
}

extension Matrix<Double> {
  /// The columns of a range.
  func columns(_ range: Range<Int>) -> Matrix {
    if range == 0..<columns { return self }
    var part: [Double] = []
    part.reserveCapacity(rows * range.count)
    for row in 0..<rows {
      part.append(contentsOf: elements[row * columns + range.lowerBound..<row * columns + range.upperBound])
    }
    return Matrix(rows: rows, columns: range.count, elements: part)
  }

  /// The square root of the sum of squared elements.
  var frobeniusNorm: Double {
    elements.withUnsafeBufferPointer { all in
      var sum = 0.0
      for value in all { sum += value * value }
      return sum.squareRoot()
    }
  }

  fileprivate var trace: Double { (0..<rows).reduce(0) { $0 + self[$1, $1] } }

  /// The rows times a matrix or its transpose; a single row by a matrix-vector product, which is sooner done.
  fileprivate func rowsMultiplied(by matrix: Matrix, transposed: Bool) -> Matrix {
    guard rows == 1 else { return multiplied(by: matrix, transposeOther: transposed) }
    var result = Matrix(rows: 1, columns: transposed ? matrix.rows : matrix.columns)
    matrix.multiply(elements, transposed: !transposed, into: &result.elements)
    return result
  }
}
