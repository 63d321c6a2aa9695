/// A key, or the name of a unit, a group, a class or a stratum: a text that is equal to another one byte for byte, and never
/// otherwise.
///
/// Swift's strings are equal where Unicode calls them canonically equivalent. Vocabularies of models hold pairs of such tokens, with two
/// embeddings, and ids of 19 digits are one number in floating point. So nothing here is read as a number or normalised.
public struct Identifier: Sendable, Hashable, Comparable, CustomStringConvertible {
  public let text: String

  public init(_ text: String) {
    self.text = text
  }

  public var description: String { text }

  public static func == (a: Self, b: Self) -> Bool {
    a.text.utf8.count == b.text.utf8.count && a.text.utf8.elementsEqual(b.text.utf8)
  }

  public func hash(into hasher: inout Hasher) {
    var text = text
    text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
  }

  /// In the order of their bytes.
  public static func < (a: Self, b: Self) -> Bool { a.text.utf8.lexicographicallyPrecedes(b.text.utf8) }
}

extension Identifier {
  /// A number for every text, equal where they are equal, in order of first appearance from 0; `nil` for `nil`.
  public static func numbers(of texts: some Sequence<String?>) -> (numbers: [Int?], count: Int) {
    var known: [Identifier: Int] = [:]
    let numbers = texts.map { text -> Int? in
      guard let text else { return nil }
      let key = Identifier(text)
      if let number = known[key] { return number }
      known[key] = known.count
      return known.count - 1
    }
    return (numbers, known.count)
  }

  /// The places of the first repetition in reading order, and of what it repeats.
  public static func firstDuplicate(in texts: [String]) -> (first: Int, second: Int)? {
    var seen: [Identifier: Int] = [:]
    seen.reserveCapacity(texts.count)
    for (index, text) in texts.enumerated() {
      if let first = seen.updateValue(index, forKey: Identifier(text)) { return (first, index) }
    }
    return nil
  }
}

extension Identifier {
  /// Two texts that a reader may take for one.
  public enum Likeness: Sendable, Hashable {
    /// Equal as decimal numbers: `1` and `1.0`, `7` and `007`.
    case asNumbers
    /// Equal but for spaces at the ends or runs of them, and for case: `a` and `a `, `Noun` and `noun`.
    case inPrint
    /// Canonically equivalent in Unicode, so that they look the same.
    case canonically
  }

  /// The first pair of different texts that are alike, by the kind of likeness, in reading order of the later one.
  /// - Parameter texts: cells of a column; `nil` where empty.
  public static func likeness(in texts: [String?]) -> [(likeness: Likeness, first: Int, second: Int)] {
    var seen: Set<Identifier> = []
    var (byNumber, byPrint, byForm): ([Decimal: Int], [Identifier: Int], [String: Int]) = ([:], [:], [:])
    var found: [(likeness: Likeness, first: Int, second: Int)] = []
    func note(_ likeness: Likeness, _ first: Int?, _ second: Int) {
      guard let first, !found.contains(where: { $0.likeness == likeness }) else { return }
      found.append((likeness, first, second))
    }
    for (row, text) in texts.enumerated() {
      guard let text, seen.insert(Identifier(text)).inserted else { continue }
      if let number = Decimal(text) { note(.asNumbers, byNumber.updateValue(row, forKey: number), row) }
      note(.inPrint, byPrint.updateValue(row, forKey: Identifier(printed(text))), row)
      note(.canonically, byForm.updateValue(row, forKey: text), row)
    }
    return found
  }

  /// Whether two texts are one decimal number, exactly.
  public static func areOneNumber(_ a: String, _ b: String) -> Bool {
    guard let a = Decimal(a) else { return false }
    return a == Decimal(b)
  }

  /// A text with single spaces, none at its ends, and in lower case.
  private static func printed(_ text: String) -> String {
    text.split { $0.isWhitespace }.joined(separator: " ").lowercased()
  }

  /// A decimal number, exactly: 19 digits are not rounded, so that neighbouring ids stay apart.
  private struct Decimal: Hashable {
    var isNegative: Bool
    /// Without zeros at either end.
    var digits: [UInt8]
    /// Of the last digit.
    var exponent: Int

    init?(_ text: String) {
      var rest = text.utf8.drop { $0 == 0x20 }
      while rest.last == 0x20 { rest.removeLast() }
      isNegative = rest.first == UInt8(ascii: "-")
      if isNegative || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
      (digits, exponent) = ([], 0)
      var (hasPoint, count) = (false, 0)
      while let byte = rest.first {
        if (0x30...0x39).contains(byte) {
          digits.append(byte)
          count += 1
          if hasPoint { exponent -= 1 }
        } else if byte == UInt8(ascii: "."), !hasPoint {
          hasPoint = true
        } else {
          break
        }
        rest.removeFirst()
      }
      guard count > 0 else { return nil }
      if let letter = rest.first, letter == UInt8(ascii: "e") || letter == UInt8(ascii: "E") {
        guard let shift = Int(String(Substring(rest.dropFirst()))), abs(shift) < 1_000_000 else { return nil }
        exponent += shift
      } else if !rest.isEmpty {
        return nil
      }
      digits = Array(digits.drop { $0 == 0x30 })
      while digits.last == 0x30 {
        digits.removeLast()
        exponent += 1
      }
      if digits.isEmpty { (isNegative, exponent) = (false, 0) }
    }
  }
}
