internal import GSL
internal import Hypotheses
internal import Probing

// What a claimed score is shown beside.
extension BoundMeasurement {
  /// The nearest copy and, for a map through a fixed number of components, what so many can reach.
  func references() throws(BindingError) -> [ReferenceScore] {
    do throws(LinearAlgebraError) {
      let copy = try instrument.nearestCopy(targets, representation).score()
      var references = [ReferenceScore(kind: .nearestCopy, value: copy)]
      if case .pls(let probe) = declaration.probe, case .fixed(let components) = probe.components,
        !targets.areClasses
      {
        let ceiling = try instrument.rankCeiling(targets, components: components).score()
        references.append(ReferenceScore(kind: .rankCeiling, value: ceiling))
      }
      return references
    } catch {
      throw .linearAlgebra(error, measurement: declaration.name)
    }
  }

  /// How the targets are built, and what that alone scores; `nil` where they are no features.
  /// - Parameters:
  ///   - categories: a column of item categories.
  ///   - observed: the claimed score.
  func structure(
    categories column: ColumnReference?, observed: Double, floor: Double, _ references: [ReferenceScore]
  ) throws(BindingError) -> DatasetStructure? {
    var categories: (column: String, groups: [Int])?
    if let column {
      let groups = try self.groups(column.column)
      // Groups of one item say nothing about the others.
      if Set(groups).count <= groups.count / 2 { categories = (column.description, groups) }
    }
    guard var structure = DatasetStructure(targets, categories: categories) else { return nil }
    func add(_ source: DatasetStructure.Alone.Source, _ score: Double) {
      let hasShare = declaration.metric.isBetterWhenLarger && observed > 0
      structure.alone.append(
        DatasetStructure.Alone(source: source, score: score, share: hasShare ? score / observed : nil))
    }
    add(.popularity, floor)
    if let categories {
      add(.categoryMeans, instrument.groupMeans(targets, groups: categories.groups).score())
    }
    for reference in references where reference.kind == .nearestCopy { add(.nearestCopy, reference.value) }
    return structure
  }
}
