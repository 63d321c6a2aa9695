public import GSL
internal import Hypotheses

// What a score is held against on the same items, folds and metric, without the claimed probe. None of these is a rival's
// world of its own; `mean_predictor` and `category_means` are judged by the same numbers.
extension Instrument {
  /// The scores of the best answer that never sees the representation.
  ///
  /// Where classes are named or columns are decided (`accuracy`, `balanced_accuracy`, `f1`, `description_length`), it is the
  /// answer that is best at the shares that the classes have among all items, one and the same in every fold. The training
  /// fold's own majority would be worse than blind: in balanced data the class that is commonest in training is rarest in
  /// the test fold. Elsewhere it is the training fold's mean, what a probe that learns nothing predicts: `r2` is 0 there by
  /// definition, metrics of order take their value of chance, and features are ranked by their popularity.
  public func floor(_ targets: Targets) -> ScoredWorld {
    if case .f1(let f1) = metric {
      let world = f1.taking(f1.bestColumns(of: targets), targets)
      return ScoredWorld(repeats: splits.map { _ in world })
    }
    let shares = areClassesNamed ? targets.columnMeans : nil
    return predicting(targets) { division in
      let columns = division.columns
      return { fold in
        let answer = shares ?? Array(columns.means.row(fold))
        return { items in
          Matrix(
            rows: items.count, columns: answer.count, elements: items.indices.flatMap { _ in answer })
        }
      }
    }
  }

  /// Whether the metric looks at the class that is predicted, or at its probability.
  private var areClassesNamed: Bool {
    switch metric {
    case .accuracy, .balancedAccuracy, .descriptionLength: true
    default: false
    }
  }

  /// The best score that any probe can reach on these folds: what does not vary in a training fold (a class that does
  /// not occur there, a target column that is constant there, a feature that no training item has) cannot be predicted in
  /// its test fold.
  ///
  /// A metric that ranks features gets those that no training item has last, in the order of the columns.
  public func ceiling(_ targets: Targets) -> ScoredWorld {
    let (ranks, decides): (Bool, Bool) =
      switch metric {
      case .precisionAtK, .meanAveragePrecision: (true, false)
      case .f1(let metric): (false, metric.threshold != .training)
      default: (false, false)
      }
    return predicting(targets) { division in
      let columns = division.columns
      return { fold in
        { items in
          var rows = division.seen(by: fold).coded.gathering(rows: items)
          for column in 0..<rows.columns {
            let mean = columns.means[fold, column]
            let varies = columns.varies(fold, column)
            if varies && !decides { continue }
            for row in 0..<rows.rows {
              if varies {
                // A probe may go as far beyond a fixed threshold as it takes.
                rows[row, column] = rows[row, column] > 0 ? .infinity : -.infinity
              } else {
                rows[row, column] = ranks && mean <= 0 ? -.infinity : mean
              }
            }
          }
          return rows
        }
      }
    }
  }

  /// The scores of a predictor that knows an item's group and nothing else: the mean targets of the training items of the
  /// same group, or of all training items where the group has none there.
  /// - Parameter groups: one id per item.
  public func groupMeans(_ targets: Targets, groups: [Int]) -> ScoredWorld {
    precondition(groups.count == targets.count, "one group per item")
    var numbers: [Int: Int] = [:]
    let groupOf = groups.map { group in
      if let number = numbers[group] { return number }
      numbers[group] = numbers.count
      return numbers.count - 1
    }
    let (count, width) = (numbers.count, targets.coded.columns)
    return predicting(targets) { division in
      let columns = division.columns
      return { fold in
        let own = division.seen(by: fold)
        var means = Matrix<Double>(rows: count, columns: width)
        var sizes = [Double](repeating: 0, count: count)
        for item in division.split.training(fold) {
          sizes[groupOf[item]] += 1
          let start = groupOf[item] * width
          for (column, value) in own.coded.row(item).enumerated() {
            means.elements[start + column] += value
          }
        }
        for group in 0..<count {
          for column in 0..<width {
            means[group, column] =
              sizes[group] > 0 ? means[group, column] / sizes[group] : columns.means[fold, column]
          }
        }
        return { items in means.gathering(rows: items.map { groupOf[$0] }) }
      }
    }
  }

  /// The scores of a predictor that is told the held-out targets and may keep `components` numbers of each item: the
  /// targets, less the training mean, are projected onto the first principal components of the training targets.
  ///
  /// It is the best that a map into that subspace can do by squared error. Another subspace may serve the held-out items or
  /// another metric better, so this is a reference and no strict bound.
  /// - Throws: `LinearAlgebraError` where targets are not finite.
  public func rankCeiling(_ targets: Targets, components: Int) throws(LinearAlgebraError) -> ScoredWorld {
    precondition(components > 0, "no component")
    // Typed throws do not pass through the closures.
    var failure: LinearAlgebraError?
    let world = predicting(targets) { division in
      let columns = division.columns
      return { fold in
        let mean = Array(columns.means.row(fold))
        let own = division.seen(by: fold)
        let training = own.coded.gathering(rows: division.split.training(fold))
        var axes: Matrix<Double>?
        do throws(LinearAlgebraError) {
          var found = try training.subtracting(mean).principalAxes(components)
          // Rounding must not make unseen features differ.
          for column in 0..<found.columns where !columns.varies(fold, column) {
            for row in 0..<found.rows { found[row, column] = 0 }
          }
          axes = found
        } catch {
          failure = error
        }
        return { items in
          let truth = own.coded.gathering(rows: items)
          guard let axes, axes.rows > 0 else {
            return Matrix(rows: items.count, columns: mean.count).adding(mean)
          }
          let centred = truth.subtracting(mean)
          return centred.multiplied(by: axes, transposeOther: true).multiplied(by: axes).adding(mean)
        }
      }
    }
    if let failure { throw failure }
    return world
  }

  /// The scores of a copy: every test item gets the targets of the training item that is nearest by cosine in the same
  /// representation.
  /// - Parameter representation: items by dimensions.
  /// - Throws: `LinearAlgebraError` where it holds values that are not finite.
  public func nearestCopy(
    _ targets: Targets, _ representation: Matrix<Double>
  ) throws(LinearAlgebraError) -> ScoredWorld {
    try with(probe: .knn(KNN(k: 1))).prepare(representation).evaluate(targets).world
  }

  /// The scores of a predictor that is written down fold by fold.
  /// - Parameter predictor: for a division's targets and one of its folds, what is predicted for some items, test or
  ///   training: a row per item, a column per coded target column.
  private func predicting(
    _ targets: Targets, _ predictor: (FoldedTargets) -> (Int) -> (_ items: [Int]) -> Matrix<Double>
  ) -> ScoredWorld {
    let (items, width) = (targets.count, targets.coded.columns)
    return ScoredWorld(
      repeats: splits.enumerated().map { repetition, split in
        let division = folded(targets, repetition)
        let ofFold = predictor(division)
        var predictions = [Double](repeating: 0, count: items * width)
        var fits: [[Double]] = []
        for fold in 0..<split.count where split.hasTraining(fold) {
          let predict = ofFold(fold)
          let test = split.range(fold)
          let rows = predict(Array(split.order[test]))
          for column in 0..<width {
            for (place, position) in test.enumerated() {
              predictions[column * items + position] = rows[place, column]
            }
          }
          if metric.readsTrainingFit {
            fits.append(predict(split.training(fold)).transposed.elements)
          }
        }
        return ItemScores(
          metric, predictions: predictions, targets: division.truth, split: split, trainingFits: fits,
          areCentred: division.isCentred)
      })
  }
}

extension Matrix<Double> {
  /// Every row less `row`.
  fileprivate func subtracting(_ row: [Double]) -> Matrix {
    var result = self
    for i in 0..<rows { for j in 0..<columns { result.elements[i * columns + j] -= row[j] } }
    return result
  }

  /// Every row and `row`.
  fileprivate func adding(_ row: [Double]) -> Matrix {
    var result = self
    for i in 0..<rows { for j in 0..<columns { result.elements[i * columns + j] += row[j] } }
    return result
  }
}

extension Matrix<Double> {
  /// Orthonormal directions in which centred rows vary most, largest variance first: at most `count`, and none without
  /// variance.
  /// - Returns: directions by columns.
  package func principalAxes(_ count: Int) throws(LinearAlgebraError) -> Matrix {
    // The smaller of the two Gram matrices has the same eigenvalues.
    let isWide = columns > rows
    let eigen = try SymmetricEigen(gram(ofRows: isWide))
    let largest = eigen.values.last ?? 0
    var order: [Int] = []
    for place in eigen.values.indices.reversed()
    where order.count < count && eigen.values[place] > 1e-12 * largest {
      order.append(place)
    }
    let chosen = eigen.vectors.gathering(rows: order)
    guard isWide, !order.isEmpty else { return chosen }
    var axes = chosen.multiplied(by: self)
    for (row, place) in order.enumerated() {
      let scale = 1 / eigen.values[place].squareRoot()
      for column in 0..<columns { axes[row, column] *= scale }
    }
    return axes
  }
}
