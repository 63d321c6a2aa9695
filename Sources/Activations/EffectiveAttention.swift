public import GSL

/// The part of a head's attention that its output depends on (Brunner et al. 2020, section 3).
///
/// A head gives A V: weights A (pieces by pieces) times value vectors V (pieces by the head's dimensions). Where V has
/// fewer independent columns than pieces, which it must have in sentences longer than the head is wide, many A give
/// the same output. Effective attention is the shortest of them: every row of A without its projection onto the left
/// null space of V, {x : x V = 0}. Equivalently, every row projected onto the space that V's columns span. Its rows
/// need not sum to 1, and weights may be negative.
///
/// Brunner et al. take the null space of T = V H, where H is the head's part of the output projection. Whatever V sends
/// to 0, T does; and both null spaces are the same where H has full row rank, which trained projections have. With a
/// narrower H this is not less than T's effective attention: it keeps what H then throws away.
public struct EffectiveAttention: Sendable {
  /// Pieces by pieces.
  public let weights: Matrix<Double>
  /// The numerical rank of the value vectors.
  public let rank: Int

  /// What singular values are compared with by default: the larger side of V times the distance from 1 to the next
  /// Float. NumPy's `matrix_rank` does so for single precision, in which models run.
  ///
  /// Value vectors that were stored in half precision are rounded by more than that: a V that was deficient is then
  /// no longer. Store values as F32.
  public static func tolerance(pieces: Int, dimensions: Int) -> Double {
    Double(max(pieces, dimensions)) * Double(Float.ulpOfOne)
  }

  /// - Parameters:
  ///   - attention: pieces by pieces.
  ///   - values: pieces by dimensions of the head.
  ///   - tolerance: singular values of V that are at most this times the largest count as zero.
  /// - Precondition: `attention` has as many columns as `values` has rows.
  /// - Postcondition: weights times values are `attention` times values up to the tolerance; where V's rank is the
  ///   number of pieces, weights are exactly `attention`.
  /// - Throws: where a value is not finite, or LAPACK gives up.
  public init(
    _ attention: Matrix<Double>, values: Matrix<Double>, tolerance: Double? = nil
  ) throws(LinearAlgebraError) {
    precondition(
      attention.columns == values.rows, "weights on \(attention.columns) pieces, \(values.rows) values")
    guard attention.elements.allSatisfy(\.isFinite) else { throw .notFinite }
    let space = try ColumnSpace(
      values,
      tolerance: tolerance ?? Self.tolerance(pieces: values.rows, dimensions: values.columns))
    rank = space.rank
    if space.rank == values.rows {
      weights = attention
    } else {
      weights = attention.multiplied(by: space.basis).multiplied(by: space.basis, transposeOther: true)
    }
  }
}

extension AttentionFile {
  /// The effective attention of a sentence: layers by heads by pieces by pieces, as `attention` gives the raw one.
  /// - Throws: what `attention` and `values` throw; `sentenceLacks` where the file has no values of the sentence.
  public func effectiveAttention(_ sentence: Int, into buffer: inout [Float]) throws(ActivationError) {
    guard hasValues(sentence) else {
      throw ActivationError(
        file: name, place: .init(sentence: sentences[sentence]),
        problem: .attention(.sentenceLacks("value vectors")))
    }
    try attention(sentence, into: &buffer)
    let n = pieceCount(sentence)
    for (slice, layer) in layers.enumerated() {
      for head in 0..<heads {
        let values = try values(sentence, layer: layer, head: head).converted(to: Double.self)
        let range = (slice * heads + head) * n * n..<(slice * heads + head + 1) * n * n
        let weights = Matrix(rows: n, columns: n, elements: buffer[range].map { Double($0) })
        let effective: EffectiveAttention
        do throws(LinearAlgebraError) {
          effective = try EffectiveAttention(weights, values: values)
        } catch {
          // Both are finite, so that only LAPACK can have failed.
          throw ActivationError(
            file: name, place: .init(sentence: sentences[sentence]),
            problem: .attention(.noFactorisation(layer: layer, head: head)))
        }
        if effective.rank == n { continue }
        for (offset, weight) in effective.weights.elements.enumerated() {
          buffer[range.lowerBound + offset] = Float(weight)
        }
      }
    }
  }
}
