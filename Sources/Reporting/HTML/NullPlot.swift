/// The distribution of one rival's scores, with the observed score. What the template draws.
struct NullPlot {
  struct Bar {
    var x: String
    var width: String
    var y: String
    var height: String
    /// Whether all its scores reach the observed one.
    var isBeyond: Bool
  }

  var label: String
  var facts: String
  var bars: [Bar]
  var observedX: String
  var observedLabel: String
  var observedAnchor: String
  var observedDX: Int
  var hasObserved: Bool
  var centralX: String
  var centralWidth: String
  var hasCentral: Bool
  var ticks: [Axis.Tick]
  var sentence: String

  /// `nil` where the record holds no distribution that can be drawn.
  init?(_ rival: Record.Rival, observed: Double?) {
    guard let distribution = rival.distribution, let lower = distribution.lower.finite,
      let upper = distribution.upper.finite, lower <= upper, let most = distribution.counts.max(), most > 0
    else { return nil }
    let axis = Axis(core: [lower, upper] + (observed.map { [$0] } ?? []))
    let top = 22.0
    let base = 118.0
    let count = Double(distribution.counts.count)
    bars = distribution.counts.enumerated().filter { $0.element > 0 }.map { index, number in
      // Weighted ends: the difference of the ends may not be a finite number.
      let from = lower * (1 - Double(index) / count) + upper * (Double(index) / count)
      let to = lower * (1 - Double(index + 1) / count) + upper * (Double(index + 1) / count)
      let height = max(1, (base - top) * Double(number) / Double(most))
      return Bar(
        x: axis.percent(from), width: Axis.percent(axis.fraction(to) - axis.fraction(from)),
        y: "\((base - height).rounded2)", height: "\(height.rounded2)",
        isBeyond: observed.map { from >= $0 } ?? false)
    }
    label = rival.label.line.shortened(to: 120)
    let number = rival.replicates == 1 ? "1 replicate" : "\(Format.count(rival.replicates)) replicates"
    var facts = "\(number), mean \(Format.score(rival.mean)), sd \(Format.score(rival.sd))"
    if let value = rival.p?.finite {
      facts += "; \(Format.p(value))"
      if rival.exact == true {
        facts += ", exact"
      } else if let interval = rival.pInterval, interval.low.isFinite {
        facts += " [\(Format.probability(interval.low)), \(Format.probability(interval.high))]"
      }
    }
    if let tail = rival.tail?.words { facts += "; \(tail)" }
    self.facts = facts
    hasObserved = observed != nil
    observedX = axis.percent(observed ?? .nan)
    observedLabel = "observed \(Format.score(observed ?? .nan))"
    let toTheRight = axis.fraction(observed ?? .nan) < 0.5
    observedAnchor = toTheRight ? "start" : "end"
    observedDX = toTheRight ? 6 : -6
    let central = distribution.central
    hasCentral = central.low.isFinite && central.high.isFinite && central.low <= central.high
    centralX = axis.percent(central.low)
    centralWidth = Axis.percent(max(0, axis.fraction(central.high) - axis.fraction(central.low)))
    ticks = axis.ticks
    sentence =
      "\(label): \(facts). Scores from \(Format.score(lower)) to \(Format.score(upper)); "
      + (observed.map { "observed \(Format.score($0))." } ?? "")
  }
}

extension Double {
  /// Two decimals are finer than any screen.
  fileprivate var rounded2: Double { (self * 100).rounded() / 100 }
}
