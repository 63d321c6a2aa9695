import ArgumentParser
import CalibrationSuite
import Foundation

/// Simulates data in which it is known what is true, and writes how often the tests and intervals are wrong.
@main
struct RefuteCalibrate: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "refute-calibrate",
    abstract: "False positives and coverage by simulation: the tables of docs/calibration.md.")

  @Argument(
    help: "Which tables (default: all): schemes, probes, metrics, traps, coverage, conditions, gates, truth.")
  var sections: [String] = []

  @Option(help: "How many data sets are simulated for each row.")
  var datasets = 1_000

  @Option(help: "How many tasks work at a time. Results do not depend on it.")
  var jobs = ProcessInfo.processInfo.activeProcessorCount

  @Option(help: "Only rows whose name contains this.")
  var only: String?

  @Option(help: "The document whose tables are replaced, between their marks.")
  var write: String?

  func validate() throws {
    if datasets < 1 { throw ValidationError("--datasets \(datasets): at least one is needed.") }
    if jobs < 1 { throw ValidationError("--jobs \(jobs): at least one task must work.") }
    if only != nil && write != nil {
      throw ValidationError(
        "--only with --write would leave rows out of the document: leave one of them away.")
    }
    if let unknown = sections.first(where: { Section(rawValue: $0) == nil }) {
      throw ValidationError(
        "there is no table '\(unknown)'; the tables are \(Section.allCases.map(\.rawValue).joined(separator: ", "))."
      )
    }
  }

  /// A line that is seen at once, in a file too.
  private func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

  func run() async throws {
    for section in sections.isEmpty ? Section.allCases : sections.compactMap({ Section(rawValue: $0) }) {
      say("\(section.rawValue), \(datasets) data sets per row")
      let start = ContinuousClock.now
      let table = try await section.table(datasets: datasets, jobs: jobs, only: only) { say($0) }
      say("\(Int((ContinuousClock.now - start) / .seconds(1))) seconds\n")
      guard let write else { continue }
      // Read again for each table: the tables of a long run are on the disk as they come.
      let text = try String(contentsOfFile: write, encoding: .utf8)
      guard let replaced = section.replacing(in: text, by: table) else {
        throw ValidationError("\(write) has no marks for the table \(section.rawValue).")
      }
      try replaced.write(toFile: write, atomically: true, encoding: .utf8)
    }
  }
}
