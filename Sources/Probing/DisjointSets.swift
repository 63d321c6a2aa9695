/// Places that are joined into groups, two at a time (union-find with path halving).
struct DisjointSets {
  private var parent: [Int]

  /// Every place in a group of its own.
  init(count: Int) { parent = Array(0..<count) }

  /// The first place of the group that a place is in.
  mutating func root(_ start: Int) -> Int {
    var place = start
    while parent[place] != place {
      parent[place] = parent[parent[place]]
      place = parent[place]
    }
    return place
  }

  /// Makes one group of two. The first place leads, so that a group's number depends on its members alone.
  mutating func join(_ a: Int, _ b: Int) {
    let (a, b) = (root(a), root(b))
    parent[max(a, b)] = min(a, b)
  }

  /// For every place, the first one of its group.
  var groups: [Int] {
    var copy = self
    return parent.indices.map { copy.root($0) }
  }
}
