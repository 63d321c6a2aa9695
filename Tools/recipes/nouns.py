"""Choose about 1,000 English nouns and tabulate what people and dictionaries say about them.

The choice is a rule, not a hand-picked list: see `candidates` and `choose`. The order of candidates
inside a supersense is the order of the SHA-256 of the word, so it is a reproducible sample that follows
neither frequency nor the alphabet.
"""

from __future__ import annotations

import csv
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from .wordnet import WordNet

MINIMUM_ZIPF = 2.8
MODALITIES = ("auditory", "gustatory", "haptic", "interoceptive", "olfactory", "visual")

#: At most so many nouns of each supersense; supersenses not named here are left out.
QUOTAS = {
    "artifact": 185, "person": 100, "animal": 80, "food": 65, "body": 55, "plant": 45, "feeling": 55,
    "state": 50, "substance": 50, "attribute": 40, "act": 45, "communication": 35, "object": 40,
    "event": 25, "cognition": 20, "phenomenon": 20, "location": 15, "time": 15, "group": 12, "possession": 8,
}
#: Rated nouns are taken first in these supersenses, so that enough nouns have a valence.
RATED_FIRST = {"feeling", "state", "attribute", "act", "communication", "event", "cognition", "person", "possession"}

#: Nouns that belong to a basic category are taken first in these, so that sparse properties have some positives.
CATEGORISED_FIRST = {"artifact", "substance"}
BASIC_CATEGORIES = (
    "tool", "weapon", "vehicle", "musical_instrument", "furniture", "clothing", "fabric", "building", "container",
    "machine", "room", "chemical_element", "metal", "liquid", "building_material",
)

#: Property -> WordNet noun sense (lemma, 1-based sense number); a noun has it when the sense is in the
#: hypernym closure of the noun's first sense.
PROPERTIES = {
    "physical_entity": ("physical_entity", 1),
    "living_thing": ("living_thing", 1),
    "animal": ("animal", 1),
    "mammal": ("mammal", 1),
    "bird": ("bird", 1),
    "reptile": ("reptile", 1),
    "insect": ("insect", 1),
    "invertebrate": ("invertebrate", 1),
    "carnivore": ("carnivore", 1),
    "ungulate": ("ungulate", 1),
    "plant": ("plant", 2),
    "woody_plant": ("woody_plant", 1),
    "herb": ("herb", 1),
    "plant_part": ("plant_part", 1),
    "person": ("person", 1),
    "worker": ("worker", 1),
    "leader": ("leader", 1),
    "relative": ("relative", 1),
    "entertainer": ("entertainer", 1),
    "professional": ("professional", 1),
    "artifact": ("artifact", 1),
    "instrumentality": ("instrumentality", 3),
    "device": ("device", 1),
    "implement": ("implement", 1),
    "tool": ("tool", 1),
    "container": ("container", 1),
    "vehicle": ("vehicle", 1),
    "craft": ("craft", 2),
    "weapon": ("weapon", 1),
    "machine": ("machine", 1),
    "musical_instrument": ("musical_instrument", 1),
    "furniture": ("furniture", 1),
    "room": ("room", 1),
    "clothing": ("clothing", 1),
    "fabric": ("fabric", 1),
    "structure": ("structure", 1),
    "building": ("building", 1),
    "food": ("food", 1),
    "solid_food": ("food", 2),
    "beverage": ("beverage", 1),
    "alcohol": ("alcohol", 1),
    "edible_fruit": ("edible_fruit", 1),
    "produce": ("produce", 1),
    "dish": ("dish", 2),
    "body_part": ("body_part", 1),
    "organ": ("organ", 1),
    "natural_object": ("natural_object", 1),
    "geological_formation": ("geological_formation", 1),
    "body_of_water": ("body_of_water", 1),
    "substance": ("substance", 1),
    "chemical_element": ("chemical_element", 1),
    "metal": ("metallic_element", 1),
    "building_material": ("building_material", 1),
    "liquid": ("liquid", 1),
    "natural_phenomenon": ("natural_phenomenon", 1),
    "emotion": ("emotion", 1),
    "trait": ("trait", 1),
    "event": ("event", 1),
    "time_period": ("time_period", 1),
}
MINIMUM_POSITIVES = 5

_VOWEL_GROUP = re.compile(r"[aeiouy]+")


@dataclass
class Sources:
    """Where the raw material lies on this machine; see make_data.sh."""

    wordnet: Path
    lancaster: Path
    vader: Path
    vocabulary: Path
    excluded: Path

    def read_lancaster(self) -> dict[str, dict[str, str]]:
        with self.lancaster.open(encoding="utf-8", newline="") as file:
            return {row["Word"]: row for row in csv.DictReader(file)}

    def read_vader(self) -> dict[str, float]:
        ratings = {}
        for line in self.vader.read_text("utf-8").splitlines():
            if line.strip():
                word, mean = line.split("\t")[:2]
                ratings[word] = float(mean)
        return ratings

    def read_vocabulary(self) -> list[str]:
        return sorted(set(self.vocabulary.read_text("utf-8").splitlines()))

    def read_excluded(self) -> set[str]:
        lines = (line.split("#")[0] for line in self.excluded.read_text("utf-8").splitlines())
        return {word for line in lines for word in line.split()}


def zipf(word: str) -> float:
    from wordfreq import zipf_frequency

    return zipf_frequency(word, "en")


def syllables(word: str) -> int:
    """Vowel groups, less a silent final e: a rule of thumb, stated as such."""
    groups = _VOWEL_GROUP.findall(word)
    silent = word.endswith("e") and not word.endswith(("le", "ee", "ye", "oe", "ie")) and len(groups) > 1
    return max(1, len(groups) - silent)


def order(word: str) -> str:
    return hashlib.sha256(word.encode()).hexdigest()


def candidates(sources: Sources, wordnet: WordNet) -> list[str]:
    lancaster, excluded = sources.read_lancaster(), sources.read_excluded()
    chosen = []
    for word in sources.read_vocabulary():
        if not (word.isascii() and word.isalpha() and word.islower() and len(word) >= 3):
            continue
        if word in excluded or word not in wordnet.senses or word not in lancaster:
            continue
        if not wordnet.noun_is_dominant(word) or wordnet.is_inflected(word) or wordnet.is_also_a_name(word):
            continue
        if wordnet.first_sense(word).is_instance or zipf(word) < MINIMUM_ZIPF:
            continue
        chosen.append(word)
    return chosen


def choose(sources: Sources, wordnet: WordNet) -> list[str]:
    rated = sources.read_vader()
    groups: dict[str, list[str]] = {name: [] for name in QUOTAS}
    for word in candidates(sources, wordnet):
        supersense = wordnet.first_sense(word).supersense
        if supersense in groups:
            groups[supersense].append(word)
    basic = {wordnet.senses[lemma][sense - 1] for lemma, sense in (PROPERTIES[name] for name in BASIC_CATEGORIES)}

    roles = {wordnet.senses[name][0] for name in ("worker", "relative", "leader", "entertainer", "professional")}

    def preferred(supersense: str, word: str) -> bool:
        if supersense in CATEGORISED_FIRST:
            return bool(basic & wordnet.closure(wordnet.senses[word][0]))
        if supersense in RATED_FIRST and word in rated:
            return True
        return supersense == "person" and bool(roles & wordnet.closure(wordnet.senses[word][0]))

    chosen = []
    for supersense, words in groups.items():
        words.sort(key=lambda word: (not preferred(supersense, word), order(word)))
        chosen += words[: QUOTAS[supersense]]
    return sorted(chosen)


def properties(nouns: list[str], wordnet: WordNet) -> dict[str, list[int]]:
    columns: dict[str, list[int]] = {}
    seen: dict[tuple[int, ...], str] = {}
    for name, (lemma, sense) in PROPERTIES.items():
        offset = wordnet.senses[lemma][sense - 1]
        column = [int(offset in wordnet.closure(wordnet.senses[noun][0])) for noun in nouns]
        if sum(column) < MINIMUM_POSITIVES:
            print(f"  property {name}: only {sum(column)} nouns, left out")
        elif tuple(column) in seen:
            print(f"  property {name}: same nouns as {seen[tuple(column)]}, left out")
        else:
            seen[tuple(column)] = name
            columns[f"is_{name}"] = column
    return columns


def number(value: float, digits: int) -> str:
    return f"{value:.{digits}f}"


def write_table(path: Path, sources: Sources, wordnet: WordNet, nouns: list[str]) -> None:
    lancaster, valence = sources.read_lancaster(), sources.read_vader()
    has = properties(nouns, wordnet)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(
            ["noun", "lemma", "supersense", *has, *MODALITIES, "valence", "length", "syllables", "zipf"]
        )
        for row, noun in enumerate(nouns):
            rated = lancaster[noun]
            writer.writerow(
                [
                    noun,
                    noun,
                    wordnet.first_sense(noun).supersense,
                    *(column[row] for column in has.values()),
                    *(number(float(rated[m.capitalize()]), 2) if rated[m.capitalize()] else "" for m in MODALITIES),
                    number(valence[noun], 1) if noun in valence else "",
                    len(noun),
                    syllables(noun),
                    number(zipf(noun), 2),
                ]
            )
