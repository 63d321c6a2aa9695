internal import Activations
internal import ArgumentParser
internal import Falsification
internal import Foundation
internal import Hypotheses
internal import HypothesisLanguage
internal import Reporting

/// The hypothesis files that a command is about.
struct HypothesisFiles: ParsableArguments {
  @Argument(
    help: ArgumentHelp("Hypothesis files, or folders of them.", valueName: "path"),
    completion: .file(extensions: ["hypothesis"]))
  var paths: [String] = []

  /// The files behind `paths` (default: Hypotheses/), sorted, each once.
  func sources() throws -> [SourceFile] {
    var files: [String] = []
    for path in paths.isEmpty ? ["Hypotheses"] : paths {
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
        throw Failure(
          code: .usage,
          message: "\(path): there is no such file or folder: name a .hypothesis file or a folder of them.")
      }
      guard isFolder.boolValue else {
        files.append(path)
        continue
      }
      let found = (FileManager.default.enumerator(atPath: path)?.allObjects as? [String] ?? [])
        .filter { $0.hasSuffix(".hypothesis") }
      guard !found.isEmpty else {
        throw Failure(code: .usage, message: "\(path): the folder holds no .hypothesis file.")
      }
      files += found.map { path.hasSuffix("/") ? path + $0 : path + "/" + $0 }
    }
    return try Set(files).sorted().map { path in
      guard let data = FileManager.default.contents(atPath: path) else {
        throw Failure(code: .usage, message: "\(path): the file cannot be read.")
      }
      return SourceFile(path: path, bytes: Array(data))
    }
  }
}

/// Where the data are.
struct DataOptions: ParsableArguments {
  @Option(name: .long, help: "The folder that paths in hypotheses are relative to.", completion: .directory)
  var data = "Data"

  @Flag(help: "Allow hypotheses to name files outside the data folder.")
  var allowOutside = false

  var library: DataLibrary {
    DataLibrary(folder: DataFolder(root: data, allowsOutside: allowOutside))
  }
}

/// The checked hypotheses of some files.
struct CheckedFiles {
  let sources: [SourceFile]
  let hypotheses: [Hypothesis]
  let diagnostics: [Diagnostic]

  init(_ sources: [SourceFile], against library: DataLibrary) {
    self.sources = sources
    let parsed = sources.map { parse($0) }
    let checked = check(parsed.map(\.document), against: library)
    hypotheses = checked.hypotheses
    let order = Dictionary(uniqueKeysWithValues: sources.enumerated().map { ($1.path, $0) })
    diagnostics = (parsed.flatMap(\.diagnostics) + checked.diagnostics).sorted { a, b in
      (order[a.location.file] ?? 0, a.location.line, a.location.column)
        < (order[b.location.file] ?? 0, b.location.line, b.location.column)
    }
  }

  /// Shows diagnostics, and gives the hypotheses that `--only` chooses.
  /// - Parameters:
  ///   - shown: the diagnostics to show; `nil`: the errors.
  ///   - action: what comes to nothing otherwise: `run`, `locked`.
  /// - Throws: `Failure` where a file has an error, or none is chosen.
  func chosen(
    by only: OnlyOptions, showing shown: [Diagnostic]? = nil, toBe action: String
  ) throws -> [Hypothesis] {
    Console.write(
      render(
        shown ?? diagnostics.filter { $0.severity == .error }, sources: sources,
        color: Console.allowsColor(STDERR_FILENO)))
    guard code == .success else {
      throw Failure(code: code, message: "\(summary(diagnostics)): nothing was \(action).")
    }
    let hypotheses = hypotheses.filter { only.isChosen($0) }
    guard !hypotheses.isEmpty else {
      throw Failure(
        code: .usage, message: "no hypothesis matches --only \(only.only.joined(separator: " --only ")).")
    }
    return hypotheses
  }

  /// What the diagnostics mean for the exit code: data that cannot be read are told from a wrong hypothesis.
  var code: Code {
    let errors = diagnostics.filter { $0.severity == .error }
    guard !errors.isEmpty else { return .success }
    let ofData: Set<Rule> = [.missingFile, .unreadableFile, .tensorType, .unusableKeys, .keysDiffer]
    return errors.allSatisfy { ofData.contains($0.rule) } ? .data : .usage
  }
}

/// The files that hypotheses read, each with its digest.
struct InputFiles {
  private let paths: [String: [String]]
  private let digests: [String: String]

  /// - Throws: `Failure` where a file cannot be read.
  init(of hypotheses: [Hypothesis], in library: DataLibrary) throws {
    paths = Dictionary(uniqueKeysWithValues: hypotheses.map { ($0.name, library.paths(of: $0).sorted()) })
    var digests: [String: String] = [:]
    for path in Set(paths.values.joined()).sorted() {
      do throws(ActivationError) {
        digests[path] = try fingerprint(try library.resolve(path), name: path)
      } catch {
        throw Failure(code: .data, message: error.description)
      }
    }
    self.digests = digests
  }

  /// Every file, sorted by path.
  var all: [Record.DataFile] {
    digests.map { Record.DataFile(path: $0.key, sha256: $0.value) }.sorted { $0.path < $1.path }
  }

  /// The files of one hypothesis, sorted by path.
  func read(by hypothesis: String) -> [Record.DataFile] {
    (paths[hypothesis] ?? []).map { Record.DataFile(path: $0, sha256: digests[$0] ?? "") }
  }
}
