internal import GSL

// Every item twice, with what it scored: item i stands again at i + items.
extension Reading {
  /// The reading in which every item contributes twice, its copies after all the items.
  package var doubled: Reading {
    let bounds = bounds.map { Bounds(floor: $0.floor.doubled, ceiling: $0.ceiling.doubled) }
    switch combination {
    case .single: return Reading(sides[0].doubled)
    case .difference: return Reading(sides[0].doubled, over: sides[1].doubled, bounds: bounds)
    case .best, .worst: return Reading(family: sides.map(\.doubled), combination)
    }
  }
}

extension ScoredWorld {
  fileprivate var doubled: ScoredWorld { ScoredWorld(repeats: repeats.map(\.doubled)) }
}

extension ItemScores {
  fileprivate var doubled: ItemScores {
    switch self {
    case .ratio(let loss, let base): return .ratio(loss: loss + loss, base: base + base)
    case .average(let loss, let base): return .average(loss: loss + loss, base: base + base)
    case .columns(let loss, let base): return .columns(loss: loss.doubled, base: base.doubled)
    case .recalls(let isCorrect, let labels, let classes):
      return .recalls(isCorrect: isCorrect + isCorrect, labels: labels + labels, classes: classes)
    case .ranked(let metric, let columns):
      let items = columns.first.map { $0.reduce(0) { $0 + $1.items.count } } ?? 0
      return .ranked(metric, columns: columns.map { $0.map { $0.doubled(of: items) } })
    }
  }
}

extension Matrix<Double> {
  fileprivate var doubled: Matrix { Matrix(rows: 2 * rows, columns: columns, elements: elements + elements) }
}
