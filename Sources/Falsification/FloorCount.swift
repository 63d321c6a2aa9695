internal import Foundation
internal import GSL
internal import Hypotheses
internal import Probing

/// What the floor must be, counted from the targets alone, without the metric's own code.
///
/// Exactly 0 for `r2` and `spearman` and their means over features; 0.5 for `auc`; the share of the commonest class for
/// `accuracy`, one over the number of classes for `balanced_accuracy`, and the code of the classes' shares for
/// `description_length`; whole columns taken or left for `f1`; the variance about the training means for `mse`; the features in
/// the order of their popularity in training for metrics that rank; and the items about the mean for
/// `neighbourhood_accuracy`. There is no count but the metric's own for `spearman_per_item`,
/// and for `mse` of residuals.
struct FloorCount {
  let score: Double
  /// How far rounding may take the metric from it, relative to 1 or to the score.
  var tolerance = 1e-9

  init?(_ instrument: Instrument, _ targets: Targets) {
    func average(_ count: (Split) -> Double) -> Double {
      instrument.splits.map(count).reduce(0, +) / Double(instrument.splits.count)
    }
    switch instrument.metric {
    case .r2, .spearman, .r2PerFeature, .spearmanPerFeature: score = 0
    case .auc: score = 0.5
    case .spearmanPerItem: return nil
    case .accuracy: score = Double(Self.classCounts(targets).max()!) / Double(targets.count)
    case .balancedAccuracy: score = 1 / Double(targets.classes.count)
    case .mse:
      // The variance of residuals cannot be had from sums of the targets.
      guard instrument.residuals?.targets == nil else { return nil }
      score = average { Self.variance($0, targets) }
    case .descriptionLength: score = average { Self.bits($0, targets) }
    case .precisionAtK(let metric):
      score = average { Self.ranked($0, targets, metric.k) }
      // Numbers that are not whole add up differently in another order, so that equals may change places.
      if metric.gold == .positive { tolerance = 0.01 }
    case .meanAveragePrecision(let gold):
      score = average { Self.ranked($0, targets, nil) }
      if gold == .positive { tolerance = 0.01 }
    case .f1(let metric): score = Self.taken(targets, metric.average)
    case .neighbourhoodAccuracy(let metric):
      score = average { Self.about($0, targets, metric) }
      tolerance = 1.5 / Double(targets.count)
    }
  }

  /// A fold's training items and test items.
  private static func parts(_ split: Split, _ fold: Int) -> (training: [Int], test: [Int]) {
    (split.training(fold), Array(split.order[split.range(fold)]))
  }

  private static func classCounts(_ targets: Targets) -> [Int] {
    var counts = [Int](repeating: 0, count: targets.classes.count)
    for label in targets.labels { counts[label] += 1 }
    return counts
  }

  /// The classes' shares among all items take the place of a probe: after t items it counts as t more, and every class as one.
  private static func bits(_ split: Split, _ targets: Targets) -> Double {
    let counts = classCounts(targets)
    let (items, classes) = (Double(targets.count), Double(counts.count))
    var bits = 0.0
    for fold in 0..<split.count {
      let (training, test) = parts(split, fold)
      let known = Double(training.count)
      for item in test {
        let share = Double(counts[targets.labels[item]]) / items
        bits -= known == 0 ? -log2(classes) : log2(known * share + 1) - log2(known + classes)
      }
    }
    return bits / items
  }

  /// The sums of every column over the training items.
  private static func sums(_ targets: Targets, _ items: [Int]) -> [Double] {
    var sums = [Double](repeating: 0, count: targets.coded.columns)
    for item in items {
      for (column, value) in targets.coded.row(item).enumerated() { sums[column] += value }
    }
    return sums
  }

  /// By the sums of squares: Σ(y - m)² = Σy² - 2mΣy + km² over a fold's k test items.
  private static func variance(_ split: Split, _ targets: Targets) -> Double {
    var total = 0.0
    for fold in 0..<split.count {
      let (training, test) = parts(split, fold)
      let (taught, tested) = (sums(targets, training), sums(targets, test))
      for column in taught.indices {
        let mean = taught[column] / Double(training.count)
        total -= 2 * mean * tested[column]
        total += Double(test.count) * mean * mean
      }
      for item in test { for value in targets.coded.row(item) { total += value * value } }
    }
    return total / Double(targets.coded.elements.count)
  }

  /// Features in the order of their popularity, once per fold.
  /// - Parameter k: how many are looked at; `nil`: average precision.
  private static func ranked(_ split: Split, _ targets: Targets, _ k: PrecisionAtK.K?) -> Double {
    var (sum, counted) = (0.0, 0.0)
    for fold in 0..<split.count {
      let (training, test) = parts(split, fold)
      let popularity = sums(targets, training)
      let order = popularity.indices.sorted {
        popularity[$0] != popularity[$1] ? popularity[$0] > popularity[$1] : $0 < $1
      }
      for item in test {
        let isGold = order.map { targets.coded[item, $0] > 0 }
        let gold = isGold.count { $0 }
        guard gold > 0 else { continue }
        counted += 1
        switch k {
        case .gold?: sum += Double(isGold.prefix(gold).count { $0 }) / Double(gold)
        case .fixed(let k)?:
          sum += Double(isGold.prefix(k).count { $0 }) / Double(min(k, isGold.count))
        case nil:
          var found = 0.0
          for (place, gold) in isGold.enumerated() where gold {
            found += 1
            sum += found / Double(place + 1) / Double(isGold.count { $0 })
          }
        }
      }
    }
    return counted > 0 ? sum / counted : 0
  }

  /// A column is taken for all items or for none. With p the share of items that have it, F1 is then 2p / (1 + p), or 0; pooled,
  /// every number of the most popular columns is tried.
  private static func taken(_ targets: Targets, _ average: F1.Average) -> Double {
    let shares = sums(targets, Array(0..<targets.count)).map { $0 / Double(targets.count) }.sorted(by: >)
    switch average {
    case .macro:
      let scores = shares.filter { $0 > 0 }.map { 2 * $0 / (1 + $0) }
      return scores.isEmpty ? 0 : scores.reduce(0, +) / Double(scores.count)
    case .micro:
      let all = shares.reduce(0, +)
      return shares.indices.reduce(0.0) { best, last in
        let hits = shares[...last].reduce(0, +)
        return max(best, hits > 0 ? 2 * hits / (Double(last + 1) + all) : 0)
      }
    }
  }

  /// All test items of a fold have the same prediction: they are found where they lie among the nearest to it.
  private static func about(_ split: Split, _ targets: Targets, _ metric: NeighbourhoodAccuracy) -> Double {
    let identities = targets.identities
    var sum = 0.0
    for fold in 0..<split.count {
      let (training, test) = parts(split, fold)
      let mean = sums(targets, training).map { $0 / Double(training.count) }
      let distances = (0..<targets.count).map { item -> Double in
        let row = targets.coded.row(item)
        switch metric.similarity {
        case .euclidean: return zip(row, mean).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        case .cosine:
          let (a, b) = (row.reduce(0) { $0 + $1 * $1 }, mean.reduce(0) { $0 + $1 * $1 })
          return a * b > 0 ? -zip(row, mean).reduce(0) { $0 + $1.0 * $1.1 } / (a * b).squareRoot() : 0
        }
      }
      let sorted = distances.sorted()
      for item in test {
        let (own, slack) = (distances[item], 1e-10 * max(abs(distances[item]), 1e-300))
        let nearer = sorted.count { $0 < own - slack }
        let tied = distances.indices.count {
          abs(distances[$0] - own) <= slack || identities[$0] == identities[item]
        }
        sum += min(max(Double(metric.n - nearer) / Double(tied), 0), 1)
      }
    }
    return sum / Double(targets.count)
  }
}
