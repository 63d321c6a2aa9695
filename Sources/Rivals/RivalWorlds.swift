public import GSL
public import Hypotheses
public import Probing

/// The worlds of a rival: worlds in which the claim is false but its artifact can live on. What a rival changes decides
/// what its worlds cost, so the types say which it is.
///
/// A claim has one side, or two where it compares two measurements. Where a rival needs something of each side's own, it
/// has one element per side, in the order of the sides.
public enum RivalWorlds: Sendable {
  /// The targets change and the representation stays: its factorisation is used again for every world. All sides are
  /// rearranged in the same way.
  case targets(any TargetRival)
  /// The targets are replaced by others that no rearrangement of the items gives; the representation stays.
  case norms([any NormRival])
  /// Another probe on the same representation and targets.
  case probe(Probe)
  /// A predictor that never sees the representation, by item group: the mean of the training items of the same group, or
  /// of all training items where it has none.
  case groupMeans([Int])
  /// The representation changes: every world is fitted anew.
  case representation([any RepresentationRival])
  /// The sides of a comparison exchange what they scored.
  case swappedSides(SwappedSidesWorlds)
  /// Nothing is fitted at all: the training fold's mean or commonest class.
  case trivial
}

/// A rival that rearranges targets.
public protocol TargetRival: Sendable {
  /// Whether its scores are a null distribution of independent draws from a group that holds the observed arrangement,
  /// so that every distinct arrangement may be enumerated instead.
  /// - Parameter identities: a number per item, equal for two items exactly when all their targets are equal.
  func enumeration(of identities: [Int], limit: Int) -> [[Int32]]?

  /// Fills in which item's target each item has in one world; a pure function of the replicate.
  func source(replicate: Int, into source: inout [Int32])
}

/// A rival that replaces the targets.
public protocol NormRival: Sendable {
  /// How many worlds there are; `nil` for as many as asked for.
  var count: Int? { get }

  /// How many distinct worlds there are, all equally likely and the real targets among them; `nil` where worlds are no such
  /// arrangements.
  var arrangements: Double? { get }

  /// The same rival with every distinct world once, the real targets first, in the place of random ones.
  /// - Precondition: there are `arrangements`, few enough to be scored.
  var enumerated: any NormRival { get }

  /// The targets in one world; a pure function of the replicate.
  func targets(replicate: Int) -> Targets
}

extension NormRival {
  public var arrangements: Double? { nil }
  public var enumerated: any NormRival { preconditionFailure("these worlds cannot be enumerated") }
}

/// A rival that replaces the representation.
public protocol RepresentationRival: Sendable {
  /// How many worlds there are; `nil` for as many as asked for.
  var count: Int? { get }

  /// The representation in one world, items by dimensions; a pure function of the replicate.
  func representation(replicate: Int) -> Matrix<Double>
}
