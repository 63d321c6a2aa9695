internal import GSL
internal import Hypotheses
internal import Probing
internal import Resampling
internal import Rivals

/// What the worlds of a rival say of the claim.
struct Scored: Sendable {
  /// One value per world.
  var values: [Double] = []
  /// Of a family: the score of every member in each world.
  var members: [[Double]] = []
  /// The first worlds, item by item.
  var paired: [Reading] = []

  static func + (a: Scored, b: Scored) -> Scored { joining([a, b]) }

  /// The worlds of some parts, in their order.
  static func joining(_ parts: [Scored]) -> Scored {
    Scored(
      values: parts.flatMap(\.values), members: parts.flatMap(\.members), paired: parts.flatMap(\.paired))
  }
}

extension Statistic {
  /// What some worlds say.
  /// - Parameter keeping: how many of the first are kept item by item.
  func scored(_ readings: [Reading], keeping: Int = .max) -> Scored {
    Scored(
      values: readings.map { value($0) },
      members: isFamily ? readings.map { $0.sides.map { $0.score() } } : [],
      paired: Array(readings.prefix(max(0, keeping))))
  }

  /// The margin's intervals: at each end the wider of that given the fits and of that of the procedure.
  func margins(
    over worlds: [Reading], _ scored: Scored, _ refits: RivalRefits, areAll: Bool = false
  ) async throws -> MarginIntervals {
    let found = try await uncertainty.margins(
      over: worlds, floor: floorReading, prefersLarge: sign > 0, areAll: areAll,
      confidences: [0.95, 0.9])
    let value = margin(over: scored)
    let count = areAll ? nil : scored.values.count
    func interval(_ place: Int, _ confidence: Double) -> Interval {
      Interval(found.intervals[place], sign: sign)
        .reaching(
          refits.reach(error: found.error, worlds: count, confidence: confidence), from: value)
    }
    return MarginIntervals(
      at95: interval(0, 0.95), at90: interval(1, 0.9),
      held: found.held.map { held in
        let value = sign * held.value
        return HeldMargin(
          value: value,
          interval: Interval(held.interval, sign: sign)
            .reaching(refits.reach(held: true, error: held.error, worlds: count), from: value),
          isOverFloor: floorIsBetter(than: scored))
      })
  }
}

/// The worlds of a rival that were drawn, and the p that they give.
private struct Drawn: Sendable {
  var scored: Scored
  var p: PValue? = nil
  /// How many were asked for, where p decided how many were drawn.
  var asked: Int? = nil
  /// What the representation adds to the one world, where a criterion asks for it.
  var added: AddedEvidence? = nil
  var notes: [String] = []
}

/// What is said of a claim and a rival, and the worlds that say it.
struct RivalFinding: Sendable {
  var evidence: RivalEvidence
  var scored: Scored
}

/// The intervals of a margin.
struct MarginIntervals: Sendable {
  var at95: Interval
  /// Decides equivalence; `nil` where that is not asked.
  var at90: Interval?
  /// Over the better of rival and floor; `nil` where the floor is no score of its own.
  var held: HeldMargin?
}

/// What one of the rivals scores where everything is fitted again.
struct RivalRefits: Sendable {
  var refits: Refits
  /// The place of the rival.
  var place: Int

  func reach(held: Bool = false, error: Double, worlds: Int?, confidence: Double = 0.95) -> Double {
    refits.reach(margin: place, held: held, error: error, worlds: worlds, confidence: confidence)
  }

  func reachOfAdded(error: Double) -> Double { refits.reach(added: place, error: error) }
}

extension Examination {
  /// Scores a rival's worlds and holds the claim against them.
  func evidence(
    of rival: BoundRival, against statistic: Statistic, _ refits: RivalRefits, _ gates: inout [Gate]
  ) async throws -> RivalFinding {
    switch rival.worlds {
    case .trivial:
      return try await oneWorld(statistic.floorReading, rival, statistic, refits)

    case .groupMeans(let groups):
      let worlds = statistic.sides.map { $0.bound.instrument.groupMeans($0.bound.targets, groups: groups) }
      return try await oneWorld(statistic.reading(worlds), rival, statistic, refits)

    case .probe(let probe):
      var worlds: [ScoredWorld] = []
      for side in statistic.sides {
        let bound = side.bound
        let instrument = bound.instrument.with(probe: probe)
        do {
          let prepared = try await instrument.prepare(bound.representation, jobs: options.jobs)
          worlds.append(prepared.evaluate(bound.targets).world)
        } catch let error as LinearAlgebraError {
          throw BindingError.linearAlgebra(error, measurement: rival.withstand.label)
        }
      }
      return try await oneWorld(statistic.reading(worlds), rival, statistic, refits)

    case .representation(let worlds):
      return try await severalWorlds(all: worlds[0].count, rival, statistic, refits) { replicates, keeping in
        try await scored(worlds, replicates, keeping: keeping, rival, statistic)
      }

    case .norms(let worlds):
      if let all = worlds[0].arrangements {
        return try await arranged(worlds, distinct: all, rival, statistic, refits)
      }
      return try await severalWorlds(all: worlds[0].count, rival, statistic, refits) { replicates, keeping in
        try await scored(worlds, replicates, keeping: keeping, rival, statistic)
      }

    case .swappedSides(let worlds):
      return try await exchanged(worlds, rival, statistic, refits)

    case .targets(let worlds):
      return try await rearranged(worlds, rival, statistic, refits, &gates)
    }
  }

  /// The checks of a rival that need few of its worlds or none, so that they come before all of them.
  func gates(of rival: BoundRival, _ statistic: Statistic) -> [Gate] {
    switch rival.worlds {
    case .representation:
      return zip(rival.twins, statistic.sides).flatMap { twins, side in
        [Gate.twinsDiffer(twins, from: side.bound.representation)]
          + (rival.areDraws ? [Gate.seedsDiffer(Set(twins).count, of: twins.count)] : [])
      }
    case .targets(let worlds):
      let side = statistic.sides[0]
      let targets = side.bound.targets
      func source(_ replicate: Int) -> [Int32] {
        var source = [Int32](repeating: 0, count: statistic.items)
        worlds.source(replicate: replicate, into: &source)
        return source
      }
      let isEnumerated = worlds.enumeration(of: statistic.identities, limit: rival.replicates) != nil
      guard let scheme = rival.scheme else {
        let count = min(rival.replicates, statistic.pairedWorlds)
        return isEnumerated ? [] : [Gate.controlsDiffer(targets, sources: (0..<count).map(source))]
      }
      let relabelling = Gate.relabellingLeavesP(
        side.prepared, targets, rival.exchangeability, replicates: rival.replicates, source: source)
      guard !isEnumerated else { return [relabelling] }
      return [
        relabelling,
        Gate.replicatesDistinct(scheme, targets, source: source, replicates: rival.replicates),
      ]
    case .trivial, .groupMeans, .probe, .norms, .swappedSides: return []
    }
  }

  // MARK: Kinds of rival

  private func oneWorld(
    _ world: Reading, _ rival: BoundRival, _ statistic: Statistic, _ refits: RivalRefits
  ) async throws -> RivalFinding {
    summary(
      rival, statistic, statistic.scored([world]), p: nil,
      margin: try await statistic.margins(over: [world], statistic.scored([world]), refits))
  }

  /// - Parameter all: how many worlds there are; `nil` where more can be drawn.
  private func severalWorlds(
    all: Int?, _ rival: BoundRival, _ statistic: Statistic, _ refits: RivalRefits,
    _ draw: (_ replicates: Range<Int>, _ keeping: Int) async throws -> Scored
  ) async throws -> RivalFinding {
    var found: Drawn
    if let all {
      found = Drawn(scored: try await draw(0..<all, statistic.pairedWorlds))
      // A single world is no null distribution, and neither are several of unknown origin.
      if all > 1, rival.areDraws { found.p = statistic.p(found.scored) }
      if let joined = rival.joined, let alone = found.scored.paired.first {
        found.added = try await added(joined, over: alone, rival, statistic, refits)
      }
    } else {
      found = try await untilDecided(rival, statistic, draw)
      if found.scored.values.count == 1 { found.p = nil }
    }
    return summary(
      rival, statistic, found.scored, p: found.p, asked: found.asked, added: found.added,
      margin: try await statistic.margins(over: found.scored.paired, found.scored, refits), notes: found.notes
    )
  }

  /// Every world is prepared anew, on every side.
  private func scored(
    _ worlds: [any RepresentationRival], _ replicates: Range<Int>, keeping: Int, _ rival: BoundRival,
    _ statistic: Statistic
  ) async throws -> Scored {
    let (label, progress) = (rival.withstand.label, options.progress)
    let total = replicates.upperBound
    let identity = (0..<Int32(statistic.items)).map { $0 }
    let readers = statistic.readers
    let scored = try await mapConcurrently(replicates.count, jobs: options.jobs) { place -> Scored in
      do throws(LinearAlgebraError) {
        var sides = [ScoredWorld?](repeating: nil, count: statistic.sides.count)
        for members in readers {
          let first = members[0]
          let prepared = try rival.instrument(of: statistic.sides[first].bound)
            .prepare(worlds[first].representation(replicate: replicates.lowerBound + place))
          for member in members {
            sides[member] = prepared.worlds(statistic.sides[member].bound.targets, sources: [identity])[0]
          }
        }
        progress(.worlds(rival: label, more: 1, of: total))
        return statistic.scored(
          [statistic.reading(sides.compactMap(\.self))], keeping: place < keeping ? 1 : 0)
      } catch {
        throw BindingError.linearAlgebra(error, measurement: label)
      }
    }
    return .joining(scored)
  }

  /// Every side keeps its representation and gets other targets.
  private func scored(
    _ worlds: [any NormRival], _ replicates: Range<Int>, keeping: Int, _ rival: BoundRival,
    _ statistic: Statistic
  ) async throws -> Scored {
    let (label, progress) = (rival.withstand.label, options.progress)
    let total = replicates.upperBound
    // Only the first worlds are kept item by item: with thousands of target columns a world is large.
    let kept = replicates.lowerBound + min(replicates.count, keeping)
    var scored = Scored()
    for range in [replicates.lowerBound..<kept, kept..<total] where !range.isEmpty {
      var sides: [[ScoredWorld]] = []
      for (index, (side, world)) in zip(statistic.sides, worlds).enumerated() {
        sides.append(
          try await side.prepared.worlds(
            count: range.count, jobs: options.jobs,
            targets: { world.targets(replicate: range.lowerBound + $0) },
            progress: { if index == 0 { progress(.worlds(rival: label, more: $0, of: total)) } }))
      }
      let found = sides
      let readings = try await mapConcurrently(range.count, jobs: options.jobs) { place in
        statistic.reading(
          found.map { $0[place] },
          targets: statistic.isComparison
            ? worlds.map { $0.targets(replicate: range.lowerBound + place) } : nil)
      }
      scored = scored + statistic.scored(readings, keeping: range.upperBound == kept ? readings.count : 0)
    }
    return scored
  }

  /// The targets of every side are arranged in equally likely ways: all of them are scored where they are no more than the
  /// worlds that are asked for.
  /// - Parameter all: how many distinct ones there are.
  private func arranged(
    _ worlds: [any NormRival], distinct all: Double, _ rival: BoundRival, _ statistic: Statistic,
    _ refits: RivalRefits
  ) async throws -> RivalFinding {
    if all <= Double(rival.replicates) {
      let enumerated = worlds.map { $0.enumerated }
      // The bootstrap of the margin needs every arrangement item by item.
      let scored = try await scored(enumerated, 0..<Int(all), keeping: .max, rival, statistic)
      return summary(
        rival, statistic, scored, p: statistic.p(scored, exact: true), arrangements: all,
        margin: try await statistic.margins(over: scored.paired, scored, refits, areAll: true),
        notes: ["All \(scored.values.count) distinct arrangements of signs were scored; p is exact."])
    }
    let found = try await untilDecided(rival, statistic) { replicates, keeping in
      try await scored(worlds, replicates, keeping: keeping, rival, statistic)
    }
    return summary(
      rival, statistic, found.scored, p: found.p, arrangements: all, asked: found.asked,
      margin: try await statistic.margins(over: found.scored.paired, found.scored, refits), notes: found.notes
    )
  }

  /// The sides of a comparison exchange what they scored, unit by unit.
  private func exchanged(
    _ worlds: SwappedSidesWorlds, _ rival: BoundRival, _ statistic: Statistic, _ refits: RivalRefits
  ) async throws -> RivalFinding {
    @Sendable func reading(_ exchanged: [Bool]) -> Reading {
      statistic.observed.exchanging(exchanged)
    }
    let worlds = worlds.moving { statistic.observed.differs(on: $0) }
    let arrangements = worlds.distinctExchanges
    if let all = worlds.enumeration(limit: rival.replicates) {
      let readings = all.map(reading)
      let scored = statistic.scored(readings)
      return summary(
        rival, statistic, scored, p: statistic.p(scored, exact: true), arrangements: arrangements,
        margin: try await statistic.margins(over: readings, scored, refits, areAll: true),
        notes: ["All \(all.count) exchanges were scored; p is exact."])
    }
    let found = try await untilDecided(rival, statistic) { replicates, keeping in
      .joining(
        try await mapConcurrently(replicates.count, jobs: options.jobs) { place in
          let exchanged = worlds.exchanged(replicate: replicates.lowerBound + place)
          return statistic.scored([reading(exchanged)], keeping: place < keeping ? 1 : 0)
        })
    }
    return summary(
      rival, statistic, found.scored, p: found.p, arrangements: arrangements, asked: found.asked,
      margin: try await statistic.margins(over: found.scored.paired, found.scored, refits), notes: found.notes
    )
  }

  /// The targets change places, in the same way on every side.
  private func rearranged(
    _ worlds: any TargetRival, _ rival: BoundRival, _ statistic: Statistic, _ refits: RivalRefits,
    _ gates: inout [Gate]
  ) async throws -> RivalFinding {
    let arrangements = rival.scheme.map { scheme in
      // The p of a claim about each member is the largest of theirs, and none is below what its own targets allow.
      statistic.kind == .each
        ? statistic.sides.map { scheme.distinctArrangements(of: $0.bound.targets.identities) }.min()!
        : scheme.distinctArrangements(of: statistic.identities)
    }
    if let sources = worlds.enumeration(of: statistic.identities, limit: rival.replicates) {
      let readings = statistic.readings(sources)
      let scored = statistic.scored(readings)
      return summary(
        rival, statistic, scored, p: statistic.p(scored, exact: true), arrangements: arrangements,
        margin: try await statistic.margins(over: readings, scored, refits, areAll: true),
        notes: ["All \(sources.count) distinct rearrangements were scored; p is exact."])
    }
    let found = try await untilDecided(rival, statistic) { replicates, keeping in
      try await scored(worlds, replicates, keeping: keeping, rival, statistic)
    }
    let values = found.scored.values
    if rival.scheme != nil, values.count >= 200 { gates.append(Gate.nullStable(values)) }
    return summary(
      rival, statistic, found.scored, p: found.p, arrangements: arrangements, asked: found.asked,
      margin: try await statistic.margins(over: found.scored.paired, found.scored, refits), notes: found.notes
    )
  }

  private func scored(
    _ worlds: any TargetRival, _ replicates: Range<Int>, keeping: Int, _ rival: BoundRival,
    _ statistic: Statistic
  ) async throws -> Scored {
    let (label, progress) = (rival.withstand.label, options.progress)
    let total = replicates.upperBound
    if statistic.isFamily {
      return try await members(worlds, replicates, keeping: keeping, rival, statistic)
    }
    guard statistic.isComparison else {
      let side = statistic.sides[0]
      let found = try await side.prepared.nullScores(
        side.bound.targets, replicates: replicates, observed: statistic.value, jobs: options.jobs,
        keeping: keeping, source: { worlds.source(replicate: $0, into: &$1) },
        progress: { progress(.worlds(rival: label, more: $0, of: total)) })
      return Scored(values: found.scores, paired: found.kept.map { Reading($0) })
    }
    // A difference of scores is never decided by single precision's rounding, because it is not used.
    let size = statistic.sides.map { $0.prepared.worldsPerBlock($0.bound.targets) }.min()!
    let items = statistic.items
    let blocks = try await mapConcurrently((replicates.count + size - 1) / size, jobs: options.jobs) {
      block -> Scored in
      let places = block * size..<min((block + 1) * size, replicates.count)
      let sources = places.map { place -> [Int32] in
        var source = [Int32](repeating: 0, count: items)
        worlds.source(replicate: replicates.lowerBound + place, into: &source)
        return source
      }
      let readings = statistic.readings(sources)
      progress(.worlds(rival: label, more: places.count, of: total))
      return statistic.scored(readings, keeping: keeping - places.lowerBound)
    }
    return .joining(blocks)
  }

  /// Every member of a family gets its own targets, rearranged in the same way.
  private func members(
    _ worlds: any TargetRival, _ replicates: Range<Int>, keeping: Int, _ rival: BoundRival,
    _ statistic: Statistic
  ) async throws -> Scored {
    let (label, progress) = (rival.withstand.label, options.progress)
    var sides: [NullScores] = []
    for (place, side) in statistic.sides.enumerated() {
      sides.append(
        try await side.prepared.nullScores(
          side.bound.targets, replicates: replicates, observed: side.score, jobs: options.jobs,
          keeping: keeping, source: { worlds.source(replicate: $0, into: &$1) },
          progress: {
            if place == 0 { progress(.worlds(rival: label, more: $0, of: replicates.upperBound)) }
          }))
    }
    var members = (0..<replicates.count).map { world in sides.map { $0.scores[world] } }
    // Each member's scores are exact where they come near its own. Where the best or worst of a world comes near the
    // claim's, so that single precision could decide, all are measured again.
    let near = members.indices.filter {
      abs(statistic.value(of: members[$0]) - statistic.value) <= 1e-3 * (1 + abs(statistic.value))
    }
    let again = try await mapConcurrently(near.count, jobs: options.jobs) { place in
      var source = [Int32](repeating: 0, count: statistic.items)
      worlds.source(replicate: replicates.lowerBound + near[place], into: &source)
      return statistic.readings([source])[0].sides.map { $0.score() }
    }
    for (place, scores) in zip(near, again) {
      for (member, score) in scores.enumerated()
      where members[place][member] != statistic.sides[member].score { members[place][member] = score }
    }
    return Scored(
      values: members.map { statistic.value(of: $0) }, members: members,
      paired: sides[0].kept.indices.map { world in statistic.reading(sides.map { $0.kept[world] }) })
  }

  // MARK: What follows

  /// Scores replicates until p is decided (`Withstand.untilDecided`).
  private func untilDecided(
    _ rival: BoundRival, _ statistic: Statistic,
    _ draw: (_ replicates: Range<Int>, _ keeping: Int) async throws -> Scored
  ) async throws -> Drawn {
    var scored = Scored()
    let drawing = try await rival.withstand.untilDecided(asked: rival.replicates) { total in
      let keeping = max(0, statistic.pairedWorlds - scored.paired.count)
      scored = scored + (try await draw(scored.values.count..<total, keeping))
    } p: {
      statistic.p(scored)
    }
    return Drawn(scored: scored, p: drawing.p, asked: drawing.asked, notes: drawing.notes)
  }

  private func summary(
    _ rival: BoundRival, _ statistic: Statistic, _ scored: Scored, p: PValue?, arrangements: Double? = nil,
    asked: Int? = nil,
    added: AddedEvidence? = nil, margin: MarginIntervals, notes: [String] = []
  ) -> RivalFinding {
    let evidence = RivalEvidence(
      rival.withstand, values: scored.values, observed: statistic.value, floor: statistic.floor,
      sign: statistic.sign, p: p, arrangements: arrangements, asked: asked,
      tail: p.flatMap { statistic.tail(scored.values, of: $0) },
      added: added, margin: margin, marginValue: statistic.margin(over: scored), notes: notes)
    return RivalFinding(evidence: evidence, scored: scored)
  }
}

extension RivalEvidence {
  /// What a rival's worlds say of a claim.
  /// - Parameters:
  ///   - observed: the claimed score.
  ///   - sign: 1 where a larger score is better, else -1.
  ///   - arrangements: how many distinct ones the worlds are drawn from.
  ///   - asked: how many worlds were asked for, where p decided how many were drawn.
  ///   - margin: the intervals of what the claim is better by.
  ///   - marginValue: what it is better by; `nil`: the claimed score less the worlds' mean.
  init(
    _ withstand: Withstand, values: [Double], observed: Double, floor: Double, sign: Double, p: PValue?,
    arrangements: Double? = nil, asked: Int? = nil, tail: TailEvidence? = nil, added: AddedEvidence? = nil,
    margin: MarginIntervals, marginValue: Double? = nil, notes: [String] = []
  ) {
    let count = Double(values.count)
    let mean = values.reduce(0, +) / count
    let deviation =
      values.count > 1
      ? (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)).squareRoot() : 0
    let interval = margin.at95
    let criteria = withstand.criteria.map { criterion in
      let outcome: Outcome =
        switch criterion.quantity {
        case .p:
          p.map { Falsification.outcome(of: $0, criterion, arrangements: arrangements) } ?? .undecided
        case .margin, .selectivity:
          Falsification.outcome(
            of: margin.held?.interval ?? interval, criterion.comparison, criterion.threshold)
        case .added:
          added.map { Falsification.outcome(of: $0.interval, criterion.comparison, criterion.threshold) }
            ?? .undecided
        }
      return CriterionEvidence(criterion: criterion, outcome: outcome)
    }
    let above = sign * (observed - floor)
    self.init(
      rival: withstand.rival, label: withstand.label, replicates: values.count, replicatesAsked: asked,
      mean: mean, deviation: deviation, p: p.map(PValueEvidence.init), arrangements: arrangements, tail: tail,
      margin: marginValue ?? sign * (observed - mean), marginInterval: interval,
      held: margin.held, criteria: criteria,
      outcome: criteria.map(\.outcome).worst, added: added,
      equivalence: margin.at90.flatMap { EquivalenceEvidence(criteria, margin: $0) },
      share: above > 0 ? sign * (mean - floor) / above : nil,
      distribution: values.count > 1 ? Histogram(values) : nil,
      notes: notes
        + Wording.overFloor(
          margin.held, marginValue ?? sign * (observed - mean), withstand))
  }
}
