internal import Activations
internal import Foundation
internal import GSL
internal import Hypotheses
internal import Probing
internal import Resampling

/// The examination of a claim about a measurement on sentences.
struct TextExamination {
  let binder: Binder
  let options: RunOptions

  private var hypothesis: Hypothesis { binder.hypothesis }

  /// How many worlds of a rival enter a paired interval sentence by sentence.
  private static let pairedWorlds = 50

  func evidence() async throws -> Evidence {
    options.progress(.step("data"))
    let measurement = hypothesis.textMeasurement(named: hypothesis.claim.measurement)!
    let source = try binder.textSource(measurement.run)
    var twins: [String: TextSource] = [:]
    for case .untrained(let rival) in hypothesis.rivals.map(\.rival) {
      for name in rival.representations { twins[name] = try binder.textSource(name) }
    }
    let (sentences, notes) = try binder.sentences(of: measurement, source, twins: twins.values.map { $0 })

    options.progress(.step("score"))
    let instrument = try await binder.instrument(measurement, source, sentences, jobs: options.jobs)
    let all = try await instrument.scores()
    guard all[0].weights.contains(where: { $0 > 0 }) else {
      throw BindingError.nothingToScore(measurement: measurement.name)
    }
    let premises = try await premises()
    let founded = measurement.cells.map { premises.hold(at: $0.coordinates, of: measurement.axes) }
    let used = founded.contains(true) ? founded.indices.filter { founded[$0] } : Array(founded.indices)
    let cells = used.map { all[$0] }
    let statistic = FamilyStatistic(
      try kind(measurement, sentences: sentences.count), sign: hypothesis.claim.comparison.wantsLarge ? 1 : -1
    )
    let value = statistic.value(of: cells)
    let deciding = statistic.best(of: cells)
    let uncertainty = FamilyUncertainty(
      cells: cells, statistic: statistic, range: measurement.range,
      key: binder.key.appending(measurement.name),
      jobs: options.jobs)
    let (floor, ceilings) = (instrument.floors[used[deciding]], instrument.ceilings)
    let ceiling = used.map { ceilings[$0] }.max()!
    let score = ScoreEvidence(
      requirement: RequirementEvidence(
        hypothesis.claim, metric: measurement.keyword, value: value,
        interval: Interval(try await uncertainty.scoreInterval())),
      floor: floor, ceiling: ceiling)

    options.progress(.step("gates"))
    var gates = [
      Gate(
        name: Gate.alignment, passed: true,
        detail:
          "\(sentences.count) sentences matched by name and word by word between \(source.file.name) and \(source.treebank.name)"
      )
    ]
    gates += try await instrument.gates()

    var rivals: [RivalEvidence] = []
    var adjusted: [Double]? = nil
    var twinScores: [String: [SentenceSums]] = [:]
    for withstand in hypothesis.rivals {
      options.progress(.step(withstand.label))
      let held = Held(
        withstand: withstand, statistic: statistic, uncertainty: uncertainty, value: value, floor: floor,
        cells: cells, used: used)
      if case .untrained(let rival) = withstand.rival {
        var worlds: [[SentenceSums]] = []
        for name in rival.representations {
          let twin = try await scores(measurement, twins[name]!, sentences)
          twinScores[name] = twin
          gates.append(Self.twinDiffers(twin, from: all, name: name))
          worlds.append(used.map { twin[$0] })
        }
        let areDraws = rival.seeds == .independent
        if areDraws { gates.append(Gate.seedsDiffer(Set(worlds).count, of: worlds.count)) }
        rivals.append(try await given(worlds, held, areDraws: areDraws))
      } else if case .text(let rival) = withstand.rival {
        let key = binder.stream(of: withstand.rival)
        if let replicates = rival.replicates {
          let found = try await random(
            rival, instrument, binder.replicates ?? replicates, key: key, held, &gates)
          rivals.append(found.evidence)
          if adjusted == nil { adjusted = found.adjusted }
        } else {
          let worlds = try await instrument.worlds(of: rival, 0..<1, key: key)
          rivals.append(try await given(worlds.map { held.restricted($0) }, held))
        }
      } else {
        preconditionFailure("the checker sets no rival of probes against a measurement on sentences")
      }
    }
    options.progress(.step("curves"))
    return Evidence(
      items: instrument.items, units: sentences.count, unit: "sentence",
      dimensions: instrument.dimensions,
      notes: notes + instrument.notes + Wording.ofEach(hypothesis.quantifier), gates: gates.mergingByName(),
      premises: premises, score: score,
      rivals: rivals,
      family: try await family(measurement, all, founded, used, deciding, adjusted),
      curves: try await curves(measurement, source, twinScores, sentences))
  }

  /// What a measurement scores on a run, by cell.
  private func scores(
    _ measurement: TextMeasurement, _ source: TextSource, _ sentences: [Int]
  ) async throws -> [SentenceSums] {
    try await binder.instrument(measurement, source, sentences, jobs: options.jobs).scores()
  }

  private func kind(_ measurement: TextMeasurement, sentences: Int) throws(BindingError)
    -> FamilyStatistic.Kind
  {
    switch hypothesis.quantifier {
    case nil: return .one
    case .any: return .any
    case .each: return .each
    case .selected:
      guard
        let split = Split(
          items: sentences, folds: measurement.folds, groups: nil,
          key: binder.key.appending(measurement.name).appending("selection"), repetition: 0)
      else {
        throw .textProbe(
          .tooFewSentences(sentences, folds: measurement.folds), measurement: measurement.name)
      }
      return .selected(foldOf: split.foldOf)
    }
  }

  // MARK: Premises

  /// What the premises that are measurements on sentences score, one entry per cell.
  func premises() async throws -> [RequirementEvidence] {
    var found: [RequirementEvidence] = []
    for premise in hypothesis.premises {
      guard let measurement = hypothesis.textMeasurement(named: premise.measurement) else { continue }
      options.progress(.step("premise \(premise.measurement)"))
      let source = try binder.textSource(measurement.run)
      let (sentences, _) = try binder.sentences(of: measurement, source, twins: [])
      let scores = try await scores(measurement, source, sentences)
      let intervals = try await intervals(scores, measurement)
      for (index, (cell, score)) in zip(measurement.cells, scores).enumerated() {
        guard score.weights.contains(where: { $0 > 0 }) else {
          throw BindingError.nothingToScore(measurement: measurement.name)
        }
        let at = [Coordinate](measurement.axes, cell.coordinates)
        found.append(
          RequirementEvidence(
            premise, metric: measurement.keyword, value: score.score, interval: intervals[index], at: at))
      }
    }
    return found
  }

  /// The pointwise 95 % intervals of some cells.
  private func intervals(
    _ scores: [SentenceSums], _ measurement: TextMeasurement
  ) async throws -> [Interval] {
    try await FamilyUncertainty(
      cells: scores, statistic: FamilyStatistic(.any), range: measurement.range,
      key: binder.key.appending(measurement.name), jobs: options.jobs
    ).cellIntervals().map { Interval($0) }
  }

  // MARK: The family and its curves

  private func family(
    _ measurement: TextMeasurement, _ all: [SentenceSums], _ founded: [Bool], _ used: [Int], _ deciding: Int,
    _ adjusted: [Double]?
  ) async throws -> FamilyEvidence? {
    guard let quantifier = hypothesis.quantifier else { return nil }
    let intervals = try await intervals(all, measurement)
    let cells = measurement.cells.enumerated().map { index, cell in
      CellEvidence(
        coordinates: cell.coordinates, value: all[index].score, interval: intervals[index],
        adjustedP: used.firstIndex(of: index).flatMap { place in adjusted.map { $0[place] } },
        isFounded: founded[index])
    }
    return FamilyEvidence(
      quantifier: quantifier, axes: measurement.axes, cells: cells,
      deciding: founded.contains(true) ? used[deciding] : nil)
  }

  /// Token identity by every other decoder along the same layers, for the claim and for its premises: the decoder decides the
  /// conclusion, so a reader must see them all. For the claim's family along one axis, the twins' curves too.
  /// - Parameter twins: what the claimed cells score on each twin.
  private func curves(
    _ measurement: TextMeasurement, _ source: TextSource, _ twins: [String: [SentenceSums]],
    _ sentences: [Int]
  ) async throws -> [Curve] {
    var curves: [Curve] = []
    let required = hypothesis.premises.compactMap { hypothesis.textMeasurement(named: $0.measurement) }
    for own in [measurement] + required where own.axes.count == 1 && own.cells.count > 1 {
      if case .tokenIdentity(let first) = own.cells[0].quantity {
        let source = own.name == measurement.name ? source : try binder.textSource(own.run)
        let sentences =
          own.name == measurement.name
          ? sentences : try binder.sentences(of: own, source, twins: []).sentences
        for decoder in TokenIdentity.Decoder.allCases where decoder != first.decoder {
          guard decoder == .nearestToken || source.file.hasVocabulary else { continue }
          var other = own
          for cell in other.cells.indices {
            guard case .tokenIdentity(var quantity) = other.cells[cell].quantity else { continue }
            quantity.decoder = decoder
            other.cells[cell].quantity = .tokenIdentity(quantity)
          }
          curves.append(
            try await curve(
              other, try await scores(other, source, sentences),
              name: "decoder \(decoder.rawValue), \(source.name)"))
        }
      }
      guard own.name == measurement.name else { continue }
      for (name, twin) in twins.sorted(by: { $0.key < $1.key }) {
        curves.append(try await curve(own, twin, name: "the same of \(name)"))
      }
    }
    return curves
  }

  private func curve(
    _ measurement: TextMeasurement, _ scores: [SentenceSums], name: String
  ) async throws -> Curve {
    let intervals = try await intervals(scores, measurement)
    let points = measurement.cells.indices.map {
      Curve.Point(
        at: measurement.cells[$0].coordinates[0], value: scores[$0].score, interval: intervals[$0])
    }
    return Curve(name: name, metric: measurement.keyword, axis: measurement.axes[0].name, points: points)
  }

  // MARK: Rivals

  /// What a rival is held against.
  private struct Held {
    let withstand: Withstand
    let statistic: FamilyStatistic
    let uncertainty: FamilyUncertainty
    let value: Double
    let floor: Double
    let cells: [SentenceSums]
    /// The places of `cells` among all cells.
    let used: [Int]

    /// The cells of a world that the claim uses; a rival that knows no cells has one.
    func restricted(_ world: [SentenceSums]) -> [SentenceSums] {
      world.count == 1 ? world : used.map { world[$0] }
    }
  }

  /// Worlds that are given: one, or a twin per seed.
  /// - Parameter areDraws: whether they are independent draws, so that several give a p.
  private func given(
    _ worlds: [[SentenceSums]], _ held: Held, areDraws: Bool = false
  ) async throws -> RivalEvidence {
    let values = worlds.map { held.statistic.value(of: $0) }
    return RivalEvidence(
      held.withstand, values: values, observed: held.value, floor: held.floor,
      sign: Double(held.statistic.sign),
      p: values.count > 1 && areDraws
        ? p(held, scores: worlds.map { $0.map(\.score) }, values: values) : nil,
      margin: try await margin(held, over: worlds),
      marginValue: marginValue(held, over: worlds.map { $0.map(\.score) }))
  }

  /// Random worlds, until p is decided for every criterion on it or the limit is reached.
  private func random(
    _ rival: TextRival, _ instrument: any TextInstrument, _ replicates: Int, key: StreamKey, _ held: Held,
    _ gates: inout [Gate]
  ) async throws -> (evidence: RivalEvidence, adjusted: [Double]?) {
    var values: [Double] = []
    var scores: [[Double]] = []
    var kept: [[SentenceSums]] = []
    // Worlds are made in parts, so that few of them are in memory sentence by sentence.
    let part = max(1, 4_000_000 / max(1, held.cells.count * held.cells[0].sums.count))
    let drawing = try await held.withstand.untilDecided(asked: replicates) { total in
      while values.count < total {
        try Task.checkCancellation()
        let range = values.count..<min(total, values.count + part)
        let worlds = try await instrument.worlds(of: rival, range, key: key).map { held.restricted($0) }
        values += try await mapConcurrently(worlds.count, jobs: options.jobs) {
          held.statistic.value(of: worlds[$0])
        }
        scores += worlds.map { $0.map(\.score) }
        kept += worlds.prefix(max(0, Self.pairedWorlds - kept.count))
        options.progress(.worlds(rival: held.withstand.label, more: range.count, of: total))
      }
    } p: {
      p(held, scores: scores, values: values)
    }
    let arrangements =
      held.statistic.kind == .each
      ? held.used.compactMap { instrument.arrangements(of: rival, cells: [$0]) }.min()
      : instrument.arrangements(of: rival, cells: held.used)
    if kept.count > 1, let distinct = instrument.distinctWorlds(of: rival, 0..<kept.count, key: key) {
      gates.append(
        Gate.replicatesDistinct(
          distinct, of: kept.count, possible: log(arrangements ?? .infinity),
          detail: "\(distinct) of the first \(kept.count) worlds of \(held.withstand.label) differ"))
    }
    let sign = Double(held.statistic.sign)
    // The p of a claim about each is no tail of one distribution.
    let tail =
      held.statistic.kind == .each
      ? nil : TailEvidence(observed: held.value, null: values, sign: sign)
    return (
      RivalEvidence(
        held.withstand, values: values, observed: held.value, floor: held.floor, sign: sign, p: drawing.p,
        arrangements: arrangements, asked: drawing.asked,
        tail: tail, margin: try await margin(held, over: kept), marginValue: marginValue(held, over: scores),
        notes: drawing.notes),
      scores[0].count == held.cells.count
        ? held.statistic.maxT(observed: held.cells.map(\.score), null: Matrix(scores)).stepDown.map(\.value)
        : nil
    )
  }

  /// The 95 % interval of what the claim is better by.
  private func margin(_ held: Held, over worlds: [[SentenceSums]]) async throws -> MarginIntervals {
    let found = try await held.uncertainty.marginInterval(over: worlds)
    return MarginIntervals(at95: Interval(found, sign: Double(held.statistic.sign)), at90: nil)
  }

  /// What the claim is better by; `nil` where that is its score less the mean of what selections score.
  private func marginValue(_ held: Held, over scores: [[Double]]) -> Double? {
    if case .selected = held.statistic.kind { return nil }
    return Double(held.statistic.sign) * held.uncertainty.margin(over: scores)
  }

  /// The p-value of the claim among a rival's worlds. For a claim about each cell, the largest of the cells' own.
  private func p(_ held: Held, scores: [[Double]], values: [Double]) -> PValue {
    guard held.statistic.kind == .each, scores.allSatisfy({ $0.count == held.cells.count }) else {
      return held.statistic.pValue(observed: held.value, null: values)
    }
    return held.statistic.pValue(observed: held.cells.map(\.score), null: Matrix(scores))
  }

  /// An untrained twin that scores like the trained network, sentence by sentence and cell by cell, is the trained network.
  private static func twinDiffers(_ twin: [SentenceSums], from trained: [SentenceSums], name: String) -> Gate
  {
    Gate(
      name: Gate.twinsDiffer, passed: twin != trained,
      detail: twin != trained
        ? "the twin \(name) scores otherwise than the trained network"
        : "the twin \(name) scores exactly as the trained network in every sentence and cell")
  }
}

extension Binder {
  /// The sentences of a measurement: those of the treebank for which its run, and every twin, has what is measured.
  /// - Throws: `noSentences` where there are none.
  func sentences(
    of measurement: TextMeasurement, _ source: TextSource, twins: [TextSource]
  ) throws(BindingError) -> (sentences: [Int], notes: [String]) {
    let needsAttention = if case .headAccuracy = measurement.cells[0].quantity { true } else { false }
    func available(_ source: TextSource) -> [Int] {
      needsAttention ? source.withAttention : source.withStates
    }
    let own = available(source)
    var common = Set(own)
    for twin in twins { common.formIntersection(available(twin)) }
    let sentences = own.filter(common.contains)
    guard sentences.count >= 5 else {
      throw .noSentences(
        measurement: measurement.name, found: sentences.count,
        what: needsAttention ? "attention" : "hidden states")
    }
    let total = source.treebank.sentences.count
    let what = needsAttention ? "attention" : "hidden states"
    return (
      sentences,
      sentences.count < total
        ? [
          "\(sentences.count) of the \(total) sentences of \(source.treebank.name) have \(what) in every file and are used."
        ] : []
    )
  }

  /// A measurement made ready on a run.
  func instrument(
    _ measurement: TextMeasurement, _ source: TextSource, _ sentences: [Int], jobs: Int
  ) async throws -> any TextInstrument {
    let key = self.key.appending(measurement.name)
    do {
      switch measurement.cells[0].quantity {
      case .headAccuracy:
        return try await HeadInstrument(
          measurement.cells.compactMap {
            if case .headAccuracy(let quantity) = $0.quantity { quantity } else { nil }
          }, source, sentences: sentences, folds: measurement.folds, key: key, jobs: jobs)
      case .tokenIdentity:
        return try await IdentityInstrument(
          measurement.cells.compactMap {
            if case .tokenIdentity(let quantity) = $0.quantity { quantity } else { nil }
          }, source, sentences: sentences, folds: measurement.folds, key: key, jobs: jobs)
      case .positionalConsistency:
        return try ConsistencyInstrument(
          measurement.cells.compactMap {
            if case .positionalConsistency(let quantity) = $0.quantity { quantity } else { nil }
          }, source, sentences: sentences, jobs: jobs)
      case .structure:
        return try StructureInstrument(
          measurement.cells.compactMap {
            if case .structure(let quantity) = $0.quantity { quantity } else { nil }
          }, source, sentences: sentences, folds: measurement.folds, key: key, jobs: jobs)
      }
    } catch let error as ActivationError {
      throw BindingError.data(error)
    } catch let error as TextProbeError {
      throw BindingError.textProbe(error, measurement: measurement.name)
    } catch let error as LinearAlgebraError {
      throw BindingError.linearAlgebra(error, measurement: measurement.name)
    }
  }
}

extension TextMeasurement {
  /// What its scores can be.
  var range: ClosedRange<Double> {
    if case .structure(let probe) = cells[0].quantity,
      probe.score == .distanceSpearman || probe.score == .depthSpearman
    {
      return -1...1
    }
    return 0...1
  }
}

extension Matrix<Double> {
  /// - Precondition: rows of one length, at least one.
  fileprivate init(_ rows: [[Double]]) {
    self.init(rows: rows.count, columns: rows[0].count, elements: rows.flatMap { $0 })
  }
}
