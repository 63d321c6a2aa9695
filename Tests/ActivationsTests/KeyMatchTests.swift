import Hypotheses
import Testing

/// By what keys differ that do not meet.
@Suite struct KeyMatchTests {
  private static let words = ["cat", "dog", "emu", "fox", "gnu"]

  /// Templates in which `*` is the key, or what is done to it, and what is said of it.
  @Test(arguments: [
    (" *", "spaces"), ("*\r", "spaces"), ("\u{120}*", "Ġ"), ("\u{2581}*", "▁"), ("##*", "WordPiece"),
    ("upper", "case"), ("'*'", "quotation marks"), ("b'*'", "quotation marks"), ("*_3", "number"),
    ("*.png", "end in `.png`"), ("images/*", "begin with `images/`"),
  ])
  func tellsTheChange(_ template: String, _ says: String) {
    let changed = Self.words.map {
      template == "upper" ? $0.uppercased() : template.replacing("*", with: $0)
    }
    for (table, activations) in [(Self.words, changed), (changed, Self.words)] {
      let match = KeyMatch(table: table, activations: activations)
      #expect(match.shared == 0 && match.needed == 5)
      #expect(match.missing == Array(table.prefix(3)) && match.others == Array(activations.prefix(3)))
      #expect(match.explanation?.contains(says) == true, "\(match.explanation ?? "nothing")")
    }
  }

  @Test func readsNumbersAndForms() {
    #expect(
      KeyMatch(table: ["1", "2"], activations: ["1.0", "2.0"]).explanation?.contains("fractions") == true)
    #expect(KeyMatch(table: ["007", "008"], activations: ["7", "8"]).explanation?.contains("zeros") == true)
    #expect(
      KeyMatch(table: ["caf\u{E9}"], activations: ["cafe\u{301}"]).explanation?.contains("Unicode form")
        == true)
  }

  @Test func saysNothingWhereNothingIsKnown() {
    let match = KeyMatch(table: Self.words, activations: ["hat", "bed", "cup"])
    #expect(match.explanation == nil && match.shared == 0)
    let all = KeyMatch(table: Self.words, activations: Self.words + ["more"])
    #expect(all.shared == 5 && all.missing.isEmpty && all.explanation == nil)
    let some = KeyMatch(table: Self.words, activations: Array(Self.words.prefix(3)) + ["FOX", "GNU"])
    #expect(some.shared == 3 && some.missing == ["fox", "gnu"])
    #expect(some.explanation?.contains("case") == true)
    #expect(KeyMatch(table: Self.words, activations: []).explanation == nil)
  }
}
