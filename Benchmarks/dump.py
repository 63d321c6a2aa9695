import sys, pathlib, numpy as np
from sklearn.model_selection import KFold
rng = np.random.default_rng(0)
n, d = 1000, 384
x = rng.standard_normal((n, d)) * rng.uniform(.2, 3, d) + rng.standard_normal(d)
y = x @ rng.standard_normal(d) / np.sqrt(d) * .3 + rng.standard_normal(n) * 2
folds = np.empty(n, dtype=np.int64)
for f, (_, te) in enumerate(KFold(5, shuffle=True, random_state=0).split(x)): folds[te] = f
D = pathlib.Path(sys.argv[1]); D.mkdir(exist_ok=True)
x.astype("<f8").tofile(D/"x.f64"); y.astype("<f8").tofile(D/"y.f64"); folds.astype("<i8").tofile(D/"folds.i64")
