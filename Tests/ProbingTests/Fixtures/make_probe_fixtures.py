"""Makes networks.json and neighbours.json: what PyTorch, scikit-learn and plain NumPy answer.

Run in this folder with PyTorch 2.13.0 (CPU), scikit-learn 1.9.1 and NumPy: python3 make_probe_fixtures.py
"""

import warnings

import numpy as np
import sklearn
import torch
from sklearn.metrics import r2_score
from sklearn.neighbors import KNeighborsRegressor
from sklearn.neural_network import MLPRegressor
from sklearn.preprocessing import StandardScaler
from sklearn.semi_supervised import LabelPropagation

from make_fixtures import balanced_folds, numbers, write

VERSIONS = {"torch": torch.__version__, "scikit-learn": sklearn.__version__, "numpy": np.__version__}


# --- Networks ---------------------------------------------------------------------------------------------------


def one_epoch(rng, activation, link):
    """One pass of AdamW over three batches, in double precision, from given weights."""
    n, d, h, c = 11, 3, 4, {"linear": 2, "logistic": 1, "softmax": 3}[link]
    x = np.round(rng.standard_normal((n, d)), 3)
    if link == "linear":
        y = np.round(rng.standard_normal((n, c)), 3)
    elif link == "logistic":
        y = rng.integers(0, 2, (n, 1)).astype(float)
    else:
        y = np.eye(c)[rng.permutation(np.arange(n) % c)]
    first = np.round(rng.standard_normal((h, d + 1)), 3)
    second = np.round(rng.standard_normal((c, h + 1)), 3)
    order = rng.permutation(n)
    batches = [order[:4], order[4:8], order[8:]]

    hidden, output = torch.nn.Linear(d, h).double(), torch.nn.Linear(h, c).double()
    with torch.no_grad():
        for layer, weights in [(hidden, first), (output, second)]:
            layer.weight.copy_(torch.tensor(weights[:, :-1]))
            layer.bias.copy_(torch.tensor(weights[:, -1]))
    net = torch.nn.Sequential(hidden, torch.nn.Tanh() if activation == "tanh" else torch.nn.ReLU(), output)
    inputs, targets = torch.tensor(x), torch.tensor(y)

    def loss(rows):
        outputs = net(inputs[rows])
        if link == "linear":
            return ((outputs - targets[rows]) ** 2).sum() / 2 / len(rows)
        if link == "logistic":
            return torch.nn.functional.binary_cross_entropy_with_logits(outputs, targets[rows])
        return torch.nn.functional.cross_entropy(outputs, targets[rows])

    def weights(layer):
        return np.column_stack([layer.weight.detach().numpy(), layer.bias.detach().numpy()])

    rate, decay = 0.02, 0.3
    optimizer = torch.optim.AdamW(net.parameters(), lr=rate, weight_decay=decay)
    before = loss(torch.arange(n)).item()
    for batch in batches:
        optimizer.zero_grad()
        loss(torch.tensor(batch)).backward()
        optimizer.step()
    return {
        "activation": activation,
        "link": link,
        "x": x.tolist(),
        "y": y.tolist(),
        "first": first.tolist(),
        "second": second.tolist(),
        "rate": rate,
        "decay": decay,
        "batches": [b.tolist() for b in batches],
        "losses": [numbers(before, 15), numbers(loss(torch.arange(n)).item(), 15)],
        "firstAfter": numbers(weights(hidden), 15),
        "secondAfter": numbers(weights(output), 15),
    }


def scores_of_mlp(rng):
    """Scores of scikit-learn's network on the same folds, from ten starting points."""
    n, d, k = 240, 12, 4
    x = np.round(rng.standard_normal((n, d)), 3)
    hidden = np.tanh(x @ rng.standard_normal((d, 3)) / 2 + [1, -1, 0.5])
    y = np.round(3 + 10 * (hidden @ rng.standard_normal((3, 4)) + 0.3 * rng.standard_normal((n, 4))), 3)
    fold = balanced_folds(rng, n, k)
    cases = []
    for activation in ["tanh", "relu"]:
        scores = []
        for seed in range(10):
            predictions = np.zeros_like(y)
            for f in range(k):
                train, test = fold != f, fold == f
                scaler = StandardScaler().fit(x[train])
                mean, scale = y[train].mean(0), (y[train] - y[train].mean(0)).std()
                model = MLPRegressor(
                    hidden_layer_sizes=(40,), activation=activation, alpha=0, batch_size=27, learning_rate_init=0.005, max_iter=60,
                    early_stopping=True, validation_fraction=0.1, n_iter_no_change=10, tol=0, random_state=seed,
                )
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # sixty passes may be too few
                    model.fit(scaler.transform(x[train]), (y[train] - mean) / scale)
                predictions[test] = model.predict(scaler.transform(x[test])) * scale + mean
            means = np.array([y[fold != f].mean(0) for f in range(k)])
            scores.append(1 - ((y - predictions) ** 2).sum() / ((y - means[fold]) ** 2).sum())
        cases.append({"activation": activation, "scores": numbers(scores)})
    return {"x": x.tolist(), "y": y.tolist(), "fold": fold.tolist(), "cases": cases}


def networks_fixture():
    rng = np.random.default_rng(30)
    epochs = [
        one_epoch(rng, activation, link) for activation in ["tanh", "relu"] for link in ["linear", "logistic", "softmax"]
    ]
    write("networks.json", {"versions": VERSIONS, "epochs": epochs, "scores": scores_of_mlp(rng)})


# --- Neighbours -------------------------------------------------------------------------------------------------


def out_of_fold(x, y, fold, scale, predict):
    """Held-out predictions, and r2 on the training items, averaged over folds."""
    predictions, training = np.zeros_like(y), []
    for f in range(fold.max() + 1):
        train, test = fold != f, fold == f
        a, b = x[train], x[test]
        if scale == "standard":
            scaler = StandardScaler().fit(a)
            a, b = scaler.transform(a), scaler.transform(b)
        predictions[test], fit = predict(a, y[train], b)
        training.append(1 - ((y[train] - fit) ** 2).sum() / ((y[train] - y[train].mean(0)) ** 2).sum())
    return {"predictions": numbers(predictions.T), "training": float(np.mean(training))}


def nearness(queries, items, similarity):
    if similarity == "cosine":
        return (queries / np.linalg.norm(queries, axis=1)[:, None]) @ (items / np.linalg.norm(items, axis=1)[:, None]).T
    return -np.linalg.norm(queries[:, None] - items[None], axis=2)


def require_no_tie(near, k):
    """What happens where the last neighbour is tied is ours alone, and tested apart."""
    ordered = -np.sort(-near, axis=1)
    assert (ordered[:, k - 1] - ordered[:, k] > 1e-9).all(), "a tie: another seed"


def knn(k, similarity, weights):
    by = weights
    if weights == "similarity":
        by = "distance" if similarity == "euclidean" else lambda distances: np.maximum(1 - distances, 0)
    model = KNeighborsRegressor(k, metric=similarity, weights=by, algorithm="brute")

    def predict(a, y, b):
        require_no_tie(nearness(a, a, similarity), k)
        require_no_tie(nearness(b, a, similarity), k)
        model.fit(a, y)
        return model.predict(b), model.predict(a)

    return predict


def graph(items, k, similarity):
    """Edges by full sorting."""
    near = nearness(items, items, similarity)
    np.fill_diagonal(near, -np.inf)
    require_no_tie(near, k)
    adjacency = np.zeros_like(near)
    for i, row in enumerate(near):
        adjacency[i, np.argsort(-row)[:k]] = 1
    return np.maximum(adjacency, adjacency.T)


def components(adjacency):
    """Which items a path leads to from which."""
    reach = adjacency + np.eye(len(adjacency)) > 0
    for _ in range(10):
        reach = reach @ reach
    return reach


def propagation(k, similarity):
    def predict(a, y, b):
        w = graph(np.vstack([a, b]), k, similarity)
        m = len(a)
        laplacian = np.diag(w.sum(1)) - w
        joined = components(w)[m:, :m].any(1)
        solution = np.tile(y.mean(0), (len(b), 1))
        u = m + np.flatnonzero(joined)
        solution[joined] = np.linalg.solve(laplacian[np.ix_(u, u)], w[u, :m] @ y)
        return solution, y

    return predict


def propagation_of_classes(k, similarity):
    """scikit-learn's label propagation, run to its fixed point on our graph."""

    def predict(a, y, b):
        w = graph(np.vstack([a, b]), k, similarity)
        m = len(a)
        assert components(w)[m:, :m].any(1).all(), "another seed"
        labels = np.concatenate([y.argmax(1), np.full(len(b), -1)])
        model = LabelPropagation(kernel=lambda left, right: w.copy(), max_iter=100_000, tol=1e-13)
        model.fit(np.vstack([a, b]), labels)
        return model.label_distributions_[m:], y

    return predict


def neighbours_fixture():
    rng = np.random.default_rng(31)
    n, d, k = 45, 6, 5
    x = np.round(rng.standard_normal((n, d)) * [1, 3, 0.3, 1, 1, 1] + [2, 0, 0, 1, 0, 0], 3)
    y = np.round(x[:, :2] @ rng.standard_normal((2, 3)) + rng.standard_normal((n, 3)) * [1, 10, 0.1] + [0, 500, -3], 3)
    fold = balanced_folds(rng, n, k)
    labels = rng.permutation(np.arange(n) % 3)
    # Some items of one fold are far from all others: no path leads to them.
    far = x + 1000 * (fold == 2)[:, None] * (np.arange(n) % 2 == 0)[:, None]
    cases = []
    for scale in ["standard", "none"]:
        for similarity in ["cosine", "euclidean"]:
            for count in [3, 8]:
                for weights in ["uniform", "similarity"]:
                    cases.append({
                        "probe": "knn", "k": count, "similarity": similarity, "weights": weights, "scale": scale,
                        "data": "x", **out_of_fold(x, y, fold, scale, knn(count, similarity, weights)),
                    })
                for data, items in [("x", x), ("far", far)]:
                    cases.append({
                        "probe": "label_propagation", "k": count, "similarity": similarity, "weights": "uniform",
                        "scale": scale, "data": data,
                        **out_of_fold(items, y, fold, scale, propagation(count, similarity)),
                    })
    classes = [
        {"k": count, "similarity": similarity,
         **out_of_fold(x, np.eye(3)[labels], fold, "none", propagation_of_classes(count, similarity))}
        for count in [4, 8] for similarity in ["cosine", "euclidean"]
    ]
    write("neighbours.json", {
        "versions": VERSIONS, "x": x.tolist(), "far": far.tolist(), "y": y.tolist(), "labels": labels.tolist(),
        "fold": fold.tolist(), "cases": cases, "classes": classes,
    })


if __name__ == "__main__":
    networks_fixture()
    neighbours_fixture()
