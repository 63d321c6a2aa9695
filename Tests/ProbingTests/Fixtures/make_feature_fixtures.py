"""Makes features.json: metrics of several target columns, floors, ceilings and whole procedures, by scikit-learn, SciPy
and plain NumPy.

Run in this folder with scikit-learn 1.9.1, SciPy and NumPy: python3 make_feature_fixtures.py
With a folder that holds mcrae-features.txt as argument, the reference figures on McRae et al. (2005) are made too; the
fixture keeps the folds and the figures, and nothing of the data.
"""

import csv
import json
import pathlib
import sys
import warnings

import numpy as np
import scipy.stats
import sklearn
from sklearn.decomposition import PCA
from sklearn.linear_model import Ridge
from sklearn.metrics import (
    average_precision_score, f1_score, label_ranking_average_precision_score, mean_squared_error,
    precision_recall_curve, r2_score,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

VERSIONS = {"scikit-learn": sklearn.__version__, "scipy": scipy.__version__, "numpy": np.__version__}
warnings.simplefilter("ignore")


def numbers(values, digits=15):
    if np.ndim(values) == 0:
        return float(f"{float(values):.{digits}g}")
    return [numbers(v, digits) for v in values]


# --- Metrics ----------------------------------------------------------------------------------------------------
# predictions, truth: items by columns. fits: per fold, items by columns, of which the training items count.


def top(p, k):
    return np.argsort(-p, kind="stable")[:k]


def average_precision(p, gold):
    """By ranks, ties to the column that stands first."""
    order = np.argsort(-p, kind="stable")
    hits = gold[order]
    return float(np.sum(np.cumsum(hits) * hits / np.arange(1, len(p) + 1)) / hits.sum())


def best_threshold(values, gold):
    """The highest threshold of the largest F1, halfway to the next lower value."""
    if not gold.any():
        return np.inf
    precision, recall, thresholds = precision_recall_curve(gold, values)
    f1 = 2 * precision[:-1] * recall[:-1] / np.maximum(precision[:-1] + recall[:-1], 1e-300)
    best = thresholds[np.flatnonzero(f1 >= f1.max() - 1e-12)[-1]]
    lower = values[values < best]
    return (best + lower.max()) / 2 if len(lower) else -np.inf


def nearness(p, targets, similarity):
    if similarity == "euclidean":
        return -np.sqrt(((targets - p) ** 2).sum(1))
    norms = np.linalg.norm(targets, axis=1) * np.linalg.norm(p)
    return np.where(norms > 0, targets @ p / np.where(norms > 0, norms, 1), 0)


def by_item(values, weights):
    """The weighted mean over items; None stands for an item that does not count."""
    pairs = [(v, w) for v, w in zip(values, weights) if v is not None]
    total = sum(w for _, w in pairs)
    return sum(v * w for v, w in pairs) / total if total > 0 else 0.0


def score(metric, predictions, truth, fold, weights, fits=None, **parameters):
    rows = np.repeat(np.arange(len(fold)), weights)
    p, t = predictions, truth
    gold = t > 0
    if metric == "mse":
        return mean_squared_error(t, p, sample_weight=weights)
    if metric in ("r2", "r2_per_feature"):
        means = np.array([t[fold != f].mean(0) for f in range(fold.max() + 1)])
        loss = ((t - p) ** 2)[rows].sum(0)
        base = ((t - means[fold]) ** 2)[rows].sum(0)
        if metric == "r2":
            return 1 - loss.sum() / base.sum()
        counts = np.ptp(t, axis=0) > 0
        return float(np.mean(1 - loss[counts] / base[counts]))
    if metric == "spearman_per_feature":
        columns = []
        for j in range(t.shape[1]):
            total = size = 0.0
            for f in range(fold.max() + 1):
                own = rows[fold[rows] == f]
                if len(own) < 2 or np.ptp(t[own, j]) == 0:
                    continue
                flat = np.ptp(p[own, j]) == 0
                total += (0.0 if flat else scipy.stats.spearmanr(p[own, j], t[own, j]).statistic) * len(own)
                size += len(own)
            if size > 0:
                columns.append(total / size)
        return float(np.mean(columns)) if columns else 0.0
    if metric == "spearman_per_item":

        def rho(a, b):
            if np.ptp(b) == 0:
                return None
            return 0.0 if np.ptp(a) == 0 else scipy.stats.spearmanr(a, b).statistic

        return by_item([rho(a, b) for a, b in zip(p, t)], weights)
    if metric in ("f1_micro", "f1_macro"):
        guess = np.zeros(t.shape, int)
        for f in range(fold.max() + 1):
            for j in range(t.shape[1]):
                if parameters.get("threshold") is not None:
                    threshold = parameters["threshold"]
                elif metric == "f1_micro":
                    threshold = best_threshold(fits[f][fold != f].ravel(), gold[fold != f].ravel())
                else:
                    threshold = best_threshold(fits[f][fold != f, j], gold[fold != f, j])
                guess[fold == f, j] = p[fold == f, j] > threshold
        if metric == "f1_micro":
            return f1_score(gold[rows].ravel(), guess[rows].ravel(), average="binary", zero_division=0.0)
        counts = gold[rows].any(0) | guess[rows].any(0)
        if not counts.any():
            return 0.0
        columns = [f1_score(gold[rows, j], guess[rows, j]) for j in np.flatnonzero(counts)]
        if counts.sum() > 1:
            whole = f1_score(gold[rows], guess[rows], average="macro", zero_division=np.nan)
            assert abs(whole - np.mean(columns)) < 1e-12
        return float(np.mean(columns))
    if metric == "precision_at_k":
        k = parameters.get("k")
        return by_item(
            [g[top(a, int(g.sum()) if k is None else k)].mean() if g.any() else None for a, g in zip(p, gold)],
            weights,
        )
    if metric == "mean_average_precision":
        values = [average_precision(a, g) if g.any() else None for a, g in zip(p, gold)]
        for a, g, v in zip(p, gold, values):
            if g.any() and len(set(a)) == len(a) and np.isfinite(a).all():
                assert abs(average_precision_score(g, a) - v) < 1e-12
                assert abs(label_ranking_average_precision_score(g[None], a[None]) - v) < 1e-12
        return by_item(values, weights)
    if metric == "neighbourhood_accuracy":
        n, found = parameters["n"], []
        for i, a in enumerate(p):
            near = nearness(a, t, parameters["similarity"])
            tolerance = 1e-9 * max(1, abs(near[i]))
            tied = np.abs(near - near[i]) <= tolerance
            nearer = (near > near[i]) & ~tied
            found.append(min(max((n - nearer.sum()) / tied.sum(), 0), 1))
        return by_item(found, weights)
    raise ValueError(metric)


PLAIN = [
    ("r2_per_feature", {}), ("mse", {}), ("spearman_per_feature", {}), ("spearman_per_item", {}),
    ("neighbourhood_accuracy", {"n": 3, "similarity": "cosine"}),
    ("neighbourhood_accuracy", {"n": 5, "similarity": "euclidean"}),
]
RANKED = [
    ("precision_at_k", {}), ("precision_at_k", {"k": 1}), ("precision_at_k", {"k": 4}),
    ("mean_average_precision", {}),
]
DECIDED = [("f1_micro", {}), ("f1_macro", {}), ("f1_micro", {"threshold": 0.4}), ("f1_macro", {"threshold": 0.4})]


def weightings(rng, n):
    alone = np.ones(n, int)
    alone[3] = 0
    return [
        np.ones(n, int), rng.poisson(1, n), (rng.random(n) < 0.3) * rng.integers(1, 5, n), alone,
    ]


def metric_cases(rng):
    n, q = 31, 9
    fold = rng.permutation(np.arange(n) % 4)
    cases = []

    def add(name, metric, parameters, predictions, truth, fold=fold):
        fits = [np.round(truth + rng.standard_normal(truth.shape), 1) for _ in range(fold.max() + 1)]
        reads = metric.startswith("f1") and "threshold" not in parameters
        ws = weightings(rng, len(fold))
        cases.append(
            {
                "name": name, "metric": metric, "parameters": parameters,
                "predictions": predictions.T.tolist(), "truth": truth.tolist(), "fold": fold.tolist(),
                "fits": [f.T.tolist() for f in fits] if reads else [],
                "weights": [w.tolist() for w in ws],
                "scores": [numbers(score(metric, predictions, truth, fold, w, fits, **parameters)) for w in ws],
            }
        )

    real = np.round(rng.standard_normal((n, q)) * np.logspace(-1, 2, q) + np.linspace(-50, 500, q), 3)
    noisy = np.round(real + rng.standard_normal((n, q)) * np.logspace(-1, 2, q), 6)
    coarse = np.round(rng.standard_normal((n, q)))
    constant = coarse.copy()
    constant[:, 2] = 0.1
    constant[5] = 2
    flat = np.round(rng.standard_normal((n, q)), 1)
    flat[:, 3] = 0.25
    flat[7] = 0.5
    for metric, parameters in PLAIN:
        add("no ties, columns of different size", metric, parameters, noisy, real)
        add("ties", metric, parameters, np.round(coarse + rng.standard_normal((n, q))), coarse)
        add("constant rows and columns", metric, parameters, flat, constant)
    same = coarse.copy()
    same[10:14] = same[2]
    for metric, parameters in PLAIN[-2:]:
        add("items with equal targets", metric, parameters, np.round(same + rng.standard_normal((n, q)), 2), same)
        add("zeros", metric, parameters, np.where(np.arange(n)[:, None] % 5 == 0, 0, coarse), np.where(np.arange(n)[:, None] % 7 == 0, 0, same))

    sparse = (rng.random((n, q)) < 0.3).astype(float)
    sparse[4], sparse[9] = 0, 1
    sparse[:, 6] = 0
    strengths = sparse * rng.integers(1, 30, (n, q))
    for gold, truth in [("ones", sparse), ("positive", strengths)]:
        for metric, parameters in RANKED:
            p = dict(parameters, gold=gold)
            add(f"no ties, {gold}", metric, p, np.round(truth + 2 * rng.standard_normal((n, q)), 6), truth)
            add(f"ties, {gold}", metric, p, np.round((truth > 0) + rng.standard_normal((n, q))), truth)
            add(f"constant predictions, {gold}", metric, p, np.full((n, q), 0.25), truth)
    wide = (rng.random((12, 160)) < 0.4).astype(float)
    for metric, parameters in [("precision_at_k", {}), ("precision_at_k", {"k": 120}), ("mean_average_precision", {})]:
        add("many columns, ties", metric, dict(parameters, gold="ones"), np.round(wide + rng.standard_normal(wide.shape), 1), wide, np.arange(12) % 3)
    for metric, parameters in DECIDED:
        add("no ties", metric, parameters, np.round(sparse + 0.6 * rng.standard_normal((n, q)), 6), sparse)
        add("ties", metric, parameters, np.round(sparse + 0.6 * rng.standard_normal((n, q)), 1), sparse)
        add("nothing is predicted", metric, parameters, np.full((n, q), -9.0), sparse)
        add("one column", metric, parameters, np.round(sparse[:, :1] + 0.6 * rng.standard_normal((n, 1)), 1), sparse[:, :1])

    # Where all training means are the overall mean, r2_per_feature is scikit-learn's.
    block = np.round(rng.standard_normal((8, q)), 3)
    truth, even = np.tile(block, (4, 1)), np.repeat(np.arange(4), 8)
    guess = np.round(truth + rng.standard_normal(truth.shape), 3)
    ours = score("r2_per_feature", guess, truth, even, np.ones(32, int))
    assert abs(ours - r2_score(truth, guess, multioutput="uniform_average")) < 1e-12
    add("equal folds", "r2_per_feature", {}, guess, truth, even)
    return cases


# --- Whole procedures -------------------------------------------------------------------------------------------

EVERY = PLAIN + [(m, dict(p, gold="positive")) for m, p in RANKED]


def ridge_predictions(x, y, fold, penalty):
    predictions, fits = np.zeros_like(y), []
    for f in range(fold.max() + 1):
        model = make_pipeline(StandardScaler(), Ridge(alpha=penalty, solver="svd")).fit(x[fold != f], y[fold != f])
        predictions[fold == f] = model.predict(x[fold == f])
        fits.append(model.predict(x))
    return predictions, fits


def procedure(rng, binary):
    n, d, q, penalty = 44, 5, 8, 20.0
    x = np.round(rng.standard_normal((n, d)) * 3 + 100, 3)
    z = (x - 100) / 3 @ rng.standard_normal((d, q)) + rng.standard_normal((n, q))
    if binary:
        y = (z > np.quantile(z, np.linspace(0.3, 0.85, q), axis=0).diagonal()).astype(float)
    else:
        # Means from 3 to 300, spreads that do not follow them, and zeros.
        y = np.round(np.maximum(z * np.array([1, 5, 0.5, 20, 2, 1, 8, 3]) + np.geomspace(3, 300, q), 0), 3)
        y[rng.random((n, q)) < 0.2] = 0
    fold = rng.permutation(np.arange(n) % 4)
    orders = [np.arange(n)] + [rng.permutation(n) for _ in range(12)]
    metrics = PLAIN + [(m, dict(p, gold="ones" if binary else "positive")) for m, p in RANKED]
    if binary:
        metrics = metrics + DECIDED
    scores = []
    for metric, parameters in metrics:
        values = []
        for order in orders:
            p, fits = ridge_predictions(x, y[order], fold, penalty)
            values.append(numbers(score(metric, p, y[order], fold, np.ones(n, int), fits, **parameters), 13))
        scores.append({"metric": metric, "parameters": parameters, "scores": values})
    return {
        "name": "0/1 columns" if binary else "columns of different means", "x": x.tolist(), "truth": y.tolist(),
        "fold": fold.tolist(), "penalty": penalty, "orders": [o.tolist() for o in orders[1:]], "scores": scores,
    }


# --- Predictors that never see the representation, or see the truth ----------------------------------------------


def references(rng):
    """A sparse set of norms with features of one item, of one fold and of all items."""
    n, q, k = 40, 30, 4
    fold = rng.permutation(np.arange(n) % 4)
    groups = rng.integers(0, 6, n)
    groups[7] = 99  # a group of its own
    popularity = np.linspace(0.02, 0.6, q)[rng.permutation(q)]
    lean = rng.random((100, q)) < 0.5
    y = (rng.random((n, q)) < popularity * np.where(lean[groups], 1.4, 0.4)).astype(float)
    y[:, 3], y[11, 4] = 0, 1
    y[:, 4] = np.arange(n) == 11
    y[:, 8] = fold == 2
    y[:, 9] = fold != 1
    y[2] = 0
    y[2, 4] = 0
    strengths = y * rng.integers(1, 30, (n, q))
    cases = []
    for kind, truth in [("ones", y), ("positive", strengths)]:
        metrics = PLAIN + [("r2", {})] + [(m, dict(p, gold=kind)) for m, p in RANKED] + (DECIDED if kind == "ones" else [])
        for metric, parameters in metrics:
            decided = "threshold" in parameters
            found = {}
            for what in ["floor", "ceiling", "groups", "rank"]:
                p, fits = np.zeros_like(truth), []
                for f in range(4):
                    train = truth[fold != f]
                    mean, varies = train.mean(0), np.ptp(train, axis=0) > 0
                    if what == "floor":
                        guess = np.tile(mean, (n, 1))
                    elif what == "ceiling":
                        unseen = -np.inf if metric in ("precision_at_k", "mean_average_precision") else 0.0
                        rest = np.where(mean > 0, mean, unseen)
                        told = np.where(truth > 0, 1e9, -1e9) if decided else truth
                        guess = np.where(varies, told, rest)
                    elif what == "groups":
                        guess = np.tile(mean, (n, 1))
                        for g in set(groups[fold != f]):
                            guess[groups == g] = truth[(fold != f) & (groups == g)].mean(0)
                    else:
                        pca = PCA(k, svd_solver="full").fit(train)
                        guess = np.where(varies, pca.inverse_transform(pca.transform(truth)), mean)
                    p[fold == f] = guess[fold == f]
                    fits.append(guess)
                if what == "floor" and metric.startswith("f1"):
                    found[what] = numbers(best_taken(truth, metric), 13)
                    continue
                found[what] = numbers(score(metric, p, truth, fold, np.ones(n, int), fits, **parameters), 13)
            cases.append({"metric": metric, "parameters": parameters, "gold": kind, **found})
    return {
        "ones": y.tolist(), "positive": strengths.tolist(), "fold": fold.tolist(), "groups": groups.tolist(),
        "components": k, "cases": cases,
    }


def best_taken(truth, metric):
    """The best F1 of an answer that takes some columns for every item and the others for none; pooled, by Dinkelbach's method:
    2 hits / cells is largest where 2 hits - ratio * cells is 0 at its maximum."""
    gold, n = truth.sum(0), len(truth)
    if metric == "f1_macro":
        return np.mean([2 * g / (n + g) for g in gold if g > 0])
    ratio = 0.0
    while True:
        taken = 2 * gold - ratio * n > 0
        found = 2 * gold[taken].sum() / (taken.sum() * n + gold.sum())
        if found <= ratio:
            return ratio
        ratio = found


def mcrae(folder):
    """As mcrae_reference.py beside the data: floor, ceiling, and more of the same kind."""
    with open(pathlib.Path(folder) / "mcrae-features.txt") as file:
        rows = [(r[0].strip(), float(r[1]), r[2].strip().lower()) for r in csv.reader(file, delimiter="\t")]
    concepts, features = sorted({r[0] for r in rows}), sorted({r[2] for r in rows})
    y = np.zeros((len(concepts), len(features)))
    for c, v, f in rows:
        y[concepts.index(c), features.index(f)] += v
    fold = np.zeros(len(concepts), int)
    for f, test in enumerate(np.array_split(np.random.default_rng(0).permutation(len(concepts)), 10)):
        fold[test] = f
    floor, ceiling = np.zeros_like(y), np.zeros_like(y)
    for f in range(10):
        train, test = fold != f, fold == f
        floor[test] = y[train].mean(0)
        ceiling[test] = np.where((y[train] > 0).any(0), y[test], -np.inf)
    ones = np.ones(len(y), int)
    return {
        "fold": fold.tolist(), "shape": list(y.shape),
        "density": numbers((y > 0).mean()), "singletons": numbers(((y > 0).sum(0) == 1).mean()),
        "precisionFloor": numbers(score("precision_at_k", floor, y, fold, ones)),
        "precisionCeiling": numbers(score("precision_at_k", ceiling, y, fold, ones)),
        "averagePrecisionFloor": numbers(score("mean_average_precision", floor, y, fold, ones)),
        "mseFloor": numbers(score("mse", floor, y, fold, ones)),
    }


if __name__ == "__main__":
    path = pathlib.Path("features.json")
    if len(sys.argv) > 1:
        reference = mcrae(sys.argv[1])
    else:
        reference = json.loads(path.read_text())["mcrae"]
    content = {
        "versions": VERSIONS, "cases": metric_cases(np.random.default_rng(40)),
        "procedures": [procedure(np.random.default_rng(41), False), procedure(np.random.default_rng(42), True)],
        "references": references(np.random.default_rng(43)), "mcrae": reference,
    }
    path.write_text(json.dumps(content, separators=(",", ":")) + "\n")
