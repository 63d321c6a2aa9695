public import GSL
public import Resampling

/// What a claim says of a family of measurements on the same sentences, as one number.
///
/// The same is done in every world of a rival: the largest of a world's cells stands against the largest observed one, and
/// a selection is repeated on the world's own scores.
public struct FamilyStatistic: Sendable, Hashable {
  public enum Kind: Sendable, Hashable {
    /// A single cell.
    case one
    /// The best cell: the claim that at least one satisfies the requirement.
    case any
    /// The worst cell: the claim that all do.
    case each
    /// For every fold of sentences the cell that is best on the others, scored on this one.
    /// - Parameter foldOf: a fold per sentence, numbered from 0.
    case selected(foldOf: [Int])
  }
  public var kind: Kind
  /// 1 for claims that want large values, -1 for those that want small ones: best and worst then change places.
  public let sign: Int

  /// - Precondition: the sign is 1 or -1.
  public init(_ kind: Kind, sign: Int = 1) {
    precondition(sign == 1 || sign == -1, "the sign \(sign)")
    self.kind = kind
    self.sign = sign
  }

  /// The number, in the units of the cells.
  /// - Precondition: there is a cell, and only one where the claim is of one; a selection has a fold per sentence.
  public func value(of cells: [SentenceSums]) -> Double { reduced(cells).score }

  /// The number from the cells' scores. Not for a selection, which needs sentences.
  public func value(of scores: [Double]) -> Double { scores[decisive(scores)] }

  /// The cell that decides: the best for `any`, the worst for `each`, for a selection the one chosen by all sentences.
  /// Of equal ones, the earlier.
  public func best(of cells: [SentenceSums]) -> Int { decisive(cells.map(\.score)) }

  /// The scores whose quotient the number is: those of the cell that decides, or of each fold's selected cell.
  public func reduced(_ cells: [SentenceSums]) -> SentenceSums {
    if case .selected = kind { return selection(of: cells).sums }
    return cells[best(of: cells)]
  }

  /// A selection made on the other folds, scored on each.
  public struct Selection: Sendable, Hashable {
    public var sums: SentenceSums
    /// By fold: the cell chosen on the others.
    public var cells: [Int]
  }

  /// The selection; of equally good cells, the earlier. Sentences beyond a fold's own choose its cell, so that the score is
  /// of sentences that did not choose.
  /// - Precondition: the kind is `selected`.
  public func selection(of cells: [SentenceSums]) -> Selection {
    guard case .selected(let foldOf) = kind else { preconditionFailure("no selection is made") }
    precondition(!cells.isEmpty && cells[0].sums.count == foldOf.count, "a fold for every sentence")
    let folds = (foldOf.max() ?? -1) + 1
    var (sums, weights) = (
      Matrix<Double>(rows: cells.count, columns: folds), Matrix<Double>(rows: cells.count, columns: folds)
    )
    for (cell, own) in cells.enumerated() {
      for (sentence, fold) in foldOf.enumerated() {
        sums[cell, fold] += own.sums[sentence]
        weights[cell, fold] += own.weights[sentence]
      }
    }
    let chosen = chosenCells(sums: sums, weights: weights)
    return Selection(
      sums: SentenceSums(
        sums: foldOf.indices.map { cells[chosen[foldOf[$0]]].sums[$0] },
        weights: foldOf.indices.map { cells[chosen[foldOf[$0]]].weights[$0] }),
      cells: chosen)
  }

  /// For every fold, the cell that is best on the others.
  /// - Parameters:
  ///   - sums: cells by folds; `weights` too.
  public func chosenCells(sums: Matrix<Double>, weights: Matrix<Double>) -> [Int] {
    let totals = (0..<sums.rows).map { (sums.row($0).reduce(0, +), weights.row($0).reduce(0, +)) }
    return (0..<sums.columns).map { fold in
      var (chosen, highest) = (0, -Double.infinity)
      for cell in 0..<sums.rows {
        let weight = totals[cell].1 - weights[cell, fold]
        let score = weight > 0 ? Double(sign) * (totals[cell].0 - sums[cell, fold]) / weight : -.infinity
        if score > highest { (chosen, highest) = (cell, score) }
      }
      return chosen
    }
  }

  private func decisive(_ scores: [Double]) -> Int {
    precondition(!scores.isEmpty, "a family without cells")
    let wantsLargest: Bool
    switch kind {
    case .one:
      precondition(scores.count == 1, "\(scores.count) cells for a claim of one")
      return 0
    case .any, .selected: wantsLargest = sign == 1
    case .each: wantsLargest = sign == -1
    }
    var best = 0
    for cell in scores.indices where wantsLargest ? scores[cell] > scores[best] : scores[cell] < scores[best]
    {
      best = cell
    }
    return best
  }

  /// The p-value of an observed number among those of the worlds. For a selection and for worlds with cells of their own.
  public func pValue(observed: Double, null: [Double]) -> PValue {
    Resampling.pValue(
      observed: Double(sign) * observed, null: sign == 1 ? null : null.map { -$0 }, exact: false)
  }

  /// The p-value of the claim from the cells' scores and their scores in every world.
  ///
  /// `any`: the best cell against the best in every world (Westfall & Young 1993). `each`: the largest of the cells' own
  /// p-values, an intersection-union test that needs no correction (Berger 1982). `one`: its own. A selection has to be
  /// repeated in every world, and so has its p from `pValue(observed: Double, null:)`.
  /// - Parameter null: worlds by cells.
  /// - Precondition: `null` has a column for every cell; the kind is not `selected`.
  public func pValue(observed: [Double], null: Matrix<Double>) -> PValue {
    precondition(null.columns == observed.count && !observed.isEmpty, "a column for every cell")
    switch kind {
    case .one: return pValue(observed: value(of: observed), null: null.elements)
    case .any:
      let best = (0..<null.rows).map { sign == 1 ? null.row($0).max()! : null.row($0).min()! }
      return pValue(observed: value(of: observed), null: best)
    case .each:
      return observed.indices.map { pValue(observed: observed[$0], null: null.column($0)) }
        .max { $0.value < $1.value }!
    case .selected: preconditionFailure("a selection is repeated in every world")
    }
  }

  /// The cells' p-values, raw and adjusted for the family.
  public func maxT(observed: [Double], null: Matrix<Double>) -> MaxT {
    guard sign == -1 else { return MaxT(observed: observed, null: null, exact: false) }
    return MaxT(
      observed: observed.map { -$0 },
      null: Matrix(rows: null.rows, columns: null.columns, elements: null.elements.map { -$0 }), exact: false)
  }
}
