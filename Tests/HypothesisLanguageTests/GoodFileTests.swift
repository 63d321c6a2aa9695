import Hypotheses
import HypothesisLanguage
import Testing

@Suite struct GoodFileTests {
  @Test func thereAreFiles() {
    #expect(Corpus.good.count >= 8)
  }

  @Test(arguments: Corpus.good)
  func hasNothingWrong(_ file: Corpus.File) {
    let diagnostics = Corpus.diagnose(file.source)
    #expect(diagnostics.isEmpty, "\(render(diagnostics, sources: [file.source], color: false))")
  }

  @Test(arguments: Corpus.good)
  func everyHypothesisIsReturned(_ file: Corpus.File) {
    let parsed = parse(file.source)
    let checked = check(parsed.document, against: FakeCatalog())
    #expect(checked.hypotheses.count == parsed.document.count)
    for hypothesis in checked.hypotheses {
      #expect(hypothesis.source.hasPrefix("hypothesis \""))
      #expect(hypothesis.source.hasSuffix("}"))
      #expect(file.text.contains(hypothesis.source))
    }
  }

  /// What the checker returns, in full, is pinned for every good file.
  @Test(arguments: Corpus.good)
  func meansWhatItMeant(_ file: Corpus.File) throws {
    let checked = check(parse(file.source).document, against: FakeCatalog())
    let text = checked.hypotheses.map(describe).joined(separator: "\n")
    try Corpus.expect(text, at: file.golden("meaning"))
  }

  /// A source; what a declaration of a table does not say stands nowhere.
  private func describe(_ source: DataSource) -> String {
    guard case .table(let path, let key, TableFormat()) = source else { return "\(source)" }
    return "table(path: \(path.debugDescription), key: \(key.debugDescription))"
  }

  private func describe(_ hypothesis: Hypothesis) -> String {
    var lines = ["hypothesis \(hypothesis.name) (line \(hypothesis.location.line))"]
    lines += hypothesis.citations.map { "  cites \($0)" }
    lines += hypothesis.tags.map { "  tag \($0)" }
    lines += hypothesis.data.map { "  data \($0.name): \(describe($0.source))" }
    lines.append("  unit \(hypothesis.unit?.description ?? "item")")
    for measurement in hypothesis.measurements {
      lines.append(
        "  measure \(measurement.name): \(measurement.metric.keyword) (line \(measurement.location.line))")
      if !measurement.metric.signature.parameters.isEmpty { lines.append("    metric \(measurement.metric)") }
      lines.append(
        "    predict \(measurement.targets) from \(measurement.representation)"
          + (measurement.member.map { "[\($0)]" } ?? ""))
      lines.append("    probe \(measurement.probe)")
      let folds = measurement.folds
      lines.append("    folds \(folds.count) by \(folds.grouped?.description ?? "item") x \(folds.repeats)")
      if let linked = folds.linked { lines.append("    linked \(linked)") }
      lines.append("    items \(measurement.items.rawValue)")
      for part in Residualized.Part.allCases {
        guard let columns = measurement.residualized[part] else { continue }
        lines.append("    residualize \(part.rawValue) on \(columns)")
      }
    }
    for family in hypothesis.probeFamilies {
      let axes = family.axes.map { "\($0.name) in \($0.values.map(\.description).joined(separator: ", "))" }
      lines.append("  family \(family.name): \(axes.joined(separator: "; ")) (line \(family.location.line))")
      for member in family.members {
        let measurement = member.measurement
        lines.append(
          "    at \(member.coordinates.map(\.description).joined(separator: ", ")): \(measurement.metric.keyword) of "
            + "\(measurement.targets) from \(measurement.representation)[\(measurement.member ?? "-")], "
            + "\(measurement.probe), folds \(measurement.folds.count)")
      }
    }
    for measurement in hypothesis.textMeasurements {
      lines.append(
        "  measure \(measurement.name): \(measurement.keyword) (line \(measurement.location.line)), folds "
          + "\(measurement.folds), \(measurement.cells.count) cells")
      lines += measurement.axes.map {
        "    for \($0.name) in \($0.values.map(\.description).joined(separator: " "))"
      }
      // The first cells and the last show the order and what is spread.
      for (index, cell) in measurement.cells.enumerated()
      where index < 3 || index == measurement.cells.count - 1 {
        let place = cell.coordinates.map(\.description).joined(separator: ", ")
        lines.append("    \(index) [\(place)] \(cell.quantity)")
      }
    }
    for contrast in hypothesis.contrasts {
      lines.append(
        "  compare \(contrast.name): \(contrast.better) over \(contrast.worse) (line \(contrast.location.line))"
      )
    }
    for (keyword, requirement) in hypothesis.premises.map({ ("premise", $0) }) + [("claim", hypothesis.claim)]
    {
      lines.append(
        "  \(keyword)\(keyword == "claim" ? hypothesis.quantifier.map { " \($0.rawValue)" } ?? "" : "") \(requirement.measurement) \(requirement.comparison.rawValue) \(requirement.threshold)"
      )
    }
    for withstand in hypothesis.rivals {
      lines.append("  withstand \(withstand.label) (line \(withstand.location.line))")
      lines.append("    \(withstand.rival)")
      lines += withstand.criteria.map { "    \($0)" }
    }
    for variation in hypothesis.variations {
      lines.append("  vary \(variation.choice.rawValue) in \(variation.options.joined(separator: " "))")
    }
    for specification in hypothesis.specifications {
      let measurement = specification.measurement
      lines.append(
        "    \(specification.choices.joined(separator: " "))\(specification.isAsWritten ? " (as written)" : ""): "
          + "\(measurement.metric.keyword) from \(measurement.representation), \(measurement.probe), folds "
          + "\(measurement.folds.count) by \(measurement.folds.grouped?.description ?? "nothing")")
    }
    lines.append("  expect \(hypothesis.expected?.rawValue ?? "nothing")")
    return lines.joined(separator: "\n") + "\n"
  }

  @Test func valuesOfOneFileAreAsWritten() throws {
    let file = try #require(Corpus.good.first { $0.name == "everything" })
    let hypothesis = try #require(check(parse(file.source).document, against: FakeCatalog()).hypotheses.first)
    let norms = "norms"
    #expect(hypothesis.name == "noun embeddings encode how concrete a noun is")
    #expect(hypothesis.unit == ColumnReference(data: norms, column: "lemma"))
    #expect(hypothesis.expected == .artifact)
    let score = try #require(hypothesis.measurement(named: "score"))
    #expect(score.probe == .ridge(Ridge(penalty: .chosen(.leaveOneOut, grid: [0.1, 1, 10]))))
    #expect(
      score.folds == Folds(count: 4, grouped: ColumnReference(data: norms, column: "supersense"), repeats: 3))
    let permuted = try #require(hypothesis.rivals.first)
    #expect(permuted.label == "permuted_labels(within: norms.supersense, replicates: 10000)")
    // The target is a function of the unit, so the checker fills in `over`.
    #expect(
      permuted.rival
        == .permutedLabels(
          PermutedLabels(
            within: ColumnReference(data: norms, column: "supersense"),
            over: ColumnReference(data: norms, column: "lemma"), replicates: 10_000)))
    #expect(permuted.criteria == [Criterion(.p, .less, 0.01)])
  }
}
