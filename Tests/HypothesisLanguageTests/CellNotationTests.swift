import Hypotheses
import Testing

@Suite struct CellNotationTests {
  @Test(arguments: [
    ("NA", CellNotation.missing), ("N/A", .missing), (" nan ", .missing), ("None", .missing), (".", .missing),
    ("-", .missing), ("?", .missing), ("  ", .missing), ("1,5", .otherDecimal), ("-0,25", .otherDecimal),
    (",5", .otherDecimal), ("1234,5", .otherDecimal), ("1,234", .ambiguous), ("1,234.5", .thousands),
    ("1.234,5", .thousands), ("1,234,567", .thousands), ("12 000", .thousands), ("1'000.5", .thousands),
    ("1_000", .thousands), ("12%", .percent), ("12.5 %", .percent), ("-1,5 %", .percent),
    ("\u{2212}1.5", .otherSign),
  ])
  func isToldFromACell(cell: String, notation: CellNotation) {
    #expect(CellNotation(cell, decimal: ".") == notation)
  }

  @Test(arguments: [
    "cat", "na", "none", "True", "2020-01-01", "1-2", "1/2", "1,2,3", "1.2.3", "0x10", "inf", "a1", "1a", "%",
    ",", "+",
    "12,34,567", "1 2", "1,5 kg",
  ])
  func namesAreNames(cell: String) {
    #expect(CellNotation(cell, decimal: ".") == nil)
  }

  @Test func theDecimalIsTheDeclarations() {
    #expect(CellNotation("1.5", decimal: ",") == .otherDecimal)
    #expect(CellNotation("1.234", decimal: ",") == .ambiguous)
    #expect(CellNotation("1.234.567,8", decimal: ",") == .thousands)
  }

  /// In a column of tokens a full stop is a full stop; `NA` is doubtful everywhere.
  @Test func punctuationAmongPunctuationIsNoMarker() {
    #expect(CellNotation.markers(among: ["a", ".", "NA", "b", ""]) == [".", "NA", ""])
    #expect(CellNotation.markers(among: ["a", ".", "NA", ",", "?"]) == ["NA"])
  }
}
