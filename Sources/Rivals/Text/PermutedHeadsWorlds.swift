public import GSL
public import Probing
public import Resampling

/// The worlds of `permuted_heads`: within each sentence the head positions of its non-root words are rearranged among these
/// words, such that no word is its own head. Attention stays as it is, and so do the items: which words are asked about.
///
/// Tests the null that, given the sentence and its multiset of heads, which word has which says nothing about attention.
/// Every arrangement that gives no word itself is equally likely, the observed one among them. An arrangement is drawn by
/// rejection; after `attempts` refusals the observed one stands, which only makes the test more cautious.
public struct PermutedHeadsWorlds: Sendable {
  /// How many arrangements of a sentence are tried.
  public static let attempts = 100
  /// Sentences that share a random stream, and that are scored in many worlds while they are in the cache.
  static let block = 128
  /// Worlds that one task scores, block after block.
  static let chunk = 16

  private let relations: Relations
  /// One per block of sentences.
  private let keys: [StreamKey]

  public init(_ relations: Relations, key: StreamKey) {
    self.relations = relations
    let blocks = (relations.lengths.count + Self.block - 1) / Self.block
    keys = (0..<blocks).map { key.appending("sentences \($0)") }
  }

  /// The relations in one world: the same items with other heads. A pure function of the replicate.
  public func relations(replicate: Int) -> Relations {
    var heads = relations.heads
    for block in keys.indices { arrange(block, replicate, &heads) }
    return relations.replacing(heads: heads)
  }

  /// What every cell scores in one world.
  public func sums(replicate: Int, attention: MostAttended, cells: [HeadCell]) -> [SentenceSums] {
    headAccuracy(attention, relations(replicate: replicate), cells: cells)
  }

  /// What every cell scores in many worlds, replicates by cells: the same numbers as those of `sums`, all cells of all sets
  /// of relations in one pass.
  ///
  /// A block of sentences is held as one byte per word and head. For every item the bytes of a row are compared with the
  /// world's position sixteen at a time, and equal ones counted in vector registers. Memory: a byte per word and head,
  /// the result twice, and little else.
  /// - Throws: `CancellationError`.
  public func nullScores(
    replicates: Range<Int>, attention: MostAttended, cells: [HeadCell], jobs: Int
  ) async throws -> Matrix<Double> {
    let scorer = FamilyNull(attention, relations, cells: cells, foldOf: nil)
    let totals = cells.map { Double(relations.sets[$0.set].count) }
    let chunks = try await score(replicates, scorer, jobs: jobs) { hits -> [Double] in
      cells.indices.map { totals[$0] > 0 ? Double(hits($0, 0)) / totals[$0] : 0 }
    }
    return Matrix(rows: replicates.count, columns: cells.count, elements: chunks.flatMap { $0 })
  }

  /// What a selection scores in many worlds: in each, cells are chosen anew on that world's other folds.
  /// - Precondition: the statistic is a selection.
  /// - Throws: `CancellationError`.
  public func nullSelections(
    replicates: Range<Int>, attention: MostAttended, cells: [HeadCell], statistic: FamilyStatistic, jobs: Int
  ) async throws -> [Double] {
    guard case .selected(let foldOf) = statistic.kind else { preconditionFailure("no selection is made") }
    precondition(foldOf.count == relations.lengths.count, "a fold for every sentence")
    let folds = (foldOf.max() ?? -1) + 1
    let scorer = FamilyNull(attention, relations, cells: cells, foldOf: foldOf)
    var weights = Matrix<Double>(rows: cells.count, columns: folds)
    for (cell, own) in cells.enumerated() {
      for item in relations.sets[own.set] { weights[cell, foldOf[Int(relations.sentenceOf[Int(item)])]] += 1 }
    }
    let fixed = weights
    let chunks = try await score(replicates, scorer, jobs: jobs) { hits -> [Double] in
      var sums = fixed
      for cell in cells.indices { for fold in 0..<folds { sums[cell, fold] = Double(hits(cell, fold)) } }
      let chosen = statistic.chosenCells(sums: sums, weights: fixed)
      let weight = chosen.enumerated().reduce(0) { $0 + fixed[$1.element, $1.offset] }
      return [weight == 0 ? 0 : chosen.enumerated().reduce(0) { $0 + sums[$1.element, $1.offset] } / weight]
    }
    return chunks.flatMap { $0 }
  }

  /// Counts hits of worlds, a chunk at a time, and makes of each world's what `values` makes of them.
  private func score(
    _ replicates: Range<Int>, _ scorer: FamilyNull, jobs: Int,
    _ values: @escaping @Sendable (_ hits: (_ cell: Int, _ fold: Int) -> UInt32) -> [Double]
  ) async throws -> [[Double]] {
    try await mapConcurrently((replicates.count + Self.chunk - 1) / Self.chunk, jobs: jobs) { chunk in
      let start = replicates.lowerBound + chunk * Self.chunk
      let worlds = start..<min(start + Self.chunk, replicates.upperBound)
      var counts = [UInt32](repeating: 0, count: worlds.count * scorer.size)
      var heads = relations.heads
      for block in keys.indices {
        for (place, replicate) in worlds.enumerated() {
          arrange(block, replicate, &heads)
          scorer.count(block, heads, into: &counts, at: place * scorer.size)
          restore(block, &heads)
        }
      }
      return worlds.indices.flatMap { replicate -> [Double] in
        let offset = (replicate - worlds.lowerBound) * scorer.size
        return values { counts[offset + scorer.place(cell: $0, fold: $1)] }
      }
    }
  }

  /// Puts the heads of a block's words in the order of a world. They stand in the observed order before.
  private func arrange(_ block: Int, _ replicate: Int, _ heads: inout [UInt16]) {
    var stream = RandomStream(keys[block], replicate: replicate)
    var words: [Int32] = []
    let last = min((block + 1) * Self.block, relations.lengths.count)
    let (starts, observed) = (relations.starts, relations.heads)
    heads.withUnsafeMutableBufferPointer { heads in
      for sentence in block * Self.block..<last {
        let (start, end) = (starts[sentence], starts[sentence + 1])
        words.removeAll(keepingCapacity: true)
        for word in start..<end where heads[word] != Relations.root { words.append(Int32(word)) }
        if words.count < 2 { continue }
        let isArranged = words.withUnsafeBufferPointer { words in
          attempts: for _ in 0..<Self.attempts {
            // Durstenfeld's shuffle, given up as soon as a word that is done has itself.
            for k in stride(from: words.count - 1, to: 0, by: -1) {
              let word = Int(words[k])
              heads.swapAt(word, Int(words[stream.below(k + 1)]))
              if Int(heads[word]) == word - start { continue attempts }
            }
            if Int(heads[Int(words[0])]) != Int(words[0]) - start { return true }
          }
          return false
        }
        if !isArranged { for word in start..<end { heads[word] = observed[word] } }
      }
    }
  }

  private func restore(_ block: Int, _ heads: inout [UInt16]) {
    let last = min((block + 1) * Self.block, relations.lengths.count)
    let (start, end) = (relations.starts[block * Self.block], relations.starts[last])
    relations.heads.withUnsafeBufferPointer { observed in
      heads.withUnsafeMutableBufferPointer { heads in
        for word in start..<end { heads[word] = observed[word] }
      }
    }
  }
}

/// Counts how often the rows of a family's heads point at given positions, by comparing bytes.
private struct FamilyNull: Sendable {
  /// A word's row: the family's heads, one byte each, filled up to a whole number of vectors.
  private let stride: Int
  private let bytes: [UInt8]
  /// Groups of items: by set of relations and fold.
  private let groups: Int
  private let folds: Int
  /// By cell, where the counts of its first fold stand.
  private let places: [Int]
  private let directions: [Bool]
  private let blocks: [Block]
  private let starts: [Int]
  /// What does not fit bytes: heads in the sentence's number of words, for sentences of 255 words and more.
  private let wide: [UInt16]
  private let attentionHeads: Int
  private let used: [Int]

  private struct Block: Sendable {
    /// The items' words, group by group.
    var items: [Int32] = []
    /// Each item's first word of its sentence.
    var sentenceStarts: [Int32] = []
    /// Where the items of each group begin; one more than there are groups.
    var groupStarts: [Int32] = [0]
    /// The items of sentences that do not fit bytes, with their groups.
    var long: [(item: Int32, start: Int32, group: Int32)] = []
  }

  /// How many counts there are in a world: direction by group by head.
  var size: Int { 2 * groups * stride }

  func place(cell: Int, fold: Int) -> Int { places[cell] + fold * stride }

  init(_ attention: MostAttended, _ relations: Relations, cells: [HeadCell], foldOf: [Int]?) {
    precondition(attention.lengths == relations.lengths, "attention and relations are of different sentences")
    precondition(
      cells.allSatisfy { (0..<attention.heads).contains($0.head) && relations.sets.indices.contains($0.set) },
      "no such head or set of relations")
    let used = Set(cells.map(\.head)).sorted()
    let sets = Set(cells.map(\.set)).sorted()
    let folds = foldOf.map { ($0.max() ?? -1) + 1 } ?? 1
    let stride = (used.count + 15) / 16 * 16
    let groups = sets.count * folds
    places = cells.map { cell in
      let (direction, set) = (cell.direction == .toHead ? 0 : 1, sets.firstIndex(of: cell.set)!)
      return (direction * groups + set * folds) * stride + used.firstIndex(of: cell.head)!
    }
    directions = [
      cells.contains { $0.direction == .toHead }, cells.contains { $0.direction == .toDependent },
    ]
    let words = relations.heads.count
    // 255 is nowhere, and fills up; positions up to 254 fit beside it.
    var bytes = [UInt8](repeating: .max, count: words * stride)
    let isLong = relations.lengths.map { $0 > 255 }
    for word in 0..<words where !isLong[Int(relations.sentenceOf[word])] {
      for (k, head) in used.enumerated() {
        bytes[word * stride + k] = UInt8(min(attention.targets[word * attention.heads + head], 255))
      }
    }
    let size = PermutedHeadsWorlds.block
    var members = [[[Int32]]](
      repeating: Array(repeating: [], count: groups), count: (relations.lengths.count + size - 1) / size)
    for (place, set) in sets.enumerated() {
      for item in relations.sets[set] {
        let sentence = Int(relations.sentenceOf[Int(item)])
        members[sentence / size][place * folds + (foldOf?[sentence] ?? 0)].append(item)
      }
    }
    blocks = members.map { members in
      var block = Block()
      for (group, items) in members.enumerated() {
        for item in items {
          let sentence = Int(relations.sentenceOf[Int(item)])
          let start = Int32(relations.starts[sentence])
          if isLong[sentence] {
            block.long.append((item, start, Int32(group)))
          } else {
            block.items.append(item)
            block.sentenceStarts.append(start)
          }
        }
        block.groupStarts.append(Int32(block.items.count))
      }
      return block
    }
    self.stride = stride
    self.bytes = bytes
    self.groups = groups
    self.folds = folds
    self.used = used
    starts = relations.starts
    attentionHeads = attention.heads
    wide = isLong.contains(true) ? attention.targets : []
  }

  /// Adds a block's hits under the given heads to the counts of a world.
  func count(_ number: Int, _ heads: [UInt16], into counts: inout [UInt32], at offset: Int) {
    let block = blocks[number]
    let items = block.items.count
    withUnsafeTemporaryAllocation(of: Int32.self, capacity: items) { rows in
      withUnsafeTemporaryAllocation(of: UInt8.self, capacity: items) { values in
        counts.withUnsafeMutableBufferPointer { counts in
          for direction in 0..<2 where directions[direction] {
            heads.withUnsafeBufferPointer { heads in
              block.items.withUnsafeBufferPointer { words in
                block.sentenceStarts.withUnsafeBufferPointer { starts in
                  if direction == 0 {
                    for k in 0..<items {
                      rows[k] = words[k]
                      values[k] = UInt8(truncatingIfNeeded: heads[Int(words[k])])
                    }
                  } else {
                    for k in 0..<items {
                      rows[k] = starts[k] + Int32(heads[Int(words[k])])
                      values[k] = UInt8(truncatingIfNeeded: words[k] - starts[k])
                    }
                  }
                }
              }
            }
            bytes.withUnsafeBytes { bytes in
              for group in 0..<groups {
                var first = Int(block.groupStarts[group])
                let end = Int(block.groupStarts[group + 1])
                let place = counts.baseAddress! + offset + (direction * groups + group) * stride
                while first < end {
                  // More would not fit a byte.
                  let last = min(first + 255, end)
                  add(bytes.baseAddress!, rows, values, first..<last, to: place)
                  first = last
                }
              }
            }
            for (item, start, group) in block.long {
              let (word, head) = (Int(item), Int(heads[Int(item)]))
              let row = direction == 0 ? word : Int(start) + head
              let value = UInt16(direction == 0 ? head : word - Int(start))
              let place = offset + (direction * groups + Int(group)) * stride
              for (k, head) in used.enumerated() where wide[row * attentionHeads + head] == value {
                counts[place + k] += 1
              }
            }
          }
        }
      }
    }
  }

  /// Adds, for each head, how many of the rows point at their values. At most 255 rows.
  @inline(__always)
  private func add(
    _ bytes: UnsafeRawPointer, _ rows: UnsafeMutableBufferPointer<Int32>,
    _ values: UnsafeMutableBufferPointer<UInt8>, _ items: Range<Int>, to counts: UnsafeMutablePointer<UInt32>
  ) {
    var column = 0
    while column + 64 <= stride {
      var (a, b, c, d) = (SIMD16<UInt8>(), SIMD16<UInt8>(), SIMD16<UInt8>(), SIMD16<UInt8>())
      for k in items {
        let row = bytes + (Int(rows[k]) &* stride &+ column)
        let value = SIMD16<UInt8>(repeating: values[k])
        a &-= Self.equal(row, value)
        b &-= Self.equal(row + 16, value)
        c &-= Self.equal(row + 32, value)
        d &-= Self.equal(row + 48, value)
      }
      Self.flush(a, counts + column)
      Self.flush(b, counts + column + 16)
      Self.flush(c, counts + column + 32)
      Self.flush(d, counts + column + 48)
      column += 64
    }
    while column < stride {
      var a = SIMD16<UInt8>()
      for k in items {
        a &-= Self.equal(
          bytes + (Int(rows[k]) &* stride &+ column), SIMD16<UInt8>(repeating: values[k]))
      }
      Self.flush(a, counts + column)
      column += 16
    }
  }

  /// 255, which is -1, where a byte equals the value, and 0 elsewhere.
  @inline(__always)
  private static func equal(_ row: UnsafeRawPointer, _ value: SIMD16<UInt8>) -> SIMD16<UInt8> {
    unsafeBitCast(row.loadUnaligned(as: SIMD16<UInt8>.self) .== value, to: SIMD16<UInt8>.self)
  }

  @inline(__always)
  private static func flush(_ sums: SIMD16<UInt8>, _ counts: UnsafeMutablePointer<UInt32>) {
    let place = UnsafeMutableRawPointer(counts)
    let wide = SIMD16<UInt32>(truncatingIfNeeded: sums)
    place.storeBytes(
      of: place.loadUnaligned(as: SIMD16<UInt32>.self) &+ wide, as: SIMD16<UInt32>.self)
  }
}
