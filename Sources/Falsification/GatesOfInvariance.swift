internal import Foundation
package import GSL
internal import Hypotheses
package import Probing
package import Resampling

// What must not change a result, and is therefore changed.
extension Gate {
  static let rotation = "rotation_leaves_score"
  static let relabelling = "relabelling_leaves_p"
  static let doubling = "duplicates_do_not_sharpen"

  /// The most items, dimensions and coded target columns that the rotation is tried on.
  private static let (rotatedItems, rotatedDimensions, rotatedColumns) = (400, 4_096, 5_000)
  /// Below this penalty logistic regression runs to its limit on separable data, and rounding decides where it stops.
  fileprivate static let leastLogisticPenalty = 1e-3
  /// How many rearrangements are looked at.
  private static let rearrangements = 100

  /// A linear probe with one penalty for all features knows no axes: in a rotated representation it must score the same,
  /// to 1e-6 (of the score, where that is above 1).
  ///
  /// Standardisation does know axes, so features are standardised once, on the items that are tried, and the probe then
  /// takes them as they are. Tried are at most 400 items, evenly from the first division's order, in two halves. The
  /// rotation mixes all dimensions, in rounds of random pairs turned by random angles. Predictions that agree to 1e-6
  /// while the score does not are a matter of ties, and pass.
  /// - Parameter prepare: fits what depends on the representation; the instrument's own.
  /// - Returns: `nil` for other probes, for more than 4,096 dimensions or 5,000 target columns, and for `logistic` with a
  ///   penalty below .001.
  package static func rotationLeavesScore(
    _ instrument: Instrument, _ representation: Matrix<Double>, _ targets: Targets, key: StreamKey,
    prepare: (Instrument, Matrix<Double>) throws(LinearAlgebraError) -> PreparedProbe = {
      (instrument, representation) throws(LinearAlgebraError) in try instrument.prepare(representation)
    }
  ) throws(LinearAlgebraError) -> Gate? {
    guard let probe = instrument.probe.withoutScale, representation.columns <= rotatedDimensions,
      targets.coded.columns <= rotatedColumns
    else { return nil }
    let split = instrument.splits[0]
    let count = min(split.order.count, rotatedItems)
    let places = (0..<count).map { $0 * split.order.count / count }
    let items = places.map { split.order[$0] }
    let tried = try instrument.on(
      items,
      split: Split(
        foldOf: items.indices.map { $0 % 2 }, units: split.units.map { units in places.map { units[$0] } }),
      probe: probe)
    let sample = targets.rearranged(by: items.map { Int32($0) })
    let standard = representation.gathering(rows: items).standardizingColumns()
    var stream = RandomStream(key.appending("rotation"), replicate: 0)
    let sides = [
      try prepare(tried, standard), try prepare(tried, standard.rotated(&stream)),
    ]
    let scores = sides.map { $0.evaluate(sample).score }
    let difference = abs(scores[1] - scores[0])
    var passed = difference <= 1e-6 * max(1, abs(scores[0]))
    if !passed {
      let predictions = sides.map { $0.predictions(sample)[0] }
      let size = predictions[0].reduce(0) { max($0, abs($1)) }
      let change = zip(predictions[0], predictions[1]).reduce(0) { max($0, abs($1.0 - $1.1)) }
      passed = change <= 1e-6 * size
    }
    return Gate(
      name: Gate.rotation, passed: passed,
      detail:
        "\(count) items score \(Wording.number(scores[0])), and \(Wording.number(scores[1])) in rotated activations"
    )
  }

  /// Among which items targets may be exchanged.
  package struct Exchangeability: Sendable {
    /// By item: the group whose targets move as one; `nil` where every item moves alone.
    package var groups: [Int]?
    /// By item: the block that targets do not leave; `nil` where there is one.
    package var blocks: [Int]?

    package init(groups: [Int]? = nil, blocks: [Int]? = nil) {
      self.groups = groups
      self.blocks = blocks
    }

    /// Whether a rearrangement gives every group the targets of one group of its block, and every group's targets to one.
    fileprivate func allows(_ source: [Int32]) -> Bool {
      guard source.allSatisfy({ source.indices.contains(Int($0)) }) else { return false }
      var sourceOf: [Int: Int] = [:]
      for (item, from) in source.enumerated() {
        if let blocks, blocks[item] != blocks[Int(from)] { return false }
        let (unit, other) = groups.map { ($0[item], $0[Int(from)]) } ?? (item, Int(from))
        guard sourceOf.updateValue(other, forKey: unit) ?? other == other else { return false }
      }
      return Set(sourceOf.values).count == sourceOf.count
    }
  }

  /// Relabelling the items by one of the rearrangements that the null hypothesis calls equally likely must leave the
  /// distribution of p. It does if the rearrangements are a group (in algebra's sense) and a world depends on the targets
  /// alone, and both are checked exactly:
  ///
  /// - each of the first 100 rearrangements exchanges whole groups within their blocks, one for one. All such
  ///   rearrangements are closed under composition, so relabelled targets have the same worlds as the real ones. (Cyclic
  ///   shifts are closed too; of them this checks that no target leaves its sequence.)
  /// - targets relabelled by g and then rearranged by s score what the real targets score when they are rearranged by g and
  ///   s in one step, for three s (one, where the probe is slow to fit): to 1e-6, and for metrics of order and of classes to
  ///   three items.
  /// - Parameter source: the rearrangement of a replicate.
  package static func relabellingLeavesP(
    _ prepared: PreparedProbe, _ targets: Targets, _ exchangeability: Exchangeability, replicates: Int,
    source: (Int) -> [Int32]
  ) -> Gate {
    let checked = min(replicates, rearrangements)
    let kept = (0..<checked).count { exchangeability.allows(source($0)) }
    let relabelling = source(0)
    let others = (1...(prepared.instrument.probe.isSlow ? 1 : 3)).map(source)
    // Item i of world s has the relabelled target of item s[i].
    let composed = others.map { other in other.map { relabelling[Int($0)] } }
    let twice = prepared.worlds(targets.rearranged(by: relabelling), sources: others).map { $0.score() }
    let once = prepared.worlds(targets, sources: composed).map { $0.score() }
    let difference = zip(once, twice).reduce(0) { max($0, abs($1.0 - $1.1) / max(1, abs($1.0))) }
    // The order of a sum may swap predictions that tie.
    let slack: Double =
      switch prepared.instrument.metric {
      case .r2, .r2PerFeature, .mse, .descriptionLength: 1e-6
      default: max(1e-6, 3 / Double(targets.count))
      }
    return Gate(
      name: Gate.relabelling, passed: kept == checked && difference <= slack,
      detail:
        "\(kept) of \(checked) rearrangements keep to their blocks and groups; relabelled targets score "
        + (difference <= slack ? "the same" : "differently, by up to \(Wording.number(difference))"))
  }

  /// An item that is counted twice is no new evidence: with every item doubled, both copies in its unit, the interval must
  /// stay where it is, to a millionth of its width.
  ///
  /// What is doubled is the items' contributions to the score; predictions stay, and so do the draws of units. So this is a
  /// check of what the interval takes for independent, and an interval over units passes it exactly.
  /// - Parameter interval: the interval of some reading, and which unit each of its items belongs to.
  package static func duplicatesDoNotSharpen(
    _ observed: Reading, units: [Int],
    interval: (Reading, [Int]) async throws -> ClosedRange<Double>
  ) async throws -> Gate {
    let own = try await interval(observed, units)
    let doubled = try await interval(observed.doubled, units + units)
    let widths = [own, doubled].map { $0.upperBound - $0.lowerBound }
    let moved = max(abs(own.lowerBound - doubled.lowerBound), abs(own.upperBound - doubled.upperBound))
    // Rounding is relative to the ends.
    let size = max(abs(own.lowerBound), abs(own.upperBound))
    return Gate(
      name: Gate.doubling, passed: moved <= 1e-6 * widths[0] + 1e-10 * size + 1e-14,
      detail:
        "the interval is \(Wording.number(widths[0])) wide, and \(Wording.number(widths[1])) with every item doubled in its unit"
    )
  }
}

extension Probe {
  /// The same probe on features as they are; `nil` for a probe that a rotation may change or cannot be tried on.
  fileprivate var withoutScale: Probe? {
    switch self {
    case .ridge(var ridge):
      ridge.standardized = false
      return .ridge(ridge)
    case .logistic(var logistic):
      logistic.scale = .none
      return logistic.penalty >= Gate.leastLogisticPenalty ? .logistic(logistic) : nil
    case .pls, .ffnn, .knn, .labelPropagation: return nil
    }
  }
}

extension Matrix<Double> {
  /// The rows in randomly rotated axes: every round turns random pairs of columns by random angles, and there are enough
  /// of them for each column to have met all others. One column is reflected.
  fileprivate func rotated(_ stream: inout RandomStream) -> Matrix {
    var result = self
    guard columns > 0 else { return result }
    var order = (0..<Int32(columns)).map { $0 }
    let rounds = Int(log2(Double(columns)).rounded(.up)) + 2
    for _ in 0..<rounds {
      stream.shuffle(&order)
      let turns = (0..<columns / 2).map { _ in 2 * Double.pi * stream.uniform() }
        .map { (cos: cos($0), sin: sin($0)) }
      for row in 0..<rows {
        let start = row * columns
        for (pair, turn) in turns.enumerated() {
          let (a, b) = (start + Int(order[2 * pair]), start + Int(order[2 * pair + 1]))
          let (x, y) = (result.elements[a], result.elements[b])
          result.elements[a] = turn.cos * x - turn.sin * y
          result.elements[b] = turn.sin * x + turn.cos * y
        }
      }
    }
    for row in 0..<rows { result.elements[row * columns] *= -1 }
    return result
  }
}
