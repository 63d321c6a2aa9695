import Activations
import Falsification
import Hypotheses
import HypothesisLanguage
import TestSupport
import Testing

/// Checks a hypothesis on the data of a folder and tests it.
func run(
  _ text: String, in folder: TemporaryFolder, jobs: Int = 2, seed: UInt64 = 1
) async throws -> TestedHypothesis {
  let library = DataLibrary(folder: DataFolder(root: folder.path))
  let parsed = parse(SourceFile(path: "sample.hypothesis", text: text))
  let checked = check(parsed.document, against: library)
  let errors = (parsed.diagnostics + checked.diagnostics).filter { $0.severity == .error }
  try #require(errors.isEmpty, "\(errors.map(\.message))")
  let hypothesis = try #require(checked.hypotheses.first)
  return try await test(hypothesis, library: library, options: RunOptions(seed: seed, jobs: jobs))
}

/// The evidence on every hypothesis of a text, by name.
func runAll(_ text: String, in folder: TemporaryFolder) async throws -> [String: Evidence] {
  let library = DataLibrary(folder: DataFolder(root: folder.path))
  let parsed = parse(SourceFile(path: "sample.hypothesis", text: text))
  var found: [String: Evidence] = [:]
  for hypothesis in check(parsed.document, against: library).hypotheses {
    found[hypothesis.name] = try await test(
      hypothesis, library: library, options: RunOptions(seed: 1, jobs: 2)
    ).evidence
  }
  return found
}

/// More data in which it is known what is true, for rivals about norms and for comparisons: 120 items, 40 types.
enum NormSample {
  static let items = Sample.items
  static let keys = Sample.keys

  /// Writes `n.safetensors` with the tensors
  /// - `clear`, `equal.1`, `equal.2`: views of three hidden quantities, with little and with the same more noise,
  /// - `noise.1`, `noise.2` and, of 4 dimensions, `noise.3`, `noise.4`: nothing,
  /// - `groups`: one direction per group, and noise; `types`: one random vector per type,
  /// - `spelling`: what a word ends in;
  ///
  /// and `n.csv` with the columns key, y (linear in the hidden quantities), gap (the same with empty cells), f_0 to f_11
  /// (0/1 features of the hidden quantities), strong_0 to strong_5 (production frequencies of the same), popular_0 to
  /// popular_9 (0/1, very unequally frequent, unrelated to anything), rare_0 to rare_9 (0/1, all equally rare, unrelated), byGroup
  /// (a number of the group), byType (a number of the type), ending (what the word ends in), word, confound (linear in
  /// `clear`), noise, group and type.
  static func write(to folder: TemporaryFolder) throws {
    var random = Sample.Generator(seed: 11)
    let n = items
    func normals(_ count: Int) -> [Double] { (0..<count).map { _ in random.normal() } }
    let hidden = (0..<n).map { _ in normals(3) }
    func view(_ noise: Double) -> [Double] {
      hidden.flatMap { row in row.map { $0 + noise * random.normal() } + normals(3) }
    }
    let groupEffect = normals(12)
    let typeEffect = normals(40)
    let typeVectors = (0..<40).map { _ in normals(200) }
    let endings = (0..<n).map { _ in random.uniform() < 0.5 }
    let letters = Array("bcdfgklmnprstvaeiou")
    let words = (0..<n).map { item in
      String((0..<5).map { _ in letters[Int(random.uniform() * Double(letters.count))] })
        + (endings[item] ? "ing" : "tion")
    }
    var tensors: [String: ([Double], Int)] = [
      "clear": (view(0.2), 6), "equal.1": (view(0.8), 6), "equal.2": (view(0.8), 6),
      "noise.1": (normals(n * 6), 6), "noise.2": (normals(n * 6), 6), "noise.3": (normals(n * 4), 4),
      "noise.4": (normals(n * 4), 4),
    ]
    tensors["groups"] = (
      (0..<n).flatMap { item in (0..<12).map { item % 12 == $0 ? 3 : 0.3 * random.normal() } }, 12
    )
    // Not quite alike, or the copies would be a leak of their own.
    tensors["types"] = (
      (0..<n).flatMap { typeVectors[$0 % 40].map { $0 + 0.01 * random.normal() } }, 200
    )
    tensors["spelling"] = ((0..<n).flatMap { [endings[$0] ? 1 : -1, random.normal(), random.normal()] }, 3)
    try folder.write(safetensors(tensors, keys: keys), to: "n.safetensors")

    var header = ["key", "y", "gap"]
    header += (0..<12).map { "f_\($0)" } + (0..<6).map { "strong_\($0)" }
    header += (0..<10).map { "popular_\($0)" } + (0..<10).map { "rare_\($0)" }
    header += ["byGroup", "byType", "ending", "word", "confound", "noise", "group", "type"]
    var table = header.joined(separator: ",") + "\n"
    for i in 0..<n {
      let h = hidden[i]
      let y = h[0] + 0.5 * h[1] + 0.3 * random.normal()
      var cells = [keys[i], "\(y)", i % 10 == 0 ? "" : "\(y)"]
      // A feature is a half-space of the hidden quantities.
      func score(_ feature: Int) -> Double {
        h[feature % 3] * (feature % 2 == 0 ? 1 : -1) + 0.2 * random.normal() - 0.6
      }
      cells += (0..<12).map { score($0) > 0 ? "1" : "0" }
      cells += (0..<6).map { feature in
        let strength = score(feature)
        return strength > 0 ? "\((strength * 10).rounded() + 1)" : "0"
      }
      cells += (0..<10).map { random.uniform() < [0.9, 0.8, 0.7, 0.1][min($0, 3)] ? "1" : "0" }
      cells += (0..<10).map { _ in random.uniform() < 0.2 ? "1" : "0" }
      cells += [
        "\(groupEffect[i % 12] + 0.2 * random.normal())", "\(typeEffect[i % 40] + 0.1 * random.normal())",
        "\((endings[i] ? 1 : -1) + 0.3 * random.normal())", words[i],
        "\(h[0] + h[2] + 0.05 * random.normal())", "\(random.normal())", "g\(i % 12)", "t\(i % 40)",
      ]
      table += cells.joined(separator: ",") + "\n"
    }
    try folder.write(table, to: "n.csv")
  }

  /// A hypothesis about one measure.
  static func hypothesis(
    tensor: String = "clear", metric: String = "r2", target: String = "n.y", probe: String = "ridge()",
    claim: String = ">= 0.3", rivals: [String]
  ) -> String {
    """
    hypothesis "norms" {
      data x = activations("n.safetensors", tensor: "\(tensor)")
      data n = table("n.csv", key: key)
      measure score = \(metric) {
        predict \(target) from x
        probe \(probe)
        folds 5
      }
      claim score \(claim)
      \(rivals.map { "withstand " + $0 }.joined(separator: "\n  "))
    }
    """
  }

  /// A hypothesis that compares two measures.
  static func comparison(
    _ better: String, over worse: String, metric: String = "r2", targets: (String, String) = ("n.y", "n.y"),
    probes: (String, String) = ("ridge()", "ridge()"), folds: (String, String) = ("5", "5"),
    claim: String = ">= 0.05", unit: String = "", rivals: [String]
  ) -> String {
    """
    hypothesis "norms" {
      data a = activations("n.safetensors", tensor: "\(better)")
      data b = activations("n.safetensors", tensor: "\(worse)")
      data one = activations("n.safetensors", tensor: "noise.1")
      data two = activations("n.safetensors", tensor: "noise.4")
      data n = table("n.csv", key: key)
      \(unit)
      measure score = \(metric) {
        predict \(targets.0) from a
        probe \(probes.0)
        folds \(folds.0)
      }
      measure other = \(metric) {
        predict \(targets.1) from b
        probe \(probes.1)
        folds \(folds.1)
      }
      compare gain = score over other
      claim gain \(claim)
      \(rivals.map { "withstand " + $0 }.joined(separator: "\n  "))
    }
    """
  }
}
