internal import Falsification
internal import Foundation
internal import Synchronization

/// Shows what a run is doing: one line that is rewritten where standard error is a terminal, and plain lines else.
final class ProgressLine: Sendable {
  private let isShown: Bool
  private let isTerminal: Bool
  private let state = Mutex(State())
  private let clock = ContinuousClock()

  private struct State {
    var title = ""
    var step = ""
    var done = 0
    var lastShown: ContinuousClock.Instant?
  }

  init(isShown: Bool) {
    self.isShown = isShown
    isTerminal = isatty(STDERR_FILENO) == 1
  }

  func begin(_ title: String) {
    let title = title.visible
    state.withLock { $0 = State(title: title) }
    if isShown && !isTerminal { Console.write(title + "\n") }
  }

  func show(_ progress: Falsification.Progress) {
    guard isShown else { return }
    state.withLock { state in
      var text = ""
      switch progress {
      case .step(let name):
        state.step = name
        state.done = 0
        text = name.visible
      case .worlds(let rival, let more, let total):
        state.done += more
        text = "\(rival.visible)  \(state.done)/\(total)"
      }
      let now = clock.now
      // Lines of a log are few; a terminal is rewritten some times a second.
      let pause: Duration = isTerminal ? .milliseconds(80) : .seconds(15)
      if let last = state.lastShown, last.duration(to: now) < pause { return }
      let isFirst = state.lastShown == nil
      state.lastShown = now
      if isTerminal {
        let line = "\(state.title)  \(text)"
        Console.write("\r\u{1B}[K" + String(line.prefix(max(Console.columns - 1, 20))))
      } else if !isFirst {
        Console.write("  \(text)\n")
      }
    }
  }

  /// Ends the current hypothesis with its verdict.
  func end(_ verdict: String, seconds: Double) {
    guard isShown else { return }
    let title = state.withLock { $0.title }
    let time = String(format: "%.1f s", seconds)
    Console.write(isTerminal ? "\r\u{1B}[K\(title): \(verdict) (\(time))\n" : "  \(verdict) (\(time))\n")
  }
}
