import Foundation
import Reporting
import TestSupport
import Testing

/// Findings that stay true: stored records, baselines, locks, and runs that were killed; from outside.
@Suite struct FindingsTests {
  let folder: TemporaryFolder
  private static let rival = ["mean_predictor { margin >= 0.1 }"]

  init() throws {
    folder = try TemporaryFolder()
    try Sample.write(to: folder)
  }

  private func refute(_ arguments: String...) throws -> CommandLineProgram.Outcome {
    try CommandLineProgram.run(arguments, in: folder)
  }

  /// Two claims: one corroborated, one falsified.
  private func hypotheses(_ first: String = ">= 0.3", second: Bool = true) throws {
    try folder.write(
      Sample.hypothesis("alpha", claim: first, rivals: Self.rival)
        + (second ? Sample.hypothesis("beta", target: "noise", rivals: Self.rival, expect: "falsified") : ""),
      to: "h.hypothesis")
  }

  @discardableResult
  private func run(_ reports: String, _ more: String...) throws -> CommandLineProgram.Outcome {
    try CommandLineProgram.run(
      ["run", "h.hypothesis", "--data", ".", "--reports", reports] + more, in: folder)
  }

  private func read(_ name: String) throws -> String {
    try String(contentsOfFile: folder.path + "/" + name, encoding: .utf8)
  }

  /// The record without its two objects that may differ.
  private func reproducible(_ path: String) throws -> String {
    let record = try Record(contentsOf: folder.path + "/" + path)
    #expect(try JSONSchema.record().problems(of: record.json).isEmpty)
    return record.reproduciblePart.json
  }

  // MARK: report

  @Test("A stored record is rendered again to the same bytes, in every format")
  func report() throws {
    try hypotheses()
    #expect(try run("r").code == 0)
    let all = try refute("report", "r", "--reports", "again", "--format", "none")
    #expect(all.code == 0 && all.output.isEmpty, "\(all.errors)")
    for name in ["record.json", "index.html", "summary.md", "junit.xml", "results.sarif"] {
      let isSame = try read("r/" + name) == read("again/" + name)
      #expect(isSame, "\(name)")
    }
    for (format, name) in [
      ("html", "index.html"), ("markdown", "summary.md"), ("junit", "junit.xml"), ("sarif", "results.sarif"),
      ("json", "record.json"),
    ] {
      let printed = try refute("report", "r/record.json", "--format", format)
      let isSame = try printed.output == read("r/" + name)
      #expect(printed.code == 0 && isSame, "\(format)")
    }
    #expect(try refute("report", "r", "--output", "table.txt").output.isEmpty)
    #expect(try read("table.txt").contains("2 claims: 1 corroborated, 1 falsified."))
    #expect(try JSONSchema.record().problems(of: read("r/record.json")).isEmpty)
    // Without what is not reproducible, another run gives the same bytes.
    #expect(try run("r2", "--jobs", "1").code == 0)
    for reports in ["r", "r2"] {
      #expect(try refute("report", reports, "--reproducible", "--reports", reports + "-same").code == 0)
    }
    for name in ["record.json", "index.html", "summary.md", "junit.xml", "results.sarif"] {
      let isSame = try read("r-same/" + name) == read("r2-same/" + name)
      #expect(isSame, "\(name)")
    }
    // A verdict is no error of the renderer; --fail-on colours what it renders.
    #expect(try refute("report", "r", "--fail-on", "corroborated").output.contains("1 claim fails this run."))
    #expect(
      try refute("report", "r", "--format", "github", "--fail-on", "corroborated").output.hasPrefix(
        "::error file=h.hypothesis,line=1,"))
  }

  @Test("What is no record is refused with its path")
  func wrongRecords() throws {
    for (name, text, code) in [
      ("empty.json", "", Int32(3)), ("other.json", "{}", 3),
      ("later.json", #"{"schema": "refute-record/9"}"#, 3),
    ] {
      try folder.write(text, to: name)
      for command in [
        ["report", name], ["diff", name, name], ["baseline", "accept", name, "--reason", "x"],
      ] {
        let outcome = try CommandLineProgram.run(command, in: folder)
        #expect(outcome.code == code && outcome.errors.contains(name), "\(command): \(outcome.errors)")
      }
    }
    #expect(try refute("report", "nowhere").code == 3)
    #expect(try refute("report", "--format", "pdf").code == 2)
    try hypotheses()
    try run("r")
    #expect(try refute("report", "r", "--reports", "t.csv/x").code == 2)
    #expect(try refute("report", "r", "--output", "t.csv/x").code == 2)
  }

  // MARK: regression

  @Test("A baseline is written with a reason, read back, and changed only by what changed")
  func accept() throws {
    try hypotheses()
    try run("r")
    #expect(try refute("baseline", "accept", "r").code == 2, "a reason is required")
    #expect(try refute("baseline", "accept", "r", "--reason", " ").code == 2)
    let first = try refute("baseline", "accept", "r", "--reason", "first \"quoted\" reason")
    #expect(first.code == 0, "\(first.errors)")
    #expect(first.output == "accepted alpha\naccepted beta\nrefute.baseline is written.\n")
    let text = try read("refute.baseline")
    #expect(text.contains("  reason   \"first \\\"quoted\\\" reason\""))
    #expect(
      try refute("baseline", "accept", "r", "--reason", "again").output
        == "refute.baseline holds this already.\n")
    #expect(try read("refute.baseline") == text)
    #expect(try run("s", "--baseline", "refute.baseline").code == 0)
    #expect(
      try refute("diff", "refute.baseline", "s").output
        == "No verdict, score, specification, text or data file changed.\n")

    // A quick look, a part of a run and another file are not taken.
    try run("quick", "--replicates", "5")
    #expect(try refute("baseline", "accept", "quick", "--reason", "x").code == 2)
    let partial = try read("r/record.json").replacingOccurrences(of: "\"complete\"", with: "\"partial\"")
    try folder.write(partial, to: "partial.json")
    #expect(try refute("baseline", "accept", "partial.json", "--reason", "x").code == 2)
    let table = try read("t.csv")
    #expect(try refute("baseline", "accept", "r", "--reason", "x", "--baseline", "t.csv").code == 2)
    #expect(try read("t.csv") == table)
    #expect(try read("refute.baseline") == text)
    // Only what is named, and one claim's line changes nothing else.
    try hypotheses(">= 0.95")
    try run("r")
    #expect(
      try refute("baseline", "accept", "r", "--reason", "x", "--only", "beta").output.contains("already"))
    let second = try refute("baseline", "accept", "r", "--reason", "stricter", "--only", "alpha")
    #expect(second.output == "accepted alpha\nrefute.baseline is written.\n")
    let (old, new) = (text.split(separator: "\n"), try read("refute.baseline").split(separator: "\n"))
    #expect(zip(old, new).count { $0 != $1 } == 3 && old.count == new.count, "verdict, text and reason")
  }

  /// What is done to a baseline's world, what is then said, and whether it fails.
  enum Injury: String, CaseIterable {
    case flippedVerdict, drift, changedData, removedClaim, newClaim, otherSeed, otherText

    var says: String {
      switch self {
      case .flippedVerdict: "verdict  alpha: was corroborated, is falsified"
      case .drift: "drift    alpha: r2 "
      case .changedData: "data     t.csv: was "
      case .removedClaim: "vanished beta"
      case .newClaim: "new      beta"
      case .otherSeed: "seed     was 1, is 2"
      case .otherText: "text     alpha"
      }
    }

    var code: Int32 {
      switch self {
      case .flippedVerdict, .drift, .removedClaim: 1
      case .changedData, .newClaim, .otherSeed, .otherText: 0
      }
    }

    var kind: String {
      switch self {
      case .flippedVerdict: "verdict"
      case .drift: "drift"
      case .changedData: "data"
      case .removedClaim: "vanished"
      case .newClaim: "new"
      case .otherSeed: "seed"
      case .otherText: "text"
      }
    }
  }

  @Test("Every change since the baseline is reported, with its exit code", arguments: Injury.allCases)
  func regression(_ injury: Injury) throws {
    try hypotheses(second: injury != .newClaim)
    try run("old")
    #expect(try refute("baseline", "accept", "old", "--reason", "first", "--quiet").code == 0)
    var seed = "1"
    switch injury {
    case .flippedVerdict: try hypotheses(">= 0.95")
    case .otherText: try hypotheses(">= 0.31")
    case .removedClaim: try hypotheses(second: false)
    case .newClaim: try hypotheses()
    case .otherSeed: seed = "2"
    case .changedData:
      // A column that no claim reads: other content, the same findings.
      try folder.write(try read("t.csv").replacingOccurrences(of: ",g3,", with: ",g33,"), to: "t.csv")
    case .drift:
      // The data are as they were, and the score is not: the interval in the baseline is elsewhere.
      let text = try read("refute.baseline")
      let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("  score") })
      try folder.write(
        text.replacingOccurrences(of: line, with: "  score    \"r2\" 0.1 [0.05, 0.15]"), to: "refute.baseline"
      )
      let record = try Record(contentsOf: folder.path + "/old/record.json")
      try folder.write(
        record.json.replacingOccurrences(
          of: "\"interval\": [\(try #require(record.hypotheses[0].score?.interval.lower.finite)), ",
          with: "\"interval\": [-0.9, "
        ).replacingOccurrences(
          of: ", \(try #require(record.hypotheses[0].score?.interval.upper.finite))]", with: ", -0.8]"),
        to: "old/record.json")
    }
    // By `run` against the text file and against a record, and by `diff`.
    for baseline in ["refute.baseline", "old/record.json"] {
      let outcome = try run("new", "--seed", seed, "--baseline", baseline, "--fail-on", "")
      #expect(outcome.code == injury.code, "\(injury), \(baseline): \(outcome.errors)")
      #expect(outcome.errors.contains(injury.says), "\(injury), \(baseline): \(outcome.errors)")
      let diff = try refute("diff", baseline, "new")
      #expect(diff.code == injury.code && diff.output.contains(injury.says), "\(diff.output)")
      // Which changes fail is for the user to say.
      #expect(try refute("diff", baseline, "new", "--fail-on-change", injury.kind).code == 1)
      #expect(try refute("diff", baseline, "new", "--fail-on-change", "").code == 0)
    }
    let strict = try run(
      "new", "--seed", seed, "--baseline", "refute.baseline", "--fail-on", "", "--fail-on-change",
      injury.kind,
      "--quiet", "--format", "github")
    #expect(strict.code == 1)
    #expect(strict.output.contains("title=Refute%3A \(injury.kind)::"), "\(strict.output)")
    #expect(strict.errors.contains(injury.says), "a failure is explained however quiet the run")
    let json = try refute("diff", "refute.baseline", "new", "--format", "json")
    #expect(try JSONValue(json.output)["changes"]?.items.contains { $0["kind"]?.text == injury.kind } == true)
    let markdown = try refute("diff", "refute.baseline", "new", "--format", "markdown", "--output", "diff.md")
    #expect(markdown.output.isEmpty)
    #expect(try read("diff.md").contains(injury.kind))
    // Accepting it makes it good again.
    #expect(
      try refute("baseline", "accept", "new", "--reason", "it is so", "--prune", "--quiet").code == 0)
    #expect(try refute("diff", "refute.baseline", "new").code == 0)
    #expect(try refute("diff", "refute.baseline", "new").output.hasPrefix("No verdict"))
  }

  @Test("A data file that cannot be read any more has the code of unreadable data")
  func brokenData() throws {
    try hypotheses()
    try run("old")
    #expect(try refute("baseline", "accept", "old", "--reason", "first").code == 0)
    try folder.write("", to: "t.csv")
    #expect(try run("new", "--baseline", "refute.baseline").code == 3)
  }

  @Test("A baseline that cannot be used is bad usage before anything is run")
  func wrongBaseline() throws {
    try hypotheses()
    #expect(try run("r", "--baseline", "nowhere").code == 2)
    try folder.write("refute-baseline/1\nseed 1\n\nclaim \"x\n", to: "b")
    let outcome = try run("r", "--baseline", "b")
    #expect(outcome.code == 2 && outcome.errors.contains("b:4: found"), "\(outcome.errors)")
    #expect(!FileManager.default.fileExists(atPath: folder.path + "/r/record.json"))
    #expect(try refute("diff", "b", "b").code == 3)
    #expect(try run("r", "--fail-on-change", "everything").code == 2)
  }

  // MARK: preregistration

  @Test("A claim that was locked before it was scored is told from one that was not")
  func lock() throws {
    try hypotheses()
    let lock = ["lock", "h.hypothesis", "--data", ".", "--reports", "r"]
    #expect(try CommandLineProgram.run(lock + ["--check"], in: folder).code == 2, "there is no lock yet")
    let only = try CommandLineProgram.run(lock + ["--only", "alpha"], in: folder)
    #expect(
      only.code == 0 && only.output == "locked alpha\nrefute.lock is written: commit it before you run.\n")
    let text = try read("refute.lock")
    #expect(text.contains("  scored   no\n  others   0\n  seed     1\n"))
    #expect(try run("r", "--require-lock").code == 2, "beta is not locked")
    #expect(!FileManager.default.fileExists(atPath: folder.path + "/r/record.json"))
    #expect(try run("r").code == 0)
    func statuses(_ reports: String = "r") throws -> [Record.Registration.Status?] {
      try Record(contentsOf: folder.path + "/\(reports)/record.json").hypotheses.map {
        $0.registration?.status
      }
    }
    #expect(try statuses() == [.locked, .unlocked])
    #expect(try read("r/index.html").contains("before it was scored; nothing has changed since."))
    #expect(try read("r/record.json").contains("\"lock\": {"))
    // The formatter and a comment change nothing.
    try folder.write(
      "// Why.\n" + read("h.hypothesis").replacingOccurrences(of: "  claim", with: "    claim"),
      to: "h.hypothesis")
    #expect(try refute("fmt", "h.hypothesis").code == 0)
    #expect(try CommandLineProgram.run(lock + ["--check", "--only", "alpha"], in: folder).code == 0)
    #expect(try run("r").code == 0)
    #expect(try statuses() == [.locked, .unlocked])

    // Locked again after its score is known, with a threshold that suits it: the lock says so, for good.
    try hypotheses(">= 0.2")
    let check = try CommandLineProgram.run(lock + ["--check"], in: folder)
    #expect(check.code == 1)
    #expect(check.output == "alpha: changed since it was locked: the text of the claim\nbeta: not locked\n")
    #expect(try run("r").code == 0)
    #expect(try statuses() == [.changed, .unlocked])
    let again = try CommandLineProgram.run(lock, in: folder)
    #expect(again.output.contains("locked again alpha: a score of it is known already"))
    #expect(try read("refute.lock").contains("  earlier  20"))
    #expect(try run("r").code == 0)
    #expect(try statuses() == [.late, .late])
    #expect(try run("r", "--require-lock").code == 2)

    // Other data, another seed, other replicates.
    try folder.write(read("t.csv").replacingOccurrences(of: ",g3,", with: ",g33,"), to: "t.csv")
    #expect(try run("r", "--seed", "2", "--replicates", "3").code == 0)
    let record = try Record(contentsOf: folder.path + "/r/record.json")
    #expect(
      record.hypotheses[0].registration?.changes == [
        "the seed: was 1, is 2", "the number of replicates: was as written, is 3", "t.csv has other content",
      ])
    try folder.write("refute-lock/1\nnonsense\n", to: "refute.lock")
    let wrong = try run("r")
    #expect(wrong.code == 2 && wrong.errors.contains("refute.lock:2: found `nonsense`"), "\(wrong.errors)")
    #expect(try run("r", "--lock", "nowhere").code == 2)
  }

  @Test("A lock that comes after the score does not help a resumed run")
  func lockAfterwards() throws {
    try hypotheses()
    #expect(try run("r").code == 0)
    #expect(try refute("lock", "h.hypothesis", "--data", ".", "--reports", "elsewhere").code == 0)
    #expect(try run("r", "--resume").code == 0)
    let record = try Record(contentsOf: folder.path + "/r/record.json")
    #expect(record.hypotheses.map { $0.registration?.status } == [.unlocked, .unlocked])
  }

  // MARK: resume

  @Test("Killed at twenty random moments, a resumed run ends like an uninterrupted one")
  func kill() throws {
    let texts = (0..<4).map {
      Sample.hypothesis(
        "claim \($0)", rivals: ["random_embedding(gaussian, replicates: 60) { margin >= 0.1 }"])
    }
    try folder.write(texts.joined(), to: "h.hypothesis")
    let clock = ContinuousClock()
    let start = clock.now
    #expect(try run("fresh").code == 0)
    let length = start.duration(to: clock.now)
    let expected = try reproducible("fresh/record.json")
    let record = folder.path + "/r/record.json"
    var kept = 0
    for round in 0..<20 {
      try? FileManager.default.removeItem(atPath: folder.path + "/r")
      let process = Process()
      process.executableURL = CommandLineProgram.executable
      process.arguments = ["run", "h.hypothesis", "--data", ".", "--reports", "r"]
      process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
      process.standardOutput = FileHandle.nullDevice
      process.standardError = FileHandle.nullDevice
      try process.run()
      if round < 4 {
        // At the start, and after the first, second and third result: whenever that is on this machine.
        while process.isRunning, round > 0, (try? Record(contentsOf: record).hypotheses.count) ?? 0 < round {
          usleep(500)
        }
      } else {
        let moment = length * Double.random(in: 0...1)
        Thread.sleep(
          forTimeInterval: Double(moment.components.seconds) + Double(moment.components.attoseconds) * 1e-18)
      }
      Foundation.kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
      // Where there is a record, it is a whole one.
      let exists = FileManager.default.fileExists(atPath: record)
      let finished = exists ? try Record(contentsOf: record).hypotheses : []
      if (1..<4).contains(round) { #expect(finished.count >= round) }
      kept += finished.count
      // What a process that is killed while it writes leaves behind.
      try folder.write("{", to: "r/.record.json.\(process.processIdentifier).tmp")
      let resumed = try run("r", "--resume")
      #expect(resumed.code == 0, "\(resumed.errors)")
      for claim in finished { #expect(resumed.errors.contains("kept \(claim.name)"), "round \(round)") }
      let isSame = try reproducible("r/record.json") == expected
      #expect(isSame, "round \(round)")
      let files = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/r").sorted()
      #expect(files == ["index.html", "junit.xml", "record.json", "results.sarif", "summary.md"])
    }
    #expect(kept >= 6)
  }

  // MARK: hostile texts

  @Test("A hostile name stays text in every format, from the file to the report")
  func hostile() throws {
    let name = #"<script>alert('1')</script> ]]> & " | `x` ::error::y %0A {{headline}}"#
    let quoted = name.replacingOccurrences(of: "\"", with: "\\\"")
    try folder.write(
      Sample.hypothesis(quoted, target: "noise", claim: ">= 0.5", rivals: Self.rival), to: "h.hypothesis")
    let run = try run("r")
    #expect(run.code == 1)
    #expect(try Record(contentsOf: folder.path + "/r/record.json").hypotheses.first?.name == name)
    #expect(try JSONSchema.record().problems(of: read("r/record.json")).isEmpty)
    for name in ["index.html", "summary.md", "junit.xml"] {
      let text = try read("r/" + name)
      #expect(!text.contains("<script") && !text.contains("]]>"), "\(name)")
    }
    #expect(try JSONValue(read("r/results.sarif"))["version"]?.text == "2.1.0")
    #expect(try refute("report", "r", "--format", "github").output.split(separator: "\n").count == 1)
    #expect(try refute("baseline", "accept", "r", "--reason", name).code == 0)
    #expect(try Baseline(contentsOf: folder.path + "/refute.baseline").claims.map(\.name) == [name])
    #expect(try refute("diff", "refute.baseline", "r").code == 0)
    #expect(try refute("lock", "h.hypothesis", "--data", ".").code == 0)
    #expect(try Lock(contentsOf: folder.path + "/refute.lock").claims.map(\.name) == [name])
  }

  // MARK: CI

  @Test("The step of the GitHub action annotates, summarises, sets its outputs and ends with the run's code")
  func action() throws {
    try hypotheses()
    try run("old")
    #expect(try refute("baseline", "accept", "old", "--reason", "first").code == 0)
    try hypotheses(">= 0.95")
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [
      "bash", JSONSchema.repository + "/Tools/ci/run.sh", CommandLineProgram.executable.path,
    ]
    process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
    var environment = ProcessInfo.processInfo.environment
    for (name, value) in [
      "REFUTE_HYPOTHESES": "h.hypothesis", "REFUTE_DATA": ".", "REFUTE_REPORTS": "r",
      "REFUTE_BASELINE": "refute.baseline",
      "REFUTE_JOBS": "1", "GITHUB_STEP_SUMMARY": folder.path + "/summary",
      "GITHUB_OUTPUT": folder.path + "/output",
    ] { environment[name] = value }
    process.environment = environment
    let output = try folder.write("", to: "stdout")
    process.standardOutput = FileHandle(forWritingAtPath: output)
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 1)
    let lines = try read("stdout").split(separator: "\n")
    #expect(
      lines.count == 2
        && lines.allSatisfy { $0.hasPrefix("::error file=h.hypothesis,line=1,title=Refute%3A ") })
    let summary = try read("summary")
    #expect(
      summary.contains("### Refute: 2 claims: 2 falsified") && summary.contains("| **verdict** | alpha |"))
    #expect(
      try read("output")
        == "code=1\nrecord=r/record.json\nreport=r/index.html\nsarif=r/results.sarif\n")
    // Every variable that the action sets is read, and every output is given.
    let (action, script) = try (
      String(contentsOfFile: JSONSchema.repository + "/action.yml", encoding: .utf8),
      String(contentsOfFile: JSONSchema.repository + "/Tools/ci/run.sh", encoding: .utf8)
    )
    let names = action.split(whereSeparator: { !$0.isLetter && $0 != "_" }).filter { $0.hasPrefix("REFUTE_") }
    #expect(names.count == 8)
    for name in names { #expect(script.contains("${" + name), "\(name)") }
    for name in ["code", "record", "report", "sarif"] {
      #expect(action.contains("steps.run.outputs.\(name) }}"))
    }
  }

  // MARK: explain

  @Test("explain shows a section, lists all, and helps with a misspelt one")
  func explain() throws {
    let artifact = try refute("explain", "artifact")
    #expect(
      artifact.code == 0 && artifact.output.contains("What it means.")
        && artifact.output.contains("docs/verdicts.md"))
    #expect(
      try refute("explain", "undecidable-p", "--format", "markdown").output.hasPrefix("### undecidable-p\n"))
    let list = try refute("explain")
    for topic in ["corroborated", "undecidable-p", "r2", "ridge", "permuted_labels", "planted_signal_found"] {
      #expect(list.output.contains(topic))
    }
    let misspelt = try refute("explain", "artefact")
    #expect(misspelt.code == 2 && misspelt.errors.contains("did you mean artifact"), "\(misspelt.errors)")
  }
}
