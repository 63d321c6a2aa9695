"""What is shipped in Data/ hangs together: keys, digests, tables."""

import csv
import hashlib
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open

from recipes import nouns, sentences

DATA = Path(__file__).resolve().parents[2] / "Data"
MANIFESTS = sorted(DATA.glob("*/*.manifest.json"))

KEYS = {
    "nouns": ("nouns/nouns.csv", "noun"),
    "gaussian": ("nouns/nouns.csv", "noun"),
    "sentences": ("sentences/tokens.csv", "token"),
}


def table(path):
    with (DATA / path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_files_are_those_of_their_manifest(manifest):
    content = json.loads(manifest.read_text())
    for file in content["files"]:
        raw = (manifest.parent / file["file"]).read_bytes()
        assert hashlib.sha256(raw).hexdigest() == file["sha256"] and len(raw) == file["bytes"]
    assert "/tmp" not in manifest.read_text() and '"/' not in manifest.read_text()


@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_rows_are_those_of_the_table(manifest):
    stem = manifest.name.removesuffix(".manifest.json")
    path, column = KEYS[stem]
    with safe_open(str(manifest.parent / f"{stem}.safetensors"), "numpy") as file:
        keys = json.loads(file.metadata()["keys"])
        assert keys == [row[column] for row in table(path)]
        for name in file.keys():
            values = file.get_tensor(name).astype(np.float32)
            assert values.shape == (len(keys), 384) and np.isfinite(values).all() and values.std() > 0


def test_there_are_manifests_and_room_for_more():
    assert len(MANIFESTS) == 6
    assert sum(path.stat().st_size for path in DATA.rglob("*") if path.is_file()) < 30_000_000


def test_nouns():
    rows = table("nouns/nouns.csv")
    assert [row["noun"] for row in rows] == sorted({row["noun"] for row in rows})
    columns = [name for name in rows[0] if name.startswith("is_")]
    seen = set()
    for column in columns:
        values = tuple(row[column] for row in rows)
        assert set(values) == {"0", "1"} and values.count("1") >= nouns.MINIMUM_POSITIVES
        assert values not in seen
        seen.add(values)
    shares = Counter(row["supersense"] for row in rows)
    assert max(shares.values()) <= len(rows) / 4
    assert all(len(row["noun"]) == int(row["length"]) for row in rows)
    assert all(0 <= float(row[m]) <= 5 for row in rows for m in nouns.MODALITIES)
    assert sum(row["valence"] != "" for row in rows) > 250


def test_tokens_are_the_tagged_sentences():
    tagged = sentences.read_tagged(DATA / "sentences" / "sentences.tagged")
    rows = table("sentences/tokens.csv")
    assert [(row["form"], row["pos"]) for row in rows] == [token for sentence in tagged for token in sentence]
    tags = {}
    for row in rows:
        tags.setdefault(row["type"], set()).add(row["pos"])
        assert row["token"] == f"{row['sentence']}:{row['position']}"
    assert sum(len(found) > 1 for found in tags.values()) > 100


def test_planted_values_are_in_the_activations_and_random_ones_are_not():
    rows = table("planted/planted.csv")
    assert [row["noun"] for row in rows] == [row["noun"] for row in table("nouns/nouns.csv")]
    with safe_open(str(DATA / "planted" / "nouns.safetensors"), "numpy") as file:
        written = file.get_tensor("embeddings.word").astype(float)
    with safe_open(str(DATA / "minilm" / "nouns.safetensors"), "numpy") as file:
        real = file.get_tensor("embeddings.word").astype(float)
    step = written - real
    strength = step @ np.linalg.svd(step, full_matrices=False)[2][0]
    for column, low, high in (("planted", 0.999, 1), ("random", 0, 0.15)):
        assert low <= abs(np.corrcoef(strength, [float(row[column]) for row in rows])[0, 1]) <= high


def test_syllables():
    expected = {"cat": 1, "table": 2, "cake": 1, "banana": 3, "coffee": 2, "the": 1, "eye": 1, "rhythm": 1}
    assert {word: nouns.syllables(word) for word in expected} == expected


@pytest.mark.parametrize("line", ["The/DET cat", "The/DET cat/CAT", "/NOUN"])
def test_a_badly_tagged_line_is_named(tmp_path, line):
    path = tmp_path / "bad.tagged"
    path.write_text(f"# comment\n{line}\n")
    with pytest.raises(SystemExit, match="bad.tagged, line 2"):
        sentences.read_tagged(path)
