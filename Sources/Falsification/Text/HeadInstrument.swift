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
    _ quantities: [HeadAccuracy], _ source: TextSource, sentences: [Int], folds: Int, key: StreamKey,
    jobs: Int
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
      index -> (targets: [UInt16], support: AttentionSupport) in
      var buffer = WordAttention()
      var targets: [UInt16] = []
      var support = AttentionSupport()
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
        support.append(weights: buffer.weights, length: buffer.words, heads: matrices)
      }
      return (targets, support)
    }
    most = MostAttended(heads: matrices, lengths: words.map(\.count), targets: parts.flatMap(\.targets))
    var support = AttentionSupport()
    for part in parts { support.append(contentsOf: part.support) }
    self.support = support
  }

  func scores() async throws -> [SentenceSums] { headAccuracy(most, relations, cells: cells) }

  func worlds(of rival: TextRival, _ replicates: Range<Int>, key: StreamKey) async throws -> [[SentenceSums]]
  {
    switch rival {
    case .fixedOffset(let rival):
      let foldOf = try foldOf()
      return [
        perCell {
          FixedOffsetWorlds(
            relations, set: $0.set, direction: $0.direction, offsets: rival.offsets, foldOf: foldOf
          ).sums
        }
      ]
    case .nearestWord(let rival):
      let foldOf = try foldOf()
      let tags = sentences.map { source.treebank.sentences[$0].words.map { $0.upos ?? "_" } }
      return [
        perCell {
          NearestWordWorlds(
            relations, set: $0.set, direction: $0.direction, tags: tags, rival: rival, foldOf: foldOf
          ).sums
        }
      ]
    case .uniformAttention:
      return [
        perCell {
          UniformAttentionWorlds(relations, set: $0.set, direction: $0.direction, support: support).sums
        }
      ]
    case .permutedHeads:
      let worlds = PermutedHeadsWorlds(relations, key: key)
      return try await mapConcurrently(replicates.count, jobs: jobs) {
        worlds.sums(replicate: replicates.lowerBound + $0, attention: most, cells: cells)
      }
    case .permutedAttention:
      let worlds = PermutedAttentionWorlds(most, relations, support: support, key: key)
      return try await mapConcurrently(replicates.count, jobs: jobs) {
        headAccuracy(worlds.world(replicate: replicates.lowerBound + $0), relations, cells: cells)
      }
    case .randomAttention:
      let worlds = try randomAttention(key: key)
      return try await mapConcurrently(replicates.count, jobs: jobs) {
        headAccuracy(worlds.world(replicate: replicates.lowerBound + $0), relations, cells: cells)
      }
    default: preconditionFailure("the checker sets no other rival against heads")
    }
  }

  func distinctWorlds(of rival: TextRival, _ replicates: Range<Int>, key: StreamKey) -> Int? {
    switch rival {
    case .permutedHeads:
      let worlds = PermutedHeadsWorlds(relations, key: key)
      return Set(replicates.map { worlds.relations(replicate: $0).heads }).count
    case .permutedAttention:
      let worlds = PermutedAttentionWorlds(most, relations, support: support, key: key)
      return Set(replicates.map { worlds.world(replicate: $0).targets }).count
    default: return nil
    }
  }

  func arrangements(of rival: TextRival, cells: [Int]) -> Double? {
    let asked = cells.map { self.cells[$0] }
    switch rival {
    case .permutedHeads:
      return PermutedHeadsWorlds.arrangements(of: relations, sets: Set(asked.map(\.set)))
    case .permutedAttention:
      return PermutedAttentionWorlds.arrangements(of: most, relations, support: support, cells: asked)
    default: return nil
    }
  }

  /// One score per set of relations and direction, given to every cell that has them; a single one where all share them.
  private func perCell(_ score: (HeadCell) -> SentenceSums) -> [SentenceSums] {
    var known: [HeadCell: SentenceSums] = [:]
    var scores: [SentenceSums] = []
    for var cell in cells {
      cell.head = 0
      let found = known[cell] ?? score(cell)
      known[cell] = found
      scores.append(found)
    }
    return known.count == 1 ? [scores[0]] : scores
  }

  private func foldOf() throws(BindingError) -> [Int] {
    guard
      let split = Split(
        items: sentences.count, folds: folds, groups: nil, key: key.appending("offsets"), repetition: 0)
    else { throw .textProbe(.tooFewSentences(sentences.count, folds: folds), measurement: "head_accuracy") }
    return split.foldOf
  }

  /// Random projections of what the first layer in the file reads, each word the mean of its pieces.
  private func randomAttention(key: StreamKey) throws(BindingError) -> RandomAttentionWorlds {
    let file = source.file
    guard let layer = file.stateLayers.first, let width = file.dimensions,
      sentences.allSatisfy({ file.hasStates(source.places[$0]!) })
    else { throw .noStates(path: file.name, rival: "random_attention") }
    let trees = try Binder.reading { () throws(ActivationError) in try source.trees(sentences, layer: layer) }
    let starts = relations.starts
    return RandomAttentionWorlds(
      relations, heads: most.heads, support: support, width: width, key: key,
      states: { sentence in
        Array(trees.states.elements[starts[sentence] * width..<starts[sentence + 1] * width])
      })
  }

  /// A word guessed among those that the asked one can attend to.
  var floors: [Double] {
    let uniform = perCell {
      UniformAttentionWorlds(relations, set: $0.set, direction: $0.direction, support: support).sums
    }
    return cells.indices.map { (uniform.count == 1 ? uniform[0] : uniform[$0]).score }
  }

  /// The share of items whose word can be attended to at all: in a causal model, those to the left.
  var ceilings: [Double] {
    let reachable = perCell { cell in
      var sums = [Double](repeating: 0, count: relations.lengths.count)
      for item in relations.sets[cell.set] {
        let word = Int(item)
        let sentence = Int(relations.sentenceOf[word])
        let start = relations.starts[sentence]
        let (asked, wanted) =
          cell.direction == .toHead
          ? (word, relations.heads[word]) : (start + Int(relations.heads[word]), UInt16(word - start))
        if support.positions[support.starts[asked]..<support.starts[asked + 1]].contains(wanted) {
          sums[sentence] += 1
        }
      }
      return SentenceSums(sums: sums, weights: relations.items(of: cell.set))
    }
    return cells.indices.map { (reachable.count == 1 ? reachable[0] : reachable[$0]).score }
  }

  func gates() async throws -> [Gate] {
    // One head whose rows are rewritten to point along the first cell's relation.
    let cell = cells[0]
    var targets = [UInt16](repeating: MostAttended.nowhere, count: relations.heads.count)
    for item in relations.sets[cell.set] {
      let word = Int(item)
      let start = relations.starts[Int(relations.sentenceOf[word])]
      if cell.direction == .toHead {
        targets[word] = relations.heads[word]
      } else {
        targets[start + Int(relations.heads[word])] = UInt16(word - start)
      }
    }
    let planted = MostAttended(heads: 1, lengths: relations.lengths, targets: targets)
    let asked = HeadCell(head: 0, direction: cell.direction, set: cell.set)
    let found = headAccuracy(planted, relations, cells: [asked])[0].score
    // Towards dependents, a head of several can point at one of them only.
    let least = cell.direction == .toHead ? 1 : 0.3
    let rearranged = PermutedHeadsWorlds(relations, key: key.appending("gate"))
    let null = try await rearranged.nullScores(
      replicates: 0..<20, attention: planted, cells: [asked], jobs: jobs)
    let mean = null.elements.reduce(0, +) / 20
    return [
      Gate(
        name: Gate.plantedSignal, passed: found >= least - 1e-12,
        detail:
          "a head that points along the relation scores \(Wording.number(found)), and must score at least \(Wording.number(least))"
      ),
      Gate(
        name: "permuted_below_planted", passed: mean < found,
        detail:
          "with the tree's heads rearranged the same head scores \(Wording.number(mean)) on average, and must score less"
      ),
    ]
  }

  var items: Int { Set(cells.map(\.set)).reduce(0) { $0 + relations.sets[$1].count } }

  var dimensions: Int { most.heads }

  var notes: [String] {
    var notes = [
      source.special == .drop
        ? "Special pieces are left out: a word points to the word that it attends to most, other than itself."
        : "Special pieces are kept: a word that attends most to one points nowhere, which is wrong."
    ]
    if source.weights == .effective {
      notes.append("Attention is effective attention: without its part in the null space of the values.")
    }
    return notes
  }
}
