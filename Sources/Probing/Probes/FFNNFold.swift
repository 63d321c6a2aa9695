internal import GSL
internal import Hypotheses
internal import Resampling

struct FFNNFold: FoldProbe {
  init(_ probe: FFNN, _ ordered: Matrix<Double>, _ testRange: Range<Int>, key: StreamKey)
    throws(LinearAlgebraError)
  { fatalError() }
  func fit(_ targets: FoldTargets, wantsTrainingFit: Bool) -> FoldFit { fatalError() }
}
