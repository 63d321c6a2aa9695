internal import Hypotheses

extension Record.Warning {
  /// Whether the verdict hangs on it.
  var isCapping: Bool { effect == .caps && answer == nil }

  /// In one sentence or a few: what was found, what it may do, and the answer or the way out.
  var sentence: String {
    let parts = [message.capitalizedClause] + notes.map(\.capitalizedClause)
    let way =
      answer.map { ["The hypothesis answers: \($0)"] } ?? advice.map { "Way out: \($0)" }
    return (parts + way).map(\.endedClause).joined(separator: " ")
  }
}

extension Record.Assumption {
  /// The text, and what it answers.
  var sentence: String { rule.map { "\(text) (answers \($0))" } ?? text }
}

extension String {
  fileprivate var capitalizedClause: String {
    // What begins with the name of a column stays as it is: `t.g`.
    let word = prefix { $0 != " " }
    return word.allSatisfy { $0.isLetter || ",;'".contains($0) } ? prefix(1).uppercased() + dropFirst() : self
  }

  fileprivate var endedClause: String {
    guard let last, !".!?".contains(last) else { return self }
    return self + "."
  }
}
