public import Falsification
internal import Hypotheses

/// How claims fare on data like their own in which it is known what is true: one HTML page, self-contained as the audit report
/// is, with no script and nothing loaded from anywhere.
public enum CalibrationReport {
  /// - Parameters:
  ///   - calibrations: what `calibrate` found, by hypothesis.
  ///   - seed: the seed that was given.
  ///   - replicates: what replaced the rivals' replicates, if anything did.
  /// - Returns: an HTML document that is well-formed XML too.
  public static func render(_ calibrations: [Calibration], seed: UInt64, replicates: Int? = nil) -> String {
    ReportTemplate.calibration.render(CalibrationPage(calibrations, seed: seed, replicates: replicates))
  }
}

// What the template shows; see HTMLReport.swift about its names.

private struct CalibrationPage {
  var title: String
  var facts: [Fact]
  var claims: [CalibrationSection]
  var hasClaims: Bool
  var glossary: [Glossary.Term]

  init(_ calibrations: [Calibration], seed: UInt64, replicates: Int?) {
    title =
      calibrations.count == 1
      ? "1 claim, on data in which it is known what is true"
      : "\(Format.count(calibrations.count)) claims, on data in which it is known what is true"
    facts = [Fact(term: "Seed", value: String(seed))]
    if let replicates {
      facts.append(Fact(term: "Replicates", value: "\(Format.count(replicates)), for every rival"))
    }
    claims = calibrations.enumerated().map { CalibrationSection($1, index: $0) }
    hasClaims = !claims.isEmpty
    let used: Set<String> = [
      "score", "interval", "unit", "rival", "replicate", "p", "margin", "corroborated",
    ]
    glossary = Glossary.calibration + Glossary.terms.filter { used.contains($0.id) }
  }
}

/// One claim.
private struct CalibrationSection {
  struct Rate {
    var rateRival: String
    var rateCriterion: String
    var rateMet: String
    var rateFive: String
    var rateOne: String
    var lacksFive: Bool
  }

  struct Step {
    var strength: String
    var stepCount: String
    var stepScore: String
    var shares: [Share]
  }

  struct Share {
    var shareName: String
    var shareValue: String
  }

  var anchor: String
  var ordinal: String
  var name: String
  var claimFacts: [Fact]
  var conclusion: String
  var forests: [ForestPlot.Drawing]
  var lacksForest: Bool
  var rates: [Rate]
  var curvePlots: [CurvePlot]
  var steps: [Step]
  var hasSteps: Bool

  init(_ calibration: Calibration, index: Int) {
    let null = calibration.null
    anchor = "claim-\(index + 1)"
    ordinal = "Claim \(index + 1)"
    name = heading(calibration.hypothesis.name)
    claimFacts = [
      Fact(term: "Metric", value: metricWords(calibration.metric).line.shortened(to: 80)),
      Fact(term: "Items", value: Format.count(calibration.items)),
      Fact(term: "Units", value: Format.count(calibration.units)),
      Fact(term: "Nothing to find", value: "\(Format.count(null.simulations)) data sets"),
      Fact(term: "Made by", value: calibration.scheme.line.shortened(to: 300)),
    ]
    conclusion = Self.conclusion(null)
    forests = ForestPlot(ratesOf: null).map { [.init($0)] } ?? []
    lacksForest = forests.isEmpty
    rates = null.outcomes.map {
      Rate(
        rateRival: $0.rival, rateCriterion: $0.asked, rateMet: $0.met.words,
        rateFive: $0.atFive?.words ?? "–", rateOne: $0.atOne?.words ?? "–", lacksFive: $0.atFive == nil)
    }
    let all = calibration.planted.isEmpty ? [] : [null] + calibration.planted
    curvePlots = all.isEmpty ? [] : [CurvePlot(powerOf: all), CurvePlot(scoresOf: all, calibration)]
    steps = all.map { step in
      Step(
        strength: Format.threshold(Record.Number(step.strength)), stepCount: Format.count(step.simulations),
        stepScore: "\(Format.score(step.meanScore)) ± \(Format.score(step.deviation))",
        shares: step.outcomes.map { Share(shareName: $0.name, shareValue: $0.met.words) })
    }
    hasSteps = !steps.isEmpty
  }

  /// What the rates of false positives come to.
  private static func conclusion(_ null: CalibrationStep) -> String {
    let high = null.criteria.flatMap { criterion in
      [(criterion.atFive, 0.05), (criterion.atOne, 0.01)].compactMap { share, level in
        share.map { $0.interval.lower > level } == true ? criterion.label : nil
      }
    }
    let corroborated =
      "With nothing to find, the claim is corroborated in \(null.corroborated.words) of the data sets."
    if null.criteria.allSatisfy({ $0.atFive == nil }) { return corroborated }
    guard !high.isEmpty else {
      return corroborated + " No criterion on p is met more often than its level allows for."
    }
    let names = high.reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
    return corroborated
      + " p is small more often than it should be against \(names.joined(separator: ", ")): that rival, or the unit, does not fit the data."
  }
}

extension SimulatedShare {
  /// `4.5 % [2.1, 8.3]`.
  fileprivate var words: String {
    "\(Format.percent(value)) % [\(Format.percent(interval.lower)), \(Format.percent(interval.upper))]"
  }
}

/// What can be met in a data set: the claimed score, a criterion, or all that makes a claim corroborated.
private struct SimulatedOutcome {
  /// Empty where it is about no rival.
  var rival = ""
  var asked: String
  var met: SimulatedShare
  var atFive: SimulatedShare? = nil
  var atOne: SimulatedShare? = nil

  var name: String { rival.isEmpty ? asked : "\(rival): \(asked)" }
}

extension CalibrationStep {
  /// The claimed score, every criterion, and whether the claim is corroborated.
  fileprivate var outcomes: [SimulatedOutcome] {
    [SimulatedOutcome(asked: "claimed score", met: scoreMet)]
      + criteria.map {
        SimulatedOutcome(
          rival: $0.label, asked: $0.asked, met: $0.met, atFive: $0.atFive, atOne: $0.atOne)
      } + [SimulatedOutcome(asked: "corroborated", met: corroborated)]
  }
}

extension CalibratedCriterion {
  fileprivate var label: String { rival.line.shortened(to: 90) }
  fileprivate var asked: String {
    "\(criterion.quantity.words) \(criterion.comparison.sign) \(Format.threshold(Record.Number(criterion.threshold)))"
  }
}

extension ForestPlot {
  /// How often p was small where there is nothing to find, each rate against its level; `nil` without a criterion on p.
  fileprivate init?(ratesOf null: CalibrationStep) {
    let found = null.criteria.flatMap { criterion in
      [(criterion.atFive, 0.05, "p ≤ .05"), (criterion.atOne, 0.01, "p ≤ .01")].compactMap {
        share, level, words in share.map { (criterion, $0, level, words) }
      }
    }
    guard !found.isEmpty else { return nil }
    let axis = Axis(core: [0, 5] + found.flatMap { [100 * $0.1.value, 100 * $0.1.interval.upper] })
    rows = found.map { criterion, share, level, words in
      let isHigh = share.interval.lower > level
      return Row(
        label: criterion.label, sublabel: words, isCode: true, marker: isHigh ? "missed" : "met",
        x: axis.percent(100 * share.value), hasMarker: true, hasRange: true,
        x1: axis.percent(100 * share.interval.lower), x2: axis.percent(100 * share.interval.upper),
        isCutLeft: false, isCutRight: false, hasRequired: true, requiredX: axis.percent(100 * level),
        number: "\(Format.percent(share.value)) %",
        range: "[\(Format.percent(share.interval.lower)), \(Format.percent(share.interval.upper))]",
        sentence:
          "\(criterion.label), \(words): \(share.words), \(isHigh ? "more often than" : "no more often than") \(Format.percent(level)) % allows for"
      )
    }
    title = "False positives"
    caption =
      "How often p was that small where there is nothing to find, in per cent of \(Format.count(null.simulations)) data sets, "
      + "with Clopper–Pearson 95\u{a0}% intervals. The bar marks the level."
    let lines: [(Double, String)] = [(5, "level 5\u{a0}%"), (1, "level 1\u{a0}%")]
    references = lines.enumerated().map { index, line in
      Reference(
        x: axis.percent(line.0), label: line.1, kind: "floor", labelY: index * 18 + 14,
        lineY: index * 18 + 4 + ForestPlot.foot, anchor: "start", dx: 6)
    }
    ticks = axis.ticks
    head = lines.count * 18 + 8
  }
}

extension CurvePlot {
  /// The share of data sets that met each criterion, by the strength of what was planted.
  fileprivate init(powerOf steps: [CalibrationStep]) {
    // What it all comes to first.
    let outcomes = steps.map { [$0.outcomes.last!] + $0.outcomes.dropLast() }
    self.init(
      title: "Power", steps, names: outcomes[0].map(\.name),
      values: outcomes.map {
        $0.map { (100 * $0.met.value, 100 * $0.met.interval.lower, 100 * $0.met.interval.upper) }
      },
      core: [0, 100], threshold: nil, unit: " %",
      caption:
        "The per cent of data sets that met each criterion, by the strength of the planted signal (0: nothing, 1: nothing else). "
        + "Whiskers are Clopper–Pearson 95\u{a0}% intervals.")
  }

  /// The mean score by the strength of what was planted, and its spread.
  fileprivate init(scoresOf steps: [CalibrationStep], _ calibration: Calibration) {
    let metric = metricWords(calibration.metric).line.shortened(to: 80)
    let values = steps.map { [($0.meanScore, $0.meanScore - $0.deviation, $0.meanScore + $0.deviation)] }
    let threshold = calibration.hypothesis.claim.threshold
    self.init(
      title: "Mean score", steps, names: [metric], values: values,
      core: [threshold] + values.flatMap { $0.flatMap { [$0.0, $0.1, $0.2] } }, threshold: threshold,
      unit: "",
      caption:
        "What a planted signal comes to in \(metric). Whiskers are one standard deviation between data sets, up and down."
    )
  }

  /// - Parameter values: by step and series: value, lower and upper end.
  private init(
    title: String, _ steps: [CalibrationStep], names: [String], values: [[(Double, Double, Double)]],
    core: [Double], threshold: Double?, unit: String, caption: String
  ) {
    let axisY = Axis(core: core, tickCount: 5)
    func y(_ value: Double) -> String { CurvePlot.place(value, on: axisY) }
    func text(_ value: Double) -> String {
      unit.isEmpty ? Format.score(value) : Format.percent(value / 100) + unit
    }
    // Series stand a little beside each other, so that their whiskers do.
    func x(_ strength: Double, _ series: Int) -> String {
      let beside = (Double(series) - Double(names.count - 1) / 2) * min(0.012, 0.08 / Double(names.count))
      return Axis.percent(0.06 + 0.88 * min(max(strength, 0), 1) + beside)
    }
    xTicks = steps.map {
      Tick(
        x: Axis.percent(0.06 + 0.88 * min(max($0.strength, 0), 1)),
        label: Format.threshold(Record.Number($0.strength)))
    }
    yTicks = CurvePlot.levels(of: axisY)
    series = names.enumerated().map { index, name in
      let points = zip(steps, values).map { ($0, $1[index]) }.filter { $0.1.0.isFinite }
      return Series(
        seriesName: name, style: "\(index % CurvePlot.styles + 1)",
        segments: zip(points, points.dropFirst()).map {
          Segment(
            x1: x($0.0.strength, index), x2: x($1.0.strength, index), y1: y($0.1.0), y2: y($1.1.0))
        },
        points: points.map { step, value in
          let has = value.1.isFinite && value.2.isFinite
          return Point(
            x: x(step.strength, index), y: y(value.0), low: y(has ? value.1 : value.0),
            high: y(has ? value.2 : value.0), hasWhisker: has,
            hint: "\(name), strength \(Format.threshold(Record.Number(step.strength))): \(text(value.0))")
        },
        seriesSentence: name + ": "
          + points.map { "\(Format.threshold(Record.Number($0.0.strength))) \(text($0.1.0))" }
          .joined(separator: ", "))
    }
    axisName = "strength of the planted signal"
    curveTitle = title
    curveCaption = caption
    hasThreshold = threshold.map { axisY.holds($0) } ?? false
    thresholdY = y(threshold ?? 0)
    thresholdLabel = "claimed \(Format.score(threshold ?? .nan))"
    sentence =
      "\(title) by strength of the planted signal. " + series.map(\.seriesSentence).joined(separator: ". ")
  }
}
