import Hypotheses
import Probing
import Resampling

/// Trees and attention for tests of heads: nothing of them depends on anything but the stream.
struct SyntheticTrees {
  /// By sentence and word, from 1; 0 for the root.
  var heads: [[Int]]
  var lengths: [Int] { heads.map(\.count) }

  /// Every word but the first drawn hangs on one that was drawn before it.
  init(sentences: Int, lengths: ClosedRange<Int>, _ stream: inout RandomStream) {
    heads = (0..<sentences).map { _ in
      let length = lengths.lowerBound + stream.below(lengths.count)
      var order = (0..<length).map { Int32($0) }
      stream.shuffle(&order)
      var heads = [Int](repeating: 0, count: length)
      for k in 1..<max(length, 1) { heads[Int(order[k])] = 1 + Int(order[stream.below(k)]) }
      return heads
    }
  }

  /// Attention that knows nothing of trees. Heads prefer places near the word, each by its own taste.
  func attention(heads count: Int, _ stream: inout RandomStream) -> MostAttended {
    let tastes = (0..<count).map { _ in (Double(stream.below(9)) - 4, 3 * stream.uniform()) }
    var attention = MostAttended(heads: count)
    for length in lengths {
      var weights = [Float](repeating: 0, count: count * length * length)
      for head in 0..<count {
        for word in 0..<length {
          for other in 0..<length {
            let distance = Double(other - word) - tastes[head].0
            weights[(head * length + word) * length + other] = Float(
              100 - tastes[head].1 * distance.magnitude + 2 * stream.normal())
          }
        }
      }
      attention.append(weights: weights, length: length, key: StreamKey(seed: 1))
    }
    return attention
  }
}

extension MostAttended {
  /// The same with another target in one head, for some words (sentence, position).
  func rewriting(head: Int, _ target: (_ sentence: Int, _ word: Int) -> Int?) -> MostAttended {
    var targets = targets
    var word = 0
    for (sentence, length) in lengths.enumerated() {
      for position in 0..<length {
        if let new = target(sentence, position) {
          targets[word * heads + head] = new < 0 ? Self.nowhere : UInt16(new)
        }
        word += 1
      }
    }
    return MostAttended(heads: heads, lengths: lengths, targets: targets)
  }
}
