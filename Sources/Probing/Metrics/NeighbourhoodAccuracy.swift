internal import GSL
internal import Hypotheses

extension NeighbourhoodAccuracy {
  func itemScores(_ predictions: [Double], _ targets: Targets, _ split: Split) -> ItemScores {
    let items = targets.count
    let rows = Matrix(positions: items, predictions: predictions)
    let nearness = nearness(rows, targets.coded)
    let identities = targets.identities
    var loss = [Double](repeating: 0, count: items)
    for (position, item) in split.order.enumerated() {
      let line = nearness.row(position)
      let own = line[line.startIndex + item]
      // A product rounds equal targets differently in different places.
      let tolerance = 1e-12 * max(1, abs(own))
      var (nearer, tied) = (0, 0)
      for (other, value) in line.enumerated() {
        if identities[other] == identities[item] || abs(value - own) <= tolerance {
          tied += 1
        } else if value > own {
          nearer += 1
        }
      }
      loss[item] = 1 - min(max(Double(n - nearer) / Double(tied), 0), 1)
    }
    return .ratio(loss: loss, base: [Double](repeating: 1, count: items))
  }

  /// Predictions by targets: a number that is larger where they are nearer.
  private func nearness(_ predictions: Matrix<Double>, _ targets: Matrix<Double>) -> Matrix<Double> {
    func squares(_ matrix: Matrix<Double>) -> [Double] {
      (0..<matrix.rows).map { matrix.row($0).reduce(0) { $0 + $1 * $1 } }
    }
    var result = predictions.multiplied(by: targets, transposeOther: true)
    let (of, to) = (squares(predictions), squares(targets))
    for i in 0..<result.rows {
      for j in 0..<result.columns {
        switch similarity {
        case .cosine:
          let norms = (of[i] * to[j]).squareRoot()
          result[i, j] = norms > 0 ? result[i, j] / norms : 0
        case .euclidean: result[i, j] = -max(of[i] + to[j] - 2 * result[i, j], 0).squareRoot()
        }
      }
    }
    return result
  }
}
