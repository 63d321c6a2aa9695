internal import Activations
internal import GSL
internal import Hypotheses
internal import Probing
internal import Resampling
internal import Rivals

/// Why a hypothesis cannot be tested on the data as they are. Not a verdict about the claim.
enum BindingError: Error, Sendable {
  case data(ActivationError)
  /// A cell that a grouping or a confound needs is empty.
  case emptyCell(table: String, column: String, key: String)
  /// A numeric column holds something else.
  case notNumeric(table: String, column: String)
  case unknownColumn(table: String, column: String)
  /// A target whose square, or a sum of such squares, is no finite number.
  case targetOverflows(table: String, column: String, key: String, value: String)
  /// Fewer groups (or items) than folds.
  case tooFewGroups(measurement: String, groups: Int, folds: Int)
  /// Fewer than 5 items, or targets that do not vary.
  case tooFewItems(measurement: String, items: Int)
  case constantTarget(measurement: String)
  /// Confounds explain every target in every training fold.
  case nothingLeft(measurement: String)
  /// `auc` needs two classes among the items used.
  case classCount(measurement: String, found: Int)
  /// The metric is defined for too few of the items.
  case undefined(Definedness, metric: Metric, measurement: String)
  case permutation(PermutationError, rival: String)
  case noTensor(path: String, pattern: String)
  case twinShape(path: String, tensor: String, found: Int, expected: Int)
  /// The sides of a comparison have different numbers of twins.
  case twinCounts(rival: String, better: Int, worse: Int)
  /// Floor and ceiling of a side of a comparison coincide.
  case nothingToNormalize(measurement: String)
  case linearAlgebra(LinearAlgebraError, measurement: String)
  /// Fewer than five sentences have what a measurement needs.
  case noSentences(measurement: String, found: Int, what: String)
  /// No sentence holds anything that a measurement scores.
  case nothingToScore(measurement: String)
  case textProbe(TextProbeError, measurement: String)
  /// The file holds no such layer or head.
  case noHead(path: String, layer: Int, head: Int)
  /// A rival needs hidden states of every sentence.
  case noStates(path: String, rival: String)
  /// A pair's position is not one of its sentence's words.
  case pairPosition(table: String, column: String, key: String, value: String, words: Int)
  /// The file of attention lacks a pair's sentence.
  case pairSentence(path: String, key: String, sentence: String)
}

/// A measurement with its data: items in one order, shared by representation, targets and groups.
struct BoundMeasurement: Sendable {
  let declaration: Measurement
  let keys: [String]
  let table: Table
  /// The table's row of every item.
  let rows: [Int]
  let representation: Matrix<Double>
  let targets: Targets
  let instrument: Instrument
  /// The unit of independence of every item.
  let units: [Int]
  /// The same unit as a name for people.
  let unitName: String
  /// What it is called beside others: its name, or which member of a family it is.
  var label: String
  let notes: [String]

  /// Whether another member of the same family has this representation: all else but the targets they share.
  func readsTheSame(as other: BoundMeasurement) -> Bool {
    declaration.representation == other.declaration.representation
      && declaration.member == other.declaration.member
  }

  /// The items' cells of a column.
  func cells(_ column: String) throws(BindingError) -> [String] {
    let name = declaration.targets.data
    let cells = try table.require(column, of: name).cells
    var found: [String] = []
    for row in rows {
      guard let cell = cells[row] else { throw .emptyCell(table: name, column: column, key: table.keys[row]) }
      found.append(cell)
    }
    return found
  }

  /// Ids of the groups that a column makes of the items.
  func groups(_ column: String) throws(BindingError) -> [Int] {
    try table.groups(column, rows: rows, name: declaration.targets.data)
  }
}

/// A rival with its worlds.
struct BoundRival: Sendable {
  let withstand: Withstand
  let worlds: RivalWorlds
  let replicates: Int
  /// For `permuted_labels`.
  var scheme: PermutationScheme? = nil
  /// For `permuted_labels`: what the scheme must keep to.
  var exchangeability = Gate.Exchangeability()
  /// For `confounds`: representation and confounds side by side.
  var joined: Matrix<Double>? = nil
  /// For `confounds`: whether a representation keeps what measurements take off it. Confounds without confounds would be
  /// nothing.
  var takesRepresentationsWhole = false
  /// Whether worlds that are given are independent draws, so that they give a p.
  var areDraws = false
  /// For `untrained`: the twins of every side.
  var twins: [[Matrix<Double>]] = []

  /// What measures the rival's representations in the place of a side's own.
  func instrument(of side: BoundMeasurement) -> Instrument { instrument(side.instrument) }

  func instrument(_ own: Instrument) -> Instrument {
    takesRepresentationsWhole ? own.takingRepresentationsWhole : own
  }
}

/// Binds hypotheses to the files of a data folder.
struct Binder {
  let library: DataLibrary
  let hypothesis: Hypothesis
  let seed: UInt64
  /// Replaces the number of replicates of every random rival.
  let replicates: Int?

  /// The largest target whose square, summed over any number of items, is still a finite number.
  private static let largestTarget = 1e150

  /// The least share of items that must lie in folds where the metric is defined.
  static let leastDefined = 0.2

  /// The stream of everything random about this hypothesis.
  var key: StreamKey { StreamKey(seed: seed, hypothesis.name) }

  /// Binds what is claimed: one measurement, or the two sides of a comparison or the members of a family on the same items,
  /// and on the same folds where they are divided by the same rule.
  func sides() throws(BindingError) -> [BoundMeasurement] {
    let name = hypothesis.claim.measurement
    if let family = hypothesis.probeFamily(named: name) {
      return try members(of: family, rivals: hypothesis.rivals)
    }
    if let declaration = hypothesis.measurement(named: name) {
      return [try measurement(declaration, rivals: hypothesis.rivals)]
    }
    guard let contrast = hypothesis.contrast(named: name),
      let better = hypothesis.measurement(named: contrast.better),
      let worse = hypothesis.measurement(named: contrast.worse)
    else { preconditionFailure("the checker lets no claim through without its measurements") }
    return [
      try measurement(better, beside: [worse], foldsOf: better, rivals: hypothesis.rivals),
      try measurement(worse, beside: [better], foldsOf: better, rivals: hypothesis.rivals),
    ]
  }

  /// Binds the members of a family on the same items and folds.
  func members(of family: ProbeFamily, rivals: [Withstand] = []) throws(BindingError) -> [BoundMeasurement] {
    // One of each representation and each selection of targets says which rows all can use.
    var others: [Measurement] = []
    for member in family.members.map(\.measurement)
    where !others.contains(where: {
      $0.targets == member.targets && $0.representation == member.representation && $0.member == member.member
    }) { others.append(member) }
    var bound: [BoundMeasurement] = []
    for member in family.members {
      var own = try measurement(
        member.measurement, beside: others.filter { $0 != member.measurement }, rivals: rivals)
      own.label = [Coordinate](family.axes, member.coordinates).words
      bound.append(own)
    }
    return bound
  }

  /// Binds a measurement. Rows with an empty cell in a column that it uses, or that `rivals` use, are left out.
  /// - Parameters:
  ///   - neighbours: measurements that must be possible on the same rows.
  ///   - named: the measurement whose name keys the division into folds; `nil`: its own.
  func measurement(
    _ declaration: Measurement, beside neighbours: [Measurement] = [], foldsOf named: Measurement? = nil,
    rivals: [Withstand] = []
  ) throws(BindingError) -> BoundMeasurement {
    let table = try self.table(declaration.targets.data)
    let tableName = declaration.targets.data
    let source = try representation(declaration.representation, member: declaration.member)
    var notes: [String] = []

    // Rows with a value in every column that is used.
    var columns: [Column] = []
    for name in declaration.targets.columns { columns.append(try table.require(name, of: tableName)) }
    var rows = Array(table.keys.indices)
    let folds = [declaration.folds] + neighbours.map(\.folds)
    let others =
      ([hypothesis.unit] + folds.map(\.grouped)).compactMap { $0?.column }
      + folds.flatMap { $0.linked?.columns ?? [] }
      + ([declaration] + neighbours).flatMap(\.residualized.columns)
      + rivals.flatMap { $0.rival.columnUses.map(\.column) }
    for name in declaration.targets.columns + neighbours.flatMap(\.targets.columns) + others {
      let cells = try table.require(name, of: tableName).cells
      let before = rows.count
      rows.removeAll { cells[$0] == nil }
      if rows.count < before {
        notes.append(
          "\(before - rows.count) of \(table.rows) rows of \(tableName) are left out because \(name) is empty."
        )
      }
    }

    for other in neighbours
    where (other.representation, other.member) != (declaration.representation, declaration.member) {
      let known = Set(
        try representation(other.representation, member: other.member).keys.map(Identifier.init))
      let before = rows.count
      rows.removeAll { !known.contains(Identifier(table.keys[$0])) }
      if rows.count < before, other.items == .shared {
        notes.append(
          "\(before - rows.count) keys of \(tableName) are not in \(other.representation) and are left out.")
      }
    }

    // Rows with activations, matched by key. Activations of other items are no error.
    let alignment = Alignment(tableKeys: rows.map { table.keys[$0] }, activationKeys: source.keys)
    if declaration.items == .complete {
      try Self.reading { () throws(ActivationError) in
        try alignment.requireActivations(table: table.name, activations: source.file)
      }
    } else if !alignment.missingFromActivations.isEmpty {
      notes.append(
        "\(alignment.missingFromActivations.count) keys of \(tableName) are not in \(declaration.representation) and are left out."
      )
    }
    rows = alignment.tableRows.map { rows[$0] }
    guard rows.count >= 5 else { throw .tooFewItems(measurement: declaration.name, items: rows.count) }

    let targets: Targets
    switch declaration.metric.targetKind {
    case .numeric, .indicators, .strengths:
      var values = Matrix<Double>(rows: rows.count, columns: columns.count)
      for (j, column) in columns.enumerated() {
        guard column.isNumeric else {
          throw .notNumeric(table: tableName, column: declaration.targets.columns[j])
        }
        for (i, row) in rows.enumerated() { values[i, j] = column.numbers[row]! }
        if let row = rows.first(where: { abs(column.numbers[$0]!) > Self.largestTarget }) {
          throw .targetOverflows(
            table: tableName, column: declaration.targets.columns[j], key: table.keys[row],
            value: column.cells[row]!)
        }
      }
      targets = Targets(numeric: values)
    case .classes, .binary:
      targets = Targets(classes: rows.map { columns[0].cells[$0]! })
      if declaration.metric == .auc, targets.classes.count != 2 {
        throw .classCount(measurement: declaration.name, found: targets.classes.count)
      }
    }
    guard Set(targets.identities).count > 1 else { throw .constantTarget(measurement: declaration.name) }

    var groups: [Int]?
    if let grouped = declaration.folds.grouped {
      groups = try table.groups(grouped.column, rows: rows, name: tableName)
    } else if let linked = declaration.folds.linked {
      groups = try table.linkedGroups(linked.columns, rows: rows, name: tableName)
    }
    let units = try hypothesis.unit.map { (reference) throws(BindingError) in
      try table.groups(reference.column, rows: rows, name: tableName)
    }
    var splits: [Split] = []
    let foldKey = key.appending((named ?? declaration).name)
    for repetition in 0..<declaration.folds.repeats {
      let isOnline = declaration.metric.isOnline
      guard
        let split = isOnline
          ? Split(
            onlineCodeOf: rows.count, groups: groups, units: units, key: foldKey, repetition: repetition)
          : Split(
            items: rows.count, folds: declaration.folds.count, groups: groups, units: units,
            classes: declaration.folds.isStratified ? targets.labels : nil, key: foldKey,
            repetition: repetition)
      else {
        throw .tooFewGroups(
          measurement: declaration.name, groups: groups.map { Set($0).count } ?? rows.count,
          folds: isOnline ? 2 : declaration.folds.count)
      }
      splits.append(split)
    }

    if declaration.folds.isStratified { notes.append(Self.shares(of: targets, in: splits[0])) }

    let matrix = try source.matrix(alignment.activationRows)
    let instrument = Instrument(
      metric: declaration.metric, probe: declaration.probe, splits: splits,
      key: key.appending(declaration.name),
      residuals: try residuals(declaration, table, rows: rows, splits))
    guard instrument.leavesSomething(of: targets) else { throw .nothingLeft(measurement: declaration.name) }
    if let defined = instrument.definedness(targets), defined.folds < defined.allFolds {
      guard defined.share >= Self.leastDefined else {
        throw .undefined(defined, metric: declaration.metric, measurement: declaration.name)
      }
      notes.append(defined.note(declaration.metric, measurement: declaration.name))
    }
    return BoundMeasurement(
      declaration: declaration, keys: rows.map { table.keys[$0] }, table: table, rows: rows,
      representation: matrix, targets: targets,
      instrument: instrument, units: units ?? Array(rows.indices),
      unitName: hypothesis.unit?.description ?? "item", label: declaration.name,
      notes: notes
        + (named != nil
          ? ([declaration] + neighbours).flatMap { $0.residualNotes(named: true) }
          : declaration.residualNotes(named: false)))
  }

  /// Every class's shares of the folds' items.
  private static func shares(of targets: Targets, in split: Split) -> String {
    let shares = targets.classes.indices.prefix(10).map { label in
      let byFold = (0..<split.count).map { fold in
        let items = split.order[split.range(fold)]
        return Double(items.count { targets.labels[$0] == label }) / Double(items.count)
      }
      return
        "\(targets.classes[label]) \(Wording.percent(byFold.min()!)) to \(Wording.percent(byFold.max()!))"
    }
    let more = targets.classes.count - shares.count
    return "Folds are stratified; classes' shares of the items by fold: \(shares.joined(separator: ", "))"
      + (more > 0 ? ", and \(more) more." : ".")
  }

  /// What a measurement takes off inside its folds; `nil` for nothing.
  private func residuals(
    _ declaration: Measurement, _ table: Table, rows: [Int], _ splits: [Split]
  ) throws(BindingError) -> Residuals? {
    func confounds(_ selection: ColumnSelection?) throws(BindingError) -> Matrix<Double>? {
      guard let selection else { return nil }
      return try table.confounds(selection, rows: rows)
    }
    let (representation, targets) = (
      try confounds(declaration.residualized.representation), try confounds(declaration.residualized.targets)
    )
    guard representation != nil || targets != nil else { return nil }
    do throws(LinearAlgebraError) {
      return try Residuals(representation: representation, targets: targets, splits: splits)
    } catch {
      throw .linearAlgebra(error, measurement: declaration.name)
    }
  }

  /// Binds a rival against what is claimed: one side, or the two of a comparison, which have the same items.
  func rival(_ withstand: Withstand, of sides: [BoundMeasurement]) throws(BindingError) -> BoundRival {
    let claim = sides[0]
    let key = stream(of: withstand.rival)
    switch withstand.rival {
    case .permutedLabels(let rival):
      return try permutedLabels(rival, withstand, key, sides)
    case .controlTask(let rival):
      return BoundRival(
        withstand: withstand,
        worlds: .targets(ControlTaskWorlds(types: try claim.groups(rival.by.column), key: key)),
        replicates: replicates ?? rival.replicates)
    case .randomEmbedding(let rival):
      let types = try rival.by.map { (reference) throws(BindingError) in try claim.groups(reference.column) }
      var texts: [String] = []
      if rival.kind == .characterNgrams {
        texts =
          try rival.text.map { (reference) throws(BindingError) in try claim.cells(reference.column) }
          ?? claim.keys
      }
      let width = sides.map(\.representation.columns).max()!
      return BoundRival(
        withstand: withstand,
        worlds: .representation(
          sides.map {
            RandomEmbeddingWorlds(
              kind: rival.kind, types: types ?? claim.units, real: $0.representation, drawnWidth: width,
              texts: texts,
              // The members of a family read different tensors, and their random ones differ as well.
              key: $0.declaration.member.map(key.appending) ?? key)
          }),
        replicates: replicates ?? rival.replicates)
    case .untrained(let rival):
      var twins: [[Matrix<Double>]] = []
      let isComparison = hypothesis.contrast(named: hypothesis.claim.measurement) != nil
      for (place, side) in sides.enumerated() {
        let names = isComparison && place == 1 ? rival.over : rival.representations
        var own: [Matrix<Double>] = []
        for name in names { own += try self.twins(name, of: side) }
        twins.append(own)
      }
      guard twins.allSatisfy({ $0.count == twins[0].count }) else {
        throw .twinCounts(rival: withstand.label, better: twins[0].count, worse: twins[1].count)
      }
      return BoundRival(
        withstand: withstand, worlds: .representation(twins.map { GivenRepresentations($0) }),
        replicates: twins[0].count, areDraws: rival.seeds == .independent, twins: twins)
    case .confounds(let rival):
      let matrix = try claim.table.confounds(rival.columns, rows: claim.rows)
      let confounds = GivenRepresentations([matrix])
      return BoundRival(
        withstand: withstand, worlds: .representation(sides.map { _ in confounds }), replicates: 1,
        joined: withstand.criteria.contains { $0.quantity == .added }
          ? claim.representation.appending(columns: matrix) : nil, takesRepresentationsWhole: true)
    case .randomNorms(let rival):
      return BoundRival(
        withstand: withstand,
        worlds: .norms(
          sides.map { RandomNormsWorlds(kind: rival.kind, real: $0.targets.coded, key: key) }),
        replicates: replicates ?? rival.replicates)
    case .irrelevantTarget(let rival):
      var values = Matrix<Double>(rows: claim.keys.count, columns: rival.columns.columns.count)
      for (j, name) in rival.columns.columns.enumerated() {
        let column = try claim.table.require(name, of: rival.columns.data)
        guard column.isNumeric else { throw .notNumeric(table: rival.columns.data, column: name) }
        for (i, row) in claim.rows.enumerated() { values[i, j] = column.numbers[row]! }
      }
      let irrelevant = IrrelevantTargetWorlds(values)
      return BoundRival(
        withstand: withstand, worlds: .norms(sides.map { _ in irrelevant }), replicates: 1)
    case .categoryMeans(let rival):
      return BoundRival(
        withstand: withstand, worlds: .groupMeans(try claim.groups(rival.by.column)), replicates: 1)
    case .knnCopy(let rival):
      return BoundRival(
        withstand: withstand, worlds: .probe(.knn(KNN(k: rival.k, similarity: rival.similarity))),
        replicates: 1)
    case .swappedSides(let rival):
      return BoundRival(
        withstand: withstand, worlds: .swappedSides(SwappedSidesWorlds(units: claim.units, key: key)),
        replicates: replicates ?? rival.replicates)
    case .otherRepresentation(let rival):
      let other = GivenRepresentations([try matrix(of: rival.representation, for: claim)])
      return BoundRival(
        withstand: withstand,
        worlds: .representation([GivenRepresentations](repeating: other, count: sides.count)), replicates: 1)
    case .majority, .meanPredictor:
      return BoundRival(withstand: withstand, worlds: .trivial, replicates: 1)
    case .text: preconditionFailure("the checker sets rivals of texts against measurements on texts only")
    }
  }

  /// The random stream of a rival. The number of replicates is no part of its name: more replicates begin with the same.
  func stream(of rival: Rival) -> StreamKey {
    let names: [String] =
      switch rival {
      case .permutedLabels(let rival):
        [rival.within?.description ?? "", rival.over?.description ?? ""] + rival.furtherNames
      case .controlTask(let rival): [rival.by.description]
      case .randomEmbedding(let rival):
        [rival.kind.rawValue, rival.by?.description ?? ""] + (rival.text.map { [$0.description] } ?? [])
      case .randomNorms(let rival): [rival.kind.rawValue]
      case .untrained, .confounds, .irrelevantTarget, .categoryMeans, .knnCopy, .swappedSides,
        .otherRepresentation, .majority, .meanPredictor, .text:
        []
      }
    return names.reduce(key.appending(rival.name)) { $0.appending($1) }
  }

  func table(_ name: String) throws(BindingError) -> Table {
    guard case .table(let path, let key, let format)? = hypothesis.data(named: name)?.source else {
      throw .unknownColumn(table: name, column: "")
    }
    return try Self.reading { () throws(ActivationError) in
      try library.table(path, key: key, format: format)
    }
  }

  /// A matrix that a declaration names: its rows' keys, and the rows that are asked for.
  struct RepresentationSource {
    /// The file as errors name it.
    var file: String
    var keys: [String]
    var matrix: (_ rows: [Int]) throws(BindingError) -> Matrix<Double>
  }

  /// What a declaration of `activations` (of one tensor) or of `pair_attention` holds.
  /// - Parameter member: what stands for the wildcard of the tensor's name.
  private func representation(
    _ name: String, member: String? = nil
  ) throws(BindingError) -> RepresentationSource {
    if case .pairAttention(let pairs)? = hypothesis.data(named: name)?.source {
      return try pairAttention(pairs)
    }
    let found = try tensors(name, member: member)
    guard let tensor = found.tensors.first, found.tensors.count == 1 else {
      throw .noTensor(path: found.file.name, pattern: name)
    }
    let file = found.file
    return RepresentationSource(
      file: file.name, keys: try keys(found.path, tensor, found.keysPath),
      matrix: { (rows) throws(BindingError) in
        try Self.reading { () throws(ActivationError) in try file.matrix(tensor, rows: rows) }
      })
  }

  /// Another representation of a claim's items.
  private func matrix(
    of name: String, for claim: BoundMeasurement
  ) throws(BindingError) -> Matrix<Double> {
    let source = try representation(name)
    let alignment = Alignment(tableKeys: claim.keys, activationKeys: source.keys)
    try Self.reading { () throws(ActivationError) in
      try alignment.requireActivations(table: claim.table.name, activations: source.file)
    }
    return try source.matrix(alignment.activationRows)
  }

  private func keys(
    _ path: String, _ tensor: TensorHeader, _ explicit: String?
  ) throws(BindingError) -> [String] {
    try Self.reading { () throws(ActivationError) in
      try library.keys(of: tensor, in: path, explicit: explicit)
    }
  }

  private func tensors(
    _ name: String, member: String?
  ) throws(BindingError) -> (
    file: ActivationFile, path: String, tensors: [TensorHeader], keysPath: String?
  ) {
    guard case .activations(let path, let pattern, let keysPath)? = hypothesis.data(named: name)?.source
    else {
      throw .noTensor(path: name, pattern: "")
    }
    let file = try Self.reading { () throws(ActivationError) in try library.activations(path) }
    if let member {
      let wanted = pattern.flatMap { NamePattern($0).filled(with: member) }
      guard let tensor = file.tensors.first(where: { $0.name == wanted }) else {
        throw .noTensor(path: path, pattern: wanted ?? pattern ?? "")
      }
      return (file, path, [tensor], keysPath)
    }
    let matching = pattern.map { pattern in file.tensors.filter { NamePattern(pattern).matches($0.name) } }
    let tensors = matching ?? file.tensors
    guard !tensors.isEmpty else { throw .noTensor(path: path, pattern: pattern ?? "") }
    return (file, path, tensors, keysPath)
  }

  private func twins(_ name: String, of claim: BoundMeasurement) throws(BindingError) -> [Matrix<Double>] {
    if case .pairAttention? = hypothesis.data(named: name)?.source {
      let twin = try matrix(of: name, for: claim)
      guard twin.columns == claim.representation.columns else {
        throw .twinShape(
          path: name, tensor: "pair_attention", found: twin.columns, expected: claim.representation.columns)
      }
      return [twin]
    }
    let (file, path, tensors, keysPath) = try tensors(name, member: claim.declaration.member)
    var twins: [Matrix<Double>] = []
    for tensor in tensors {
      let keys = try keys(path, tensor, keysPath)
      let alignment = Alignment(tableKeys: claim.keys, activationKeys: keys)
      let twin = try Self.reading { () throws(ActivationError) in
        try alignment.requireActivations(table: claim.table.name, activations: file.name)
        return try file.matrix(tensor, rows: alignment.activationRows)
      }
      guard twin.columns == claim.representation.columns else {
        throw .twinShape(
          path: file.name, tensor: tensor.name, found: twin.columns, expected: claim.representation.columns)
      }
      twins.append(twin)
    }
    return twins
  }

  static func reading<Value>(
    _ body: () throws(ActivationError) -> Value
  ) throws(BindingError) -> Value {
    do throws(ActivationError) { return try body() } catch { throw .data(error) }
  }
}

extension Measurement {
  /// What a reader must know of residuals.
  /// - Parameter named: whether the measurement is one of several.
  fileprivate func residualNotes(named: Bool) -> [String] {
    Residualized.Part.allCases.compactMap { part in
      residualized[part].map {
        (named ? "\(name): " : "")
          + "\(part.rawValue) replaced by residuals on \($0), inside every training fold."
      }
    }
  }
}

extension Table {
  func require(_ column: String, of name: String) throws(BindingError) -> Column {
    guard let found = self.column(column) else { throw .unknownColumn(table: name, column: column) }
    return found
  }

  /// Some columns as confounds: numbers as they are, classes one-hot coded.
  /// - Parameter rows: such as have a value in each of the columns.
  func confounds(_ selection: ColumnSelection, rows: [Int]) throws(BindingError) -> Matrix<Double> {
    var columns: [ConfoundColumn] = []
    for name in selection.columns {
      let column = try require(name, of: selection.data)
      let isCategory = selection.categories.contains(name)
      guard isCategory || column.isNumeric || column.numbers.allSatisfy({ $0 == nil }) else {
        throw .notNumeric(table: selection.data, column: name)
      }
      columns.append(
        column.isNumeric && !isCategory
          ? .numeric(rows.map { column.numbers[$0]! }) : .classes(rows.map { column.cells[$0]! }))
    }
    return Matrix(confounds: columns, items: rows.count)
  }

  /// A number per row, equal where the cells are equal, numbered in order of first appearance.
  func groups(_ column: String, rows: [Int], name: String) throws(BindingError) -> [Int] {
    let identities = try require(column, of: name).identities
    if let row = rows.first(where: { identities[$0] == nil }) {
      throw .emptyCell(table: name, column: column, key: keys[row])
    }
    return numbered(rows.map { identities[$0]! }).numbers
  }
}

extension Table {
  /// A number per row: rows that share a cell of any of the columns, one column's with another's too and through whatever
  /// chain of rows, have the same one.
  func linkedGroups(_ columns: [String], rows: [Int], name: String) throws(BindingError) -> [Int] {
    var lists: [[Identifier]] = []
    for column in columns {
      let cells = try require(column, of: name).cells
      var own: [Identifier] = []
      for row in rows {
        guard let cell = cells[row] else { throw .emptyCell(table: name, column: column, key: keys[row]) }
        own.append(Identifier(cell))
      }
      lists.append(own)
    }
    return linked(lists)
  }
}

extension Definedness {
  /// Where the metric says nothing.
  private func places(_ metric: Metric) -> String {
    metric == .auc
      ? "where the test items or the training items are of one class"
      : "where the targets of the test items or of the training items are all equal"
  }

  /// What a reader must know of a score that rests on some of the folds.
  fileprivate func note(_ metric: Metric, measurement: String) -> String {
    "\(measurement): \(metric.keyword) is defined in \(folds) of \(allFolds) folds, which hold \(Wording.percent(share)) of the items; it is not \(places(metric))."
  }

  fileprivate func refusal(_ metric: Metric, measurement: String) -> String {
    "the measurement \(measurement) uses \(metric.keyword), which is defined in \(folds) of \(allFolds) folds (\(Wording.percent(share)) of the items; at least \(Wording.percent(Binder.leastDefined)) are needed): it is not \(places(metric)). Ask for fewer folds, or use a metric that is scored item by item."
  }
}

extension BindingError: CustomStringConvertible {
  var description: String {
    switch self {
    case .data(let error): error.description
    case .emptyCell(let table, let column, let key):
      "\(table).\(column) is empty for the item \(key), and this column must have a value for every item used: fill it in, or leave the item's target empty."
    case .notNumeric(let table, let column):
      "\(table).\(column) holds values that are not numbers where numbers are needed: mend the column, or say what its cells are (`missing`, `decimal`, `as category`)."
    case .targetOverflows(let table, let column, let key, let value):
      "\(table).\(column) holds \(value) for the item \(key), and the squares of targets beyond 1e150 overflow, so that no score can be computed: give the column in a larger unit, or mend the cell."
    case .unknownColumn(let table, let column): "the table \(table) has no column \(column)."
    case .tooFewGroups(let measurement, let groups, let folds):
      "the measurement \(measurement) asks for \(folds) folds, and the items form \(groups) groups: ask for at most \(groups) folds."
    case .tooFewItems(let measurement, let items):
      "the measurement \(measurement) has \(items) items with both target and activations: at least 5 are needed."
    case .constantTarget(let measurement):
      "the targets of the measurement \(measurement) do not vary over the items used, so there is nothing to predict."
    case .nothingLeft(let measurement):
      "the targets of the measurement \(measurement) are given by what they are residualised on, in every training fold, so nothing is left to predict: residualise them on fewer columns."
    case .classCount(let measurement, let found):
      "the measurement \(measurement) uses auc, which needs two classes, and the items used hold \(found)."
    case .undefined(let defined, let metric, let measurement):
      defined.refusal(metric, measurement: measurement)
    case .permutation(let error, let rival): "\(rival): \(error.reason)"
    case .noTensor(let path, let pattern):
      "\(path) holds no single tensor for \(pattern): name one that it holds (see `refute inspect`)."
    case .twinShape(let path, let tensor, let found, let expected):
      "\(path): the untrained twin \(tensor) has \(found) dimensions, the trained representation \(expected): extract both with the same model configuration."
    case .twinCounts(let rival, let better, let worse):
      "\(rival): the sides of the comparison have \(better) and \(worse) untrained twins: give one of each for every seed."
    case .nothingToNormalize(let measurement):
      "the measurement \(measurement) has its floor where its ceiling is, so no difference of normalised scores can be had: choose targets that can be predicted on these folds."
    case .noSentences(let measurement, let found, let what):
      "the measurement \(measurement) has \(found) sentences with \(what) in its file and in every twin's: at least 5 are needed."
    case .nothingToScore(let measurement):
      "no sentence holds anything that the measurement \(measurement) scores: choose relations that occur."
    case .textProbe(.notFinite, let measurement):
      "\(measurement): hidden states or embeddings hold values that are not finite numbers: extract them again."
    case .textProbe(.missingEmbedding(let token), let measurement):
      "\(measurement): the vocabulary in the file has no embedding of the piece \(token), which occurs: store every piece's, or use the decoder nearest_token."
    case .textProbe(.dimensionsDiffer(let states, let embeddings), let measurement):
      "\(measurement): states have \(states) dimensions and embeddings \(embeddings), so they cannot be compared as they are: use a decoder that learns."
    case .textProbe(.tooFewSentences(let count, let folds), let measurement):
      "\(measurement): \(count) sentences cannot be divided into \(folds) folds: ask for fewer folds."
    case .noHead(let path, let layer, let head):
      "\(path) holds no attention of layer \(layer), head \(head): see what it holds with `refute inspect`."
    case .noStates(let path, let rival):
      "\(rival): \(path) does not hold the hidden states of every sentence: extract them with --states, or leave the rival out."
    case .pairPosition(let table, let column, let key, let value, let words):
      "\(table).\(column) holds \(value) for the pair \(key), whose sentence has \(words) words: give a position from 1 to \(words)."
    case .pairSentence(let path, let key, let sentence):
      "\(path) has no attention for the sentence \(sentence) of the pair \(key): extract it, or leave the pair out."
    case .linearAlgebra(let error, let measurement):
      "\(measurement): a factorisation failed (\(error)): look for extreme values in the activations (see `refute inspect`)."
    }
  }
}
