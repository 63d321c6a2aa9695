import Foundation
import HypothesisLanguage
import Testing

/// The files under `Fixtures`. With `REFUTE_RECORD=1` in the environment, tests write what they find instead of
/// comparing with it.
enum Corpus {
  static let isRecording = ProcessInfo.processInfo.environment["REFUTE_RECORD"] == "1"
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")
  static let repository = folder.appending(path: "../../..").standardizedFileURL

  struct File: CustomTestStringConvertible {
    var url: URL
    var source: SourceFile

    var name: String { url.deletingPathExtension().lastPathComponent }
    var text: String { String(decoding: source.bytes, as: UTF8.self) }
    var testDescription: String { source.path }

    func golden(_ ending: String) -> URL { url.deletingPathExtension().appendingPathExtension(ending) }
  }

  static let good = files("good")
  static let bad = files("bad")
  static let messy = files("messy")

  private static func files(_ name: String) -> [File] {
    let directory = folder.appending(path: name)
    let urls =
      (try? FileManager.default.contentsOfDirectory(at: directory, includingPropertiesForKeys: nil)) ?? []
    return urls.filter { $0.pathExtension == "hypothesis" }
      .sorted { $0.lastPathComponent < $1.lastPathComponent }
      .compactMap { url in
        guard let data = try? Data(contentsOf: url) else { return nil }
        return File(
          url: url, source: SourceFile(path: "\(name)/\(url.lastPathComponent)", bytes: Array(data)))
      }
  }

  /// Everything that is wrong with a file: what the parser says, then what the checker says, in the order of the file.
  static func diagnose(_ source: SourceFile) -> [Diagnostic] {
    let parsed = parse(source)
    return parsed.diagnostics + check(parsed.document, against: FakeCatalog()).diagnostics
  }

  /// Compares a text with a golden file, or records it.
  static func expect(
    _ text: String, at golden: URL, sourceLocation: Testing.SourceLocation = #_sourceLocation
  ) throws {
    if isRecording {
      try Data(text.utf8).write(to: golden)
      return
    }
    let wanted = String(decoding: try Data(contentsOf: golden), as: UTF8.self)
    #expect(text == wanted, "\(golden.lastPathComponent) differs", sourceLocation: sourceLocation)
  }
}
