internal import ArgumentParser
internal import Foundation
internal import Hypotheses
internal import HypothesisLanguage
internal import Reporting

struct LockCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lock", abstract: "Settle hypotheses, data and seed before a run.",
    discussion: """
      Writes the digests of each claim, its data and the seed. Commit the file before you run: reports then say for \
      every claim whether it was locked before it was scored, and what changed since. Exit codes: 0; with --check, 1 \
      where a claim is not locked or not as it was locked; 2 bad usage or a hypothesis that does not check; 3 data \
      could not be read.
      """)

  @OptionGroup var files: HypothesisFiles
  @OptionGroup var dataOptions: DataOptions
  @OptionGroup var only: OnlyOptions

  @Option(help: "The seed of the run.")
  var seed: UInt64 = 1

  @Option(help: ArgumentHelp("The lock.", valueName: "file"), completion: .file())
  var lock = "refute.lock"

  @Option(help: "The folder whose record tells what has been scored already.", completion: .directory)
  var reports = "Reports"

  @Flag(help: "Change nothing; tell what is not as it was locked.")
  var check = false

  @Flag(name: .shortAndLong, help: "Do not tell what is locked.")
  var quiet = false

  func run() throws {
    let library = dataOptions.library
    let checked = CheckedFiles(try files.sources(), against: library)
    let hypotheses = try checked.chosen(by: only, toBe: "locked")
    let inputs = try InputFiles(of: hypotheses, in: library)
    var stored = try LockFile.read(lock, isRequired: check) ?? Lock()
    if check {
      var isBroken = false
      for hypothesis in hypotheses {
        let registration = stored.registration(
          of: Lock.Plan(
            name: hypothesis.name, source: hypothesis.source, seed: seed, replicates: nil,
            data: inputs.read(by: hypothesis.name)))
        if registration.status == .locked { continue }
        isBroken = isBroken || registration.status != .late
        if !quiet { try Console.say("\(hypothesis.name): \(registration.statement)") }
      }
      if isBroken { throw Failure(code: .unmet) }
      return
    }

    let scored = try? Record(contentsOf: reports + "/" + ReportFolder.recordName)
    let now = Date().ISO8601Format()
    var isChanged = false
    for hypothesis in hypotheses {
      let claim = Lock.Claim(
        name: hypothesis.name, file: hypothesis.location.file, locked: now,
        scoredIn: scored, seed: seed, source: hypothesis.source, data: inputs.read(by: hypothesis.name))
      let wasLocked = stored[hypothesis.name] != nil
      guard stored.add(claim) else { continue }
      isChanged = true
      guard !quiet, let entry = stored[hypothesis.name] else { continue }
      try Console.say(
        "\(wasLocked ? "locked again" : "locked") \(hypothesis.name)"
          + (entry.scored ? ": a score of it is known already" : ""))
    }
    if isChanged {
      do throws(RecordError) {
        try AtomicFile.write(stored.text, to: lock)
      } catch {
        throw Failure(code: .usage, message: "--lock \(lock): \(error)")
      }
    }
    if !quiet {
      try Console.output(
        isChanged ? "\(lock) is written: commit it before you run.\n" : "\(lock) holds this already.\n")
    }
  }
}

/// The lock on the disk.
enum LockFile {
  /// - Returns: `nil` where there is no such file and none is required.
  static func read(_ path: String, isRequired: Bool) throws -> Lock? {
    guard isRequired || FileManager.default.fileExists(atPath: path) else { return nil }
    do throws(LedgerError) {
      return try Lock(contentsOf: path)
    } catch {
      throw Failure(code: .usage, message: "--lock \(path): \(error)")
    }
  }
}
