internal import GSL
internal import Hypotheses

/// For every query the candidates that are nearest to it: one, or several where they tie, ascending.
///
/// Ties are what differs by no more than rounding: cosines by 1e-12, squared distances by 1e-12 of the squared lengths. A
/// product in single precision finds the few candidates that can be nearest, by a bound of its rounding; they are compared in
/// double precision, each by the same sum in the same order, so that equal rows are equally near.
/// - Parameters:
///   - queries, candidates: finite rows, of as many columns.
/// - Returns: no candidates where there are none.
func nearestRows(
  _ queries: Matrix<Double>, among candidates: Matrix<Double>, _ similarity: Similarity
) -> [[Int32]] {
  precondition(queries.columns == candidates.columns, "rows of different lengths")
  guard candidates.rows > 0 else { return [[Int32]](repeating: [], count: queries.rows) }
  let (q, c) = comparable(queries, candidates, similarity)
  let (d, count) = (q.columns, c.rows)
  let (qLengths, cLengths) = (lengths(q), lengths(c))
  // Of a product of two rows in single precision, as a share of their lengths: each factor and each step rounds.
  let rounding = Double(d + 4) * 0x1p-24
  let single = c.converted(to: Float.self)
  var found: [[Int32]] = []
  found.reserveCapacity(q.rows)
  let size = max(1, min(256, 1_000_000 / count))
  var (lower, upper) = ([Double](repeating: 0, count: count), [Double](repeating: 0, count: count))
  for start in stride(from: 0, to: q.rows, by: size) {
    let rows = start..<min(start + size, q.rows)
    let products = q.gathering(rows: Array(rows)).converted(to: Float.self)
      .multiplied(by: single, transposeOther: true)
    for row in rows {
      let offset = (row - start) * count
      var bar = -Double.infinity
      for place in 0..<count {
        let product = Double(products.elements[offset + place])
        var (near, error) = (product, rounding * qLengths[row] * cLengths[place])
        if similarity == .euclidean {
          near = 2 * product - cLengths[place] * cLengths[place]
          error = 2 * error + 1e-11 * (cLengths[place] * cLengths[place] + qLengths[row] * qLengths[row])
        } else {
          error += 1e-11
        }
        lower[place] = near - error
        upper[place] = near + error
        bar = max(bar, near - error)
      }
      var places: [Int] = []
      for place in 0..<count where upper[place] >= bar { places.append(place) }
      found.append(
        nearest(
          q, row, c, places, similarity,
          squares: { cLengths[$0] * cLengths[$0] + qLengths[row] * qLengths[row] }))
    }
  }
  return found
}

/// Decides between a few candidates.
private func nearest(
  _ q: Matrix<Double>, _ row: Int, _ c: Matrix<Double>, _ places: [Int], _ similarity: Similarity,
  squares: (Int) -> Double
) -> [Int32] {
  // A query that is not finite has no neighbours.
  if places.count <= 1 { return places.map { Int32($0) } }
  let d = q.columns
  let nearness = q.elements.withUnsafeBufferPointer { q in
    c.elements.withUnsafeBufferPointer { c in
      places.map { place in
        let (x, y) = (q.baseAddress! + row * d, c.baseAddress! + place * d)
        return similarity == .cosine ? product(x, y, d) : -Double.squaredDistance(x, y, d)
      }
    }
  }
  let best = nearness.indices.max { nearness[$0] < nearness[$1] }!
  return places.indices.filter { index in
    let gap = nearness[best] - nearness[index]
    let scale = similarity == .cosine ? 1 : max(squares(places[index]), squares(places[best]))
    return gap <= 1e-12 * scale
  }.map { Int32(places[$0]) }
}

private func product(_ x: UnsafePointer<Double>, _ y: UnsafePointer<Double>, _ count: Int) -> Double {
  var sum = 0.0
  for i in 0..<count { sum += x[i] * y[i] }
  return sum
}

/// Rows whose inner products or distances are what is asked for: of length 1 (or 0) for cosines; about the candidates' mean
/// for distances, which do not change with it and lose fewer digits, and scaled so that no square overflows.
private func comparable(
  _ queries: Matrix<Double>, _ candidates: Matrix<Double>, _ similarity: Similarity
) -> (Matrix<Double>, Matrix<Double>) {
  var (q, c) = (queries, candidates)
  switch similarity {
  case .cosine:
    normalize(&q)
    normalize(&c)
  case .euclidean:
    let d = c.columns
    var mean = [Double](repeating: 0, count: d)
    for row in 0..<c.rows { for j in 0..<d { mean[j] += c[row, j] / Double(c.rows) } }
    var largest = 0.0
    func shift(_ rows: inout Matrix<Double>) {
      for row in 0..<rows.rows {
        for j in 0..<d {
          rows[row, j] -= mean[j]
          largest = max(largest, abs(rows[row, j]))
        }
      }
    }
    shift(&q)
    shift(&c)
    // A power of two, so that nothing is rounded.
    guard largest > 0 else { break }
    let scale = Double(sign: .plus, exponent: -largest.exponent, significand: 1)
    for index in q.elements.indices { q.elements[index] *= scale }
    for index in c.elements.indices { c.elements[index] *= scale }
  }
  return (q, c)
}

private func normalize(_ rows: inout Matrix<Double>) {
  let d = rows.columns
  rows.elements.withUnsafeMutableBufferPointer { all in
    for start in stride(from: 0, to: all.count, by: max(d, 1)) {
      var largest = 0.0
      for j in 0..<d { largest = max(largest, abs(all[start + j])) }
      guard largest > 0 else { continue }
      var squares = 0.0
      for j in 0..<d {
        all[start + j] /= largest
        squares += all[start + j] * all[start + j]
      }
      let length = squares.squareRoot()
      for j in 0..<d { all[start + j] /= length }
    }
  }
}

private func lengths(_ rows: Matrix<Double>) -> [Double] {
  (0..<rows.rows).map { row in
    rows.elements.withUnsafeBufferPointer {
      let start = $0.baseAddress! + row * rows.columns
      return product(start, start, rows.columns).squareRoot()
    }
  }
}
