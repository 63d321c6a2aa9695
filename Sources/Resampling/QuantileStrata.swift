/// The stratum of every value when values are divided into about equally large groups of neighbours: `count` times the
/// share of smaller values, rounded down. Equal values share a stratum, so that there may be fewer and uneven ones.
///
/// Permuting within strata of a confound keeps what the target has through it (conditional permutation). It holds the
/// confound fixed as far as the strata are fine.
/// - Precondition: `count` is positive and no value is NaN.
public func quantileStrata(_ values: [Double], count: Int) -> [Int] {
  precondition(count > 0, "\(count) strata")
  let sorted = values.sorted()
  return values.map { value in
    // The number of smaller values, by bisection.
    var (low, high) = (0, sorted.count)
    while low < high {
      let middle = (low + high) / 2
      if sorted[middle] < value { low = middle + 1 } else { high = middle }
    }
    return count * low / sorted.count
  }
}

/// A number per item, equal for two items exactly when they agree in every one of some groupings; numbered in order of
/// first appearance.
/// - Precondition: the groupings are as long as each other, and there is one at least.
public func crossed(_ groupings: [[Int]]) -> [Int] {
  var numbers: [[Int]: Int] = [:]
  return groupings[0].indices.map { item in
    let cell = groupings.map { $0[item] }
    let number = numbers[cell] ?? numbers.count
    numbers[cell] = number
    return number
  }
}
