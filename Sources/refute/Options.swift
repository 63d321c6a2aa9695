internal import ArgumentParser
internal import Foundation
internal import Hypotheses
internal import Reporting

// Options that several commands have.

/// Which of the checked hypotheses a command is about.
struct OnlyOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Only hypotheses whose name, file or tag matches; * and ? are wildcards.", valueName: "pattern"))
  var only: [String] = []

  func isChosen(_ hypothesis: Hypothesis) -> Bool {
    isChosen([hypothesis.name, hypothesis.location.file] + hypothesis.tags)
  }

  /// Whether one of `names` matches one of the patterns, or there are none.
  func isChosen(_ names: [String]) -> Bool {
    only.isEmpty
      || only.contains { text in
        let pattern = NamePattern(text)
        return names.contains { name in
          pattern.hasWildcards ? pattern.matches(name) : name.localizedCaseInsensitiveContains(text)
        }
      }
  }
}

/// The verdicts that fail a run.
struct FailOnOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The verdicts that fail a run where a hypothesis has no expect line (default: artifact,falsified,unfounded,invalid).",
      valueName: "verdicts"))
  var failOn: String?

  func validate() throws { _ = try verdicts() }

  func verdicts() throws -> Set<Verdict> {
    guard let failOn else { return Record.defaultFailOn }
    return try Set(
      words(failOn).map { name in
        guard let verdict = Verdict(rawValue: name) else {
          throw ValidationError(
            "--fail-on: there is no verdict '\(name)'; the verdicts are \(Verdict.allCases.map(\.rawValue).joined(separator: ", "))."
          )
        }
        return verdict
      })
  }
}

/// The changes that fail a comparison.
struct FailOnChangeOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The changes since the baseline that fail (default: verdict,drift,vanished; also specification,new,text,data,seed).",
      valueName: "kinds"))
  var failOnChange: String?

  func validate() throws { _ = try kinds() }

  func kinds() throws -> Set<RecordComparison.Kind> {
    guard let failOnChange else { return RecordComparison.defaultFailing }
    return try Set(
      words(failOnChange).map { name in
        guard let kind = RecordComparison.Kind(rawValue: name) else {
          throw ValidationError(
            "--fail-on-change: there is no kind '\(name)'; the kinds are \(RecordComparison.Kind.allCases.map(\.rawValue).joined(separator: ", "))."
          )
        }
        return kind
      })
  }
}

/// The words of a list that is separated by commas.
private func words(_ list: String) -> [String] {
  list.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
}

/// The forms that a record can be rendered in.
enum ReportFormat: String, ExpressibleByArgument, CaseIterable {
  case table, html, markdown, junit, sarif, github, json, none

  /// - Parameter reportPath: named at the end of the table.
  func render(_ record: Record, failOn: Set<Verdict>, reportPath: String?) -> String {
    switch self {
    case .table:
      TerminalTable.render(
        record,
        options: TerminalTable.Options(
          columns: Console.columns, color: Console.allowsColor(STDOUT_FILENO), failOn: failOn,
          reportPath: reportPath))
    case .html: HTMLReport.render(record, failOn: failOn)
    case .markdown: MarkdownSummary.render(record, failOn: failOn)
    case .junit: JUnitReport.render(record, failOn: failOn)
    case .sarif: SARIFReport.render(record, failOn: failOn)
    case .github: GitHubAnnotations.render(record, failOn: failOn)
    case .json: record.json
    case .none: ""
    }
  }
}

/// The folder of a record and its reports.
struct ReportFolder {
  let path: String

  static let recordName = "record.json"

  /// Writes the record and everything that is drawn from it.
  func write(_ record: Record, failOn: Set<Verdict>) throws {
    try save(record.json, ReportFolder.recordName)
    for (format, name) in [
      (ReportFormat.html, "index.html"), (.markdown, "summary.md"), (.junit, "junit.xml"),
      (.sarif, "results.sarif"),
    ] {
      try save(format.render(record, failOn: failOn, reportPath: nil), name)
    }
  }

  func save(_ text: String, _ name: String) throws {
    do throws(RecordError) {
      try AtomicFile.write(text, to: path + "/" + name)
    } catch {
      throw Failure(code: .usage, message: "--reports \(path): \(error)")
    }
  }

  /// Finds out before the work, not after it, whether reports can be written.
  func prepare() throws {
    try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue,
      FileManager.default.isWritableFile(atPath: path)
    else {
      throw Failure(
        code: .usage, message: "--reports \(path): the folder cannot be made or written to: name another.")
    }
    AtomicFile.removeDrafts(in: path)
  }
}

/// The record at `path`, or in the folder `path`.
func storedRecord(_ path: String) throws -> Record {
  var isFolder: ObjCBool = false
  let file =
    FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
    ? path + "/" + ReportFolder.recordName : path
  do throws(RecordError) {
    return try Record(contentsOf: file)
  } catch {
    throw Failure(code: .data, message: "\(file): \(error)")
  }
}

/// What a run or a record is compared with: a baseline file, or a record.
func storedBaseline(_ path: String) throws -> Baseline {
  guard Baseline.isBaseline(path) else { return Baseline(try storedRecord(path)) }
  do throws(LedgerError) {
    return try Baseline(contentsOf: path)
  } catch {
    throw Failure(code: .data, message: "\(error)")
  }
}
