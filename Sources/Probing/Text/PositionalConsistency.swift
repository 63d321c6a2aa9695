internal import GSL
public import Hypotheses
public import Resampling

/// Whether a position's state at a later layer still is nearest to its own state at an earlier one, among the states of the
/// sentence's positions; made ready for many rearrangements.
///
/// A position scores 1 where the earlier state that is nearest to its later one is its own, and 1/(m + 1) where m other
/// positions' are as near. (The earlier states of a repeated token may be equal, where they do not know their place.)
public struct PreparedConsistency: Sendable {
  /// By later state, the positions whose earlier states are nearest.
  private let nearest: [[Int32]]
  private let ranges: [Range<Int>]
  private let scheme: PermutationScheme

  /// - Parameters:
  ///   - earlier, later: the same sentences at two layers of as many dimensions.
  ///   - mask: positions to leave out.
  /// - Throws: `notFinite`, or `dimensionsDiffer`.
  public init(
    from earlier: SentenceStates, to later: SentenceStates, similarity: Similarity,
    leavingOut mask: [Bool]? = nil
  ) throws(TextProbeError) {
    precondition(earlier.sentenceOf == later.sentenceOf, "two layers of different sentences")
    guard earlier.states.columns == later.states.columns else {
      throw .dimensionsDiffer(states: later.states.columns, embeddings: earlier.states.columns)
    }
    let (earlier, later) = (earlier.leavingOut(mask), later.leavingOut(mask))
    guard
      earlier.states.elements.allSatisfy(\.isFinite) && later.states.elements.allSatisfy(\.isFinite)
    else { throw .notFinite }
    ranges = earlier.ranges
    scheme = .within(blocks: earlier.sentenceOf)
    let (before, after) = (
      earlier.states.converted(to: Double.self), later.states.converted(to: Double.self)
    )
    nearest = ranges.flatMap { range in
      let rows = Array(range)
      return nearestRows(after.gathering(rows: rows), among: before.gathering(rows: rows), similarity)
        .map { $0.map { $0 + Int32(range.lowerBound) } }
    }
  }

  /// How many positions of every sentence are nearest to themselves, and how many there are.
  public func sums() -> SentenceSums { sums((0..<Int32(nearest.count)).map { $0 }) }

  /// The same in some worlds of `permuted_positions`: the later states rearranged among the positions of their sentence. World i
  /// is a function of the key and i.
  /// - Throws: `CancellationError`.
  public func permutedPositions(_ replicates: Range<Int>, key: StreamKey, jobs: Int = 1) async throws
    -> [SentenceSums]
  {
    try await mapConcurrently(replicates.count, jobs: jobs) { place in
      sums(scheme.permutation(key, replicate: replicates.lowerBound + place))
    }
  }

  /// Which position's later state each position has in one world: what `permutedPositions` scores.
  public func positions(replicate: Int, key: StreamKey) -> [Int32] {
    scheme.permutation(key, replicate: replicate)
  }

  /// How many arrangements of positions within their sentences there are.
  public var distinctPositions: Double { scheme.distinctArrangements(of: Array(0..<scheme.count)) }

  /// - Parameter source: by position, whose later state it has.
  private func sums(_ source: [Int32]) -> SentenceSums {
    SentenceSums(
      sums: ranges.map { $0.reduce(0) { $0 + credit(Int32($1), nearest[Int(source[$1])]) } },
      weights: ranges.map { Double($0.count) })
  }
}

/// The share of positions whose state at a later layer is nearest to their own at an earlier one: `PreparedConsistency`, once.
/// - Throws: `notFinite`, or `dimensionsDiffer`.
public func positionalConsistency(
  from earlier: SentenceStates, to later: SentenceStates, similarity: Similarity,
  leavingOut mask: [Bool]? = nil
) throws(TextProbeError) -> SentenceSums {
  try PreparedConsistency(from: earlier, to: later, similarity: similarity, leavingOut: mask).sums()
}
