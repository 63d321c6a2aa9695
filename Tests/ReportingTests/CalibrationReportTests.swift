import Falsification
import Foundation
import Hypotheses
import Reporting
import Testing

/// The page of `refute calibrate --format html`.
@Suite struct CalibrationReportTests {
  /// A claim with two rivals on p, of which one is met too often if `isLiberal`, and one on a margin.
  static func sample(
    _ name: String, rival: String = "permuted_labels(within: norms.supersense)", isLiberal: Bool = false,
    hasP: Bool = true
  ) -> Calibration {
    func step(_ strength: Double, _ count: Int) -> CalibrationStep {
      func share(_ rate: Double) -> SimulatedShare {
        SimulatedShare(count: min(count, Int(rate * Double(count))), of: count)
      }
      let power = strength * strength
      let five = isLiberal ? 0.12 : 0.045
      let p = ["permuted_labels", rival].enumerated().map { index, rival in
        CalibratedCriterion(
          rival: rival, criterion: Criterion(.p, .less, index == 0 ? 0.01 : 0.05),
          met: share(0.01 + 0.9 * power), atFive: share((index == 0 ? 0.04 : five) + 0.8 * power),
          atOne: share(0.01 + 0.7 * power))
      }
      return CalibrationStep(
        strength: strength, simulations: count, meanScore: 0.6 * power - 0.02, deviation: 0.03,
        scoreMet: share(strength > 0.7 ? 0.95 : 0.4 * power),
        criteria: (hasP ? p : []) + [
          CalibratedCriterion(
            rival: "random_embedding(gaussian, replicates: 20)",
            criterion: Criterion(.margin, .greaterOrEqual, 0.05), met: share(power), meanMargin: power)
        ], corroborated: share(strength > 0.7 ? 0.9 : 0.3 * power))
    }
    return Calibration(
      hypothesis: Samples.hypothesis(name), metric: "r2", items: 960, units: 240,
      scheme: "targets rearranged over \(rival)", null: step(0, 200),
      planted: [0.2, 0.4, 0.6, 0.8, 1].map { step($0, 50) }, seconds: 3)
  }

  static var samples: [Calibration] {
    [sample("layer 4 encodes concreteness"), sample("noun embeddings encode valence", isLiberal: true)]
      + [sample("a claim without p", hasP: false)]
      + Samples.hostileStrings.map { sample($0, rival: $0) }
  }

  @Test("The page is well-formed, loads nothing and runs nothing")
  func wellFormed() {
    let page = CalibrationReport.render(Self.samples, seed: 7, replicates: 199)
    let outline = XMLOutline(page)
    #expect(outline.failure == nil)
    #expect(outline.all("script").isEmpty && outline.all("img").isEmpty && outline.all("link").isEmpty)
    #expect(outline.elements.allSatisfy { $0.attributes.keys.allSatisfy { !$0.hasPrefix("on") } })
    let ids = outline.elements.compactMap { $0.attributes["id"] }
    #expect(Set(ids).count == ids.count)
    let targets = outline.elements.compactMap { $0.attributes["href"] }
    #expect(targets.allSatisfy { $0.hasPrefix("#") && ids.contains(String($0.dropFirst())) })
    #expect(XMLOutline(CalibrationReport.render([], seed: 1)).failure == nil)
  }

  @Test("Every rate stands against its level, and too high a one is said to be")
  func rates() throws {
    let good = XMLOutline(CalibrationReport.render([Self.sample("good")], seed: 1))
    let rows = good.all("div").filter { ($0.attributes["class"] ?? "").hasPrefix("row ") }
    #expect(rows.map { $0.attributes["class"] } == Array(repeating: "row met", count: 4))
    let sentences = good.all("title").map(\.text)
    #expect(
      sentences.contains(
        "permuted_labels, p ≤ .05: 4.0 % [1.7, 7.7], no more often than 5.0 % allows for"))
    let bad = CalibrationReport.render([Self.sample("bad", rival: "the rival", isLiberal: true)], seed: 1)
    let classes = XMLOutline(bad).all("div").compactMap { $0.attributes["class"] }
    #expect(classes.filter { $0 == "row missed" }.count == 1)
    #expect(bad.contains("p is small more often than it should be against the rival:"))
    let none = CalibrationReport.render([Self.sample("none", hasP: false)], seed: 1)
    #expect(none.contains("No rival has a criterion on p"))
    #expect(!none.contains("class=\"forest\""))
  }

  @Test("Both curves are drawn, every strength in them, and their numbers stand in a table")
  func curves() {
    let outline = XMLOutline(CalibrationReport.render([Self.sample("good")], seed: 1))
    let series = outline.all("g").filter { ($0.attributes["class"] ?? "").hasPrefix("series") }
    // Corroborated, score and three criteria; and the mean score.
    #expect(series.count == 6)
    #expect(outline.all("use").count { $0.attributes["class"] == "point" } == 6 * 6 + 6)
    let titles = outline.all("title").map(\.text)
    #expect(titles.contains { $0.hasPrefix("Power by strength") && $0.contains("corroborated: 0 0.0 %") })
    #expect(titles.contains { $0.hasPrefix("Mean score by strength") && $0.contains("R²: 0 −0.020") })
    #expect(outline.all("li").contains { $0.text == "claimed 0.300" })
    #expect(outline.all("h3").filter { $0.text.hasPrefix("Strength ") }.count == 6)
    var still = Self.sample("good")
    still.planted = []
    let page = CalibrationReport.render([still], seed: 1)
    #expect(!page.contains("class=\"curve\"") && XMLOutline(page).failure == nil)
  }

  @Test("Numbers that are none change nothing but text")
  func extreme() {
    var calibration = Self.sample("extreme")
    calibration.null.meanScore = .nan
    calibration.planted[0].meanScore = .infinity
    calibration.planted[1].deviation = .nan
    calibration.planted[2].strength = .nan
    #expect(XMLOutline(CalibrationReport.render([calibration], seed: 1)).failure == nil)
  }
}
