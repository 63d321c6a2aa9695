internal import Glibc

/// The folder against which a hypothesis names its data.
public struct DataFolder: Sendable, Hashable {
  public let root: String
  /// Whether absolute paths, `..` and links that leave the folder are let through.
  public let allowsOutside: Bool

  public init(root: String, allowsOutside: Bool = false) {
    self.root = root
    self.allowsOutside = allowsOutside
  }

  /// The path to open for a path as a hypothesis writes it. The file need not exist: opening it says so
  /// better.
  /// - Throws: `outsideFolder` if the path leaves the folder, by what it says or by what it links to;
  ///   `invalidPath`.
  public func resolve(_ relative: String) throws(ActivationError) -> String {
    guard !relative.isEmpty, !relative.utf8.contains(0) else {
      throw ActivationError(file: relative, problem: .invalidPath)
    }
    let isAbsolute = relative.hasPrefix("/")
    let path = isAbsolute ? relative : root.hasSuffix("/") ? root + relative : "\(root)/\(relative)"
    if allowsOutside { return path }
    var depth = 0
    for part in relative.split(separator: "/") where part != "." {
      depth += part == ".." ? -1 : 1
      if depth < 0 { break }
    }
    guard !isAbsolute, depth >= 0 else {
      throw ActivationError(file: relative, problem: .outsideFolder(root: root, target: nil))
    }
    try require(path, name: relative)
    return path
  }

  /// - Throws: `outsideFolder` if what exists of `path` lies outside, all links followed. Passes if
  ///   everything is allowed, and if the folder itself does not exist: nothing can be reached through it
  ///   then.
  func require(_ path: String, name: String) throws(ActivationError) {
    guard !allowsOutside, let folder = Self.real(root) else { return }
    let prefix = folder == "/" ? "/" : folder + "/"
    // Of a file that does not exist, the nearest folder that does.
    var existing = path
    while true {
      if let target = Self.real(existing) {
        guard target == folder || target.hasPrefix(prefix) else {
          throw ActivationError(file: name, problem: .outsideFolder(root: root, target: target))
        }
        return
      }
      guard let slash = existing.lastIndex(of: "/"), slash != existing.startIndex else { return }
      existing = String(existing[..<slash])
    }
  }

  private static func real(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }
}
