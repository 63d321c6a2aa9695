import Foundation
import GSL
import Probing
import Resampling
import Testing

@Suite("Copies")
struct CopiesTests {
  static func normal(_ rows: Int, _ columns: Int, seed: UInt64 = 1) -> Matrix<Double> {
    var stream = RandomStream(StreamKey(seed: seed, "copies test"), replicate: 0)
    return Matrix(
      rows: rows, columns: columns, elements: (0..<rows * columns).map { _ in stream.normal() })
  }

  /// Every row `times` times, each with noise of its own.
  static func jittered(_ rows: Int, _ columns: Int, times: Int, by noise: Double) -> Matrix<Double> {
    let base = normal(rows, columns)
    var stream = RandomStream(StreamKey(seed: 2, "copies test"), replicate: 0)
    var elements: [Double] = []
    for _ in 0..<times { elements += base.elements.map { $0 + noise * stream.normal() } }
    return Matrix(rows: rows * times, columns: columns, elements: elements)
  }

  static func pairs(_ copies: Copies) -> Int { copies.groups.count - Set(copies.groups).count }

  @Test("Copies are found whatever makes them differ", arguments: [0, 1e-12, 1e-9, 1e-6, 1e-3], [2, 3, 40])
  func jitter(_ noise: Double, times: Int) {
    for (rows, columns) in [(100, 16), (40, 300)] {
      let matrix = Self.jittered(rows, columns, times: times, by: noise)
      let groups = Copies(in: matrix).groups
      #expect(groups == (0..<rows * times).map { $0 % rows }, "\(rows) x \(columns)")
    }
  }

  @Test("Independent rows hold no copies, in few dimensions either", arguments: [1, 2, 3, 8, 64])
  func independent(_ columns: Int) {
    for seed in 1...20 {
      let copies = Copies(in: Self.normal(400, columns, seed: UInt64(seed)))
      #expect(Self.pairs(copies) == 0, "seed \(seed)")
    }
  }

  @Test("Some copies among others, and far outliers and constant columns beside them")
  func few() {
    var matrix = Self.normal(500, 20)
    for column in 0..<20 {
      matrix[7, column] = matrix[400, column] + 1e-4
      matrix[9, column] = 1e6 * matrix[9, column]
      matrix[11, column] = matrix[300, column]
    }
    for row in 0..<500 {
      matrix[row, 3] = 5
      matrix[row, 4] += 1e4
    }
    let groups = Copies(in: matrix).groups
    #expect(groups[400] == 7 && groups[300] == 11)
    #expect(Set(groups).count == 498)
  }

  @Test("Scale and offset change nothing", arguments: [1e-120, 1e-6, 1e120])
  func scale(_ factor: Double) {
    let matrix = Self.jittered(50, 8, times: 2, by: 1e-5)
    let scaled = Matrix(rows: 100, columns: 8, elements: matrix.elements.map { factor * $0 })
    #expect(Copies(in: scaled).groups == Copies(in: matrix).groups)
  }

  @Test("Rows that are all equal, one row, none, and no columns")
  func degenerate() {
    #expect(Copies(in: Matrix(rows: 50, columns: 3, repeating: 2.5)).groups == [Int](repeating: 0, count: 50))
    #expect(Copies(in: Matrix(rows: 1, columns: 3, repeating: 1)).groups == [0])
    #expect(Copies(in: Matrix(rows: 0, columns: 3)).groups.isEmpty)
    #expect(Set(Copies(in: Matrix(rows: 4, columns: 0)).groups).count == 1)
    // Whole numbers are not rounded: 200 and 201 differ.
    let counts = Matrix(rows: 100, columns: 2, elements: (0..<200).map { Double($0) })
    #expect(Self.pairs(Copies(in: counts)) == 0)
  }

  @Test("Half precision: what differs by rounding alone is equal")
  func halves() {
    let matrix = Self.normal(200, 32)
    func rounded(_ values: [Double], bits: Int, by step: Double) -> [Double] {
      values.map { value in
        guard value != 0 else { return 0 }
        let unit = Double(sign: .plus, exponent: value.exponent - (bits - 1), significand: 1)
        return (value / unit + step).rounded() * unit
      }
    }
    for bits in [8, 11] {
      // The last bit differs in every element.
      let twice = Matrix(
        rows: 400, columns: 32,
        elements: rounded(matrix.elements, bits: bits, by: 0) + rounded(matrix.elements, bits: bits, by: 0.5))
      let copies = Copies(in: twice)
      #expect(copies.precision.bits == bits)
      #expect(copies.groups == (0..<400).map { $0 % 200 })
    }
    #expect(StoredPrecision(of: matrix).bits == 53)
    #expect(
      StoredPrecision(of: Matrix(rows: 200, columns: 32, elements: matrix.elements.map { Double(Float($0)) }))
        .bits == 24)
    #expect(
      StoredPrecision(of: Matrix(rows: 1, columns: 300, elements: (0..<300).map { Double($0 % 2) })).bits
        == 53)
  }

  @Test("A row is seen where another of its group lies in another fold, or in an earlier block")
  func seen() {
    let matrix = Self.jittered(4, 6, times: 2, by: 1e-7)
    let copies = Copies(in: matrix)
    // Rows 0 and 4, 1 and 5, ... are copies.
    #expect(
      copies.areSeen(in: Split(foldOf: [0, 0, 1, 1, 0, 1, 1, 0]))
        == [false, true, false, true, false, true, false, true])
    #expect(
      copies.areSeen(in: Split(blocks: [[0, 1, 4], [2, 3, 5], [6, 7]]))
        == [false, false, false, false, false, true, true, true])
    #expect(copies.distance(0, 4, in: matrix) < 1e-5 && copies.distance(0, 1, in: matrix) > 0.5)
  }
}
