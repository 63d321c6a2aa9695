internal import Foundation
package import GSL
internal import Hypotheses
package import Probing
package import Resampling

/// A signal that any instrument of its kind can find, and activations that hold it: what `planted_signal_found` is tried on.
///
/// The activations are the real ones, standardised, with the signal added along random directions, ten times as strong as
/// they are. The targets are new, so that neither ties nor tails nor rare classes of the real ones decide: they have the
/// real ones' shape (columns, class names, mean and spread of every column) and follow the signal as the metric reads
/// it.
///
/// | targets | signal |
/// |---|---|
/// | numbers | normal scores, dealt to the items at random |
/// | classes | as many classes as dimensions and items can hold, of equal size; each is a cluster |
/// | 0 and 1, strengths | two clusters of equal size |
///
/// A probe that looks at neighbours (`knn`, `label_propagation`) gets two clusters for numbers too: distances
/// then say which is which whatever the number of neighbours. Several columns share a few signals, each column with
/// its own sign and size: no more than a quarter of the dimensions, a tenth of the items, or a projection's components.
struct PlantedSignal: Sendable {
  var representation: Matrix<Double>
  var targets: Targets
  /// How many directions hold it.
  var signals: Int

  /// How many standard deviations of a dimension the signal has there.
  private static let strength = 10.0

  init(
    _ instrument: Instrument, _ representation: Matrix<Double>, _ real: Targets, key: StreamKey, place: Int
  ) {
    var stream = RandomStream(key.appending("planted signal"), replicate: place)
    let (items, d) = (real.count, representation.columns)
    let standard = representation.standardizingColumns()
    var values: Matrix<Double>
    if real.areClasses {
      // Every class has about eight items, and centres that a linear probe can tell apart.
      let count = max(2, min(real.classes.count, d, items / 8))
      var order = (0..<Int32(items)).map { $0 }
      stream.shuffle(&order)
      var names = [String](repeating: "", count: items)
      values = Matrix(rows: items, columns: count == 2 ? 1 : count)
      for (rank, item) in order.enumerated() {
        let label = rank % count
        names[Int(item)] = real.classes[label]
        if count == 2 { values[Int(item), 0] = label == 0 ? -1 : 1 } else { values[Int(item), label] = 1 }
      }
      targets = Targets(classes: names)
    } else {
      let width = real.coded.columns
      var limit = max(1, min(width, d / 4, items / 10))
      let hasTwoValues: Bool
      switch instrument.metric.targetKind {
      case .indicators, .strengths: hasTwoValues = true
      default: hasTwoValues = instrument.probe.isLocal
      }
      switch instrument.probe {
      case .knn, .labelPropagation: limit = 1
      case .pls(let probe):
        let components =
          switch probe.components {
          case .fixed(let count): count
          case .chosen(let grid): grid.min() ?? 1
          }
        limit = max(1, min(limit, components))
      case .ridge, .logistic, .ffnn: break
      }
      values = Matrix(rows: items, columns: limit)
      for signal in 0..<limit {
        var order = (0..<Int32(items)).map { $0 }
        stream.shuffle(&order)
        for (rank, item) in order.enumerated() {
          let score = normalQuantile((Double(rank) + 0.5) / Double(items))
          values[Int(item), signal] = hasTwoValues ? (2 * rank < items ? -1 : 1) : score
        }
      }
      targets = Targets(numeric: Self.columns(of: values, as: real, instrument.metric))
    }
    signals = values.columns
    var planted = standard
    for signal in 0..<values.columns {
      var direction = (0..<d).map { _ in stream.normal() }
      let norm = direction.reduce(0) { $0 + $1 * $1 }.squareRoot()
      direction = direction.map { $0 / norm * Double(d).squareRoot() * Self.strength }
      for item in 0..<items {
        for j in 0..<d { planted.elements[item * d + j] += values[item, signal] * direction[j] }
      }
    }
    self.representation = planted.standardizingColumns()
  }

  /// Target columns that follow some signals: column j the signal of its turn, upwards and downwards by turns, and each
  /// with a size of its own.
  private static func columns(
    of signals: Matrix<Double>, as real: Targets, _ metric: Metric
  ) -> Matrix<Double> {
    let width = real.coded.columns
    // What compares columns with each other needs one scale for all.
    let keepsScale: Bool
    switch metric {
    case .r2, .r2PerFeature, .mse, .spearman, .spearmanPerFeature: keepsScale = true
    default: keepsScale = false
    }
    var result = Matrix<Double>(rows: real.count, columns: width)
    for column in 0..<width {
      let turn = column / signals.columns
      let size = (turn % 2 == 0 ? 1.0 : -1) * (1 + Double(turn) / Double(width))
      let own = real.coded.column(column)
      let mean = own.reduce(0, +) / Double(own.count)
      let spread = (own.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(own.count)).squareRoot()
      for item in 0..<real.count {
        let value = signals[item, column % signals.columns] * size
        switch metric.targetKind {
        case .indicators: result[item, column] = value > 0 ? 1 : 0
        case .strengths: result[item, column] = max(0, value)
        default:
          result[item, column] = keepsScale ? mean + (spread > 1e-9 * abs(mean) ? spread : 1) * value : value
        }
      }
    }
    return result
  }
}

extension Gate {
  /// A strong signal is written into a copy of the activations; the probe must come at least half way from the floor to the
  /// ceiling of that signal's targets (`PlantedSignal`), in one of three tries.
  ///
  /// Of a probe that is slow to fit, one division into folds is tried.
  package static func plantedSignalFound(
    _ instrument: Instrument, _ representation: Matrix<Double>, _ targets: Targets, key: StreamKey
  ) throws(LinearAlgebraError) -> Gate {
    var instrument = instrument.probe.isSlow ? instrument.onFirstSplit : instrument
    // Equal targets of half of the items are no neighbourhood.
    var measure = ""
    if case .neighbourhoodAccuracy = instrument.metric, instrument.probe.isLocal {
      instrument = instrument.with(metric: .r2)
      measure = " by r2"
    }
    var best: (score: Double, share: Double, signals: Int)?
    for place in 0..<3 where (best?.share ?? 0) < 0.5 {
      let planted = PlantedSignal(instrument, representation, targets, key: key, place: place)
      let floor = instrument.floor(planted.targets).score()
      let ceiling = instrument.ceiling(planted.targets).score()
      let score = try instrument.prepare(planted.representation).evaluate(planted.targets).score
      let sign: Double = instrument.metric.isBetterWhenLarger ? 1 : -1
      let share = sign * (ceiling - floor) > 0 ? (score - floor) / (ceiling - floor) : 0
      if best.map({ share > $0.share }) ?? true { best = (score, share, planted.signals) }
    }
    let (score, share, signals) = best!
    return Gate(
      name: Gate.plantedSignal, passed: share >= 0.5,
      detail:
        "a signal written into the activations along \(signals) direction\(signals == 1 ? "" : "s") scores \(Wording.number(score))\(measure), \(Wording.percent(share)) of the way from floor to ceiling"
    )
  }
}

extension Probe {
  /// Whether a prediction is a mean over the nearest items.
  var isLocal: Bool {
    switch self {
    case .knn, .labelPropagation: true
    case .ridge, .pls, .ffnn, .logistic: false
    }
  }
}
