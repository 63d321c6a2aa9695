import json, subprocess, sys, tempfile, pathlib, numpy as np, time
sys.path.insert(0, "Benchmarks")
from peers import *
from sklearn.model_selection import KFold
rng = np.random.default_rng(0)
n, d = 1000, 384
x = rng.standard_normal((n, d)) * rng.uniform(.2, 3, d) + rng.standard_normal(d)
y = x @ rng.standard_normal(d) / np.sqrt(d) * .3 + rng.standard_normal(n) * 2
folds = np.empty(n, dtype=np.int64)
for f, (_, te) in enumerate(KFold(5, shuffle=True, random_state=0).split(x)): folds[te] = f
D = pathlib.Path(tempfile.mkdtemp())
x.astype("<f8").tofile(D/"x.f64"); y.astype("<f8").tofile(D/"y.f64"); folds.astype("<i8").tofile(D/"folds.i64")
pr = subprocess.Popen([".build/release/refute-bench", str(D)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
def ask(s):
    pr.stdin.write(s + "\n"); pr.stdin.flush(); return json.loads(pr.stdout.readline())
print(sklearn_score(x, y, folds, sklearn_probe(1000.0, None)))
for i in range(int(sys.argv[1])):
    a = ask("fixed 10000 1000"); print({k: (round(v, 4) if k not in ("observed",) else v) for k, v in a.items()}, flush=True)
    if len(sys.argv) > 2:
        for dt in (np.float32, np.float64):
            s, parts, o, null, p = numpy_test(x, y, folds, 1000.0, 10000, dt, 1000, i)
            print(dt.__name__, round(s, 3), {k: round(v, 3) for k, v in parts.items()}, o, null.mean(), null.std(), p)
        print("sgemm", ask("sgemm 3000"), sgemm_rate(4000) / 1e9)
        print(ask("loo 1000"))
