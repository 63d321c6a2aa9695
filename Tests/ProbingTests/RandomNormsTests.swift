import GSL
import Hypotheses
import Probing
import Resampling
import Rivals
import Testing

/// Random targets keep what they promise, and nothing else.
struct RandomNormsTests {
  static let key = StreamKey(seed: 80, "norms")

  /// Production frequencies: many zeros, a common feature, a rare one, an item without any.
  static let real = Matrix(rows: [
    [5, 0, 0, 2, 0], [0, 3, 0, 4, 0], [0, 0, 0, 0, 0], [1, 0, 7, 6, 0], [0, 0, 8, 9, 0], [0, 0, 0, 10, 11],
  ])

  private func draw(_ kind: RandomNorms.Kind, _ replicate: Int, of real: Matrix<Double> = real) -> Matrix<
    Double
  > {
    RandomNormsWorlds(kind: kind, real: real, key: Self.key).targets(replicate: replicate).coded
  }

  @Test("every kind keeps what it promises", arguments: RandomNorms.Kind.allCases)
  func kept(_ kind: RandomNorms.Kind) {
    #expect(RandomNormsWorlds(kind: kind, real: Self.real, key: Self.key).count == nil)
    var seen: Set<[Double]> = []
    var keepsColumns = true
    var keepsRows = true
    for replicate in 0..<200 {
      let drawn = draw(kind, replicate)
      #expect(drawn.rows == 6 && drawn.columns == 5)
      #expect(drawn.elements.sorted() == Self.real.elements.sorted())
      for column in 0..<5 where drawn.column(column).sorted() != Self.real.column(column).sorted() {
        keepsColumns = false
      }
      for row in 0..<6 where drawn.row(row).sorted() != Self.real.row(row).sorted() { keepsRows = false }
      if kind == .marginals {
        for column in 0..<5 {
          #expect(drawn.column(column).count { $0 != 0 } == Self.real.column(column).count { $0 != 0 })
        }
      }
      seen.insert(drawn.elements)
    }
    #expect(keepsColumns == (kind == .columns))
    #expect(keepsRows == (kind == .marginals))
    #expect(seen.count > 190)
    #expect(draw(kind, 7) == draw(kind, 7))
  }

  @Test("cells and columns: every value is equally likely to be anywhere it may be")
  func shuffles() {
    let count = 6_000
    var cells = [Int](repeating: 0, count: 30)
    var rows = [Int](repeating: 0, count: 6)
    var together = 0
    for replicate in 0..<count {
      cells[draw(.cells, replicate).elements.firstIndex(of: 11)!] += 1
      let drawn = draw(.columns, replicate)
      rows[drawn.column(2).firstIndex(of: 7)!] += 1
      // Columns lose each other: items 3's values of two columns meet again one time in six.
      if drawn.column(2).firstIndex(of: 7)! == drawn.column(3).firstIndex(of: 6)! { together += 1 }
    }
    func isEven(_ counts: [Int]) -> Bool {
      let expected = Double(count) / Double(counts.count)
      return counts.allSatisfy { abs(Double($0) - expected) < 5 * expected.squareRoot() }
    }
    #expect(isEven(cells))
    #expect(isEven(rows))
    #expect(abs(Double(together) - 1_000) < 5 * 1_000.0.squareRoot())
  }

  /// Every 0/1 matrix with the given sums, by trying all.
  static func matrices(_ rows: [Int], _ columns: [Int]) -> [[Double]] {
    let (n, q) = (rows.count, columns.count)
    return (0..<1 << (n * q)).compactMap { pattern in
      let cells = (0..<n * q).map { pattern >> $0 & 1 == 1 ? 1.0 : 0 }
      let areRows = (0..<n).allSatisfy { row in
        cells[row * q..<(row + 1) * q].reduce(0, +) == Double(rows[row])
      }
      let areColumns = (0..<q).allSatisfy { column in
        (0..<n).reduce(0) { $0 + cells[$1 * q + column] } == Double(columns[column])
      }
      return areRows && areColumns ? cells : nil
    }
  }

  @Test("marginals: uniform over all matrices with the same sums, by enumeration")
  func uniform() {
    // Sums that leave few matrices, some of them hard to reach: a full row, a rare column.
    for real in [
      Matrix(rows: [[1, 1, 0, 0], [1, 0, 1, 0], [0, 1, 1, 1], [1, 0, 0, 0]]),
      Matrix(rows: [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0]]),
      Matrix(rows: [[1, 1, 1, 1], [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 1]]),
    ] as [Matrix<Double>] {
      let all = Self.matrices(
        (0..<real.rows).map { Int(real.row($0).reduce(0, +)) },
        (0..<real.columns).map { Int(real.column($0).reduce(0, +)) })
      let count = 400 * all.count
      var counts: [[Double]: Int] = [:]
      for replicate in 0..<count { counts[draw(.marginals, replicate, of: real).elements, default: 0] += 1 }
      #expect(Set(counts.keys) == Set(all))
      // Chi-squared with all.count - 1 degrees of freedom, by its normal approximation.
      let statistic = counts.values.reduce(0.0) { $0 + (Double($1) - 400) * (Double($1) - 400) / 400 }
      let degrees = Double(all.count - 1)
      print("curveball, \(all.count) matrices: chi-squared \(statistic)")
      #expect(statistic < degrees + 4.5 * (2 * degrees).squareRoot())
    }
  }

  @Test("marginals mix in a larger matrix: what an item keeps of its features is what chance keeps")
  func mixing() {
    // 100 items with 5 of 50 features each, in 10 blocks of 5: nothing is left of the blocks.
    var real = Matrix<Double>(rows: 100, columns: 50)
    for item in 0..<100 { for feature in 0..<5 { real[item, item % 10 * 5 + feature] = 1 } }
    let kept = mean(
      (0..<50).map { replicate in
        let drawn = draw(.marginals, replicate, of: real)
        return zip(drawn.elements, real.elements).reduce(0) { $0 + $1.0 * $1.1 } / 500
      })
    // Every cell is 1 with probability 1/10; the standard error of the mean is about .0019.
    #expect(abs(kept - 0.1) < 0.01)
  }

  @Test("irrelevant targets are one world, the given numbers")
  func irrelevant() {
    let worlds = IrrelevantTargetWorlds(Self.real)
    #expect(worlds.count == 1)
    #expect(worlds.targets(replicate: 0) == Targets(numeric: Self.real))
  }
}
