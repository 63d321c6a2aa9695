public import GSL
internal import Hypotheses

/// What is predicted, coded as numbers.
public struct Targets: Sendable, Hashable {
  /// Items by coded columns. Real targets stand as they are; two classes are one 0/1 column (1 for the class that
  /// sorts last); more classes are one 0/1 column each.
  public let coded: Matrix<Double>
  /// The class of every item as an index into `classes`; empty for real targets.
  public let labels: [Int]
  /// The class names, sorted; empty for real targets.
  public let classes: [String]

  /// Real targets: items by targets.
  public init(numeric values: Matrix<Double>) {
    coded = values
    labels = []
    classes = []
  }

  /// One class name per item.
  public init(classes names: [String]) {
    let names = names.map(Identifier.init)
    let classes = Set(names).sorted()
    var index: [Identifier: Int] = [:]
    for (position, name) in classes.enumerated() { index[name] = position }
    self.init(labels: names.map { index[$0]! }, classes: classes.map(\.text))
  }

  init(labels: [Int], classes: [String]) {
    self.labels = labels
    self.classes = classes
    let width = classes.count == 2 ? 1 : classes.count
    var coded = Matrix<Double>(rows: labels.count, columns: width)
    for (item, label) in labels.enumerated() {
      if classes.count == 2 { coded[item, 0] = Double(label) } else { coded[item, label] = 1 }
    }
    self.coded = coded
  }

  /// How many items there are.
  public var count: Int { coded.rows }

  /// Whether the targets are class names.
  public var areClasses: Bool { !classes.isEmpty }

  /// The targets of the world in which item i has the target that item `source[i]` has here.
  public func rearranged(by source: [Int32]) -> Targets {
    if areClasses { return Targets(labels: source.map { labels[Int($0)] }, classes: classes) }
    return Targets(numeric: coded.gathering(rows: source.map { Int($0) }))
  }

  /// The mean of every coded column over all items: of classes, their shares.
  var columnMeans: [Double] {
    (0..<coded.columns).map { column in coded.column(column).reduce(0, +) / Double(count) }
  }

  /// A number per item, equal for two items exactly when their targets are equal.
  public var identities: [Int] {
    if areClasses { return labels }
    var known: [ArraySlice<Double>: Int] = [:]
    return (0..<count).map { item in
      let row = coded.row(item)
      if let identity = known[row] { return identity }
      known[row] = known.count
      return known.count - 1
    }
  }
}
