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

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case table, json, markdown, junit, none
  }

  @OptionGroup var files: HypothesisFiles
  @OptionGroup var dataOptions: DataOptions

  @Option(
    help: "The folder that record.json, index.html, summary.md and junit.xml are written to.",
    completion: .directory)
  var reports = "Reports"

  @Option(help: "The seed of every random stream.")
  var seed: UInt64 = 1

  @Option(
    name: .shortAndLong,
    help: "How many tasks work at a time (default: one per core). Results do not depend on it.")
  var jobs: Int?

  @Option(
    help: ArgumentHelp(
      "Only hypotheses whose name, file or tag matches; * and ? are wildcards.", valueName: "pattern"))
  var only: [String] = []

  @Option(help: "Replace the number of replicates of every random rival, for a quick look.")
  var replicates: Int?

  @Option(help: "What is written to standard output.")
  var format = Format.table

  @Option(
    help: ArgumentHelp(
      "Compare verdicts and scores with this record; changes fail the run.", valueName: "record"),
    completion: .file(extensions: ["json"]))
  var baseline: String?

  @Flag(help: "Keep what the reports folder's record holds of the same input, and test the rest.")
  var resume = false

  @Option(
    help: ArgumentHelp(
      "The verdicts that fail a run where a hypothesis has no expect line (default: artifact,falsified,unfounded,invalid).",
      valueName: "verdicts"))
  var failOn: String?

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
    _ = try failingVerdicts()
  }

  func run() async throws {
    let log = logger()
    let failing = try failingVerdicts()
    let library = dataOptions.library
    let checked = CheckedFiles(try files.sources(), against: library)
    let chosenFiles = Set(checked.hypotheses.filter { isChosen($0) }.map(\.location.file))
    // Warnings only about what is run, and none where quiet was asked for.
    let shown = checked.diagnostics.filter {
      $0.severity == .error || (!quiet && chosenFiles.contains($0.location.file))
    }
    Console.write(render(shown, sources: checked.sources, color: Console.allowsColor(STDERR_FILENO)))
    guard checked.code == .success else {
      throw Failure(
        code: checked.code,
        message: "\(summary(checked.diagnostics)): nothing was run.")
    }
    let hypotheses = checked.hypotheses.filter { isChosen($0) }
    guard !hypotheses.isEmpty else {
      throw Failure(
        code: .usage, message: "no hypothesis matches --only \(only.joined(separator: " --only ")).")
    }
    var comparison = try baseline.map { path in
      do { return try Record(contentsOf: path) } catch {
        throw Failure(code: .usage, message: "--baseline \(path): \(error)")
      }
    }

    try prepareReports()
    var fingerprints: [String: String] = [:]
    let filesOf = Dictionary(
      uniqueKeysWithValues: hypotheses.map { ($0.name, library.paths(of: $0).sorted()) })
    for path in Set(filesOf.values.joined()).sorted() {
      do throws(ActivationError) {
        fingerprints[path] = try fingerprint(try library.resolve(path), name: path)
      } catch {
        throw Failure(code: .data, message: error.description)
      }
      log.debug("read \(path), sha256 \(fingerprints[path]!)")
    }
    let digests = hypotheses.reduce(into: [:]) { digests, hypothesis in
      digests[hypothesis.name] = digest(of: hypothesis, filesOf[hypothesis.name]!, fingerprints)
    }
    if !only.isEmpty || !files.paths.isEmpty {
      // What this run leaves out has not vanished.
      let read = Set(checked.sources.map(\.path))
      let present = Set(checked.hypotheses.map(\.name))
      let chosen = Set(hypotheses.map(\.name))
      comparison?.hypotheses.removeAll {
        !chosen.contains($0.name) && (present.contains($0.name) || !read.contains($0.file))
      }
      comparison?.data.removeAll { fingerprints[$0.path] == nil }
    }
    let workers = jobs ?? ProcessInfo.processInfo.activeProcessorCount
    let environment = RunEnvironment.current(jobs: workers, data: dataOptions)
    let kept = resume ? results(for: hypotheses, digests, environment, log) : [:]

    let started = Date()
    var draft = Record(
      status: .partial, seed: seed, replicates: replicates, hypotheses: [],
      data: fingerprints.map { Record.DataFile(path: $0.key, sha256: $0.value) },
      environment: environment,
      timing: Record.Timing(started: started.ISO8601Format(), seconds: nil, hypotheses: []))

    // The work waits until an interrupt would reach it.
    let (start, starter) = AsyncStream.makeStream(of: Void.self)
    let tester = Task { [draft] in
      for await _ in start {}
      return try await test(hypotheses, library, digests, kept, workers, draft)
    }
    let interrupt = onInterrupt { tester.cancel() }
    defer { interrupt.cancel() }
    starter.finish()
    let outcome = try await tester.value
    draft = outcome.record
    draft.timing.seconds = Record.Number(Date().timeIntervalSince(started))
    try write(draft, failing)
    if outcome.isInterrupted {
      throw Failure(
        code: .interrupted,
        message:
          "interrupted after \(draft.hypotheses.count) of \(hypotheses.count) hypotheses; --resume goes on.")
    }

    printResult(draft, failing)
    var unmet = !draft.failures(failOn: failing).isEmpty
    if let comparison {
      let changes = RecordComparison(comparison, draft)
      // New claims and changed files are told, and fail nothing by themselves.
      let hasRegressed =
        !changes.verdictChanges.isEmpty || !changes.drifts.isEmpty || !changes.vanishedClaims.isEmpty
      if !quiet || hasRegressed { Console.write(changes.text) }
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

  /// Tests the hypotheses that have no result yet, one after another; the record is on the disk after each, and holds
  /// every finished result at any time.
  private func test(
    _ hypotheses: [Hypothesis], _ library: DataLibrary, _ digests: [String: String],
    _ kept: [String: Record.Claim], _ workers: Int, _ draft: Record
  ) async throws -> Tested {
    var record = draft
    var results = kept
    let progress = ProgressLine(isShown: !quiet)
    func gather() { record.hypotheses = hypotheses.compactMap { results[$0.name] } }
    gather()
    for (index, hypothesis) in hypotheses.enumerated() where results[hypothesis.name] == nil {
      progress.begin("[\(index + 1)/\(hypotheses.count)] \(hypothesis.name)")
      do {
        let result = try await Falsification.test(
          hypothesis, library: library,
          options: RunOptions(
            seed: seed, jobs: workers, replicates: replicates, progress: { progress.show($0) }))
        progress.end(result.judgement.verdict.rawValue, seconds: result.seconds)
        results[hypothesis.name] = Record.Claim(result, digest: digests[hypothesis.name]!)
        record.timing.hypotheses.append(
          Record.Timing.Duration(name: hypothesis.name, seconds: result.seconds))
      } catch is CancellationError {
        return Tested(record: record, isInterrupted: true)
      }
      gather()
      try save(record.json, "record.json")
    }
    record.status = .complete
    return Tested(record: record, isInterrupted: false)
  }

  /// Identifies what a result depends on besides the build of the program: its version, the seed, the claim as written,
  /// and its data.
  private func digest(
    of hypothesis: Hypothesis, _ paths: [String], _ fingerprints: [String: String]
  ) -> String {
    var hash = SHA256()
    let parts =
      [
        Refute.version, "\(seed)", replicates.map { "\($0)" } ?? "", hypothesis.name, hypothesis.source,
      ]
      + paths.flatMap { [$0, fingerprints[$0] ?? ""] }
    for part in parts {
      // Lengths keep the parts apart.
      hash.update(data: Data("\(part.utf8.count):\(part)".utf8))
    }
    return hash.finalize().map { String(format: "%02x", $0) }.joined()
  }

  private func write(_ record: Record, _ failing: Set<Verdict>) throws {
    try save(record.json, "record.json")
    try save(HTMLReport.render(record, failOn: failing), "index.html")
    try save(MarkdownSummary.render(record, failOn: failing), "summary.md")
    try save(JUnitReport.render(record, failOn: failing), "junit.xml")
  }

  private func save(_ text: String, _ name: String) throws {
    do throws(RecordError) {
      try AtomicFile.write(text, to: reports + "/" + name)
    } catch {
      throw Failure(code: .usage, message: "--reports \(reports): \(error)")
    }
  }

  /// Finds out before the run, not after it, whether reports can be written.
  private func prepareReports() throws {
    try? FileManager.default.createDirectory(atPath: reports, withIntermediateDirectories: true)
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: reports, isDirectory: &isFolder), isFolder.boolValue,
      FileManager.default.isWritableFile(atPath: reports)
    else {
      throw Failure(
        code: .usage, message: "--reports \(reports): the folder cannot be made or written to: name another.")
    }
  }

  private func printResult(_ record: Record, _ failing: Set<Verdict>) {
    switch format {
    case .table where quiet, .none: break
    case .table:
      print(
        TerminalTable.render(
          record,
          options: TerminalTable.Options(
            columns: Console.columns, color: Console.allowsColor(STDOUT_FILENO), failOn: failing,
            reportPath: reports + "/index.html")), terminator: "")
    case .json: print(record.json, terminator: "")
    case .markdown: print(MarkdownSummary.render(record, failOn: failing), terminator: "")
    case .junit: print(JUnitReport.render(record, failOn: failing), terminator: "")
    }
  }

  private func isChosen(_ hypothesis: Hypothesis) -> Bool {
    only.isEmpty
      || only.contains { text in
        let pattern = NamePattern(text)
        return ([hypothesis.name, hypothesis.location.file] + hypothesis.tags).contains { name in
          pattern.hasWildcards ? pattern.matches(name) : name.localizedCaseInsensitiveContains(text)
        }
      }
  }

  private func failingVerdicts() throws -> Set<Verdict> {
    guard let failOn else { return Record.defaultFailOn }
    return try Set(
      failOn.split(separator: ",").map { word in
        let name = word.trimmingCharacters(in: .whitespaces)
        guard let verdict = Verdict(rawValue: name) else {
          throw ValidationError(
            "--fail-on: there is no verdict '\(name)'; the verdicts are \(Verdict.allCases.map(\.rawValue).joined(separator: ", "))."
          )
        }
        return verdict
      })
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
