import Foundation
import TestSupport

/// The built program, run as a user runs it.
struct CommandLineProgram {
  struct Outcome {
    var code: Int32
    var output: String
    var errors: String
  }

  /// Beside the test bundle.
  static let executable: URL = {
    var folder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    for bundle in Bundle.allBundles where bundle.bundlePath.hasSuffix(".xctest") {
      folder = bundle.bundleURL.deletingLastPathComponent()
    }
    return folder.appendingPathComponent("refute")
  }()

  /// Runs `refute` in `folder` and waits for its end.
  static func run(_ arguments: [String], in folder: TemporaryFolder, input: String? = nil) throws -> Outcome {
    let process = Process()
    process.executableURL = executable
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
    // Output goes to files: a full pipe would stall the program.
    let output = folder.path + "/stdout-\(UUID().uuidString)"
    let errors = folder.path + "/stderr-\(UUID().uuidString)"
    for path in [output, errors] { _ = FileManager.default.createFile(atPath: path, contents: nil) }
    process.standardOutput = FileHandle(forWritingAtPath: output)
    process.standardError = FileHandle(forWritingAtPath: errors)
    if let input {
      let path = try folder.write(input, to: "stdin-\(UUID().uuidString)")
      process.standardInput = FileHandle(forReadingAtPath: path)
    } else {
      process.standardInput = FileHandle.nullDevice
    }
    try process.run()
    process.waitUntilExit()
    return Outcome(
      code: process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus,
      output: try String(contentsOfFile: output, encoding: .utf8),
      errors: try String(contentsOfFile: errors, encoding: .utf8))
  }
}
