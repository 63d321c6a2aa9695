internal import ArgumentParser
internal import Reporting

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Render a stored record again.",
    discussion:
      "Nothing is tested. Ends with 0 where the record could be rendered, whatever its verdicts are.")

  @Argument(
    help: ArgumentHelp("A record.json, or the folder that holds one.", valueName: "record"),
    completion: .file(extensions: ["json"]))
  var record = "Reports"

  @Option(help: "What is written to standard output.")
  var format = ReportFormat.table

  @Option(
    help: ArgumentHelp("Write it to this file instead of standard output.", valueName: "file"),
    completion: .file())
  var output: String?

  @Option(
    help: "Write record.json and all reports to this folder.", completion: .directory)
  var reports: String?

  @Flag(
    help:
      "Leave out what is not reproducible (host, versions, times), for reports that are kept under version control."
  )
  var reproducible = false

  @OptionGroup var failOn: FailOnOptions

  func run() throws {
    let failing = try failOn.verdicts()
    let stored = try storedRecord(record)
    let record = reproducible ? stored.reproduciblePart : stored
    if let reports {
      let folder = ReportFolder(path: reports)
      try folder.prepare()
      try folder.write(record, failOn: failing)
    }
    let text = format.render(record, failOn: failing, reportPath: reports.map { $0 + "/index.html" })
    try Console.put(text, in: output)
  }
}
