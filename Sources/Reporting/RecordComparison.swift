public import Hypotheses

/// What changed between two records, by claim. Claims are matched by name.
public struct RecordComparison: Sendable, Hashable {
  /// A claim whose verdict is another one than before.
  public struct VerdictChange: Sendable, Hashable {
    public var name: String
    public var old: Verdict
    public var new: Verdict
    /// The new record's reason.
    public var reason: String
  }

  /// A score that left the interval that it had before, whatever the verdicts say.
  public struct Drift: Sendable, Hashable {
    public var name: String
    public var oldMetric: String
    public var newMetric: String
    /// `nil` where a record has no finite score.
    public var oldValue: Double?
    public var newValue: Double?
    public var oldInterval: Record.Bounds
  }

  /// Combinations of the choices that a claim varies whose verdict is another one, that are new or gone; or another number of
  /// them in which the claim's verdict holds.
  public struct SpecificationChange: Sendable, Hashable {
    public struct Item: Sendable, Hashable {
      /// `folds 5, probe ridge`.
      public var choices: String
      /// `nil` where that record has no such combination.
      public var old: Verdict?
      public var new: Verdict?
    }

    public var name: String
    /// In how many combinations the claim's own verdict held, and of how many.
    public var oldHolding: Int
    public var oldTotal: Int
    public var newHolding: Int
    public var newTotal: Int
    /// Sorted by choices.
    public var items: [Item]
  }

  /// A file whose content is another one, or that only one of the records read.
  public struct DataChange: Sendable, Hashable {
    public var path: String
    /// The digests; `nil` where that record did not read the file.
    public var old: String?
    public var new: String?
  }

  /// What can change, under the names that the command line and the reports use.
  public enum Kind: String, Sendable, CaseIterable {
    case verdict, drift, specification, vanished, new, text, data, seed
  }

  /// The changes that fail a run: a finding is not what it was.
  public static let defaultFailing: Set<Kind> = [.verdict, .drift, .vanished]

  public var verdictChanges: [VerdictChange]
  public var drifts: [Drift]
  /// Claims that came out differently under choices that they vary. None where the baseline was accepted before these were kept.
  public var specificationChanges: [SpecificationChange]
  public var newClaims: [String]
  /// Claims of the old record that the new one lacks. Empty where the new record is partial: they were not reached.
  public var vanishedClaims: [String]
  /// Claims that say something else than before: their text, without comments, layout and `expect` line, is another one.
  public var textChanges: [String]
  public var dataChanges: [DataChange]
  /// The seeds, where they differ.
  public var seeds: [UInt64]

  /// Whether nothing is to be reported.
  public var isEmpty: Bool {
    Kind.allCases.allSatisfy { count($0) == 0 }
  }

  /// How many changes of a kind there are.
  public func count(_ kind: Kind) -> Int {
    switch kind {
    case .verdict: verdictChanges.count
    case .drift: drifts.count
    case .specification: specificationChanges.count
    case .vanished: vanishedClaims.count
    case .new: newClaims.count
    case .text: textChanges.count
    case .data: dataChanges.count
    case .seed: seeds.isEmpty ? 0 : 1
    }
  }

  /// Whether there is a change of one of `kinds`.
  public func fails(on kinds: Set<Kind> = defaultFailing) -> Bool {
    kinds.contains { count($0) > 0 }
  }

  /// Compares `new` with the baseline `old`.
  public init(_ old: Record, _ new: Record) {
    self.init(Baseline(old), new)
  }

  /// Compares `new` with the baseline `old`.
  public init(_ old: Baseline, _ new: Record) {
    let before = Dictionary(old.claims.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    let after = Set(new.hypotheses.map(\.name))
    verdictChanges = new.hypotheses.compactMap { claim in
      guard let old = before[claim.name], old.verdict != claim.verdict else { return nil }
      return VerdictChange(name: claim.name, old: old.verdict, new: claim.verdict, reason: claim.reason)
    }
    drifts = new.hypotheses.compactMap { before[$0.name].flatMap(\.score)?.drift(to: $0) }
    specificationChanges = new.hypotheses.compactMap { claim in
      before[claim.name].flatMap { SpecificationChange($0, claim) }
    }
    newClaims = new.hypotheses.map(\.name).filter { before[$0] == nil }
    vanishedClaims = new.status == .partial ? [] : old.claims.map(\.name).filter { !after.contains($0) }
    textChanges = new.hypotheses.filter { claim in
      before[claim.name].map { $0.text != ClaimText.digest(claim.source) } ?? false
    }.map(\.name)
    let oldFiles = Dictionary(old.data.map { ($0.path, $0.sha256) }, uniquingKeysWith: { first, _ in first })
    let newFiles = Dictionary(new.data.map { ($0.path, $0.sha256) }, uniquingKeysWith: { first, _ in first })
    dataChanges = Set(oldFiles.keys).union(newFiles.keys).sorted().compactMap { path in
      if oldFiles[path] == newFiles[path] { return nil }
      // A partial run has not read everything yet.
      if new.status == .partial, newFiles[path] == nil { return nil }
      return DataChange(path: path, old: oldFiles[path], new: newFiles[path])
    }
    seeds = old.seed == new.seed ? [] : [old.seed, new.seed]
  }

  /// The changes as plain lines; one sentence where there is none. ComparisonReport.swift has the other forms.
  public var text: String {
    if isEmpty { return RecordComparison.nothing }
    var lines: [String] = []
    for change in verdictChanges {
      lines.append("verdict  \(change.name.line): was \(change.old.rawValue), is \(change.new.rawValue)")
      lines.append("         \(change.reason.line)")
    }
    for drift in drifts {
      let metrics =
        drift.oldMetric == drift.newMetric ? drift.newMetric : "\(drift.oldMetric), now \(drift.newMetric)"
      lines.append(
        "drift    \(drift.name.line): \(metrics.line) \(Format.score(drift.newValue ?? .nan)), was "
          + "\(Format.score(drift.oldValue ?? .nan)) \(Format.interval(drift.oldInterval))")
    }
    for change in specificationChanges {
      lines.append("specification \(change.name.line): \(change.words)")
      lines += change.items.map { "         \($0.choices.line.shortened(to: 300)): \($0.words)" }
    }
    lines += newClaims.map { "new      \($0.line)" }
    lines += vanishedClaims.map { "vanished \($0.line)" }
    lines += textChanges.map { "text     \($0.line)" }
    for change in dataChanges {
      lines.append("data     \(change.path.line): \(change.words)")
    }
    if seeds.count == 2 { lines.append("seed     was \(seeds[0]), is \(seeds[1])") }
    return lines.joined(separator: "\n") + "\n"
  }
}

extension RecordComparison {
  /// What is said where nothing changed.
  static let nothing = "No verdict, score, specification, text or data file changed.\n"
}

extension RecordComparison.SpecificationChange {
  fileprivate init?(_ old: Baseline.Claim, _ claim: Record.Claim) {
    // Nothing is known of them, or nothing was varied: then the text of the claim is another one.
    guard !old.specifications.isEmpty else { return nil }
    let new = claim.specifications?.kept ?? []
    let before = Dictionary(
      old.specifications.map { ($0.choices, $0.verdict) }, uniquingKeysWith: { first, _ in first })
    let after = Dictionary(new.map { ($0.choices, $0.verdict) }, uniquingKeysWith: { first, _ in first })
    items = Set(before.keys).union(after.keys).sorted().compactMap { choices in
      before[choices] == after[choices]
        ? nil : Item(choices: choices, old: before[choices], new: after[choices])
    }
    name = claim.name
    (oldTotal, newTotal) = (old.specifications.count, new.count)
    oldHolding = old.specifications.count { $0.verdict == old.verdict }
    newHolding = new.count { $0.verdict == claim.verdict }
    if items.isEmpty, oldHolding == newHolding { return nil }
  }

  /// `the verdict held in 14 of 18 specifications, holds in 12 of 18`.
  var words: String {
    "the verdict held in \(Format.count(oldHolding)) of \(Format.count(oldTotal)) specifications, "
      + (newTotal == 0
        ? "and nothing is varied now" : "holds in \(Format.count(newHolding)) of \(Format.count(newTotal))")
  }
}

extension RecordComparison.SpecificationChange.Item {
  /// `was corroborated, is artifact`.
  var words: String {
    switch (old, new) {
    case (nil, let new?): "was not among them, is \(new.rawValue)"
    case (let old?, nil): "was \(old.rawValue), is no longer among them"
    default: "was \(old?.rawValue ?? "–"), is \(new?.rawValue ?? "–")"
    }
  }
}

extension Baseline.Score {
  /// How `claim` drifted from this score; `nil` where it did not.
  fileprivate func drift(to claim: Record.Claim) -> RecordComparison.Drift? {
    let value = claim.score?.value.finite
    let metric = claim.score?.metric ?? self.metric
    // Of an interval with an end that is not finite only the other end binds.
    let stays =
      value.map { $0 >= interval.lower.finite ?? -.infinity && $0 <= interval.upper.finite ?? .infinity }
      ?? (self.value == nil)
    if stays, metric == self.metric { return nil }
    return RecordComparison.Drift(
      name: claim.name, oldMetric: self.metric, newMetric: metric, oldValue: self.value, newValue: value,
      oldInterval: interval)
  }
}
