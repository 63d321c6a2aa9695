"""Makes resampling.json: what SciPy 1.17 answers. Run in this folder: python3 make_fixtures.py"""

import json

import numpy as np
from scipy import special, stats

rng = np.random.default_rng(20240602)


# Clopper-Pearson.
clopper_pearson = []
for n in (1, 2, 5, 20, 100, 300, 999, 1000, 9999, 10**5, 10**6):
    ks = {0, 1, 2, 3, 5, 6, 19, 21, 24, n // 20, n // 3, n // 2, 5 * n // 6, n - 19, n - 3, n - 1, n}
    for k in sorted(k for k in ks if 0 <= k <= n):
        for confidence in (.95, .999):
            interval = stats.binomtest(k, n).proportion_ci(confidence, "exact")
            # binomtest finds its ends to about 2e-12, absolute; the beta quantiles that define them are exact.
            tail = (1 - confidence) / 2
            low = float(special.betaincinv(k, n - k + 1, tail)) if k > 0 else 0.
            high = float(special.betaincinv(k + 1, n - k, 1 - tail)) if k < n else 1.
            assert abs(low - interval.low) < 1e-11 and abs(high - interval.high) < 1e-11
            clopper_pearson.append([k, n, confidence, low, high])

# Exact permutation tests. Integer data make ties.
permutation_tests = []
for draw in (lambda size: rng.normal(size=size), lambda size: rng.integers(0, 4, size).astype(float)):
    for n, m in ((3, 4), (5, 3), (4, 4)):
        x, y = draw(n) + .8, draw(m)
        result = stats.permutation_test((x, y), lambda x, y: x.mean() - y.mean(), alternative="greater",
                                        permutation_type="independent", n_resamples=np.inf)
        permutation_tests.append({"kind": "difference of means", "x": x.tolist(), "y": y.tolist(),
                                  "p": float(result.pvalue), "replicates": int(result.null_distribution.size)})
for n in (5, 6):
    x = rng.normal(size=n)
    y = x + rng.normal(size=n)
    result = stats.permutation_test((x,), lambda x: np.corrcoef(x, y)[0, 1], alternative="greater",
                                    permutation_type="pairings", n_resamples=np.inf)
    permutation_tests.append({"kind": "correlation", "x": x.tolist(), "y": y.tolist(),
                              "p": float(result.pvalue), "replicates": int(result.null_distribution.size)})

# BCa.
bca = []


def add_bca(name, samples, statistic, confidence):
    result = stats.bootstrap(samples, statistic, n_resamples=999, confidence_level=confidence, method="BCa",
                             vectorized=False, rng=rng)
    jackknife = []
    for k, sample in enumerate(samples):
        jackknife.append([float(statistic(*samples[:k], np.delete(sample, i), *samples[k + 1:]))
                          for i in range(len(sample))])
    percentile = np.quantile(result.bootstrap_distribution, [(1 - confidence) / 2, (1 + confidence) / 2])
    bca.append({"name": name, "estimate": float(statistic(*samples)), "jackknife": jackknife,
                "replicates": result.bootstrap_distribution.tolist(), "confidence": confidence,
                "low": float(result.confidence_interval.low), "high": float(result.confidence_interval.high),
                "percentile": percentile.tolist()})


add_bca("mean of 25 exponentials", (rng.exponential(size=25),), np.mean, .95)
add_bca("variance of 40 normals", (rng.normal(size=40),), np.var, .9)
add_bca("median of 31 integers, tied", (rng.integers(0, 9, 31).astype(float),), np.median, .95)
add_bca("difference of means, 20 units and 8 worlds", (rng.exponential(size=20), rng.normal(size=8)),
        lambda x, y: x.mean() - y.mean(), .95)
add_bca("ratio of means, 15 and 30", (rng.exponential(size=15) + .2, rng.exponential(size=30) + .5),
        lambda x, y: x.mean() / y.mean(), .99)

quantiles = []
for n in (1, 2, 7, 50):
    values = np.sort(rng.normal(size=n))
    qs = [0, .025, .1, 1 / 3, .5, .77, .975, 1]
    quantiles.append({"sorted": values.tolist(), "q": qs, "quantiles": np.quantile(values, qs).tolist()})

kolmogorov_smirnov = []
for n in (1, 2, 5, 20, 99, 150, 400, 1000, 5000):
    for power in (1, 1.06, 1.25, 2)[:4 if n < 1000 else 2]:
        values = np.round(rng.uniform(size=n) ** power, 9 if n < 400 else 5)
        result = stats.kstest(values, "uniform", method="exact")
        kolmogorov_smirnov.append({"values": values.tolist(), "statistic": float(result.statistic),
                                   "p": float(result.pvalue)})

with open("resampling.json", "w") as file:
    json.dump({"clopperPearson": clopper_pearson, "permutationTests": permutation_tests, "bca": bca,
               "quantiles": quantiles, "kolmogorovSmirnov": kolmogorov_smirnov}, file, separators=(",", ":"))
    file.write("\n")
