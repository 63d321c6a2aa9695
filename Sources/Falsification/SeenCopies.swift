internal import Foundation
internal import Hypotheses
internal import Probing
internal import Resampling

/// Items with a copy that the probe is trained on when they are tested: it can look their answer up.
///
/// They may be few and legitimate (two keys of one word), so the question is whether anything rests on them: the score and every
/// rival's worlds are computed again with these items unscored.
struct SeenCopies: Sendable {
  /// By item, on any side and in any division.
  let areSeen: [Bool]
  let count: Int
  /// Some pairs, by their keys.
  let pairs: [(String, String)]
  /// How far the first pair is apart, and how far an item's nearest neighbour that is no copy, in the median.
  let distance: Double
  let scale: Double

  /// - Parameter sides: what is claimed, on the same items.
  /// - Returns: `nil` where no item has such a copy.
  init?(_ sides: [BoundMeasurement]) {
    var areSeen = [Bool](repeating: false, count: sides[0].keys.count)
    var pairs: [(String, String)] = []
    var (distance, scale) = (0.0, 0.0)
    var looked: [(side: BoundMeasurement, copies: Copies)] = []
    for side in sides {
      let known = looked.first { $0.side.readsTheSame(as: side) }
      let copies = known?.copies ?? Copies(in: side.representation)
      if known == nil { looked.append((side, copies)) }
      for split in side.instrument.splits {
        let seen = copies.areSeen(in: split)
        guard seen.contains(true) else { continue }
        if pairs.isEmpty {
          let found = Self.pairs(copies, split, seen, side)
          pairs = found.map { (side.keys[$0.0], side.keys[$0.1]) }
          distance = copies.distance(found[0].0, found[0].1, in: side.representation)
          scale = copies.scale
        }
        for item in seen.indices where seen[item] { areSeen[item] = true }
      }
    }
    guard areSeen.contains(true) else { return nil }
    self.areSeen = areSeen
    count = areSeen.count { $0 }
    self.pairs = pairs
    self.distance = distance
    self.scale = scale
  }

  /// For the first groups, their first item and its first copy in another fold.
  private static func pairs(
    _ copies: Copies, _ split: Split, _ seen: [Bool], _ side: BoundMeasurement
  ) -> [(Int, Int)] {
    let foldOf = split.foldOf
    var first: [Int: Int] = [:]
    var named: Set<Int> = []
    var pairs: [(Int, Int)] = []
    for (item, group) in copies.groups.enumerated() {
      guard let known = first[group] else {
        first[group] = item
        continue
      }
      guard foldOf[known] != foldOf[item], seen[item] || seen[known], named.insert(group).inserted else {
        continue
      }
      pairs.append((known, item))
      if pairs.count == 3 { break }
    }
    return pairs
  }

  /// `6 of 120 items have a copy in another fold, such as w1 and w61 (1.2e-05 apart, where the nearest other item is 2.3
  /// away)`.
  var finding: String {
    let apart =
      distance == 0
      ? "equal"
      : "\(String(format: "%.2g", distance)) apart, where the nearest other item is \(String(format: "%.2g", scale)) away"
    return
      "\(count) of \(areSeen.count) items have a copy in another fold, such as \(pairs[0].0) and \(pairs[0].1) (\(apart))"
  }

  /// 0 for these items, 1 for all others.
  var weights: [Double] { areSeen.map { $0 ? 0 : 1 } }
}

extension Gate {
  /// Where most items have copies in other folds, it is the copies that are measured.
  static func copies(_ copies: SeenCopies?, _ statistic: Statistic) -> Gate {
    guard let copies else {
      return Gate(
        name: Gate.duplicates, passed: true,
        detail: "0 of \(statistic.items) items have a copy in another fold")
    }
    let left = copies.areSeen.indices.filter { !copies.areSeen[$0] }
    let identities = statistic.identities
    let isNothing =
      left.count < max(5, (statistic.items + 1) / 2) || Set(left.map { identities[$0] }).count < 2
    return Gate(
      name: Gate.duplicates, passed: !isNothing,
      detail: copies.finding + (isNothing ? "; without them too little is left to score" : ""))
  }
}

extension SeenCopies {
  /// What becomes of the claim and of the rivals' criteria with these items unscored.
  ///
  /// The claimed score, the floor and the rivals' worlds that are kept item by item (up to 100) are computed again with weight 0 on
  /// these items. Intervals move with their value, and widen with the root of the share of items that is lost. An outcome of p
  /// changes where the interval of p among the kept worlds lies on the other side of the threshold. What a representation adds to
  /// confounds is not computed again.
  /// - Returns: a failed gate where an outcome changes, else a warning.
  func change(
    _ statistic: Statistic, _ claim: RequirementEvidence, _ rivals: [RivalFinding]
  ) -> (gate: Gate?, caveats: [Caveat]) {
    let weights = weights
    let left = Double(areSeen.count - count)
    let widening = (Double(areSeen.count) / max(left, 1)).squareRoot()
    let sign = statistic.sign
    let value = statistic.value(statistic.observed, weights: weights)
    let floor = statistic.isComparison ? 0 : statistic.value(statistic.floorReading, weights: weights)
    func moved(_ interval: Interval, from old: Double, to new: Double) -> Interval {
      guard new.isFinite else { return Interval(-.infinity, .infinity) }
      return Interval(new - (old - interval.lower) * widening, new + (interval.upper - old) * widening)
    }
    var changes: [String] = []
    func compare(_ what: String, _ before: Outcome, _ after: Outcome) {
      if before != after { changes.append("\(what) is \(after.rawValue) where it was \(before.rawValue)") }
    }
    compare(
      "the claim", claim.outcome,
      outcome(
        of: moved(claim.interval, from: claim.value, to: value), claim.comparison, claim.threshold))
    for finding in rivals {
      let rival = finding.evidence
      let worlds = finding.scored.paired
      guard !worlds.isEmpty else { continue }
      let (all, kept) = (
        worlds.map { statistic.value($0) }, worlds.map { statistic.value($0, weights: weights) }
      )
      func margin(_ value: Double, _ worlds: [Double], _ floor: Double) -> Double {
        let mean = sign * worlds.reduce(0, +) / Double(worlds.count)
        return sign * value - (rival.held == nil ? mean : max(mean, sign * floor))
      }
      let shift = margin(value, kept, floor) - margin(statistic.value, all, statistic.floor)
      for criterion in rival.criteria {
        let what = "\(rival.label) \(criterion.criterion)"
        switch criterion.criterion.quantity {
        case .margin, .selectivity:
          guard let found = rival.measured(criterion.criterion.quantity, held: true) else { continue }
          compare(
            what, criterion.outcome,
            outcome(
              of: moved(found.interval, from: found.value, to: found.value + shift),
              criterion.criterion.comparison, criterion.criterion.threshold))
        case .p:
          let p = pValue(
            observed: sign * value, null: kept.map { sign * $0 }, exact: rival.p?.isExact ?? false)
          let after = outcome(of: p, criterion.criterion)
          if criterion.outcome != .undecided, after != .undecided { compare(what, criterion.outcome, after) }
        case .added: continue
        }
      }
    }
    let scores =
      "the score is \(Wording.number(value)) without them and \(Wording.number(statistic.value)) with them"
    if !changes.isEmpty {
      return (
        Gate(
          name: Gate.duplicates, passed: false,
          detail: "\(finding); \(scores), and \(Wording.list(changes))"), []
      )
    }
    let others = pairs.dropFirst().map { "\($0.0) and \($0.1)" }
    return (
      nil,
      [
        Caveat(
          rule: "copies-across-folds", message: finding,
          notes: [
            "\(scores), and no outcome changes"
          ] + (others.isEmpty ? [] : ["other pairs are \(Wording.list(others))"]),
          advice: ["group the folds by what copies share, or keep one item of each"])
      ]
    )
  }
}
