/// When to look at replicates that are drawn until a p-value is decided: after the first 200, or as many as were asked
/// for if these are fewer, and then after a quarter more each time, at least 100, up to ten times as many as were asked
/// for.
///
/// The looks depend on what was asked for alone, so that a result does not depend on who computes it. Fewer than 200
/// would give a poor mean and no shape of the null distribution.
public struct ReplicateSchedule: Sendable, Hashable {
  /// The fewest replicates that end the drawing, unless fewer are asked for.
  public static let fewest = 200
  /// The cap, as a multiple of what is asked for.
  public static let limit = 10

  public let asked: Int

  /// - Precondition: `asked` is positive.
  public init(asked: Int) {
    precondition(asked > 0, "\(asked) replicates")
    self.asked = asked
  }

  /// The largest number of replicates.
  public var cap: Int { asked * Self.limit }

  /// The number of replicates at the next look; `nil` at the cap.
  public func next(after drawn: Int) -> Int? {
    guard drawn < cap else { return nil }
    if drawn == 0 { return min(asked, Self.fewest) }
    return min(cap, drawn + max(100, drawn / 4))
  }
}
