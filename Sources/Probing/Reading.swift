/// What one world says of a claim: the score of one measurement, the difference of two measurements' normalised scores, or
/// the best or worst score of a family, kept so that it can be computed again under any weighting of the items.
public struct Reading: Sendable {
  /// What a score is normalised by: (score - floor) / (ceiling - floor).
  public struct Bounds: Sendable {
    public let floor: ScoredWorld
    public let ceiling: ScoredWorld

    public init(floor: ScoredWorld, ceiling: ScoredWorld) {
      self.floor = floor
      self.ceiling = ceiling
    }
  }

  /// How the scores of the sides make one value.
  public enum Combination: Sendable, Hashable {
    case single
    case difference
    /// Of a family the best member, held against the best of every world: the largest score, or the smallest.
    case best(largest: Bool)
    /// Of a family the worst member, where a claim is about each: every member is held against its own in every world.
    case worst(largest: Bool)

    /// Of a family, whether the largest score is the value; `nil` for others.
    public var takesLargest: Bool? {
      switch self {
      case .single, .difference: nil
      case .best(let largest), .worst(let largest): largest
      }
    }
  }

  /// One side, the two sides of a comparison (the one that is claimed to be better first), or the members of a family.
  public let sides: [ScoredWorld]
  public let combination: Combination
  /// For a comparison, the bounds of its sides, or one that both sides share. Empty where they are the observed world's:
  /// where the targets are the real ones.
  public let bounds: [Bounds]

  /// A single score.
  public init(_ world: ScoredWorld) {
    sides = [world]
    combination = .single
    bounds = []
  }

  /// A comparison.
  /// - Parameter bounds: one per side, or one that both share, or none where they are the observed world's.
  public init(_ better: ScoredWorld, over worse: ScoredWorld, bounds: [Bounds]) {
    precondition(bounds.count <= 2, "one pair of bounds per side")
    sides = [better, worse]
    combination = .difference
    self.bounds = bounds
  }

  /// A family.
  /// - Precondition: it has members; the combination is one of families.
  public init(family members: [ScoredWorld], _ combination: Combination) {
    precondition(!members.isEmpty && combination.takesLargest != nil, "a family without members")
    sides = members
    self.combination = combination
    bounds = []
  }

  /// The value with every item counted `weights[item]` times (once each where `nil`).
  /// - Parameter bounds: what takes the place of bounds that the reading lacks.
  /// - Returns: NaN where floor and ceiling of a compared side coincide.
  public func value(bounds other: [Bounds] = [], weights: [Double]? = nil) -> Double {
    let bounds = bounds.isEmpty ? other : bounds
    return Self.value(
      sides.map { $0.score(weights: weights) }, combination,
      bounds: bounds.map { ($0.floor.score(weights: weights), $0.ceiling.score(weights: weights)) })
  }

  /// The place of the side whose score is the value of a family; of equal ones, the first.
  public var deciding: Int {
    let scores = sides.map { $0.score() }
    var best = 0
    for (place, score) in scores.enumerated()
    where combination.takesLargest == false ? score < scores[best] : score > scores[best] { best = place }
    return best
  }

  /// The value that is made of some scores.
  static func value(
    _ sides: [Double], _ combination: Combination, bounds: [(floor: Double, ceiling: Double)]
  ) -> Double {
    if let largest = combination.takesLargest { return largest ? sides.max()! : sides.min()! }
    guard combination == .difference else { return sides[0] }
    func normalized(_ side: Int) -> Double {
      let (floor, ceiling) = bounds[side < bounds.count ? side : 0]
      // Without room between them nothing can be normalised.
      return ceiling != floor ? (sides[side] - floor) / (ceiling - floor) : .nan
    }
    return normalized(0) - normalized(1)
  }

  /// Whether the sides of a comparison differ in what they scored on an item, so that their exchange there changes anything.
  /// - Precondition: it is a comparison, and its metric a ratio of sums over items.
  public func differs(on item: Int) -> Bool {
    sides[0].differs(from: sides[1], on: item)
      || bounds.count == 2
        && (bounds[0].floor.differs(from: bounds[1].floor, on: item)
          || bounds[0].ceiling.differs(from: bounds[1].ceiling, on: item))
  }

  /// The comparison in which the sides have exchanged what they scored on some items.
  /// - Parameter bounds: what takes the place of bounds that the reading lacks.
  /// - Precondition: it is a comparison, and its metric a ratio of sums over items.
  public func exchanging(_ exchanged: [Bool], bounds other: [Bounds] = []) -> Reading {
    let bounds = bounds.isEmpty ? other : bounds
    let (better, worse) = sides[0].exchanging(exchanged, with: sides[1])
    guard bounds.count == 2 else { return Reading(better, over: worse, bounds: bounds) }
    let floors = bounds[0].floor.exchanging(exchanged, with: bounds[1].floor)
    let ceilings = bounds[0].ceiling.exchanging(exchanged, with: bounds[1].ceiling)
    return Reading(
      better, over: worse,
      bounds: [
        Bounds(floor: floors.0, ceiling: ceilings.0), Bounds(floor: floors.1, ceiling: ceilings.1),
      ])
  }
}

extension ScoredWorld {
  fileprivate func differs(from other: ScoredWorld, on item: Int) -> Bool {
    zip(repeats, other.repeats).contains { $0.differs(from: $1, on: item) }
  }

  fileprivate func exchanging(_ exchanged: [Bool], with other: ScoredWorld) -> (ScoredWorld, ScoredWorld) {
    precondition(repeats.count == other.repeats.count, "as many divisions into folds on both sides")
    let pairs = zip(repeats, other.repeats).map { $0.exchanging(exchanged, with: $1) }
    return (ScoredWorld(repeats: pairs.map(\.0)), ScoredWorld(repeats: pairs.map(\.1)))
  }
}

extension ItemScores {
  fileprivate func differs(from other: ItemScores, on item: Int) -> Bool {
    switch (self, other) {
    case (.ratio(let loss, let base), .ratio(let otherLoss, let otherBase)),
      (.average(let loss, let base), .average(let otherLoss, let otherBase)):
      loss[item] != otherLoss[item] || base[item] != otherBase[item]
    default: preconditionFailure("only ratios of sums over items can be exchanged item by item")
    }
  }

  fileprivate func exchanging(_ exchanged: [Bool], with other: ItemScores) -> (ItemScores, ItemScores) {
    func mixed(_ a: [Double], _ b: [Double]) -> ([Double], [Double]) {
      (
        exchanged.indices.map { exchanged[$0] ? b[$0] : a[$0] },
        exchanged.indices.map { exchanged[$0] ? a[$0] : b[$0] }
      )
    }
    switch (self, other) {
    case (.ratio(let loss, let base), .ratio(let otherLoss, let otherBase)):
      let (losses, bases) = (mixed(loss, otherLoss), mixed(base, otherBase))
      return (.ratio(loss: losses.0, base: bases.0), .ratio(loss: losses.1, base: bases.1))
    case (.average(let loss, let base), .average(let otherLoss, let otherBase)):
      let (losses, bases) = (mixed(loss, otherLoss), mixed(base, otherBase))
      return (.average(loss: losses.0, base: bases.0), .average(loss: losses.1, base: bases.1))
    default: preconditionFailure("only ratios of sums over items can be exchanged item by item")
    }
  }
}
