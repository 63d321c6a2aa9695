/// `measure name = metric { predict ... from ...  probe ...  folds ... }`: a score, computed from out-of-fold
/// predictions only.
public struct Measurement: Sendable, Hashable {
  public var name: String
  public var metric: Metric
  /// What is predicted. Several columns only where the metric allows it.
  public var targets: ColumnSelection
  /// The name of the `activations` declaration that it is predicted from.
  public var representation: String
  /// What takes the place of the wildcard in the declaration's tensor name: `from nouns[4]` of `tensor: "layer.*"` reads
  /// `layer.4`. `nil` where one tensor is declared.
  public var member: String?
  public var probe: Probe
  /// How items are divided. An online metric (`Metric.isOnline`) has no folds: of these it uses what keeps items together,
  /// and `repeats` as the number of orders.
  public var folds: Folds
  public var items: ItemPolicy
  /// What is taken off representation and targets inside every training fold.
  public var residualized: Residualized
  public var location: SourceLocation

  public init(
    name: String, metric: Metric, targets: ColumnSelection, representation: String, member: String? = nil,
    probe: Probe, folds: Folds,
    items: ItemPolicy = .complete, residualized: Residualized = Residualized(), location: SourceLocation
  ) {
    self.name = name
    self.metric = metric
    self.targets = targets
    self.representation = representation
    self.member = member
    self.probe = probe
    self.folds = folds
    self.items = items
    self.residualized = residualized
    self.location = location
  }
}

/// How items are divided into training and test sets.
public struct Folds: Sendable, Hashable {
  public var count: Int
  /// Items that share a value of this column stay in one fold.
  public var grouped: ColumnReference?
  /// Items that share a value in any of these columns, one column's with another's too and through whatever chain of
  /// items, stay in one fold. Written `grouped by pairs[first, second]`; then `grouped` is `nil`.
  public var linked: ColumnSelection?
  /// How many times the division is drawn anew; scores are averaged over them.
  public var repeats: Int

  /// Whether each class is dealt over the folds as evenly as possible. The division then depends on the labels, so that they
  /// may be rearranged within folds only.
  public var isStratified: Bool

  public init(
    count: Int, grouped: ColumnReference? = nil, linked: ColumnSelection? = nil, repeats: Int = 1,
    isStratified: Bool = false
  ) {
    self.count = count
    self.grouped = grouped
    self.linked = linked
    self.repeats = repeats
    self.isStratified = isStratified
  }
}

/// What happens to keys that stand in the table but not in the activations. Rows with an empty target cell are
/// always left out, and counted in the record; keys that stand in the activations alone are never an error.
public enum ItemPolicy: String, Sendable, Hashable, CaseIterable {
  /// An error: every item with a target must have its activations.
  case complete
  /// The items that both have are used, and the others are counted in the record. Written `items shared`.
  case shared
}
