"""The peers: the same permutation test by scikit-learn and by NumPy.

The statistic is r2 of out-of-fold predictions, pooled over folds, about the mean of each training fold.
"""

import time

import warnings

import joblib
import numpy as np
from sklearn.cross_decomposition import PLSRegression
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, Ridge, RidgeCV
from sklearn.model_selection import PredefinedSplit, cross_val_predict, permutation_test_score
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


def pooled_r2(truth, predicted, folds):
    """1 - SSE / SST, SST about the mean of the training fold."""
    base = sum(
        ((truth[folds == fold] - truth[folds != fold].mean(axis=0)) ** 2).sum() for fold in np.unique(folds)
    )
    return 1 - ((truth - predicted) ** 2).sum() / base


def sklearn_probe(penalty, grid):
    """A fixed penalty, or where it is None the best of `grid` by exact leave-one-out error."""
    ridge = Ridge(alpha=penalty) if penalty is not None else RidgeCV(alphas=grid)
    return make_pipeline(StandardScaler(), ridge)


def sklearn_score(x, y, folds, probe):
    return pooled_r2(y, cross_val_predict(probe, x, y, cv=PredefinedSplit(folds)), folds)


def sklearn_logistic(penalty, tol=1e-4):
    return make_pipeline(StandardScaler(), LogisticRegression(C=1 / penalty, tol=tol, max_iter=10_000))


def sklearn_accuracy(x, label, folds, probe):
    return (cross_val_predict(probe, x, label, cv=PredefinedSplit(folds)) == label).mean()


def sklearn_pls(components, **settings):
    return PLSRegression(components, scale=False, **settings)


def sklearn_pls_world(x, y, folds, probe):
    """Seconds for one world's out-of-fold predictions by two processes, and their pooled r2."""
    start = time.perf_counter()
    predicted = cross_val_predict(probe, x, y, cv=PredefinedSplit(folds), n_jobs=2)
    seconds = time.perf_counter() - start
    return seconds, pooled_r2(y, predicted, folds)


def sklearn_seconds_per_permutation(x, y, folds, probe, permutations, scoring="r2"):
    """`permutation_test_score` as its users call it: the score averaged over folds, two processes.

    Its observed score costs as much as one permutation, but is computed by one process: it is timed alone and taken off.
    """
    cv = PredefinedSplit(folds)
    timings = []
    for count in (2, 2, permutations + 2):  # the first starts the processes
        start = time.perf_counter()
        permutation_test_score(
            probe, x, y, cv=cv, scoring=scoring, n_permutations=count, n_jobs=2, random_state=0
        )
        timings.append(time.perf_counter() - start)
    return (timings[2] - timings[1]) / permutations


def numpy_test(x, y, folds, penalty, replicates, dtype, block, seed):
    """The test by hand: one linear smoother for all folds, then one product for many worlds at once.

    Returns seconds, what parts of it took, the observed score and the null scores.
    """
    start = time.perf_counter()
    rng = np.random.default_rng(seed)
    n = len(y)
    smoother = np.zeros((n, n))
    member = np.zeros((n, folds.max() + 1))
    member[np.arange(n), folds] = 1
    for fold in range(member.shape[1]):
        test = folds == fold
        train = ~test
        mean, deviation = x[train].mean(axis=0), x[train].std(axis=0)
        a, b = (x[train] - mean) / deviation, (x[test] - mean) / deviation
        gram = a.T @ a
        gram[np.diag_indices_from(gram)] += penalty
        smoother[np.ix_(test, train)] = np.linalg.solve(gram, b.T).T @ a.T + 1 / train.sum()
    size = member.sum(axis=0)
    smoother_t = np.ascontiguousarray(smoother.T, dtype=dtype)
    member = member.astype(dtype)
    prepared = time.perf_counter()
    centred = y - y.mean()
    shuffling = multiplying = 0.0

    def score(worlds):
        nonlocal multiplying
        begin = time.perf_counter()
        error = worlds @ smoother_t
        multiplying += time.perf_counter() - begin
        error -= worlds
        lost = np.einsum("ij,ij->i", error, error)
        sums = worlds @ member
        means = (sums.sum(axis=1, keepdims=True) - sums) / (n - size)
        total = np.einsum("ij,ij->i", worlds, worlds) - 2 * (means * sums).sum(axis=1) + (means**2) @ size
        return 1 - lost / total

    observed = score(centred[None].astype(dtype))[0]
    null = np.empty(replicates)
    rows = np.broadcast_to(centred.astype(dtype), (block, n))
    for first in range(0, replicates, block):
        count = min(block, replicates - first)
        begin = time.perf_counter()
        worlds = rng.permuted(rows[:count], axis=1)
        shuffling += time.perf_counter() - begin
        null[first : first + count] = score(worlds)
    _p = (1 + (null >= observed).sum()) / (1 + replicates)
    seconds = time.perf_counter() - start
    parts = {"prepare": prepared - start, "shuffle": shuffling, "multiply": multiplying}
    return seconds, parts, observed, null


def network_fold(x, y, train, test, hidden, epochs, seed):
    """One network through `epochs` passes, with a tenth kept for early stopping that never comes, as ours has it."""
    x, y = x.astype(np.float32), y.astype(np.float32)
    scaler = StandardScaler().fit(x[train])
    mean = y[train].mean(axis=0)
    deviation = (y[train] - mean).std()
    model = MLPRegressor(
        hidden_layer_sizes=(hidden,), activation="tanh", alpha=0, batch_size=64, learning_rate_init=0.001,
        max_iter=epochs, early_stopping=True, validation_fraction=0.1, n_iter_no_change=epochs + 1, tol=0,
        random_state=seed,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(scaler.transform(x[train]), (y[train] - mean) / deviation)
    return model.predict(scaler.transform(x[test])) * deviation + mean


def network_worlds(x, y, folds, hidden, epochs, worlds, jobs):
    """Seconds that worlds of permuted targets take in `jobs` processes, and the observed r2 (world 0)."""
    rng = np.random.default_rng(0)
    orders = [np.arange(len(y))] + [rng.permutation(len(y)) for _ in range(worlds)]
    with joblib.Parallel(n_jobs=jobs) as pool:

        def run(orders):
            return pool(
                joblib.delayed(network_fold)(
                    x, y[order], np.flatnonzero(folds != fold), np.flatnonzero(folds == fold), hidden, epochs, fold
                )
                for order in orders for fold in np.unique(folds)
            )

        held_out = run(orders[:1])  # this starts the processes too
        start = time.perf_counter()
        run(orders[1:])
        seconds = time.perf_counter() - start
    predicted = np.empty_like(y)
    base = 0.0
    for fold, part in zip(np.unique(folds), held_out):
        test = folds == fold
        predicted[test] = part
        base += ((y[test] - y[~test].mean(axis=0)) ** 2).sum()
    return seconds, 1 - ((y - predicted) ** 2).sum() / base


def sgemm_rate(size):
    """Floating-point operations per second of one big single-precision product by NumPy's OpenBLAS."""
    a = np.full((size, size), 0.5, dtype=np.float32)
    a @ a
    start = time.perf_counter()
    a @ a
    return 2 * size**3 / (time.perf_counter() - start)


def arranged_heads(rng, starts, heads, words_of):
    """One world: within each sentence the heads of non-root words change places, no word being its own head.

    All sentences at once: random keys sort the heads within their sentences; sentences with a word that has itself are drawn
    again. After a hundred draws a sentence keeps its own.
    """
    words, sentence = words_of
    world = heads.copy()
    open_words, own = words, sentence
    for _ in range(100):
        order = np.argsort(own + rng.random(len(open_words)))
        drawn = heads[open_words[order]]  # sentences are contiguous, so each word gets a head of its own sentence
        world[open_words] = drawn
        refused = np.zeros(len(starts), bool)
        refused[own[drawn == open_words - starts[own]]] = True
        keep = refused[own]
        if not keep.any():
            break
        open_words, own = open_words[keep], own[keep]
    else:
        world[open_words] = heads[open_words]
    return world


def head_families(lengths, heads, relation_of, attended, relations, replicates, seed):
    """Accuracies of every attention head in both directions for every relation, and the same in permuted worlds.

    `heads` counts from 0 within the sentence, -1 for roots. Bytes are compared, and equal ones counted by a product with
    ones, in batches of one relation's items that fit the cache: of `np.count_nonzero`, sums of several widths, `reduceat`
    down columns and the product, the fastest here. Returns seconds of preparation, seconds of all worlds, observed accuracies
    and those of the worlds (worlds x relations x directions x attention heads).
    """
    start = time.perf_counter()
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    sentence = np.repeat(np.arange(len(lengths)), lengths)
    position = (np.arange(len(heads)) - starts[sentence]).astype(np.uint8)
    attended = attended.astype(np.uint8)
    words = np.flatnonzero(heads >= 0)
    items = words[np.argsort(relation_of[words], kind="stable")]
    bounds = np.searchsorted(relation_of[items], np.arange(relations + 1))
    totals = np.diff(bounds)
    first = starts[sentence[items]]
    rows = attended[items]  # in the items' order once for all
    own = position[items][:, None]
    batch = 1024
    ones = np.ones(batch, np.float32)
    # Batches end where relations do, so that a batch's counts are sums of whole runs.
    edges = np.unique(np.concatenate([np.arange(0, len(items), batch), bounds]))
    runs = [(a, b, int(np.searchsorted(bounds, a, side="right")) - 1) for a, b in zip(edges[:-1], edges[1:])]

    def score(world):
        counts = np.zeros((relations, 2, attended.shape[1]))
        wanted = world[items]
        bytes_ = wanted.astype(np.uint8)[:, None]
        places = first + wanted
        for a, b, relation in runs:
            counts[relation, 0] += ones[: b - a] @ (rows[a:b] == bytes_[a:b]).astype(np.float32)
            counts[relation, 1] += ones[: b - a] @ (attended[places[a:b]] == own[a:b]).astype(np.float32)
        return counts / np.maximum(totals, 1)[:, None, None]

    observed = score(heads)
    rng = np.random.default_rng(seed)
    prepared = time.perf_counter()
    null = np.array([score(arranged_heads(rng, starts, heads, (words, sentence[words]))) for _ in range(replicates)])
    return prepared - start, time.perf_counter() - prepared, observed, null
