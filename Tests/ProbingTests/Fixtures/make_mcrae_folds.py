"""Makes mcrae_folds.json: the fold of every McRae concept, in the order of their names, as the reference figures had them
(numpy.random.default_rng(0).permutation, cut into ten by numpy.array_split). It needs NumPy alone, and none of the data.

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
