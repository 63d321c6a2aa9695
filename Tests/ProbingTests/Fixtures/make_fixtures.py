"""Makes the fixtures of ProbingTests: what scikit-learn, SciPy and plain NumPy answer.

Run in this folder with scikit-learn 1.9.1, SciPy and NumPy: python3 make_fixtures.py
"""

import itertools
import json
import warnings

import numpy as np
import scipy.stats
import sklearn
from sklearn.linear_model import Ridge, RidgeCV
from sklearn.metrics import accuracy_score, balanced_accuracy_score, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

GRID = [0.1, 1, 10, 100, 1e3, 1e4, 1e5, 1e6]
VERSIONS = {"scikit-learn": sklearn.__version__, "scipy": scipy.__version__, "numpy": np.__version__}


def numbers(values, digits=13):
    """Nested lists of numbers with `digits` significant digits."""
    if np.ndim(values) == 0:
        return float(f"{float(values):.{digits}g}")
    return [numbers(v, digits) for v in values]


def write(name, content):
    with open(name, "w") as file:
        json.dump(content, file, separators=(",", ":"))
        file.write("\n")


def balanced_folds(rng, n, k):
    return rng.permutation(np.arange(n) % k)


def pipeline(model, scale):
    return make_pipeline(StandardScaler(), model) if scale == "standard" else model


# --- Ridge ------------------------------------------------------------------------------------------------------


def representations(rng):
    def normal(n, d, digits=3):
        return np.round(rng.standard_normal((n, d)), digits)

    yield "more items than dimensions", normal(48, 7), 5
    yield "fewer items than dimensions", normal(24, 40), 4
    yield "as many training items as dimensions", normal(30, 24), 5
    x = normal(36, 11)
    x[:, 3] = 0.1
    x[:, 5] = 12345.678
    x[:, 7] = x[:, 2]
    x[:, 8] = -2 * x[:, 1]
    x[:, 9] = 0
    x[17, 9] = 1  # constant in one training fold, not in its test fold
    yield "constant and duplicated columns", x, 4
    x = normal(36, 10, 4) * np.logspace(-2, 2, 10)
    x[:, 0] += 1e4
    x[:, 4] += 29000
    x[:, 9] -= 3e4
    yield "badly scaled columns", np.round(x, 6), 4
    x = normal(20, 30, 4) * np.logspace(2, -2, 30) + 1e4
    yield "badly scaled, fewer items than dimensions", np.round(x, 6), 5


def ridge_targets(rng, x):
    n = len(x)
    z = (x - x.mean(0)) / np.where(x.std(0) > 1e-9, x.std(0), 1)
    signal = z @ rng.standard_normal((x.shape[1], 3)) / np.sqrt(x.shape[1])
    numeric = signal + rng.standard_normal((n, 3))
    numeric = np.round(numeric * [1, 10, 0.1] + [0, 500, -3], 4)
    binary = (signal[:, 0] + rng.standard_normal(n) > 0.3).astype(int)
    four = rng.permutation(np.arange(n) % 4)
    four[: n // 8] = 0
    return {
        "single": numeric[:, :1],
        "multi": numeric,
        "binary": binary[:, None].astype(float),
        "classes": np.eye(4)[four],
    }, {"numeric": numeric, "binary": binary, "classes": four}


def loo_error(x, y, penalty):
    """Leave-one-out squared error by leaving one out. The scale is that of the whole training fold, as in a pipeline."""
    total = 0.0
    for i in range(len(x)):
        keep = np.arange(len(x)) != i
        model = Ridge(alpha=penalty, solver="svd").fit(x[keep], y[keep])
        total += np.sum((y[i] - model.predict(x[i : i + 1]).reshape(-1)) ** 2)
    return total


def gcv_error(x, y, penalty):
    """Golub, Heath & Wahba 1979, with the intercept among the degrees of freedom."""
    m = len(x)
    centred = x - x.mean(0)
    hat = centred @ np.linalg.solve(centred.T @ centred + penalty * np.eye(x.shape[1]), centred.T) + 1 / m
    residual = y - hat @ y
    return m * np.sum(residual**2) / (m - np.trace(hat)) ** 2


def ridge_fixture():
    rng = np.random.default_rng(20)
    cases = []
    for name, x, k in representations(rng):
        fold = balanced_folds(rng, len(x), k)
        columns, raw = ridge_targets(rng, x)
        expectations = []
        for target, y in columns.items():
            for scale in ["standard", "none"]:
                for rule in [0.5, 100.0, "loo", "gcv"]:
                    predictions = np.zeros_like(y)
                    penalties = []
                    for f in range(k):
                        train, test = fold != f, fold == f
                        scaler = StandardScaler().fit(x[train])
                        a, b = (
                            (scaler.transform(x[train]), scaler.transform(x[test]))
                            if scale == "standard"
                            else (x[train], x[test])
                        )
                        if rule == "loo":
                            penalty = float(RidgeCV(alphas=GRID).fit(a, y[train]).alpha_)
                            errors = [loo_error(a, y[train], p) for p in GRID]
                            assert penalty == GRID[int(np.argmin(errors))], (name, target, scale, f, errors)
                        elif rule == "gcv":
                            penalty = GRID[int(np.argmin([gcv_error(a, y[train], p) for p in GRID]))]
                        else:
                            penalty = rule
                        penalties.append(penalty)
                        model = pipeline(Ridge(alpha=penalty, solver="svd"), scale).fit(x[train], y[train])
                        predictions[test] = model.predict(x[test]).reshape(-1, y.shape[1])
                    expectations.append(
                        {
                            "target": target,
                            "scale": scale,
                            "rule": rule if isinstance(rule, str) else "fixed",
                            "penalties": penalties,
                            "predictions": numbers(predictions.T),
                        }
                    )
        cases.append(
            {
                "name": name,
                "x": x.tolist(),
                "fold": fold.tolist(),
                "numeric": raw["numeric"].tolist(),
                "binary": raw["binary"].tolist(),
                "classes": raw["classes"].tolist(),
                "expectations": expectations,
            }
        )
    write("ridge.json", {"versions": VERSIONS, "grid": GRID, "cases": cases})


# --- Metrics ----------------------------------------------------------------------------------------------------


def by_fold(fold, weights, score):
    """Fold scores averaged by fold size; folds in which the score is not defined do not count."""
    total = size = 0.0
    for f in range(fold.max() + 1):
        rows = np.repeat(np.flatnonzero(fold == f), weights[fold == f])
        value = score(rows)
        if value is not None:
            total += value * len(rows)
            size += len(rows)
    return None if size == 0 else total / size


def metric_score(metric, predictions, truth, fold, weights):
    """`predictions`: items by columns. `weights`: how often every row stands in the sample."""
    rows = np.repeat(np.arange(len(fold)), weights)
    if metric == "r2":
        means = np.array([truth[fold != f].mean(0) for f in range(fold.max() + 1)])
        loss, base = (truth - predictions) ** 2, (truth - means[fold]) ** 2
        return 1 - loss[rows].sum() / base[rows].sum()
    if metric in ("accuracy", "balanced_accuracy"):
        guess = np.argmax(predictions, 1) if predictions.shape[1] > 1 else (predictions[:, 0] > 0.5).astype(int)
        score = accuracy_score if metric == "accuracy" else balanced_accuracy_score
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # predicted classes that do not occur
            return score(truth[rows], guess[rows])
    if metric == "auc":

        def auc(rows):
            y = truth[rows]
            return roc_auc_score(y, predictions[rows, 0]) if 0 < y.sum() < len(y) else None

        value = by_fold(fold, weights, auc)
        return 0.5 if value is None else value

    def spearman(rows):
        if len(rows) < 2 or np.ptp(truth[rows, 0]) == 0:
            return None
        if np.ptp(predictions[rows, 0]) == 0:
            return 0.0
        return scipy.stats.spearmanr(predictions[rows, 0], truth[rows, 0]).statistic

    value = by_fold(fold, weights, spearman)
    return 0.0 if value is None else value


def metrics_fixture():
    rng = np.random.default_rng(21)
    cases = []

    def add(name, metric, predictions, truth, fold):
        n = len(fold)
        weightings = [np.ones(n, int), rng.poisson(1, n), (rng.random(n) < 0.3) * rng.integers(1, 5, n)]
        leave_one_out = np.ones(n, int)
        leave_one_out[3] = 0
        weightings.append(leave_one_out)
        cases.append(
            {
                "name": name,
                "metric": metric,
                "predictions": predictions.T.tolist(),
                "truth": truth.tolist() if metric in ("r2", "spearman") else [[int(t)] for t in truth],
                "fold": fold.tolist(),
                "weights": [w.tolist() for w in weightings],
                "scores": [numbers(metric_score(metric, predictions, truth, fold, w), 15) for w in weightings],
            }
        )

    n = 37
    fold = balanced_folds(rng, n, 4)
    truth = np.round(rng.standard_normal((n, 3)) * [1, 20, 0.2] + [0, 3, 100], 3)
    add("one column", "r2", np.round(truth[:, :1] + rng.standard_normal((n, 1)), 3), truth[:, :1], fold)
    add("three columns", "r2", np.round(truth + rng.standard_normal((n, 3)), 3), truth, fold)
    add("worse than the mean", "r2", np.round(-4 * truth, 3), truth, fold)

    for classes, name in [(2, "two classes"), (5, "five classes")]:
        labels = rng.integers(0, classes, n)
        labels[0], labels[1] = 0, classes - 1
        noise = rng.standard_normal((n, classes))
        predictions = np.round(np.eye(classes)[labels] + noise, 2)
        if classes == 2:
            predictions = predictions[:, 1:]
        for metric in ["accuracy", "balanced_accuracy"]:
            add(name, metric, predictions, labels, fold)
    labels = np.where(np.arange(n) < 4, 1, 0) + np.where(np.arange(n) == 7, 2, 0)
    alone = np.where(labels == 2, 0, np.arange(n) % 4)  # class 2 stands in one fold only
    for metric in ["accuracy", "balanced_accuracy"]:
        add("rare classes", metric, np.round(rng.random((n, 3)), 1), labels, alone)
        add("all predictions equal", metric, np.full((n, 3), 0.25), labels, alone)

    y = rng.integers(0, 2, n)
    add("no ties", "auc", np.round(y[:, None] + rng.standard_normal((n, 1)), 6), y, fold)
    add("ties", "auc", np.round(y[:, None] + rng.standard_normal((n, 1))), y, fold)
    add("constant predictions", "auc", np.full((n, 1), 0.3), y, fold)
    add("a fold of one class", "auc", np.round(y[:, None] + rng.standard_normal((n, 1)), 1), np.where(fold == 1, 1, y), fold)
    uneven = np.where(np.arange(n) < 20, 0, np.where(np.arange(n) < 34, 1, 2))
    add("uneven folds", "auc", np.round(y[:, None] + rng.standard_normal((n, 1)), 1), y, uneven)

    t = np.round(rng.standard_normal((n, 1)), 3)
    add("no ties", "spearman", np.round(t + rng.standard_normal((n, 1)), 6), t, fold)
    add("ties", "spearman", np.round(t + rng.standard_normal((n, 1))), np.round(t), fold)
    add("constant predictions in one fold", "spearman", np.where(fold[:, None] == 2, 0.5, t), t, fold)
    add("constant truth in one fold", "spearman", np.round(t + rng.standard_normal((n, 1)), 1), np.where(fold[:, None] == 2, 0.5, t), fold)
    add("uneven folds", "spearman", np.round(t + rng.standard_normal((n, 1)), 1), t, uneven)
    write("metrics.json", {"versions": VERSIONS, "cases": cases})


# --- Permutation tests ------------------------------------------------------------------------------------------


def refit_score(metric, x, y, fold, scale, rule):
    """The whole procedure by scikit-learn, on one arrangement of the targets (numbers, or 0/1 classes)."""
    predictions = np.zeros((len(y), 1))
    for f in range(fold.max() + 1):
        train, test = fold != f, fold == f
        model = RidgeCV(alphas=GRID) if rule == "loo" else Ridge(alpha=rule, solver="svd")
        model = pipeline(model, scale).fit(x[train], y[train])
        predictions[test, 0] = model.predict(x[test])
    truth = y[:, None] if metric in ("r2", "spearman") else y.astype(int)
    return metric_score(metric, predictions, truth, fold, np.ones(len(y), int))


def permutation_fixture():
    rng = np.random.default_rng(22)
    exact = []

    def add(name, metric, x, y, fold, rule, groups=None, blocks=None, by_items=None):
        """Every arrangement of the units' targets, equal ones counted once."""
        units = np.arange(len(y)) if groups is None else np.asarray(groups)
        names, first, unit_of = np.unique(units, return_index=True, return_inverse=True)
        labels = y[first]
        block = np.zeros(len(names), int) if blocks is None else np.asarray(blocks)[first]
        choices = [
            sorted(set(itertools.permutations(labels[block == b].tolist()))) for b in np.unique(block)
        ]
        scores = []
        for parts in itertools.product(*choices):
            arranged = np.zeros(len(names))
            for b, part in zip(np.unique(block), parts):
                arranged[block == b] = part
            scores.append(refit_score(metric, x, arranged[unit_of], fold, "standard", rule))
        observed = refit_score(metric, x, y, fold, "standard", rule)
        scores = np.sort(scores)
        tied = np.sum(np.abs(scores - observed) < 1e-6 * (1 + abs(observed)))
        assert tied == np.sum(np.abs(scores - observed) < 1e-11 * (1 + abs(observed))), "a near tie: another seed"
        exact.append(
            {
                "name": name,
                "metric": metric,
                "x": x.tolist(),
                "y": y.tolist(),
                "fold": fold.tolist(),
                "penalty": rule if isinstance(rule, float) else None,
                "groups": None if groups is None else list(map(int, groups)),
                "blocks": None if blocks is None else list(map(int, blocks)),
                "observed": numbers(observed),
                "scores": numbers(scores),
                "p": float(np.mean(scores >= observed - 1e-11 * (1 + abs(observed)))),
            }
        )

    def normal(n, d):
        return np.round(rng.standard_normal((n, d)), 3)

    x = normal(6, 2)
    y = np.round(x[:, 0] + 0.3 * rng.standard_normal(6), 3)
    add("free, distinct numbers", "r2", x, y, np.arange(6) % 3, "loo")
    add("free, tied numbers", "r2", x, np.round(y), np.arange(6) % 3, 1.0)
    add("free, rank correlation", "spearman", x, y, np.arange(6) % 2, 1.0)
    x = normal(10, 3)
    y = (x[:, 0] + 0.5 * rng.standard_normal(10) > 0).astype(float)
    fold = balanced_folds(rng, 10, 5)
    add("free, two classes", "accuracy", x, y, fold, "loo")
    add("free, two classes, recall", "balanced_accuracy", x, y, fold, "loo")
    add("free, two classes, area", "auc", x, y, balanced_folds(rng, 10, 2), 1.0)
    x = normal(9, 2)
    y = np.round(x[:, 1] + np.repeat([0, 5, 9], 3), 3)
    add("within blocks", "r2", x, y, balanced_folds(rng, 9, 3), "loo", blocks=np.repeat([4, 2, 9], 3))
    types = np.array([7, 7, 1, 1, 1, 3, 3, 8, 8, 8, 5, 5])
    vector = dict(zip([7, 1, 3, 8, 5], normal(5, 2)))
    x = np.array([vector[t] for t in types]) + 0.2 * normal(12, 2)
    y = np.array([round(float(vector[t][0]), 3) for t in types])
    fold = balanced_folds(rng, 12, 3)
    add("over types", "r2", x, y, fold, "loo", groups=types)
    types = np.array([7, 7, 1, 1, 1, 3, 3, 8, 8, 8, 5, 5, 6])
    vector[6] = normal(1, 2)[0]
    x = np.round(np.array([vector[t] for t in types]) + 0.2 * normal(13, 2), 4)
    y = np.array([round(float(vector[t][0]), 3) for t in types])
    add(
        "over types, within blocks", "r2", x, y, balanced_folds(rng, 13, 3), 1.0,
        groups=types, blocks=np.where(np.isin(types, [7, 1, 3]), 0, 1),
    )

    # A null distribution by Monte Carlo, from SciPy's own permutation test with the same statistic.
    n, d, k, penalty = 30, 5, 5, 10.0
    x = normal(n, d)
    y = np.round(0.3 * x[:, 0] + rng.standard_normal(n), 3)
    fold = balanced_folds(rng, n, k)
    smoother = np.zeros((n, n))
    baseline = np.zeros((n, n))
    for f in range(k):
        train, test = np.flatnonzero(fold != f), np.flatnonzero(fold == f)
        model = pipeline(Ridge(alpha=penalty, solver="svd"), "standard").fit(x[train], np.eye(len(train)))
        smoother[np.ix_(test, train)] = model.predict(x[test])
        baseline[np.ix_(test, train)] = 1 / len(train)

    def statistic(y, axis=-1):
        error = y - y @ smoother.T
        base = y - y @ baseline.T
        return 1 - (error**2).sum(axis) / (base**2).sum(axis)

    assert abs(statistic(y) - refit_score("r2", x, y, fold, "standard", penalty)) < 1e-12
    result = scipy.stats.permutation_test(
        (y,), statistic, permutation_type="pairings", vectorized=True, n_resamples=200_000, batch=5_000,
        alternative="greater", rng=np.random.default_rng(23),
    )
    null = result.null_distribution
    monte_carlo = {
        "x": x.tolist(), "y": y.tolist(), "fold": fold.tolist(), "penalty": penalty,
        "observed": numbers(result.statistic), "p": numbers(result.pvalue), "mean": numbers(null.mean()),
        "deviation": numbers(null.std(ddof=1)), "quantiles": numbers(np.quantile(null, [0.05, 0.5, 0.95])),
        "resamples": len(null),
    }
    write("permutations.json", {"versions": VERSIONS, "exact": exact, "monteCarlo": monte_carlo})


# --- Bootstrap --------------------------------------------------------------------------------------------------


def bootstrap_fixture():
    rng = np.random.default_rng(24)
    n = 60
    fold = balanced_folds(rng, n, 5)
    cases = []

    def add(name, metric, predictions, truth):
        y = truth[:, None] if metric in ("r2", "spearman") else truth

        def statistic(rows):
            return metric_score(metric, predictions[:, None], y, fold, np.bincount(rows, minlength=n))

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result = scipy.stats.bootstrap(
                (np.arange(n),), statistic, method="BCa", vectorized=False, n_resamples=20_000,
                rng=np.random.default_rng(25),
            )
        draws = result.bootstrap_distribution
        cases.append(
            {
                "name": name, "metric": metric, "predictions": predictions.tolist(), "truth": truth.tolist(),
                "fold": fold.tolist(), "low": numbers(result.confidence_interval.low),
                "high": numbers(result.confidence_interval.high), "deviation": numbers(draws.std(ddof=1)),
            }
        )

    t = np.round(rng.standard_normal(n), 3)
    add("normal errors", "r2", np.round(0.7 * t + 0.5 * rng.standard_normal(n), 3), t)
    heavy = np.round(np.exp(1.2 * rng.standard_normal(n)), 3)
    add("skewed truth", "r2", np.round(0.5 * heavy + 0.5 * rng.standard_normal(n), 3), heavy)
    y = (t > 0.2).astype(int)
    score = np.round(0.5 + 0.4 * (y - 0.5) + 0.4 * rng.standard_normal(n), 3)
    add("two classes", "accuracy", score, y)
    add("two classes", "balanced_accuracy", score, y)
    add("two classes", "auc", score, y)
    add("numbers", "spearman", np.round(t + rng.standard_normal(n), 3), t)
    write("bootstrap.json", {"versions": VERSIONS, "cases": cases})


if __name__ == "__main__":
    import sys

    for part in [ridge_fixture, metrics_fixture, permutation_fixture, bootstrap_fixture]:
        if len(sys.argv) < 2 or part.__name__.split("_")[0] in sys.argv[1:]:
            part()
