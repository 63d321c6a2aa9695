import Activations
import Foundation
import Testing

@Suite struct TableTests {
  @Test func cellsAreThoseThatPythonReads() throws {
    let scratch = try Scratch()
    let cases = try Expected.load().csv
    var read = 0
    for (index, example) in cases.enumerated() {
      let suffix = example.delimiter == "\t" ? "tsv" : "csv"
      let path = try scratch.write("\(index).\(suffix)", example.text)
      let format = Table.Format(quoting: .double)
      guard let rows = example.rows else {
        let error = failure(try Table.read(path, key: "id", format: format))
        if case .tableSyntax = error?.problem {} else { Issue.record("\(String(describing: error))") }
        continue
      }
      let table = try Table.read(path, key: "id", format: format)
      #expect(table.columnNames == rows[0], "\(example.text)")
      #expect(table.rows == rows.count - 1)
      for (j, name) in table.columnNames.enumerated() {
        let column = try #require(table.column(name))
        #expect(column.cells.map { $0 ?? "" } == rows.dropFirst().map { $0[j] }, "\(example.text)")
        #expect(column.missing == rows.dropFirst().count { $0[j].isEmpty })
      }
      read += 1
    }
    #expect(read > 70)
  }

  @Test func numbersAreThoseThatPythonReads() throws {
    let scratch = try Scratch()
    let cells = try Expected.load().numbers
    let text = "id,x\n" + cells.enumerated().map { "\($0),\"\($1.text)\"\n" }.joined()
    let column = try #require(try Table.read(scratch.write("x.csv", text), key: "id").column("x"))
    for (cell, number) in zip(cells, column.numbers) { #expect(number == cell.number, "\(cell.text)") }
    #expect(
      !column.isNumeric && column.firstText == cells.firstIndex { $0.number == nil && !$0.text.isEmpty })
  }

  @Test func columnsAreSummarised() throws {
    let scratch = try Scratch()
    let text = "\u{FEFF}word;x;label;none\r\ncat;1;a;\r\ndog;1.0;b;\r\nemu;;a;\r\n"
    let table = try Table.read(scratch.write("x.csv", text), key: "word")
    #expect(table.columnNames == ["word", "x", "label", "none"])
    #expect(table.keys == ["cat", "dog", "emu"] && table.lines == [2, 3, 4])
    let x = try #require(table.column("x"))
    #expect(
      x.isNumeric && x.distinct == 2 && x.distinctNumbers == 1 && x.missing == 1 && x.numbers == [1, 1, nil])
    let label = try #require(table.column("label"))
    #expect(!label.isNumeric && label.distinct == 2 && label.missing == 0)
    let none = try #require(table.column("none"))
    #expect(!none.isNumeric && none.distinct == 0 && none.missing == 3)
    #expect(table.column("absent") == nil)
  }

  @Test(arguments: [
    ("", ActivationError.Problem.empty, nil),
    ("\n\n", .noHeader, nil),
    ("id,a\n", .noRows, 1),
    ("id,\nx,1\n", .emptyColumnName(index: 1), 1),
    ("id,a,a\nx,1,2\n", .duplicateColumn(name: "a", first: 1, second: 2), 1),
    ("key,a\nx,1\n", .noKeyColumn(key: "id", near: [], columns: ["key", "a"]), 1),
    ("ID,a\nx,1\n", .noKeyColumn(key: "id", near: ["ID"], columns: ["ID", "a"]), 1),
    ("id,a\nx,1\ny\n", odd(1, of: 2, "y", .short), 3),
    ("id,a\nx,\"1\n\n\"\ny,1,2\n", odd(3, of: 2, "y,1,2", .separatorInCell), 5),
    ("id,a\n# more\nx,1\n", odd(1, of: 2, "# more", .comment), 2),
    ("id,a\nx,1\n  \n", odd(1, of: 2, "  ", .spaces), 3),
    ("id,a\n1,x,1\n", odd(3, of: 2, "1,x,1", .rowNames), 2),
    ("id,a\nx;1\n", odd(1, of: 2, "x;1", .otherSeparator(0x3B)), 2),
    ("id|a\nx|1\n", .oneColumn(line: "id|a", separator: 0x2C, other: 0x7C), 1),
    ("id,a\nx,1\n,2\n", .emptyKey(index: 1), 3),
    ("id,a\nx,\"1\n\"\nz,3\nx,2\n", .duplicateKey(key: "x", first: 0, second: 2, firstLine: 2), 5),
    ("id,a\nx,1\ny,\"open\nmore\n", .tableSyntax(.unterminatedQuote), 3),
    ("id,a\nx,\"1\" \n", .tableSyntax(.textAfterQuote), 2),
    ("id,a\nx,1\0\n", .tableSyntax(.nulByte), 2),
    ("id,a\nx,\"1\0\"\n", .tableSyntax(.nulByte), 2),
    ("PK\u{3}\u{4}", .foreignTable(.zip), nil),
    ("BZh91AY&SY", .foreignTable(.bzip2), nil),
    ("\n<!DOCTYPE html>\n<html></html>\n", .foreignTable(.webPage), nil),
    ("{\"id\": \"x\", \"a\": 1}\n", .foreignTable(.json), nil),
  ])
  func faultsAreNamedWithTheirLine(text: String, problem: ActivationError.Problem, line: Int?) throws {
    let scratch = try Scratch()
    let path = try scratch.write("x.csv", text)
    let error = failure(try Table.read(path, key: "id", name: "x.csv"))
    #expect(error?.problem == problem)
    #expect(error?.place.line == line)
    #expect(error?.file == "x.csv")
  }

  private static func odd(
    _ found: Int, of expected: Int, _ text: String, _ likeness: ActivationError.OddLine.Likeness
  ) -> ActivationError.Problem {
    .cellCount(
      found: found, expected: expected, separator: 0x2C, line: .init(text: text, looksLike: likeness))
  }

  /// Tokens as NLP tools write them: two cells that begin with a quotation mark enclose nothing.
  @Test func quotationMarksBetweenTabsAreCharacters() throws {
    let scratch = try Scratch()
    let text = "id\ttoken\ty\na\t\"\t1\nb\tword\t2\nc\t\"\t3\nd\t\"so\t4\ne\t\"\"\t5\n"
    for name in ["t.tsv", "t.tab", "t.csv"] {
      let table = try Table.read(scratch.write(name, text), key: "id")
      #expect(table.keys == ["a", "b", "c", "d", "e"])
      #expect(table.column("token")?.cells == ["\"", "word", "\"", "\"so", "\"\""])
      #expect(table.column("y")?.numbers == [1, 2, 3, 4, 5])
      #expect(table.format.quoting == Table.Format.Quoting.none && table.format.separator == 0x09)
    }
  }

  /// A table between tabs that was written with quoting is not read with its marks in the cells.
  @Test(arguments: [
    "id\ttoken\n\"a\"\tx\n\"b\"\ty\n", "\"id\"\t\"y\"\na\t1\n", "id\ttoken\na\t\"\"\"\"\nb\tx\n",
    "id\ttoken\na\t\"x, y\"\nb\tx\n", "id\ttoken\na\t\"\"\nb\tx\n",
  ])
  func quotedCellsBetweenTabsAskForADeclaration(text: String) throws {
    let scratch = try Scratch()
    let path = try scratch.write("t.tsv", text)
    let error = failure(try Table.read(path, key: "id"))
    guard case .quotedCells? = error?.problem else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(error?.description.contains("`quoting: double`") == true)
    let table = try Table.read(path, key: "id", format: .init(quoting: .double))
    #expect(!table.keys[0].contains("\"") && table.columnNames[0] == "id")
    #expect(
      try Table.read(path, key: nil, format: .init(quoting: Table.Format.Quoting.none)).rows == table.rows)
  }

  /// Text between two lone marks of a comma-separated table would be one cell, and rows would be lost.
  @Test(arguments: [
    "id,token,y\na,\",1\nb,word,2\nc,\",3\n", "id,token,y\na,\",1\nc,\",3\n",
    "id,y,token\na,1,\"\nb,2,x\nc,3,\"\n",
    "id;token;y\na;\";1\nb;word;2\nc;\";3\n", "id,token,y\r\na,\",1\r\nb,word,2\r\nc,\",3\r\n",
  ])
  func cellsThatHoldRecordsAreRefused(text: String) throws {
    let scratch = try Scratch()
    let path = try scratch.write("t.csv", text)
    let error = failure(try Table.read(path, key: "id"))
    guard case .swallowedLines? = error?.problem else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(error?.place.line == 2 && error?.place.column == "token")
    let table = try Table.read(path, key: "id", format: .init(quoting: Table.Format.Quoting.none))
    #expect(table.keys == (table.rows == 3 ? ["a", "b", "c"] : ["a", "c"]))
    #expect(table.column("token")?.cells.first == "\"")
    #expect(try Table.read(path, key: "id", format: .init(quoting: .double)).rows == 1)
  }

  /// Cells that hold line ends as RFC 4180 has it stay what they are.
  @Test func cellsMayHoldLineEnds() throws {
    let scratch = try Scratch()
    let text = "id,\"text\n(raw)\",y\na,\"one\ntwo\n\nthree\",1\nb,\"x, y\nz\",2\n"
    let table = try Table.read(scratch.write("t.csv", text), key: "id")
    #expect(table.rows == 2 && table.column("text\n(raw)")?.cells == ["one\ntwo\n\nthree", "x, y\nz"])
  }

  @Test func missingMarkersAndDecimalsAreAsDeclared() throws {
    let scratch = try Scratch()
    let path = try scratch.write("t.csv", "id|x|k\nNA|1,5|NA\nb|NA|na\nc|-2,25|.\n")
    let format = Table.Format(separator: 0x7C, decimal: 0x2C, missing: ["NA", "."])
    let table = try Table.read(path, key: "id", format: format)
    // A key is never missing: `NA` may be a word.
    #expect(table.keys == ["NA", "b", "c"])
    let x = try #require(table.column("x"))
    #expect(x.isNumeric && x.numbers == [1.5, nil, -2.25] && x.missing == 1)
    #expect(table.column("k")?.cells == [nil, "na", nil])
    // A full stop is no number's where a comma stands before the fraction.
    let points = try scratch.write("p.csv", "id|x\na|1.5\nb|2\n")
    let strict = try Table.read(points, key: "id", format: .init(separator: 0x7C, decimal: 0x2C)).column("x")
    #expect(strict?.isNumeric == false && strict?.firstText == 0)
  }

  @Test func bytesThatAreNotUTF8AreNamedWithTheirPlace() throws {
    let scratch = try Scratch()
    for (text, line) in [
      ("id,a\nx,caf\u{1}", 2), ("id,a\nx,\"1\ncaf\u{1}\"\n", 2), ("id,caf\u{1}\nx,1\n", 1),
    ] {
      let path = try scratch.write("x.csv", text.utf8.map { $0 == 1 ? 0xE9 : $0 })
      let error = failure(try Table.read(path, key: "id"))
      #expect(error?.problem == .tableSyntax(.notUTF8) && error?.place.line == line)
    }
    // UTF-16 as spreadsheets export it.
    let wide = try scratch.write("w.csv", [0xFF, 0xFE] + Array("id,a\nx,1\n".utf8).flatMap { [$0, 0] })
    _ = failure(try Table.read(wide, key: "id"))
  }

  @Test func mutationsNeverTrap() throws {
    let scratch = try Scratch()
    var generator = SplitMix(state: 7)
    let whole = Array("id,a,\"b\"\r\nx,\"1,\"\"2\",é\n\ny,3,\"line\nend\"\n".utf8)
    for _ in 0..<2_000 {
      var mutated = whole
      for _ in 0..<Int.random(in: 1...3, using: &generator) {
        let index = Int.random(in: 0..<mutated.count, using: &generator)
        mutated[index] =
          Bool.random(using: &generator)
          ? UInt8.random(in: 0...255, using: &generator)
          : Array("\",\r\n\t;ix".utf8).randomElement(using: &generator) ?? 0
      }
      let path = try scratch.write("x.csv", Array(mutated.prefix(Int.random(in: 0...60, using: &generator))))
      do throws(ActivationError) {
        let table = try Table.read(path, key: "id")
        #expect(table.columnNames.allSatisfy { table.column($0)?.cells.count == table.rows })
      } catch {
        checkWords(error)
      }
    }
  }

  @Test func veryWideTablesAreRefused() throws {
    let scratch = try Scratch()
    let path = try scratch.write("x.csv", String(repeating: ",", count: 1 << 20))
    let error = failure(try Table.read(path, key: "id"))
    #expect(error?.problem == .tooManyColumns(limit: Table.columnLimit))
  }
}
