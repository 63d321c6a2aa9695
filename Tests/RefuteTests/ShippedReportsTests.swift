import Foundation
import Reporting
import TestSupport
import Testing

private let shippedReports = JSONSchema.repository + "/Reports"

/// The committed audit in Reports/ is that of the shipped hypotheses and data. `make reports` writes it; `make check-audit`
/// tests all claims again and compares.
@Suite(.enabled(if: FileManager.default.fileExists(atPath: shippedReports + "/record.json")))
struct ShippedReportsTests {

  @Test func areAsTheRecordIsRendered() throws {
    let folder = try TemporaryFolder()
    #expect(try JSONSchema.record().problems(of: text("record.json")).isEmpty)
    let outcome = try CommandLineProgram.run(
      ["report", shippedReports, "--reproducible", "--reports", "r", "--format", "none"], in: folder)
    #expect(outcome.code == 0)
    for name in ["record.json", "index.html", "summary.md", "junit.xml", "results.sarif"] {
      let isSame = try String(contentsOfFile: folder.path + "/r/" + name, encoding: .utf8) == text(name)
      #expect(isSame, "Reports/\(name) is not what the record says: make reports")
    }
  }

  @Test func areOfTheShippedHypothesesAndData() throws {
    let folder = try TemporaryFolder()
    let root = JSONSchema.repository
    let outcome = try CommandLineProgram.run(
      ["lock", root + "/Hypotheses", "--data", root + "/Data", "--lock", "l", "--reports", "none"], in: folder
    )
    #expect(outcome.code == 0, "\(outcome.errors)")
    let lock = try Lock(contentsOf: folder.path + "/l")
    let record = try Record(contentsOf: shippedReports + "/record.json")
    #expect(Set(record.hypotheses.map(\.name)) == Set(lock.claims.map(\.name)), "make reports")
    for claim in record.hypotheses {
      let shipped = try #require(lock[claim.name])
      #expect(
        shipped.text == ClaimText.digest(claim.source), "\(claim.name) says something else now: make reports")
      for file in shipped.data {
        #expect(record.data.contains(file), "\(file.path) has changed: make reports")
      }
      #expect(claim.metExpectation != false, "\(claim.name)")
    }
    // Nothing of the machine that it was made on.
    #expect(record.environment == RunEnvironment() && record.timing == Record.Timing())
  }

  private func text(_ name: String) throws -> String {
    try String(contentsOfFile: shippedReports + "/" + name, encoding: .utf8)
  }
}
