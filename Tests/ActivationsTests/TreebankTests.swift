import Activations
import Crypto
import Foundation
import Testing

@Suite("CoNLL-U treebanks")
struct TreebankTests {
  /// What the package conllu reads; `Fixtures/make_treebank_figures.py` makes the file.
  struct Figures: Decodable {
    var file, arcs, lemmasTagsFeatures: String
    var words: Int
    var figures, relations: [String: Int]
  }

  /// The English treebank, which is not part of the repository.
  private static var file: URL {
    let folder =
      ProcessInfo.processInfo.environment["REFUTE_SHARED_DATA"].map { URL(filePath: $0) }
      ?? URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../shared/data")
    return folder.standardizedFileURL.appending(path: "en_ewt-ud-dev.conllu")
  }
  static let isThere: Bool = {
    let isThere = FileManager.default.fileExists(atPath: file.path)
    if !isThere { print("SKIPPED: the English treebank is not at \(file.path): set REFUTE_SHARED_DATA") }
    return isThere
  }()

  @Test("the English treebank reads as the package conllu reads it", .enabled(if: isThere))
  func english() throws {
    let figures = try JSONDecoder().decode(
      Figures.self, from: Data(contentsOf: URL(filePath: fixture("treebank.json"))))
    let treebank = try Treebank.read(Self.file.path)
    #expect(treebank.sha256 == figures.file)
    #expect(treebank.wordCount == figures.words)
    #expect(treebank.sentences.count == figures.figures["sentences"])
    #expect(treebank.emptyNodeCount == figures.figures["emptyNodes"])
    let tokens = treebank.sentences.flatMap(\.multiwordTokens)
    #expect(tokens.count == figures.figures["multiwordTokens"])
    #expect(tokens.reduce(0) { $0 + $1.words.count } == figures.figures["wordsInMultiwordTokens"])
    var (arcs, rest) = (SHA256(), SHA256())
    var relations: [String: Int] = [:]
    for sentence in treebank.sentences {
      for (index, word) in sentence.words.enumerated() {
        let line = "\(sentence.id)\t\(index + 1)\t\(word.form)\t\(word.head)\t\(word.relation)\n"
        arcs.update(data: Data(line.utf8))
        let more = [word.lemma, word.upos, word.xpos, word.features].map { $0 ?? "_" }
        rest.update(data: Data((more.joined(separator: "\t") + "\n").utf8))
        relations[word.relation, default: 0] += 1
      }
    }
    func hexadecimal(_ digest: SHA256Digest) -> String {
      digest.map { String(format: "%02x", $0) }.joined()
    }
    #expect(hexadecimal(arcs.finalize()) == figures.arcs)
    #expect(hexadecimal(rest.finalize()) == figures.lemmasTagsFeatures)
    #expect(relations == figures.relations)
    #expect(treebank.sentences.reduce(0) { $0 + $1.depths.reduce(0, +) } == figures.figures["depths"])
    #expect(treebank.sentences.reduce(0) { $0 + $1.distances.reduce(0, +) } == figures.figures["distances"])
  }

  static let good = """
    # newdoc
    # sent_id = first
    # text = Vámonos al mar
    1-2\tVámonos\t_\t_\t_\t_\t_\t_\t_\t_
    1\tVamos\tir\tVERB\t_\tMood=Imp|Number=Plur\t0\troot\t_\t_
    2\tnos\tnosotros\tPRON\tx\tCase=Acc\t1\tobj\t_\t_
    3-4\tal\t_\t_\t_\t_\t_\t_\t_\t_
    3\ta\ta\tADP\t_\t_\t5\tcase\t_\t_
    4\tel\tel\tDET\t_\t_\t5\tdet\t_\t_
    4.1\tella\tella\tPRON\t_\t_\t_\t_\t1:x\t_
    4.2\tella\tella\tPRON\t_\t_\t_\t_\t1:x\t_
    5\tmar\tmar\tNOUN\t_\tGender=Masc\t1\tobl\t_\t_


    1\t_\t_\tPUNCT\t_\t_\t0\troot\t_\t_
    """

  private func read(_ text: String) throws(ActivationError) -> Treebank {
    try read(Array(text.utf8))
  }

  private func read(_ bytes: [UInt8]) throws(ActivationError) -> Treebank {
    guard let scratch = try? Scratch(), let path = try? scratch.write("x.conllu", bytes) else {
      preconditionFailure("no scratch folder")
    }
    return try Treebank.read(path, name: "x.conllu")
  }

  @Test("multiword tokens, empty nodes, comments, underscores, names by position")
  func small() throws {
    let treebank = try read(Self.good)
    #expect(treebank.sentences.map(\.id) == ["first", "s2"])
    let first = treebank.sentences[0]
    #expect(first.words.map(\.form) == ["Vamos", "nos", "a", "el", "mar"])
    #expect(first.words.map(\.line) == [5, 6, 8, 9, 12])
    #expect(first.words.map(\.head) == [0, 1, 5, 5, 1])
    #expect(first.words.map(\.relation) == ["root", "obj", "case", "det", "obl"])
    #expect(first.words[0].xpos == nil && first.words[1].xpos == "x" && first.words[2].features == nil)
    #expect(first.words[0].feature("Number") == "Plur" && first.words[0].feature("Num") == nil)
    #expect(
      first.multiwordTokens == [
        .init(words: 1...2, form: "Vámonos", line: 4), .init(words: 3...4, form: "al", line: 7),
      ])
    #expect(first.emptyNodeCount == 2 && first.line == 1)
    #expect(first.depths == [0, 1, 2, 2, 1])
    #expect(
      first.distances == [
        0, 1, 2, 2, 1,
        1, 0, 3, 3, 2,
        2, 3, 0, 2, 1,
        2, 3, 2, 0, 1,
        1, 2, 1, 1, 0,
      ])
    // The lemma of an underscore.
    #expect(treebank.sentences[1].words[0].form == "_" && treebank.sentences[1].words[0].lemma == "_")
  }

  @Test("line ends, byte order mark and a last empty line change nothing")
  func layouts() throws {
    let sentences = try read(Self.good).sentences
    #expect(try read(Self.good.replacingOccurrences(of: "\n", with: "\r\n")).sentences == sentences)
    #expect(try read("\u{FEFF}" + Self.good).sentences == sentences)
    #expect(try read(Self.good + "\n").sentences == sentences)
    #expect(try read(Self.good + "\n\n\n# the end\n\n").sentences == sentences)
  }

  private static func word(_ id: Int, _ head: Int) -> String { "\(id)\tw\t_\t_\t_\t_\t\(head)\tdep\t_\t_\n" }

  static let bad: [(text: String, rule: ActivationError.TreebankRule, line: Int?)] = [
    ("1\tw\t_\n", .columnCount(3), 1),
    ("# x\n1 w _ _ _ _ 0 root _ _\n", .columnCount(1), 2),
    (word(1, 0).dropLast() + "\t_\n", .columnCount(11), 1),
    (" \n", .lineOfSpaces, 1),
    ("1\t\t_\t_\t_\t_\t0\troot\t_\t_\n", .emptyCell, 1),
    ("a\tw\t_\t_\t_\t_\t0\troot\t_\t_\n", .notID("a"), 1),
    ("01\tw\t_\t_\t_\t_\t0\troot\t_\t_\n", .notID("01"), 1),
    ("-\tw\t_\t_\t_\t_\t0\troot\t_\t_\n", .notID("-"), 1),
    (".\tw\t_\t_\t_\t_\t0\troot\t_\t_\n", .notID("."), 1),
    ("99999999999999999999\tw\t_\t_\t_\t_\t0\troot\t_\t_\n", .notID("99999999999999999999"), 1),
    (word(2, 0), .outOfOrder(2, expected: 1), 1),
    (word(0, 0), .outOfOrder(0, expected: 1), 1),
    (word(1, 0) + word(1, 0), .outOfOrder(1, expected: 2), 2),
    (word(1, 0) + word(3, 1), .outOfOrder(3, expected: 2), 2),
    ("2-3\tw\t_\t_\t_\t_\t_\t_\t_\t_\n", .misplacedRange("2-3", next: 1), 1),
    ("1-1\tw\t_\t_\t_\t_\t_\t_\t_\t_\n", .misplacedRange("1-1", next: 1), 1),
    (
      "1-3\tw\t_\t_\t_\t_\t_\t_\t_\t_\n" + word(1, 0) + "2-4\tw\t_\t_\t_\t_\t_\t_\t_\t_\n",
      .misplacedRange("2-4", next: 2), 3
    ),
    ("1-2\tw\t_\t_\t_\t_\t_\t_\t_\t_\n" + word(1, 0), .rangePastEnd(2, words: 1), 1),
    (
      "1-9223372036854775807\tw\t_\t_\t_\t_\t_\t_\t_\t_\n" + word(1, 0),
      .rangePastEnd(9_223_372_036_854_775_807, words: 1), 1
    ),
    ("1.1\tw\t_\t_\t_\t_\t_\t_\t_\t_\n", .misplacedEmptyNode("1.1", expected: "0.1"), 1),
    (word(1, 0) + "1.2\tw\t_\t_\t_\t_\t_\t_\t_\t_\n", .misplacedEmptyNode("1.2", expected: "1.1"), 2),
    ("1\tw\t_\t_\t_\t_\t_\troot\t_\t_\n", .notHead("_"), 1),
    ("1\tw\t_\t_\t_\t_\t-1\troot\t_\t_\n", .notHead("-1"), 1),
    (word(1, 0) + word(2, 3), .notTree(.headOutOfRange(word: 2, head: 3), words: 2), 2),
    (word(1, 0) + word(2, 2), .notTree(.selfHead(word: 2), words: 2), 2),
    (word(1, 2) + word(2, 1), .notTree(.noRoot, words: 2), 1),
    (word(1, 0) + word(2, 1) + word(3, 0), .notTree(.severalRoots(first: 1, second: 3), words: 3), 3),
    (
      word(1, 2) + word(2, 3) + word(3, 4) + word(4, 2) + word(5, 0), .notTree(.cycle([2, 3, 4]), words: 5), 2
    ),
    (word(1, 0) + "# late\n", .commentInside, 2),
    ("# sent_id =\n" + word(1, 0), .emptyID, 1),
    ("# sent_id = a\n#sent_id=b\n" + word(1, 0), .secondID("b", firstLine: 1), 2),
    (
      "# sent_id = a\n" + word(1, 0) + "\n# sent_id = a\n" + word(1, 0), .duplicateID("a", firstLine: 1), 4
    ),
    ("# sent_id = s2\n" + word(1, 0) + "\n" + word(1, 0), .duplicateID("s2", firstLine: 1), 4),
    ("# sent_id = a\n\n" + word(1, 0), .noWords, 1),
    ("0.1\tw\t_\t_\t_\t_\t_\t_\t_\t_\n\n", .noWords, 1),
    ("# nothing\n\n", .noSentences, nil),
    ("\n", .noSentences, nil),
    (
      (1...4_097).map { word($0, $0 - 1) }.joined(), .tooManyWords(limit: 4_096), 4_097
    ),
  ]

  @Test("bad lines are named", arguments: bad.indices)
  func refusals(index: Int) throws {
    let (text, rule, line) = Self.bad[index]
    let error = try #require(failure(try read(text)))
    #expect(error.problem == .treebank(rule))
    #expect(error.place.line == line)
  }

  @Test("files that are no text")
  func foreign() throws {
    #expect(failure(try read(""))?.problem == .empty)
    #expect(failure(try read([0x31, 0x09, 0xFF, 0x0A]))?.problem == .treebank(.columnCount(2)))
    let bad = Array("1\t".utf8) + [0xFF] + Array("\t_\t_\t_\t_\t0\troot\t_\t_\n".utf8)
    #expect(failure(try read(bad))?.problem == .tableSyntax(.notUTF8))
    #expect(failure(try read([0x23, 0xFF, 0x0A]))?.problem == .tableSyntax(.notUTF8))
    #expect(failure(try read(Array("1\tw\0".utf8)))?.problem == .tableSyntax(.nulByte))
    #expect(failure(try Treebank.read("/no/such/file"))?.isMissingFile == true)
  }

  @Test("the longest chain that is read")
  func chain() throws {
    let treebank = try read((1...4_096).map { Self.word($0, $0 - 1) }.joined())
    #expect(treebank.sentences[0].depths.last == 4_095)
    #expect(treebank.sentences[0].distances[4_095] == 4_095)
  }

  @Test("trees agree with the definition, and what is no tree is told apart")
  func trees() throws {
    var random = SplitMix(state: 7)
    var (trees, faults) = (0, 0)
    for _ in 0..<4_000 {
      let n = Int.random(in: 1...6, using: &random)
      let heads = (0..<n).map { _ in Int.random(in: 0...n, using: &random) }
      /// The way up, or nil where it has no end.
      func road(_ word: Int) -> [Int]? {
        var road = [word]
        while let last = road.last, heads[last - 1] != 0 {
          guard road.count <= n else { return nil }
          road.append(heads[last - 1])
        }
        return road
      }
      let roads = (1...n).map(road)
      let isTree = heads.count { $0 == 0 } == 1 && !roads.contains { $0 == nil }
      guard let tree = try? DependencyTree(heads: heads) else {
        #expect(!isTree, "\(heads)")
        faults += 1
        continue
      }
      #expect(isTree, "\(heads)")
      trees += 1
      let ways = roads.map { $0 ?? [] }
      #expect(tree.depths == ways.map { $0.count - 1 })
      for (i, a) in ways.enumerated() {
        for (j, b) in ways.enumerated() {
          #expect(tree.distances[i * n + j] == a.count + b.count - 2 * Set(a).intersection(b).count)
        }
      }
    }
    #expect(trees > 100 && faults > 100)
  }

  @Test("damaged treebanks are read or refused, never trapped on")
  func fuzz() throws {
    let good = Array((Self.good + "\n").utf8)
    let interesting = Array("\t\n\r#-._019= ".utf8) + [0, 0xFF, 0xC3]
    let scratch = try Scratch()
    var (read, refused) = (0, 0)
    for seed in 0..<4_000 {
      var random = SplitMix(state: UInt64(seed))
      var bytes = good
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<5, using: &random) {
        case 0: bytes[place] = interesting.randomElement(using: &random)!
        case 1: bytes.insert(interesting.randomElement(using: &random)!, at: place)
        case 2: bytes.remove(at: place)
        case 3: bytes.removeLast(min(bytes.count - 1, Int.random(in: 0..<100, using: &random)))
        default:
          let end = min(bytes.count, place + Int.random(in: 0..<80, using: &random))
          bytes.insert(contentsOf: bytes[place..<end], at: Int.random(in: 0..<bytes.count, using: &random))
        }
      }
      let path = try scratch.write("x.conllu", bytes)
      do throws(ActivationError) {
        let treebank = try Treebank.read(path, name: "x")
        for sentence in treebank.sentences { _ = sentence.distances }
        read += 1
      } catch {
        checkWords(error)
        refused += 1
      }
    }
    #expect(read > 100 && refused > 1_000, "\(read) read, \(refused) refused")
  }
}
