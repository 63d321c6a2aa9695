public import GSL

/// What is taken off a representation, off targets, or off both, inside every training fold: what least squares predicts
/// of them from confounds, with an intercept. The residuals take their place, those of the test items with the coefficients
/// of the training items, so that nothing about a test fold enters.
///
/// Confounds are standardised by the training items, and among the solutions that fit equally well (constant or collinear
/// confounds, one-hot columns) the one of least norm is taken: singular values of at most 1e-10 of the largest count as 0.
/// Of a column of which no more than 1e-6 of its deviation is left in training, nothing is left: it is the rounding of
/// numbers in single precision.
public struct Residuals: Sendable {
  /// Confounds of the representation and of the targets: items by columns, `nil` where nothing is taken off.
  public let representation: Matrix<Double>?
  public let targets: Matrix<Double>?
  /// By repetition and fold; `nil` where nothing is taken off.
  private let representationFits: [[ConfoundFit]]?
  private let targetFits: [[ConfoundFit]]?

  /// - Parameters:
  ///   - representation: the confounds that the representation loses, items by columns; `nil`: none.
  ///   - targets: those that the targets lose.
  ///   - splits: the divisions that scores are computed on.
  /// - Throws: `LinearAlgebraError` where confounds are not finite.
  public init(
    representation: Matrix<Double>?, targets: Matrix<Double>?, splits: [Split]
  ) throws(LinearAlgebraError) {
    self.representation = representation
    self.targets = targets
    representationFits = try Self.fits(representation, splits)
    // The same confounds are fitted once.
    targetFits =
      targets != nil && targets == representation ? representationFits : try Self.fits(targets, splits)
  }

  private init(_ whole: Residuals, keepsRepresentation: Bool, repetitions: Int) {
    representation = keepsRepresentation ? whole.representation : nil
    targets = whole.targets
    representationFits =
      keepsRepresentation ? whole.representationFits.map { Array($0.prefix(repetitions)) } : nil
    targetFits = whole.targetFits.map { Array($0.prefix(repetitions)) }
  }

  private static func fits(
    _ confounds: Matrix<Double>?, _ splits: [Split]
  ) throws(LinearAlgebraError) -> [[ConfoundFit]]? {
    guard let confounds else { return nil }
    var fits: [[ConfoundFit]] = []
    for split in splits {
      precondition(confounds.rows == split.order.count, "one row of confounds per item")
      let ordered = confounds.gathering(rows: split.order)
      var own: [ConfoundFit] = []
      for fold in 0..<split.count { own.append(try ConfoundFit(ordered, split, fold)) }
      fits.append(own)
    }
    return fits
  }

  /// The same for the first `count` divisions.
  func prefix(_ count: Int) -> Residuals { Residuals(self, keepsRepresentation: true, repetitions: count) }

  /// The same targets, and a representation that keeps its confounds; `nil` where nothing is left to take off.
  var ofTargetsOnly: Residuals? {
    targets == nil ? nil : Residuals(self, keepsRepresentation: false, repetitions: .max)
  }

  /// The same confounds of some of the items, under other divisions of them.
  func gathering(_ items: [Int], splits: [Split]) throws(LinearAlgebraError) -> Residuals {
    try Residuals(
      representation: representation?.gathering(rows: items), targets: targets?.gathering(rows: items),
      splits: splits)
  }

  /// The representation as one fold's probe sees it.
  /// - Parameter ordered: items by dimensions, rows in the split's order.
  func representation(_ ordered: Matrix<Double>, repetition: Int, fold: Int) -> Matrix<Double> {
    representationFits.map { $0[repetition][fold].residuals(ordered) } ?? ordered
  }

  /// The fits of one division's folds; `nil` where targets stay as they are.
  func targetFits(repetition: Int) -> [ConfoundFit]? { targetFits?[repetition] }
}

/// One fold's least-squares fit to the confounds.
struct ConfoundFit: Sendable {
  /// Training items by rank: orthonormal columns.
  private let basis: Matrix<Double>
  /// Test items by rank, in the same coordinates.
  private let test: Matrix<Double>
  private let testRange: Range<Int>
  /// How many training items follow the test fold.
  private let after: Int

  /// How much of a column's deviation must be left.
  private static let least = 1e-6

  /// - Parameter ordered: confounds, items by columns, rows in the split's order.
  init(_ ordered: Matrix<Double>, _ split: Split, _ fold: Int) throws(LinearAlgebraError) {
    testRange = split.range(fold)
    after = split.isOnline ? 0 : split.order.count - testRange.upperBound
    let (training, tested) = RidgeFactor.rows(
      of: ordered.gathering(rows: Array(0..<testRange.upperBound + after)), testRange: testRange,
      standardized: true)
    let space = try ColumnSpace(training, tolerance: 1e-10)
    basis = space.basis
    // With C = U S V', a test item's coordinates are c V / S, and V is C'U / S.
    test = tested.multiplied(by: training.multiplied(by: basis, transposeSelf: true)).scalingColumns(
      by: space.singularValues.prefix(space.rank).map { 1 / ($0 * $0) })
  }

  /// What is left of some columns.
  /// - Parameter ordered: items by columns, rows in the split's order. Those of an online code that come after the block
  ///   are not looked at, and stay as they are.
  /// - Postcondition: every column has mean 0 over the training items.
  func residuals(_ ordered: Matrix<Double>) -> Matrix<Double> {
    let known = testRange.upperBound + after
    guard testRange.count < known else { return ordered }
    var (training, tested) = RidgeFactor.rows(
      of: known == ordered.rows ? ordered : ordered.gathering(rows: Array(0..<known)), testRange: testRange,
      standardized: false)
    let whole = training.columnSquares
    // Twice: what rounding left of the projection the first time is orthogonal to the confounds after the second.
    for _ in 0..<2 where basis.columns > 0 {
      let coefficients = basis.multiplied(by: training, transposeSelf: true)
      training.subtract(basis.multiplied(by: coefficients))
      tested.subtract(test.multiplied(by: coefficients))
    }
    let factors = zip(training.columnSquares, whole).map { left, whole in
      left > Self.least * Self.least * whole ? 1.0 : 0
    }
    if factors.contains(0) {
      training = training.scalingColumns(by: factors)
      tested = tested.scalingColumns(by: factors)
    }
    let (columns, start) = (ordered.columns, testRange.lowerBound)
    return Matrix(
      rows: ordered.rows, columns: columns,
      elements: Array(training.elements[..<(start * columns)]) + tested.elements
        + training.elements[(start * columns)...] + ordered.elements[(known * columns)...])
  }
}

extension Matrix<Double> {
  fileprivate var columnSquares: [Double] {
    var squares = [Double](repeating: 0, count: columns)
    for i in 0..<rows { for j in 0..<columns { squares[j] += self[i, j] * self[i, j] } }
    return squares
  }

  fileprivate mutating func subtract(_ other: Matrix) {
    for index in elements.indices { elements[index] -= other.elements[index] }
  }
}

/// One division's targets as its folds see them: all the same, or each fold's residuals.
struct FoldedTargets {
  /// What out-of-fold predictions are compared with: every item's target as its test fold sees it.
  let truth: Targets
  /// Whether training targets have mean 0 in every column, exactly.
  let isCentred: Bool
  private let targets: Targets
  let split: Split
  /// By fold; empty where all folds see the targets as they are.
  private let residuals: [Targets]

  /// - Parameter fits: one per fold; `nil` where targets stay as they are.
  init(_ targets: Targets, _ split: Split, _ fits: [ConfoundFit]?) {
    self.targets = targets
    self.split = split
    isCentred = fits != nil
    guard let fits else {
      (truth, residuals) = (targets, [])
      return
    }
    precondition(!targets.areClasses, "classes have no residuals")
    let width = targets.coded.columns
    let ordered = targets.coded.gathering(rows: split.order)
    var truth = targets.coded
    var residuals: [Targets] = []
    for (fold, fit) in fits.enumerated() {
      let left = fit.residuals(ordered)
      var own = targets.coded
      for (position, item) in split.order.enumerated() {
        for column in 0..<width { own[item, column] = left[position, column] }
      }
      for position in split.range(fold) {
        for column in 0..<width { truth[split.order[position], column] = left[position, column] }
      }
      residuals.append(Targets(numeric: own))
    }
    self.truth = Targets(numeric: truth)
    self.residuals = residuals
  }

  /// The targets, training and test, as a fold sees them.
  func seen(by fold: Int) -> Targets { residuals.isEmpty ? targets : residuals[fold] }

  /// What the training items of every fold say.
  var columns: TrainingColumns {
    isCentred
      ? TrainingColumns(residuals: residuals.indices.map { residuals[$0].training(split, $0).coded })
      : TrainingColumns(targets, split)
  }
}
