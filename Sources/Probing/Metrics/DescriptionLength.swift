internal import Glibc

/// Bits per item of the online code of the labels (Voita & Titov 2020). Less is better.
///
/// The items of the first block cost log2 K bits each. In a block that follows t items, a label to which the predictor
/// gave probability p costs log2((t + K) / (t p + 1)): the predictor counts as t items and every class as one more, so
/// that a class that has not been seen costs few bits instead of infinitely many. Where p are the frequencies among the
/// t items, this is the code of class frequencies with add-one (Laplace's rule of succession).
///
/// Of a division that is no online one (the fit of training items), t is the number of training items, and every item has
/// been predicted.
enum DescriptionLengthScores {
  static func itemScores(_ predictions: [Double], _ targets: Targets, _ split: Split) -> ItemScores {
    let items = targets.count
    let classes = Double(targets.classes.count)
    var bits = [Double](repeating: 0, count: items)
    for fold in 0..<split.count {
      guard split.hasTraining(fold) else {
        for position in split.range(fold) { bits[split.order[position]] = log2(classes) }
        continue
      }
      let known = Double(split.count == 1 ? items : split.trainingCount(fold))
      for position in split.range(fold) {
        let item = split.order[position]
        let label = targets.labels[item]
        let p: Double
        if targets.classes.count == 2 {
          p = label == 1 ? predictions[position] : 1 - predictions[position]
        } else {
          p = predictions[label * items + position]
        }
        bits[item] = log2((known + classes) / (known * min(max(p, 0), 1) + 1))
      }
    }
    return .average(loss: bits, base: [Double](repeating: 1, count: items))
  }
}
