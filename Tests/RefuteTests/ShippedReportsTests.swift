import Foundation
import Reporting
import TestSupport
import Testing

private let shippedReports = JSONSchema.repository + "/Reports"

/// Whether Reports/ holds what is committed. What `make audit` leaves there names the machine and the time, and is nobody's
/// promise.
private func holdsCommittedForm() -> Bool {
  guard let record = try? Record(contentsOf: shippedReports + "/record.json") else { return false }
  return record.environment == RunEnvironment() && record.timing == Record.Timing()
}

/// The committed audit in Reports/ is that of the shipped hypotheses and data. `make reports` writes it; `make check-audit`
/// tests all claims again and compares.
@Suite(.enabled(if: holdsCommittedForm(), "Reports/ holds no committed audit: make reports"))
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
  }

  private func text(_ name: String) throws -> String {
    try String(contentsOfFile: shippedReports + "/" + name, encoding: .utf8)
  }
}
