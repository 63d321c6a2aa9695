internal import Hypotheses

// Columns whose cells name units, groups, classes or strata: texts, equal byte for byte and never otherwise.
extension HypothesisChecker {
  /// Complains, once in a hypothesis, about cells of such a column that differ as texts and may be meant to be one.
  ///
  /// Where all cells are numbers, one number written in two ways is an error: whichever is meant, the other reading would divide
  /// the items differently. Elsewhere, and where cells differ in spaces, case or Unicode form, it may be meant: a warning.
  mutating func checkIdentity(_ column: ColumnDescription, of data: String, at span: Span) {
    guard told.insert("identity of \(data).\(column.name)").inserted else { return }
    let name = quoted(ColumnReference(data: data, column: column.name).description)
    func pair(_ found: ColumnDescription.Likeness) -> String {
      "\(shown(found.first.text)) on line \(found.first.line) and \(shown(found.second.text)) on line \(found.second.line)"
    }
    let likenesses = column.likenesses
    if let found = likenesses.first(where: { $0.kind == .asNumbers }), column.isNumeric {
      sink.report(
        .ambiguousValues, "\(name) writes one number in two ways: \(pair(found))", at: span,
        notes: ["units, groups and classes are texts, byte for byte as written, so these would be two"],
        helps: ["write each value in one way throughout"])
      return
    }
    guard let found = likenesses.first else { return }
    let how =
      switch found.kind {
      case .asNumbers: "are one number"
      case .inPrint: "differ only in spaces or case"
      case .canonically: "look the same and differ in their code points"
      }
    sink.report(
      .similarValues, "\(name) holds values that \(how): \(pair(found))", at: span,
      notes: [
        "they count as two: if one is meant, its items are divided among two groups, which may leak or look alike"
      ],
      helps: ["write each value in one way throughout, if one is meant"])
  }

  /// A text between backquotes, with its code points where those alone tell it from others.
  private func shown(_ text: String) -> String {
    let isPlain = text.unicodeScalars.allSatisfy { $0.isASCII }
    let points = text.unicodeScalars.prefix(8).map { scalar in
      let digits = String(scalar.value, radix: 16, uppercase: true)
      return "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
    return isPlain ? quoted(text) : "\(quoted(text)) (\(points.joined(separator: " ")))"
  }
}
