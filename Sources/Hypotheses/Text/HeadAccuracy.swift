/// How often the word that a word attends to most, in one head, is the one that the treebank relates it to
/// (Clark et al. 2019, BlackboxNLP, section 5).
public struct HeadAccuracy: Sendable, Hashable {
  /// From which word to which the head is asked to point.
  public enum Direction: String, Sendable, Hashable, CaseIterable {
    /// From the dependent to its head.
    case toHead = "to_head"
    /// From the head to its dependent.
    case toDependent = "to_dependent"
  }
  public var run: String
  /// As the file numbers layers and heads, from 0.
  public var layer: Int
  public var head: Int
  /// The relations whose dependents are asked, as the treebank names them: `obj`, `nmod:poss`. Never empty.
  public var relations: [String]
  public var direction: Direction

  public init(run: String, layer: Int, head: Int, relations: [String], direction: Direction) {
    self.run = run
    self.layer = layer
    self.head = head
    self.relations = relations
    self.direction = direction
  }

  /// The argument is written `run[layer, head]`; the rest stands in the block.
  public static let signature = Signature(
    keyword: "head_accuracy",
    summary: "how often the word most attended to is the one that the treebank relates")
}
