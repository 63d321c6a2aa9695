import Foundation
import Hypotheses
import Reporting
import Testing

private enum RenderingSamples {
  static let six = Samples.record(Samples.six)
  static let hostile = Samples.record(
    Samples.hostileStrings.enumerated().map { Samples.hostile($1, index: $0) })
  static let extreme = Samples.record(
    Samples.extremeValues.enumerated().flatMap { index, value in
      [0.3, 0, .nan, 1e300, -1e9].map { Samples.extreme(value, $0, index: index) }
    })
}
private let six = RenderingSamples.six
private let hostile = RenderingSamples.hostile
private let extreme = RenderingSamples.extreme

/// Named, because a whole record as an argument would be printed.
enum Sample: CaseIterable {
  case six, hostile, extreme, empty

  var record: Record {
    switch self {
    case .six: RenderingSamples.six
    case .hostile: RenderingSamples.hostile
    case .extreme: RenderingSamples.extreme
    case .empty: Samples.record([])
    }
  }
}

/// `#expect` would print the whole text.
private func expect(
  _ text: String, contains part: String, at location: Testing.SourceLocation = #_sourceLocation
) {
  let isThere = text.contains(part)
  #expect(isThere, "lacks \(part.prefix(200))", sourceLocation: location)
}

private func expect(
  _ text: String, lacks part: String, at location: Testing.SourceLocation = #_sourceLocation
) {
  let isThere = text.contains(part)
  #expect(!isThere, "holds \(part.prefix(200))", sourceLocation: location)
}

@Suite struct HTMLReportTests {
  /// Elements that the template has; text can add none.
  private static let known: Set<String> = [
    "a", "bdi", "body", "br", "circle", "code", "dd", "defs", "details", "div", "dl", "dt", "figcaption",
    "figure",
    "footer", "g", "h1", "h2", "h3", "head", "header", "html", "li", "line", "main", "meta", "nav", "ol", "p",
    "path",
    "pre",
    "rect", "section", "span", "strong", "style", "summary", "svg", "table", "tbody", "td", "text", "th",
    "thead",
    "title", "tr", "ul", "use",
  ]

  @Test(arguments: Sample.allCases)
  func isWellFormedAndSelfContained(_ sample: Sample) throws {
    let record = sample.record
    let html = HTMLReport.render(record)
    #expect(html.hasPrefix("<!DOCTYPE html>"))
    let outline = XMLOutline(html)
    #expect(outline.failure == nil)
    #expect(Set(outline.elements.map(\.name)).subtracting(Self.known).isEmpty)
    for element in outline.elements {
      for (name, value) in element.attributes {
        #expect(!name.lowercased().hasPrefix("on"), "\(element.name) \(name)")
        #expect(name != "src" && name != "srcset" && name != "data")
        if name == "href" { #expect(value.hasPrefix("#")) }
        if name == "style" { #expect(!value.contains("url")) }
      }
    }
    let style = outline.all("style").map(\.text).joined()
    #expect(!style.contains("url(") && !style.contains("@import") && !style.contains("{{"))
  }

  @Test(arguments: [Sample.six, .hostile, .extreme])
  func anchorsLeadSomewhere(_ sample: Sample) {
    let record = sample.record
    let outline = XMLOutline(HTMLReport.render(record))
    let ids = outline.elements.compactMap { $0.attributes["id"] }
    #expect(Set(ids).count == ids.count)
    for element in outline.elements {
      if let target = element.attributes["href"] { #expect(ids.contains(String(target.dropFirst()))) }
    }
  }

  /// Every place in every drawing is a finite number within the drawing.
  @Test(arguments: [Sample.six, .extreme])
  func drawingsHoldOnlyFiniteNumbers(_ sample: Sample) throws {
    let record = sample.record
    let outline = XMLOutline(HTMLReport.render(record))
    let places: Set<String> = [
      "x", "x1", "x2", "y", "y1", "y2", "width", "height", "dx", "dy", "r", "cx", "cy",
    ]
    for element in outline.elements
    where ["line", "rect", "text", "circle", "svg", "use"].contains(element.name) {
      for (name, value) in element.attributes where places.contains(name) {
        let number = try #require(
          Double(value.hasSuffix("%") ? String(value.dropLast()) : value), "\(name)=\(value)")
        #expect(number.isFinite)
        if value.hasSuffix("%") { #expect(number >= 0 && number <= 100) }
      }
    }
  }

  @Test func showsEverything() {
    let outline = XMLOutline(HTMLReport.render(six))
    let text = outline.elements.map(\.text).joined(separator: "\n")
    for claim in six.hypotheses {
      expect(text, contains: claim.name)
      expect(text, contains: claim.reason)
      expect(outline.all("span").map(\.text).joined(), contains: claim.source)
      for remedy in claim.remedies { expect(text, contains: remedy) }
      for gate in claim.gates { expect(text, contains: gate.detail) }
      for note in claim.notes { expect(text, contains: note) }
      for rival in claim.rivals { expect(text, contains: rival.label) }
    }
    for verdict in Verdict.allCases { expect(text, contains: verdict.rawValue) }
    for file in six.data { expect(text, contains: file.sha256) }
    expect(text, contains: "p = 0.0001")
    expect(text, contains: "; tail about 3.2 × 10⁻⁷ (approximate)")
    expect(
      MarkdownSummary.render(six), contains: "| p = 0.0001; tail about 3.2 × 10⁻⁷ (approximate); margin ")
    #expect(
      text.contains("refute run Hypotheses/nouns.hypothesis --only 'word length predicts valence' --seed 1"))
    expect(text, lacks: "nan")
  }

  @Test func showsWhatTheTargetsAreMadeOf() {
    let record = Samples.record([Samples.norms])
    let outline = XMLOutline(HTMLReport.render(record))
    #expect(outline.failure == nil)
    let text = outline.elements.map(\.text).joined(separator: "\n")
    for part in [
      "Nearest copy", "0.262", "Rank ceiling", "0.481", "541 × 2,360", "0.570 %", "64 %",
      "13.50 on average, 6 to 26",
      "17 % by norms.category (26 categories; 4.600 % if dealt at random)", "Popularity alone", "42 %",
      "Category means alone", "86 %",
    ] { expect(text, contains: part) }
    let summary = MarkdownSummary.render(record)
    expect(summary, contains: "ceiling 0.785, nearest copy 0.262, rank ceiling 0.481")
    expect(
      summary,
      contains:
        "- structure alone: popularity alone 0.144 (42 % of the score), category means alone 0.291 (86 %")
  }

  @Test func everyClaimCanBeReachedAndEveryNumberLookedUp() throws {
    let outline = XMLOutline(HTMLReport.render(six))
    let links = outline.all("a").compactMap { $0.attributes["href"] }
    let claims = outline.all("section").filter { $0.attributes["class"] == "claim" }
    #expect(claims.count == 6)
    // From the contents, from the table of verdicts, from the claim itself, and from the family where it is in it.
    for (claim, section) in zip(six.hypotheses, claims) {
      let anchor = try #require(section.attributes["id"])
      #expect(links.count { $0 == "#" + anchor } == (claim.adjusted == nil ? 3 : 4))
    }
    for place in ["#contents", "#verdicts", "#family", "#data", "#terms", "#run"] {
      #expect(links.contains(place))
    }
    // Every term is linked from some report, so that no definition is written for nobody.
    let norms = XMLOutline(HTMLReport.render(Samples.record([Samples.norms, TextFamilyReportTests.heads()])))
    let allLinks = links + norms.all("a").compactMap { $0.attributes["href"] }
    let terms = outline.elements.compactMap { $0.attributes["id"] }.filter { $0.hasPrefix("term-") }
    #expect(terms.count > 15)
    let verdicts = Set(Verdict.allCases.map { "term-" + $0.rawValue })
    for term in terms where !verdicts.contains(term) && term != "term-registration" {
      let isLinked = allLinks.contains("#" + term)
      #expect(isLinked, "\(term)")
    }
  }

  /// A quote with a combining mark is one character, and no quote to those who go by characters.
  @Test func escapesByScalars() {
    let html = HTMLReport.render(Samples.record([Samples.hostile("\"\u{301} onmouseover=\"x", index: 1)]))
    #expect(!html.unicodeScalars.contains("\u{301}") || html.contains("&quot;\u{301} onmouseover=&quot;"))
    #expect(XMLOutline(html).failure == nil)
  }

  @Test func isReproducible() {
    let isSame = HTMLReport.render(six) == HTMLReport.render(six)
    #expect(isSame)
  }

  @Test func saysThatARecordIsPartial() {
    #expect(HTMLReport.render(Samples.record([], status: .partial)).contains("interrupted"))
  }
}

@Suite struct JUnitReportTests {
  @Test(arguments: Sample.allCases)
  func isWellFormed(_ sample: Sample) {
    let record = sample.record
    let xml = JUnitReport.render(record)
    let outline = XMLOutline(xml)
    #expect(outline.failure == nil)
    #expect(
      Set(outline.elements.map(\.name)).subtracting([
        "testsuites", "testsuite", "properties", "property", "testcase", "failure", "error", "system-out",
      ]).isEmpty)
    #expect(outline.all("testcase").count == record.hypotheses.count)
    for scalar in xml.unicodeScalars where scalar.value < 0x20 { #expect(scalar == "\n" || scalar == "\t") }
  }

  /// What the schemas of Jenkins and GitLab allow: these attributes, these places.
  private static let allowed: [String: (required: Set<String>, optional: Set<String>)] = [
    "testsuites": (["name", "tests", "failures", "errors", "time"], []),
    "testsuite": (["name", "tests", "failures", "errors", "skipped", "time"], ["timestamp"]),
    "properties": ([], []), "property": (["name", "value"], []),
    "testcase": (["name", "classname", "time"], []),
    "failure": (["message", "type"], []), "error": (["message", "type"], []), "system-out": ([], []),
  ]

  @Test(arguments: Sample.allCases)
  func passesAStrictReader(_ sample: Sample) throws {
    let outline = XMLOutline(JUnitReport.render(sample.record))
    for element in outline.elements {
      let allowed = try #require(Self.allowed[element.name], "\(element.name)")
      let names = Set(element.attributes.keys)
      #expect(allowed.required.isSubset(of: names), "\(element.name)")
      #expect(names.isSubset(of: allowed.required.union(allowed.optional)), "\(element.name)")
      for name in ["tests", "failures", "errors", "skipped"] {
        if let value = element.attributes[name] { #expect(Int(value).map { $0 >= 0 } == true) }
      }
      if let time = element.attributes["time"] {
        #expect(Double(time).map { $0 >= 0 && $0.isFinite } == true)
      }
      if let time = element.attributes["timestamp"] { #expect(time.count == 19) }
      // Text stands only where text may stand.
      if !["failure", "error", "system-out"].contains(element.name) {
        let isBlank = element.text.allSatisfy { $0.isWhitespace }
        #expect(isBlank, "\(element.name)")
      }
    }
    // Each element within the one that may hold it, and the counts are those of the elements.
    let parents = [
      "testsuite": "testsuites", "properties": "testsuite", "property": "properties", "testcase": "testsuite",
      "failure": "testcase", "error": "testcase", "system-out": "testcase",
    ]
    for (element, parent) in zip(outline.elements, outline.parents) {
      #expect(parents[element.name] == parent.map { outline.elements[$0].name })
    }
    let root = try #require(outline.all("testsuites").first)
    for (attribute, name) in [("tests", "testcase"), ("failures", "failure"), ("errors", "error")] {
      #expect(root.attributes[attribute] == "\(outline.all(name).count)")
    }
  }

  @Test func saysWhatFails() throws {
    let outline = XMLOutline(JUnitReport.render(six))
    let root = try #require(outline.all("testsuites").first)
    #expect(root.attributes["tests"] == "6")
    #expect(root.attributes["failures"] == "2")
    #expect(root.attributes["errors"] == "1")
    #expect(root.attributes["time"] == "19.200")
    let suites = outline.all("testsuite")
    #expect(
      suites.map { $0.attributes["name"] } == ["Hypotheses/nouns.hypothesis", "Hypotheses/heads.hypothesis"])
    #expect(suites[0].attributes["timestamp"] == "2026-01-31T12:00:00")
    let failures = outline.all("failure")
    #expect(failures.map { $0.attributes["type"] } == ["falsified", "unfounded"])
    #expect(
      failures[0].attributes["message"]?.hasPrefix("falsified, expected artifact: The score 0.041") == true)
    #expect(outline.all("error").map { $0.attributes["type"] } == ["invalid"])
    #expect(outline.all("testcase")[0].attributes["classname"] == "Hypotheses/nouns.hypothesis")
  }

  @Test func anUnexpectedArtifactFailsWithItsReason() throws {
    var record = six
    record.hypotheses[1].expected = nil
    let failure = try #require(XMLOutline(JUnitReport.render(record)).all("failure").first)
    #expect(failure.attributes["type"] == "artifact")
    #expect(failure.text.contains("random_embedding(gaussian, replicates: 200) reproduces 95 %"))
    #expect(XMLOutline(JUnitReport.render(record, failOn: [])).all("failure").count == 1)
  }
}

@Suite struct MarkdownSummaryTests {
  @Test(arguments: Sample.allCases)
  func fitsAComment(_ sample: Sample) {
    let record = sample.record
    let text = MarkdownSummary.render(record)
    #expect(text.count < 65_536)
    // Every table row has as many cells as its header: no cell was broken.
    var columns = 0
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      guard line.hasPrefix("|") else {
        columns = 0
        continue
      }
      let cells = line.count { $0 == "|" } - 1
      if columns == 0 { columns = cells }
      #expect(cells == columns)
    }
    #expect(text.count { $0 == "\u{FFFD}" } == 0 || sample == .hostile)
  }

  @Test func neutralisesMarkup() {
    let text = MarkdownSummary.render(hostile)
    for forbidden in [
      "<script", "<img", "@everyone", "](", "`", "**bold**", "https://e.x", "www.e.x", "\u{1B}", "\u{202E}",
      "\n- item", "\n1. item", "\n# heading",
    ] {
      expect(text, lacks: forbidden)
    }
    // The only tags are the renderer's own.
    let tags = text.split(separator: "<").dropFirst().map { $0.prefix { $0 != ">" && $0 != " " } }
    #expect(Set(tags).subtracting(["details", "/details", "summary", "/summary", "sub", "/sub"]).isEmpty)
    #expect(tags.count { $0 == "details" } == tags.count { $0 == "/details" })
  }

  @Test func showsVerdictsAndGrounds() {
    let text = MarkdownSummary.render(six)
    expect(text, contains: "### Refute: 6 claims: 1 corroborated, 1 artifact")
    #expect(
      text.contains(
        "| ≈ | **artifact** | noun embeddings encode taxonomic properties | 0.412 [0.371, 0.443] |"))
    expect(text, contains: "<details open><summary>✗ falsified, expected artifact: word length")
    expect(text, contains: "Refute 0.1.0")
  }
}

@Suite struct TerminalTableTests {
  @Test(arguments: [40, 50, 72, 80, 120, 300])
  func fitsTheTerminal(_ columns: Int) {
    for record in [six, extreme] {
      let text = TerminalTable.render(record, options: .init(columns: columns, reportPath: "r.html"))
      for line in text.split(separator: "\n") { #expect(line.count <= columns, "\(line)") }
    }
  }

  @Test func sendsNoControlCharacters() {
    let plain = TerminalTable.render(hostile, options: .init(columns: 80, color: false))
    for scalar in plain.unicodeScalars {
      #expect(scalar == "\n" || (scalar.value >= 0x20 && !(0x7F...0x9F).contains(scalar.value)))
    }
    let coloured = TerminalTable.render(hostile, options: .init(columns: 80, color: true))
    // Only its own colours: each one is closed.
    expect(coloured, lacks: "\u{1B}[31mred")
    #expect(coloured.count { $0 == "\u{1B}" } % 2 == 0)
  }

  @Test func endsWithTheReport() {
    let text = TerminalTable.render(six, options: .init(columns: 80, reportPath: "Reports/index.html"))
    #expect(text.hasSuffix("3 claims fail this run.\nReport: Reports/index.html\n"))
    expect(text, contains: "✗ falsified    word length predicts valence             0.041 [0.012, 0.068]\n")
    expect(text, contains: "expected artifact")
  }
}
