import GSL
import Testing

@Suite("The space that columns span")
struct ColumnSpaceTests {
  private func random(_ rows: Int, _ columns: Int, seed: UInt64) -> Matrix<Double> {
    var state = seed
    return Matrix(
      rows: rows, columns: columns,
      elements: (0..<rows * columns).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Double(state >> 33) / 0x1p30 - 1
      })
  }

  @Test(
    "rank, singular values and projection, tall and wide",
    arguments: [(9, 4), (4, 9), (5, 5), (1, 3), (3, 1)])
  func full(shape: (Int, Int)) throws {
    let (rows, columns) = shape
    let matrix = random(rows, columns, seed: 3)
    let space = try ColumnSpace(matrix, tolerance: 1e-12)
    let count = min(rows, columns)
    #expect(space.rank == count && space.basis.rows == rows && space.basis.columns == count)
    // Squares of singular values are the eigenvalues of the inner products, found by another routine.
    let eigen = try SymmetricEigen(matrix.gram(ofRows: rows < columns)).values.reversed()
    #expect(zip(space.singularValues, eigen).allSatisfy { abs($0 * $0 - $1) < 1e-12 })
    check(space, of: matrix)
  }

  /// The basis is orthonormal, and the columns lie in it.
  private func check(_ space: ColumnSpace, of matrix: Matrix<Double>) {
    let identity = space.basis.multiplied(by: space.basis, transposeSelf: true)
    for i in 0..<space.rank {
      for j in 0..<space.rank { #expect(abs(identity[i, j] - (i == j ? 1 : 0)) < 1e-12) }
    }
    let image = space.basis.multiplied(by: space.basis.multiplied(by: matrix, transposeSelf: true))
    #expect(zip(image.elements, matrix.elements).allSatisfy { abs($0 - $1) < 1e-12 })
  }

  @Test("deficient, zero and empty matrices")
  func deficient() throws {
    let matrix = random(8, 2, seed: 5).multiplied(by: random(2, 5, seed: 7))
    let space = try ColumnSpace(matrix, tolerance: 1e-12)
    #expect(space.rank == 2 && space.singularValues.count == 5)
    check(space, of: matrix)
    #expect(try ColumnSpace(Matrix(rows: 3, columns: 2), tolerance: 1e-12).rank == 0)
    #expect(
      try ColumnSpace(Matrix(rows: 3, columns: 0), tolerance: 1e-12).basis == Matrix(rows: 3, columns: 0))
    #expect(try ColumnSpace(Matrix(rows: 0, columns: 2), tolerance: 1e-12).rank == 0)
    #expect(throws: LinearAlgebraError.notFinite) {
      _ = try ColumnSpace(Matrix(rows: 1, columns: 1, elements: [.infinity]), tolerance: 0)
    }
  }
}
