internal import GSL
internal import Hypotheses
internal import Probing

/// How a set of norms is built, and how much of a score that alone reproduces: what a reader must know before a raw score
/// means anything. Nothing here is a verdict.
///
/// A cell is filled where its value is above 0: an item has the feature.
public struct DatasetStructure: Sendable, Hashable {
  public var items: Int
  public var columns: Int
  /// The share of cells that are filled.
  public var density: Double
  /// The share of columns that one item only has: whatever is learned, it can never be tested.
  public var singletons: Double
  public var featuresPerItem: Spread
  /// How many items have exactly the targets of another item.
  public var duplicates: Int
  /// The Gini coefficient of the columns' numbers of items: 0 where all features are equally common, near 1 where a few
  /// make up all.
  public var gini: Double
  /// The share of the filled cells that stand in the commonest tenth of the columns.
  public var topTenth: Double
  /// Where the hypothesis names categories of items.
  public var taxonomy: Taxonomy?
  /// What knows nothing but the structure, and what it scores.
  public var alone: [Alone]

  /// A distribution over items.
  public struct Spread: Sendable, Hashable {
    public var mean: Double
    public var least: Int
    public var median: Double
    public var largest: Int

    public init(mean: Double, least: Int, median: Double, largest: Int) {
      self.mean = mean
      self.least = least
      self.median = median
      self.largest = largest
    }
  }

  /// How much the targets hang on categories.
  public struct Taxonomy: Sendable, Hashable {
    /// The column that holds them: `norms.supersense`.
    public var column: String
    public var categories: Int
    /// The share of the targets' variance, all columns together, that lies between categories (eta squared).
    public var between: Double
    /// What it would be on average if categories were dealt to the items at random: (categories - 1) / (items - 1).
    public var expected: Double

    public init(column: String, categories: Int, between: Double, expected: Double) {
      self.column = column
      self.categories = categories
      self.between = between
      self.expected = expected
    }
  }

  /// A predictor that knows one thing.
  public struct Alone: Sendable, Hashable {
    public enum Source: String, Sendable, Hashable, CaseIterable {
      /// The training mean of every column.
      case popularity
      /// The mean of the training items of the same category.
      case categoryMeans = "category_means"
      /// A copy of the training item that is nearest in the same representation.
      case nearestCopy = "knn_copy"
    }
    public var source: Source
    public var score: Double
    /// The score as a share of the claimed raw score; `nil` where less is better, or where the claimed score is not above
    /// 0.
    public var share: Double?

    public init(source: Source, score: Double, share: Double?) {
      self.source = source
      self.score = score
      self.share = share
    }
  }

  public init(
    items: Int, columns: Int, density: Double, singletons: Double, featuresPerItem: Spread, duplicates: Int,
    gini: Double, topTenth: Double, taxonomy: Taxonomy? = nil, alone: [Alone] = []
  ) {
    self.items = items
    self.columns = columns
    self.density = density
    self.singletons = singletons
    self.featuresPerItem = featuresPerItem
    self.duplicates = duplicates
    self.gini = gini
    self.topTenth = topTenth
    self.taxonomy = taxonomy
    self.alone = alone
  }
}

extension DatasetStructure {
  /// Describes targets of several columns; `nil` for others, and for columns that go below 0, which are no features.
  /// - Parameter categories: the column's name, and one id per item.
  init?(_ targets: Targets, categories: (column: String, groups: [Int])? = nil) {
    let values = targets.coded
    guard !targets.areClasses, values.columns > 1, values.rows > 1, values.elements.allSatisfy({ $0 >= 0 })
    else { return nil }
    var perItem = [Int](repeating: 0, count: values.rows)
    var perColumn = [Int](repeating: 0, count: values.columns)
    for item in 0..<values.rows {
      for column in 0..<values.columns where values[item, column] > 0 {
        perItem[item] += 1
        perColumn[column] += 1
      }
    }
    let filled = perItem.reduce(0, +)
    let sorted = perItem.sorted()
    let middle = sorted.count / 2
    var copies: [Int: Int] = [:]
    let identities = targets.identities
    for identity in identities { copies[identity, default: 0] += 1 }

    // Gini: the mean absolute difference of two columns over twice their mean.
    let ascending = perColumn.sorted()
    let width = Double(values.columns)
    var weighted = 0.0
    for (place, count) in ascending.enumerated() {
      weighted += (2 * Double(place + 1) - width - 1) * Double(count)
    }
    let tenth = max(1, Int((width / 10).rounded(.up)))
    let total = Double(filled)
    self.init(
      items: values.rows, columns: values.columns,
      density: total / Double(values.elements.count),
      singletons: Double(perColumn.count { $0 == 1 }) / width,
      featuresPerItem: Spread(
        mean: total / Double(values.rows), least: sorted[0],
        median: sorted.count.isMultiple(of: 2)
          ? Double(sorted[middle - 1] + sorted[middle]) / 2 : Double(sorted[middle]),
        largest: sorted[sorted.count - 1]),
      duplicates: identities.count { copies[$0]! > 1 },
      gini: filled > 0 ? weighted / (width * total) : 0,
      topTenth: filled > 0 ? Double(ascending.suffix(tenth).reduce(0, +)) / total : 0,
      taxonomy: categories.map { Taxonomy(values, column: $0.column, groups: $0.groups) })
  }
}

extension DatasetStructure.Taxonomy {
  fileprivate init(_ values: Matrix<Double>, column: String, groups: [Int]) {
    var numbers: [Int: Int] = [:]
    let groupOf = groups.map { group in
      if let number = numbers[group] { return number }
      numbers[group] = numbers.count
      return numbers.count - 1
    }
    var sums = Matrix<Double>(rows: numbers.count, columns: values.columns)
    var sizes = [Double](repeating: 0, count: numbers.count)
    for item in 0..<values.rows {
      sizes[groupOf[item]] += 1
      for column in 0..<values.columns { sums[groupOf[item], column] += values[item, column] }
    }
    var (between, all) = (0.0, 0.0)
    for column in 0..<values.columns {
      let mean = sums.column(column).reduce(0, +) / Double(values.rows)
      for group in sizes.indices {
        let deviation = sums[group, column] / sizes[group] - mean
        between += sizes[group] * deviation * deviation
      }
      for item in 0..<values.rows {
        all += (values[item, column] - mean) * (values[item, column] - mean)
      }
    }
    self.init(
      column: column, categories: numbers.count, between: all > 0 ? between / all : 0,
      expected: Double(numbers.count - 1) / Double(values.rows - 1))
  }
}

extension Hypothesis {
  /// The column of item categories that the hypothesis names, if any: what `category_means` averages over, what labels are
  /// permuted within, or what folds are grouped by.
  func categoryColumn(of measurement: Measurement) -> ColumnReference? {
    for withstand in rivals { if case .categoryMeans(let rival) = withstand.rival { return rival.by } }
    for withstand in rivals {
      if case .permutedLabels(let rival) = withstand.rival, rival.scheme == .free, let within = rival.within {
        return within
      }
    }
    return measurement.folds.grouped
  }
}
