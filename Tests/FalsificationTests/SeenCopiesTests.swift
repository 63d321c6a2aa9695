import Falsification
import Foundation
import GSL
import Hypotheses
import TestSupport
import Testing

@Suite("Copies across folds")
struct SeenCopiesTests {
  static let dimensions = 8

  /// Writes `c.safetensors` (tensor `x`) and `c.csv` (key, y, class, base).
  /// - Parameters:
  ///   - base: how many different rows there are.
  ///   - copied: which of them are there again, with noise added.
  ///   - strength: how much of y the rows hold.
  private func write(
    _ folder: TemporaryFolder, base: Int, copied: [Int], by noise: Double, strength: Double, seed: UInt64 = 5
  ) throws {
    var random = Sample.Generator(seed: seed)
    let d = Self.dimensions
    var x = (0..<base * d).map { _ in random.normal() }
    var y = (0..<base).map { strength * x[$0 * d] + random.normal() }
    for row in copied {
      x += (0..<d).map { x[row * d + $0] + noise * random.normal() }
      y.append(y[row])
    }
    let keys = y.indices.map { "w\($0)" }
    try folder.write(safetensors(["x": (x, d)], keys: keys), to: "c.safetensors")
    var table = "key,y,class,base\n"
    for (item, value) in y.enumerated() {
      table += "w\(item),\(value),\(value > 0 ? "a" : "b"),b\(item < base ? item : copied[item - base])\n"
    }
    try folder.write(table, to: "c.csv")
  }

  private func hypothesis(
    metric: String = "r2", target: String = "y", probe: String = "ridge()", folds: String = "5",
    claim: String = ">= 0.3", rivals: String = "withstand permuted_labels(replicates: 200) { p < 0.05 }"
  ) -> String {
    """
    hypothesis "copies" {
      data x = activations("c.safetensors", tensor: "x")
      data t = table("c.csv", key: key)
      measure score = \(metric) {
        predict t.\(target) from x
        probe \(probe)
        folds \(folds)
      }
      claim score \(claim)
      \(rivals)
    }
    """
  }

  @Test("Noise whose items are there again, nearly alike, is invalid", arguments: [0, 1e-6, 1e-3])
  func noise(_ jitter: Double) async throws {
    let folder = try TemporaryFolder()
    try write(folder, base: 100, copied: Array(0..<100) + Array(0..<100), by: jitter, strength: 0)
    let text = hypothesis(metric: "accuracy", target: "class", probe: "knn(k: 3)", claim: ">= 0.6")
    let result = try await run(text, in: folder)
    #expect(result.judgement.verdict == .invalid)
    #expect(result.judgement.reason.contains("no_duplicate_items_across_folds"))
    let reason = result.judgement.reason
    #expect(reason.contains("w0 and w100") || reason.contains("w0 and w200"), "\(reason)")
  }

  @Test("A score that rests on half of the items, which are copies, is invalid")
  func half() async throws {
    let folder = try TemporaryFolder()
    try write(folder, base: 150, copied: Array(0..<50), by: 1e-4, strength: 0)
    let text = hypothesis(
      metric: "accuracy", target: "class", probe: "knn(k: 1)", claim: ">= 0.55",
      rivals: "withstand majority { margin >= 0.05 }")
    let result = try await run(text, in: folder)
    #expect(result.judgement.verdict == .invalid, "\(result.judgement)")
    #expect(result.judgement.reason.contains("without them"))
  }

  @Test("A few copies in a true effect are a warning with a pair and a count")
  func few() async throws {
    let folder = try TemporaryFolder()
    try write(folder, base: 200, copied: [3, 8, 11, 20], by: 1e-5, strength: 2)
    let result = try await run(hypothesis(), in: folder)
    #expect(result.judgement.verdict == .corroborated)
    let caveat = try #require(result.evidence?.caveats.first { $0.rule == "copies-across-folds" })
    #expect(caveat.effect == .warns)
    let message = caveat.message
    #expect(message.contains("of 204 items") && message.contains(" and w20"), "\(message)")
    // Folds that keep them together leave nothing to warn of.
    let grouped = try await run(hypothesis(folds: "5, grouped by t.base"), in: folder)
    #expect(grouped.evidence?.caveats.contains { $0.rule == "copies-across-folds" } == false)
    #expect(grouped.evidence?.gates.first { $0.name == "no_duplicate_items_across_folds" }?.passed == true)
  }

  @Test("The trained model in half precision is no untrained twin", arguments: [8, 11])
  func twin(_ bits: Int) {
    var random = Sample.Generator(seed: 3)
    let real = Matrix(rows: 50, columns: 8, elements: (0..<400).map { _ in Double(Float(random.normal())) })
    func rounded(_ value: Double) -> Double {
      let unit = Double(sign: .plus, exponent: value.exponent - bits + 1, significand: 1)
      return (value / unit).rounded() * unit
    }
    let half = Matrix(rows: 50, columns: 8, elements: real.elements.map(rounded))
    #expect(!Gate.twinsDiffer([half], from: real).passed)
    #expect(!Gate.twinsDiffer([real], from: half).passed)
    let other = Matrix(rows: 50, columns: 8, elements: (0..<400).map { _ in rounded(random.normal()) })
    #expect(Gate.twinsDiffer([other], from: real).passed)
    // Another scale is another model.
    let scaled = Matrix(rows: 50, columns: 8, elements: half.elements.map { 2 * $0 })
    #expect(Gate.twinsDiffer([scaled], from: real).passed)
  }
}
