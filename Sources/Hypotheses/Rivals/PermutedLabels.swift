/// The targets are rearranged over the items, so that they keep their values and their dependence on each other and
/// lose their tie to the representation.
public struct PermutedLabels: Sendable, Hashable {
  /// Which rearrangements are equally likely when the claim is false.
  public enum Scheme: String, Sendable, Hashable, CaseIterable {
    /// Items, or groups that have one target, exchange their targets.
    case free
    /// Groups of equal size exchange their targets whole, in their order (Winkler et al. 2015, NeuroImage 123, 253).
    case wholeBlocks = "whole_blocks"
    /// The targets of every sequence rotate. Of closed sequences only: where the end does not meet the start, a rotation has a
    /// seam that the real targets lack.
    case cyclicShifts = "cyclic_shifts"
    /// Numbers, or those of a group together, change their sign or not (Fisher 1935).
    case signFlips = "sign_flips"
  }

  /// What lies between the last item of a sequence and its first.
  public enum Ends: String, Sendable, Hashable, CaseIterable {
    /// Nothing: an open sequence.
    case apart
    /// They are neighbours, as December and January: a closed sequence.
    case meet
  }

  public var scheme: Scheme
  /// Items exchange targets only with items that share a value of this column; under `cyclicShifts` it names the
  /// sequences, and `nil` makes one of all items.
  public var within: ColumnReference?
  /// All items that share a value of this column have one target, and these values exchange their targets as wholes;
  /// under `wholeBlocks` they are the blocks, and under `signFlips` the items whose signs change together.
  /// `nil`: items exchange targets one by one. The checker fills in the hypothesis's unit where the target is a
  /// function of it, and for the other schemes in any case.
  public var over: ColumnReference?
  /// The place of an item in its block or sequence; `nil`: the order of the table.
  public var order: ColumnReference?
  /// Of the sequences under `cyclicShifts`.
  public var ends: Ends
  /// Items exchange targets only with items that are alike in these columns: numbers lie in the same of `strata`
  /// quantile groups, other values are equal.
  public var given: ColumnSelection?
  public var strata: Int
  public var replicates: Int

  public init(
    scheme: Scheme = .free, within: ColumnReference? = nil, over: ColumnReference? = nil,
    order: ColumnReference? = nil, ends: Ends = .apart, given: ColumnSelection? = nil, strata: Int = 5,
    replicates: Int = 2_000
  ) {
    self.scheme = scheme
    self.within = within
    self.over = over
    self.order = order
    self.ends = ends
    self.given = given
    self.strata = strata
    self.replicates = replicates
  }

  public static let signature = Signature(
    keyword: "permuted_labels",
    summary: "the targets, rearranged over the items",
    parameters: [
      Parameter("within", .column, default: "all items", summary: "exchange targets only within its groups"),
      Parameter("over", .column, default: "the unit", summary: "exchange the targets of whole groups"),
      Parameter(
        "given", .columns, default: "nothing", summary: "exchange targets only between items alike in these"),
      Parameter(
        "strata", .integer(2...1_000), default: "5", summary: "how many groups numbers of `given` make"),
      Parameter(
        "scheme", .choice(Scheme.allCases.map(\.rawValue)), default: "free",
        summary: "which rearrangements are equally likely"),
      Parameter(
        "order", .column, default: "the order of the table", summary: "places within blocks or sequences"),
      Parameter(
        "ends", .choice(Ends.allCases.map(\.rawValue)), default: "apart",
        summary: "whether the last item of a sequence is a neighbour of its first"),
      Parameter(
        "replicates", .integer(1...100_000_000), default: "2_000", summary: "how many rearrangements"),
    ],
    criteria: [.p, .margin])
}
