internal import Foundation

/// A horizontal axis. Places are percentages of its width, so that a drawing needs no fixed size and its text is
/// never scaled.
struct Axis {
  struct Tick {
    var x: String
    var label: String
    /// `middle`, or towards the middle for a long label near an end, which would leave the page.
    var anchor: String
  }

  let lower: Double
  let upper: Double
  private(set) var ticks: [Tick] = []

  /// An axis that holds all of `core`, and `others` as far as they do not squeeze the core: values that lie more
  /// than 1.5 (scores are of the order of 1) and more than twice the core's span outside of it are cut off.
  init(core: [Double], others: [Double] = [], tickCount: Int = 5) {
    let core = core.filter(\.isFinite).map(Axis.bounded)
    let others = others.filter(\.isFinite).map(Axis.bounded)
    var low = core.min() ?? others.min() ?? 0
    var high = core.max() ?? others.max() ?? 1
    let reach = 2 * max(high - low, 0.1 * max(abs(low), abs(high)), 0.75)
    for value in others {
      low = min(low, max(value, (core.min() ?? value) - reach))
      high = max(high, min(value, (core.max() ?? value) + reach))
    }
    // Coinciding values, and spans that only rounding makes, get room around them.
    let size = max(abs(low), abs(high))
    if high - low <= max(1e-9, size * 1e-9) {
      let room = size > 1e-9 ? size * 0.1 : 0.1
      low -= room
      high += room
    }
    let margin = (high - low) * 0.05
    lower = low - margin
    upper = high + margin
    let (step, decimals) = Axis.step(span: upper - lower, count: tickCount)
    let first = (lower / step).rounded(.up)
    for index in 0..<20 {
      let value = (first + Double(index)) * step
      if value > upper { break }
      let label = Axis.label(value, decimals: decimals)
      let place = fraction(value)
      let isLong = label.count > 5
      let anchor = isLong && place < 0.12 ? "start" : isLong && place > 0.88 ? "end" : "middle"
      ticks.append(Tick(x: percent(value), label: label, anchor: anchor))
    }
  }

  /// Where `value` stands, from 0 to 1; values off the axis stand at its ends.
  func fraction(_ value: Double) -> Double {
    guard value.isFinite else { return 0 }
    return min(max((Axis.bounded(value) - lower) / (upper - lower), 0), 1)
  }

  /// The same as an SVG length.
  func percent(_ value: Double) -> String { Axis.percent(fraction(value)) }

  static func percent(_ fraction: Double) -> String {
    String(format: "%.3f%%", fraction * 100)
  }

  func holds(_ value: Double) -> Bool { value >= lower && value <= upper }

  /// Differences of bounded values cannot overflow.
  private static func bounded(_ value: Double) -> Double { min(max(value, -1e100), 1e100) }

  /// The 1, 2 or 5 times a power of ten that gives about `count` steps, and the decimals that it needs.
  private static func step(span: Double, count: Int) -> (step: Double, decimals: Int) {
    let raw = span / Double(count)
    let exponent = log10(raw).rounded(.down)
    let power = pow(10, exponent)
    let factor = [1.0, 2, 5, 10].first { $0 * power >= raw * 0.999 } ?? 10
    let decimals = max(0, -Int(exponent) - (factor == 10 ? 1 : 0))
    return (factor * power, decimals)
  }

  private static func label(_ value: Double, decimals: Int) -> String {
    if decimals > 5 || abs(value) >= 1e5 { return Format.scientific(value, digits: 1) }
    let text = String(format: "%.\(decimals)f", value)
    let isZero = text.allSatisfy { $0 == "-" || $0 == "0" || $0 == "." }
    return isZero ? "0" : text.replacingOccurrences(of: "-", with: "−")
  }
}
