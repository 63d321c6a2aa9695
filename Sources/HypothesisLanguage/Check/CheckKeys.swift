internal import Hypotheses

// Whether rows of activations can be told, and are those of the table's items.
extension HypothesisChecker {
  /// Complains about keys that cannot be read, that meet none of the table's, or that lack some where all are needed. What is wrong
  /// with one file and table is told once in a hypothesis.
  /// - Parameters:
  ///   - name: the data that stand for the activations, where they are used.
  ///   - tensor: one of their tensors.
  ///   - policy: whether all items are needed; `nil` where that is not known.
  mutating func checkKeys(
    of name: Name, _ tensor: TensorDescription, for targets: ResolvedColumns, _ policy: ItemPolicy?
  ) {
    guard !sink.isFull, let place = dataPlaces[name.text], let source = data[place].declaration?.source,
      case .activations = source,
      let result = facts.keyMatch(
        of: source, tensor: tensor.name, with: targets.source, filled: targets.selection.columns)
    else { return }
    let (activations, table) = (quoted(name.text), quoted(targets.selection.data))
    func tell(_ rule: Rule, _ message: String, _ notes: [String], _ helps: [String]) {
      guard told.insert("keys of \(name.text) and \(targets.selection.data): \(rule.rawValue)").inserted
      else { return }
      sink.report(rule, message, at: name.span, notes: notes, helps: helps)
    }
    switch result {
    case .failure(let failure): tell(.unusableKeys, failure.message, [], [])
    case .success(let match):
      let missing = match.needed - match.shared
      guard missing > 0, match.shared == 0 || policy != .shared else { return }
      var notes = [
        "the table has \(list(match.missing, limit: 3)), the activations \(match.others.isEmpty ? "nothing else" : list(match.others, limit: 3))"
      ]
      if let explanation = match.explanation { notes.append(explanation) }
      tell(
        .keysDiffer,
        match.shared == 0
          ? "no key of \(table) is among those of \(activations)"
          : "\(missing) of \(match.needed) keys of \(table) \(missing == 1 ? "is" : "are") not among those of \(activations)",
        notes,
        match.shared == 0
          ? ["give the rows of \(activations) the keys of \(table), in their own order, when they are saved"]
          : ["to measure the \(match.shared) items that both have, add `items shared`"])
    }
  }
}
