internal import Foundation
internal import GSL
internal import Hypotheses
internal import Probing

/// What the mean predictor must score, counted from the targets alone, without the metric's own code.
///
/// Exactly 0 for `r2` and `spearman` and their means over features; 0.5 for `auc`; the training folds' commonest class for
/// `accuracy` and `balanced_accuracy`; the variance about the training means for `mse`; Laplace's rule for
/// `description_length`; the features in the order of
/// their popularity for metrics that rank; whole columns taken or left for `f1`; and the items about the mean for
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
    case .accuracy: score = average { Self.classes($0, targets).right }
    case .balancedAccuracy: score = average { Self.classes($0, targets).recall }
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
    case .f1(let metric): score = average { Self.taken($0, targets, metric) }
    case .neighbourhoodAccuracy(let metric):
      score = average { Self.about($0, targets, metric) }
      tolerance = 1.5 / Double(targets.count)
    }
  }

  /// A fold's training items and test items.
  private static func parts(_ split: Split, _ fold: Int) -> (training: [Int], test: [Int]) {
    (split.training(fold), Array(split.order[split.range(fold)]))
  }

  private static func classes(_ split: Split, _ targets: Targets) -> (right: Double, recall: Double) {
    var hits = [Int](repeating: 0, count: targets.classes.count)
    for fold in 0..<split.count {
      let (training, test) = parts(split, fold)
      var counts = [Int](repeating: 0, count: targets.classes.count)
      for item in training { counts[targets.labels[item]] += 1 }
      let commonest = counts.firstIndex(of: counts.max()!)!
      hits[commonest] += test.count { targets.labels[$0] == commonest }
    }
    let shares = hits.indices.map { label in
      Double(hits[label]) / Double(targets.labels.count { $0 == label })
    }
    return (
      Double(hits.reduce(0, +)) / Double(targets.count), shares.reduce(0, +) / Double(shares.count)
    )
  }

  /// The classes of every block counted, and those of the blocks before it: a class costs what Laplace's rule gives it.
  private static func bits(_ split: Split, _ targets: Targets) -> Double {
    let classes = targets.classes.count
    func counts(_ items: [Int]) -> [Double] {
      var counts = [Double](repeating: 0, count: classes)
      for item in items { counts[targets.labels[item]] += 1 }
      return counts
    }
    var bits = 0.0
    for fold in 0..<split.count {
      let (training, test) = parts(split, fold)
      let known = counts(training)
      for (label, count) in counts(test).enumerated() {
        bits -= count * (log2(known[label] + 1) - log2(Double(training.count + classes)))
      }
    }
    return bits / Double(targets.count)
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

  /// The mean predictor takes a column for all items or for none.
  private static func taken(_ split: Split, _ targets: Targets, _ metric: F1) -> Double {
    let width = targets.coded.columns
    var hits = [Double](repeating: 0, count: width)
    // Taken and gold cells together.
    var cells = hits
    for fold in 0..<split.count {
      let (training, test) = parts(split, fold)
      let (taught, tested) = (sums(targets, training), sums(targets, test))
      let isTaken: [Bool]
      switch (metric.threshold, metric.average) {
      case (.fixed(let threshold), _): isTaken = taught.map { $0 / Double(training.count) > threshold }
      case (.training, .macro): isTaken = taught.map { $0 > 0 }
      case (.training, .micro):
        // Columns from the most popular down; those that are equally popular go together.
        let levels = Set(taught).sorted(by: >)
        let gold = taught.reduce(0, +)
        var (best, chosen, found, size) = (0.0, Double.infinity, 0.0, 0.0)
        for level in levels where level > 0 {
          let own = Double(taught.count { $0 == level })
          found += own * level
          size += own * Double(training.count)
          let score = 2 * found / (size + gold)
          if score > best { (best, chosen) = (score, level) }
        }
        isTaken = taught.map { $0 >= chosen }
      }
      for column in 0..<width {
        if isTaken[column] {
          hits[column] += tested[column]
          cells[column] += Double(test.count)
        }
        cells[column] += tested[column]
      }
    }
    switch metric.average {
    case .micro:
      let all = cells.reduce(0, +)
      return all > 0 ? 2 * hits.reduce(0, +) / all : 0
    case .macro:
      let scores = cells.indices.filter { cells[$0] > 0 }.map { 2 * hits[$0] / cells[$0] }
      return scores.isEmpty ? 0 : scores.reduce(0, +) / Double(scores.count)
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
