public import GSL
public import Probing
public import Resampling

/// The worlds of `permuted_labels(scheme: sign_flips)`: every unit's targets keep their sign, or all of them change it,
/// with probability 1/2 each.
///
/// Performs a randomisation test of the null that the targets are symmetric about 0 and independent between units,
/// whatever the representation (Fisher 1935, The Design of Experiments, section 21); their scales may differ.
public struct SignFlipWorlds: NormRival {
  private let real: Matrix<Double>
  /// Of every item, how far its targets are from 0: the flip of a unit that is 0 changes nothing.
  private let sizes: [Double]
  private let scheme: SignFlipScheme
  private let key: StreamKey

  /// - Parameter real: the targets, items by columns.
  /// - Throws: `countsDiffer`, `valueNotFinite`, or `nothingMoves` where all targets are 0.
  public init(real: Matrix<Double>, scheme: SignFlipScheme, key: StreamKey) throws(PermutationError) {
    for column in 0..<real.columns { try scheme.check(values: real.column(column)) }
    // Targets of an item change their signs together: some column moves if their sizes do.
    sizes = (0..<real.rows).map { row in real.row(row).reduce(0) { max($0, abs($1)) } }
    try scheme.checkMoves(values: sizes)
    self.real = real
    self.scheme = scheme
    self.key = key
  }

  public var count: Int? { nil }

  public var arrangements: Double? { scheme.distinctArrangements(of: sizes) }

  public var enumerated: any NormRival { All(worlds: self) }

  public func targets(replicate: Int) -> Targets { flipped(scheme.signs(key, replicate: replicate)) }

  private func flipped(_ signs: [Int8]) -> Targets {
    var flipped = real
    for item in 0..<real.rows where signs[item] < 0 {
      for column in 0..<real.columns { flipped[item, column] = -flipped[item, column] }
    }
    return Targets(numeric: flipped)
  }

  /// Every distinct choice of signs, once.
  private struct All: NormRival {
    let worlds: SignFlipWorlds

    var count: Int? { Int(worlds.scheme.distinctArrangements(of: worlds.sizes)) }

    func targets(replicate: Int) -> Targets {
      worlds.flipped(worlds.scheme.arrangement(replicate, of: worlds.sizes))
    }
  }
}
