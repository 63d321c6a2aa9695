import Foundation
import GSL
package import Hypotheses
import Probing
import Resampling

/// Reads a fixture; `Fixtures/make_fixtures.py` makes them all.
func fixture<Content: Decodable>(_ name: String, as type: Content.Type = Content.self) throws -> Content {
  let url = Bundle.module.url(forResource: name, withExtension: "json", subdirectory: "Fixtures")!
  return try JSONDecoder().decode(type, from: Data(contentsOf: url))
}

/// Fixtures name metrics by keyword.
extension Metric: Decodable {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let keyword = try container.decode(String.self)
    guard let metric = Metric(keyword: keyword) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "no metric \(keyword)")
    }
    self = metric
  }
}

extension Matrix<Double> {
  /// A matrix of the given rows.
  init(rows: [[Double]]) {
    self.init(rows: rows.count, columns: rows.first?.count ?? 0, elements: rows.flatMap { $0 })
  }

  /// A matrix of one column.
  init(column: [Double]) { self.init(rows: column.count, columns: 1, elements: column) }

  /// Independent standard normal elements.
  static func normal(rows: Int, columns: Int, _ stream: inout RandomStream) -> Matrix {
    var result = Matrix(rows: rows, columns: columns)
    stream.fillWithNormals(&result.elements)
    return result
  }
}

extension Targets {
  /// Classes with one-digit names, so that they sort as numbers do.
  init(digits labels: [Int]) { self.init(classes: labels.map { "\($0)" }) }

  init(column: [Double]) { self.init(numeric: Matrix(column: column)) }
}

extension Instrument {
  init(_ metric: Metric, _ ridge: Ridge = Ridge(), _ splits: Split...) {
    self.init(metric: metric, probe: .ridge(ridge), splits: splits)
  }
}

extension Ridge {
  static func fixed(_ penalty: Double, standardized: Bool = true) -> Ridge {
    Ridge(penalty: .fixed(penalty), standardized: standardized)
  }
}

/// The largest distance between two lists of numbers; infinite where their lengths differ.
func distance(_ a: [Double], _ b: [Double]) -> Double {
  guard a.count == b.count else { return .infinity }
  return zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) }
}

func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

/// The standard deviation, with n - 1.
func deviation(_ values: [Double]) -> Double {
  let center = mean(values)
  return (values.reduce(0) { $0 + ($1 - center) * ($1 - center) } / Double(values.count - 1)).squareRoot()
}

func percent(_ share: Double) -> String { String(format: "%.1f %%", 100 * share) }

/// The results of `body` for 0..<count, in order, computed by a few tasks at a time.
func simulate<Result: Sendable>(
  _ count: Int, _ body: @escaping @Sendable (Int) async throws -> Result
) async throws -> [Result] {
  try await withThrowingTaskGroup(of: (Int, Result).self) { group in
    var results = [Result?](repeating: nil, count: count)
    var started = 0
    func start() {
      guard started < count else { return }
      let index = started
      started += 1
      group.addTask { (index, try await body(index)) }
    }
    for _ in 0..<4 { start() }
    while let (index, result) = try await group.next() {
      results[index] = result
      start()
    }
    return results.map { $0! }
  }
}
