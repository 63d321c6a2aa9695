import Foundation
import Reporting
import TestSupport
import Testing

/// The program from outside: files in, exit codes, messages and reports out.
struct CommandLineTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try Sample.write(to: folder)
  }

  private func refute(_ arguments: String..., input: String? = nil) throws -> CommandLineProgram.Outcome {
    try CommandLineProgram.run(arguments, in: folder, input: input)
  }

  private func hypothesis(_ text: String, _ name: String = "h.hypothesis") throws {
    try folder.write(text, to: name)
  }

  private let rivals = [
    "permuted_labels(replicates: 300) { p < 0.02 }",
    "random_embedding(gaussian, replicates: 10) { margin >= 0.1 }",
    "control_task(by: t.key, replicates: 10) { selectivity >= 0.1 }", "untrained(twins) { margin >= 0.1 }",
  ]

  @Test("--version and help")
  func version() throws {
    #expect(try refute("--version").output == "0.1.0\n")
    let help = try refute("run", "--help")
    #expect(help.code == 0)
    for flag in [
      "--data", "--reports", "--seed", "--jobs", "--only", "--replicates", "--format", "--baseline",
      "--resume", "--fail-on", "--quiet", "--verbose",
    ] {
      #expect(help.output.contains(flag))
    }
  }

  @Test("A run writes four reports, and its record is the same for any number of jobs")
  func reports() throws {
    try hypothesis(Sample.hypothesis(rivals: rivals, expect: "corroborated"))
    for jobs in ["1", "2", "7"] {
      let run = try refute("run", "h.hypothesis", "--data", ".", "--reports", "r\(jobs)", "--jobs", jobs)
      #expect(run.code == 0, "\(run.errors)")
      #expect(run.output.contains("corroborated"))
      #expect(run.output.contains("r\(jobs)/index.html"))
      for name in ["record.json", "index.html", "summary.md", "junit.xml"] {
        #expect(FileManager.default.fileExists(atPath: folder.path + "/r\(jobs)/" + name))
      }
      #expect(!run.errors.contains("\u{1B}"), "no colours or cursor moves without a terminal")
    }
    let page = try String(contentsOfFile: folder.path + "/r1/index.html", encoding: .utf8)
    #expect(page.contains("--seed 1 --data .</code>"), "the command that the page gives finds the data")
    let records = try ["1", "2", "7"].map { try reproducible("r\($0)/record.json") }
    #expect(records[0] == records[1] && records[1] == records[2])
  }

  @Test("calibrate and power: tables and JSON, and what they refuse")
  func simulations() throws {
    try hypothesis(
      Sample.hypothesis(
        claim: ">= 0.1", rivals: ["permuted_labels(replicates: 99) { p < 0.1, margin >= 0.05 }"]))
    let calibrate = ["calibrate", "h.hypothesis", "--data", ".", "--simulations", "12", "--quiet"]
    let text = try CommandLineProgram.run(calibrate, in: folder)
    #expect(text.code == 0, "\(text.errors)")
    #expect(text.errors.isEmpty)
    #expect(text.output.contains("corroborated") && text.output.contains("targets rearranged over items"))
    let json = try CommandLineProgram.run(calibrate + ["--format", "json"], in: folder)
    let again = try CommandLineProgram.run(calibrate + ["--format", "json", "--jobs", "1"], in: folder)
    #expect(json.output == again.output)
    let object = try #require(
      JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
    #expect(object["schema"] as? String == "refute-calibration/1")
    let power = try refute(
      "power", "h.hypothesis", "--data", ".", "--simulations", "0", "--margin", "0.1", "--format", "markdown")
    #expect(power.code == 0, "\(power.errors)")
    #expect(power.output.contains("| claimed score >= 0.1 |"))
    #expect(power.output.contains("units for a margin of 0.1"))
    for (arguments, message) in [
      (["calibrate", "--simulations", "0"], "--simulations 0: between 1 and"),
      (["power", "--power", "1"], "--power 1.0: a probability between 0 and 1"),
      (["power", "h.hypothesis", "--data", ".", "--only", "nothing"], "no hypothesis matches"),
    ] {
      let refused = try CommandLineProgram.run(arguments, in: folder)
      #expect(refused.code == 2)
      #expect(refused.errors.contains(message), "\(refused.errors)")
    }
  }

  /// A record without its two objects that may differ, as bytes of its own text.
  private func reproducible(_ path: String) throws -> Data {
    let data = try Data(contentsOf: URL(fileURLWithPath: folder.path + "/" + path))
    #expect(try JSONSchema.record().problems(of: String(decoding: data, as: UTF8.self)).isEmpty)
    var object = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect(object.removeValue(forKey: "environment") != nil)
    #expect(object.removeValue(forKey: "timing") != nil)
    return try JSONSerialization.data(withJSONObject: object, options: [.sortedKeys])
  }

  @Test("Exit code 1 where a claim does not meet its expectation, or falls without one")
  func unmet() throws {
    let rival = ["mean_predictor { margin >= 0.1 }"]
    try hypothesis(Sample.hypothesis(rivals: rival, expect: "artifact"))
    #expect(try refute("run", "h.hypothesis", "--data", ".", "--reports", "r").code == 1)
    try hypothesis(Sample.hypothesis(target: "noise", rivals: rival))
    #expect(try refute("run", "h.hypothesis", "--data", ".", "--reports", "r").code == 1)
    #expect(
      try refute("run", "h.hypothesis", "--data", ".", "--reports", "r", "--fail-on", "artifact").code == 0)
    let record = try Record(contentsOf: folder.path + "/r/record.json")
    #expect(record.hypotheses.first?.verdict == .falsified)
  }

  @Test("Exit code 2 for bad usage and for hypotheses that do not check")
  func usage() throws {
    #expect(try refute("run", "--no-such-flag").code == 2)
    #expect(try refute("run", "nowhere.hypothesis").code == 2)
    #expect(try refute("run", "--jobs", "0").code == 2)
    #expect(try refute("run", "--replicates", "0").code == 2)
    #expect(try refute("run", "--replicates", "999999999999").code == 2)
    #expect(try refute("run", "--fail-on", "nonsense").code == 2)
    try hypothesis(Sample.hypothesis(rivals: ["mean_predictor { margin >= 0.1 }"]))
    let unwritable = try refute("run", "h.hypothesis", "--data", ".", "--reports", "t.csv/reports")
    #expect(unwritable.code == 2)
    #expect(unwritable.errors.contains("--reports t.csv/reports"))
    // Before anything is computed.
    let file = try refute("run", "h.hypothesis", "--data", ".", "--reports", "t.csv")
    #expect(file.code == 2)
    #expect(file.errors.contains("refute: --reports t.csv: ") && !file.errors.contains("[1/1]"))
    try hypothesis(Sample.hypothesis(rivals: ["mean_predicter { margin >= 0.1 }"]))
    let run = try refute("run", "h.hypothesis", "--data", ".", "--reports", "r")
    #expect(run.code == 2)
    #expect(run.errors.contains("h.hypothesis:13:13: error[unknown-rival]"))
    #expect(run.errors.contains("mean_predictor"))
    #expect(!FileManager.default.fileExists(atPath: folder.path + "/r"))
  }

  /// Files that cannot be read, each with what its one error must say.
  static let badFiles: [(name: String, bytes: @Sendable (Data) -> Data, says: String)] = [
    ("truncated", { $0.dropLast(9) }, "x.safetensors"),
    ("empty", { _ in Data() }, "empty"),
    ("oversized header", { Data([0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0]) + $0.dropFirst(8) }, "header"),
    ("pickle", { _ in Data([0x80, 0x02]) + Data("}q\u{0}.".utf8) }, "safetensors.torch"),
    (
      "torch archive",
      { _ in
        Data("PK\u{3}\u{4}".utf8) + Data(repeating: 0, count: 22) + Data([16, 0, 0, 0])
          + Data("archive/data.pkl".utf8)
      }, "safetensors.torch"
    ),
    (
      "wrong dtype",
      { replacing("\"F64\"", "\"F65\"", in: $0) }, "F65"
    ),
    (
      "overlap", { replacing("[7680,15360]", "[7672,15352]", in: $0) }, "x.safetensors"
    ),
    (
      "NaN",
      { data in
        var data = data
        let body = 8 + Int(data[0]) + 256 * Int(data[1])
        // The first number of every tensor.
        for tensor in 0..<5 {
          let place = body + tensor * Sample.items * Sample.dimensions * 8
          for (offset, byte) in [0, 0, 0, 0, 0, 0, 0xF8, 0x7F].enumerated() {
            data[place + offset] = UInt8(byte)
          }
        }
        return data
      }, "row 0, column 0"
    ),
  ]

  private static func replacing(_ old: String, _ new: String, in data: Data) -> Data {
    guard let range = data.range(of: Data(old.utf8)) else { return Data() }
    var data = data
    data.replaceSubrange(range, with: Data(new.utf8))
    return data
  }

  @Test("Bad activation files give one clear error and exit code 3", arguments: badFiles.indices)
  func badFile(index: Int) throws {
    let bad = Self.badFiles[index]
    let good = try Data(contentsOf: URL(fileURLWithPath: folder.path + "/x.safetensors"))
    let bytes = bad.bytes(good)
    try #require(bytes != good)
    try folder.write(bytes, to: "x.safetensors")
    // A hypothesis that names the file once, so that one error is one error.
    try hypothesis(
      """
      hypothesis "h" {
        data x = activations("x.safetensors", tensor: "x")
        data t = table("t.csv", key: key)
        measure score = r2 { predict t.signal from x }
        claim score >= 0.3
        withstand mean_predictor { margin >= 0.1 }
      }
      """)
    let run = try refute("run", "h.hypothesis", "--data", ".", "--reports", "r")
    #expect(run.code == 3, "\(bad.name): \(run.errors)")
    #expect(run.errors.contains(bad.says), "\(bad.name): \(run.errors)")
    #expect(run.errors.components(separatedBy: "error[").count <= 2)
  }

  @Test("A cell that is no number, and a key that stands twice, are named with their lines")
  func badCells() throws {
    try hypothesis(Sample.hypothesis(rivals: ["mean_predictor { margin >= 0.1 }"]))
    var lines = try String(contentsOfFile: folder.path + "/t.csv", encoding: .utf8).split(separator: "\n")
    let good = lines
    let cells = good[5].split(separator: ",")
    lines[5] = (cells[..<1] + ["nan"] + cells[2...]).joined(separator: ",")[...]
    try folder.write(lines.joined(separator: "\n"), to: "t.csv")
    let text = try refute("check", "h.hypothesis", "--data", ".")
    #expect(text.code == 2)
    #expect(
      text.errors.contains("error[mixed-column]: `t.signal` holds numbers and, on line 6, `nan`"),
      "\(text.errors)")
    lines = good
    lines[9] = ("w3," + good[9].split(separator: ",")[1...].joined(separator: ","))[...]
    try folder.write(lines.joined(separator: "\n"), to: "t.csv")
    let key = try refute("check", "h.hypothesis", "--data", ".")
    #expect(key.code == 2)
    #expect(key.errors.contains("note: `w3` on line 10 stands on line 5 already"), "\(key.errors)")
  }

  @Test("Activations that say nothing are invalid, and no rival is scored")
  func constantActivations() throws {
    let values = [Double](repeating: 3, count: Sample.items * 2)
    try folder.write(safetensors(["x": (values, 2)], keys: Sample.keys), to: "c.safetensors")
    try hypothesis(
      """
      hypothesis "h" {
        data x = activations("c.safetensors")
        data t = table("t.csv", key: key)
        measure score = r2 { predict t.signal from x }
        claim score >= 0.3
        withstand permuted_labels(replicates: 99) { p < 0.05 }
      }
      """)
    let run = try refute("run", "h.hypothesis", "--data", ".", "--reports", "r")
    #expect(run.code == 1)
    let claim = try #require(try Record(contentsOf: folder.path + "/r/record.json").hypotheses.first)
    #expect(claim.verdict == .invalid)
    // Nothing that a rival could score would say anything.
    #expect(claim.rivals.isEmpty)
  }

  @Test("Mismatched keys are one clear error and exit code 3")
  func keys() throws {
    let table = try String(contentsOfFile: folder.path + "/t.csv", encoding: .utf8)
    try folder.write(table.replacingOccurrences(of: "w17,", with: "other,"), to: "t.csv")
    try hypothesis(Sample.hypothesis(rivals: ["mean_predictor { margin >= 0.1 }"]))
    let run = try refute("run", "h.hypothesis", "--data", ".", "--reports", "r")
    #expect(run.code == 3)
    #expect(run.errors.contains("other"))
    try hypothesis(
      Sample.hypothesis(rivals: ["mean_predictor { margin >= 0.1 }"])
        .replacingOccurrences(of: "folds 5", with: "folds 5\n    items shared"))
    #expect(try refute("run", "h.hypothesis", "--data", ".", "--reports", "r").code == 0)
  }

  @Test("Paths that leave the data folder are refused unless allowed")
  func outside() throws {
    let other = try TemporaryFolder()
    try Sample.write(to: other)
    try hypothesis(
      Sample.hypothesis(rivals: ["mean_predictor { margin >= 0.1 }"])
        .replacingOccurrences(of: "\"x.safetensors\"", with: "\"\(other.path)/x.safetensors\""))
    #expect(try refute("check", "h.hypothesis", "--data", ".").code == 2)
    #expect(try refute("check", "h.hypothesis", "--data", ".", "--allow-outside").code == 0)
  }

  @Test("--resume keeps finished results of the same input and runs the rest")
  func resume() throws {
    let first = Sample.hypothesis("first", rivals: rivals)
    try hypothesis(first)
    #expect(try refute("run", "h.hypothesis", "--data", ".", "--reports", "r").code == 0)
    try hypothesis(first + Sample.hypothesis("second", target: "noise", rivals: rivals, expect: "falsified"))
    let run = try refute("run", "h.hypothesis", "--data", ".", "--reports", "r", "--resume", "--verbose")
    #expect(run.code == 0, "\(run.errors)")
    #expect(run.errors.contains("kept first"))
    #expect(!run.errors.contains("kept second"))
    #expect(try refute("run", "h.hypothesis", "--data", ".", "--reports", "fresh").code == 0)
    #expect(try reproducible("r/record.json") == reproducible("fresh/record.json"))
    // The one that was kept was adjusted for itself alone.
    let family = try Record(contentsOf: folder.path + "/r/record.json").hypotheses.map(\.adjusted?.claims)
    #expect(family == [2, 2])
    // What is kept stays in the record while an edited claim before it is tested again.
    try hypothesis(
      Sample.hypothesis(
        "first", claim: ">= 0.31",
        rivals: ["random_embedding(gaussian, replicates: 2000000) { margin >= 0.1 }"]
      )
        + Sample.hypothesis("second", target: "noise", rivals: rivals, expect: "falsified"))
    #expect(
      try interrupted(["run", "h.hypothesis", "--data", ".", "--reports", "r", "--resume"], after: "[1/2]")
        == 4)
    let partial = try Record(contentsOf: folder.path + "/r/record.json")
    #expect(partial.hypotheses.map(\.name) == ["second"])
    // Another seed is another input.
    try hypothesis(Sample.hypothesis("second", target: "noise", rivals: rivals, expect: "falsified"))
    let other = try refute(
      "run", "h.hypothesis", "--data", ".", "--reports", "r", "--resume", "--verbose", "--seed", "2")
    #expect(!other.errors.contains("kept"))
  }

  @Test("An interrupted run leaves a valid record, and a resumed one ends like an uninterrupted one")
  func interrupt() throws {
    let texts = (0..<4).map {
      Sample.hypothesis(
        "claim \($0)", rivals: ["random_embedding(gaussian, replicates: 400) { margin >= 0.1 }"])
    }
    try hypothesis(texts.joined())
    let arguments = ["run", "h.hypothesis", "--data", ".", "--reports", "r"]
    let process = Process()
    process.executableURL = CommandLineProgram.executable
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    let record = folder.path + "/r/record.json"
    while process.isRunning && !FileManager.default.fileExists(atPath: record) { usleep(10_000) }
    process.interrupt()
    process.waitUntilExit()
    if process.terminationStatus == 4 {
      let partial = try Record(contentsOf: record)
      #expect(try JSONSchema.record().problems(of: partial.json).isEmpty)
      #expect(partial.status == .partial)
      #expect(!partial.hypotheses.isEmpty && partial.hypotheses.count < 4)
    } else {
      #expect(process.terminationStatus == 0, "all was done before the interrupt came")
    }
    #expect(try CommandLineProgram.run(arguments + ["--resume"], in: folder).code == 0)
    #expect(try refute("run", "h.hypothesis", "--data", ".", "--reports", "fresh").code == 0)
    #expect(try reproducible("r/record.json") == reproducible("fresh/record.json"))
  }

  /// Starts the program, interrupts it once it says `text`, and returns its exit code.
  private func interrupted(_ arguments: [String], after text: String) throws -> Int32 {
    let errors = try folder.write("", to: "interrupted")
    let process = Process()
    process.executableURL = CommandLineProgram.executable
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle(forWritingAtPath: errors)
    try process.run()
    while process.isRunning, try !String(contentsOfFile: errors, encoding: .utf8).contains(text) {
      Thread.sleep(forTimeInterval: 0.01)
    }
    process.interrupt()
    process.waitUntilExit()
    return process.terminationStatus
  }

  @Test("--baseline fails the run where a verdict changes")
  func baseline() throws {
    try hypothesis(Sample.hypothesis(rivals: ["mean_predictor { margin >= 0.1 }"]))
    #expect(try refute("run", "h.hypothesis", "--data", ".", "--reports", "old").code == 0)
    let same = try refute(
      "run", "h.hypothesis", "--data", ".", "--reports", "r", "--baseline", "old/record.json")
    #expect(same.code == 0)
    try hypothesis(
      Sample.hypothesis(
        target: "noise", claim: ">= 0.5", rivals: ["mean_predictor { margin >= 0.1 }"], expect: "falsified"))
    let changed = try refute(
      "run", "h.hypothesis", "--data", ".", "--reports", "r", "--baseline", "old/record.json")
    #expect(changed.code == 1)
    #expect(changed.errors.contains("falsified"))
    let quiet = try refute(
      "run", "h.hypothesis", "--data", ".", "--reports", "r", "--baseline", "old/record.json", "--quiet")
    #expect(quiet.code == 1)
    #expect(quiet.errors.contains("falsified"), "a failure is explained however quiet the run")
  }

  @Test("--only chooses by name, and nothing chosen is bad usage")
  func only() throws {
    let rival = ["mean_predictor { margin >= 0.1 }"]
    try hypothesis(Sample.hypothesis("alpha", rivals: rival) + Sample.hypothesis("beta", rivals: rival))
    #expect(try refute("run", "h.hypothesis", "--data", ".", "--reports", "r", "--only", "alp*").code == 0)
    #expect(try Record(contentsOf: folder.path + "/r/record.json").hypotheses.map(\.name) == ["alpha"])
    #expect(try refute("run", "h.hypothesis", "--data", ".", "--reports", "r", "--only", "gamma").code == 2)
    // What --only leaves out has not vanished from the baseline's point of view; what is no longer written has.
    #expect(try refute("run", "h.hypothesis", "--data", ".", "--reports", "all").code == 0)
    let part = [
      "run", "h.hypothesis", "--data", ".", "--reports", "r", "--only", "alpha", "--baseline",
      "all/record.json",
    ]
    #expect(try CommandLineProgram.run(part, in: folder).code == 0)
    try hypothesis(Sample.hypothesis("alpha", rivals: rival))
    #expect(try CommandLineProgram.run(part, in: folder).code == 1)
    let json = try refute(
      "run", "h.hypothesis", "--data", ".", "--reports", "r", "--quiet", "--format", "json")
    #expect(json.output.hasPrefix("{"))
  }

  @Test("check, fmt and inspect")
  func others() throws {
    try hypothesis(Sample.hypothesis(rivals: ["mean_predictor{margin>=0.1}"]))
    #expect(try refute("check", "h.hypothesis", "--data", ".").code == 0)
    #expect(try refute("fmt", "--check", "h.hypothesis").code == 1)
    #expect(try refute("fmt", "h.hypothesis").code == 0)
    #expect(try refute("fmt", "--check", "h.hypothesis").code == 0)
    let text = try String(contentsOfFile: folder.path + "/h.hypothesis", encoding: .utf8)
    #expect(try refute("fmt", "-", input: text).output == text)
    #expect(try refute("fmt", "-", input: "hypothesis {").code == 2)

    let listing = try refute("inspect", "x.safetensors", "--format", "json")
    let object = try #require(
      JSONSerialization.jsonObject(with: Data(listing.output.utf8)) as? [String: Any])
    let tensors = try #require(object["tensors"] as? [[String: Any]])
    #expect(tensors.map { $0["name"] as? String } == ["copies", "same", "twin.0", "twin.1", "x"])
    #expect(tensors.allSatisfy { $0["keys"] as? Int == Sample.items && $0["nan"] as? Int == 0 })
    #expect(try refute("inspect", "x.safetensors").output.contains("120×8"))
    #expect(try refute("inspect", "t.csv").code == 3)
    #expect(try refute("inspect", "nothing.safetensors").code == 3)
  }

  @Test("A misspelt file is named once, with the folder that it is in, and nothing distant is offered")
  func misspelt() throws {
    for name in ["x.safetensors", "t.csv"] {
      try FileManager.default.createDirectory(
        atPath: folder.path + "/data/in", withIntermediateDirectories: true)
      try FileManager.default.copyItem(
        atPath: folder.path + "/" + name, toPath: folder.path + "/data/in/words-" + name)
    }
    func errors(_ file: String) throws -> String {
      try hypothesis(
        Sample.hypothesis(rivals: ["mean_predictor { margin >= 0.1 }"]).replacingOccurrences(
          of: "\"x.safetensors\"", with: "\"in/words-x.safetensors\""
        ).replacingOccurrences(of: "\"t.csv\"", with: "\"in/\(file)\""))
      let outcome = try refute("check", "h.hypothesis", "--data", "data")
      #expect(outcome.code == 3, "\(outcome.errors)")
      return outcome.errors
    }
    let near = try errors("word-t.csv")
    #expect(near.components(separatedBy: "did you mean").count == 2, "\(near)")
    #expect(near.contains("did you mean `in/words-t.csv`?"), "\(near)")
    let far = try errors("other-y.csv")
    #expect(!far.contains("did you mean") && !far.contains("there is `"), "\(far)")
  }

  @Test("Types that are not converted are told before a run, and by no run")
  func types() throws {
    var file = try Data(contentsOf: URL(fileURLWithPath: folder.path + "/x.safetensors"))
    // F64 and C64 have elements of one size.
    for range in ranges(of: "F64", in: file) { file.replaceSubrange(range, with: Data("C64".utf8)) }
    try folder.write(file, to: "x.safetensors")
    try hypothesis(Sample.hypothesis(rivals: ["mean_predictor { margin >= 0.1 }"]))
    for command in ["check", "run"] {
      let outcome = try refute(command, "h.hypothesis", "--data", ".")
      #expect(outcome.code == 3, "\(command): \(outcome.code)")
      #expect(
        outcome.errors.contains("error[tensor-type]: `x` holds elements of type `C64`"), "\(outcome.errors)")
    }
  }

  private func ranges(of text: String, in data: Data) -> [Range<Data.Index>] {
    var found: [Range<Data.Index>] = []
    var start = data.startIndex
    while let range = data.range(of: Data(text.utf8), in: start..<data.endIndex) {
      found.append(range)
      start = range.upperBound
    }
    return found
  }

  @Test("Targets whose squares overflow are refused by name")
  func overflow() throws {
    let table = try String(contentsOfFile: folder.path + "/t.csv", encoding: .utf8)
    var lines = table.split(separator: "\n").map(String.init)
    var cells = lines[7].split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    cells[1] = "-1e308"
    lines[7] = cells.joined(separator: ",")
    try folder.write(lines.joined(separator: "\n") + "\n", to: "t.csv")
    try hypothesis(Sample.hypothesis(rivals: ["mean_predictor { margin >= 0.1 }"]))
    let outcome = try refute("run", "h.hypothesis", "--data", ".", "--reports", "r")
    #expect(outcome.code == 3)
    #expect(
      outcome.errors.contains("t.signal holds -1e308 for the item w6") && outcome.errors.contains("overflow"),
      "\(outcome.errors)")
  }

  @Test("Progress shows no name as another")
  func progress() throws {
    try hypothesis(Sample.hypothesis("a\u{202E}b", rivals: ["mean_predictor { margin >= 0.1 }"]))
    let run = try refute("run", "h.hypothesis", "--data", ".", "--reports", "r")
    #expect(run.code == 0 && run.errors.contains("a\u{FFFD}b\n"), "\(run.errors)")
    #expect(!(run.errors + run.output).unicodeScalars.contains("\u{202E}"))
  }

  @Test(
    "What cannot be written to standard output is no success",
    arguments: [
      ["--version"], ["--help"], ["explain"], ["explain", "artifact"], ["inspect", "x.safetensors"],
      ["inspect", "x.safetensors", "--format", "json"], ["check", "h.hypothesis", "--data", "."],
      ["check", "h.hypothesis", "--data", ".", "--format", "json"], ["fmt", "--check", "messy.hypothesis"],
      ["run", "h.hypothesis", "--data", ".", "--reports", "r"], ["lock", "h.hypothesis", "--data", "."],
    ])
  func fullOutput(_ arguments: [String]) throws {
    try hypothesis(Sample.hypothesis(rivals: ["mean_predictor { margin >= 0.1 }"]))
    try hypothesis(Sample.hypothesis(rivals: ["mean_predictor{margin>=0.1}"]), "messy.hypothesis")
    let process = Process()
    process.executableURL = CommandLineProgram.executable
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
    process.standardOutput = FileHandle(forWritingAtPath: "/dev/full")
    let errors = folder.path + "/errors"
    _ = FileManager.default.createFile(atPath: errors, contents: nil)
    process.standardError = FileHandle(forWritingAtPath: errors)
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationReason == .exit && process.terminationStatus == 2)
    let lines = try String(contentsOfFile: errors, encoding: .utf8).split(separator: "\n").map(String.init)
    #expect(lines.last == "refute: standard output cannot be written: No space left on device.", "\(lines)")
    #expect(lines.count { $0.contains("standard output") } == 1)
  }

  @Test("Every report says how much of a score each rival reproduces")
  func shares() throws {
    try PlantedSample.write(to: folder, seed: 1)
    try hypothesis(
      PlantedSample.hypothesis(
        tensor: "kinds", features: "kind", metric: "precision_at_k", probe: "pls(components: 12)",
        claim: ">= 0.6", margin: 0.1))
    let run = try refute("run", "h.hypothesis", "--data", ".", "--reports", "r")
    #expect(run.code == 1, "\(run.errors)")
    let claim = try #require(Record(contentsOf: folder.path + "/r/record.json").hypotheses.first)
    #expect(claim.verdict == .artifact)
    let page = try String(contentsOfFile: folder.path + "/r/index.html", encoding: .utf8)
    #expect(claim.rivals.count == 6)
    for rival in claim.rivals {
      let share = try #require(rival.share?.finite)
      // As a reader computes it, from what the report states.
      let score = try #require(claim.score)
      let value = try #require(score.value.finite)
      let floor = try #require(score.floor.finite)
      let mean = try #require(rival.mean.finite)
      #expect(abs(share - (mean - floor) / (value - floor)) < 1e-9)
      let percent = abs((100 * share).rounded())
      #expect(page.contains("\(Int(percent)) %"), "\(rival.label): \(share)")
    }
    let means = try #require(claim.rivals.first { $0.name == "category_means" }?.share?.finite)
    #expect(abs(means - 1) < 0.1)
    #expect(claim.reason.contains("category_means(t.kind) reproduces"))
  }
}
