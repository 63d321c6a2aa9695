"""Makes residuals.json: measurements whose representation, targets or both are residualised on confounds inside every
training fold, by scikit-learn and SciPy.

Run in this folder with scikit-learn 1.9.1, SciPy and NumPy: python3 make_residual_fixtures.py
"""

import json
import pathlib

import numpy as np
import scipy
import scipy.stats
import sklearn
from sklearn.linear_model import LinearRegression, Ridge, RidgeCV
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

VERSIONS = {"scikit-learn": sklearn.__version__, "scipy": scipy.__version__, "numpy": np.__version__}
GRID = [0.1, 1.0, 10.0, 100.0, 1000.0]


def numbers(values, digits=15):
    if np.ndim(values) == 0:
        return float(f"{float(values):.{digits}g}")
    return [numbers(v, digits) for v in values]


def probe(name):
    if name == "ridge":
        return make_pipeline(StandardScaler(), Ridge(alpha=3.0))
    if name == "ridge_loo":
        return make_pipeline(StandardScaler(), RidgeCV(alphas=GRID))
    # Plain means of the same neighbours would tie, and rounding decides how.
    return make_pipeline(StandardScaler(), KNeighborsRegressor(n_neighbors=5, weights="distance"))


def residuals(values, confounds, training):
    """What least squares, fitted to the training items, leaves of every item. A column of which nothing but rounding is left
    is 0: standardised, it would be a feature."""
    model = make_pipeline(StandardScaler(), LinearRegression())
    model.fit(confounds[training], values[training])
    left = values - model.predict(confounds)
    return left * (left[training].std(axis=0) > 1e-6 * values[training].std(axis=0))


def spearman(p, t):
    if np.ptp(p) == 0:
        return 0.0
    return float(scipy.stats.spearmanr(p, t).statistic)


def scores(x, y, fold, name, on_x, on_y):
    items = len(y)
    prediction, truth, mean = np.zeros_like(y), np.zeros_like(y), np.zeros_like(y)
    for f in range(fold.max() + 1):
        training, test = np.flatnonzero(fold != f), np.flatnonzero(fold == f)
        own_x = x if on_x is None else residuals(x, on_x, training)
        own_y = y if on_y is None else residuals(y, on_y, training)
        model = probe(name).fit(own_x[training], own_y[training])
        prediction[test] = model.predict(own_x[test]).reshape(len(test), -1)
        truth[test] = own_y[test]
        mean[test] = own_y[training].mean(axis=0)
    loss, base = (truth - prediction) ** 2, (truth - mean) ** 2
    columns = []
    for j in range(y.shape[1]):
        parts = [spearman(prediction[fold == f, j], truth[fold == f, j]) for f in range(fold.max() + 1)]
        sizes = [np.sum(fold == f) for f in range(fold.max() + 1)]
        columns.append(np.average(parts, weights=sizes))
    return {
        "r2": numbers(1 - loss.sum() / base.sum()),
        "r2_per_feature": numbers(np.mean(1 - loss.sum(axis=0) / base.sum(axis=0))),
        "mse": numbers(loss.mean()),
        "spearman_per_feature": numbers(np.mean(columns)),
        "spearman_per_item": numbers(np.mean([spearman(prediction[i], truth[i]) for i in range(items)])),
    }


random = np.random.default_rng(20260101)
n, d = 60, 5
length = random.integers(2, 12, n).astype(float)
frequency = np.exp(random.normal(size=n) * 2)
# The last class has one item: where that is tested, no training item has it.
kind = random.integers(0, 3, n)
kind[7] = 3
onehot = np.eye(4)[kind]
x = random.normal(size=(n, d))
x[:, 0] += 0.8 * length
x[:, 1] += 2 * (kind == 1)
x[:, 4] = 3 * length - 1  # nothing is left of it
y = random.normal(size=(n, 4)) + x[:, :4] * 0.7
y[:, 0] += 0.5 * length
y[:, 1] += np.log(frequency)
fold = np.arange(n) % 5
random.shuffle(fold)
# Collinear columns and one without variance; the one-hot columns add up to the intercept.
wide = np.column_stack([length, 2 * length + 5, np.full(n, 7.0), frequency, onehot])
narrow = np.column_stack([length, np.log(frequency)])
orders = [list(range(n))] + [random.permutation(n).tolist() for _ in range(2)]

cases = []
for label, on_x, on_y in [
    ("representation", wide, None), ("targets", None, narrow), ("both", wide, narrow), ("both alike", wide, wide),
]:
    for name in ["ridge", "ridge_loo", "knn"]:
        for order in orders:
            cases.append({
                "name": label, "probe": name, "order": order,
                "representation": None if on_x is None else numbers(on_x),
                "targets": None if on_y is None else numbers(on_y),
                "scores": scores(x, y[order], fold, name, on_x, on_y),
            })
content = {
    "versions": VERSIONS, "x": numbers(x), "y": numbers(y), "fold": fold.tolist(), "grid": GRID, "cases": cases,
}
pathlib.Path("residuals.json").write_text(json.dumps(content) + "\n")
