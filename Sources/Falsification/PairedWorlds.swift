internal import Hypotheses

extension Metric {
  /// How many worlds of a rival enter a paired interval item by item: 100, since more would hardly narrow it; fewer, and at
  /// least 10, where a world keeps every cell of many columns, so that memory and the bootstrap stay within bounds.
  /// - Parameter cells: items times columns.
  func pairedWorlds(cells: Int) -> Int {
    let limit: Int
    switch self {
    // Ranks are taken anew in every draw.
    case .spearmanPerFeature: limit = 500_000
    // Losses and bases in double precision: 300 MB.
    case .r2PerFeature: limit = 20_000_000
    case .f1(let metric) where metric.average == .macro: limit = 20_000_000
    default: return 100
    }
    return min(100, max(10, limit / max(cells, 1)))
  }
}
