internal import GSL
internal import Hypotheses

extension PrecisionAtK {
  func itemScores(_ predictions: [Double], _ targets: Targets, _ split: Split) -> ItemScores {
    let rows = Matrix(positions: targets.count, predictions: predictions)
    var loss = [Double](repeating: 0, count: targets.count)
    var base = loss
    for (position, item) in split.order.enumerated() {
      let truth = targets.coded.row(item)
      let gold = truth.count { $0 > 0 }
      guard gold > 0 else { continue }
      let size: Int
      switch k {
      case .gold: size = gold
      case .fixed(let k): size = min(k, truth.count)
      }
      let hits = Self.largest(size, of: rows.row(position)).count { truth[truth.startIndex + $0] > 0 }
      loss[item] = 1 - Double(hits) / Double(size)
      base[item] = 1
    }
    return .ratio(loss: loss, base: base)
  }

  /// The places of the `count` largest values, the largest first; ties go to what stands first.
  static func largest(_ count: Int, of values: ArraySlice<Double>) -> [Int] {
    var best: [Int] = []
    best.reserveCapacity(count + 1)
    let start = values.startIndex
    for (place, value) in values.enumerated() {
      if best.count == count {
        guard value > values[start + best[count - 1]] else { continue }
        best.removeLast()
      }
      var target = best.count
      while target > 0, values[start + best[target - 1]] < value { target -= 1 }
      best.insert(place, at: target)
    }
    return best
  }
}
