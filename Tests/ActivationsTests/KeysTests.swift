import Activations
import Foundation
import Glibc
import Testing

@Suite struct KeysTests {
  @Test func keysComeFromMetadataOrBesideOrAFile() throws {
    let words = try Expected.load().words
    let types = try ActivationFile.open(fixture("types.safetensors"))
    #expect(try types.keys(for: types.requireTensor(named: "F32"), explicit: nil) == words)
    let two = try types.requireTensor(named: "two rows")
    #expect(try types.keys(for: two, explicit: nil) == ["x", "y"])
    #expect(types.keySource(for: two, explicit: nil) == .metadata(entry: "keys.two rows"))
    let special = try ActivationFile.open(fixture("special.safetensors"))
    #expect(try special.keys(for: special.tensors[0], explicit: nil) == words)
    let scratch = try Scratch()
    let explicit = try scratch.write("k.txt", "one\n two \nthree\nfour\nfive\nsix")
    let keys = try types.keys(for: types.requireTensor(named: "F32"), explicit: explicit)
    #expect(keys == ["one", " two ", "three", "four", "five", "six"])
  }

  @Test func npyKeysStandBeside() throws {
    let scratch = try Scratch()
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1), }\n"
    let path = try scratch.write("a.b/words.v1.npy", npy(header, data: bytes([1, 2])))
    let file = try ActivationFile.open(path, name: "words.v1.npy")
    let error = failure(try file.keys(for: file.tensors[0], explicit: nil))
    if case .noKeys(let places) = error?.problem {
      #expect(places.last == "file words.v1.keys.txt")
    } else {
      Issue.record("\(String(describing: error))")
    }
    try scratch.write("a.b/words.v1.keys.txt", "cat\ndog\n")
    #expect(try file.keys(for: file.tensors[0], explicit: nil) == ["cat", "dog"])
    // Beside the file, but elsewhere in truth.
    let outside = try Scratch()
    let target = try outside.write("secret.txt", "root\nuser\n")
    try FileManager.default.removeItem(atPath: "\(scratch.path)/a.b/words.v1.keys.txt")
    #expect(symlink(target, "\(scratch.path)/a.b/words.v1.keys.txt") == 0)
    let folder = DataFolder(root: scratch.path)
    let leak = failure(try file.keys(for: file.tensors[0], explicit: nil, within: folder))
    #expect(leak?.isOutsideFolder == true)
  }

  @Test(arguments: [
    ("a\nb\nc\n", ActivationError.Problem.keyCount(found: 3, rows: 2), nil),
    ("a\n", .keyCount(found: 1, rows: 2), nil),
    ("", .keyCount(found: 0, rows: 2), nil),
    ("a\n\n", .emptyKey(index: 1), 2),
    ("a\r\n\r\n", .emptyKey(index: 1), 2),
    ("a\na\n", .duplicateKey(key: "a", first: 0, second: 1, firstLine: 1), 2),
    ("a\nb\0\n", .tableSyntax(.nulByte), 2),
  ])
  func badKeyFilesAreRefused(text: String, problem: ActivationError.Problem, line: Int?) throws {
    let scratch = try Scratch()
    let path = try scratch.write("x.safetensors", try activations([1, 2], shape: [2, 1]))
    let keys = try scratch.write("k.txt", text)
    let file = try ActivationFile.open(path)
    let error = failure(try file.keys(for: file.tensors[0], explicit: keys, name: "k.txt"))
    #expect(error?.problem == problem && error?.place.line == line && error?.file == "k.txt")
  }

  /// Tokens of a vocabulary that Unicode calls equal have embeddings of their own.
  @Test func canonicallyEqualKeysAreTwo() throws {
    let scratch = try Scratch()
    let path = try scratch.write("x.safetensors", try activations([1, 2], shape: [2, 1]))
    let keys = try scratch.write("k.txt", "caf\u{E9}\ncafe\u{301}\n")
    let file = try ActivationFile.open(path)
    let found = try file.keys(for: file.tensors[0], explicit: keys)
    let alignment = Alignment(tableKeys: ["cafe\u{301}", "caf\u{E9}"], activationKeys: found)
    #expect(alignment.activationRows == [1, 0])
  }

  @Test(arguments: [
    "", "[", "[]", "{}", "[1,2]", "[\"a\",\"b\"", "[\"a\",\"b\"]x", "[\"a\",null]", "[\"a\"]",
    "[\"a\",\"b\",\"c\"]",
    "[\"a\",\"b\",[[[[[[", "[\"a\",\"\"]", "[\"a\",\"a\"]", "[\"a\",\"\\ud800\"]",
  ])
  func badKeyMetadataIsRefused(entry: String) throws {
    let scratch = try Scratch()
    let quoted = String(decoding: try JSONEncoder().encode(entry), as: UTF8.self)
    let header =
      #"{"__metadata__":{"keys":\#(quoted)},"x":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]}}"#
    let path = try scratch.write("x.safetensors", safetensors(header, data: bytes([1, 2])))
    let file = try ActivationFile.open(path)
    let error = failure(try file.keys(for: file.tensors[0], explicit: nil))
    #expect(error?.place.tensor == "x")
  }

  @Test func keysThatAreNotUTF8AreRefused() throws {
    let scratch = try Scratch()
    let path = try scratch.write("x.safetensors", try activations([1, 2], shape: [2, 1]))
    try scratch.write("x.keys.txt", [0x61, 0x0A, 0xE9, 0x0A])
    let file = try ActivationFile.open(path)
    let error = failure(try file.keys(for: file.tensors[0], explicit: nil))
    #expect(error?.problem == .tableSyntax(.notUTF8) && error?.place.offset == 2)
  }

  @Test func rowsAreAlignedByKey() throws {
    let alignment = Alignment(tableKeys: ["a", "b", "c", "d"], activationKeys: ["d", "x", "b", "a", "y"])
    #expect(alignment.tableRows == [0, 1, 3] && alignment.activationRows == [3, 2, 0])
    #expect(alignment.missingFromActivations == ["c"] && alignment.count == 3)
    let error = failure(
      try alignment.requireActivations(table: "norms.csv", activations: "nouns.safetensors"))
    #expect(
      error?.description
        == "nouns.safetensors: 1 key of norms.csv is not here (\"c\"), which has \"x\", \"y\" instead; 3 are shared; "
        + "expected activations of every item: write `items shared` in the measure to use the shared ones only"
    )
    // Activations that no row asks for are no error.
    try Alignment(tableKeys: ["a", "b"], activationKeys: ["b", "x", "a"]).requireActivations(
      table: "t", activations: "a")
    let many = Alignment(tableKeys: (0..<1_000).map(String.init), activationKeys: ["0"])
    let long = failure(try many.requireActivations(table: "t", activations: "activations.npy"))
    #expect(
      long?.description.contains("999 keys of t are not here (\"1\", \"2\", \"3\", ...)")
        == true)
  }
}

@Suite struct DataFolderTests {
  @Test func pathsStayInside() throws {
    let scratch = try Scratch()
    let outside = try Scratch()
    try scratch.write("in/x.npy", [1])
    let secret = try outside.write("secret.npy", [1])
    #expect(symlink(secret, "\(scratch.path)/link.npy") == 0)
    #expect(symlink(outside.path, "\(scratch.path)/folder") == 0)
    #expect(symlink("in/x.npy", "\(scratch.path)/inner.npy") == 0)
    let folder = DataFolder(root: scratch.path)
    let open = DataFolder(root: scratch.path, allowsOutside: true)
    for path in ["in/x.npy", "./in/x.npy", "in/../in/x.npy", "inner.npy", "absent.npy", "absent/absent.npy"] {
      #expect(try folder.resolve(path) == "\(scratch.path)/\(path)")
    }
    for path in [
      secret, "../secret.npy", "in/../../x", "..", "link.npy", "folder/secret.npy", "folder/absent.npy",
      "folder/absent/absent.npy", "folder/../x",
    ] {
      let error = failure(try folder.resolve(path))
      #expect(error?.isOutsideFolder == true && error?.file == path, "\(path)")
      _ = try open.resolve(path)
    }
    #expect(try open.resolve(secret) == secret)
    for path in ["", "a\0b"] {
      #expect(failure(try open.resolve(path))?.problem == .invalidPath)
    }
    // A folder whose name only starts like the root's.
    #expect(mkdir(scratch.path + "-twin", 0o700) == 0)
    defer { rmdir(scratch.path + "-twin") }
    #expect(symlink(scratch.path + "-twin", "\(scratch.path)/twin") == 0)
    #expect(failure(try folder.resolve("twin/x"))?.isOutsideFolder == true)
  }

  @Test func aFolderThatDoesNotExistIsFoundOutOnOpening() throws {
    let path = try DataFolder(root: "/nonexistent-data").resolve("x.npy")
    let error = failure(try ActivationFile.open(path, name: "x.npy"))
    #expect(error?.problem == .missing(near: [], missingFolder: "/nonexistent-data"))
  }
}

@Suite struct FingerprintTests {
  @Test func digestsAreThoseOfHashlib() throws {
    for (name, digest) in try Expected.load().sha256 {
      #expect(try fingerprint(fixture(name)) == digest, "\(name)")
    }
    let file = try ActivationFile.open(fixture("plain.safetensors"))
    #expect(try file.sha256() == fingerprint(fixture("plain.safetensors")))
  }

  @Test func knownAnswers() throws {
    // FIPS 180-2, appendix B.
    let scratch = try Scratch()
    #expect(
      try fingerprint(scratch.write("a", "abc"))
        == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(
      try fingerprint(scratch.write("e", ""))
        == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    let million = [UInt8](repeating: 0x61, count: 1_000_000)
    #expect(
      try fingerprint(scratch.write("m", million))
        == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    // Mapped, and over several blocks: Python's hashlib.sha256(bytes(20_000_000)).
    #expect(
      try fingerprint(scratch.write("z", [UInt8](repeating: 0, count: 20_000_000)))
        == "9e21c61969cd3e077a1b2b58ddb583b175e13c6479d2d83912eaddc23c0cdd52")
    let table = try Table.read(scratch.write("t.csv", "id\nx\n"), key: "id")
    #expect(try table.sha256 == fingerprint("\(scratch.path)/t.csv"))
  }
}

/// What the repository ships, if this checkout has it.
@Suite struct ShippedDataTests {
  @Test func everythingShippedIsReadable() throws {
    let data = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Data").path
    for case let name as String in FileManager.default.enumerator(atPath: data) ?? .init() {
      guard name.hasSuffix(".safetensors") || name.hasSuffix(".npy") else { continue }
      let file = try ActivationFile.open(DataFolder(root: data).resolve(name), name: name)
      #expect(!file.tensors.isEmpty, "\(name)")
      if file.metadata["format"] == AttentionFile.format {
        try Self.isReadable(AttentionFile(file))
        continue
      }
      for tensor in file.tensors where tensor.shape.count == 2 && tensor.type.isConvertible {
        let keys = try file.keys(for: tensor, explicit: nil)
        #expect(try file.matrix(tensor, rows: [0, keys.count - 1]).columns == tensor.columns)
      }
    }
  }

  /// Every sentence's weights and states, as the reader checks them.
  private static func isReadable(_ file: AttentionFile) throws {
    #expect(file.sentences.count >= 100 && file.words?.count == file.sentences.count, "\(file.name)")
    for sentence in file.sentences.indices {
      #expect(try file.wordIndex(sentence).contains(1))
      if file.hasAttention(sentence) { #expect(try !file.attention(sentence).isEmpty) }
      guard file.hasStates(sentence) else { continue }
      for layer in file.stateLayers {
        #expect(try file.states(sentence, layer: layer).rows == file.pieceCount(sentence))
      }
    }
  }
}
