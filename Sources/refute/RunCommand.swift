internal import Activations
internal import ArgumentParser
internal import Crypto
internal import Falsification
internal import Foundation
internal import Hypotheses
internal import HypothesisLanguage
internal import Logging
internal import Reporting

struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Test hypotheses on data, and write a record and its reports.",
    discussion: """
      Exit codes: 0 every claim met its expectation; 1 some did not; 2 bad usage or a hypothesis that does not check; \
      3 data could not be read; 4 interrupted (--resume goes on).
      """)

  @OptionGroup var files: HypothesisFiles
  @OptionGroup var dataOptions: DataOptions
  @OptionGroup var onlyOptions: OnlyOptions
  @OptionGroup var failOn: FailOnOptions
  @OptionGroup var failOnChange: FailOnChangeOptions

  @Option(
    help: "The folder that record.json, index.html, summary.md, junit.xml and results.sarif are written to.",
    completion: .directory)
  var reports = "Reports"

  @Option(help: "The seed of every random stream.")
  var seed: UInt64 = 1

  @Option(
    name: .shortAndLong,
    help: "How many tasks work at a time (default: one per core). Results do not depend on it.")
  var jobs: Int?

  @Option(help: "Replace the number of replicates of every random rival, for a quick look.")
  var replicates: Int?

  @Option(help: "What is written to standard output.")
  var format = ReportFormat.table

  @Option(
    help: ArgumentHelp(
      "Compare verdicts and scores with this baseline, or record; changes fail the run.", valueName: "file"),
    completion: .file())
  var baseline: String?

  @Option(
    help: ArgumentHelp(
      "What refute lock settled; reports say what was locked before it was scored (default: refute.lock, where it exists).",
      valueName: "file"),
    completion: .file())
  var lock: String?

  @Flag(help: "Run nothing unless every claim is as it was locked, and was locked before it was scored.")
  var requireLock = false

  @Flag(help: "Keep what the reports folder's record holds of the same input, and test the rest.")
  var resume = false

  @Flag(name: .shortAndLong, help: "No progress and no table.")
  var quiet = false

  @Flag(name: .shortAndLong, help: "Log what is read and kept.")
  var verbose = false

  /// As many as a hypothesis may ask for.
  private static let mostReplicates = 100_000_000

  func validate() throws {
    if let jobs, jobs < 1 { throw ValidationError("--jobs \(jobs): at least one task must work.") }
    if let replicates, replicates < 1 {
      throw ValidationError("--replicates \(replicates): at least one replicate is needed.")
    }
    if let replicates, replicates > Self.mostReplicates {
      throw ValidationError(
        "--replicates \(replicates): at most \(Self.mostReplicates) can be held in memory.")
    }
  }

  func run() async throws {
    let log = logger()
    let failing = try failOn.verdicts()
    let failingChanges = try failOnChange.kinds()
    let library = dataOptions.library
    let checked = CheckedFiles(try files.sources(), against: library)
    let chosenFiles = Set(checked.hypotheses.filter { onlyOptions.isChosen($0) }.map(\.location.file))
    // Warnings only about what is run, and none where quiet was asked for.
    let shown = checked.diagnostics.filter {
      $0.severity == .error || (!quiet && chosenFiles.contains($0.location.file))
    }
    let hypotheses = try checked.chosen(by: onlyOptions, showing: shown, toBe: "run")
    var comparison: Baseline?
    if let baseline {
      do { comparison = try storedBaseline(baseline) } catch let failure as Failure {
        throw Failure(code: .usage, message: "--baseline \(failure.message)")
      }
    }
    let lockPath = lock ?? "refute.lock"
    let locked = try LockFile.read(lockPath, isRequired: lock != nil || requireLock)

    let folder = ReportFolder(path: reports)
    try folder.prepare()
    let inputs = try InputFiles(of: hypotheses, in: library)
    for file in inputs.all { log.debug("read \(file.path), sha256 \(file.sha256)") }
    let digests = hypotheses.reduce(into: [:]) { digests, hypothesis in
      digests[hypothesis.name] = digest(of: hypothesis, inputs.read(by: hypothesis.name))
    }
    if !onlyOptions.only.isEmpty || !files.paths.isEmpty {
      // What this run leaves out has not vanished.
      let read = Set(checked.sources.map(\.path))
      let present = Set(checked.hypotheses.map(\.name))
      let chosen = Set(hypotheses.map(\.name))
      comparison?.claims.removeAll {
        !chosen.contains($0.name) && (present.contains($0.name) || !read.contains($0.file))
      }
      let paths = Set(inputs.all.map(\.path))
      comparison?.data.removeAll { !paths.contains($0.path) }
    }
    let workers = jobs ?? ProcessInfo.processInfo.activeProcessorCount
    let environment = RunEnvironment.current(
      jobs: workers, data: dataOptions, lock: locked == nil ? nil : lockPath)
    let kept = resume ? results(for: hypotheses, digests, environment, log) : [:]
    let registrations = hypotheses.reduce(into: [:]) { all, hypothesis in
      all[hypothesis.name] = (locked ?? Lock()).registration(
        of: Lock.Plan(
          name: hypothesis.name, source: hypothesis.source, seed: seed, replicates: replicates,
          data: inputs.read(by: hypothesis.name)))
    }
    if requireLock { try refuse(hypotheses, registrations, kept) }

    let started = Date()
    var draft = Record(
      status: .partial, seed: seed, replicates: replicates, hypotheses: [],
      data: inputs.all,
      environment: environment,
      timing: Record.Timing(started: started.ISO8601Format(), seconds: nil, hypotheses: []))

    // The work waits until an interrupt would reach it.
    let (start, starter) = AsyncStream.makeStream(of: Void.self)
    let tester = Task { [draft] in
      for await _ in start {}
      return try await test(
        hypotheses, library, Setting(digests: digests, registrations: registrations, workers: workers), kept,
        folder,
        draft)
    }
    let interrupt = onInterrupt { tester.cancel() }
    defer { interrupt.cancel() }
    starter.finish()
    let outcome = try await tester.value
    draft = outcome.record
    draft.timing.seconds = Record.Number(Date().timeIntervalSince(started))
    try folder.write(draft, failOn: failing)
    if outcome.isInterrupted {
      throw Failure(
        code: .interrupted,
        message:
          "interrupted after \(draft.hypotheses.count) of \(hypotheses.count) hypotheses; --resume goes on.")
    }

    if format != .table || !quiet {
      try Console.output(format.render(draft, failOn: failing, reportPath: reports + "/index.html"))
    }
    var unmet = !draft.failures(failOn: failing).isEmpty
    if let comparison {
      let changes = RecordComparison(comparison, draft)
      let hasRegressed = changes.fails(on: failingChanges)
      if !quiet || hasRegressed { Console.write(changes.text) }
      if format == .github {
        try Console.output(GitHubAnnotations.render(changes, in: draft, failing: failingChanges))
      }
      unmet = unmet || hasRegressed
    }
    // A hypothesis whose data could not be used has a reason and no evidence.
    let unusable = draft.hypotheses.filter { $0.score == nil }
    if !unusable.isEmpty {
      throw Failure(
        code: .data,
        message: unusable.map { "\($0.file):\($0.line): \($0.reason)" }.joined(separator: "\nrefute: "))
    }
    if unmet { throw Failure(code: .unmet) }
  }

  private struct Tested: Sendable {
    var record: Record
    var isInterrupted: Bool
  }

  /// The finished results of the same input, made by the same build of the program, in the reports folder's record.
  private func results(
    for hypotheses: [Hypothesis], _ digests: [String: String], _ environment: RunEnvironment, _ log: Logger
  ) -> [String: Record.Claim] {
    guard let old = try? Record(contentsOf: reports + "/record.json") else {
      log.info("--resume: \(reports)/record.json holds no record; everything is run")
      return [:]
    }
    guard old.environment.build == environment.build else {
      log.info("--resume: \(reports)/record.json was made by another build of refute; everything is run")
      return [:]
    }
    return hypotheses.reduce(into: [:]) { kept, hypothesis in
      guard var result = old.result(of: hypothesis.name, digest: digests[hypothesis.name]!) else { return }
      // The text may have moved within its file, or to another.
      (result.file, result.line) = (hypothesis.location.file, hypothesis.location.line)
      log.info("kept \(hypothesis.name): its input has not changed")
      kept[hypothesis.name] = result
    }
  }

  /// What is the same for the whole run; by name of the hypothesis.
  private struct Setting: Sendable {
    var digests: [String: String]
    var registrations: [String: Record.Registration]
    var workers: Int
  }

  /// Refuses to run what was not locked, or not like this.
  private func refuse(
    _ hypotheses: [Hypothesis], _ registrations: [String: Record.Registration], _ kept: [String: Record.Claim]
  ) throws {
    let wrong = hypotheses.compactMap { hypothesis -> String? in
      guard kept[hypothesis.name] == nil, let registration = registrations[hypothesis.name],
        registration.status != .locked
      else { return nil }
      return "\(hypothesis.location.file):\(hypothesis.location.line): \(registration.statement)"
    }
    guard wrong.isEmpty else {
      throw Failure(
        code: .usage,
        message: (wrong + ["--require-lock: nothing was run; refute lock settles what is to be scored."])
          .joined(separator: "\nrefute: "))
    }
  }

  /// Tests the hypotheses that have no result yet, one after another; the record is on the disk after each, and holds
  /// every finished result at any time.
  private func test(
    _ hypotheses: [Hypothesis], _ library: DataLibrary, _ setting: Setting, _ kept: [String: Record.Claim],
    _ folder: ReportFolder, _ draft: Record
  ) async throws -> Tested {
    var record = draft
    var results = kept
    let progress = ProgressLine(isShown: !quiet)
    func gather() {
      record.hypotheses = hypotheses.compactMap { results[$0.name] }
      record.adjust()
    }
    gather()
    for (index, hypothesis) in hypotheses.enumerated() where results[hypothesis.name] == nil {
      progress.begin("[\(index + 1)/\(hypotheses.count)] \(hypothesis.name)")
      do {
        let result = try await Falsification.test(
          hypothesis, library: library,
          options: RunOptions(
            seed: seed, jobs: setting.workers, replicates: replicates, progress: { progress.show($0) }))
        progress.end(result.judgement.verdict.rawValue, seconds: result.seconds)
        var claim = Record.Claim(result, digest: setting.digests[hypothesis.name]!)
        claim.registration = setting.registrations[hypothesis.name]
        results[hypothesis.name] = claim
        record.timing.hypotheses.append(
          Record.Timing.Duration(name: hypothesis.name, seconds: result.seconds))
      } catch is CancellationError {
        return Tested(record: record, isInterrupted: true)
      }
      gather()
      try folder.save(record.json, ReportFolder.recordName)
    }
    record.status = .complete
    return Tested(record: record, isInterrupted: false)
  }

  /// Identifies what a result depends on besides the build of the program: its version, the seed, the claim as written,
  /// and its data.
  private func digest(of hypothesis: Hypothesis, _ files: [Record.DataFile]) -> String {
    var hash = SHA256()
    let parts =
      [
        Refute.version, "\(seed)", replicates.map { "\($0)" } ?? "", hypothesis.name, hypothesis.source,
      ]
      + files.flatMap { [$0.path, $0.sha256] }
    for part in parts {
      // Lengths keep the parts apart.
      hash.update(data: Data("\(part.utf8.count):\(part)".utf8))
    }
    return hash.finalize().map { String(format: "%02x", $0) }.joined()
  }

  private func logger() -> Logger {
    var logger = Logger(label: "refute") { _ in ConsoleLog() }
    logger.logLevel = verbose ? .debug : (quiet ? .error : .info)
    return logger
  }

  /// Calls `action` on Ctrl-C and on a polite kill, once; a second one ends the process at once.
  private func onInterrupt(_ action: @escaping @Sendable () -> Void) -> any DispatchSourceProtocol {
    signal(SIGINT, SIG_IGN)
    signal(SIGTERM, SIG_IGN)
    let source = DispatchSource.makeSignalSource(signal: SIGINT, queue: .global())
    let polite = DispatchSource.makeSignalSource(signal: SIGTERM, queue: .global())
    for one in [source, polite] {
      one.setEventHandler {
        action()
        signal(SIGINT, SIG_DFL)
        signal(SIGTERM, SIG_DFL)
      }
      one.resume()
    }
    // The first source keeps the second alive.
    source.setCancelHandler { polite.cancel() }
    return source
  }
}

/// Log messages as plain lines on standard error.
private struct ConsoleLog: LogHandler {
  var metadata: Logger.Metadata = [:]
  var logLevel: Logger.Level = .info

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    Console.write("refute: \(event.message)\n")
  }
}
