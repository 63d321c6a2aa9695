package import GSL
package import Resampling

/// What a structural probe learns to predict.
package enum StructuralTarget: Sendable, Hashable {
  /// |B(h_i - h_j)|² for the number of edges between words i and j.
  case distance
  /// |B h_i|² for the number of edges between word i and the root.
  case depth
}

/// How a structural probe is trained.
public struct StructuralTraining: Sendable, Hashable {
  /// The most dimensions that the map keeps; no more than the states have.
  public var rank: Int
  /// Passes over the training sentences at most.
  public var epochs: Int
  /// Adam's step, as a share of the size of the starting weights.
  public var rate: Double
  /// Sentences per step.
  public var batch: Int
  /// Training stops after as many passes without a lower loss on the sentences kept for that.
  public var patience: Int
  /// The share of the training sentences that is kept for it.
  public var validation: Double

  public init(
    rank: Int = 64, epochs: Int = 40, rate: Double = 0.1, batch: Int = 20, patience: Int = 5,
    validation: Double = 0.1
  ) {
    self.rank = rank
    self.epochs = epochs
    self.rate = rate
    self.batch = batch
    self.patience = patience
    self.validation = validation
  }
}

/// The linear map of a structural probe (Hewitt & Manning 2019, NAACL), for states that are divided by their features'
/// size in training.
///
/// The loss of a sentence of n words is the sum over ordered pairs of |true - predicted distance| / n², or the sum over words
/// of |true - predicted depth| / n; that of several sentences is their mean.
// Not generic, so that every loop is specialised.
package struct StructuralMap: Sendable {
  package let target: StructuralTarget
  package let rank: Int
  /// Rank by dimensions.
  package var weights: [Float]

  package init(_ target: StructuralTarget, rank: Int, weights: [Float]) {
    self.target = target
    self.rank = rank
    self.weights = weights
  }

  /// Sentences whose words stand one after the other.
  package struct Batch: Sendable {
    /// Words by dimensions.
    var states: Matrix<Float>
    var ranges: [Range<Int>] = []
    /// By sentence: the table of distances, or the depths.
    var gold: [[Float]] = []

    package init(
      _ sentences: TreeSentences, _ states: Matrix<Float>, _ chosen: [Int], _ target: StructuralTarget
    ) {
      var rows: [Int] = []
      for sentence in chosen {
        let range = sentences.ranges[sentence]
        ranges.append(rows.count..<rows.count + range.count)
        rows += range
        switch target {
        case .distance: gold.append(sentences.distances[sentence].map { Float($0) })
        case .depth: gold.append(sentences.depths[range].map { Float($0) })
        }
      }
      self.states = states.gathering(rows: rows)
    }
  }

  /// Words by rank.
  private func mapped(_ states: Matrix<Float>) -> Matrix<Float> {
    states.multiplied(
      by: Matrix(rows: rank, columns: states.columns, elements: weights), transposeOther: true)
  }

  /// The predicted tables of distances, or depths, of every sentence.
  package func predictions(_ batch: Batch) -> [[Float]] {
    let mapped = mapped(batch.states)
    return mapped.elements.withUnsafeBufferPointer { all in
      batch.ranges.map { range in
        let (n, start) = (range.count, all.baseAddress! + range.lowerBound * rank)
        switch target {
        case .depth: return (0..<n).map { squaredLength(start + $0 * rank, rank) }
        case .distance:
          var table = [Float](repeating: 0, count: n * n)
          for i in 0..<n {
            for j in 0..<i {
              let square = Float.squaredDistance(start + i * rank, start + j * rank, rank)
              table[i * n + j] = square
              table[j * n + i] = square
            }
          }
          return table
        }
      }
    }
  }

  package func loss(_ batch: Batch) -> Double {
    var sum = 0.0
    for (gold, predicted) in zip(batch.gold, predictions(batch)) where !gold.isEmpty {
      var own = 0.0
      for index in gold.indices { own += Double(abs(gold[index] - predicted[index])) }
      sum += own / Double(gold.count)
    }
    return sum / Double(max(batch.ranges.count, 1))
  }

  /// The derivatives of the loss by the weights.
  package func gradient(_ batch: Batch) -> [Float] {
    let mapped = mapped(batch.states)
    let predicted = predictions(batch)
    // The derivatives by the mapped words.
    var errors = Matrix<Float>(rows: mapped.rows, columns: rank)
    let share = 1 / Float(max(batch.ranges.count, 1))
    mapped.elements.withUnsafeBufferPointer { all in
      errors.elements.withUnsafeMutableBufferPointer { out in
        for (sentence, range) in batch.ranges.enumerated() where !range.isEmpty {
          let n = range.count
          let (z, g) = (
            all.baseAddress! + range.lowerBound * rank, out.baseAddress! + range.lowerBound * rank
          )
          let (gold, table) = (batch.gold[sentence], predicted[sentence])
          switch target {
          case .depth:
            let factor = 2 * share / Float(n)
            for i in 0..<n {
              let sign = sign(table[i] - gold[i]) * factor
              for k in 0..<rank { g[i * rank + k] = sign * z[i * rank + k] }
            }
          case .distance:
            let factor = 4 * share / Float(n * n)
            for i in 0..<n {
              for j in 0..<i {
                let sign = sign(table[i * n + j] - gold[i * n + j]) * factor
                guard sign != 0 else { continue }
                for k in 0..<rank {
                  let part = sign * (z[i * rank + k] - z[j * rank + k])
                  g[i * rank + k] += part
                  g[j * rank + k] -= part
                }
              }
            }
          }
        }
      }
    }
    return errors.multiplied(by: batch.states, transposeSelf: true).elements
  }

  private func sign(_ value: Float) -> Float { value > 0 ? 1 : value < 0 ? -1 : 0 }

  /// Gaussian weights, times the constant that makes the loss on some sentences least: what pairs of words predict times
  /// a constant c has the least summed error at a weighted median of true / predicted.
  package static func random(
    _ target: StructuralTarget, rank: Int, dimensions: Int, on batch: Batch, key: StreamKey, replicate: Int
  ) -> StructuralMap {
    var weights = [Float](repeating: 0, count: rank * dimensions)
    var stream = RandomStream(key, replicate: replicate)
    stream.fillWithNormals(&weights)
    var map = StructuralMap(target, rank: rank, weights: weights)
    var ratios: [(ratio: Double, weight: Double)] = []
    var total = 0.0
    for (gold, predicted) in zip(batch.gold, map.predictions(batch)) {
      for index in gold.indices where predicted[index] > 0 {
        let weight = Double(predicted[index]) / Double(gold.count)
        ratios.append((Double(gold[index]) / Double(predicted[index]), weight))
        total += weight
      }
    }
    ratios.sort { $0.ratio < $1.ratio }
    var (below, scale) = (0.0, 0.0)
    for (ratio, weight) in ratios {
      below += weight
      scale = ratio
      if below >= total / 2 { break }
    }
    let factor = Float(scale.squareRoot())
    for index in map.weights.indices { map.weights[index] *= factor }
    return map
  }

  /// Trains from these weights on some sentences, and returns the weights with the least loss on the others.
  ///
  /// Adam (Kingma & Ba 2015). The order of the sentences in every pass is drawn from the key. The step is halved after a
  /// pass that brings no lower loss on the others.
  func trained(
    _ sentences: TreeSentences, _ states: Matrix<Float>, on chosen: [Int], reviewing: Batch,
    _ training: StructuralTraining, key: StreamKey
  ) -> StructuralMap {
    var map = self
    var best = (map: self, loss: loss(reviewing), epoch: 0)
    var squares = 0.0
    for weight in weights { squares += Double(weight * weight) }
    var rate = training.rate * (squares / Double(max(weights.count, 1))).squareRoot()
    var mean = [Float](repeating: 0, count: weights.count)
    var square = mean
    var (power1, power2) = (1.0, 1.0)
    let batches = max(1, (chosen.count + training.batch - 1) / training.batch)
    for epoch in 0..<training.epochs where rate > 0 {
      var order = chosen.map { Int32($0) }
      var stream = RandomStream(key, replicate: epoch)
      stream.shuffle(&order)
      for place in 0..<batches {
        let (first, last) = (order.count * place / batches, order.count * (place + 1) / batches)
        guard first < last else { continue }
        let gradient = map.gradient(
          Batch(sentences, states, order[first..<last].map { Int($0) }, target))
        power1 *= 0.9
        power2 *= 0.999
        Float.adam(
          &map.weights, gradient, &mean, &square, gradient.count, rate: Float(rate / (1 - power1)),
          correction: Float(1 / (1 - power2).squareRoot()), kept: 1)
      }
      let loss = map.loss(reviewing)
      if loss < best.loss {
        best = (map, loss, epoch + 1)
      } else {
        rate /= 2
        if epoch + 1 - best.epoch >= training.patience { break }
      }
    }
    return best.map
  }
}

private func squaredLength(_ x: UnsafePointer<Float>, _ count: Int) -> Float {
  var lanes = SIMD8<Float>()
  let raw = UnsafeRawPointer(x)
  var i = 0
  while i + 8 <= count {
    let values = raw.loadUnaligned(fromByteOffset: 4 * i, as: SIMD8<Float>.self)
    lanes += values * values
    i += 8
  }
  var sum = lanes.sum()
  while i < count {
    sum += x[i] * x[i]
    i += 1
  }
  return sum
}
