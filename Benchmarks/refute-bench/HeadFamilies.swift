import Foundation
import GSL
import Hypotheses
import Probing
import Resampling
import Rivals

/// Families of heads under permuted trees: which head finds which relation.
///
/// The folder holds `lengths.i64` (words per sentence), `heads.i64` (by word: its head in the sentence from 1, 0 for the
/// root), `relations.i64` (by word: a relation from 0), `attended.u16` (words by attention heads: the position attended to)
/// and `size.i64` (attention heads, relations).
struct HeadFamilies {
  let attention: MostAttended
  let relations: Relations
  let cells: [HeadCell]

  init(folder: URL) throws {
    func integers(_ name: String) throws -> [Int] { try numbers(folder, name, Int64.self).map { Int($0) } }
    let size = try integers("size.i64")
    let lengths = try integers("lengths.i64")
    let flat = try integers("heads.i64")
    let relationOf = try integers("relations.i64")
    attention = MostAttended(
      heads: size[0], lengths: lengths, targets: try numbers(folder, "attended.u16", UInt16.self))
    var starts = [0]
    for length in lengths { starts.append(starts.last! + length) }
    relations = Relations(
      heads: lengths.indices.map { Array(flat[starts[$0]..<starts[$0 + 1]]) }, sets: size[1],
      membership: { sentence, word in [relationOf[starts[sentence] + word]] })
    cells = (0..<size[1]).flatMap { set in
      HeadAccuracy.Direction.allCases.flatMap { direction in
        (0..<size[0]).map { HeadCell(head: $0, direction: direction, set: set) }
      }
    }
  }

  /// Accuracies of all cells, all of them in every world, and each relation's adjusted p-values.
  func permutationTest(replicates: Int, jobs: Int) async throws -> String {
    let clock = ContinuousClock()
    let start = clock.now
    let observed = headAccuracy(attention, relations, cells: cells).map(\.score)
    let afterObserved = clock.now
    let null = try await PermutedHeadsWorlds(relations, key: StreamKey(seed: 1, "bench", "permuted_heads"))
      .nullScores(replicates: 0..<replicates, attention: attention, cells: cells, jobs: jobs)
    let afterNull = clock.now
    let family = cells.count / relations.sets.count
    let p = relations.sets.indices.map { set -> Double in
      let columns = set * family..<(set + 1) * family
      let own = Matrix(
        rows: replicates, columns: family,
        elements: (0..<replicates).flatMap {
          null.row($0)[null.columns * $0 + columns.lowerBound..<null.columns * $0 + columns.upperBound]
        })
      return FamilyStatistic(.any).pValue(observed: Array(observed[columns]), null: own).value
    }
    let end = clock.now
    let mean = null.elements.reduce(0, +) / Double(null.elements.count)
    // The best of the family in each world, averaged over worlds and relations.
    var best = 0.0
    for replicate in 0..<replicates {
      let row = Array(null.row(replicate))
      for set in relations.sets.indices { best += row[set * family..<(set + 1) * family].max()! }
    }
    best /= Double(replicates * relations.sets.count)
    return """
      {"seconds": \((end - start).seconds), "observe": \((afterObserved - start).seconds), \
      "score": \((afterNull - afterObserved).seconds), "observed": \(observed.reduce(0, +) / Double(observed.count)), \
      "null_mean": \(mean), "null_best": \(best), "p": \(p.reduce(0, +) / Double(p.count)), \
      "peak_kib": \(peakMemory())}
      """
  }

  /// The process's largest resident memory so far, in KiB.
  private func peakMemory() -> Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return line.flatMap { Int($0.split(whereSeparator: { !$0.isNumber }).first ?? "") } ?? 0
  }
}
