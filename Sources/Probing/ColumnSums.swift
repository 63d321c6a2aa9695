internal import GSL

/// Losses and bases of metrics that are a mean of ratios over columns, summed over each unit, so that many reweighted
/// scores are two matrix products per world.
package struct ColumnSums: Sendable {
  /// By world and repetition; units by columns.
  private let sums: [[(loss: Matrix<Double>, base: Matrix<Double>)]]
  /// The same, over all units.
  private let totals: [[(loss: [Double], base: [Double])]]

  /// `nil` where a metric is no mean of ratios over columns.
  package init?(_ worlds: [ScoredWorld], unitOf: [Int], units: Int) {
    let isIdentity = units == unitOf.count && unitOf.indices.allSatisfy { unitOf[$0] == $0 }
    func summed(_ matrix: Matrix<Double>) -> Matrix<Double> {
      if isIdentity { return matrix }
      var result = Matrix<Double>(rows: units, columns: matrix.columns)
      for item in 0..<matrix.rows {
        let start = unitOf[item] * matrix.columns
        for column in 0..<matrix.columns { result.elements[start + column] += matrix[item, column] }
      }
      return result
    }
    func total(_ matrix: Matrix<Double>) -> [Double] {
      var result = [Double](repeating: 0, count: matrix.columns)
      for row in 0..<matrix.rows {
        for column in 0..<matrix.columns { result[column] += matrix[row, column] }
      }
      return result
    }
    var sums: [[(loss: Matrix<Double>, base: Matrix<Double>)]] = []
    for world in worlds {
      var own: [(loss: Matrix<Double>, base: Matrix<Double>)] = []
      for items in world.repeats {
        guard case .columns(let loss, let base) = items else { return nil }
        own.append((summed(loss), summed(base)))
      }
      sums.append(own)
    }
    self.sums = sums
    totals = sums.map { $0.map { (total($0.loss), total($0.base)) } }
  }

  /// By weighting and world.
  /// - Parameter counts: how often every unit is drawn.
  package func scores(_ counts: [[Int32]]) -> [[Double]] {
    let weights = Matrix(
      rows: counts.count, columns: counts.first?.count ?? 0,
      elements: counts.flatMap { $0.map { Double($0) } })
    var result = [[Double]](repeating: [], count: counts.count)
    for world in sums {
      var scores = [Double](repeating: 0, count: counts.count)
      for (loss, base) in world {
        let (lost, all) = (weights.multiplied(by: loss), weights.multiplied(by: base))
        for draw in scores.indices { scores[draw] += ItemScores.meanOfRatios(lost.row(draw), all.row(draw)) }
      }
      for draw in scores.indices { result[draw].append(scores[draw] / Double(world.count)) }
    }
    return result
  }

  /// By world.
  package func leavingOut(_ unit: Int) -> [Double] {
    sums.indices.map { world in
      var score = 0.0
      for (own, all) in zip(sums[world], totals[world]) {
        score += ItemScores.meanOfRatios(
          zip(all.loss, own.loss.row(unit)).map { $0 - $1 }[...],
          zip(all.base, own.base.row(unit)).map { $0 - $1 }[...])
      }
      return score / Double(sums[world].count)
    }
  }
}
