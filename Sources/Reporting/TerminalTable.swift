public import Hypotheses

/// The table that ends a run in the terminal.
public enum TerminalTable {
  /// What the terminal can show.
  public struct Options: Sendable, Hashable {
    /// How many columns of text it has.
    public var columns: Int
    /// Whether ANSI colours may be used.
    public var color: Bool
    public var failOn: Set<Verdict>
    /// Shown in the last line.
    public var reportPath: String?

    public init(
      columns: Int = 80, color: Bool = false, failOn: Set<Verdict> = Record.defaultFailOn,
      reportPath: String? = nil
    ) {
      self.columns = columns
      self.color = color
      self.failOn = failOn
      self.reportPath = reportPath
    }
  }

  /// - Returns: the table, a sentence about the run and the path of the report, each line ended by a newline. No
  ///   line of the table is wider than the terminal where that has at least 40 columns.
  public static func render(_ record: Record, options: Options = Options()) -> String {
    let width = min(max(options.columns, 40), 160)
    var out = ""
    for claim in record.hypotheses {
      out += entry(claim, width: width, options: options)
    }
    if !record.hypotheses.isEmpty { out += "\n" }
    for line in wrapped(record.headline + ".", width: width) { out += line + "\n" }
    let conclusion = record.conclusion(failOn: options.failOn)
    out +=
      (record.failures(failOn: options.failOn).isEmpty ? conclusion : paint(conclusion, "1", options)) + "\n"
    if record.status == .partial { out += "The run was interrupted: this is a partial record.\n" }
    if let summary = record.registrationSummary {
      for line in wrapped(summary, width: width) { out += line + "\n" }
    }
    if let path = options.reportPath { out += "Report: \(path.line)\n" }
    return out
  }

  /// A line for the verdict, the claim and the score; under it the reason where something is to be explained.
  private static func entry(_ claim: Record.Claim, width: Int, options: Options) -> String {
    let fails = Record.isFailure(claim, failOn: options.failOn)
    let verdictWidth = 15  // `✓ corroborated` and a space
    let score = claim.score.map { "\(Format.score($0.value)) \(Format.interval($0.interval))" } ?? "–"
    let scoreWidth = 24
    let showsScore = width >= 72
    let nameWidth = width - verdictWidth - (showsScore ? scoreWidth + 2 : 0)

    let verdict = padded("\(claim.verdict.symbol) \(claim.verdict.rawValue)", to: verdictWidth)
    var names = wrapped(claim.name.line.shortened(to: 600), width: nameWidth)
    if names.count > 2 { names[1] = fitted(names[1] + " " + names[2], to: nameWidth) }
    var out = paint(verdict, color(claim.verdict), options)
    out +=
      showsScore
      ? padded(names.first ?? "", to: nameWidth) + "  " + fitted(score, to: scoreWidth) : names.first ?? ""
    while out.last == " " { out.removeLast() }
    out += "\n"
    if names.count > 1 { out += String(repeating: " ", count: verdictWidth) + names[1] + "\n" }

    var remarks: [String] = []
    if !showsScore, claim.score != nil { remarks.append("score \(score)") }
    if claim.verdict != .corroborated || fails {
      remarks.append(claim.reason.line)
    } else if let specifications = claim.specifications {
      remarks.append(specifications.sentence(of: claim.verdict))
    }
    // A warning that decides is the reason already.
    for warning in claim.warnings ?? [] where !(claim.verdict == .inconclusive && warning.isCapping) {
      let answer = warning.answer.map { "; answered: \($0)" } ?? ""
      remarks.append("warning \(warning.rule): \(warning.message)\(answer)".line)
    }
    if let registration = claim.registration, registration.status != .unlocked {
      remarks.append(registration.sentence)
    }
    if let expected = claim.expected, fails { remarks.append("expected \(expected.rawValue)") }
    let indent = String(repeating: " ", count: width >= 72 ? verdictWidth : 2)
    for (index, remark) in remarks.enumerated() {
      let isExpectation = index == remarks.count - 1 && fails && claim.expected != nil
      for line in wrapped(remark.shortened(to: 600), width: width - indent.count) {
        out += indent + paint(line, isExpectation ? "1;31" : "2", options) + "\n"
      }
    }
    return out
  }

  private static func paint(_ text: String, _ code: String, _ options: Options) -> String {
    options.color ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }

  private static func color(_ verdict: Verdict) -> String {
    switch verdict {
    case .corroborated: "1;36"
    case .artifact: "1;33"
    case .falsified: "1;35"
    case .unfounded: "1;35"
    case .inconclusive: "1"
    case .invalid: "1;31"
    }
  }

  private static func padded(_ text: String, to width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.terminalWidth))
  }

  /// `text`, cut with an ellipsis where it is wider than `width`.
  private static func fitted(_ text: String, to width: Int) -> String {
    if text.utf8.count <= width || text.terminalWidth <= width { return text }
    var out = ""
    var used = 0
    for character in text {
      let next = character.terminalWidth
      if used + next > width - 1 { break }
      out.append(character)
      used += next
    }
    return out + "…"
  }

  /// `text` in lines of at most `width` columns, broken at spaces; a word that is wider is cut.
  static func wrapped(_ text: String, width: Int) -> [String] {
    var lines: [String] = []
    var line = ""
    for word in text.split(separator: " ").map(String.init) {
      let joined = line.isEmpty ? word : line + " " + word
      if joined.terminalWidth <= width {
        line = joined
      } else {
        if !line.isEmpty { lines.append(line) }
        line = fitted(word, to: width)
      }
    }
    if !line.isEmpty { lines.append(line) }
    return lines
  }
}

extension String {
  /// How many terminal columns the string takes.
  var terminalWidth: Int { reduce(0) { $0 + $1.terminalWidth } }
}

extension Character {
  /// 2 for East Asian wide characters and emoji, 0 for a lone combining mark, 1 for the rest. Terminals differ for
  /// rare emoji sequences; nothing but the alignment of a line hangs on it.
  fileprivate var terminalWidth: Int {
    guard let first = unicodeScalars.first else { return 0 }
    if unicodeScalars.contains(where: { $0 == "\u{FE0F}" || $0.properties.isEmojiPresentation }) { return 2 }
    switch first.value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
      0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x20000...0x3FFFD:
      return 2
    default:
      switch first.properties.generalCategory {
      case .nonspacingMark, .enclosingMark, .format: return 0
      default: return 1
      }
    }
  }
}
