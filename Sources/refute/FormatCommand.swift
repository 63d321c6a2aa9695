internal import ArgumentParser
internal import Foundation
internal import HypothesisLanguage
internal import Reporting

struct FormatCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fmt", abstract: "Format hypothesis files in place.",
    discussion: "With - as the only path, formats standard input to standard output.")

  @OptionGroup var files: HypothesisFiles

  @Flag(help: "Change nothing; exit with 1 where a file is not formatted.")
  var check = false

  @Flag(name: .shortAndLong, help: "Do not name the files.")
  var quiet = false

  func run() throws {
    if files.paths == ["-"] {
      let source = SourceFile(path: "<stdin>", bytes: Array(FileHandle.standardInput.readDataToEndOfFile()))
      try Console.output(try formatted(source))
      return
    }
    var unformatted: [String] = []
    for source in try files.sources() {
      let text = try formatted(source)
      guard Array(text.utf8) != source.bytes else { continue }
      unformatted.append(source.path)
      if !check { try AtomicFile.write(text, to: source.path) }
    }
    if !quiet {
      for path in unformatted {
        try Console.output(check ? "\(path) is not formatted\n" : "formatted \(path)\n")
      }
    }
    if check && !unformatted.isEmpty { throw Failure(code: .unmet) }
  }

  private func formatted(_ source: SourceFile) throws -> String {
    let formatted = format(HypothesisLanguage.parse(source))
    guard formatted.diagnostics.isEmpty else {
      Console.write(
        render(formatted.diagnostics, sources: [source], color: Console.allowsColor(STDERR_FILENO)))
      throw Failure(code: .usage, message: "\(source.path): a file that does not parse is not formatted.")
    }
    return formatted.text
  }
}
