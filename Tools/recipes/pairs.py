"""`Data/pairs`: noun pairs in sentences that signal hypernymy, and three sets in which the pair is no hypernymy.

After Regneri, Abdelhalim & Laue (2024). Every true pair has one sentence pattern, and keeps it in all four sets: the pattern
alone says nothing. Categories come in groups of two, and words change places only inside a group: groups share no word.
"""

from __future__ import annotations

import csv
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors import safe_open

from refute_extract.store import write_activations, write_manifest

from .conllu import Word, sentence, write

#: Two categories a line: a hypernym and three hyponyms each, none of them a kind of the other. Singular/plural where that is not -s.
GROUPS = (
    (("bird", "robin", "eagle", "sparrow"), ("tool", "hammer", "chisel", "drill")),
    (("insect", "beetle", "moth", "wasp"), ("weapon", "sword", "rifle", "spear")),
    (("vehicle", "truck", "van", "tractor"), ("fruit", "apple", "pear", "cherry/cherries")),
    (("building", "church/churches", "barn", "hotel"), ("vegetable", "carrot", "onion", "cabbage")),
    (("instrument", "violin", "flute", "trumpet"), ("flower", "rose", "tulip", "daisy/daisies")),
    (("container", "bottle", "bucket", "jar"), ("tree", "oak", "maple", "birch/birches")),
    (("garment", "shirt", "skirt", "sweater"), ("worker", "carpenter", "plumber", "baker")),
    (("jewel", "diamond", "ruby/rubies", "pearl"), ("relative", "uncle", "cousin", "nephew")),
)
SETS = ("hypernym", "similar", "abstract", "swapped")
COLUMNS = (
    "pair", "sentence", "item", "first", "second", "first_at", "second_at", "pattern", "set", "group", "category",
    "against_similar", "against_abstract", "against_swapped",
)


@dataclass(frozen=True)
class Pair:
    name: str
    item: str
    first: str
    second: str
    pattern: str
    set: str
    group: str
    category: str


def pairs() -> list[Pair]:
    result, number = [], 0
    for group, (left, right) in enumerate(GROUPS, start=1):
        for (hypernym, *hyponyms), (other, *_) in ((left, right), (right, left)):
            for index, hyponym in enumerate(hyponyms):
                # Both categories of a group get the same patterns, so that `abstract` has each hypernym in each of its sentences.
                pattern = list(PATTERNS)[(group + index) % len(PATTERNS)]
                number += 1
                # Similar to the hyponym, and no hypernym: the next one of its category.
                similar = hyponyms[(index + 1) % len(hyponyms)]
                slots = ((hyponym, hypernym), (hyponym, similar), (hyponym, other), (hypernym, hyponym))
                for kind, (first, second) in zip(SETS, slots):
                    item = f"p{number:02d}"
                    result.append(Pair(f"{item}-{kind}", item, first, second, pattern, kind, f"g{group}", singular(hypernym)))
    return result


def build(folder: Path) -> None:
    sentences, rows = [], []
    for pair in pairs():
        root, first, second = PATTERNS[pair.pattern](pair.first, pair.second)
        spoken = list(root.spoken())
        places = [next(i for i, word in enumerate(spoken, start=1) if word is noun) for noun in (first, second)]
        sentences.append(sentence(pair.name, root, {"pattern": pair.pattern, "set": pair.set}))
        against = ["hypernym" if pair.set == "hypernym" else "other" if pair.set == kind else "" for kind in SETS[1:]]
        rows.append([pair.name, pair.name, pair.item, first.form, second.form, *map(str, places), pair.pattern, pair.set,
                     pair.group, pair.category, *against])
    write(folder / "pairs.conllu", sentences)
    with (folder / "pairs.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows)


def write_words(table: Path, nouns: Path, output: Path) -> None:
    """The two nouns of each pair as rows of the input embedding table, without their sentence: attention should say more.

    `nouns` holds such a row for each noun by itself, as the extractor writes it; its manifest says of which model.
    """
    source = json.loads(nouns.with_suffix(".manifest.json").read_text("utf-8"))
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with safe_open(str(nouns), "numpy") as file:
        at = {noun: index for index, noun in enumerate(json.loads(file.metadata()["keys"]))}
        vectors = file.get_tensor("embeddings.word")
    first, second = ([vectors[at[row[slot]]] for row in rows] for slot in ("first", "second"))
    tensors = {"words": np.concatenate([first, second], axis=1), "second": np.stack(second)}
    header = {"model": source["model"]["name"], "licence": source["model"]["licence"], "rows": "one pair of nouns"}
    files = write_activations(output, tensors, [row["pair"] for row in rows], header)
    meaning = "input embeddings of the noun in the {}, mean over its pieces, before positions and normalisation"
    write_manifest(output, {
        "format": source["format"],
        "model": source["model"],
        "input": {"file": table.name, "sha256": hashlib.sha256(table.read_bytes()).hexdigest()},
        "rows": {"count": len(rows), "meaning": "one pair of nouns; key = its name in pairs.csv"},
        "tensors": {
            "words": {"meaning": meaning.format("hyponym's place, then in the hypernym's"), "shape": list(tensors["words"].shape)},
            "second": {"meaning": meaning.format("hypernym's place"), "shape": list(tensors["second"].shape)},
        },
        "dtype": source["dtype"],
        "versions": source["versions"],
        "files": files,
    })


def nouns_of(table: Path) -> list[str]:
    with table.open(encoding="utf-8", newline="") as file:
        return sorted({row[slot] for row in csv.DictReader(file) for slot in ("first", "second")})


# Words


def singular(noun: str) -> str:
    return noun.split("/")[0]


def plural(noun: str) -> str:
    one, _, many = noun.partition("/")
    return many or one + "s"


def one(noun: str, relation: str) -> Word:
    return Word(singular(noun), "NOUN", relation)


def many(noun: str, relation: str) -> Word:
    return Word(plural(noun), "NOUN", relation, singular(noun))


# Patterns: the root, the noun in the hyponym's place, the noun in the hypernym's place


def kind_of(hyponym: str, hypernym: str) -> tuple[Word, Word, Word]:  # A robin is a kind of bird .
    first, second = one(hyponym, "nsubj"), one(hypernym, "nmod")
    first.before.append(Word("an" if first.form[0] in "aeiou" else "a", "DET", "det", "a"))
    second.before.append(Word("of", "ADP", "case"))
    root = Word("kind", "NOUN", "root")
    root.before += [first, Word("is", "AUX", "cop", "be"), Word("a", "DET", "det")]
    root.after += [second, Word(".", "PUNCT", "punct")]
    return root, first, second


def such_as(hyponym: str, hypernym: str) -> tuple[Word, Word, Word]:  # They talked about birds such as robins .
    first, second = many(hyponym, "nmod"), many(hypernym, "obl")
    such = Word("such", "ADJ", "case")
    such.after.append(Word("as", "ADP", "fixed"))
    first.before.append(such)
    second.before.append(Word("about", "ADP", "case"))
    second.after.append(first)
    root = Word("talked", "VERB", "root", "talk")
    root.before.append(Word("they", "PRON", "nsubj", "they"))
    root.after += [second, Word(".", "PUNCT", "punct")]
    return root, first, second


def and_other(hyponym: str, hypernym: str) -> tuple[Word, Word, Word]:  # Robins and other birds are common here .
    first, second = many(hyponym, "nsubj"), many(hypernym, "conj")
    second.before += [Word("and", "CCONJ", "cc"), Word("other", "ADJ", "amod")]
    first.after.append(second)
    root = Word("common", "ADJ", "root")
    root.before += [first, Word("are", "AUX", "cop", "be")]
    root.after += [Word("here", "ADV", "advmod"), Word(".", "PUNCT", "punct")]
    return root, first, second


def especially(hyponym: str, hypernym: str) -> tuple[Word, Word, Word]:  # They like birds , especially robins .
    first, second = many(hyponym, "appos"), many(hypernym, "obj")
    first.before += [Word(",", "PUNCT", "punct"), Word("especially", "ADV", "advmod")]
    second.after.append(first)
    root = Word("like", "VERB", "root")
    root.before.append(Word("they", "PRON", "nsubj", "they"))
    root.after += [second, Word(".", "PUNCT", "punct")]
    return root, first, second


PATTERNS = {"kind of": kind_of, "such as": such_as, "and other": and_other, "especially": especially}
