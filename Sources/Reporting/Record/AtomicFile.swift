internal import Foundation

/// Files that a reader finds either in their old or in their new state, also after a crash.
public enum AtomicFile {
  /// Replaces the file at `path` by `text`: a new file is written beside it, flushed to the disk, and renamed over
  /// it. Missing folders are made.
  ///
  /// - Throws: `RecordError.cannotWrite`; the old file is then untouched.
  public static func write(_ text: String, to path: String) throws(RecordError) {
    let target = URL(fileURLWithPath: path)
    let folder = target.deletingLastPathComponent()
    let process = ProcessInfo.processInfo.processIdentifier
    let draft = folder.appendingPathComponent(".\(target.lastPathComponent).\(process).tmp")
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try Data().write(to: draft)
      let handle = try FileHandle(forWritingTo: draft)
      do {
        try handle.write(contentsOf: Data(text.utf8))
        try handle.synchronize()
        try handle.close()
      } catch {
        try? handle.close()
        throw error
      }
    } catch {
      try? FileManager.default.removeItem(at: draft)
      throw .cannotWrite(path: path, error.localizedDescription)
    }
    guard rename(draft.path, target.path) == 0 else {
      let reason = String(cString: strerror(errno))
      try? FileManager.default.removeItem(at: draft)
      throw .cannotWrite(path: path, reason)
    }
    // The rename itself lasts only once the folder is on the disk. Some file systems cannot do that for folders;
    // the file's content is safe in any case.
    let descriptor = open(folder.path, O_RDONLY)
    if descriptor >= 0 {
      _ = fsync(descriptor)
      _ = close(descriptor)
    }
  }

  /// Removes what `write` left in `folder` when its process was killed in the middle of it.
  public static func removeDrafts(in folder: String) {
    for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
      let parts = name.split(separator: ".", omittingEmptySubsequences: false)
      guard parts.count >= 4, parts[0].isEmpty, parts.last == "tmp",
        let process = Int32(parts[parts.count - 2]),
        process > 0, kill(process, 0) != 0, errno == ESRCH
      else { continue }
      try? FileManager.default.removeItem(atPath: folder + "/" + name)
    }
  }
}
