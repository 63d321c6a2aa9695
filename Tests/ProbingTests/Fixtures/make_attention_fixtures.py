"""Oracle for attention: makes attention.json from the files in Data/, without any of Refute's code.

    python3 Tests/ProbingTests/Fixtures/make_attention_fixtures.py

Needs numpy and safetensors (2.4.6 and 0.8.0 made the file). Prints a table of what it found.

Attention between words: to a split word it is summed over its pieces, from a split word averaged over them; special
pieces are dropped; a word does not attend to itself, and in a causal decoder to none behind it. The answer is the word
attended to most. `low` and `high` count the right answers per layer, head and direction with every tie lost and every tie won.
"""

import json
from collections import Counter
from pathlib import Path

import numpy as np
from safetensors import safe_open

HERE = Path(__file__).resolve().parent
DATA = HERE.parents[2] / "Data"
RELATIONS = ("obj", "nsubj", "det", "nmod:poss", "compound", "amod")
DIRECTIONS = ("dependent to head", "head to dependent")


def read_trees(path):
    """sentence -> [(form, head, relation)]"""
    trees, name, rows = {}, None, []
    for line in path.read_text("utf-8").split("\n"):
        if line.startswith("# sent_id = "):
            name = line.removeprefix("# sent_id = ")
        elif line and not line.startswith("#"):
            columns = line.split("\t")
            rows.append((columns[1], int(columns[6]), columns[7]))
        elif not line and rows:
            trees[name], rows = rows, []
    return trees


class File:
    def __init__(self, path):
        self.file = safe_open(str(path), "numpy")
        self.about = self.file.metadata()
        self.names = set(self.file.keys())

    def get(self, name):
        return self.file.get_tensor(name)


def between_words(attention, word_index):
    """[layers, heads, words, words]. Sums of float16 are exact in float64, so that ties do not depend on their order."""
    member = (word_index[None, :] == np.arange(1, word_index.max() + 1)[:, None]).astype(float)
    return (member @ attention.astype(float) @ member.T) / member.sum(axis=1, keepdims=True)


def head_accuracies(file, trees, causal):
    """relation -> (count, [layers, heads, 2] surely right, [layers, heads, 2] right if every tie is won)"""
    found, ties, answers = {}, 0, 0
    for sentence, rows in trees.items():
        attention = between_words(file.get(f"attention.{sentence}"), file.get(f"word_index.{sentence}"))
        words = attention.shape[-1]
        hidden = np.triu(np.ones((words, words), bool)) if causal else np.eye(words, dtype=bool)
        attention[..., hidden] = -1
        best = attention == attention.max(axis=-1, keepdims=True)
        best &= ~hidden  # the first word of a causal decoder sees itself only: no answer
        chosen = best.sum(axis=-1)
        ties, answers = ties + int((chosen > 1).sum()), answers + int((chosen > 0).sum())
        for dependent, (_, head, relation) in enumerate(rows):
            if relation not in RELATIONS:
                continue
            count, low, high = found.get(relation) or (0, np.zeros((*chosen.shape[:2], 2)), np.zeros((*chosen.shape[:2], 2)))
            for direction, (asked, answer) in enumerate(((dependent, head - 1), (head - 1, dependent))):
                low[..., direction] += best[..., asked, answer] & (chosen[..., asked] == 1)
                high[..., direction] += best[..., asked, answer]
            found[relation] = (count + 1, low, high)
    return found, ties, answers


def offset_accuracies(trees):
    """relation -> offset -> share of dependents whose head stands so many words further on"""
    counts = {relation: Counter() for relation in RELATIONS}
    for rows in trees.values():
        for dependent, (_, head, relation) in enumerate(rows, start=1):
            if relation in counts:
                counts[relation][head - dependent] += 1
    return {
        relation: {offset: count[offset] / count.total() for offset in range(-5, 6) if offset}
        for relation, count in counts.items()
    }


def unit(rows):
    rows = rows.astype(float)
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


def identity(file):
    """Per state layer: shares of word pieces (special ones left out) whose own input embedding is the nearest by cosine, in
    the sentence and in the file's vocabulary; and how often, of the sentence's states at layer 0, a state of that layer is nearest to its own position's."""
    ids, table = file.get("vocabulary.ids"), unit(file.get("vocabulary.embeddings"))
    row_of = {int(piece): row for row, piece in enumerate(ids)}
    totals, count, sentences = None, 0, sorted(name for name in file.names if name.startswith("states."))
    for name in sentences:
        sentence = name.removeprefix("states.")
        states = unit(file.get(name))
        pieces = [row_of[int(piece)] for piece in file.get(f"pieces.{sentence}")]
        real = np.flatnonzero(file.get(f"word_index.{sentence}") > 0)
        own = np.array(pieces)[real]
        right = np.zeros((len(states), 3))
        for layer, state in enumerate(states):
            similarity = state[real] @ table.T
            right[layer, 0] = (own[similarity[:, own].argmax(axis=1)] == own).sum()
            right[layer, 1] = (similarity.argmax(axis=1) == own).sum()
            # A causal decoder's layer 0 does not know its place: a token that stands twice is as near at both.
            near = state[real] @ states[0][real].T
            ties = near >= near.max(axis=1, keepdims=True) - 1e-12
            right[layer, 2] = (ties.diagonal() / ties.sum(axis=1)).sum()
        totals, count = right if totals is None else totals + right, count + len(real)
    shares = totals / count
    return {
        "sentences": len(sentences),
        "pieces": count,
        "layers": json.loads(file.about["state_layers"]),
        "in the sentence": shares[:, 0].tolist(),
        "in the vocabulary": shares[:, 1].tolist(),
        "consistent with layer 0": shares[:, 2].tolist(),
    }


def report(title, found, offsets, layers):
    print(f"\n{title}")
    for relation in RELATIONS:
        count, low, high = found[relation]
        for direction, name in enumerate(DIRECTIONS):
            best = np.unravel_index(low[..., direction].argmax(), low.shape[:2])
            rest = np.sort(low[..., direction].ravel())[::-1] / count
            offset = max(offsets[relation], key=offsets[relation].get)
            print(
                f"{relation:10}{name:19}n {count:4}  head {layers[best[0]]}.{best[1]:<3}{low[(*best, direction)] / count:.3f}"
                f"-{high[(*best, direction)] / count:.3f}  next {rest[1]:.3f}  offset {offset if direction == 0 else -offset:+d} "
                f"{offsets[relation][offset]:.3f}"
            )


def main():
    trees = read_trees(DATA / "sentences" / "templates.conllu")
    offsets = offset_accuracies(trees)
    content = {"sentences": len(trees), "directions": DIRECTIONS, "heads": {}, "offsets": {}, "identity": {}}
    for title, path, causal in (
        ("minilm", "minilm/templates.attention.safetensors", False),
        ("minilm untrained", "minilm-untrained/templates.seed0.attention.safetensors", False),
        ("smollm2", "smollm2/templates.attention.safetensors", True),
        ("smollm2 untrained", "smollm2-untrained/templates.seed0.attention.safetensors", True),
    ):
        file = File(DATA / path)
        found, ties, answers = head_accuracies(file, trees, causal)
        report(f"{title}: {ties} ties in {answers} answers", found, offsets, json.loads(file.about["layers"]))
        content["heads"][path] = {
            "causal": causal,
            "ties": ties,
            "answers": answers,
            "relations": {
                relation: {
                    "count": found[relation][0],
                    "low": found[relation][1].astype(int).tolist(),
                    "high": found[relation][2].astype(int).tolist(),
                }
                for relation in RELATIONS
            },
        }
        if "vocabulary.ids" in file.names:
            content["identity"][path] = identity(file)
            print({key: np.round(value, 3).tolist() for key, value in content["identity"][path].items()})
    for relation in RELATIONS:
        best = max(offsets[relation], key=offsets[relation].get)
        content["offsets"][relation] = {
            "best": best,
            "accuracy": offsets[relation][best],
            "all": {str(offset): share for offset, share in offsets[relation].items()},
        }
    (HERE / "attention.json").write_text(json.dumps(content) + "\n", "utf-8")


if __name__ == "__main__":
    main()
