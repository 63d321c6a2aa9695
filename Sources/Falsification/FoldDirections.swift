internal import Hypotheses
internal import Probing

extension Statistic {
  /// Where items are divided once into two folds, what each scores by a probe fitted to the other: their mean hides a
  /// direction in which nothing carries over. Plain sentences.
  func directions() throws(BindingError) -> [String] {
    var notes: [String] = []
    for side in sides {
      if let note = try side.directions { notes.append(isOne ? note : "\(side.name): \(note)") }
    }
    return notes
  }

  private var isOne: Bool { sides.count == 1 }
}

extension Side {
  /// One sentence about the two directions of a division into two folds, and another where one of them is reversed; `nil` of
  /// other divisions.
  fileprivate var directions: String? {
    get throws(BindingError) {
      let splits = bound.instrument.splits
      guard splits.count == 1, !splits[0].isOnline, splits[0].starts.count == 3 else { return nil }
      let foldOf = splits[0].foldOf
      let names = try bound.declaration.folds.grouped.map { (column) throws(BindingError) in
        try bound.cells(column.column)
      }
      var parts: [String] = []
      var isAbove: [Bool] = []
      let sign: Double = metric.isBetterWhenLarger ? 1 : -1
      for fold in 0..<2 {
        let weights = foldOf.map { $0 == fold ? 1.0 : 0 }
        let score = evaluation.world.score(weights: weights)
        let floor = bounds.floor.score(weights: weights)
        isAbove.append(sign * (score - floor) > 0)
        parts.append(
          "\(Self.half(fold, foldOf, names)) score \(Wording.number(score)) (floor \(Wording.number(floor)))")
      }
      let sentence = "Each of the two folds is tested by a probe fitted to the other: \(Wording.list(parts))."
      guard isAbove[0] != isAbove[1] else { return sentence }
      return sentence
        + " The two lie on different sides of the floor: what is learned carries over in one direction only, which their mean does not show."
    }
  }

  /// What a fold holds: its groups, if they are few, and how many items.
  private static func half(_ fold: Int, _ foldOf: [Int], _ names: [String]?) -> String {
    let items = foldOf.indices.filter { foldOf[$0] == fold }
    let groups = names.map { names in Set(items.map { names[$0] }).sorted() } ?? []
    let what = groups.isEmpty || groups.count > 3 ? "" : " of \(Wording.list(groups))"
    return "\(items.count) items\(what)"
  }
}
