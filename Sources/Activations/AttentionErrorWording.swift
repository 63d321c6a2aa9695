extension ActivationError {
  func words(for rule: TreebankRule) -> String {
    switch rule {
    case .columnCount(let found):
      return
        "the line has \(found) \(found == 1 ? "column" : "columns"); expected 10, separated by tabs: this is not "
        + "CoNLL-U, or an editor has turned its tabs into spaces"
    case .lineOfSpaces:
      return "the line holds spaces only; expected an empty line between sentences: empty it, or take it out"
    case .emptyCell: return "the cell is empty; expected a value: write _ where there is none"
    case .notID(let found):
      return
        "the ID is \(quoted(found)); expected a whole number, a range such as 1-2, or the number of an empty "
        + "node such as 1.1"
    case .outOfOrder(let found, let expected):
      return
        "the word is numbered \(found); expected \(expected): words count from 1 within a sentence, and an "
        + "empty line stands between sentences"
    case .misplacedRange(let found, let next):
      return
        "the multiword token spans \(quoted(found)), and the next word is \(next); expected a range of at least "
        + "two words that starts with the next one and overlaps no other"
    case .rangePastEnd(let last, let words):
      return
        "the multiword token ends with word \(last), and the sentence with word \(words); expected all of its "
        + "words in the sentence"
    case .misplacedEmptyNode(let found, let expected):
      return
        "the empty node is numbered \(quoted(found)); expected \(expected): the number of the word before it, and "
        + "its own from 1"
    case .notHead(let found):
      return
        "the head is \(quoted(found)); expected the number of a word, or 0 for the root: sentences without "
        + "gold heads cannot be used"
    case .notTree(let fault, let words): return self.words(for: fault, words: words)
    case .commentInside:
      return "a comment stands among the words of a sentence; expected comments before its first word only"
    case .emptyID: return "the sent_id is empty; expected a name for the sentence, or no such line"
    case .secondID(let found, let line):
      return
        "the sentence is called \(quoted(found)) here and has another sent_id on line \(line); expected one: is "
        + "the empty line after the sentence before it missing?"
    case .duplicateID(let id, let line):
      return
        "the sentence \(quoted(id)) stands on line \(line) already; expected each sent_id once: sentences "
        + "without one are called s1, s2, ... by their position"
    case .noWords: return "the sentence has no words; expected at least one before the empty line"
    case .tooManyWords(let limit):
      return
        "the sentence has more than \(limit) words; expected at most that many: is the empty line between "
        + "sentences missing?"
    case .noSentences: return "the file holds no sentence; expected at least one in CoNLL-U"
    }
  }

  private func words(for fault: DependencyTree.Fault, words: Int) -> String {
    let correct = ": correct the heads, or leave the sentence out"
    switch fault {
    case .noWords: return "the sentence has no words; expected at least one"
    case .headOutOfRange(let word, let head):
      return "the head of word \(word) is \(head); expected 0 to \(words), the words of the sentence"
        + correct
    case .selfHead(let word): return "word \(word) is its own head; expected another word, or 0" + correct
    case .noRoot: return "no word has head 0; expected one root" + correct
    case .severalRoots(let first, let second):
      return "words \(first) and \(second) both have head 0; expected one root" + correct
    case .cycle(let words):
      let shown = words.prefix(8).map(String.init).joined(separator: ", ")
      return
        "words \(shown)\(words.count > 8 ? ", ..." : "") hang from each other in a circle; expected a tree under "
        + "the root" + correct
    }
  }

  func words(for rule: AttentionRule) -> String {
    switch rule {
    case .format(let found):
      return
        "the metadata entry \"format\" "
        + (found.map { "is \(quoted($0))" } ?? "is not there")
        + "; expected \(quoted(AttentionFile.format)): save with "
        + "metadata={\"format\": \"\(AttentionFile.format)\", ...} if the file is laid out so"
    case .nothing(let held):
      return
        "the file holds no sentence"
        + (held.isEmpty ? "" : " (it holds \(quotedList(held)))")
        + "; expected tensors called word_index.<sentence>, with attention.<sentence> or states.<sentence>"
    case .unnamedSentence:
      return "no sentence is named after the point; expected its name, as in \"attention.s1\""
    case .lacksCompanion(let name):
      return "the file has no tensor \(quoted(name)), without which this one cannot be used; save that too"
    case .shape(let found, let expected):
      return
        "the shape is \(list(found)); expected \(expected), none of them 0: permute or slice before saving"
    case .type(let found, let isInteger):
      return
        "the element type is \(found); expected "
        + (isInteger
          ? "integers (I8 to I64, U8 to U64): save tensor.to(torch.int32)"
          : "F16, BF16, F32 or F64: save tensor.to(torch.float16)")
    case .differs(let what, let found, let other, let expected):
      return
        "there are \(found) \(what), and \(expected) in \(quoted(other)); expected the same throughout the file: "
        + "save what one model gave in one file"
    case .metadata(let entry, let found, let expected):
      return
        "the metadata entry \(quoted(entry)) holds \(clean(found)); expected \(expected): write it with "
        + "json.dumps"
    case .labels(let entry, let found, let expected):
      return
        "the metadata entry \(quoted(entry)) names \(found) \(found == 1 ? "layer" : "layers"), and the tensors "
        + "have \(expected); expected one number for each"
    case .unlistedSentence:
      return
        "the metadata entry \"words\" does not have this sentence; expected the words of every sentence, or no "
        + "such entry"

    case .integerTooLarge(let index):
      return "element \(index) (from 0) does not fit 64 bits with a sign; expected a smaller number"
    case .notAscending(let index, let found, let previous):
      return
        "element \(index) (from 0) is \(found), after \(previous); expected ascending numbers, none twice: sort "
        + "them, and the rows with them"
    case .negative(let index, let found):
      return "element \(index) (from 0) is \(found); expected no negative numbers"
    case .wordsDecrease(let index, let found, let previous):
      return
        "piece \(index) (from 0) belongs to word \(found), after one of word \(previous); expected words in the "
        + "order of the sentence, and 0 for special pieces"
    case .wordWithoutPiece(let index, let found, let word):
      return
        "piece \(index) (from 0) belongs to word \(found), and none to word \(word) before it; expected at least "
        + "one piece for every word from 1: leave out sentences with words that the tokenizer drops"
    case .noWords:
      return "every piece is special; expected pieces of at least one word: number words from 1, not from 0"
    case .weight(let layer, let head, let row, let fault):
      let place = "layer \(layer), head \(head), row \(row)"
      switch fault {
      case .notFinite:
        return "\(place) holds NaN or infinity; expected attention weights: extract again in float32"
      case .negative(let value):
        return "\(place) holds \(value); expected no negative weight: save the weights after the softmax"
      case .sum(let value):
        return
          "\(place) sums to \(value); expected 1 within \(AttentionFile.sumTolerance): save the weights after the "
          + "softmax, in eval mode (no dropout), and cut padding off both axes"
      }

    case .sentenceLacks(let what):
      return "the file has no \(what) of this sentence; expected the tensor: extract it too"
    case .noLayer(let asked, let held):
      let shown = held.prefix(40).map(String.init).joined(separator: ", ")
      return
        "layer \(asked) was asked for; expected one of those in the file: \(shown.isEmpty ? "none" : shown)"

    case .noFactorisation(let layer, let head):
      return
        "layer \(layer), head \(head): the value vectors have no singular values that LAPACK finds; expected numbers "
        + "of a usual size: extract again in float32"

    case .wordCount(let found, let treebank, let line, let expected):
      return
        "there are \(found) \(found == 1 ? "word" : "words"), and line \(line) of \(clean(treebank)) "
        + "starts a sentence of \(expected); expected the same words: extract from this treebank"
    case .word(let position, let found, let treebank, let line, let expected):
      return
        "word \(position) is \(quoted(found)), and \(quoted(expected)) on line \(line) of \(clean(treebank)); "
        + "expected the same words: extract from this treebank"
    }
  }
}
