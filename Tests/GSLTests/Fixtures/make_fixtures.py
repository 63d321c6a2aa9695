"""Makes gsl.json: what NumPy 2.4 and SciPy 1.17 answer. Run in this folder: python3 make_fixtures.py"""

import json

import numpy as np
from scipy import linalg, special, stats


def philox4x32(counter, key, rounds=10):
    """Philox from the paper's equations (Salmon et al. 2011), with whole numbers."""
    c, k = list(counter), list(key)
    for _ in range(rounds):
        p0, p1 = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(p1 >> 32) ^ c[1] ^ k[0], p1 % 2**32, (p0 >> 32) ^ c[3] ^ k[1], p0 % 2**32]
        k = [(k[0] + 0x9E3779B9) % 2**32, (k[1] + 0xBB67AE85) % 2**32]
    return c


# The known answers of Random123 (tests/kat_vectors) hold for this reimplementation too.
assert philox4x32([0] * 4, [0] * 2) == [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]
assert philox4x32([2**32 - 1] * 4, [2**32 - 1] * 2) == [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]

rng = np.random.default_rng(20240601)


def matrix(a):
    a = np.asarray(a, dtype=float)
    return {"rows": a.shape[0], "columns": a.shape[1], "elements": a.ravel().tolist()}


philox = []
for _ in range(40):
    words = [int(w) for w in rng.integers(0, 2**32, 6)]
    philox.append({"counter": words[:4], "key": words[4:], "words": philox4x32(words[:4], words[4:])})
# Counters in a row, across the boundary of the lowest word.
row = [[(2**32 - 2 + i) % 2**32, (2**32 - 2 + i) // 2**32, 5, 9] for i in range(4)]
philox_row = [w for c in row for w in philox4x32(c, [11, 13])]

products = []
for m, k, n in [(1, 1, 1), (3, 4, 5), (7, 1, 6), (17, 23, 11)]:
    a, b = rng.normal(size=(m, k)), rng.normal(size=(k, n))
    products.append({"a": matrix(a), "b": matrix(b), "product": matrix(a @ b)})

cholesky, eigen = [], []
for n in (1, 2, 5, 20):
    a = rng.normal(size=(n, n + 3))
    spd = a @ a.T
    right = rng.normal(size=(n, 3))
    cholesky.append({"matrix": matrix(spd), "right": matrix(right),
                     "solution": matrix(linalg.cho_solve(linalg.cho_factor(spd), right))})
    symmetric = a[:, :n] + a[:, :n].T
    values, vectors = linalg.eigh(symmetric)
    eigen.append({"matrix": matrix(symmetric), "values": values.tolist(), "vectors": matrix(vectors.T)})

normal_cdf = [[float(z), float(special.ndtr(z))] for z in np.concatenate([np.linspace(-8, 8, 33), [-37, 37]])]
normal_quantile = [[float(p), float(special.ndtri(p))]
                   for p in [1e-300, 1e-20, 1e-10, 1e-5, .001, .025, .1, .3, .5, .6, .8, .975, .999, 1 - 1e-10]]
log_gamma = [[float(x), float(special.gammaln(x))]
             for x in [1e-8, .1, .5, 1, 1.5, 2, 3, 10, 100, 1e4, 1e8, 1e15, -.5, -2.5]]
log_binomial = []
for n, k in [(0, 0), (5, 2), (60, 30), (170, 3), (171, 85), (1000, 500), (10**6, 17)]:
    exact = __import__("fractions").Fraction(1)
    for i in range(k):
        exact = exact * (n - i) / (i + 1)
    log_binomial.append([n, k, float(np.log(float(exact))) if exact < 10**300 else
                         float(special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1))])

beta = []
for a in (.3, 1, 2.5, 20, 333, 1e4, 1e6):
    for b in (.3, 1, 2.5, 20, 333, 1e4, 1e6):
        for p in (.0005, .025, .5, .975, .9995):
            x = float(special.betaincinv(a, b, p))
            # Quantiles that round to 0 or 1 carry no information.
            if 1e-280 < x < 1 - 1e-9:
                beta.append([a, b, p, x, float(special.betainc(a, b, x))])

binomial = [[k, n, p, float(stats.binom.cdf(k, n, p))]
            for n in (1, 10, 999, 10**5) for p in (.05, .5, .93)
            for k in sorted({0, int(n * p), min(n, int(n * p + 2 * (n * p * (1 - p)) ** .5)), n})]
chi_square = [[x, d, float(stats.chi2.sf(x, d))] for d in (1, 2, 5, 23, 255) for x in (0, .5, 5, 30, 300)]

with open("gsl.json", "w") as file:
    json.dump({"philox": philox, "philoxRow": philox_row, "products": products, "cholesky": cholesky,
               "eigen": eigen, "normalCDF": normal_cdf, "normalQuantile": normal_quantile,
               "logGamma": log_gamma, "logBinomial": log_binomial, "beta": beta, "binomial": binomial,
               "chiSquare": chi_square}, file, separators=(",", ":"))
    file.write("\n")
