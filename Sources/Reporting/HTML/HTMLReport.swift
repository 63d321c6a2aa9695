public import Hypotheses

/// `index.html`: the audit report. One file, with its drawings and its style sheet inside; no script, nothing is
/// loaded from anywhere.
public enum HTMLReport {
  /// - Parameters:
  ///   - record: the run.
  ///   - failOn: the verdicts that fail where a hypothesis pins none.
  /// - Returns: an HTML document that is well-formed XML too.
  public static func render(_ record: Record, failOn: Set<Verdict> = Record.defaultFailOn) -> String {
    ReportTemplate.page.render(Page(record, failOn: failOn))
  }
}

// What the template shows. Mustache looks a name that it does not find up in the enclosing values, so optional
// content has a flag of its own and names are not used twice with different meaning along one path.

struct Fact {
  var term: String
  var value: String
}

/// A claim's name as a heading.
func heading(_ name: String) -> String {
  let title = name.line.shortened(to: 400)
  return title.allSatisfy(\.isWhitespace) ? "(a claim without a name)" : title
}

private struct Page {
  struct Tally {
    var verdict: String
    var verdictWord: String
    var count: String
  }

  /// A claim's p beside those of the others.
  struct FamilyRow {
    var memberAnchor: String
    var member: String
    var memberRival: String
    var memberP: String
    var holm: String
    var hochberg: String
    var yekutieli: String
  }

  var headline: String
  var title: String
  var conclusion: String
  var isPartial: Bool
  var registrationSummary: String
  var hasRegistrationSummary: Bool
  var schema: String
  var facts: [Fact]
  var tally: [Tally]
  var claims: [Section]
  var hasClaims: Bool
  var familySentence: String
  var family: [FamilyRow]
  var hasFamily: Bool
  var dataFiles: [Record.DataFile]
  var hasData: Bool
  var glossary: [Glossary.Term]
  var environment: [Fact]

  init(_ record: Record, failOn: Set<Verdict>) {
    headline = record.headline
    title =
      switch record.hypotheses.count {
      case 0: "No claim was tested"
      case 1: "1 claim, tested against its rivals"
      case let count: "\(Format.count(count)) claims, tested against their rivals"
      }
    conclusion = record.conclusion(failOn: failOn)
    isPartial = record.status == .partial
    registrationSummary = record.registrationSummary ?? ""
    hasRegistrationSummary = !registrationSummary.isEmpty
    schema = record.schema
    let environment = record.environment
    var facts = [Fact(term: "Seed", value: String(record.seed))]
    func add(_ term: String, _ value: String?) {
      if let value, !value.isEmpty { facts.append(Fact(term: term, value: value.line.shortened(to: 300))) }
    }
    add("Refute", environment.refute)
    add(
      "Commit", environment.git.map { $0.commit.shortened(to: 12) + ($0.dirty ? ", with local changes" : "") }
    )
    add("Started", record.timing.started.map { $0.replacingT })
    add("Took", record.timing.seconds?.finite.map(Format.seconds))
    add("Replicates", record.replicates.map { "\(Format.count($0)), for every rival" })
    self.facts = facts

    facts = []
    add("Swift", environment.swift)
    add("GSL", environment.gsl)
    add("OpenBLAS", environment.openblas)
    add("Kernel", environment.kernel)
    add("Threads", environment.threads.map(String.init))
    add("Jobs", environment.jobs.map(String.init))
    add("System", environment.os)
    add("Architecture", environment.architecture)
    add("Host", environment.host)
    add("Lock", environment.lock.map(Page.lock))
    add("Command", environment.command.map { $0.map(\.shellQuoted).joined(separator: " ") })
    self.environment = facts

    let counts = record.counts
    tally = Verdict.reportOrder.compactMap { verdict in
      counts[verdict].map {
        Tally(
          verdict: verdict.rawValue, verdictWord: $0 == 1 ? verdict.rawValue : verdict.plural,
          count: Format.count($0))
      }
    }
    var anchors: Set<String> = []
    claims = record.hypotheses.enumerated().map { index, claim in
      var anchor = claim.name.anchor
      if !anchors.insert(anchor).inserted {
        anchor += "-\(index + 1)"
        anchors.insert(anchor)
      }
      return Section(claim, of: record, index: index, anchor: anchor, failOn: failOn)
    }
    hasClaims = !claims.isEmpty
    let sections = claims
    familySentence = record.familySentence ?? ""
    family = record.family.map { index, _, adjusted in
      func text(_ number: Record.Number) -> String { Format.probability(number.finite ?? .nan) }
      return FamilyRow(
        memberAnchor: sections[index].anchor, member: sections[index].name,
        memberRival: adjusted.rival.line.shortened(to: 120), memberP: text(adjusted.p),
        holm: text(adjusted.holm),
        hochberg: text(adjusted.benjaminiHochberg), yekutieli: text(adjusted.benjaminiYekutieli))
    }
    hasFamily = !family.isEmpty
    dataFiles = record.data.map { .init(path: $0.path.line, sha256: $0.sha256.line) }
    hasData = !dataFiles.isEmpty
    glossary = Glossary.terms
  }

  private static func lock(_ lock: RunEnvironment.LockFile) -> String {
    let commit = lock.commit.map { "committed in \($0.shortened(to: 12))" } ?? "not committed as it was read"
    return "\(lock.file), SHA-256 \(lock.sha256.shortened(to: 12)), \(commit)"
  }
}

/// One claim.
private struct Section {
  struct ClaimFact {
    var termID: String
    var term: String
    var value: String
    var remark: String
  }

  struct CriterionRow {
    var kind: String
    var subject: String
    var criterion: String
    var value: String
    var interval: String
    var outcome: String
  }

  struct GateRow {
    var gate: String
    var detail: String
  }

  struct WarningRow {
    var warningRule: String
    var warningText: String
  }

  struct AloneRow {
    var source: String
    var aloneScore: String
    var aloneShare: String
  }

  /// A piece of the claim as written, with the class that gives it its colour.
  struct SourceToken {
    var kind: String
    var text: String
  }

  var anchor: String
  var ordinal: String
  var place: String
  var name: String
  var verdict: String
  var verdictWord: String
  var expectation: String
  var expectationSentence: String
  var reason: String
  var warnings: [WarningRow]
  var hasWarnings: Bool
  var assumptions: [String]
  var hasAssumptions: Bool
  var citations: [String]
  var hasCitations: Bool
  var lacksScore: Bool
  var lacksExpectation: Bool
  var scoreText: String
  var scoreRange: String
  var claimFacts: [ClaimFact]
  var hasFacts: Bool
  var forests: [ForestPlot.Drawing]
  var maps: [HeatMap]
  var hasMaps: Bool
  var mapCaption: String
  var curvePlots: [CurvePlot]
  var specificationCurves: [SpecificationPlot]
  var nulls: [NullPlot]
  var hasNulls: Bool
  var criteria: [CriterionRow]
  var hasCriteria: Bool
  var structureFacts: [Fact]
  var aloneRows: [AloneRow]
  var hasStructure: Bool
  var failedGates: [GateRow]
  var hasFailedGates: Bool
  var passedGates: [GateRow]
  var hasPassedGates: Bool
  var passedGatesTitle: String
  var remedies: [String]
  var hasRemedies: Bool
  var notes: [String]
  var hasNotes: Bool
  var readings: [ReadingRows]
  var hasReadings: Bool
  var tokens: [SourceToken]
  var hasSource: Bool
  var registration: String
  var hasRegistration: Bool
  var command: String
  var reproduction: String
  var digest: String
  var hasDigest: Bool

  init(_ claim: Record.Claim, of record: Record, index: Int, anchor: String, failOn: Set<Verdict>) {
    self.anchor = anchor
    ordinal = "Claim \(index + 1)"
    place = "\(claim.file.line.shortened(to: 200)):\(claim.line)"
    name = heading(claim.name)
    verdict = claim.verdict.rawValue
    verdictWord = claim.verdict.rawValue
    let fails = Record.isFailure(claim, failOn: failOn)
    expectation = claim.expected.map { fails ? "✗ \($0.rawValue)" : "✓ \($0.rawValue)" } ?? "–"
    expectationSentence =
      switch claim.expected {
      case let expected? where fails: "The file pins “\(expected.rawValue)”: this claim fails the run."
      case _?: "As the file pins it."
      case nil: fails ? "No verdict is pinned; this one fails the run." : "No verdict is pinned."
      }
    reason = claim.reason.line
    warnings = (claim.warnings ?? []).map {
      WarningRow(warningRule: $0.rule.line.shortened(to: 80), warningText: $0.sentence.line)
    }
    hasWarnings = !warnings.isEmpty
    assumptions = (claim.assumptions ?? []).map(\.sentence.line)
    hasAssumptions = !assumptions.isEmpty
    citations = claim.citations.map(\.line)
    hasCitations = !citations.isEmpty
    lacksScore = claim.score == nil
    lacksExpectation = claim.expected == nil
    scoreText = Format.score(claim.score?.value)
    scoreRange = claim.score.map { Format.interval($0.interval) } ?? ""

    claimFacts = Section.facts(claim)
    hasFacts = !claimFacts.isEmpty
    var plots: [ForestPlot.Drawing] = []
    if let score = claim.score { plots.append(.init(ForestPlot(claim, score: score), legend: true)) }
    if let margins = ForestPlot(marginsOf: claim) { plots.append(.init(margins)) }
    forests = plots
    maps = claim.family.map { HeatMap.maps($0, metric: claim.score?.metric ?? "") } ?? []
    hasMaps = !maps.isEmpty
    mapCaption = claim.family.map { Section.caption($0, claim) } ?? ""
    curvePlots = CurvePlot.plots(claim)
    specificationCurves = [SpecificationPlot(claim)].compactMap(\.self)
    nulls = claim.rivals.compactMap { NullPlot($0, observed: claim.score?.value.finite) }
    hasNulls = !nulls.isEmpty
    criteria = Section.criteria(claim)
    hasCriteria = !criteria.isEmpty
    structureFacts = claim.structure.map(Section.facts) ?? []
    aloneRows = (claim.structure?.alone ?? []).map {
      AloneRow(
        source: referenceWords($0.name).line.shortened(to: 80), aloneScore: Format.score($0.score),
        aloneShare: Format.share($0.share))
    }
    hasStructure = claim.structure != nil

    func rows(_ passed: Bool) -> [GateRow] {
      claim.gates.filter { $0.passed == passed }.map { GateRow(gate: $0.name.line, detail: $0.detail.line) }
    }
    failedGates = rows(false)
    hasFailedGates = !failedGates.isEmpty
    passedGates = rows(true)
    hasPassedGates = !passedGates.isEmpty
    passedGatesTitle =
      passedGates.count == 1
      ? "1 check of the instrument passed"
      : "\(Format.count(passedGates.count)) checks of the instrument passed"
    remedies = claim.remedies.map(\.line)
    hasRemedies = !remedies.isEmpty
    notes =
      claim.notes.map(\.line)
      + claim.rivals.flatMap { rival in
        rival.notes.map { "\(rival.label.line.shortened(to: 120)): \($0.line)" }
      }
    hasNotes = !notes.isEmpty
    readings = (claim.read ?? []).map(ReadingRows.init)
    hasReadings = !readings.isEmpty
    tokens = ClaimText.tokens(claim.source.block).map { SourceToken(kind: $0.kind.rawValue, text: $0.text) }
    hasSource = !tokens.isEmpty
    registration = claim.registration?.sentence ?? ""
    hasRegistration = !registration.isEmpty

    command = "refute run \(claim.file.shellQuoted) --only \(claim.name.shellQuoted) --seed \(record.seed)"
    if let replicates = record.replicates { command += " --replicates \(replicates)" }
    if let folder = record.environment.dataFolder, folder != "Data" {
      command += " --data \(folder.shellQuoted)"
    }
    if record.environment.allowsOutside == true { command += " --allow-outside" }
    let files = claim.data.map(\.line).joined(separator: ", ")
    reproduction =
      "The same seed and the same data give the same numbers on any number of cores."
      + (files.isEmpty ? "" : " It reads \(files); the digests stand under Data.")
    digest = claim.digest.line
    hasDigest = !digest.isEmpty
  }

  private static func facts(_ structure: Record.Structure) -> [Fact] {
    func percent(_ number: Record.Number) -> String {
      guard let value = number.finite else { return "–" }
      return value > 0 && value < 0.1 ? "\(Format.score(100 * value)) %" : Format.share(number)
    }
    let spread = structure.featuresPerItem
    var facts = [
      Fact(
        term: "Items × columns",
        value: "\(Format.count(structure.items)) × \(Format.count(structure.columns))"),
      Fact(term: "Density", value: percent(structure.density)),
      Fact(
        term: "Features per item",
        value: "\(Format.score(spread.mean)) on average, \(Format.count(spread.least)) to "
          + Format.count(spread.largest)),
      Fact(term: "Features of one item only", value: percent(structure.singletons)),
      Fact(term: "Items with the targets of another", value: Format.count(structure.duplicates)),
      Fact(term: "In the commonest tenth of the features", value: percent(structure.topTenth)),
      Fact(term: "Gini coefficient of the features", value: Format.score(structure.gini)),
    ]
    if let taxonomy = structure.taxonomy {
      facts.append(
        Fact(
          term: "Variance between categories",
          value: "\(percent(taxonomy.between)) by \(taxonomy.column.line.shortened(to: 80)) "
            + "(\(Format.count(taxonomy.categories)) categories; \(percent(taxonomy.expected)) if dealt at random)"
        ))
    }
    return facts
  }

  private static func facts(_ claim: Record.Claim) -> [ClaimFact] {
    var facts: [ClaimFact] = []
    if let score = claim.score {
      facts.append(
        ClaimFact(
          termID: "score", term: metricWords(score.metric).line, value: Format.score(score.value),
          remark: Format.interval(score.interval)))
      for side in score.sides ?? [] {
        facts.append(
          ClaimFact(
            termID: "normalized", term: "\(side.name.line.shortened(to: 60)), normalized",
            value: Format.score(side.normalized), remark: side.figures.line))
      }
      if let normalized = score.normalized?.finite {
        facts.append(
          ClaimFact(termID: "normalized", term: "Normalized", value: Format.score(normalized), remark: ""))
      }
      if let training = score.training?.finite {
        facts.append(
          ClaimFact(termID: "score", term: "On its training items", value: Format.score(training), remark: "")
        )
      }
      for reference in score.references ?? [] {
        facts.append(
          ClaimFact(
            termID: "reference", term: referenceWords(reference.name).line.shortened(to: 80),
            value: Format.score(reference.value), remark: ""))
      }
    }
    if let items = claim.items, let units = claim.units, let dimensions = claim.dimensions {
      let unit = (claim.unit ?? "item").line.shortened(to: 80)
      facts.append(ClaimFact(termID: "unit", term: "Items", value: Format.count(items), remark: ""))
      facts.append(
        ClaimFact(
          termID: "unit", term: "Units", value: Format.count(units),
          remark: unit == "item" ? "every item is one" : "by \(unit)"))
      facts.append(
        ClaimFact(termID: "rival", term: "Rivals", value: Format.count(claim.rivals.count), remark: ""))
      facts.append(
        ClaimFact(termID: "score", term: "Dimensions", value: Format.count(dimensions), remark: ""))
    }
    return facts
  }

  /// What the shades and marks of a family's map mean.
  private static func caption(_ family: Record.Family, _ claim: Record.Claim) -> String {
    var parts = [
      "\(Format.count(family.size)) cells, shaded from 0 to the largest score."
    ]
    if let best = family.best {
      let place = family.axes.compactMap { axis in
        best[axis.name].map { "\(axis.name.line.shortened(to: 40)) \($0.description.line.shortened(to: 40))" }
      }
      parts.append("Framed: the cell that decides (\(place.joined(separator: ", "))).")
    }
    if family.cells.contains(where: { $0.pAdjusted != nil }) {
      parts.append("Bold: p adjusted for the family is at most 0.05.")
    }
    if family.cells.contains(where: { !$0.founded }) {
      parts.append("Hatched: the claim’s premise does not hold there.")
    }
    return parts.joined(separator: " ")
  }

  private static func criteria(_ claim: Record.Claim) -> [CriterionRow] {
    var rows: [CriterionRow] = []
    for premise in claim.premises {
      rows.append(
        CriterionRow(
          kind: "premise",
          subject: premise.name.line.shortened(to: 120) + (premise.place.map { " at \($0)" } ?? ""),
          criterion:
            "\(metricWords(premise.metric).line) \(premise.comparison.sign) \(Format.threshold(premise.threshold))",
          value: Format.score(premise.value), interval: Format.interval(premise.interval),
          outcome: premise.outcome.rawValue))
    }
    if let score = claim.score {
      rows.append(
        CriterionRow(
          kind: "claim",
          subject: score.name.line.shortened(to: 120) + (score.comparedSides.map { " = \($0)" } ?? ""),
          criterion:
            "\(metricWords(score.metric).line) \(score.comparison.sign) \(Format.threshold(score.threshold))",
          value: Format.score(score.value), interval: Format.interval(score.interval),
          outcome: score.outcome.rawValue))
    }
    for rival in claim.rivals {
      for criterion in rival.criteria {
        let isP = criterion.quantity == .p
        let interval = criterion.interval
        rows.append(
          CriterionRow(
            kind: "against", subject: rival.label.line.shortened(to: 120),
            criterion:
              "\(criterion.quantity.words) \(criterion.comparison.sign) \(Format.threshold(criterion.threshold))",
            value: isP
              ? Format.probability(criterion.value?.finite ?? .nan) : Format.score(criterion.value),
            interval: isP
              ? (rival.exact == true ? "exact" : Format.probabilities(interval)) : Format.interval(interval),
            outcome: criterion.outcome.rawValue))
      }
      if let equivalence = rival.equivalence {
        rows.append(
          CriterionRow(
            kind: "against", subject: rival.label.line.shortened(to: 120),
            criterion: "margin within ±\(Format.threshold(equivalence.bound))",
            value: Format.score(rival.margin), interval: "90 %: \(Format.interval(equivalence.interval))",
            outcome: equivalence.asCriterion.rawValue))
      }
    }
    return rows
  }
}

extension Verdict {
  fileprivate var plural: String { self == .artifact ? "artifacts" : rawValue }
}

extension String {
  /// An anchor made of the name's letters and digits.
  fileprivate var anchor: String {
    var out = "claim"
    var pending = true
    for scalar in unicodeScalars where out.utf8.count < 64 {
      if scalar.isASCII, scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) {
        if pending { out += "-" }
        pending = false
        out += scalar.properties.lowercaseMapping
      } else {
        pending = true
      }
    }
    return out
  }

  /// The string as one word of a POSIX shell.
  fileprivate var shellQuoted: String {
    let plain = unicodeScalars.allSatisfy {
      $0.isASCII
        && ($0.properties.isAlphabetic || ("0"..."9").contains($0)
          || "-_./:=@%+,".unicodeScalars.contains($0))
    }
    return plain && !isEmpty
      ? self
      : "'" + line.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
  }

  /// `2026-01-31 12:00:00Z`.
  fileprivate var replacingT: String { String(map { $0 == "T" ? " " : $0 }) }
}
