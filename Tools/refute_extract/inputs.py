"""Words and sentences from plain files. Every item gets a key, by which Refute aligns tables with tensors."""

from __future__ import annotations

import csv
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
    The key of a word is `sentence:position`, positions counted from 1.
    """
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
        sequences.append(Sequence(name, words, tuple(f"{name}:{i}" for i in range(1, len(words) + 1))))
    _refuse_duplicates(path, [sequence.name for sequence in sequences])
    return sequences


def _lines(path: Path) -> list[str]:
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        raise ExtractError(f"{path}: no such file") from None
    except UnicodeDecodeError as error:
        raise ExtractError(f"{path.name}: not UTF-8 (byte {error.start}); convert it, e.g. with iconv") from None
    lines = [line.rstrip("\r\n") for line in text.split("\n") if line.strip()]
    if not lines:
        raise ExtractError(f"{path.name}: empty; write one item per line")
    return lines


def _refuse_duplicates(path: Path, keys: list[str]) -> None:
    repeated = [key for key, count in Counter(keys).items() if count > 1]
    if repeated:
        raise ExtractError(f"{path.name}: '{repeated[0]}' occurs more than once; keys must be unique, remove the copies")
