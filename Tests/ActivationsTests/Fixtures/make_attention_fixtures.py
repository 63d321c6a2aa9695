"""Writes attention.safetensors, and in attention.json what NumPy says follows from it.

    python -m venv venv && venv/bin/pip install numpy==2.4.6 safetensors==0.8.0
    venv/bin/python make_attention_fixtures.py

Loops over definitions, in double precision, from the values as they are stored; no Swift wrote any of it.
"""

import json
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

here = Path(__file__).parent
rng = np.random.default_rng(20261125)
layers, heads, head_size, state_layers, dimensions = 2, 3, 4, 3, 5

# Pieces to words: s2 is all whole words, s10 has a word of three pieces and one of two, s1 has no special piece.
indices = {
    "s1": [1, 2, 2],
    "s2": [0, 1, 2, 3, 4, 5, 6, 0],
    "s10": [0, 1, 2, 2, 2, 3, 4, 4, 5, 0],
}
words = {"s1": "a bc", "s2": "the old dog saw a cat", "s10": "she overestimated them naïvely ."}

tensors, expected = {}, {}
for name, index in indices.items():
    n = len(index)
    logits = rng.normal(size=(layers, heads, n, n)) * 2
    weights = np.exp(logits)
    weights = (weights / weights.sum(-1, keepdims=True)).astype(np.float16)
    values = rng.normal(size=(layers, heads, n, head_size)).astype(np.float32)
    # Head 1 of layer 0 has rank 2: whole numbers, so that storing them does not raise it. Head 2 has rank 0.
    values[0, 1] = rng.integers(-3, 4, size=(n, 2)) @ rng.integers(-3, 4, size=(2, head_size))
    values[0, 2] = 0
    tensors[f"attention.{name}"] = weights
    tensors[f"values.{name}"] = values
    tensors[f"word_index.{name}"] = np.array(index, dtype=np.int64 if name == "s1" else np.uint8)
    if name != "s1":
        tensors[f"states.{name}"] = rng.normal(size=(state_layers, n, dimensions)).astype(np.float32)
        tensors[f"pieces.{name}"] = rng.integers(0, 30, size=n).astype(np.int32)

    weights, values = weights.astype(float), values.astype(float)
    count = max(index)
    pooled = np.zeros((layers, heads, count, count))
    special = np.zeros((layers, heads, count))
    for i in range(count):
        rows = [p for p, word in enumerate(index) if word == i + 1]
        row = np.mean([weights[:, :, p] for p in rows], axis=0)
        for j in range(count):
            pooled[:, :, i, j] = sum(row[:, :, p] for p, word in enumerate(index) if word == j + 1)
        specials = [row[:, :, p] for p, word in enumerate(index) if word == 0]
        if specials:
            special[:, :, i] = np.max(specials, axis=0)

    # Brunner et al. 2020: minus the projection onto the left null space, spanned by the left singular vectors
    # beyond the rank.
    effective, ranks = np.zeros_like(weights), []
    for layer in range(layers):
        for head in range(heads):
            u, s, _ = np.linalg.svd(values[layer, head])
            rank = int(np.linalg.matrix_rank(values[layer, head], rtol=max(n, head_size) * 2.0**-23))
            null = u[:, rank:]
            effective[layer, head] = weights[layer, head] - weights[layer, head] @ null @ null.T
            ranks.append(rank)
            # And by another road.
            other = weights[layer, head] @ values[layer, head] @ np.linalg.pinv(values[layer, head])
            assert np.allclose(effective[layer, head], other, atol=1e-10)
    expected[name] = {
        "wordIndex": index,
        "attention": weights.ravel().tolist(),
        "words": pooled.ravel().tolist(),
        "special": special.ravel().tolist(),
        "ranks": ranks,
        "effective": effective.ravel().tolist(),
        "values": values.ravel().tolist(),
        "states": tensors[f"states.{name}"].astype(float).ravel().tolist() if name != "s1" else [],
        "pieces": tensors[f"pieces.{name}"].tolist() if name != "s1" else [],
    }

tensors["vocabulary.ids"] = np.array([0, 3, 4, 29], dtype=np.int64)
tensors["vocabulary.embeddings"] = rng.normal(size=(4, dimensions)).astype(np.float32)
expected["vocabulary"] = tensors["vocabulary.embeddings"].astype(float).ravel().tolist()

save_file(
    tensors,
    here / "attention.safetensors",
    metadata={"format": "refute-attention/1", "words": json.dumps(words), "layers": "[3, 5]"},
)
vocabulary = expected.pop("vocabulary")
(here / "attention.json").write_text(json.dumps({"sentences": expected, "vocabulary": vocabulary}) + "\n")
