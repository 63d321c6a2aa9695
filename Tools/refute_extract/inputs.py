"""Words and sentences from plain files. Every item gets a key, by which Refute aligns tables with tensors."""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from .errors import ExtractError


@dataclass(frozen=True)
class Sequence:
    """Words that go through the model together, with one key per word."""

    name: str
    words: tuple[str, ...]
    keys: tuple[str, ...]


def read_words(path: Path, column: str | None = None) -> list[Sequence]:
    """One word per line, or one column of a CSV/TSV table. Each word is its own sequence and its own key."""
    if column is None:
        words = [line.strip() for line in _lines(path)]
    else:
        delimiter = "\t" if path.suffix == ".tsv" else ","
        rows = list(csv.DictReader(_lines(path), delimiter=delimiter))
        if rows and column not in rows[0]:
            raise ExtractError(f"{path.name}: no column '{column}'; its columns are {', '.join(rows[0])}")
        words = [row[column] for row in rows]
    for number, word in enumerate(words, start=1):
        if any(character.isspace() for character in word):
            raise ExtractError(f"{path.name}, item {number}: '{word}' is several words; use the sentences mode")
    _refuse_duplicates(path, words)
    return [Sequence(word, (word,), (word,)) for word in words]


def read_sentences(path: Path) -> list[Sequence]:
    """One tokenised sentence per line, its words separated by spaces.

    A line may begin with an identifier and a tab; otherwise sentences are named s001, s002, ...
    The key of a word is `sentence:position`, positions counted from 1. A file that ends in .conllu is a treebank.
    """
    if path.suffix == ".conllu":
        return read_conllu(path)
    lines = _lines(path)
    width = max(3, len(str(len(lines))))
    sequences = []
    for number, line in enumerate(lines, start=1):
        name, tab, text = line.rpartition("\t")
        if tab and "\t" in name:
            raise ExtractError(f"{path.name}, line {number}: more than one tab; write 'identifier<TAB>words'")
        name = name.strip() if tab else f"s{number:0{width}d}"
        words = tuple(text.split())
        if not words:
            raise ExtractError(f"{path.name}, line {number}: no words after the identifier '{name}'")
        sequences.append(_sentence(name, words))
    _refuse_duplicates(path, [sequence.name for sequence in sequences])
    return sequences


def read_conllu(path: Path) -> list[Sequence]:
    """The syntactic words of a CoNLL-U treebank, under each sentence's sent_id; trees are not looked at.

    Multiword ranges (1-2) repeat words that have lines of their own, and empty nodes (1.1) are in no text: both are skipped.
    """
    sequences, name, words, first = [], None, [], 0
    for number, line in enumerate([*_text(path).split("\n"), ""], start=1):
        line = line.rstrip("\r")
        if line.startswith("#"):
            key, equals, value = line[1:].partition("=")
            if equals and key.strip() == "sent_id":
                name = value.strip()
        elif line.strip():
            columns = line.split("\t")
            if len(columns) != 10:
                raise ExtractError(f"{path.name}, line {number}: {len(columns)} columns; CoNLL-U has 10, separated by tabs")
            first = first or number
            if not re.fullmatch(r"[0-9]+[-.][0-9]+", columns[0]):
                if columns[0] != str(len(words) + 1):
                    raise ExtractError(f"{path.name}, line {number}: word '{columns[0]}'; expected {len(words) + 1}")
                words.append(columns[1])
        elif words:
            if not name:
                raise ExtractError(f"{path.name}, line {first}: the sentence has no name; write '# sent_id = ...' above it")
            sequences.append(_sentence(name, tuple(words)))
            name, words, first = None, [], 0
    if not sequences:
        raise ExtractError(f"{path.name}: no sentence in it")
    _refuse_duplicates(path, [sequence.name for sequence in sequences])
    return sequences


def read_names(path: Path, sequences: list[Sequence]) -> set[str]:
    """Names of some of these sentences, one per line."""
    names = {line.strip() for line in _lines(path)}
    if unknown := sorted(names - {sequence.name for sequence in sequences}):
        raise ExtractError(f"{path.name}: no sentence is named '{unknown[0]}'")
    return names


def _sentence(name: str, words: tuple[str, ...]) -> Sequence:
    return Sequence(name, words, tuple(f"{name}:{i}" for i in range(1, len(words) + 1)))


def _lines(path: Path) -> list[str]:
    lines = [line.rstrip("\r\n") for line in _text(path).split("\n") if line.strip()]
    if not lines:
        raise ExtractError(f"{path.name}: empty; write one item per line")
    return lines


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except FileNotFoundError:
        raise ExtractError(f"{path}: no such file") from None
    except UnicodeDecodeError as error:
        raise ExtractError(f"{path.name}: not UTF-8 (byte {error.start}); convert it, e.g. with iconv") from None


def _refuse_duplicates(path: Path, keys: list[str]) -> None:
    repeated = [key for key, count in Counter(keys).items() if count > 1]
    if repeated:
        raise ExtractError(f"{path.name}: '{repeated[0]}' occurs more than once; keys must be unique, remove the copies")
