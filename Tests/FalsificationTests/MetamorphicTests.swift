import Falsification
import Foundation
import Hypotheses
import TestSupport
import Testing

/// Changes of the files and of the hypothesis that say nothing about the claim must change nothing, to the last digit; others
/// must change it in the way that is known (Chen, Cheung & Yiu 1998: metamorphic testing).
struct MetamorphicTests {
  /// A small data folder as text and numbers, to be changed before it is written.
  private struct Data {
    var header: [String]
    var rows: [[String]]
    var keys: [String]
    var tensors: [String: (values: [Double], width: Int)]
    var order: [Int]
    var type = "F32"

    init(items: Int = 72) {
      var random = Sample.Generator(seed: 21)
      let width = 6
      keys = (0..<items).map { "w\($0)" }
      order = Array(0..<items)
      let x = (0..<items * width).map { _ in Double(Float(random.normal())) }
      let twin = (0..<items * width).map { _ in Double(Float(random.normal())) }
      tensors = ["x": (x, width), "twin.0": (twin, width)]
      header = ["key", "y", "class", "confound", "user", "kind"]
      rows = (0..<items).map { i in
        let y = (x[i * width] - x[i * width + 1] + 0.4 * random.normal()) * 8
        return [
          "w\(i)", "\(y.rounded())", y > 0 ? "yes" : "no", "\((random.normal() * 10).rounded())", "u\(i / 2)",
          "k\(i % 5)",
        ]
      }
    }

    mutating func map(_ column: String, _ change: (String) -> String) {
      let place = header.firstIndex(of: column)!
      for row in rows.indices { rows[row][place] = change(rows[row][place]) }
    }

    /// - Parameter quoted: whether every cell stands between quotation marks.
    func table(separator: String = ",", lineEnd: String = "\n", quoted: Bool = false, mark: Bool = false)
      -> String
    {
      (mark ? "\u{FEFF}" : "")
        + ([header] + rows).map { row in
          row.map { quoted ? "\"\($0)\"" : $0 }.joined(separator: separator) + lineEnd
        }.joined()
    }

    func activations() throws -> Foundation.Data {
      try safetensors(
        tensors: tensors.mapValues { tensor in
          SampleTensor(
            order.flatMap { i in tensor.values[(i * tensor.width)..<((i + 1) * tensor.width)] },
            shape: [order.count, tensor.width], type: type)
        }, metadata: ["keys": String(decoding: JSONEncoder().encode(order.map { keys[$0] }), as: UTF8.self)])
    }
  }

  private static let measures: [(name: String, body: String)] = [
    (
      "r2 of units",
      """
      unit t.user
      measure score = r2 { predict t.y from x
        folds 6, grouped by t.user }
      claim score >= 0.3
      withstand random_embedding(gaussian, by: t.key, replicates: 9) { margin >= 0.05 }
      withstand confounds(t[confound, kind]) { margin >= 0.05, added >= 0.05 }
      withstand untrained(twin) { margin >= 0.05 }
      """
    ),
    (
      "accuracy",
      """
      measure score = accuracy { predict t.class from x
        probe ridge(penalty: 1)
        folds 6 }
      claim score >= 0.6
      withstand permuted_labels(within: t.kind, replicates: 99) { p < 0.05 }
      withstand control_task(by: t.user, replicates: 9) { selectivity >= 0.05 }
      """
    ),
  ]

  private static func text(_ body: String, table: String = "t.csv", key: String = "key") -> String {
    """
    hypothesis "sample" {
      data x = activations("x.safetensors", tensor: "x")
      data twin = activations("x.safetensors", tensor: "twin.*")
      data t = table("\(table)", key: \(key))
      \(body)
    }
    """
  }

  private func evidence(
    _ data: Data, _ body: String, table: String? = nil, named: String = "t.csv", key: String = "key"
  ) async throws -> Evidence {
    let folder = try TemporaryFolder()
    try folder.write(table ?? data.table(), to: named)
    try folder.write(data.activations(), to: "x.safetensors")
    let tested = try await run(Self.text(body, table: named, key: key), in: folder)
    return try #require(tested.evidence, "\(tested.judgement.reason)")
  }

  /// Everything that was found, without what a rename must change.
  private func expectSame(
    _ a: Evidence, _ b: Evidence, _ what: String, at location: Testing.SourceLocation = #_sourceLocation
  ) {
    #expect(a.score == b.score, "\(what)", sourceLocation: location)
    #expect(a.rivals == b.rivals, "\(what)", sourceLocation: location)
    #expect(a.premises == b.premises, "\(what)", sourceLocation: location)
    #expect(a.gates.map(\.passed) == b.gates.map(\.passed), "\(what)", sourceLocation: location)
    #expect((a.items, a.units) == (b.items, b.units), "\(what)", sourceLocation: location)
    #expect(judge(a).verdict == judge(b).verdict, "\(what)", sourceLocation: location)
  }

  @Test("How files are written changes nothing", arguments: measures.indices)
  func files(_ index: Int) async throws {
    let body = Self.measures[index].body
    let plain = Data()
    let known = try await evidence(plain, body)
    #expect(known.gates.filter { !$0.passed }.isEmpty)

    var changed = plain
    changed.order = plain.order.map { ($0 * 25 + 7) % plain.order.count }
    #expect(Set(changed.order).count == plain.order.count)
    expectSame(try await evidence(changed, body), known, "order of the activations")

    changed = plain
    for row in changed.rows.indices { changed.rows[row].append("\(row % 3)") }
    changed.header.append("unused")
    changed.tensors["unused"] = ([Double](repeating: .nan, count: plain.order.count * 2), 2)
    expectSame(try await evidence(changed, body), known, "a column and a tensor that nothing uses")

    changed = plain
    let places = [3, 0, 5, 2, 4, 1]
    changed.header = places.map { plain.header[$0] }
    changed.rows = plain.rows.map { row in places.map { row[$0] } }
    expectSame(try await evidence(changed, body), known, "order of the columns")

    changed = plain
    changed.map("y") { $0.hasSuffix(".0") ? String($0.dropLast(2)) : $0 }
    changed.map("confound") { "\(Double($0)!)0" }
    expectSame(try await evidence(changed, body), known, "numbers written otherwise")

    for (what, table, name) in [
      ("CRLF", plain.table(lineEnd: "\r\n"), "t.csv"),
      ("a byte order mark", plain.table(mark: true), "t.csv"),
      ("quotation", plain.table(quoted: true), "t.csv"), ("tabs", plain.table(separator: "\t"), "t.tsv"),
    ] {
      expectSame(try await evidence(plain, body, table: table, named: name), known, what)
    }

    changed = plain
    changed.type = "F64"
    expectSame(try await evidence(changed, body), known, "the same numbers as doubles")
  }

  @Test("Names change nothing", arguments: measures.indices)
  func names(_ index: Int) async throws {
    let body = Self.measures[index].body
    let plain = Data()
    let known = try await evidence(plain, body)

    var changed = plain
    changed.map("user") { "person \($0.reversed().map(String.init).joined())" }
    changed.map("kind") { ["k0": "zz", "k1": "b", "k2": "c", "k3": "d", "k4": "0"][$0]! }
    // One-hot columns are summed in the order of their names.
    if index == 1 { expectSame(try await evidence(changed, body), known, "names of units and groups") }

    changed = plain
    changed.map("user") { "9\($0.dropFirst())" }
    expectSame(try await evidence(changed, body), known, "units that look like numbers")

    changed = plain
    changed.keys = plain.keys.map { "\u{120}\($0)" }
    changed.map("key") { "\u{120}\($0)" }
    expectSame(try await evidence(changed, body), known, "keys")

    changed = plain
    changed.header[0] = "id"
    // What a rival is called keys its random numbers.
    if index == 1 { expectSame(try await evidence(changed, body, key: "id"), known, "the key's name") }

    changed = plain
    changed.map("class") { $0 == "yes" ? "A" : "B" }
    let renamed = try await evidence(changed, body)
    #expect(abs(renamed.score.requirement.value - known.score.requirement.value) < 1e-9)
  }

  @Test("What a probe cannot see changes no score")
  func representations() async throws {
    let body = Self.measures[0].body
    let plain = Data()
    let known = try await evidence(plain, body).score.requirement.value
    func score(_ change: (inout Data) -> Void) async throws -> Double {
      var changed = plain
      changed.type = "F64"
      change(&changed)
      return try await evidence(changed, body).score.requirement.value
    }
    let constant = try await score { data in
      for name in ["x", "twin.0"] {
        let values = data.tensors[name]!.values
        data.tensors[name] = ((0..<72).flatMap { Array(values[($0 * 6)..<($0 * 6 + 6)]) + [0.25] }, 7)
      }
    }
    #expect(abs(constant - known) < 1e-9)
    let turned = try await score { data in
      data.tensors["x"]!.values = data.tensors["x"]!.values.map { -$0 }
    }
    #expect(abs(turned - known) < 1e-9)
    // Standardised, a dimension has no unit.
    let scaled = try await score { data in
      for i in 0..<72 { data.tensors["x"]!.values[i * 6 + 2] *= 1024 }
    }
    #expect(abs(scaled - known) < 1e-9)
    let half = try await score { $0.type = "F16" }
    #expect(abs(half - known) < 0.01)
    #expect(half != known)
  }

  @Test("A rotation changes no score of a probe without scales, and negated targets none")
  func rotations() async throws {
    let body = Self.measures[0].body.replacing(
      "folds 6", with: "probe ridge(scale: none)\n  folds 6")
    var plain = Data()
    plain.type = "F64"
    let known = try await evidence(plain, body).score.requirement.value
    var turned = plain
    for i in 0..<72 {
      let (a, b) = (plain.tensors["x"]!.values[i * 6], plain.tensors["x"]!.values[i * 6 + 3])
      turned.tensors["x"]!.values[i * 6] = 0.6 * a - 0.8 * b
      turned.tensors["x"]!.values[i * 6 + 3] = 0.8 * a + 0.6 * b
    }
    let rotated = try await evidence(turned, body).score.requirement.value
    #expect(abs(rotated - known) < 1e-9)
    var negated = plain
    negated.map("y") { "\(-Double($0)!)" }
    let turnedRound = try await evidence(negated, body).score.requirement.value
    #expect(abs(turnedRound - known) < 1e-9)
  }

  @Test("Every item twice, in its unit, is one item under twice the penalty")
  func doubled() async throws {
    let plain = Data()
    func body(_ penalty: String) -> String {
      """
      unit t.user
      measure score = r2 { predict t.y from x
        probe ridge(penalty: \(penalty))
        folds 6, grouped by t.user }
      claim score >= 0.3
      withstand untrained(twin) { margin >= 0.05 }
      """
    }
    let known = try await evidence(plain, body("3"))
    var twice = plain
    let copies = plain.keys.map { $0 + "bis" }
    twice.keys += copies
    twice.order += plain.order.map { $0 + plain.order.count }
    twice.rows += plain.rows.map { row in [row[0] + "bis"] + row.dropFirst() }
    for name in ["x", "twin.0"] { twice.tensors[name]!.values += plain.tensors[name]!.values }
    let doubled = try await evidence(twice, body("6"))
    #expect(abs(doubled.score.requirement.value - known.score.requirement.value) < 1e-9)
    #expect(doubled.units == known.units && doubled.items == 2 * known.items)
    let own = known.score.intervals!.ofFits
    let other = doubled.score.intervals!.ofFits
    #expect(abs(own.lower - other.lower) < 1e-9 && abs(own.upper - other.upper) < 1e-9)
  }

  @Test("What else stands in the file, and in which order, changes nothing")
  func claims() async throws {
    let folder = try TemporaryFolder()
    let data = Data()
    try folder.write(data.table(), to: "t.csv")
    try folder.write(data.activations(), to: "x.safetensors")
    let all = Self.measures.map { Self.text($0.body).replacing("\"sample\"", with: "\"\($0.name)\"") }
    var alone: [String: Evidence] = [:]
    for (measure, text) in zip(Self.measures, all) {
      alone[measure.name] = try await run(text, in: folder).evidence
    }
    for text in [all.joined(separator: "\n"), all.reversed().joined(separator: "\n")] {
      for (name, found) in try await runAll(text, in: folder) { expectSame(found, alone[name]!, name) }
    }
  }

  @Test("A premise on another table of the same items is the premise on one table")
  func tables() async throws {
    let data = Data()
    let premise = """
        measure ground = r2 { predict DATA.y from x
          folds 6 }
        premise ground >= 0.2

      """
    let body = Self.measures[0].body
    let folder = try TemporaryFolder()
    try folder.write(data.table(), to: "t.csv")
    try folder.write(
      (["key,y"] + data.rows.map { "\($0[0]),\($0[1])" }).joined(separator: "\n"), to: "s.csv")
    try folder.write(data.activations(), to: "x.safetensors")
    let unit = "unit t.user\n"
    // The unit is a column of the table of the targets.
    let plain = body.replacing(unit, with: "").replacing(", grouped by t.user", with: "")
    let one = try await run(Self.text(premise.replacing("DATA", with: "t") + plain), in: folder)
    let two = try await run(
      Self.text("data s = table(\"s.csv\", key: key)\n" + premise.replacing("DATA", with: "s") + plain),
      in: folder)
    expectSame(try #require(one.evidence), try #require(two.evidence), "two tables")
  }
}
