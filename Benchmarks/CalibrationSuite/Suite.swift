internal import Foundation

/// The simulations, as the tables of docs/calibration.md.
public enum Section: String, CaseIterable, Sendable {
  case schemes, probes, metrics, traps, coverage, conditions

  /// The section's table in Markdown.
  /// - Parameters:
  ///   - datasets: how many data sets are simulated for each row.
  ///   - progress: told every finished row.
  public func table(
    datasets: Int, jobs: Int, progress: @Sendable (String) -> Void = { _ in }
  ) async throws -> String {
    var lines: [String] = []
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
      for design in designs { add(try await design.run(datasets: datasets, jobs: jobs).row) }
    case .traps:
      let types = try await Traps.types(datasets: datasets, jobs: jobs)
      let heads = try await Traps.bestOfHeads(datasets: datasets, jobs: jobs)
      add("| nothing to find | test | rejected at .05 |\n|---|---|---|")
      add(
        "| a property of types, on repeated tokens | tokens permuted | \(types.naive.atFive.withInterval) |")
      add("| the same data sets | types permuted (the default) | \(types.ours.atFive.withInterval) |")
      add("| the best of \(Traps.heads) heads | its own p | \(heads.naive.withInterval) |")
      add("| the same data sets | max-T over the heads | \(heads.maxT.withInterval) |")
      add(
        "| one of \(Traps.heads) heads holds the target (effect 1) | max-T over the heads | \(heads.power.text) |"
      )
    case .coverage, .conditions:
      add(CoverageResult.header)
      for design in self == .coverage
        ? CoverageDesign.metrics + CoverageDesign.probes : CoverageDesign.conditions
      {
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
