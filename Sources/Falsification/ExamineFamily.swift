internal import GSL
internal import Hypotheses
internal import Probing
internal import Resampling

// What a claim about a family of measures with a probe needs beyond one about a single measure.

extension Hypothesis {
  /// What the claim makes of its sides.
  var statisticKind: Statistic.Kind {
    if contrast(named: claim.measurement) != nil { return .difference }
    guard probeFamily(named: claim.measurement) != nil else { return .one }
    return quantifier == .each ? .each : .any
  }
}

extension [RequirementEvidence] {
  /// Whether every premise that speaks of a cell of a family is met: premises share the claim's axes by name.
  func hold(at coordinates: [AxisValue], of axes: [Axis]) -> Bool {
    allSatisfy { premise in
      guard !premise.at.isEmpty, premise.outcome != .met else { return true }
      // A premise about another cell says nothing of this one.
      return premise.at.contains { coordinate in
        axes.firstIndex { $0.name == coordinate.axis }.map { coordinates[$0] != coordinate.value } ?? false
      }
    }
  }
}

extension Examination {
  /// The checks of every member, one of each kind: the first that failed, else the first.
  func gates(ofMembers sides: [Side]) throws(BindingError) -> [Gate] {
    var all: [Gate] = []
    for side in sides {
      for gate in try gates(of: [side]) {
        all.append(Gate(name: gate.name, passed: gate.passed, detail: "\(side.name): \(gate.detail)"))
      }
    }
    guard sides.count > 1 else { return all }
    return all.mergingByName().map { gate in
      guard gate.passed else { return gate }
      let others = all.count { $0.name == gate.name } - 1
      let more = others == 1 ? "the other member passes too" : "\(others) other members pass too"
      return Gate(
        name: gate.name, passed: true, detail: others > 0 ? "\(gate.detail); \(more)" : gate.detail)
    }
  }

  /// What the members scored.
  /// - Parameters:
  ///   - used: the places of the statistic's sides among all members.
  ///   - adjusted: their adjusted p.
  func evidence(
    of family: ProbeFamily, _ members: [Side], _ founded: [Bool], _ used: [Int], _ adjusted: [Double]?,
    _ statistic: Statistic
  ) async throws -> FamilyEvidence {
    let intervals = try await intervals(members.map(\.evaluation.world), statistic)
    let cells = family.members.enumerated().map { index, member in
      CellEvidence(
        coordinates: member.coordinates, value: members[index].score, interval: intervals[index],
        adjustedP: used.firstIndex(of: index).flatMap { place in adjusted.map { $0[place] } },
        isFounded: founded[index])
    }
    return FamilyEvidence(
      quantifier: statistic.kind == .each ? .each : .any, axes: family.axes, cells: cells,
      deciding: founded.contains(true) ? used[statistic.deciding] : nil)
  }

  /// Along one axis, the curves of rivals with a representation of their own in place of the real one.
  func curves(
    of rival: BoundRival, _ scored: Scored, _ family: ProbeFamily, _ used: [Int], _ statistic: Statistic
  ) async throws -> [Curve] {
    guard family.axes.count == 1, used.count > 1, case .representation(let worlds) = rival.worlds,
      let count = worlds[0].count
    else { return [] }
    var curves: [Curve] = []
    for (world, reading) in scored.paired.prefix(count).enumerated() {
      let intervals = try await intervals(reading.sides, statistic)
      let points = used.indices.map { place in
        Curve.Point(
          at: family.members[used[place]].coordinates[0], value: scored.members[world][place],
          interval: intervals[place])
      }
      curves.append(
        Curve(
          name: count > 1 ? "\(rival.withstand.label), \(world + 1) of \(count)" : rival.withstand.label,
          metric: statistic.metric, axis: family.axes[0].name, points: points))
    }
    return curves
  }

  /// Pointwise 95 % intervals of some members' scores.
  private func intervals(_ worlds: [ScoredWorld], _ statistic: Statistic) async throws -> [Interval] {
    try await Uncertainty(
      observed: statistic.reading(worlds), units: statistic.units, range: statistic.sides[0].metric.range,
      key: statistic.key, jobs: options.jobs
    ).memberIntervals().map { Interval($0.lowerBound, $0.upperBound) }
  }
}
