internal import GSL
internal import Hypotheses
internal import Probing
internal import Resampling
internal import Rivals

/// How much the score and its margins owe to the fits: what the whole procedure comes to on other divisions of the items, and
/// on targets that nothing ties to the representation.
///
/// The bootstrap takes the fits as they are. It says how sure the score of these fitted probes is, and not how the score would
/// come out on other data, on which other probes would be fitted. The standard error of the procedure is
///
///     max((f b^2 + v)^(1/2), u)
///
/// where b is the bootstrap's standard error, v the variance over new divisions of the same items, and u the standard
/// deviation of the score where targets are dealt out anew to the units. The factor f = 1 + J n2/n1, for J test folds of n2 and
/// training sets of n1 items, is that of Nadeau & Bengio (2003, Machine Learning 52, 239): scores of folds whose training sets
/// overlap vary together, and the bootstrap does not see that. What the fits do by leaps, such as the choice of a penalty,
/// shows in v; where there is nothing to find, the data at hand may not show the leaps at all, and u does. It is 0 where scores lie
/// between two ends: there no leap is large, and scores near an end vary less than those of nothing. Margins have the same
/// with every rival fitted again beside the claim. docs/statistics.md has the simulation.
struct Refits: Sendable {
  /// How many divisions are drawn.
  static let most = 16
  /// With fewer a variance is not worth having.
  static let fewest = 8
  /// How many times targets are dealt out anew.
  private static let dealt = 20
  /// So many floating-point operations are always spent: a few seconds.
  private static let free = 1e11

  /// What one division says.
  private struct Refit: Sendable {
    var value: Double
    /// By rival: the worlds' values, and the better of each and of the floor; empty where the rival has none.
    var worlds: [[Double]]
    var held: [[Double]]
    /// By rival: what confounds and representation score together, less what confounds alone do.
    var added: [Double?]
  }

  private let refits: [Refit]
  /// f.
  private let factor: Double
  /// u.
  private let deviationOfNull: Double
  /// Plain sentences: what was done instead, where it was not this.
  let notes: [String]

  /// Draws divisions and fits everything again on each.
  /// - Parameter rivals: in the order in which they are asked for later.
  /// - Throws: `CancellationError`.
  init(
    _ statistic: Statistic, _ rivals: [BoundRival], key: StreamKey, options: RunOptions
  ) async throws {
    self = try await Self.each([statistic], rivals, key: key, options: options)[0]
  }

  /// The same for claims that differ in their targets alone: what depends on the representation is fitted once for all.
  static func each(
    _ statistics: [Statistic], _ rivals: [BoundRival], key: StreamKey, options: RunOptions
  ) async throws -> [Refits] {
    options.progress(.step("refits"))
    let affordable = affordable(statistics[0], rivals)
    let enough = affordable >= fewest
    let drawn = try await mapConcurrently(enough ? affordable : 0, jobs: options.jobs) {
      refit(statistics, rivals, key: key, number: $0)
    }
    let factor = statistics[0].sides.map { $0.bound.instrument.overlap }.max()!
    let notes =
      enough
      ? []
      : [
        "Fitting everything again on \(fewest) other divisions would cost more than the claim itself. Intervals allow for training sets that overlap, but not for how the score depends on the division."
      ]
    let isBounded = statistics[0].sides.allSatisfy { $0.metric.range.hasTwoEnds }
    let deviations = try await mapConcurrently(statistics.count, jobs: options.jobs) {
      isBounded ? 0 : standardError(ofReplicates: null(statistics[$0], key: key.appending("dealt")))
    }
    return statistics.indices.map { place in
      Refits(
        refits: drawn.compactMap { $0?[place] }, factor: factor, deviationOfNull: deviations[place],
        notes: notes)
    }
  }

  private init(refits: [Refit], factor: Double, deviationOfNull: Double, notes: [String]) {
    self.refits = refits
    self.factor = factor
    self.deviationOfNull = deviationOfNull
    self.notes = notes
  }

  // MARK: Intervals

  /// How far the bounds of the score lie from it.
  /// - Parameter error: the bootstrap's standard error, b.
  func reach(error: Double) -> Double {
    reach(error: error, variance: variance(refits.map(\.value)), confidence: 0.95)
  }

  /// The same for the margin over a rival.
  /// - Parameters:
  ///   - held: whether over the better of rival and floor.
  ///   - worlds: how many worlds the rival's mean is made of; `nil` for all that there are.
  func reach(
    margin rival: Int, held isHeld: Bool, error: Double, worlds: Int?, confidence: Double = 0.95
  ) -> Double {
    let usable = refits.filter { !$0.worlds[rival].isEmpty }
    let margins = (0..<(usable.first?.worlds[rival].count ?? 0)).map { world in
      usable.map { $0.value - (isHeld ? $0.held : $0.worlds)[rival][world] }
    }
    let ofDivisions: Double
    if margins.count == 2 {
      // Two worlds of a division share what the division does; by how much they differ is the spread of a world. The mean of
      // many worlds has the first and little of the second.
      let within = variance(zip(margins[0], margins[1]).map { $0 - $1 }) / 2
      ofDivisions = max(0, covariance(margins[0], margins[1])) + within / Double(worlds ?? .max)
    } else {
      ofDivisions = variance(margins.first ?? [])
    }
    return reach(error: error, variance: ofDivisions, confidence: confidence)
  }

  /// The same for what a representation adds to confounds.
  func reach(added rival: Int, error: Double) -> Double {
    reach(error: error, variance: variance(refits.compactMap { $0.added[rival] }), confidence: 0.95)
  }

  private func reach(error: Double, variance: Double, confidence: Double) -> Double {
    normalQuantile((1 + confidence) / 2)
      * max((factor * error * error + variance).squareRoot(), deviationOfNull)
  }

  private func variance(_ values: [Double]) -> Double { covariance(values, values) }

  /// 0 of fewer than two.
  private func covariance(_ a: [Double], _ b: [Double]) -> Double {
    guard a.count > 1 else { return 0 }
    let count = Double(a.count)
    let (meanA, meanB) = (a.reduce(0, +) / count, b.reduce(0, +) / count)
    return zip(a, b).reduce(0) { $0 + ($1.0 - meanA) * ($1.1 - meanB) } / (count - 1)
  }

  // MARK: Targets dealt out anew

  /// What the claim scores where the units' targets change places, those of a unit together: units in random order give theirs,
  /// one after the other, to the units as they are. Where units differ in size, a few are divided.
  private static func null(_ statistic: Statistic, key: StreamKey) -> [Double] {
    let (unitOf, units) = numbered(statistic.units)
    var members = [[Int]](repeating: [], count: units)
    for (item, unit) in unitOf.enumerated() { members[unit].append(item) }
    let places = members.flatMap(\.self)
    let sources = (0..<dealt).map { number in
      var stream = RandomStream(key, replicate: number)
      var order = (0..<Int32(units)).map { $0 }
      stream.shuffle(&order)
      var source = [Int32](repeating: 0, count: places.count)
      for (place, from) in zip(places, order.flatMap { members[Int($0)] }) { source[place] = Int32(from) }
      return source
    }
    return statistic.readings(sources).map { statistic.value($0) }
  }

  // MARK: One division

  /// What a division says, by claim; `nil` where the items cannot be divided or fitted.
  private static func refit(
    _ statistics: [Statistic], _ rivals: [BoundRival], key: StreamKey, number: Int
  ) -> [Refit]? {
    do throws(LinearAlgebraError) {
      guard let division = try Division(statistics, key: key, number: number) else { return nil }
      var refits = division.own.map { Refit(value: $0, worlds: [], held: [], added: []) }
      for rival in rivals {
        let worlds = try division.worlds(rival)
        let joint = try rival.joined.map { (joined) throws(LinearAlgebraError) in
          try rival.instrument(division.sides[0].instrument).prepare(joined)
        }
        for (place, statistic) in statistics.enumerated() {
          let (floor, sign) = (division.floors[place], statistic.sign)
          let held = worlds[place].map { sign > 0 ? max($0, floor) : min($0, floor) }
          refits[place].worlds.append(worlds[place])
          refits[place].held.append(held)
          refits[place].added.append(
            joint.flatMap { joint in
              held.first.map { joint.evaluate(statistic.sides[0].bound.targets).score - $0 }
            })
        }
      }
      return refits.allSatisfy(\.value.isFinite) ? refits : nil
    } catch {
      return nil
    }
  }

  /// A new division with every side fitted on it.
  private struct Division {
    let statistics: [Statistic]
    let number: Int
    private(set) var sides: [(instrument: Instrument, prepared: PreparedProbe)] = []
    /// By claim and side.
    private let worlds: [[ScoredWorld]]

    init?(_ statistics: [Statistic], key: StreamKey, number: Int) throws(LinearAlgebraError) {
      self.statistics = statistics
      self.number = number
      var sides: [(instrument: Instrument, prepared: PreparedProbe)] = []
      for (place, side) in statistics[0].sides.enumerated() {
        // What depends on the representation alone is made ready once.
        if let known = statistics[0].readers.first(where: { $0.contains(place) && $0[0] < place })?.first {
          sides.append(sides[known])
          continue
        }
        guard let instrument = try side.bound.instrument.redrawn(key: key, number: number) else { return nil }
        sides.append((instrument, try instrument.prepare(side.bound.representation)))
      }
      self.sides = sides
      worlds = statistics.map { statistic in
        zip(sides, statistic.sides).map { $0.prepared.evaluate($1.bound.targets).world }
      }
    }

    /// What the claims score.
    var own: [Double] { statistics.indices.map { value(of: $0, worlds[$0]) } }

    /// Their floors.
    var floors: [Double] {
      statistics.enumerated().map { place, statistic in
        value(of: place, zip(sides, statistic.sides).map { $0.instrument.floor($1.bound.targets) })
      }
    }

    /// - Parameter other: the sides' targets, where they are not the claim's.
    private func value(of place: Int, _ worlds: [ScoredWorld], _ other: [Targets]? = nil) -> Double {
      let statistic = statistics[place]
      guard statistic.isComparison else { return statistic.value(of: worlds.map { $0.score() }) }
      let targets = other ?? statistic.sides.map(\.bound.targets)
      return Reading(
        worlds[0], over: worlds[1], bounds: zip(sides, targets).map { $0.instrument.bounds($1) }
      ).value()
    }

    /// What up to two worlds of a rival score, by claim: other worlds on each division, so that their spread enters.
    func worlds(_ rival: BoundRival) throws(LinearAlgebraError) -> [[Double]] {
      let bound = statistics[0].sides.map(\.bound)
      func numbers(_ count: Int) -> [Int] {
        (0..<min(count, 2)).map { (2 * number + $0) % max(count, 2) }
      }
      func each(_ value: (_ place: Int, _ statistic: Statistic) -> [Double]) -> [[Double]] {
        statistics.enumerated().map(value)
      }
      func ofTargets(_ place: Int, _ targets: [Targets]) -> Double {
        value(of: place, zip(sides, targets).map { $0.prepared.evaluate($1).world }, targets)
      }
      switch rival.worlds {
      case .trivial: return floors.map { [$0] }
      case .groupMeans(let groups):
        return each { place, statistic in
          [
            value(
              of: place,
              zip(sides, statistic.sides).map { $0.instrument.groupMeans($1.bound.targets, groups: groups) })
          ]
        }
      case .probe(let probe):
        var prepared: [PreparedProbe] = []
        for (side, bound) in zip(sides, bound) {
          prepared.append(try side.instrument.with(probe: probe).prepare(bound.representation))
        }
        return each { place, statistic in
          [value(of: place, zip(prepared, statistic.sides).map { $0.evaluate($1.bound.targets).world })]
        }
      case .representation(let all):
        var values = [[Double]](repeating: [], count: statistics.count)
        for number in numbers(all[0].count ?? rival.replicates) {
          var prepared = [PreparedProbe?](repeating: nil, count: sides.count)
          for members in statistics[0].readers {
            let own = try rival.instrument(sides[members[0]].instrument)
              .prepare(all[members[0]].representation(replicate: number))
            for member in members { prepared[member] = own }
          }
          for (place, statistic) in statistics.enumerated() {
            values[place].append(
              value(
                of: place, zip(prepared, statistic.sides).map { $0!.evaluate($1.bound.targets).world }))
          }
        }
        return values
      case .norms(let all):
        return each { place, _ in
          numbers(all[0].count ?? rival.replicates).map { number in
            ofTargets(place, all.map { $0.targets(replicate: number) })
          }
        }
      case .targets(let all):
        return each { place, statistic in
          numbers(rival.replicates).map { number in
            var source = [Int32](repeating: 0, count: statistic.items)
            all.source(replicate: number, into: &source)
            return ofTargets(place, statistic.sides.map { $0.bound.targets.rearranged(by: source) })
          }
        }
      case .swappedSides(let all):
        let bounds = zip(sides, bound).map { $0.instrument.bounds($1.targets) }
        return each { place, _ in
          numbers(rival.replicates).map { number in
            Reading(worlds[place][0], over: worlds[place][1], bounds: bounds)
              .exchanging(all.exchanged(replicate: number)).value()
          }
        }
      }
    }
  }

  // MARK: What it costs

  /// How many divisions may be drawn: as many as cost no more than the claim itself, in fits of a whole measurement; all of them
  /// where that is little.
  private static func affordable(_ statistic: Statistic, _ rivals: [BoundRival]) -> Int {
    let probe = statistic.sides[0].bound.instrument.probe
    let width = statistic.sides.map { $0.bound.targets.coded.columns }.max()!
    // A world of other targets costs a fit where the probe is slow, and otherwise a share of one.
    let ofTargets = probe.isSlow ? 1 : Double(width) / Double(probe.columnsPerBlock)
    func cost(_ rival: BoundRival, worlds: Int) -> Double {
      switch rival.worlds {
      case .representation: Double(worlds) + (rival.joined == nil ? 0 : 1)
      case .probe: 1
      case .targets, .norms: Double(worlds) * ofTargets
      case .trivial, .groupMeans, .swappedSides: 0
      }
    }
    let claim = 1 + rivals.reduce(0) { $0 + cost($1, worlds: $1.replicates) }
    let refit = 1 + rivals.reduce(0) { $0 + cost($1, worlds: min(2, $1.replicates)) }
    let bound = statistic.sides[0].bound
    let (n, d) = (Double(bound.keys.count), Double(bound.representation.columns))
    let fits = Double(bound.instrument.splits.reduce(0) { $0 + $1.count } * statistic.sides.count)
    let operations = fits * n * d * min(n, d) * (probe.isSlow ? 100 : 4) * max(1, ofTargets)
    if Double(most) * refit * operations <= free { return most }
    return min(most, Int(claim / refit))
  }
}

extension ClosedRange<Double> {
  fileprivate var hasTwoEnds: Bool { (upperBound - lowerBound).isFinite }
}

extension Statistic {
  /// Both intervals of the value, or without refits the first.
  func scoreIntervals(_ refits: Refits?) async throws -> ScoreIntervals {
    var procedure: Interval?
    if let refits {
      let reach = refits.reach(error: try await uncertainty.scoreError())
      procedure = Interval(value, value).reaching(reach, from: value).clamped(to: range)
    }
    return ScoreIntervals(
      ofFits: Interval(try await uncertainty.scoreInterval()), ofProcedure: procedure)
  }
}

extension Interval {
  /// The interval, each end at least so far from a value.
  func reaching(_ reach: Double, from value: Double) -> Interval {
    guard reach.isFinite else { return self }
    return Interval(min(lower, value - reach), max(upper, value + reach))
  }

  /// What of it lies in a range.
  func clamped(to range: ClosedRange<Double>) -> Interval {
    Interval(max(lower, range.lowerBound), min(upper, range.upperBound))
  }
}
