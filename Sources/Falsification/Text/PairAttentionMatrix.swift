internal import Activations
internal import GSL
internal import Hypotheses

extension Binder {
  /// The attention between the words of marked pairs: pairs by layers times heads, layer by layer. Rows without a sentence
  /// or a position are no pairs.
  func pairAttention(_ pairs: PairAttention) throws(BindingError) -> RepresentationSource {
    let table = try self.table(pairs.table)
    let sentence = try table.require(pairs.sentence, of: pairs.table)
    let from = try table.require(pairs.from, of: pairs.table)
    let to = try table.require(pairs.to, of: pairs.table)
    for (column, label) in [(from, pairs.from), (to, pairs.to)] where !column.isNumeric {
      throw .notNumeric(table: pairs.table, column: label)
    }
    let rows = table.keys.indices.filter {
      sentence.cells[$0] != nil && from.cells[$0] != nil && to.cells[$0] != nil
    }
    let file = try Self.reading { () throws(ActivationError) in try library.attention(pairs.path) }
    return RepresentationSource(
      file: pairs.path, keys: rows.map { table.keys[$0] },
      matrix: { (wanted) throws(BindingError) in
        let width = file.layers.count * file.heads
        var matrix = Matrix<Double>(rows: wanted.count, columns: width)
        var places: [Identifier: [Int]] = [:]
        for (place, index) in wanted.enumerated() {
          places[Identifier(sentence.cells[rows[index]]!), default: []].append(place)
        }
        var buffer = WordAttention()
        for id in places.keys.sorted() {
          guard let position = file.index(of: id.text), file.hasAttention(position) else {
            throw .pairSentence(
              path: pairs.path, key: table.keys[rows[wanted[places[id]![0]]]], sentence: id.text)
          }
          try Self.reading { () throws(ActivationError) in
            try buffer.read(file, sentence: position, weights: pairs.weights, specials: .drop)
          }
          let words = buffer.words
          for place in places[id]! {
            let row = rows[wanted[place]]
            func position(_ column: Column, _ label: String) throws(BindingError) -> Int {
              let value = column.numbers[row]!
              guard value == value.rounded(), value >= 1, value <= Double(words) else {
                throw .pairPosition(
                  table: pairs.table, column: label, key: table.keys[row], value: column.cells[row]!,
                  words: words)
              }
              return Int(value) - 1
            }
            let source = try position(from, pairs.from)
            let target = try position(to, pairs.to)
            for head in 0..<width {
              matrix[place, head] = Double(buffer.weights[(head * words + source) * words + target])
            }
          }
        }
        return matrix
      })
  }
}

extension WordAttention {
  /// Reads a sentence's weights, as they are or without the part that lies in the null space of the values.
  mutating func read(
    _ file: AttentionFile, sentence: Int, weights: AttentionWeights, specials: Activations.SpecialPieces
  ) throws(ActivationError) {
    guard weights == .effective else { return try read(file, sentence: sentence, specials: specials) }
    var effective: [Float] = []
    try file.effectiveAttention(sentence, into: &effective)
    pool(effective, wordIndex: try file.wordIndex(sentence), specials: specials)
  }
}
