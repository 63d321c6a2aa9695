import Hypotheses
import Probing
import Resampling
import Rivals
import Testing

/// What a head finds, and what the rivals' worlds are.
struct HeadFinderTests {
  static let key = StreamKey(seed: 40, "heads")

  /// Sixty sentences, eight heads, one set with every relation and one with every third word.
  static func example(
    _ replicate: Int = 0, sentences: Int = 60, lengths: ClosedRange<Int> = 2...18, heads: Int = 8
  ) -> (trees: SyntheticTrees, attention: MostAttended, relations: Relations) {
    var stream = RandomStream(key.appending("example"), replicate: replicate)
    let trees = SyntheticTrees(sentences: sentences, lengths: lengths, &stream)
    let attention = trees.attention(heads: heads, &stream)
    return (
      trees, attention,
      Relations(heads: trees.heads, sets: 2) { sentence, word in (sentence + word) % 3 == 0 ? [0, 1] : [0] }
    )
  }

  static func cells(_ heads: Int, sets: Int = 1) -> [HeadCell] {
    (0..<sets).flatMap { set in
      HeadAccuracy.Direction.allCases.flatMap { direction in
        (0..<heads).map { HeadCell(head: $0, direction: direction, set: set) }
      }
    }
  }

  // MARK: Most attended words

  @Test("the largest weight of every row, the word's own left out")
  func mostAttended() {
    var stream = RandomStream(Self.key, replicate: 1)
    for length in [1, 2, 15, 16, 17, 40] {
      let heads = 3
      let weights = (0..<heads * length * length).map { _ in Float(stream.uniform()) }
      let targets = MostAttended.targets(
        of: weights, length: length, heads: heads, sentence: 0, key: Self.key)
      for head in 0..<heads {
        for word in 0..<length {
          let row = weights[(head * length + word) * length..<(head * length + word + 1) * length]
          let others = row.enumerated().filter { $0.offset != word }
          let best = others.max { $0.element < $1.element }.map { UInt16($0.offset) }
          #expect(targets[word * heads + head] == best ?? MostAttended.nowhere)
        }
      }
    }
  }

  @Test("rows of zeros point nowhere, and so do those whose weight is on special pieces")
  func nowhere() {
    // One head, three words, causal: the first word sees itself alone.
    let weights: [Float] = [1, 0, 0, 0.3, 0.7, 0, 0.2, 0.1, 0.1]
    func targets(_ special: [Float]?) -> [UInt16] {
      MostAttended.targets(
        of: weights, special: special, length: 3, heads: 1, sentence: 0, key: Self.key)
    }
    #expect(targets(nil) == [.max, 0, 0])
    #expect(targets([0.5, 0.3, 0.6]) == [.max, 0, .max])
    // NaN is never the largest, and negative weights count as weights.
    let odd: [Float] = [0, .nan, -2, .nan, 0, .nan, -1, -3, 0]
    #expect(
      MostAttended.targets(of: odd, length: 3, heads: 1, sentence: 0, key: Self.key) == [2, .max, 0])
  }

  @Test("ties are drawn, each word equally likely, whatever else is measured")
  func ties() {
    var counts = [Int](repeating: 0, count: 5)
    var weights = [Float](repeating: 0.25, count: 25)
    weights[4] = 0.1
    for sentence in 0..<3000 {
      let targets = MostAttended.targets(
        of: weights, length: 5, heads: 1, sentence: sentence, key: Self.key)
      counts[Int(targets[0])] += 1
      let more = MostAttended.targets(
        of: weights + weights, length: 5, heads: 2, sentence: sentence, key: Self.key)
      #expect(more[0] == targets[0])
    }
    #expect(counts[0] == 0 && counts[4] == 0)
    for word in 1...3 { #expect((900...1100).contains(counts[word])) }
  }

  // MARK: Accuracies

  @Test("to_head asks the dependent, to_dependent asks the head")
  func directions() {
    // Words 1 and 3 hang on 2, the root. Word 2 attends to 1, words 1 and 3 to each other.
    let relations = Relations(
      heads: [[2, 0, 2]], relations: [["det", "root", "obj"]], sets: [["det", "obj"], ["obj"]])
    #expect(relations.sets == [[0, 2], [2]])
    let attention = MostAttended(heads: 1, lengths: [3], targets: [2, 0, 1])
    let scores = headAccuracy(
      attention, relations,
      cells: [
        HeadCell(head: 0, direction: .toHead), HeadCell(head: 0, direction: .toDependent),
        HeadCell(head: 0, direction: .toHead, set: 1), HeadCell(head: 0, direction: .toDependent, set: 1),
      ])
    #expect(scores.map(\.score) == [0.5, 0.5, 1, 0])
    #expect(scores[0].weights == [2])
  }

  @Test("who has no head is no item")
  func rootsAreNoItems() {
    let relations = Relations(heads: [[0, 2, 9, 1], []], sets: 1) { _, _ in [0] }
    #expect(relations.sets == [[3]])
    #expect(relations.items(of: 0) == [1, 0])
    #expect(SentenceSums(sums: [0, 0], weights: [0, 0]).score == 0)
  }

  @Test("a planted head is found exactly, and by its family")
  func plantedHead() async throws {
    let (trees, attention, relations) = Self.example(sentences: 100)
    // Four of five items point at their head, the fifth nowhere.
    var item = 0
    let planted = attention.rewriting(head: 5) { sentence, word in
      guard trees.heads[sentence][word] > 0 else { return nil }
      defer { item += 1 }
      return item % 5 == 4 ? -1 : trees.heads[sentence][word] - 1
    }
    let cells = Self.cells(8)
    let scores = headAccuracy(planted, relations, cells: cells)
    let right = item - item / 5
    #expect(scores[5].sums.reduce(0, +) == Double(right))
    #expect(scores[5].score == Double(right) / Double(item))
    let family = FamilyStatistic(.any)
    #expect(family.best(of: scores) == 5)
    let null = try await PermutedHeadsWorlds(relations, key: Self.key).nullScores(
      replicates: 0..<199, attention: planted, cells: cells, jobs: 2)
    #expect(family.pValue(observed: scores.map(\.score), null: null).value == 0.005)
    let adjusted = family.maxT(observed: scores.map(\.score), null: null)
    #expect(adjusted.singleStep[5].value == 0.005)
    let interval = try await FamilyUncertainty(cells: scores, statistic: family, key: Self.key, jobs: 2)
      .scoreInterval()
    #expect(interval.contains(0.8) && interval.upperBound - interval.lowerBound < 0.1)
    // Each head is not found.
    #expect(FamilyStatistic(.each).pValue(observed: scores.map(\.score), null: null).value > 0.05)
    // Chosen on other sentences it is the same head in every fold.
    let selected = FamilyStatistic(.selected(foldOf: (0..<100).map { $0 % 5 }))
    #expect(selected.selection(of: scores).cells == [5, 5, 5, 5, 5])
    #expect(selected.value(of: scores) == scores[5].score)
  }

  @Test("a head that looks one word back is the offset -1")
  func oneWordBack() {
    let (_, attention, relations) = Self.example()
    let back = attention.rewriting(head: 2) { _, word in word - 1 }
    let foldOf = (0..<60).map { $0 % 4 }
    for direction in HeadAccuracy.Direction.allCases {
      let head = headAccuracy(back, relations, cells: [HeadCell(head: 2, direction: direction)])[0]
      let offset = FixedOffsetWorlds(relations, direction: direction, offsets: -1...0, foldOf: foldOf)
      #expect(offset.sums == head)
      #expect(offset.chosen == [-1, -1, -1, -1])
      #expect(offset.table[0].accuracy == head.score)
    }
  }

  // MARK: Statistics of families

  @Test("the sign exchanges best and worst")
  func signs() {
    let cells = [0.2, 0.9, 0.5].map { SentenceSums(sums: [$0, $0], weights: [1, 1]) }
    #expect(FamilyStatistic(.any).value(of: cells) == 0.9)
    #expect(FamilyStatistic(.each).value(of: cells) == 0.2)
    #expect(FamilyStatistic(.any, sign: -1).value(of: cells) == 0.2)
    #expect(FamilyStatistic(.each, sign: -1).value(of: cells) == 0.9)
    #expect(FamilyStatistic(.any, sign: -1).best(of: cells) == 0)
    #expect(FamilyStatistic(.selected(foldOf: [0, 1]), sign: -1).selection(of: cells).cells == [0, 0])
    #expect(FamilyStatistic(.one).value(of: [cells[2]]) == 0.5)
  }

  @Test("a selection scores sentences that did not choose")
  func selection() {
    // Each cell is right in one sentence alone: whoever is chosen elsewhere is wrong here.
    let cells = [
      SentenceSums(sums: [1, 0], weights: [1, 1]), SentenceSums(sums: [0, 1], weights: [1, 1]),
    ]
    let selection = FamilyStatistic(.selected(foldOf: [0, 1])).selection(of: cells)
    #expect(selection.cells == [1, 0])
    #expect(selection.sums.score == 0)
  }

  // MARK: Worlds

  @Test("offsets and nearest words agree with an independent computation")
  func independent() throws {
    struct HeldOut: Decodable {
      var chosen: [Int]
      var best: Int
      var sums: [Double]
      var hits: [Int]?
    }
    struct Case: Decodable {
      var relation: String
      var direction: String
      var items: [Double]
      var offsets: HeldOut
      var given: [Int]
      var givenBest: HeldOut
      var every: [Int]
      var everyBest: HeldOut
      var uniform: [Double]
    }
    struct Trees: Decodable {
      var heads: [[Int]]
      var relations: [[String]]
      var tags: [[String]]
      var folds: [Int]
      var cases: [Case]
    }
    let trees = try fixture("heads", as: Trees.self)
    #expect(trees.cases.count == 6)
    for expected in trees.cases {
      let relations = Relations(
        heads: trees.heads, relations: trees.relations, sets: [[expected.relation]])
      let direction = try #require(HeadAccuracy.Direction(rawValue: expected.direction))
      #expect(relations.items(of: 0) == expected.items)
      let offsets = FixedOffsetWorlds(
        relations, direction: direction, offsets: -4...5, foldOf: trees.folds)
      #expect(offsets.table.map(\.hits) == expected.offsets.hits)
      #expect(offsets.table.map(\.offset) == [-4, -3, -2, -1, 1, 2, 3, 4, 5])
      #expect(offsets.chosen == expected.offsets.chosen)
      #expect(offsets.best == expected.offsets.best)
      #expect(offsets.sums == SentenceSums(sums: expected.offsets.sums, weights: expected.items))
      for (rival, hits, best) in [
        (NearestWord(tags: ["NOUN", "VERB"]), expected.given, expected.givenBest),
        (NearestWord(), expected.every, expected.everyBest),
      ] {
        let words = NearestWordWorlds(
          relations, direction: direction, tags: trees.tags, rival: rival, foldOf: trees.folds)
        #expect(words.table.map(\.hits) == hits)
        #expect(words.chosen == best.chosen)
        #expect(words.best == best.best)
        #expect(words.sums == SentenceSums(sums: best.sums, weights: expected.items))
      }
      let either = NearestWordWorlds(
        relations, direction: direction, tags: trees.tags,
        rival: NearestWord(tags: ["NOUN", "VERB"], side: .either), foldOf: trees.folds)
      #expect(either.table.map(\.hits) == [expected.given[2]])
      let uniform = UniformAttentionWorlds(relations, direction: direction)
      #expect(zip(uniform.sums.sums, expected.uniform).allSatisfy { abs($0 - $1) < 1e-12 })
      let all = UniformAttentionWorlds(
        relations, direction: direction, support: AttentionSupport(lengths: relations.lengths, causal: false))
      #expect(zip(all.sums.sums, expected.uniform).allSatisfy { abs($0 - $1) < 1e-12 })
    }
  }

  @Test("permuted heads keep the multiset and the items, and no word is its own head")
  func permutedHeads() {
    let (_, _, relations) = Self.example()
    let worlds = PermutedHeadsWorlds(relations, key: Self.key)
    var moved = 0
    for replicate in 0..<50 {
      let world = worlds.relations(replicate: replicate)
      #expect(world.sets == relations.sets)
      for sentence in relations.lengths.indices {
        let range = relations.starts[sentence]..<relations.starts[sentence + 1]
        #expect(world.heads[range].sorted() == relations.heads[range].sorted())
        for word in range {
          #expect(Int(world.heads[word]) != word - range.lowerBound)
          #expect((world.heads[word] == Relations.root) == (relations.heads[word] == Relations.root))
          moved += world.heads[word] == relations.heads[word] ? 0 : 1
        }
      }
      #expect(world == worlds.relations(replicate: replicate))
    }
    #expect(moved > 50 * relations.heads.count / 2)
  }

  @Test("every arrangement without a word that has itself is equally likely")
  func uniformArrangements() {
    // Word 1 is the root with 2 and 3 on it, 4 hangs on 2 and 5 on 3: heads 1, 1, 2, 3 of words 2 to 5.
    let relations = Relations(heads: [[0, 1, 1, 2, 3]], sets: 1) { _, _ in [0] }
    let worlds = PermutedHeadsWorlds(relations, key: Self.key)
    var counts: [[UInt16]: Int] = [:]
    for replicate in 0..<7000 { counts[worlds.relations(replicate: replicate).heads, default: 0] += 1 }
    // Of twelve arrangements of the multiset, seven give neither word 2 nor word 3 itself.
    #expect(counts.count == 7)
    for count in counts.values { #expect((880...1120).contains(count)) }
  }

  @Test("where no arrangement is left the observed one stands")
  func noArrangement() {
    // Two words; and a star whose middle hangs on the root.
    let relations = Relations(heads: [[0, 1], [0, 1, 2, 2, 2]], sets: 1) { _, _ in [0] }
    let worlds = PermutedHeadsWorlds(relations, key: Self.key)
    for replicate in 0..<20 { #expect(worlds.relations(replicate: replicate).heads == relations.heads) }
  }

  @Test("the fast null is the slow one, for any number of jobs")
  func fastNull() async throws {
    // Sentences on both sides of what a byte holds, more items than a byte counts, heads that fill no vector.
    for (replicate, sentences, lengths, heads) in [
      (0, 300, 2...18, 70), (1, 5, 250...258, 3), (2, 140, 1...9, 17), (3, 3, 255...256, 16),
    ] {
      let (_, attention, relations) = Self.example(
        replicate, sentences: sentences, lengths: lengths, heads: heads)
      let cells = Self.cells(heads, sets: 2).filter { $0.head != 1 }
      let worlds = PermutedHeadsWorlds(relations, key: Self.key)
      let null = try await worlds.nullScores(
        replicates: 3..<25, attention: attention, cells: cells, jobs: 2)
      let single = try await worlds.nullScores(
        replicates: 3..<25, attention: attention, cells: cells, jobs: 1)
      #expect(null == single)
      for row in [0, 9, 21] {
        let slow = worlds.sums(replicate: row + 3, attention: attention, cells: cells).map(\.score)
        #expect(Array(null.row(row)) == slow)
      }
      // A selection too.
      let foldOf = (0..<sentences).map { $0 % 3 }
      let statistic = FamilyStatistic(.selected(foldOf: foldOf))
      let family = cells.filter { $0.set == 0 }
      let selections = try await worlds.nullSelections(
        replicates: 3..<25, attention: attention, cells: family, statistic: statistic, jobs: 2)
      for row in [0, 9, 21] {
        let slow = worlds.sums(replicate: row + 3, attention: attention, cells: family)
        #expect(abs(selections[row] - statistic.value(of: slow)) < 1e-12)
      }
    }
  }

  @Test("permuted attention points anywhere that a word can see, at uniform attention's rate")
  func permutedAttention() {
    let (_, attention, relations) = Self.example()
    let blind = attention.rewriting(head: 3) { _, _ in -1 }
    for causal in [false, true] {
      let support = AttentionSupport(lengths: relations.lengths, causal: causal)
      let worlds = PermutedAttentionWorlds(blind, relations, support: support, key: Self.key)
      var scores = [0.0, 0.0]
      for replicate in 0..<40 {
        let world = worlds.world(replicate: replicate)
        #expect(world == worlds.world(replicate: replicate))
        for word in relations.heads.indices {
          let position = word - relations.starts[Int(relations.sentenceOf[word])]
          for head in 0..<8 {
            let target = world.targets[word * 8 + head]
            #expect(
              head == 3 || causal && position == 0 ? target == MostAttended.nowhere : target != position)
            if causal && target != MostAttended.nowhere { #expect(target < position) }
          }
        }
        let cells = Self.cells(8).filter { $0.head != 3 }
        let sums = headAccuracy(world, relations, cells: cells).map(\.score)
        scores[0] += sums[..<7].reduce(0, +) / 280
        scores[1] += sums[7...].reduce(0, +) / 280
      }
      for (direction, score) in zip(HeadAccuracy.Direction.allCases, scores) {
        let uniform = UniformAttentionWorlds(relations, direction: direction, support: support).sums.score
        #expect(abs(score - uniform) < 0.01)
      }
      // A row is the same whatever else is asked.
      let few = Relations(heads: HeadFinderTests.example().trees.heads, sets: 1) { $1 == 2 ? [0] : [] }
      let other = PermutedAttentionWorlds(blind, few, support: support, key: Self.key).world(replicate: 7)
      let world = worlds.world(replicate: 7)
      #expect(
        other.targets.indices.allSatisfy {
          other.targets[$0] == MostAttended.nowhere || other.targets[$0] == world.targets[$0]
        })
      #expect(other.targets.contains { $0 != MostAttended.nowhere })
    }
  }

  @Test("random attention prefers nothing, and sees what can be seen")
  func randomAttention() {
    let (_, _, relations) = Self.example()
    for causal in [false, true] {
      let support = AttentionSupport(lengths: relations.lengths, causal: causal)
      let worlds = RandomAttentionWorlds(
        relations, heads: 4, support: support, width: 24, key: Self.key,
        states: { sentence in
          var stream = RandomStream(Self.key.appending("states"), replicate: sentence)
          var states = [Float](repeating: 0, count: relations.lengths[sentence] * 24)
          stream.fillWithNormals(&states)
          return states
        })
      var score = 0.0
      for replicate in 0..<20 {
        let world = worlds.world(replicate: replicate)
        if replicate < 2 { #expect(world == worlds.world(replicate: replicate)) }
        for word in relations.heads.indices {
          let position = word - relations.starts[Int(relations.sentenceOf[word])]
          for target in world.targets[word * 4..<(word + 1) * 4] where target != MostAttended.nowhere {
            #expect(causal ? target < position : target != position)
          }
        }
        let cells = (0..<4).map { HeadCell(head: $0, direction: .toHead) }
        score += headAccuracy(world, relations, cells: cells).map(\.score).reduce(0, +) / 80
      }
      let uniform = UniformAttentionWorlds(relations, direction: .toHead, support: support).sums.score
      #expect(abs(score - uniform) < 0.03)
    }
  }

  @Test("support is what some head sees")
  func support() {
    var support = AttentionSupport()
    support.append(weights: [1, 0, 0.5, 0.5, 1, 0, 0, 1], length: 2, heads: 2)
    #expect(support.positions == [0])
    #expect(support.starts == [0, 0, 1])
    #expect(support == AttentionSupport(lengths: [2], causal: true))
  }
}
