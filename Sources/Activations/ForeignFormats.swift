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
    if isText(bytes.prefix(256)) { return .text }
    return nil
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
    return name.hasSuffix(".npy") ? .npz : .zip
  }

  private static func isText(_ start: Slice<UnsafeRawBufferPointer>) -> Bool {
    // Bytes from 0xF8 stand in no UTF-8 text; they open a safetensors file that lies about its header.
    start.count >= 9 && start.allSatisfy { (0x20..<0xF8).contains($0) && $0 != 0x7F || (9...13).contains($0) }
      && start.contains { $0 == 0x2C || $0 == 0x0A || $0 == 0x20 || $0 == 0x09 }
  }
}
