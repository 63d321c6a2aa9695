/// A name in which `*` stands for any characters (also none, also `.` and `/`) and `?` for any one character.
///
/// The checker and the readers of data use this one definition, so that they agree on what a pattern names.
public struct NamePattern: Sendable, Hashable, CustomStringConvertible {
  public let text: String

  public init(_ text: String) {
    self.text = text
  }

  public var description: String { text }

  /// Whether the text holds a wildcard at all.
  public var hasWildcards: Bool { text.unicodeScalars.contains { $0 == "*" || $0 == "?" } }

  /// The name in which `value` takes the place of the wildcard; `nil` unless there is one `*` and no other wildcard.
  public func filled(with value: String) -> String? {
    let parts = text.split(separator: "*", omittingEmptySubsequences: false)
    guard parts.count == 2, !text.unicodeScalars.contains("?") else { return nil }
    return parts[0] + value + parts[1]
  }

  /// Whether the whole of `name` fits the pattern. Takes at most (length of pattern) x (length of name) steps.
  public func matches(_ name: String) -> Bool {
    let pattern = Array(text.unicodeScalars)
    let name = Array(name.unicodeScalars)
    var p = 0
    var n = 0
    // Where to resume when a run of literals fails: after the last star, one character further on.
    var star: (pattern: Int, name: Int)?
    while n < name.count {
      if p < pattern.count, pattern[p] == "*" {
        star = (p, n)
        p += 1
      } else if p < pattern.count, pattern[p] == "?" || pattern[p] == name[n] {
        p += 1
        n += 1
      } else if let last = star {
        star = (last.pattern, last.name + 1)
        p = last.pattern + 1
        n = last.name + 1
      } else {
        return false
      }
    }
    while p < pattern.count, pattern[p] == "*" { p += 1 }
    return p == pattern.count
  }
}
