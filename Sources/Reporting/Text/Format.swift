internal import Foundation

/// How numbers read in every report. The record itself holds them in full.
enum Format {
  /// A true minus, as wide as a plus.
  private static func minus(_ text: String) -> String {
    text.replacingOccurrences(of: "-", with: "−")
  }

  /// A score, a margin or another plain number: three decimals near 1, three significant digits when large.
  static func score(_ value: Double) -> String {
    guard value.isFinite else { return "–" }
    let size = abs(value)
    let text: String
    switch size {
    case ..<0.0005: return "0.000"
    case ..<10: text = String(format: "%.3f", value)
    case ..<100: text = String(format: "%.2f", value)
    case ..<1000: text = String(format: "%.1f", value)
    default: return scientific(value, digits: 2)
    }
    return minus(text)
  }

  static func score(_ number: Record.Number?) -> String {
    score(number?.finite ?? .nan)
  }

  /// `[0.371, 0.443]`.
  static func interval(_ bounds: Record.Bounds?) -> String {
    guard let bounds, bounds.low.isFinite || bounds.high.isFinite else { return "–" }
    return "[\(score(bounds.lower)), \(score(bounds.upper))]"
  }

  /// The digits of a p-value: `0.0001`, `0.0213`. Only a p-value that is 0 in the record reads as 0.
  static func probability(_ value: Double) -> String {
    guard value.isFinite else { return "–" }
    if value == 0 { return "0" }
    if abs(value) < 0.00001 || abs(value) > 1000 { return scientific(value, digits: 1) }
    // Three significant digits, so that values near a limit such as 0.05 can be told from it.
    let decimals = max(3, min(8, 2 - Int(log10(abs(value)).rounded(.down))))
    var text = String(format: "%.\(decimals)f", value)
    while text.hasSuffix("0"), text.contains(".") { text.removeLast() }
    if text.hasSuffix(".") { text.removeLast() }
    return minus(text)
  }

  /// The interval of a p-value.
  static func probabilities(_ bounds: Record.Bounds?) -> String {
    guard let bounds, bounds.low.isFinite || bounds.high.isFinite else { return "–" }
    return "[\(probability(bounds.low)), \(probability(bounds.high))]"
  }

  /// `p = 0.0001`.
  static func p(_ value: Double) -> String {
    "p = \(probability(value))"
  }

  static func p(_ number: Record.Number?) -> String {
    p(number?.finite ?? .nan)
  }

  /// A threshold as written in the file: the shortest digits.
  static func threshold(_ number: Record.Number) -> String {
    guard let value = number.finite else { return "–" }
    if value == value.rounded(), abs(value) < 1e6 { return minus(String(Int(value))) }
    return abs(value) >= 1e6 || abs(value) < 1e-4 ? scientific(value, digits: 2) : minus("\(value)")
  }

  /// A whole number with commas: `10,000`.
  static func count(_ value: Int) -> String {
    let digits = String(value.magnitude)
    var out = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index).isMultiple(of: 3) { out.append(",") }
      out.append(digit)
    }
    return value < 0 ? "−" + out : out
  }

  /// `95 %`. A share above 1000 % says so and no more.
  static func share(_ number: Record.Number?) -> String {
    guard let value = number?.finite else { return "–" }
    if abs(value) > 10 { return value > 0 ? "> 1,000 %" : "< −1,000 %" }
    return minus(String(format: "%.0f", (value * 100).rounded() + 0)) + " %"
  }

  /// The digits of a share in per cent: `4.5` of 0.045.
  static func percent(_ share: Double) -> String {
    share.isFinite ? minus(String(format: "%.1f", (share * 1000).rounded() / 10 + 0)) : "–"
  }

  /// A duration: `0.4 s`, `2 min 5 s`.
  static func seconds(_ value: Double) -> String {
    guard value.isFinite, value >= 0, value < 1e9 else { return "–" }
    if value < 10 { return String(format: "%.1f s", value) }
    let whole = Int(value.rounded())
    return whole < 60 ? "\(whole) s" : "\(whole / 60) min \(whole % 60) s"
  }

  /// `1.00 × 10⁹`.
  static func scientific(_ value: Double, digits: Int) -> String {
    let parts = String(format: "%.\(digits)e", value).split(separator: "e")
    let exponent = Int(parts[1]) ?? 0
    let superscript = String(exponent).map { digit in
      digit == "-" ? "⁻" : String("⁰¹²³⁴⁵⁶⁷⁸⁹".dropFirst(digit.wholeNumberValue ?? 0).prefix(1))
    }
    return minus(String(parts[0])) + " × 10" + superscript.joined()
  }
}
