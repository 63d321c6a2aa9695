public import GSL
public import Probing

/// The one world of `irrelevant_target`: real numbers that nobody claims anything of, in the place of the targets.
public struct IrrelevantTargetWorlds: NormRival {
  let irrelevant: Targets

  /// - Parameter columns: items by columns.
  public init(_ columns: Matrix<Double>) {
    irrelevant = Targets(numeric: columns)
  }

  public var count: Int? { 1 }

  public func targets(replicate: Int) -> Targets { irrelevant }
}
