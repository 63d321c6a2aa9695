/// "Did you mean": names that resemble another.
enum Similarity {
  /// Up to three of `candidates` within a third of the length of `name` in edits, best first; ties keep their
  /// order.
  /// - Parameter length: what is taken for the length of `name`: of a file's name, that without its extension, which
  ///   files have in common that have nothing else in common.
  static func nearest(to name: String, among candidates: [String], length: Int? = nil) -> [String] {
    let target = Array(name.lowercased().unicodeScalars.prefix(128))
    let allowed = max(1, min(length ?? target.count, target.count) / 3)
    var found: [(distance: Int, index: Int)] = []
    // A hostile file can hold millions of names; the search is a courtesy and stays cheap.
    for (index, candidate) in candidates.prefix(10_000).enumerated() {
      let other = Array(candidate.lowercased().unicodeScalars.prefix(128))
      guard abs(other.count - target.count) <= allowed else { continue }
      let distance = editDistance(target, other)
      if distance <= allowed { found.append((distance, index)) }
    }
    found.sort { ($0.distance, $0.index) < ($1.distance, $1.index) }
    return found.prefix(3).map { candidates[$0.index] }
  }

  /// Levenshtein's distance in Unicode scalars.
  private static func editDistance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
    var previous = Array(0...b.count)
    var current = previous
    for (i, x) in a.enumerated() {
      current[0] = i + 1
      for (j, y) in b.enumerated() {
        current[j + 1] = min(previous[j] + (x == y ? 0 : 1), previous[j + 1] + 1, current[j] + 1)
      }
      swap(&previous, &current)
    }
    return previous[b.count]
  }
}
