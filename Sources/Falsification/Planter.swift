internal import GSL
internal import Hypotheses
internal import Probing
internal import Resampling

/// Makes data sets out of a measurement's own: the representation stays, and its targets are rearranged over the units of a
/// permutation scheme, so that nothing ties them to the representation; or they are rearranged and then mixed with a linear
/// signal in the representation.
///
/// Every target column keeps its values, and units keep one value where the scheme moves units. Numbers, and columns of 0
/// and 1, are dealt out by rank: the rank of strength·signal + √(1 - strength²)·z, where z are normal scores of the
/// rearranged column. Of classes, a share `strength` of the units exchange theirs so that each goes to the units whose
/// signal for it is largest.
struct Planter: Sendable {
  private let targets: Targets
  private let scheme: PermutationScheme
  /// Units in blocks within which targets may move: each unit is a list of items.
  private let blocks: [[[Int]]]
  /// The representation with columns of mean 0 and variance 1.
  private let standardized: Matrix<Double>

  /// - Parameters:
  ///   - groups: what moves as one; `nil`: every item by itself.
  ///   - strata: what targets stay within; `nil`: they may go anywhere.
  init(
    _ targets: Targets, representation: Matrix<Double>, scheme: PermutationScheme, groups: [Int]?,
    within strata: [Int]?
  ) {
    self.targets = targets
    self.scheme = scheme
    var units: [[Int]] = []
    var placeOfGroup: [Int: Int] = [:]
    for item in 0..<targets.count {
      let group = groups?[item] ?? item
      if let place = placeOfGroup[group] {
        units[place].append(item)
      } else {
        placeOfGroup[group] = units.count
        units.append([item])
      }
    }
    var blocks: [[[Int]]] = []
    var placeOfStratum: [Int: Int] = [:]
    for unit in units {
      let stratum = strata?[unit[0]] ?? 0
      if let place = placeOfStratum[stratum] {
        blocks[place].append(unit)
      } else {
        placeOfStratum[stratum] = blocks.count
        blocks.append([unit])
      }
    }
    self.blocks = blocks
    standardized = representation.standardizingColumns()
  }

  /// The targets of one simulated data set.
  /// - Parameter strength: from 0, nothing to find, to 1, nothing but the signal.
  func targets(strength: Double, key: StreamKey, replicate: Int) -> Targets {
    let rearranged = targets.rearranged(
      by: scheme.permutation(key.appending("rearranged"), replicate: replicate))
    guard strength > 0 else { return rearranged }
    var stream = RandomStream(key.appending("signal"), replicate: replicate)
    if targets.areClasses { return mixedClasses(rearranged, strength, &stream) }
    let signals = signals(targets.coded.columns, &stream)
    var mixed = rearranged.coded
    for column in 0..<mixed.columns {
      for block in blocks {
        let values = block.map { rearranged.coded[$0[0], column] }
        let z = normalScores(values, &stream)
        let s = standardized(block.map { unit in mean(unit.map { signals[$0, column] }) })
        let rest = (1 - strength * strength).squareRoot()
        let latent = values.indices.map { strength * s[$0] + rest * z[$0] }
        let sorted = values.sorted()
        for (rank, unit) in ascending(latent, &stream).enumerated() {
          for item in block[unit] { mixed[item, column] = sorted[rank] }
        }
      }
    }
    return Targets(numeric: mixed)
  }

  private func mixedClasses(_ rearranged: Targets, _ strength: Double, _ stream: inout RandomStream)
    -> Targets
  {
    let count = targets.classes.count
    let signals = signals(count, &stream)
    var labels = rearranged.labels
    for block in blocks {
      var order = block.indices.map { Int32($0) }
      stream.shuffle(&order)
      let chosen = order.prefix(Int((strength * Double(block.count)).rounded())).map { Int($0) }
      var left = [Int](repeating: 0, count: count)
      for unit in chosen { left[labels[block[unit][0]]] += 1 }
      var wishes: [(unit: Int, label: Int, signal: Double)] = []
      for unit in chosen {
        for label in 0..<count where left[label] > 0 {
          // Two classes are the two ends of one signal.
          let signal = mean(block[unit].map { signals[$0, count == 2 ? 0 : label] })
          wishes.append((unit, label, count == 2 && label == 0 ? -signal : signal))
        }
      }
      wishes.sort {
        $0.signal != $1.signal ? $0.signal > $1.signal : ($0.unit, $0.label) < ($1.unit, $1.label)
      }
      var isDone = [Bool](repeating: false, count: block.count)
      for wish in wishes where !isDone[wish.unit] && left[wish.label] > 0 {
        isDone[wish.unit] = true
        left[wish.label] -= 1
        for item in block[wish.unit] { labels[item] = wish.label }
      }
    }
    return Targets(classes: labels.map { targets.classes[$0] })
  }

  /// Linear functions of the representation, one per column, of mean 0 and variance 1: random combinations of the items'
  /// own vectors, so that they lie where the representation varies most.
  private func signals(_ count: Int, _ stream: inout RandomStream) -> Matrix<Double> {
    var weights = Matrix<Double>(rows: standardized.rows, columns: count)
    stream.fillWithNormals(&weights.elements)
    let directions = standardized.multiplied(by: weights, transposeSelf: true)
    return standardized.multiplied(by: directions).standardizingColumns()
  }

  /// The normal quantiles of the values' ranks, ties in random order.
  private func normalScores(_ values: [Double], _ stream: inout RandomStream) -> [Double] {
    var scores = [Double](repeating: 0, count: values.count)
    for (rank, place) in ascending(values, &stream).enumerated() {
      scores[place] = normalQuantile((Double(rank) + 0.5) / Double(values.count))
    }
    return scores
  }

  /// The places of the values from the smallest up, ties in random order.
  private func ascending(_ values: [Double], _ stream: inout RandomStream) -> [Int] {
    var order = values.indices.map { Int32($0) }
    stream.shuffle(&order)
    let ties = order
    return values.indices.sorted {
      let (a, b) = (Int(ties[$0]), Int(ties[$1]))
      return values[a] != values[b] ? values[a] < values[b] : $0 < $1
    }.map { Int(ties[$0]) }
  }

  private func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

  private func standardized(_ values: [Double]) -> [Double] {
    let center = mean(values)
    let deviation = mean(values.map { ($0 - center) * ($0 - center) }).squareRoot()
    return values.map { deviation > 0 ? ($0 - center) / deviation : 0 }
  }
}
