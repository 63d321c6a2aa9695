internal import GSL
internal import Hypotheses

extension NeighbourhoodAccuracy {
  /// An item's targets are searched among the targets of all items, also where the sample that is scored holds only some
  /// of them: what is weighted is the question, not the haystack.
  func itemScores(_ predictions: [Double], _ targets: Targets, _ split: Split) -> ItemScores {
    let items = targets.count
    let rows = Matrix(positions: items, predictions: predictions)
    let products = rows.multiplied(by: targets.coded, transposeOther: true)
    let (of, to) = (rows.squaredNorms, targets.coded.squaredNorms)
    let identities = targets.identities
    var loss = [Double](repeating: 0, count: items)
    var nearness = [Double](repeating: 0, count: items)
    for (position, item) in split.order.enumerated() {
      // A product rounds equal targets differently in different places; what is tied must not depend on it.
      let tolerance: Double
      switch similarity {
      case .cosine:
        tolerance = 1e-12
        for other in 0..<items {
          let norms = (of[position] * to[other]).squareRoot()
          nearness[other] = norms > 0 ? products[position, other] / norms : 0
        }
      case .euclidean:
        tolerance = 1e-12 * (of[position] + to[item])
        for other in 0..<items {
          nearness[other] = 2 * products[position, other] - of[position] - to[other]
        }
      }
      let own = nearness[item]
      var (nearer, tied) = (0, 0)
      for other in 0..<items {
        if identities[other] == identities[item] || abs(nearness[other] - own) <= tolerance {
          tied += 1
        } else if nearness[other] > own {
          nearer += 1
        }
      }
      loss[item] = 1 - min(max(Double(n - nearer) / Double(tied), 0), 1)
    }
    return .ratio(loss: loss, base: [Double](repeating: 1, count: items))
  }
}

extension Matrix<Double> {
  /// The sum of the squares of every row.
  fileprivate var squaredNorms: [Double] { (0..<rows).map { row($0).reduce(0) { $0 + $1 * $1 } } }
}
