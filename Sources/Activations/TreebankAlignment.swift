/// Which sentences of an attention file are which of a treebank.
public struct TreebankAlignment: Sendable, Hashable {
  /// Sentences that both have, in the order of the treebank.
  public let pairs: [Pair]
  /// Positions in the treebank's `sentences`, ascending: those that the attention file lacks.
  public let missing: [Int]

  public struct Pair: Sendable, Hashable {
    /// A position in the attention file's `sentences`.
    public let attention: Int
    /// A position in the treebank's `sentences`.
    public let treebank: Int

    public init(attention: Int, treebank: Int) {
      self.attention = attention
      self.treebank = treebank
    }
  }
}

extension AttentionFile {
  /// Matches sentences by name, never by position, and checks that they are of the same words: as many as the pieces
  /// belong to, and the same ones where the file says what its words are. Sentences that the treebank lacks are passed
  /// over.
  /// - Throws: `wordCount` or `word` for the first sentence whose words differ; what `wordIndex` throws.
  public func aligned(with treebank: Treebank) throws(ActivationError) -> TreebankAlignment {
    var pairs: [TreebankAlignment.Pair] = []
    var missing: [Int] = []
    for (position, sentence) in treebank.sentences.enumerated() {
      guard let match = index(of: sentence.id) else {
        missing.append(position)
        continue
      }
      func fault(_ rule: ActivationError.AttentionRule) -> ActivationError {
        ActivationError(file: name, place: .init(sentence: sentence.id), problem: .attention(rule))
      }
      let found = try wordIndex(match).max() ?? 0
      guard found == sentence.words.count else {
        throw fault(
          .wordCount(
            found: found, treebank: treebank.name, line: sentence.line, expected: sentence.words.count))
      }
      if let words = words?[sentence.id] {
        // A form that holds a space has come apart in the metadata.
        let forms = sentence.words.flatMap { word in
          word.form.unicodeScalars.split(separator: " ", omittingEmptySubsequences: false).map {
            (text: String($0), line: word.line)
          }
        }
        guard words.count == forms.count else {
          throw fault(
            .wordCount(
              found: words.count, treebank: treebank.name, line: sentence.line, expected: forms.count))
        }
        for (index, form) in forms.enumerated() where words[index] != form.text {
          throw fault(
            .word(
              position: index + 1, found: words[index], treebank: treebank.name, line: form.line,
              expected: form.text))
        }
      }
      pairs.append(.init(attention: match, treebank: position))
    }
    return TreebankAlignment(pairs: pairs, missing: missing)
  }
}
