internal import ArgumentParser
internal import Reporting

struct DiffCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff", abstract: "Say what changed between two records, by claim.",
    discussion: """
      OLD may be a baseline file too. Exit codes: 0 no change that fails; 1 there is one (--fail-on-change says which \
      count); 2 bad usage; 3 a file could not be read.
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text, markdown, json, github
  }

  @Argument(
    help: "A record.json, a folder that holds one, or a baseline.", completion: .file(extensions: ["json"]))
  var old: String

  @Argument(help: "A record.json, or a folder that holds one.", completion: .file(extensions: ["json"]))
  var new: String

  @Option(help: "How the changes are written.")
  var format = Format.text

  @Option(
    help: ArgumentHelp("Write them to this file instead of standard output.", valueName: "file"),
    completion: .file())
  var output: String?

  @OptionGroup var failOnChange: FailOnChangeOptions

  func run() throws {
    let failing = try failOnChange.kinds()
    let before = try storedBaseline(old)
    let record = try storedRecord(new)
    let comparison = RecordComparison(before, record)
    let text =
      switch format {
      case .text: comparison.text
      case .markdown: comparison.markdown(failing: failing)
      case .json: comparison.json(failing: failing)
      case .github: GitHubAnnotations.render(comparison, in: record, failing: failing)
      }
    try Console.put(text, in: output)
    if comparison.fails(on: failing) { throw Failure(code: .unmet) }
  }
}
