/// Text with places where it may be broken into lines.
indirect enum Layout {
  case text(String)
  case space
  /// A space, or a new line where the group is broken.
  case line
  /// Nothing, or a new line where the group is broken.
  case softLine
  case newLine
  /// Broken as a whole if it does not fit on its line.
  case group([Layout])
  /// New lines in it start further in.
  case nested([Layout])

  static let width = 110

  /// The parts on one line, or `nil` where that cannot be: a line comment, or a comment of several lines.
  static func flat(_ parts: [Layout]) -> String? {
    var text = ""
    var needsSpace = false
    return append(parts, to: &text, &needsSpace) ? text : nil
  }

  private static func append(_ parts: [Layout], to text: inout String, _ needsSpace: inout Bool) -> Bool {
    for part in parts {
      switch part {
      case .text(let piece):
        if piece.utf8.contains(0x0A) { return false }
        if needsSpace { text += " " }
        needsSpace = false
        text += piece
      case .space, .line: needsSpace = true
      case .softLine: break
      case .newLine: return false
      case .group(let inner), .nested(let inner):
        if !append(inner, to: &text, &needsSpace) { return false }
      }
    }
    return true
  }
}

/// Writes layouts. Spaces and new lines are held back until text follows, so that no line ends in a space, and a
/// comment's new line cannot be lost or doubled.
struct LayoutWriter {
  private(set) var text = ""
  private var column: Int
  private var needsSpace = false
  private var needsLine = false

  /// - Parameter column: where the text will start on its line.
  init(column: Int) {
    self.column = column
  }

  /// - Parameters:
  ///   - indent: where new lines start.
  ///   - isFlat: whether the parts stay on one line, as far as comments allow.
  ///   - tail: the width of what will follow on the same line.
  mutating func write(_ parts: [Layout], indent: Int, isFlat: Bool, tail: Int = 0) {
    for (index, part) in parts.enumerated() {
      switch part {
      case .text(let piece): put(piece, indent)
      case .space: needsSpace = true
      case .line: if isFlat { needsSpace = true } else { needsLine = true }
      case .softLine: if !isFlat { needsLine = true }
      case .newLine: needsLine = true
      case .nested(let inner):
        write(inner, indent: indent + 2, isFlat: isFlat, tail: tail)
      case .group(let inner):
        let start = needsLine ? indent : column + (needsSpace ? 1 : 0)
        let rest = isFlat ? 0 : tailWidth(parts[(index + 1)...], tail)
        let width = Layout.flat(inner).map { $0.unicodeScalars.count }
        write(
          inner, indent: indent, isFlat: width.map { start + $0 + rest <= Layout.width } ?? false, tail: rest)
      }
    }
  }

  /// The width of what follows up to the next place where a line may end.
  private func tailWidth(_ parts: ArraySlice<Layout>, _ outer: Int) -> Int {
    var width = 0
    for part in parts {
      switch part {
      case .line, .softLine, .newLine: return width
      case .space: width += 1
      case .text(let piece): width += piece.unicodeScalars.count
      case .group(let inner), .nested(let inner):
        guard let flat = Layout.flat(inner) else { return width }
        width += flat.unicodeScalars.count
      }
    }
    return width + outer
  }

  private mutating func put(_ piece: String, _ indent: Int) {
    if needsLine {
      text += "\n" + String(repeating: " ", count: indent)
      column = indent
    } else if needsSpace {
      text += " "
      column += 1
    }
    needsLine = false
    needsSpace = false
    text += piece
    if let last = piece.lastIndex(of: "\n") {
      column = piece[piece.index(after: last)...].unicodeScalars.count
    } else {
      column += piece.unicodeScalars.count
    }
  }
}
