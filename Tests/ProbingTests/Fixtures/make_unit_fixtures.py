"""Makes units.json: which penalty leaving out whole units chooses, by leaving them out and fitting again.

Run in this folder with NumPy: python3 make_unit_fixtures.py
"""

import json

import numpy as np

GRID = [float(f"{10 ** (k / 2):.4g}") for k in range(-4, 11)]


def numbers(values):
    return float(f"{float(values):.13g}") if np.ndim(values) == 0 else [numbers(v) for v in values]


def ridge(x, y, penalty):
    """Means and coefficients. In the dual, which is exact for any number of dimensions."""
    a, b = x - x.mean(0), y - y.mean(0)
    return x.mean(0), y.mean(0), a.T @ np.linalg.solve(a @ a.T + penalty * np.eye(len(a)), b)


def predicted(fit, x):
    return fit[1] + (x - fit[0]) @ fit[2]


def left_out(x, y, units, penalty):
    """The squared error of every unit's items, predicted from all other units."""
    total = 0.0
    for unit in np.unique(units):
        own = units == unit
        total += np.sum((y[own] - predicted(ridge(x[~own], y[~own], penalty), x[own])) ** 2)
    return total


def standardized(train, test):
    deviation = train.std(0)
    scale = np.where(deviation > 1e-12, deviation, np.inf)
    return (train - train.mean(0)) / scale, (test - train.mean(0)) / scale


def expectation(x, y, fold, units, scale):
    predictions, penalties, by_item = np.zeros_like(y), [], []
    for f in range(fold.max() + 1):
        train, test = fold != f, fold == f
        a, b = standardized(x[train], x[test]) if scale == "standard" else (x[train], x[test])
        errors = np.array([left_out(a, y[train], units[train], p) for p in GRID])
        best, second = np.sort(errors)[:2]
        assert second > best * (1 + 1e-6), (best, second)
        penalties.append(GRID[int(np.argmin(errors))])
        items = np.arange(train.sum())
        by_item.append(GRID[int(np.argmin([left_out(a, y[train], items, p) for p in GRID]))])
        predictions[test] = predicted(ridge(a, y[train], penalties[-1]), b)
    return {"scale": scale, "penalties": penalties, "byItem": by_item, "predictions": numbers(predictions.T)}


def units_of(rng, sizes):
    return rng.permutation(np.repeat(np.arange(len(sizes)), sizes))


def folds_of(rng, units, k):
    """Whole units, dealt in random order."""
    return (rng.permutation(units.max() + 1) % k)[units]


def case(rng, name, sizes, d, k, columns, effect, noise=0.5, copies=False):
    units = units_of(rng, sizes)
    n = len(units)
    x = rng.standard_normal((len(sizes), d))[units] + (0 if copies else noise * rng.standard_normal((n, d)))
    y = rng.standard_normal((len(sizes), columns))[units] + 0.5 * rng.standard_normal((n, columns))
    y += effect * x[:, :columns]
    x, y = np.round(x * np.logspace(0, 1, d) + 5, 3), np.round(10 * y + 100, 3)
    fold = folds_of(rng, units, k)
    return {
        "name": name,
        "x": x.tolist(),
        "y": y.tolist(),
        "fold": fold.tolist(),
        "units": units.tolist(),
        "expectations": [expectation(x, y, fold, units, scale) for scale in ["standard", "none"]],
    }


def main():
    rng = np.random.default_rng(23)
    cases = [
        case(rng, "fewer dimensions than items", [4] * 10 + [2] * 5 + [1] * 6 + [7], 12, 4, 1, 0.5),
        case(rng, "three columns", [3] * 12 + [5] * 4 + [1] * 3, 10, 4, 3, 0.7),
        case(rng, "noise in units of four", [4] * 20, 12, 5, 1, 0),
        case(rng, "more dimensions than items", [3] * 8 + [1] * 5 + [6], 60, 4, 2, 0.5),
        case(rng, "as many dimensions as training items", [3] * 12, 27, 4, 1, 0.5),
        case(rng, "more dimensions than training items less a unit", [4] * 12, 34, 4, 1, 0.5),
        case(rng, "more dimensions than units, items of a unit alike", [4] * 14, 25, 4, 1, 0.8, copies=True),
        case(rng, "units larger than twice the rank", [15, 12, 20, 1, 9, 3, 14], 3, 3, 2, 0.5),
    ]
    differ = sum(e["penalties"] != e["byItem"] for c in cases for e in c["expectations"])
    assert differ >= len(cases), differ
    with open("units.json", "w") as file:
        json.dump({"numpy": np.__version__, "grid": GRID, "cases": cases}, file, separators=(",", ":"))
        file.write("\n")


if __name__ == "__main__":
    main()
