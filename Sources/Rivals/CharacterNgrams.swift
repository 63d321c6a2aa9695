internal import GSL
internal import Resampling

/// Spelling as vectors: the counts of a text's character n-grams, projected at random.
///
/// n-grams of 3 to 5 characters are taken from the text between the marks `<` and `>`, as in fastText (Bojanowski et al.
/// 2017, arXiv:1607.04606). Every n-gram has its own standard normal vector, a function of key, n-gram and replicate
/// alone; a text's vector is the sum of its n-grams' vectors, each as often as the n-gram occurs.
/// Equal texts have equal vectors, similar spellings similar ones, and nothing but spelling is in them.
struct CharacterNgrams: Sendable {
  /// For every text, its n-grams by number, repeated as often as they occur.
  private let ngramsOf: [[Int]]
  /// The stream of every n-gram.
  private let keys: [StreamKey]

  init(_ texts: [String], key: StreamKey) {
    var numbers: [String: Int] = [:]
    var keys: [StreamKey] = []
    ngramsOf = texts.map { text in
      Self.ngrams(of: text).map { ngram in
        if let number = numbers[ngram] { return number }
        numbers[ngram] = keys.count
        keys.append(key.appending("n-gram").appending(ngram))
        return keys.count - 1
      }
    }
    self.keys = keys
  }

  /// The n-grams of a text, with repetitions. A text too short for any is one n-gram as a whole.
  static func ngrams(of text: String) -> [String] {
    let characters = Array("<\(text)>")
    var ngrams: [String] = []
    for length in 3...5 where characters.count >= length {
      for start in 0...characters.count - length {
        ngrams.append(String(characters[start..<start + length]))
      }
    }
    return ngrams.isEmpty ? [String(characters)] : ngrams
  }

  /// Texts by `width` dimensions. Of a wider one the first dimensions are the same.
  func vectors(width: Int, replicate: Int) -> Matrix<Double> {
    var vector = [Double](repeating: 0, count: width)
    var directions = Matrix<Double>(rows: keys.count, columns: width)
    for (number, key) in keys.enumerated() {
      var stream = RandomStream(key, replicate: replicate)
      stream.fillWithNormals(&vector)
      directions.elements.replaceSubrange(number * width..<(number + 1) * width, with: vector)
    }
    var vectors = Matrix<Double>(rows: ngramsOf.count, columns: width)
    for (text, ngrams) in ngramsOf.enumerated() {
      for ngram in ngrams {
        for column in 0..<width {
          vectors.elements[text * width + column] += directions.elements[ngram * width + column]
        }
      }
    }
    return vectors
  }
}
