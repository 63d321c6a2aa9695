internal import GSL
internal import Hypotheses
internal import Resampling

struct PLSFold: FoldProbe {
  init(_ probe: PLS, _ ordered: Matrix<Double>, _ testRange: Range<Int>, key: StreamKey)
    throws(LinearAlgebraError)
  { fatalError() }
  func fit(_ targets: FoldTargets, wantsTrainingFit: Bool) -> FoldFit { fatalError() }
}
