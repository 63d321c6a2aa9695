"""Writes the fixtures beside this file, and what NumPy, ml_dtypes, hashlib and csv say they hold.

    python -m venv venv && venv/bin/pip install numpy==2.4.6 safetensors==0.8.0 ml_dtypes==0.6.0
    venv/bin/python make_fixtures.py

Everything is small, with a fixed seed. `expected.json` is the oracle's word; no Swift wrote any of it.
"""

import csv
import hashlib
import io
import json
import math
import pickle
import zipfile
from pathlib import Path

import ml_dtypes
import numpy as np
import safetensors
from safetensors.numpy import save_file

here = Path(__file__).parent
expected = {}


def numbers(array):
    """Nested lists without NaN and infinity, which JSON lacks: they become strings."""
    flat = np.asarray(array).astype(np.float64).reshape(-1).tolist()
    return [value if math.isfinite(value) else repr(value) for value in flat]


def statistics(array):
    flat = np.asarray(array).astype(np.float64).reshape(-1)
    finite = flat[np.isfinite(flat)]
    rows = np.asarray(array).astype(np.float64).reshape(len(array), -1)
    return {
        "count": flat.size,
        "nan": int(np.isnan(flat).sum()),
        "infinity": int(np.isinf(flat).sum()),
        "zeroRows": int((rows == 0).all(axis=1).sum()),
        "minimum": finite.min(),
        "maximum": finite.max(),
        "mean": finite.mean(),
        "standardDeviation": finite.std(),
    }


rng = np.random.default_rng(20240607)
words = ["cat", "dog", "naïve", 'quo"te', "back\\slash", "emoji 🐈"]
base = rng.normal(size=(6, 4)) * 100

# --- safetensors, every type that the library writes ---------------------------------------------------------------
arrays = {
    "F64": base,
    "F32": base.astype(np.float32),
    "F16": base.astype(np.float16),
    "I64": (base * 1e15).astype(np.int64),
    "I32": (base * 1e6).astype(np.int32),
    "I16": (base * 100).astype(np.int16),
    "I8": base.clip(-128, 127).astype(np.int8),
    "U64": (np.abs(base) * 1e16).astype(np.uint64),
    "U32": (np.abs(base) * 1e6).astype(np.uint32),
    "U16": (np.abs(base) * 100).astype(np.uint16),
    "U8": np.abs(base).clip(0, 255).astype(np.uint8),
    "BOOL": base > 0,
    "BF16": base.astype(ml_dtypes.bfloat16),
    "F8_E4M3": base.astype(ml_dtypes.float8_e4m3fn),
    "F8_E5M2": base.astype(ml_dtypes.float8_e5m2),
    "vector": base[:, 0].astype(np.float32).copy(),
    "scalar": np.array(7.5, dtype=np.float32),
    "cube": rng.normal(size=(6, 3, 2)).astype(np.float32),
    "no rows": np.zeros((0, 4), dtype=np.float32),
    "two rows": base[:2].astype(np.float32).copy(),
}
contiguous = {name: np.ascontiguousarray(array).reshape(array.shape) for name, array in arrays.items()}
serialized = safetensors.serialize(
    {
        name: safetensors.TensorSpec(
            dtype=array.dtype.name, shape=list(array.shape), data_ptr=array.ctypes.data, data_len=array.nbytes
        )
        for name, array in contiguous.items()
    },
    metadata={
        "keys": json.dumps(words),
        "keys.two rows": json.dumps(["x", "y"], ensure_ascii=False),
        "model": "none",
    },
)
(here / "types.safetensors").write_bytes(serialized)
expected["types"] = {
    name: {"shape": list(array.shape), "values": numbers(array)} for name, array in arrays.items()
}
expected["words"] = words

# The library's own writer, as people call it.
save_file({"embeddings.word": base.astype(np.float32)}, here / "plain.safetensors", metadata={"keys": json.dumps(words)})

special = base.astype(np.float32).copy()
special[1, 2] = np.nan
special[3, 0] = np.inf
special[3, 1] = -np.inf
special[4] = 0
save_file({"special": special}, here / "special.safetensors")
expected["summaries"] = {"special": statistics(special), "cube": statistics(arrays["cube"])}
(here / "special.keys.txt").write_bytes("\ufeff".encode() + "\r\n".join(words).encode() + b"\r\n")

# --- .npy ----------------------------------------------------------------------------------------------------------
npy = here / "npy"
npy.mkdir(exist_ok=True)
expected["npy"] = {}


def save(name, array, version=None):
    with open(npy / f"{name}.npy", "wb") as file:
        np.lib.format.write_array(file, array, version=version)
    expected["npy"][name] = {"shape": list(array.shape), "values": numbers(array)}


for code in ["f2", "f4", "f8", "i2", "i4", "i8", "u2", "u4", "u8"]:
    values = np.abs(base) if code[0] == "u" else base
    for order, label in [("<", "little"), (">", "big")]:
        save(f"{code}-{label}", values.astype(order + code))
save("i1", base.clip(-128, 127).astype(np.int8))
save("u1", np.abs(base).clip(0, 255).astype(np.uint8))
save("b1", base > 0)
save("fortran-little", np.asfortranarray(base.astype("<f4")))
save("fortran-big", np.asfortranarray(base.astype(">f8")))
save("fortran-cube", np.asfortranarray(arrays["cube"]))
save("version-1", base, version=(1, 0))
save("version-2", base, version=(2, 0))
save("version-3", base, version=(3, 0))
save("vector", base[:, 0].copy())
save("scalar", np.array(7.5))
save("empty", np.zeros((0, 4)))

refused = here / "refused"
refused.mkdir(exist_ok=True)
np.save(refused / "objects.npy", np.array([{"a": 1}, None], dtype=object), allow_pickle=True)
np.save(refused / "record.npy", np.zeros(3, dtype=[("a", "<f4"), ("b", "<i8")]))
np.save(refused / "record-objects.npy", np.zeros(3, dtype=[("a", "<f4"), ("b", "O")]), allow_pickle=True)
np.save(refused / "strings.npy", np.array(["cat", "dog"]))
np.save(refused / "complex.npy", np.zeros((2, 2), dtype=np.complex64))
np.save(refused / "bfloat16.npy", base.astype(ml_dtypes.bfloat16))
np.save(refused / "longdouble.npy", np.zeros(2, dtype=np.longdouble))
np.savez(refused / "archive.npz", x=base)
(refused / "legacy.pt").write_bytes(pickle.dumps({"weight": [1.0, 2.0]}, protocol=2))
(refused / "protocol5.bin").write_bytes(pickle.dumps({"weight": [1.0, 2.0]}, protocol=5))
# The layout of torch.save: one folder, data.pkl first.
with zipfile.ZipFile(refused / "model.pth", "w") as archive:
    archive.writestr(zipfile.ZipInfo("model/data.pkl"), pickle.dumps({}, protocol=2))
    archive.writestr(zipfile.ZipInfo("model/version"), "3\n")
with zipfile.ZipFile(refused / "other.zip", "w") as archive:
    archive.writestr(zipfile.ZipInfo("readme.txt"), "nothing")
(refused / "data.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(64))
(refused / "pointer.safetensors").write_text(
    "version https://git-lfs.github.com/spec/v1\noid sha256:" + "0" * 64 + "\nsize 123\n"
)
(refused / "model.gguf").write_bytes(b"GGUF" + bytes(32))
(refused / "table.csv").write_text("word,valence\ncat,0.5\n")

# --- what the reference implementation makes of damaged headers ----------------------------------------------------
def accepts(content):
    try:
        safetensors.deserialize(content)
        return True
    except Exception:
        return False


sources = [
    '{"__metadata__":{"keys":"[1]"},"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}}',
    '{"a":{"dtype":"F16","shape":[2,2],"data_offsets":[0,8]},"b":{"dtype":"BF16","shape":[4],"data_offsets":[8,16]}} ',
    '{"a":{"dtype":"U8","shape":[],"data_offsets":[0,1],"x":[1.5,null]},"\\u00e9":{"dtype":"I8","shape":[3,5],"data_offsets":[1,16]}}',
]
# Repetitions and odd numbers, which mutations of single bytes seldom make.
headers = [
    source.replace(old, new).encode()
    for source in sources
    for old, new in [
        ("", ""), ("[0,", "[0.0,"), ("[0,", "[00,"), ("[0,", "[-0,"), ("[0,", "[0e0,"), ("16]", "16,16]"),
        ('"shape"', '"shape":[1],"shape"'), ('"b"', '"a"'), ("F32", "f32"), ("U8", "F8_E4M3"), ("[2,2]", "[2,2,1]"),
        ("[2,2]", "[4,0]"), ("{", " {"), ("}}", "}},"), ("}}", "}}\n\t "), ("}}", "}}\0"), ('"a"', '"\\ud800"'),
        ('"a"', '"\\n"'), ('"a"', '"\n"'), ('"a"', '""'), ("1.5", "[" * 20 + "]" * 20), ("1.5", "1e999"),
        ("1.5", "01"), ("[4]", "[4,]"), ('"[1]"', "[1]"), ('"[1]"', "null"),
    ]
]
for _ in range(600):
    header = bytearray(sources[rng.integers(len(sources))].encode())
    for _ in range(rng.integers(1, 3)):
        index = rng.integers(len(header))
        kind = rng.integers(3)
        if kind == 0:
            header[index] = rng.integers(256)
        elif kind == 1:
            header[index] = rng.choice(list(b'0123456789{}[](),:"\\- eE.'))
        else:
            del header[index]
    headers.append(bytes(header))
expected["damaged"] = [
    [header.decode("latin-1"), accepts(len(header).to_bytes(8, "little") + header + bytes(16))]
    for header in dict.fromkeys(headers)
]

# --- CSV -----------------------------------------------------------------------------------------------------------
texts = [
    "id,a\nx,1\ny,2\n",
    "id,a\r\nx,1\r\ny,2\r\n",
    "id,a\rx,1\ry,2\r",
    "id,a\nx,1\ny,2",
    '"id","a"\n"x","1"\n',
    'id,a\nx,"one, two"\n',
    'id,a\nx,"two\nlines"\ny,2\n',
    'id,a\nx,"two\r\nlines"\ny,2\n',
    'id,a\nx,"say ""hi"""\n',
    'id,a\nx,""\ny,""""\n',
    'id,a\nx,5" disk\n',
    'id,a\nx,a"b"c\n',
    "id,a\n\nx,1\n\n\ny,2\n\n",
    "id,a,b\nx,,\ny,1,\n",
    "id,a\n x , 1 \n",
    'id,a\nx, "quoted"\n',
    "id\nx\ny\n",
    "id,ä\nñ,🐈\n",
    'id,a\nx,"tail"\n"y","last"',
    'id,a\nx,"never closed\n',
    'id,a\nx,"closed"then\n',
    'id,a\nx,"\n\n"\ny,2\n',
    "id,a\nx,'single'\n",
    "id,a\nx,back\\slash\n",
    'id,"a,b"\nx,1\n',
    'id,"a\nb"\nx,1\n',
]
cases = []
for delimiter in [",", "\t", ";"]:
    for text in texts:
        written = text.replace(",", delimiter)
        try:
            rows = [row for row in csv.reader(io.StringIO(written, newline=""), delimiter=delimiter, strict=True) if row]
        except csv.Error:
            rows = None
        cases.append({"delimiter": delimiter, "text": written, "rows": rows})
# What Python's writer makes of awkward cells.
awkward = ["plain", "", "comma,", 'quote"', "line\nend", "crlf\r\nend", " space ", '""', "tab\t", "🐈", "'", "a;b"]
rows = [["id", "a", "b"]] + [[f"k{i}", x, awkward[-1 - i]] for i, x in enumerate(awkward)]
for delimiter in [",", "\t"]:
    for quoting in [csv.QUOTE_MINIMAL, csv.QUOTE_ALL]:
        for end in ["\n", "\r\n"]:
            buffer = io.StringIO(newline="")
            csv.writer(buffer, delimiter=delimiter, quoting=quoting, lineterminator=end).writerows(rows)
            cases.append({"delimiter": delimiter, "text": buffer.getvalue(), "rows": rows})
expected["csv"] = cases

cells = ["1", "-1.5", "+2", ".5", "5.", "1e3", "1E-3", " 7 ", "1e400", "nan", "NaN", "inf", "-inf", "0x10", "1_000",
         "1,5", "True", "", "-", ".", "e5", "1e", "1 2", "٣", "--1", "1e5.5", "00012", "1d5", "Infinity"]


def number(cell):
    """What Python reads as a number, without its extensions: underscores, other scripts' digits, nan, inf."""
    if not cell.isascii() or "_" in cell:
        return None
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


expected["numbers"] = [[cell, number(cell)] for cell in cells]

# --- digests -------------------------------------------------------------------------------------------------------
expected["sha256"] = {
    path.relative_to(here).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
    for path in sorted(here.rglob("*"))
    if path.is_file() and path.name not in ("expected.json", "make_fixtures.py")
}
(here / "expected.json").write_text(json.dumps(expected, indent=1, ensure_ascii=False, allow_nan=False) + "\n")
