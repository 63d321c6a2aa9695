"""From `Data/sentences/sentences.tagged` (word/TAG, written by hand) to a table with one row per token."""

from __future__ import annotations

import csv
from pathlib import Path

from .nouns import number, zipf

TAGS = {
    "NOUN", "VERB", "ADJ", "ADV", "PRON", "DET", "ADP", "AUX", "CCONJ", "SCONJ", "PART", "NUM", "PROPN", "PUNCT", "INTJ",
}


def read_tagged(path: Path) -> list[list[tuple[str, str]]]:
    sentences = []
    for line_number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        tokens = []
        for item in line.split():
            form, slash, tag = item.rpartition("/")
            if not slash or not form or tag not in TAGS:
                raise SystemExit(f"error: {path.name}, line {line_number}: '{item}' is not word/TAG")
            tokens.append((form, tag))
        sentences.append(tokens)
    return sentences


def write_text(path: Path, sentences: list[list[tuple[str, str]]]) -> None:
    lines = [
        f"s{number:03d}\t" + " ".join(form for form, _ in tokens) + "\n"
        for number, tokens in enumerate(sentences, start=1)
    ]
    path.write_text("".join(lines), "utf-8")


def write_table(path: Path, sentences: list[list[tuple[str, str]]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(
            ["token", "sentence", "position", "form", "type", "pos", "length", "zipf", "sentence_length"]
        )
        for index, tokens in enumerate(sentences, start=1):
            name = f"s{index:03d}"
            for position, (form, tag) in enumerate(tokens, start=1):
                word = form.lower()
                frequency = number(zipf(word), 2) if any(c.isalnum() for c in word) else ""
                writer.writerow(
                    [f"{name}:{position}", name, position, form, word, tag, len(form), frequency, len(tokens)]
                )
