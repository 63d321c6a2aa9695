"""Makes codes.json: online codes of class labels (Voita & Titov 2020) with scikit-learn's LogisticRegression.

Every block is coded by a model that is fitted to the blocks before it, on features standardised there; a label to which
the model gives p after t items costs log2((t + K) / (t p + 1)) bits, one of the first block log2 K.

Run in this folder with scikit-learn 1.9.1 and NumPy: python3 make_codes.py
"""

import json

import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression

SHARES = [0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.0625, 0.125, 0.25, 0.5, 1]


def ends(n):
    found = []
    for share in SHARES:
        end = max(int(np.floor(share * n + 0.5)), 1)
        if not found or end > found[-1]:
            found.append(end)
    return found


def probabilities(x, y, new, penalty, standard):
    """Columns of the classes that occur; a class that does not has probability 0."""
    seen = np.unique(y)
    if len(seen) == 1:
        return {seen[0]: np.ones(len(new))}
    mean = x.mean(0)
    scale = x.std(0) if standard else np.ones(x.shape[1])
    constant = np.ptp(x, axis=0) == 0
    scale = np.where(constant, np.inf, scale)
    model = LogisticRegression(C=1 / penalty, tol=1e-12, max_iter=100_000)
    model.fit((x - mean) / scale, y)
    found = model.predict_proba((new - mean) / scale)
    return {label: found[:, j] for j, label in enumerate(model.classes_)}


def bits(x, y, order, penalty, standard, represented=True):
    k = len(np.unique(y))
    result = np.zeros(len(y))
    edges = ends(len(y))
    result[order[: edges[0]]] = np.log2(k)
    for start, end in zip(edges, edges[1:]):
        known, new = order[:start], order[start:end]
        if represented:
            found = probabilities(x[known], y[known], x[new], penalty, standard)
        else:
            # The best answer that is the same for all items: the classes' shares among all of them.
            found = {label: np.full(len(new), np.mean(y == label)) for label in np.unique(y)}
        for place, item in enumerate(new):
            p = found[y[item]][place] if y[item] in found else 0.0
            result[item] = np.log2((start + k) / (start * p + 1))
    return result


def main():
    rng = np.random.default_rng(20)
    cases = []
    for name, n, d, k in [("two classes", 90, 5, 2), ("four classes", 140, 4, 4), ("wide", 60, 80, 3), ("many classes", 300, 6, 9)]:
        x = np.round(rng.standard_normal((n, d)), 3)
        logits = x @ rng.standard_normal((d, k)) * 2 / np.sqrt(d) + rng.gumbel(size=(n, k))
        y = logits.argmax(1)
        y[:k] = np.arange(k)
        order = rng.permutation(n)
        edges = [0] + ends(n)
        expectations = [
            {
                "scale": scale,
                "penalty": penalty,
                "bits": [float(f"{b:.13g}") for b in bits(x, y, order, penalty, scale == "standard")],
            }
            for scale, penalty in [("standard", 1.0), ("none", 1.0), ("standard", 30.0)]
        ]
        cases.append(
            {
                "name": name,
                "x": x.tolist(),
                "labels": y.tolist(),
                "blocks": [order[a:b].tolist() for a, b in zip(edges, edges[1:])],
                "floor": float(np.mean(bits(x, y, order, 1.0, True, represented=False))),
                "expectations": expectations,
            }
        )
    with open("codes.json", "w") as file:
        json.dump({"versions": {"scikit-learn": sklearn.__version__, "numpy": np.__version__}, "cases": cases}, file, separators=(",", ":"))
        file.write("\n")


main()
