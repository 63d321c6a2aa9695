import Hypotheses
import Testing

/// What makes two keys, units, groups or classes one: the bytes, and nothing else.
@Suite struct IdentifierTests {
  @Test(arguments: [
    ("e\u{301}", "\u{E9}"), ("\u{95C}", "\u{921}\u{93C}"), ("1", "1.0"), ("7", "007"), ("a", "a "),
    ("1234567890123456789", "1234567890123456788"), ("a", "A"), ("", " "),
  ])
  func tellsApart(_ a: String, _ b: String) {
    #expect(Identifier(a) != Identifier(b))
    #expect(Set([Identifier(a), Identifier(b)]).count == 2)
    #expect((Identifier(a) < Identifier(b)) != (Identifier(b) < Identifier(a)))
  }

  @Test func numbersInOrderOfAppearance() {
    let (numbers, count) = Identifier.numbers(of: ["b", nil, "a", "b", "e\u{301}", "\u{E9}"])
    #expect(numbers == [0, nil, 1, 0, 2, 3])
    #expect(count == 4)
    #expect(Identifier.firstDuplicate(in: ["a", "b", "c", "b", "a"])! == (1, 3))
    #expect(Identifier.firstDuplicate(in: ["e\u{301}", "\u{E9}"]) == nil)
  }

  /// Decimal numbers, exactly: none is rounded.
  @Test(arguments: [
    ("1", "1.0", true), ("1", "1.", true), ("7", "007", true), ("-0", "0", true), ("1e3", "1000", true),
    ("0.10", ".1", true), ("12e-1", "1.2", true), (" 5", "5", true), ("0", "00", true), ("0E5", "0", true),
    ("9007199254740993", "9007199254740992", false), ("1", "-1", false), ("1", "10", false),
    ("0.1", "0.10000000000000001", false), ("a", "a", false), ("", "", false), ("1e", "1", false),
    ("1_000", "1000", false), ("0x10", "16", false), ("1e99999999999999999999", "1", false),
    ("+3", "3", true), ("-", "-", false), (".", ".", false), ("1e400", "10e399", true),
  ])
  func readsNumbersExactly(_ a: String, _ b: String, _ areOne: Bool) {
    #expect(Identifier.areOneNumber(a, b) == areOne)
  }

  @Test func findsWhatMayBeMeantToBeOne() {
    func kinds(_ texts: String?...) -> [Identifier.Likeness] {
      Identifier.likeness(in: texts).map(\.likeness)
    }
    #expect(kinds("1", "2", "1", nil).isEmpty)
    #expect(kinds("1", "2", "1.0") == [.asNumbers])
    #expect(kinds("Noun", "noun") == [.inPrint])
    #expect(kinds("s1", "s1 ", "s2") == [.inPrint])
    #expect(kinds("new  york", "new york") == [.inPrint])
    #expect(kinds("e\u{301}", "\u{E9}").contains(.canonically))
    #expect(kinds("1234567890123456789", "1234567890123456788").isEmpty)
    let found = Identifier.likeness(in: [nil, "a", "b", "A", "B"])
    #expect(found.count == 1 && found[0].first == 1 && found[0].second == 3)
  }
}
