internal import Foundation
public import Hypotheses

/// What each claim came to when it was last accepted: a file that is kept under version control, and that reviewers read
/// in a diff. Sorted, one claim a block, with the reason why it was accepted.
public struct Baseline: Sendable, Hashable {
  static let title = "refute-baseline/1"

  public struct Score: Sendable, Hashable {
    public var metric: String
    /// `nil` where the record has no finite score.
    public var value: Double?
    public var interval: Record.Bounds
  }

  /// What became of one combination of the choices that a claim varies.
  public struct Specification: Sendable, Hashable {
    /// `folds 5, probe ridge`: the choices, sorted by name.
    public var choices: String
    public var verdict: Verdict
  }

  public struct Claim: Sendable, Hashable {
    public var name: String
    public var file: String
    public var verdict: Verdict
    /// Absent where the data could not be used.
    public var score: Score?
    /// Every combination of what the claim varies, in the order of the record; empty where it varies nothing, and in a baseline
    /// that was accepted before specifications were kept.
    public var specifications: [Specification]
    /// `ClaimText.digest` of the claim as written.
    public var text: String
    /// The files that the claim declares, sorted.
    public var data: [String]
    /// Why this is what the claim should come to.
    public var reason: String
  }

  /// A claim that was taken out, and why.
  public struct Removal: Sendable, Hashable {
    public var name: String
    public var verdict: Verdict
    public var reason: String
  }

  public var seed: UInt64
  /// Sorted by name.
  public var claims: [Claim]
  /// Sorted by path.
  public var data: [Record.DataFile]
  /// Sorted by name.
  public var removals: [Removal] = []

  /// What `record` says, in full precision.
  public init(_ record: Record, reason: String = "") {
    seed = record.seed
    claims = record.hypotheses.map { Claim($0, reason: reason) }.sorted { $0.name < $1.name }
    data = record.data
  }

  /// Whether the file at `path` starts like a baseline, rather than like a record.
  public static func isBaseline(_ path: String) -> Bool {
    guard let handle = FileHandle(forReadingAtPath: path) else { return false }
    defer { try? handle.close() }
    return (try? handle.read(upToCount: title.utf8.count)) == Data(title.utf8)
  }
}

extension Baseline.Claim {
  init(_ claim: Record.Claim, reason: String) {
    name = claim.name
    file = claim.file
    verdict = claim.verdict
    score = claim.score.map {
      Baseline.Score(metric: $0.metric, value: $0.value.finite, interval: $0.interval)
    }
    specifications = claim.specifications?.kept ?? []
    text = ClaimText.digest(claim.source)
    data = claim.data
    self.reason = reason
  }

  fileprivate var block: Ledger.Block {
    var block = Ledger.Block(kind: "claim", name: name)
    block.add("file", text: file)
    block.add("verdict", verdict.rawValue)
    if let score {
      let (lower, upper) = (score.interval.lower.finite, score.interval.upper.finite)
      block.add(
        "score",
        "\(Ledger.quoted(score.metric)) \(Baseline.digits(score.value, .toNearestOrEven)) "
          + "[\(Baseline.digits(lower, .down)), \(Baseline.digits(upper, .up))]")
    }
    for specification in specifications {
      block.add("varied", "\(specification.verdict.rawValue) \(Ledger.quoted(specification.choices))")
    }
    block.add("text", text)
    for path in data { block.add("data", text: path) }
    block.add("reason", text: reason)
    return block
  }

  /// The same but for the reason and what rounding hides.
  fileprivate func says(theSameAs other: Self) -> Bool {
    var (a, b) = (self, other)
    (a.reason, b.reason) = ("", "")
    return a.block == b.block
  }
}

extension Baseline {
  /// What `accepting` did.
  public struct Acceptance: Sendable, Hashable {
    public var baseline: Baseline
    /// Claims that are new or say something else now.
    public var accepted: [String]
    public var removed: [String]
    /// Claims of the baseline that the record lacks and that stay.
    public var kept: [String]
  }

  /// The baseline after accepting `record`. A claim that says what it said keeps its reason.
  ///
  /// - Parameters:
  ///   - old: the baseline so far.
  ///   - isChosen: which claims are accepted; the others stay as they were.
  ///   - removing: whether chosen claims that the record lacks are taken out.
  public static func accepting(
    _ record: Record, old: Baseline?, reason: String, removing: Bool,
    isChosen: (String) -> Bool = { _ in true }
  ) -> Acceptance {
    let before = Dictionary(
      (old?.claims ?? []).map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    let offered = Baseline(record, reason: reason)
    var (claims, accepted): ([String: Claim], [String]) = (before, [])
    for claim in offered.claims where isChosen(claim.name) {
      if let old = before[claim.name], old.says(theSameAs: claim) { continue }
      claims[claim.name] = claim
      accepted.append(claim.name)
    }
    let present = Set(offered.claims.map(\.name))
    let absent = before.keys.filter { !present.contains($0) }.sorted()
    let removed = removing ? absent.filter(isChosen) : []
    var removals = (old?.removals ?? []).filter { !present.contains($0.name) }
    for name in removed {
      guard let claim = claims.removeValue(forKey: name) else { continue }
      removals.append(Removal(name: name, verdict: claim.verdict, reason: reason))
    }
    // The digests of what the accepted claims read are the record's, others' stay.
    var digests = Dictionary(
      (old?.data ?? []).map { ($0.path, $0.sha256) }, uniquingKeysWith: { first, _ in first })
    let read = Set(record.hypotheses.filter { isChosen($0.name) }.flatMap(\.data))
    for file in record.data where read.contains(file.path) { digests[file.path] = file.sha256 }
    let needed = Set(claims.values.flatMap(\.data))
    var baseline = offered
    baseline.claims = claims.values.sorted { $0.name < $1.name }
    baseline.data = digests.filter { needed.contains($0.key) }.map {
      Record.DataFile(path: $0.key, sha256: $0.value)
    }.sorted { $0.path < $1.path }
    baseline.removals = removals.sorted { $0.name < $1.name }
    return Acceptance(
      baseline: baseline, accepted: accepted, removed: removed,
      kept: absent.filter { !removed.contains($0) })
  }

  /// The file's text: the same baseline always gives the same bytes.
  public var text: String {
    var ledger = Ledger(title: Baseline.title)
    ledger.comments = [
      "What each claim came to when it was last accepted. Written by: refute baseline accept --reason \"...\""
    ]
    ledger.fields = [Ledger.Field(key: "seed", value: "\(seed)")]
    ledger.blocks = claims.map(\.block)
    for removal in removals {
      var block = Ledger.Block(kind: "removed", name: removal.name)
      block.add("verdict", removal.verdict.rawValue)
      block.add("reason", text: removal.reason)
      ledger.blocks.append(block)
    }
    for file in data {
      var block = Ledger.Block(kind: "data", name: file.path)
      block.add("sha", file.sha256)
      ledger.blocks.append(block)
    }
    return ledger.text
  }

  /// Reads the file at `path`.
  public init(contentsOf path: String) throws(LedgerError) {
    try self.init(Ledger(contentsOf: path, title: Baseline.title), path: path)
  }

  /// - Parameter path: what errors call the file.
  public init(_ text: String, path: String) throws(LedgerError) {
    try self.init(Ledger(text, path: path, title: Baseline.title), path: path)
  }

  private init(_ ledger: Ledger, path: String) throws(LedgerError) {
    let header = try LedgerReader(ledger.fields, number: 1, path: path, known: ["seed"])
    seed = try header.required("seed", "a whole number") { UInt64($0) }
    claims = []
    data = []
    for block in ledger.blocks {
      switch block.kind {
      case "claim":
        let reader = try LedgerReader(
          block, path: path, known: ["file", "verdict", "score", "varied", "text", "data", "reason"])
        claims.append(
          Claim(
            name: block.name, file: try reader.required("file", "a path between quotes", Ledger.unquoted),
            verdict: try reader.required("verdict", "a verdict") { Verdict(rawValue: $0) },
            score: try reader.optional("score", "a metric, a number and an interval", Baseline.score),
            specifications: try reader.all(
              "varied", "a verdict, and choices between quotes", Baseline.specification),
            text: try reader.required("text", "a SHA-256 digest", LedgerReader.digest),
            data: try reader.all("data", "a path between quotes", Ledger.unquoted),
            reason: try reader.required("reason", "a text between quotes", Ledger.unquoted)))
      case "removed":
        let reader = try LedgerReader(block, path: path, known: ["verdict", "reason"])
        removals.append(
          Removal(
            name: block.name, verdict: try reader.required("verdict", "a verdict") { Verdict(rawValue: $0) },
            reason: try reader.required("reason", "a text between quotes", Ledger.unquoted)))
      case "data":
        let reader = try LedgerReader(block, path: path, known: ["sha"])
        data.append(
          Record.DataFile(
            path: block.name, sha256: try reader.required("sha", "a SHA-256 digest", LedgerReader.digest)))
      default:
        throw .malformed(
          path: path, line: block.number, found: block.kind, expected: "claim, removed or data")
      }
    }
  }

  /// Six significant digits: enough for every decision, and the same on every processor. Ends of intervals are rounded
  /// outwards, so that no score leaves an interval by rounding.
  static func digits(_ value: Double?, _ rule: FloatingPointRoundingRule) -> String {
    guard let value, value.isFinite else { return "-" }
    guard value != 0, abs(value) > 1e-290, abs(value) < 1e290 else { return "\(value)" }
    let scale = pow(10, 5 - log10(abs(value)).rounded(.down))
    guard scale.isFinite, scale > 0, (value * scale).isFinite else { return "\(value)" }
    return String(format: "%.6g", (value * scale).rounded(rule) / scale)
  }

  private static func specification(_ text: String) -> Specification? {
    let word = text.prefix { $0 != " " }
    guard let verdict = Verdict(rawValue: String(word)),
      let choices = Ledger.unquoted(text[word.endIndex...].dropFirst())
    else { return nil }
    return Specification(choices: choices, verdict: verdict)
  }

  private static func score(_ text: String) -> Score? {
    guard let end = text.dropFirst().firstIndex(of: "\""),
      let metric = Ledger.unquoted(text[...end])
    else { return nil }
    let rest = text[text.index(after: end)...].split(separator: " ").map(String.init)
    guard rest.count == 3, rest[1].hasPrefix("["), rest[1].hasSuffix(","), rest[2].hasSuffix("]") else {
      return nil
    }
    func number(_ text: String) -> Double?? {
      if text == "-" { return .some(nil) }
      guard let value = Double(text), value.isFinite else { return nil }
      return value
    }
    guard let value = number(rest[0]), let lower = number(String(rest[1].dropFirst().dropLast())),
      let upper = number(String(rest[2].dropLast()))
    else { return nil }
    return Score(metric: metric, value: value, interval: Record.Bounds(lower ?? .nan, upper ?? .nan))
  }
}

extension Record.Specifications {
  /// What a baseline keeps of them.
  var kept: [Baseline.Specification] {
    cells.map { Baseline.Specification(choices: $0.words, verdict: $0.verdict) }
  }
}

extension Record.Specifications.Cell {
  /// The choices in words, sorted by name: what a specification is called where records are compared.
  fileprivate var words: String {
    choices.keys.sorted().map { "\($0) \(choices[$0]!.description)" }.joined(separator: ", ")
  }
}
