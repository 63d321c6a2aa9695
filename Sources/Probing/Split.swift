public import Resampling

/// One division of the items into folds. Every item is tested exactly once.
///
/// An online division (`isOnline`) is one into the blocks of an online code: a probe is fitted to the blocks before the
/// one that it predicts, not to all the others, and for the first block to nothing.
public struct Split: Sendable, Hashable {
  /// The items in the order in which everything about this split is stored: fold by fold, ascending within a fold.
  public let order: [Int]
  /// Fold f holds the items `order[starts[f]..<starts[f + 1]]`; one more entry than there are folds.
  public let starts: [Int]
  /// Whether the folds are blocks in an order, each predicted from those before it.
  public let isOnline: Bool
  /// The group of every item, in the same order; `nil` where items were divided one by one.
  public let groups: [Int]?
  /// The units that choices inside a training fold keep whole, in the same order: items that share a group or a unit of
  /// independence, directly or through a chain of others. `nil` where every item stands for itself.
  public let units: [Int]?
  /// The class of every item, in item order, where classes were spread over the folds.
  private let classes: [Int]?

  /// Draws a division into `folds` folds of nearly equal size.
  ///
  /// The labels play no part in it, so that it is the same in every world. Without groups, a random order is cut into
  /// `folds` parts whose sizes differ by at most one. With groups, the groups are dealt, largest first and in random
  /// order among equals, each to the fold that is smallest so far.
  /// - Parameters:
  ///   - groups: one id per item; items of one group share a fold.
  ///   - units: one id per item: the unit of independence. It plays no part in the division, only in what is chosen inside
  ///     a training fold.
  ///   - classes: the class of every item, from 0 up; each class is then spread over the folds as evenly as possible, and
  ///     the labels do play a part. An item's (or group's) fold depends on its classes alone, not on which item it is, so
  ///     that all labels that give the folds the same groups' classes have the same probability of being so divided.
  ///   - repetition: which of several independent divisions this is.
  /// - Returns: `nil` where there are fewer groups (or items) than folds, or fewer than two folds.
  public init?(
    items: Int, folds: Int, groups: [Int]?, units: [Int]? = nil, classes: [Int]? = nil, key: StreamKey,
    repetition: Int
  ) {
    precondition(groups == nil || groups!.count == items, "one group per item")
    let groupOf = groups ?? Array(0..<items)
    var members: [Int: [Int]] = [:]
    for (item, group) in groupOf.enumerated() { members[group, default: []].append(item) }
    guard folds >= 2, members.count >= folds else { return nil }

    var dealt = members.keys.sorted().map { Int32($0) }
    var stream = RandomStream(key.appending("folds"), replicate: repetition)
    stream.shuffle(&dealt)
    // A stable sort keeps the random order among groups of one size.
    let bySize = dealt.enumerated().sorted {
      let (a, b) = (members[Int($0.element)]!.count, members[Int($1.element)]!.count)
      return a != b ? a > b : $0.offset < $1.offset
    }.map { members[Int($0.element)]! }
    var parts = [[Int]](repeating: [], count: folds)
    if let classes {
      parts = Self.stratified(bySize, folds: folds, classes: classes)
    } else {
      for group in bySize {
        let smallest = parts.indices.min { parts[$0].count < parts[$1].count }!
        parts[smallest] += group
      }
    }
    order = parts.flatMap { $0.sorted() }
    (self.groups, self.units) = Self.ordered(groups, units, order)
    starts = parts.reduce(into: [0]) { $0.append($0.last! + $1.count) }
    isOnline = false
    self.classes = classes
  }

  /// Deals groups one after the other, each to the fold where it adds least to the sum over classes and folds of the squared
  /// shares that a class has there; of equal ones to the smallest.
  private static func stratified(_ groups: [[Int]], folds: Int, classes: [Int]) -> [[Int]] {
    let count = (classes.max() ?? 0) + 1
    var sizes = [Double](repeating: 0, count: count)
    for label in classes { sizes[label] += 1 }
    var parts = [[Int]](repeating: [], count: folds)
    var shares = [[Double]](repeating: [Double](repeating: 0, count: count), count: folds)
    for group in groups {
      var own = [Double](repeating: 0, count: count)
      for item in group { own[classes[item]] += 1 }
      // What the group adds, less what it adds anywhere; whole numbers first, so that equal folds tie.
      let added = shares.map { fold in
        (0..<count).reduce(0) { $0 + (own[$1] > 0 ? fold[$1] * own[$1] / (sizes[$1] * sizes[$1]) : 0) }
      }
      let best = parts.indices.min {
        added[$0] != added[$1] ? added[$0] < added[$1] : parts[$0].count < parts[$1].count
      }!
      parts[best] += group
      for label in 0..<count { shares[best][label] += own[label] }
    }
    return parts
  }

  /// Draws an order of the items and cuts it into the blocks of an online code (`OnlineCode`).
  ///
  /// The labels play no part in it, so that it is the same in every world. Groups are put into a random order, and a block
  /// ends with the first whole group that reaches its share: items of one group are never divided among blocks.
  /// - Parameters:
  ///   - groups: one id per item; items of one group share a block.
  ///   - units: as above.
  ///   - repetition: which of several independent orders this is.
  /// - Returns: `nil` where this makes fewer than two blocks.
  public init?(
    onlineCodeOf items: Int, groups: [Int]?, units: [Int]? = nil, key: StreamKey, repetition: Int
  ) {
    precondition(groups == nil || groups!.count == items, "one group per item")
    guard let code = try? OnlineCode(items: items) else { return nil }
    let groupOf = groups ?? Array(0..<items)
    var members: [Int: [Int]] = [:]
    for (item, group) in groupOf.enumerated() { members[group, default: []].append(item) }
    var drawn = members.keys.sorted().map { Int32($0) }
    var stream = RandomStream(key.appending("order"), replicate: repetition)
    stream.shuffle(&drawn)
    var (order, starts) = ([Int](), [0])
    var ends = code.ends[...]
    for group in drawn {
      order += members[Int(group)]!
      guard let end = ends.first, order.count >= end else { continue }
      starts.append(order.count)
      ends = ends.drop { $0 <= order.count }
    }
    guard starts.count > 2 else { return nil }
    (self.groups, self.units) = Self.ordered(groups, units, order)
    self.order = order
    self.starts = starts
    isOnline = true
    classes = nil
  }

  /// The same kind of division of the same items, drawn anew.
  /// - Returns: `nil` where they cannot be divided.
  public func redrawn(key: StreamKey, repetition: Int) -> Split? {
    func byItem(_ ids: [Int]?) -> [Int]? {
      ids.map { ids in
        var result = ids
        for (position, item) in order.enumerated() { result[item] = ids[position] }
        return result
      }
    }
    let (groups, units) = (byItem(groups), byItem(units))
    return isOnline
      ? Split(onlineCodeOf: order.count, groups: groups, units: units, key: key, repetition: repetition)
      : Split(
        items: order.count, folds: count, groups: groups, units: units, classes: classes, key: key,
        repetition: repetition)
  }

  /// By how much the scores of folds vary together because their training sets overlap: 1 + J n2/n1 for J test folds of n2 and
  /// training sets of n1 items (Nadeau & Bengio 2003, Machine Learning 52, 239). Of an online code, where a block is predicted
  /// from as many items as it has, once, it is 2.
  public var overlap: Double {
    isOnline ? 2 : (0..<count).reduce(1) { $0 + Double(range($1).count) / Double(trainingCount($1)) }
  }

  /// A given division: `fold[i]` is the fold of item i, from 0 up, none of them empty.
  /// - Parameter units: the unit of every item, for choices inside a training fold; `nil`: its own.
  public init(foldOf: [Int], units: [Int]? = nil) {
    let count = (foldOf.max() ?? -1) + 1
    var parts = [[Int]](repeating: [], count: count)
    for (item, fold) in foldOf.enumerated() { parts[fold].append(item) }
    precondition(parts.allSatisfy { !$0.isEmpty }, "an empty fold")
    order = parts.flatMap { $0 }
    (groups, self.units) = Self.ordered(nil, units, order)
    starts = parts.reduce(into: [0]) { $0.append($0.last! + $1.count) }
    isOnline = false
    classes = nil
  }

  /// A given online code: the items of every block, in the order in which they are sent.
  public init(blocks: [[Int]]) {
    precondition(blocks.count >= 2 && blocks.allSatisfy { !$0.isEmpty }, "an empty block, or one block only")
    order = blocks.flatMap { $0 }
    (groups, units, classes) = (nil, nil, nil)
    starts = blocks.reduce(into: [0]) { $0.append($0.last! + $1.count) }
    isOnline = true
  }

  /// Groups, and the units inside a training fold, in the order of a split.
  private static func ordered(
    _ groups: [Int]?, _ units: [Int]?, _ order: [Int]
  ) -> (groups: [Int]?, units: [Int]?) {
    precondition(units == nil || units!.count == order.count, "one unit per item")
    var inner = units ?? groups
    if let units, let groups { inner = linked([units.map { 2 * $0 }, groups.map { 2 * $0 + 1 }]) }
    return (groups.map { groups in order.map { groups[$0] } }, inner.map { inner in order.map { inner[$0] } })
  }

  /// How many folds there are.
  public var count: Int { starts.count - 1 }

  /// The fold of every item.
  public var foldOf: [Int] {
    var foldOf = [Int](repeating: 0, count: order.count)
    for fold in 0..<count { for item in order[range(fold)] { foldOf[item] = fold } }
    return foldOf
  }

  /// The positions in `order` of fold `fold`.
  public func range(_ fold: Int) -> Range<Int> { starts[fold]..<starts[fold + 1] }

  /// Whether fold `fold` has training items. The first block of an online code has none.
  public func hasTraining(_ fold: Int) -> Bool { !isOnline || fold > 0 }

  /// How many training items fold `fold` has.
  public func trainingCount(_ fold: Int) -> Int {
    isOnline ? starts[fold] : order.count - range(fold).count
  }

  /// The training items of fold `fold`, in the order of this split.
  public func training(_ fold: Int) -> [Int] {
    isOnline ? Array(order[..<starts[fold]]) : Array(order[..<starts[fold]] + order[starts[fold + 1]...])
  }

  /// The units of the training items of fold `fold`, in the order of `training`: what any choice made inside the training
  /// fold leaves out or keeps as a whole.
  /// - Returns: `nil` where choices go by item: each is a unit, or all are one, which leaves nothing to choose between.
  func trainingUnits(_ fold: Int) -> [Int]? {
    guard let units else { return nil }
    let own = Array(units[..<starts[fold]]) + (isOnline ? [] : Array(units[starts[fold + 1]...]))
    return (2..<max(own.count, 2)).contains(Set(own).count) ? own : nil
  }
}

/// A number per item: items that share a value, in one list or in two, or are joined by a chain of such items, have the
/// same one, that of the first of them.
/// - Parameter lists: a value per item in each.
package func linked<Value: Hashable>(_ lists: [[Value]]) -> [Int] {
  var joined = DisjointSets(count: lists.first?.count ?? 0)
  var firstHolder: [Value: Int] = [:]
  for list in lists {
    for (place, value) in list.enumerated() {
      if let holder = firstHolder[value] {
        joined.join(holder, place)
      } else {
        firstHolder[value] = place
      }
    }
  }
  return joined.groups
}
