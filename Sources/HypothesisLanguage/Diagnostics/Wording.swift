/// `name` between backquotes, fit for a terminal: control and format characters are spelled out, and what is very
/// long is cut. Names come from files that nobody has vouched for.
func quoted(_ name: some StringProtocol) -> String {
  var text = "`"
  var count = 0
  for scalar in name.unicodeScalars {
    if count == 100 {
      text += "..."
      break
    }
    count += 1
    text += isPlain(scalar) ? String(scalar) : escaped(scalar)
  }
  return text + "`"
}

/// Whether a scalar may be shown as it is.
func isPlain(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.properties.generalCategory {
  case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned, .privateUse: false
  case .spaceSeparator: scalar == " "
  default: true
  }
}

func escaped(_ scalar: Unicode.Scalar) -> String {
  "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
}

/// `a`, `b` and `c`; at most `limit` names, then how many more there are.
func list(_ names: [String], limit: Int = 12, last word: String = "and") -> String {
  let shown = names.prefix(limit).map { quoted($0) }
  guard names.count <= limit else {
    return shown.joined(separator: ", ") + " and \(names.count - limit) more"
  }
  guard let end = shown.last, shown.count > 1 else { return shown.first ?? "nothing" }
  return shown.dropLast().joined(separator: ", ") + " \(word) " + end
}

/// `1 item`, `2 items`.
func counted(_ count: Int, _ singular: String, _ plural: String? = nil) -> String {
  "\(count) \(count == 1 ? singular : plural ?? singular + "s")"
}

/// The shortest digits that read back as the same number; whole numbers without ".0".
func digits(_ value: Double) -> String {
  value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
}

/// The candidate nearest to `name` by edit distance, if it is near enough to be what was meant. Ties go to the one that
/// sorts first.
func nearest(_ name: String, among candidates: [String]) -> String? {
  let wanted = folded(name)
  guard (1...64).contains(wanted.count) else { return nil }
  let limit = max(1, wanted.count / 3)
  var best: (distance: Int, candidate: String)?
  for candidate in candidates where candidate != name {
    let other = folded(candidate)
    guard other.count <= 64, abs(other.count - wanted.count) <= limit else { continue }
    let distance = editDistance(wanted, other)
    guard distance <= limit, distance < max(wanted.count, 2) else { continue }
    if let found = best, (found.distance, found.candidate) <= (distance, candidate) { continue }
    best = (distance, candidate)
  }
  return best?.candidate
}

/// Case and the choice between `-` and `_` are the commonest slips, so they count for nothing.
private func folded(_ name: String) -> [Unicode.Scalar] {
  name.lowercased().unicodeScalars.map { $0 == "-" ? "_" : $0 }
}

/// The optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours.
private func editDistance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
  var beforeLast: [Int] = []
  var last = Array(0...b.count)
  for i in 0..<a.count {
    var row = [i + 1]
    row.reserveCapacity(b.count + 1)
    for j in 0..<b.count {
      var cost = min(last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, beforeLast[j - 1] + 1) }
      row.append(cost)
    }
    beforeLast = last
    last = row
  }
  return last[b.count]
}
