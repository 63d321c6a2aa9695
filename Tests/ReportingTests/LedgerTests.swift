import Foundation
import Hypotheses
import Reporting
import TestSupport
import Testing

/// Names that would add a field, a block or a comment to a file, if they could.
private let intruders = [
  "x\"\n  verdict  corroborated", "x\n\nclaim \"y\"", "# comment", "\\", "\"", "", " ", "\u{0}\u{1B}[31m",
  "a\r\n  text b", "tab\there", "\u{202E}txet", "\\u{41}", "\"\u{301}", "\u{2028}",
]

private func record(_ names: [String]) -> Record {
  var record = Sample.six.record
  let claims = record.hypotheses
  record.hypotheses = names.enumerated().map { index, name in
    var claim = claims[index % 6]
    claim.name = name
    claim.file = name
    claim.data = [name]
    return claim
  }
  record.data = names.map { Record.DataFile(path: $0, sha256: String(repeating: "0b", count: 32)) }
  return record
}

@Suite struct BaselineTests {
  private func accepted(
    _ record: Record, old: Baseline? = nil, reason: String = "first", prune: Bool = false,
    only: Set<String>? = nil
  ) -> Baseline.Acceptance {
    Baseline.accepting(record, old: old, reason: reason, removing: prune) { only?.contains($0) ?? true }
  }

  @Test(arguments: [Sample.six, .hostile, .extreme, .empty])
  func roundTrips(_ sample: Sample) throws {
    let baseline = accepted(sample.record).baseline
    let back = try Baseline(baseline.text, path: "b")
    let isStable = back.text == baseline.text
    #expect(isStable)
    #expect(back.claims.count == sample.record.hypotheses.count || sample == .hostile || sample == .extreme)
    // What a record was accepted as, it still is.
    #expect(!RecordComparison(back, sample.record).fails() || sample == .hostile || sample == .extreme)
  }

  @Test func readsAsAReviewerWants() throws {
    let text = accepted(Sample.six.record, reason: "the first run").baseline.text
    let block = try #require(text.components(separatedBy: "\n\n").first { $0.contains("taxonomic") })
    #expect(
      block == """
        claim "noun embeddings encode taxonomic properties"
          file     "Hypotheses/nouns.hypothesis"
          verdict  artifact
          score    "r2" 0.412 [0.371, 0.443]
          text     \(ClaimText.digest(Sample.six.record.hypotheses[1].source))
          data     "minilm/nouns.safetensors"
          data     "nouns/properties.csv"
          reason   "the first run"
        """)
    let names = text.split(separator: "\n").filter { $0.hasPrefix("claim ") }
    #expect(names.count == 6 && names == names.sorted())
  }

  @Test func namesAreTextAndNothingElse() throws {
    let record = record(intruders)
    let baseline = accepted(record, reason: intruders[0]).baseline
    let back = try Baseline(baseline.text, path: "b")
    #expect(Set(back.claims.map(\.name)) == Set(intruders))
    #expect(back.claims.allSatisfy { $0.reason == intruders[0] && $0.file == $0.name })
    #expect(back.claims.count == intruders.count)
    for scalar in baseline.text.unicodeScalars { #expect(scalar == "\n" || scalar.value >= 0x20) }
  }

  @Test func acceptsWhatChangedAndKeepsTheRest() throws {
    var record = Sample.six.record
    let first = accepted(record).baseline
    record.hypotheses[0].verdict = .artifact
    record.hypotheses[1].score?.value = Record.Number(0.4120000001)
    record.data[0].sha256 = String(repeating: "cc", count: 32)
    let gone = record.hypotheses.remove(at: 2).name
    let second = accepted(record, old: first, reason: "the extractor was mended")
    #expect(second.accepted == ["a planted property is found"], "rounding is no change")
    #expect(second.kept == [gone] && second.removed.isEmpty)
    let reasons = Dictionary(uniqueKeysWithValues: second.baseline.claims.map { ($0.name, $0.reason) })
    #expect(reasons["a planted property is found"] == "the extractor was mended")
    #expect(reasons[gone] == "first" && reasons.count == 6)
    #expect(second.baseline.data[0].sha256.hasPrefix("cc"))
    let pruned = accepted(record, old: second.baseline, reason: "no longer claimed", prune: true)
    #expect(pruned.removed == [gone] && pruned.baseline.claims.count == 5)
    let back = try Baseline(pruned.baseline.text, path: "b")
    let removal = try #require(back.removals.first)
    #expect(back.removals.count == 1 && removal.name == gone)
    #expect(removal.verdict == .falsified && removal.reason == "no longer claimed")
    // A claim that comes back is no longer removed.
    #expect(accepted(Sample.six.record, old: back).baseline.removals.isEmpty)
    // Only what is chosen.
    let some = accepted(record, old: first, reason: "x", prune: true, only: ["the missing file"])
    #expect(some.accepted.isEmpty && some.removed.isEmpty && some.baseline.claims == first.claims)
  }

  @Test func roundingMovesNoScoreOutOfItsInterval() throws {
    var record = Sample.six.record
    for (value, low, high) in [
      (0.1234565, 0.1234565, 0.1234565), (-7.13211e-5, -1.431872e-4, 3.1120699e-6), (0.0, 0.0, 0.0),
      (123_456.78, 123_456.77, 123_456.79), (-1e-300, -2e-300, 1e-300), (1e300, 1e300, 1e300),
    ] {
      record.hypotheses[0].score?.value = Record.Number(value)
      record.hypotheses[0].score?.interval = Record.Bounds(low, high)
      let back = try Baseline(accepted(record).baseline.text, path: "b")
      #expect(RecordComparison(back, record).drifts.isEmpty, "\(value)")
    }
  }

  /// Each line with the place and the words of the refusal.
  @Test(arguments: [
    ("refute-baseline/1", "refute-baseline/2", "b:1: found `refute-baseline/2`"),
    ("seed     1", "", "seed: a whole number"), ("seed     1", "seed -1", "b:3: found `-1`"),
    ("seed     1", "seed     1\nlater 1", "b:4: found `later`, expected one of seed"),
    ("seed     1", "  seed     1", "a block before its fields"),
    ("  verdict  artifact", "  verdict  artefact", "found `artefact`, expected a verdict"),
    ("  verdict  artifact\n", "", "found `no verdict`"),
    ("  text     ", "  text     Z", "a SHA-256 digest"),
    ("[0.371, 0.443]", "[0.371 0.443]", "a metric, a number and an interval"),
    ("[0.371, 0.443]", "[nan, 0.443]", "a metric, a number and an interval"),
    ("\"r2\" 0.412", "r2 0.412", "a metric, a number and an interval"),
    ("claim \"the missing file\"", "claim \"a planted property is found\"", "that no block before it has"),
    ("claim \"the missing file\"", "claim \"the missing", "a name between quotes"),
    ("claim \"the missing file\"", "claims \"the missing file\"", "expected claim, removed or data"),
    ("  reason   \"first\"", "  reason   first", "a text between quotes"),
    ("  reason   \"first\"", "  reason   \"\\u{110000}\"", "a text between quotes"),
    ("  reason   \"first\"", " reason   \"first\"", "a word and its value"),
  ])
  func refusesWhatIsNoBaseline(_ old: String, _ new: String, _ says: String) throws {
    let text = accepted(Sample.six.record).baseline.text
    let wrong = text.replacingOccurrences(of: old, with: new)
    try #require(wrong != text)
    #expect {
      try Baseline(wrong, path: "b")
    } throws: { error in
      let isSaid = "\(error)".contains(says)
      if !isSaid { print("\(error)") }
      return isSaid
    }
  }

  @Test func tellsABaselineFromARecord() throws {
    let folder = try TemporaryFolder()
    let record = try folder.write(Sample.six.record.json, to: "record.json")
    let baseline = try folder.write(accepted(Sample.six.record).baseline.text, to: "b")
    #expect(Baseline.isBaseline(baseline) && !Baseline.isBaseline(record))
    #expect(!Baseline.isBaseline(folder.path + "/nothing") && !Baseline.isBaseline(folder.path))
    #expect(throws: LedgerError.self) { try Baseline(contentsOf: folder.path + "/nothing") }
    #expect(throws: LedgerError.self) { try Baseline(contentsOf: record) }
  }
}

@Suite struct LockTests {
  private static let file = Record.DataFile(path: "t.csv", sha256: String(repeating: "0b", count: 32))
  private static let source = "hypothesis \"h\" {\n  claim score >= 0.3\n}\n"

  private static func claim(
    _ name: String = "h", scored: Bool = false, others: Int = 0, seed: UInt64 = 1, source: String = source,
    data: [Record.DataFile] = [file], locked: String = "2026-01-31T12:00:00Z"
  ) -> Lock.Claim {
    Lock.Claim(
      name: name, file: "h.hypothesis", locked: locked, scored: scored, others: others, seed: seed,
      text: ClaimText.digest(source), data: data)
  }

  private func plan(
    _ name: String = "h", source: String = source, seed: UInt64 = 1, replicates: Int? = nil,
    data: [Record.DataFile] = [file]
  ) -> Lock.Plan {
    Lock.Plan(name: name, source: source, seed: seed, replicates: replicates, data: data)
  }

  @Test func roundTripsWithAnyName() throws {
    let lock = Lock(claims: intruders.map { Self.claim($0) })
    let back = try Lock(lock.text, path: "l")
    #expect(back == lock)
    #expect(back.text == lock.text)
  }

  @Test func saysWhatChanged() {
    let lock = Lock(claims: [Self.claim(), Self.claim("late", scored: true, others: 2)])
    #expect(lock.registration(of: plan()).status == .locked)
    #expect(lock.registration(of: plan("late")).status == .late)
    #expect(lock.registration(of: plan("late")).others == 2)
    #expect(lock.registration(of: plan("other")) == .init(status: .unlocked))
    func changes(_ plan: Lock.Plan) -> [String] {
      let registration = lock.registration(of: plan)
      #expect(registration.status == .changed && registration.locked == "2026-01-31T12:00:00Z")
      return registration.changes
    }
    #expect(
      changes(plan(source: Self.source.replacingOccurrences(of: "0.3", with: "0.2"))) == [
        "the text of the claim"
      ])
    #expect(changes(plan(seed: 2)) == ["the seed: was 1, is 2"])
    #expect(changes(plan(replicates: 50)) == ["the number of replicates: was as written, is 50"])
    let other = Record.DataFile(path: "t.csv", sha256: String(repeating: "0c", count: 32))
    #expect(changes(plan(data: [other])) == ["t.csv has other content"])
    let more = Record.DataFile(path: "u.csv", sha256: other.sha256)
    #expect(changes(plan(data: [more])) == ["t.csv is no longer read", "u.csv is read now"])
  }

  @Test func keepsTheFirstTimeAndWhatWasKnown() throws {
    var lock = Lock()
    func add(_ claim: Lock.Claim) -> Bool { lock.add(claim) }
    #expect(add(Self.claim()))
    let again = add(Self.claim(locked: "2026-02-01T12:00:00Z"))
    #expect(!again, "the same again changes nothing")
    #expect(lock["h"]?.locked == "2026-01-31T12:00:00Z")
    #expect(add(Self.claim(scored: true, others: 3, seed: 2, locked: "2026-02-02T12:00:00Z")))
    #expect(add(Self.claim(seed: 3, locked: "2026-02-03T12:00:00Z")))
    #expect(lock["h"]?.earlier == ["2026-01-31T12:00:00Z", "2026-02-02T12:00:00Z"])
    #expect(lock["h"]?.scored == true && lock["h"]?.others == 3, "what was known stays known")
    let back = try Lock(lock.text, path: "l")
    #expect(back == lock)
  }

  @Test func knowsWhatARecordHasScored() {
    let record = Sample.six.record
    func claim(_ name: String, _ data: [Record.DataFile]) -> Lock.Claim {
      Lock.Claim(
        name: name, file: "f", locked: "2026-01-31T12:00:00Z", scoredIn: record, seed: 1, source: "",
        data: data)
    }
    // Five of the six have a score; the last has none.
    let known = claim("a planted property is found", record.data)
    #expect(known.scored && known.others == 4)
    #expect(!claim("the missing file", record.data).scored)
    #expect(claim("a new claim", [record.data[0]]).others == 5)
    #expect(claim("a new claim", [Self.file]).others == 0)
    let other = Record.DataFile(path: record.data[0].path, sha256: Self.file.sha256)
    #expect(claim("a new claim", [other]).others == 0, "another content is other data")
  }

  @Test(arguments: [
    ("refute-lock/1", "refute-baseline/1", "l:1: found `refute-baseline/1`"),
    ("claim \"h\"", "data \"h\"", "l:4: found `data`, expected claim"),
    ("2026-01-31T12:00:00Z", "yesterday", "a time such as"), ("scored   no", "scored   maybe", "yes or no"),
    ("others   0", "others   -1", "a whole number"), ("seed     1", "seed     one", "a whole number"),
    ("\"t.csv\"", "t.csv", "a SHA-256 digest and a path"), ("  seed     1\n", "", "found `no seed`"),
    ("# What", "seed 1\n# What", "l:2: found `seed`"),
  ])
  func refusesWhatIsNoLock(_ old: String, _ new: String, _ says: String) throws {
    let text = Lock(claims: [Self.claim()]).text
    let wrong = text.replacingOccurrences(of: old, with: new)
    try #require(wrong != text)
    #expect {
      try Lock(wrong, path: "l")
    } throws: { error in
      let isSaid = "\(error)".contains(says)
      if !isSaid { print("\(error)") }
      return isSaid
    }
  }

  @Test(arguments: Record.Registration.Status.allCases)
  func everyReportSaysIt(_ status: Record.Registration.Status) throws {
    var record = Sample.six.record
    // The falsified claim: every report tells its grounds.
    record.hypotheses[2].registration = .init(
      status: status, locked: status == .unlocked ? nil : "2026-01-31T12:00:00Z",
      changes: status == .changed ? ["t<.csv has other content"] : [], others: 2)
    let says =
      switch status {
      case .locked: "before it was scored; nothing has changed since. By then 2 other claims"
      case .changed: "and changed since: t"
      case .late: "after a score of it was known"
      case .unlocked: "Not locked before it was scored."
      }
    for report in [HTMLReport.render(record), MarkdownSummary.render(record), JUnitReport.render(record)] {
      let isThere = report.contains(says)
      #expect(isThere)
      #expect(!report.contains("t<.csv"))
    }
    let sarif = try JSONValue(SARIFReport.render(record))
    #expect(
      sarif["runs"]?.items.first?["results"]?.items.first?["properties"]?["registration"]?.text
        == status.rawValue)
    let table = TerminalTable.render(record, options: .init(columns: 400))
    let summary =
      status == .locked
      ? "1 of 1 claim." : status == .changed ? "none of 1 claim; 1 changed" : "none of 1 claim."
    #expect(table.contains("Locked before scoring: \(summary)"))
    #expect(table.contains("Locked at") == (status != .unlocked))
  }
}

@Suite struct ClaimTextTests {
  private let source = """
    // Why.
    hypothesis "h // no comment" {
      data x = activations("x.safetensors", tensor: "a\\"b")
      measure score = r2 { predict t.signal from x  folds 10, grouped by t.type }
      claim score >= -0.30e-2
      withstand permuted_labels(within: t.group, replicates: 10_000,) { p < 0.01 }
      /* expect /* nested */ */
      expect artifact
    }
    """

  @Test func layoutCommentsAndExpectationChangeNothing() {
    let digest = ClaimText.digest(source)
    #expect(digest.count == 64)
    for (old, new) in [
      ("// Why.", "// Another reason, with \"quotes\""), ("\n", "\n\n  "), ("expect artifact", ""),
      ("expect artifact", "expect corroborated // now"), ("10_000,)", "10000)"),
      ("{ p < 0.01 }", "{ p<0.01, }"),
    ] {
      #expect(ClaimText.digest(source.replacingOccurrences(of: old, with: new)) == digest, "\(old)")
    }
    for (old, new) in [
      ("0.30", "0.31"), (">=", ">"), ("-0.30", "0.30"), ("no comment", "comment"), ("t.group", "t.grout"),
      ("x.safetensors", "y.safetensors"), ("10_000", "10_001"), ("hypothesis \"h", "hypothesis \"i"),
    ] {
      #expect(ClaimText.digest(source.replacingOccurrences(of: old, with: new)) != digest, "\(old)")
    }
    // A column of that name is no expectation.
    #expect(ClaimText.digest("predict t.expect from x") != ClaimText.digest("predict t. from"))
  }

  @Test func theReportColoursWhatItShows() throws {
    var record = Sample.six.record
    record.hypotheses[0].source = source
    let outline = XMLOutline(HTMLReport.render(record))
    func all(_ kind: String) -> [String] {
      outline.all("span").filter { $0.attributes["class"] == kind }.map(\.text)
    }
    for word in [
      "hypothesis", "data", "measure", "predict", "from", "folds", "grouped", "withstand", "expect",
    ] {
      #expect(all("keyword").contains { $0.split(separator: " ").contains(Substring(word)) }, "\(word)")
    }
    #expect(all("callee").contains("permuted_labels") && all("callee").contains("activations"))
    #expect(all("string").contains("\"h // no comment\"") && all("string").contains("\"a\\\"b\""))
    #expect(all("number").contains("-0.30e-2") && all("number").contains("10_000"))
    #expect(all("comment").contains("// Why.") && all("comment").contains("/* expect /* nested */ */"))
  }

  @Test func familiesAreColoured() {
    var record = Sample.six.record
    record.hypotheses[0].source = """
      hypothesis "h" {
        for layer in 0..<6, head in [1, 2] {
          measure found = head_accuracy(run[layer, head]) { relation obj, from dependent to head, or back }
        }
        claim selected found >= 0.5
        withstand fixed_offset(best of -5...5) { margin >= 0.1 }
        data heads = pair_attention("x", sentence: pairs.sentence, from: pairs.of, to: pairs.to)
      }
      """
    let outline = XMLOutline(HTMLReport.render(record))
    let words = outline.all("span").filter { $0.attributes["class"] == "keyword" }.map(\.text)
    for word in ["for", "in", "relation", "from", "to", "or", "back", "claim", "selected", "best", "of"] {
      #expect(words.contains { $0 == word }, "\(word)")
    }
    let plain = outline.all("span").filter { $0.attributes["class"] == "plain" }.map(\.text)
    #expect(plain.contains { $0.contains("pairs.of") } && plain.contains { $0.contains("pairs.to") })
  }

  /// The pieces of any text are the text: nothing is lost, whatever it is.
  @Test(
    arguments: Samples.hostileStrings + ["\"", "\"\\", "/*", "/", "-", "1e", "1e+", "..", "a-", "\r\n\"x\r"])
  func losesNothing(_ text: String) {
    var record = Sample.six.record
    record.hypotheses = [record.hypotheses[0]]
    record.hypotheses[0].source = text + "|end"
    let outline = XMLOutline(HTMLReport.render(record))
    #expect(outline.failure == nil)
    let kinds: Set<String> = ["plain", "keyword", "callee", "string", "number", "comment"]
    let shown = outline.all("span").filter { kinds.contains($0.attributes["class"] ?? "") }.map(\.text)
      .joined()
    #expect(shown.hasSuffix("|end"))
    let letters = { (text: String) in text.unicodeScalars.filter { ("a"..."z").contains($0) }.count }
    #expect(letters(shown) == letters(text + "|end"))
    #expect(ClaimText.digest(text).count == 64)
  }
}

@Suite struct ComparisonReportTests {
  /// The six, and one that varies choices.
  private static let varied = Samples.record(
    Samples.six + [SpecificationReportTests.choices(word: "a | <i>b")])

  private func changes() -> RecordComparison {
    var new = Self.varied
    new.hypotheses[0].verdict = .artifact
    new.hypotheses[0].source += " claim"
    new.hypotheses[1].score?.value = Record.Number(0.2)
    new.hypotheses[3].name = "re<b>named | \"x\"\u{1B}"
    new.data[0].sha256 = "ff"
    new.seed = 2
    new.hypotheses[6].specifications?.cells[0].verdict = .corroborated
    new.hypotheses[6].specifications?.cells.removeLast()
    return RecordComparison(Self.varied, new)
  }

  @Test func everyKindIsCountedAndCanFail() {
    let changes = changes()
    for kind in RecordComparison.Kind.allCases {
      #expect(changes.count(kind) == 1, "\(kind)")
      #expect(changes.fails(on: [kind]))
    }
    #expect(changes.fails() && !changes.fails(on: []))
    let none = RecordComparison(Sample.six.record, Sample.six.record)
    #expect(none.isEmpty && !none.fails(on: Set(RecordComparison.Kind.allCases)))
    #expect(changes.text.contains("text     a planted property is found"))
  }

  @Test func markdownHoldsNoMarkupOfOthers() {
    let text = changes().markdown(failing: [.verdict, .data])
    #expect(text.contains("### Refute: 8 changes, 2 of which fail a run"))
    #expect(text.contains("| **verdict** | a planted property is found | ✓ corroborated | ≈ artifact: "))
    #expect(
      text.contains(
        "| drift | noun embeddings encode taxonomic properties | R² 0.412 [0.371, 0.443] | R² 0.200 |"))
    #expect(!text.contains("<b>") && !text.contains("named |") && !text.contains("\u{1B}"))
    for line in text.split(separator: "\n") where line.hasPrefix("|") {
      #expect(line.count { $0 == "|" } == 5)
    }
    #expect(RecordComparison(Sample.six.record, Sample.six.record).markdown().contains("no finding changed"))
    // However many changes: it fits a comment.
    var many = Sample.six.record
    let claim = many.hypotheses[0]
    many.hypotheses = (0..<2_000).map { index in
      var claim = claim
      claim.name = String(repeating: "|", count: 190) + "\(index)"
      return claim
    }
    #expect(RecordComparison(Sample.empty.record, many).markdown().count < 65_536)
  }

  @Test func jsonSaysTheSame() throws {
    let document = try JSONValue(changes().json(failing: [.verdict]))
    #expect(document["schema"]?.text == "refute-diff/1")
    #expect(document["regressed"] == .bool(true))
    let changes = try #require(document["changes"]?.items)
    #expect(
      changes.compactMap { $0["kind"]?.text } == [
        "verdict", "drift", "specification", "vanished", "new", "text", "data", "seed",
      ])
    #expect(
      changes.map { $0["fails"] == .bool(true) } == [true, false, false, false, false, false, false, false])
    #expect(changes[1]["old_interval"] == .array([.number(0.371), .number(0.443)]))
    #expect(changes[4]["name"]?.text == "re<b>named | \"x\"\u{1B}")
    #expect(changes[6]["new"]?.text == "ff")
    #expect(changes[7]["old"]?.text == "1" && changes[7]["new"]?.text == "2")
    let schema = try JSONSchema(
      contentsOf: JSONSchema.repository + "/docs/schemas/refute-diff-1.schema.json")
    #expect(try schema.problems(of: self.changes().json()).isEmpty)
    let specification = changes[2]
    #expect(specification["old_total"] == .number(18) && specification["new_total"] == .number(17))
    let items = try #require(specification["specifications"]?.items)
    #expect(
      items.map { $0["choices"]?.text }.sorted { $0! < $1! }.last == "folds 7, layer layer4, probe a | <i>b")
    #expect(items.count == 2 && items.contains { $0["new"] == nil && $0["old"] != nil })
  }

  @Test func changesOfSpecificationsAreToldAndFailOnlyWhereAsked() throws {
    let old = Self.varied
    let claim = try #require(old.hypotheses.last?.specifications)
    var new = old
    new.hypotheses[6].specifications?.cells[4].verdict = .invalid
    let changes = RecordComparison(old, new)
    #expect(!changes.isEmpty && !changes.fails() && changes.fails(on: [.specification]))
    let before = claim.cells.count { $0.verdict == .corroborated }
    let after = new.hypotheses[6].specifications!.cells.count { $0.verdict == .corroborated }
    let was = claim.cells[4].verdict
    let head =
      "specification layer 4 encodes concreteness, whatever one chooses: the verdict held in \(before) of 18 "
      + "specifications, holds in \(after) of 18\n"
    #expect(
      changes.text == head + "         folds 7, layer layer2, probe ridge: was \(was.rawValue), is invalid\n")
    // Through a baseline file it is the same; one from before specifications were kept knows nothing.
    let baseline = Baseline.accepting(old, old: nil, reason: "r", removing: false).baseline
    let stored = try Baseline(baseline.text, path: "b")
    #expect(baseline.text.contains("  varied   \(was.rawValue) \"folds 7, layer layer2, probe ridge\"\n"))
    #expect(RecordComparison(stored, new).specificationChanges == changes.specificationChanges)
    #expect(RecordComparison(stored, old).specificationChanges.isEmpty)
    let earlier = baseline.text.split(separator: "\n", omittingEmptySubsequences: false)
      .filter { !$0.hasPrefix("  varied") }.joined(separator: "\n")
    #expect(RecordComparison(try Baseline(earlier, path: "b"), new).specificationChanges.isEmpty)
    for bad in ["varied   corroborated", "varied   splendid \"x\"", "varied   \"x\" corroborated"] {
      let text = baseline.text.replacingOccurrences(
        of: "varied   \(was.rawValue) \"folds 7, layer layer2, probe ridge\"", with: bad)
      #expect(throws: LedgerError.self) { try Baseline(text, path: "b") }
    }
    // Accepting writes what is new.
    let accepted = Baseline.accepting(new, old: stored, reason: "s", removing: false)
    #expect(accepted.accepted == [new.hypotheses[6].name])
    let annotation = GitHubAnnotations.render(changes, in: new, failing: [.specification])
    #expect(annotation.contains("title=Refute%3A specification::layer 4") && annotation.contains("holds in"))
    #expect(GitHubAnnotations.render(changes, in: new).isEmpty)
  }

  @Test func annotationsPointAtTheClaims() {
    var new = Sample.six.record
    new.hypotheses[0].verdict = .artifact
    new.hypotheses.removeLast()
    let text = GitHubAnnotations.render(RecordComparison(Sample.six.record, new), in: new)
    #expect(
      text.hasPrefix("::error file=Hypotheses/nouns.hypothesis,line=3,title=Refute%3A verdict::a planted"))
    #expect(text.contains("::error title=Refute%3A vanished::the missing file: is no longer tested\n"))
    #expect(text.split(separator: "\n").count == 2)
  }
}
