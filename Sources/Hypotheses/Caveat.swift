/// A warning that bears on a verdict: it stands beside the verdict in the record and in every report.
///
/// Some come from the checker, others from what a run finds in the data. What says nothing about the verdict (data that no
/// statement uses) is a diagnostic only.
public struct Caveat: Sendable, Hashable {
  /// What a caveat does to the verdict.
  public enum Effect: String, Sendable, Hashable, Codable, CaseIterable {
    /// The verdict stands; the reader is warned. So where no valid design exists, and where there is suspicion only.
    case warns
    /// `corroborated` becomes `inconclusive`: a valid design exists and was not used, or harm was shown on these data.
    case caps
  }

  /// The rule that it comes from, by the name under which docs/rules.md explains it: `items-not-exchangeable`.
  public var rule: String
  public var effect: Effect
  /// One clause, without a full stop: what was found.
  public var message: String
  /// What it may do to the numbers, and other facts. One clause each.
  public var notes: [String]
  /// What to write instead, or what to look at. One clause each.
  public var advice: [String]
  /// Where in the hypothesis it comes from; `nil` for what the data alone show.
  public var location: SourceLocation?
  /// The reason that the hypothesis gives for going on: `assumes RULE "reason"`. A caveat that is answered caps nothing.
  public var answer: String?

  /// The rule of a rival that no claim can lose to.
  public static let toothlessRival = "toothless-rival"

  public init(
    rule: String, effect: Effect = .warns, message: String, notes: [String] = [], advice: [String] = [],
    location: SourceLocation? = nil, answer: String? = nil
  ) {
    self.rule = rule
    self.effect = effect
    self.message = message
    self.notes = notes
    self.advice = advice
    self.location = location
    self.answer = answer
  }

  /// Whether it keeps the verdict from being `corroborated`.
  public var isCapping: Bool { effect == .caps && answer == nil }
}
