import Activations
import Foundation
import Glibc
import Testing

/// Files that lie. Each must give one clear error; nothing may trap.
@Suite struct HostileFilesTests {
  static let good = #"{"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}}"#
  static let data = bytes([1, 2, 3, 4])

  /// Opens and, if that works, reads everything there is to read.
  private func exhaust(_ path: String) -> ActivationError? {
    do throws(ActivationError) {
      let file = try ActivationFile.open(path, name: "x")
      for tensor in file.tensors {
        func attempt<T>(_ body: () throws(ActivationError) -> T) {
          do throws(ActivationError) { _ = try body() } catch { checkWords(error) }
        }
        attempt { () throws(ActivationError) in try file.summary(tensor) }
        attempt { () throws(ActivationError) in try file.keys(for: tensor, explicit: nil) }
        let rows = Array(0..<min(tensor.rows ?? 0, 1_000))
        attempt { () throws(ActivationError) in try file.matrix(tensor, rows: rows) }
      }
      _ = try file.sha256()
      return nil
    } catch {
      checkWords(error)
      return error
    }
  }

  @Test(arguments: [
    // Syntax.
    "[]", "{", "{}x", "", "x", "{\"a\"}", "{\"a\":}", "{\"a\":1}", "{\"a\":null}", "{\"a\":[]}", "{,}",
    "{\"a\":{},}",
    "{\"a\":{}}", #"{"a":{"dtype":"F32"}}"#, #"{"a":{"dtype":1,"shape":[2,2],"data_offsets":[0,16]}}"#,
    #"{"a":{"dtype":"F32","shape":2,"data_offsets":[0,16]}}"#,
    #"{"a":{"dtype":"F32","shape":[2,"2"],"data_offsets":[0,16]}}"#,
    #"{"a":{"dtype":"F32","shape":[2,2.0],"data_offsets":[0,16]}}"#,
    #"{"a":{"dtype":"F32","shape":[2,2e0],"data_offsets":[0,16]}}"#,
    #"{"a":{"dtype":"F32","shape":[02,2],"data_offsets":[0,16]}}"#,
    #"{"a":{"dtype":"F32","shape":[-2,-2],"data_offsets":[0,16]}}"#,
    #"{"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0]}}"#,
    #"{"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16,16]}}"#,
    #"{"a":{"dtype":"F32","shape":[2,2],"data_offsets":{}}}"#,
    #"{"a":{"dtype":"F32","dtype":"F32","shape":[2,2],"data_offsets":[0,16]}}"#,
    #"{"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16],"x":tru}}"#,
    #"{"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16],"x":-}}"#,
    #"{"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16],"x":1.}}"#,
    #"{"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16],"x":1e}}"#,
    #"{"\ud800":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}}"#,
    #"{"\ud800\u0041":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}}"#,
    #"{"\x":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}}"#,
    #"{"\u12":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}}"#,
    "{\"a\nb\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[0,16]}}",
    // Metadata.
    #"{"__metadata__":{"a":1},"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}}"#,
    #"{"__metadata__":"x","a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}}"#,
    #"{"__metadata__":{},"__metadata__":{},"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}}"#,
    #"{"__metadata__":{"k":"1","k":"2"},"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}}"#,
    // Sizes and offsets.
    #"{"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,16]}}"#,
    #"{"a":{"dtype":"F64","shape":[2,2],"data_offsets":[0,16]}}"#,
    #"{"a":{"dtype":"F4","shape":[3],"data_offsets":[0,1]}}"#,
    #"{"a":{"dtype":"F32","shape":[2,2],"data_offsets":[16,0]}}"#,
    #"{"a":{"dtype":"F32","shape":[2,4],"data_offsets":[0,32]}}"#,
    #"{"a":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}}"#,
    #"{"a":{"dtype":"F32","shape":[1,2],"data_offsets":[8,16]}}"#,
    #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[9223372036854775806,9223372036854775807]}}"#,
    #"{"a":{"dtype":"U8","shape":[18446744073709551616],"data_offsets":[0,16]}}"#,
    #"{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,16]}}"#,
    #"{"a":{"dtype":"F32","shape":[0,4294967296,4294967296],"data_offsets":[0,0]}}"#,
    #"{"a":{"dtype":"F32","shape":[4294967296,2147483648,0],"data_offsets":[0,0]}}"#,
    #"{"a":{"dtype":"F32","shape":[9223372036854775807],"data_offsets":[0,16]}}"#,
    #"{"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},"a":{"dtype":"F32","shape":[0],"data_offsets":[16,16]}}"#,
    #"{"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
    #"{"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},"b":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}}"#,
    #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[12,16]}}"#,
    // Types.
    #"{"a":{"dtype":"f32","shape":[2,2],"data_offsets":[0,16]}}"#,
    #"{"a":{"dtype":"F128","shape":[1],"data_offsets":[0,16]}}"#,
    #"{"a":{"dtype":"\u001b[31m","shape":[2,2],"data_offsets":[0,16]}}"#,
    "{}",
  ])
  func headersThatLieAreRefused(header: String) throws {
    let scratch = try Scratch()
    let path = try scratch.write("x.safetensors", safetensors(header, data: Self.data))
    #expect(exhaust(path) != nil, "\(header)")
  }

  @Test func theseAreGood() throws {
    let scratch = try Scratch()
    for header in [
      Self.good, Self.good + "    ",
      #"{"__metadata__":{"format":"pt"},"#.dropLast() + "," + Self.good.dropFirst(),
      #"{"a":{"shape":[2,2],"extra":[{"x":[1.5e-3,true,false,null,"\"é\ud83d\ude00"]}],"data_offsets":[0,16],"dtype":"F32"}}"#,
      #"{"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},"z":{"dtype":"F32","shape":[0,5],"data_offsets":[16,16]}}"#,
      #"{"":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}}"#,
    ] {
      #expect(
        exhaust(try scratch.write("x.safetensors", safetensors(header, data: Self.data))) == nil, "\(header)")
    }
    #expect(exhaust(try scratch.write("e.safetensors", safetensors("{}"))) == nil)
  }

  @Test func eachFaultIsNamed() throws {
    let scratch = try Scratch()
    func problem(_ header: String, data: [UInt8] = Self.data) throws -> ActivationError? {
      exhaust(try scratch.write("x.safetensors", safetensors(header, data: data)))
    }
    let overlap = try problem(
      #"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]},"b":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}"#
    )
    #expect(overlap?.place.tensor == "b")
    if case .overlap(with: "a", _, _) = overlap?.problem {
    } else {
      Issue.record("\(String(describing: overlap))")
    }
    let hole = try problem(
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[12,16]}}"#
    )
    if case .hole(let begin, let end) = hole?.problem {
      #expect(end - begin == 8)
    } else {
      Issue.record("\(String(describing: hole))")
    }
    #expect(try problem(Self.good, data: Self.data + [0])?.problem == .trailingBytes(1))
    if case .truncated = try problem(Self.good, data: Array(Self.data.dropLast()))?.problem {
    } else {
      Issue.record("not truncated")
    }
    let twice = try problem(
      #"{"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},"a":{"dtype":"F32","shape":[0],"data_offsets":[16,16]}}"#
    )
    #expect(twice?.problem == .duplicateTensor(name: "a"))
    let size = try problem(#"{"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,16]}}"#)
    #expect(size?.problem == .sizeMismatch(shape: [2, 3], type: "F32", expectedBytes: 24, foundBytes: 16))
    #expect(size?.description.contains("expected 24 for shape [2, 3] of F32") == true)
    let type = try problem(#"{"a":{"dtype":"F128","shape":[1],"data_offsets":[0,16]}}"#)
    #expect(type?.place == .init(tensor: "a", offset: 8 + 14))
    if case .unknownType(found: "F128", _) = type?.problem {
    } else {
      Issue.record("\(String(describing: type))")
    }
  }

  @Test(arguments: [100_000_001, UInt64(Int64.max), UInt64.max, 1 << 40])
  func oversizedHeaderLengthsAreRefused(length: UInt64) throws {
    let scratch = try Scratch()
    let path = try scratch.write("x.safetensors", safetensors(Self.good, data: Self.data, length: length))
    #expect(exhaust(path)?.problem == .headerTooLong(length: length, limit: 100_000_000))
    let short = try scratch.write(
      "y.safetensors", safetensors(Self.good, data: Self.data, length: 90_000_000))
    #expect(
      exhaust(short)?.problem
        == .truncated(neededBytes: 90_000_008, foundBytes: 8 + Self.good.utf8.count + 16))
  }

  @Test func deepNestingIsRefused() throws {
    let scratch = try Scratch()
    for (open, close) in [("[", "]"), (#"{"x":"#, "}")] {
      let deep = String(repeating: open, count: 200_000) + "1" + String(repeating: close, count: 200_000)
      let header = #"{"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16],"x":\#(deep)}}"#
      let error = exhaust(try scratch.write("x.safetensors", safetensors(header, data: Self.data)))
      if case .headerSyntax = error?.problem {} else { Issue.record("\(String(describing: error))") }
    }
    // As many brackets where a tensor, a shape or the metadata should stand.
    let brackets = String(repeating: "[", count: 500_000)
    for header in ["{\"a\":\(brackets)", "{\"__metadata__\":\(brackets)", "{\"a\":{\"shape\":\(brackets)"] {
      #expect(exhaust(try scratch.write("x.safetensors", safetensors(header, data: Self.data))) != nil)
    }
  }

  @Test func invalidUTF8IsRefused() throws {
    let scratch = try Scratch()
    for bad in [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xE2, 0x82]] as [[UInt8]] {
      let header = Array(#"{""#.utf8) + bad + Array(Self.good.utf8.dropFirst(3))
      let error = exhaust(try scratch.write("x.safetensors", safetensors(header, data: Self.data)))
      #expect(error?.place.offset == 10)
    }
  }

  @Test func everyTruncationIsAnError() throws {
    let scratch = try Scratch()
    let sources = [
      ("safetensors", try activations([1, 2, 3, 4], shape: [2, 2], keys: ["a", "b"])),
      ("npy", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }\n", data: Self.data)),
      ("npy", Array(try Data(contentsOf: URL(fileURLWithPath: fixture("npy/version-3.npy"))))),
      ("safetensors", Array(try Data(contentsOf: URL(fileURLWithPath: fixture("plain.safetensors"))))),
    ]
    for (suffix, whole) in sources {
      #expect(exhaust(try scratch.write("x.\(suffix)", whole)) == nil)
      for length in 0..<whole.count {
        let error = exhaust(try scratch.write("x.\(suffix)", Array(whole[..<length])))
        #expect(error != nil, "\(length) bytes of \(whole.count)")
      }
    }
  }

  @Test func mutationsNeverTrap() throws {
    let scratch = try Scratch()
    var generator = SplitMix(state: 2024)
    let sources = [
      ("safetensors", try activations([1, 2, 3, 4], shape: [2, 2], keys: ["a", "b"])),
      (
        "safetensors",
        safetensors(
          #"{"a":{"dtype":"F16","shape":[2,2],"data_offsets":[0,8]},"b":{"dtype":"BF16","shape":[4],"data_offsets":[8,16]}}"#,
          data: Self.data)
      ),
      ("npy", npy("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 2), }\n", data: Self.data)),
    ]
    var opened = 0
    for (suffix, whole) in sources {
      for _ in 0..<1_500 {
        var mutated = whole
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
          let index = Int.random(in: 0..<mutated.count, using: &generator)
          switch Int.random(in: 0..<5, using: &generator) {
          case 0: mutated[index] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
          case 1: mutated[index] = UInt8.random(in: 0...255, using: &generator)
          // Digits and punctuation reach deeper into the parser than noise does.
          case 2: mutated[index] = Array("0123456789".utf8).randomElement(using: &generator) ?? 0
          case 3: mutated[index] = Array("{}[](),:\"'\\- L".utf8).randomElement(using: &generator) ?? 0
          default: mutated.remove(at: index)
          }
        }
        if exhaust(try scratch.write("x.\(suffix)", mutated)) == nil { opened += 1 }
      }
    }
    // Mutations of the data, of names and of keys leave a file that opens.
    #expect(opened > 100)
  }

  @Test func nothingIsAcceptedThatTheReferenceRefuses() throws {
    let scratch = try Scratch()
    var (accepted, stricter) = (0, [String]())
    for example in try Expected.load().damaged {
      let header = example.header.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
      let path = try scratch.write(
        "x.safetensors", safetensors(header, data: [UInt8](repeating: 0, count: 16)))
      do throws(ActivationError) {
        _ = try ActivationFile.open(path)
        #expect(example.isAccepted, "\(example.header)")
        accepted += 1
      } catch {
        checkWords(error)
        // The format asks for "{" as the first byte of the header; the reference skips white space.
        if example.isAccepted && !example.header.hasPrefix(" ") {
          stricter.append("\(example.header): \(error)")
        }
      }
    }
    #expect(accepted > 20)
    // Where this reader refuses more, and only there: names and fields given twice.
    #expect(stricter.allSatisfy { $0.contains("a second time") }, "\(stricter.joined(separator: "\n"))")
  }

  @Test func aFileThatShrinksUnderItsMappingIsAnError() throws {
    let scratch = try Scratch()
    let values = [Float](repeating: 1, count: 2 << 20)
    let path = try scratch.write("big.safetensors", try activations(values, shape: [2_048, 1_024]))
    let file = try ActivationFile.open(path)
    let tensor = file.tensors[0]
    #expect(try file.matrix(tensor, rows: [0, 2_047]).elements.allSatisfy { $0 == 1 })
    #expect(truncate(path, 5_000) == 0)
    let expected = ActivationError.Problem.changed(expectedBytes: file.byteCount, foundBytes: 5_000)
    #expect(
      failure(try file.matrix(tensor, rows: [2_047]))?.problem == expected)
    #expect(failure(try file.summary(tensor))?.problem == expected)
    #expect(failure(try file.sha256())?.problem == expected)
  }

  @Test func moreThanMemoryIsRefusedBeforeItIsTaken() throws {
    let scratch = try Scratch()
    let size = 4 << 40
    let header = #"{"a":{"dtype":"U8","shape":[4,\#(size / 4)],"data_offsets":[0,\#(size)]}}"#
    let path = try scratch.write("x.safetensors", safetensors(header))
    // A sparse file: it takes no room. File systems that have none of this size cannot run the test.
    guard truncate(path, 8 + header.utf8.count + size) == 0 else { return }
    do throws(ActivationError) {
      let file = try ActivationFile.open(path)
      let error = failure(try file.matrix(file.tensors[0], rows: [0, 1, 2, 3]))
      if case .tooLargeForMemory = error?.problem {} else { Issue.record("\(String(describing: error))") }
    } catch {
      // Address space can be limited too.
      if case .unreadable = error.problem {} else { Issue.record(error) }
    }
  }

  @Test func whatIsNotAReadableFileIsAnError() throws {
    let scratch = try Scratch()
    try scratch.write("nouns.safetensors", try activations([1], shape: [1, 1]))
    func problem(_ path: String) -> ActivationError? {
      failure(try ActivationFile.open(path))
    }
    let missing = problem("\(scratch.path)/noun.safetensors")
    #expect(missing?.isMissingFile == true && missing?.candidates == ["nouns.safetensors"])
    // What files share by their extension alone is no resemblance.
    #expect(problem("\(scratch.path)/verbs.safetensors")?.candidates == [])
    #expect(problem("\(scratch.path)/Nouns.safetensor")?.candidates == ["nouns.safetensors"])
    #expect(
      problem("\(scratch.path)/nowhere/x.npy")?.problem
        == .missing(near: [], missingFolder: "\(scratch.path)/nowhere"))
    #expect(problem("\(scratch.path)/nouns.safetensors/x")?.isMissingFile == true)
    #expect(problem(scratch.path)?.problem == .notRegularFile(isFolder: true))
    #expect(problem("/dev/null")?.problem == .notRegularFile(isFolder: false))
    #expect(problem("")?.problem == .invalidPath)
    #expect(problem("\(scratch.path)/nouns.safetensors\0.npy")?.problem == .invalidPath)
    #expect(problem(try scratch.write("empty.npy", []))?.problem == .empty)
    #expect(
      problem(try scratch.write("x.dat", [1, 2, 3]))?.problem == .unknownFormat(firstBytes: [1, 2, 3]))
    let pipe = "\(scratch.path)/pipe"
    #expect(mkfifo(pipe, 0o600) == 0)
    #expect(problem(pipe)?.problem == .notRegularFile(isFolder: false))
    if getuid() != 0 {
      let locked = try scratch.write("locked.npy", [1])
      #expect(chmod(locked, 0) == 0)
      #expect(problem(locked)?.problem == .unreadable(code: EACCES))
    }
  }

  @Test func wordsCannotForgeTerminalOutput() throws {
    let error = ActivationError(
      file: "a\u{1B}[31m", place: .init(tensor: "x\n\u{202E}", line: 3), problem: .emptyKey(index: 0))
    #expect(error.description.hasPrefix(#"a\u{1b}[31m: tensor "x\u{a}\u{202e}", line 3: "#))
  }
}
