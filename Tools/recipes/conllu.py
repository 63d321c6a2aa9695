"""Trees of Universal Dependencies: built from nested phrases, checked, written as CoNLL-U."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Word:
    """A word with its dependents before and after it, in the order in which they are spoken."""

    form: str
    upos: str
    relation: str
    lemma: str = ""
    before: list[Word] = field(default_factory=list)
    after: list[Word] = field(default_factory=list)

    def spoken(self) -> Iterable[Word]:
        for word in self.before:
            yield from word.spoken()
        yield self
        for word in self.after:
            yield from word.spoken()


#: No space is written before these.
CLOSE = {".", ",", "?", "'s"}


def sentence(name: str, root: Word, comments: dict[str, str]) -> str:
    """One sentence with its comments, checked."""
    words = list(root.spoken())
    words[0].form = words[0].form[0].upper() + words[0].form[1:]
    position = {id(word): index for index, word in enumerate(words, start=1)}
    heads = {id(child): position[id(word)] for word in words for child in word.before + word.after}
    rows, text = [], ""
    for index, word in enumerate(words, start=1):
        close = index == len(words) or words[index].form in CLOSE
        text += word.form + ("" if close else " ")
        lemma = word.lemma or (word.form if word.upos == "PROPN" else word.form.lower())
        misc = "SpaceAfter=No" if close and index < len(words) else "_"
        head = heads.get(id(word), 0)
        rows.append([str(index), word.form, lemma, word.upos, "_", "_", str(head), word.relation, "_", misc])
    check(name, rows)
    lines = [f"# sent_id = {name}", f"# text = {text}", *(f"# {key} = {value}" for key, value in comments.items())]
    return "\n".join([*lines, *("\t".join(row) for row in rows)]) + "\n\n"


def check(name: str, rows: list[list[str]]) -> None:
    """One root, named so; every head in the sentence; no cycle; and function words and punctuation without dependents of content."""
    heads = [int(row[6]) for row in rows]
    roots = [row for row in rows if row[6] == "0"]
    assert len(roots) == 1 and roots[0][7] == "root", f"{name}: {len(roots)} roots"
    for index, row in enumerate(rows, start=1):
        assert row[7] != "root" or row[6] == "0", f"{name}: word {index} is called root"
        at, steps = index, 0
        while at:
            at, steps = heads[at - 1], steps + 1
            assert steps <= len(rows), f"{name}: word {index} is in a cycle"
        parent = rows[heads[index - 1] - 1] if heads[index - 1] else None
        if parent and parent[7] in ("det", "case", "mark", "cc", "punct", "aux", "cop"):
            assert row[7] == "fixed", f"{name}: word {index} hangs on the {parent[7]} '{parent[1]}'"


def write(path: Path, sentences: list[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(sentences), "utf-8")
