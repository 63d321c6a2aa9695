internal import GSL
internal import Hypotheses

/// Ridge where every fold has targets of its own: the smoother in double precision.
struct RidgeFold: FoldProbe {
  private let smoother: RidgeSmoother<Double>
  /// Ascending.
  private let penalties: [Double]

  /// - Parameter units: the unit of every training item; `nil`: its own.
  init(
    _ probe: Ridge, _ ordered: Matrix<Double>, _ testRange: Range<Int>, units: [Int]? = nil
  ) throws(LinearAlgebraError) {
    // The test items last, so that training items are one run.
    let training = Array(0..<testRange.lowerBound) + Array(testRange.upperBound..<ordered.rows)
    let rows = ordered.gathering(rows: training + Array(testRange))
    let tested = training.count..<ordered.rows
    var only: Double?
    switch probe.penalty {
    case .fixed(let penalty): (only, penalties) = (penalty, [penalty])
    case .chosen(_, let grid): penalties = grid.sorted()
    }
    smoother = RidgeSmoother(
      try RidgeFactor(x: rows, testRange: tested, standardized: probe.standardized, penalty: only),
      probe: probe, testRange: tested, items: rows.rows, units: units, mayBeDense: false)
  }

  func fit(_ targets: FoldTargets, wantsTrainingFit: Bool) -> FoldFit {
    let (rows, training, tested) = (targets.values.columns, targets.values.rows, smoother.testRange.count)
    var values = [Double](repeating: 0, count: rows * smoother.items)
    var means = [Double](repeating: 0, count: rows)
    for item in 0..<training {
      for row in 0..<rows {
        let value = targets.values[item, row]
        values[row * smoother.items + item] = value
        means[row] += value / Double(training)
      }
    }
    var predictions = [Double](repeating: 0, count: rows * tested)
    var workspace = RidgeSmoother<Double>.Workspace()
    var fit: [Double]? = wantsTrainingFit ? [] : nil
    let choice = values.withUnsafeBufferPointer { y in
      predictions.withUnsafeMutableBufferPointer { out in
        smoother.predict(
          targets: y.baseAddress!, means: means, worlds: targets.worlds, width: targets.width,
          into: out.baseAddress!, stride: tested, workspace: &workspace, trainingFit: &fit)
      }
    }
    return FoldFit(
      predictions: Matrix(rows: rows, columns: tested, elements: predictions).transposed,
      trainingFit: fit.map { Matrix(rows: rows, columns: training, elements: $0).transposed },
      choices: choice.map { penalties[$0] })
  }
}
