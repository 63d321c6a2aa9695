/// `for layer in [2, 4, 6] { measure score = r2 { predict norms.valence from nouns[layer] } }`: one measurement with a
/// probe for every combination of the variables' values.
///
/// All members have one metric, one probe and one rule for folds, and are measured on the same items and divisions into
/// folds. They differ in representation, in targets, or in both.
public struct ProbeFamily: Sendable, Hashable {
  /// A measurement with the values that it is for, one per axis.
  public struct Member: Sendable, Hashable {
    public var coordinates: [AxisValue]
    /// It has the name of the family.
    public var measurement: Measurement

    public init(coordinates: [AxisValue], measurement: Measurement) {
      self.coordinates = coordinates
      self.measurement = measurement
    }
  }

  public var name: String
  /// In the order of the `for` line. Never empty.
  public var axes: [Axis]
  /// One per combination of the axes' values, the last axis changing fastest. Never empty.
  public var members: [Member]
  public var location: SourceLocation

  public init(name: String, axes: [Axis], members: [Member], location: SourceLocation) {
    self.name = name
    self.axes = axes
    self.members = members
    self.location = location
  }
}
