public import Hypotheses

/// `summary.md`: a table of verdicts and the grounds of those that matter, in GitHub-flavoured Markdown, for pull
/// requests and step summaries.
public enum MarkdownSummary {
  /// GitHub refuses comments of more than 65,536 characters.
  static let limit = 60_000

  /// - Parameters:
  ///   - record: the run.
  ///   - failOn: the verdicts that fail where a hypothesis pins none.
  public static func render(_ record: Record, failOn: Set<Verdict> = Record.defaultFailOn) -> String {
    var out = "### Refute: \(record.headline)\n\n"
    out += record.conclusion(failOn: failOn)
    if record.status == .partial { out += " **The run was interrupted: this is a partial record.**" }
    if let summary = record.registrationSummary { out += " " + summary }
    out += "\n\n"
    guard !record.hypotheses.isEmpty else { return out }

    out += "| | verdict | claim | score | strongest rival | expected |\n|---|---|---|---|---|---|\n"
    var leftOut = 0
    for claim in record.hypotheses {
      let row = row(claim, fails: Record.isFailure(claim, failOn: failOn))
      if out.count + row.count < limit / 2 { out += row } else { leftOut += 1 }
    }
    if leftOut > 0 { out += "\n\(Format.count(leftOut)) more claims are in the HTML report.\n" }
    out += "\n"
    out += family(record, room: limit * 2 / 3 - out.count)

    // What fails is told first: it may be all that there is room for.
    let ordered = record.hypotheses.enumerated().sorted {
      let (a, b) = (
        Record.isFailure($0.element, failOn: failOn), Record.isFailure($1.element, failOn: failOn)
      )
      return a == b ? $0.offset < $1.offset : a
    }
    var untold = 0
    for (_, claim) in ordered {
      let details = details(claim, open: Record.isFailure(claim, failOn: failOn))
      if out.count + details.count < limit { out += details } else { untold += 1 }
    }
    if untold > 0 { out += "The grounds of \(Format.count(untold)) more claims are in the HTML report.\n\n" }
    out += "<sub>seed \(record.seed)"
    if let version = record.environment.refute { out += " · Refute \(version.shortened(to: 60).markdown)" }
    if let git = record.environment.git {
      out += " · commit \(git.commit.shortened(to: 12).markdown)\(git.dirty ? " with local changes" : "")"
    }
    return out + "</sub>\n"
  }

  private static func row(_ claim: Record.Claim, fails: Bool) -> String {
    let score = claim.score.map { "\(Format.score($0.value)) \(Format.interval($0.interval))" } ?? "–"
    let rival = claim.strongestRival.map { "\($0.label.shortened(to: 80).markdown): \($0.keyFigure)" } ?? "–"
    let expected = claim.expected.map { $0.rawValue + (fails ? " ✗" : " ✓") } ?? "–"
    return
      "| \(claim.verdict.symbol) | **\(claim.verdict.rawValue)** | \(claim.name.shortened(to: 200).markdown) "
      + "| \(score) | \(rival) | \(expected) |\n"
  }

  /// The claims' p-values beside each other; nothing where there are fewer than two.
  private static func family(_ record: Record, room: Int) -> String {
    guard let sentence = record.familySentence else { return "" }
    var out = "<details><summary>Several claims in one run</summary>\n\n\(sentence.markdownLine)\n\n"
    out +=
      "| claim | rival | largest p | Holm | Benjamini–Hochberg | Benjamini–Yekutieli |\n|---|---|---|---|---|---|\n"
    var leftOut = 0
    for (_, claim, adjusted) in record.family {
      let figures = [
        adjusted.p, adjusted.holm, adjusted.benjaminiHochberg, adjusted.benjaminiYekutieli,
      ].map { Format.probability($0.finite ?? .nan) }
      let row =
        "| \(claim.name.shortened(to: 200).markdown) | \(adjusted.rival.shortened(to: 80).markdown) "
        + "| \(figures.joined(separator: " | ")) |\n"
      if out.count + row.count < room { out += row } else { leftOut += 1 }
    }
    if leftOut > 0 { out += "\n\(Format.count(leftOut)) more claims are in the HTML report.\n" }
    return out + "\n</details>\n\n"
  }

  private static func details(_ claim: Record.Claim, open: Bool) -> String {
    var out =
      "<details\(open ? " open" : "")><summary>\(claim.verdict.symbol) \(claim.verdictAndExpectation): "
    out += "\(claim.name.shortened(to: 200).markdown)</summary>\n\n"
    out += "\(claim.reason.shortened(to: 1000).markdownLine)\n\n"
    if let score = claim.score {
      out += "- claim: \(metricWords(score.metric).markdown) \(Format.score(score.value)) "
      out += "\(Format.interval(score.interval)), asked \(score.comparison.sign.markdown) "
      out += "\(Format.threshold(score.threshold)): \(score.outcome.rawValue); "
      if let compared = score.comparedSides {
        out += "compared are \(compared.markdown)\n"
        for side in score.sides ?? [] {
          out += "  - \(side.name.shortened(to: 80).markdown): \(side.figures.markdown), "
          out += "normalized \(Format.score(side.normalized))\n"
        }
      } else {
        out += "floor \(Format.score(score.floor)), ceiling \(Format.score(score.ceiling))"
        for reference in score.references ?? [] {
          let name = referenceWords(reference.name).shortened(to: 80).lowercased()
          out += ", \(name.markdown) \(Format.score(reference.value))"
        }
        out += "\n"
      }
    }
    if let specifications = claim.specifications {
      out += "- specifications: \(specifications.sentence(of: claim.verdict).markdown)\n"
    }
    if let cell = claim.decidingCell { out += "- family: decided by \(cell.markdown)\n" }
    if let alone = claim.structure?.alone, !alone.isEmpty {
      let parts = alone.map { entry in
        let name = referenceWords(entry.name).shortened(to: 80).lowercased().markdown
        let share = entry.share.map { " (\(Format.share($0)) of the score)" } ?? ""
        return "\(name) \(Format.score(entry.score))\(share)"
      }
      out += "- structure alone: \(parts.joined(separator: ", "))\n"
    }
    for premise in claim.premises {
      let place = premise.place.map { " at \($0.markdown)" } ?? ""
      out += "- premise \(premise.name.shortened(to: 80).markdown)\(place): \(Format.score(premise.value)) "
      out += "\(Format.interval(premise.interval)), asked \(premise.comparison.sign.markdown) "
      out += "\(Format.threshold(premise.threshold)): \(premise.outcome.rawValue)\n"
    }
    for warning in claim.warnings ?? [] {
      out += "- warning \(warning.rule.shortened(to: 80).markdown): "
      out += "\(warning.sentence.shortened(to: 700).markdown)\n"
    }
    for assumption in claim.assumptions ?? [] {
      out += "- assumed, not tested: \(assumption.sentence.shortened(to: 500).markdown)\n"
    }
    for gate in claim.gates where !gate.passed {
      out +=
        "- check failed, \(gate.name.shortened(to: 80).markdown): \(gate.detail.shortened(to: 300).markdown)\n"
    }
    if !claim.rivals.isEmpty {
      out += "\n| rival | replicates | mean | criterion | found | outcome |\n|---|---:|---:|---|---|---|\n"
      for rival in claim.rivals {
        let margin = "margin \(Format.score(rival.margin)) \(Format.interval(rival.marginInterval))"
        let found = [
          rival.p.map { Format.p($0) }, rival.tail?.words, margin,
          rival.added.map { "added \(Format.score($0.value)) \(Format.interval($0.interval))" },
          rival.equivalence?.words,
        ]
        .compactMap(\.self)
        .joined(separator: "; ")
        out += "| \(rival.label.shortened(to: 120).markdown) | \(Format.count(rival.replicates)) "
        out += "| \(Format.score(rival.mean)) | \(rival.criterion.shortened(to: 120).markdown) "
        out += "| \(found) | \(rival.outcome.symbol) \(rival.outcome.rawValue) |\n"
      }
    }
    if let registration = claim.registration {
      out += "\n\(registration.sentence.shortened(to: 500).markdownLine)\n"
    }
    for remedy in claim.remedies { out += "\n> \(remedy.shortened(to: 500).markdownLine)\n" }
    return out + "\n</details>\n\n"
  }
}

extension String {
  /// The text and nothing else wherever Markdown is read: no cell ends, no code, tags, links, mentions, issue
  /// references, formulas, emphasis or lists.
  ///
  /// Character references do it: GitHub's Markdown never takes one for structure, also inside a table and inside
  /// raw HTML.
  var markdown: String { markdown(startsLine: false) }

  /// The same for a text that starts a line of its own, where `-` and `1.` would make a list.
  var markdownLine: String { markdown(startsLine: true) }

  private func markdown(startsLine: Bool) -> String {
    var out = ""
    let scalars = Array(line.unicodeScalars.drop { $0 == " " })
    for (index, scalar) in scalars.enumerated() {
      let isStructure =
        switch scalar {
        case "&", "<", ">", "\"", "'", "|", "`", "*", "_", "[", "]", "!", "\\", "~", "$", "@", "#", "{", "}":
          true
        // `https://` and `www.` become links by themselves.
        case ":": index + 1 < scalars.count && scalars[index + 1] == "/"
        case ".": index >= 3 && scalars[(index - 3)..<index].allSatisfy { $0 == "w" || $0 == "W" }
        case "-", "+", "=", "0"..."9": startsLine && index == 0
        default: false
        }
      if isStructure { out += "&#\(scalar.value);" } else { out.unicodeScalars.append(scalar) }
    }
    return out
  }
}
