"""Makes pls.json and logistic.json: what scikit-learn's PLSRegression and LogisticRegression predict, fold by fold.

Run in this folder with scikit-learn 1.9.1 and NumPy: python3 make_probes.py
"""

import json

import numpy as np
import sklearn
from sklearn.cross_decomposition import PLSRegression
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

VERSIONS = {"scikit-learn": sklearn.__version__, "numpy": np.__version__}


def numbers(values, digits=13):
    """Nested lists of numbers with `digits` significant digits."""
    if np.ndim(values) == 0:
        return float(f"{float(values):.{digits}g}")
    return [numbers(v, digits) for v in values]


def write(name, content):
    with open(name, "w") as file:
        json.dump(content, file, separators=(",", ":"))
        file.write("\n")


def folds_of(rng, n, k):
    return rng.permutation(np.arange(n) % k)


# --- Partial least squares --------------------------------------------------------------------------------------


def pls_cases(rng):
    def normal(n, d, digits=3):
        return np.round(rng.standard_normal((n, d)), digits)

    def targets(x, q, noise=1.0):
        z = (x - x.mean(0)) / np.where(x.std(0) > 1e-9, x.std(0), 1)
        y = z @ rng.standard_normal((x.shape[1], q)) / np.sqrt(x.shape[1]) + noise * rng.standard_normal((len(x), q))
        return np.round(y * rng.uniform(0.1, 20, q) + rng.uniform(-50, 50, q), 3)

    x = normal(48, 7)
    yield "one target", x, targets(x, 1), 5, [1, 3, 7]
    x = normal(30, 8)
    yield "a few targets", x, targets(x, 3), 4, [1, 2, 5, 8]
    x = normal(24, 10)
    yield "more targets than items", x, np.round(np.abs(normal(24, 40)) * (rng.random((24, 40)) < 0.3), 2), 4, [1, 4, 9]
    x = normal(20, 30)
    yield "fewer items than dimensions", x, targets(x, 5), 4, [1, 3, 10]
    yield "fewer items than dimensions, many targets", x, targets(x, 25), 4, [2, 8]
    x = normal(60, 5)
    yield "many items, more targets than dimensions", x, targets(x, 12), 3, [2, 5]
    x = normal(36, 11)
    x[:, 3] = 0.1
    x[:, 5] = 12345.678
    x[:, 7] = x[:, 2]
    x[:, 8] = -2 * x[:, 1]
    yield "constant and duplicated columns", x, targets(x, 2), 4, [1, 3, 5]
    x = np.round(normal(36, 8, 4) * np.logspace(-1, 1, 8) + 100, 5)
    yield "unequal scales", x, targets(x, 4), 4, [1, 4, 8]
    yield "a handful of items", normal(6, 3), normal(6, 2), 3, [1, 2]
    x = normal(25, 6)
    y = targets(x, 3)
    y[:, 1] = 7
    yield "a constant target", x, y, 5, [1, 3]


def pls_fixture():
    rng = np.random.default_rng(3)
    cases = []
    for name, x, y, k, components in pls_cases(rng):
        fold = folds_of(rng, len(x), k)
        expectations = []
        for scale in ["standard", "none"]:
            for count in components:
                predictions = np.zeros_like(y)
                for f in range(k):
                    train, test = fold != f, fold == f
                    # scikit-learn's own tolerance ends far from the singular vector. It takes rounding for variance where
                    # a column is constant; those columns are left out here.
                    varies = np.ptp(x[train], axis=0) > 0
                    model = PLSRegression(count, scale=scale == "standard", tol=1e-24, max_iter=1_000_000)
                    model.fit(x[train][:, varies], y[train])
                    predictions[test] = model.predict(x[test][:, varies]).reshape(test.sum(), -1)
                expectations.append({"scale": scale, "components": count, "predictions": numbers(predictions.T)})
        cases.append({"name": name, "x": x.tolist(), "y": y.tolist(), "fold": fold.tolist(), "expectations": expectations})
    write("pls.json", {"versions": VERSIONS, "cases": cases})


# --- Logistic regression ----------------------------------------------------------------------------------------


def logistic_cases(rng):
    def normal(n, d):
        return np.round(rng.standard_normal((n, d)), 3)

    def classes(x, k, noise=1.0):
        logits = x @ rng.standard_normal((x.shape[1], k)) / np.sqrt(x.shape[1]) + noise * rng.gumbel(size=(len(x), k))
        return logits.argmax(1)

    x = normal(50, 6)
    yield "two classes", x, classes(x, 2), folds_of(rng, 50, 5)
    yield "three classes", x, classes(x, 3), folds_of(rng, 50, 5)
    x = normal(43, 5) * [1, 10, 0.1, 3, 1] + 20
    yield "unequal scales, four classes", np.round(x, 3), classes((x - 20) / [1, 10, 0.1, 3, 1], 4), folds_of(rng, 43, 4)
    x = normal(24, 40)
    yield "fewer items than dimensions, two classes", x, classes(x, 2), folds_of(rng, 24, 4)
    yield "fewer items than dimensions, three classes", x, classes(x, 3), folds_of(rng, 24, 4)
    x = normal(40, 3)
    yield "separable", x, (x[:, 0] - x[:, 1] > 0.1).astype(int), folds_of(rng, 40, 4)
    yield "separable, three classes", x, (x[:, 0] > 0.4).astype(int) + (x[:, 0] > -0.4), folds_of(rng, 40, 4)
    x = normal(36, 7)
    x[:, 3] = 0.1
    x[:, 5] = x[:, 2]
    yield "constant and duplicated columns", x, classes(x, 3), folds_of(rng, 36, 4)
    x, fold = normal(40, 4), np.arange(40) % 4
    label = classes(x, 3)
    label[label == 2] = 0
    label[fold == 1] = np.where(rng.random(10) < 0.5, 2, label[fold == 1])
    yield "three classes, of which a training fold lacks one", x, label, fold
    label = np.where(label == 2, 3, label)
    label[[0, 4, 10, 11, 18, 23]] = 2
    yield "four classes, of which a training fold lacks one", x, label, fold
    x = normal(60, 4)
    yield "a rare class", x, (x[:, 0] + rng.standard_normal(60) > 1.6).astype(int), folds_of(rng, 60, 3)


def logistic_fixture():
    rng = np.random.default_rng(4)
    cases = []
    for name, x, label, fold in logistic_cases(rng):
        assert set(label) == set(range(label.max() + 1)), name
        k = label.max() + 1
        expectations = []
        for scale in ["standard", "none"]:
            for penalty in [0.001, 1.0, 50.0]:
                predictions = np.zeros((len(x), k))
                for f in np.unique(fold):
                    train, test = fold != f, fold == f
                    a, b = x[train], x[test]
                    varies = np.ptp(a, axis=0) > 0
                    a, b = a[:, varies], b[:, varies]
                    if scale == "standard":
                        scaler = StandardScaler().fit(a)
                        a, b = scaler.transform(a), scaler.transform(b)
                    # The intercept is free, so centring changes nothing but the conditioning.
                    a, b = a - a.mean(0), b - a.mean(0)
                    model = LogisticRegression(C=1 / penalty, solver="newton-cholesky", tol=1e-13, max_iter=1000)
                    model.fit(a, label[train])
                    predictions[np.ix_(test, model.classes_)] = model.predict_proba(b)
                columns = predictions[:, 1:] if k == 2 else predictions
                expectations.append({"scale": scale, "penalty": penalty, "predictions": numbers(columns.T)})
        cases.append(
            {"name": name, "x": x.tolist(), "labels": label.tolist(), "fold": fold.tolist(), "expectations": expectations}
        )
    write("logistic.json", {"versions": VERSIONS, "cases": cases})


if __name__ == "__main__":
    pls_fixture()
    logistic_fixture()
