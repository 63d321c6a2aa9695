internal import Hypotheses
internal import Probing
internal import Resampling

/// A measurement on sentences, made ready on one run: what its cells score there, and in the worlds of its rivals.
///
/// Every score is a `SentenceSums`, so that intervals, margins and p-values are the same code for all of them.
protocol TextInstrument: Sendable {
  /// By cell.
  func scores() async throws -> [SentenceSums]

  /// What the same measurement scores in some worlds of a rival: by world and cell. A rival that knows no cells gives one
  /// score per world.
  /// - Parameters:
  ///   - key: the rival's stream. World i is a function of it and i.
  func worlds(of rival: TextRival, _ replicates: Range<Int>, key: StreamKey) async throws -> [[SentenceSums]]

  /// How many of some worlds of a rival differ in what is moved, whatever they score; `nil` where a rival moves nothing
  /// that is there but draws something anew.
  func distinctWorlds(of rival: TextRival, _ replicates: Range<Int>, key: StreamKey) -> Int?

  /// How many arrangements of what some cells ask about a rival's worlds are drawn from, the real one among them and counted
  /// by how likely it is: that one comes up once in so many worlds. `nil` where a rival arranges nothing.
  func arrangements(of rival: TextRival, cells: [Int]) -> Double?

  /// By cell: what is scored by knowing nothing.
  var floors: [Double] { get }

  /// By cell: the most that can be scored.
  var ceilings: [Double] { get }

  /// Checks of the instrument.
  func gates() async throws -> [Gate]

  /// How many items are scored: dependents, positions or words.
  var items: Int { get }

  /// How many numbers the measurement reads of each of them: heads of all layers, or dimensions of a state.
  var dimensions: Int { get }

  /// Facts that a reader must know. Plain sentences.
  var notes: [String] { get }
}

extension TextInstrument {
  func distinctWorlds(of rival: TextRival, _ replicates: Range<Int>, key: StreamKey) -> Int? { nil }

  func arrangements(of rival: TextRival, cells: [Int]) -> Double? { nil }

  var notes: [String] { [] }
}

extension [[SentenceSums]] {
  /// What every cell scores in some worlds, as what every world scores in the cells.
  /// - Precondition: as many worlds of every cell.
  var byWorld: [[SentenceSums]] {
    (first ?? []).indices.map { world in map { $0[world] } }
  }
}
