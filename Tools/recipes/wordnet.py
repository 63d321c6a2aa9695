"""A reader for the parts of WordNet 3.0's database files that the noun table needs.

Format: `man 5 wndb`, `man 5 cntlist`. Only the files of Debian's `wordnet-base` are read.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

#: Numbers of the noun lexicographer files (`man 5 lexnames`), the "supersenses".
SUPERSENSES = {
    3: "tops", 4: "act", 5: "animal", 6: "artifact", 7: "attribute", 8: "body", 9: "cognition",
    10: "communication", 11: "event", 12: "feeling", 13: "food", 14: "group", 15: "location",
    16: "motive", 17: "object", 18: "person", 19: "phenomenon", 20: "plant", 21: "possession",
    22: "process", 23: "quantity", 24: "relation", 25: "shape", 26: "state", 27: "substance", 28: "time",
}

_FILES = ("index.noun", "data.noun", "index.verb", "index.adj", "index.adv", "cntlist.rev", "noun.exc", "verb.exc")
_PART_OF_SENSE_KEY = {"1": "noun", "2": "verb", "3": "adj", "4": "adv", "5": "adj"}


@dataclass(frozen=True)
class Synset:
    offset: str
    supersense: str
    words: tuple[str, ...]
    hypernyms: tuple[str, ...]
    is_instance: bool


class WordNet:
    def __init__(self, folder: Path):
        for name in _FILES:
            if not (folder / name).is_file():
                raise SystemExit(
                    f"error: WordNet file {name} not found in {folder}; install it: apt-get install wordnet-base"
                )
        self.synsets = self._read_synsets(folder / "data.noun")
        self.senses = self._read_index(folder / "index.noun")
        self.tag_counts = self._read_counts(folder / "cntlist.rev")
        self.other_parts = set()
        for part in ("verb", "adj", "adv"):
            self.other_parts |= set(self._read_index(folder / f"index.{part}"))
        self.verbs = set(self._read_index(folder / "index.verb"))
        self.irregular = {
            line.split()[0]
            for part in ("noun", "verb")
            for line in (folder / f"{part}.exc").read_text("latin-1").splitlines()
            if line.strip()
        }
        self._closure: dict[str, frozenset[str]] = {}

    @staticmethod
    def _read_synsets(path: Path) -> dict[str, Synset]:
        synsets = {}
        for line in path.read_text("latin-1").splitlines():
            if line.startswith("  "):
                continue
            fields = line.split(" | ")[0].split()
            word_count = int(fields[3], 16)
            words = tuple(fields[4 + 2 * i] for i in range(word_count))
            at = 4 + 2 * word_count
            pointers = [fields[at + 1 + 4 * i: at + 5 + 4 * i] for i in range(int(fields[at]))]
            synsets[fields[0]] = Synset(
                offset=fields[0],
                supersense=SUPERSENSES[int(fields[1])],
                words=words,
                hypernyms=tuple(p[1] for p in pointers if p[0] in ("@", "@i")),
                is_instance=any(p[0] == "@i" for p in pointers),
            )
        return synsets

    @staticmethod
    def _read_index(path: Path) -> dict[str, tuple[str, ...]]:
        senses = {}
        for line in path.read_text("latin-1").splitlines():
            if line.startswith("  "):
                continue
            fields = line.split()
            pointer_count = int(fields[3])
            senses[fields[0]] = tuple(fields[6 + pointer_count:])
        return senses

    @staticmethod
    def _read_counts(path: Path) -> dict[str, dict[str, int]]:
        counts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for line in path.read_text("latin-1").splitlines():
            key, _, count = line.split()
            lemma, rest = key.split("%", 1)
            counts[lemma][_PART_OF_SENSE_KEY[rest[0]]] += int(count)
        return counts

    def closure(self, offset: str) -> frozenset[str]:
        """The synset and everything above it by hypernymy."""
        if offset not in self._closure:
            above = {offset}
            for parent in self.synsets[offset].hypernyms:
                above |= self.closure(parent)
            self._closure[offset] = frozenset(above)
        return self._closure[offset]

    def first_sense(self, lemma: str) -> Synset:
        return self.synsets[self.senses[lemma][0]]

    def noun_is_dominant(self, lemma: str) -> bool:
        """Tagged as a noun more often than as all other parts of speech together.

        A word that was never tagged counts when WordNet lists it as nothing but a noun.
        """
        counts = self.tag_counts.get(lemma, {})
        if not sum(counts.values()):
            return lemma not in self.other_parts
        return counts.get("noun", 0) > sum(n for part, n in counts.items() if part != "noun")

    def is_inflected(self, word: str) -> bool:
        """A plural of another noun or a form of a verb (WordNet's detachment rules and exception lists)."""
        if word in self.irregular:
            return True
        if word.endswith("ing") and (word[:-3] in self.verbs or word[:-3] + "e" in self.verbs or word[:-4] in self.verbs):
            return True
        if word.endswith("s") and not word.endswith(("ss", "us", "is")):
            if word[:-1] in self.senses or word[:-1] in self.verbs:
                return True
        rules = (("ses", "s"), ("xes", "x"), ("zes", "z"), ("ches", "ch"), ("shes", "sh"), ("ies", "y"), ("men", "man"))
        return any(word.endswith(end) and word[: -len(end)] + new in self.senses for end, new in rules)

    def is_also_a_name(self, lemma: str) -> bool:
        """Some sense is a proper name (an instance, or spelled with a capital)."""
        for offset in self.senses[lemma]:
            synset = self.synsets[offset]
            for word in synset.words:
                if word.lower() == lemma and word != lemma:
                    return True
        return False
