import GSL
import Testing

@Suite("Linear algebra agrees with NumPy and SciPy")
struct LinearAlgebraTests {
  let fixture: Fixture

  init() throws { fixture = try Fixture.load() }

  private func agree(_ a: Matrix<Double>, _ b: Matrix<Double>, _ tolerance: Double) -> Bool {
    a.rows == b.rows && a.columns == b.columns
      && zip(a.elements, b.elements).allSatisfy { isClose($0, $1, tolerance, scale: 1) }
  }

  @Test("cblas_dgemm comes from OpenBLAS, not from libgslcblas")
  func linkedLibrary() throws {
    let path = try #require(BLAS.libraryPath)
    #expect(path.contains("openblas"), "\(path)")
    #expect(!path.contains("gslcblas"), "\(path)")
    #expect(!BLAS.kernel.isEmpty && BLAS.configuration.contains("OpenBLAS"))
  }

  @Test("products, with either operand transposed, in both precisions")
  func products() {
    for entry in fixture.products {
      let (a, b, product) = (entry.a.matrix, entry.b.matrix, entry.product.matrix)
      #expect(agree(a.multiplied(by: b), product, 1e-13))
      #expect(agree(a.transposed.multiplied(by: b, transposeSelf: true), product, 1e-13))
      #expect(agree(a.multiplied(by: b.transposed, transposeOther: true), product, 1e-13))
      #expect(
        agree(
          a.transposed.multiplied(by: b.transposed, transposeSelf: true, transposeOther: true), product, 1e-13
        ))
      let single = a.converted(to: Float.self).multiplied(by: b.converted(to: Float.self))
      #expect(agree(single.converted(to: Double.self), product, 1e-5))
    }
  }

  @Test("products without rows, columns or inner dimension")
  func emptyProducts() {
    let none = Matrix<Double>(rows: 0, columns: 3)
    #expect(none.multiplied(by: Matrix(rows: 3, columns: 2)) == Matrix(rows: 0, columns: 2))
    #expect(
      Matrix<Double>(rows: 2, columns: 0).multiplied(by: Matrix(rows: 0, columns: 2))
        == Matrix(rows: 2, columns: 2))
  }

  @Test("Cholesky solves")
  func cholesky() throws {
    for entry in fixture.cholesky {
      let matrix = entry.matrix.matrix
      let factor = try Cholesky(matrix)
      let solution = factor.solve(entry.right.matrix)
      #expect(agree(solution, entry.solution.matrix, 1e-9))
      #expect(agree(matrix.multiplied(by: solution), entry.right.matrix, 1e-10))
      // Only the lower triangle counts.
      var lower = matrix
      for i in 0..<matrix.rows { for j in (i + 1)..<max(matrix.rows, i + 1) { lower[i, j] = 99 } }
      #expect(agree(try Cholesky(lower).solve(entry.right.matrix), solution, 1e-12))
    }
  }

  @Test("symmetric eigenvalues and eigenvectors")
  func eigen() throws {
    for entry in fixture.eigen {
      let matrix = entry.matrix.matrix
      let eigen = try SymmetricEigen(matrix)
      for (value, expected) in zip(eigen.values, entry.values) {
        #expect(isClose(value, expected, 1e-12, scale: 1))
      }
      for (k, value) in eigen.values.enumerated() {
        let vector = Array(eigen.vectors.row(k))
        // The same direction as SciPy's, up to its sign.
        let product = zip(vector, entry.vectors.matrix.row(k)).reduce(0) { $0 + $1.0 * $1.1 }
        #expect(isClose(abs(product), 1, 1e-10))
        let column = Matrix(rows: vector.count, columns: 1, elements: vector)
        let image = Matrix(rows: vector.count, columns: 1, elements: vector.map { value * $0 })
        #expect(agree(matrix.multiplied(by: column), image, 1e-11))
      }
      let identity = eigen.vectors.multiplied(by: eigen.vectors, transposeOther: true)
      for i in 0..<matrix.rows {
        for j in 0..<matrix.rows { #expect(abs(identity[i, j] - (i == j ? 1 : 0)) < 1e-12) }
      }
    }
    #expect(try SymmetricEigen(Matrix(rows: 0, columns: 0)).values.isEmpty)
  }

  @Test("what cannot be factorised is a typed error")
  func failures() {
    #expect(throws: LinearAlgebraError.notSquare(rows: 2, columns: 3)) {
      _ = try Cholesky(Matrix(rows: 2, columns: 3))
    }
    #expect(throws: LinearAlgebraError.notPositiveDefinite(order: 2)) {
      _ = try Cholesky(Matrix(rows: 2, columns: 2, elements: [1, 2, 2, 1]))
    }
    #expect(throws: LinearAlgebraError.notFinite) {
      _ = try SymmetricEigen(Matrix(rows: 1, columns: 1, elements: [.nan]))
    }
  }
}
