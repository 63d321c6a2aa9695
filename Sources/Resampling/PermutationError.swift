/// Why targets cannot be rearranged, or their signs flipped, as asked.
public enum PermutationError: Error, Sendable, Hashable {
  /// A list has another length than the list of items.
  case countsDiffer(items: Int, found: Int)
  /// Items of one group lie in different blocks.
  case groupSpansBlocks(group: Int)
  /// Items of one group have different labels, so the group cannot exchange them as one.
  case labelsDifferWithinGroup(group: Int)
  /// A block of another size than the first of its stratum cannot take its place.
  case blockSizesDiffer(block: Int, size: Int, expected: Int)
  /// Two items of one block or sequence have the same place, so that they have no order.
  case placeRepeats(group: Int)
  /// A sign cannot be flipped on what is not a finite number.
  case valueNotFinite(item: Int)
  /// The identity is the only rearrangement that is left: nothing could ever be rejected.
  case nothingMoves
}
