internal import GSL
internal import Hypotheses
internal import Resampling

/// The fold of a probe whose predictions are weighted means of the training items' targets, with weights that do not
/// depend on the targets: all worlds are predicted by one pass over them.
struct LinearFold: FoldProbe {
  /// By test item.
  private let predictions: WeightedMeans
  /// By training item; `nil` where an item's fit is its own target.
  private let trainingFit: WeightedMeans?

  /// k nearest neighbours. The fit of a training item counts the item itself among its neighbours.
  init(_ probe: KNN, _ ordered: Matrix<Double>, _ testRange: Range<Int>, key: StreamKey)
    throws(LinearAlgebraError)
  {
    let rows = try FoldRows(
      ordered, testRange, centred: probe.scale == .standard, scale: probe.scale, key: key)
    let index = NeighbourIndex(rows.training, probe.similarity)
    func means(of queries: Matrix<Double>) -> WeightedMeans {
      WeightedMeans(index.neighbours(of: queries, k: probe.k).map { probe.weighted($0) })
    }
    predictions = means(of: rows.test)
    trainingFit = means(of: rows.training)
  }

  /// The harmonic solution: predictions of test items are the mean of their neighbours' predictions and targets. Labelled
  /// items keep their targets, so the fit of training items is the targets themselves.
  init(_ probe: LabelPropagation, _ ordered: Matrix<Double>, _ testRange: Range<Int>, key: StreamKey)
    throws(LinearAlgebraError)
  {
    let rows = try FoldRows(
      ordered, testRange, centred: probe.scale == .standard, scale: probe.scale, key: key)
    let items = Matrix(
      rows: rows.training.rows + rows.test.rows, columns: rows.training.columns,
      elements: rows.training.elements + rows.test.elements)
    let graph = NeighbourGraph(items, probe.similarity, neighbours: probe.neighbours)
    predictions = try graph.harmonic(labelled: rows.training.rows)
    trainingFit = nil
  }

  func fit(_ targets: FoldTargets, wantsTrainingFit: Bool) -> FoldFit {
    FoldFit(
      predictions: predictions.applied(to: targets.values),
      trainingFit: wantsTrainingFit ? trainingFit?.applied(to: targets.values) ?? targets.values : nil)
  }
}

extension KNN {
  /// The weights of some neighbours, with sum 1.
  fileprivate func weighted(_ neighbours: [Neighbour]) -> [WeightedMeans.Term] {
    var weights = neighbours.map(\.share)
    if self.weights == .similarity {
      switch similarity {
      case .cosine:
        for (place, neighbour) in neighbours.enumerated() { weights[place] *= max(0, neighbour.similarity) }
      case .euclidean:
        // As scikit-learn's `distance`: items at no distance are all that count.
        let atNone = neighbours.contains { $0.similarity == 0 }
        for (place, neighbour) in neighbours.enumerated() {
          weights[place] *= atNone ? (neighbour.similarity == 0 ? 1 : 0) : -1 / neighbour.similarity
        }
      }
      // Nothing points the same way: no neighbour is better than another.
      if weights.allSatisfy({ $0 == 0 }) { weights = neighbours.map(\.share) }
    }
    let sum = weights.reduce(0, +)
    return zip(neighbours, weights).map { WeightedMeans.Term(item: $0.item, weight: $1 / sum) }
  }
}

/// For some items, weighted means of the training items.
private struct WeightedMeans: Sendable {
  struct Term: Sendable {
    var item: Int
    var weight: Double
  }

  private enum Storage: Sendable {
    /// The few training items that count.
    case sparse([[Term]])
    /// Items by training items.
    case dense(Matrix<Double>)
  }
  private let storage: Storage

  init(_ terms: [[Term]]) { storage = .sparse(terms) }

  init(_ weights: Matrix<Double>) { storage = .dense(weights) }

  /// Items by columns.
  /// - Parameter values: training items by columns.
  func applied(to values: Matrix<Double>) -> Matrix<Double> {
    switch storage {
    case .dense(let weights): return weights.multiplied(by: values)
    case .sparse(let terms):
      let columns = values.columns
      var result = Matrix<Double>(rows: terms.count, columns: columns)
      values.elements.withUnsafeBufferPointer { values in
        result.elements.withUnsafeMutableBufferPointer { result in
          for (row, terms) in terms.enumerated() {
            for term in terms {
              let weight = term.weight
              let (from, to) = (term.item * columns, row * columns)
              for column in 0..<columns { result[to + column] += weight * values[from + column] }
            }
          }
        }
      }
      return result
    }
  }
}

/// One of an item's nearest neighbours.
private struct Neighbour {
  var item: Int
  /// The cosine, or the negative distance.
  var similarity: Double
  /// How much of the neighbour counts: 1, but what places are left after the nearer ones are divided evenly among
  /// those that are equally near.
  var share: Double
}

/// Some items, for their nearest ones to be found.
private struct NeighbourIndex {
  private let similarity: Similarity
  /// By cosine, rows of length 1 or 0.
  private let items: Matrix<Double>
  private let shift: [Double]
  private let squares: [Double]

  init(_ items: Matrix<Double>, _ similarity: Similarity) {
    self.similarity = similarity
    // Distances do not change with a common shift, and lose fewer digits about the mean.
    var shift = [Double](repeating: 0, count: items.columns)
    if similarity == .euclidean {
      for row in 0..<items.rows {
        for (column, value) in items.row(row).enumerated() { shift[column] += value / Double(items.rows) }
      }
    }
    self.shift = shift
    self.items = Self.prepared(items, similarity, shift)
    squares = Self.squares(self.items)
  }

  private static func prepared(_ rows: Matrix<Double>, _ similarity: Similarity, _ shift: [Double]) -> Matrix<
    Double
  > {
    var result = rows
    let columns = rows.columns
    for row in 0..<rows.rows {
      let range = row * columns..<(row + 1) * columns
      switch similarity {
      case .euclidean: for (column, index) in range.enumerated() { result.elements[index] -= shift[column] }
      case .cosine:
        // Divided by the largest first: squares of tiny or huge numbers would not be numbers.
        let largest = rows.row(row).reduce(0) { max($0, abs($1)) }
        guard largest > 0 else { continue }
        for index in range { result.elements[index] /= largest }
        let length = result.row(row).reduce(0) { $0 + $1 * $1 }.squareRoot()
        for index in range { result.elements[index] /= length }
      }
    }
    return result
  }

  private static func squares(_ rows: Matrix<Double>) -> [Double] {
    (0..<rows.rows).map { rows.row($0).reduce(0) { $0 + $1 * $1 } }
  }

  /// The `k` nearest items of every query, nearest first, or all items if there are no more; where several are equally
  /// near in the last places, all of them, so that nothing depends on an order of the items. Near to 1e-12 is equally
  /// near (of cosines; of squared distances, relative to the squared lengths about the items' mean).
  /// - Parameter leavingOut: whether query i is item i, and no neighbour of its own.
  func neighbours(of queries: Matrix<Double>, k: Int, leavingOut: Bool = false) -> [[Neighbour]] {
    var found: [[Neighbour]] = []
    found.reserveCapacity(queries.rows)
    let prepared = Self.prepared(queries, similarity, shift)
    let lengths = Self.squares(prepared)
    // Some queries at a time, so that the memory does not grow with the square of the items.
    for start in stride(from: 0, to: queries.rows, by: 256) {
      let places = start..<min(start + 256, queries.rows)
      let products = prepared.gathering(rows: Array(places)).multiplied(by: items, transposeOther: true)
      for query in places {
        var all: [Neighbour] = []
        all.reserveCapacity(items.rows)
        for (item, product) in products.row(query - start).enumerated() where !(leavingOut && item == query) {
          var similarity = product
          if self.similarity == .euclidean {
            let scale = squares[item] + lengths[query]
            let square = scale - 2 * product
            similarity = square <= Self.tolerance * scale ? 0 : -square.squareRoot()
          }
          all.append(Neighbour(item: item, similarity: similarity, share: 1))
        }
        found.append(nearest(all, k: k, length: lengths[query]))
      }
    }
    return found
  }

  private static let tolerance = 1e-12

  private func nearest(_ all: [Neighbour], k: Int, length: Double) -> [Neighbour] {
    let sorted = all.sorted { $0.similarity > $1.similarity }
    guard k < sorted.count else { return sorted }
    let last = sorted[k - 1]
    func isTied(_ other: Neighbour) -> Bool {
      switch similarity {
      case .cosine: return abs(other.similarity - last.similarity) <= Self.tolerance
      case .euclidean:
        let (a, b) = (other.similarity, last.similarity)
        return abs(a * a - b * b) <= Self.tolerance * (squares[last.item] + length)
      }
    }
    let nearer = sorted[..<k].firstIndex(where: isTied) ?? k - 1
    let end = sorted[k...].firstIndex { !isTied($0) } ?? sorted.count
    var result = Array(sorted[..<end])
    let share = Double(k - nearer) / Double(end - nearer)
    for place in nearer..<end { result[place].share = share }
    return result
  }
}

/// The graph that joins every item to its nearest neighbours, whichever of the two is the other's; all edges count alike.
private struct NeighbourGraph {
  /// By item, ascending.
  private let edges: [[Int]]

  /// Items that are equally near in the last places are all joined.
  init(_ items: Matrix<Double>, _ similarity: Similarity, neighbours: Int) {
    let index = NeighbourIndex(items, similarity)
    var edges = [Set<Int>](repeating: [], count: items.rows)
    for (item, found) in index.neighbours(of: items, k: neighbours, leavingOut: true).enumerated() {
      for neighbour in found {
        edges[item].insert(neighbour.item)
        edges[neighbour.item].insert(item)
      }
    }
    self.edges = edges.map { $0.sorted() }
  }

  /// What the items from `labelled` on are predicted to be, as means of the items before: the f with
  /// f(i) = mean of f over the neighbours of i, where f is given on the labelled items (Zhu, Ghahramani & Lafferty 2003).
  /// Items from which no path leads to a labelled one are predicted to be the labelled items' mean.
  func harmonic(labelled: Int) throws(LinearAlgebraError) -> WeightedMeans {
    let count = edges.count - labelled
    var reached = [Bool](repeating: false, count: edges.count)
    var front = Array(0..<labelled)
    for item in front { reached[item] = true }
    while let item = front.popLast() {
      for neighbour in edges[item] where !reached[neighbour] {
        reached[neighbour] = true
        front.append(neighbour)
      }
    }
    let solved = (labelled..<edges.count).filter { reached[$0] }
    var place: [Int: Int] = [:]
    for (row, item) in solved.enumerated() { place[item] = row }
    // (D - W) f = W y over the unlabelled items. Every one of them is joined to a labelled item by some path, which makes
    // the matrix positive definite.
    var laplacian = Matrix<Double>(rows: solved.count, columns: solved.count)
    var right = Matrix<Double>(rows: solved.count, columns: labelled)
    for (row, item) in solved.enumerated() {
      laplacian[row, row] = Double(edges[item].count)
      for neighbour in edges[item] {
        if neighbour < labelled { right[row, neighbour] = 1 } else { laplacian[row, place[neighbour]!] = -1 }
      }
    }
    let solution = try Cholesky(laplacian).solve(right)
    var weights = Matrix<Double>(rows: count, columns: labelled, repeating: 1 / Double(max(labelled, 1)))
    for (row, item) in solved.enumerated() {
      for column in 0..<labelled { weights[item - labelled, column] = solution[row, column] }
    }
    return WeightedMeans(weights)
  }
}
