internal import ArgumentParser
internal import Foundation
internal import Reporting

struct BaselineCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "baseline", abstract: "Keep what each claim should come to.",
    discussion: "refute diff and refute run --baseline compare with it.", subcommands: [Accept.self])

  struct Accept: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "accept", abstract: "Take a record's findings into the baseline, with a reason.",
      discussion: """
        The baseline is a text file for version control: sorted, one claim a block, with verdict, score, interval, \
        digests and the reason. Claims that come to what they came to keep their reason.
        """)

    @Argument(
      help: ArgumentHelp("A record.json, or the folder that holds one.", valueName: "record"),
      completion: .file(extensions: ["json"]))
    var record = "Reports"

    @Option(help: "Why these findings are accepted.")
    var reason: String

    @Option(
      help: ArgumentHelp("The baseline.", valueName: "file"), completion: .file())
    var baseline = "refute.baseline"

    @OptionGroup var only: OnlyOptions

    @Flag(help: "Take out the claims that the record lacks.")
    var prune = false

    @Flag(name: .shortAndLong, help: "Do not tell what changed.")
    var quiet = false

    func validate() throws {
      if reason.allSatisfy(\.isWhitespace) {
        throw ValidationError("--reason: say why, for those who read the baseline later.")
      }
    }

    func run() throws {
      let new = try storedRecord(record)
      guard new.status == .complete else {
        throw Failure(
          code: .usage, message: "\(record): a partial record is not accepted: finish the run with --resume.")
      }
      if let replicates = new.replicates {
        throw Failure(
          code: .usage,
          message:
            "\(record): a quick look (--replicates \(replicates)) is not accepted: run without --replicates.")
      }
      let exists = FileManager.default.fileExists(atPath: baseline)
      guard !exists || Baseline.isBaseline(baseline) else {
        throw Failure(
          code: .usage, message: "\(baseline): this is no baseline, and is left as it is: name another file.")
      }
      let old = exists ? try storedBaseline(baseline) : nil
      if let old, old.seed != new.seed, !only.only.isEmpty {
        throw Failure(
          code: .usage,
          message:
            "\(record): the seed is \(new.seed), the baseline's \(old.seed): accept all claims, or run with --seed \(old.seed)."
        )
      }
      let files = Dictionary(
        (old?.claims ?? []).map { ($0.name, $0.file) } + new.hypotheses.map { ($0.name, $0.file) },
        uniquingKeysWith: { $1 })
      let tags = Dictionary(
        new.hypotheses.map { ($0.name, $0.tags) }, uniquingKeysWith: { first, _ in first })
      let acceptance = Baseline.accepting(new, old: old, reason: reason, removing: prune) { name in
        only.isChosen([name, files[name] ?? ""] + (tags[name] ?? []))
      }
      let isChanged = acceptance.baseline.text != old?.text
      if isChanged {
        do throws(RecordError) {
          try AtomicFile.write(acceptance.baseline.text, to: baseline)
        } catch {
          throw Failure(code: .usage, message: "--baseline \(baseline): \(error)")
        }
      }
      guard !quiet else { return }
      for name in acceptance.accepted { try Console.say("accepted \(name)") }
      for name in acceptance.removed { try Console.say("removed  \(name)") }
      for name in acceptance.kept {
        try Console.say("kept     \(name): the record lacks it; --prune takes it out")
      }
      try Console.output(isChanged ? "\(baseline) is written.\n" : "\(baseline) holds this already.\n")
    }
  }
}
