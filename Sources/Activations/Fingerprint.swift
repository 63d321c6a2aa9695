internal import Crypto

/// The SHA-256 digest of a file, in lower-case hexadecimal digits.
/// - Parameter displayName: what errors are to call the file; the path if `nil`.
/// - Throws: whatever keeps the file from being read. An empty file has a digest too.
public func fingerprint(
  _ path: String, name displayName: String? = nil
) throws(ActivationError) -> String {
  try FileBytes(path: path, name: displayName ?? path).sha256()
}

extension ActivationFile {
  /// The SHA-256 digest of the whole file, in lower-case hexadecimal digits.
  /// - Throws: `changed` if the file was cut or rewritten since it was opened.
  public func sha256() throws(ActivationError) -> String {
    try bytes.sha256()
  }
}

extension FileBytes {
  /// Reads block by block, so that a mapping larger than memory can be digested.
  func sha256() throws(ActivationError) -> String {
    let blockBytes = 8 << 20
    return try withBytes { buffer throws(ActivationError) in
      var hash = SHA256()
      var start = 0
      while start < buffer.count {
        try checkUnchanged()
        let end = min(start + blockBytes, buffer.count)
        hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: buffer[start..<end]))
        release(start..<end)
        start = end
      }
      try checkUnchanged()
      return Self.hexadecimal(hash.finalize())
    }
  }

  private static func hexadecimal(_ digest: SHA256Digest) -> String {
    let digits = Array("0123456789abcdef")
    return String(digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
  }
}
