import GSL
import Hypotheses
import Probing
import Resampling
import Rivals
import Testing

struct RivalTests {
  static let key = StreamKey(seed: 50, "rivals")
  static let types = [4, 4, 9, 9, 9, 2, 7, 7, 4, 2, 30, 30]

  private func source(_ worlds: some TargetRival, _ replicate: Int, items: Int) -> [Int32] {
    var source = [Int32](repeating: -1, count: items)
    worlds.source(replicate: replicate, into: &source)
    return source
  }

  @Test("a control task gives every type one target, drawn as often as the task has it")
  func controlTask() throws {
    let worlds = ControlTaskWorlds(types: Self.types, key: Self.key)
    let labels = [0, 0, 1, 1, 1, 0, 2, 2, 0, 1, 2, 2]
    let targets = Targets(digits: labels)
    #expect(worlds.enumeration(of: targets.identities, limit: .max) == nil)
    let (count, items) = (20_000, Self.types.count)
    var drawn = [Int](repeating: 0, count: items)
    var together = 0
    for replicate in 0..<count {
      let source = source(worlds, replicate, items: items)
      for item in 0..<items {
        #expect(source[item] == source[Self.types.firstIndex(of: Self.types[item])!])
      }
      drawn[Int(source[0])] += 1
      // Types draw independently, with replacement.
      if source[0] == source[2] { together += 1 }
    }
    let expected = Double(count) / Double(items)
    let sd = (expected * (1 - 1 / Double(items))).squareRoot()
    #expect(drawn.allSatisfy { abs(Double($0) - expected) < 5 * sd })
    #expect(abs(Double(together) - expected) < 5 * sd)
    #expect(source(worlds, 3, items: items) == source(worlds, 3, items: items))
    #expect(Set((0..<50).map { source(worlds, $0, items: items) }).count == 50)
  }

  @Test("permuted labels follow their scheme")
  func permutedLabels() throws {
    let blocks = [0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1]
    let within = PermutedLabelsWorlds(scheme: .within(blocks: blocks), key: Self.key)
    let over = PermutedLabelsWorlds(scheme: try .over(groups: Self.types), key: Self.key)
    let nameOfType = Targets(classes: Self.types.map { "\($0)" })
    for replicate in 0..<200 {
      let permutation = source(within, replicate, items: 12)
      #expect(permutation.sorted() == (0..<12).map { Int32($0) })
      #expect(permutation.enumerated().allSatisfy { blocks[$0.offset] == blocks[Int($0.element)] })
      let dealt = nameOfType.rearranged(by: source(over, replicate, items: 12)).labels
      var given: [Int: Int] = [:]
      for (type, label) in zip(Self.types, dealt) {
        #expect(given.updateValue(label, forKey: type) ?? label == label)
      }
      #expect(Set(given.values).count == given.count)
    }
  }

  @Test("random vectors: one per type, standard normal, new in every world")
  func gaussian() throws {
    let real = Matrix<Double>(rows: 12, columns: 40, repeating: 3)
    let worlds = RandomEmbeddingWorlds(kind: .gaussian, types: Self.types, real: real, key: Self.key)
    #expect(worlds.count == nil)
    var values: [Double] = []
    var products: [Double] = []
    for replicate in 0..<200 {
      let x = worlds.representation(replicate: replicate)
      #expect(x.rows == 12 && x.columns == 40)
      for item in 0..<12 { #expect(x.row(item) == x.row(Self.types.firstIndex(of: Self.types[item])!)) }
      values += Array(x.row(0)) + Array(x.row(2)) + Array(x.row(10))
      products += zip(x.row(0), x.row(2)).map { $0 * $1 }
    }
    let n = Double(values.count)
    #expect(abs(mean(values)) < 5 / n.squareRoot())
    #expect(abs(mean(values.map { $0 * $0 }) - 1) < 5 * (2 / n).squareRoot())
    #expect(abs(mean(values.map { $0 * $0 * $0 * $0 }) - 3) < 5 * (96 / n).squareRoot())
    #expect(abs(mean(products)) < 5 / Double(products.count).squareRoot())
    #expect(worlds.representation(replicate: 5) == worlds.representation(replicate: 5))
    #expect(worlds.representation(replicate: 5) != worlds.representation(replicate: 6))
    let other = RandomEmbeddingWorlds(
      kind: .gaussian, types: Self.types, real: real, key: Self.key.appending("other"))
    #expect(worlds.representation(replicate: 5) != other.representation(replicate: 5))
  }

  @Test("shuffled rows: the real vectors, dealt anew to the types")
  func shuffledRows() throws {
    var stream = RandomStream(Self.key, replicate: 0)
    let real = Matrix.normal(rows: 12, columns: 3, &stream)
    let worlds = RandomEmbeddingWorlds(kind: .shuffledRows, types: Self.types, real: real, key: Self.key)
    let first = [0, 2, 5, 6, 10]
    var kept = 0
    for replicate in 0..<2_000 {
      let x = worlds.representation(replicate: replicate)
      for item in 0..<12 { #expect(x.row(item) == x.row(Self.types.firstIndex(of: Self.types[item])!)) }
      #expect(Set(first.map { Array(x.row($0)) }) == Set(first.map { Array(real.row($0)) }))
      kept += first.count { Array(x.row($0)) == Array(real.row($0)) }
    }
    // A random permutation keeps one of its elements in place on average, with variance 1.
    #expect(abs(Double(kept) / 2_000 - 1) < 5 / 2_000.0.squareRoot())
    #expect(worlds.representation(replicate: 5) == worlds.representation(replicate: 5))
    // Each item its own type: a permutation of all the rows.
    let all = RandomEmbeddingWorlds(kind: .shuffledRows, types: Array(0..<12), real: real, key: Self.key)
    let x = all.representation(replicate: 0)
    #expect(x != real)
    #expect(Set((0..<12).map { Array(x.row($0)) }) == Set((0..<12).map { Array(real.row($0)) }))
  }

  @Test("spherical vectors have length 1 and no direction of their own")
  func spherical() {
    let real = Matrix<Double>(rows: 12, columns: 6, repeating: 3)
    let worlds = RandomEmbeddingWorlds(kind: .spherical, types: Self.types, real: real, key: Self.key)
    var sums = [Double](repeating: 0, count: 6)
    var squares = sums
    let count = 4_000
    for replicate in 0..<count {
      let x = worlds.representation(replicate: replicate)
      for item in 0..<12 {
        #expect(abs(x.row(item).reduce(0) { $0 + $1 * $1 } - 1) < 1e-12)
        #expect(x.row(item) == x.row(Self.types.firstIndex(of: Self.types[item])!))
      }
      for (column, value) in x.row(0).enumerated() {
        sums[column] += value
        squares[column] += value * value
      }
    }
    // A coordinate of a uniform direction in d dimensions has mean 0 and variance 1/d; its square has variance 2(d - 1)/(d^2 (d + 2)).
    let (n, d) = (Double(count), 6.0)
    for column in 0..<6 {
      #expect(abs(sums[column] / n) < 5 * (1 / d / n).squareRoot())
      #expect(abs(squares[column] / n - 1 / d) < 5 * (2 * (d - 1) / (d * d * (d + 2)) / n).squareRoot())
    }
  }

  @Test("covariance-matched vectors are Gaussian with the real mean and covariance, of whatever rank")
  func covarianceMatched() {
    var stream = RandomStream(Self.key, replicate: 0)
    // Rank 2 in 4 dimensions, about a mean.
    let factors = Matrix.normal(rows: 12, columns: 2, &stream)
    let loadings = Matrix(rows: [[1, 2, 0, -1], [0.5, -1, 3, 0]])
    var real = factors.multiplied(by: loadings)
    for item in 0..<12 { for column in 0..<4 { real[item, column] += Double(10 * column) } }
    let worlds = RandomEmbeddingWorlds(
      kind: .covarianceMatched, types: Array(0..<12), real: real, key: Self.key)
    let means = (0..<4).map { mean(real.column($0)) }
    func covariance(_ a: Int, _ b: Int) -> Double {
      (0..<12).reduce(0) { $0 + (real[$1, a] - means[a]) * (real[$1, b] - means[b]) } / 11
    }
    let count = 2_000
    var drawn = (0..<4).map { _ in [Double]() }
    for replicate in 0..<count {
      let x = worlds.representation(replicate: replicate)
      for column in 0..<4 { drawn[column] += x.column(column) }
    }
    let n = Double(12 * count)
    for a in 0..<4 {
      let sd = covariance(a, a).squareRoot()
      #expect(abs(mean(drawn[a]) - means[a]) < 5 * sd / n.squareRoot())
      let centred = drawn[a].map { ($0 - means[a]) / sd }
      // Gaussian: the fourth moment is 3.
      #expect(abs(mean(centred.map { $0 * $0 * $0 * $0 }) - 3) < 5 * (96 / n).squareRoot())
      for b in 0...a {
        let product = mean(zip(drawn[a], drawn[b]).map { ($0 - means[a]) * ($1 - means[b]) })
        let spread = (covariance(a, a) * covariance(b, b) + covariance(a, b) * covariance(a, b)).squareRoot()
        #expect(abs(product - covariance(a, b)) < 5 * spread / n.squareRoot())
      }
    }
  }

  @Test("shuffled dimensions: every dimension keeps its values, and each is dealt on its own")
  func shuffledDimensions() {
    var stream = RandomStream(Self.key, replicate: 0)
    let real = Matrix.normal(rows: 12, columns: 3, &stream)
    let worlds = RandomEmbeddingWorlds(
      kind: .shuffledDimensions, types: Self.types, real: real, key: Self.key)
    let first = [0, 2, 5, 6, 10]
    var together = 0
    for replicate in 0..<2_000 {
      let x = worlds.representation(replicate: replicate)
      for item in 0..<12 { #expect(x.row(item) == x.row(Self.types.firstIndex(of: Self.types[item])!)) }
      for column in 0..<3 {
        #expect(Set(first.map { x[$0, column] }) == Set(first.map { real[$0, column] }))
      }
      // Two dimensions of one vector come from the same type once in five times.
      let sources = (0..<2).map { column in first.first { real[$0, column] == x[0, column] }! }
      if sources[0] == sources[1] { together += 1 }
    }
    #expect(abs(Double(together) / 2_000 - 0.2) < 5 * (0.16 / 2_000).squareRoot())
  }

  @Test("character n-grams: the products of vectors count the n-grams that two spellings share")
  func characterNgrams() {
    // <cat>: <ca cat at> <cat cat> <cat>; <cats>: <ca cat ats ts> <cat cats ats> <cats cats>; nothing of <dog> is in either.
    let texts = ["cat", "cats", "dog", "cat", "aaaa", "", "é"]
    let real = Matrix<Double>(rows: texts.count, columns: 20_000)
    let worlds = RandomEmbeddingWorlds(
      kind: .characterNgrams, types: Array(texts.indices), real: real, texts: texts, key: Self.key)
    let x = worlds.representation(replicate: 0)
    #expect(x.rows == texts.count && x.columns == real.columns)
    #expect(x.row(0) == x.row(3))
    func product(_ a: Int, _ b: Int) -> Double {
      zip(x.row(a), x.row(b)).reduce(0) { $0 + $1.0 * $1.1 } / Double(real.columns)
    }
    // <aaaa> holds `aaa` twice, so 1 + 4 + 1 of three, three of four, two of five; "" and "é" are one n-gram each.
    let expected = [
      (0, 0, 6.0), (1, 1, 9), (0, 1, 3), (0, 2, 0), (1, 2, 0), (4, 4, 11), (5, 5, 1), (6, 6, 1), (5, 6, 0),
    ]
    for (a, b, shared) in expected {
      let spread = (product(a, a) * product(b, b) + shared * shared).squareRoot() / 20_000.0.squareRoot()
      #expect(abs(product(a, b) - shared) < 5 * spread, "\(texts[a]) and \(texts[b]): \(product(a, b))")
    }
    #expect(x != worlds.representation(replicate: 1))
    #expect(x == worlds.representation(replicate: 0))
    // A text's vector does not depend on what other texts there are.
    let alone = RandomEmbeddingWorlds(
      kind: .characterNgrams, types: [0], real: Matrix(rows: 1, columns: 20_000), texts: ["cats"],
      key: Self.key)
    #expect(alone.representation(replicate: 0).row(0).elementsEqual(x.row(1)))
  }

  @Test(
    "the sides of a comparison get the same random vectors", arguments: RandomEmbedding.Kind.allCases)
  func sameVectors(_ kind: RandomEmbedding.Kind) {
    var stream = RandomStream(Self.key, replicate: 0)
    let wide = Matrix.normal(rows: 12, columns: 5, &stream)
    let texts = Self.types.map { "word\($0)" }
    func worlds(_ real: Matrix<Double>, drawnWidth: Int?) -> RandomEmbeddingWorlds {
      RandomEmbeddingWorlds(
        kind: kind, types: Self.types, real: real, drawnWidth: drawnWidth, texts: texts, key: Self.key)
    }
    #expect(
      worlds(wide, drawnWidth: nil).representation(replicate: 3)
        == worlds(wide, drawnWidth: 5).representation(replicate: 3))
    let narrow = Matrix(rows: 12, columns: 2, elements: (0..<12).flatMap { wide.row($0).prefix(2) })
    let (a, b) = (worlds(wide, drawnWidth: 5), worlds(narrow, drawnWidth: 5))
    let (x, y) = (a.representation(replicate: 3), b.representation(replicate: 3))
    for item in 0..<12 {
      // A direction stays a direction when dimensions are left out; its length does not.
      let scale = kind == .spherical ? x[item, 0] / y[item, 0] : 1
      for column in 0..<2 { #expect(abs(x[item, column] - scale * y[item, column]) < 1e-12) }
    }
  }

  @Test("group means: the mean of the training items of the same group, else of all")
  func groupMeans() {
    let split = Split(foldOf: [0, 1, 1, 1, 0, 1])
    let truth = [1.0, 2, 4, 6, 8, 20]
    // In fold 0 item 0's group has the training items 1 and 2; item 4's has none.
    let groups = [7, 7, 7, 3, 5, 3]
    let predictions = [3.0, 1, 1, 4.5, 8, 4.5]
    let instrument = Instrument(metric: .mse, probe: .ridge(Ridge()), splits: [split])
    let targets = Targets(column: truth)
    let expected = mean(zip(truth, predictions).map { ($0 - $1) * ($0 - $1) })
    // Item 4 is tested with the training items 1, 2, 3 and 5: their mean is 8. Items 3 and 5 are tested with 0 and 4.
    #expect(abs(instrument.groupMeans(targets, groups: groups).score() - expected) < 1e-12)
    // One group of all is the floor; for classes, the groups' commonest classes.
    let one = [Int](repeating: 1, count: 6)
    #expect(
      abs(instrument.groupMeans(targets, groups: one).score() - instrument.floor(targets).score()) < 1e-12)
    let classes = Targets(classes: ["a", "a", "a", "b", "b", "b"])
    let accuracy = Instrument(metric: .accuracy, probe: .ridge(Ridge()), splits: [split])
    #expect(accuracy.groupMeans(classes, groups: [0, 0, 0, 1, 1, 1]).score() == 1)
    #expect(accuracy.floor(classes).score() < 1)
    // Metrics that read the training fit have it.
    let f1 = Instrument(metric: .f1(F1(.micro)), probe: .ridge(Ridge()), splits: [split])
    let features = Targets(numeric: Matrix(rows: [[1, 0], [1, 0], [1, 0], [0, 1], [0, 1], [0, 1]]))
    #expect(f1.groupMeans(features, groups: [0, 0, 0, 1, 1, 1]).score() == 1)
  }

  @Test("exchanged sides: a fair coin for every unit, all patterns where they are few")
  func swappedSides() throws {
    let worlds = SwappedSidesWorlds(units: Self.types, key: Self.key)
    #expect(worlds.units == 5)
    var counts: [[Bool]: Int] = [:]
    for replicate in 0..<8_000 {
      let exchanged = worlds.exchanged(replicate: replicate)
      for item in 0..<12 {
        #expect(exchanged[item] == exchanged[Self.types.firstIndex(of: Self.types[item])!])
      }
      counts[exchanged, default: 0] += 1
    }
    // 32 patterns, each 250 times on average.
    #expect(counts.count == 32)
    #expect(counts.values.allSatisfy { abs(Double($0) - 250) < 5 * 250.0.squareRoot() })
    #expect(worlds.enumeration(limit: 31) == nil)
    let all = try #require(worlds.enumeration(limit: 32))
    #expect(Set(all) == Set(counts.keys))
    #expect(all[0].allSatisfy { !$0 })
  }

  @Test("confounds side by side, classes one-hot coded in sorted order")
  func confounds() {
    let x = Matrix(
      confounds: [.numeric([4, 5, 6]), .classes(["b", "a", "b"]), .numeric([0.5, 0, -1])], items: 3)
    #expect(x == Matrix(rows: [[4, 0, 1, 0.5], [5, 1, 0, 0], [6, 0, 1, -1]]))
    #expect(
      Matrix(confounds: [.classes(["c", "a", "b"])], items: 3)
        == Matrix(rows: [[0, 0, 1], [1, 0, 0], [0, 1, 0]]))
    #expect(Matrix(confounds: [], items: 3) == Matrix(rows: 3, columns: 0))
    let twins = GivenRepresentations([x, Matrix(rows: 3, columns: 4)])
    #expect(twins.count == 2 && twins.representation(replicate: 0) == x)
  }

  @Test("targets: coding, rearrangement, identity")
  func targets() {
    let two = Targets(classes: ["yes", "no", "yes"])
    #expect(two.classes == ["no", "yes"] && two.labels == [1, 0, 1] && two.coded.elements == [1, 0, 1])
    let three = Targets(classes: ["c", "a", "b", "a"])
    #expect(three.coded == Matrix(rows: [[0, 0, 1], [1, 0, 0], [0, 1, 0], [1, 0, 0]]))
    #expect(three.identities == [2, 0, 1, 0])
    let moved = three.rearranged(by: [1, 1, 0, 3])
    #expect(moved.labels == [0, 0, 2, 0] && moved.classes == three.classes)
    let numbers = Targets(numeric: Matrix(rows: [[1, 2], [1, 3], [1, 2], [0, -0.0], [-0.0, 0]]))
    #expect(numbers.identities == [0, 1, 0, 2, 2])
    #expect(numbers.rearranged(by: [4, 0, 0, 1, 2]).coded.row(3).elementsEqual([1, 3]))
  }
}
