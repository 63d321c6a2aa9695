/// `assumes "..."`, or `assumes RULE "reason"`: what must hold for the claim to mean what it says, and is not tested here.
///
/// Every report prints it. With a rule's name it answers that rule's warning, and no other; without one it discloses and
/// answers nothing.
public struct Assumption: Sendable, Hashable {
  /// The rule whose warning it answers, by its name in docs/rules.md; `nil` for what is disclosed only.
  public var rule: String?
  public var text: String
  public var location: SourceLocation

  public init(rule: String? = nil, text: String, location: SourceLocation) {
    self.rule = rule
    self.text = text
    self.location = location
  }
}

extension Hypothesis {
  /// Caveats with the answers that the hypothesis gives to their rules.
  public func answering(_ caveats: [Caveat]) -> [Caveat] {
    caveats.map { caveat in
      var caveat = caveat
      caveat.answer = assumptions.first { $0.rule == caveat.rule }?.text
      return caveat
    }
  }
}
