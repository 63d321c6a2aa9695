import Falsification
import Hypotheses
import Reporting
import TestSupport
import Testing

/// The p-values of a run's claims, held against each other.
@Suite struct FamilyTests {
  /// A claim whose rivals have these p-values, with a criterion on p unless said; `nil` for a rival without one.
  private func claim(
    _ name: String, _ values: [Double?], verdict: Verdict = .corroborated,
    criterion: Criterion = Criterion(.p, .less, 0.05)
  ) -> TestedHypothesis {
    let rivals = values.enumerated().map { index, value in
      Samples.rival(
        .permutedLabels(PermutedLabels()), "rival \(index)", replicates: 999, mean: 0, sd: 0.1, score: 0.5,
        p: value.map {
          PValueEvidence(value: $0, interval: Interval($0, $0), exceedances: 0, isExact: false)
        },
        criterion: criterion, outcome: .met)
    }
    let score = ScoreEvidence(requirement: Samples.requirement(0.5, 0.4, 0.6), floor: 0, ceiling: 1)
    return Samples.tested(
      Samples.hypothesis(name), Samples.evidence(score, rivals: rivals), verdict, "\(name).")
  }

  private func expect(_ adjusted: Record.Adjusted?, _ values: [Double], _ rival: String) throws {
    let adjusted = try #require(adjusted)
    let found = [
      adjusted.p, adjusted.holm, adjusted.benjaminiHochberg, adjusted.benjaminiYekutieli,
    ].map { $0.finite ?? .nan }
    for (a, b) in zip(found, values) { #expect(abs(a - b) < 1e-12, "\(found), not \(values)") }
    #expect(adjusted.rival == rival)
  }

  /// R: p.adjust(c(.001, .02, .03, .5), "holm"), "BH", "BY".
  @Test func onePOfEachClaimIsAdjusted() throws {
    let record = Samples.record([
      claim("a", [0.03, 0.001]), claim("b", [0.5]), claim("c", [0.0001, 0.001, 0.0002]),
      claim("d", [0.02, 0.02]),
      // Neither is a test by p.
      claim("e", [0.0001], criterion: Criterion(.margin, .greaterOrEqual, 0.1)), claim("f", []),
    ])
    let found = record.hypotheses.map(\.adjusted)
    let factor = 1 + 1.0 / 2 + 1.0 / 3 + 1.0 / 4
    try expect(found[0], [0.03, 0.06, 0.04, 0.04 * factor], "rival 0")
    try expect(found[1], [0.5, 0.5, 0.5, 1], "rival 0")
    try expect(found[2], [0.001, 0.004, 0.004, 0.004 * factor], "rival 1")
    // Of equal ones the first is named.
    try expect(found[3], [0.02, 0.06, 0.04, 0.04 * factor], "rival 0")
    #expect(found[0]?.claims == 4 && found[4] == nil && found[5] == nil)
  }

  /// Eight claims with three rivals each. In five of them one rival is all there is, and its p is uniform; whatever else is
  /// set against a claim falls. Any of the five that is taken for true is a wrong one.
  @Test func wrongOnesAreAsRareAsTheySay() {
    var random = TestSupport.Sample.Generator(seed: 41)
    let runs = 2_000
    var (anyByHolm, anyRaw, share, found) = (0, 0, 0.0, 0)
    for _ in 0..<runs {
      let record = Samples.record(
        (0..<8).map { number in
          var values = (0..<3).map { _ in 0.004 * random.uniform() }
          if number < 5 { values[number % 3] = max(random.uniform(), .leastNonzeroMagnitude) }
          return claim("\(number)", values)
        })
      func rejected(_ level: Double, _ value: (Record.Adjusted) -> Record.Number) -> (wrong: Int, right: Int)
      {
        let places = record.hypotheses.indices.filter {
          record.hypotheses[$0].adjusted.flatMap { value($0).finite } ?? 1 <= level
        }
        return (places.count { $0 < 5 }, places.count { $0 >= 5 })
      }
      let holm = rejected(0.05) { $0.holm }
      anyByHolm += holm.wrong > 0 ? 1 : 0
      found += holm.right
      anyRaw += rejected(0.05) { $0.p }.wrong > 0 ? 1 : 0
      let hochberg = rejected(0.1) { $0.benjaminiHochberg }
      share += Double(hochberg.wrong) / Double(max(1, hochberg.wrong + hochberg.right))
    }
    func rate(_ count: Int) -> Double { Double(count) / Double(runs) }
    share /= Double(runs)
    print(
      "family of 8 claims: any wrong by raw p \(rate(anyRaw)), by Holm \(rate(anyByHolm)) at .05; share of wrong ones by "
        + "Benjamini-Hochberg \(share) at .1; Holm finds \(rate(found) / 3) of the true ones")
    // 1 - .95^5 = .226 without; five are left when Holm has found the true ones; BH gives .1 × 5/8. Three standard errors.
    #expect(rate(anyRaw) > 0.19 && rate(anyRaw) < 0.26)
    #expect(rate(anyByHolm) < 0.05 + 0.0146 && rate(anyByHolm) > 0.025)
    #expect(abs(share - 0.0625) < 0.012)
    #expect(rate(found) / 3 > 0.9)
  }

  @Test func whatIsNotKnownHelpsNobody() throws {
    let sound = [claim("a", [0.04]), claim("b", [0.03])]
    func second(_ other: TestedHypothesis) throws -> Double {
      let record = Samples.record(sound + [other])
      #expect(record.hypotheses[2].adjusted?.p.finite == 1)
      return try #require(record.hypotheses[1].adjusted?.benjaminiHochberg.finite)
    }
    // A third claim with a p of .001 would leave .04: both of .03 and .04 are then shared by three.
    for other in [
      claim("c", [0.001], verdict: .invalid), claim("c", [0.001, nil]), claim("c", [.nan]), claim("c", [-1]),
      claim("c", [1e300]),
    ] { #expect(abs(try second(other) - 0.06) < 1e-12) }
    let helped = Samples.record(sound + [claim("c", [0.001])])
    #expect(abs((helped.hypotheses[1].adjusted?.benjaminiHochberg.finite ?? 0) - 0.04) < 1e-12)
  }

  /// As a resumed run assembles its record: from claims that were adjusted among others.
  @Test func adjustingAgainForgetsTheClaimsOfBefore() throws {
    let all = [claim("a", [0.03]), claim("b", [0.001]), claim("c", [0.02])]
    var resumed = Samples.record([all[0], all[1]])
    resumed.hypotheses = [resumed.hypotheses[1], Samples.record([all[2]]).hypotheses[0]]
    resumed.adjust()
    let fresh = Samples.record([all[1], all[2]])
    let isSame = resumed.hypotheses.map(\.adjusted) == fresh.hypotheses.map(\.adjusted)
    #expect(isSame && fresh.hypotheses[0].adjusted?.claims == 2)
    // Stored, read and rendered again.
    let isKept = try Record(json: resumed.json) == resumed
    #expect(isKept)
  }

  @Test func isShownWhereThereAreSeveral() {
    let one = Samples.record([claim("a", [0.03]), claim("b", [])])
    #expect(one.hypotheses[0].adjusted?.holm.finite == 0.03)
    #expect(!HTMLReport.render(one).contains("Several claims in one run"))
    #expect(!MarkdownSummary.render(one).contains("Several claims in one run"))

    let several = Samples.record([
      claim("a", [0.03]), claim("b", [0.001]), claim("c", []), claim("a < c", [0.02]),
    ])
    let outline = XMLOutline(HTMLReport.render(several))
    #expect(outline.failure == nil)
    let cells = outline.all("td").filter { $0.attributes["data-label"] == "Holm" }.map(\.text)
    #expect(cells == ["0.04", "0.003", "0.04"])
    let links = outline.all("a").compactMap { $0.attributes["href"] }
    #expect(links.contains("#family") && links.contains("#term-adjusted"))
    let summary = MarkdownSummary.render(several)
    for row in [
      "| a | rival 0 | 0.03 | 0.04 | 0.03 | 0.055 |\n", "| b | rival 0 | 0.001 | 0.003 | 0.003 | 0.0055 |\n",
      "| a &#60; c | rival 0 | 0.02 | 0.04 | 0.03 | 0.055 |\n",
    ] {
      let isThere = summary.contains(row)
      #expect(isThere, "\(row)")
    }
  }
}
