internal import GSL
internal import Glibc
public import Probing

extension PermutedHeadsWorlds {
  /// How many worlds it takes, on average, for one in which all items of some sets have their own heads: the product over
  /// sentences of the number of arrangements over the number of those that leave the items' heads as they are. The p of a score
  /// that depends on these items alone is at least one in so many.
  /// - Returns: infinity beyond the largest number.
  public static func arrangements(of relations: Relations, sets: Set<Int>) -> Double {
    var isItem = [Bool](repeating: false, count: relations.heads.count)
    for set in sets { for item in relations.sets[set] { isItem[Int(item)] = true } }
    var logarithm = 0.0
    for sentence in relations.lengths.indices {
      let words = relations.starts[sentence]..<relations.starts[sentence + 1]
      let start = words.lowerBound
      guard words.contains(where: { isItem[$0] }) else { continue }
      let dependents = words.filter { relations.heads[$0] != Relations.root }
      func count(_ words: [Int]) -> Double {
        logArrangements(words.map { $0 - start }, heads: words.map { Int(relations.heads[$0]) })
      }
      logarithm += count(dependents) - count(dependents.filter { !isItem[$0] })
    }
    return exp(logarithm)
  }

  /// The logarithm of the number of distinct arrangements of heads among words in which no word is its own head.
  ///
  /// By inclusion and exclusion over the words that are somebody's head: of n words whose heads have multiplicities m, the sum
  /// over k of (-1)^k (n - k)! e_k, over the product of m!, where e_k is the elementary symmetric polynomial of the m of those
  /// heads that are themselves among the words (Stanley, Enumerative Combinatorics 1, section 2.3).
  private static func logArrangements(_ words: [Int], heads: [Int]) -> Double {
    var multiplicity: [Int: Int] = [:]
    for head in heads { multiplicity[head, default: 0] += 1 }
    let n = words.count
    // Each term over n!, so that numbers stay small: e_k (n - k)! / n!.
    var terms = [1.0] + [Double](repeating: 0, count: n)
    var degree = 0
    for word in words {
      guard let m = multiplicity[word] else { continue }
      degree += 1
      for k in stride(from: degree, to: 0, by: -1) {
        terms[k] += terms[k - 1] * Double(m) / Double(n - k + 1)
      }
    }
    var sum = 0.0
    for (k, term) in terms.enumerated() { sum += k % 2 == 0 ? term : -term }
    // The real heads are one arrangement, whatever rounding says.
    let found = log(max(sum, 0)) + logFactorial(n) - multiplicity.values.reduce(0) { $0 + logFactorial($1) }
    return max(found, 0)
  }
}

extension PermutedAttentionWorlds {
  /// How many worlds it takes, on average, for one in which every row that some cells ask points where it does: the product
  /// over rows of the words that they can see. Rows that point nowhere never move.
  /// - Returns: infinity beyond the largest number.
  public static func arrangements(
    of attention: MostAttended, _ relations: Relations, support: AttentionSupport, cells: [HeadCell]
  ) -> Double {
    var isAsked = [Bool](repeating: false, count: attention.targets.count)
    for cell in cells {
      for item in relations.sets[cell.set] {
        let word = Int(item)
        let asked =
          cell.direction == .toHead
          ? word : relations.starts[Int(relations.sentenceOf[word])] + Int(relations.heads[word])
        isAsked[asked * attention.heads + cell.head] = true
      }
    }
    var logarithm = 0.0
    for row in isAsked.indices where isAsked[row] && attention.targets[row] != MostAttended.nowhere {
      let word = row / attention.heads
      logarithm += log(Double(max(1, support.starts[word + 1] - support.starts[word])))
    }
    return exp(logarithm)
  }
}
