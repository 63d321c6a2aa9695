/// One section of the documentation, as `refute explain` shows it.
public struct Explanation: Sendable, Hashable {
  /// What it is about.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    case verdict, rule, metric, probe, part, rival
    /// A check of the instrument.
    case check
  }

  /// What it is asked for by: the keyword, or the name of the verdict or rule.
  public var topic: String
  public var kind: Kind
  /// The file in docs/ that holds it.
  public var document: String
  /// The section as the file holds it, from its heading on.
  public var markdown: String
}

/// The documentation that is part of the program.
public enum Explanations {
  /// Every section, in the order of the documents.
  public static let all: [Explanation] =
    sections(of: PackageResources.verdicts_md, in: "verdicts.md", level: 2) { _ in .verdict }
    + sections(of: PackageResources.rivals_md, in: "rivals.md", level: 2) { _ in .rival }
    + sections(of: PackageResources.measurements_md, in: "measurements.md", level: 3) {
      $0 == "Probes" ? .probe : $0 == "Parts of a measure" ? .part : .metric
    }
    + sections(of: PackageResources.rules_md, in: "rules.md", level: 3) { _ in .rule }

  /// The sections about `topic`: as it is written, or with `-` for `_` and in any case.
  public static func about(_ topic: String) -> [Explanation] {
    let wanted = plain(topic)
    return all.filter { plain($0.topic) == wanted }
  }

  /// The topics that are written most like `topic`, the nearest first.
  public static func near(_ topic: String) -> [String] {
    let wanted = Array(plain(String(topic.prefix(60))))
    var seen: Set<String> = []
    let ranked = all.filter { seen.insert($0.topic).inserted }.map { explanation in
      let candidate = plain(explanation.topic)
      let isPart = wanted.count > 2 && candidate.contains(String(wanted))
      return (explanation.topic, isPart ? 0 : distance(wanted, Array(candidate)))
    }
    return ranked.filter { $0.1 <= max(2, wanted.count / 3) }.sorted { ($0.1, $0.0) < ($1.1, $1.0) }
      .prefix(3).map(\.0)
  }

  private static func plain(_ topic: String) -> String {
    String(topic.lowercased().map { $0 == "-" || $0 == " " ? "_" : $0 })
  }

  /// Levenshtein's distance.
  private static func distance(_ a: [Character], _ b: [Character]) -> Int {
    var row = Array(0...b.count)
    for (i, x) in a.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, y) in b.enumerated() {
        let above = row[j + 1]
        row[j + 1] = min(above + 1, row[j] + 1, diagonal + (x == y ? 0 : 1))
        diagonal = above
      }
    }
    return row[b.count]
  }

  /// The sections under headings of `level` that name a topic.
  ///
  /// - Parameter kind: from the heading of the level above.
  private static func sections(
    of bytes: [UInt8], in document: String, level: Int, kind: (String) -> Explanation.Kind
  ) -> [Explanation] {
    var out: [Explanation] = []
    var chapter = ""
    var open: (topics: [String], kind: Explanation.Kind, lines: [Substring])?
    var isCode = false

    func close() {
      guard var section = open else { return }
      while section.lines.last?.isEmpty == true { section.lines.removeLast() }
      let markdown = section.lines.joined(separator: "\n") + "\n"
      out += section.topics.map {
        Explanation(topic: $0, kind: section.kind, document: document, markdown: markdown)
      }
      open = nil
    }

    for line in String(decoding: bytes, as: UTF8.self).split(
      separator: "\n", omittingEmptySubsequences: false)
    {
      if line.hasPrefix("```") { isCode.toggle() }
      let marks = isCode ? 0 : line.prefix { $0 == "#" }.count
      if marks > 0, marks <= level {
        close()
        let heading = line.dropFirst(marks).drop { $0 == " " }
        if marks < level { chapter = String(heading) }
        if marks == level {
          let names = heading.split(separator: " ").filter { $0 != "and" }.map(String.init)
          if names.allSatisfy(isTopic) {
            open = (names, kind(chapter), [])
          } else if heading == "Checks of the instrument" {
            open = (["checks"], .check, [])
          }
        }
      } else if open?.kind == .check, line.hasPrefix("| `") {
        // A row of the table names a check.
        let name = line.dropFirst(3).prefix { $0 != "`" }
        open?.topics.append(String(name))
      }
      open?.lines.append(line)
    }
    close()
    return out
  }

  private static func isTopic(_ name: String) -> Bool {
    name.unicodeScalars.allSatisfy {
      ("a"..."z").contains($0) || ("0"..."9").contains($0) || $0 == "_" || $0 == "-"
    }
  }
}
