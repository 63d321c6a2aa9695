public import GSL
internal import Hypotheses

/// Attention weights and hidden states of sentences: a safetensors file whose metadata say `refute-attention/1`
/// (docs/attention-files.md).
///
/// Opening checks every header and reads no weights. They are converted when they are asked for, one sentence at a
/// time, from a mapped file. A value of this type may be used from several threads at once.
///
/// Sentences are given by their position in `sentences`. Layers are numbered as the file numbers them.
public struct AttentionFile: Sendable {
  /// What the metadata entry `format` must be.
  public static let format = "refute-attention/1"
  /// How far from 1 a row of weights may sum. Half precision rounds a row of 512 by less than a tenth of it.
  public static let sumTolerance: Float = 0.02

  /// The file as errors name it.
  public var name: String { file.name }
  /// The names of the sentences. Numbers in names are compared as numbers: `s2` stands before `s10`.
  public let sentences: [String]
  /// Which layer each slice of `attention` and `values` is, ascending; 0 is the first layer. Empty where there is no
  /// attention.
  public let layers: [Int]
  /// Heads per layer; 0 where there is no attention.
  public let heads: Int
  /// Which layer each slice of `states` is, ascending: 0 is what the first layer reads, k what layer k - 1 gives.
  public let stateLayers: [Int]
  /// The length of a hidden state or an input embedding, if the file has any.
  public let dimensions: Int?
  /// The length of a head's value vectors, if the file has any.
  public let valueDimensions: Int?
  /// Whether the file has rows of the input embedding table.
  public let hasVocabulary: Bool
  /// The words of every sentence by its name, as the metadata have them; `nil` where they do not. (A word that holds
  /// a space comes apart.)
  public let words: [String: [String]]?

  private let file: ActivationFile
  private let entries: [Entry]
  private let positions: [Identifier: Int]
  private let vocabularyTensors: (ids: TensorHeader, embeddings: TensorHeader)?

  private struct Entry: Sendable {
    let pieces: Int
    let wordIndex: TensorHeader
    let attention: TensorHeader?
    let states: TensorHeader?
    let pieceIDs: TensorHeader?
    let values: TensorHeader?
  }

  /// Opens a file and checks its headers.
  /// - Parameter displayName: what errors are to call the file; the path if `nil`.
  public static func open(_ path: String, name displayName: String? = nil) throws(ActivationError)
    -> AttentionFile
  {
    try AttentionFile(ActivationFile.open(path, name: displayName))
  }

  /// Checks the headers of all tensors and the metadata. Tensors of other names are passed over.
  /// - Postcondition: sizes agree between sentences; there is at least one sentence.
  /// - Throws: the first fault.
  public init(_ file: ActivationFile) throws(ActivationError) {
    self.file = file
    guard file.metadata["format"] == Self.format else {
      throw ActivationError(
        file: file.name, problem: .attention(.format(found: file.metadata["format"])))
    }
    var headers = Headers(file)
    try headers.collect()
    let names = headers.wordIndices.keys.sorted(by: NaturalOrder.precedes)
    guard !names.isEmpty else {
      throw ActivationError(
        file: file.name, problem: .attention(.nothing(held: file.tensors.prefix(5).map(\.name))))
    }
    var entries: [Entry] = []
    entries.reserveCapacity(names.count)
    for name in names { entries.append(try headers.entry(name)) }
    vocabularyTensors = try headers.vocabulary()
    hasVocabulary = vocabularyTensors != nil
    sentences = names
    // Names are keys of a dictionary already: none is there twice.
    positions = Dictionary(uniqueKeysWithValues: names.enumerated().map { (Identifier($1), $0) })
    self.entries = entries
    heads = headers.heads?.size ?? 0
    dimensions = headers.dimensions?.size
    valueDimensions = headers.valueDimensions?.size
    layers = try headers.labels("layers", count: headers.layers?.size ?? 0)
    stateLayers = try headers.labels("state_layers", count: headers.stateLayers?.size ?? 0)
    words = try headers.words(of: names)
  }

  /// The position of a sentence in `sentences`.
  public func index(of sentence: String) -> Int? { positions[Identifier(sentence)] }

  /// How many pieces a sentence has, special ones included.
  public func pieceCount(_ sentence: Int) -> Int { entries[sentence].pieces }
  /// Whether the file has the attention weights of a sentence.
  public func hasAttention(_ sentence: Int) -> Bool { entries[sentence].attention != nil }
  /// Whether the file has the hidden states of a sentence, and with them its pieces.
  public func hasStates(_ sentence: Int) -> Bool { entries[sentence].states != nil }
  /// Whether the file has the value vectors of a sentence.
  public func hasValues(_ sentence: Int) -> Bool { entries[sentence].values != nil }

  /// The SHA-256 digest of the file, in lower-case hexadecimal digits.
  public func sha256() throws(ActivationError) -> String { try file.sha256() }

  private func required(
    _ tensor: TensorHeader?, _ what: String, of sentence: Int
  ) throws(ActivationError) -> TensorHeader {
    guard let tensor else {
      throw ActivationError(
        file: name, place: .init(sentence: sentences[sentence]), problem: .attention(.sentenceLacks(what)))
    }
    return tensor
  }

  private func slice(_ layer: Int, of held: [Int], in tensor: TensorHeader) throws(ActivationError) -> Int {
    guard let slice = held.firstIndex(of: layer) else {
      throw ActivationError(
        file: name, place: .init(tensor: tensor.name), problem: .attention(.noLayer(layer, held: held)))
    }
    return slice
  }

  /// The attention weights of a sentence: layers by heads by pieces by pieces, from the row's piece to the column's.
  /// - Parameter buffer: overwritten; used again for the next sentence it is not allocated anew.
  /// - Postcondition: weights are finite and not negative, and every row sums to 1 within `sumTolerance`. They are
  ///   not divided by their sum.
  /// - Throws: `sentenceLacks`; `weight` for the first row that is no distribution; `tooLargeForMemory`; `changed`.
  public func attention(_ sentence: Int, into buffer: inout [Float]) throws(ActivationError) {
    let tensor = try required(entries[sentence].attention, "attention weights", of: sentence)
    try file.floats(tensor, in: 0..<tensor.elementCount, into: &buffer)
    let length = entries[sentence].pieces
    let fault = buffer.withUnsafeBufferPointer { weights in
      AttentionRows.firstFault(weights, length: length)
    }
    guard let (row, weight) = fault else { return }
    let matrix = row / length
    throw ActivationError(
      file: name, place: .init(tensor: tensor.name, sentence: sentences[sentence]),
      problem: .attention(
        .weight(layer: layers[matrix / heads], head: matrix % heads, row: row % length, weight)))
  }

  /// The same in an array of its own.
  public func attention(_ sentence: Int) throws(ActivationError) -> [Float] {
    var buffer: [Float] = []
    try attention(sentence, into: &buffer)
    return buffer
  }

  /// For every piece, the position of its word from 1; 0 for special pieces.
  /// - Postcondition: words do not decrease from piece to piece, and every word from 1 to the last has a piece.
  /// - Throws: `negative`, `wordsDecrease`, `wordWithoutPiece`, `noWords`, `integerTooLarge`; `changed`.
  public func wordIndex(_ sentence: Int) throws(ActivationError) -> [Int] {
    let tensor = entries[sentence].wordIndex
    let index = try file.integers(tensor)
    func fault(_ rule: ActivationError.AttentionRule) -> ActivationError {
      ActivationError(file: name, place: .init(tensor: tensor.name), problem: .attention(rule))
    }
    var last = 0
    for (piece, word) in index.enumerated() where word != 0 {
      guard word > 0 else { throw fault(.negative(index: piece, found: word)) }
      guard word >= last else { throw fault(.wordsDecrease(index: piece, found: word, previous: last)) }
      guard word <= last + 1 else {
        throw fault(.wordWithoutPiece(index: piece, found: word, word: last + 1))
      }
      last = word
    }
    guard last > 0 else { throw fault(.noWords) }
    return index
  }

  /// The vocabulary ids of a sentence's pieces.
  /// - Throws: `sentenceLacks`, `negative`, `integerTooLarge`; `changed`.
  public func pieces(_ sentence: Int) throws(ActivationError) -> [Int] {
    let tensor = try required(entries[sentence].pieceIDs, "pieces", of: sentence)
    let ids = try file.integers(tensor)
    if let index = ids.firstIndex(where: { $0 < 0 }) {
      throw ActivationError(
        file: name, place: .init(tensor: tensor.name),
        problem: .attention(.negative(index: index, found: ids[index])))
    }
    return ids
  }

  /// The hidden states of a sentence in one layer: pieces by dimensions.
  /// - Parameter layer: one of `stateLayers`.
  /// - Throws: `sentenceLacks`, `noLayer`, `notFinite`, `tooLargeForMemory`; `changed`.
  public func states(_ sentence: Int, layer: Int) throws(ActivationError) -> Matrix<Float> {
    let tensor = try required(entries[sentence].states, "hidden states", of: sentence)
    return try matrix(tensor, slice: try slice(layer, of: stateLayers, in: tensor))
  }

  /// The value vectors of a sentence in one head: pieces by the head's dimensions.
  /// - Parameters:
  ///   - layer: one of `layers`.
  ///   - head: from 0.
  /// - Throws: `sentenceLacks`, `noLayer`, `notFinite`, `tooLargeForMemory`; `changed`.
  public func values(_ sentence: Int, layer: Int, head: Int) throws(ActivationError) -> Matrix<Float> {
    precondition(head >= 0 && head < heads, "head \(head) of \(heads)")
    let tensor = try required(entries[sentence].values, "value vectors", of: sentence)
    return try matrix(tensor, slice: try slice(layer, of: layers, in: tensor) * heads + head)
  }

  /// The rows of the input embedding table that the file has: ascending ids, and ids by dimensions.
  /// - Throws: `noSuchTensor`, `negative`, `notAscending`, `notFinite`, `tooLargeForMemory`; `changed`.
  public func vocabulary() throws(ActivationError) -> (ids: [Int], embeddings: Matrix<Float>) {
    guard let (idTensor, embeddings) = vocabularyTensors else {
      let tensor = try file.requireTensor(named: "vocabulary.ids")
      throw ActivationError(
        file: name, place: .init(tensor: tensor.name),
        problem: .attention(.lacksCompanion("vocabulary.embeddings")))
    }
    let ids = try file.integers(idTensor)
    func fault(_ rule: ActivationError.AttentionRule) -> ActivationError {
      ActivationError(file: name, place: .init(tensor: idTensor.name), problem: .attention(rule))
    }
    if let first = ids.first, first < 0 { throw fault(.negative(index: 0, found: first)) }
    for index in ids.indices.dropFirst() where ids[index] <= ids[index - 1] {
      throw fault(.notAscending(index: index, found: ids[index], previous: ids[index - 1]))
    }
    return (ids, try matrix(embeddings, slice: 0))
  }

  /// The slice-th matrix of the last two dimensions of a tensor.
  private func matrix(_ tensor: TensorHeader, slice: Int) throws(ActivationError) -> Matrix<Float> {
    let (rows, columns) = (tensor.shape[tensor.shape.count - 2], tensor.shape[tensor.shape.count - 1])
    let first = slice * rows * columns
    var elements: [Float] = []
    try file.floats(tensor, in: first..<first + rows * columns, into: &elements)
    let areFinite = elements.withUnsafeBufferPointer { values in
      values.baseAddress.map { Conversion.areFinite($0, count: values.count) } ?? true
    }
    guard areFinite else {
      let index = elements.firstIndex { !$0.isFinite } ?? 0
      throw ActivationError(
        file: name,
        place: .init(
          tensor: tensor.name,
          offset: tensor.byteRange.lowerBound + (first + index) * tensor.type.bits / 8),
        problem: .notFinite(value: "\(elements[index])", row: index / columns, column: index % columns))
    }
    return Matrix(rows: rows, columns: columns, elements: elements)
  }
}

extension AttentionFile {
  /// The tensors of a file by kind and sentence, and the sizes that they agree on.
  private struct Headers {
    typealias Size = (size: Int, tensor: String)

    let file: ActivationFile
    var wordIndices: [String: TensorHeader] = [:]
    private var attention: [String: TensorHeader] = [:]
    private var states: [String: TensorHeader] = [:]
    private var pieces: [String: TensorHeader] = [:]
    private var values: [String: TensorHeader] = [:]
    // Each with the tensor that set it.
    var layers: Size?
    var heads: Size?
    var stateLayers: Size?
    var dimensions: Size?
    var valueDimensions: Size?

    init(_ file: ActivationFile) { self.file = file }

    private func fault(_ tensor: TensorHeader, _ rule: ActivationError.AttentionRule) -> ActivationError {
      ActivationError(file: file.name, place: .init(tensor: tensor.name), problem: .attention(rule))
    }

    mutating func collect() throws(ActivationError) {
      let kinds: [(prefix: String, table: WritableKeyPath<Headers, [String: TensorHeader]>)] = [
        ("attention.", \.attention), ("word_index.", \.wordIndices), ("states.", \.states),
        ("pieces.", \.pieces), ("values.", \.values),
      ]
      for tensor in file.tensors {
        // By bytes: a combining mark after the point would hide it from comparisons of characters.
        guard let kind = kinds.first(where: { tensor.name.utf8.starts(with: $0.prefix.utf8) }) else {
          continue
        }
        let sentence = String(decoding: tensor.name.utf8.dropFirst(kind.prefix.utf8.count), as: UTF8.self)
        guard !sentence.isEmpty else { throw fault(tensor, .unnamedSentence) }
        self[keyPath: kind.table][sentence] = tensor
      }
      // What has no word index belongs to no sentence that can be used.
      for table in [attention, states, pieces, values] {
        for (sentence, tensor) in table.sorted(by: { $0.value.name < $1.value.name })
        where wordIndices[sentence] == nil {
          throw fault(tensor, .lacksCompanion("word_index.\(sentence)"))
        }
      }
    }

    private func check(
      _ tensor: TensorHeader, _ expected: String, rank: Int, isInteger: Bool = false
    ) throws(ActivationError) {
      guard tensor.shape.count == rank, tensor.shape.allSatisfy({ $0 > 0 }) else {
        throw fault(tensor, .shape(found: tensor.shape, expected: expected))
      }
      guard isInteger ? tensor.type.isInteger : tensor.type.isFloatingPoint else {
        throw fault(tensor, .type(found: tensor.dtype, isInteger: isInteger))
      }
    }

    private func agree(
      _ tensor: TensorHeader, _ what: String, _ found: Int, with known: inout Size?
    ) throws(ActivationError) {
      guard let expected = known else {
        known = (found, tensor.name)
        return
      }
      guard found == expected.size else {
        throw fault(
          tensor, .differs(what: what, found: found, other: expected.tensor, expected: expected.size))
      }
    }

    mutating func entry(_ sentence: String) throws(ActivationError) -> Entry {
      guard let index = wordIndices[sentence] else { preconditionFailure("not a sentence of the file") }
      try check(index, "[pieces]", rank: 1, isInteger: true)
      var length: Size? = (index.shape[0], index.name)
      let attention = attention[sentence]
      if let attention {
        try check(attention, "[layers, heads, pieces, pieces]", rank: 4)
        guard attention.shape[2] == attention.shape[3] else {
          throw fault(attention, .shape(found: attention.shape, expected: "[layers, heads, pieces, pieces]"))
        }
        try agree(attention, "pieces", attention.shape[2], with: &length)
        try agree(attention, "layers", attention.shape[0], with: &layers)
        try agree(attention, "heads", attention.shape[1], with: &heads)
      }
      let pieceIDs = pieces[sentence]
      if let pieceIDs {
        try check(pieceIDs, "[pieces]", rank: 1, isInteger: true)
        try agree(pieceIDs, "pieces", pieceIDs.shape[0], with: &length)
      }
      let states = states[sentence]
      if let states {
        try check(states, "[layers, pieces, dimensions]", rank: 3)
        try agree(states, "pieces", states.shape[1], with: &length)
        try agree(states, "layers", states.shape[0], with: &stateLayers)
        try agree(states, "dimensions", states.shape[2], with: &dimensions)
        guard pieceIDs != nil else { throw fault(states, .lacksCompanion("pieces.\(sentence)")) }
      }
      let values = values[sentence]
      if let values {
        guard attention != nil else { throw fault(values, .lacksCompanion("attention.\(sentence)")) }
        try check(values, "[layers, heads, pieces, dimensions of a head]", rank: 4)
        try agree(values, "pieces", values.shape[2], with: &length)
        try agree(values, "layers", values.shape[0], with: &layers)
        try agree(values, "heads", values.shape[1], with: &heads)
        try agree(values, "dimensions of a head", values.shape[3], with: &valueDimensions)
      }
      guard attention != nil || states != nil else {
        throw fault(index, .lacksCompanion("attention.\(sentence)"))
      }
      return Entry(
        pieces: index.shape[0], wordIndex: index, attention: attention, states: states, pieceIDs: pieceIDs,
        values: values)
    }

    mutating func vocabulary() throws(ActivationError) -> (ids: TensorHeader, embeddings: TensorHeader)? {
      let (ids, embeddings) = ("vocabulary.ids", "vocabulary.embeddings")
      switch (file.tensor(named: ids), file.tensor(named: embeddings)) {
      case (nil, nil): return nil
      case (let found?, nil): throw fault(found, .lacksCompanion(embeddings))
      case (nil, let found?): throw fault(found, .lacksCompanion(ids))
      case (let ids?, let embeddings?):
        try check(ids, "[pieces of the vocabulary]", rank: 1, isInteger: true)
        try check(embeddings, "[pieces of the vocabulary, dimensions]", rank: 2)
        var size: Size? = (ids.shape[0], ids.name)
        try agree(embeddings, "pieces of the vocabulary", embeddings.shape[0], with: &size)
        try agree(embeddings, "dimensions", embeddings.shape[1], with: &dimensions)
        return (ids, embeddings)
      }
    }

    private func parse<T>(
      _ entry: String, _ text: String, _ body: (inout JSONCursor) throws(SyntaxFailure) -> T
    ) throws(ActivationError) -> T {
      var fault: SyntaxFailure?
      let bytes = Array(text.utf8)
      let value: T? = bytes.withUnsafeBytes { buffer in
        do throws(SyntaxFailure) {
          var cursor = JSONCursor(buffer)
          let value = try body(&cursor)
          try cursor.expectEnd("nothing after it")
          return value
        } catch {
          fault = error
          return nil
        }
      }
      if let value { return value }
      throw ActivationError(
        file: file.name, place: .init(offset: fault?.offset),
        problem: .attention(
          .metadata(entry: entry, found: fault?.found ?? "", expected: fault?.expected ?? "JSON")))
    }

    /// The numbers of the layers; 0, 1, ... if the metadata do not have any.
    func labels(_ entry: String, count: Int) throws(ActivationError) -> [Int] {
      guard count > 0, let text = file.metadata[entry] else { return Array(0..<count) }
      let labels: [Int] = try parse(entry, text) { cursor throws(SyntaxFailure) in
        var labels: [Int] = []
        try cursor.array { cursor throws(SyntaxFailure) in
          let next = try cursor.count("the number of a layer")
          if let last = labels.last, next <= last {
            throw SyntaxFailure(
              offset: cursor.position, found: "\(next) after \(last)",
              expected: "ascending numbers, none twice")
          }
          labels.append(next)
        }
        return labels
      }
      guard labels.count == count else {
        throw ActivationError(
          file: file.name,
          problem: .attention(.labels(entry: entry, found: labels.count, expected: count)))
      }
      return labels
    }

    func words(of sentences: [String]) throws(ActivationError) -> [String: [String]]? {
      guard let text = file.metadata["words"] else { return nil }
      let words: [String: [String]] = try parse("words", text) { cursor throws(SyntaxFailure) in
        var words: [String: [String]] = [:]
        try cursor.object { (cursor, name, offset) throws(SyntaxFailure) in
          let line = try cursor.string()
          // By scalars: a combining mark would hide the space before it.
          let split = line.unicodeScalars.split(separator: " ", omittingEmptySubsequences: false)
          guard words.updateValue(split.map { String($0) }, forKey: name) == nil else {
            throw SyntaxFailure(
              offset: offset, found: "the sentence \"\(name)\" a second time", expected: "each name once")
          }
        }
        return words
      }
      for sentence in sentences where words[sentence] == nil {
        throw ActivationError(
          file: file.name, place: .init(sentence: sentence), problem: .attention(.unlistedSentence))
      }
      return words
    }
  }
}

extension ElementType {
  /// Whether elements are whole numbers.
  public var isInteger: Bool {
    switch self {
    case .int64, .int32, .int16, .int8, .uint64, .uint32, .uint16, .uint8: true
    default: false
    }
  }

  /// Whether elements are floating-point numbers that are converted.
  public var isFloatingPoint: Bool {
    switch self {
    case .float64, .float32, .float16, .bfloat16: true
    default: false
    }
  }
}

/// Names in the order that people expect: numbers in them are compared as numbers.
enum NaturalOrder {
  /// A total order of byte strings; names that are equal as Unicode text but differ in bytes are told apart.
  static func precedes(_ a: String, _ b: String) -> Bool {
    let (x, y) = (Array(a.utf8), Array(b.utf8))
    var (i, j) = (0, 0)
    while i < x.count, j < y.count {
      if isDigit(x[i]), isDigit(y[j]) {
        let (first, second) = (run(x, i), run(y, j))
        // Without leading zeros, the longer number is the larger.
        let (p, q) = (x[first].drop { $0 == 0x30 }, y[second].drop { $0 == 0x30 })
        if p.count != q.count { return p.count < q.count }
        if !p.elementsEqual(q) { return p.lexicographicallyPrecedes(q) }
        (i, j) = (first.upperBound, second.upperBound)
      } else {
        if x[i] != y[j] { return x[i] < y[j] }
        (i, j) = (i + 1, j + 1)
      }
    }
    let (restOfA, restOfB) = (x.count - i, y.count - j)
    if restOfA != 0 || restOfB != 0 { return restOfA == 0 && restOfB != 0 }
    return x.lexicographicallyPrecedes(y)
  }

  private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

  private static func run(_ bytes: [UInt8], _ start: Int) -> Range<Int> {
    var end = start
    while end < bytes.count, isDigit(bytes[end]) { end += 1 }
    return start..<end
  }
}
