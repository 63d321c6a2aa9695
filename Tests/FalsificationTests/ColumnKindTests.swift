import Activations
import Falsification
import Hypotheses
import HypothesisLanguage
import TestSupport
import Testing

/// What a column is taken for decides what a confound explains.
struct ColumnKindTests {
  /// 120 items. `kind` is a name and `code` the number of that name; `x` holds which one it is and `y` follows it, out of
  /// order. `amount` is a number, in `spelled` one of it is `NA`, in `empty` nothing; `comma` writes fractions with commas.
  private func write(_ folder: TemporaryFolder) throws {
    var random = Sample.Generator(seed: 31)
    let n = 120
    let effects = [2.0, -2, 1.5, -1, 0, 1]
    var x: [Double] = []
    var table = "key;y;kind;code;amount;spelled;empty;comma;rounded;few\n"
    for i in 0..<n {
      let kind = i * 7 % 6
      x += (0..<6).map { ($0 == kind ? 1 : 0) + 0.1 * random.normal() }
      let amount = (random.normal() * 100).rounded() / 100
      let comma = String("\(amount)".map { $0 == "." ? "," : $0 })
      table +=
        "w\(i);\(effects[kind] + 0.3 * random.normal());\("abcdef".map(String.init)[kind]);\(kind);\(amount);"
      table +=
        "\(i == 5 ? "NA" : "\(amount)");\(i == 5 ? "" : "\(amount)");\(comma);\((amount * 5).rounded() / 5);\(["p", "q", "NA"][i % 3])\n"
    }
    try folder.write(safetensors(["x": (x, 6)], keys: (0..<n).map { "w\($0)" }), to: "a.safetensors")
    try folder.write(table, to: "a.csv")
  }

  private func text(
    _ confounds: String, format: String = "", metric: String = "r2", target: String = "y"
  ) -> String {
    """
    hypothesis "kinds" {
      data x = activations("a.safetensors", tensor: "x")
      data a = table("a.csv", key: key\(format))
      measure score = \(metric) {
        predict a.\(target) from x
        folds 5
      }
      claim score >= 0.2
      withstand confounds(\(confounds)) { margin >= 0.05 }
    }
    """
  }

  /// What a run found, and its verdict.
  private func find(_ text: String, _ folder: TemporaryFolder) async throws -> (Evidence, Verdict) {
    let tested = try await run(text, in: folder)
    return (try #require(tested.evidence), tested.judgement.verdict)
  }

  private func diagnose(_ text: String, _ folder: TemporaryFolder) -> [Diagnostic] {
    let library = DataLibrary(folder: DataFolder(root: folder.path))
    return check(parse(SourceFile(path: "a.hypothesis", text: text)).document, against: library).diagnostics
  }

  /// Integers that are codes explain, as categories, what the names explain, and as numbers far less.
  @Test func codesAsCategoriesAreNames() async throws {
    let folder = try TemporaryFolder()
    try write(folder)
    let names = try await find(text("a.kind"), folder)
    let codes = try await find(text("a.code as category"), folder)
    let named = try await find(text("a.kind as category"), folder)
    let numbers = try await find(text("a.code"), folder)
    let means = [names, codes, named].map { $0.0.rivals[0].mean }
    #expect(means[0] == means[1] && means[0] == means[2])
    #expect(names.1 == .artifact && codes.1 == .artifact)
    // Read as numbers they are withstood, and only the unused names tell what is wrong.
    #expect(numbers.0.rivals[0].outcome == .met && numbers.1 == .inconclusive)
    #expect(numbers.0.caveats.map(\.rule) == ["undeclared-groups"])
  }

  /// One cell that is no number does not turn a column of numbers into one of names.
  @Test func mixedColumnsAreRefused() throws {
    let folder = try TemporaryFolder()
    try write(folder)
    let mixed = diagnose(text("a.spelled"), folder)
    #expect(mixed.map(\.rule) == [.mixedColumn])
    #expect(mixed[0].message.contains("line 7") && mixed[0].message.contains("NA"))
    #expect(mixed[0].helps[0].contains("`missing: [\"NA\"]`"))
    let comma = diagnose(text("a.comma"), folder)
    #expect(comma.map(\.rule) == [.mixedColumn] && comma[0].helps[0].contains("`decimal: \",\"`"))
    #expect(diagnose(text("a.amount", target: "spelled"), folder).map(\.rule).contains(.mixedColumn))
    #expect(diagnose(text("a.spelled as category"), folder).filter { $0.severity == .error }.isEmpty)
  }

  /// What is declared missing is treated as what is empty, and numbers with commas as numbers.
  @Test func declaredMarkersAreEmptyCells() async throws {
    let folder = try TemporaryFolder()
    try write(folder)
    let empty = try await find(text("a.empty"), folder).0
    let declared = try await find(text("a.spelled", format: ", missing: [\"NA\"]"), folder).0
    #expect(empty.items == 119 && declared.items == 119)
    #expect(empty.rivals[0].mean == declared.rivals[0].mean && empty.score == declared.score)
    let rule = diagnose(text("a.spelled", format: ", missing: \"NA\""), folder)
    #expect(rule.map(\.rule) == [.missingCells] && rule[0].message.contains("are missing"))
    // Between commas and points nothing differs but the declaration.
    let commas = try await find(text("a.kind", format: ", decimal: \",\"", target: "comma"), folder).0
    let points = try await find(text("a.kind", target: "amount"), folder).0
    #expect(commas.score.requirement.value == points.score.requirement.value)
  }

  @Test func markersAmongClassesAndNumbersAsClassesAreTold() throws {
    let folder = try TemporaryFolder()
    try write(folder)
    let classes = diagnose(text("a.code", metric: "accuracy", target: "few"), folder)
      .filter { $0.rule == .missingMarker }
    #expect(classes.count == 1 && classes.first?.message.hasPrefix("40 of 120 cells") == true)
    let declared = diagnose(
      text("a.code", format: ", missing: [\"NA\"]", metric: "accuracy", target: "few"), folder)
    #expect(!declared.map(\.rule).contains(.missingMarker))
    let amounts = diagnose(text("a.kind", metric: "accuracy", target: "rounded"), folder)
    #expect(amounts.map(\.rule).contains(.numbersAsClasses))
    for target in ["code", "rounded as category"] {
      let told = diagnose(text("a.kind", metric: "accuracy", target: target), folder)
      #expect(!told.map(\.rule).contains(.numbersAsClasses))
    }
  }
}
