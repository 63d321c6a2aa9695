internal import Activations
internal import GSL
internal import Hypotheses
internal import Probing

/// An `attention` declaration: its file, and the treebank whose sentences it is of.
struct TextSource: Sendable {
  let name: String
  let file: AttentionFile
  let treebank: Treebank
  let weights: AttentionWeights
  let special: Hypotheses.SpecialPieces
  /// By sentence of the treebank, its place in the file.
  let places: [Int?]

  /// The sentences of the treebank that the file has attention for.
  var withAttention: [Int] {
    places.indices.filter { places[$0].map(file.hasAttention) ?? false }
  }

  /// The sentences of the treebank that the file has hidden states for.
  var withStates: [Int] {
    places.indices.filter { places[$0].map(file.hasStates) ?? false }
  }

  /// How many words each of some sentences of the treebank has.
  func lengths(_ sentences: [Int]) -> [Int] { sentences.map { treebank.sentences[$0].words.count } }

  /// The states of some sentences' pieces at a layer, and which of the pieces are special.
  func states(_ sentences: [Int], layer: Int) throws(ActivationError) -> (
    states: SentenceStates, special: [Bool]
  ) {
    var (elements, tokens, sentenceOf, positionIn, special): ([Float], [Int], [Int], [Int], [Bool]) =
      ([], [], [], [], [])
    for (number, sentence) in sentences.enumerated() {
      let place = places[sentence]!
      elements += try file.states(place, layer: layer).elements
      let own = try file.pieces(place)
      tokens += own
      sentenceOf += own.map { _ in number }
      positionIn += own.indices
      special += try file.wordIndex(place).map { $0 == 0 }
    }
    return (
      SentenceStates(
        states: Matrix(rows: tokens.count, columns: file.dimensions ?? 0, elements: elements), tokens: tokens,
        sentenceOf: sentenceOf, positionIn: positionIn, sentences: sentences.count), special
    )
  }

  /// The states of some sentences' words at a layer, each the mean of its pieces' (Hewitt & Manning 2019), with the trees.
  func trees(_ sentences: [Int], layer: Int) throws(ActivationError) -> TreeSentences {
    let width = file.dimensions ?? 0
    var (elements, skip): ([Float], [Bool]) = ([], [])
    var (sentenceOf, distances, depths): ([Int], [[Int32]], [Int32]) = ([], [], [])
    for (number, sentence) in sentences.enumerated() {
      let place = places[sentence]!
      let states = try file.states(place, layer: layer)
      let wordOf = try file.wordIndex(place)
      let (words, tree) = (treebank.sentences[sentence].words, treebank.sentences[sentence].tree)
      var sums = [Float](repeating: 0, count: words.count * width)
      var counts = [Float](repeating: 0, count: words.count)
      for (piece, word) in wordOf.enumerated() where word > 0 {
        counts[word - 1] += 1
        for (column, value) in states.row(piece).enumerated() { sums[(word - 1) * width + column] += value }
      }
      for word in words.indices {
        for column in 0..<width { sums[word * width + column] /= counts[word] }
      }
      elements += sums
      skip += words.map { $0.upos == "PUNCT" }
      sentenceOf += words.map { _ in number }
      distances.append(tree.distances.map { Int32($0) })
      depths += tree.depths.map { Int32($0) }
    }
    return TreeSentences(
      states: Matrix(rows: skip.count, columns: width, elements: elements), sentenceOf: sentenceOf,
      distances: distances, depths: depths, skip: skip)
  }
}

extension Binder {
  /// Binds an `attention` declaration.
  func textSource(_ name: String) throws(BindingError) -> TextSource {
    guard
      case .attention(let path, let tokens, let weights, let special)? = hypothesis.data(named: name)?.source,
      case .treebank(let treePath)? = hypothesis.data(named: tokens)?.source
    else { throw .noTensor(path: name, pattern: "") }
    let (file, treebank, alignment) = try Self.reading { () throws(ActivationError) in
      (
        try library.attention(path), try library.treebank(treePath),
        try library.alignment(of: path, with: treePath)
      )
    }
    var places = [Int?](repeating: nil, count: treebank.sentences.count)
    for pair in alignment.pairs { places[pair.treebank] = pair.attention }
    return TextSource(
      name: name, file: file, treebank: treebank, weights: weights, special: special, places: places)
  }
}
