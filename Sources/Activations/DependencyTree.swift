/// The heads of a sentence's words: one word hangs from nothing, every other word, however indirectly, from it.
public struct DependencyTree: Sendable, Hashable {
  /// For every word, the position of its head from 1; 0 for the root.
  public let heads: [Int]
  /// For every word, how many arcs lie between it and the root, which has 0.
  public let depths: [Int]

  /// Why heads are no tree. Positions of words count from 1.
  public enum Fault: Error, Sendable, Hashable {
    case noWords
    case headOutOfRange(word: Int, head: Int)
    case selfHead(word: Int)
    case noRoot
    case severalRoots(first: Int, second: Int)
    /// Each of these words hangs from the next, the last from the first.
    case cycle([Int])

    /// The word at which the fault shows first, if it shows at one.
    public var word: Int? {
      switch self {
      case .noWords, .noRoot: nil
      case .headOutOfRange(let word, _), .selfHead(let word), .severalRoots(_, let word): word
      case .cycle(let words): words.first
      }
    }
  }

  /// - Throws: the first fault.
  public init(heads: [Int]) throws(Fault) {
    guard !heads.isEmpty else { throw .noWords }
    var root: Int?
    for (index, head) in heads.enumerated() {
      guard head >= 0, head <= heads.count else { throw .headOutOfRange(word: index + 1, head: head) }
      guard head != index + 1 else { throw .selfHead(word: index + 1) }
      guard head == 0 else { continue }
      if let root { throw .severalRoots(first: root, second: index + 1) }
      root = index + 1
    }
    guard root != nil else { throw .noRoot }
    // -1: not seen yet; -2: on the path that is being climbed.
    var depths = [Int](repeating: -1, count: heads.count)
    var path: [Int] = []
    for start in heads.indices where depths[start] == -1 {
      path.removeAll(keepingCapacity: true)
      var word = start
      while depths[word] == -1 {
        depths[word] = -2
        path.append(word)
        if heads[word] == 0 { break }
        word = heads[word] - 1
      }
      // Where the climb ended: at the root, at a word of known depth, or on itself.
      if heads[word] != 0, depths[word] == -2 {
        let first = path.firstIndex(of: word) ?? 0
        throw .cycle(path[first...].map { $0 + 1 })
      }
      var depth = depths[word] >= 0 ? depths[word] + 1 : 0
      for word in path.reversed() {
        depths[word] = depth
        depth += 1
      }
    }
    self.heads = heads
    self.depths = depths
  }

  /// How many words there are.
  public var count: Int { heads.count }

  /// How many arcs lie on the way between any two words, directions ignored: words by words, row-major, symmetric,
  /// with zeros on the diagonal. This is what a structural probe of distance is to predict (Hewitt & Manning 2019).
  public var distances: [Int] {
    let n = heads.count
    var distances = [Int](repeating: 0, count: n * n)
    // Heads before what hangs from them: a word is one arc further from everything than its head.
    let order = heads.indices.sorted { (depths[$0], $0) < (depths[$1], $1) }
    for (rank, word) in order.enumerated().dropFirst() {
      let head = heads[word] - 1
      for other in order[..<rank] {
        let distance = distances[head * n + other] + 1
        distances[word * n + other] = distance
        distances[other * n + word] = distance
      }
    }
    return distances
  }
}
