/// The results of `body` for 0..<count, in order, computed by up to `jobs` tasks at a time.
///
/// This is the only place where work is divided between tasks. What `body` computes may depend on its index and on
/// nothing else that varies, so the result is the same for any `jobs`.
/// - Throws: what `body` throws first, or `CancellationError`.
package func mapConcurrently<Element: Sendable>(
  _ count: Int, jobs: Int, _ body: @escaping @Sendable (Int) async throws -> Element
) async throws -> [Element] {
  try await withThrowingTaskGroup(of: (Int, Element).self) { group in
    var results = [Element?](repeating: nil, count: count)
    var started = 0
    while started < min(max(jobs, 1), count) {
      let index = started
      group.addTask { (index, try await body(index)) }
      started += 1
    }
    while let (index, element) = try await group.next() {
      results[index] = element
      try Task.checkCancellation()
      if started < count {
        let next = started
        group.addTask { (next, try await body(next)) }
        started += 1
      }
    }
    return results.map { $0! }
  }
}
