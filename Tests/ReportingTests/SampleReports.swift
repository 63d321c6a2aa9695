import Foundation
import Reporting
import Testing

/// Not a check: with REFUTE_SAMPLES=FOLDER the sample reports are written there, to be looked at.
@Test(.enabled(if: ProcessInfo.processInfo.environment["REFUTE_SAMPLES"] != nil))
func writeSampleReports() throws {
  let folder = try #require(ProcessInfo.processInfo.environment["REFUTE_SAMPLES"])
  let hostile = Samples.hostileStrings.enumerated().map { Samples.hostile($1, index: $0) }
  let extremes = Samples.extremeValues.enumerated().map { Samples.extreme($1, 0.3, index: $0) }
  for (name, tested) in [
    ("six", Samples.six), ("hostile", hostile), ("extreme", extremes),
    ("family", [TextFamilyReportTests.heads()]),
    (
      "specifications",
      [SpecificationReportTests.choices(), SpecificationReportTests.choices(folds: 2...33)]
    ),
  ] {
    let record = Samples.record(tested)
    try AtomicFile.write(record.json, to: "\(folder)/\(name)/record.json")
    try AtomicFile.write(HTMLReport.render(record), to: "\(folder)/\(name)/index.html")
    try AtomicFile.write(MarkdownSummary.render(record), to: "\(folder)/\(name)/summary.md")
    try AtomicFile.write(JUnitReport.render(record), to: "\(folder)/\(name)/junit.xml")
    try AtomicFile.write(SARIFReport.render(record), to: "\(folder)/\(name)/results.sarif")
    for columns in [50, 80, 120] {
      let options = TerminalTable.Options(
        columns: columns, color: columns == 120, reportPath: "Reports/index.html")
      try AtomicFile.write(
        TerminalTable.render(record, options: options), to: "\(folder)/\(name)/table-\(columns).txt")
    }
  }
  try AtomicFile.write(
    CalibrationReport.render(CalibrationReportTests.samples, seed: 1, replicates: 199),
    to: "\(folder)/calibration/index.html")
}
