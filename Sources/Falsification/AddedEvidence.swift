internal import GSL
internal import Hypotheses
internal import Probing

/// What the representation adds to confounds: the score of a probe that reads both, less that of one that reads the
/// confounds alone, on the same items and folds, by the same procedure.
///
/// A margin over confounds asks whether the representation is better than they are; this asks whether it knows
/// something that they do not. As every margin, it is positive where the claim is better.
public struct AddedEvidence: Sendable, Hashable {
  /// The score of representation and confounds together.
  public var joint: Double
  /// What that is more than the confounds' score, or than the floor where this is better: confounds that do worse than blind
  /// would make anything look like an addition.
  public var value: Double
  /// 95 %, paired: all are weighted by the same draws of units, or fitted on the same divisions, whichever is wider.
  public var interval: Interval

  public init(joint: Double, value: Double, interval: Interval) {
    self.joint = joint
    self.value = value
    self.interval = interval
  }
}

extension Examination {
  /// - Parameter alone: what the confounds alone say of the items.
  func added(
    _ joined: Matrix<Double>, over alone: Reading, _ rival: BoundRival, _ statistic: Statistic,
    _ refits: RivalRefits
  )
    async throws -> AddedEvidence
  {
    let bound = statistic.sides[0].bound
    let world: ScoredWorld
    do {
      world = try await rival.instrument(of: bound).prepare(joined, jobs: options.jobs).evaluate(
        bound.targets
      ).world
    } catch let error as LinearAlgebraError {
      throw BindingError.linearAlgebra(error, measurement: rival.withstand.label)
    }
    let joint = Reading(world)
    let held = try await Uncertainty(
      observed: joint, units: statistic.units, range: statistic.range,
      key: binder.key.appending(statistic.name).appending(rival.withstand.label), jobs: options.jobs
    ).margins(
      over: [alone], floor: statistic.floorReading, prefersLarge: statistic.sign > 0, confidences: []
    ).held!
    let value = statistic.sign * held.value
    return AddedEvidence(
      joint: joint.value(), value: value,
      interval: Interval(held.interval, sign: statistic.sign).reaching(
        refits.reachOfAdded(error: held.error), from: value))
  }
}

extension Matrix<Double> {
  /// The columns of both, those of the other one last.
  /// - Precondition: both have as many rows.
  func appending(columns other: Matrix) -> Matrix {
    precondition(rows == other.rows, "\(rows) and \(other.rows) rows")
    var elements: [Double] = []
    elements.reserveCapacity(rows * (columns + other.columns))
    for i in 0..<rows {
      elements += row(i)
      elements += other.row(i)
    }
    return Matrix(rows: rows, columns: columns + other.columns, elements: elements)
  }
}
