internal import Glibc

extension ActivationError: CustomStringConvertible {
  /// One sentence or two: file, place, what was found, what was expected, what to do. Text from files is
  /// quoted, shortened and stripped of control characters, so that it cannot forge terminal output.
  public var description: String {
    let parts = [clean(file, limit: 300)] + placeWords + [problemWords]
    return parts.joined(separator: ": ")
  }

  private var placeWords: [String] {
    var words: [String] = []
    if let tensor = place.tensor { words.append("tensor \(quoted(tensor))") }
    if let sentence = place.sentence { words.append("sentence \(quoted(sentence))") }
    if let line = place.line { words.append("line \(line)") }
    if let column = place.column { words.append("column \(quoted(column))") }
    if let offset = place.offset { words.append("byte \(offset)") }
    return words.isEmpty ? [] : [words.joined(separator: ", ")]
  }

  private var problemWords: String {
    switch problem {
    case .missing(let near, let missingFolder):
      if let missingFolder { return "no such file: the folder \(quoted(missingFolder)) does not exist" }
      return "no such file" + (near.isEmpty ? ": check its name and its folder" : didYouMean(near))
    case .notRegularFile(let isFolder):
      return isFolder
        ? "this is a folder; expected a file: name one of the files in it"
        : "this is a device, pipe or socket; expected a regular file"
    case .unreadable(let code):
      return "cannot be read: \(String(cString: strerror(code))); check the file and its permissions"
    case .empty:
      return "the file is empty (0 bytes); write it again, or fetch it again if a download was cut short"
    case .changed(let expected, let found):
      return
        "the file changed while it was in use: it had \(expected) bytes when it was opened and has \(found) "
        + "now; run again when nothing writes to it"
    case .invalidPath:
      return "the path is empty or holds a NUL character; expected the path of a file"
    case .outsideFolder(let root, let target):
      let how = target.map { "leads, through a symbolic link, to \(quoted($0)), outside" } ?? "leaves"
      return
        "the path \(how) the data folder \(quoted(root)); expected a relative path inside it: copy the file "
        + "there, or allow paths outside"
    case .foreign(let format): return words(for: format)
    case .unknownFormat(let bytes):
      let dump = bytes.map(hexadecimal).joined(separator: " ")
      return
        "the file starts with bytes \(dump), which no known format does; expected safetensors or .npy: write "
        + "it with safetensors' save_file or numpy.save"

    case .truncated(let needed, let found):
      return
        "the file has \(found) bytes, but what it describes needs at least \(needed): it was cut short, or "
        + "its header is wrong; copy or write it again"
    case .headerTooLong(let length, let limit):
      return
        "the header claims to be \(length) bytes long; expected at most \(limit): this is not the kind of "
        + "file that its name or first bytes say, or it is damaged"
    case .headerSyntax(let found, let expected):
      return
        "the header holds \(clean(found)); expected \(expected): write the file again with a current library"
    case .duplicateTensor(let name):
      return "the header describes tensor \(quoted(name)) a second time; expected each name once"
    case .unknownType(let found, _) where found.hasPrefix("="):
      let type = found.dropFirst()
      return
        "the element type is \(quoted(found)), in the byte order of the machine that wrote it, which is not known here; "
        + "expected \(quoted("<" + type)) or \(quoted(">" + type)): save array.astype(\"<\(clean(String(type)))\")"
    case .unknownType(let found, let known):
      return
        "the element type is \(quoted(found)); expected one of \(known.joined(separator: ", ")): convert the "
        + "array before saving it"
    case .shapeTooLarge(let shape):
      return
        "the shape \(list(shape)) does not give a whole number of bytes that fits 64 bits; expected a shape "
        + "that the file can hold"
    case .sizeMismatch(let shape, let type, let expected, let found):
      return
        "data_offsets span \(found) bytes; expected \(expected) for shape \(list(shape)) of \(type): the "
        + "header is wrong; write the file again"
    case .offsetsReversed(let begin, let end):
      return "data_offsets end at \(end), before they begin at \(begin); expected [begin, end]"
    case .overlap(let other, let begin, let otherEnd):
      return
        "the data begin at byte \(begin), inside tensor \(quoted(other)), which ends at \(otherEnd); "
        + "expected tensors that do not overlap: write the file again"
    case .hole(let begin, let end):
      return
        "no tensor owns bytes \(begin) to \(end); expected tensors that follow each other without gaps: "
        + "write the file again"
    case .trailingBytes(let count):
      return
        "\(count) more \(count == 1 ? "byte follows" : "bytes follow") the last tensor; expected the end of "
        + "the file: two files were joined, or the header is wrong"
    case .unsupportedVersion(let major, let minor):
      return
        "the .npy format version is \(major).\(minor); expected 1.0, 2.0 or 3.0: save the array with numpy.save again"
    case .objectArray(let descr):
      return
        "the array holds Python objects (\(quoted(descr))), which are stored as a pickle, and unpickling "
        + "executes code; expected plain numbers: save with numpy.save(path, array.astype(\"float32\"))"

    case .notConvertible(let type):
      return
        "elements of type \(type) are not converted; expected F64, F32, F16, BF16, an integer type or BOOL: "
        + "save tensor.to(torch.float32) instead"
    case .noSuchTensor(let name, let near, let held):
      return
        "no tensor is called \(quoted(name))"
        + (near.isEmpty
          ? held.isEmpty ? "; the file holds none" : "; the file holds \(quotedList(held))"
          : didYouMean(near))
    case .rank(let shape):
      return
        "the shape is \(list(shape)); expected two dimensions, items by numbers: select or flatten the "
        + "others before saving, for instance tensor[:, 0, :] or tensor.reshape(len(tensor), -1)"
    case .noElements(let shape):
      return "the shape \(list(shape)) holds no numbers; expected at least one item and one dimension"
    case .rowOutOfRange(let row, let rows):
      return "row \(row) was asked for; expected 0 to \(rows - 1)"
    case .tooLargeForMemory(let bytes, let memory):
      return
        "the rows asked for take \(bytes) bytes as doubles, and this machine has \(memory); use fewer items "
        + "or dimensions"
    case .notFinite(let value, let row, let column):
      return
        "row \(row), column \(column) (both from 0) is \(value); expected finite numbers: an overflow in "
        + "half precision is the usual cause, so extract again in float32, or drop the item"

    case .noKeys(let places):
      return
        "the rows have no keys (looked for \(places.joined(separator: ", "))); expected one key per row: add "
        + "metadata {\"keys\": json.dumps(words)} when saving, or write one key per line to the .keys.txt file"
    case .keyCount(let found, let rows):
      let more = found > rows && place.line == nil ? "at least " : ""
      return
        "there are \(more)\(found) keys for \(rows) rows; expected one key per row, in the order of the rows"
    case .keySyntax(let entry, let found, let expected):
      return
        "the metadata entry \(quoted(entry)) holds \(clean(found)); expected \(expected): it must be a JSON "
        + "array of strings, as json.dumps(words) writes it"
    case .emptyKey(let index):
      return "the key of row \(index) (from 0) is empty; expected a key that names the item"
    case .duplicateKey(let key, let first, let second, let firstLine):
      let places =
        firstLine.map { "stands on line \($0) already" }
        ?? "is that of row \(first) and of row \(second) (from 0)"
      return
        "the key \(quoted(key)) \(places); expected each key once: for several occurrences of a word, "
        + "write keys such as \"sentence:position\""
    case .keysDiffer(let other, let match):
      let count = match.needed - match.shared
      let verb = count == 1 ? "key of \(clean(other)) is" : "keys of \(clean(other)) are"
      let others = match.others.isEmpty ? "" : ", which has \(quotedList(match.others)) instead"
      return
        "\(count) \(verb) not here (\(sample(match.missing, of: count)))\(others); \(match.shared) are shared; "
        + (match.explanation.map { clean($0, limit: 400) + "; " } ?? "")
        + "expected activations of every item"
        + (match.shared > 0 ? ": write `items shared` in the measure to use the shared ones only" : "")

    case .tooLarge(let bytes, let limit):
      return
        "the file has \(bytes) bytes; expected at most \(limit): drop the columns or sentences that no claim uses"
    case .tooManyColumns(let limit):
      return "the line has more than \(limit) cells; expected at most that many: is the separator right?"
    case .tableSyntax(let rule): return words(for: rule)
    case .noHeader: return "the table holds no text; expected a header line with the names of the columns"
    case .noRows: return "the table has a header line but no records; expected at least one"
    case .emptyColumnName(let index):
      return
        "the name of column \(index + 1) is empty; expected a name for every column: pandas writes its index "
        + "so (use to_csv(index=False), or name the index)"
    case .duplicateColumn(let name, let first, let second):
      return "columns \(first + 1) and \(second + 1) are both called \(quoted(name)); expected each name once"
    case .noKeyColumn(let key, let near, let columns):
      return
        "no column is called \(quoted(key)), which is to be the key"
        + (near.isEmpty ? "; the columns are \(quotedList(columns))" : didYouMean(near))
    case .cellCount(let found, let expected, let separator, let line):
      return
        "the record has \(found) \(found == 1 ? "cell" : "cells"); expected \(expected), as in the header, separated "
        + "by \(separatorName(separator)); the line is \(quoted(line.text)): \(words(for: line.looksLike, separator))"
    case .oneColumn(let line, let separator, let other):
      return
        "the header is one cell, \(quoted(line)), with \(separatorName(separator)) for the separator; expected the "
        + "names of several columns: write `separator: \(separatorLiteral(other))` in the declaration table(...)"
    case .swallowedLines(let count, let last, let like, let cells):
      return
        "the quoted cell that begins here runs over \(count) line \(count == 1 ? "end" : "ends"), to line \(last), "
        + "and seems to hold whole records: line \(like) has \(cells) cells, as the header has; expected a record per "
        + "line: where quotation marks are characters of the text, write `quoting: none` in the declaration table(...); "
        + "where the cell is meant as it is, `quoting: double`"
    case .quotedCells(let cell):
      return
        "the cell \(quoted(cell)) stands between quotation marks, and a table separated by tabs is read without "
        + "quoting; expected a declaration of what they mean: write `quoting: double` in table(...) where they enclose "
        + "cells, `quoting: none` where they are characters of the text"
    case .foreignTable(let format): return tableWords(for: format)

    case .treebank(let rule): return words(for: rule)
    case .attention(let rule): return words(for: rule)
    }
  }

  private func words(for format: ForeignFormat) -> String {
    let unpickling =
      "reading it would unpickle it, and unpickling executes code; expected safetensors: convert it once, "
      + "where you trust it, with safetensors.torch.save_file(torch.load(path, weights_only=True), \"out.safetensors\")"
    return switch format {
    case .pickle: "this is a Python pickle (an old PyTorch file?): \(unpickling)"
    case .textPickle:
      "this is a Python pickle (protocol 0, which is text): reading it would unpickle it, and unpickling executes "
        + "code; expected safetensors: convert it once, where you trust it, with "
        + "safetensors.numpy.save_file({\"x\": numpy.asarray(pickle.load(open(path, \"rb\")))}, \"out.safetensors\")"
    case .torchArchive: "this is a PyTorch archive (.pt, .pth, .bin): \(unpickling)"
    case .npz:
      "this is an .npz archive; expected one array: save it with numpy.save(\"x.npy\", archive[\"x\"]), or "
        + "all with safetensors.numpy.save_file(dict(archive), \"out.safetensors\")"
    case .zip: "this is a zip archive; expected safetensors or .npy: unpack it first"
    case .hdf5:
      "this is an HDF5 file; expected safetensors or .npy: save each data set with numpy.save(path, data[:])"
    case .gitLFSPointer:
      "this is a Git LFS pointer, not the file itself; expected the content: run `git lfs pull`"
    case .gguf:
      "this is a GGUF model; expected activations: extract them with the model, and save them as safetensors"
    case .parquet: "this is a Parquet file; expected safetensors, .npy, or a table as CSV: convert it first"
    case .arrow: "this is an Arrow file; expected safetensors, .npy, or a table as CSV: convert it first"
    case .gzip: "this is gzip-compressed; expected the plain file: run `gunzip` first"
    case .zstandard: "this is zstd-compressed; expected the plain file: run `unzstd` first"
    case .bzip2: "this is bzip2-compressed; expected the plain file: run `bunzip2` first"
    case .xz: "this is xz-compressed; expected the plain file: run `unxz` first"
    case .workbook: "this is a workbook or another office document; expected safetensors or .npy"
    case .webPage:
      "this is a web page, perhaps the error page of a download; expected safetensors or .npy: fetch the file again"
    case .tensorIndex:
      "this is an index that says which file holds which tensor, not the tensors; expected safetensors: name one of "
        + "the files that it lists"
    case .safetensors, .npy, .json: "this is a \(format.rawValue) file; expected safetensors or .npy"
    case .text:
      "this is a text file; expected safetensors or .npy: if it is a table, declare it with table(...)"
    }
  }

  private func tableWords(for format: ForeignFormat) -> String {
    switch format {
    case .zip: "this is a zip archive; expected a table as CSV: unpack it first"
    case .workbook:
      "this is a workbook or another office document; expected a table as CSV: save the sheet as CSV (UTF-8)"
    case .webPage:
      "this is a web page, perhaps the error page of a download; expected a table as CSV: fetch the file again"
    case .safetensors, .npy, .npz, .torchArchive, .pickle, .textPickle, .hdf5, .gguf:
      "this is a \(format == .safetensors ? "safetensors" : format == .npy ? ".npy" : "tensor") file, not a table; "
        + "expected a table as CSV: activations are declared with activations(...)"
    case .json, .tensorIndex:
      "this is JSON; expected a table as CSV: convert it, for instance with "
        + "pandas.read_json(path).to_csv(\"out.csv\", index=False)"
    case .parquet, .arrow:
      "this is \(format == .parquet ? "a Parquet" : "an Arrow") file; expected a table as CSV: convert it first"
    default: words(for: format)
    }
  }

  private func words(for likeness: OddLine.Likeness, _ separator: UInt8) -> String {
    switch likeness {
    case .comment: "it looks like a comment, which tables have none of: take it out"
    case .spaces: "it holds spaces only: take it out, or empty it"
    case .rowNames:
      "it has one cell more than there are names, as R writes row names: write the table again with "
        + "write.table(..., row.names = FALSE), or name the first column"
    case .quoted:
      "tables separated by tabs are read without quoting: where quotation marks enclose cells, write "
        + "`quoting: double` in the declaration table(...)"
    case .otherSeparator(let other):
      "its cells seem to be separated by \(separatorName(other)): write `separator: \(separatorLiteral(other))` in the "
        + "declaration table(...), or one separator in the whole file"
    case .separatorInCell:
      separator == DelimitedText.tab
        ? "is there a tab within a cell?" : "quote cells that hold the separator"
    case .short: "is there a line end within a cell, or another separator, or is the file cut short?"
    }
  }

  private func separatorName(_ separator: UInt8) -> String {
    switch separator {
    case DelimitedText.tab: "tabs"
    case UInt8(ascii: ","): "commas"
    case UInt8(ascii: ";"): "semicolons"
    case UInt8(ascii: " "): "spaces"
    default: "\"\(Unicode.Scalar(separator))\""
    }
  }

  private func separatorLiteral(_ separator: UInt8) -> String {
    separator == DelimitedText.tab ? "tab" : "\"\(Unicode.Scalar(separator))\""
  }

  private func words(for rule: TableRule) -> String {
    switch rule {
    case .unterminatedQuote:
      "the quotation mark that opens a cell here never closes; expected a closing one: write a mark inside a quoted "
        + "cell as two; where marks are characters of the text, write `quoting: none` in the declaration table(...)"
    case .textAfterQuote:
      "text follows the closing quotation mark of a cell; expected the separator or the end of the line: write a mark "
        + "inside a quoted cell as two; where marks are characters of the text, write `quoting: none` in the declaration "
        + "table(...)"
    case .nulByte: "the text holds a NUL byte; expected UTF-8 text (a UTF-16 file? convert it to UTF-8)"
    case .notUTF8: "the bytes are not UTF-8; expected UTF-8 text: convert the file, for instance with iconv"
    }
  }
}

func clean(_ text: String, limit: Int = 120) -> String {
  var result = String.UnicodeScalarView()
  for (index, scalar) in text.unicodeScalars.enumerated() {
    guard index < limit else { return String(result) + "…" }
    switch scalar.properties.generalCategory {
    // Also what reorders or hides text: a file name must not look like another.
    case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned, .surrogate:
      result.append(contentsOf: "\\u{\(String(scalar.value, radix: 16))}".unicodeScalars)
    default: result.append(scalar)
    }
  }
  return String(result)
}

func quoted(_ text: String) -> String { "\"\(clean(text, limit: 80))\"" }

func quotedList(_ names: [String]) -> String { names.map(quoted).joined(separator: ", ") }

private func didYouMean(_ near: [String]) -> String {
  near.isEmpty ? "" : "; did you mean \(near.map(quoted).joined(separator: " or "))?"
}

private func sample(_ keys: [String], of count: Int) -> String {
  quotedList(keys) + (keys.count < count ? ", ..." : "")
}

func list(_ shape: [Int]) -> String { "[\(shape.map(String.init).joined(separator: ", "))]" }

private func hexadecimal(_ byte: UInt8) -> String {
  let digits = String(byte, radix: 16)
  return digits.count == 1 ? "0" + digits : digits
}
