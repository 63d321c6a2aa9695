public import GSL
internal import Hypotheses

/// The worlds of `untrained` (one per twin) and of `confounds` (one): representations that come from files.
public struct GivenRepresentations: RepresentationRival {
  let representations: [Matrix<Double>]

  /// - Parameter representations: each items by dimensions, rows in the items' order.
  public init(_ representations: [Matrix<Double>]) {
    self.representations = representations
  }

  public var count: Int? { representations.count }

  public func representation(replicate: Int) -> Matrix<Double> { representations[replicate] }
}

/// One column of a confound table as numbers.
public enum ConfoundColumn: Sendable {
  case numeric([Double])
  case classes([String])
}

extension Matrix<Double> {
  /// Confound columns side by side: numbers as they are, classes one-hot coded in sorted order.
  public init(confounds columns: [ConfoundColumn], items: Int) {
    var coded: [[Double]] = []
    for column in columns {
      switch column {
      case .numeric(let values): coded.append(values)
      case .classes(let names):
        let names = names.map(Identifier.init)
        for name in Set(names).sorted() { coded.append(names.map { $0 == name ? 1 : 0 }) }
      }
    }
    self.init(rows: items, columns: coded.count)
    for (j, values) in coded.enumerated() { for i in 0..<items { self[i, j] = values[i] } }
  }
}
