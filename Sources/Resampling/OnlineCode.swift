internal import Glibc

/// Why a description length cannot be computed.
public enum OnlineCodeError: Error, Sendable, Hashable {
  /// There are fewer items than two blocks need.
  case tooFewItems(Int)
  /// Classes are coded; there must be two at least.
  case tooFewClasses(Int)
  /// One probability for each item after the first block is needed.
  case countsDiffer(expected: Int, found: Int)
  /// A probability lies outside 0...1, or is none.
  case notAProbability(item: Int)
}

/// The online code of class labels (Voita and Titov 2020, EMNLP, arXiv 2003.12298, section 3.2): the labels are sent
/// block by block; the first with a uniform code, each later one with the code of a model that was fitted to all
/// the blocks before it. What is easy to learn from few items has a short code.
public struct OnlineCode: Sendable, Hashable {
  /// The shares of the items that have been sent after each block: 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.25, 12.5, 25, 50
  /// and 100 %.
  public static let shares = [
    0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.0625, 0.125, 0.25, 0.5, 1,
  ]

  /// The number of items that have been sent after each block, rising to all.
  public let ends: [Int]

  public var items: Int { ends[ends.count - 1] }

  /// The blocks of a number of items: for each share the nearest whole number of items (halves up), but not fewer
  /// than `first`. Blocks that this leaves empty are left out; so few items have fewer blocks.
  /// - Parameter first: the least size of the first block; a model of K classes can't be fitted to fewer than K.
  /// - Throws: `tooFewItems` when the first block would hold all items.
  public init(items: Int, first: Int = 1) throws(OnlineCodeError) {
    var ends: [Int] = []
    for share in Self.shares {
      let end = max(Int((share * Double(items)).rounded(.toNearestOrAwayFromZero)), max(first, 1))
      if end <= items && end > ends.last ?? 0 { ends.append(end) }
    }
    guard ends.count >= 2, ends.last == items else { throw .tooFewItems(items) }
    self.ends = ends
  }

  /// The items of every block after the first; each is predicted by a model fitted to the items before it.
  public var predicted: [Range<Int>] { zip(ends, ends.dropFirst()).map { $0..<$1 } }

  /// The length of the code in bits: t_1 log2 K minus the sum of log2 p over the items after the first block.
  /// Infinite when a label had probability 0.
  /// - Parameters:
  ///   - probabilities: for each item from the first block's end on, in order, the probability that the model
  ///     of its block gave to its true class.
  ///   - classes: the number K of classes.
  /// - Throws: `tooFewClasses`, `countsDiffer`, or `notAProbability` with the first such item (counted among all
  ///   the items).
  public func length(probabilities: [Double], classes: Int) throws(OnlineCodeError) -> Double {
    try lengths(probabilities: probabilities, classes: classes).reduce(0, +)
  }

  /// The same, block by block; the first is that of the uniform code.
  public func lengths(probabilities: [Double], classes: Int) throws(OnlineCodeError) -> [Double] {
    guard classes >= 2 else { throw .tooFewClasses(classes) }
    guard probabilities.count == items - ends[0] else {
      throw .countsDiffer(expected: items - ends[0], found: probabilities.count)
    }
    if let bad = probabilities.firstIndex(where: { !((0...1).contains($0)) }) {
      throw .notAProbability(item: ends[0] + bad)
    }
    return [Double(ends[0]) * log2(Double(classes))]
      + predicted.map { block in block.reduce(0) { $0 - log2(probabilities[$1 - ends[0]]) } }
  }

  /// The length of the uniform code of all items, n log2 K, in bits.
  /// - Throws: `tooFewClasses`.
  public func uniformLength(classes: Int) throws(OnlineCodeError) -> Double {
    guard classes >= 2 else { throw .tooFewClasses(classes) }
    return Double(items) * log2(Double(classes))
  }

  /// The uniform code's length over the online code's: 1 when nothing was learnt, larger the easier the labels
  /// are to predict, below 1 when the model misled.
  /// - Throws: as `length`.
  public func compression(probabilities: [Double], classes: Int) throws(OnlineCodeError) -> Double {
    try uniformLength(classes: classes) / length(probabilities: probabilities, classes: classes)
  }
}
