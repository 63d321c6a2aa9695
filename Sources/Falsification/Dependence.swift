internal import Activations
internal import GSL
internal import Hypotheses
internal import Probing
internal import Resampling

/// Dependence between items that a hypothesis does not mention: groups in the columns of the table that it does not use, and the
/// order of the rows.
///
/// Real columns cluster and real files are sorted, so a cluster is a suspicion, and warns. The verdict is kept from being
/// `corroborated` only where harm is shown on these data (docs/statistics.md, "Dependence that is not declared", with what was
/// measured):
///
/// - the target is constant within a column, and rearranging it over the column's groups misses p, or the score does not carry over to
///   new groups;
/// - the target varies within a column's groups, and rearranging it there leaves p above .005, or leaves nearly all of
///   the score, which does not carry over to new groups either;
/// - targets moved along the file by a tenth of the rows and more are predicted half as well as the real ones.
struct Dependence: Sendable {
  let statistic: Statistic
  let hypothesis: Hypothesis
  let key: StreamKey
  let jobs: Int

  /// What is looked at more closely.
  private static let closely = 3
  /// How many standard deviations beyond rearrangements a cluster lies, in both targets and representation: p of some 1e-9, so
  /// that hundreds of columns need no further correction.
  private static let suspicious = 6.0
  private static let rearrangements = 30
  /// Only the first items are looked at for suspicion.
  private static let sampled = 20_000

  /// A column that the hypothesis does not use.
  private struct Candidate: Sendable {
    var name: String
    var groups: [Int]
    var count: Int
    /// Whether every group has one target.
    var isConstant: Bool
    var strength: Double
  }

  /// What is found of a column, or of the order.
  private struct Finding: Sendable {
    var name: String
    var count: Int
    var note: String
    var isHarm: Bool
  }

  /// What was found: at most one caveat about columns and one about the order of rows.
  ///
  /// Nothing is looked for where a unit is declared, where folds keep groups together, or where the claim is not that a score is
  /// large, or the score is not above its floor.
  func caveats() async throws -> [Caveat] {
    let sides = statistic.sides
    guard hypothesis.unit == nil,
      sides.allSatisfy({
        $0.bound.declaration.folds.grouped == nil && $0.bound.declaration.folds.linked == nil
      }),
      statistic.sign * (statistic.value - statistic.floor) > 0,
      hypothesis.claim.comparison.wantsLarge == (statistic.sign > 0), hypothesis.claim.comparison != .within
    else { return [] }
    let side = sides[statistic.deciding]
    let targets = Sketch(side.bound.targets.coded, key: key.appending("targets"))
    let representation = Sketch(side.bound.representation, key: key.appending("representation"))
    return try await ofColumns(targets, representation) + ofOrder(targets, representation)
  }

  /// What rearranged targets do to a difference depends on both sides' probes, so nothing is shown of comparisons.
  private func effect(_ isHarm: Bool) -> Caveat.Effect {
    isHarm && !statistic.isComparison ? .caps : .warns
  }

  // MARK: Columns

  private func ofColumns(_ targets: Sketch, _ representation: Sketch) async throws -> [Caveat] {
    let suspects = candidates().compactMap { candidate -> Candidate? in
      var candidate = candidate
      let places = Array(candidate.groups.prefix(Self.sampled))
      let name = key.appending(candidate.name)
      let ofTargets = targets.clustering(places, rearrangements: Self.rearrangements, key: name)
      guard ofTargets >= Self.suspicious else { return nil }
      let ofRows = representation.clustering(places, rearrangements: Self.rearrangements, key: name)
      guard ofRows >= Self.suspicious else { return nil }
      candidate.strength = min(ofTargets, ofRows)
      return candidate
    }.sorted { ($1.strength, $0.name) < ($0.strength, $1.name) }
    var findings: [Finding] = []
    for suspect in suspects.prefix(Self.closely) {
      if let found = try await look(at: suspect) { findings.append(found) }
    }
    findings = findings.filter(\.isHarm) + findings.filter { !$0.isHarm }
    guard let first = findings.first else { return [] }
    let data = statistic.sides[0].bound.declaration.targets.data
    func reference(_ column: String) -> String { ColumnReference(data: data, column: column).description }
    let folds = min(statistic.sides[0].bound.declaration.folds.count, first.count)
    return [
      Caveat(
        rule: "undeclared-groups", effect: effect(first.isHarm),
        message:
          "targets and representation cluster by \(Wording.list(findings.map { reference($0.name) })), which the hypothesis does not use",
        notes: findings.map { "\(reference($0.name)): \($0.note)" },
        advice: [
          "declare the unit and keep it together: `unit \(reference(first.name))` and `folds \(folds), grouped by \(reference(first.name))`"
        ])
    ]
  }

  /// The columns that may be groups: not used by the hypothesis, no measured quantities, two items to a value on average, and not the
  /// target under another name.
  private func candidates() -> [Candidate] {
    let bound = statistic.sides[0].bound
    let table = bound.table
    let data = bound.declaration.targets.data
    let used = Set(hypothesis.columnUses.filter { $0.data == data }.map(\.column))
    let targets = statistic.identities
    let targetCount = Set(targets).count
    let single =
      bound.targets.areClasses || bound.targets.coded.columns > 1 ? nil : bound.targets.coded.elements
    return table.columnNames.compactMap { name in
      guard !used.contains(name), let column = table.column(name) else { return nil }
      let identities = column.identities
      let cells = bound.rows.map { identities[$0] }
      guard cells.allSatisfy({ $0 != nil }) else { return nil }
      // What is measured in decimals is no name of a group.
      let numbers = column.isNumeric ? bound.rows.map { column.numbers[$0]! } : nil
      if let numbers, !numbers.allSatisfy({ $0 == $0.rounded() }) { return nil }
      let (groups, count) = numbered(cells.map { $0! })
      guard count >= 2, 2 * count <= groups.count else { return nil }
      let pairs = Set(zip(groups, targets).map { [$0, $1] }).count
      let isConstant = pairs == count
      if isConstant, count == targetCount {
        // One to one: of classes the same classes, of numbers the same order.
        guard let single, targetCount > 2 else { return nil }
        if let numbers, Self.haveOneOrder(numbers, single) { return nil }
      }
      if !isConstant, let single, Self.areBins(groups, of: single) { return nil }
      return Candidate(name: name, groups: groups, count: count, isConstant: isConstant, strength: 0)
    }
  }

  /// Whether one rises with the other throughout, or falls.
  private static func haveOneOrder(_ a: [Double], _ b: [Double]) -> Bool {
    let order = a.indices.sorted { a[$0] < a[$1] }
    let steps = zip(order, order.dropFirst()).map { b[$1] - b[$0] }
    return steps.allSatisfy { $0 >= 0 } || steps.allSatisfy { $0 <= 0 }
  }

  /// Whether groups are ranges of the target.
  private static func areBins(_ groups: [Int], of target: [Double]) -> Bool {
    let order = target.indices.sorted { (target[$0], groups[$0]) < (target[$1], groups[$1]) }
    let changes = zip(order, order.dropFirst()).count { groups[$0] != groups[$1] }
    return changes + 1 == Set(groups).count
  }

  private func look(at candidate: Candidate) async throws -> Finding? {
    let name = key.appending(candidate.name)
    let worlds = statistic.sides.contains { $0.bound.instrument.probe.isSlow } ? 39 : 399
    // The smaller, the fewer sets of noise get through: 1 % of those in six groups did at .05.
    let alpha = max(0.01, min(0.02, claimedP ?? 0.05))
    let carried = carriedOver(
      Split(
        items: statistic.items,
        folds: min(statistic.sides[0].bound.instrument.splits[0].count, candidate.count),
        groups: candidate.groups, key: name, repetition: 0))
    let isLost = carried.map { $0 < 0.5 } ?? false
    let loss =
      carried.map {
        isLost
          ? "; with folds grouped by it \(Wording.percent(max(0, $0))) of the score above the floor is left"
          : ""
      } ?? ""
    if candidate.isConstant {
      guard let scheme = try? PermutationScheme.over(groups: candidate.groups) else { return nil }
      let values = try await self.values(worlds) { scheme.permutation(name, replicate: $0) }
      let p = pValue(
        observed: statistic.sign * statistic.value, null: values.map { statistic.sign * $0 }, exact: false)
      let isMissed = !(p.value <= alpha)
      let isHarm = isMissed || isLost
      guard isHarm || candidate.count >= 5 else { return nil }
      return Finding(
        name: candidate.name, count: candidate.count,
        note:
          "the target is constant within its \(candidate.count) values, and rearranged over them gives p = \(Wording.pValue(p.value))\(loss)",
        isHarm: isHarm)
    }
    let scheme = PermutationScheme.within(blocks: candidate.groups)
    let values = try await self.values(worlds) { scheme.permutation(name, replicate: $0) }
    let p = pValue(
      observed: statistic.sign * statistic.value, null: values.map { statistic.sign * $0 }, exact: false)
    let share = share(values)
    // Effects that are there beyond the groups reach the smallest p that these worlds can give, or nearly.
    let isHarm = p.value > max(0.005, 2 / Double(worlds + 1)) || share >= 0.85 && isLost
    guard isHarm || candidate.count >= 5 && share >= 0.25 else { return nil }
    return Finding(
      name: candidate.name, count: candidate.count,
      note:
        "targets rearranged within its \(candidate.count) values keep \(Wording.percent(max(0, share))) of the score above the floor (p = \(Wording.pValue(p.value)))\(loss)",
      isHarm: isHarm)
  }

  /// The smallest p that a rival is asked for.
  private var claimedP: Double? {
    hypothesis.rivals.flatMap(\.criteria).filter { $0.quantity == .p }.map(\.threshold).min()
  }

  /// The mean of some worlds as a share of the score above the floor.
  private func share(_ values: [Double]) -> Double {
    (values.reduce(0, +) / Double(values.count) - statistic.floor) / (statistic.value - statistic.floor)
  }

  private func values(
    _ count: Int, source: @escaping @Sendable (Int) -> [Int32]
  ) async throws -> [Double] {
    let size = 20
    return try await mapConcurrently((count + size - 1) / size, jobs: jobs) { block in
      let range = block * size..<min((block + 1) * size, count)
      return statistic.readings(range.map(source)).map { statistic.value($0) }
    }.flatMap { $0 }
  }

  /// The score above the floor on another division of the same items, as a share of the claimed one's; `nil` where it cannot
  /// be had.
  private func carriedOver(_ split: Split?) -> Double? {
    guard let split, !statistic.isComparison,
      statistic.sides.allSatisfy({ !$0.metric.isOnline })
    else { return nil }
    let all = Array(0..<statistic.items)
    var worlds: [ScoredWorld] = []
    for side in statistic.sides {
      let bound = side.bound
      guard
        let instrument = try? bound.instrument.on(all, split: split, probe: bound.instrument.probe),
        let prepared = try? instrument.prepare(bound.representation)
      else { return nil }
      worlds.append(prepared.evaluate(bound.targets).world)
    }
    return share([statistic.value(statistic.reading(worlds))])
  }

  // MARK: Order

  private func ofOrder(_ targets: Sketch, _ representation: Sketch) async throws -> [Caveat] {
    let bound = statistic.sides[0].bound
    let isOrdered = hypothesis.rivals.contains {
      if case .permutedLabels(let rival) = $0.rival { rival.order != nil } else { false }
    }
    let n = statistic.items
    guard !isOrdered, n >= 20 else { return [] }
    let order = (0..<n).sorted { bound.rows[$0] < bound.rows[$1] }
    let name = key.appending("order")
    let near = Array(order.prefix(Self.sampled))
    guard
      targets.neighbouring(near, rearrangements: Self.rearrangements, key: name) >= Self.suspicious,
      representation.neighbouring(near, rearrangements: Self.rearrangements, key: name) >= Self.suspicious
    else { return [] }
    // Every target moves along the file, by a tenth of the rows to nine tenths; those that fall off come in at the start.
    let moves = statistic.sides.contains { $0.bound.instrument.probe.isSlow } ? 20 : 40
    let values = try await self.values(moves) { world in
      let by = n / 10 + (n - 2 * (n / 10)) * world / max(moves - 1, 1)
      var source = [Int32](repeating: 0, count: n)
      for place in 0..<n { source[order[place]] = Int32(order[(place + by) % n]) }
      return source
    }
    let share = share(values)
    guard share >= 0.2 else { return [] }
    let folds = statistic.sides[0].bound.instrument.splits[0].count
    let strata = sorting(order)
    var foldOf = [Int](repeating: 0, count: n)
    for members in strata {
      for (place, item) in members.enumerated() { foldOf[item] = place * folds / members.count }
    }
    let carried =
      Set(foldOf).count == folds ? carriedOver(Split(foldOf: foldOf)) : nil
    let isLost = carried.map { $0 < 0.5 } ?? false
    let isHarm =
      strata.count > 1 ? share >= 0.5 && isLost : share >= 0.45 || share >= 0.25 && isLost
    let loss =
      carried.map {
        "; with folds of neighbouring rows \(Wording.percent(max(0, $0))) of the score above the floor is left"
      } ?? ""
    return [
      Caveat(
        rule: "undeclared-order", effect: effect(isHarm),
        message: "neighbouring rows are alike, in targets and representation, and folds are drawn at random",
        notes: [
          "targets moved along the file by a tenth of the rows and more keep \(Wording.percent(share)) of the score above the floor\(loss)"
        ],
        advice: [
          "name what neighbouring rows share in a column, and write `unit` and `folds \(folds), grouped by` it"
        ])
    ]
  }

  /// The items in the order of the file, by the values of what the file is sorted by: classes of the target, or the column with the
  /// most values of which each stands in one piece and has items enough for every fold. All in one where there is none.
  private func sorting(_ order: [Int]) -> [[Int]] {
    let bound = statistic.sides[0].bound
    func strata(_ values: [Int], slack: Int) -> [[Int]]? {
      let distinct = Set(values).count
      guard distinct > 1, distinct * 5 <= order.count else { return nil }
      let changes = zip(order, order.dropFirst()).count { values[$0] != values[$1] }
      guard changes + 1 <= slack * distinct else { return nil }
      var members: [[Int]] = [[Int]](repeating: [], count: distinct)
      let numbers = numbered(values).numbers
      for item in order { members[numbers[item]].append(item) }
      return members
    }
    if let own = strata(statistic.identities, slack: 2) { return own }
    let others = bound.table.columnNames.compactMap { name -> [[Int]]? in
      guard let identities = bound.table.column(name)?.identities else { return nil }
      return strata(bound.rows.map { identities[$0] ?? -1 }, slack: 1)
    }
    return others.max { $0.count < $1.count } ?? [order]
  }
}

/// Rows in a few numbers, by which it is seen whether they cluster: standardised columns, or 16 random sums of them.
private struct Sketch: Sendable {
  private static let width = 16
  let values: Matrix<Double>

  init(_ matrix: Matrix<Double>, key: StreamKey) {
    let standard = matrix.standardizingColumns()
    guard matrix.columns > Self.width else {
      values = standard
      return
    }
    var stream = RandomStream(key.appending("sketch"), replicate: 0)
    let signs = Matrix(
      rows: matrix.columns, columns: Self.width,
      elements: (0..<matrix.columns * Self.width).map { _ in stream.below(2) == 0 ? -1.0 : 1 })
    values = standard.multiplied(by: signs)
  }

  /// How many standard deviations the sum of squares between groups lies above that of groups dealt out anew.
  func clustering(_ groups: [Int], rearrangements: Int, key: StreamKey) -> Double {
    let (numbers, count) = numbered(groups)
    var sizes = [Double](repeating: 0, count: count)
    for group in numbers { sizes[group] += 1 }
    return deviations(numbers.count, rearrangements, key.appending("groups")) { order in
      var sums = [Double](repeating: 0, count: count * values.columns)
      for (place, row) in order.enumerated() {
        let start = numbers[place] * values.columns
        for column in 0..<values.columns { sums[start + column] += values[Int(row), column] }
      }
      return sums.indices.reduce(0) { $0 + sums[$1] * sums[$1] / sizes[$1 / values.columns] }
    }
  }

  /// The same of the products of rows that follow each other.
  func neighbouring(_ order: [Int], rearrangements: Int, key: StreamKey) -> Double {
    deviations(order.count, rearrangements, key.appending("rows")) { places in
      zip(places, places.dropFirst()).reduce(0.0) { sum, pair in
        let (a, b) = (order[Int(pair.0)], order[Int(pair.1)])
        return (0..<values.columns).reduce(sum) { $0 + values[a, $1] * values[b, $1] }
      }
    }
  }

  private func deviations(
    _ count: Int, _ rearrangements: Int, _ key: StreamKey, _ statistic: ([Int32]) -> Double
  ) -> Double {
    var places = (0..<Int32(count)).map { $0 }
    let observed = statistic(places)
    var drawn: [Double] = []
    for replicate in 0..<rearrangements {
      var stream = RandomStream(key, replicate: replicate)
      stream.shuffle(&places)
      drawn.append(statistic(places))
    }
    let mean = drawn.reduce(0, +) / Double(drawn.count)
    let variance = drawn.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(drawn.count - 1)
    // Rounding is no spread.
    return observed - mean > 1e-9 * abs(mean) ? (observed - mean) / variance.squareRoot() : 0
  }
}
