/// How many independent units a score is worth at the least, where no unit differs from the others so that their spread says
/// nothing: what bounds at the end of a scale are computed from.
extension ScoredWorld {
  /// Kish's (sum of weights)^2 / sum of squared weights over the units, whose weights are what they add to the score's
  /// denominator. Of a mean over K classes it is K^2 / sum of 1/n over the classes' own numbers n, since the variances of K
  /// shares add up: two units of one class bound its recall badly however many there are of the other.
  /// - Parameter unitOf: the unit of every item, numbered from 0.
  func edgeUnits(unitOf: [Int], units: Int) -> Double {
    func kish(_ weight: (_ item: Int) -> Double) -> Double {
      var sums = [Double](repeating: 0, count: units)
      for (item, unit) in unitOf.enumerated() { sums[unit] += weight(item) }
      let (sum, squares) = sums.reduce((0.0, 0.0)) { ($0.0 + $1, $0.1 + $1 * $1) }
      return squares > 0 ? sum * sum / squares : 0
    }
    func overClasses(_ classOf: [Int?], _ classes: Int) -> Double {
      let sizes = (0..<classes).map { label in kish { classOf[$0] == label ? 1 : 0 } }.filter { $0 > 0 }
      return sizes.isEmpty ? 0 : Double(sizes.count * sizes.count) / sizes.reduce(0) { $0 + 1 / $1 }
    }
    switch repeats[0] {
    case .ratio(_, let base), .average(_, let base): return kish { base[$0] }
    case .columns: return kish { _ in 1 }
    case .recalls(_, let labels, let classes): return overClasses(labels, classes)
    case .ranked(let metric, let columns):
      guard metric == .auc else { return kish { _ in 1 } }
      var classOf = [Int?](repeating: nil, count: unitOf.count)
      for fold in columns.joined() {
        for (position, place) in fold.byPrediction.enumerated() {
          classOf[Int(fold.items[Int(place)])] = fold.isPositive[position] ? 1 : 0
        }
      }
      return overClasses(classOf, 2)
    }
  }
}
