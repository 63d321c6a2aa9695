import Falsification
import Foundation
import GSL
import Hypotheses
import Probing
import Resampling
import Testing

/// Checks of the instrument, for metrics of several columns: they pass where the instrument works, and do not where it does
/// not.
struct GateTests {
  /// Sparse features of very different popularity, some of which no training fold or every one has.
  private static func features(items: Int, columns: Int, strengths: Bool) -> Targets {
    var stream = RandomStream(StreamKey(seed: 70), replicate: columns + (strengths ? 1 : 0))
    var y = Matrix<Double>(rows: items, columns: columns)
    for column in 0..<columns {
      let share = column % 3 == 0 ? 0.02 : 0.5 * Double(column % 7 + 1) / 8
      for item in 0..<items where stream.uniform() < share {
        y[item, column] = strengths ? (29 * stream.uniform()).rounded(.up) : 1
      }
    }
    for item in 0..<items { y[item, 0] = item == 3 ? 1 : 0 }
    for column in 0..<columns { y[7, column] = 0 }
    return Targets(numeric: y)
  }

  private static func instrument(
    _ metric: Metric, items: Int, repeats: Int = 2, penalty: Double = 10
  ) -> Instrument {
    Instrument(
      metric: metric, probe: .ridge(Ridge(penalty: .fixed(penalty))),
      splits: (0..<repeats).map {
        Split(items: items, folds: 4, groups: nil, key: StreamKey(seed: 71), repetition: $0)!
      })
  }

  private static func representation(items: Int, dimensions: Int) -> Matrix<Double> {
    var stream = RandomStream(StreamKey(seed: 72), replicate: dimensions)
    var x = Matrix<Double>(rows: items, columns: dimensions)
    stream.fillWithNormals(&x.elements)
    return x
  }

  static let metrics: [Metric] =
    Metric.severalTargets + [
      .precisionAtK(PrecisionAtK(gold: .positive)), .precisionAtK(PrecisionAtK(k: .fixed(3))),
      .precisionAtK(PrecisionAtK(k: .fixed(3), gold: .positive)), .meanAveragePrecision(.positive),
      .f1(F1(.micro, threshold: .fixed(0.3))), .f1(F1(.macro, threshold: .fixed(0.3))),
      .neighbourhoodAccuracy(NeighbourhoodAccuracy(n: 4, similarity: .euclidean)),
    ]

  @Test("The floor is counted without the metric's own code", arguments: metrics)
  func floors(_ metric: Metric) throws {
    let items = 50
    let targets = Self.features(items: items, columns: 12, strengths: metric.targetKind == .strengths)
    let instrument = Self.instrument(metric, items: items)
    let floor = instrument.floor(targets).score()
    guard let gate = Gate.meanPredictorAtFloor(instrument, targets, floor: floor) else {
      #expect(metric == .spearmanPerItem)
      return
    }
    #expect(gate.passed, "\(gate.detail)")
    // Off by more than what rounding and ties allow.
    for wrong in [floor + 0.05, floor - 0.05] {
      #expect(Gate.meanPredictorAtFloor(instrument, targets, floor: wrong)?.passed == false, "\(metric)")
    }
  }

  @Test("A signal is found in many columns, and not by a probe that cannot learn", arguments: metrics)
  func planted(_ metric: Metric) throws {
    let items = 150
    // Many more columns than dimensions or items hold.
    let targets = Self.features(items: items, columns: 200, strengths: metric.targetKind == .strengths)
    let x = Self.representation(items: items, dimensions: 40)
    let key = StreamKey(seed: 73)
    let sound = try Gate.plantedSignalFound(
      Self.instrument(metric, items: items, repeats: 1), x, targets, key: key)
    #expect(sound.passed, "\(metric): \(sound.detail)")
    #expect(sound.detail.contains("10 directions"), "\(sound.detail)")
    // However small predictions are, their order over items survives, and a threshold that is learned finds it.
    guard metric != .spearmanPerFeature, metric != .f1(F1(.macro)) else { return }
    let blind = try Gate.plantedSignalFound(
      Self.instrument(metric, items: items, repeats: 1, penalty: 1e12), x, targets, key: key)
    #expect(!blind.passed, "\(metric): \(blind.detail)")
  }

  @Test("A signal is found in few columns", arguments: [Metric.r2, .mse, .r2PerFeature, .spearmanPerFeature])
  func plantedInFew(_ metric: Metric) throws {
    let targets = Self.features(items: 80, columns: 4, strengths: true)
    let gate = try Gate.plantedSignalFound(
      Self.instrument(metric, items: 80), Self.representation(items: 80, dimensions: 20), targets,
      key: StreamKey(seed: 74))
    #expect(gate.passed, "\(metric): \(gate.detail)")
    #expect(gate.detail.hasSuffix("from floor to ceiling"))
  }

  @Test("Permuted labels may not do better than the floor, whichever way better is", arguments: metrics)
  func permuted(_ metric: Metric) throws {
    let items = 60
    let targets = Self.features(items: items, columns: 15, strengths: metric.targetKind == .strengths)
    let instrument = Self.instrument(metric, items: items, repeats: 1)
    let prepared = try instrument.prepare(Self.representation(items: items, dimensions: 5))
    let (floor, ceiling) = (instrument.floor(targets).score(), instrument.ceiling(targets).score())
    let key = StreamKey(seed: 75)
    let gate = Gate.permutedNearFloor(prepared, targets, floor: floor, ceiling: ceiling, key: key)
    #expect(gate.passed, "\(metric): \(gate.detail)")
    // As if the probe had been told half of every test item's own targets.
    let leak = Gate.permutedNearFloor(prepared, targets, floor: floor, ceiling: ceiling, key: key) {
      permuted in
      prepared.predictions(permuted).enumerated().map { repetition, predictions in
        let order = instrument.splits[repetition].order
        return predictions.indices.map {
          (predictions[$0] + permuted.coded[order[$0 % items], $0 / items]) / 2
        }
      }
    }
    #expect(!leak.passed, "\(metric): \(leak.detail)")
  }

  /// Targets on which the gate failed sound designs: an outlier carried the signal, or hardly any item differed.
  @Test(
    "Tails, ties and rare classes of the targets do not hide a planted signal",
    arguments: [Metric.r2, .spearman, .accuracy, .balancedAccuracy, .auc], [20, 80])
  func plantedWhateverTheTargets(_ metric: Metric, items: Int) throws {
    var stream = RandomStream(StreamKey(seed: 76), replicate: items)
    for dataset in 0..<10 {
      let values = (0..<items).map { _ in exp(2 * stream.normal()) }
      let edge = values.sorted()[items - 1 - items / 12]
      let tied = values.map { $0 < edge ? 0 : $0 }
      let several: [Targets] =
        metric.targetKind == .numeric
        ? [values, tied].map { Targets(numeric: Matrix(rows: items, columns: 1, elements: $0)) }
        : [Targets(classes: values.map { $0 < edge ? "a" : "b" })]
      for targets in several {
        for probe in [
          Probe.ridge(Ridge()), .knn(KNN()), .knn(KNN(k: 3, similarity: .euclidean)),
          .labelPropagation(LabelPropagation()),
        ] {
          let split = Split(
            items: items, folds: 10, groups: nil, key: StreamKey(seed: 77), repetition: dataset)!
          let instrument = Instrument(metric: metric, probe: probe, splits: [split])
          let gate = try Gate.plantedSignalFound(
            instrument, Self.representation(items: items, dimensions: 8), targets,
            key: StreamKey(seed: 78, "\(dataset)"))
          #expect(gate.passed, "\(metric), \(probe.keyword): \(gate.detail)")
        }
      }
    }
  }

  @Test(
    "Permuted labels are compared with labels that the probe cannot tell from them", arguments: [5, 10, 40])
  func permutedOfBalancedClasses(folds: Int) throws {
    let items = 40
    let targets = Targets(classes: (0..<items).map { $0 % 2 == 0 ? "a" : "b" })
    let x = Self.representation(items: items, dimensions: 6)
    for (metric, probe) in [
      (Metric.accuracy, Probe.knn(KNN())), (.balancedAccuracy, .knn(KNN())), (.auc, .ridge(Ridge())),
      (.accuracy, .logistic(Logistic())),
    ] where folds < items || metric != .auc {
      let split = Split(items: items, folds: folds, groups: nil, key: StreamKey(seed: 79), repetition: 0)!
      let instrument = Instrument(metric: metric, probe: probe, splits: [split])
      let prepared = try instrument.prepare(x)
      let (floor, ceiling) = (instrument.floor(targets).score(), instrument.ceiling(targets).score())
      func gate(_ predictions: ((Targets) -> [[Double]])? = nil) -> Gate {
        Gate.permutedNearFloor(
          prepared, targets, floor: floor, ceiling: ceiling, key: StreamKey(seed: 80),
          predictions: predictions)
      }
      let sound = gate()
      #expect(sound.passed, "\(metric): \(sound.detail)")
      // Test items among the training items.
      let leak = gate { permuted in [split.order.map { permuted.coded[$0, 0] }] }
      #expect(!leak.passed, "\(metric): \(leak.detail)")
    }
  }

  @Test("A claim beyond the ceiling is no test, in either direction of metric and claim")
  func ceilings() {
    func gate(
      _ comparison: Comparison, _ threshold: Double, _ ceilings: [Double], sign: Double = 1,
      each: Bool = false
    ) -> Gate {
      let claim = Requirement(
        measurement: "score", comparison: comparison, threshold: threshold,
        location: SourceLocation(file: "", line: 1, column: 1))
      return Gate.claimWithinCeiling(claim, ceilings: ceilings, sign: sign, needsEvery: each)
    }
    #expect(gate(.greaterOrEqual, 0.5, [0.5]).passed)
    let beyond = gate(.greaterOrEqual, 0.6, [0.5])
    #expect(!beyond.passed)
    #expect(beyond.detail == "no method can reach 0.600 on this division: the ceiling is 0.500")
    // Nothing could refute it.
    #expect(!gate(.lessOrEqual, 0.6, [0.5]).passed)
    #expect(gate(.lessOrEqual, 0.4, [0.5]).passed)
    // Where less is better.
    #expect(gate(.lessOrEqual, 0.6, [0.5], sign: -1).passed)
    #expect(!gate(.lessOrEqual, 0.4, [0.5], sign: -1).passed)
    #expect(!gate(.greaterOrEqual, 0.4, [0.5], sign: -1).passed)
    // Families.
    #expect(gate(.greaterOrEqual, 0.6, [0.5, 0.9]).passed)
    #expect(!gate(.greaterOrEqual, 0.6, [0.5, 0.9], each: true).passed)
    #expect(!gate(.greaterOrEqual, 0.95, [0.5, 0.9]).passed)
    #expect(gate(.lessOrEqual, 0.6, [0.5, 0.9], each: true).passed)
  }
}
