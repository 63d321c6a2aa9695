public import GSL
public import Hypotheses
public import Probing
public import Resampling

/// The worlds of `random_norms`: random targets with something of the real ones' shape.
///
/// `cells`: all cells in a random order. `columns`: every column in a random order of its own. `marginals`: which cells are
/// not 0 is drawn uniformly from all patterns with the same counts in every row and column, by the curveball walk
/// (Strona et al. 2014, Nature Communications 5, 4114; uniform: Carstens 2015, Physical Review E 91, 042812); then
/// every item's values are dealt anew to its features.
public struct RandomNormsWorlds: NormRival {
  /// Trades per item: every item takes part in twice as many on average.
  static let tradesPerItem = 10

  let kind: RandomNorms.Kind
  /// Items by columns.
  let real: Matrix<Double>
  /// For `marginals`: the columns that are not 0, ascending, and their values, by item.
  let features: [[Int32]]
  let values: [[Double]]
  let key: StreamKey

  /// - Parameter real: the real targets, items by columns.
  public init(kind: RandomNorms.Kind, real: Matrix<Double>, key: StreamKey) {
    self.kind = kind
    self.real = real
    self.key = key
    guard kind == .marginals else {
      (features, values) = ([], [])
      return
    }
    features = (0..<real.rows).map { item in
      (0..<Int32(real.columns)).filter { real[item, Int($0)] != 0 }
    }
    values = (0..<real.rows).map { item in real.row(item).filter { $0 != 0 } }
  }

  public var count: Int? { nil }

  public func targets(replicate: Int) -> Targets {
    var stream = RandomStream(key, replicate: replicate)
    var drawn = Matrix<Double>(rows: real.rows, columns: real.columns)
    switch kind {
    case .cells:
      let order = stream.permutation(real.elements.count)
      for (cell, source) in order.enumerated() { drawn.elements[cell] = real.elements[Int(source)] }
    case .columns:
      for column in 0..<real.columns {
        let order = stream.permutation(real.rows)
        for (item, source) in order.enumerated() { drawn[item, column] = real[Int(source), column] }
      }
    case .marginals:
      var rows = features
      curveball(&rows, &stream)
      for item in rows.indices {
        let order = stream.permutation(rows[item].count)
        for (feature, source) in zip(rows[item], order) {
          drawn[item, Int(feature)] = values[item][Int(source)]
        }
      }
    }
    return Targets(numeric: drawn)
  }

  /// Two items at a time pool the features that only one of them has and deal them anew, each as many as it had.
  private func curveball(_ rows: inout [[Int32]], _ stream: inout RandomStream) {
    guard rows.count > 1 else { return }
    // Whose feature it is within one trade: 1 and 2 for one item's only, 3 for both.
    var owner = [UInt8](repeating: 0, count: real.columns)
    var pool: [Int32] = []
    for _ in 0..<rows.count * Self.tradesPerItem {
      let first = stream.below(rows.count)
      var second = stream.below(rows.count - 1)
      if second >= first { second += 1 }
      for feature in rows[first] { owner[Int(feature)] = 1 }
      for feature in rows[second] { owner[Int(feature)] |= 2 }
      pool.removeAll(keepingCapacity: true)
      var kept: [Int32] = []
      var own = 0
      for feature in rows[first] {
        if owner[Int(feature)] == 3 {
          kept.append(feature)
        } else {
          pool.append(feature)
          own += 1
        }
      }
      for feature in rows[second] where owner[Int(feature)] == 2 { pool.append(feature) }
      for feature in rows[first] { owner[Int(feature)] = 0 }
      for feature in rows[second] { owner[Int(feature)] = 0 }
      guard own > 0, own < pool.count else { continue }
      stream.shuffle(&pool)
      rows[first] = kept + pool[..<own]
      rows[second] = kept + pool[own...]
    }
  }
}

extension RandomStream {
  /// The numbers from 0 up to but without `count`, in random order.
  mutating func permutation(_ count: Int) -> [Int32] {
    var order = (0..<Int32(count)).map { $0 }
    shuffle(&order)
    return order
  }
}
