internal import ArgumentParser
internal import HypothesisLanguage

struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Check hypotheses against the data's headers, without running them.")

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text, json
  }

  @OptionGroup var files: HypothesisFiles
  @OptionGroup var dataOptions: DataOptions

  @Option(help: "How diagnostics are written.")
  var format = Format.text

  @Flag(name: .shortAndLong, help: "Write diagnostics only.")
  var quiet = false

  @Flag(help: "Show how the data of every hypothesis were read; of a single one it is shown anyway.")
  var verbose = false

  func run() throws {
    let checked = CheckedFiles(try files.sources(), against: dataOptions.library)
    switch format {
    case .json: try Console.output(renderJSON(checked.diagnostics, hypotheses: checked.hypotheses) + "\n")
    case .text:
      Console.write(
        render(checked.diagnostics, sources: checked.sources, color: Console.allowsColor(2)))
      if !quiet {
        if verbose || checked.hypotheses.count == 1 {
          for hypothesis in checked.hypotheses {
            try Console.output("\(hypothesis.name.visible)\n\(render(hypothesis.readings))")
          }
        }
        let count = checked.hypotheses.count
        try Console.output(
          "\(checked.sources.count) \(checked.sources.count == 1 ? "file" : "files"), \(count) \(count == 1 ? "hypothesis" : "hypotheses"): \(summary(checked.diagnostics))\n"
        )
      }
    }
    if checked.code != .success { throw Failure(code: checked.code) }
  }
}
