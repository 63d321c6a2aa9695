internal import GSL
internal import Glibc

/// Multinomial logistic regressions of many worlds on the same training items, fitted in lockstep by preconditioned
/// nonlinear conjugate gradients (Polak & Ribière 1969, restarted where their factor is negative).
///
/// The training rows stand in the basis of their own right singular vectors, in which the Hessian is c diag(s^2) + penalty
/// if every item's p (1 - p) is replaced by their mean c in the world as it stands. That is the preconditioner. What
/// is left to the iteration is how the items' weights differ, so that ten steps give about four digits, whatever the
/// spectrum of the representation. A step of all worlds costs two matrix products; worlds that have converged are taken
/// out.
struct LogisticSolver<Scalar: LogisticScalar>: Sendable {
  /// Training items by coordinates, both padded by zeros to multiples of eight. The coordinate `intercept` is 1 for every
  /// item.
  private let design: Matrix<Scalar>
  private let items: Int
  private let intercept: Int
  /// By coordinate: the sum over items of its squares.
  private let squares: [Scalar]
  /// By coordinate: whether it is penalised (1 or 0).
  private let penalties: [Scalar]
  private let penalty: Double

  /// How many coordinates there are, with padding.
  var coordinates: Int { design.columns }

  /// - Parameters:
  ///   - rows: training items by principal coordinates, centred.
  ///   - singular: the length of every column of `rows`.
  init(rows: Matrix<Double>, singular: [Double], penalty: Double) {
    items = rows.rows
    intercept = rows.columns
    self.penalty = penalty
    let padded = Self.padded(rows.columns + 1)
    var design = Matrix<Scalar>(rows: Self.padded(rows.rows), columns: padded)
    for item in 0..<rows.rows {
      for (column, value) in rows.row(item).enumerated() { design[item, column] = Scalar(value) }
      design[item, rows.columns] = 1
    }
    self.design = design
    var squares = [Scalar](repeating: 0, count: padded)
    for (column, value) in singular.enumerated() { squares[column] = Scalar(value * value) }
    squares[intercept] = Scalar(rows.rows)
    self.squares = squares
    var penalties = [Scalar](repeating: 1, count: padded)
    penalties[intercept] = 0
    self.penalties = penalties
  }

  static func padded(_ count: Int) -> Int { (count + 7) / 8 * 8 }

  /// Worlds' fits.
  struct Fit {
    /// Worlds x columns by coordinates.
    var coefficients: Matrix<Scalar>
    /// By world: the classes that occur among the training items (of one column: [0] where both do).
    var classes: [[Int]]
    /// By world: whether the gradient is as small as was asked for.
    var converged: [Bool]
  }

  /// - Parameters:
  ///   - labels: the 0/1 columns, worlds x width by items.
  ///   - tolerance: a world is done when its next step would change the linear predictor by less than this share of its
  ///     root mean square plus 1.
  ///   - limit: how many steps at most.
  /// - Postcondition: a world without two classes has coefficients of 0.
  func fit(
    _ labels: Matrix<Double>, worlds: Int, width: Int, tolerance: Double, limit: Int
  ) -> Fit {
    let (m, d) = (design.rows, design.columns)
    var fit = Fit(
      coefficients: Matrix(rows: worlds * width, columns: d),
      classes: (0..<worlds).map { world in
        (0..<width).filter { column in
          let row = labels.row(world * width + column)
          return row.contains(1) && (width > 1 || row.contains(0))
        }
      },
      converged: [Bool](repeating: true, count: worlds))
    var worldOf = (0..<worlds).filter { fit.classes[$0].count > (width > 1 ? 1 : 0) }
    let starting = worldOf.count
    var state = State(starting: starting, width: width, items: m, coordinates: d)
    for (slot, world) in worldOf.enumerated() {
      start(&state, slot, world, labels, fit.classes[world], width)
    }

    var step = 0
    while !worldOf.isEmpty {
      let rows = worldOf.count * width
      multiply(state.residual, rows: rows, into: state.newGradient, transposed: false)
      var slot = 0
      while slot < worldOf.count {
        let world = worldOf[slot]
        let classes = fit.classes[world]
        let error = direct(&state, slot, classes, factor: factor(classes, width), isFirst: step == 0)
        if error < state.best[slot].error { state.best[slot] = (error, step) }
        // Rounding may forbid the tolerance: where nothing has been gained for long, nothing more will be.
        let isStuck = step - state.best[slot].step > 500
        guard error < tolerance || isStuck || step == limit || !error.isFinite else {
          slot += 1
          continue
        }
        fit.converged[world] = error < tolerance
        for k in 0..<width {
          fit.coefficients.elements.withUnsafeMutableBufferPointer { out in
            (out.baseAddress! + (world * width + k) * d).update(
              from: state.beta + (slot * width + k) * d, count: d)
          }
        }
        // The last world takes its place; its direction is not made yet if it stands behind this one.
        let last = worldOf.count - 1
        state.move(from: last, to: slot)
        worldOf[slot] = worldOf[last]
        worldOf.removeLast()
      }
      guard !worldOf.isEmpty else { break }
      multiply(state.direction, rows: worldOf.count * width, into: state.delta, transposed: true)
      for (slot, world) in worldOf.enumerated() {
        search(&state, slot, fit.classes[world], factor: factor(fit.classes[world], width))
      }
      step += 1
    }
    state.deallocate()
    return fit
  }

  /// Two classes of a softmax share what a single column has alone: w / 2 and -w / 2 have half of its squared length.
  private func factor(_ classes: [Int], _ width: Int) -> Double {
    width > 1 && classes.count == 2 ? 2 * penalty : penalty
  }

  /// Rows times the design's rows (`transposed`) or columns.
  private func multiply(
    _ rows: UnsafeMutablePointer<Scalar>, rows count: Int, into result: UnsafeMutablePointer<Scalar>,
    transposed: Bool
  ) {
    let (m, d) = (design.rows, design.columns)
    design.elements.withUnsafeBufferPointer { z in
      Scalar.gemm(
        transposeA: false, transposeB: transposed, m: count, n: transposed ? m : d, k: transposed ? d : m,
        alpha: 1, a: rows, lda: transposed ? d : m, b: z.baseAddress!, ldb: d, beta: 0, c: result,
        ldc: transposed ? m : d)
    }
  }

  /// The slots' numbers, a row per slot and column.
  private struct State {
    let width: Int
    let items: Int
    let coordinates: Int
    let beta, gradient, newGradient, direction, preconditioned: UnsafeMutablePointer<Scalar>
    let eta, residual, targets, delta: UnsafeMutablePointer<Scalar>
    /// By slot and column: the sum of p (1 - p).
    var weights: [Double]
    /// By slot: the product of the last gradient with its preconditioned self, and the derivative along the direction.
    var rho, slope: [Double]
    /// By slot: the least error so far, and at which step.
    var best: [(error: Double, step: Int)]

    init(starting: Int, width: Int, items: Int, coordinates: Int) {
      self.width = width
      self.items = items
      self.coordinates = coordinates
      func rows(_ length: Int) -> UnsafeMutablePointer<Scalar> {
        let pointer = UnsafeMutablePointer<Scalar>.allocate(capacity: max(starting * width * length, 1))
        pointer.initialize(repeating: 0, count: starting * width * length)
        return pointer
      }
      beta = rows(coordinates)
      gradient = rows(coordinates)
      newGradient = rows(coordinates)
      direction = rows(coordinates)
      preconditioned = rows(coordinates)
      eta = rows(items)
      residual = rows(items)
      targets = rows(items)
      delta = rows(items)
      weights = [Double](repeating: 0, count: starting * width)
      rho = [Double](repeating: 0, count: starting)
      slope = rho
      best = [(error: Double, step: Int)](repeating: (.infinity, 0), count: starting)
    }

    func deallocate() {
      for pointer in [
        beta, gradient, newGradient, direction, preconditioned, eta, residual, targets, delta,
      ] { pointer.deallocate() }
    }

    /// What a slot holds between steps.
    mutating func move(from: Int, to: Int) {
      guard from != to else { return }
      for pointer in [beta, gradient, newGradient, direction] {
        let size = width * coordinates
        (pointer + to * size).update(from: pointer + from * size, count: size)
      }
      for pointer in [eta, residual, targets] {
        let size = width * items
        (pointer + to * size).update(from: pointer + from * size, count: size)
      }
      for k in 0..<width { weights[to * width + k] = weights[from * width + k] }
      rho[to] = rho[from]
      slope[to] = slope[from]
      best[to] = best[from]
    }
  }

  /// Weights of 0, and intercepts that predict the classes' shares.
  private func start(
    _ state: inout State, _ slot: Int, _ world: Int, _ labels: Matrix<Double>, _ classes: [Int], _ width: Int
  ) {
    let m = design.rows
    let row = slot * width
    for k in classes {
      let target = state.targets + (row + k) * m
      var count = 0.0
      for (item, value) in labels.row(world * width + k).enumerated() {
        target[item] = Scalar(value)
        count += value
      }
      // Padding is no item: its linear predictor is always 0, and this leaves it no residual.
      for item in items..<m { target[item] = width == 1 ? 0.5 : 1 / Scalar(classes.count) }
      let share = count / Double(items)
      let value = Scalar(log(width == 1 ? share / (1 - share) : share * Double(classes.count)))
      state.beta[(row + k) * design.columns + intercept] = value
      for item in 0..<items { state.eta[(row + k) * m + item] = value }
    }
    _ = evaluate(&state, slot, classes, step: 0)
  }

  /// The residuals at a step along the direction.
  private func evaluate(_ state: inout State, _ slot: Int, _ classes: [Int], step: Double) -> LogisticSums {
    let m = design.rows
    let offset = slot * state.width * m
    let padding = Double(m - items)
    if state.width == 1 {
      let sums = Scalar.sigmoid(
        state.eta + offset, state.delta + offset, step: Scalar(step), targets: state.targets + offset,
        residual: state.residual + offset, m)
      state.weights[slot] = sums.weight - padding / 4
      return sums
    }
    let width = state.width
    let sums = state.weights.withUnsafeMutableBufferPointer { weights in
      Scalar.softmax(
        state.eta + offset, state.delta + offset, step: Scalar(step), targets: state.targets + offset,
        residual: state.residual + offset, classes: classes, weights: weights.baseAddress! + slot * width, m)
    }
    let share = 1 / Double(classes.count)
    for k in classes { state.weights[slot * width + k] -= padding * share * (1 - share) }
    return sums
  }

  /// Makes a slot's next direction from the product of its residuals with the design.
  /// - Returns: how far the preconditioned gradient would move the linear predictor, as a share of its size.
  private func direct(
    _ state: inout State, _ slot: Int, _ classes: [Int], factor: Double, isFirst: Bool
  ) -> Double {
    let d = design.columns
    let m = design.rows
    var (rho, overlap, moved, size) = (0.0, 0.0, 0.0, 0.0)
    for k in classes {
      let row = slot * state.width + k
      let (beta, new) = (state.beta + row * d, state.newGradient + row * d)
      let free = new[intercept]
      Scalar.add(Scalar(factor), beta, to: new, d)
      new[intercept] = free
      let weight = Scalar(max(state.weights[row] / Double(items), 1e-12))
      let step = state.preconditioned + row * d
      moved += Scalar.preconditioned(
        new, weight: weight, squares: squares, penalties: penalties, penaltyFactor: Scalar(factor),
        into: step, d)
      rho += Scalar.dot(step, new, d)
      if !isFirst { overlap += Scalar.dot(step, state.gradient + row * d, d) }
      size += Scalar.dot(state.eta + row * m, state.eta + row * m, m)
    }
    let momentum = isFirst || !(state.rho[slot] > 0) ? 0 : max(0, (rho - overlap) / state.rho[slot])
    var slope = 0.0
    for k in classes {
      let row = slot * state.width + k
      let direction = state.direction + row * d
      for j in 0..<d { direction[j] = Scalar(momentum) * direction[j] - state.preconditioned[row * d + j] }
      slope += Scalar.dot(direction, state.newGradient + row * d, d)
    }
    if !(slope < 0) {
      for k in classes {
        let row = slot * state.width + k
        for j in 0..<d { state.direction[row * d + j] = -state.preconditioned[row * d + j] }
      }
      slope = -rho
    }
    for k in classes {
      let row = slot * state.width + k
      (state.gradient + row * d).update(from: state.newGradient + row * d, count: d)
    }
    state.rho[slot] = rho
    state.slope[slot] = slope
    let cells = Double(items * classes.count)
    return (moved / cells).squareRoot() / (1 + (size / cells).squareRoot())
  }

  /// Goes along the direction to where its derivative has fallen to a tenth, by Newton's method inside a bracket.
  private func search(_ state: inout State, _ slot: Int, _ classes: [Int], factor: Double) {
    let (d, m) = (design.columns, design.rows)
    let width = state.width
    // The derivative of the penalty along the direction is linear + step x quadratic.
    var (linear, quadratic) = (0.0, 0.0)
    for k in classes {
      let row = slot * width + k
      let (beta, direction) = (state.beta + row * d, state.direction + row * d)
      linear +=
        Scalar.dot(beta, direction, d) - Double(beta[intercept]) * Double(direction[intercept])
      quadratic +=
        Scalar.dot(direction, direction, d) - Double(direction[intercept]) * Double(direction[intercept])
    }
    linear *= factor
    quadratic *= factor
    let slope = state.slope[slot]
    var step = 1.0
    if width == 1 {
      let curvature = Scalar.curvature(
        residual: state.residual + slot * m, direction: state.delta + slot * m, m)
      step = -slope / (curvature + quadratic)
    }
    if !step.isFinite || step <= 0 { step = 1 }
    var (low, high) = (0.0, Double.infinity)
    for attempt in 0..<40 {
      let sums = evaluate(&state, slot, classes, step: step)
      let here = sums.slope + linear + step * quadratic
      if abs(here) <= 0.1 * abs(slope) || attempt == 39 { break }
      if here < 0 { low = step } else { high = step }
      let newton = step - here / (sums.curvature + quadratic)
      if newton > low, newton < high, newton.isFinite {
        step = min(newton, 16 * step)
      } else {
        step = high.isFinite ? (low + high) / 2 : 4 * step
      }
    }
    for k in classes {
      let row = slot * width + k
      Scalar.add(Scalar(step), state.direction + row * d, to: state.beta + row * d, d)
      Scalar.add(Scalar(step), state.delta + row * m, to: state.eta + row * m, m)
    }
  }
}
