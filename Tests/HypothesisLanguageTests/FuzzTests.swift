import HypothesisLanguage
import Testing

/// Damaged files of the corpus, from a fixed seed: nothing may trap, and what still parses must survive formatting.
@Suite struct FuzzTests {
  /// SplitMix64: the same damage on every machine.
  private struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }
  }

  private static let pieces: [String] = [
    "{", "}", "(", ")", "[", "]", ",", ":", ".", "=", "<", ">=", "\"", "\\", "//", "/*", "*/", "\n", "\r",
    "\0", "-",
    "1e999", "0..<6", "for", "hypothesis", "measure", "data", "claim", "*", "?", " ", "\t", "\u{FEFF}", "é",
    "🙂", "\u{301}",
    "hypothesis \"x\" {", "measure a = r2 {", "// c\n", "/* c */", "/* c\nd */", "norms[", "_", "1_000",
    "99999999999999999999", "...", "..<", "..", "for layer in 0..<6 {", "best of -5...5", "relation obj,",
    "from dependent to head", "or back", "any", "premise token_identity(run, layer: layer) >= 0.5", "run[",
  ]

  @Test(arguments: 0..<6)
  func damagedFilesNeverTrap(_ part: Int) {
    let files = Corpus.good + Corpus.messy + Corpus.bad.filter { $0.source.bytes.count < 4_000 }
    var generator = Generator(state: UInt64(part) &* 1_000_003 &+ 17)
    for _ in 0..<250 {
      var bytes = files[Int.random(in: 0..<files.count, using: &generator)].source.bytes
      for _ in 0...Int.random(in: 0..<4, using: &generator) { damage(&bytes, files, &generator) }
      examine(bytes)
    }
  }

  /// Every prefix of a file, as an editor sees it while it is written.
  @Test(arguments: ["everything", "heads"])
  func prefixesNeverTrap(_ name: String) throws {
    let file = try #require(Corpus.good.first { $0.name == name })
    for count in stride(from: 0, through: file.source.bytes.count, by: 3) {
      examine(Array(file.source.bytes.prefix(count)))
    }
  }

  private func damage(_ bytes: inout [UInt8], _ files: [Corpus.File], _ generator: inout Generator) {
    let place = Int.random(in: 0...bytes.count, using: &generator)
    let end = min(bytes.count, place + Int.random(in: 0..<24, using: &generator))
    switch Int.random(in: 0..<7, using: &generator) {
    case 0: bytes.removeSubrange(place..<end)
    case 1: bytes.removeSubrange(place...)
    case 2: if place < bytes.count { bytes[place] = UInt8.random(in: 0...255, using: &generator) }
    case 3:
      bytes.insert(contentsOf: bytes[place..<end], at: Int.random(in: 0...bytes.count, using: &generator))
    case 4:
      let other = files[Int.random(in: 0..<files.count, using: &generator)].source.bytes
      bytes.insert(contentsOf: other.prefix(Int.random(in: 0...other.count, using: &generator)), at: place)
    default:
      bytes.insert(contentsOf: Array(Self.pieces.randomElement(using: &generator)!.utf8), at: place)
    }
  }

  private func examine(_ bytes: [UInt8]) {
    let source = SourceFile(path: "fuzz", bytes: bytes)
    let parsed = parse(source)
    let checked = check(parsed.document, against: FakeCatalog())
    let all = parsed.diagnostics + checked.diagnostics
    _ = render(all, sources: [source], color: true)
    _ = renderJSON(all)
    #expect(all.allSatisfy { $0.bytes.upperBound <= bytes.count }, "a place outside the file")
    let formatted = format(parsed)
    guard !parsed.hasErrors else {
      #expect(checked.hypotheses.count <= parsed.document.count)
      return
    }
    let text = String(decoding: bytes, as: UTF8.self)
    #expect(formatted.diagnostics.isEmpty, "formatting failed:\n\(text)")
    let once = formatted.result ?? ""
    let again = format(parse(SourceFile(path: "fuzz", text: once)))
    #expect(again.text == once, "formatting is not idempotent:\n\(text)")
  }

  // MARK: Files made to exhaust

  @Test(arguments: [
    "(", "[", "{", "a(", "a[", "measure a = r2 {", "hypothesis \"x\" {", "withstand a(", "/*", "\"", "for {",
    "for a in 0..<2 {\n", "best of", "relation", "from", "run[1,", "premise a(", "0...",
    "}", ")", "a.", "1", "-", "*",
  ])
  func deepNestingEnds(_ piece: String) {
    let text = "hypothesis \"x\" {\n" + String(repeating: piece + " ", count: 20_000)
    examine(Array(text.utf8))
    examine(Array(String(repeating: piece, count: 20_000).utf8))
    examine(Array(("hypothesis \"x\" { predict " + String(repeating: piece, count: 20_000)).utf8))
  }

  @Test func longFilesAreRead() {
    let statement = "withstand confounds(norms[length, zipf]) { margin >= 0.05 }\n"
    let text = "hypothesis \"x\" {\n" + String(repeating: statement, count: 1_500) + "}\n"
    examine(Array(text.utf8))
    examine(Array(text.replacing("\n", with: " ").utf8))
    // Many names: what is looked up must not be searched for.
    let data = (0..<4_000).map { "data n\($0) = table(\"nouns/nouns.csv\", key: noun)\n" }.joined()
    examine(Array("hypothesis \"x\" {\n\(data)}\n".utf8))
    let numbers = (0..<20_000).map { "\($0)" }.joined(separator: ",")
    examine(Array("hypothesis \"x\" { measure a = r2 { probe ridge(grid: [\(numbers)]) } }".utf8))
    let columns = (0..<20_000).map { "c\($0)" }.joined(separator: ",")
    let table = "data norms = table(\"nouns/nouns.csv\", key: noun)"
    examine(Array("hypothesis \"x\" { \(table) unit norms[\(columns)] }".utf8))
    examine([UInt8](repeating: 0, count: 1_000_000))
    examine([UInt8](repeating: 0xFF, count: 1_000_000))
    examine([UInt8](repeating: UInt8(ascii: "\n"), count: 1_000_000))
    examine([UInt8](repeating: UInt8(ascii: "a"), count: 10_000_000))
  }
}
