import Activations
import Foundation
import GSL
import Testing

@Suite struct SafetensorsTests {
  @Test func everyTypeOfTheReferenceWriterIsRead() throws {
    let expected = try Expected.load()
    let file = try ActivationFile.open(fixture("types.safetensors"))
    #expect(file.tensors.map(\.name).sorted() == expected.types.keys.sorted())
    #expect(file.tensors.map(\.name) == file.tensors.map(\.name).sorted())
    var converted = 0
    for (name, array) in expected.types {
      let tensor = try #require(file.tensor(named: name))
      #expect(tensor.shape == array.shape)
      guard tensor.type.isConvertible else {
        #expect(
          failure(try file.matrix(tensor, rows: [0]))?.problem
            == .notConvertible(type: tensor.dtype))
        continue
      }
      guard (1...2).contains(tensor.shape.count), tensor.elementCount > 0 else { continue }
      let rows = Array(0..<tensor.shape[0])
      let matrix = try file.matrix(tensor, rows: rows)
      #expect(matrix.rows == rows.count && matrix.columns == tensor.columns)
      #expect(matrix.elements == array.doubles, "\(name)")
      #expect(try file.matrix(tensor, rows: [1, 1, 0]) == matrix.gathering(rows: [1, 1, 0]))
      converted += 1
    }
    #expect(converted == 15)
    #expect(file.tensor(named: "F16")?.dtype == "F16")
    #expect(file.metadata["model"] == "none")
  }

  @Test func whatTheLibraryWritesByItsUsualCallIsRead() throws {
    let expected = try Expected.load()
    let file = try ActivationFile.open(fixture("plain.safetensors"), name: "plain")
    let tensor = try file.requireTensor(named: "embeddings.word")
    #expect(try file.matrix(tensor, rows: Array(0..<6)).elements == expected.types["F32"]?.doubles)
    #expect(try file.keys(for: tensor, explicit: nil) == expected.words)
    let error = failure(try file.requireTensor(named: "embedings.word"))
    #expect(error?.candidates == ["embeddings.word"])
    #expect(error?.description.contains("did you mean \"embeddings.word\"?") == true)
  }

  @Test func everyHalfIsExact() throws {
    let scratch = try Scratch()
    let patterns = (0...UInt16.max).map { $0 }
    let data = patterns.flatMap { withUnsafeBytes(of: $0.littleEndian, Array.init) }
    for (type, value) in [
      ("F16", { Double(Float16(bitPattern: $0)) }),
      ("BF16", { Double(Float(bitPattern: UInt32($0) << 16)) }),
    ] as [(String, (UInt16) -> Double)] {
      let header = #"{"x":{"dtype":"\#(type)","shape":[65536],"data_offsets":[0,131072]}}"#
      let file = try ActivationFile.open(
        scratch.write("\(type).safetensors", safetensors(header, data: data)))
      let finite = patterns.filter { value($0).isFinite }
      let read = try file.matrix(file.tensors[0], rows: finite.map(Int.init))
      #expect(zip(finite, read.elements).allSatisfy { value($0).bitPattern == $1.bitPattern })
      let summary = try file.summary(file.tensors[0])
      #expect(summary.nanCount == patterns.count { value($0).isNaN })
      #expect(summary.infinityCount == 2)
    }
  }

  @Test func valuesThatAreNotFiniteAreNamed() throws {
    let file = try ActivationFile.open(fixture("special.safetensors"), name: "special")
    let tensor = file.tensors[0]
    let start = tensor.byteRange.lowerBound
    for (row, column, value) in [(1, 2, "nan"), (3, 0, "inf")] {
      let error = failure(try file.matrix(tensor, rows: [0, row, 2]))
      #expect(error?.problem == .notFinite(value: value, row: row, column: column))
      #expect(error?.place == .init(tensor: "special", offset: start + 4 * (4 * row + column)))
    }
    #expect(try file.matrix(tensor, rows: [0, 2, 4, 5]).rows == 4)
  }

  @Test func rowsAreChecked() throws {
    let scratch = try Scratch()
    let file = try ActivationFile.open(
      scratch.write("x.safetensors", try activations([1, 2, 3, 4, 5, 6], shape: [3, 2])))
    let tensor = file.tensors[0]
    for row in [-1, 3, .max, .min] {
      let error = failure(try file.matrix(tensor, rows: [0, row]))
      #expect(error?.problem == .rowOutOfRange(row: row, rows: 3))
    }
    #expect(try file.matrix(tensor, rows: []) == Matrix(rows: 0, columns: 2))
  }

  @Test func otherRanksAreRefusedByMatrixAndSummarised() throws {
    let expected = try Expected.load()
    let file = try ActivationFile.open(fixture("types.safetensors"))
    for name in ["cube", "scalar"] {
      let tensor = try file.requireTensor(named: name)
      let error = failure(try file.matrix(tensor, rows: []))
      #expect(error?.problem == .rank(shape: tensor.shape))
    }
    let empty = try file.requireTensor(named: "no rows")
    #expect(
      failure(try file.matrix(empty, rows: []))?.problem
        == .noElements(shape: [0, 4]))
    #expect(try file.summary(empty).minimum == nil)
    #expect(try file.summary(file.requireTensor(named: "scalar")).mean == 7.5)
    for (path, name) in [("types.safetensors", "cube"), ("special.safetensors", "special")] {
      let file = try ActivationFile.open(fixture(path))
      let summary = try file.summary(file.requireTensor(named: name))
      let oracle = try #require(expected.summaries[name])
      #expect(summary.count == oracle.count)
      #expect(summary.nanCount == oracle.nan && summary.infinityCount == oracle.infinity)
      #expect(summary.zeroRows == oracle.zeroRows)
      #expect(summary.minimum == oracle.minimum && summary.maximum == oracle.maximum)
      #expect(abs(try #require(summary.mean) - oracle.mean) < 1e-12)
      #expect(abs(try #require(summary.standardDeviation) - oracle.standardDeviation) < 1e-12)
    }
  }

  @Test func summariesCrossBlocks() throws {
    // Rows of 1,000 numbers do not divide the blocks of 65,536; every third row is zero.
    let scratch = try Scratch()
    let values = (0..<300_000).map { (index: Int) -> Float in
      index / 1_000 % 3 == 0 ? 0 : Float(index % 7) - 3
    }
    let file = try ActivationFile.open(
      scratch.write("x.safetensors", try activations(values, shape: [300, 1_000])))
    let summary = try file.summary(file.tensors[0])
    #expect(summary.zeroRows == 100)
    let mean = values.map(Double.init).reduce(0, +) / 300_000
    var variance = 0.0
    for value in values { variance += (Double(value) - mean) * (Double(value) - mean) / 300_000 }
    #expect(abs(try #require(summary.mean) - mean) < 1e-12)
    #expect(abs(try #require(summary.standardDeviation) - variance.squareRoot()) < 1e-9)
  }

  @Test func aHeaderThatLooksLikeAPickleIsNotOne() throws {
    // 640 is 0x0280: the file starts as a pickle of protocol 2 does.
    let scratch = try Scratch()
    let header = #"{"x":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}"#
    let padded = header + String(repeating: " ", count: 640 - header.utf8.count)
    let file = try ActivationFile.open(scratch.write("x.bin", safetensors(padded, data: [7, 9])))
    #expect(try file.matrix(file.tensors[0], rows: [1, 0]).elements == [9, 7])
  }
}

@Suite struct NumPyTests {
  @Test func everyArrayNumPyWroteIsRead() throws {
    let expected = try Expected.load()
    for (name, array) in expected.npy {
      let file = try ActivationFile.open(fixture("npy/\(name).npy"))
      #expect(file.tensors.map(\.name) == [name])
      let tensor = file.tensors[0]
      #expect(tensor.shape == array.shape, "\(name)")
      if (1...2).contains(array.shape.count), !array.doubles.isEmpty {
        let matrix = try file.matrix(tensor, rows: Array(0..<array.shape[0]))
        #expect(matrix.elements == array.doubles, "\(name)")
        #expect(try file.matrix(tensor, rows: [5, 0, 1, 2]) == matrix.gathering(rows: [5, 0, 1, 2]))
      }
      let summary = try file.summary(tensor)
      #expect(summary.minimum == array.doubles.min() && summary.maximum == array.doubles.max(), "\(name)")
    }
    #expect(expected.npy.count == 30)
  }

  @Test func columnMajorNaNIsPlaced() throws {
    let scratch = try Scratch()
    let header = "{'descr': '<f4', 'fortran_order': True, 'shape': (3, 2), }\n"
    let file = try ActivationFile.open(
      scratch.write("x.npy", npy(header, data: bytes([1, 2, 3, 4, .nan, 6]))))
    let tensor = file.tensors[0]
    #expect(try file.matrix(tensor, rows: [2, 0]).elements == [3, 6, 1, 4])
    let error = failure(try file.matrix(tensor, rows: [0, 1]))
    #expect(error?.problem == .notFinite(value: "nan", row: 1, column: 1))
    #expect(error?.place.offset == tensor.byteRange.lowerBound + 16)
  }

  @Test(arguments: [
    ("objects.npy", ActivationError.Problem.objectArray(descr: "|O")),
    ("legacy.pt", .foreign(.pickle)),
    ("protocol5.bin", .foreign(.pickle)),
    ("model.pth", .foreign(.torchArchive)),
    ("archive.npz", .foreign(.npz)),
    ("other.zip", .foreign(.zip)),
    ("data.h5", .foreign(.hdf5)),
    ("pointer.safetensors", .foreign(.gitLFSPointer)),
    ("model.gguf", .foreign(.gguf)),
    ("table.csv", .foreign(.text)),
  ])
  func otherFormatsAreRefusedWithTheWayOut(name: String, problem: ActivationError.Problem) throws {
    let path = try fixture("refused/\(name)")
    let error = failure(try ActivationFile.open(path, name: name))
    #expect(error?.problem == problem)
    if problem == .foreign(.torchArchive) || problem == .foreign(.pickle) {
      #expect(error?.description.contains("unpickling executes code") == true)
      #expect(error?.description.contains("safetensors.torch.save_file") == true)
    }
    if problem == .foreign(.gitLFSPointer) { #expect(error?.description.contains("git lfs pull") == true) }
  }

  /// What `pickle.dumps(value, protocol)` gives.
  @Test(arguments: [
    // {"x": [1.0]}, [1, 2], (1.0, 2.0) and numpy.zeros(1), protocol 0.
    "(dp0\nVx\np1\n(lp2\nF1.0\nas.", "(lp0\nI1\naI2\na.", "(F1.0\nF2.0\ntp0\n.",
    "cnumpy._core.multiarray\n_reconstruct\np0\n(cnumpy\nndarray\np1\n(I0\ntp2\nVb\np3\ntp4\nRp5\n.",
    // A class of its own, as Python 2 wrote it, and without a memo.
    "ccopy_reg\n_reconstructor\np0\n(c__main__\nModel\np1\nc__builtin__\nobject\np2\nNtp3\nRp4\n.",
    "cposix\nsystem\n(S'true'\ntR.",
    // {"x": [1.0]}, protocol 1.
    "}q\0X\u{1}\0\0\0xq\u{1}]q\u{2}K\u{1}as.",
  ])
  func picklesWithoutAMagicNumberAreRefused(text: String) throws {
    let scratch = try Scratch()
    let path = try scratch.write("x.pkl", text)
    let error = failure(try ActivationFile.open(path, name: "x.pkl"))
    #expect(error?.problem == .foreign(.textPickle))
    #expect(error?.description.contains("unpickling executes code") == true)
    #expect(error?.description.contains("safetensors.numpy.save_file") == true)
  }

  @Test(arguments: [
    "(dp is a word,\nand this is text.", "(listen) to this text.", "cat\ndog\npony, and more.",
    "cats, dogs\nand\nponies.", "key,value\na,1\nb,2.", "(a, b,\n3\n.",
  ])
  func textThatResemblesAPickleIsText(text: String) throws {
    let scratch = try Scratch()
    let path = try scratch.write("x.txt", text)
    #expect(failure(try ActivationFile.open(path))?.problem == .foreign(.text))
  }

  @Test(arguments: ["record", "record-objects", "strings", "complex", "bfloat16", "longdouble"])
  func arraysThatAreNotPlainNumbersAreRefused(name: String) throws {
    let path = try fixture("refused/\(name).npy")
    let error = failure(try ActivationFile.open(path))
    switch error?.problem {
    case .objectArray where name == "record-objects": break
    case .unknownType where name != "record-objects": break
    default: Issue.record("\(name): \(String(describing: error))")
    }
  }

  @Test(arguments: [
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2)}", true),
    ("{\"shape\": (1, 2,), \"fortran_order\": False, \"descr\": \"<f4\"}   \n", true),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (1L, 2L), }", true),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3), }", false),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1), }", false),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (-1, 2), }", false),
    (
      "{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775807, 9223372036854775807), }", false
    ),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (0, 9223372036854775807, 8), }", false),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999, 2), }", false),
    ("{'descr': '<f4', 'fortran_order': 0, 'shape': (1, 2), }", false),
    ("{'descr': '=f4', 'fortran_order': False, 'shape': (1, 2), }", false),
    ("{'descr': '', 'fortran_order': False, 'shape': (1, 2), }", false),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), 'more': 1}", false),
    ("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }", false),
    ("{'descr': '<f4', 'fortran_order': False, }", false),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), } x", false),
    ("{'descr': [[[[[['<f4', 'fortran_order': False, 'shape': (1, 2), }", false),
    ("{'descr': '<f4, 'fortran_order': False, 'shape': (1, 2), }", false),
    ("__import__('os').system('true')", false),
    ("", false),
  ])
  func headersAreParsedStrictly(header: String, isGood: Bool) throws {
    let scratch = try Scratch()
    for version in [(1, 0), (2, 0), (3, 0)] as [(UInt8, UInt8)] {
      let path = try scratch.write("x.npy", npy(header, data: bytes([1, 2]), version: version))
      if isGood {
        let file = try ActivationFile.open(path)
        #expect(try file.matrix(file.tensors[0], rows: [0]).elements == [1, 2])
      } else {
        _ = failure(try ActivationFile.open(path))
      }
    }
  }

  @Test func unknownVersionsAndLongHeadersAreRefused() throws {
    let scratch = try Scratch()
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }"
    let four = try scratch.write("v.npy", npy(header, data: bytes([1, 2]), version: (4, 0)))
    #expect(
      failure(try ActivationFile.open(four))?.problem
        == .unsupportedVersion(major: 4, minor: 0))
    let long = try scratch.write("l.npy", npy(header, version: (2, 0), length: Int(UInt32.max)))
    #expect(
      failure(try ActivationFile.open(long))?.problem
        == .headerTooLong(length: UInt64(UInt32.max), limit: 1 << 20))
  }
}
