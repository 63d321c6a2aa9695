internal import ArgumentParser
internal import Explanations
internal import Foundation

struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Show the documentation of a verdict, rule, metric, probe, rival or check of the instrument.",
    discussion: "Without a topic, lists them. The text is that of docs/, and part of the program.")

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text, markdown
  }

  @Argument(help: "What to explain: artifact, undecidable-p, r2, permuted_labels.", completion: .list(topics))
  var topic: String?

  @Option(help: "How it is written.")
  var format = Format.text

  private static var topics: [String] { Explanations.all.map(\.topic) }

  func run() throws {
    guard let topic else {
      try Console.output(list)
      return
    }
    let found = Explanations.about(topic)
    guard !found.isEmpty else {
      let near = Explanations.near(topic)
      throw Failure(
        code: .usage,
        message: "there is nothing about '\(topic.visible)': "
          + (near.isEmpty
            ? "refute explain lists all topics." : "did you mean \(near.joined(separator: " or "))?"))
    }
    let sections = found.map { explanation in
      switch format {
      case .markdown: explanation.markdown
      case .text:
        explanation.terminal(columns: Console.columns, bold: Console.allowsColor(STDOUT_FILENO))
          + "\n(docs/\(explanation.document))\n"
      }
    }
    try Console.output(sections.joined(separator: "\n"))
  }

  private var list: String {
    let width = max(40, min(Console.columns, 100))
    return Explanation.Kind.allCases.reduce(into: "") { out, kind in
      out += "\(kind.rawValue)s\n"
      var line = " "
      for topic in Explanations.all where topic.kind == kind {
        if line.count + 1 + topic.topic.count > width {
          out += line + "\n"
          line = " "
        }
        line += " " + topic.topic
      }
      out += line + "\n"
    }
  }
}
