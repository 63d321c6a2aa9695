/// How the keys of a table's rows meet those of activations.
public struct KeyMatch: Sendable, Hashable {
  /// How many rows must have activations.
  public var needed: Int
  /// How many of them have.
  public var shared: Int
  /// Some of those that have none, in the table's order.
  public var missing: [String]
  /// Some keys of the activations that are not in the table.
  public var others: [String]
  /// By what the two sides' keys differ, in one clause; `nil` where it is not known.
  public var explanation: String?

  /// - Parameters: the keys of either side, in their order; those of the table are the ones that are needed.
  public init(table: [String], activations: [String]) {
    let held = Set(activations.map(Identifier.init))
    let lacking = table.filter { !held.contains(Identifier($0)) }
    needed = table.count
    shared = table.count - lacking.count
    missing = Array(lacking.prefix(3))
    (others, explanation) = ([], nil)
    guard !lacking.isEmpty else { return }
    let wanted = Set(table.map(Identifier.init))
    let spare = activations.filter { !wanted.contains(Identifier($0)) }
    others = Array(spare.prefix(3))
    explanation = Self.explanation(of: lacking, Array(spare.prefix(50_000)))
  }

  /// What turns keys that do not meet into keys that do, tried on the first thousand of the table.
  private static func explanation(of table: [String], _ activations: [String]) -> String? {
    guard !table.isEmpty, !activations.isEmpty else { return nil }
    let wanted = Array(table.prefix(1_000))
    var best: (met: Int, words: String)?
    /// The more keys meet, the better; at least half of them, so that chance explains nothing.
    func consider(_ met: Int, _ words: String) {
      if 2 * met > wanted.count, met > best?.met ?? 0 { best = (met, words) }
    }
    let held = Set(activations.map(Identifier.init))
    for form in forms {
      let changed = Set(activations.map { Identifier(form.change($0)) })
      consider(wanted.count { changed.contains(Identifier($0)) }, form.words("those of the activations"))
      consider(wanted.count { held.contains(Identifier(form.change($0))) }, form.words("those of the table"))
      consider(
        wanted.count { changed.contains(Identifier(form.change($0))) }, form.words("those of both sides"))
    }
    // Swift's own strings are equal where Unicode calls them canonically equivalent.
    let canonical = Set(activations)
    consider(
      wanted.count { canonical.contains($0) },
      "the two sides are in different Unicode forms, so that they look alike and differ in bytes: normalise both (`unicodedata.normalize(\"NFC\", key)`)"
    )
    if let (met, words) = affix(wanted, activations, held) { consider(met, words) }
    return best?.words
  }

  private struct Form {
    var words: @Sendable (_ whose: String) -> String
    var change: @Sendable (String) -> String
  }

  private static let forms: [Form] = [
    Form(
      words: { "\($0) have spaces at an end: strip them (`key.strip()`)" },
      change: { text in
        var rest = Substring(text)
        while rest.first?.isWhitespace == true { rest.removeFirst() }
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return String(rest)
      }),
    Form(
      words: {
        "\($0) begin with `Ġ`, by which byte-pair tokenizers mark a space before a word: write both sides alike (`key.lstrip(\"Ġ\")`)"
      }, change: { dropping("\u{120}", from: $0) }),
    Form(
      words: {
        "\($0) begin with `▁`, by which SentencePiece marks a space before a word: write both sides alike (`key.lstrip(\"▁\")`)"
      }, change: { dropping("\u{2581}", from: $0) }),
    Form(
      words: { "\($0) begin with `##`, by which WordPiece marks the inner pieces of a word" },
      change: { dropping("##", from: $0) }),
    Form(
      words: { "\($0) stand between quotation marks: write the texts themselves, not their `repr`" },
      change: { text in
        var rest = Substring(text)
        if rest.hasPrefix("b'") || rest.hasPrefix("b\"") { rest.removeFirst() }
        guard rest.count > 1, let mark = rest.first, mark == "'" || mark == "\"", rest.last == mark else {
          return text
        }
        return String(rest.dropFirst().dropLast())
      }),
    Form(
      words: { "\($0) are written as fractions (`3.0`): write whole numbers as such (`str(int(key))`)" },
      change: { text in
        guard let point = text.firstIndex(of: "."), point != text.startIndex,
          text[text.index(after: point)...].allSatisfy({ $0 == "0" })
        else { return text }
        return String(text[..<point])
      }),
    Form(
      words: { "\($0) begin with zeros (`007`)" },
      change: { text in
        let rest = text.drop { $0 == "0" }
        return rest.isEmpty ? text : String(rest)
      }),
    Form(
      words: { "\($0) differ in case: write both sides alike (`key.lower()`)" }, change: { $0.lowercased() }),
    Form(
      words: { "\($0) have `_` where the others have a space, or the reverse" },
      change: { $0.replacing("_", with: " ") }),
    Form(
      words: { "\($0) end in a number, such as a place in a sentence: write both sides alike" },
      change: { text in
        let rest = text.reversed().drop { ("0"..."9").contains($0) }
        guard rest.count < text.count, let mark = rest.first, ":_-/#.@".contains(mark), rest.count > 1 else {
          return text
        }
        return String(rest.dropFirst().reversed())
      }),
  ]

  private static func dropping(_ mark: String, from text: String) -> String {
    text.hasPrefix(mark) && text != mark ? String(text.dropFirst(mark.count)) : text
  }

  /// A constant text before or after the keys of one side: a folder, the end of a file's name.
  private static func affix(
    _ table: [String], _ activations: [String], _ held: Set<Identifier>
  ) -> (met: Int, words: String)? {
    /// Which of `keys` is in `text`, and what stands around it.
    func around(_ text: String, _ keys: [String]) -> (before: String, after: String)? {
      for key in keys.sorted(by: { $0.utf8.count > $1.utf8.count }) where key.utf8.count < text.utf8.count {
        if text.hasPrefix(key) { return ("", String(text.dropFirst(key.count))) }
        if text.hasSuffix(key) { return (String(text.dropLast(key.count)), "") }
      }
      return nil
    }
    func words(_ whose: String, _ before: String, _ after: String) -> String {
      before.isEmpty
        ? "\(whose) end in `\(after)`, and the others do not"
        : "\(whose) begin with `\(before)`, and the others do not"
    }
    if let (before, after) = around(activations[0], table) {
      let met = table.count { held.contains(Identifier(before + $0 + after)) }
      if met > 0 { return (met, words("those of the activations", before, after)) }
    }
    guard let (before, after) = around(table[0], Array(activations.prefix(1_000))) else { return nil }
    let met = table.count { key in
      key.hasPrefix(before) && key.hasSuffix(after) && key.count > before.count + after.count
        && held.contains(Identifier(String(key.dropFirst(before.count).dropLast(after.count))))
    }
    return met > 0 ? (met, words("those of the table", before, after)) : nil
  }
}
