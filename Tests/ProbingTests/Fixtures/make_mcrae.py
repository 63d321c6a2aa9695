"""Makes what the reference figures for McRae's norms drew at random. It needs NumPy alone, and none of the data.

- mcrae_folds.json: the fold of every concept, in the order of their names (numpy.random.default_rng(0).permutation, cut into ten
  by numpy.array_split);
- mcrae_gaussian.i8: their Gaussian vectors (numpy.random.default_rng(1).standard_normal), 541 x 384, in 25ths, one signed byte
  each.

Run in this folder: python3 make_mcrae_folds.py
"""

import json

import numpy as np

CONCEPTS = 541
fold = np.zeros(CONCEPTS, dtype=int)
for index, part in enumerate(np.array_split(np.random.default_rng(0).permutation(CONCEPTS), 10)):
    fold[part] = index
with open("mcrae_folds.json", "w") as file:
    json.dump(fold.tolist(), file, separators=(",", ":"))
    file.write("\n")

vectors = np.round(25 * np.random.default_rng(1).standard_normal((CONCEPTS, 384)))
assert np.abs(vectors).max() < 128
vectors.astype("i1").tofile("mcrae_gaussian.i8")
