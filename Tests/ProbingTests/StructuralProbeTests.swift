import Activations
import Foundation
import GSL
import Probing
import Resampling
import Testing

/// Structural probes: scores against SciPy, gradients against differences, trees that are there and trees that are not.
struct StructuralProbeTests {
  struct File: Decodable {
    let trees: [Tree]
    let gradients: Gradients
  }
  struct Tree: Decodable, Sendable, CustomTestStringConvertible {
    let heads: [Int?]
    let skip: [Bool]
    let distances: [Int32]
    let depths: [Int32]
    let table: [Float]
    let predictedDepths: [Float]
    let uuas: [Double]
    let spearman: [Double]
    let depthSpearman: [Double]
    let root: [Double]
    var testDescription: String { "\(heads.count) words" }
  }
  struct Gradients: Decodable {
    struct Expected: Decodable {
      let loss: Double
      let gradient: [Double]
    }
    let heads: [[Int?]]
    let states: [[Float]]
    let weights: [Float]
    let distance: Expected
    let depth: Expected
  }

  static let file = try! fixture("text", as: File.self)
  static let key = StreamKey(seed: 320)

  @Test("scores of given predictions agree with SciPy", arguments: file.trees)
  func scores(_ tree: Tree) {
    let sentences = TreeSentences(
      states: Matrix(rows: tree.heads.count, columns: 1), heads: [tree.heads], skip: tree.skip)
    #expect(sentences.distances == [tree.distances] && sentences.depths == tree.depths)
    let distances = DistanceScores(sentences, [tree.table])
    let depths = DepthScores(sentences, [tree.predictedDepths])
    for (found, expected) in [
      (distances.uuas, tree.uuas), (distances.spearman, tree.spearman),
      (depths.spearman, tree.depthSpearman), (depths.rootAccuracy, tree.root),
    ] {
      #expect(distance(found.sums + found.weights, expected) < 1e-9)
    }
  }

  @Test("loss and gradient agree with differences", arguments: [StructuralTarget.distance, .depth])
  func gradient(_ target: StructuralTarget) {
    let data = Self.file.gradients
    let expected = target == .distance ? data.distance : data.depth
    let states = Matrix(
      rows: data.states.count, columns: data.states[0].count, elements: data.states.flatMap { $0 })
    let sentences = TreeSentences(
      states: states, heads: data.heads, skip: [Bool](repeating: false, count: states.rows))
    let map = StructuralMap(target, rank: 3, weights: data.weights)
    let batch = StructuralMap.Batch(sentences, states, Array(data.heads.indices), target)
    #expect(abs(map.loss(batch) - expected.loss) < 1e-5)
    #expect(distance(map.gradient(batch).map { Double($0) }, expected.gradient) < 1e-4)
  }

  @Test("a random map has the best constant", arguments: [StructuralTarget.distance, .depth])
  func constant(_ target: StructuralTarget) {
    let sentences = Design(sentences: 20, noise: 1).draw(0)
    let batch = StructuralMap.Batch(sentences, sentences.states, Array(0..<20), target)
    let map = StructuralMap.random(
      target, rank: 8, dimensions: sentences.states.columns, on: batch, key: Self.key, replicate: 3)
    for factor in [Float(0.9), 0.99, 1.01, 1.1] {
      let other = StructuralMap(target, rank: 8, weights: map.weights.map { $0 * factor })
      #expect(other.loss(batch) >= map.loss(batch) - 1e-6)
    }
  }

  /// Random trees. A word's state is its head's, and a direction of its own beside it; the root's is 0. Squared distances and
  /// lengths are then the tree's, but for what stands in other dimensions.
  struct Design: Sendable {
    var sentences = 300
    var words = 8..<15
    /// The deviation of the dimensions that know nothing.
    var noise: Float = 1
    var noisy = 20
    var isPlanted = true

    func draw(_ dataset: Int) -> TreeSentences {
      var stream = RandomStream(StreamKey(seed: 321), replicate: dataset)
      let axes = words.upperBound - 1
      let width = axes + noisy
      var (elements, heads): ([Float], [[Int?]]) = ([], [])
      for _ in 0..<sentences {
        let count = words.lowerBound + stream.below(words.count)
        var order = (0..<Int32(count)).map { $0 }
        stream.shuffle(&order)
        var own = [Int?](repeating: nil, count: count)
        var rows = [[Float]](repeating: [Float](repeating: 0, count: width), count: count)
        for place in 1..<count {
          let (word, head) = (Int(order[place]), Int(order[stream.below(place)]))
          own[word] = head
          rows[word] = rows[head]
          rows[word][word] += 1
        }
        for word in 0..<count {
          for axis in 0..<width where axis >= axes || !isPlanted {
            rows[word][axis] = noise * Float(stream.normal())
          }
        }
        heads.append(own)
        elements += rows.flatMap { $0 }
      }
      let count = elements.count / width
      return TreeSentences(
        states: Matrix(rows: count, columns: width, elements: elements), heads: heads,
        skip: [Bool](repeating: false, count: count))
    }
  }

  @Test("a planted tree is found")
  func planted() async throws {
    let sentences = Design().draw(0)
    let training = StructuralTraining(rank: 20)
    let distances = try await distanceScores(
      sentences, predictor: .trained, training: training, key: Self.key, jobs: 2)
    let depths = try await depthScores(
      sentences, predictor: .trained, training: training, key: Self.key, jobs: 2)
    print(
      "planted tree: uuas \(distances.uuas.score), distance \(distances.spearman.score), depth",
      depths.spearman.score, "root \(depths.rootAccuracy.score)")
    // True distances tie and predictions do not, so that even the true tree does not score 1.
    var stream = RandomStream(StreamKey(seed: 322), replicate: 0)
    func blurred(_ value: Int32) -> Float { Float(value) + 1e-3 * Float(stream.uniform()) }
    let best = (
      DistanceScores(sentences, sentences.distances.map { $0.map { blurred($0) } }).spearman.score,
      DepthScores(
        sentences,
        sentences.distances.indices.map { sentence in
          sentences.sentenceOf.indices.filter { sentences.sentenceOf[$0] == sentence }.map {
            blurred(sentences.depths[$0])
          }
        }
      ).spearman.score
    )
    print("the true tree, blurred: distance \(best.0), depth \(best.1)")
    #expect(distances.uuas.score > 0.99 && distances.spearman.score > best.0 - 0.02)
    #expect(depths.rootAccuracy.score > 0.99 && depths.spearman.score > best.1 - 0.02)
    let random = try await distanceScores(
      sentences, predictor: .randomProjection(replicate: 0), training: training, key: Self.key)
    let chain = try await distanceScores(sentences, predictor: .linearChain, key: Self.key)
    print("random \(random.uuas.score) \(random.spearman.score), chain \(chain.uuas.score)")
    #expect(random.uuas.score < 0.7 && chain.uuas.score < 0.4)
  }

  @Test("where there is no tree, training finds about what a random map does")
  func nothing() async throws {
    let sentences = Design(isPlanted: false).draw(0)
    let training = StructuralTraining(rank: 20)
    let distances = try await distanceScores(
      sentences, predictor: .trained, training: training, key: Self.key, jobs: 2)
    let depths = try await depthScores(
      sentences, predictor: .trained, training: training, key: Self.key, jobs: 2)
    let random = try await distanceScores(
      sentences, predictor: .randomProjection(replicate: 0), training: training, key: Self.key)
    let randomDepths = try await depthScores(
      sentences, predictor: .randomProjection(replicate: 0), training: training, key: Self.key)
    print(
      "no tree: uuas \(distances.uuas.score) \(random.uuas.score), distance \(distances.spearman.score)",
      "\(random.spearman.score), depth \(depths.spearman.score) \(randomDepths.spearman.score), root",
      "\(depths.rootAccuracy.score) \(randomDepths.rootAccuracy.score)")
    #expect(abs(distances.uuas.score - random.uuas.score) < 0.04)
    #expect(abs(distances.spearman.score - random.spearman.score) < 0.04)
    #expect(abs(depths.spearman.score - randomDepths.spearman.score) < 0.1)
    #expect(abs(depths.rootAccuracy.score - randomDepths.rootAccuracy.score) < 0.08)
  }

  @Test("scores are functions of data and key, whatever the tasks, and random maps differ")
  func determinism() async throws {
    let sentences = Design(sentences: 30).draw(1)
    let training = StructuralTraining(rank: 6, epochs: 5)
    func scores(_ predictor: StructuralPredictor, _ key: StreamKey, jobs: Int) async throws -> DistanceScores
    {
      try await distanceScores(
        sentences, predictor: predictor, training: training, folds: 3, key: key, jobs: jobs)
    }
    for predictor in [StructuralPredictor.trained, .randomProjection(replicate: 4)] {
      #expect(
        try await scores(predictor, Self.key, jobs: 1) == scores(predictor, Self.key, jobs: 3))
    }
    #expect(
      try await scores(.randomProjection(replicate: 4), Self.key, jobs: 1)
        != scores(.randomProjection(replicate: 5), Self.key, jobs: 1))
  }

  @Test("the chain joins neighbours, over punctuation too, and its depth is the place")
  func chain() async throws {
    // 0 <- 1 <- 3, 2 is punctuation below 1.
    let sentences = TreeSentences(
      states: Matrix(rows: 4, columns: 1), heads: [[nil, 0, 1, 1]], skip: [false, false, true, false])
    let distances = try await distanceScores(sentences, predictor: .linearChain, key: Self.key)
    #expect(distances.uuas == SentenceSums(sums: [2], weights: [2]))
    // Too short for rank correlations.
    #expect(distances.spearman == SentenceSums(sums: [0], weights: [0]))
    let depths = try await depthScores(sentences, predictor: .linearChain, key: Self.key)
    #expect(depths.rootAccuracy == SentenceSums(sums: [1], weights: [1]))
  }

  @Test("refuses states that are not finite, and fewer sentences than folds")
  func refusals() async throws {
    var states = Matrix<Float>(rows: 4, columns: 2, repeating: 1)
    func sentences() -> TreeSentences {
      TreeSentences(
        states: states, heads: [[nil, 0], [1, nil]], skip: [Bool](repeating: false, count: 4))
    }
    await #expect(throws: TextProbeError.tooFewSentences(2, folds: 3)) {
      _ = try await distanceScores(sentences(), predictor: .trained, folds: 3, key: Self.key)
    }
    // Equal states: all distances are 0, and so is the best constant.
    let flat = try await distanceScores(sentences(), predictor: .trained, folds: 2, key: Self.key)
    #expect(flat.uuas == SentenceSums(sums: [1, 1], weights: [1, 1]))
    states[1, 1] = .nan
    await #expect(throws: TextProbeError.notFinite) {
      _ = try await depthScores(sentences(), predictor: .trained, folds: 2, key: Self.key)
    }
  }
}

extension TreeSentences {
  /// Trees given by heads.
  /// - Parameters:
  ///   - heads: by sentence and word, the place of its head within the sentence; `nil` for the root.
  ///   - skip: by word of all sentences.
  fileprivate init(states: Matrix<Float>, heads: [[Int?]], skip: [Bool]) {
    let trees = heads.map { heads in try! DependencyTree(heads: heads.map { ($0 ?? -1) + 1 }) }
    self.init(
      states: states, sentenceOf: heads.indices.flatMap { [Int](repeating: $0, count: heads[$0].count) },
      distances: trees.map { $0.distances.map { Int32($0) } },
      depths: trees.flatMap { $0.depths.map { Int32($0) } }, skip: skip)
  }
}
