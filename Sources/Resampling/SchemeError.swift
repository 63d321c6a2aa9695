/// Why whole blocks, signs or shifts cannot be used as asked; `PermutationError` says it of the older schemes.
public enum SchemeError: Error, Sendable, Hashable {
  /// A list has another length than the list of items.
  case countsDiffer(items: Int, found: Int)
  /// Items of one block lie in different strata.
  case blockSpansStrata(block: Int)
  /// A block of another size than the first of its stratum cannot take its place.
  case blockSizesDiffer(block: Int, size: Int, expected: Int)
  /// A sign cannot be flipped on what is not a finite number.
  case valueNotFinite(item: Int)
  /// The identity is the only rearrangement that is left: nothing could ever be rejected.
  case nothingMoves
}
