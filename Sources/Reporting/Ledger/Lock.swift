internal import Foundation

/// What was settled before a run: the text of each claim, the digests of its data, and the seed. A file that is kept
/// under version control, whose history shows when it was made.
public struct Lock: Sendable, Hashable {
  static let title = "refute-lock/1"

  public struct Claim: Sendable, Hashable {
    public var name: String
    public var file: String
    /// ISO 8601, UTC.
    public var locked: String
    /// Whether a score of this claim was known already.
    public var scored: Bool
    /// How many other claims on some of the same files had been scored.
    public var others: Int
    public var seed: UInt64
    /// `ClaimText.digest` of the claim as written.
    public var text: String
    /// Every file that the claim reads, sorted by path.
    public var data: [Record.DataFile]
    /// When it was locked before with another text, other data or another seed, oldest first.
    public var earlier: [String] = []

    public init(
      name: String, file: String, locked: String, scored: Bool, others: Int, seed: UInt64, text: String,
      data: [Record.DataFile]
    ) {
      self.name = name
      self.file = file
      self.locked = locked
      self.scored = scored
      self.others = others
      self.seed = seed
      self.text = text
      self.data = data.sorted { $0.path < $1.path }
    }

    /// A claim that is locked now.
    ///
    /// - Parameters:
    ///   - record: the record that tells what has been scored so far, if there is one.
    ///   - source: the `hypothesis` block as written.
    public init(
      name: String, file: String, locked: String, scoredIn record: Record?, seed: UInt64, source: String,
      data: [Record.DataFile]
    ) {
      let known = Set(record?.data ?? [])
      let shared = Set(data.filter(known.contains).map(\.path))
      let scored = (record?.hypotheses ?? []).filter { $0.score != nil }
      self.init(
        name: name, file: file, locked: locked, scored: scored.contains { $0.name == name },
        others: scored.count { $0.name != name && !shared.isDisjoint(with: $0.data) }, seed: seed,
        text: ClaimText.digest(source), data: data)
    }

    /// Whether both settle the same.
    public func settles(theSameAs other: Claim) -> Bool {
      (text, seed) == (other.text, other.seed) && data == other.data
    }
  }

  /// Sorted by name.
  public var claims: [Claim]

  public init(claims: [Claim] = []) {
    self.claims = claims.sorted { $0.name < $1.name }
  }

  public subscript(name: String) -> Claim? { claims.first { $0.name == name } }

  /// Adds `claim`, or replaces the block of the same name; one that settles the same stays as it is.
  ///
  /// - Returns: whether anything changed.
  public mutating func add(_ claim: Claim) -> Bool {
    guard let index = claims.firstIndex(where: { $0.name == claim.name }) else {
      claims.append(claim)
      claims.sort { $0.name < $1.name }
      return true
    }
    let old = claims[index]
    if old.settles(theSameAs: claim) { return false }
    var claim = claim
    claim.earlier = old.earlier + [old.locked]
    // What was known once stays known.
    claim.scored = claim.scored || old.scored
    claim.others = max(claim.others, old.others)
    claims[index] = claim
    return true
  }

  /// What a run knows of a claim before it scores it.
  public struct Plan: Sendable, Hashable {
    public var name: String
    public var text: String
    public var seed: UInt64
    /// What `--replicates` asks for.
    public var replicates: Int?
    /// Every file that the claim reads.
    public var data: [Record.DataFile]

    public init(name: String, source: String, seed: UInt64, replicates: Int?, data: [Record.DataFile]) {
      self.name = name
      self.text = ClaimText.digest(source)
      self.seed = seed
      self.replicates = replicates
      self.data = data
    }
  }

  /// Whether what is about to be scored is what was locked.
  public func registration(of plan: Plan) -> Record.Registration {
    guard let claim = self[plan.name] else { return Record.Registration(status: .unlocked) }
    var changes: [String] = []
    if claim.text != plan.text { changes.append("the text of the claim") }
    if claim.seed != plan.seed { changes.append("the seed: was \(claim.seed), is \(plan.seed)") }
    if let replicates = plan.replicates {
      changes.append("the number of replicates: was as written, is \(replicates)")
    }
    let (old, new) = (Lock.digests(claim.data), Lock.digests(plan.data))
    for path in Set(old.keys).union(new.keys).sorted() where old[path] != new[path] {
      let what =
        old[path] == nil ? "is read now" : new[path] == nil ? "is no longer read" : "has other content"
      changes.append("\(path) \(what)")
    }
    return Record.Registration(
      status: !changes.isEmpty ? .changed : claim.scored ? .late : .locked, locked: claim.locked,
      changes: changes, others: claim.others)
  }

  private static func digests(_ files: [Record.DataFile]) -> [String: String] {
    Dictionary(files.map { ($0.path, $0.sha256) }, uniquingKeysWith: { first, _ in first })
  }

  /// The file's text: the same lock always gives the same bytes.
  public var text: String {
    var ledger = Ledger(title: Lock.title)
    ledger.comments = [
      "What was settled before the run. Written by: refute lock. Commit it before you run: only history shows when."
    ]
    ledger.blocks = claims.map { claim in
      var block = Ledger.Block(kind: "claim", name: claim.name)
      block.add("file", text: claim.file)
      block.add("locked", claim.locked)
      block.add("scored", claim.scored ? "yes" : "no")
      block.add("others", "\(claim.others)")
      block.add("seed", "\(claim.seed)")
      block.add("text", claim.text)
      for file in claim.data { block.add("data", "\(file.sha256) \(Ledger.quoted(file.path))") }
      for time in claim.earlier { block.add("earlier", time) }
      return block
    }
    return ledger.text
  }

  /// Reads the file at `path`.
  public init(contentsOf path: String) throws(LedgerError) {
    try self.init(Ledger(contentsOf: path, title: Lock.title), path: path)
  }

  /// - Parameter path: what errors call the file.
  public init(_ text: String, path: String) throws(LedgerError) {
    try self.init(Ledger(text, path: path, title: Lock.title), path: path)
  }

  private init(_ ledger: Ledger, path: String) throws(LedgerError) {
    _ = try LedgerReader(ledger.fields, number: 1, path: path, known: [])
    claims = []
    for block in ledger.blocks {
      guard block.kind == "claim" else {
        throw .malformed(path: path, line: block.number, found: block.kind, expected: "claim")
      }
      let reader = try LedgerReader(
        block, path: path,
        known: ["file", "locked", "scored", "others", "seed", "text", "data", "earlier"])
      let time = "a time such as 2026-01-31T12:00:00Z"
      var claim = Claim(
        name: block.name, file: try reader.required("file", "a path between quotes", Ledger.unquoted),
        locked: try reader.required("locked", time, Lock.time),
        scored: try reader.required("scored", "yes or no") { ["yes": true, "no": false][$0] },
        others: try reader.required("others", "a whole number") { Int($0).flatMap { $0 < 0 ? nil : $0 } },
        seed: try reader.required("seed", "a whole number") { UInt64($0) },
        text: try reader.required("text", "a SHA-256 digest", LedgerReader.digest),
        data: try reader.all("data", "a SHA-256 digest and a path between quotes", LedgerReader.file))
      claim.earlier = try reader.all("earlier", time, Lock.time)
      claims.append(claim)
    }
    claims.sort { $0.name < $1.name }
  }

  private static func time(_ value: String) -> String? {
    (try? Date(value, strategy: .iso8601)) != nil && value.utf8.count == 20 ? value : nil
  }
}
