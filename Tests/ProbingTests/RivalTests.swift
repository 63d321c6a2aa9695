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
    #expect(worlds.enumeration(of: targets, limit: .max) == nil)
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
