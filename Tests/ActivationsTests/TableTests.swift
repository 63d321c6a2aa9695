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
      guard let rows = example.rows else {
        let error = failure(try Table.read(path, key: "id"))
        if case .tableSyntax = error?.problem {} else { Issue.record("\(String(describing: error))") }
        continue
      }
      let table = try Table.read(path, key: "id")
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
    #expect(x.isNumeric && x.distinct == 2 && x.distinctNumbers == 1 && x.missing == 1 && x.numbers == [1, 1, nil])
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
    ("id,a\nx,1\ny\n", .cellCount(found: 1, expected: 2), 3),
    ("id,a\nx,\"1\n\n\"\ny,1,2\n", .cellCount(found: 3, expected: 2), 5),
    ("id,a\nx,1\n,2\n", .emptyKey(index: 1), 3),
    ("id,a\nx,\"1\n\"\nz,3\nx,2\n", .duplicateKey(key: "x", first: 0, second: 2, firstLine: 2), 5),
    ("id,a\nx,1\ny,\"open\nmore\n", .tableSyntax(.unterminatedQuote), 3),
    ("id,a\nx,\"1\" \n", .tableSyntax(.textAfterQuote), 2),
    ("id,a\nx,1\0\n", .tableSyntax(.nulByte), 2),
    ("id,a\nx,\"1\0\"\n", .tableSyntax(.nulByte), 2),
    ("PK\u{3}\u{4}", .foreign(.zip), nil),
  ])
  func faultsAreNamedWithTheirLine(text: String, problem: ActivationError.Problem, line: Int?) throws {
    let scratch = try Scratch()
    let path = try scratch.write("x.csv", text)
    let error = failure(try Table.read(path, key: "id", name: "x.csv"))
    #expect(error?.problem == problem)
    #expect(error?.place.line == line)
    #expect(error?.file == "x.csv")
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
