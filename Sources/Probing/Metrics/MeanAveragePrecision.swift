internal import GSL

/// The mean over items of the average precision of their gold features: of the precision at the rank of each gold
/// feature, features taken by descending prediction (Manning, Raghavan & Schütze 2008, section 8.4). Ties go to the
/// column that stands first; items without gold features do not count.
enum MeanAveragePrecision {
  static func itemScores(_ predictions: [Double], _ targets: Targets, _ split: Split) -> ItemScores {
    let (items, width) = (targets.count, targets.coded.columns)
    let rows = Matrix(positions: items, predictions: predictions)
    var loss = [Double](repeating: 0, count: items)
    var base = loss
    rows.elements.withUnsafeBufferPointer { predicted in
      targets.coded.elements.withUnsafeBufferPointer { truth in
        for (position, item) in split.order.enumerated() {
          let (row, gold) = (predicted.baseAddress! + position * width, truth.baseAddress! + item * width)
          let ranks = ranks(of: (0..<width).filter { gold[$0] > 0 }, row, width)
          guard !ranks.isEmpty else { continue }
          var sum = 0.0
          for (place, rank) in ranks.enumerated() { sum += Double(place + 1) / Double(rank) }
          loss[item] = 1 - sum / Double(ranks.count)
          base[item] = 1
        }
      }
    }
    return .ratio(loss: loss, base: base)
  }

  /// The ranks of some places by descending value, from 1 up, ascending.
  private static func ranks(of gold: [Int], _ values: UnsafePointer<Double>, _ count: Int) -> [Int] {
    if gold.count > 32 {
      var isGold = [Bool](repeating: false, count: count)
      for place in gold { isGold[place] = true }
      return PrecisionOrder.descending(values, count).enumerated().filter { isGold[$0.element] }.map {
        $0.offset + 1
      }
    }
    return gold.map { place in
      let own = values[place]
      var rank = 1
      for other in 0..<place where values[other] >= own { rank += 1 }
      for other in place..<count where values[other] > own { rank += 1 }
      return rank
    }.sorted()
  }
}

/// The order in which features are ranked.
enum PrecisionOrder {
  /// All places, the largest value first; ties go to what stands first.
  static func descending(_ values: UnsafePointer<Double>, _ count: Int) -> [Int] {
    (0..<count).sorted { values[$0] != values[$1] ? values[$0] > values[$1] : $0 < $1 }
  }
}
