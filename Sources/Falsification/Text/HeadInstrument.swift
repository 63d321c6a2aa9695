internal import Activations
internal import GSL
internal import Hypotheses
internal import Probing
internal import Resampling
internal import Rivals

/// Head accuracy, cell by cell.
struct HeadInstrument: TextInstrument {
  private let cells: [HeadCell]
  private let most: MostAttended
  private let support: AttentionSupport
  private let relations: Relations
  private let source: TextSource
  private let sentences: [Int]
  private let folds: Int
  private let key: StreamKey
  private let jobs: Int

  init(
    _ quantities: [HeadAccuracy], _ source: TextSource, sentences: [Int], folds: Int, key: StreamKey, jobs: Int
  ) async throws {
    let file = source.file
    self.source = source
    self.sentences = sentences
    self.folds = folds
    self.key = key
    self.jobs = jobs
    var slices: [Int: Int] = [:]
    for (slice, layer) in file.layers.enumerated() { slices[layer] = slice }
    // Sets of relations, each once.
    var sets: [[String]] = []
    var cells: [HeadCell] = []
    for quantity in quantities {
      guard let slice = slices[quantity.layer], quantity.head < file.heads else {
        throw BindingError.noHead(path: file.name, layer: quantity.layer, head: quantity.head)
      }
      let set =
        sets.firstIndex(of: quantity.relations)
        ?? {
          sets.append(quantity.relations)
          return sets.count - 1
        }()
      cells.append(
        HeadCell(head: slice * file.heads + quantity.head, direction: quantity.direction, set: set))
    }
    self.cells = cells
    let words = sentences.map { source.treebank.sentences[$0].words }
    relations = Relations(
      heads: words.map { $0.map(\.head) }, relations: words.map { $0.map(\.relation) }, sets: sets)

    // Sentences are read in parts, one buffer for each.
    let ties = key.appending("ties")
    let matrices = file.layers.count * file.heads
    let part = 32
    let parts = try await mapConcurrently((sentences.count + part - 1) / part, jobs: jobs) {
      index -> (targets: [UInt16], support: [AttentionSupport]) in
      var buffer = WordAttention()
      var targets: [UInt16] = []
      var supports: [AttentionSupport] = []
      for number in index * part..<min((index + 1) * part, sentences.count) {
        do throws(ActivationError) {
          try buffer.read(
            file, sentence: source.places[sentences[number]]!, weights: source.weights,
            specials: source.special == .keep ? .keep : .drop)
        } catch {
          throw BindingError.data(error)
        }
        targets += MostAttended.targets(
          of: buffer.weights, special: source.special == .keep ? buffer.specialWeights : nil,
          length: buffer.words, heads: matrices, sentence: number, key: ties)
        var support = AttentionSupport()
        support.append(weights: buffer.weights, length: buffer.words, heads: matrices)
        supports.append(support)
      }
      return (targets, supports)
    }
    most = MostAttended(heads: matrices, lengths: words.map(\.count), targets: parts.flatMap(\.targets))
    support = AttentionSupport(joining: parts.flatMap(\.support))
  }

  func scores() async throws -> [SentenceSums] { headAccuracy(most, relations, cells: cells) }
}
