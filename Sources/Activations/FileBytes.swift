internal import Glibc

/// The bytes of a regular file: a private copy if it is small, a read-only mapping if it is large.
///
/// A mapping faults (SIGBUS) when its file is cut short under it; `checkUnchanged` asks the file system first
/// and is called before every block that is converted. A copy cannot change at all.
final class FileBytes: Sendable {
  let name: String
  let path: String
  let count: Int
  // An address rather than a pointer: pointers are not Sendable, and nothing is ever written through this one
  // after `init`.
  private let address: UInt
  /// The descriptor behind a mapping; -1 for a copy.
  private let descriptor: Int32
  private let modified: Timestamp

  private struct Timestamp: Sendable, Equatable {
    let seconds: Int
    let nanoseconds: Int

    init(_ status: stat) {
      seconds = status.st_mtim.tv_sec
      nanoseconds = status.st_mtim.tv_nsec
    }
  }

  static let mappingThreshold = 4 << 20

  /// Opens `path`. Files of at most `copyLimit` bytes are copied, larger ones are mapped.
  /// - Throws: `missing`, `notRegularFile`, `unreadable`, `invalidPath`, `changed`. An empty file is not an
  ///   error here.
  init(
    path: String, name: String, copyLimit: Int = FileBytes.mappingThreshold
  ) throws(ActivationError) {
    func failure(_ problem: ActivationError.Problem) -> ActivationError {
      ActivationError(file: name, problem: problem)
    }
    // A NUL would end the path early in C, and so open another file than the one that is named.
    guard !path.isEmpty, !path.utf8.contains(0) else { throw failure(.invalidPath) }
    // Not blocking: opening a named pipe would otherwise wait for a writer.
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else {
      let code = errno
      if code == ENOENT || code == ENOTDIR {
        let (near, folder) = Self.surroundings(of: path)
        throw failure(.missing(near: near, missingFolder: folder))
      }
      throw failure(.unreadable(code: code))
    }
    var keepsDescriptor = false
    defer { if !keepsDescriptor { close(file) } }
    var status = stat()
    guard fstat(file, &status) == 0 else { throw failure(.unreadable(code: errno)) }
    let kind = status.st_mode & S_IFMT
    guard kind == S_IFREG else { throw failure(.notRegularFile(isFolder: kind == S_IFDIR)) }
    let size = Int(status.st_size)

    self.name = name
    self.path = path
    self.count = size
    self.modified = Timestamp(status)
    if size == 0 {
      address = 0
      descriptor = -1
    } else if size <= copyLimit {
      guard let copy = malloc(size) else { throw failure(.unreadable(code: ENOMEM)) }
      var done = 0
      while done < size {
        let read = pread(file, copy + done, size - done, done)
        if read < 0 && errno == EINTR { continue }
        guard read > 0 else {
          let code = errno
          free(copy)
          throw failure(
            read == 0 ? .changed(expectedBytes: size, foundBytes: done) : .unreadable(code: code))
        }
        done += read
      }
      address = UInt(bitPattern: copy)
      descriptor = -1
    } else {
      guard let mapping = mmap(nil, size, PROT_READ, MAP_PRIVATE, file, 0), mapping != MAP_FAILED else {
        throw failure(.unreadable(code: errno))
      }
      address = UInt(bitPattern: mapping)
      descriptor = file
      keepsDescriptor = true
    }
  }

  deinit {
    guard let base = UnsafeMutableRawPointer(bitPattern: address) else { return }
    if descriptor >= 0 {
      munmap(base, count)
      close(descriptor)
    } else {
      free(base)
    }
  }

  /// Calls `body` with all bytes of the file. The buffer must not be used after `body` returns.
  func withBytes<Result>(
    _ body: (UnsafeRawBufferPointer) throws(ActivationError) -> Result
  ) throws(ActivationError) -> Result {
    // The mapping must outlive the call even if this is the last use of `self`.
    defer { withExtendedLifetime(self) {} }
    return try body(UnsafeRawBufferPointer(start: UnsafeRawPointer(bitPattern: address), count: count))
  }

  /// - Throws: `changed` if a mapped file is no longer what was opened.
  func checkUnchanged() throws(ActivationError) {
    guard descriptor >= 0 else { return }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw ActivationError(file: name, problem: .unreadable(code: errno))
    }
    guard Int(status.st_size) == count, Timestamp(status) == modified else {
      throw ActivationError(
        file: name, problem: .changed(expectedBytes: count, foundBytes: Int(status.st_size)))
    }
  }

  /// Larger mappings do not stay resident after use.
  private static let residentLimit = 256 << 20

  /// Takes the pages of a block that has been read out of the resident set, so that one pass over a file
  /// larger than the memory budget stays within it. They stay in the page cache, and whoever reads them again
  /// gets them back.
  func release(_ range: Range<Int>) {
    guard descriptor >= 0, count > Self.residentLimit else { return }
    let page = 4_096
    let start = max(range.lowerBound, 0) / page * page
    let end = min(range.upperBound, count)
    guard start < end, let base = UnsafeMutableRawPointer(bitPattern: address) else { return }
    // Advice: if the page size is another and it is refused, nothing is lost but memory.
    madvise(base + start, end - start, MADV_DONTNEED)
  }

  /// Whether anything, of whatever kind, stands at `path`.
  static func exists(_ path: String) -> Bool {
    !path.utf8.contains(0) && access(path, F_OK) == 0
  }

  /// Names beside `path` that resemble its last component, and the first folder on the way that does not
  /// exist.
  private static func surroundings(of path: String) -> (near: [String], missingFolder: String?) {
    let parts = path.split(separator: "/", omittingEmptySubsequences: true)
    guard let last = parts.last else { return ([], nil) }
    var folder = path.hasPrefix("/") ? "/" : ""
    for part in parts.dropLast() {
      let next = folder + part
      var status = stat()
      guard stat(next, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return ([], next) }
      folder = next + "/"
    }
    guard let stream = opendir(folder.isEmpty ? "." : folder) else { return ([], nil) }
    defer { closedir(stream) }
    var names: [String] = []
    while names.count < 10_000, let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    let stem = ActivationFile.stem(of: path)
    return (
      Similarity.nearest(to: String(last), among: names.sorted(), length: stem.unicodeScalars.count), nil
    )
  }
}
