internal import GSL
internal import Hypotheses
internal import Resampling

struct LinearFold: FoldProbe {
  init(_ probe: KNN, _ ordered: Matrix<Double>, _ testRange: Range<Int>, key: StreamKey)
    throws(LinearAlgebraError)
  { fatalError() }
  init(_ probe: LabelPropagation, _ ordered: Matrix<Double>, _ testRange: Range<Int>, key: StreamKey)
    throws(LinearAlgebraError)
  { fatalError() }
  func fit(_ targets: FoldTargets, wantsTrainingFit: Bool) -> FoldFit { fatalError() }
}
