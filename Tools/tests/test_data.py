"""What is shipped in Data/ hangs together: keys, digests, tables."""

import csv
import hashlib
import json
from collections import Counter
from pathlib import Path

import conllu
import numpy as np
import pytest
from safetensors import safe_open

from recipes import nouns, pairs, sentences, templates

DATA = Path(__file__).resolve().parents[2] / "Data"
MANIFESTS = sorted(DATA.glob("*/*.manifest.json"))

KEYS = {
    "nouns": ("nouns/nouns.csv", "noun"),
    "gaussian": ("nouns/nouns.csv", "noun"),
    "sentences": ("sentences/tokens.csv", "token"),
    "pairs-words": ("pairs/pairs.csv", "pair"),
}
ROWS = [path for path in MANIFESTS if ".attention." not in path.name]
ATTENTION = sorted(DATA.glob("*/*.attention.safetensors"))


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


@pytest.mark.parametrize("manifest", ROWS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_rows_are_those_of_the_table(manifest):
    stem = manifest.name.removesuffix(".manifest.json")
    path, column = KEYS[stem]
    with safe_open(str(manifest.parent / f"{stem}.safetensors"), "numpy") as file:
        keys = json.loads(file.metadata()["keys"])
        assert keys == [row[column] for row in table(path)]
        for name in file.keys():
            values = file.get_tensor(name).astype(np.float32)
            width = 768 if name == "words" else 384
            assert values.shape == (len(keys), width) and np.isfinite(values).all() and values.std() > 0


def test_every_tensor_file_has_a_manifest_and_there_is_room_for_more():
    described = {path.parent / file["file"] for path in MANIFESTS for file in json.loads(path.read_text())["files"]}
    assert described == set(DATA.glob("*/*.safetensors"))
    assert sum(path.stat().st_size for path in DATA.rglob("*") if path.is_file()) < 29_500_000


# Treebanks and attention


def trees(path):
    """sentence -> its words, as the conllu package reads them"""
    found = {}
    for sentence in conllu.parse((DATA / path).read_text("utf-8")):
        assert sentence.metadata["sent_id"] not in found
        found[sentence.metadata["sent_id"]] = sentence
    return found


@pytest.mark.parametrize("path", ["sentences/templates.conllu", "pairs/pairs.conllu"])
def test_treebanks_hold_valid_trees_and_their_text(path):
    for name, sentence in trees(path).items():
        root = sentence.to_tree()  # refuses more than one root
        assert root.token["deprel"] == "root"
        reached, waiting = 0, [root]
        while waiting:
            node = waiting.pop()
            reached += 1
            waiting += node.children
        assert reached == len(sentence), f"{name}: not all words hang on the root"
        spaces = ["" if token["misc"] == {"SpaceAfter": "No"} else " " for token in sentence]
        assert "".join(token["form"] + space for token, space in zip(sentence, spaces)).rstrip() == sentence.metadata["text"]


def test_the_recipes_make_the_same_files_again(tmp_path):
    templates.main(tmp_path / "templates.conllu")
    pairs.build(tmp_path)
    for name, folder in (("templates.conllu", "sentences"), ("pairs.conllu", "pairs"), ("pairs.csv", "pairs")):
        assert (tmp_path / name).read_bytes() == (DATA / folder / name).read_bytes()


def test_templates_hold_what_their_readme_says():
    distances = {}
    for sentence in trees("sentences/templates.conllu").values():
        assert 8 <= len(sentence) <= 14
        for token in sentence:
            distances.setdefault(token["deprel"], Counter())[token["head"] - token["id"]] += 1
    readme = (DATA / "sentences" / "README.md").read_text("utf-8")
    for relation in ("obj", "nsubj", "det", "nmod:poss", "amod", "compound"):
        count = distances[relation].total()
        row = next(line for line in readme.splitlines() if line.startswith(f"| `{relation}` |"))
        assert f"| {count} |" in row and f"{max(distances[relation].values()) / count:.2f}".lstrip("0") in row
    sides = {distance > 0 for distance in distances["obj"]}
    assert sides == {True, False} and len(distances["obj"]) >= 8 and len(distances["nsubj"]) >= 8


def test_pairs_are_balanced_and_groups_share_no_noun():
    rows, sentences_of = table("pairs/pairs.csv"), trees("pairs/pairs.conllu")
    assert len(rows) == len(sentences_of) == 192
    assert set(Counter((row["set"], row["pattern"]) for row in rows).values()) == {12}
    lemmas = {}
    for row in rows:
        for slot in ("first", "second"):
            token = sentences_of[row["sentence"]][int(row[f"{slot}_at"]) - 1]
            assert token["form"] == row[slot] and token["upos"] == "NOUN"
            lemmas.setdefault(row["group"], set()).add(token["lemma"])
    assert len(lemmas) == 8 and all(len(found) == 8 for found in lemmas.values())
    assert len(set.union(*lemmas.values())) == 64
    for kind in ("similar", "abstract", "swapped"):
        cells = Counter((row["set"], row[f"against_{kind}"]) for row in rows if row[f"against_{kind}"])
        assert cells == {("hypernym", "hypernym"): 48, (kind, "other"): 48}
    true, abstract = (
        Counter((row["second"], row["pattern"]) for row in rows if row["set"] == kind) for kind in ("hypernym", "abstract")
    )
    assert true == abstract  # the second noun and the pattern together say nothing


@pytest.mark.parametrize("path", ATTENTION, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_attention_files_fit_their_treebank(path):
    stem = path.name.split(".")[0]
    sentences_of = trees("pairs/pairs.conllu" if stem == "pairs" else "sentences/templates.conllu")
    with safe_open(str(path), "numpy") as file:
        about = file.metadata()
        words = json.loads(about["words"])
        assert words == {name: " ".join(token["form"] for token in sentence) for name, sentence in sentences_of.items()}
        layers, states = json.loads(about["layers"]), [name for name in file.keys() if name.startswith("states.")]
        for name, sentence in sentences_of.items():
            index, maps = file.get_tensor(f"word_index.{name}"), file.get_tensor(f"attention.{name}").astype(np.float32)
            assert sorted(set(index.tolist()) - {0}) == list(range(1, len(sentence) + 1))
            assert maps.shape[0] == len(layers) and maps.shape[2:] == (len(index), len(index))
            np.testing.assert_allclose(maps.sum(axis=-1), 1, atol=2e-3)
            if "smollm2" in path.parent.name:
                assert (np.triu(maps, k=1) == 0).all()
        assert ("state_layers" in about) == bool(states)
        if states:
            ids, rows = file.get_tensor("vocabulary.ids"), file.get_tensor("vocabulary.embeddings")
            assert (np.diff(ids) > 0).all() and len(rows) == len(ids)
            for name in states:
                values, pieces = file.get_tensor(name), file.get_tensor(name.replace("states.", "pieces."))
                assert values.shape == (len(json.loads(about["state_layers"])), len(pieces), rows.shape[1])
                assert set(pieces.tolist()) <= set(ids.tolist()) and np.isfinite(values).all()


def test_the_state_that_a_decoder_first_reads_is_its_input_embedding():
    with safe_open(str(DATA / "smollm2" / "templates.attention.safetensors"), "numpy") as file:
        ids, rows = file.get_tensor("vocabulary.ids"), file.get_tensor("vocabulary.embeddings")
        at = np.searchsorted(ids, file.get_tensor("pieces.t001"))
        np.testing.assert_array_equal(file.get_tensor("states.t001")[0], rows[at])


# Tables


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
