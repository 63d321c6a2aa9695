"""Makes resampling.json and inference.json: what SciPy 1.17, statsmodels 0.15 and permute 0.2 answer, and what plain
NumPy does. Run in this folder: python3 make_fixtures.py"""

import itertools
import json

import numpy as np
import permute.core
from scipy import integrate, optimize, special, stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.weightstats import ttost_paired

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

# inference.json has its own generator, so that the numbers above stay.
rng = np.random.default_rng(20261125)

# Sign flips, two sides. Integer data make ties and zeros.
sign_flips = []
for draw in (lambda size: rng.normal(.5, 1, size), lambda size: rng.integers(-2, 5, size).astype(float)):
    for n in (5, 9):
        x = draw(n)
        for alternative in ("greater", "two-sided"):
            result = stats.permutation_test((x,), np.mean, alternative=alternative, permutation_type="samples",
                                            n_resamples=np.inf)
            sign_flips.append({"x": x.tolist(), "alternative": alternative, "p": float(result.pvalue)})

two_sided = []
for draw in (lambda size: rng.exponential(size=size), lambda size: rng.integers(0, 4, size).astype(float)):
    for n, m in ((3, 5), (4, 4), (6, 3)):
        x, y = draw(n) + .8, draw(m)
        result = stats.permutation_test((x, y), lambda x, y: x.mean() - y.mean(), alternative="two-sided",
                                        permutation_type="independent", n_resamples=np.inf)
        two_sided.append({"x": x.tolist(), "y": y.tolist(), "p": float(result.pvalue)})

# The package permute draws at random; its p-values have a Monte Carlo error.
permute_reps = 40000
x, y = rng.normal(.7, 1, 8), rng.normal(0, 1, 7)
two_sample, _ = permute.core.two_sample(x, y, reps=permute_reps, stat="mean", alternative="greater", seed=1)
z = rng.normal(.45, 1, 10)
one_sample, _ = permute.core.one_sample(z, reps=permute_reps, stat="mean", alternative="greater", seed=2)
permute_tests = {"x": x.tolist(), "y": y.tolist(), "twoSample": float(two_sample), "z": z.tolist(),
                 "oneSample": float(one_sample), "replicates": permute_reps}

# Shifts and whole blocks by brute force, the statistic being Pearson's correlation.
def share(values, observed):
    return float(np.mean(np.asarray(values) >= observed - 1e-12 * abs(observed)))


sequence = np.array([0] * 5 + [1] * 6)
x, y = rng.normal(size=11), rng.normal(size=11)
y[5:] = np.tile(y[5:8], 2)  # a sequence of period 3
values = [np.corrcoef(x, np.concatenate([np.roll(y[:5], i), np.roll(y[5:], j)]))[0, 1]
          for i in range(5) for j in range(6)]
shifts = {"sequence": sequence.tolist(), "x": x.tolist(), "y": y.tolist(), "p": share(values, values[0]),
          "distinct": len({tuple(np.concatenate([np.roll(y[:5], i), np.roll(y[5:], j)]))
                           for i in range(5) for j in range(6)})}

block = np.repeat(np.arange(5), 3)
order = rng.permutation(15)  # blocks interleaved
block = block[order]
x, y = rng.normal(size=15), rng.normal(size=15)
rows = [np.flatnonzero(block == b) for b in range(5)]
values = []
for permutation in itertools.permutations(range(5)):
    z = np.empty(15)
    for b, source in enumerate(permutation):
        z[rows[b]] = y[rows[source]]
    values.append(np.corrcoef(x, z)[0, 1])
whole = {"block": block.tolist(), "x": x.tolist(), "y": y.tolist(), "p": share(values, values[0]),
         "distinct": len(values)}

# The generalized Pareto distribution.
pareto_tails = [[c, scale, x, float(stats.genpareto.sf(x, c, scale=scale))]
                for c in (-.8, -.3, -1e-9, 0, 1e-12, .2, 1.5) for scale in (.01, 1, 30)
                for x in (0, .001, .5, 1.2, 40)]


def negative_log_likelihood(parameters, y):
    return -stats.genpareto.logpdf(y, parameters[0], scale=np.exp(parameters[1])).sum()


pareto_fits = []
for c, n in ((-.4, 250), (-.25, 100), (0, 250), (.15, 60), (.5, 250)):
    y = stats.genpareto.rvs(c, scale=.3, size=n, random_state=rng)
    start = stats.genpareto.fit(y, floc=0)
    best = optimize.minimize(negative_log_likelihood, (start[0], np.log(start[2])), args=(y,), method="Nelder-Mead",
                             options={"xatol": 1e-10, "fatol": 1e-12, "maxiter": 10000})
    shape, scale = float(best.x[0]), float(np.exp(best.x[1]))
    u = np.sort(stats.genpareto.cdf(y, shape, scale=scale))
    i = np.arange(1, n + 1)
    anderson = -n - np.mean((2 * i - 1) * (np.log(u) + np.log1p(-u[::-1])))
    # With the distribution held to reach to twice the largest excess: scale + shape * support >= 0.
    support = 2 * y.max()
    held = optimize.minimize(
        negative_log_likelihood, (0., np.log(y.mean())), args=(y,), method="SLSQP", options={"maxiter": 1000, "ftol": 1e-14},
        constraints={"type": "ineq", "fun": lambda p: np.exp(p[1]) + p[0] * support * (1 + 1e-12)})
    pareto_fits.append({"y": y.tolist(), "shape": shape, "scale": scale, "logLikelihood": -float(best.fun),
                        "scipyShape": float(start[0]), "scipyScale": float(start[2]), "andersonDarling": float(anderson),
                        "support": float(support), "heldShape": float(held.x[0]),
                        "heldScale": float(np.exp(held.x[1])), "heldLogLikelihood": -float(held.fun)})

# Adjusted p-values.
adjustments = []
for n in (1, 2, 3, 10, 50):
    for p in (rng.uniform(size=n), rng.uniform(size=n) ** 4, np.round(rng.uniform(size=n), 1)):
        entry = {"p": p.tolist()}
        for name, method in (("holm", "holm"), ("benjaminiHochberg", "fdr_bh"), ("benjaminiYekutieli", "fdr_by")):
            entry[name] = multipletests(p, method=method)[1].tolist()
        adjustments.append(entry)

# max-T, directly from its definition.
max_t = []
for replicates, hypotheses, decimals in ((99, 6, 12), (199, 15, 12), (60, 8, 0)):
    common = rng.normal(size=(replicates, 1))
    null = np.round(.7 * common + rng.normal(size=(replicates, hypotheses)), decimals)
    observed = np.round(rng.normal(1, 1.2, size=hypotheses), decimals)
    single = [(1 + int((null.max(1) >= t).sum())) / (1 + replicates) for t in observed]
    down = np.empty(hypotheses)
    previous = 0.
    for t in sorted(set(observed.tolist()), reverse=True):
        remaining = observed <= t
        previous = max(previous, (1 + int((null[:, remaining].max(1) >= t).sum())) / (1 + replicates))
        down[observed == t] = previous
    raw = [(1 + int((null[:, j] >= observed[j]).sum())) / (1 + replicates) for j in range(hypotheses)]
    max_t.append({"observed": observed.tolist(), "null": null.tolist(), "raw": raw, "singleStep": single,
                  "stepDown": down.tolist()})

# Equivalence: the 90 % t interval and the p-value of two one-sided t tests.
equivalence = []
for _ in range(60):
    n = int(rng.integers(5, 40))
    x = rng.normal(size=n)
    y = x + rng.normal(rng.uniform(-.4, .4), .6, size=n)
    bounds = sorted(rng.uniform(.05, .6, 2) * [-1, 1])
    p = ttost_paired(x, y, *bounds)[0]
    d = x - y
    interval = stats.t.interval(.9, n - 1, d.mean(), d.std(ddof=1) / np.sqrt(n))
    equivalence.append({"bounds": bounds, "interval": [float(v) for v in interval], "p": float(p)})
# The bootstrap's p of a mean of many is near that of the t tests.
n = 150
x = rng.normal(size=n)
y = x + rng.normal(.05, .5, size=n)
equivalence_paired = {"x": x.tolist(), "y": y.tolist(), "bounds": [-.12, .12], "p": float(ttost_paired(x, y, -.12, .12)[0])}

# Evidence for either side of alpha, by numerical integration; anytime-valid intervals, by root finding.
sequential = []
for n, s in ((1, 0), (1, 1), (20, 0), (30, 3), (99, 2), (200, 40), (999, 38), (999, 62)):
    for alpha in (.01, .05, .3):
        at = stats.binom.pmf(s, n, alpha)
        below = integrate.quad(lambda q: stats.binom.pmf(s, n, q) / at, 0, alpha, epsabs=0, epsrel=1e-11, limit=500,
                               points=[alpha * .9, min(alpha, s / n)])[0] / alpha
        above = integrate.quad(lambda q: stats.binom.pmf(s, n, q) / at, alpha, 1, epsabs=0, epsrel=1e-11, limit=500,
                               points=[min(1, alpha * 1.1), max(alpha, s / n)])[0] / (1 - alpha)
        sequential.append({"exceedances": s, "replicates": n, "alpha": alpha, "below": float(np.log(below)),
                           "above": float(np.log(above))})
anytime = []
for n, s in ((1, 0), (10, 3), (99, 0), (500, 20), (10000, 480), (10000, 10000)):
    excess = lambda q: stats.binom.logpmf(s, n, q) - np.log(.05 / (n + 1))
    low = optimize.brentq(excess, 1e-300, s / n, xtol=1e-16) if s > 0 and excess(1e-300) < 0 else 0.
    high = optimize.brentq(excess, s / n, 1 - 1e-16, xtol=1e-16) if s < n and excess(1 - 1e-16) < 0 else 1.
    anytime.append([n, s, float(low), float(high)])

# The online code: five classes, 1,000 items, each predicted with the shares of the classes sent before (plus one).
labels = rng.choice(5, p=[.5, .2, .15, .1, .05], size=1000)
ends = [1, 2, 4, 8, 16, 32, 63, 125, 250, 500, 1000]
probabilities = []
length = ends[0] * np.log2(5)
for start, end in zip(ends, ends[1:]):
    p = (np.bincount(labels[:start], minlength=5) + 1) / (start + 5)
    probabilities += p[labels[start:end]].tolist()
    length -= np.log2(p[labels[start:end]]).sum()
online_code = {"probabilities": probabilities, "ends": ends, "length": float(length)}

with open("inference.json", "w") as file:
    json.dump({"signFlips": sign_flips, "twoSided": two_sided, "permute": permute_tests, "shifts": shifts,
               "whole": whole, "paretoTails": pareto_tails, "paretoFits": pareto_fits, "adjustments": adjustments,
               "maxT": max_t, "equivalence": equivalence, "equivalencePaired": equivalence_paired,
               "sequential": sequential, "anytime": anytime, "onlineCode": online_code}, file, separators=(",", ":"))
    file.write("\n")
