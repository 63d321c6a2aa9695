internal import ArgumentParser
internal import Falsification
internal import Foundation
internal import Hypotheses
internal import HypothesisLanguage
internal import Reporting

/// How the results of `power` are written.
enum SimulationFormat: String, ExpressibleByArgument, CaseIterable {
  case text, markdown, json
}

/// What `calibrate` and `power` share.
struct SimulationOptions: ParsableArguments {
  @Option(help: "The seed of every random stream.")
  var seed: UInt64 = 1

  @Option(
    name: .shortAndLong,
    help: "How many tasks work at a time (default: one per core). Results do not depend on it.")
  var jobs: Int?

  @Option(help: "Replace the number of replicates of every random rival.")
  var replicates: Int?

  @Option(
    help: ArgumentHelp("Write the results to this file instead of standard output.", valueName: "file"),
    completion: .file())
  var output: String?

  @Flag(name: .shortAndLong, help: "No progress.")
  var quiet = false

  func validate() throws {
    if let jobs, jobs < 1 { throw ValidationError("--jobs \(jobs): at least one task must work.") }
    if let replicates, !(1...100_000_000).contains(replicates) {
      throw ValidationError("--replicates \(replicates): between 1 and 100000000 replicates can be drawn.")
    }
  }

  func options(simulations: Int, progress: ProgressLine) -> CalibrationOptions {
    CalibrationOptions(
      seed: seed, jobs: jobs ?? ProcessInfo.processInfo.activeProcessorCount, simulations: simulations,
      replicates: replicates, progress: { progress.show($0) })
  }
}

/// Where results go: to standard output as they come, or to a file when all are there.
struct SimulationOutput {
  var path: String?
  private var text = ""

  init(path: String?) { self.path = path }

  mutating func add(_ more: String) throws {
    if path == nil { try Console.output(more) } else { text += more }
  }

  func finish() throws {
    if path != nil { try Console.put(text, in: path) }
  }
}

/// As many data sets as one run may simulate: each is held in memory.
let mostSimulations = 100_000

/// A command that simulates on hypotheses, one after the other.
protocol SimulationCommand {
  var files: HypothesisFiles { get }
  var dataOptions: DataOptions { get }
  var onlyOptions: OnlyOptions { get }
  var options: SimulationOptions { get }
  /// How many data sets with nothing to find are simulated.
  var simulations: Int { get }
}

extension SimulationCommand {
  /// Simulates on every chosen hypothesis.
  /// - Parameter report: what is written as soon as a hypothesis is done; `nil` in formats that are one document.
  func simulate<Found>(
    _ simulate: (Hypothesis, DataLibrary, CalibrationOptions) async throws -> Found,
    to written: inout SimulationOutput, report: (Hypothesis, Found) -> String?
  ) async throws -> [(hypothesis: Hypothesis, found: Found)] {
    let library = dataOptions.library
    let hypotheses = try CheckedFiles(try files.sources(), against: library)
      .chosen(by: onlyOptions, toBe: "simulated")
    let progress = ProgressLine(isShown: !options.quiet)
    let clock = ContinuousClock()
    var results: [(hypothesis: Hypothesis, found: Found)] = []
    for (index, hypothesis) in hypotheses.enumerated() {
      progress.begin("[\(index + 1)/\(hypotheses.count)] \(hypothesis.name)")
      let start = clock.now
      do {
        let found = try await simulate(
          hypothesis, library, options.options(simulations: simulations, progress: progress))
        progress.end("simulated", seconds: start.duration(to: clock.now) / .seconds(1))
        results.append((hypothesis, found))
        if let report = report(hypothesis, found) { try written.add(report + "\n") }
      } catch let error as CalibrationError {
        throw Failure(code: error.code, message: error.description)
      }
    }
    return results
  }
}

/// A table of cells, its first column to the left and the others to the right.
struct SimulationTable {
  var header: [String]
  var rows: [[String]] = []

  func render(_ format: SimulationFormat) -> String {
    let rows = rows.map { $0.map { $0.visible } }
    if format == .markdown {
      func line(_ cells: [String]) -> String {
        "| " + cells.map { $0.replacingOccurrences(of: "|", with: "\\|") }.joined(separator: " | ") + " |\n"
      }
      return line(header) + "|" + String(repeating: "---|", count: header.count) + "\n"
        + rows.map(line).joined()
    }
    let widths = header.indices.map { column in ([header] + rows).map { $0[column].count }.max() ?? 0 }
    return ([header] + rows).map { cells in
      cells.enumerated().map { column, cell in
        let padding = String(repeating: " ", count: widths[column] - cell.count)
        return column == 0 ? cell + padding : padding + cell
      }.joined(separator: "  ")
    }.joined(separator: "\n") + "\n"
  }
}

struct CalibrateCommand: AsyncParsableCommand, SimulationCommand {
  static let configuration = CommandConfiguration(
    commandName: "calibrate",
    abstract: "Test hypotheses on data like their own in which the claim is false, or planted.",
    discussion: """
      Keeps the representation, rearranges the targets over the hypothesis's own units, and repeats the whole test on each \
      of these data sets: how often is a criterion met, or the claim corroborated, where there is nothing to find? Then \
      signals of known strength are planted: how often are they found? Exit code 0, whatever the rates are.
      """)

  @OptionGroup var files: HypothesisFiles
  @OptionGroup var dataOptions: DataOptions
  @OptionGroup var onlyOptions: OnlyOptions
  @OptionGroup var options: SimulationOptions

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text, markdown, json, html
  }

  @Option(help: "How the results are written; html is one page with plots.")
  var format = Format.text

  @Option(help: "How many data sets with nothing to find; each strength of a signal gets a quarter as many.")
  var simulations = 200

  func validate() throws {
    guard (1...mostSimulations).contains(simulations) else {
      throw ValidationError(
        "--simulations \(simulations): between 1 and \(mostSimulations) data sets can be simulated.")
    }
  }

  func run() async throws {
    var written = SimulationOutput(path: options.output)
    let results = try await simulate(
      { try await Falsification.calibrate($0, library: $1, options: $2) }, to: &written,
      report: { _, found in
        switch format {
        case .text: found.report(.text)
        case .markdown: found.report(.markdown)
        case .json, .html: nil
        }
      }
    ).map(\.found)
    switch format {
    case .json: try written.add(try encoded(CalibrationsJSON(results, options)))
    case .html:
      try written.add(CalibrationReport.render(results, seed: options.seed, replicates: options.replicates))
    case .text, .markdown: break
    }
    try written.finish()
  }
}

struct PowerCommand: AsyncParsableCommand, SimulationCommand {
  static let configuration = CommandConfiguration(
    commandName: "power", abstract: "Say what the data are large enough to show.",
    discussion: """
      Tests the hypotheses once and reads off their intervals: the smallest margin over each rival that data of this size \
      show, the units that would show the one that was measured, the replicates that decide p. Then plants signals of known \
      strength, and counts how often they are found. Exit code 0, whatever the power is.
      """)

  @OptionGroup var files: HypothesisFiles
  @OptionGroup var dataOptions: DataOptions
  @OptionGroup var onlyOptions: OnlyOptions
  @OptionGroup var options: SimulationOptions

  @Option(help: "How the results are written.")
  var format = SimulationFormat.text

  @Option(
    help:
      "How many data sets with nothing to find; each strength of a signal gets a quarter as many. 0: none.")
  var simulations = 100

  @Option(help: "A margin to find the number of units for.")
  var margin: Double?

  @Option(help: "The probability with which a criterion should be met.")
  var power = 0.8

  func validate() throws {
    guard (0...mostSimulations).contains(simulations) else {
      throw ValidationError(
        "--simulations \(simulations): between 0 and \(mostSimulations) data sets can be simulated.")
    }
    guard power > 0, power < 1 else {
      throw ValidationError("--power \(power): a probability between 0 and 1 is needed.")
    }
    if let margin, !margin.isFinite {
      throw ValidationError("--margin \(margin): a finite number is needed.")
    }
  }

  func run() async throws {
    var written = SimulationOutput(path: options.output)
    let results = try await simulate(
      { try await Falsification.power($0, library: $1, options: $2, margin: margin, power: power) },
      to: &written,
      report: { hypothesis, found in
        format == .json ? nil : found.report(format, name: hypothesis.name, margin: margin)
      })
    if format == .json {
      try written.add(
        try encoded(PowersJSON(results.map { (name: $0.hypothesis.name, analysis: $0.found) }, options)))
    }
    try written.finish()
  }
}

extension CalibrationError {
  var code: Code {
    switch self {
    case .comparison, .sentences, .family: .usage
    case .data: .data
    }
  }
}

private func encoded(_ value: some Encodable) throws -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
  return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
}

// MARK: For people

private func percent(_ share: Double) -> String { String(format: "%.1f %%", 100 * share) }
private func number(_ value: Double) -> String { String(format: "%.3f", value) }

extension SimulatedShare {
  fileprivate var text: String {
    percent(value) + String(format: " (%.1f to %.1f)", 100 * interval.lower, 100 * interval.upper)
  }
}

extension SimulationFormat {
  fileprivate func title(_ text: String, level: Int = 2) -> String {
    self == .markdown
      ? String(repeating: "#", count: level) + " " + text.visible + "\n\n" : text.visible + "\n"
  }
}

extension Calibration {
  /// The rates as tables.
  fileprivate func report(_ format: SimulationFormat) -> String {
    var text = format.title(hypothesis.name)
    text +=
      "\(metric) of \(items) items, \(units) units; \(scheme.visible). \(String(format: "%.0f", seconds)) seconds.\n\n"
    var rates = SimulationTable(header: ["nothing to find", "met", "p ≤ .05", "p ≤ .01"])
    rates.rows.append(["claimed score", null.scoreMet.text, "", ""])
    for criterion in null.criteria {
      rates.rows.append([
        "\(criterion.rival): \(criterion.criterion)", criterion.met.text, criterion.atFive?.text ?? "",
        criterion.atOne?.text ?? "",
      ])
    }
    rates.rows.append(["corroborated", null.corroborated.text, "", ""])
    text += rates.render(format) + "\n"
    text +=
      "\(null.simulations) data sets in which the claim is false, mean score \(number(null.meanScore)) (standard deviation \(number(null.deviation))). In brackets: Clopper-Pearson 95 %.\n\n"
    text += curve(format)
    return text
  }

  /// How often planted signals were found.
  fileprivate func curve(_ format: SimulationFormat) -> String {
    guard let first = planted.first else { return "" }
    var curve = SimulationTable(
      header: ["planted signal"] + planted.map { String(format: "%g", $0.strength) })
    curve.rows.append(["mean score"] + planted.map { number($0.meanScore) })
    curve.rows.append(["claimed score"] + planted.map { percent($0.scoreMet.value) })
    for (place, criterion) in first.criteria.enumerated() {
      curve.rows.append(
        ["\(criterion.rival): \(criterion.criterion)"] + planted.map { percent($0.criteria[place].met.value) }
      )
    }
    curve.rows.append(["corroborated"] + planted.map { percent($0.corroborated.value) })
    return curve.render(format) + "\n\(first.simulations) data sets for each strength.\n"
  }
}

extension PowerAnalysis {
  fileprivate func report(_ format: SimulationFormat, name: String, margin: Double?) -> String {
    var text = format.title(name)
    text += "\(units) units (\(unit.visible)); power \(percent(power)).\n\n"
    var plans = SimulationTable(
      header: ["criterion", "measured", "95 % interval", "smallest detectable", "units needed"]
        + (margin.map { ["units for a margin of \(String(format: "%g", $0))"] } ?? []))
    for plan in thresholds {
      let what =
        (plan.rival.map { "\($0): margin" } ?? "claimed score")
        + " \(plan.comparison.rawValue) \(String(format: "%g", plan.threshold))"
      plans.rows.append(
        [
          what, number(plan.value), "\(number(plan.interval.lower)) to \(number(plan.interval.upper))",
          number(plan.smallestDetectable), plan.unitsNeeded.map { "\($0)" } ?? "none",
        ]
          + (margin.map { _ in [plan.rival == nil ? "" : plan.unitsForMargin.map { "\($0)" } ?? "none"] }
            ?? []))
    }
    text += plans.render(format) + "\n"
    if !replicates.isEmpty {
      var table = SimulationTable(
        header: [
          "criterion", "p", "smallest p of these data", "replicates drawn", "at least needed",
          "needed for this p",
        ])
      for plan in replicates {
        table.rows.append([
          "\(plan.rival): p < \(String(format: "%g", plan.alpha))", String(format: "%.4g", plan.value),
          plan.smallest.map { String(format: "%.3g", $0) } ?? "",
          "\(plan.drawn)", plan.isExact ? "all" : plan.fewest.map { "\($0)" } ?? "none",
          plan.isExact ? "all" : plan.needed.map { "\($0)" } ?? "none",
        ])
      }
      text += table.render(format) + "\n"
    }
    if let calibration {
      text += "Planted signals: \(calibration.scheme.visible).\n\n" + calibration.curve(format)
    }
    if !checks.isEmpty {
      var table = SimulationTable(
        header: ["criterion", "planted signal", "mean margin", "met", "expected from the interval"])
      for check in checks {
        table.rows.append([
          "\(check.rival): \(check.criterion)", String(format: "%g", check.strength),
          number(check.meanMargin),
          percent(check.met.value), percent(check.predicted),
        ])
      }
      text += "\n" + table.render(format)
    }
    return text
  }
}

// MARK: For programs

private struct ShareJSON: Encodable {
  var count: Int
  var simulations: Int
  var share: Double
  var lower: Double
  var upper: Double

  init(_ share: SimulatedShare) {
    (count, simulations, self.share) = (share.count, share.simulations, share.value)
    (lower, upper) = (share.interval.lower, share.interval.upper)
  }
}

private struct CriterionJSON: Encodable {
  var rival: String
  var criterion: String
  var met: ShareJSON
  var p05: ShareJSON?
  var p01: ShareJSON?
  var meanMargin: Double?

  init(_ criterion: CalibratedCriterion) {
    rival = criterion.rival
    self.criterion = criterion.criterion.description
    met = ShareJSON(criterion.met)
    (p05, p01) = (criterion.atFive.map { ShareJSON($0) }, criterion.atOne.map { ShareJSON($0) })
    meanMargin = criterion.meanMargin
  }
}

private struct StepJSON: Encodable {
  var strength: Double
  var meanScore: Double
  var deviation: Double
  var scoreMet: ShareJSON
  var criteria: [CriterionJSON]
  var corroborated: ShareJSON

  init(_ step: CalibrationStep) {
    (strength, meanScore, deviation) = (step.strength, step.meanScore, step.deviation)
    scoreMet = ShareJSON(step.scoreMet)
    criteria = step.criteria.map { CriterionJSON($0) }
    corroborated = ShareJSON(step.corroborated)
  }
}

private struct CalibrationJSON: Encodable {
  var hypothesis: String
  var metric: String
  var items: Int
  var units: Int
  var scheme: String
  var null: StepJSON
  var planted: [StepJSON]

  init(_ calibration: Calibration) {
    (hypothesis, metric) = (calibration.hypothesis.name, calibration.metric)
    (items, units, scheme) = (calibration.items, calibration.units, calibration.scheme)
    null = StepJSON(calibration.null)
    planted = calibration.planted.map { StepJSON($0) }
  }
}

private struct CalibrationsJSON: Encodable {
  var schema = "refute-calibration/1"
  var seed: UInt64
  var replicates: Int?
  var calibrations: [CalibrationJSON]

  init(_ results: [Calibration], _ options: SimulationOptions) {
    (seed, replicates) = (options.seed, options.replicates)
    calibrations = results.map { CalibrationJSON($0) }
  }
}

private struct PowersJSON: Encodable {
  struct Threshold: Encodable {
    var rival: String?
    var comparison: String
    var threshold: Double
    var value: Double
    var lower: Double
    var upper: Double
    var smallestDetectable: Double
    var unitsNeeded: Int?
    var unitsForMargin: Int?
  }
  struct Replicates: Encodable {
    var rival: String
    var alpha: Double
    var p: Double
    var drawn: Int
    var fewest: Int?
    var needed: Int?
    var exact: Bool
    var smallest: Double?
    var arrangementsNeeded: Int?
  }
  struct Check: Encodable {
    var rival: String
    var criterion: String
    var strength: Double
    var meanMargin: Double
    var met: ShareJSON
    var predicted: Double
  }
  struct Analysis: Encodable {
    var hypothesis: String
    var power: Double
    var units: Int
    var unit: String
    var thresholds: [Threshold]
    var replicates: [Replicates]
    var checks: [Check]
    var simulated: CalibrationJSON?
  }
  var schema = "refute-power/1"
  var seed: UInt64
  var replicates: Int?
  var analyses: [Analysis]

  init(_ results: [(name: String, analysis: PowerAnalysis)], _ options: SimulationOptions) {
    (seed, replicates) = (options.seed, options.replicates)
    analyses = results.map { name, analysis in
      Analysis(
        hypothesis: name, power: analysis.power, units: analysis.units, unit: analysis.unit,
        thresholds: analysis.thresholds.map {
          Threshold(
            rival: $0.rival, comparison: $0.comparison.rawValue, threshold: $0.threshold, value: $0.value,
            lower: $0.interval.lower, upper: $0.interval.upper, smallestDetectable: $0.smallestDetectable,
            unitsNeeded: $0.unitsNeeded, unitsForMargin: $0.unitsForMargin)
        },
        replicates: analysis.replicates.map {
          Replicates(
            rival: $0.rival, alpha: $0.alpha, p: $0.value, drawn: $0.drawn, fewest: $0.fewest,
            needed: $0.needed, exact: $0.isExact, smallest: $0.smallest,
            arrangementsNeeded: $0.arrangementsNeeded)
        },
        checks: analysis.checks.map {
          Check(
            rival: $0.rival, criterion: $0.criterion.description, strength: $0.strength,
            meanMargin: $0.meanMargin, met: ShareJSON($0.met), predicted: $0.predicted)
        }, simulated: analysis.calibration.map { CalibrationJSON($0) })
    }
  }
}
