internal import Foundation
public import GSL
internal import Resampling

/// Which rows of a representation are copies of others: closer than 1 % of the median distance to the nearest row that is no
/// copy.
///
/// Copies are seldom equal to the bit. The same sentence in another batch differs in the last digits, and so does what was
/// stored in half precision. Distances are Euclidean; an element's difference counts as none where it is within the rounding
/// of the type in which the values were stored (`StoredPrecision`). A row is in one group with all rows that it is joined to
/// by a chain of copies.
///
/// In few dimensions, rows come near each other by chance. The share is therefore no more than (1 / 100 n)^(1 / d) for n
/// rows in d dimensions that vary: of n independent rows fewer than one in a hundred sets then holds such a pair.
public struct Copies: Sendable {
  /// A number per row, the same for copies: that of the first of them.
  public let groups: [Int]
  /// Rows closer than this are copies. 0 where only equal rows are.
  public let limit: Double
  /// The median distance of a row to the nearest one that is no copy of it; 0 where there is none.
  public let scale: Double
  /// The representation's precision.
  public let precision: StoredPrecision

  /// The largest share of the nearest neighbour's distance.
  public static let share = 0.01
  /// How many rows are asked for their nearest neighbour, and among how many.
  private static let (queries, candidates) = (256, 65_536)
  /// How many copies a row is joined to directly. A chain joins the rest, and thousands of copies of one row remain cheap.
  private static let links = 8

  /// Finds the copies among the rows.
  /// - Complexity: for n rows in d dimensions, products of n x d with d x 256 and d x 8, and about n^2 / 10 comparisons of
  ///   eight numbers in the worst case of independent dimensions.
  public init(in matrix: Matrix<Double>) {
    precision = StoredPrecision(of: matrix)
    let rows = Rows(matrix, step: precision.step)
    var joined = DisjointSets(count: matrix.rows)
    let distinct = rows.distinct(&joined)
    guard distinct.count > 1, matrix.columns > 0 else {
      (groups, limit, scale) = (joined.groups, 0, 0)
      return
    }
    let found = rows.scale(of: distinct, queries: Self.queries, candidates: Self.candidates)
    if found.limit > 0 {
      rows.join(distinct, closerThan: found.limit, links: Self.links, &joined)
    }
    (groups, limit, scale) = (joined.groups, found.limit * rows.unit, found.scale * rows.unit)
  }

  /// The distance of two rows, without what rounding may make of them.
  public func distance(_ a: Int, _ b: Int, in matrix: Matrix<Double>) -> Double {
    let rows = Rows(matrix, step: precision.step)
    return rows.distance(a, b) * rows.unit
  }

  /// Which rows have a copy that is trained on when they are tested.
  public func areSeen(in split: Split) -> [Bool] {
    let foldOf = split.foldOf
    // The first and the last fold that holds one of the group.
    var first: [Int: Int] = [:]
    var last: [Int: Int] = [:]
    for (row, group) in groups.enumerated() {
      first[group] = min(first[group] ?? .max, foldOf[row])
      last[group] = max(last[group] ?? .min, foldOf[row])
    }
    return groups.enumerated().map { row, group in
      // An online code is trained on the blocks before.
      split.isOnline ? first[group]! < foldOf[row] : first[group]! != last[group]!
    }
  }
}

/// The rows of a matrix, in units in which no square overflows.
private struct Rows {
  let matrix: Matrix<Double>
  let step: Double
  /// A power of two, about the largest absolute value.
  let unit: Double
  let means: [Double]

  var count: Int { matrix.rows }
  var width: Int { matrix.columns }

  init(_ matrix: Matrix<Double>, step: Double) {
    self.matrix = matrix
    self.step = step
    let largest = matrix.elements.withUnsafeBufferPointer { $0.reduce(0) { Swift.max($0, abs($1)) } }
    let unit = largest.isNormal ? Double(sign: .plus, exponent: largest.exponent, significand: 1) : 1
    self.unit = unit
    var sums = [Double](repeating: 0, count: matrix.columns)
    matrix.elements.withUnsafeBufferPointer { elements in
      for row in 0..<matrix.rows {
        for column in sums.indices { sums[column] += elements[row * sums.count + column] / unit }
      }
    }
    means = sums.map { $0 / Double(Swift.max(matrix.rows, 1)) }
  }

  /// The first of every set of rows that are equal to the bit; the others are joined to it.
  func distinct(_ joined: inout DisjointSets) -> [Int] {
    var first: [UInt64: [Int]] = [:]
    var distinct: [Int] = []
    matrix.elements.withUnsafeBufferPointer { elements in
      for row in 0..<count {
        let own = UnsafeBufferPointer(rebasing: elements[row * width..<(row + 1) * width])
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        // 0 and -0 are equal.
        for value in own { hash = ((hash ^ (value + 0).bitPattern) &* 0x9E37_79B9_7F4A_7C15) ^ (hash >> 29) }
        let equal = first[hash]?.first { other in
          for column in 0..<width where elements[other * width + column] != own[column] { return false }
          return true
        }
        if let equal {
          joined.join(equal, row)
        } else {
          first[hash, default: []].append(row)
          distinct.append(row)
        }
      }
    }
    return distinct
  }

  /// Some rows, less the columns' means.
  private func centred(_ rows: ArraySlice<Int>) -> Matrix<Double> {
    let elements = [Double](unsafeUninitializedCapacity: rows.count * width) { target, filled in
      matrix.elements.withUnsafeBufferPointer { source in
        for (place, row) in rows.enumerated() {
          for column in 0..<width {
            target[place * width + column] = source[row * width + column] / unit - means[column]
          }
        }
      }
      filled = rows.count * width
    }
    return Matrix(rows: rows.count, columns: width, elements: elements)
  }

  private func sample(_ rows: [Int], _ size: Int, _ name: String) -> [Int] {
    guard rows.count > size else { return rows }
    var places = rows.indices.map { Int32($0) }
    var stream = RandomStream(StreamKey(seed: 1, "copies").appending(name), replicate: 0)
    stream.shuffle(&places)
    return places.prefix(size).map { rows[Int($0)] }.sorted()
  }

  private static func median(_ values: [Float]) -> Double {
    let sorted = values.sorted()
    guard !sorted.isEmpty else { return 0 }
    let half = sorted.count / 2
    return sorted.count % 2 == 1
      ? Double(sorted[half]) : (Double(sorted[half - 1]) + Double(sorted[half])) / 2
  }

  /// The median distance to the nearest row that is no copy, and below which distance a row is one.
  ///
  /// The two define each other, and where most rows have copies the nearest row is one. The limit begins with the share of the
  /// median distance of any two rows and falls until it is the share of the nearest distance beyond itself.
  func scale(of rows: [Int], queries: Int, candidates: Int) -> (scale: Double, limit: Double) {
    let asked = sample(rows, queries, "queries")
    let others = sample(rows, candidates, "candidates")
    let query = centred(asked[...])
    let norms = (0..<asked.count).map { query.row($0).reduce(0) { $0 + $1 * $1 } }
    var distances = [[Float]](repeating: [], count: asked.count)
    for start in stride(from: 0, to: others.count, by: 4_096) {
      let block = others[start..<min(start + 4_096, others.count)]
      let rows = centred(block)
      let products = query.multiplied(by: rows, transposeOther: true)
      let sizes = (0..<block.count).map { rows.row($0).reduce(0) { $0 + $1 * $1 } }
      for (place, own) in asked.enumerated() {
        for (column, other) in block.enumerated() where other != own {
          // Below this the difference is rounding.
          let squared = norms[place] + sizes[column] - 2 * products[place, column]
          distances[place].append(
            squared > 1e-14 * (norms[place] + sizes[column]) ? Float(squared.squareRoot()) : 0)
        }
      }
    }
    var every: [Float] = []
    for own in distances {
      for place in stride(from: 0, to: own.count, by: max(1, own.count / 64)) where own[place] > 0 {
        every.append(own[place])
      }
    }
    let varying = (0..<width).count { column in
      let first = matrix.elements[rows[0] * width + column]
      return asked.contains { matrix.elements[$0 * width + column] != first }
    }
    let share = min(Copies.share, pow(0.01 / Double(rows.count), 1 / Double(max(varying, 1))))
    var limit = Copies.share * Self.median(every)
    var scale = 0.0
    for _ in 0..<100 {
      scale = Self.median(
        distances.compactMap { own in
          var nearest = Float.infinity
          for distance in own where distance > Float(limit) { nearest = min(nearest, distance) }
          return nearest.isFinite ? nearest : nil
        })
      guard share * scale < limit else { break }
      limit = share * scale
    }
    return (scale, limit)
  }

  /// The distance of two rows, an element's rounding left out.
  func distance(_ a: Int, _ b: Int, beyond limit: Double = .infinity) -> Double {
    matrix.elements.withUnsafeBufferPointer { elements in
      let (a, b) = (elements.baseAddress! + a * width, elements.baseAddress! + b * width)
      let bound = limit * limit
      var sum = 0.0
      for column in 0..<width {
        let (x, y) = (a[column], b[column])
        let difference = abs(x - y)
        if difference > step * max(abs(x), abs(y)) {
          let scaled = difference / unit
          sum += scaled * scaled
          if sum > bound { return .infinity }
        }
      }
      return sum.squareRoot()
    }
  }

  /// A few orthonormal directions in which the rows spread widely (a power iteration on a sample), so that rows that are near in
  /// all of them are few.
  private func directions(of rows: [Int], count: Int) -> Matrix<Double> {
    let sample = centred(sample(rows, 1_024, "directions")[...])
    var stream = RandomStream(StreamKey(seed: 1, "copies").appending("start"), replicate: 0)
    var columns = (0..<count).map { _ in (0..<width).map { _ in stream.normal() } }
    func orthonormalize() {
      for index in columns.indices {
        for _ in 0..<2 {
          for other in 0..<index {
            let along = zip(columns[index], columns[other]).reduce(0) { $0 + $1.0 * $1.1 }
            for place in 0..<width { columns[index][place] -= along * columns[other][place] }
          }
        }
        let length = columns[index].reduce(0) { $0 + $1 * $1 }.squareRoot()
        let scale = length > 1e-150 ? 1 / length : 0
        for place in 0..<width { columns[index][place] *= scale }
      }
    }
    orthonormalize()
    for _ in 0..<3 {
      let current = Matrix(rows: count, columns: width, elements: columns.flatMap { $0 })
      let moved = sample.multiplied(by: current, transposeOther: true)
        .multiplied(by: sample, transposeSelf: true)
      columns = (0..<count).map { Array(moved.row($0)) }
      orthonormalize()
    }
    return Matrix(rows: count, columns: width, elements: columns.flatMap { $0 })
  }

  /// Joins rows that are closer than a limit. Rows are gone through in the order of one direction; only those within the limit in
  /// eight directions are compared element by element.
  func join(_ rows: [Int], closerThan limit: Double, links: Int, _ joined: inout DisjointSets) {
    let lanes = 8
    let axes = directions(of: rows, count: min(lanes, width))
    var places = [SIMD8<Float>](repeating: .zero, count: rows.count)
    var reach = [Float](repeating: 0, count: rows.count)
    for start in stride(from: 0, to: rows.count, by: 4_096) {
      let block = rows[start..<min(start + 4_096, rows.count)]
      let own = centred(block)
      let along = own.multiplied(by: axes, transposeOther: true)
      for (place, row) in block.enumerated() {
        for axis in 0..<axes.rows { places[start + place][axis] = Float(along[place, axis]) }
        // What rounding may add, in all elements together, and what single precision adds here.
        let size = matrix.row(row).reduce(0) { $0 + ($1 / unit) * ($1 / unit) }.squareRoot()
        let far = own.row(place).reduce(0) { $0 + $1 * $1 }.squareRoot()
        let rounding = 1.1 * step * size
        reach[start + place] = Float((limit * limit + rounding * rounding).squareRoot() + 1e-6 * far)
      }
    }
    let axis = Self.mostSelective(places, reach)
    let order = rows.indices.sorted {
      (places[$0][axis], $0) < (places[$1][axis], $1)
    }
    let sorted = order.map { places[$0] }
    let keys = sorted.map { $0[axis] }
    for (later, place) in order.enumerated() {
      let (own, radius) = (sorted[later], reach[place])
      let bound = SIMD8<Float>(repeating: radius)
      let least = keys[later] - radius
      var count = 0
      var earlier = later - 1
      while earlier >= 0, keys[earlier] >= least, count < links {
        let gap = own - sorted[earlier]
        if all((gap .<= bound) .& (gap .>= -bound)) {
          let (a, b) = (rows[place], rows[order[earlier]])
          if joined.root(a) == joined.root(b) {
            count += 1
          } else if distance(a, b, beyond: limit) < limit {
            joined.join(a, b)
            count += 1
          }
        }
        earlier -= 1
      }
    }
  }

  /// The direction in which the fewest of some pairs lie within reach.
  private static func mostSelective(_ places: [SIMD8<Float>], _ reach: [Float]) -> Int {
    var within = SIMD8<Int32>(repeating: 0)
    let stride = max(1, places.count / 512)
    for shift in [1, 3, 7, 31, 101] {
      for first in Swift.stride(from: 0, to: places.count, by: stride) {
        let second = (first + shift * stride + shift) % places.count
        let gap = places[first] - places[second]
        let bound = SIMD8<Float>(repeating: reach[first])
        within.replace(with: within &+ 1, where: (gap .<= bound) .& (gap .>= -bound))
      }
    }
    var best = 0
    for axis in 1..<8 where within[axis] < within[best] { best = axis }
    return best
  }
}
