internal import GSL
internal import Hypotheses

extension PrecisionAtK {
  func itemScores(_ predictions: [Double], _ targets: Targets, _ split: Split) -> ItemScores {
    let (items, width) = (targets.count, targets.coded.columns)
    let rows = Matrix(positions: items, predictions: predictions)
    var loss = [Double](repeating: 0, count: items)
    var base = loss
    rows.elements.withUnsafeBufferPointer { predicted in
      targets.coded.elements.withUnsafeBufferPointer { truth in
        for (position, item) in split.order.enumerated() {
          let (row, gold) = (predicted.baseAddress! + position * width, truth.baseAddress! + item * width)
          var count = 0
          for column in 0..<width where gold[column] > 0 { count += 1 }
          guard count > 0 else { continue }
          let size: Int
          switch k {
          case .gold: size = count
          case .fixed(let k): size = min(k, width)
          }
          let hits = Self.largest(size, row, width).count { gold[$0] > 0 }
          loss[item] = 1 - Double(hits) / Double(size)
          base[item] = 1
        }
      }
    }
    return .ratio(loss: loss, base: base)
  }

  /// The places of the `wanted` largest of some values, the largest first; ties go to what stands first.
  static func largest(_ wanted: Int, _ values: UnsafePointer<Double>, _ count: Int) -> [Int] {
    // Insertion is the fastest for the few that are usually wanted.
    if wanted > 100 { return Array(PrecisionOrder.descending(values, count).prefix(wanted)) }
    var best: [Int] = []
    best.reserveCapacity(wanted + 1)
    for place in 0..<count {
      let value = values[place]
      if best.count == wanted {
        guard value > values[best[wanted - 1]] else { continue }
        best.removeLast()
      }
      var target = best.count
      while target > 0, values[best[target - 1]] < value { target -= 1 }
      best.insert(place, at: target)
    }
    return best
  }
}
