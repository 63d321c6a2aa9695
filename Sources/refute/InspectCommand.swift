internal import Activations
internal import ArgumentParser
internal import Foundation
internal import Hypotheses

struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Show what an activation file holds: tensors, shapes, types, ranges, NaN counts.")

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text, json
  }

  @Argument(help: "A safetensors or .npy file.", completion: .file(extensions: ["safetensors", "npy"]))
  var file: String

  @Option(help: ArgumentHelp("Only tensors whose names match; * and ? are wildcards.", valueName: "pattern"))
  var tensor = "*"

  @Option(help: "How the listing is written.")
  var format = Format.text

  /// One line of the listing.
  private struct Row: Encodable {
    var name: String
    var dtype: String
    var shape: [Int]
    var min: Double?
    var max: Double?
    var mean: Double?
    var sd: Double?
    var nan: Int?
    var inf: Int?
    var zeroRows: Int?
    /// How many items have keys, or why there are none.
    var keys: Int?
  }

  private struct Listing: Encodable {
    var file: String
    var sha256: String
    var metadata: [String: String]
    var tensors: [Row]
  }

  func run() throws {
    do {
      try list()
    } catch let error as ActivationError {
      throw Failure(code: .data, message: error.description)
    }
  }

  private func list() throws {
    let activations = try ActivationFile.open(file)
    let pattern = NamePattern(tensor)
    let chosen = activations.tensors.filter { pattern.matches($0.name) }
    guard !chosen.isEmpty || activations.tensors.isEmpty else {
      throw Failure(code: .usage, message: "\(file): no tensor matches \(tensor).")
    }
    let rows = try chosen.map { tensor -> Row in
      var row = Row(name: tensor.name, dtype: tensor.dtype, shape: tensor.shape)
      if tensor.type.isConvertible {
        let summary = try activations.summary(tensor)
        (row.min, row.max, row.mean) = (summary.minimum, summary.maximum, summary.mean)
        (row.sd, row.nan, row.inf) = (summary.standardDeviation, summary.nanCount, summary.infinityCount)
        row.zeroRows = summary.zeroRows
      }
      row.keys = try? activations.keys(for: tensor, explicit: nil).count
      return row
    }
    let metadata = activations.metadata.filter { !$0.key.hasPrefix("keys") }
    let listing = Listing(file: file, sha256: try activations.sha256(), metadata: metadata, tensors: rows)
    switch format {
    case .json:
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      try Console.output(String(decoding: try encoder.encode(listing), as: UTF8.self) + "\n")
    case .text: try Console.output(text(listing) + "\n")
    }
  }

  private func text(_ listing: Listing) -> String {
    func number(_ value: Double?) -> String { value.map { String(format: "%.4g", $0) } ?? "-" }
    func count(_ value: Int?) -> String { value.map { "\($0)" } ?? "-" }
    let header = ["tensor", "dtype", "shape", "min", "max", "mean", "sd", "NaN", "inf", "zero rows", "keys"]
    let lines =
      [header]
      + listing.tensors.map { row in
        [
          row.name.visible, row.dtype, row.shape.map { "\($0)" }.joined(separator: "×"), number(row.min),
          number(row.max), number(row.mean), number(row.sd), count(row.nan), count(row.inf),
          count(row.zeroRows),
          count(row.keys),
        ]
      }
    let widths = header.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
    var text = "\(listing.file.visible)\nsha256 \(listing.sha256)\n"
    for (key, value) in listing.metadata.sorted(by: { $0.key < $1.key }) {
      text += "\(key.visible): \((value.count > 100 ? value.prefix(100) + "…" : value).visible)\n"
    }
    text += "\n"
    for line in lines {
      let cells = line.enumerated().map { column, cell in
        let padding = String(repeating: " ", count: widths[column] - cell.count)
        return column < 3 ? cell + padding : padding + cell
      }
      text += cells.joined(separator: "  ") + "\n"
    }
    return text
  }
}
