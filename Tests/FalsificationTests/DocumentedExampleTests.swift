import Activations
import Falsification
import Foundation
import HypothesisLanguage
import Testing

/// Every example of the language in README and docs, against the shipped data: what readers copy must stand.
@Suite struct DocumentedExampleTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// The fenced blocks without a language: hypotheses, parts of one, and files of other kinds.
  private static func blocks(_ path: String) throws -> [String] {
    let text = try String(contentsOf: root.appending(path: path), encoding: .utf8)
    // Between fences stand text and blocks in turn.
    let parts = ("\n" + text).components(separatedBy: "\n```")
    return parts.indices.filter { !$0.isMultiple(of: 2) && parts[$0].hasPrefix("\n") }
      .map { String(parts[$0].dropFirst()) }
  }

  private static let pages =
    ["README.md"]
    + ((try? FileManager.default.contentsOfDirectory(atPath: root.appending(path: "docs").path)) ?? []).filter
  { $0.hasSuffix(".md") }.sorted().map { "docs/\($0)" }

  /// The reader's own file, which README has written by its first lines: a layer of the same nouns stands in.
  private static func withShippedData(_ text: String) -> String {
    text.replacing(
      "activations(\"my-activations.safetensors\", tensor: \"layer.3\")",
      with: "activations(\"minilm/nouns.safetensors\", tensor: \"layer.4\")"
    ).replacing(
      "activations(\"my-activations.safetensors\", tensor: \"untrained\")",
      with: "activations(\"minilm-untrained/nouns.safetensors\", tensor: \"seed.0/embeddings.word\")")
  }

  @Test func thereAreExamples() throws {
    let all = try Self.pages.flatMap { try Self.blocks($0) }
    #expect(all.count { $0.contains("hypothesis \"") } >= 5)
  }

  @Test(arguments: pages)
  func wholeHypothesesAreChecked(_ page: String) throws {
    let library = DataLibrary(folder: DataFolder(root: Self.root.appending(path: "Data").path))
    for block in try Self.blocks(page) where block.contains("hypothesis \"") && block.contains("claim ") {
      let parsed = parse(SourceFile(path: page, text: Self.withShippedData(block)))
      let checked = check(parsed.document, against: library)
      let errors = (parsed.diagnostics + checked.diagnostics).filter { $0.severity == .error }
      #expect(errors.isEmpty, "\(page): \(errors.map { "\($0.message) at line \($0.location.line)" })")
      #expect(!checked.hypotheses.isEmpty, "\(page)")
    }
  }

  /// What begins with a statement is a part of a hypothesis, and its names are declared elsewhere on the page.
  @Test(arguments: pages)
  func partsAreParsed(_ page: String) throws {
    let statements = [
      "measure ", "compare ", "claim ", "withstand ", "vary ", "premise ", "unit ", "data ", "for ", "folds ",
      "assumes ",
    ]
    for block in try Self.blocks(page)
    where !block.contains("hypothesis \"") && statements.contains(where: { block.hasPrefix($0) }) {
      let parsed = parse(SourceFile(path: page, text: "hypothesis \"part\" {\n\(block)\n}\n"))
      #expect(parsed.diagnostics.isEmpty, "\(page): \(parsed.diagnostics.map(\.message))")
    }
  }
}
