"""Write safetensors files and their manifests, byte-identical for equal content."""

from __future__ import annotations

import hashlib
import json
import platform
from importlib import metadata
from pathlib import Path

import numpy as np

from .errors import ExtractError

FORMAT = "refute-activations/1"
#: Above this many rows the keys go to a file beside the tensors, one per line.
MOST_KEYS_IN_HEADER = 100_000

_DTYPES = {"f16": np.float16, "f32": np.float32}
_SAFETENSORS_NAMES = {"float16": "F16", "float32": "F32", "int32": "I32"}


def as_dtype(name: str, values: np.ndarray, dtype: str) -> np.ndarray:
    """The values as stored; refuses what the type cannot hold."""
    if not np.isfinite(values).all():
        bad = int(np.count_nonzero(~np.isfinite(values)))
        raise ExtractError(f"{name}: {bad} of {values.size} values are NaN or infinite; nothing was written")
    with np.errstate(over="ignore"):
        stored = values.astype(_DTYPES[dtype])
    if not np.isfinite(stored).all():
        largest = float(np.abs(values).max())
        raise ExtractError(f"{name}: magnitude {largest:g} overflows float16 (largest 65504); use --dtype f32")
    return stored


def write_safetensors(path: Path, tensors: dict[str, np.ndarray], header: dict[str, str]) -> dict:
    """Write the file and return what a manifest says of it.

    The format is simple enough to write here; the safetensors library orders metadata at random, and so cannot
    give the same bytes twice.
    """
    names = sorted(tensors, key=lambda name: (-tensors[name].dtype.itemsize, name))
    layout: dict = {"__metadata__": dict(sorted(header.items()))}
    end = 0
    for name in names:
        begin, end = end, end + tensors[name].nbytes
        layout[name] = {
            "dtype": _SAFETENSORS_NAMES[tensors[name].dtype.name],
            "shape": list(tensors[name].shape),
            "data_offsets": [begin, end],
        }
    encoded = json.dumps(layout, ensure_ascii=False, separators=(",", ":")).encode()
    encoded += b" " * (-len(encoded) % 8)

    path.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    partial = path.with_name(path.name + ".part")
    with partial.open("wb") as file:
        blocks = [len(encoded).to_bytes(8, "little"), encoded]
        blocks += [np.ascontiguousarray(tensors[name]).tobytes() for name in names]
        for block in blocks:
            file.write(block)
            digest.update(block)
    partial.replace(path)
    return {"file": path.name, "sha256": digest.hexdigest(), "bytes": path.stat().st_size}


def write_activations(path: Path, tensors: dict[str, np.ndarray], keys: list[str], header: dict[str, str]) -> list[dict]:
    """Tensors whose rows are all described by the same keys. Returns the files written."""
    for name, tensor in tensors.items():
        if len(tensor) != len(keys):
            raise ExtractError(f"{name}: {len(tensor)} rows for {len(keys)} keys")
    header = {"format": FORMAT, **header}
    if len(keys) <= MOST_KEYS_IN_HEADER:
        header["keys"] = json.dumps(keys, ensure_ascii=False)
        return [write_safetensors(path, tensors, header)]
    sidecar = path.with_suffix(".keys.txt")
    header["keys_file"] = sidecar.name
    text = "".join(key + "\n" for key in keys)
    files = [write_safetensors(path, tensors, header)]
    sidecar.write_text(text, "utf-8")
    files.append({"file": sidecar.name, "sha256": hashlib.sha256(text.encode()).hexdigest(), "bytes": len(text.encode())})
    return files


def write_manifest(path: Path, content: dict) -> Path:
    target = path.with_suffix(".manifest.json")
    target.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", "utf-8")
    return target


def versions(gguf: bool = False) -> dict[str, str]:
    packages = ("torch", "transformers", "tokenizers", "safetensors", "numpy") + (("gguf",) if gguf else ())
    return {"python": platform.python_version(), **{name: metadata.version(name) for name in packages}}
