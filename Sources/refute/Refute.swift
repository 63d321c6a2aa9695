internal import ArgumentParser
internal import Foundation
internal import Reporting

/// The command line. Exit codes: 0 every claim met its expectation; 1 some did not; 2 bad usage or a hypothesis that
/// does not check; 3 data could not be read; 4 interrupted.
@main
struct Refute: AsyncParsableCommand {
  static let version = "0.1.0"

  static let configuration = CommandConfiguration(
    commandName: "refute",
    abstract: "Try to explain a claim's score away, on real model activations.",
    discussion: """
      A claim about what a language model encodes is written in a .hypothesis file. Refute measures its score and sets \
      rivals against it: permuted labels, control tasks, random embeddings, untrained twins, plain confounds. If one of \
      them reproduces the score, the claim is an artifact, and the report says of what.
      """,
    version: version,
    subcommands: [
      RunCommand.self, CheckCommand.self, FormatCommand.self, InspectCommand.self, ReportCommand.self,
      DiffCommand.self, BaselineCommand.self, LockCommand.self, CalibrateCommand.self, PowerCommand.self,
      ExplainCommand.self,
    ])

  static func main() async {
    do {
      var command = try parseAsRoot()
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
    } catch let failure as Failure {
      Console.error(failure.message)
      Foundation.exit(failure.code.rawValue)
    } catch {
      let code = exitCode(for: error)
      let message = fullMessage(for: error)
      if code.isSuccess {
        do {
          if !message.isEmpty { try Console.output(message + "\n") }
        } catch {
          Console.error((error as? Failure)?.message ?? "\(error)")
          Foundation.exit(Code.usage.rawValue)
        }
        Foundation.exit(0)
      }
      if !message.isEmpty { Console.error(message, isPlain: true) }
      // ArgumentParser's own code for bad usage is 64.
      Foundation.exit(code == .validationFailure ? Code.usage.rawValue : code.rawValue)
    }
  }
}

/// What the process ends with.
enum Code: Int32 {
  case success = 0
  /// Some claim did not meet its expectation.
  case unmet = 1
  /// Bad usage, or a hypothesis that does not check.
  case usage = 2
  /// Data could not be read.
  case data = 3
  case interrupted = 4
}

/// An end of the process with a reason. The message may be empty where everything has been said.
struct Failure: Error {
  var code: Code
  var message: String = ""
}

/// Writing to the terminal.
enum Console {
  static func error(_ message: String, isPlain: Bool = false) {
    guard !message.isEmpty else { return }
    write((isPlain ? "" : "refute: ") + message.block + "\n")
  }

  /// Writes to standard error.
  static func write(_ text: String) {
    FileHandle.standardError.write(Data(text.utf8))
  }

  /// A line on standard output, without anything that a terminal would obey.
  static func say(_ text: String) throws { try output(text.visible + "\n") }

  /// Writes to standard output.
  /// - Throws: `Failure` where it does not take everything: a reader must not take what is cut for the whole.
  static func output(_ text: String) throws {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { Foundation.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
      if written < 0 {
        if errno == EINTR { continue }
        throw Failure(
          code: .usage, message: "standard output cannot be written: \(String(cString: strerror(errno))).")
      }
      rest = rest.dropFirst(written)
    }
  }

  /// Writes to the file at `path`, or to standard output.
  static func put(_ text: String, in path: String?) throws {
    guard let path else { return try output(text) }
    do throws(RecordError) {
      try AtomicFile.write(text, to: path)
    } catch {
      throw Failure(code: .usage, message: "--output \(path): \(error)")
    }
  }

  /// Whether a stream is a terminal that may be painted.
  static func allowsColor(_ descriptor: Int32) -> Bool {
    let environment = ProcessInfo.processInfo.environment
    return isatty(descriptor) == 1 && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
  }

  /// The width of the terminal, or what COLUMNS says, or 100.
  static var columns: Int {
    var size = winsize()
    if ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
    return ProcessInfo.processInfo.environment["COLUMNS"].flatMap { Int($0) } ?? 100
  }
}

extension StringProtocol {
  /// A name from a file on one line, without anything that a terminal would obey or that would show it as another.
  var visible: String { String(self).line }
}
