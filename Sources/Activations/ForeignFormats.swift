/// Formats that people have at hand and that are refused, told by their first bytes.
enum ForeignFormats {
  static func recognise(_ bytes: UnsafeRawBufferPointer) -> ActivationError.ForeignFormat? {
    func starts(with magic: [UInt8]) -> Bool { bytes.prefix(magic.count).elementsEqual(magic) }
    func starts(with text: StaticString) -> Bool { text.withUTF8Buffer { starts(with: Array($0)) } }

    if starts(with: "version https://git-lfs.github.com/spec/") { return .gitLFSPointer }
    if starts(with: "PK\u{3}\u{4}") { return archive(bytes) }
    if starts(with: "PK\u{5}\u{6}") { return .zip }
    // The opcode PROTO, and the versions that exist.
    if bytes.count >= 2, bytes[0] == 0x80, (2...5).contains(bytes[1]) { return .pickle }
    if starts(with: [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]) { return .hdf5 }
    if starts(with: "GGUF") { return .gguf }
    if starts(with: "PAR1") { return .parquet }
    if starts(with: "ARROW1") { return .arrow }
    if starts(with: [0x1F, 0x8B]) { return .gzip }
    if starts(with: [0x28, 0xB5, 0x2F, 0xFD]) { return .zstandard }
    if starts(with: "BZh"), bytes.count > 3, (0x31...0x39).contains(bytes[3]) { return .bzip2 }
    if starts(with: [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00]) { return .xz }
    if starts(with: [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]) { return .workbook }
    if isTextPickle(bytes) { return .textPickle }
    if isWebPage(bytes) { return .webPage }
    if starts(with: "{"), contains("\"weight_map\"", in: bytes.prefix(1 << 20)) { return .tensorIndex }
    if isText(bytes.prefix(256)) { return .text }
    return nil
  }

  /// What a file that is to be a table is instead; `nil` where it may be one.
  static func notATable(_ bytes: UnsafeRawBufferPointer) -> ActivationError.ForeignFormat? {
    if Safetensors.recognises(bytes) { return .safetensors }
    if NumPy.recognises(bytes) { return .npy }
    let format = recognise(bytes)
    guard format == nil || format == .text else { return format }
    let start = bytes.prefix(64).drop { isSpace($0) }
    guard start.first == UInt8(ascii: "{") else { return nil }
    return start.dropFirst().drop { isSpace($0) }.first == UInt8(ascii: "\"") ? .json : nil
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (9...13).contains(byte) }

  private static func isWebPage(_ bytes: UnsafeRawBufferPointer) -> Bool {
    let start = bytes.prefix(64).drop { isSpace($0) || [0xEF, 0xBB, 0xBF].contains($0) }
    let text = String(decoding: start, as: UTF8.self).lowercased()
    return text.hasPrefix("<!doctype html") || text.hasPrefix("<html") || text.hasPrefix("<?xml")
  }

  /// A zip archive, by the name of its first member: torch.save writes `<name>/data.pkl`, np.savez
  /// `<array>.npy`.
  private static func archive(_ bytes: UnsafeRawBufferPointer) -> ActivationError.ForeignFormat {
    guard bytes.count >= 30 else { return .zip }
    let length = Int(UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 26, as: UInt16.self)))
    let name = String(decoding: bytes[30..<min(bytes.count, 30 + length)], as: UTF8.self)
    if name.hasSuffix("data.pkl") || name.hasSuffix("/.format_version") || name.hasSuffix("/byteorder") {
      return .torchArchive
    }
    // Office Open XML and OpenDocument, whatever member stands first.
    let ends = [bytes.prefix(1 << 16), bytes.suffix(1 << 16)]
    if name == "mimetype"
      || ends.contains(where: { contains("[Content_Types].xml", in: $0) || contains("xl/workbook", in: $0) })
    {
      return .workbook
    }
    return name.hasSuffix(".npy") ? .npz : .zip
  }

  /// A pickle of protocol 0 or 1, which has no magic number: it ends in the opcode STOP, a full stop, and starts with a
  /// dictionary, a list or a tuple, kept under a number, or with the name of what it makes.
  private static func isTextPickle(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard bytes.count >= 4, bytes.last == UInt8(ascii: ".") else { return false }
    func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
    let start = bytes.prefix(400)
    let open = UInt8(ascii: "(")
    // `}q`, `]q`: protocol 1.
    if [UInt8(ascii: "}"), UInt8(ascii: "]")].contains(start[0]), start[1] == UInt8(ascii: "q") {
      return true
    }
    // `(dp0`, `(lp0`.
    if start[0] == open, [UInt8(ascii: "d"), UInt8(ascii: "l")].contains(start[1]),
      start[2] == UInt8(ascii: "p"),
      isDigit(start[3])
    {
      return true
    }
    // `(F1.0`, ..., `tp0` and a line end.
    if start[0] == open {
      let end = bytes.dropLast(2).reversed().prefix { isDigit($0) }
      let mark = bytes.count - 2 - end.count
      return !end.isEmpty && mark >= 2 && bytes[bytes.count - 2] == 0x0A
        && bytes[mark - 1] == UInt8(ascii: "p")
        && bytes[mark - 2] == UInt8(ascii: "t")
    }
    // `cnumpy.core.multiarray`, `_reconstruct`, and what is done with it, on lines of their own.
    guard start[0] == UInt8(ascii: "c") else { return false }
    let lines = start.dropFirst().split(separator: 0x0A, maxSplits: 2, omittingEmptySubsequences: false)
    guard lines.count == 3, let next = lines[2].first else { return false }
    func isName(_ line: Slice<UnsafeRawBufferPointer>, dots: Bool) -> Bool {
      !line.isEmpty
        && line.allSatisfy {
          isDigit($0) || $0 == UInt8(ascii: "_") || dots && $0 == UInt8(ascii: ".")
            || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0 | 0x20)
        }
    }
    return isName(lines[0], dots: true) && isName(lines[1], dots: false)
      && ([UInt8(ascii: "("), UInt8(ascii: "q"), UInt8(ascii: ")")].contains(next)
        || next == UInt8(ascii: "p") && lines[2].dropFirst().first.map(isDigit) == true)
  }

  private static func contains(_ text: StaticString, in bytes: Slice<UnsafeRawBufferPointer>) -> Bool {
    let wanted = text.withUTF8Buffer { Array($0) }
    return bytes.indices.dropLast(wanted.count - 1).contains {
      bytes[$0] == wanted[0] && bytes[$0..<$0 + wanted.count].elementsEqual(wanted)
    }
  }

  private static func isText(_ start: Slice<UnsafeRawBufferPointer>) -> Bool {
    // Bytes from 0xF8 stand in no UTF-8 text; they open a safetensors file that lies about its header.
    start.count >= 9 && start.allSatisfy { (0x20..<0xF8).contains($0) && $0 != 0x7F || (9...13).contains($0) }
      && start.contains { $0 == 0x2C || $0 == 0x0A || $0 == 0x20 || $0 == 0x09 }
  }
}
