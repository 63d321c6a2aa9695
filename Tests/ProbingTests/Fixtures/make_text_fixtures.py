"""Makes text.json: token identity, positional consistency, spanning trees, rank correlations and the structural probe's loss
and gradient, by exact fractions, SciPy and plain NumPy.

Run in this folder with SciPy 1.17 and NumPy 2.4: python3 make_text_fixtures.py
"""

import collections
import fractions
import json

import numpy as np
import scipy
import scipy.sparse.csgraph
import scipy.stats

VERSIONS = {"scipy": scipy.__version__, "numpy": np.__version__}
rng = np.random.default_rng(20260)


def numbers(values, digits=12):
    if np.ndim(values) == 0:
        return float(f"{float(values):.{digits}g}")
    return [numbers(v, digits) for v in values]


# --- Nearest rows of whole numbers, by exact fractions --------------------------------------------------------------


def nearness(x, y, similarity):
    """What orders candidates y for one query x, exactly."""
    x, y = [int(v) for v in x], [int(v) for v in y]
    if similarity == "euclidean":
        return -fractions.Fraction(sum((a - b) ** 2 for a, b in zip(x, y)))
    dot, squares = sum(a * b for a, b in zip(x, y)), sum(b * b for b in y)
    # A cosine's sign and square (times the query's square length); no vector of zeros is at an angle of its own.
    return fractions.Fraction(0) if squares == 0 else fractions.Fraction(dot * abs(dot), squares)


def nearest(x, candidates, similarity):
    """Of pairs of an answer and a row, the answers of the rows that are nearest."""
    near = [(nearness(x, row, similarity), answer) for answer, row in candidates]
    if not near:
        return set()
    best = max(n for n, _ in near)
    return {answer for n, answer in near if n == best}


def credit(truth, answers):
    return 1 / len(answers) if truth in answers else 0


def identity(states, tokens, sentence_of, vocabulary, decoder, candidates, similarity):
    """Every sentence is a fold of its own."""
    sums = [0.0] * (max(sentence_of) + 1)
    for i, sentence in enumerate(sentence_of):
        own = {tokens[j] for j in range(len(tokens)) if sentence_of[j] == sentence}
        if decoder == "nearest":
            pairs = [(t, row) for t, row in vocabulary.items() if candidates == "vocabulary" or t in own]
        else:
            pairs = [
                (tokens[j], states[j]) for j in range(len(tokens))
                if sentence_of[j] != sentence and (candidates == "vocabulary" or tokens[j] in own)
            ]
        sums[sentence] += credit(tokens[i], nearest(states[i], pairs, similarity))
    return sums


def consistency(before, after, sentence_of, similarity):
    sums = [0.0] * (max(sentence_of) + 1)
    for i, sentence in enumerate(sentence_of):
        pairs = [(j, before[j]) for j in range(len(sentence_of)) if sentence_of[j] == sentence]
        sums[sentence] += credit(i, nearest(after[i], pairs, similarity))
    return sums


def position_only(tokens, sentence_of, position_in, candidates):
    sums = [0.0] * (max(sentence_of) + 1)
    for i, sentence in enumerate(sentence_of):
        own = {t for t, s in zip(tokens, sentence_of) if s == sentence}
        allowed = lambda t: candidates == "vocabulary" or t in own
        others = [j for j in range(len(tokens)) if sentence_of[j] != sentence and allowed(tokens[j])]
        counts = collections.Counter(tokens[j] for j in others if position_in[j] == position_in[i])
        counts = counts or collections.Counter(tokens[j] for j in others)
        best = {t for t, c in counts.items() if c == max(counts.values())} if counts else own
        sums[sentence] += credit(tokens[i], best)
    return sums


def ridge_identity(states, tokens, sentence_of, vocabulary, candidates, grid):
    """Ridge with the penalty of the least error of leaving out whole sentences and fitting again, then the nearest embedding by cosine."""
    states, sentence_of = np.array(states), np.array(sentence_of)
    targets = np.array([vocabulary[t] for t in tokens], dtype=float)
    sums = [0.0] * (sentence_of.max() + 1)
    for sentence in range(len(sums)):
        train, test = sentence_of != sentence, sentence_of == sentence
        mean, scale = states[train].mean(0), states[train].std(0)
        x, z = (states[train] - mean) / scale, (states[test] - mean) / scale
        y, own = targets[train], sentence_of[train]

        def fitted(rows, penalty, new):
            means, centred = x[rows].mean(0), x[rows] - x[rows].mean(0)
            solution = np.linalg.solve(
                centred.T @ centred + penalty * np.eye(x.shape[1]), centred.T @ (y[rows] - y[rows].mean(0)))
            return (new - means) @ solution + y[rows].mean(0)

        best = None
        for penalty in grid:
            error = sum(
                ((y[own == s] - fitted(own != s, penalty, x[own == s])) ** 2).sum() for s in np.unique(own))
            if best is None or error < best[0]:
                best = (error, fitted(own > -1, penalty, z))
        own = sorted({tokens[i] for i in np.flatnonzero(test)})
        answers = own if candidates == "sentence" else sorted(vocabulary)
        rows = np.array([vocabulary[t] for t in answers], dtype=float)
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        cosines = best[1] @ (rows / np.where(lengths > 0, lengths, 1)).T / np.linalg.norm(best[1], axis=1)[:, None]
        for place, i in enumerate(np.flatnonzero(test)):
            best_ones = {t for t, c in zip(answers, cosines[place]) if c >= cosines[place].max() - 1e-12}
            sums[sentence] += credit(tokens[i], best_ones)
    return sums


lengths = [5, 4, 1, 6, 3, 5]
sentence_of = [s for s, n in enumerate(lengths) for _ in range(n)]
position_in = [p for n in lengths for p in range(n)]
# Ids are no row numbers; rows of few small numbers tie often, and two embeddings are one and the same, one is none.
ids = [70, 3, 41, 8, 19, 55, 2, 60, 34]
embeddings = rng.integers(-2, 3, (len(ids), 3))
embeddings[4] = embeddings[1]
embeddings[6] = 0
vocabulary = dict(zip(ids, embeddings.tolist()))
tokens = [int(t) for t in rng.choice(ids, len(sentence_of))]
states = rng.integers(-2, 3, (len(tokens), 3))
states[0] = 0
later = states + rng.integers(-1, 2, states.shape)

real = rng.normal(size=(len(tokens), 4)) + np.array([vocabulary[t] for t in tokens]) @ rng.normal(size=(3, 4))
real = real.astype(np.float32).astype(float)
grid = [10.0 ** e for e in range(-1, 7)]

identities = {
    "sentenceOf": sentence_of, "positionIn": position_in, "tokens": tokens, "states": states.tolist(),
    "later": later.tolist(), "ids": ids, "embeddings": embeddings.tolist(), "real": real.tolist(),
    "cases": [
        {
            "decoder": decoder, "candidates": candidates, "similarity": similarity,
            "sums": numbers(identity(
                states.tolist(), tokens, sentence_of, vocabulary, decoder, candidates, similarity)),
        }
        for decoder in ["nearest", "nearest_token"] for candidates in ["sentence", "vocabulary"]
        for similarity in ["cosine", "euclidean"]
    ],
    "linear": {
        c: numbers(ridge_identity(real, tokens, sentence_of, vocabulary, c, grid))
        for c in ["sentence", "vocabulary"]
    },
    "positionOnly": {
        c: numbers(position_only(tokens, sentence_of, position_in, c)) for c in ["sentence", "vocabulary"]
    },
    "consistency": {
        s: numbers(consistency(states.tolist(), later.tolist(), sentence_of, s)) for s in ["cosine", "euclidean"]
    },
}

# --- Trees ----------------------------------------------------------------------------------------------------------


def random_heads(n):
    order = rng.permutation(n)
    heads = [None] * n
    for place in range(1, n):
        heads[order[place]] = int(order[rng.integers(0, place)])
    return heads


def tree_metric(heads):
    n = len(heads)
    graph = np.zeros((n, n))
    for word, head in enumerate(heads):
        if head is not None:
            graph[word, head] = 1
    distances = scipy.sparse.csgraph.shortest_path(graph, directed=False, unweighted=True)
    return distances.astype(int), distances[heads.index(None)].astype(int)


def spanning_tree(table, words):
    """With ties, the first words first; without, SciPy's."""
    pairs = sorted((table[i, j], i, j) for a, i in enumerate(words) for j in words[a + 1:])
    part = {w: {w} for w in words}
    edges = set()
    for _, i, j in pairs:
        if part[i] is not part[j]:
            edges.add((i, j))
            part[i] |= part[j]
            for w in part[j]:
                part[w] = part[i]
    # SciPy takes a distance of 0 for no edge.
    if len({p[0] for p in pairs} - {0}) == len(pairs) > 0:
        scipys = scipy.sparse.csgraph.minimum_spanning_tree(table[np.ix_(words, words)]).nonzero()
        assert edges == {tuple(sorted((words[a], words[b]))) for a, b in zip(*scipys)}
    return edges


def correlation(prediction, truth):
    if len(set(truth)) == 1:
        return None
    return 0.0 if len(set(prediction)) == 1 else scipy.stats.spearmanr(prediction, truth).statistic


def tree_case(n, ties):
    heads = random_heads(n)
    gold, depths = tree_metric(heads)
    skip = rng.random(n) < 0.2
    noisy = gold + rng.normal(scale=0.8, size=(n, n))
    table = np.tril(np.round(noisy) if ties else noisy, -1).astype(np.float32).astype(float)
    table = np.abs(table + table.T)
    predicted_depths = np.abs(depths + rng.normal(scale=0.8, size=n)).astype(np.float32).astype(float)
    if ties:
        predicted_depths = np.round(predicted_depths)
    words = [w for w in range(n) if not skip[w]]
    edges = {(i, j) for a, i in enumerate(words) for j in words[a + 1:] if gold[i, j] == 1}
    others = [[v for v in range(n) if v != w] for w in range(n)]
    found = [correlation(table[w, others[w]], gold[w, others[w]]) for w in range(n)] if 5 <= n <= 50 else []
    found = [f for f in found if f is not None]
    depth = correlation(predicted_depths, depths) if 5 <= n <= 50 else None
    counted = len(words) > 1 and not skip[heads.index(None)]
    least = min(predicted_depths[words], default=0)
    is_least = [w for w in words if predicted_depths[w] == least]
    return {
        "heads": heads, "skip": skip.tolist(), "distances": gold.flatten().tolist(), "depths": depths.tolist(),
        "table": numbers(table.flatten()), "predictedDepths": numbers(predicted_depths),
        "uuas": [len(spanning_tree(table, words) & edges), len(edges)],
        "spearman": [numbers(np.mean(found)) if found else 0, 1 if found else 0],
        "depthSpearman": [0 if depth is None else numbers(depth), 0 if depth is None else 1],
        "root": [credit(heads.index(None), is_least) if counted else 0, int(counted)],
    }


trees = [tree_case(n, ties) for ties in [False, True] for n in [1, 2, 4, 5, 7, 9, 12, 20, 51]]

# --- The structural probe's loss and its gradient, by central differences -----------------------------------------------


def distance_loss(b, states, golds):
    total = 0
    for h, gold in zip(states, golds):
        z = h @ b.T
        total += np.abs(gold - ((z[:, None] - z[None]) ** 2).sum(-1)).sum() / len(h) ** 2
    return total / len(states)


def depth_loss(b, states, golds):
    return sum(np.abs(g - ((h @ b.T) ** 2).sum(-1)).mean() for h, g in zip(states, golds)) / len(states)


def differences(loss, b, *data):
    gradient = np.zeros_like(b)
    for index in np.ndindex(*b.shape):
        step = np.zeros_like(b)
        step[index] = 1e-6
        gradient[index] = (loss(b + step, *data) - loss(b - step, *data)) / 2e-6
    return gradient


heads = [random_heads(n) for n in [6, 1, 4, 9]]
metrics = [tree_metric(h) for h in heads]
hidden = [rng.normal(size=(len(h), 5)).astype(np.float32).astype(float) for h in heads]
weights = (0.5 * rng.normal(size=(3, 5))).astype(np.float32).astype(float)
golds = {"distance": [m[0] for m in metrics], "depth": [m[1] for m in metrics]}
losses = {"distance": distance_loss, "depth": depth_loss}
gradients = {
    "heads": heads, "states": numbers(np.concatenate(hidden)), "weights": numbers(weights.flatten()),
    **{
        name: {
            "loss": numbers(losses[name](weights, hidden, golds[name])),
            "gradient": numbers(differences(losses[name], weights, hidden, golds[name]).flatten(), 8),
        }
        for name in golds
    },
}

with open("text.json", "w") as file:
    json.dump(
        {"versions": VERSIONS, "identity": identities, "trees": trees, "gradients": gradients}, file,
        separators=(",", ":"))
    file.write("\n")
