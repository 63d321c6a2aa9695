internal import GSL
internal import Hypotheses

/// One fold of a ridge probe as a linear smoother: maps the targets of the training items of many worlds at once to
/// predictions for the test items.
///
/// Worlds are rows: a block of targets is (worlds x coded columns) by items, in the split's order, so that each world
/// is contiguous in memory and the training items of a fold are two runs of every row.
struct RidgeSmoother<Scalar: ProbeScalar>: Sendable {
  /// How predictions are formed.
  enum Form: Sendable {
    /// Test by training items: predictions are the targets times its transpose. For a fixed penalty, where this takes
    /// fewer operations than going through the basis.
    case dense(Matrix<Scalar>)
    /// Through the basis, with one of several penalties per world.
    case factored(Factored)
  }

  struct Factored: Sendable {
    /// Training items by rank.
    var basis: Matrix<Scalar>
    /// Test items by rank.
    var test: Matrix<Scalar>
    var penalties: [PenaltyForm]
    /// Whether the basis spans everything orthogonal to the constant vector.
    var isComplete: Bool
    /// `nil` for a single penalty.
    var rule: PenaltyRule?
    /// The training items unit by unit, where whole units are left out.
    var unitOrder: UnitOrder? = nil
  }

  struct PenaltyForm: Sendable {
    var penalty: Double
    var shrinkage: [Scalar]
    var coefficients: [Scalar]
    /// 1 / (1 - h)^2 of every training item, with h the leverage including the intercept's 1/m. Empty where nothing is
    /// chosen by the error of leaving out one item.
    var looWeights: [Scalar]
    /// What leaving out whole units takes; `nil` where nothing is chosen so.
    var units: UnitResiduals<Scalar>?
    /// m / (m - trace)^2.
    var gcvWeight: Scalar
    /// 1 - shrinkage: what each direction leaves in the residuals. Where the basis spans all that targets can do, so
    /// that a small penalty leaves next to nothing, it is divided by its largest value, and so are 1 - h and m - trace:
    /// the criteria are quotients, and neither part is a difference of nearly equal numbers.
    var remainder: [Scalar]
  }

  let testRange: Range<Int>
  let items: Int
  let form: Form
  /// Whether predictions hold the training mean. In single precision it swallows predictions that a large penalty has
  /// shrunk to almost nothing.
  let addsMeans: Bool
  /// Test items that are equal to an earlier one. Their predictions must be ties, and a matrix product may round them
  /// differently in different places.
  let twins: [RidgeFactor.Twin]

  /// - Parameters:
  ///   - units: the unit of every training item, all of whose items leave-one-out leaves out together; `nil`: its own.
  ///   - mayBeDense: whether the dense form may be used; it gives no fitted values for training items.
  ///   - addsMeans: whether predictions hold the training mean.
  init(
    _ factor: RidgeFactor, probe: Ridge, testRange: Range<Int>, items: Int, units: [Int]? = nil,
    mayBeDense: Bool, addsMeans: Bool = true
  ) {
    self.testRange = testRange
    self.items = items
    self.addsMeans = addsMeans
    twins = factor.twins
    let (m, t, r) = (items - testRange.count, testRange.count, factor.rank)
    switch probe.penalty {
    case .fixed(let penalty) where mayBeDense && t * m <= r * (t + m):
      var dense = factor.test.scalingColumns(by: factor.coefficients(penalty)).converted(to: Scalar.self)
        .multiplied(by: factor.basis.converted(to: Scalar.self), transposeOther: true).elements
      if addsMeans {
        let mean = 1 / Scalar(m)
        for index in dense.indices { dense[index] += mean }
      }
      form = .dense(Matrix(rows: t, columns: m, elements: dense))
    case .fixed(let penalty):
      form = .factored(
        Factored(
          basis: factor.basis.converted(to: Scalar.self), test: factor.test.converted(to: Scalar.self),
          penalties: Self.penaltyForms(factor, [penalty], m, rule: nil), isComplete: false, rule: nil))
    case .chosen(let rule, let grid):
      let order = rule == .leaveOneOut ? units.map { UnitOrder($0, testRange: testRange) } : nil
      form = .factored(
        Factored(
          basis: factor.basis.converted(to: Scalar.self), test: factor.test.converted(to: Scalar.self),
          penalties: Self.penaltyForms(factor, grid.sorted(), m, rule: rule, order), isComplete: r == m - 1,
          rule: rule, unitOrder: order))
    }
  }

  private static func penaltyForms(
    _ factor: RidgeFactor, _ penalties: [Double], _ m: Int, rule: PenaltyRule?, _ order: UnitOrder? = nil
  ) -> [PenaltyForm] {
    let r = factor.rank
    let isComplete = r == m - 1
    let remainders = penalties.map { isComplete ? factor.relativeRemainder($0) : factor.remainder($0) }
    let looWeights =
      rule == .leaveOneOut && order == nil
      ? leaveOneOutWeights(
        factor, isComplete ? remainders : penalties.map { factor.shrinkage($0).map { -$0 } }, m)
      : penalties.map { _ in [] }
    return penalties.indices.map { index in
      let penalty = penalties[index]
      let freedom = Double(m - 1 - r) + remainders[index].reduce(0, +)
      return PenaltyForm(
        penalty: penalty, shrinkage: factor.shrinkage(penalty).map { Scalar($0) },
        coefficients: factor.coefficients(penalty).map { Scalar($0) }, looWeights: looWeights[index],
        units: order.map {
          UnitResiduals(factor, $0, penalty: penalty, isComplete: isComplete)
        },
        gcvWeight: Scalar(Double(m) / max(freedom * freedom, 1e-20)),
        remainder: remainders[index].map { Scalar($0) })
    }
  }

  /// 1 / (1 - h)^2 per penalty and training item, all from one product of the squared basis with what each direction
  /// adds to 1 - h.
  private static func leaveOneOutWeights(
    _ factor: RidgeFactor, _ additions: [[Double]], _ m: Int
  ) -> [[Scalar]] {
    let r = factor.rank
    let squares = Matrix(rows: m, columns: r, elements: factor.basis.elements.map { $0 * $0 })
    let table = Matrix(rows: additions.count, columns: r, elements: additions.flatMap { $0 })
    let sums = table.multiplied(by: squares, transposeOther: true)
    // Where the basis spans everything orthogonal to the constant, the intercept's part is in the additions.
    let start = r == m - 1 ? 0 : 1 - 1 / Double(m)
    return additions.indices.map { penalty in
      sums.row(penalty).map { sum in
        // An item that the fit reproduces whatever its target has no leave-one-out error to speak of: cap its weight.
        let rest = max(start + sum, 1e-10)
        return Scalar(1 / (rest * rest))
      }
    }
  }

  /// Buffers that one worker uses again for every block.
  struct Workspace {
    var latent: [Scalar] = []
    var scaled: [Scalar] = []
    var fitted: [Scalar] = []
    /// Residuals unit by unit, and what larger units need beside them.
    var byUnit: [Scalar] = []
    var unitScratch: [Scalar] = []
    var errors: [Double] = []
    var runnerUp: [Double] = []
    /// How far rounding may have moved the best error, beyond what is always allowed for.
    var slack: [Double] = []
    var choice: [Int] = []
    /// The worlds in which, in some fold so far, the two best penalties were so close that single precision may have
    /// mistaken one for the other.
    var isClose: [Bool] = []

    mutating func reserve(_ rows: Int, rank: Int, training: Int, worlds: Int) {
      func grow(_ buffer: inout [Scalar], _ count: Int) {
        if buffer.count < count { buffer = [Scalar](repeating: 0, count: count) }
      }
      grow(&latent, rows * rank)
      grow(&scaled, rows * rank)
      grow(&fitted, rows * training)
      errors = [Double](repeating: .infinity, count: worlds)
      runnerUp = errors
      slack = [Double](repeating: 0, count: worlds)
      choice = [Int](repeating: 0, count: worlds)
      if isClose.count != worlds { isClose = [Bool](repeating: false, count: worlds) }
    }

    /// Takes note of the error of one penalty in one world.
    /// - Parameter amplification: how much a rounding error may have grown, at least 1.
    /// - Returns: whether it is the least so far.
    mutating func isBest(_ error: Double, world: Int, amplification: Double = 1) -> Bool {
      let slack = (amplification - 1) * Self.closeness * error
      guard error < errors[world] else {
        runnerUp[world] = min(runnerUp[world], error - slack)
        return false
      }
      runnerUp[world] = min(runnerUp[world], errors[world] - self.slack[world])
      errors[world] = error
      self.slack[world] = slack
      return true
    }

    /// How near, relative to the smaller one, two errors are close.
    private static var closeness: Double { 3e-6 }

    /// Marks the worlds whose choice was close.
    mutating func noteCloseCalls() {
      for world in errors.indices
      where runnerUp[world] - errors[world] <= Self.closeness * errors[world] + slack[world] {
        isClose[world] = true
      }
    }
  }

  /// Predicts the test items of this fold.
  /// - Parameters:
  ///   - targets: `worlds * width` rows of `items` values.
  ///   - means: the training mean of every row.
  ///   - predictions: receives as many rows, `stride` apart, of `testRange.count` values.
  ///   - trainingFit: where given, receives the fitted values of the training items (`worlds * width` rows of
  ///     `items - testRange.count` values).
  ///     The dense form has none to give.
  /// - Returns: the index of the penalty chosen in each world.
  func predict(
    targets: UnsafePointer<Scalar>, means: [Scalar], worlds: Int, width: Int,
    into predictions: UnsafeMutablePointer<Scalar>, stride: Int, workspace: inout Workspace,
    trainingFit: inout [Scalar]?
  ) -> [Int] {
    let rows = worlds * width
    let (start, end) = (testRange.lowerBound, testRange.upperBound)
    let (m, t) = (items - testRange.count, testRange.count)
    switch form {
    case .dense(let smoother):
      smoother.elements.withUnsafeBufferPointer { s in
        Self.overTrainingRuns(start, end, items) { offset, run, position, isFirst in
          Scalar.gemm(
            transposeA: false, transposeB: true, m: rows, n: t, k: run, alpha: 1, a: targets + offset,
            lda: items,
            b: s.baseAddress! + position, ldb: m, beta: isFirst ? 0 : 1, c: predictions, ldc: stride)
        }
      }
      matchTwins(predictions, stride, rows)
      return [Int](repeating: 0, count: worlds)

    case .factored(let f):
      let r = f.basis.columns
      workspace.reserve(rows, rank: r, training: f.rule == nil && trainingFit == nil ? 0 : m, worlds: worlds)
      guard r > 0 else {
        for row in 0..<rows { for p in 0..<t { predictions[row * stride + p] = addsMeans ? means[row] : 0 } }
        trainingFit = trainingFit.map { _ in
          means.flatMap { [Scalar](repeating: $0, count: m) }
        }
        return workspace.choice
      }
      f.basis.elements.withUnsafeBufferPointer { u in
        workspace.latent.withUnsafeMutableBufferPointer { z in
          Self.overTrainingRuns(start, end, items) { offset, run, position, isFirst in
            Scalar.gemm(
              transposeA: false, transposeB: false, m: rows, n: r, k: run, alpha: 1, a: targets + offset,
              lda: items, b: u.baseAddress! + position * r, ldb: r, beta: isFirst ? 0 : 1, c: z.baseAddress!,
              ldc: r)
          }
        }
      }
      switch f.rule {
      case nil: break
      case .leaveOneOut: chooseByLeaveOneOut(f, targets, means, worlds, width, &workspace)
      case .generalizedCrossValidation: chooseByGCV(f, targets, means, worlds, width, &workspace)
      }
      scale(f, \.coefficients, worlds, width, &workspace)
      f.test.elements.withUnsafeBufferPointer { p in
        workspace.scaled.withUnsafeBufferPointer { z in
          Scalar.gemm(
            transposeA: false, transposeB: true, m: rows, n: t, k: r, alpha: 1, a: z.baseAddress!, lda: r,
            b: p.baseAddress!, ldb: r, beta: 0, c: predictions, ldc: stride)
        }
      }
      if addsMeans {
        for row in 0..<rows {
          let mean = means[row]
          let line = predictions + row * stride
          for position in 0..<t { line[position] += mean }
        }
      }
      matchTwins(predictions, stride, rows)
      if trainingFit != nil {
        scale(f, \.shrinkage, worlds, width, &workspace)
        fit(f, rows, &workspace)
        trainingFit = (0..<rows).flatMap { row in
          (0..<m).map { workspace.fitted[row * m + $0] + means[row] }
        }
      }
      return workspace.choice
    }
  }

  /// Makes the predictions for equal items equal.
  private func matchTwins(_ predictions: UnsafeMutablePointer<Scalar>, _ stride: Int, _ rows: Int) {
    guard !twins.isEmpty else { return }
    for row in 0..<rows {
      let line = predictions + row * stride
      for twin in twins { line[twin.copy] = line[twin.original] }
    }
  }

  /// Calls `body` for the run of training items before the test fold and for the one behind it: where the run starts in
  /// a row of targets, how long it is, which training item it starts with, and whether it is the first.
  private static func overTrainingRuns(
    _ start: Int, _ end: Int, _ items: Int, _ body: (Int, Int, Int, Bool) -> Void
  ) {
    if start > 0 { body(0, start, 0, true) }
    if end < items { body(end, items - end, start, start == 0) }
  }

  /// The squared error of every world where each unit is predicted without its own items.
  private func errorsByUnit(
    _ f: Factored, _ units: UnitResiduals<Scalar>, _ order: UnitOrder, _ targets: UnsafePointer<Scalar>,
    _ means: [Scalar], _ width: Int, _ errors: inout [Double], _ workspace: inout Workspace
  ) {
    let (m, rows) = (f.basis.rows, errors.count * width)
    if workspace.byUnit.count < rows * m { workspace.byUnit = [Scalar](repeating: 0, count: rows * m) }
    workspace.fitted.withUnsafeMutableBufferPointer { fitted in
      workspace.byUnit.withUnsafeMutableBufferPointer { residuals in
        let (fitted, residuals) = (fitted.baseAddress!, residuals.baseAddress!)
        order.positions.withUnsafeBufferPointer { positions in
          order.places.withUnsafeBufferPointer { places in
            for row in 0..<rows {
              let (line, own, truth) = (fitted + row * m, residuals + row * m, targets + row * items)
              if f.isComplete {
                for k in 0..<m { own[k] = line[positions[k]] }
              } else {
                let mean = means[row]
                for k in 0..<m { own[k] = truth[places[k]] - (line[positions[k]] + mean) }
              }
            }
          }
        }
        // The fit is no longer needed, so what is left out takes its place.
        units.leaveOut(residuals, rows: rows, into: fitted, scratch: &workspace.unitScratch)
        for world in errors.indices {
          var error = 0.0
          for row in world * width..<(world + 1) * width {
            error += Double(Scalar.squaredDeviation(fitted + row * m, 0, m))
          }
          errors[world] = error
        }
      }
    }
  }

  /// `workspace.scaled` = latent coordinates times some factors.
  private func scale(
    _ f: Factored, _ factors: [Scalar], _ worlds: Int, _ width: Int, _ workspace: inout Workspace
  ) {
    let r = f.basis.columns
    factors.withUnsafeBufferPointer { factor in
      workspace.latent.withUnsafeBufferPointer { z in
        workspace.scaled.withUnsafeMutableBufferPointer { out in
          for row in 0..<worlds * width {
            for j in 0..<r { out[row * r + j] = z[row * r + j] * factor[j] }
          }
        }
      }
    }
  }

  /// `workspace.scaled` = latent coordinates times the chosen penalty's factors.
  private func scale(
    _ f: Factored, _ factors: KeyPath<PenaltyForm, [Scalar]>, _ worlds: Int, _ width: Int,
    _ workspace: inout Workspace
  ) {
    let r = f.basis.columns
    let byPenalty = f.penalties.map { $0[keyPath: factors] }
    for world in 0..<worlds {
      byPenalty[workspace.choice[world]].withUnsafeBufferPointer { factor in
        workspace.latent.withUnsafeBufferPointer { z in
          workspace.scaled.withUnsafeMutableBufferPointer { out in
            for row in world * width..<(world + 1) * width {
              for j in 0..<r { out[row * r + j] = z[row * r + j] * factor[j] }
            }
          }
        }
      }
    }
  }

  /// `workspace.fitted` = scaled coordinates times the basis, for the training items.
  private func fit(_ f: Factored, _ rows: Int, _ workspace: inout Workspace) {
    let (r, m) = (f.basis.columns, f.basis.rows)
    f.basis.elements.withUnsafeBufferPointer { u in
      workspace.scaled.withUnsafeBufferPointer { z in
        workspace.fitted.withUnsafeMutableBufferPointer { fitted in
          Scalar.gemm(
            transposeA: false, transposeB: true, m: rows, n: m, k: r, alpha: 1, a: z.baseAddress!, lda: r,
            b: u.baseAddress!, ldb: r, beta: 0, c: fitted.baseAddress!, ldc: m)
        }
      }
    }
  }

  /// The penalty with the least exact leave-one-out error, per world: the residual of item i without item i is
  /// residual / (1 - leverage). Where units have several items, `UnitResiduals` takes that quotient's place.
  private func chooseByLeaveOneOut(
    _ f: Factored, _ targets: UnsafePointer<Scalar>, _ means: [Scalar], _ worlds: Int, _ width: Int,
    _ workspace: inout Workspace
  ) {
    let (start, end) = (testRange.lowerBound, testRange.upperBound)
    let m = f.basis.rows
    let rows = worlds * width
    var best = [Int](repeating: 0, count: worlds)
    var errors = [Double](repeating: 0, count: worlds)
    for index in f.penalties.indices {
      workspace.choice = [Int](repeating: index, count: worlds)
      if let order = f.unitOrder, let units = f.penalties[index].units {
        scale(f, units.factors, worlds, width, &workspace)
        fit(f, rows, &workspace)
        errorsByUnit(f, units, order, targets, means, width, &errors, &workspace)
        for world in 0..<worlds
        where workspace.isBest(errors[world], world: world, amplification: units.amplification) {
          best[world] = index
        }
        continue
      }
      // Fitted values, or residuals where these would be differences of nearly equal numbers.
      scale(f, f.isComplete ? \.remainder : \.shrinkage, worlds, width, &workspace)
      fit(f, rows, &workspace)
      f.penalties[index].looWeights.withUnsafeBufferPointer { weights in
        workspace.fitted.withUnsafeMutableBufferPointer { fitted in
          for world in 0..<worlds {
            var error = 0.0
            for row in world * width..<(world + 1) * width {
              let line = fitted.baseAddress! + row * m
              if f.isComplete {
                for i in 0..<m { error += Double(weights[i] * line[i] * line[i]) }
                continue
              }
              let mean = means[row]
              for i in 0..<m { line[i] += mean }
              let truth = targets + row * items
              error += Double(
                Scalar.weightedSquaredDistance(truth, line, weights: weights.baseAddress!, start))
              error += Double(
                Scalar.weightedSquaredDistance(
                  truth + end, line + start, weights: weights.baseAddress! + start, items - end))
            }
            errors[world] = error
          }
        }
      }
      for world in 0..<worlds where workspace.isBest(errors[world], world: world) { best[world] = index }
    }
    workspace.choice = best
    workspace.noteCloseCalls()
  }

  /// The penalty with the least generalised cross-validation error, per world. It needs no fitted values: the residual
  /// sum of squares is what lies outside the basis and what each direction leaves.
  private func chooseByGCV(
    _ f: Factored, _ targets: UnsafePointer<Scalar>, _ means: [Scalar], _ worlds: Int, _ width: Int,
    _ workspace: inout Workspace
  ) {
    let (start, end) = (testRange.lowerBound, testRange.upperBound)
    let r = f.basis.columns
    for world in 0..<worlds {
      var outside = 0.0
      for row in world * width..<(world + 1) * width {
        let line = targets + row * items
        outside += Double(Scalar.squaredDeviation(line, means[row], start))
        outside += Double(Scalar.squaredDeviation(line + end, means[row], items - end))
        for j in 0..<r {
          let z = Double(workspace.latent[row * r + j])
          outside -= z * z
        }
      }
      outside = f.isComplete ? 0 : max(outside, 0)
      for (index, penalty) in f.penalties.enumerated() {
        var left = outside
        for row in world * width..<(world + 1) * width {
          for j in 0..<r {
            let z = penalty.remainder[j] * workspace.latent[row * r + j]
            left += Double(z * z)
          }
        }
        let error = Double(penalty.gcvWeight) * left
        if workspace.isBest(error, world: world) { workspace.choice[world] = index }
      }
    }
    workspace.noteCloseCalls()
  }
}
