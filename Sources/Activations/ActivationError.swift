public import Hypotheses

/// Why a data file cannot be used, as data: the words are in `ActivationErrorWording.swift`.
public struct ActivationError: Error, Sendable, Hashable {
  /// The file, as the caller named it.
  public var file: String
  public var place: Place
  public var problem: Problem

  public init(file: String, place: Place = Place(), problem: Problem) {
    self.file = file
    self.place = place
    self.problem = problem
  }

  /// Where in the file. Only what is known is set.
  public struct Place: Sendable, Hashable {
    public var tensor: String?
    /// Counts from 1.
    public var line: Int?
    /// The name of a table's column.
    public var column: String?
    /// Bytes from the start of the file.
    public var offset: Int?
    /// The name of a sentence.
    public var sentence: String?

    public init(
      tensor: String? = nil, line: Int? = nil, column: String? = nil, offset: Int? = nil,
      sentence: String? = nil
    ) {
      self.tensor = tensor
      self.line = line
      self.column = column
      self.offset = offset
      self.sentence = sentence
    }
  }

  /// Formats that are recognised by their first bytes and refused, each with its own way out.
  public enum ForeignFormat: String, Sendable, Hashable, CaseIterable {
    case pickle, textPickle, torchArchive, npz, zip, hdf5, gitLFSPointer, gguf, parquet, arrow, gzip,
      zstandard, bzip2, xz, workbook, webPage, tensorIndex, text
    /// Those that are read, but not as a table.
    case safetensors, npy, json
  }

  /// A line of a table that has another number of cells than the header.
  public struct OddLine: Sendable, Hashable {
    /// Its beginning.
    public var text: String
    public var looksLike: Likeness

    public init(text: String, looksLike: Likeness) {
      self.text = text
      self.looksLike = looksLike
    }

    public enum Likeness: Sendable, Hashable {
      case comment
      case spaces
      /// What R writes: one cell more than the header has names.
      case rowNames
      /// A table read without quoting that holds quotation marks.
      case quoted
      case otherSeparator(UInt8)
      case separatorInCell
      case short
    }
  }

  /// Which rule of the CSV format a table breaks.
  public enum TableRule: Sendable, Hashable {
    /// The quote that opens at the error's place never closes.
    case unterminatedQuote
    /// Something other than a delimiter or a line end follows a closing quote.
    case textAfterQuote
    case nulByte
    case notUTF8
  }

  /// Which rule of CoNLL-U a treebank breaks. Words are counted from 1.
  public enum TreebankRule: Sendable, Hashable {
    case columnCount(Int)
    case lineOfSpaces
    case emptyCell
    case notID(String)
    case outOfOrder(Int, expected: Int)
    case misplacedRange(String, next: Int)
    case rangePastEnd(Int, words: Int)
    case misplacedEmptyNode(String, expected: String)
    case notHead(String)
    case notTree(DependencyTree.Fault, words: Int)
    case commentInside
    case emptyID
    case secondID(String, firstLine: Int)
    case duplicateID(String, firstLine: Int)
    case noWords
    case tooManyWords(limit: Int)
    case noSentences
  }

  /// Why an attention file cannot be used.
  public enum AttentionRule: Sendable, Hashable {
    // Headers.
    case format(found: String?)
    case nothing(held: [String])
    case unnamedSentence
    /// A tensor needs another one for the same sentence, or beside it.
    case lacksCompanion(String)
    case shape(found: [Int], expected: String)
    case type(found: String, isInteger: Bool)
    /// A size that `other` has otherwise.
    case differs(what: String, found: Int, other: String, expected: Int)
    case metadata(entry: String, found: String, expected: String)
    case labels(entry: String, found: Int, expected: Int)
    case unlistedSentence

    // Values. Layers as the file numbers them; all else from 0, but words from 1.
    case integerTooLarge(index: Int)
    case notAscending(index: Int, found: Int, previous: Int)
    case negative(index: Int, found: Int)
    case wordsDecrease(index: Int, found: Int, previous: Int)
    case wordWithoutPiece(index: Int, found: Int, word: Int)
    case noWords
    case weight(layer: Int, head: Int, row: Int, WeightFault)

    // What is asked for.
    case sentenceLacks(String)
    case noLayer(Int, held: [Int])

    /// LAPACK found no singular values.
    case noFactorisation(layer: Int, head: Int)

    // Beside a treebank.
    case wordCount(found: Int, treebank: String, line: Int, expected: Int)
    case word(position: Int, found: String, treebank: String, line: Int, expected: String)
  }

  /// What is wrong with a row of attention weights.
  public enum WeightFault: Sendable, Hashable {
    case notFinite
    case negative(String)
    case sum(String)
  }

  public enum Problem: Sendable, Hashable {
    // The file itself.
    case missing(near: [String], missingFolder: String?)
    case notRegularFile(isFolder: Bool)
    case unreadable(code: Int32)
    case empty
    /// The file changed between being opened and being read.
    case changed(expectedBytes: Int, foundBytes: Int)
    case invalidPath
    /// A path leaves the data folder: by being absolute, by `..`, or through a symbolic link to `target`.
    case outsideFolder(root: String, target: String?)
    case foreign(ForeignFormat)
    case unknownFormat(firstBytes: [UInt8])

    // The layout of a tensor file.
    case truncated(neededBytes: Int, foundBytes: Int)
    case headerTooLong(length: UInt64, limit: Int)
    case headerSyntax(found: String, expected: String)
    case duplicateTensor(name: String)
    case unknownType(found: String, known: [String])
    case shapeTooLarge([Int])
    case sizeMismatch(shape: [Int], type: String, expectedBytes: Int, foundBytes: Int)
    case offsetsReversed(begin: Int, end: Int)
    case overlap(with: String, begin: Int, otherEnd: Int)
    case hole(begin: Int, end: Int)
    case trailingBytes(Int)
    case unsupportedVersion(major: Int, minor: Int)
    /// An array of Python objects, which only unpickling could read.
    case objectArray(descr: String)

    // The values of a tensor.
    case notConvertible(type: String)
    case noSuchTensor(name: String, near: [String], held: [String])
    case rank(shape: [Int])
    case noElements(shape: [Int])
    case rowOutOfRange(row: Int, rows: Int)
    case tooLargeForMemory(bytes: Int, memory: Int)
    case notFinite(value: String, row: Int, column: Int)

    // Keys.
    case noKeys(lookedFor: [String])
    case keyCount(found: Int, rows: Int)
    case keySyntax(entry: String, found: String, expected: String)
    case emptyKey(index: Int)
    /// Indices count from 0; the lines are set where the keys stand in a text file.
    case duplicateKey(key: String, first: Int, second: Int, firstLine: Int?)
    /// Keys of another file that this one lacks.
    case keysDiffer(other: String, KeyMatch)

    // Tables.
    case tooLarge(bytes: Int, limit: Int)
    case tooManyColumns(limit: Int)
    case tableSyntax(TableRule)
    case noHeader
    case noRows
    case emptyColumnName(index: Int)
    case duplicateColumn(name: String, first: Int, second: Int)
    case noKeyColumn(key: String, near: [String], columns: [String])
    case cellCount(found: Int, expected: Int, separator: UInt8, line: OddLine)
    /// A header of one cell that holds what separates cells elsewhere.
    case oneColumn(line: String, separator: UInt8, other: UInt8)
    /// A quoted cell over `count` line ends, to the line `last`; the line `like` has as many cells as the header.
    case swallowedLines(count: Int, last: Int, like: Int, cells: Int)
    /// A table that is read without quoting, and seems to have been written with it.
    case quotedCells(cell: String)
    case foreignTable(ForeignFormat)

    case treebank(TreebankRule)
    case attention(AttentionRule)
  }
}

extension ActivationError {
  /// Whether there is no such file (as opposed to one that cannot be used).
  public var isMissingFile: Bool {
    if case .missing = problem { true } else { false }
  }

  /// Whether the path was refused because it leaves the data folder.
  public var isOutsideFolder: Bool {
    if case .outsideFolder = problem { true } else { false }
  }

  /// The same without names that resemble the one asked for, for those who show `candidates` by themselves.
  public var withoutCandidates: ActivationError {
    var error = self
    if case .missing(_, let folder) = problem { error.problem = .missing(near: [], missingFolder: folder) }
    return error
  }

  /// Names that exist near the one asked for, best first.
  public var candidates: [String] {
    switch problem {
    case .missing(let near, _), .noSuchTensor(_, let near, _), .noKeyColumn(_, let near, _): near
    default: []
    }
  }
}
