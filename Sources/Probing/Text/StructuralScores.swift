internal import GSL
public import Resampling

/// What predicts a tree's distances or depths.
public enum StructuralPredictor: Sendable, Hashable {
  /// A map trained on the other folds' sentences.
  case trained
  /// Every word joined to the next: the distance is the number of words between two, and one; the depth, that from the first.
  case linearChain
  /// A Gaussian map of the same rank, times the constant that is best on the other folds' sentences.
  case randomProjection(replicate: Int)
}

/// What the distances that were predicted for some sentences score.
public struct DistanceScores: Sendable, Hashable {
  public var uuas: SentenceSums
  public var spearman: SentenceSums
}

/// What the depths that were predicted for some sentences score.
public struct DepthScores: Sendable, Hashable {
  public var spearman: SentenceSums
  public var rootAccuracy: SentenceSums
}

/// Distances between words from the geometry of their states: out-of-fold predictions of a distance probe (Hewitt & Manning
/// 2019, NAACL) or of what it is held against, scored by sentence.
/// - Parameters:
///   - folds: into how many parts the sentences are divided.
///   - key: of the folds, the starting maps and the order of training.
///   - jobs: folds at a time; nothing depends on it.
/// - Throws: `TextProbeError` or `CancellationError`.
public func distanceScores(
  _ sentences: TreeSentences, predictor: StructuralPredictor, training: StructuralTraining = .init(),
  folds: Int = 5, key: StreamKey, jobs: Int = 1
) async throws -> DistanceScores {
  let predicted = try await structuralPredictions(
    sentences, .distance, predictor: predictor, training: training, folds: folds, key: key, jobs: jobs)
  return DistanceScores(sentences, predicted)
}

/// Depths of words from the lengths of their mapped states; else as `distanceScores`.
/// - Throws: `TextProbeError` or `CancellationError`.
public func depthScores(
  _ sentences: TreeSentences, predictor: StructuralPredictor, training: StructuralTraining = .init(),
  folds: Int = 5, key: StreamKey, jobs: Int = 1
) async throws -> DepthScores {
  let predicted = try await structuralPredictions(
    sentences, .depth, predictor: predictor, training: training, folds: folds, key: key, jobs: jobs)
  return DepthScores(sentences, predicted)
}

/// By sentence: the predicted table of distances, or the predicted depths; empty for sentences without words.
private func structuralPredictions(
  _ sentences: TreeSentences, _ target: StructuralTarget, predictor: StructuralPredictor,
  training: StructuralTraining, folds: Int, key: StreamKey, jobs: Int
) async throws -> [[Float]] {
  if predictor == .linearChain {
    return sentences.ranges.map { range in
      let n = range.count
      return target == .depth
        ? (0..<n).map { Float($0) } : (0..<n * n).map { Float(abs($0 / n - $0 % n)) }
    }
  }
  guard sentences.states.elements.allSatisfy(\.isFinite) else { throw TextProbeError.notFinite }
  let occupied = sentences.ranges.indices.filter { !sentences.ranges[$0].isEmpty }
  let foldOf = try sentenceFolds(occupied, of: sentences.sentences, folds: folds, key)
  let byFold = try await mapConcurrently(folds, jobs: jobs) { fold in
    let test = occupied.filter { foldOf[$0] == fold }
    let map = fitted(
      sentences, target, on: occupied.filter { foldOf[$0] != fold }, predictor, training,
      key: key.appending(target == .depth ? "depth" : "distance"), fold: fold)
    return (test, map.map.predictions(.init(sentences, map.states, test, target)))
  }
  var result = [[Float]](repeating: [], count: sentences.sentences)
  for (test, predicted) in byFold {
    for (sentence, table) in zip(test, predicted) { result[sentence] = table }
  }
  return result
}

/// One fold's map, and all states as it takes them.
private func fitted(
  _ sentences: TreeSentences, _ target: StructuralTarget, on chosen: [Int], _ predictor: StructuralPredictor,
  _ training: StructuralTraining, key: StreamKey, fold: Int
) -> (map: StructuralMap, states: Matrix<Float>) {
  let states = scaled(
    sentences.states, by: chosen.flatMap { Array(sentences.ranges[$0]) }, centred: target == .distance)
  let rank = min(training.rank, states.columns)
  let key = key.appending("\(fold)")
  var replicate = 0
  if case .randomProjection(let world) = predictor { replicate = world + 1 }
  let start = StructuralMap.random(
    target, rank: rank, dimensions: states.columns, on: .init(sentences, states, chosen, target),
    key: key.appending("map"), replicate: replicate)
  guard predictor == .trained, chosen.count > 1 else { return (start, states) }
  var order = chosen.map { Int32($0) }
  var stream = RandomStream(key.appending("validation"), replicate: 0)
  stream.shuffle(&order)
  let kept = min(max(1, Int((training.validation * Double(order.count)).rounded())), order.count - 1)
  let map = start.trained(
    sentences, states, on: order.dropFirst(kept).map { Int($0) }.sorted(),
    reviewing: .init(sentences, states, order.prefix(kept).map { Int($0) }.sorted(), target), training,
    key: key.appending("order"))
  return (map, states)
}

/// States divided by the root of their features' mean square among some words, about the features' mean there if they are
/// to be centred (which no distance notices). Features that do not vary, or are 0, become 0.
///
/// Any map of the scaled states is a map of the states, so the family of probes is the same; steps suit all features.
private func scaled(_ states: Matrix<Float>, by words: [Int], centred: Bool) -> Matrix<Float> {
  let d = states.columns
  var (means, squares) = ([Double](repeating: 0, count: d), [Double](repeating: 0, count: d))
  var result = states
  states.elements.withUnsafeBufferPointer { x in
    if centred {
      for word in words { for j in 0..<d { means[j] += Double(x[word * d + j]) } }
      for j in 0..<d { means[j] /= Double(max(words.count, 1)) }
    }
    for word in words {
      for j in 0..<d {
        let difference = Double(x[word * d + j]) - means[j]
        squares[j] += difference * difference
      }
    }
  }
  let factors = (0..<d).map { j in
    let size = (squares[j] / Double(max(words.count, 1))).squareRoot()
    return size > Double(max(words.count, 10)) * Double.ulpOfOne * abs(means[j]) ? 1 / size : 0
  }
  result.elements.withUnsafeMutableBufferPointer { x in
    for start in stride(from: 0, to: x.count, by: max(d, 1)) {
      for j in 0..<d { x[start + j] = Float((Double(x[start + j]) - means[j]) * factors[j]) }
    }
  }
  return result
}

extension DistanceScores {
  /// Scores predicted distances.
  ///
  /// `uuas`: the words without punctuation are joined by the minimum spanning tree of their predicted distances (of equal
  /// ones, that with the first words). A sentence's sum is how many of the tree's edges between such words are in it; its weight,
  /// how many there are.
  ///
  /// `spearman`: for every word, Pearson's correlation of the midranks of its predicted and its true distances to the other
  /// words, punctuation included; their mean is the sentence's sum, and its weight is 1, where it has 5 to 50 words; else it
  /// does not count. (Hewitt & Manning average over sentences of a length, then over lengths.) Words with all others at one
  /// true distance do not count; constant predictions score 0.
  /// - Parameter predicted: by sentence, a table of words by words, row by row; symmetric.
  package init(_ sentences: TreeSentences, _ predicted: [[Float]]) {
    var (hits, edges, correlations, counted): ([Double], [Double], [Double], [Double]) = ([], [], [], [])
    for (sentence, range) in sentences.ranges.enumerated() {
      let (gold, table, n) = (sentences.distances[sentence], predicted[sentence], range.count)
      let words = (0..<n).filter { !sentences.skip[range.lowerBound + $0] }
      var own = 0.0
      for (place, i) in words.enumerated() {
        for j in words[(place + 1)...] where gold[i * n + j] == 1 { own += 1 }
      }
      edges.append(own)
      hits.append(Double(spanningTree(table, n, words).count { gold[$0.0 * n + $0.1] == 1 }))

      var found: [Double] = []
      if (5...50).contains(n) {
        for word in 0..<n {
          let others = (0..<n).filter { $0 != word }
          let correlation = rankCorrelation(
            others.map { Double(table[word * n + $0]) }, others.map { Double(gold[word * n + $0]) })
          if let correlation { found.append(correlation) }
        }
      }
      correlations.append(found.isEmpty ? 0 : found.reduce(0, +) / Double(found.count))
      counted.append(found.isEmpty ? 0 : 1)
    }
    uuas = SentenceSums(sums: hits, weights: edges)
    spearman = SentenceSums(sums: correlations, weights: counted)
  }
}

extension DepthScores {
  /// Scores predicted depths.
  ///
  /// `spearman`: Pearson's correlation of the midranks of predicted and true depths of all words, punctuation included, in
  /// sentences of 5 to 50 words whose depths differ. `rootAccuracy`: 1 where the root has the least predicted depth of the
  /// words without punctuation, 1/m where it is one of m; sentences with fewer than two such words, or whose root is
  /// punctuation, do not count. A sentence that counts weighs 1.
  /// - Parameter predicted: by sentence, the depths of its words.
  package init(_ sentences: TreeSentences, _ predicted: [[Float]]) {
    var (correlations, counted, roots, rooted): ([Double], [Double], [Double], [Double]) = ([], [], [], [])
    for (sentence, range) in sentences.ranges.enumerated() {
      let depths = predicted[sentence].map { Double($0) }
      let gold = sentences.depths[range].map { Double($0) }
      let correlation = (5...50).contains(range.count) ? rankCorrelation(depths, gold) : nil
      correlations.append(correlation ?? 0)
      counted.append(correlation == nil ? 0 : 1)

      let words = gold.indices.filter { !sentences.skip[range.lowerBound + $0] }
      guard words.count > 1, let root = words.first(where: { gold[$0] == 0 }) else {
        roots.append(0)
        rooted.append(0)
        continue
      }
      let least = words.map { depths[$0] }.min()!
      roots.append(depths[root] == least ? 1 / Double(words.count { depths[$0] == least }) : 0)
      rooted.append(1)
    }
    spearman = SentenceSums(sums: correlations, weights: counted)
    rootAccuracy = SentenceSums(sums: roots, weights: rooted)
  }
}

/// The edges of the minimum spanning tree of some words, by Kruskal's algorithm; of equally long edges those with the first
/// words are tried first.
private func spanningTree(_ table: [Float], _ n: Int, _ words: [Int]) -> [(Int, Int)] {
  var edges: [(length: Float, i: Int, j: Int)] = []
  for (place, i) in words.enumerated() {
    for j in words[(place + 1)...] { edges.append((table[i * n + j], i, j)) }
  }
  edges.sort { ($0.length, $0.i, $0.j) < ($1.length, $1.i, $1.j) }
  var parent = Array(0..<n)
  func root(_ word: Int) -> Int {
    var word = word
    while parent[word] != word {
      parent[word] = parent[parent[word]]
      word = parent[word]
    }
    return word
  }
  var tree: [(Int, Int)] = []
  for (_, i, j) in edges {
    let (a, b) = (root(i), root(j))
    guard a != b else { continue }
    parent[a] = b
    tree.append((i, j))
    if tree.count + 1 == words.count { break }
  }
  return tree
}

/// Pearson's correlation of the midranks; 0 where the predictions are all equal, `nil` where the truths are.
private func rankCorrelation(_ prediction: [Double], _ truth: [Double]) -> Double? {
  let (x, y) = (centredMidranks(prediction), centredMidranks(truth))
  var (xx, yy, xy) = (0.0, 0.0, 0.0)
  for index in x.indices {
    xx += x[index] * x[index]
    yy += y[index] * y[index]
    xy += x[index] * y[index]
  }
  guard yy > 0 else { return nil }
  return xx > 0 ? xy / (xx * yy).squareRoot() : 0
}

/// Ranks less their mean; equal values share theirs.
private func centredMidranks(_ values: [Double]) -> [Double] {
  let order = values.indices.sorted { values[$0] < values[$1] }
  var ranks = [Double](repeating: 0, count: values.count)
  var start = 0
  while start < order.count {
    var end = start + 1
    while end < order.count, values[order[end]] == values[order[start]] { end += 1 }
    let rank = Double(start + end - 1) / 2 - Double(values.count - 1) / 2
    for place in start..<end { ranks[order[place]] = rank }
    start = end
  }
  return ranks
}
