internal import Hypotheses

/// Sentences with the head and the relation of every word, read from a CoNLL-U file
/// (https://universaldependencies.org/format.html).
public struct Treebank: Sendable {
  /// The file as errors name it.
  public let name: String
  /// In the order of the file; no two have the same id.
  public let sentences: [Sentence]
  /// The SHA-256 digest of the file, in lower-case hexadecimal digits.
  public let sha256: String

  /// How many words all sentences have together.
  public var wordCount: Int { sentences.reduce(0) { $0 + $1.words.count } }
  /// How many empty nodes were passed over.
  public var emptyNodeCount: Int { sentences.reduce(0) { $0 + $1.emptyNodeCount } }

  /// Larger files are refused: a treebank is held in memory.
  public static let byteLimit = 512 << 20
  /// Longer sentences are refused: distances within a sentence take the square of its length.
  public static let wordLimit = 4_096

  public struct Sentence: Sendable, Hashable {
    /// What `# sent_id = ` says; `s` and the sentence's position from 1 where there is none.
    public let id: String
    /// The line of its first word or comment, from 1.
    public let line: Int
    /// At least one.
    public let words: [Word]
    /// Their heads.
    public let tree: DependencyTree
    /// Stretches of words that are written as one, in order; they do not overlap.
    public let multiwordTokens: [MultiwordToken]
    /// How many empty nodes (`8.1`) were passed over.
    public let emptyNodeCount: Int

    /// How many arcs lie between each word and the root.
    public var depths: [Int] { tree.depths }
    /// How many arcs lie between any two words: words by words, row-major.
    public var distances: [Int] { tree.distances }
  }

  /// A syntactic word. What the file has as `_` is `nil`, but for `form` and `relation`, which are kept as written.
  public struct Word: Sendable, Hashable {
    public let form: String
    public let lemma: String?
    /// The universal part of speech.
    public let upos: String?
    /// The treebank's own part of speech.
    public let xpos: String?
    /// As written: `Case=Nom|Number=Plur`.
    public let features: String?
    /// The position of the head from 1; 0 for the root.
    public let head: Int
    /// With its subtype: `nsubj:pass`.
    public let relation: String
    /// From 1.
    public let line: Int

    /// The value of a feature (`Number`), if the word has it.
    public func feature(_ name: String) -> String? {
      guard let features else { return nil }
      for pair in features.utf8.split(separator: UInt8(ascii: "|")) {
        guard let equals = pair.firstIndex(of: UInt8(ascii: "=")), pair[..<equals].elementsEqual(name.utf8)
        else { continue }
        return String(Substring(pair[pair.index(after: equals)...]))
      }
      return nil
    }
  }

  /// Words that are written as one: `vámonos` for `vamos nos`.
  public struct MultiwordToken: Sendable, Hashable {
    /// The positions of the words, from 1.
    public let words: ClosedRange<Int>
    public let form: String
    /// From 1.
    public let line: Int

    public init(words: ClosedRange<Int>, form: String, line: Int) {
      self.words = words
      self.form = form
      self.line = line
    }
  }

  /// Reads a whole treebank. Lines end with LF or CRLF; a byte order mark, comments, more than one empty line
  /// between sentences and a last sentence without one are accepted.
  /// - Parameter displayName: what errors are to call the file; the path if `nil`.
  /// - Postcondition: there is at least one sentence, every sentence has words, and their heads are a tree.
  /// - Throws: the first fault, with its line.
  public static func read(
    _ path: String, name displayName: String? = nil
  ) throws(ActivationError) -> Treebank {
    let name = displayName ?? path
    // Copied whatever its size, so that the digest and the words are of the same bytes.
    let file = try FileBytes(path: path, name: name, copyLimit: byteLimit)
    guard file.count <= byteLimit else {
      throw ActivationError(file: name, problem: .tooLarge(bytes: file.count, limit: byteLimit))
    }
    return try file.withBytes { bytes throws(ActivationError) in
      guard !bytes.isEmpty else { throw ActivationError(file: name, problem: .empty) }
      if let format = ForeignFormats.recognise(bytes), format != .text {
        throw ActivationError(file: name, problem: .foreign(format))
      }
      var reader = TreebankReader(bytes, file: name)
      return Treebank(name: name, sentences: try reader.sentences(), sha256: try file.sha256())
    }
  }
}

/// One pass over the lines of a CoNLL-U file.
private struct TreebankReader {
  private let bytes: UnsafeRawBufferPointer
  private let file: String
  private var done: [Treebank.Sentence] = []
  /// Where each id stands.
  private var lineOfID: [Identifier: Int] = [:]
  /// From 1: the line that is being read.
  private var line = 0
  private var open = Open()

  /// The sentence that is being read.
  private struct Open {
    var firstLine: Int?
    var id: (text: String, line: Int)?
    var words: [Treebank.Word] = []
    var multiwordTokens: [Treebank.MultiwordToken] = []
    var emptyNodes = 0
    /// The number of the last empty node since the last word.
    var lastEmptyNode = 0
  }

  private static let columnNames = [
    "ID", "FORM", "LEMMA", "UPOS", "XPOS", "FEATS", "HEAD", "DEPREL", "DEPS", "MISC",
  ]

  init(_ bytes: UnsafeRawBufferPointer, file: String) {
    self.bytes = bytes
    self.file = file
  }

  mutating func sentences() throws(ActivationError) -> [Treebank.Sentence] {
    var start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    while start < bytes.count {
      let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
      let stop = end > start && bytes[end - 1] == 0x0D ? end - 1 : end
      line += 1
      if start == stop {
        try close()
      } else {
        if open.firstLine == nil { open.firstLine = line }
        guard !bytes[start..<stop].contains(0) else {
          throw ActivationError(
            file: file, place: .init(line: line, offset: start), problem: .tableSyntax(.nulByte))
        }
        if trimmed(start..<stop).isEmpty { throw fault(.lineOfSpaces, line: line) }
        if bytes[start] == UInt8(ascii: "#") {
          try comment(start + 1..<stop)
        } else {
          try row(start..<stop)
        }
      }
      start = end + 1
    }
    try close()
    guard !done.isEmpty else { throw fault(.noSentences, line: nil) }
    return done
  }

  private func fault(
    _ rule: ActivationError.TreebankRule, line: Int?, column: String? = nil
  ) -> ActivationError {
    ActivationError(
      file: file, place: .init(line: line, column: column, sentence: open.id?.text), problem: .treebank(rule))
  }

  private func text(_ range: Range<Int>) throws(ActivationError) -> String {
    guard let text = String(validating: bytes[range], as: UTF8.self) else {
      throw ActivationError(
        file: file, place: .init(line: line, offset: range.lowerBound), problem: .tableSyntax(.notUTF8))
    }
    return text
  }

  /// Without spaces and tabs on either side.
  private func trimmed(_ range: Range<Int>) -> Range<Int> {
    var (low, high) = (range.lowerBound, range.upperBound)
    while low < high, bytes[low] == 0x20 || bytes[low] == 0x09 { low += 1 }
    while low < high, bytes[high - 1] == 0x20 || bytes[high - 1] == 0x09 { high -= 1 }
    return low..<high
  }

  private mutating func comment(_ range: Range<Int>) throws(ActivationError) {
    _ = try text(range)
    guard open.words.isEmpty, open.multiwordTokens.isEmpty, open.emptyNodes == 0 else {
      throw fault(.commentInside, line: line)
    }
    guard let equals = bytes[range].firstIndex(of: UInt8(ascii: "=")),
      bytes[trimmed(range.lowerBound..<equals)].elementsEqual("sent_id".utf8)
    else { return }
    let id = try text(trimmed(equals + 1..<range.upperBound))
    guard !id.isEmpty else { throw fault(.emptyID, line: line) }
    if let first = open.id { throw fault(.secondID(id, firstLine: first.line), line: line) }
    open.id = (id, line)
    if let first = lineOfID.updateValue(line, forKey: Identifier(id)) {
      throw fault(.duplicateID(id, firstLine: first), line: line)
    }
  }

  /// A line that stands for a word, a multiword token or an empty node.
  private mutating func row(_ range: Range<Int>) throws(ActivationError) {
    var cells: [Range<Int>] = []
    cells.reserveCapacity(10)
    var (start, count) = (range.lowerBound, 0)
    while true {
      let end = bytes[start..<range.upperBound].firstIndex(of: 0x09) ?? range.upperBound
      count += 1
      if count <= 10 { cells.append(start..<end) }
      if end == range.upperBound { break }
      start = end + 1
    }
    guard count == 10 else { throw fault(.columnCount(count), line: line) }
    var values: [String] = []
    values.reserveCapacity(10)
    for (cell, name) in zip(cells, Self.columnNames) {
      guard !cell.isEmpty else { throw fault(.emptyCell, line: line, column: name) }
      values.append(try text(cell))
    }

    let id = cells[0]
    let next = open.words.count + 1
    if let dash = bytes[id].firstIndex(of: UInt8(ascii: "-")) {
      guard let first = number(id.lowerBound..<dash), let last = number(dash + 1..<id.upperBound) else {
        throw fault(.notID(values[0]), line: line, column: "ID")
      }
      guard first == next, last > first, (open.multiwordTokens.last?.words.upperBound ?? 0) < first else {
        throw fault(.misplacedRange(values[0], next: next), line: line, column: "ID")
      }
      open.multiwordTokens.append(.init(words: first...last, form: values[1], line: line))
    } else if let point = bytes[id].firstIndex(of: UInt8(ascii: ".")) {
      guard let word = number(id.lowerBound..<point), let node = number(point + 1..<id.upperBound), node > 0
      else { throw fault(.notID(values[0]), line: line, column: "ID") }
      guard word == open.words.count, node == open.lastEmptyNode + 1 else {
        let expected = "\(open.words.count).\(open.lastEmptyNode + 1)"
        throw fault(.misplacedEmptyNode(values[0], expected: expected), line: line, column: "ID")
      }
      open.emptyNodes += 1
      open.lastEmptyNode = node
    } else {
      guard let position = number(id) else { throw fault(.notID(values[0]), line: line, column: "ID") }
      guard position == next else {
        throw fault(.outOfOrder(position, expected: next), line: line, column: "ID")
      }
      guard position <= Treebank.wordLimit else {
        throw fault(.tooManyWords(limit: Treebank.wordLimit), line: line)
      }
      guard let head = number(cells[6]) else {
        throw fault(.notHead(values[6]), line: line, column: "HEAD")
      }
      func given(_ index: Int) -> String? { values[index] == "_" ? nil : values[index] }
      open.lastEmptyNode = 0
      open.words.append(
        Treebank.Word(
          form: values[1],
          // The lemma of an underscore is an underscore.
          lemma: values[1] == "_" ? values[2] : given(2), upos: given(3), xpos: given(4), features: given(5),
          head: head, relation: values[7], line: line))
    }
  }

  /// The number that decimal digits without leading zeros write.
  private func number(_ range: Range<Int>) -> Int? {
    guard !range.isEmpty, range.count == 1 || bytes[range.lowerBound] != 0x30 else { return nil }
    var value = 0
    for byte in bytes[range] {
      guard byte >= 0x30, byte <= 0x39 else { return nil }
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(Int(byte) - 0x30)
      guard !overflow, !carry else { return nil }
      value = sum
    }
    return value
  }

  /// Ends the sentence that is being read, if one is.
  private mutating func close() throws(ActivationError) {
    defer { open = Open() }
    guard let firstLine = open.firstLine else { return }
    if open.words.isEmpty {
      // Comments that belong to no sentence.
      if open.id == nil, open.multiwordTokens.isEmpty, open.emptyNodes == 0 { return }
      throw fault(.noWords, line: firstLine)
    }
    if let last = open.multiwordTokens.last, last.words.upperBound > open.words.count {
      throw fault(
        .rangePastEnd(last.words.upperBound, words: open.words.count), line: last.line, column: "ID")
    }
    let id: String
    if let given = open.id {
      id = given.text
    } else {
      id = "s\(done.count + 1)"
      open.id = (id, firstLine)
      if let first = lineOfID.updateValue(firstLine, forKey: Identifier(id)) {
        throw fault(.duplicateID(id, firstLine: first), line: firstLine)
      }
    }
    let tree: DependencyTree
    do throws(DependencyTree.Fault) {
      tree = try DependencyTree(heads: open.words.map(\.head))
    } catch {
      let line = error.word.map { open.words[$0 - 1].line } ?? firstLine
      throw fault(.notTree(error, words: open.words.count), line: line, column: "HEAD")
    }
    done.append(
      Treebank.Sentence(
        id: id, line: firstLine, words: open.words, tree: tree, multiwordTokens: open.multiwordTokens,
        emptyNodeCount: open.emptyNodes))
  }
}
