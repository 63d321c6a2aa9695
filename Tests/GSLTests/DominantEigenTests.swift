import GSL
import Testing

@Suite("Dominant eigenvectors, row factors and vector products")
struct DominantEigenTests {
  /// Numbers without structure.
  private func matrix(_ rows: Int, _ columns: Int, seed: UInt64 = 1) -> Matrix<Double> {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 12345
    return Matrix(
      rows: rows, columns: columns,
      elements: (0..<rows * columns).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1
        return Double(Int64(bitPattern: state) >> 11) * 0x1p-52
      })
  }

  private func dot(_ a: some Collection<Double>, _ b: some Collection<Double>) -> Double {
    zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
  }

  @Test("the value and the vector are LAPACK's", arguments: [1, 2, 3, 7, 40, 150], [1, 5, 200])
  func agrees(size: Int, rank: Int) throws {
    let a = matrix(size, rank, seed: UInt64(size * 1000 + rank)).gram(ofRows: true)
    let all = try SymmetricEigen(a)
    let top = try DominantEigen(a)
    #expect(abs(top.value - all.values[size - 1]) <= 1e-13 * all.values[size - 1])
    #expect(abs(abs(dot(top.vector, all.vectors.row(size - 1))) - 1) < 1e-13)
    #expect(abs(dot(top.vector, top.vector) - 1) < 1e-14)
    #expect(top.products <= size)
    // Residual: the vector is as good as the distance to the next eigenvalue allows.
    var image = [Double](repeating: 0, count: size)
    a.multiplySymmetric(top.vector, into: &image)
    let residual = zip(image, top.vector).reduce(0) { max($0, abs($1.0 - top.value * $1.1)) }
    #expect(residual < 1e-13 * top.value)
    if size > 1, rank > 1 {
      #expect(abs(dot(top.next, top.vector)) < 1e-6)
    }
  }

  @Test("a start changes nothing but the number of products, even one orthogonal to what is sought")
  func starts() throws {
    var a = Matrix<Double>(rows: 60, columns: 60)
    for i in 0..<60 { a[i, i] = Double(i + 1) }
    var start = [Double](repeating: 1, count: 60)
    start[59] = 0
    #expect(abs(try DominantEigen(a, start: start).value - 60) < 1e-12)
    start = [Double](repeating: 0, count: 60)
    start[3] = 1
    let misled = try DominantEigen(a, start: start)
    #expect(abs(misled.value - 60) < 1e-12 && abs(abs(misled.vector[59]) - 1) < 1e-13)
    start = misled.vector
    #expect(try DominantEigen(a, start: start).products < misled.products)
    #expect(abs(abs(misled.next[58]) - 1) < 0.05)
  }

  @Test("close eigenvalues, nothing at all, and what is not finite")
  func hostile() throws {
    var a = Matrix<Double>(rows: 100, columns: 100)
    for i in 0..<100 { a[i, i] = 1 + 1e-6 * Double(i) }
    let close = try DominantEigen(a)
    #expect(abs(close.value - a[99, 99]) < 1e-14)
    #expect(abs(close.vector[99]) > 1 - 1e-12)

    let zero = try DominantEigen(Matrix(rows: 5, columns: 5))
    #expect(zero.value == 0 && zero.vector.allSatisfy { $0.isFinite })
    #expect(try DominantEigen(Matrix(rows: 0, columns: 0)).vector.isEmpty)
    let identity = Matrix(rows: 2, columns: 2, elements: [1, 0, 0, 1])
    #expect(try DominantEigen(identity).value == 1)

    a[4, 2] = .nan
    #expect(throws: LinearAlgebraError.notFinite) { try DominantEigen(a) }
    #expect(throws: LinearAlgebraError.notFinite) {
      try DominantEigen(dimension: 3) { _, y in for i in 0..<3 { y[i] = .infinity } }
    }
    #expect(throws: LinearAlgebraError.notSquare(rows: 2, columns: 3)) {
      try DominantEigen(Matrix(rows: 2, columns: 3))
    }
  }

  @Test("a row factor multiplies out, of any rank", arguments: [(1, 1), (1, 9), (6, 6), (20, 33), (64, 300)])
  func rowFactor(rows: Int, columns: Int) throws {
    for rank in [1, max(rows / 2, 1), columns] {
      let a =
        rank == columns
        ? matrix(rows, columns)
        : matrix(rows, rank).multiplied(by: matrix(rank, columns, seed: 2))
      let factor = try RowFactor(a)
      let product = factor.lower.multiplied(by: factor.basis)
      #expect(zip(product.elements, a.elements).allSatisfy { abs($0 - $1) < 1e-12 * Double(rank + 1) })
      let unit = factor.basis.multiplied(by: factor.basis, transposeOther: true)
      for i in 0..<rows {
        for j in 0..<rows { #expect(abs(unit[i, j] - (i == j ? 1 : 0)) < 1e-13) }
        for j in (i + 1)..<max(rows, i + 1) { #expect(factor.lower[i, j] == 0) }
      }
    }
    var broken = matrix(rows, columns)
    broken[0, 0] = .infinity
    #expect(throws: LinearAlgebraError.notFinite) { try RowFactor(broken) }
  }

  @Test("products with vectors, and sums of products")
  func products() throws {
    let a = matrix(5, 3)
    let (short, long) = (matrix(3, 1, seed: 3), matrix(5, 1, seed: 4))
    var result = long.elements
    a.multiply(short.elements, alpha: 2, beta: -1, into: &result)
    let expected = a.multiplied(by: short)
    for i in 0..<5 { #expect(abs(result[i] - (2 * expected[i, 0] - long[i, 0])) < 1e-14) }
    result = [Double](repeating: .nan, count: 3)
    a.multiply(long.elements, transposed: true, into: &result)
    let back = a.multiplied(by: long, transposeSelf: true)
    for i in 0..<3 { #expect(abs(result[i] - back[i, 0]) < 1e-14) }
    result = [4]
    Matrix<Double>(rows: 1, columns: 0).multiply([], beta: 0, into: &result)
    #expect(result == [0])

    // What stands above the diagonal is not read.
    var symmetric = a.gram()
    let full = a.multiplied(by: a, transposeSelf: true)
    symmetric[0, 2] = .nan
    var image = [Double](repeating: 0, count: 3)
    symmetric.multiplySymmetric(short.elements, into: &image)
    let direct = full.multiplied(by: short)
    for i in 0..<3 { #expect(abs(image[i] - direct[i, 0]) < 1e-14) }
    symmetric.addSymmetric(0.5, short.elements, image)
    for i in 0..<3 {
      for j in 0...i {
        let sum = full[i, j] + 0.5 * (short[i, 0] * image[j] + image[i] * short[j, 0])
        #expect(abs(symmetric[i, j] - sum) < 1e-14)
      }
    }

    var sum = matrix(3, 3, seed: 9)
    let before = sum
    sum.add(-2, a, a, transposeA: true)
    #expect(
      zip(sum.elements, zip(before.elements, full.elements)).allSatisfy { abs($0 - $1.0 + 2 * $1.1) < 1e-14 })
    sum = before
    sum.add(1, a.transposed, a.transposed, transposeB: true)
    #expect(
      zip(sum.elements, zip(before.elements, full.elements)).allSatisfy { abs($0 - $1.0 - $1.1) < 1e-14 })
  }
}
