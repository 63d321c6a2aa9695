internal import Foundation

/// The simulations, as the tables of docs/calibration.md.
public enum Section: String, CaseIterable, Sendable {
  case schemes, probes, metrics, traps, coverage, conditions, gates, truth

  /// The section's table in Markdown.
  /// - Parameters:
  ///   - datasets: how many data sets are simulated for each row.
  ///   - only: the rows whose name contains this; traps have none. Of gates, `slow`: designs whose probe is `ffnn`.
  ///   - progress: told every finished row.
  public func table(
    datasets: Int, jobs: Int, only: String? = nil, progress: @Sendable (String) -> Void = { _ in }
  ) async throws -> String {
    var lines: [String] = []
    func isChosen(_ name: String) -> Bool { only.map { name.contains($0) } ?? true }
    func add(_ row: String) {
      lines.append(row)
      progress(row)
    }
    switch self {
    case .schemes, .probes, .metrics:
      let designs =
        switch self {
        case .schemes: NullDesign.schemes
        case .probes: NullDesign.probes
        default: NullDesign.metrics
        }
      add(NullResult.header)
      for design in designs where isChosen(design.name) {
        add(try await design.run(datasets: datasets, jobs: jobs).row)
      }
    case .traps:
      let types = try await Traps.types(datasets: datasets, jobs: jobs)
      let heads = try await Traps.bestOfHeads(datasets: datasets, jobs: jobs)
      add("| nothing to find | test | rejected at .05 |\n|---|---|---|")
      func row(_ data: String, _ test: String, _ rejected: String) {
        add("| \(data) | \(test) | \(rejected) |")
      }
      let tokens = "a property of types, on repeated tokens"
      row(tokens, "tokens permuted, any fold", types.naive.atFive.withInterval)
      row("the same data sets", "tokens permuted, folds by type", types.halfNaive.atFive.withInterval)
      row("the same data sets", "types permuted, folds by type (the default)", types.ours.atFive.withInterval)
      row("the best of \(Traps.heads) heads", "its own p", heads.naive.withInterval)
      row("the same data sets", "max-T over the heads", heads.maxT.withInterval)
      row("one of \(Traps.heads) heads holds the target (effect 1)", "max-T over the heads", heads.power.text)
    case .gates:
      add("| sound designs | failed |\n|---|---|")
      let result = try await GateAlarms.run(designs: 10 * datasets, jobs: jobs, slow: only == "slow")
      for row in result.rows { add(row) }
    case .truth:
      add(TruthResult.header)
      var results: [TruthResult] = []
      // The whole program runs on every data set: a fifth as many.
      for design in TruthDesign.all() where isChosen(design.name) {
        let result = try await design.run(datasets: max(datasets / 5, 1), jobs: jobs)
        results.append(result)
        add(result.row)
        for reason in result.invalid { progress(reason) }
      }
      for fault in results.significantFaults { progress("FAULT \(fault)") }
    case .coverage, .conditions:
      add(CoverageResult.header)
      let designs =
        self == .coverage ? CoverageDesign.metrics + CoverageDesign.probes : CoverageDesign.conditions
      for design in designs where isChosen(design.name) {
        add(try await design.run(datasets: datasets, jobs: jobs).row)
      }
    }
    return lines.joined(separator: "\n")
  }

  /// The text with this section's table between its marks replaced.
  /// - Returns: `nil` where the text lacks the marks.
  public func replacing(in text: String, by table: String) -> String? {
    let (start, end) = ("<!-- calibrate: \(rawValue) -->\n", "<!-- end: \(rawValue) -->")
    guard let from = text.range(of: start), let to = text.range(of: end), from.upperBound <= to.lowerBound
    else { return nil }
    return text[..<from.upperBound] + "\n" + table + "\n\n" + text[to.lowerBound...]
  }
}
