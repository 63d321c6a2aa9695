// Everything that comes from a hypothesis file, a tensor name or a cell is untrusted: it may change the text of a
// report, never its structure or the terminal's state.

extension String {
  /// The string on one line, with everything invisible that could act on a reader's screen made visible as U+FFFD.
  package var line: String { cleaned(keepingLines: false) }

  /// The same with its line ends and tabs kept.
  package var block: String { cleaned(keepingLines: true) }

  private func cleaned(keepingLines: Bool) -> String {
    var out = String.UnicodeScalarView()
    var afterReturn = false
    var marks = 0
    for scalar in unicodeScalars {
      marks = scalar.isCombining ? marks + 1 : 0
      switch scalar {
      // No script stacks so many; more would be drawn over the lines around.
      case _ where marks > 8: if marks == 9 { out.append("\u{FFFD}") }
      case "\r": out.append(keepingLines ? "\n" : " ")
      case "\n":
        if !afterReturn { out.append(keepingLines ? "\n" : " ") }
      case "\t": out.append(keepingLines ? "\t" : " ")
      case _ where scalar.isHostile: out.append("\u{FFFD}")
      default: out.append(scalar)
      }
      afterReturn = scalar == "\r"
    }
    return String(out)
  }

  /// The first `limit` characters, with an ellipsis where some are left out.
  func shortened(to limit: Int) -> String {
    // Counting scalars bounds the bytes too: one character can carry any number of combining marks.
    let scalars = unicodeScalars
    guard scalars.count > limit else { return self }
    return String(String.UnicodeScalarView(scalars.prefix(limit - 1))) + "…"
  }

  /// Escaped for the text and the quoted attributes of HTML, XHTML, SVG and XML.
  ///
  /// It goes by scalars. By characters, a quote that carries a combining mark is one character, not a quote, and
  /// would end an attribute unescaped.
  var markupEscaped: String {
    var out = ""
    out.reserveCapacity(utf8.count)
    for scalar in unicodeScalars {
      switch scalar {
      case "&": out += "&amp;"
      case "<": out += "&lt;"
      case ">": out += "&gt;"
      case "\"": out += "&quot;"
      case "'": out += "&#39;"
      default: out.unicodeScalars.append(scalar.isHostile ? "\u{FFFD}" : scalar)
      }
    }
    return out
  }
}

extension Unicode.Scalar {
  fileprivate var isCombining: Bool {
    // The first combining mark is U+0300; the look-up is slow.
    value >= 0x300
      && (properties.generalCategory == .nonspacingMark || properties.generalCategory == .enclosingMark)
  }

  /// Control characters, non-characters (both of which XML 1.0 refuses or discourages), and the directional
  /// overrides that make a text read in another order than it is written.
  fileprivate var isHostile: Bool {
    switch value {
    case 0x09, 0x0A, 0x0D: false
    case 0...0x1F, 0x7F...0x9F: true
    case 0x200E, 0x200F, 0x061C, 0x202A...0x202E, 0x2066...0x2069: true
    case 0x2028, 0x2029: true
    case 0xFDD0...0xFDEF: true
    default: value & 0xFFFE == 0xFFFE
    }
  }
}
