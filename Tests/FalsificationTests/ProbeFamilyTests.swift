import Falsification
import Foundation
import Hypotheses
import TestSupport
import Testing

/// Claims about families of measures with a probe.
struct ProbeFamilyTests {
  let folder: TemporaryFolder

  /// Six layers of noise, of which `layer.3` holds y and `layer.4` half of it; twins of all; and two targets more.
  init() throws {
    folder = try TemporaryFolder()
    var random = Sample.Generator(seed: 21)
    let n = 100
    let keys = (0..<n).map { "k\($0)" }
    func normals(_ count: Int) -> [Double] { (0..<count).map { _ in random.normal() } }
    let hidden = normals(n)
    var (layers, twins): ([String: ([Double], Int)], [String: ([Double], Int)]) = ([:], [:])
    for layer in 0..<6 {
      var values = normals(n * 5)
      for item in 0..<n {
        if layer == 3 { values[item * 5] = hidden[item] }
        if layer == 4 { values[item * 5] += hidden[item] }
      }
      layers["layer.\(layer)"] = (values, 5)
      twins["seed.0/layer.\(layer)"] = (normals(n * 5), 5)
      twins["seed.1/layer.\(layer)"] = (normals(n * 5), 5)
    }
    try folder.write(safetensors(layers, keys: keys), to: "x.safetensors")
    try folder.write(safetensors(twins, keys: keys), to: "twins.safetensors")
    var table = "key,y,z,noise,class,group\n"
    for item in 0..<n {
      let y = hidden[item] + 0.3 * random.normal()
      table +=
        "\(keys[item]),\(y),\(-y + 0.3 * random.normal()),\(random.normal()),\(y > 0 ? "a" : "b"),g\(item % 10)\n"
    }
    try folder.write(table, to: "t.csv")
  }

  private func hypothesis(
    layers: String = "0..<6", target: String = "t.y", metric: String = "r2", premise: String = "",
    claim: String = "any score >= 0.5", more: String = "", variables: String = "", rivals: [String]
  ) -> String {
    """
    hypothesis "family" {
      data x = activations("x.safetensors", tensor: "layer.*")
      data one = activations("x.safetensors", tensor: "layer.0")
      data first = activations("twins.safetensors", tensor: "seed.0/layer.*")
      data second = activations("twins.safetensors", tensor: "seed.1/layer.*")
      data t = table("t.csv", key: key)
      for layer in \(layers)\(variables) {
        measure score = \(metric) {
          predict \(target) from x[layer]
          folds 5
        }
        \(premise)
      }
      \(more)
      claim \(claim)
      \(rivals.map { "withstand " + $0 }.joined(separator: "\n  "))
    }
    """
  }

  private func test(_ text: String, jobs: Int = 2, seed: UInt64 = 1) async throws -> (Judgement, Evidence) {
    let result = try await run(text, in: folder, jobs: jobs, seed: seed)
    return (result.judgement, try #require(result.evidence, "\(result.judgement.reason)"))
  }

  private let everyRival = [
    "permuted_labels(replicates: 400) { p < 0.05, margin >= 0.1 }",
    "permuted_labels(within: t.group, replicates: 400) { p < 0.05 }",
    "control_task(by: t.key, replicates: 20) { selectivity >= 0.1 }",
    "random_embedding(gaussian, replicates: 20) { margin >= 0.1 }",
    "untrained([first, second]) { margin >= 0.1 }",
    "confounds(t[noise, group]) { margin >= 0.1 }",
    "other_representation(one) { margin >= 0.1 }",
    "category_means(t.group) { margin >= 0.1 }",
    "irrelevant_target(t.noise) { margin >= 0.1 }",
    "knn_copy(k: 3) { margin >= 0.0 }",
    "mean_predictor { margin >= 0.1 }",
  ]

  @Test("The one layer that holds the property is found, against every rival; the others are told apart")
  func any() async throws {
    let (judgement, evidence) = try await test(hypothesis(rivals: everyRival))
    #expect(judgement.verdict == .corroborated, "\(judgement.reason)")
    let family = try #require(evidence.family)
    #expect(
      family.quantifier == .any && family.axes == [Axis(name: "layer", values: (0..<6).map { .number($0) })])
    #expect(family.deciding == 3 && family.cells.count == 6)
    #expect(evidence.score.requirement.value == family.cells[3].value)
    #expect(evidence.score.requirement.interval.lower <= family.cells[3].interval.lower)
    let p = family.cells.map { $0.adjustedP ?? .nan }
    #expect(p[3] < 0.01 && p[4] < 0.05 && [0, 1, 2, 5].allSatisfy { p[$0] > 0.05 })
    for rival in evidence.rivals {
      #expect(rival.marginInterval.lower <= rival.margin && rival.margin <= rival.marginInterval.upper)
      #expect(abs(rival.margin - (evidence.score.requirement.value - rival.mean)) < 1e-12)
    }
    // The best of six noise layers is above what one scores.
    let permuted = evidence.rivals[0]
    #expect(permuted.mean > evidence.rivals.last!.mean)
    #expect(
      evidence.curves.map(\.name) == [
        "untrained([first, second]), 1 of 2", "untrained([first, second]), 2 of 2",
        "confounds(t[noise, group])",
        "other_representation(one)",
      ])
    #expect(evidence.curves.allSatisfy { $0.points.count == 6 && $0.axis == "layer" })
    // One gate of each kind, which says how many members it is about.
    #expect(Set(evidence.gates.map(\.name)).count == evidence.gates.count)
    #expect(
      evidence.gates.contains {
        $0.detail.hasPrefix("layer 0: ") && $0.detail.hasSuffix("5 other members pass too")
      })
  }

  @Test("Every score and p is that of the members measured one by one")
  func members() async throws {
    let rivals = ["permuted_labels(replicates: 200) { margin >= 0.1 }"]
    let (_, evidence) = try await test(hypothesis(rivals: rivals))
    let cells = try #require(evidence.family?.cells)
    var singles: [Evidence] = []
    for layer in 0..<6 {
      let text = """
        hypothesis "family" {
          data x = activations("x.safetensors", tensor: "layer.*")
          data t = table("t.csv", key: key)
          measure score = r2 {
            predict t.y from x[\(layer)]
            folds 5
          }
          claim score >= 0.5
          withstand \(rivals[0])
        }
        """
      singles.append(try await test(text).1)
    }
    #expect(cells.map(\.value) == singles.map(\.score.requirement.value))
    for (cell, single) in zip(cells, singles.compactMap(\.score.intervals?.ofFits)) {
      #expect(
        abs(cell.interval.lower - single.lower) < 1e-9 && abs(cell.interval.upper - single.upper) < 1e-9)
    }
    // The same rearrangements: the mean of the best is at least the best mean.
    #expect(evidence.rivals[0].mean >= singles.map { $0.rivals[0].mean }.max()!)
    #expect(evidence.rivals[0].p!.exceedances >= singles[3].rivals[0].p!.exceedances)
    let (_, one) = try await test(hypothesis(layers: "[3]", rivals: rivals))
    #expect(one.score.requirement.value == singles[3].score.requirement.value)
    #expect(one.rivals[0].mean == singles[3].rivals[0].mean)
    #expect(one.rivals[0].p == singles[3].rivals[0].p)
  }

  @Test("A claim about each is met where all are, and its p is the largest of the members' own")
  func each() async throws {
    let rivals = [
      "permuted_labels(replicates: 400) { p < 0.05, margin >= 0.1 }", "untrained(first) { margin >= 0.1 }",
    ]
    let (all, found) = try await test(
      hypothesis(layers: "[3, 4]", claim: "each score >= 0.2", rivals: rivals))
    #expect(all.verdict == .corroborated, "\(all.reason)")
    #expect(found.family?.deciding == 1 && found.score.requirement.value == found.family?.cells[1].value)
    let (some, evidence) = try await test(
      hypothesis(layers: "[2, 3]", claim: "each score >= 0.2", rivals: rivals))
    #expect(some.verdict == .falsified)
    #expect(evidence.rivals[0].p!.value > 0.05 && evidence.family?.deciding == 0)
    #expect(evidence.rivals[0].tail == nil)
    // Each member is held against its own: the margin is the smallest of the members', not that of the worst over the worst.
    let margins = zip(evidence.family!.cells, evidence.curves[0].points).map { $0.value - $1.value }
    #expect(abs(evidence.rivals[1].margin - margins.min()!) < 1e-12)
  }

  @Test("Targets can be varied, and errors are best when small")
  func targets() async throws {
    let rivals = ["permuted_labels(replicates: 200) { p < 0.05 }"]
    let (judgement, evidence) = try await test(
      hypothesis(
        layers: "[3, 5]", target: "t[property]", claim: "any score >= 0.4",
        variables: ", property in [noise, y, z]",
        rivals: rivals))
    #expect(judgement.verdict == .corroborated, "\(judgement.reason)")
    #expect(evidence.family?.cells.count == 6)
    #expect(evidence.family?.cells[evidence.family!.deciding!].coordinates == [.number(3), .word("y")])
    #expect(evidence.curves.isEmpty && evidence.structure == nil)
    let (error, found) = try await test(
      hypothesis(
        metric: "mse", claim: "any score <= 0.5", rivals: rivals + ["untrained(second) { margin >= 0.1 }"]))
    #expect(error.verdict == .corroborated, "\(error.reason)")
    #expect(found.family?.deciding == 3)
    #expect(found.rivals[1].margin > 0.3)
    let (classes, kinds) = try await test(
      hypothesis(
        target: "t.class", metric: "accuracy", claim: "any score >= 0.7",
        rivals: rivals + ["majority { margin >= 0.1 }"]))
    #expect(classes.verdict == .corroborated, "\(classes.reason)")
    #expect(kinds.family?.deciding == 3)
  }

  @Test("Premises take members out, and the claim is about those that are left")
  func premises() async throws {
    let rivals = ["permuted_labels(replicates: 200) { p < 0.05 }"]
    let (judgement, evidence) = try await test(
      hypothesis(
        premise: """
          measure other = r2 {
            predict t.z from x[layer]
            folds 5
          }
          premise other >= 0.1
          """, rivals: rivals))
    #expect(judgement.verdict == .corroborated, "\(judgement.reason)")
    #expect(
      evidence.premises.count == 6
        && evidence.premises[3].at == [Coordinate(axis: "layer", value: .number(3))])
    #expect(evidence.family?.cells.map(\.isFounded) == [false, false, false, true, true, false])
    #expect(evidence.family?.cells.map { $0.adjustedP != nil } == [false, false, false, true, true, false])
    let (none, _) = try await test(
      hypothesis(layers: "0..<3", premise: "premise score >= 0.3", claim: "any score >= 0.5", rivals: rivals))
    #expect(none.verdict == .unfounded, "\(none.reason)")
  }

  @Test("Results do not depend on jobs")
  func jobs() async throws {
    let text = hypothesis(
      rivals: [
        "permuted_labels(replicates: 300) { p < 0.05 }",
        "random_embedding(gaussian, replicates: 5) { margin >= 0.1 }",
      ])
    let (_, one) = try await test(text, jobs: 1)
    let (_, three) = try await test(text, jobs: 3)
    #expect(one == three)
  }

  /// A true null: of twelve layers of noise the best is claimed.
  @Test(
    "The best of twelve layers of noise is claimed as seldom as it should be, and by its own p far too often")
  func null() async throws {
    let folder = try TemporaryFolder()
    var random = Sample.Generator(seed: 22)
    let datasets = 60
    var (any, naive, each) = (0, 0, 0)
    for dataset in 0..<datasets {
      let keys = (0..<30).map { "k\($0)" }
      var tensors: [String: ([Double], Int)] = [:]
      for layer in 0..<12 { tensors["layer.\(layer)"] = ((0..<60).map { _ in random.normal() }, 2) }
      try folder.write(safetensors(tensors, keys: keys), to: "x\(dataset).safetensors")
      try folder.write(
        "key,y\n" + keys.map { "\($0),\(random.normal())\n" }.joined(), to: "t\(dataset).csv")
      func p(_ quantifier: String, _ layers: String) async throws -> Evidence {
        try #require(
          try await run(
            """
            hypothesis "null" {
              data x = activations("x\(dataset).safetensors", tensor: "layer.*")
              data t = table("t\(dataset).csv", key: key)
              for layer in \(layers) {
                measure score = r2 { predict t.y from x[layer]  probe ridge(penalty: 1)  folds 5 }
              }
              claim \(quantifier) score >= 0.01
              withstand permuted_labels(replicates: 99) { margin >= 0.0 }
            }
            """, in: folder, seed: UInt64(dataset)
          ).evidence)
      }
      let evidence = try await p("any", "0..<12")
      if evidence.rivals[0].p!.value <= 0.05 { any += 1 }
      let best = try #require(evidence.family?.deciding)
      if try await p("any", "[\(best)]").rivals[0].p!.value <= 0.05 { naive += 1 }
      if try await p("each", "[0, 1]").rivals[0].p!.value <= 0.05 { each += 1 }
    }
    func share(_ count: Int) -> Double { Double(count) / Double(datasets) }
    print(
      "best of 12 layers, null at .05: any \(share(any)), the best one's own p \(share(naive)), each of two \(share(each))"
    )
    let error = 3 * (0.05 * 0.95 / Double(datasets)).squareRoot()
    #expect(share(any) <= 0.05 + error && share(each) <= 0.05 + error)
    #expect(share(naive) > 0.25)
  }
}
